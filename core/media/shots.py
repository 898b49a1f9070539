"""Finds where shots change: hard cuts, dissolves and fades, on small pictures, with numpy alone.

A cut is a change that covers the whole picture, stands out from its neighbours and cannot be explained by
things having moved. A dissolve is a stretch whose middle is a blend of its ends. A fade passes through an
empty picture. A flash is none of these: what was there before comes back.
"""

from __future__ import annotations

import numpy as np

from core.media.blasts import blasts
from core.media.change import CAP, Bytes, Change, Floats, Signals
from core.media.gradual import dissolves, sweeps
from core.media.picture import block_distance, edges_agree, is_punched, likeness

NEIGHBOURS = 0.17
"""Seconds on either side with which a change is compared."""
SHORTEST_SHOT = 0.2
"""Seconds; two boundaries nearer than this are one."""

FAMILIAR = 0.545
"""Likeness, near and in place, from which pictures show the same place: an explosion lights up a shot at once."""
LEAPS = 3.7
"""How many times as large as all around it a change of the whole picture is that needs no other sign."""
STRANGE = 0.25
"""Where edges agree less, it is another picture (0.2 and less); explosions and lamps leave them in place (over 0.5)."""
JUMP, MOVED, LIT, PART = 2.0, 0.5, 18.0, 0.3
"""Of a leap in time within one view (a jump cut): how far it stands out at least, how well edges agree where something
changed at most, by how much the mean may change, and what share of the picture changes at least."""
CALM, CALM_JUMP = 3.0, 1.5
"""How many times as large as around it a leap is where it need not stand out as far."""
REST, STILL_JUMP, MOST, STILL_MOVED = 6.0, 1.7, 0.6, 0.8
"""The same where the camera stands and little moves: how many times as large as around it the change is, how far it
stands out, what share of the picture changes at least, and how well edges agree at most."""
SAME = 0.8
"""Correlation of coarse pictures from which the drawing is the same in other light."""
LAMP = 40.0
"""Least change of the mean, 0-255 scale, where a light went on or off."""


def find_changes(luma: Bytes, small: Bytes, fps: float, signals: Signals) -> list[Change]:
    """All boundaries in order; `luma` (n, h, w), `small` (n, 3, h/2, w/2) YUV, letterbox bars cut off."""
    if len(luma) < 4:
        return []
    lit = blasts(luma, signals, fps)
    blanks = [run for run in _blank_runs(signals) if not any(a - 1 <= run[0] <= b for a, b in lit)]
    cuts = [cut for cut in _cuts(luma, small, fps, signals) if not any(a <= cut <= a + 2 for a, _ in lit)]
    fades = _fades(blanks, cuts, signals, fps)
    cuts = [cut for cut in cuts if not any(run[0] - 2 <= cut <= run[1] + 2 for run in blanks)]
    taken = [(f.first, f.last) for f in fades]
    cuts = [cut for cut in cuts if not any(first <= cut <= last for first, last in taken)]
    closed = taken + blanks + lit
    blends = dissolves(luma, signals, fps, cuts, closed)
    blends += sweeps(luma, signals, fps, cuts, closed + [(d.first, d.last) for d in blends])
    inside = [(d.first, d.last) for d in blends]
    kept = [Change(cut, "cut", cut, cut) for cut in cuts if not any(a <= cut <= b for a, b in inside)]
    return _spaced(sorted(fades + blends + kept, key=lambda change: change.at), len(luma), fps)


def _cuts(luma: Bytes, small: Bytes, fps: float, signals: Signals) -> list[int]:
    """Frames that begin a new picture at once."""
    moved = np.abs(np.diff(signals.grid, axis=0, prepend=signals.grid[:1])).mean(1)
    reach = max(3, round(fps * NEIGHBOURS))
    around = _busiest_near(moved, reach)
    stands_out, from_rest = moved / (around + 2.0), moved / (around + 0.3)
    sure: dict[int, float] = {}
    leaps: set[int] = set()
    strong = np.flatnonzero((signals.step >= 5.0) & (signals.spread >= 0.25) & (stands_out >= 0.75))
    for at in strong:
        stands = float(stands_out[at])
        if _leaps(luma, signals, int(at), stands):
            leaps.add(int(at))
            sure[int(at)] = stands
            continue
        alone = int((np.abs(strong - at) <= 2).sum()) == 1
        doubt = _novelty(luma, int(at), stands, signals, alone=alone)
        if doubt > 0.5 or _jumps_ahead(luma, signals, int(at), stands, float(from_rest[at])):
            sure[int(at)] = max(doubt, 0.5)
        elif stands > 1.0 and is_punched(small[at - 1, 0], small[at, 0]):
            sure[int(at)] = 0.5
    kept = []
    for cut, novelty in sure.items():
        rivals = [other for at, other in sure.items() if at != cut and abs(at - cut) <= 2]
        if novelty < max(rivals, default=0.0) or _returns(small, cut, fps):
            continue
        if cut in leaps or not _same_place(luma, signals, cut):
            kept.append(cut)
    return kept


def _same_place(luma: Bytes, signals: Signals, cut: int) -> bool:
    """Whether what seems a cut only lights the place otherwise, or hides it for a moment."""
    across = likeness(luma[cut - 1], luma[cut])
    return _is_lamp(signals.grid, cut, across) or _comes_back(luma, cut, across)


def _leaps(luma: Bytes, signals: Signals, at: int, stands_out: float) -> bool:
    """Whether everything changes at once, much more than ever around it, and no edge stays."""
    if stands_out < LEAPS or signals.spread[at] < 0.9 or _same_drawing(signals.grid, at) > SAME:
        return False
    return edges_agree(luma[at - 1], luma[at]) < STRANGE


def _jumps_ahead(luma: Bytes, signals: Signals, at: int, stands_out: float, from_rest: float) -> bool:
    """Whether time leaps while the camera stands: what is seen stands otherwise at once, in the same light.

    Where all was still on both sides, less is asked of the leap itself.
    """
    still = from_rest > REST and stands_out > STILL_JUMP and signals.spread[at] > MOST
    least = CALM_JUMP if from_rest > CALM else JUMP
    if not still and (stands_out < least or signals.spread[at] < PART):
        return False
    lumas = signals.grid.shape[1] // 3
    if abs(float(signals.grid[at, :lumas].mean() - signals.grid[at - 1, :lumas].mean())) > LIT:
        return False
    return edges_agree(luma[at - 1], luma[at]) < (STILL_MOVED if still else MOVED)


def _is_lamp(grid: Floats, cut: int, across: float) -> bool:
    """Whether only the light went on or off: the drawing is the same, its contrast and mean far from what they were."""
    lumas = grid.shape[1] // 3
    before, after = grid[cut - 1, :lumas], grid[cut, :lumas]
    deviations = float(before.std()), float(after.std())
    if abs(float(after.mean() - before.mean())) < LAMP or min(deviations) > 0.5 * max(deviations):
        return False
    same = _same_drawing(grid, cut)
    return same > SAME or (same > 0.3 and across > 0.55)


def _same_drawing(grid: Floats, cut: int) -> float:
    """Correlation of the coarse lumas before and after, whatever the light."""
    lumas = grid.shape[1] // 3
    before, after = grid[cut - 1, :lumas], grid[cut, :lumas]
    apart = ((before - before.mean()) * (after - after.mean())).mean()
    return float(apart) / (float(before.std()) * float(after.std()) + 1e-6)


def _busiest_near(moved: Floats, reach: int) -> Floats:
    """The largest change within `reach` frames of each, itself left out.

    The largest and not the mean: drawn animation moves on every second or third frame only.
    """
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(moved, reach), 2 * reach + 1)
    return np.asarray(np.maximum(windows[:, :reach].max(1), windows[:, reach + 1 :].max(1)), np.float32)


def _novelty(luma: Bytes, at: int, stands_out: float, signals: Signals, *, alone: bool) -> float:
    """How surely a picture begins a new shot; above 0 it rather does.

    Its pieces are not found near where they stood, though those of the frames on either side are found in their
    neighbours, and the change stands out. Weights by logistic regression on spliced real footage (228 cuts, 1205
    strong changes within shots: 5 missed, 2 invented).
    """
    across = likeness(luma[at - 1], luma[at])
    least = 7 - 20 * across + 8.4 * float(np.log(stands_out + 0.05))
    if least + 5.5 < 0 or (across + likeness(luma[at - 1], luma[at], reach=2)) / 2 > FAMILIAR:
        return -1.0
    if alone and least > 0.5:
        return least
    earlier, later = _distinct(signals.step, at - 1, -1), _distinct(signals.step, at, 1)
    own = min(likeness(luma[earlier], luma[at - 1]), likeness(luma[at], luma[later]))
    return least + 5.5 * own


def _distinct(step: Floats, at: int, direction: int) -> int:
    """The nearest other frame that is not a mere repetition, at most three away."""
    for _ in range(3):
        if not 0 <= at + direction < len(step):
            break
        at += direction
        if step[at if direction > 0 else at + 1] > 0.6:
            break
    return at


def _returns(small: Bytes, cut: int, fps: float) -> bool:
    """Whether the change is the start or the end of a flash or a pop.

    Then the picture before it comes back within a quarter of a second, or the one after it was there before.
    """
    change = np.minimum(block_distance(small[cut - 1][None], small[cut][None]), CAP).mean()
    reach = max(2, round(fps * 0.25))
    later, earlier = small[cut + 1 : cut + 1 + reach], small[max(0, cut - 1 - reach) : cut - 1]
    return any(
        len(others) > 0 and _nearest(picture, others) < 0.5 * change
        for picture, others in ((small[cut - 1], later), (small[cut], earlier))
    )


def _comes_back(luma: Bytes, cut: int, across: float) -> bool:
    """The same for a camera that moves on meanwhile: whether the drawing comes back within three frames."""
    across, last = across + 0.2, len(luma) - 1
    later = any(likeness(luma[cut - 1], luma[min(last, cut + away)]) > across for away in (1, 3))
    return later or any(likeness(luma[max(0, cut - 1 - away)], luma[cut]) > across for away in (1, 3))


def _nearest(picture: Bytes, others: Bytes) -> float:
    """Distance from a picture to the one most like it."""
    distances = block_distance(np.broadcast_to(picture, others.shape), others)
    return float(np.minimum(distances, CAP).mean(1).min())


def _blank_runs(signals: Signals) -> list[tuple[int, int]]:
    """First and last frame of every stretch of empty picture: one even colour."""
    blank = signals.contrast < np.clip(0.2 * np.median(signals.contrast), 1.5, 4.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], blank.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _fades(blanks: list[tuple[int, int]], cuts: list[int], signals: Signals, fps: float) -> list[Change]:
    """A boundary for each empty stretch between two different pictures.

    It stands at its end, but where the last picture is cut off and the next one rises out of the dark, at its start.
    """
    count = len(signals.step)
    found = []
    for first, last in blanks:
        if first == 0 or last == count - 1:
            continue
        apart = round(SHORTEST_SHOT * fps)
        opening = min([_ramp(signals, first, -1, fps), *(first - cut for cut in cuts if cut < first - apart)])
        ending = min([_ramp(signals, last, 1, fps), *(cut - last - 2 for cut in cuts if cut > last + apart)])
        before, after = max(0, first - opening - 1), min(count - 1, last + ending + 1)
        if last - first < fps * 0.5 and _same_picture(signals, before, after):
            continue
        slow = max(3, round(fps * 0.12))
        rises = _is_sudden(signals, first, -1, fps) and not _is_sudden(signals, last, 1, fps)
        at = first if rises else last + 1
        found.append(Change(at, "fade" if rises or max(opening, ending) >= slow else "cut", before, after))
    return found


def _ramp(signals: Signals, at: int, direction: int, fps: float) -> int:
    """Frames over which contrast rises steadily, going from `at` in `direction`."""
    contrast, frames = signals.contrast, 0
    for _ in range(round(fps * 2)):
        near, far = at + direction * frames, at + direction * (frames + 1)
        if not 0 <= far < len(contrast) or contrast[far : far + 3].max() < contrast[near] + 0.4:
            break
        frames += 1
    sudden = contrast[at + direction * min(1, frames)] >= 0.6 * contrast[at + direction * frames]
    return 0 if sudden else frames


def _is_sudden(signals: Signals, at: int, direction: int, fps: float) -> bool:
    """Whether an empty stretch that ends `at` in `direction` meets a full picture there at once."""
    stop = at + direction * round(fps)
    beyond = signals.contrast[at + 1 : stop] if direction > 0 else signals.contrast[max(0, stop) : at][::-1]
    return bool(len(beyond) and beyond[:2].max() >= 0.4 * beyond.max())


def _same_picture(signals: Signals, before: int, after: int) -> bool:
    return bool(np.abs(signals.grid[before] - signals.grid[after]).mean() < 12.0)


def _spaced(changes: list[Change], count: int, fps: float) -> list[Change]:
    """The same without boundaries nearer to one another, or to the ends, than the shortest shot."""
    least = SHORTEST_SHOT * fps
    kept: list[Change] = []
    for change in changes:
        if change.at < least or count - change.at < least:
            continue
        if kept and change.at - kept[-1].at < least:
            continue
        kept.append(change)
    return kept
