"""Which vendors the settings open: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

from core.providers import ClipVendor
from core.settings import Settings


def clip_vendors(settings: Settings) -> Mapping[str, ClipVendor]:
    """The vendors that film clips, by name; those without an address or a key are left out."""
    found = (_videos(settings), _runway(settings), _replicate(settings), _google(settings), _vertex(settings))
    return {vendor.name: vendor for vendor in found if vendor is not None}


# an SDK is only loaded where its vendor is open: each costs up to a second of the start


def _videos(settings: Settings) -> ClipVendor | None:
    if not settings.videos_base_url:
        return None
    from core.providers.videos import VideosServer  # noqa: PLC0415

    return VideosServer(
        name="videos",
        base_url=settings.videos_base_url,
        key=settings.videos_api_key.get_secret_value(),
        recovery=settings.videos_recovery,
        lengths=settings.videos_lengths,
    )


def _runway(settings: Settings) -> ClipVendor | None:
    key = settings.runwayml_api_secret.get_secret_value()
    if not key:
        return None
    from core.providers.runway import Runway  # noqa: PLC0415

    return Runway(key=key, base_url=settings.runwayml_base_url or None)


def _replicate(settings: Settings) -> ClipVendor | None:
    key = settings.replicate_api_token.get_secret_value()
    if not key:
        return None
    from core.providers.replicate import ReplicateClips  # noqa: PLC0415

    return ReplicateClips(key=key, base_url=settings.replicate_base_url or None)


def _google(settings: Settings) -> ClipVendor | None:
    key = settings.gemini_api_key.get_secret_value()
    if not key:
        return None
    from core.providers.google import GoogleOmni  # noqa: PLC0415

    return GoogleOmni(key=key, base_url=settings.google_gemini_base_url or None)


def _vertex(settings: Settings) -> ClipVendor | None:
    if not settings.google_cloud_project:
        return None
    from core.providers.google_veo import GoogleVeo  # noqa: PLC0415

    return GoogleVeo(
        project=settings.google_cloud_project,
        location=settings.google_cloud_location,
        base_url=settings.google_vertex_base_url or None,
    )
