"""A video vendor on loopback: speaks `/v1/videos` strictly, counts what it was asked to make, misbehaves on order.

In a test: `with FakeVendor(recovery="search") as vendor: VideosServer(base_url=vendor.base_url, ...)`.
As a process of its own: `python -m tests.fake_vendor --port 8123 --recovery key --faults 0.2 --seed 7`.

`/admin/...` is what a person sees on the vendor's dashboard; it always works and tells the whole truth:
GET /admin/tasks, GET /admin/counters, POST /admin/faults {"rate": 0.2, "kinds": [...], "next": [...]}.
"""

from __future__ import annotations

import argparse
import email
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import imageio_ffmpeg

LENGTHS = (4, 8, 12)
SIZES = ("720x1280", "1280x720", "1024x1792", "1792x1024")
FIELDS = {"prompt", "model", "seconds", "size", "input_reference"}
DAY = 86_400
PASSING = (
    "drop_before_body", "drop_before_accept", "drop_after_accept", "rate_limit", "error_before_accept",
    "error_after_accept", "malformed", "slow", "truncated", "task_fails",
)  # fmt: skip
"""Faults that another try, or asking again, can mend."""
LASTING = ("expired", "task_refused", "moderation", "invalid", "unauthorised", "no_credit", "insufficient_quota")
"""Faults that end the order, or want a person."""
ON_ORDER = ("late", "no_model")
"""Refusals of an order that are played only when they are asked for by name."""
ANYWHERE = {"drop_before_accept", "rate_limit", "error_before_accept", "slow"}
ONLY_IN = {
    "retrieve": ANYWHERE | {"malformed"},
    "list": ANYWHERE | {"malformed"},
    "delete": ANYWHERE,
    "content": ANYWHERE | {"truncated", "expired"},
    "create": set(PASSING + LASTING + ON_ORDER) - {"truncated", "expired"},
}
REFUSALS: dict[str, tuple[int, str, str]] = {
    "moderation": (400, "content_policy_violation", "Your request was blocked by our content policy."),
    "invalid": (400, "invalid_value", "Invalid value for this model."),
    "unauthorised": (401, "invalid_api_key", "Incorrect API key provided: {key}."),
    "no_credit": (402, "payment_required", "Insufficient credits."),
    "insufficient_quota": (429, "insufficient_quota", "You exceeded your current quota."),
    "rate_limit": (429, "rate_limit_exceeded", "Rate limit reached."),
    "late": (408, "timeout", "Request timeout."),
    "no_model": (404, "model_not_found", "The model does not exist."),
}


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Dropped(Exception):
    """A connection that is closed without a (whole) answer."""


@dataclass
class Task:
    """Something that the vendor has accepted to make: a charge."""

    id: str
    prompt: str
    model: str
    seconds: int
    size: str
    key: str
    image_bytes: int
    price_micros: int
    created_at: int
    started: float
    fate: str = ""
    expired: bool = False
    deleted: bool = False


@dataclass(kw_only=True)
class Rules:
    """How this vendor works; every field may be changed while it runs."""

    recovery: str = "key"
    making: float = 1.5
    prices: Mapping[str, float] = field(default_factory=lambda: {"sora-2": 0.05, "sora-2-pro": 0.05})
    lengths: tuple[int, ...] = LENGTHS
    sizes: tuple[str, ...] = SIZES
    api_key: str = ""
    """The only one taken; empty: any will do."""
    retry_after: str = "1"
    slow: float = 3.0
    poll_after_ms: int = 200
    list_status: int = 405
    list_prompts: bool = True
    echo_keys: bool = False
    bills_failures: bool = False


class Books:
    """What the vendor knows; every method is one short critical section."""

    def __init__(self, rules: Rules, *, faults: float, seed: int, kinds: tuple[str, ...]) -> None:
        self.rules = rules
        self.rate, self.kinds = faults, kinds
        self.lock = threading.Lock()
        self.chance = Random(seed)
        self.coming: list[str] = []
        self.tasks: dict[str, Task] = {}
        self.by_key: dict[str, Task] = {}
        self.requests: dict[str, int] = dict.fromkeys(ONLY_IN, 0)
        self.played: dict[str, int] = {}
        self.replays = 0
        self.watch: Callable[[str], None] = lambda _: None

    def arrive(self, operation: str) -> str:
        """Counts a request and says which fault is played on it, if any."""
        self.watch(operation)
        with self.lock:
            self.requests[operation] += 1
            fault = ""
            if self.coming and self.coming[0] in ONLY_IN[operation]:
                fault = self.coming.pop(0)
            elif self.chance.random() < self.rate:
                fit = [kind for kind in self.kinds if kind in ONLY_IN[operation]]
                fault = self.chance.choice(fit) if fit else ""
            if fault:
                self.played[fault] = self.played.get(fault, 0) + 1
            return fault

    def accept(self, order: dict[str, str], key: str, image_bytes: int, fate: str) -> Task:
        """A new task; or the earlier one of the same key, where keys are honoured."""
        with self.lock:
            known = self.by_key.get(key) if self.rules.recovery == "key" and key else None
            if known:
                if (known.prompt, known.model) != (order["prompt"], order["model"]):
                    raise Refused(400, "idempotency_error", "This Idempotency-Key was used for another request.")
                self.replays += 1
                return known
            seconds = int(order["seconds"])
            task = Task(
                id=f"video_{self.chance.getrandbits(96):024x}", prompt=order["prompt"], model=order["model"],
                seconds=seconds, size=order["size"], key=key, image_bytes=image_bytes,
                price_micros=round(self.rules.prices[order["model"]] * 1_000_000) * seconds,
                created_at=int(time.time()), started=time.monotonic(), fate=fate,
            )  # fmt: skip
            self.tasks[task.id] = task
            self.by_key.setdefault(key, task)
            return task

    def task(self, task_id: str) -> Task:
        """The task that is not deleted; Refused with 404."""
        with self.lock:
            task = self.tasks.get(task_id)
        if task is None or task.deleted:
            raise Refused(404, "not_found", f"Video with id '{task_id}' not found.")
        return task

    def page(self, query: dict[str, str]) -> tuple[list[Task], bool]:
        """A page of the list, and whether there is more."""
        if set(query) - {"after", "limit", "order"}:
            raise Refused(400, "unknown_parameter", f"Unknown parameter: {sorted(query)}.")
        limit, order = query.get("limit", "20"), query.get("order", "desc")
        if not limit.isdigit() or not 1 <= int(limit) <= 100 or order not in ("asc", "desc"):
            raise Refused(400, "invalid_value", "Invalid limit or order.")
        with self.lock:
            rows = [task for task in self.tasks.values() if not task.deleted]
        if order == "desc":
            rows.reverse()
        if "after" in query:
            at = [i for i, task in enumerate(rows) if task.id == query["after"]]
            if not at:
                raise Refused(400, "invalid_value", "No such video to list after.")
            rows = rows[at[0] + 1 :]
        return rows[: int(limit)], len(rows) > int(limit)

    def status(self, task: Task) -> str:
        """queued | in_progress | completed | failed, by the time that has passed."""
        passed = time.monotonic() - task.started
        if passed < self.rules.making:
            return "queued" if passed < self.rules.making / 4 else "in_progress"
        return "failed" if task.fate else "completed"

    def row(self, task: Task) -> dict[str, Any]:
        """The task as the protocol shows it."""
        status = self.status(task)
        row: dict[str, Any] = {
            "id": task.id, "object": "video", "status": status, "model": task.model, "prompt": task.prompt,
            "progress": 100 if status == "completed" else min(99, round(100 * self._fraction(task))),
            "seconds": str(task.seconds), "size": task.size, "created_at": task.created_at,
            "completed_at": task.created_at + round(self.rules.making) if status == "completed" else None,
            "expires_at": task.created_at + DAY, "remixed_from_video_id": None, "error": None,
        }  # fmt: skip
        if status == "failed":
            refused = task.fate == "task_refused"
            row["error"] = {
                "code": "moderation_blocked" if refused else "video_generation_failed",
                "message": "The video was blocked by moderation." if refused else "Video generation failed.",
            }
        if not self.rules.list_prompts:
            del row["prompt"]
        if self.rules.echo_keys:
            row["metadata"] = {"idempotency_key": task.key}
        return row

    def _fraction(self, task: Task) -> float:
        return (time.monotonic() - task.started) / max(self.rules.making, 0.001)

    def charges(self) -> list[dict[str, Any]]:
        """Every task ever accepted, with its bill."""
        with self.lock:
            tasks = list(self.tasks.values())
        return [
            {
                "id": t.id, "prompt": t.prompt, "model": t.model, "seconds": t.seconds, "size": t.size, "key": t.key,
                "metadata": {"image_bytes": t.image_bytes, "fate": t.fate, "deleted": t.deleted, "expired": t.expired},
                "created_at": t.created_at, "status": self.status(t), "cost_micros": self._bill(t),
            }
            for t in tasks
        ]  # fmt: skip

    def _bill(self, task: Task) -> int:
        free = self.status(task) == "failed" and not self.rules.bills_failures
        return 0 if free else task.price_micros

    def counters(self) -> dict[str, Any]:
        """Requests by operation, faults played, tasks accepted, keys asked again and the whole bill."""
        bill = sum(charge["cost_micros"] for charge in self.charges())
        with self.lock:
            return {
                "requests": dict(self.requests), "faults": dict(self.played), "accepted": len(self.tasks),
                "replays": self.replays, "billed_micros": bill, "rate": self.rate, "kinds": list(self.kinds),
            }  # fmt: skip

    def misbehave(self, asked: dict[str, Any]) -> None:
        """Changes how often what goes wrong, from now on."""
        with self.lock:
            self.rate = float(asked.get("rate", self.rate))
            self.kinds = tuple(asked.get("kinds", self.kinds))
            self.coming.extend(asked.get("next", ()))


@cache
def _film_lock(seconds: int, size: str) -> threading.Lock:
    return threading.Lock()


@cache
def _made(seconds: int, size: str) -> bytes:
    folder = Path(tempfile.gettempdir()) / f"reprise-fake-vendor-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    kept = folder / f"{seconds}s-{size}.mp4"
    if not kept.exists():
        making = folder / f"{os.getpid()}-{kept.name}"
        source = f"testsrc2=size={size}:rate=24:duration={seconds}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin", "-f", "lavfi", "-i", source]
        coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "38", "-pix_fmt", "yuv420p"]
        subprocess.run([*command, *coding, "-movflags", "+faststart", str(making)], check=True, capture_output=True)
        making.replace(kept)
    return kept.read_bytes()


def film(seconds: int, size: str) -> bytes:
    """A real mp4 of that length and size with a moving picture; made once and kept."""
    with _film_lock(seconds, size):
        return _made(seconds, size)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1
    disable_nagle_algorithm = True
    books: Books

    def log_message(self, *_: object) -> None:
        """Prints nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        try:
            if parts[0] == "admin":
                self._admin(parts[1:])
            else:
                self._protocol(self._operation(parts), parts[2:3], dict(parse_qsl(url.query)))
        except Refused as refusal:
            self._refuse(refusal)
        except Dropped:
            self.close_connection = True

    def _operation(self, parts: list[str]) -> str:
        shape = (self.command, len(parts), parts[3:])
        known = {
            ("POST", 2): "create", ("GET", 2): "list", ("GET", 3): "retrieve",
            ("GET", 4): "content", ("DELETE", 3): "delete",
        }  # fmt: skip
        operation = known.get(shape[:2], "")
        if parts[:2] != ["v1", "videos"] or not operation or parts[3:] not in ([], ["content"]):
            self._body()
            raise Refused(404, "unknown_url", f"Invalid URL ({self.command} {self.path})")
        return operation

    def _protocol(self, operation: str, name: list[str], query: dict[str, str]) -> None:
        fault = self.books.arrive(operation)
        if fault == "drop_before_body":
            self._reset()
        body = self._body()
        self._play_before(fault)
        self._authorise()
        if operation == "create":
            self._create(body, fault)
        elif operation == "list":
            self._list(query, fault)
        elif operation == "content":
            self._content(self.books.task(name[0]), query, fault)
        elif operation == "delete":
            self._delete(self.books.task(name[0]))
        else:
            self._answer_row(self.books.task(name[0]), fault)

    def _play_before(self, fault: str) -> None:
        """The faults that leave no trace at the vendor."""
        if fault == "drop_before_accept":
            raise Dropped
        if fault == "error_before_accept":
            raise Refused(self.books.chance.choice((500, 502, 503)), "server_error", "The server had an error.")
        if fault in REFUSALS:
            status, code, message = REFUSALS[fault]
            raise Refused(status, code, message.format(key=self.headers.get("Authorization", "")[7:]))

    def _authorise(self) -> None:
        given = self.headers.get("Authorization", "")
        if not given.startswith("Bearer ") or self.books.rules.api_key not in ("", given[7:]):
            raise Refused(401, "invalid_api_key", f"Incorrect API key provided: {given[7:]}.")

    def _create(self, body: bytes, fault: str) -> None:
        order, image_bytes = self._order(body)
        fate = fault if fault in ("task_fails", "task_refused") else ""
        task = self.books.accept(order, self.headers.get("Idempotency-Key", ""), image_bytes, fate)
        if fault == "drop_after_accept":
            self._reset()
        if fault == "error_after_accept":
            raise Refused(500, "server_error", "The server had an error while processing your request.")
        self._answer_row(task, fault)

    def _answer_row(self, task: Task, fault: str) -> None:
        if fault == "slow":
            time.sleep(self.books.rules.slow)
        said = json.dumps(self.books.row(task)).encode()
        poll = {"openai-poll-after-ms": str(self.books.rules.poll_after_ms)}
        self._answer(200, said[: len(said) // 2] if fault == "malformed" else said, poll)

    def _order(self, body: bytes) -> tuple[dict[str, str], int]:
        """The fields of the order and the bytes of its first frame; Refused where the protocol is not kept."""
        fields, image_bytes = self._fields(body)
        rules = self.books.rules
        if unknown := sorted(set(fields) - FIELDS):
            raise Refused(400, "unknown_parameter", f"Unknown parameter: '{unknown[0]}'.")
        order = {"model": "sora-2", "seconds": "4", "size": "720x1280", **fields}
        allowed = {"seconds": [str(s) for s in rules.lengths], "size": rules.sizes, "model": tuple(rules.prices)}
        for name, values in allowed.items():
            if order[name] not in values:
                raise Refused(400, "invalid_value", f"Invalid value for '{name}'. Supported values are: {values}.")
        prompt = order.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise Refused(400, "missing_required_parameter", "Missing required parameter: 'prompt'.")
        return order, image_bytes

    def _fields(self, body: bytes) -> tuple[dict[str, Any], int]:
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            given = _json(body)
            return given, len(str(given.get("input_reference", "")))
        if not kind.startswith("multipart/form-data"):
            raise Refused(400, "unsupported_content_type", "Use multipart/form-data.")
        fields: dict[str, Any] = {}
        image_bytes = 0
        for part in email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body).walk():
            name = part.get_param("name", header="content-disposition")
            if not isinstance(name, str):
                continue
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            if part.get_filename():
                image_bytes = len(content)
            fields[name] = part.get_filename() or content.decode()
        return fields, image_bytes

    def _list(self, query: dict[str, str], fault: str) -> None:
        if self.books.rules.recovery == "none":
            raise Refused(self.books.rules.list_status, "not_supported", "Videos cannot be listed here.")
        if fault == "slow":
            time.sleep(self.books.rules.slow)
        tasks, more = self.books.page(query)
        said = {
            "object": "list", "data": [self.books.row(task) for task in tasks], "has_more": more,
            "first_id": tasks[0].id if tasks else None, "last_id": tasks[-1].id if tasks else None,
        }  # fmt: skip
        self._answer(200, b"<html>Bad gateway" if fault == "malformed" else json.dumps(said).encode())

    def _content(self, task: Task, query: dict[str, str], fault: str) -> None:
        if query.get("variant", "video") != "video":
            raise Refused(400, "invalid_value", "Only the video can be had.")
        task.expired = task.expired or fault == "expired"
        if task.expired:
            raise Refused(404, "expired", "The video has expired.")
        if self.books.status(task) != "completed":
            raise Refused(404, "not_ready", "Video is not ready yet.")
        if fault == "slow":
            time.sleep(self.books.rules.slow)
        clip = film(task.seconds, task.size)
        self._answer(200, clip, {"Content-Type": "video/mp4"}, whole=fault != "truncated")

    def _delete(self, task: Task) -> None:
        if self.books.status(task) not in ("completed", "failed"):
            raise Refused(409, "not_finished", "Only completed or failed videos can be deleted.")
        task.deleted = True
        self._answer(200, json.dumps({"id": task.id, "object": "video.deleted", "deleted": True}).encode())

    def _admin(self, parts: list[str]) -> None:
        body = self._body()
        asked = f"{self.command} {'/'.join(parts)}"
        if asked == "POST faults":
            self.books.misbehave(_json(body))
        elif asked not in ("GET tasks", "GET counters"):
            raise Refused(404, "unknown_url", "No such page.")
        said = self.books.charges() if asked == "GET tasks" else self.books.counters()
        self._answer(200, json.dumps(said).encode())

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            raise Refused(411, "length_required", "Content-Length is required.")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise Dropped
        return body

    def _refuse(self, refusal: Refused) -> None:
        error = {"message": refusal.message, "type": "invalid_request_error", "param": None, "code": refusal.code}
        later = {"Retry-After": self.books.rules.retry_after} if refusal.status == 429 else {}
        self._answer(refusal.status, json.dumps({"error": error}).encode(), later)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None, *, whole: bool = True) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if whole else body[: len(body) // 2])
        if not whole:
            raise Dropped

    def _reset(self) -> None:
        """Ends the connection as a crash does: at once, without a goodbye."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        raise Dropped


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Refused(400, "invalid_json", "We could not parse the JSON body of your request.")
    return said


class Server(ThreadingHTTPServer):
    """Many connections, none of which may disturb the others or say a word."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients die; that is their business."""


class FakeVendor:
    """The vendor, serving from a thread while the `with` lasts. Keyword arguments of Rules are taken as they are."""

    def __init__(
        self, *, port: int = 0, faults: float = 0.0, seed: int = 0, kinds: tuple[str, ...] = PASSING, **rules: Any
    ) -> None:
        self.rules = Rules(**rules)
        self.books = Books(self.rules, faults=faults, seed=seed, kinds=kinds)
        self._server = Server(("127.0.0.1", port), type("Bound", (Handler,), {"books": self.books}))
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.base_url = f"{self.address}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self, fault: str, times: int = 1) -> None:
        """Plays this fault at the next request on which it can be played."""
        assert fault in PASSING + LASTING + ON_ORDER, fault
        self.books.misbehave({"next": [fault] * times})

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """As GET /admin/tasks."""
        return self.books.charges()

    def asked(self, operation: str) -> int:
        """How many requests of this kind have arrived: create, retrieve, list, content or delete."""
        return self.books.requests[operation]


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--recovery", choices=("key", "search", "none"), default="key")
    parser.add_argument("--faults", type=float, default=0.0, help="chance of a fault on each request")
    parser.add_argument("--kinds", default="passing", help="passing, all, or names with commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1.5, help="that a film takes to make")
    parser.add_argument("--slow", type=float, default=3.0, help="seconds of a slow reply")
    parser.add_argument("--model", action="append", default=[], help="name=dollars a second; repeatable")
    parser.add_argument("--size", action="append", default=[], help="WIDTHxHEIGHT that is sold; repeatable")
    asked = parser.parse_args()
    groups = {"passing": PASSING, "all": PASSING + LASTING}
    more: dict[str, Any] = {"sizes": tuple(asked.size)} if asked.size else {}
    if asked.model:
        more["prices"] = {name: float(price) for name, _, price in (m.partition("=") for m in asked.model)}
    vendor = FakeVendor(
        port=asked.port, faults=asked.faults, seed=asked.seed, recovery=asked.recovery, making=asked.seconds,
        kinds=groups.get(asked.kinds, tuple(asked.kinds.split(","))), slow=asked.slow, **more,
    )  # fmt: skip
    wait: Callable[[], None] = threading.Event().wait  # type: ignore[assignment]
    with vendor:
        wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
