"""A proxy before a PostgreSQL server that counts what clients say, and cuts the line at a given message."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Wire:
    """A line to a server.

    Attributes
    ----------
    port : int
        Where clients connect.
    said : int
        How many messages clients have sent that the server answers as a whole, since the last `cut`.
    """

    def __init__(self, port: int) -> None:
        self._there = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.said = 0
        self._at, self._reached = -1, False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, at: int, *, reached: bool) -> None:
        """Cut the line once, at a message counted from now; `reached` is after the server has done as it says."""
        self.said, self._at, self._reached = 0, at, reached

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._there))
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        silent = threading.Event()
        answered = threading.Event()
        threading.Thread(target=self._answer, args=(server, client, silent, answered), daemon=True).start()
        with contextlib.suppress(OSError), client, server:
            server.sendall(_first(client))
            for kind, message in _messages(client):
                if kind in b"QS":
                    self.said += 1
                    if self.said - 1 == self._at:
                        silent.set()
                        answered.clear()
                        if self._reached:
                            server.sendall(message)
                            assert answered.wait(30)
                        break
                server.sendall(message)
            for each in (client, server):
                each.shutdown(socket.SHUT_RDWR)

    def _answer(
        self, server: socket.socket, client: socket.socket, silent: threading.Event, answered: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            for kind, message in _messages(server):
                if kind == b"Z":  # the server has done what it was told
                    answered.set()
                if not silent.is_set():
                    client.sendall(message)
            client.shutdown(socket.SHUT_RDWR)


def _first(client: socket.socket) -> bytes:
    """Return the one message that has no kind."""
    head = _exactly(client, 4)
    return head + _exactly(client, struct.unpack("!I", head)[0] - 4)


def _messages(source: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    while True:
        head = _exactly(source, 5)
        yield head[:1], head + _exactly(source, struct.unpack("!I", head[1:])[0] - 4)


def _exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = source.recv(count - len(found))
        if not more:
            raise ConnectionError("closed")
        found += more
    return found


@contextmanager
def wired(address: str, port: int) -> Iterator[tuple[Wire, str]]:
    """Yield a line to a server at a port, and the address of a database there by that line."""
    wire = Wire(port)
    try:
        yield wire, f"{address.replace(f':{port}/', f':{wire.port}/')}&sslmode=disable"
    finally:
        wire.close()
