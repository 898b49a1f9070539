"""Where everything lies and what carries the work, in words and without what is secret."""

from __future__ import annotations

from urllib.parse import urlsplit

from core.domain.errors import Broken
from core.domain.money import price, usd
from core.media.certificates import certificate
from core.services.studio import Studio

CAPS = {
    "cap_project_usd": "A project",
    "cap_user_usd": "A user",
    "cap_month_usd": "A month",
    "cap_workspace_usd": "In all",
}


def parts(studio: Studio) -> dict[str, str]:
    """Database, queue, storage, signature and hands, each in words."""
    return {
        "database": "PostgreSQL" if studio.db.is_postgres else "SQLite, one file in the data directory",
        "queue": _queue(studio.settings.broker_url),
        "storage": _storage(studio),
        "films are signed by": signer(studio),
        "at once": f"{studio.settings.workers} steps on each machine, {studio.settings.at_vendors} tasks at vendors",
    }


def signer(studio: Studio) -> str:
    """Who signs films, until when, and what stands against it."""
    settings = studio.settings
    try:
        found = certificate(studio.certificates, settings.certificate, settings.certificate_key)
    except Broken as error:
        return error.sentence
    if found.is_development:
        return "A development certificate of this installation, which nobody trusts"
    return f"{found.name}, until {found.until:%-d %B %Y}"


def caps(studio: Studio) -> dict[str, str]:
    """What the settings allow to be spent, in words."""
    found = {label: getattr(studio.settings, name) for name, label in CAPS.items()}
    return {label: "No limit" if cap is None else f"At most {price(usd(cap))}" for label, cap in found.items()}


def _queue(address: str) -> str:
    scheme = urlsplit(address).scheme
    if not scheme:
        return "This process alone"
    return "Redis, for any number of machines" if scheme.startswith("redis") else "RabbitMQ, for any number of machines"


def _storage(studio: Studio) -> str:
    settings = studio.settings
    if not settings.storage:
        return f"This machine's disk, {studio.storage.free_mb() / 1000:.0f} GB free"
    bucket = settings.storage.removeprefix("s3://").partition("/")[0]
    host = urlsplit(settings.s3_endpoint_url).hostname
    return f"S3 bucket {bucket}" + (f" at {host}" if host else "")
