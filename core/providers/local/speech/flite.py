"""CMU Flite through ctypes, where Debian's `libflite1` is installed: statistical voices, English only."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from core.domain.errors import Broken
from core.providers.local.speech.utterance import Utterance

SUFFIX = ".so.1"
"""The name Debian gives the libraries, which the loader finds in its usual places."""
FIRST_PHONE_BEGINS = b"daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end"
LAST_PHONE_ENDS = b"daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end"


@dataclass(frozen=True, slots=True, kw_only=True)
class FliteVoice:
    """Parameters of one Flite voice."""

    name: str
    """`slt`, `rms`, `awb`..."""
    stretch: float = 1.0
    """Length of every sound against the voice's own."""
    mean_pitch: float | None = None
    """Hertz; None leaves the speaker's own."""


class _Wave(ctypes.Structure):
    """cst_wave."""

    _fields_: ClassVar = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _Voice(ctypes.Structure):
    """The head of cst_voice."""

    _fields_: ClassVar = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_char_p
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "flite_synth_text": (_POINTER, [_TEXT, _POINTER]),
    "utt_wave": (ctypes.POINTER(_Wave), [_POINTER]),
    "utt_relation": (_POINTER, [_POINTER, _TEXT]),
    "relation_head": (_POINTER, [_POINTER]),
    "item_next": (_POINTER, [_POINTER]),
    "ffeature_float": (ctypes.c_float, [_POINTER, _TEXT]),
    "ffeature_string": (_TEXT, [_POINTER, _TEXT]),
    "feat_set_float": (None, [_POINTER, _TEXT, ctypes.c_float]),
    "delete_utterance": (None, [_POINTER]),
}


def _open(name: str) -> Any:
    return ctypes.CDLL(name + SUFFIX, mode=ctypes.RTLD_GLOBAL)


@cache
def is_installed(voice: str) -> bool:
    """Whether the libraries of that voice can be loaded."""
    try:
        _libraries()
        _open(f"libflite_cmu_us_{voice}")
    except OSError:
        return False
    return True


@cache
def _libraries() -> Any:
    """The flite library with the English front end it needs; OSError where it is not installed."""
    flite = _open("libflite")
    _open("libflite_usenglish")
    _open("libflite_cmulex")
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(flite, name)
        function.restype, function.argtypes = result, arguments
    flite.flite_init()
    return flite


@cache
def _speaker(name: str) -> int:
    register = getattr(_open(f"libflite_cmu_us_{name}"), f"register_cmu_us_{name}")
    register.restype, register.argtypes = _POINTER, [_POINTER]
    speaker = register(None)
    if not speaker:
        raise Broken(f"The Flite voice {name} cannot be started.", "Choose another voice.")
    return int(speaker)


def say(tokens: list[str], voice: FliteVoice, speed: float) -> Utterance:
    """The tokens (ASCII) spoken as one line at `speed` times the voice's own rate."""
    flite, speaker = _libraries(), _speaker(voice.name)
    features = ctypes.cast(speaker, ctypes.POINTER(_Voice)).contents.features
    flite.feat_set_float(features, b"duration_stretch", voice.stretch / speed)
    if voice.mean_pitch is not None:
        flite.feat_set_float(features, b"int_f0_target_mean", voice.mean_pitch)
    text = " ".join(tokens)
    ctypes.CDLL(None).srand(1)  # the noise of the consonants comes from C's own generator
    utterance = flite.flite_synth_text(text.encode("ascii"), speaker)
    if not utterance:
        raise Broken("Flite could not say the line.", "Rewrite the line, or choose another voice.")
    try:
        wave = flite.utt_wave(utterance).contents
        samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).astype(np.float64) / 32768
        spans = _spans(flite, utterance, text, tokens)
        return Utterance(samples=samples, rate=wave.sample_rate, spans=spans)
    finally:
        flite.delete_utterance(utterance)


def _spans(flite: Any, utterance: int, text: str, tokens: list[str]) -> tuple[tuple[float, float] | None, ...]:
    """Flite's own tokens are found again in the text, in order; each lies inside one of ours."""
    owners = [k for k, token in enumerate(tokens) for _ in range(len(token) + 1)]
    spans: list[tuple[float, float] | None] = [None] * len(tokens)
    item, cursor = flite.relation_head(flite.utt_relation(utterance, b"Token")), 0
    while item:
        name = flite.ffeature_string(item, b"name").decode("ascii", "ignore")
        found = text.find(name, cursor)
        start = float(flite.ffeature_float(item, FIRST_PHONE_BEGINS))
        end = float(flite.ffeature_float(item, LAST_PHONE_ENDS))
        item = flite.item_next(item)
        if found < 0:
            continue
        cursor = found + len(name)
        if end <= start:
            continue  # punctuation that is not said
        known = spans[owners[found]]
        spans[owners[found]] = (start if known is None else known[0], end)
    return tuple(spans)
