"""What the vendors on loopback have in common: a server that checks, counts, and fails as it is told to."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """What is answered to a call."""

    body: bytes | dict[str, Any] | list[Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refusal(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, body: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.answer = Answer(body, status, headers or {})


@dataclass(frozen=True)
class Part:
    """A part of a multipart body."""

    name: str
    filename: str | None
    kind: str
    content: bytes


@dataclass
class Call:
    """A request, whole."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By name in lower case."""
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body)

    @cached_property
    def parts(self) -> list[Part]:
        """Of a multipart body."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        whole = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + self.body)
        return [
            Part(
                name=str(part.get_param("name", header="content-disposition")),
                filename=part.get_filename(),
                kind=part.get_content_type(),
                content=part.get_payload(decode=True),
            )
            for part in whole.iter_parts()
        ]


@dataclass
class Loopback:
    """`with FakeSomething() as vendor: Something(key=KEY, base_url=vendor.base_url)`.

    Faults are put into `coming` as `kind:fault`, each for the next call of its kind. Those that every call knows:
    `reset_before` (the request is read), `reset_after_reading`, `reset_after` (it was carried out), `error_after`,
    `slow`, `malformed` and `half`; the others are the vendor's own, of `refusals`.
    """

    slow: float = 2.0
    coming: list[str] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    seen: list[Call] = field(default_factory=list)
    watch: Callable[[str], None] = lambda _: None
    """Is told the kind of every call when it arrives, before anything is done about it."""

    refusals = {}  # noqa: RUF012
    """Status, body and headers of the refusals by name."""

    def __enter__(self) -> Self:
        self.lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"vendor": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def kind(self, call: Call) -> str:
        """What faults and counters call it."""
        raise NotImplementedError

    def answer(self, call: Call, kind: str, fault: str) -> Answer:
        """Carries it out."""
        raise NotImplementedError

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

    def refusal(self, fault: str) -> Refusal | None:
        """The refusal of that name."""
        if fault not in self.refusals:
            return None
        return Refusal(*self.refusals[fault])


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    vendor: Loopback

    def log_message(self, *_: object) -> None:
        """Prints nothing."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, address.path, dict(parse_qsl(address.query)), headers)
        kind = self.vendor.kind(call)
        fault = self.vendor.fault(kind)
        if fault == "reset_before":
            return self._reset()
        call.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.vendor.seen.append(call)
        if fault == "reset_after_reading":
            return self._reset()
        try:
            if refusal := self.vendor.refusal(fault):
                raise refusal
            answer = self.vendor.answer(call, kind, fault)
        except Refusal as refused:
            return self._send(refused.answer)
        return self._spoil(fault, answer)

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815

    def _spoil(self, fault: str, answer: Answer) -> None:
        """Answers what was carried out, as the fault has it."""
        match fault:
            case "reset_after":
                return self._reset()
            case "error_after":
                return self._send(Answer({"error": "Internal server error."}, 500))
            case "malformed":
                return self._send(Answer(answer.raw[: len(answer.raw) // 2], answer.status))
            case "half":
                self.close_connection = True
                return self._send(answer, cut=len(answer.raw) // 2)
            case "slow":
                time.sleep(self.vendor.slow)
        return self._send(answer)

    def _send(self, answer: Answer, cut: int | None = None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.raw)))
        self.end_headers()
        self.wfile.write(answer.raw[:cut])

    def _reset(self) -> None:
        """Ends the connection as a crash or a cable does: with a reset, not with a goodbye."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
