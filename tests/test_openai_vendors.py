"""One contract for all vendors that make things at once: what every failure means, when the money is at stake.

And a suite for each kind: stills, voices, transcripts. Each adapter speaks to a strict server on loopback, with
the vendor's own SDK in between and nothing patched.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.domain import errors
from core.domain.orders import LanguageOrder, Product, SpeechOrder, StillOrder, TranscriptOrder, Turn, Usage
from core.domain.shoot import Word
from core.providers import InstantVendor, wire
from core.providers.chat_language import CompatibleLanguage, GroqLanguage
from core.providers.openai_images import OpenAIImages, nearest_size
from core.providers.openai_language import OpenAILanguage
from core.providers.recordings import language_code, whole_wav
from core.providers.speech import GroqSpeech, OpenAISpeech
from core.providers.transcripts import GroqTranscripts, OpenAITranscripts
from tests.fake_openai import KEY, FakeGroq, FakeOpenAI, spoken, wav_seconds

TALK = LanguageOrder(model="gpt-6-luna", instructions="Be brief.", turns=(Turn(role="user", text="Hello"),))
STILL = StillOrder(model="gpt-image-2", prompt="A lighthouse at dusk", width=1080, height=1920, seed=7)
LINE = SpeechOrder(model="gpt-4o-mini-tts", text="Hello world.", voice="marin")
HEARD = TranscriptOrder(model="whisper-1", path=Path(__file__).with_name("none.wav"), language="en")


@dataclass(frozen=True)
class Case:
    """An adapter, the server that it speaks to, what that calls its orders, and an order."""

    fake: type[FakeOpenAI]
    open: Callable[..., InstantVendor[Any]]
    kind: str
    order: Any
    edits: bool = False


CASES = {
    "openai-language": Case(FakeOpenAI, OpenAILanguage, "responses", TALK),
    "groq-language": Case(FakeGroq, GroqLanguage, "chat", replace(TALK, model="openai/gpt-oss-20b")),
    "compatible-language": Case(FakeOpenAI, CompatibleLanguage, "chat", replace(TALK, model="llama3.2")),
    "openai-still": Case(FakeOpenAI, OpenAIImages, "images", STILL),
    "openai-speech": Case(FakeOpenAI, OpenAISpeech, "speech", LINE),
    "groq-speech": Case(
        FakeGroq, GroqSpeech, "speech", replace(LINE, model="canopylabs/orpheus-v1-english", voice="tara")
    ),
    "openai-transcripts": Case(FakeOpenAI, OpenAITranscripts, "transcripts", HEARD),
    "groq-transcripts": Case(FakeGroq, GroqTranscripts, "transcripts", replace(HEARD, model="whisper-large-v3-turbo")),
}


def cases(*parts: str) -> Any:
    """Parametrises over the vendors whose name has one of these parts."""
    names = [name for name in CASES if not parts or any(part in name for part in parts)]
    return pytest.mark.parametrize("case", [CASES[name] for name in names], ids=names, indirect=True)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "take one.wav"
    path.write_bytes(whole_wav(spoken())[0])
    return path


@pytest.fixture
def case(request: pytest.FixtureRequest, recording: Path) -> Case:
    given: Case = request.param
    if isinstance(given.order, TranscriptOrder):
        return replace(given, order=replace(given.order, path=recording))
    return given


@pytest.fixture
def server(case: Case) -> Iterator[FakeOpenAI]:
    with case.fake(slow=0.6) as running:
        yield running


@pytest.fixture
def vendor(case: Case, server: FakeOpenAI) -> InstantVendor[Any]:
    return case.open(key=KEY, base_url=server.address)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    made.mkdir()
    return made


def make(vendor: InstantVendor[Any], order: Any, folder: Path, before: Callable[[], None] = lambda: None) -> Product:
    return vendor.make(order, "film:scene/1", before, folder)


# What every failure means


@cases()
@pytest.mark.parametrize(
    ("fault", "error", "billed"),
    [
        ("reset_after_reading", errors.MaybeBought, 0),
        ("reset_after", errors.MaybeBought, 1),
        ("error_before", errors.MaybeBought, 0),
        ("error_after", errors.MaybeBought, 1),
        ("overloaded", errors.MaybeBought, 0),
        ("conflict", errors.MaybeBought, 0),
        ("half", errors.MaybeBought, 1),
        ("failed", errors.MaybeBought, 1),
        ("unauthorised", errors.VendorRejected, 0),
        ("starred", errors.VendorRejected, 0),
        ("forbidden", errors.VendorRejected, 0),
        ("no_credit", errors.NoCredit, 0),
        ("hard_limit", errors.NoCredit, 0),
        ("moderated", errors.ModerationRefused, 0),
        ("policy", errors.ModerationRefused, 0),
        ("flagged", errors.ModerationRefused, 0),
        ("inactive", errors.NoCredit, 0),
        ("too_long", errors.VendorRejected, 0),
        ("too_large", errors.VendorRejected, 0),
        ("no_model", errors.Retired, 0),
        ("bad_request", errors.VendorRejected, 0),
        ("unprocessable", errors.VendorRejected, 0),
        ("moved", errors.VendorRejected, 0),
        ("late", errors.VendorUnavailable, 0),
        ("rate_limit", errors.RateLimited, 0),
    ],
)
def test_each_failure_says_what_became_of_the_order(case, server, vendor, folder, fault, error, billed):
    server.coming.append(f"{case.kind}:{fault}")
    with pytest.raises(error) as caught:
        make(vendor, case.order, folder)
    assert type(caught.value) is error
    assert (server.requests[case.kind], len(server.made)) == (1, billed), "it was asked once, and once only"
    assert KEY not in caught.value.sentence
    assert "6789" not in caught.value.sentence, "nor the end of a key that is starred"
    assert caught.value.remedy or error is errors.RateLimited
    assert not list(folder.iterdir()), "nothing is left behind"
    assert make(vendor, case.order, folder), "and the next order is as good as ever"


@cases()
def test_an_answer_that_is_cut_short_leaves_it_in_doubt(case, server, vendor, folder):
    if case.kind == "speech":
        pytest.skip("a WAV that is sent while it is spoken ends where it ends")
    server.coming.append(f"{case.kind}:malformed")
    with pytest.raises(errors.MaybeBought, match="no sense"):
        make(vendor, case.order, folder)


@cases()
def test_an_answer_that_does_not_come_in_time_leaves_it_in_doubt(case, server, folder):
    server.coming.append(f"{case.kind}:slow")
    with pytest.raises(errors.MaybeBought, match="in time"):
        make(case.open(key=KEY, base_url=server.address, patience=0.1), case.order, folder)


@cases()
def test_nobody_home_means_nothing_was_bought_and_nothing_was_about_to_be(case, folder):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    calls: list[int] = []
    for base_url in (address, "http://nowhere.invalid", "http://"):
        with pytest.raises(errors.VendorUnavailable):
            make(case.open(key=KEY, base_url=base_url), case.order, folder, lambda: calls.append(1))
    assert not calls


@cases()
def test_what_stops_the_order_at_the_last_moment_stops_it(case, server, vendor, folder):
    def stop() -> None:
        raise errors.Conflict("This worker has lost its step.")

    with pytest.raises(errors.Conflict, match="lost its step"):
        make(vendor, case.order, folder, stop)
    assert not server.seen


@cases()
def test_before_send_is_called_once_and_when_the_connection_stands(case, server, vendor, folder):
    calls: list[int] = []
    make(vendor, case.order, folder, lambda: calls.append(len(server.seen)))
    assert calls == [0]
    assert server.seen[0].headers["idempotency-key"] == "film:scene/1"


@cases()
def test_the_environment_has_no_say(case, server, vendor, folder, monkeypatch):
    for maker in ("OPENAI", "GROQ"):
        monkeypatch.setenv(f"{maker}_CUSTOM_HEADERS", "X-Stray: yes\nAuthorization: Bearer stolen")
        monkeypatch.setenv(f"{maker}_BASE_URL", "http://nowhere.invalid")
        monkeypatch.setenv(f"{maker}_API_KEY", "stolen")
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project")
    assert make(vendor, case.order, folder)
    assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"


@cases()
@pytest.mark.parametrize("key", ["sk-pröj", "sk\nx: y", "sk proj"])
def test_what_cannot_be_a_key_is_not_sent(case, server, folder, key):
    with pytest.raises(errors.VendorRejected, match="no key has") as caught:
        make(case.open(key=key, base_url=server.address), case.order, folder)
    assert key not in caught.value.sentence
    assert key not in repr(case.open(key=key, base_url=server.address))
    assert not server.seen


@cases("openai-language", "groq-language", "groq-speech")
@pytest.mark.parametrize(("fault", "delay"), [("rate_limit", 7), ("rate_limit_ms", 1.5), ("rate_limit_reset", 179.56)])
def test_a_limit_says_when_to_come_back(case, server, vendor, folder, fault, delay):
    server.coming.append(f"{case.kind}:{fault}")
    with pytest.raises(errors.RateLimited) as caught:
        make(vendor, case.order, folder)
    assert caught.value.delay == pytest.approx(delay)


def test_every_way_to_say_when_is_understood():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert wire.delay_of({"retry-after": soon}) == pytest.approx(30, abs=2)
    assert wire.delay_of({"retry-after": "999999"}) == wire.MAX_DELAY
    assert wire.delay_of({"retry-after": "nan"}) == wire.DEFAULT_DELAY
    assert wire.delay_of({}, usual=3) == 3
    assert wire.delay_of({"x-ratelimit-reset-requests": "120ms", "x-ratelimit-reset-tokens": "1m"}) == 60
    assert wire.delay_of({"retry-after": "-5"}) == 0


def test_an_answer_that_trickles_or_never_ends_is_not_waited_for(monkeypatch):
    class Trickle:
        def iter_bytes(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 1_000_000

    line = wire.Line(vendor="It", key=KEY, failures=())
    with pytest.raises(errors.MaybeBought, match="to an end"):
        line.body(Trickle(), seconds=-1)
    monkeypatch.setattr(wire, "MAX_BODY", 5_000_000)
    with pytest.raises(errors.VendorUnavailable, match="to an end"):
        line.body(Trickle(), seconds=60, paid=False)


def test_a_file_is_whole_or_not_at_all_and_a_full_disk_is_named(tmp_path):
    path = tmp_path / "made.wav"
    with pytest.raises(errors.DiskFull), wire.whole_file(path) as file:  # noqa: PT012
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())
    with wire.whole_file(path) as file:
        file.write(b"whole")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


@cases("groq-language")
def test_a_form_that_groq_could_not_keep_to_is_worth_another_try(case, server, vendor, folder):
    server.coming.append("chat:bad_form")
    with pytest.raises(errors.VendorRejected, match="Failed to generate JSON") as caught:
        make(vendor, case.order, folder)
    assert "Try again" in caught.value.remedy


@cases("groq")
def test_groqs_address_may_be_given_with_its_path(case, server, folder):
    assert make(case.open(key=KEY, base_url=f"{server.address}/openai/v1/"), case.order, folder)


# Stills


@cases("still")
@pytest.mark.parametrize("references", [0, 1, 3])
def test_a_still_is_a_picture_of_the_films_shape_and_references_travel_along(
    case, server, vendor, folder, tmp_path, references
):
    paths = []
    for number in range(references):
        paths.append(tmp_path / f"character {number}.png")
        Image.new("RGB", (32, 32), (number, 0, 0)).save(paths[-1])
    made = make(vendor, replace(case.order, references=tuple(paths)), folder)
    assert made.path.parent == folder
    with Image.open(made.path) as picture:
        assert picture.format == "PNG"
        assert picture.width / picture.height == pytest.approx(9 / 16, rel=0.02)
    assert made.usage == Usage(tokens_in=50, tokens_out=1056, images=1)
    ((kind, asked),) = server.made
    assert kind == ("edits" if references else "images")
    assert asked["prompt"] == case.order.prompt
    if references:
        sent = [part for part in server.seen[0].parts if part.filename]
        assert [part.content for part in sent] == [path.read_bytes() for path in paths]
        assert {part.kind for part in sent} == {"image/png"}


@pytest.mark.parametrize(
    ("model", "width", "height", "size"),
    [
        ("gpt-image-2", 1920, 1080, (1936, 1088)),
        ("gpt-image-2.5-flare", 1080, 1920, (1088, 1920)),
        ("gpt-image-2", 640, 360, (1088, 608)),
        ("gpt-image-2", 7680, 4320, (2560, 1440)),
        ("gpt-image-2", 3000, 500, (2160, 720)),
        ("gpt-image-1.5", 1080, 1920, (1024, 1536)),
        ("gpt-image-1.5", 1000, 1000, (1024, 1024)),
    ],
)
def test_the_nearest_size_is_asked_for(model, width, height, size):
    assert nearest_size(replace(STILL, model=model, width=width, height=height)) == size


@cases("still")
def test_a_still_that_cannot_be_ordered_is_not_sent(case, server, vendor, folder, tmp_path):
    with pytest.raises(errors.BadMedia):
        make(vendor, replace(case.order, references=(tmp_path / "none.png",)), folder)
    with pytest.raises(errors.VendorRejected, match="16"):
        make(vendor, replace(case.order, references=(tmp_path / "none.png",) * 17), folder)
    with pytest.raises(errors.VendorRejected, match="32000"):
        make(vendor, replace(case.order, prompt="x" * 32_001), folder)
    assert not server.seen


# Voices


@cases("speech")
def test_a_line_is_a_sound_whose_length_is_known(case, server, vendor, folder):
    made = make(vendor, replace(case.order, rate=1.1), folder)
    assert made.path.suffix == ".wav"
    assert made.usage == Usage(characters=12, seconds=0.5)
    assert wav_seconds(made.path.read_bytes()) == 0.5
    assert made.words == ()
    ((_, asked),) = server.made
    assert (asked["input"], asked["speed"], asked["voice"]) == ("Hello world.", 1.1, case.order.voice)


@cases("speech")
def test_a_line_that_is_too_long_is_not_sent(case, server, vendor, folder):
    with pytest.raises(errors.VendorRejected, match="at most 4"):
        make(vendor, replace(case.order, text="x" * 4097), folder)
    assert not server.seen


@cases("openai-speech")
def test_a_voice_of_ones_own_is_named_by_its_id(case, server, vendor, folder):
    make(vendor, replace(case.order, voice="voice_123"), folder)
    assert server.made[0][1]["voice"] == {"id": "voice_123"}


@cases("groq-speech")
def test_a_voice_does_not_speak_a_language_that_is_not_its_own(case, server, vendor, folder):
    with pytest.raises(errors.VendorRejected, match="language"):
        make(vendor, replace(case.order, language="de"), folder)
    assert make(vendor, replace(case.order, language="en"), folder)


def test_only_a_wav_is_taken_for_one():
    assert whole_wav(spoken())[1] == 0.5
    for sound in (b"", b"ID3", spoken()[:44], spoken()[:30], b"RIFF____WAVE", b"RIFF____WAVEdata\x04\0\0\0abcd"):
        assert whole_wav(sound) is None


# Transcripts


@cases("transcripts")
def test_a_transcript_has_the_time_of_each_word(case, server, vendor, folder):
    made = make(vendor, case.order, folder)
    assert made.text == "Hello world."
    assert made.words == (Word(text="Hello", start=0.12, end=0.42), Word(text="world.", start=0.9, end=1.25))
    assert (made.language, made.usage) == ("en", Usage(seconds=1.5))
    assert not list(folder.iterdir())
    (sent,) = [part for part in server.seen[0].parts if part.filename]
    assert (sent.filename, sent.content) == ("take one.wav", case.order.path.read_bytes())
    assert sent.kind in ("audio/wav", "audio/x-wav")


@cases("transcripts")
def test_a_recording_without_a_suffix_gets_one_because_vendors_go_by_it(case, server, vendor, folder, recording):
    make(vendor, replace(case.order, path=recording.rename(recording.with_name("abc123"))), folder)
    (sent,) = [part for part in server.seen[0].parts if part.filename]
    assert (sent.filename, sent.kind) == ("abc123.wav", "audio/wav")


@cases("openai-transcripts")
@pytest.mark.parametrize("language", ["en", None])
def test_a_model_without_times_is_asked_for_none(case, server, vendor, folder, language):
    made = make(vendor, replace(case.order, model="gpt-transcribe", language=language), folder)
    assert (made.text, made.words, made.language) == ("Hello world.", (), "en")
    assert made.usage == Usage(tokens_in=14, tokens_out=5)
    assert server.made[0][1].get("languages") == ([language] if language else None)


@cases("transcripts")
def test_a_recording_that_cannot_be_sent_is_not_sent(case, server, vendor, folder, tmp_path):
    with pytest.raises(errors.BadMedia):
        make(vendor, replace(case.order, path=tmp_path / "none.wav"), folder)
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        file.truncate(25_000_001)
    with pytest.raises(errors.VendorRejected, match="25 MB"):
        make(vendor, replace(case.order, path=large), folder)
    assert not server.seen


def test_languages_are_known_by_their_names_and_codes():
    assert [language_code(said) for said in ("English", "de", "Klingon", "", None)] == ["en", "de", None, None, None]
