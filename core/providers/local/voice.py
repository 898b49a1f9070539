"""The offline voices: one line of narration as sound, with the time of every written word."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core import facts
from core.domain.errors import BadInput
from core.providers.local.speech import espeak, flite, japanese, polish, reading, timing
from core.providers.local.speech.utterance import Samples, Utterance

HURRIED = 1.15
"""How far the asked rate may be raised before it sounds hurried; a line that is longer then stays longer."""
SILENT_SECONDS = 0.05
PACE = {"cmn": 1.45, "ko": 1.2, "th": 1.75}
"""How much faster than its English a voice speaks a language whose eSpeak is slow, so that it comes to the rate at
which people speak it (measured: 5 characters a second of Chinese, 5.5 syllables of Korean)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Take:
    """A line as it was said at one rate."""

    speech: Utterance
    times: list[tuple[float, float]]

    @property
    def seconds(self) -> float:
        return len(self.speech.samples) / self.speech.rate


@cache
def voices() -> list[dict[str, Any]]:
    """The rows of data/voices.toml. A row that `needs` a missing library says so as `missing`."""
    return [
        {**row, "missing": row["engine"] == "flite" and not flite.is_installed(row["flite"]["name"])}
        for row in facts.voices()
    ]


def speak(
    *, text: str, voice: str, rate: float, seconds: float | None, out: str, report: Callable[[float], None]
) -> dict[str, Any]:
    """Writes the line to `out`: mono, 48 kHz, 16 bit, from its first sound to its last.

    `rate` is against the voice's own; it is raised to fit `seconds`, to 1.15 times what was asked:
    nothing is ever cut off, and a line that does not fit then is longer than that. Returns `seconds`, the `rate` used,
    the id of the `voice` that spoke (the stand-in where its library is missing), and `words`: every
    token between white space with its `start` and `end` in seconds, in order, never overlapping. Text
    without a sound gives 0 seconds, no words and a short silent file. Raises `BadInput` for a voice
    that does not exist.
    """
    row = _chosen(voice)
    tokens = text.split()
    report(0.05)
    take, used = _fitted(tokens, row, rate, seconds)
    report(0.5)
    if take is None:
        _write(out, np.zeros(int(SILENT_SECONDS * polish.RATE)))
        return {"seconds": 0, "rate": used, "voice": row["id"], "words": []}
    sound = polish.polished(take.speech.samples, take.speech.rate, _tone(row))
    _write(out, sound)
    report(1.0)
    words = [{"text": t, "start": a, "end": b} for t, (a, b) in zip(tokens, take.times, strict=True)]
    return {"seconds": round(len(sound) / polish.RATE, 3), "rate": round(used, 3), "voice": row["id"], "words": words}


def _chosen(voice: str) -> dict[str, Any]:
    """The row of that voice, or of its stand-in when its library is missing."""
    rows = {row["id"]: row for row in voices()}
    if voice not in rows:
        raise BadInput(f"There is no voice called {voice}.", f"Choose one of {', '.join(rows)}.")
    row = rows[voice]
    return rows[row["fallback"]] if row["missing"] else row


def _tone(row: dict[str, Any]) -> polish.Tone:
    settings = row.get("tone", {})
    return polish.Tone(**{**settings, "eq": tuple(tuple(point) for point in settings.get("eq", ()))})


def _fitted(tokens: list[str], row: dict[str, Any], rate: float, seconds: float | None) -> tuple[_Take | None, float]:
    """The line at the asked rate or, where it is too long, at the lowest rate that fits."""
    used = rate
    take = _said(tokens, row, used)
    for _ in range(3):
        if take is None or seconds is None or take.seconds <= seconds or used >= rate * HURRIED:
            break
        # pauses shrink less than words do, so a little more is asked than the ratio
        used = min(rate * HURRIED, used * max(1.01, 1.01 * take.seconds / max(seconds, 0.1)))
        take = _said(tokens, row, used)
    return take, used


def _said(tokens: list[str], row: dict[str, Any], rate: float) -> _Take | None:
    """The tokens at `rate` times the voice's own; None when nothing can be heard."""
    other = reading.language_of("".join(tokens))
    language = other or row["language"]
    spoken = reading.readings(tokens, language)
    if row["engine"] == "flite" and other is None:
        spoken = [reading.plain_ascii(r) for r in spoken]
    if other == "ja":
        spoken = [japanese.in_kana(r) for r in spoken]
    owners = [i for i, said in enumerate(spoken) if any(c.isalnum() for c in said)]
    if not owners:
        return None
    said = [spoken[i] for i in owners]
    if row["engine"] == "flite" and other is None:
        speech = flite.say(said, flite.FliteVoice(**row["flite"]), rate)
    else:
        speech = espeak.say(said, _espeak_voice(row, other), rate)
    heard = timing.trimmed(speech)
    if heard is None:
        return None
    return _Take(speech=heard, times=timing.token_times(heard, owners, len(tokens)))


def _espeak_voice(row: dict[str, Any], language: str | None) -> espeak.EspeakVoice:
    """Its eSpeak parameters, speaking `language` instead of its own when one is given."""
    if row["engine"] == "flite":
        row = {r["id"]: r for r in voices()}[row["fallback"]]
    settings = dict(row["espeak"])
    if language is not None:
        _, plus, variant = settings["name"].partition("+")
        settings["name"] = language + plus + variant
        settings["words_a_minute"] *= PACE.get(language, 1.0)
    return espeak.EspeakVoice(**settings)


def _write(out: str, sound: Samples) -> None:
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(polish.RATE)
        file.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
