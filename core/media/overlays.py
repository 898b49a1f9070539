"""What stands over the whole film beside its captions: titles, logo, the card at the end, the AI label."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

from core.domain.plan import Corner
from core.domain.quality import Box, Covered
from core.domain.shoot import CutList, Take, card_seconds, transition_frames
from core.domain.time import FrameSize
from core.media import ass
from core.media.caption_layout import Event, runs_left, set_word
from core.media.caption_look import Area, ink_of, look, safe_of, set_width
from core.media.captions import CaptionTrack, caption_track
from core.media.colour import accent
from core.media.faces import INTER_SEMI
from core.media.logo import Logo
from core.media.titling import WHITE, Inks, Title, button_events, kicker_events, laid_out, title_events

TITLES, CARD, LABEL, CAPTIONS = 0, 4, 9, 10
"""Layers, the lowest first: captions stand above everything."""
DARK = 0.9
"""How much of the picture the card hides."""
LABEL_TEXT = "Made with AI"
LABEL_SIZE = 19.0
"""Pixels an em where the shorter side has 720."""
TITLE_TOP, TITLE_SHARE = 0.10, 0.235
"""Where titles begin in a tall film, and the share of its height that they take; as in the local renderer."""
BUTTON = 124
"""Pixels that a button takes under a title, its air included, where the shorter side has 720."""
GAP = 0.014
"""Share of the height between a title and what stands above it."""


@dataclass(frozen=True)
class Stage:
    """The frame of a film and what stands in it all the time."""

    cut: CutList
    size: FrameSize
    inks: Inks
    logo: Area | None
    label: Area | None

    @property
    def scale(self) -> float:
        """1 where the shorter side has 720 pixels."""
        return min(self.size) / 720

    @property
    def taken(self) -> tuple[Area, ...]:
        """Where logo and label stand."""
        return tuple(area for area in (self.logo, self.label) if area)


def film_captions(cut: CutList, logo: Logo | None) -> CaptionTrack:
    """The captions of the whole film, clear of its logo and its label."""
    stage = _stage(cut, logo)
    return caption_track(
        cut.words, cut.captions, cut.palette, stage.size, fps=cut.fps, platform=cut.platform, taken=stage.taken
    )


def film_track(cut: CutList, logo: Logo | None) -> CaptionTrack:
    """Captions and everything else that is set in letters, of the whole film."""
    stage, captions = _stage(cut, logo), film_captions(cut, logo)
    raised = [Event(e.layer + CAPTIONS, e.start, e.end, e.text, e.steady) for e in captions.events]
    events = [*_titles(stage), *_card(stage), *_label(stage), *raised]
    return CaptionTrack(tuple(e for e in events if e.end > e.start), stage.size, cut.fps)


def covered(cut: CutList, logo: Logo | None) -> list[Covered]:
    """What letters and marks of ours lie over, and when."""
    stage, total = _stage(cut, logo), sum(take.frames for take in cut.takes)
    bands = [*stage.taken, *([band] if (band := _captions_band(stage)) else [])]
    found = [(area, 0, total) for area in bands]
    starts = [0, *accumulate(take.frames for take in cut.takes)]
    for take, (start, end) in zip(cut.takes, pairwise(starts), strict=True):
        if take.title.strip() or take.kicker.strip():
            region, _ = title_region(stage, called=take.called)
            foot = region.bottom + (BUTTON * stage.scale if take.called else 0.0)
            found.append((Area(region.left, region.top, region.right, foot), start, end))
    wide, high = stage.size
    return [
        Covered(
            box=Box(
                left=max(0.0, area.left / wide),
                top=max(0.0, area.top / high),
                right=min(1.0, area.right / wide),
                bottom=min(1.0, area.bottom / high),
            ),
            start=start / cut.fps,
            end=end / cut.fps,
        )
        for area, start, end in found
    ]


def card_frame(cut: CutList) -> int:
    """The frame at which the card at the end begins; the length of the film when there is none."""
    total = sum(take.frames for take in cut.takes)
    if not cut.brand.end_card.strip():
        return total
    return total - round(card_seconds(cut.takes[-1].frames / cut.fps) * cut.fps)


def logo_area(size: FrameSize, cut: CutList, width: int, height: int) -> Area:
    """The place of a logo of so many pixels in its corner, in what the platform leaves free."""
    free = _free(size, cut)
    left, top = _in_corner(free, cut.brand.corner, width, height)
    return Area(left, top, left + width, top + height)


def _stage(cut: CutList, logo: Logo | None) -> Stage:
    size, colours = FrameSize(cut.width, cut.height), [c.hex for c in cut.palette]
    place = logo_area(size, cut, logo.width, logo.height) if logo else None
    return Stage(
        cut, size, Inks(ink_of(colours), accent(colours)), place, _label_area(size, cut) if cut.brand.label else None
    )


def _free(size: FrameSize, cut: CutList) -> Area:
    """What may be written on, in pixels: clear of the platform's buttons, or off the edges of other shapes."""
    wide, high = size
    if size.aspect >= 0.9:
        return Area(0.045 * wide, 0.04 * high, 0.955 * wide, 0.95 * high)
    safe = safe_of(cut.platform)
    return Area(max(0.07, safe.left) * wide, safe.top * high, safe.right * wide, (safe.bottom - 0.01) * high)


def _in_corner(free: Area, corner: Corner, width: float, height: float) -> tuple[float, float]:
    left = free.left if corner.endswith("left") else free.right - width
    return left, free.top if corner.startswith("top") else free.bottom - height


def _titles(stage: Stage) -> list[Event]:
    takes = stage.cut.takes
    starts = [0, *accumulate(take.frames for take in takes)]
    leads = [0, *(transition_frames(a.transition, b.frames) for a, b in pairwise(takes))]
    ends = [min(end, card_frame(stage.cut)) for end in starts[1:]]
    return [
        event
        for take, start, lead, end in zip(takes, starts, leads, ends, strict=False)
        for event in _title(stage, take, start + lead, end)
    ]


def _title(stage: Stage, take: Take, start: int, end: int) -> list[Event]:
    """Kicker, title and button of one scene."""
    region, below = title_region(stage, called=take.called)
    leftward = runs_left([take.title or take.kicker])
    time, scale = (start, end), stage.scale
    kicker: list[Event] = []
    used = 0.0
    if take.kicker.strip() and not take.called and not below:
        kicker, used = kicker_events(take.kicker, stage.inks, region, scale, TITLES, time, leftward=leftward)
    room = Area(region.left, region.top + used, region.right, region.bottom)
    title = laid_out(take.title, stage.cut.style, room, scale, from_below=below)
    events = kicker
    if title:
        events = [*events, *_shade(stage, title, time), *title_events(title, stage.inks, TITLES, start, end)]
    if take.called and take.kicker.strip():
        foot = (title.box.bottom if title else region.top) + 30 * scale
        place = Area(region.left, foot, region.right, foot + 84 * scale)
        events = [*events, *button_events(take.kicker, stage.inks, place, scale, TITLES, time, leftward=leftward)]
    return events


def title_region(stage: Stage, *, called: bool) -> tuple[Area, bool]:
    """Where a title may stand, and whether it stands at the foot of that: never where captions are.

    `called` leaves room for a button under it.
    """
    wide, high = stage.size
    free, gap = _free(stage.size, stage.cut), GAP * high
    head = max([free.top, *(a.bottom + gap for a in stage.taken if a.bottom < high / 2)])
    foot = min([free.bottom, *(a.top - gap for a in stage.taken if a.top > high / 2)])
    button = BUTTON * stage.scale if called else 0.0
    band = _captions_band(stage)
    if stage.size.aspect > 1.2:
        region = Area(free.left, max(0.14 * high, head), free.left + 0.46 * wide, 0.66 * high)
    else:
        top = max(head, (TITLE_TOP if stage.size.aspect < 0.9 else 0.075) * high)
        region = Area(free.left, top, free.right, top + TITLE_SHARE * high)
    if band is None or region.bottom + button < band.top or region.top > band.bottom:
        return region, False
    if band.top - head > foot - band.bottom:
        return Area(region.left, head, region.right, min(region.bottom, band.top - gap - button)), False
    top = max(band.bottom + gap, foot - button - TITLE_SHARE * high)
    return Area(region.left, top, region.right, foot - button), not called


def _captions_band(stage: Stage) -> Area | None:
    """The height that two lines of captions take."""
    cut = stage.cut
    if not (cut.captions.enabled and cut.captions.burn and cut.words):
        return None
    texts = [w.text for w in cut.words]
    shown = look(cut.captions, cut.palette, stage.size, cut.fps, cut.platform, texts, stage.taken)
    high = (2 * shown.leading + 0.3) * shown.em
    area = shown.area
    top = {"top": area.top, "middle": (area.top + area.bottom - high) / 2, "bottom": area.bottom - high}[shown.place]
    return Area(area.left, top, area.right, top + high)


def _shade(stage: Stage, title: Title, time: tuple[int, int]) -> list[Event]:
    """A soft shade behind a title, so that it can be read on any picture."""
    box, soft = title.box, 70 * stage.scale
    wide, high = box.width + 1.2 * soft, box.bottom - box.top + 0.8 * soft
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    style = f"{ass.fill(stage.inks.ink)}{ass.see_through(0.66)}\\blur{min(60.0, 0.7 * soft):.0f}\\fad(300,200)"
    return [Event(TITLES, *time, ass.rounded(x, y, wide, high, soft, style))]


def _card(stage: Stage) -> list[Event]:
    """The card at the end: the picture goes dark, and its words come in the film's type."""
    start, end = card_frame(stage.cut), sum(take.frames for take in stage.cut.takes)
    if start >= end:
        return []
    wide, high = stage.size
    style = f"{ass.fill(stage.inks.ink)}{ass.see_through(1 - DARK)}\\fad(260,0)"
    events = [Event(CARD, start, end, f"{{\\an7\\pos(0,0){style}\\p1}}m 0 0 l {wide} 0 {wide} {high} 0 {high}")]
    title = laid_out(stage.cut.brand.end_card, stage.cut.style, _card_region(stage), stage.scale, centred=True)
    if title is None:
        return events
    return [*events, *title_events(title, stage.inks, CARD + 1, start + 5, end, halo=False)]


def _card_region(stage: Stage) -> Area:
    """The middle of the frame, or what captions leave of it."""
    wide, high = stage.size
    free, band = _free(stage.size, stage.cut), _captions_band(stage)
    top, bottom = 0.34 * high, 0.6 * high
    if band and band.top < bottom and band.bottom > top:
        top, bottom = (max(free.top, band.top - 0.28 * high), band.top - GAP * high)
    side = max(free.left, wide - free.right)
    return Area(side, top, wide - side, bottom)


def _label_area(size: FrameSize, cut: CutList) -> Area:
    """The upper corner that the logo leaves."""
    corner: Corner = "top_right" if cut.brand.logo and cut.brand.corner == "top_left" else "top_left"
    scale, free = min(size) / 720, _free(size, cut)
    em = LABEL_SIZE * scale
    wide, high = set_width(LABEL_TEXT, INTER_SEMI, em) + 1.3 * em, 1.75 * em
    left, top = _in_corner(free, corner, wide, high)
    return Area(left, top, left + wide, top + high)


def _label(stage: Stage) -> list[Event]:
    """Says quietly, all the time, that the film was made with AI."""
    area, end = stage.label, sum(take.frames for take in stage.cut.takes)
    if area is None:
        return []
    x, y, high = (area.left + area.right) / 2, (area.top + area.bottom) / 2, area.bottom - area.top
    style = f"{ass.fill('#0b0b0f')}{ass.see_through(0.45)}"
    events = [Event(LABEL, 0, end, ass.rounded(x, y, area.width, high, high / 2, style), steady=True)]
    letters = f"{ass.fill(WHITE)}{ass.see_through(0.06)}"
    em = LABEL_SIZE * stage.scale
    return events + [
        Event(e.layer, e.start, e.end, e.text, steady=True)
        for e in set_word(LABEL, (0, end), LABEL_TEXT, INTER_SEMI, em, (x, y), letters)
    ]
