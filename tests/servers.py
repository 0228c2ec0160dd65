"""A PostgreSQL server of the tests' own, on loopback in a folder that is removed afterwards."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

#: The superuser's password: a canary, which must be nowhere in what anybody sees or keeps.
CANARY = "c4nary-Pa55/w@rd"
ENCODED = "c4nary-Pa55%2Fw%40rd"


def _programs() -> Path | None:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which("initdb")
    return Path(path).parent if path else None


class Server:
    """A server that can be stopped, killed and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.port = _free_port()
        # The server refuses to run as root.
        self._as = ()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
        password = folder / "password"
        password.write_text(CANARY + "\n")
        password.chmod(0o644)
        self._run(
            "initdb", "-U", "lineage", "-A", "scram-sha-256", "--pwfile", str(password), "--no-sync", "-E", "UTF8"
        )
        self.start()

    def url(self, schema: str | None = None, database: str = "postgres", password: str = ENCODED) -> str:
        tail = f"?schema={schema}" if schema else ""
        return f"postgresql://lineage:{password}@127.0.0.1:{self.port}/{database}{tail}"

    def fresh(self) -> str:
        """Return the address of a schema that nobody has used."""
        return self.url(f"t{uuid.uuid4().hex[:12]}")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=60 -c fsync=off"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, how: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *words: str) -> None:
        command = [*self._as, str(self.programs / program), "-D", str(self.folder / "data"), *words]
        subprocess.run(
            command, cwd=self.folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120
        )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for all tests of this process."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: no initdb in /usr/lib/postgresql/*/bin or on the PATH")
    pytest.importorskip("psycopg")
    # Not below pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="lineage-postgres-", dir=os.environ.get("TMPDIR", "/tmp")))
    folder.chmod(0o755)
    server = Server(programs, folder)
    yield server
    with contextlib.suppress(subprocess.CalledProcessError):  # a test may have left it stopped
        server.stop("immediate")
    shutil.rmtree(folder)
