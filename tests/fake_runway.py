"""A Runway on loopback, strict about what it is sent: counts what it takes, bills it, and fails as it is told to."""

from __future__ import annotations

import base64
import binascii
import json
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Self
from urllib.parse import urlsplit

import imageio_ffmpeg

KEY = "key_0123456789abcdef"
HD = ("1280:720", "720:1280")
FULL_HD = (*HD, "1080:1920", "1920:1080")
GEN4 = (*HD, "1104:832", "832:1104", "960:960", "1584:672")
CREDITS = {"gen4.5": (12, 12), "gen4_turbo": (5, 5), "veo3.1": (40, 20), "veo3.1_fast": (15, 10)}  # with sound, mute
TERMINAL = ("SUCCEEDED", "FAILED", "CANCELLED")

BEFORE = {
    "unauthorised": (401, "The API key you provided is not valid: {key}"),
    "forbidden": (403, "This key may not use this model."),
    "no_credit": (400, "You do not have enough credits to run this task."),
    "moderated": (400, "The prompt was refused by our content moderation system."),
    "bad_request": (400, "The prompt and the ratio do not go together."),
    "no_model": (404, "This model is no longer available."),
    "gone": (404, "Task not found."),
    "payment": (402, "Payment required."),
    "rate_limit": (429, "Too many requests."),
    "rate_limit_unnamed": (429, "Too many requests."),
    "daily_limit": (429, "You have reached your daily limit for this model."),
    "error_before": (503, "Service unavailable."),
    "conflict": (409, "Conflict."),
    "moved": (307, ""),
    "late": (408, "Request timeout."),
}
"""Faults of any call that leave no trace: status and words."""


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, error: str, issues: list[dict[str, Any]] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error} | ({"issues": issues, "docUrl": "https://docs.dev.runwayml.com"} if issues else {})


@dataclass
class Order:
    """Something that the vendor has taken: a charge."""

    id: str
    endpoint: str
    body: dict[str, Any]
    started: float
    forced: str = ""
    """A status that it stays in; empty: by the time that has passed."""
    failure: tuple[str, str] = ("", "")
    """Words and code of a failure."""
    credits: int | None = None
    """What it did cost in the end; None: what was estimated."""
    issued: int = 0
    """Addresses that were given out; only the newest works."""
    deleted: bool = False

    @property
    def estimate(self) -> int:
        with_sound, mute = CREDITS[self.body["model"]]
        seconds = self.body.get("duration", 10 if self.body["model"].startswith("gen4") else 8)
        return int(seconds) * (with_sound if self.body.get("audio", True) else mute)


@dataclass
class FakeRunway:
    """`with FakeRunway() as vendor: Runway(key=KEY, base_url=vendor.base_url)`."""

    making: float = 0.0
    """Seconds from the order to the clip."""
    slow: float = 2.0
    orders: dict[str, Order] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    coming: list[str] = field(default_factory=list)
    """Faults, each for the next call of its kind: `create:reset_after`, `task:rate_limit`, `clip:cut_off`."""
    seen: list[dict[str, str]] = field(default_factory=list)
    """Headers of every request."""
    watch: Callable[[str], None] = lambda _: None
    """Is told the kind of every call when it arrives."""

    def __enter__(self) -> Self:
        self.lock = threading.RLock()
        self.chance = Random(7)
        handler = type("Handler", (_Handler,), {"vendor": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def submits(self) -> int:
        """Orders that were taken: each is paid."""
        return len(self.orders)

    @property
    def billed_credits(self) -> int:
        """What all of them cost: ended ones by their cost, others by their estimate."""
        with self.lock:
            return sum(order.estimate if order.credits is None else order.credits for order in self.orders.values())

    def fault(self, kind: str) -> str:
        """Counts a call of that kind, and tells what goes wrong with it."""
        self.watch(kind)
        with self.lock:
            self.requests[kind] += 1
            for coming in self.coming:
                if coming.startswith(f"{kind}:"):
                    self.coming.remove(coming)
                    return coming.split(":")[1]
            return ""

    def take(self, endpoint: str, body: dict[str, Any]) -> Order:
        """A new task."""
        with self.lock:
            name = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
            self.orders[name] = Order(name, endpoint, body, time.monotonic())
            return self.orders[name]

    def order(self, name: str) -> Order:
        with self.lock:
            order = self.orders.get(name)
            if order is None or order.deleted:
                raise Refused(404, "Task not found.")
            return order

    def status(self, order: Order) -> str:
        passed = time.monotonic() - order.started
        if order.forced:
            return order.forced
        if passed < self.making:
            return "PENDING" if passed < self.making / 4 else "RUNNING"
        return "FAILED" if order.failure[0] else "SUCCEEDED"

    def told(self, order: Order) -> dict[str, Any]:
        """The task as the protocol shows it."""
        status = self.status(order)
        told: dict[str, Any] = {"id": order.id, "status": status, "createdAt": "2026-11-20T10:00:00.000Z"}
        cost = order.estimate if order.credits is None else order.credits
        told["cost" if status in TERMINAL else "estimatedCost"] = {"credits": cost}
        if status == "RUNNING":
            told["progress"] = min(0.99, (time.monotonic() - order.started) / self.making) if self.making else 0.4
        elif status == "FAILED":
            told |= {"failure": order.failure[0], "failureCode": order.failure[1]}
        elif status == "SUCCEEDED":
            order.issued += 1
            told["output"] = [f"{self.base_url}/clips/{order.id}.mp4?signed={order.issued}"]
        return told

    def delete(self, order: Order) -> None:
        """Cancels what runs, deletes what has ended. What had not begun is refunded."""
        if self.status(order) in ("PENDING", "THROTTLED"):
            order.credits = 0
        order.deleted = True


def _one_of(*allowed: Any) -> Callable[[Any], bool]:
    return lambda value: any(value == one and type(value) is type(one) for one in allowed)


def _text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.encode("utf-16-le", "surrogatepass")) // 2 <= 1000


def _seed(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 4294967295


def _image(value: Any) -> bool:
    """A data URI of an image that is one, or an https address."""
    if not isinstance(value, str):
        return False
    found = re.fullmatch(r"data:image/(png|jpeg|webp);base64,(.+)", value, re.DOTALL)
    if not found:
        return 13 <= len(value) <= 2048 and value.startswith("https://")
    marks = {"png": b"\x89PNG", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}
    try:
        return len(value) <= 5242880 and base64.b64decode(found[2], validate=True).startswith(marks[found[1]])
    except binascii.Error:
        return False


Check = Callable[[Any], bool]
GEN_FIELDS: dict[str, Check] = {
    "promptText": _text, "duration": _one_of(*range(2, 11)), "seed": _seed,
    "contentModeration": lambda v: v in ({}, {"publicFigureThreshold": "auto"}, {"publicFigureThreshold": "low"}),
}  # fmt: skip
GEN45_FIELDS = {**GEN_FIELDS, "outputFormat": _one_of("mp4", "prores", "png_sequence")}
VEO_FIELDS: dict[str, Check] = {
    "promptText": _text, "duration": _one_of(4, 6, 8), "seed": _seed, "audio": _one_of(True, False),
    "negativePrompt": _text, "ratio": _one_of(*FULL_HD),
}  # fmt: skip
ALWAYS = ("ratio", "duration")
FIRST: dict[str, Check] = {"promptImage": _image}
Variant = tuple[dict[str, Check], tuple[str, ...]]
VARIANTS: dict[str, dict[str, Variant]] = {
    "text_to_video": {
        "gen4.5": (GEN45_FIELDS | {"ratio": _one_of(*HD)}, ("promptText", *ALWAYS)),
        "veo3.1": (VEO_FIELDS, ("promptText", "ratio")),
        "veo3.1_fast": (VEO_FIELDS, ("promptText", "ratio")),
    },
    "image_to_video": {
        "gen4.5": (GEN45_FIELDS | FIRST | {"ratio": _one_of(*GEN4)}, ("promptText", "promptImage", *ALWAYS)),
        "gen4_turbo": (GEN_FIELDS | FIRST | {"ratio": _one_of(*GEN4)}, ("promptImage", "ratio")),
        "veo3.1": (VEO_FIELDS | FIRST, ("promptImage", "ratio")),
        "veo3.1_fast": (VEO_FIELDS | FIRST, ("promptImage", "ratio")),
    },
}
"""By endpoint and model: each field with its check, and those that must be there."""


def check(endpoint: str, body: Any) -> None:
    """Refuses a body with 400, naming every field that is missing, unknown or wrong."""
    variants = VARIANTS[endpoint]
    if not isinstance(body, dict) or body.get("model") not in variants:
        raise _invalid([("model", f"Invalid discriminator value. Expected {sorted(variants)}")])
    fields, required = variants[body["model"]]
    wrong = [(name, "Required") for name in required if name not in body]
    wrong += [(name, "Unrecognized key") for name in body if name not in fields and name != "model"]
    wrong += [(name, "Invalid input") for name, good in fields.items() if name in body and not good(body[name])]
    if wrong:
        raise _invalid(wrong)


def _invalid(wrong: list[tuple[str, str]]) -> Refused:
    issues = [{"code": "custom", "path": [name], "message": f"{words} ({name})"} for name, words in wrong]
    return Refused(400, "Validation of body failed", issues)


@cache
def film(seconds: int, ratio: str) -> bytes:
    """A real mp4 of that length and shape, a quarter of the size, 24 frames a second."""
    width, height = (int(side) // 8 * 2 for side in ratio.split(":"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "film.mp4"
        source = f"testsrc2=size={width}x{height}:rate=24:duration={seconds}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source]
        coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        subprocess.run([*command, *coding, str(out)], check=True, capture_output=True)
        return out.read_bytes()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    vendor: FakeRunway
    extra: dict[str, str] = {}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Prints nothing."""

    def do_GET(self) -> None:
        self.vendor.seen.append({name.lower(): value for name, value in self.headers.items()})
        parts = urlsplit(self.path).path.strip("/").split("/")
        try:
            self._route(parts)
        except Refused as refusal:
            self._answer(refusal.status, json.dumps(refusal.body).encode())

    do_POST = do_DELETE = do_GET  # noqa: N815

    def _route(self, parts: list[str]) -> None:
        match (self.command, *parts):
            case ("POST", "v1", "text_to_video" | "image_to_video" as endpoint):
                self._create(endpoint)
            case ("GET", "v1", "tasks", name):
                self._task(name)
            case ("DELETE", "v1", "tasks", name):
                self._cancel(name)
            case ("GET", "clips", name):
                self._clip(name.removesuffix(".mp4"))
            case _:
                self._body()
                raise Refused(404, "Not found.")

    def _create(self, endpoint: str) -> None:
        fault = self.vendor.fault("create")
        if fault == "reset_before":
            return self._reset()
        body = self._body()
        if fault == "reset_after_reading":
            return self._reset()
        self._refuse(fault)
        self._authorise()
        if self.headers.get("Content-Type") != "application/json":
            raise Refused(400, "The body must be JSON.")
        given = json.loads(body)
        check(endpoint, given)
        order = self.vendor.take(endpoint, given)
        if fault == "error_after":
            raise Refused(500, "Internal server error.")
        told: dict[str, Any] = {"id": order.id, "estimatedCost": {"credits": order.estimate}}
        if fault == "no_id":
            del told["id"]
        elif fault == "bad_id":
            told["id"] = "../organization"
        return self._tell(fault, told)

    def _task(self, name: str) -> None:
        fault = self.vendor.fault("task")
        self._refuse(fault)
        self._authorise()
        told = self.vendor.told(self.vendor.order(name))
        if fault == "strange":
            told["status"] = "DREAMING"
        return self._tell(fault, told)

    def _cancel(self, name: str) -> None:
        self._refuse(self.vendor.fault("delete"))
        self._authorise()
        self.vendor.delete(self.vendor.order(name))
        self._answer(204, b"")

    def _clip(self, name: str) -> None:
        """The finished clip; the address is its own permission, and the key has no business here."""
        fault = self.vendor.fault("clip")
        if "Authorization" in self.headers:
            raise Refused(400, "Only one auth mechanism allowed.")
        order = self.vendor.order(name)
        if fault == "expired" or urlsplit(self.path).query != f"signed={order.issued}":
            return self._answer(403, b"<Error><Code>AccessDenied</Code></Error>", kind="application/xml")
        self._refuse(fault)
        if fault == "page":
            return self._answer(200, b"<html>Sign in</html>", kind="text/html")
        clip = b"" if fault == "nothing" else film(order.body.get("duration", 4), order.body["ratio"])
        if fault == "cut_off":
            self.close_connection = True
            return self._answer(200, clip[: len(clip) // 2], kind="video/mp4", length=len(clip))
        return self._answer(200, clip, kind="video/mp4")

    def _refuse(self, fault: str) -> None:
        if fault not in BEFORE:
            return
        status, words = BEFORE[fault]
        self.extra = {"rate_limit": {"Retry-After": "7"}, "moved": {"Location": "/v1/elsewhere"}}.get(fault, {})
        raise Refused(status, words.format(key=self.headers.get("Authorization", "")[7:]))

    def _authorise(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            raise Refused(401, "The API key you provided is not valid.")
        if self.headers.get("X-Runway-Version") != "2024-11-06":
            raise Refused(400, "The X-Runway-Version header is missing or wrong.")

    def _tell(self, fault: str, told: dict[str, Any]) -> None:
        said = json.dumps(told).encode()
        if fault == "slow":
            time.sleep(self.vendor.slow)
        if fault in ("reset", "reset_after"):
            return self._reset()
        if fault == "malformed":
            said = said[: len(said) // 2]
        if fault == "half":
            self.close_connection = True
            return self._answer(200, said[: len(said) // 2], length=len(said))
        return self._answer(200, said)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, said: bytes, *, kind: str = "application/json", length: int | None = None) -> None:
        self.send_response(status)
        for name, value in self.extra.items():
            self.send_header(name, value)
        self.extra = {}
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said) if length is None else length))
        self.end_headers()
        self.wfile.write(said)

    def _reset(self) -> None:
        """Ends the connection as a crash or a cable does: with a reset, not with a goodbye."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
