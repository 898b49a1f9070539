"""Who plays what and when: the notes and strokes of a bed, from mood, tempo, seed and energy."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

from core.domain.plan import Tone
from core.providers.local.score.harmony import MOODS, Chord, Lead, Mood, chord_row, resolution

Player = Literal["pad", "lead", "melody", "bass"]
Stroke = Literal["kick", "clap", "rim", "hat", "open", "shaker"]
_Beat = tuple[float, Stroke, float]
"""Beat of the bar, drum and gain."""
RING_OUT = 1.7
"""Seconds, at least, in which the last chord decays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note; times and lengths in seconds."""

    player: Player
    time: float
    midi: int
    seconds: float
    gain: float
    pan: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One stroke of a drum."""

    stroke: Stroke
    time: float
    gain: float


@dataclass(slots=True, kw_only=True)
class Arrangement:
    """A whole bed as written notes."""

    mood: Mood
    lead: Lead
    melody: Lead
    last_chord: float
    """When the final chord is struck."""
    notes: list[Note] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """One bar to be filled."""

    number: int
    time: float
    beats: int
    """Fewer than four only where the ending cuts the last one short."""
    beat: float
    """Seconds of a beat."""
    chord: Chord
    root: int
    energy: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the seed chose and every bar repeats; repetition is what makes it music."""

    arpeggio: tuple[int, ...]
    rhythm: tuple[bool, ...]
    tune: tuple[tuple[float, int, float], ...]
    """Of two bars: beat, step of the scale, beats long."""


def arranged(*, seconds: float, bpm: float, tone: Tone, seed: int, sections: list[tuple[float, int]]) -> Arrangement:
    """The bed of `seconds`; its beat 1 is at 0, and its last chord is struck on a beat."""
    rng = random.Random(f"{tone}:{seed}")
    mood, beat = MOODS[tone], 60 / bpm
    key = mood.root + rng.randint(-3, 3)
    row = rng.choice(mood.progressions)
    chords = chord_row(key, row)
    figures = _figures(mood, rng)
    beats = max(0, int((seconds - RING_OUT) / beat + 1e-6))
    lead = rng.choice(mood.leads)
    piece = Arrangement(mood=mood, lead=lead, melody=_partner(lead), last_chord=beats * beat)
    bars = -(-beats // 4)
    for number in range(bars):
        step = number % len(row)
        bar = _Bar(
            number=number,
            time=number * 4 * beat,
            beats=min(4, beats - number * 4),
            beat=beat,
            chord=chords[step],
            root=_bass_note(key + row[step][0]),
            energy=_energy_at(number * 4 * beat, sections),
            is_first=number == 0 and bars > 2,
            is_last=number == bars - 1,
        )
        _chord_of(piece, bar)
        _arpeggio_of(piece, bar, figures, rng)
        _bass_of(piece, bar)
        _tune_of(piece, bar, figures, key)
        _drums_of(piece, bar, rng)
    _ending(
        piece, resolution(mood, key, chords[(bars - 1) % len(row)] if bars else chords[0]), _bass_note(key), seconds
    )
    return piece


def _partner(lead: Lead) -> Lead:
    """The instrument for the tune, unlike the one of the arpeggio."""
    return "keys" if lead == "bell" else "bell"


def _bass_note(note: int) -> int:
    """The same note between E1 and D#2, where a bass is felt and small speakers still have its overtones."""
    return 28 + (note - 28) % 12


def _energy_at(time: float, sections: list[tuple[float, int]]) -> int:
    """Of the section playing at `time`; a section that begins within the bar's first beats counts."""
    levels = [level for start, level in sections if start <= time + 0.6]
    return levels[-1] if levels else 1


def _figures(mood: Mood, rng: random.Random) -> _Figures:
    shapes = ((0, 1, 2, 3, 2, 1, 2, 1), (0, 2, 1, 3, 0, 2, 4, 3), (0, 1, 2, 4, 3, 2, 1, 2), (2, 0, 3, 1, 4, 2, 3, 1))
    rhythms = {
        "none": ("x...x.x.", "x.x...x.", "x..x....", "x...x..."),
        "half": ("x.xx.xx.", "xx.x.xx.", "x.x.xxx.", "xx.xx.x."),
        "four": ("xxxxxxxx", "x.xxx.xx", "xx.xx.xx", "xxx.xxx."),
        "broken": ("x.xx.x.x", "xx.x.x.x", "x..xx.xx", "x.x.xx.x"),
    }
    beats = ((0.0, 1.5, 2.5), (0.5, 1.0, 2.5), (0.0, 2.0, 3.0), (1.0, 1.5, 3.0))
    steps = [rng.choice((2, 3, 4, 5)) for _ in range(6)]
    first, second = rng.choice(beats), rng.choice(beats)
    times = [*first, *(b + 4 for b in second)]
    ends = [*times[1:], 8.0]
    tune = tuple((b, s, min(2.0, e - b)) for b, s, e in zip(times, steps, ends, strict=True))
    rhythm = tuple(c == "x" for c in rng.choice(rhythms[mood.feel]))
    return _Figures(rng.choice(shapes), rhythm, tune)


def _chord_of(piece: Arrangement, bar: _Bar) -> None:
    length = bar.beats * bar.beat
    gain = (0.75, 0.85, 0.95)[bar.energy - 1]
    for midi in bar.chord:
        piece.notes.append(Note(player="pad", time=bar.time, midi=midi, seconds=length, gain=gain))
    piece.notes.append(Note(player="pad", time=bar.time, midi=bar.root + 12, seconds=length, gain=0.7))


def _arpeggio_of(piece: Arrangement, bar: _Bar, figures: _Figures, rng: random.Random) -> None:
    tones = [*(n + 12 for n in bar.chord), bar.chord[0] + 24, bar.chord[1] + 24]
    half = bar.beat / 2
    for step in range(bar.beats * 2):
        is_strong = step % 2 == 0
        sparse = bar.energy == 1 and (not is_strong or (bar.is_first and step % 4))
        if not figures.rhythm[step] or sparse:
            continue
        late = piece.mood.swing * half * (0 if is_strong else 1) + rng.uniform(0, 0.006)
        midi = tones[figures.arpeggio[(step + 2 * (bar.number % 2)) % 8] % len(tones)]
        gain = (0.8 if is_strong else 0.58) * rng.uniform(0.88, 1.0) * (0.85, 1.0, 1.05)[bar.energy - 1]
        pan = 0.32 if step % 4 < 2 else -0.32
        note = Note(player="lead", time=bar.time + step * half + late, midi=midi, seconds=half, gain=gain, pan=pan)
        piece.notes.append(note)


def _bass_of(piece: Arrangement, bar: _Bar) -> None:
    if bar.energy < 2 or bar.is_first:
        return
    figure = {
        "none": ((0.0, 3.8, 0.8),),
        "half": ((0.0, 1.9, 1.0), (2.5, 1.3, 0.75)),
        "four": ((0.0, 1.3, 1.0), (1.5, 0.45, 0.6), (2.0, 1.3, 0.9), (3.5, 0.45, 0.65)),
        "broken": ((0.0, 1.4, 1.0), (1.75, 0.7, 0.7), (3.0, 0.9, 0.85)),
    }[piece.mood.feel]
    for beat, length, gain in figure:
        if beat < bar.beats:
            seconds = min(length, bar.beats - beat) * bar.beat
            time = bar.time + beat * bar.beat
            piece.notes.append(Note(player="bass", time=time, midi=bar.root, seconds=seconds, gain=gain))


def _tune_of(piece: Arrangement, bar: _Bar, figures: _Figures, key: int) -> None:
    """The tune comes in where the film is fullest; its second bar answers the first."""
    if bar.energy < 3:
        return
    scale = piece.mood.scale
    for beat, step, length in figures.tune:
        here = beat - 4 * (bar.number % 2)
        if 0 <= here < bar.beats:
            midi = key + 12 + scale[step % 5] + 12 * (step // 5)
            time = bar.time + here * bar.beat
            piece.notes.append(
                Note(player="melody", time=time, midi=midi, seconds=length * bar.beat, gain=0.7, pan=-0.1)
            )


def _drums_of(piece: Arrangement, bar: _Bar, rng: random.Random) -> None:
    feel = piece.mood.feel
    if bar.is_first or (feel == "none" and bar.energy < 3):
        return
    if bar.energy >= 2 and feel != "none":
        for beat, drum, gain in _groove(piece, bar):
            if beat < bar.beats:
                piece.hits.append(Hit(stroke=drum, time=bar.time + beat * bar.beat, gain=gain))
    divisions = 4 if bar.energy == 3 and feel in ("four", "broken") else 2
    for step in range(bar.beats * divisions):
        off = step % divisions != 0
        if bar.energy == 1 and (not off or step % divisions != divisions // 2):
            continue
        late = piece.mood.swing * bar.beat / 2 if step % divisions == divisions // 2 else 0.0
        stroke: Stroke = "shaker" if off or bar.energy < 2 or feel == "none" else "hat"
        gain = (0.26 if off else 0.34) * rng.uniform(0.7, 1.0) * (0.6, 0.85, 1.0)[bar.energy - 1]
        piece.hits.append(Hit(stroke=stroke, time=bar.time + step * bar.beat / divisions + late, gain=gain))


def _groove(piece: Arrangement, bar: _Bar) -> list[_Beat]:
    """Kick and back-beat of one bar; the fourth bar ends with a small fill."""
    full = bar.energy == 3
    back: Stroke = "clap" if full else "rim"
    loud = 0.5 if full else 0.34
    grooves: dict[str, list[_Beat]] = {
        "half": [(0, "kick", 0.9), (2, back, loud)],
        "four": [(0, "kick", 0.85), (2, "kick", 0.85), (1, back, loud), (3, back, loud)],
        "broken": [(0, "kick", 0.9), (1.75, "kick", 0.5), (2.5, "kick", 0.5), (1, back, loud), (3, back, loud)],
    }
    fuller: dict[str, list[_Beat]] = {
        "half": [(1.5, "kick", 0.55), (3.5, "kick", 0.4)],
        "four": [(1, "kick", 0.85), (3, "kick", 0.85), (3.5, "open", 0.3)],
        "broken": [(3.5, "open", 0.26)],
    }
    groove = grooves[piece.mood.feel] + (fuller[piece.mood.feel] if full else [])
    if full and bar.number % 4 == 3 and not bar.is_last:
        groove = [*groove, (3.25, "rim", 0.3), (3.75, "rim", 0.36)]
    return groove


def _ending(piece: Arrangement, chord: Chord, root: int, seconds: float) -> None:
    """The tonic, struck together and left to ring."""
    time, rest = piece.last_chord, max(0.5, seconds - piece.last_chord)
    for midi in chord:
        piece.notes.append(Note(player="pad", time=time, midi=midi, seconds=rest, gain=0.9))
    for i, midi in enumerate(chord):
        note = Note(player="lead", time=time + 0.03 * i, midi=midi + 12, seconds=rest, gain=0.75, pan=0.2 * (i - 1.5))
        piece.notes.append(note)
    piece.notes.append(Note(player="melody", time=time + 0.1, midi=chord[0] + 24, seconds=rest, gain=0.5))
    piece.notes.append(Note(player="bass", time=time, midi=root, seconds=min(rest, 2.2), gain=0.9))
    if piece.mood.feel != "none":
        piece.hits.append(Hit(stroke="kick", time=time, gain=0.8))
