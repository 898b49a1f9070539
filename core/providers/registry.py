"""Which vendors the settings open: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

from core.providers import ClipVendor
from core.settings import Settings


def clip_vendors(settings: Settings) -> Mapping[str, ClipVendor]:
    """The vendors that film clips, by name; those without an address or a key are left out."""
    vendors: list[ClipVendor] = []
    if settings.videos_base_url:
        from core.providers.videos import VideosServer  # noqa: PLC0415  its SDK costs a second of the start

        vendors.append(
            VideosServer(
                name="videos",
                base_url=settings.videos_base_url,
                key=settings.videos_api_key.get_secret_value(),
                recovery=settings.videos_recovery,
                lengths=settings.videos_lengths,
            )
        )
    if settings.runwayml_api_secret.get_secret_value():
        from core.providers.runway import Runway  # noqa: PLC0415

        vendors.append(
            Runway(key=settings.runwayml_api_secret.get_secret_value(), base_url=settings.runwayml_base_url or None)
        )
    return {vendor.name: vendor for vendor in vendors}
