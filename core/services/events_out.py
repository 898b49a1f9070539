"""What happens here is sent on: by mail, to Slack, to any webhook. Recorded first, delivered by the clock.

Nothing waits for it: a message is a row written together with what it tells of, and whether it arrives
changes nothing of that. It is tried again for most of a day; receivers may get it twice, with the same id.
"""

from __future__ import annotations

import base64
import logging
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from core.db import outbox
from core.db.outbox import Parcel
from core.db.tables import Event, Job, Project
from core.db.team import Destination
from core.domain.errors import BadInput, RateLimited, VendorError, VendorRejected
from core.domain.team import DestinationView
from core.providers import notices
from core.services import people
from core.services.studio import Studio

EVENTS = {
    "review.asked": "A review is asked for",
    "review.approved": "A plan is approved in review",
    "review.changes": "Changes are asked for",
    "comment.made": "Somebody comments",
    "film.finished": "A film is finished",
    "film.failed": "A film has stopped",
    "film.waits": "A film waits for a person",
    "batch.approved": "A batch is approved",
}
"""What can be sent on, in words."""
KINDS = {"mail": "Mail", "slack": "Slack", "webhook": "Webhook"}
MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
MOST_RECEIVERS = 10
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 6 * 3600.0
"""Seconds until the second try, doubled with each, and the most."""
MOST_TRIES = 12
"""That is over about a day."""
LEASE = timedelta(minutes=5)
"""What a process has taken to deliver and did not, another takes after this time."""
AT_ONCE = 20
SETTLED = timedelta(minutes=2)
"""An event older than this is followed by none with a smaller number: no transaction lasts so long."""
KEPT = timedelta(days=30)
"""How long what was sent can be looked up."""
OF_JOBS = {
    "job done": ("film.finished", "“{title}” is finished."),
    "job failed": ("film.failed", "“{title}” has stopped."),
    "waits for a person": ("film.waits", "“{title}” waits for a person."),
    "in doubt": ("film.waits", "“{title}” waits for a person: it is not known whether something was bought."),
}

log = logging.getLogger("reprise.outbox")


def said(
    studio: Studio, sentence: str, *, page: str, film: str = "", project: str = "", by: str = "", words: str = ""
) -> dict[str, Any]:
    """What a message says, for a person and for a program."""
    base = studio.settings.public_url.rstrip("/")
    query = f"?project={project}" if project and page != "review" else ""
    found = {"text": sentence, "film": film, "project": project, "by": by, "words": words}
    return {**found, "link": f"{base}/{page}{query}" if base else ""}


def tick(studio: Studio) -> int:
    """Reads what happened to films, and delivers what is due; answers how many messages have arrived."""
    outbox.read_on(studio.db, studio.now(), SETTLED, lambda event, job, project: _told(studio, event, job, project))
    arrived = 0
    unreachable: dict[str, VendorError] = {}
    for parcel in outbox.take(studio.db, studio.now(), LEASE, AT_ONCE):
        try:
            if parcel.address in unreachable:  # it did not answer a moment ago: the others are not kept waiting for it
                raise unreachable[parcel.address]
            _send(studio, parcel)
        except VendorError as error:
            unreachable[parcel.address] = error
            _failed(studio, parcel, error)
        else:
            outbox.delivered(studio.db, studio.now(), parcel.id)
            log.info("%s was sent on to %s", parcel.event, _shown(parcel.kind, parcel.address))
            arrived += 1
    return arrived


def night(studio: Studio) -> int:
    """Forgets what was sent long ago; answers how many messages."""
    return outbox.forget(studio.db, studio.now() - KEPT)


def _told(studio: Studio, event: Event, job: Job, project: Project) -> tuple[str, dict[str, Any]] | None:
    if job.kind != "film" or event.what not in OF_JOBS:
        return None
    name, sentence = OF_JOBS[event.what]
    words = event.detail if name != "film.finished" else ""
    text = sentence.format(title=project.title.replace("{", "(").replace("}", ")"))
    return name, said(studio, text, page="production", film=project.title, project=project.id, words=words)


def _send(studio: Studio, parcel: Parcel) -> None:
    body, inside = parcel.body, studio.settings.send_inside
    if parcel.kind == "webhook":
        stamp = int(studio.now().timestamp())
        whole = {"id": parcel.id, "event": parcel.event, "at": parcel.created.isoformat(), "data": body}
        notices.post_signed(parcel.address, parcel.secret, parcel.id, stamp, whole, inside=inside)
    elif parcel.kind == "slack":
        text = "\n".join(filter(None, (body["text"], body["words"], body["link"])))
        notices.post_slack(parcel.address, text, inside=inside)
    else:
        server = studio.settings.smtp_url.get_secret_value()
        if not server:
            raise VendorRejected("No server for mail is set.", "Set REPRISE_SMTP_URL.")
        text = "\n\n".join(filter(None, (body["text"], body["words"], body["link"])))
        sender = studio.settings.mail_from or "Reprise <reprise@localhost>"
        notices.send_mail(server, sender, _receivers(parcel.address), body["text"], text + "\n", parcel.id)


def _failed(studio: Studio, parcel: Parcel, error: VendorError) -> None:
    where = _shown(parcel.kind, parcel.address)
    if isinstance(error, VendorRejected) or parcel.attempts >= MOST_TRIES:
        log.warning("%s was not sent on to %s: %s", parcel.event, where, error.message)
        outbox.give_up(studio.db, parcel.id, error.message)
        return
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (parcel.attempts - 1))
    if isinstance(error, RateLimited):
        pause = max(pause, error.delay)
    outbox.again(studio.db, parcel.id, studio.now() + timedelta(seconds=pause), error.message)


def destinations(studio: Studio, *, by: str) -> tuple[DestinationView, ...]:
    """Where events are sent on to; only an admin sees it."""
    people.require_admin(studio, by)
    return tuple(
        DestinationView(
            id=place.id,
            kind=place.kind,
            address=_shown(place.kind, place.address),
            wants=tuple(place.wants),
            active=place.active,
            waiting=waiting,
            given_up=given_up,
            problem=problem,
        )
        for place, waiting, given_up, problem in outbox.destinations(studio.db)
    )


def add(studio: Studio, kind: str, address: str, wants: Sequence[str], *, by: str) -> str:
    """A new destination; answers the secret that signs what a webhook gets, which is never shown again."""
    people.require_admin(studio, by)
    unknown = [name for name in wants if name not in EVENTS]
    if kind not in KINDS or unknown or not wants:
        raise BadInput("Nothing like that is sent on.", "Choose where to, and at least one kind of event.")
    address = _checked(studio, kind, address.strip())
    secret = notices.SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode() if kind == "webhook" else ""
    place = Destination(
        kind=kind, address=address, secret=secret, wants=list(dict.fromkeys(wants)), by=by, created=studio.now()
    )
    outbox.add_destination(studio.db, place)
    return secret


def greet(studio: Studio, destination_id: str, *, by: str) -> None:
    """Sends a test there, so that an admin sees whether it arrives."""
    who = people.require_admin(studio, by)
    body = said(studio, f"{who.name} tries whether messages of Reprise arrive here.", page="settings", by=who.name)
    outbox.put_to(studio.db, studio.now(), destination_id, "test", body)


def switch(studio: Studio, destination_id: str, *, active: bool, by: str) -> None:
    """Stops sending there, or begins again."""
    people.require_admin(studio, by)
    outbox.change_destination(studio.db, destination_id, active=active)


def remove(studio: Studio, destination_id: str, *, by: str) -> None:
    """Forgets a destination, with what is on its way there."""
    people.require_admin(studio, by)
    outbox.remove_destination(studio.db, destination_id)


def try_again(studio: Studio, destination_id: str, *, by: str) -> int:
    """Tries once more what was given up; answers how many messages."""
    people.require_admin(studio, by)
    return outbox.try_again(studio.db, studio.now(), destination_id)


def _checked(studio: Studio, kind: str, address: str) -> str:
    """An address that can be one. BadInput repeats none: that of a Slack webhook is a secret."""
    if kind == "mail":
        if not studio.settings.smtp_url.get_secret_value():
            raise BadInput("No server for mail is set.", "Set REPRISE_SMTP_URL and start again.")
        found = _receivers(address)
        if not found or len(found) > MOST_RECEIVERS or not all(MAIL.fullmatch(each) for each in found):
            raise BadInput("These are not addresses of mail.", f"Write up to {MOST_RECEIVERS}, with commas between.")
        return ", ".join(found)
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or parts.username or len(address) > 2000 or re.search(r"[\x00-\x20\x7f]", address):
        raise BadInput("That is not an address of the web.", "It begins with https:// and has no password in it.")
    if not studio.settings.send_inside and (parts.scheme != "https" or _is_inside(parts.hostname or "")):
        raise BadInput(
            "Events are sent to https:// addresses outside of this network.",
            "Set REPRISE_SEND_INSIDE=true to send them inside it, or without encryption.",
        )
    return address


def _is_inside(host: str) -> bool:
    """As far as the address itself says; what a name stands for is looked at whenever something is sent."""
    try:
        return notices.is_inside(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _receivers(address: str) -> list[str]:
    return [each.strip() for each in address.split(",") if each.strip()]


def _shown(kind: str, address: str) -> str:
    """Where that is, without what is secret."""
    return address if kind == "mail" else f"{KINDS[kind]} at {urlsplit(address).hostname}"
