"""Which vendors the settings open, and what each makes: one line of WORKS for each kind of work of a vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from core.domain.catalogue import Kind
from core.providers import InstantVendor, TaskVendor
from core.providers.keys import Ring
from core.providers.rotation import RotatingInstant, RotatingTasks
from core.settings import Settings

Maker = TaskVendor[Any] | InstantVendor[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """An adapter: where it stands, and what it is opened with beside its key."""

    vendor: str
    kinds: tuple[Kind, ...]
    adapter: str
    """module:class in core.providers; loaded when it is open, as an SDK costs up to a second of the start."""
    options: Callable[[Settings], dict[str, Any]] = lambda _: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What opens a vendor."""

    keys: Callable[[Settings], str]
    is_set: Callable[[Settings], bool]
    has_key: bool = True


def _address(setting: str, /, **more: Callable[[Settings], Any]) -> Callable[[Settings], dict[str, Any]]:
    """The vendor's own address unless the setting names another, and what else it is opened with."""

    def options(settings: Settings) -> dict[str, Any]:
        address = getattr(settings, setting)
        return {**({"base_url": address} if address else {}), **{k: of(settings) for k, of in more.items()}}

    return options


def _keyed(name: str) -> Access:
    return Access(
        keys=lambda s: getattr(s, name).get_secret_value(), is_set=lambda s: bool(getattr(s, name).get_secret_value())
    )


ACCESS: dict[str, Access] = {
    "videos": Access(keys=lambda s: s.videos_api_key.get_secret_value(), is_set=lambda s: bool(s.videos_base_url)),
    "runway": _keyed("runwayml_api_secret"),
    "replicate": _keyed("replicate_api_token"),
    "google": _keyed("gemini_api_key"),
    "vertex": Access(keys=lambda _: "", is_set=lambda s: bool(s.google_cloud_project), has_key=False),
    "openai": _keyed("openai_api_key"),
    "groq": _keyed("groq_api_key"),
    "elevenlabs": _keyed("elevenlabs_api_key"),
    "language": Access(
        keys=lambda s: s.language_api_key.get_secret_value(), is_set=lambda s: bool(s.language_base_url)
    ),
}


def _webhook(settings: Settings) -> str:
    return f"{settings.public_url.rstrip('/')}/api/webhooks/replicate" if settings.public_url else ""


def _own_or_official(name: str) -> Callable[[Settings], dict[str, Any]]:
    """Of adapters that want their address said, even where that is the usual one."""
    return lambda settings: {"base_url": getattr(settings, name) or None}


_replicate = _address("replicate_base_url", webhook=_webhook)
_videos = _address("videos_base_url", name=lambda _: "videos", recovery=lambda s: s.videos_recovery,
                   lengths=lambda s: s.videos_lengths)  # fmt: skip
_vertex = _address("google_vertex_base_url", project=lambda s: s.google_cloud_project,
                   location=lambda s: s.google_cloud_location)  # fmt: skip

WORKS = (
    Works(vendor="videos", kinds=("video",), adapter="videos:VideosServer", options=_videos),
    Works(
        vendor="runway",
        kinds=("video",),
        adapter="runway_more:RunwayFilms",
        options=_own_or_official("runwayml_base_url"),
    ),
    Works(
        vendor="runway",
        kinds=("still",),
        adapter="runway_more:RunwayStills",
        options=_own_or_official("runwayml_base_url"),
    ),
    Works(vendor="replicate", kinds=("video",), adapter="replicate:ReplicateClips", options=_replicate),
    Works(vendor="replicate", kinds=("still",), adapter="replicate:ReplicateStills", options=_replicate),
    Works(vendor="replicate", kinds=("music", "effect"), adapter="replicate:ReplicateSounds", options=_replicate),
    Works(vendor="google", kinds=("video",), adapter="google:GoogleOmni", options=_address("google_gemini_base_url")),
    Works(vendor="vertex", kinds=("video",), adapter="google_veo:GoogleVeo", options=_vertex),
    Works(
        vendor="openai",
        kinds=("language",),
        adapter="openai_language:OpenAILanguage",
        options=_address("openai_base_url"),
    ),
    Works(vendor="openai", kinds=("still",), adapter="openai_images:OpenAIImages", options=_address("openai_base_url")),
    Works(vendor="openai", kinds=("speech",), adapter="speech:OpenAISpeech", options=_address("openai_base_url")),
    Works(
        vendor="openai",
        kinds=("transcription",),
        adapter="transcripts:OpenAITranscripts",
        options=_address("openai_base_url"),
    ),
    Works(vendor="groq", kinds=("language",), adapter="chat_language:GroqLanguage", options=_address("groq_base_url")),
    Works(vendor="groq", kinds=("speech",), adapter="speech:GroqSpeech", options=_address("groq_base_url")),
    Works(
        vendor="groq",
        kinds=("transcription",),
        adapter="transcripts:GroqTranscripts",
        options=_address("groq_base_url"),
    ),
    Works(
        vendor="elevenlabs",
        kinds=("speech",),
        adapter="elevenlabs:ElevenLabsSpeech",
        options=_address("elevenlabs_base_url"),
    ),
    Works(
        vendor="elevenlabs",
        kinds=("music", "effect"),
        adapter="elevenlabs:ElevenLabsSound",
        options=_address("elevenlabs_base_url"),
    ),
    Works(
        vendor="elevenlabs",
        kinds=("transcription",),
        adapter="elevenlabs:ElevenLabsTranscription",
        options=_address("elevenlabs_base_url"),
    ),
    Works(
        vendor="language",
        kinds=("language",),
        adapter="chat_language:CompatibleLanguage",
        options=_address("language_base_url"),
    ),
)


def makers(settings: Settings) -> tuple[dict[tuple[Kind, str], Maker], Mapping[str, Ring]]:
    """What each open vendor makes, by kind of work and vendor; and the keys of each vendor."""
    rings = {name: Ring(access.keys(settings)) for name, access in ACCESS.items() if access.is_set(settings)}
    found: dict[tuple[Kind, str], Maker] = {}
    for works in WORKS:
        if works.vendor in rings:
            maker = _opened(works, settings, rings[works.vendor])
            found.update({(kind, works.vendor): maker for kind in works.kinds})
    return found, rings


def _opened(works: Works, settings: Settings, ring: Ring) -> Maker:
    """The adapter under each key."""
    module, _, name = works.adapter.partition(":")
    adapter = getattr(import_module(f"core.providers.{module}"), name)
    options = works.options(settings)
    keyed = ACCESS[works.vendor].has_key
    each = [adapter(**options, **({"key": key.secret} if keyed else {})) for key in ring.keys]
    if hasattr(each[0], "submit"):
        return RotatingTasks(each, ring)
    return RotatingInstant(each, ring)
