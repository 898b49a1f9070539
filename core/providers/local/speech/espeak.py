"""eSpeak NG through ctypes: the formant synthesiser that comes with the wheel, in some hundred languages."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import espeakng_loader
import numpy as np

from core.domain.errors import Broken
from core.providers.local.speech.utterance import Samples, Utterance

SYNCHRONOUS = 2
NO_EXIT = 0x8000
"""Without it the library ends the whole process when its data is missing."""
UTF8 = 1
EVENTS_END, EVENT_WORD, EVENT_CLAUSE_END = 0, 1, 5
RATE, PITCH, RANGE, WORD_GAP = 1, 3, 4, 7
"""Numbers of the parameters in speak_lib.h."""
SEED = 1
"""Breath and roughness are random; left alone, the library seeds them from the clock."""
SLOWEST, FASTEST = 80, 449
"""Words a minute; at 450 the library changes to another, clipped way of speaking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EspeakVoice:
    """Parameters of one eSpeak voice."""

    name: str
    """Language and variant, such as `en-us+f3`."""
    words_a_minute: float
    pitch: int
    """0-100; 50 is the middle of the variant."""
    pitch_range: int
    """0-100; 0 is monotone, 50 the default."""
    word_gap: int = 0
    """Hundredths of a second between words."""


class _Identity(ctypes.Union):
    _fields_: ClassVar = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_: ClassVar = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word begins (or a clause ends) here."""

    kind: int
    position: int
    """In characters of the text, from 0."""
    sample: int


@cache
def _library() -> tuple[Any, int]:
    """The loaded library and its sample rate. It keeps its state in globals: one voice at a time."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, str(espeakng_loader.get_data_path()).encode(), NO_EXIT)
    if rate <= 0:
        raise Broken("The eSpeak voice cannot be started.", "Install espeakng-loader again.")
    return library, rate


def say(tokens: list[str], voice: EspeakVoice, speed: float) -> Utterance:
    """The tokens spoken as one line at `speed` times the voice's own rate.

    Tokens hold no white space at their ends and no control characters (eSpeak obeys some of those).
    """
    library, rate = _library()
    if library.espeak_SetVoiceByName(voice.name.encode()) != 0:
        raise Broken(f"eSpeak has no voice {voice.name}.", "Choose another voice.")
    pace = round(min(FASTEST, max(SLOWEST, voice.words_a_minute * speed)))
    parameters = {RATE: pace, PITCH: voice.pitch, RANGE: voice.pitch_range, WORD_GAP: voice.word_gap}
    for number, value in parameters.items():
        library.espeak_SetParameter(number, value, 0)
    samples, marks = _synthesise(library, " ".join(tokens))
    return Utterance(samples=samples, rate=rate, spans=_spans(tokens, marks, len(samples), rate))


def _synthesise(library: Any, text: str) -> tuple[Samples, list[_Mark]]:
    pieces: list[Samples] = []
    marks: list[_Mark] = []

    def collect(wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            pieces.append(np.ctypeslib.as_array(wave, (count,)).astype(np.float64) / 32768)
        i = 0
        while events[i].type != EVENTS_END:
            if events[i].type in (EVENT_WORD, EVENT_CLAUSE_END):
                marks.append(_Mark(events[i].type, events[i].text_position - 1, events[i].sample))
            i += 1
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    raw = text.encode()
    if library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, UTF8, None, None) != 0:
        raise Broken("eSpeak could not say the line.", "Rewrite the line, or choose another voice.")
    library.espeak_Synchronize()
    return np.concatenate(pieces) if pieces else np.zeros(0), marks


def _spans(tokens: list[str], marks: list[_Mark], length: int, rate: int) -> tuple[tuple[float, float] | None, ...]:
    """Each token takes the time of all spoken words that begin inside it."""
    edges, position = [], 0
    for token in tokens:
        edges.append((position, position + len(token)))
        position += len(token) + 1
    marks = sorted(marks, key=lambda m: m.sample)
    spans: list[tuple[float, float] | None] = [None] * len(tokens)
    for i, mark in enumerate(marks):
        if mark.kind != EVENT_WORD:
            continue
        owner = next((k for k, (a, b) in enumerate(edges) if a <= mark.position < b), None)
        if owner is None:
            continue
        end = marks[i + 1].sample if i + 1 < len(marks) else length
        first = spans[owner]
        start = mark.sample / rate if first is None else first[0]
        spans[owner] = (start, max(start, end / rate))
    return tuple(spans)
