"""A proxy that holds every request back, counts how many are on the way at the same time, and may answer by itself."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Far:
    """What such a proxy has seen.

    Attributes
    ----------
    address : str
        Of the proxied place.
    requests : list of str
        Method and path of each request, in the order in which they came.
    most : int
        How many were on the way at the same time at most.
    most_objects : int
        How many of them were for the bytes of objects.
    """

    def __init__(self) -> None:
        self.address = ""
        self.requests: list[str] = []
        self.most = self.most_objects = 0
        self._here: list[str] = []
        self._lock = threading.Lock()

    def forget(self) -> None:
        self.requests, self.most, self.most_objects = [], 0, 0

    def came(self, request: str) -> None:
        with self._lock:
            self.requests.append(request)
            self._here.append(request)
            self.most = max(self.most, len(self._here))
            self.most_objects = max(self.most_objects, sum("/v1/cas/" in each for each in self._here))

    def went(self, request: str) -> None:
        with self._lock:
            self._here.remove(request)


#: Returns what to answer instead: a status and an S3 error code, or ``cut`` for half of what was announced.
Answer = Callable[[str, str], "tuple[int, str] | str | None"]


@contextmanager
def far_away(address: str, seconds: float, answer: Answer = lambda method, path: None) -> Iterator[Far]:
    """Serve a place (``s3://bucket/folder?endpoint=...``) behind a long way.

    The name of the host is passed on as the client gave it, so that signatures stay right.
    """
    plain, _, endpoint = address.partition("?endpoint=")
    there = urlsplit(endpoint)
    far = Far()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            request = f"{self.command} {self.path}"
            far.came(request)
            try:
                time.sleep(seconds)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                told = answer(self.command, self.path)
                if isinstance(told, tuple):
                    self._refuse(*told)
                    return
                connection = http.client.HTTPConnection(there.hostname or "", there.port or 80, timeout=60)
                try:
                    connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        connection.putheader(name, value)
                    connection.endheaders(body)
                    given = connection.getresponse()
                    content = given.read()
                finally:
                    connection.close()
            finally:
                far.went(request)
            self.send_response_only(given.status)
            for name, value in given.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            length = given.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if told == "cut" else content)
            self.close_connection = told == "cut"

        def _refuse(self, status: int, code: str) -> None:
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Token-0>c4nary</Token-0></Error>".encode()
            self.send_response_only(status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    far.address = f"{plain}?endpoint=http://127.0.0.1:{server.server_address[1]}"
    try:
        yield far
    finally:
        server.shutdown()
        server.server_close()
