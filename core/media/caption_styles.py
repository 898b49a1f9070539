"""The five designs of captions: how each page is drawn, and how its words come and go."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.plan import CaptionStyle
from core.media import ass, emoji
from core.media.caption_layout import Block, Event, Spot, placed, runs_left, word_events
from core.media.caption_look import Look
from core.media.colour import contrast, lifted, luminance
from core.media.phrases import Page

WHITE = "#ffffff"
LEAST_ON_PICTURE = 0.32
"""Luminance of a coloured word on the picture, inside its dark edge."""
LEAST_ON_BOX = 0.30
LEAST_FILLING = 0.12
"""Seconds in which a word fills, however short it is said."""
DARK_PILL, BRIGHT_PILL = (0.10, 0.16), 0.38
"""Luminance of a pill under white letters (at least, at most) and, at least, under dark ones: in between neither
kind of letter reaches a contrast of 4.5."""


def page_events(page: Page, look: Look) -> list[Event]:
    """The events that show one page."""
    block = placed(page, look)
    draw: dict[CaptionStyle, Callable[[Block, Look], list[Event]]] = {
        "karaoke": _karaoke,
        "pop": _pop,
        "box": _box,
        "lower": _lower,
        "clean": _clean,
    }
    return draw[look.style](block, look)


def _all(layer: int, block: Block, look: Look, colours: str, motion: str = "") -> list[Event]:
    """Every word for as long as the page stands."""
    return [e for s in block.spots for e in word_events(layer, block.start, block.end, s, block, look, colours, motion)]


def _halo(block: Block, look: Look, spread: float, strength: float) -> list[Event]:
    """A soft dark cloud behind the letters: legible on white without looking outlined."""
    em = block.em
    style = f"{ass.fill(look.ink)}{ass.edge(look.ink, spread * em)}{ass.see_through(1 - strength)}"
    style += f"\\blur{spread * 0.9 * em:.1f}\\fad(80,60)"
    spots = [s for s in block.spots if not emoji.is_emoji(s.word.text)]
    return [e for s in spots for e in word_events(0, block.start, block.end, s, block, look, style)]


def _karaoke(block: Block, look: Look) -> list[Event]:
    """All words in white; a pill of the accent colour fills behind the one being said as the voice goes through it."""
    em = block.em
    pill = _pill(look.tint)
    letters = max((WHITE, look.ink), key=lambda c: contrast(c, pill))
    events = _halo(block, look, 0.13, 0.7)
    events += _all(1, block, look, f"{ass.fill(WHITE)}{ass.edge(look.ink, 0.045 * em)}", "\\fad(60,0)")
    for spot in block.spots:
        left, right = (0.04 * em if tight else 0.2 * em for tight in spot.tight)
        wide, high = spot.width + left + right, max(1.24, 0.92 * look.leading) * em
        x, y = spot.x + (right - left) / 2, spot.y + 0.02 * em
        filling = _filling(spot, block, look, (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
        shape = ass.rounded(x, y, wide, high, 0.28 * em, f"{ass.fill(pill)}{filling}")
        said = f"{ass.fill(letters)}{ass.edge(letters, 0)}"
        events.append(Event(2, spot.start, spot.end, shape))
        events += word_events(3, spot.start, spot.end, spot, block, look, said, filling)
    return events


def _filling(spot: Spot, block: Block, look: Look, place: tuple[float, float, float, float]) -> str:
    """Shows more and more of a word's place, from where its reading begins, for as long as the voice takes for it."""
    told = spot.word.text
    leftward = runs_left([told]) or (block.leftward and not any(c.isalnum() for c in told))
    lasts = min((spot.end - spot.start) / look.fps, max(LEAST_FILLING, spot.word.end - spot.word.start))
    return ass.filling(place, leftward=leftward, seconds=lasts)


def _pill(tint: str) -> str:
    """The tint, dark enough for white letters or bright enough for dark ones."""
    low, high = DARK_PILL
    return lifted(tint, low if luminance(tint) <= high else BRIGHT_PILL)


def _pop(block: Block, look: Look) -> list[Event]:
    """One to three heavy words that jump in; the one being said in the accent colour."""
    edge = ass.edge(look.ink, 0.075 * block.em)
    white, vivid = f"{ass.fill(WHITE)}{edge}", f"{ass.fill(lifted(look.tint, LEAST_ON_PICTURE))}{edge}"
    events = _halo(block, look, 0.13, 0.6)
    for spot in block.spots:
        first = 72 if spot.start == block.start else 100
        motions = ass.pop(72, 106), ass.pop(first, 108), ""
        events += _in_turn(spot, block, look, (white, vivid, white), motions)
    return events


def _box(block: Block, look: Look) -> list[Event]:
    """White words on a solid box that hugs each line; the one being said in the accent colour."""
    em = block.em
    style = f"{ass.fill(look.ink)}\\fad(70,50)"
    events = [Event(0, block.start, block.end, ass.rounded(*box, 0.34 * em, style)) for box in _boxes(block, look)]
    rest = f"{ass.fill(WHITE)}{ass.edge(WHITE, 0)}"
    said = f"{ass.fill(lifted(look.tint, LEAST_ON_BOX))}{ass.edge(WHITE, 0)}"
    for spot in block.spots:
        events += _in_turn(spot, block, look, (rest, said, rest))
    return events


def _boxes(block: Block, look: Look) -> list[tuple[float, float, float, float]]:
    """Middle point, width and height of the boxes of a page's lines, grown together where they meet."""
    em = block.em
    high = (look.leading + 0.02) * em
    boxes = [(left + wide / 2, middle, wide + 0.84 * em, high) for left, middle, wide in block.lines]
    if len(boxes) == 1:
        return boxes
    (x, upper, one, _), (_, lower, two, _) = boxes
    if abs(one - two) < 1.2 * em:
        return [(x, (upper + lower) / 2, max(one, two), lower - upper + high)]
    into = 0.4 * em
    if one < two:
        return [(x, upper + into / 2, one, high + into), boxes[1]]
    return [boxes[0], (x, lower - into / 2, two, high + into)]


def _lower(block: Block, look: Look) -> list[Event]:
    """A quiet lower third: small, from the side where reading begins, beside a bar of the accent colour."""
    em = block.em
    reach = 0.42 * look.leading * em
    top, bottom = block.lines[0][1] - reach, block.lines[-1][1] + reach
    bar = f"{ass.fill(lifted(look.tint, LEAST_ON_BOX))}\\fad(90,60)"
    x = look.area.right - 0.06 * em if block.leftward else look.area.left + 0.06 * em
    shape = ass.rounded(x, (top + bottom) / 2, 0.11 * em, bottom - top, 0.05 * em, bar)
    events = [*_halo(block, look, 0.12, 0.7), Event(1, block.start, block.end, shape)]
    return events + _all(1, block, look, f"{ass.fill(WHITE)}{ass.edge(look.ink, 0.02 * em)}", "\\fad(90,60)")


def _clean(block: Block, look: Look) -> list[Event]:
    """White letters and a soft shadow, nothing else."""
    style = f"{ass.fill(WHITE)}{ass.edge(look.ink, 0.012 * block.em)}"
    return _halo(block, look, 0.14, 0.75) + _all(1, block, look, style, "\\fad(90,70)")


def _in_turn(
    spot: Spot, block: Block, look: Look, colours: tuple[str, str, str], motions: tuple[str, str, str] = ("", "", "")
) -> list[Event]:
    """A word before, while and after it is said."""
    times = (block.start, spot.start), (spot.start, spot.end), (spot.end, block.end)
    return [
        event
        for (a, b), colour, motion in zip(times, colours, motions, strict=True)
        for event in word_events(2, a, b, spot, block, look, colour, motion)
    ]
