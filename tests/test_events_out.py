"""What happens is sent on, signed, again and again until it arrives; to real servers on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import logging
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from pydantic import SecretStr

from core.db import outbox
from core.domain.errors import BadInput, NotFound
from core.providers import notices
from core.services import approval, events_out, people, planning, production, projects, reviews
from tests.loopback import Answer, Call, Loopback

ALL = tuple(events_out.EVENTS)


@dataclass
class Receiver(Loopback):
    """Takes what is posted."""

    refusals = {  # noqa: RUF012
        "broken": (500, b"no"),
        "busy": (429, b"", {"Retry-After": "600"}),
        "gone": (410, b""),
        "moved": (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"}),
    }

    def kind(self, call: Call) -> str:  # noqa: ARG002
        return "post"

    def answer(self, call: Call, kind: str, fault: str) -> Answer:  # noqa: ARG002
        return Answer({"ok": True})


@dataclass
class Postman:
    """A server that speaks SMTP: enough of RFC 5321 for smtplib, with a password."""

    letters: list = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refuses: bool = False

    def __enter__(self):
        postman = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 here\r\n")
                while line := self.rfile.readline():
                    said = line.decode().strip()
                    postman.said.append(said)
                    self.wfile.write(self.reply(said))
                    if said.upper().startswith("QUIT"):
                        return

            def reply(self, said: str) -> bytes:
                verb = said[:4].upper()
                if verb == "EHLO":
                    return b"250-here\r\n250 AUTH PLAIN\r\n"
                if verb == "AUTH":
                    return b"235 welcome\r\n"
                if verb == "RCPT" and postman.refuses:
                    return b"550 nobody of that name\r\n"
                if verb == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (line := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(line)
                    postman.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
                return b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n"

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"smtp://reprise:p%40ss@127.0.0.1:{self.server.server_address[1]}"


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def studio(studio, clock):
    """A studio that may send to this machine, where the receivers of these tests are."""
    return inside(replace(studio, clock=clock))


def inside(studio, *, may=True):
    return replace(studio, settings=studio.settings.model_copy(update={"send_inside": may}))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def hook(studio, receiver) -> str:
    """The secret of a webhook that wants everything."""
    return events_out.add(studio, "webhook", receiver.base_url + "/in?team=1", ALL, by="local")


@pytest.fixture
def project(studio, small_plan):
    made = projects.create(studio, "local", title="", brief=small_plan.brief)
    planning.save(studio, "local", made.id, small_plan, author="a test", reason="first", base=None)
    return made.id


def ask(studio, project, words="Is it true?"):
    return reviews.ask(studio, "local", project, revision=1, by="local", question=words)


def test_what_is_sent_is_signed_as_the_standard_for_webhooks_has_it(studio, receiver, hook, project, clock):
    ask(studio, project)
    assert events_out.tick(studio) == 1
    call = receiver.seen[0]
    assert (call.path, call.query) == ("/in", {"team": "1"})
    stamp, sent = call.headers["webhook-timestamp"], call.headers["webhook-id"]
    assert int(stamp) == clock.now.timestamp()
    key = base64.b64decode(hook.removeprefix("whsec_"))
    expected = hmac.new(key, f"{sent}.{stamp}.".encode() + call.body, hashlib.sha256).digest()
    assert call.headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert call.json["event"] == "review.asked" and call.json["id"] == sent
    assert call.json["data"]["words"] == "Is it true?" and call.json["data"]["project"] == project
    assert events_out.tick(studio) == 0, "once is enough"


def test_what_does_not_arrive_is_tried_again_ever_more_seldom(studio, receiver, hook, project, clock):
    receiver.coming = ["post:broken", "post:reset_before", "post:busy"]
    ask(studio, project)
    tried = []
    for _ in range(80):
        before = receiver.requests["post"]
        events_out.tick(studio)
        tried += [clock.now] * (receiver.requests["post"] - before)
        clock.passes(seconds=10)
    pauses = [(after - before).total_seconds() for before, after in itertools.pairwise(tried)]
    assert pauses == [30, 60, 600], "a receiver that asks for time is given it"
    assert events_out.destinations(studio, by="local")[0].waiting == 0
    ids = {call.headers["webhook-id"] for call in receiver.seen}
    assert len(ids) == 1, "a receiver can tell that it is the same"


def test_what_never_arrives_is_given_up_and_can_be_tried_once_more(studio, receiver, hook, project, clock):
    ask(studio, project)
    for _ in range(events_out.MOST_TRIES):
        receiver.coming = ["post:broken"]
        events_out.tick(studio)
        clock.passes(hours=6)
    place = events_out.destinations(studio, by="local")[0]
    assert (place.waiting, place.given_up) == (0, 1) and "500" in place.problem
    events_out.tick(studio)
    assert receiver.requests["post"] == events_out.MOST_TRIES
    assert events_out.try_again(studio, place.id, by="local") == 1
    assert events_out.tick(studio) == 1


@pytest.mark.parametrize("fault", ["gone", "moved"])
def test_a_receiver_that_has_left_is_not_followed(studio, receiver, hook, project, fault):
    receiver.coming = [f"post:{fault}"]
    ask(studio, project)
    assert events_out.tick(studio) == 0
    assert events_out.destinations(studio, by="local")[0].given_up == (1 if fault == "gone" else 0)


def test_one_receiver_that_is_down_does_not_keep_the_others_waiting(studio, receiver, hook, project):
    events_out.add(studio, "webhook", "http://127.0.0.1:1/nobody", ALL, by="local")
    for number in range(3):
        reviews.comment(studio, "local", project, by="local", body=f"Comment {number}")
    assert events_out.tick(studio) == 3
    assert events_out.destinations(studio, by="local")[1].waiting == 3


def test_of_two_processes_one_delivers(any_studio, receiver, small_plan):
    any_studio = inside(any_studio)
    made = projects.create(any_studio, "local", title="", brief=small_plan.brief)
    planning.save(any_studio, "local", made.id, small_plan, author="a test", reason="first", base=None)
    events_out.add(any_studio, "webhook", receiver.base_url, ALL, by="local")
    for number in range(8):
        reviews.comment(any_studio, "local", made.id, by="local", body=f"Comment {number}")
    threads = [threading.Thread(target=events_out.tick, args=(any_studio,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert receiver.requests["post"] == 8


def test_a_process_that_died_while_sending_leaves_it_to_another(studio, receiver, hook, project, clock):
    ask(studio, project)
    assert len(outbox.take(studio.db, studio.now(), events_out.LEASE, 5)) == 1
    assert events_out.tick(studio) == 0
    clock.passes(minutes=6)
    assert events_out.tick(studio) == 1


def test_slack_gets_a_line_in_which_nothing_is_markup(studio, receiver, project):
    events_out.add(studio, "slack", receiver.base_url + "/services/T0/B0/secret", ("review.asked",), by="local")
    ask(studio, project, "<!channel> & co")
    assert events_out.tick(studio) == 1
    text = receiver.seen[0].json["text"]
    assert "&lt;!channel&gt; &amp; co" in text and "This machine asks for a review of “Night”" in text
    assert "webhook-signature" not in receiver.seen[0].headers


def test_mail_is_sent_through_the_server_of_the_settings(studio, project):
    with Postman() as postman:
        more = {
            "smtp_url": SecretStr(postman.url),
            "mail_from": "Reprise <r@example.test>",
            "public_url": "https://r.test",
        }
        studio = replace(studio, settings=studio.settings.model_copy(update=more))
        events_out.add(studio, "mail", "jon@example.test, ada@example.test", ("review.asked",), by="local")
        ask(studio, project, "Two\nlines")
        assert events_out.tick(studio) == 1
        letter = postman.letters[0]
        assert letter["To"] == "jon@example.test, ada@example.test" and "asks for a review" in letter["Subject"]
        assert letter.get_content().split()[-3:] == ["Two", "lines", "https://r.test/review"]
        login = next(line for line in postman.said if line.startswith("AUTH"))
        assert base64.b64decode(login.split()[2]) == b"\0reprise\0p@ss"
        postman.refuses = True
        reviews.withdraw(studio, "local", project)
        ask(studio, project)
        assert events_out.tick(studio) == 0
        assert events_out.destinations(studio, by="local")[0].given_up == 1


def test_a_title_cannot_write_headers_of_mail(studio, project, small_plan):
    with Postman() as postman:
        studio = replace(studio, settings=studio.settings.model_copy(update={"smtp_url": SecretStr(postman.url)}))
        events_out.add(studio, "mail", "jon@example.test", ("comment.made",), by="local")
        plan = small_plan.but(title="Night\r\nBcc: all@example.test")
        planning.save(studio, "local", project, plan, author="a test", reason="renamed", base=1)
        reviews.comment(studio, "local", project, by="local", body="Hello")
        assert events_out.tick(studio) == 1
        assert postman.letters[0]["Bcc"] is None


def test_what_becomes_of_a_film_is_told_once(studio, receiver, hook, project, clock):
    events_out.tick(studio)  # from here on
    quote = approval.quote(studio, "local", project)
    job = approval.approve(studio, "local", project, revision=1, total=quote.total)
    with studio.db.write() as s:
        from core.db.moves import note

        note(s, studio.now(), job, "job done")
        note(s, studio.now(), job, "waits for a person", "More money is needed.")
    for _ in range(4):
        events_out.tick(studio)
        clock.passes(minutes=1)
    told = [call.json for call in receiver.seen]
    assert [each["event"] for each in told] == ["film.finished", "film.waits"]
    assert told[0]["data"]["text"] == "“Night” is finished." and told[1]["data"]["words"] == "More money is needed."


def test_what_happened_before_anybody_wanted_to_know_is_not_sent(studio, receiver, project):
    quote = approval.quote(studio, "local", project)
    job = approval.approve(studio, "local", project, revision=1, total=quote.total)
    production.cancel(studio, "local", job)
    events_out.add(studio, "webhook", receiver.base_url, ALL, by="local")
    events_out.tick(studio)
    assert events_out.tick(studio) == 0 and not receiver.seen


def test_no_secret_is_shown_or_logged(studio, receiver, project, caplog):
    address = receiver.base_url + "/services/T0/B0/verysecret"
    with caplog.at_level(logging.DEBUG):
        events_out.add(studio, "slack", address, ALL, by="local")
        key = events_out.add(studio, "webhook", address, ALL, by="local")
        receiver.coming = ["post:gone", "post:broken"]
        ask(studio, project)
        events_out.tick(studio)
    shown = repr(events_out.destinations(studio, by="local")) + caplog.text
    assert "verysecret" not in shown and key not in shown
    assert "127.0.0.1" in shown


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("webhook", "ftp://example.test/x"),
        ("webhook", "https://user:password@example.test/"),
        ("webhook", "https://example.test/\r\nHost: else"),
        ("webhook", "https://example.test:port/"),
        ("slack", "hooks.slack.com/services"),
        ("mail", "jon@example.test"),
        ("pigeon", "https://example.test"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_and_not_repeated(studio, kind, address):
    with pytest.raises(BadInput) as refused:
        events_out.add(studio, kind, address, ALL, by="local")
    assert "password@" not in refused.value.sentence


@pytest.mark.parametrize(
    "address",
    [
        "http://example.test/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3:8443/",
        "https://[::1]/",
        "https://[::ffff:192.168.1.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:a00:1::1]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
    ],
)
def test_nothing_is_sent_into_the_network_unless_a_setting_says_so(studio, address):
    with pytest.raises(BadInput, match="outside of this network"):
        events_out.add(inside(studio, may=False), "webhook", address, ALL, by="local")
    assert events_out.add(studio, "webhook", address, ALL, by="local")


def test_what_a_name_stands_for_is_looked_at_when_it_is_sent(studio, receiver, hook, project):
    ask(studio, project)
    assert events_out.tick(inside(studio, may=False)) == 0
    place = events_out.destinations(studio, by="local")[0]
    assert place.given_up == 1 and "inside this network" in place.problem
    assert not receiver.seen


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"])
def test_the_public_internet_is_outside(number):
    assert not notices.is_inside(number)


def test_a_test_is_sent_to_one_place_whatever_it_wants(studio, receiver):
    for wants in (("film.failed",), ALL):
        events_out.add(studio, "webhook", receiver.base_url, wants, by="local")
    first = events_out.destinations(studio, by="local")[0].id
    for _ in range(2):
        events_out.greet(studio, first, by="local")
    assert events_out.tick(studio) == 2
    assert [call.json["event"] for call in receiver.seen] == ["test", "test"]
    mara = people.add(studio, "Mara", "creator", "", by="local").id
    with pytest.raises(BadInput):
        events_out.greet(studio, first, by=mara)
    with pytest.raises(NotFound):
        events_out.greet(studio, "nowhere", by="local")


def test_only_an_admin_says_where_events_go(studio):
    jon = people.add(studio, "Jon", "reviewer", "", by="local").id
    with pytest.raises(BadInput):
        events_out.add(studio, "webhook", "https://example.test", ALL, by=jon)
    with pytest.raises(BadInput):
        events_out.destinations(studio, by=jon)
    events_out.add(studio, "webhook", "https://example.test", ALL, by="local")
    place = events_out.destinations(studio, by="local")[0].id
    events_out.switch(studio, place, active=False, by="local")
    assert not events_out.destinations(studio, by="local")[0].active
    events_out.remove(studio, place, by="local")
    with pytest.raises(NotFound):
        events_out.switch(studio, place, active=True, by="local")
    assert not events_out.destinations(studio, by="local")


def test_what_was_sent_long_ago_is_forgotten(studio, receiver, hook, project, clock):
    ask(studio, project)
    events_out.tick(studio)
    assert events_out.night(studio) == 0
    clock.passes(days=31)
    assert events_out.night(studio) == 1
