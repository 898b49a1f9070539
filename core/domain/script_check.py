"""Compares what a film says with what it was to say: word by word, scene by scene, and whether it can be heard."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType

from core.domain.analysis import Span
from core.domain.plan import Plan, words
from core.domain.quality import Finding, Level, Voiced
from core.domain.shoot import Word

ALIKE = 0.6
"""How like a word of the script one that was heard must be, to be taken for it."""
OTHER = 0.5
"""Share of the script's words without which a recording is of something else."""
ACCENTS = (220, 230)
"""Classes of the marks below and above Latin letters; those of other scripts are half of the word."""
TOLD = 8
"""Missing words that are named."""
GONE_DB, CLEAR_DB = -12.0, 2.0
"""How far a voice stands above the rest when it is not there at all, and at the least to be understood with ease."""
APART = 0.12
"""Seconds that words may be heard beside their captions before one sees it."""
HEARD = 0.6
"""Share of a line's time in which there must be sound."""
SLACK = 0.35
"""Seconds that a line may pass the end of its scene by: into the breath of the next."""


def script_findings(
    plan: Plan,
    spoken: Sequence[Word],
    silent: Sequence[Span],
    voiced: Mapping[str, Voiced] = MappingProxyType({}),
    *,
    is_heard: bool = True,
) -> tuple[Finding, ...]:
    """What of the narration is missing, hard to hear or in the wrong scene.

    `spoken` are the words as they were voiced, with film times; `silent` the stretches of the film without
    sound; `voiced`, by scene, what of each line was found in the finished sound, "" being the person's recording.
    Of that, the words count only when somebody heard them (`is_heard`): laid over it, the script is its own witness.
    """
    if not plan.voice.enabled:
        return ()
    if plan.voice.own is not None:
        text = " ".join(s.narration for s in plan.scenes)
        found = _recorded(text, spoken) if is_heard else []
        return (*found, *_in_the_mix("Your recording", voiced.get("")))
    found = []
    for number, (start, scene) in enumerate(zip(plan.starts, plan.scenes, strict=True), 1):
        if not words(scene.narration):
            continue
        end = start + scene.seconds
        of_scene = [w for w in spoken if start - SLACK <= w.start < end]
        found += _line(number, scene.narration, of_scene, (start, end))
        found += _audible(number, of_scene, silent) or _in_the_mix(f"The line of scene {number}", voiced.get(scene.id))
    return tuple(found)


def as_written(heard: Sequence[Word], text: str) -> tuple[Word, ...]:
    """What was heard, spelled as the text has it where it is the same word, or nearly: ears do not know names."""
    written = words(text)
    said, wanted = ([_plain(t) for t in side] for side in ([w.text for w in heard], written))
    out = list(heard)
    for tag, a, b, c, d in SequenceMatcher(a=said, b=wanted, autojunk=False).get_opcodes():
        if tag not in ("equal", "replace") or b - a != d - c:
            continue
        for i, j in zip(range(a, b), range(c, d), strict=True):
            if said[i] == wanted[j] or SequenceMatcher(a=said[i], b=wanted[j]).ratio() >= ALIKE:
                out[i] = out[i].but(text=written[j])
    return tuple(out)


def _plain(token: str) -> str:
    return "".join(spelled(token))


def spelled(text: str) -> list[str]:
    """The words of a text as they compare: small letters and digits, without accents or signs."""
    apart = unicodedata.normalize("NFKD", text.replace("’", "").replace("'", "")).casefold()
    plain = "".join(c for c in apart if unicodedata.combining(c) not in ACCENTS)
    kept = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain)
    return [word for word in unicodedata.normalize("NFC", kept).split() if any(c.isalnum() for c in word)]


def _line(number: int, text: str, said: Sequence[Word], scene: tuple[float, float]) -> list[Finding]:
    """Words of the line that nobody says, or that come after its scene."""
    wanted, voiced = spelled(text), [plain for w in said for plain in spelled(w.text)]
    missing = _missing(wanted, voiced)
    if missing and len(missing) == len(wanted):
        words_ = f"The line of scene {number} is not spoken."
        return [Finding(check="speech", level=Level.WARNS, what=words_, start=scene[0], end=scene[1])]
    if missing:
        words_ = f"In scene {number}, “{' '.join(missing[:6])}” of the script is not spoken."
        return [Finding(check="speech", level=Level.WARNS, what=words_, start=scene[0], end=scene[1])]
    late = max((w.end for w in said), default=0.0) - scene[1]
    if late > SLACK:
        words_ = f"The line of scene {number} runs {late:.1f} s into the next scene."
        return [Finding(check="speech", level=Level.NOTES, what=words_, start=scene[1], end=scene[1] + late)]
    return []


def _audible(number: int, said: Sequence[Word], silent: Sequence[Span]) -> list[Finding]:
    """Whether there is sound where the words should be."""
    length = sum(w.end - w.start for w in said)
    quiet = sum(max(0.0, min(w.end, s.end) - max(w.start, s.start)) for w in said for s in silent)
    if not said or length <= 0 or 1 - quiet / length >= HEARD:
        return []
    words_ = f"The line of scene {number} cannot be heard: the sound is silent where it should be."
    return [Finding(check="speech", level=Level.BLOCKS, what=words_, start=said[0].start, end=said[-1].end)]


def _in_the_mix(called: str, voiced: Voiced | None) -> list[Finding]:
    """Whether the voice is there, stands out, and comes when its captions do."""
    if voiced is None:
        return []
    where = {"start": voiced.start, "end": voiced.end}
    if voiced.over_db < GONE_DB:
        return [Finding(check="speech", level=Level.BLOCKS, what=f"{called} is not in the sound of the film.", **where)]
    found = []
    if voiced.over_db < CLEAR_DB:
        than = f"{-voiced.over_db:.0f} dB louder than" if voiced.over_db < -1 else "as loud as"
        what = f"{called} is hard to understand: what else is heard is {than} the voice."
        found.append(Finding(check="speech", level=Level.WARNS, what=what, **where))
    if abs(voiced.late) > APART:
        when = "later" if voiced.late > 0 else "earlier"
        what = f"{called} is heard {abs(voiced.late):.2f} s {when} than its captions."
        found.append(Finding(check="speech", level=Level.WARNS, what=what, **where))
    return found


def _recorded(text: str, spoken: Sequence[Word]) -> list[Finding]:
    """Words of the script that a person's recording does not have."""
    wanted, said = spelled(text), [plain for w in spoken for plain in spelled(w.text)]
    missing = _missing(wanted, said)
    if not missing:
        return []
    if len(missing) > OTHER * len(wanted):
        count = f"{len(missing)} of its {len(wanted)} words are not in it"
        what = f"Your recording says something else than the script: {count}."
    else:
        told = " ".join(missing[:TOLD]) + (" …" if len(missing) > TOLD else "")
        what = f"Of the script, your recording does not say “{told}”."
    return [Finding(check="speech", level=Level.NOTES, what=what)]


def _missing(wanted: Sequence[str], said: Sequence[str]) -> list[str]:
    """Words that are wanted and not said in that order."""
    blocks = SequenceMatcher(a=list(wanted), b=list(said), autojunk=False).get_matching_blocks()
    kept = {i for block in blocks for i in range(block.a, block.a + block.size)}
    left = [w for i, w in enumerate(wanted) if i not in kept]
    return left if "".join(wanted) != "".join(said) else []  # the same letters, parted otherwise
