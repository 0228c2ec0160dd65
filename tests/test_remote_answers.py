"""A shared cache that answers with errors, of all kinds and to some requests only: no build fails, nothing is lost."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from latency import far_away
from projects import Project
from sharing import CACHED, MODELS

from lineage.errors import RemoteError
from lineage.stores.bucket import Bucket

if TYPE_CHECKING:
    from objectstore import S3Server

TO = {
    "everything": lambda method, path: True,
    "reads": lambda method, path: method == "GET" and "list-type" not in path,
    "bytes": lambda method, path: method == "GET" and "/cas/" in path,
    "writes": lambda method, path: method == "PUT",
    "records": lambda method, path: method == "PUT" and "/ac/" in path,
}
CASES = [
    ((301, "PermanentRedirect"), "everything", "cannot read"),
    ((400, "ExpiredToken"), "everything", "the credentials have expired"),
    ((400, "ExpiredToken"), "records", "the credentials have expired"),
    ((403, "AccessDenied"), "bytes", "the credentials are missing, wrong"),
    ((404, "NoSuchBucket"), "reads", "there is no such bucket"),
    ((409, "ConditionalRequestConflict"), "writes", "another writer is at it"),
    ((409, "ConditionalRequestConflict"), "records", "another writer is at it"),
    ((412, "PreconditionFailed"), "writes", "something is there already, and again nothing is there"),
    ((412, "PreconditionFailed"), "records", "something is there already, and again nothing is there"),
    ((429, "TooManyRequests"), "writes", "429 Too Many Requests (TooManyRequests)"),
    ((503, "SlowDown"), "reads", "503 Service Unavailable (SlowDown)"),
    ("cut", "reads", "cannot read"),
    ("cut", "bytes", "cannot read"),
]


@pytest.mark.parametrize(("answer", "to", "told"), CASES)
def test_an_error_is_said_once_and_made_good_later(
    project: Callable[[Any], Project], s3: S3Server, tmp_path: Path, answer: Any, to: str, told: str
) -> None:
    """What it does not give is made here; what it does not take it is given by the next `doit`; no token is shown."""
    made = project(MODELS)
    made.environment |= {**s3.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    made.lineage("trust", "create", "team")
    address = s3.fresh()
    made.doit(env={"LINEAGE_CACHE": address})
    failing = True
    with far_away(address, 0.0, lambda method, path: answer if failing and TO[to](method, path) else None) as far:
        other = clone(made, tmp_path / "clone", far.address)
        done = other.doit()
        assert "score=249750.0" in done.stdout
        assert "evaluator" in other.executed()
        assert told in done.stderr
        assert done.stderr.count("cannot ") + done.stderr.count("refuses to ") == 1
        assert "Debug source" not in done.stderr
        assert "c4nary" not in done.printed
        failing = False
        other.doit()
        third = clone(made, tmp_path / "third", far.address)
        third.doit()
        assert third.statuses() == CACHED
        assert third.executed() == []


def clone(project: Project, path: Path, cache: str) -> Project:
    """Return a checkout in which the evaluator has other code, so that it takes what others have made."""
    other = Project(path).write(MODELS)
    other.edit("model.py", "weight / 2", "weight / 4")
    other.environment = {**project.environment, "LINEAGE_CACHE": cache}
    return other


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of an authority of our own, and one that it has signed for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ours",
        "req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=127.0.0.1",
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile names",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """Serve a place in which there is nothing, with TLS or without."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_certificate_that_is_not_trusted(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told what is wrong and what to do, which helps; so it is where one side does not speak TLS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "c4nary")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    with serving(context) as port, serving(None) as plain:
        with pytest.raises(RemoteError, match=r"certificate is none that this machine trusts.*\(UnknownIssuer\)"):
            Bucket(f"s3://bucket/x?endpoint=https://127.0.0.1:{port}").get("a")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
        assert Bucket(f"s3://bucket/x?endpoint=https://127.0.0.1:{port}").get("a") is None
        with pytest.raises(RemoteError, match="does not speak TLS"):
            Bucket(f"s3://bucket/x?endpoint=https://127.0.0.1:{plain}").get("a")


class _Busy(BaseHTTPRequestHandler):
    """An object store that has the object, and says to the first who writes that another one is at it."""

    writes = 0

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Fri, 27 Nov 2026 02:00:00 GMT")
        self.end_headers()

    def do_PUT(self) -> None:
        type(self).writes += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        text = b"<Error><Code>ConditionalRequestConflict</Code></Error>" if self.writes == 1 else b""
        self.send_response(409 if text else 200)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("ETag", '"2"')
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize(("replace", "written", "writes"), [(True, True, 2), (False, False, 1)])
def test_what_is_there_is_no_answer_to_who_replaces_it(
    replace: bool, written: bool, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is replaced is damaged: it may not stay because another writer is at it."""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    handler: type[_Busy] = type("Handler", (_Busy,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bucket = Bucket(f"s3://bucket/team?endpoint=http://127.0.0.1:{server.server_port}&anonymous=true")
        assert bucket.put("object", b"new", replace=replace) is written
        server.shutdown()
    assert handler.writes == writes
