"""Whatever happens while results are sent to a shared cache: each arrives once, whole, and nothing waits for ever."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from faults import often
from projects import DOIT, Project
from sharing import ALL, CACHED, MODELS, Shared

from lineage.share.outbox import Outbox
from lineage.stores.mount import MountedFolder

#: Put on PYTHONPATH: kills doit before or after it puts something there; without a number it writes down how often.
DYING = """\
import os, signal, threading
from lineage.stores.mount import MountedFolder

at, _, when = os.environ.pop("DIE").partition(" ")
counted = os.open(os.environ.pop("COUNTED"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
count, lock = [0], threading.Lock()

def dying(method):
    def put(self, name, *args, **options):
        with lock:
            count[0] += 1
            dies = count[0] == int(at)
            if dies and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            done = method(self, name, *args, **options)
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            if at == "0":  # not to stdout: what is written while a step runs belongs to the step
                os.write(counted, b"*")
        return done
    return put

if os.path.basename(os.sys.orig_argv[1]) == "doit":
    MountedFolder.put, MountedFolder.put_file = dying(MountedFolder.put), dying(MountedFolder.put_file)
"""


@pytest.fixture
def sent(project: Callable[[Any], Project], tmp_path: Path) -> Shared:
    made = project(MODELS)
    address = str(tmp_path / "shared")
    made.environment |= {"LINEAGE_CACHE": address, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return Shared(made, address, partial(MountedFolder, address))


def outbox(project: Project) -> list[Path]:
    return sorted((project.path / ".lineage" / "outbox").glob("[!.]*"))


def assert_all_is_there(sent: Shared, name: str) -> None:
    """A checkout that has nothing is given everything back, and can read it."""
    assert len(sent.names("ac/")) == 3
    assert sent.names("other/") == []
    other = sent.checkout(name)
    assert other.rerun() == CACHED
    assert other.lineage("fetch", "models/X").code == 0
    assert other.executed() == []


def test_doit_is_killed_while_it_sends(sent: Shared, tmp_path: Path) -> None:
    """After a kill -9 at any of its requests the next doit sends what is left, and others are given all of it."""
    (tmp_path / "dying").mkdir()
    (tmp_path / "dying" / "sitecustomize.py").write_text(DYING)
    first = sent.checkout("first")
    first.fresh = True
    counted = tmp_path / "counts"
    dying = {"PYTHONPATH": str(tmp_path / "dying"), "DIE": "0", "COUNTED": str(counted)}
    first.doit(env=dying | {"LINEAGE_CACHE": str(tmp_path / "counted")})
    puts = len(counted.read_bytes())
    assert puts > 6
    moments = [f"{at} {when}" for at in range(1, puts + 1) for when in ("before", "after")]
    for number, moment in enumerate(random.sample(moments, often(len(moments), 2))):
        made = sent.checkout(f"killed{number}")
        sent.address = made.environment["LINEAGE_CACHE"] = str(tmp_path / f"place{number}")
        sent.place = partial(MountedFolder, sent.address)
        sent.project.environment["LINEAGE_CACHE"] = sent.address
        made.fresh = True
        killed = made.finish(made.start(*DOIT, env=dying | {"DIE": moment, "LINEAGE_CACHE": sent.address}))
        assert killed.code == -9, moment
        done = made.doit()
        assert "could not be sent" not in done.stderr, moment
        assert outbox(made) == [], moment
        assert_all_is_there(sent, f"other{number}")


def test_two_doits_share_what_is_to_be_sent(sent: Shared) -> None:
    """What an earlier one has left, and what each of them makes, arrives once, and neither of them complains."""
    made = sent.project
    Path(sent.address).write_text("in the way")
    made.doit()
    assert len(outbox(made)) == 3
    Path(sent.address).unlink()
    made.write(
        {
            "dodo.py": MODELS["dodo.py"] + "\n\n@pipeline\ndef others(scale=3.0):\n    X, y = importer()\n"
            "    model = trainer(X, y, scale=scale)\n    score = evaluator(X, model)\n"
        }
    )
    both = [made.start(*DOIT, "models"), made.start(*DOIT, "others")]
    for child in both:
        done = made.finish(child)
        assert done.code == 0, done.printed
        assert "not deterministic" not in done.stderr
        assert "damaged" not in done.stderr
        assert "could not be sent" not in done.stderr
    assert outbox(made) == []
    assert len(sent.names("ac/")) == 5
    assert sent.names("other/") == []
    other = sent.checkout("other")
    assert set(other.rerun().values()) == {"cached"}
    assert other.executed() == []
    assert sorted(made.executed()) == sorted([*ALL, "trainer", "evaluator"])


def test_what_a_killed_writer_has_begun_is_swept(tmp_path: Path) -> None:
    """What somebody is writing now stays."""
    (tmp_path / ".old.json").write_text("{")
    os.utime(tmp_path / ".old.json", (0, 0))
    (tmp_path / ".new.json").write_text("{")
    outbox = Outbox(str(tmp_path))
    name = outbox.add({"place": "p"})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".new.json", name])
    assert outbox.names() == [name]
