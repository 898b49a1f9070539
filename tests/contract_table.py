"""Who does which work: every vendor as it stands on loopback, and a line for each adapter under the contract.

A new adapter is one line of ROWS, and a Stand where its vendor has none yet. `test_contract` fails when the registry or
the catalogue has what no line names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.domain.catalogue import Kind
from tests import fake_elevenlabs, fake_google, fake_openai, fake_replicate, fake_runway, fake_runway_more
from tests.clip_shop import MODELS as VIDEOS
from tests.fake_elevenlabs import FakeElevenLabs
from tests.fake_google import FakeGoogle
from tests.fake_openai import FakeGroq, FakeOpenAI
from tests.fake_replicate import FakeReplicate
from tests.fake_runway import FakeRunway
from tests.fake_runway_more import FakeRunwayMore


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A vendor on loopback, as the contract knows vendors."""

    fake: Callable[[], Any] | None = None
    """None: the server of clips that every shop has anyway, or this machine."""
    address: str = ""
    """The setting of its address."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else opens it."""
    secret: str = ""
    """Its key, which nobody may be shown."""
    made: Callable[[Any], int] = lambda fake: len(fake.made)
    """How many things it has taken, each of them to be paid."""
    bill: Callable[[Any], int] | None = None
    """Micro-dollars that it wants for all of them, where it says."""
    lasts: Callable[[Any, bool], None] | None = None
    """Has its tasks last until they are told to end; None: it answers at once."""
    cancels: bool = False
    """Whether a task that has begun can be stopped there."""
    finds: bool = False
    """Whether it can be asked for what was ordered when its answer was lost."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Its own names of the faults that the contract plays."""
    delay: float = 7.0
    """Seconds that it asks to wait."""


def _slow(fake: Any, lasts: bool) -> None:  # noqa: FBT001
    fake.making = 3600.0 if lasts else 0.0


def _slow_server(fake: Any, lasts: bool) -> None:  # noqa: FBT001
    fake.rules.making = 3600.0 if lasts else 0.0


def _slow_stills(fake: FakeRunwayMore, lasts: bool) -> None:  # noqa: FBT001
    fake.state = "RUNNING" if lasts else "SUCCEEDED"


SERVER_KEY = "sk-0123456789abcdef0123456789"
"""Of the server of clips, which takes any."""
STANDS: dict[str, Stand] = {
    "local": Stand(),
    "videos": Stand(
        made=lambda fake: len(fake.tasks), bill=lambda fake: sum(task["cost_micros"] for task in fake.tasks),
        lasts=_slow_server, finds=True, delay=1.0, settings={"videos_api_key": SERVER_KEY}, secret=SERVER_KEY,
        called={
            "moderated": "moderation", "bad_request": "invalid", "error_before": "error_before_accept",
            "reset_after": "drop_after_accept",
        },
    ),
    "runway": Stand(
        fake=FakeRunway, address="runwayml_base_url", settings={"runwayml_api_secret": fake_runway.KEY},
        secret=fake_runway.KEY, made=lambda fake: fake.submits, bill=lambda fake: fake.billed_credits * 10_000,
        lasts=_slow, cancels=True,
    ),
    "runway stills": Stand(
        fake=FakeRunwayMore, address="runwayml_base_url", settings={"runwayml_api_secret": fake_runway_more.KEY},
        secret=fake_runway_more.KEY, made=lambda fake: len(fake.orders), lasts=_slow_stills, cancels=True,
    ),
    "google": Stand(
        fake=FakeGoogle, address="google_gemini_base_url", settings={"gemini_api_key": fake_google.KEY},
        secret=fake_google.KEY, made=lambda fake: fake.submits, lasts=_slow, cancels=True, delay=30.5,
        called={"bad_request": "invalid", "gone": "no_model"},
    ),
    "vertex": Stand(
        fake=FakeGoogle, address="google_vertex_base_url", settings={"google_cloud_project": fake_google.PROJECT},
        secret=fake_google.ACCESS, made=lambda fake: fake.submits, lasts=_slow, delay=30.5,
        called={"bad_request": "invalid", "gone": "no_model", "unauthorised": "unauthenticated"},
    ),
    "replicate": Stand(
        fake=FakeReplicate, address="replicate_base_url",
        settings={
            "replicate_api_token": fake_replicate.TOKEN,
            "prices": "video:replicate/wan/t2v=0.05,video:replicate/lab/free=0.05,music:replicate/lab/score=0.04",
        },
        secret=fake_replicate.TOKEN, made=lambda fake: fake.submits, lasts=_slow, cancels=True, finds=True,
        called={"bad_request": "invalid", "gone": "gone_version", "no_model": "gone_version"},
    ),
    "openai": Stand(
        fake=FakeOpenAI, address="openai_base_url", settings={"openai_api_key": fake_openai.KEY},
        secret=fake_openai.KEY,
    ),
    "groq": Stand(
        fake=FakeGroq, address="groq_base_url", settings={"groq_api_key": fake_openai.KEY}, secret=fake_openai.KEY
    ),
    "language": Stand(
        fake=FakeOpenAI, address="language_base_url",
        settings={"language_api_key": fake_openai.KEY, "language_models": "qwen3=0.10/0.40"}, secret=fake_openai.KEY,
    ),
    "elevenlabs": Stand(
        fake=lambda: FakeElevenLabs(any_voice=True), address="elevenlabs_base_url",
        settings={"elevenlabs_api_key": fake_elevenlabs.KEY}, secret=fake_elevenlabs.KEY,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """An adapter under the contract, with the model that it is held to it by."""

    kind: Kind
    model: str
    paid: str = "create"
    """What its vendor on loopback calls the request that costs."""
    also: tuple[str, ...] = ()
    """The vendor's other models of that kind that can be had: each is ordered, quoted and paid as well."""
    stand: str = ""
    """Where it is asked; empty: at the stand of its vendor's name."""

    @property
    def vendor(self) -> str:
        return self.model.partition("/")[0]

    @property
    def at(self) -> Stand:
        return STANDS[self.stand or self.vendor]


MMAUDIO = f"replicate/zsxkib/mmaudio:{fake_replicate.PINNED['zsxkib/mmaudio']}"
WHISPER = "groq/whisper-large-v3"
ROWS: tuple[Row, ...] = (
    Row(kind="video", model="local/film"),
    Row(kind="video", model="videos/wan", also=tuple(f"videos/{name}" for name in VIDEOS if name != "wan")),
    Row(kind="video", model="runway/gen4.5", also=("runway/gen4_turbo", "runway/veo3.1", "runway/veo3.1_fast")),
    Row(kind="video", model="google/gemini-omni-1.1-flash"),
    Row(kind="video", model="vertex/veo-3.1-lite-generate-001"),
    Row(kind="video", model="replicate/wan/t2v"),
    Row(kind="still", model="local/still"),
    Row(kind="still", model="replicate/black-forest-labs/flux-schnell"),
    Row(kind="still", model="runway/gen4_image", also=("runway/gen4_image_turbo",), stand="runway stills"),
    Row(kind="still", model="openai/gpt-image-2", paid="images",
        also=("openai/gpt-image-2.5-flare", "openai/gpt-image-2.5-sunburst")),
    Row(kind="language", model="local/writer"),
    Row(kind="language", model="openai/gpt-6-luna", paid="responses",
        also=("openai/gpt-6.1-terra", "openai/gpt-6.1-sol", "openai/gpt-6-sol", "openai/gpt-5.6-luna",
              "openai/gpt-5.4-nano", "openai/gpt-4o-mini")),
    Row(kind="language", model="groq/openai/gpt-oss-20b", paid="chat",
        also=("groq/openai/gpt-oss-120b", "groq/qwen/qwen3.8-27b")),
    Row(kind="language", model="language/qwen3", paid="chat"),
    Row(kind="speech", model="local/voice"),
    Row(kind="speech", model="elevenlabs/eleven_multilingual_v2", paid="speech",
        also=("elevenlabs/eleven_v3", "elevenlabs/eleven_v4", "elevenlabs/eleven_v4_turbo",
              "elevenlabs/eleven_flash_v2_5")),
    Row(kind="speech", model="groq/canopylabs/orpheus-v1-english", paid="speech"),
    Row(kind="speech", model="openai/gpt-4o-mini-tts", paid="speech", also=("openai/tts-1", "openai/tts-1-hd")),
    Row(kind="transcription", model="local/script"),
    Row(kind="transcription", model=f"{WHISPER}-turbo", paid="transcripts", also=(WHISPER,)),
    Row(kind="transcription", model="openai/gpt-transcribe", paid="transcripts", also=("openai/whisper-1",)),
    Row(kind="transcription", model="elevenlabs/scribe_v2", paid="scribe"),
    Row(kind="music", model="local/music"),
    Row(kind="music", model="elevenlabs/music_v2_5", paid="music", also=("elevenlabs/music_v2", "elevenlabs/music_v1")),
    Row(kind="music", model="replicate/lab/score"),
    Row(kind="effect", model="local/effects"),
    Row(kind="effect", model="elevenlabs/eleven_text_to_sound_v2", paid="effect",
        also=("elevenlabs/eleven_text_to_sound_v3",)),
    Row(kind="effect", model=MMAUDIO),
)  # fmt: skip
"""Each adapter once. `local/script` is no model: here nobody listens, the script is laid over what is said."""
REMOTE = tuple(row for row in ROWS if row.vendor != "local")
UNSEEN = {"replicate/wan/t2v": "replicate/lab/free"}
"""Of a vendor that has to be asked what a model films before it has a price: one that nothing else asks about."""
ELSEWHERE = {"runway/act_two": "test_performances"}
"""Models that are held to promises of their own, and where."""
