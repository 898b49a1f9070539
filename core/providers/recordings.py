"""What the adapters of voices and of transcription share: whole WAV files, words with times, names of languages."""

from __future__ import annotations

import mimetypes
import struct
from pathlib import Path

from core.domain.errors import BadMedia, VendorRejected
from core.domain.shoot import Word
from core.providers.file_types import file_type
from core.providers.wire import Said

ANSWER_SECONDS, WHOLE_SECONDS = 120.0, 600.0
"""Between two bytes of an answer; of a whole answer."""
_NAMES = (
    "afrikaans:af arabic:ar armenian:hy azerbaijani:az belarusian:be bosnian:bs bulgarian:bg catalan:ca "
    "chinese:zh croatian:hr czech:cs danish:da dutch:nl english:en estonian:et finnish:fi french:fr galician:gl "
    "german:de greek:el hebrew:he hindi:hi hungarian:hu icelandic:is indonesian:id italian:it japanese:ja "
    "kannada:kn kazakh:kk korean:ko latvian:lv lithuanian:lt macedonian:mk malay:ms marathi:mr maori:mi "
    "nepali:ne norwegian:no persian:fa polish:pl portuguese:pt romanian:ro russian:ru serbian:sr slovak:sk "
    "slovenian:sl spanish:es swahili:sw swedish:sv tagalog:tl tamil:ta thai:th turkish:tr ukrainian:uk urdu:ur "
    "vietnamese:vi welsh:cy"
)
LANGUAGES = dict(pair.split(":") for pair in _NAMES.split())
"""What Whisper calls a language, and its code of ISO 639-1."""


class SaidWord(Said):
    """A word of a transcript, with its time in seconds."""

    word: str
    start: float
    end: float


def timed_words(said: list[SaidWord] | None) -> tuple[Word, ...]:
    """The words as ours; Whisper now and then ends a word before it begins, or gives an empty one."""
    return tuple(
        Word(text=one.word.strip(), start=max(one.start, 0.0), end=max(one.end, one.start, 0.0))
        for one in said or ()
        if one.word.strip()
    )


def language_code(said: str | None) -> str | None:
    """The code of ISO 639-1 for what a vendor calls a language; None when it cannot be told."""
    name = (said or "").strip().lower()
    return name if len(name) == 2 else LANGUAGES.get(name)


def upload(path: Path, most_bytes: int, vendor: str) -> tuple[str, bytes, str]:
    """A recording as part of a form: name, bytes, type. BadMedia when it cannot be read, VendorRejected: too large."""
    try:
        recording = path.read_bytes()
    except OSError as error:
        raise BadMedia("The recording cannot be read.", "Add it again.") from error
    if len(recording) > most_bytes:
        size = f"{len(recording) / 1e6:.0f} MB; {vendor} takes {most_bytes / 1e6:.0f} MB"
        raise VendorRejected(f"The recording has {size}.", "Use a shorter recording, or a compressed one.")
    named = mimetypes.guess_type(path.name)[0]
    if named:
        return path.name, recording, named
    # They go by the name, and a file from our store may have one without a suffix.
    suffix, kind = file_type(recording)
    return f"{path.name}.{suffix}", recording, kind


def whole_wav(sound: bytes) -> tuple[bytes, float] | None:
    """The same sound with its true lengths in its head, and its seconds; None when it is no sound.

    A vendor that sends while it speaks does not know the lengths yet, and writes 0 or the largest number instead.
    """
    if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
        return None
    at, bytes_a_second = 12, 0
    while at + 8 <= len(sound):
        name, length = struct.unpack_from("<4sI", sound, at)
        if name == b"fmt " and at + 20 <= len(sound):
            (bytes_a_second,) = struct.unpack_from("<I", sound, at + 16)
        if name == b"data":
            rest = len(sound) - at - 8
            length = length if 0 < length <= rest else rest
            if not length or not bytes_a_second:
                return None
            head = b"RIFF" + struct.pack("<I", at + length) + sound[8:at] + b"data" + struct.pack("<I", length)
            return head + sound[at + 8 : at + 8 + length], length / bytes_a_second
        at += 8 + length + length % 2
    return None
