"""A bucket that half works: a proxy before a real server refuses, cuts short or forgets, one way a test."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from projects import Project
from sharing import ALL, CACHED, MODELS, Shared

from lineage.stores.bucket import Bucket

if TYPE_CHECKING:
    from objectstore import S3Server

DENIED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>'


class Proxy:
    """Stands before a server; `fault` is what is wrong with it at the moment."""

    def __init__(self, server: S3Server) -> None:
        self.fault = ""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.denies(self.command, self.path):
                    code = b"RequestTimeTooSkewed" if proxy.fault == "has another time" else b"AccessDenied"
                    self._say(403, {"Content-Type": "application/xml"}, DENIED.replace(b"AccessDenied", code))
                    return
                there = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                there.request(self.command, self.path, body, dict(self.headers.items()))
                answer = there.getresponse()
                # Who puts what is there already is told that he was the first.
                status = 200 if answer.status == 412 and proxy.fault == "says yes to all" else answer.status
                self._say(status, {"ETag": '"1"', **dict(answer.getheaders())}, answer.read())
                there.close()

            do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_one

            def _say(self, status: int, headers: dict[str, str], data: bytes) -> None:
                self.send_response(status)
                length = headers.get("Content-Length") if self.command == "HEAD" else str(len(data))
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", length or "0")
                self.end_headers()
                if self.command != "HEAD":
                    cut = proxy.fault == "cuts short" and self.command == "GET" and "/cas/" in self.path
                    self.wfile.write(data[: len(data) // 2] if cut else data)
                    self.close_connection = self.close_connection or cut

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def denies(self, command: str, path: str) -> bool:
        writes = command in ("PUT", "POST", "DELETE")
        return (
            (self.fault == "refuses writes" and writes)
            or (self.fault == "refuses bytes" and "/cas/" in path and not writes)
            or (self.fault == "refuses records" and "/ac/" in path and not writes)
            or (self.fault == "refuses to read" and not writes)
            or (self.fault == "refuses to list" and "list-type" in path)
            or self.fault == "has another time"
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[Proxy]:
    made = Proxy(s3)
    yield made
    made.close()


@pytest.fixture
def shared(s3: S3Server, proxy: Proxy, project: Callable[[Any], Project], tmp_path: Path) -> Shared:
    """A project whose cache is behind the proxy; results are signed."""
    made = project(MODELS)
    made.environment |= {**s3.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    address = s3.fresh()
    made.environment["LINEAGE_CACHE"] = address.replace(s3.endpoint, proxy.endpoint)
    made.lineage("trust", "create", "team")
    return Shared(made, address, lambda: Bucket(address))


FAULTS = ["refuses writes", "refuses bytes", "refuses records", "refuses to read", "cuts short", "says yes to all"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bucket_that_half_works_fails_no_build(shared: Shared, proxy: Proxy, fault: str) -> None:
    """The build gives the right values with at most one warning; once the bucket is well, all is there for others."""
    proxy.fault = fault
    done = shared.project.doit()
    assert shared.project.statuses() == dict.fromkeys(ALL, "run")
    assert done.stderr.count("lineage: warning: ") <= 2, done.stderr
    assert "Traceback" not in done.printed
    assert shared.project.rerun() == CACHED
    proxy.fault = ""
    shared.project.doit()
    assert not list((shared.project.path / ".lineage" / "outbox").iterdir())
    proxy.fault = fault
    other = shared.checkout("other")
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit()
    assert other.python("import lineage; print(lineage.load('models/score'))") == "249750.0"
    proxy.fault = ""
    other.doit()
    third = shared.checkout("third")
    third.edit("model.py", "weight / 2", "weight / 4")
    third.doit()
    assert third.statuses() == CACHED


FOUND = {
    "refuses writes": "refuses to write",
    "refuses to list": "refuses to list",
    "says yes to all": "does not keep what was there first",
    "has another time": "set this machine's clock",
}


@pytest.mark.parametrize("fault", FOUND)
def test_stack_check_finds_out(shared: Shared, proxy: Proxy, fault: str) -> None:
    """What half works is named, with what to do about it."""
    proxy.fault = fault
    done = shared.project.lineage("stack", "check", code=2)
    assert FOUND[fault] in done.printed
    proxy.fault = ""
    shared.project.lineage("stack", "check")
