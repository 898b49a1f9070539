"""ElevenLabs through its real SDK, against a strict ElevenLabs on loopback."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from core.domain.errors import (
    BadMedia,
    Cancelled,
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    RepriseError,
    VendorRejected,
    VendorUnavailable,
)
from core.domain.orders import Product, SoundOrder, SpeechOrder, TranscriptOrder
from core.providers import InstantVendor
from core.providers.elevenlabs import ElevenLabsSound, ElevenLabsSpeech, ElevenLabsTranscription
from tests.conftest import ffmpeg
from tests.fake_elevenlabs import KEY, PER_CHARACTER, VOICE, FakeElevenLabs

LINE = SpeechOrder(model="eleven_v3", text="Hello [whispers] wide – world.", voice=VOICE)
EFFECT = SoundOrder(model="eleven_text_to_sound_v2", what="effect", prompt="A door shuts.", seconds=1.23)
MUSIC = SoundOrder(model="music_v2", what="music", prompt="Slow piano.", seconds=3.5)


class ImpatientSpeech(ElevenLabsSpeech):
    order_seconds = 0.3


@pytest.fixture
def vendor() -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs(slow=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("recording") / "said.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=330:duration=0.5", str(out))
    return out


@pytest.fixture
def make(vendor, tmp_path, recording):
    """Makes one of the four kinds."""

    def made(what: str, before_send=lambda: None, **changed) -> Product:
        address = vendor.base_url
        if what == "speech":
            speech: InstantVendor[SpeechOrder] = ElevenLabsSpeech(key=KEY, base_url=address)
            return speech.make(replace(LINE, **changed), "k", before_send, tmp_path)
        if what == "scribe":
            scribe: InstantVendor[TranscriptOrder] = ElevenLabsTranscription(key=KEY, base_url=address)
            order = TranscriptOrder(model="scribe_v2", path=recording)
            return scribe.make(replace(order, **changed), "k", before_send, tmp_path)
        sound: InstantVendor[SoundOrder] = ElevenLabsSound(key=KEY, base_url=address)
        return sound.make(replace(MUSIC if what == "music" else EFFECT, **changed), "k", before_send, tmp_path)

    return made


def seconds(path: Path) -> float:
    with av.open(str(path)) as sound:
        assert sound.duration
        return sound.duration / av.time_base


def test_a_line_is_spoken_with_the_time_of_each_word(make, vendor):
    product = make("speech")
    assert abs(seconds(product.path) - len(LINE.text) * PER_CHARACTER) < 0.1
    assert [word.text for word in product.words] == ["Hello", "wide –", "world."]
    assert (product.words[0].start, product.words[0].end) == (0.0, round(5 * PER_CHARACTER, 3))
    at = LINE.text.index("world") * PER_CHARACTER
    assert product.words[2].start == pytest.approx(at, abs=0.0006)
    assert product.usage.characters == len(LINE.text)
    assert vendor.made == [("speech", {"text": LINE.text, "model_id": "eleven_v3"})]


def test_a_line_may_be_faster_and_in_a_language(make, vendor):
    make("speech", rate=1.1, language="de")
    make("speech", model="eleven_multilingual_v2", language="de")
    assert vendor.made[0][1] == {
        "text": LINE.text, "model_id": "eleven_v3", "language_code": "de", "voice_settings": {"speed": 1.1},
    }  # fmt: skip
    assert "language_code" not in vendor.made[1][1]


def test_a_line_without_times_is_a_line_all_the_same(make, vendor):
    vendor.silent = True
    product = make("speech")
    assert product.path.is_file()
    assert product.words == ()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"text": " "}, "nothing to be spoken"),
        ({"text": "x" * 5001}, "5001 characters"),
        ({"voice": "../user"}, "voice"),
    ],
)
def test_what_cannot_be_spoken_is_not_asked_for(make, vendor, changed, words):
    with pytest.raises(VendorRejected, match=words):
        make("speech", **changed)
    assert not vendor.requests


def test_an_effect_is_as_long_as_it_has_to_be(make, vendor):
    product = make("effect")
    assert 1.23 <= seconds(product.path) < 1.5
    assert vendor.made == [
        ("effect", {"text": "A door shuts.", "duration_seconds": 1.3, "model_id": "eleven_text_to_sound_v2"})
    ]
    make("effect", seconds=0.1)
    assert vendor.made[1][1]["duration_seconds"] == 0.5


def test_music_is_instrumental(make, vendor):
    product = make("music")
    assert 3.5 <= seconds(product.path) < 3.7
    assert product.usage.seconds == 3.5
    assert vendor.made == [
        (
            "music",
            {"prompt": "Slow piano.", "music_length_ms": 3500, "model_id": "music_v2", "force_instrumental": True},
        )
    ]
    make("music", seconds=1.0)
    assert vendor.made[1][1]["music_length_ms"] == 3000


@pytest.mark.parametrize(
    ("what", "changed"), [("effect", {"seconds": 31}), ("music", {"seconds": 601}), ("music", {"prompt": "x" * 4101})]
)
def test_what_is_too_long_is_not_asked_for(make, vendor, what, changed):
    with pytest.raises(VendorRejected):
        make(what, **changed)
    assert not vendor.requests


def test_a_recording_is_written_down(make, vendor):
    product = make("scribe", language="en")
    assert product.text == "Hello (laughter)world."
    assert [(w.text, w.start, w.end) for w in product.words] == [("Hello", 0.119, 0.42), ("world.", 0.9, 1.25)]
    assert (product.language, product.usage.seconds) == ("en", 1.5)
    sent = vendor.made[0][1]
    assert (sent["model_id"], sent["language_code"], sent["timestamps_granularity"]) == ("scribe_v2", "en", "word")


def test_words_without_times_stand_where_the_last_one_ended(make, vendor):
    vendor.heard = [
        {"text": "One", "start": 0.5, "end": 0.8, "type": "word", "logprob": 0},
        {"text": "two", "start": None, "end": None, "type": "word", "logprob": 0},
    ]
    product = make("scribe")
    assert [(w.start, w.end) for w in product.words] == [(0.5, 0.8), (0.8, 0.8)]


def test_a_missing_recording_costs_nothing(make, vendor, tmp_path):
    with pytest.raises(BadMedia):
        make("scribe", path=tmp_path / "none.wav")
    assert not vendor.requests


KINDS = ("speech", "effect", "music", "scribe")


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorised", VendorRejected), ("forbidden", VendorRejected), ("bad_request", VendorRejected),
        ("no_voice", VendorRejected), ("plan", VendorRejected), ("moved", VendorRejected),
        ("no_credit", NoCredit), ("payment", NoCredit),
        ("moderated", ModerationRefused), ("bad_prompt", ModerationRefused),
        ("rate_limit", RateLimited), ("busy", RateLimited),
        ("late", VendorUnavailable), ("early", VendorUnavailable),
        ("error_before", MaybeBought), ("conflict", MaybeBought),
        ("reset_before", MaybeBought), ("reset_after_reading", MaybeBought), ("reset_after", MaybeBought),
        ("error_after", MaybeBought), ("half", MaybeBought),
    ],
)  # fmt: skip
def test_every_refusal_is_told_apart_asked_once_and_leaves_no_file(make, vendor, tmp_path, what, fault, error):
    vendor.coming = [f"{what}:{fault}"]
    with pytest.raises(RepriseError) as refusal:
        make(what)
    assert type(refusal.value) is error
    assert KEY not in refusal.value.sentence
    assert vendor.requests.total() == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("what", "fault"),
    [("speech", "malformed"), ("scribe", "malformed"), ("effect", "nothing"), ("music", "nothing"), ("music", "page")],
)
def test_an_answer_that_makes_no_sense_leaves_it_in_doubt(make, vendor, tmp_path, what, fault):
    vendor.coming = [f"{what}:{fault}"]
    with pytest.raises(MaybeBought):
        make(what)
    assert not list(tmp_path.iterdir())


def test_a_rate_limit_tells_how_long(make, vendor):
    vendor.coming = ["music:rate_limit"]
    with pytest.raises(RateLimited) as refusal:
        make("music")
    assert refusal.value.delay == 7


def test_a_slow_answer_is_in_doubt(vendor, tmp_path):
    vendor.coming = ["speech:slow"]
    with pytest.raises(MaybeBought, match="in time"):
        ImpatientSpeech(key=KEY, base_url=vendor.base_url).make(LINE, "k", lambda: None, tmp_path)


@pytest.mark.parametrize("what", KINDS)
def test_it_may_be_stopped_before_a_byte_leaves(make, vendor, what):
    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        make(what, stop)
    assert not vendor.made


@pytest.mark.parametrize("what", KINDS)
def test_the_warning_comes_once_and_before_the_request(make, vendor, what):
    made: list[int] = []
    make(what, lambda: made.append(vendor.requests.total()))
    assert made == [0]


def test_a_server_that_is_down_has_sold_nothing(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    warned: list[int] = []
    speech = ElevenLabsSpeech(key=KEY, base_url=f"http://127.0.0.1:{port}")
    with pytest.raises(VendorUnavailable):
        speech.make(LINE, "k", lambda: warned.append(1), tmp_path)
    assert not warned


@pytest.mark.parametrize("key", ["", "a b", "ключ", "a\nb"])
def test_what_is_no_key_is_not_sent(vendor, tmp_path, key):
    with pytest.raises(VendorRejected) as refusal:
        ElevenLabsSound(key=key, base_url=vendor.base_url).make(EFFECT, "k", lambda: None, tmp_path)
    assert "key" in refusal.value.sentence
    assert not vendor.requests


def test_the_key_is_nowhere_to_be_read(make, vendor, caplog):
    caplog.set_level(logging.DEBUG)
    for what in KINDS:
        make(what)
    assert KEY not in caplog.text
    assert KEY not in repr(ElevenLabsSpeech(key=KEY, base_url=vendor.base_url))
