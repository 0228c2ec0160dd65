"""A project, the place that its checkouts share, and places that do not answer."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from projects import Project

from lineage.stores.bucket import Bucket
from lineage.stores.mount import MountedFolder

if TYPE_CHECKING:
    from objectstore import S3Server

    from lineage.stores.objects import Objects

MODELS = {
    "dodo.py": """\
from lineage import pipeline
from steps import evaluator, importer, trainer

@pipeline
def models(scale=2.0):
    X, y = importer()
    model = trainer(X, y, scale=scale)
    score = evaluator(X, model)
""",
    "steps.py": """\
from typing import Annotated
import numpy as np
from lineage import step
from model import Model, helper

def ran(name):
    with open("executed.txt", "a") as file:
        file.write(name + " ")

@step(ignore=["ran"])
def importer() -> tuple[Annotated[np.ndarray, "X"], Annotated[np.ndarray, "y"]]:
    ran("importer")
    return np.arange(1000.0), np.ones(10)

@step(ignore=["ran"])
def trainer(X: np.ndarray, y: np.ndarray, scale: float) -> Model:
    ran("trainer")
    return Model(float(X.sum()) * scale)

@step(ignore=["ran"])
def evaluator(X: np.ndarray, model: Model) -> float:
    ran("evaluator")
    return helper(model.weight)
""",
    "model.py": """\
class Model:
    def __init__(self, weight):
        self.weight = weight

def helper(weight):
    return weight / 2
""",
}
ALL = ["importer", "trainer", "evaluator"]
CACHED = dict.fromkeys(ALL, "cached")
Place = Callable[[], "Objects"]


class Shared:
    """A project, and the place that its checkouts share."""

    def __init__(self, project: Project, address: str, place: Place) -> None:
        self.project = project
        self.address = address
        self.place = place

    def checkout(self, name: str) -> Project:
        """Return a fresh checkout beside the project, of another user with the same rights."""
        other = Project(self.project.path.parent / name)
        leave = shutil.ignore_patterns(".lineage", "artifacts", ".doit.db*", "executed.txt", "__pycache__")
        shutil.copytree(self.project.path, other.path, ignore=leave, dirs_exist_ok=True)
        other.environment = dict(self.project.environment)
        return other

    def names(self, prefix: str) -> list[str]:
        # Hashes may begin with the letters of a folder: v1/cas/ac/...
        apart = ("v1/cas/", "v1/code/") if prefix else ()
        found = (name for name, _, _ in self.place().names("v1") if not name.startswith(apart))
        return sorted(name for name in found if f"/{prefix}" in name)

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the records by the name of their step: where there are two, that which is signed."""
        found = {}
        for name in sorted(self.names("ac/"), key=lambda name: not name.startswith("v1/open/")):
            content = json.loads(self.place().get(name) or b"")
            found[content["name"]] = {**content, "_name": name}
        return found

    def blob(self, step: str, output: int = 0) -> str:
        blob = self.records()[step]["outputs"][output]["blob"]
        return f"v1/cas/{blob[:2]}/{blob}"

    def key(self, project: Project) -> str:
        """Make a key for a checkout and return it."""
        project.lineage("trust", "create", "team")
        return project.lineage("trust", "show", "team").stdout.strip()


@pytest.fixture(params=["folder", "s3"])
def shared(request: pytest.FixtureRequest, project: Callable[[Any], Project], tmp_path: Path) -> Shared:
    made = project(MODELS)
    made.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    if request.param == "folder":
        address = str(tmp_path / "shared")
        place: Place = partial(MountedFolder, address)
    else:
        server: S3Server = request.getfixturevalue("s3")
        made.environment.update(server.environment)
        address = server.fresh()
        place = partial(Bucket, address)
    made.write({"pyproject.toml": f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\ncache = "{address}"\n'})
    return Shared(made, address, place)


def here(project: Project) -> list[str]:
    """Return the objects that are in a checkout."""
    return sorted(path.name for path in (project.path / ".lineage" / "objects").glob("??/*"))


@contextmanager
def answering(how: str) -> Iterator[str]:
    """Serve a place that hangs, that says 500 to everything, or where nobody listens."""
    if how == "nobody":
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{held.getsockname()[1]}"
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if how == "hangs":
                stop.wait(60)
            self.send_response(500)
            self.end_headers()

        do_PUT = do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    stop = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    stop.set()
    server.shutdown()


def flip(place: Objects, name: str) -> None:
    data = bytearray(place.get(name) or b"")
    data[len(data) // 2] ^= 1
    assert place.put(name, bytes(data), replace=True)
