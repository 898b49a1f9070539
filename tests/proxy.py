"""A network between a worker and a server that can be cut: nothing arrives any more, and nobody is told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Proxy:
    """Listens on loopback and passes everything to a port, as long as it is not cut."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._whole = threading.Event()
        self._whole.set()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()
        self._listener.close()

    def cut(self) -> None:
        """From now on everything is swallowed; new connections too."""
        self._whole.clear()

    def heal(self) -> None:
        """The way is open again; connections from before are gone."""
        self._drop()
        self._whole.set()

    def _drop(self) -> None:
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(near)
            if self._whole.is_set():
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except ConnectionRefusedError:
                    near.close()
                    continue
                self._open.append(far)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if self._whole.is_set():
                    sink.sendall(said)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
