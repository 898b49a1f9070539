"""Judges what was measured: a clip as it arrives, and a finished film against what it should be and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.analysis import Span
from core.domain.plan import Platform
from core.domain.quality import Box, Check, Finding, Fix, Inspection, Level, PlatformFit, PlatformRules
from core.domain.time import Aspect

TARGET_LUFS = -14.0
OFF_LUFS = 1.0
"""LU beside the target that nobody minds."""
PEAK_DB = -1.0
"""dBTP that leave room for the platforms' own encoding; above 0 it is clipped for certain."""
LOST = (0.3, 0.03)
"""More than these seconds and more than this share of its length: a file is cut off."""
BLACK, FROZEN, SILENT = 0.5, 1.5, 1.2
"""Seconds from which a stretch is told: a dip to black is shorter, a held picture may be, a breath is."""
BARE = 2.5
"""Seconds of silence that are told where no music runs through the film."""
MOSTLY, WHOLLY = 0.5, 0.92
"""Shares of the whole: of a film that is mostly black or still, and of a clip that is nothing else."""
LOOKED = 1.0
"""Seconds that a picture must have had time to move in before it is called a still."""
AT_END = 0.15
"""Seconds from the first or last picture within which a stretch counts as the beginning or the end."""
ASPECTS: dict[Aspect, float] = {"9:16": 9 / 16, "16:9": 16 / 9, "1:1": 1.0}
ASPECT_SLACK = 0.02
FPS = (23.0, 60.5)
SLACK = 0.004
"""Of the frame, that captions may pass an edge by: a soft shadow is not text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a film should be."""

    platform: Platform
    sounds: bool
    """Whether anything should be heard."""
    music: bool
    """Whether a bed runs through it, so that silence is an accident."""
    card: float = 0.0
    """Seconds at its end that stand still on purpose."""


def judge_film(
    seen: Inspection, expected: Expected, rules: Sequence[PlatformRules], captions: Box | None = None
) -> tuple[Finding, ...]:
    """Everything that is to be said of a finished film, the worst first. `captions` is where its captions stand."""
    found = [*_whole(seen), *_bars(seen), *_format(seen), *_sound(seen, expected), *_stretches(seen, expected)]
    for rule in rules:
        found += _of_platform(seen, rule, binding=rule.id == expected.platform)
        if captions is not None and expected.platform in (rule.id, "any") and _has_aspect(seen, rule):
            found += _captions(captions, rule, own=rule.id == expected.platform)
    return worst_first(found)


def judge_clip(seen: Inspection, *, held: float, enlarged: float) -> tuple[Finding, ...]:
    """What is to be said of a clip that has arrived, the worst first.

    `held` seconds at its end are its last picture, because it came too short; it was enlarged so many times.
    """
    found = [*_whole(seen), *_bars(seen)]
    found += _clip_stretches(seen, held)
    for mark in seen.overlays:
        what = "Letters" if mark.kind == "text" else "A mark"
        where = _place(mark.box)
        words = (
            f"{what} {where} stand still while the picture moves: a watermark or burnt-in text."
            if mark.certain
            else f"{what} {where} may be burnt in; the picture around stands still, so it may also be of the scene."
        )
        level = Level.WARNS if mark.certain else Level.NOTES
        found.append(Finding(check="overlay", level=level, what=words, start=mark.start, end=mark.end))
    if enlarged > 1.5:
        words = f"It came {enlarged:.1f} times smaller than the film, so it is less sharp."
        found.append(Finding(check="detail", level=Level.NOTES, what=words))
    return worst_first(found)


def is_void(seen: Inspection) -> str:
    """Why a clip shows nothing at all, in a sentence; empty when it shows something."""
    if seen.share(seen.black) >= WHOLLY:
        return "is black from its first picture to its last"
    if seen.readable >= LOOKED and seen.share(seen.frozen, WHOLLY * seen.readable) >= WHOLLY:
        return "is one still picture: nothing in it moves"
    return ""


def fits(findings: Sequence[Finding], rules: Sequence[PlatformRules]) -> tuple[PlatformFit, ...]:
    """For each platform, whether the film may go there as it is."""
    everywhere = [f.what for f in findings if f.level == Level.BLOCKS and not f.platform]
    return tuple(
        PlatformFit(
            rules=rule,
            why_not=(*everywhere, *(f.what for f in findings if f.platform == rule.id and f.check != "captions")),
        )
        for rule in rules
    )


def worst_first(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """By how bad, then by when."""
    order = list(Level)
    return tuple(sorted(found, key=lambda f: (order.index(f.level), f.start or 0.0)))


def _whole(seen: Inspection) -> list[Finding]:
    """Whether it can be played to its end."""
    missing = seen.seconds - seen.readable
    if missing > max(LOST[0], LOST[1] * seen.seconds):
        words = f"It breaks off: {seen.readable:.1f} of its {seen.seconds:.1f} s can be played."
        return [
            Finding(check="decodes", level=Level.BLOCKS, what=words, start=seen.readable, end=seen.seconds, fix="trim")
        ]
    if seen.damaged:
        words = f"{seen.damaged} of its pictures are damaged."
        return [Finding(check="decodes", level=Level.WARNS, what=words, fix="reencode")]
    return []


def _bars(seen: Inspection) -> list[Finding]:
    """Whether a picture of another shape stands in the frame, with black around it."""
    if not seen.bars:
        return []
    words = f"Black bars take {seen.bars:.0%} of the picture from beginning to end."
    return [Finding(check="aspect", level=Level.WARNS, what=words)]


def _format(seen: Inspection) -> list[Finding]:
    """Whether every player and platform takes the file."""
    blocks = [
        (seen.container != "mp4", f"The file is {seen.container}, not MP4."),
        (seen.video != "h264", f"The picture is coded as {seen.video}, not H.264."),
        (seen.pixels not in ("yuv420p", "yuvj420p"), f"Its pixels are {seen.pixels}, not 4:2:0 of 8 bits."),
    ]
    warns = [
        (seen.is_faststart is False, "Its index stands at the end, so it begins to play only when it is all there."),
        (seen.rotation != 0, f"It is stored turned by {seen.rotation}°, which some players ignore."),
        (not FPS[0] <= seen.fps <= FPS[1], f"It has {seen.fps:.3g} frames a second; the platforms take 23 to 60."),
        (seen.audio not in (None, "aac"), f"Its sound is coded as {seen.audio}, not AAC."),
        (seen.sample_rate not in (None, 44_100, 48_000), f"Its sound has {seen.sample_rate} samples a second."),
        ((seen.channels or 0) > 2, f"Its sound has {seen.channels} channels; the platforms play two."),
    ]
    return [
        Finding(check="format", level=level, what=words, fix="reencode")
        for level, checks in ((Level.BLOCKS, blocks), (Level.WARNS, warns))
        for holds, words in checks
        if holds
    ]


def _sound(seen: Inspection, expected: Expected) -> list[Finding]:
    """Loudness and peaks, and whether there is any sound."""
    if seen.audio is None or seen.lufs is None:
        if expected.sounds:
            words = "It has no sound." if seen.audio is None else "Its sound is silent from end to end."
            return [Finding(check="audio", level=Level.BLOCKS, what=words)]
        words = "It is silent from end to end, as planned: neither voice nor music is on."
        return [Finding(check="audio", level=Level.NOTES, what=words)]
    found = []
    off = seen.lufs - TARGET_LUFS
    if abs(off) > OFF_LUFS:
        words = f"It is {abs(off):.1f} LU too {'loud' if off > 0 else 'soft'}: {seen.lufs:.1f} instead of −14 LUFS."
        found.append(Finding(check="loudness", level=Level.WARNS, what=words.replace(": -", ": −"), fix="normalise"))
    peak = seen.true_peak_db
    if peak is not None and peak > PEAK_DB + 0.05:
        level = Level.BLOCKS if peak > 0.5 else Level.WARNS
        words = f"Its peaks reach {peak:+.1f} dBTP; above −1 the platforms' encoders distort."
        found.append(Finding(check="peak", level=level, what=words.replace("-", "−"), fix="normalise"))
    return found


def _stretches(seen: Inspection, expected: Expected) -> list[Finding]:
    """Black, still and silent stretches of a film, each with where it is."""
    meant = seen.readable - expected.card
    black = [s for s in seen.black if min(s.end, meant) - s.start >= BLACK]
    found = [_stretch("black", "The picture is black", s, seen) for s in black]
    still = [s for s in seen.frozen if min(s.end, meant) - s.start >= FROZEN]
    found += [_stretch("frozen", "The picture stands still", s, seen) for s in still]
    if seen.lufs is not None:
        quiet = [s for s in seen.silent if s.end - s.start >= (SILENT if expected.music else BARE)]
        stretches = [_stretch("silence", "Nothing is heard", s, seen, trims=False) for s in quiet]
        # without music a rest of the voice is silent, too; a long one is told all the same
        found += stretches if expected.music else [one.but(level=Level.NOTES) for one in stretches]
    # short rests of a slow camera do not add up to a still
    mostly: tuple[tuple[Check, str, float], ...] = (
        ("black", "black", seen.share(seen.black)),
        ("frozen", "a still picture", seen.share(seen.frozen, FROZEN)),
    )
    for check, word, share in mostly:
        if share >= MOSTLY:
            words = f"{share:.0%} of the film is {word}."
            found.append(Finding(check=check, level=Level.BLOCKS, what=words))
    return found


def _stretch(check: Check, says: str, span: Span, seen: Inspection, *, trims: bool = True) -> Finding:
    """One stretch; at the very beginning or end it can be cut off."""
    at_end = span.start <= AT_END or span.end >= seen.readable - AT_END
    return Finding(
        check=check,
        level=Level.WARNS,
        what=f"{says} for {span.end - span.start:.1f} s.",
        start=span.start,
        end=span.end,
        fix="trim" if at_end and trims and seen.share((span,)) < MOSTLY else None,
    )


def _clip_stretches(seen: Inspection, held: float) -> list[Finding]:
    """Black and still stretches of a clip; what is held because it came too short is said so."""
    found = []
    for span in seen.black:
        if span.end - span.start >= BLACK:
            words = f"The picture is black for {span.end - span.start:.1f} s."
            level = Level.BLOCKS if seen.share(seen.black) >= MOSTLY else Level.WARNS
            found.append(Finding(check="black", level=level, what=words, start=span.start, end=span.end))
    until = seen.readable - held
    if held > 0.2:
        words = f"It came {held:.1f} s too short: its last picture is held so long."
        level = Level.WARNS if held > FROZEN / 2 else Level.NOTES
        found.append(Finding(check="duration", level=level, what=words, start=until, end=seen.readable))
    for span in seen.frozen:
        if min(span.end, until) - span.start >= FROZEN:
            words = f"The picture stands still for {min(span.end, until) - span.start:.1f} s."
            level = Level.BLOCKS if seen.share(seen.frozen, FROZEN) >= MOSTLY else Level.WARNS
            found.append(Finding(check="frozen", level=level, what=words, start=span.start, end=min(span.end, until)))
    return found


def _of_platform(seen: Inspection, rule: PlatformRules, *, binding: bool) -> list[Finding]:
    """What one platform's limits say; of a platform that the film is not made for it is only worth knowing."""
    level = Level.BLOCKS if binding else Level.NOTES
    least, most = rule.seconds
    found = []
    if seen.readable > most + 0.05:
        words = f"{rule.name} takes {most:g} s; this lasts {seen.readable:.1f} s."
        found.append(
            Finding(
                check="duration", level=level, what=words, platform=rule.id, start=most, end=seen.readable,
                fix="trim" if binding else None,
            )
        )  # fmt: skip
    if seen.readable < least - 0.05:
        words = f"{rule.name} takes no less than {least:g} s; this lasts {seen.readable:.1f} s."
        found.append(Finding(check="duration", level=level, what=words, platform=rule.id))
    if not _has_aspect(seen, rule):
        shape = " or ".join(rule.aspects)
        words = f"{rule.name} shows {shape} over the whole screen; this is {seen.width}×{seen.height}."
        fix: Fix | None = "refit" if binding else None
        found.append(Finding(check="aspect", level=level, what=words, platform=rule.id, fix=fix))
    if seen.bytes > rule.megabytes * 1e6:
        words = f"{rule.name} takes less than {rule.megabytes:g} MB; this has {seen.bytes / 1e6:.0f} MB."
        fix = "reencode" if binding else None
        found.append(Finding(check="size", level=level, what=words, platform=rule.id, fix=fix))
    return found


def _has_aspect(seen: Inspection, rule: PlatformRules) -> bool:
    """Whether it fills the whole screen there: of what does not, the buttons are beside the picture."""
    return any(abs(seen.aspect / ASPECTS[a] - 1) <= ASPECT_SLACK for a in rule.aspects)


def _captions(captions: Box, rule: PlatformRules, *, own: bool) -> list[Finding]:
    """Whether captions stand where the platform's own buttons and words leave room."""
    if not rule.safe.holds(captions, SLACK):
        words = f"Captions reach under the buttons of {rule.name}{_beyond(captions, rule.safe)}."
        return [Finding(check="captions", level=Level.WARNS, what=words, platform=rule.id)]
    if own and rule.advised is not None and not rule.advised.holds(captions, SLACK):
        words = f"{rule.name} advises more room around words in advertisements{_beyond(captions, rule.advised)}."
        return [Finding(check="captions", level=Level.NOTES, what=words, platform=rule.id)]
    return []


def _beyond(box: Box, area: Box) -> str:
    """On which sides a box passes an area, in words."""
    sides = [
        name
        for name, past in (
            ("left", area.left - box.left),
            ("top", area.top - box.top),
            ("right", box.right - area.right),
            ("bottom", box.bottom - area.bottom),
        )
        if past > SLACK
    ]
    return f" ({' and '.join(sides)})"


def _place(box: Box) -> str:
    """Where in the picture, in words."""
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    row = "at the top" if y < 0.34 else "at the bottom" if y > 0.66 else "in the middle"
    column = " left" if x < 0.34 else " right" if x > 0.66 else ""
    return row + column
