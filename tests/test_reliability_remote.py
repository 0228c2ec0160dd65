"""A shared store that dies in the middle of a large upload, or is absent: builds go on, nothing half sent is seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faults import Fault, often
from projects import DOIT, Project
from sharing import ALL, MODELS, answering

from lineage.stores.bucket import Bucket

if TYPE_CHECKING:
    from objectstore import S3Server

Write = Callable[[Mapping[str, str]], Project]

LARGE = {
    "dodo.py": """\
import numpy as np

from lineage import pipeline, step


@step
def make(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(12_000_000)


@step
def total(data: np.ndarray) -> float:
    return float(data.sum())


@pipeline
def p(seed=0):
    data = make(seed)
    sum_ = total(data)
"""
}


def sent(server: S3Server) -> int:
    """Return how many bytes the server keeps."""
    return sum(path.stat().st_size for path in server.folder.rglob("*.dat"))


def kill_in_the_middle(server: S3Server, project: Project, seed: int) -> str:
    """Run `doit`, and kill the server once it has some megabytes of the array; return what doit printed."""
    before = sent(server)
    child = project.start(*DOIT, f"seed={seed}")
    while child.poll() is None and sent(server) - before < 8_000_000:
        time.sleep(0.002)
    server.kill()
    done = project.finish(child)
    assert done.code == 0, done.printed
    return done.printed


@pytest.mark.fault(name="server")
def test_the_server_is_killed_in_the_middle_of_a_large_upload(s3: S3Server, project: Write, fault: Fault) -> None:
    """96 MB go up in parts: none of them is seen under the array's name, doit succeeds, and the next one sends it."""
    made = project(LARGE)
    kills, middles = often(5, 1), 0
    for seed in range(kills):
        address = s3.fresh()
        made.environment |= {**s3.environment, "LINEAGE_CACHE": address}
        try:
            printed = kill_in_the_middle(s3, made, seed)
        finally:
            s3.start()
        blob = made.stored("p/data").name
        name = f"v1/cas/{blob[:2]}/{blob}"
        size = Bucket(address).size(name)
        whole = made.stored("p/data").stat().st_size
        assert size in (None, whole)
        middles += size is None
        if size is None:
            assert "sent when it answers again" in printed
            assert [each for each, _, _ in Bucket(address).names("v1") if "/ac/" in each] == []
        made.doit(f"seed={seed}")
        back = made.path.parent / f"back {seed}"
        assert Bucket(address).get_file(name, str(back))
        assert back.read_bytes() == made.stored("p/data").read_bytes()
        back.unlink()
        other = Project(made.path.parent / f"other {seed}").write(LARGE)
        other.environment = dict(made.environment)
        assert set(other.rerun(f"seed={seed}").values()) == {"cached"}
    assert middles
    fault.count(kills=kills, in_the_middle=middles)


@pytest.mark.fault(name="absent")
@pytest.mark.parametrize("how", ["nobody", "500", "hangs"])
def test_a_build_without_an_answer_takes_seconds_more(project: Write, how: str, fault: Fault, tmp_path: Path) -> None:
    """The build succeeds with one warning; by how much longer it takes than without a remote is told, not judged."""
    pytest.importorskip("obstore")
    more = []
    for turn in range(often(3, 1)):
        made = Project(tmp_path / f"project {turn}").write(MODELS)
        made.environment.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
        made.doit(f"scale={turn + 50}.0")
        alone, _ = timed(made, f"scale={turn + 100}.0", {})
        with answering(how) as endpoint:
            place = {"LINEAGE_CACHE": f"s3://team/x?endpoint={endpoint}"}
            with_it, printed = timed(made, f"scale={turn + 200}.0", place)
        assert made.statuses() == {**dict.fromkeys(ALL, "run"), "importer": "cached"}
        assert printed.count("sent when it answers again") == 1
        more.append(with_it - alone)
    fault.count(builds=len(more), **{f"seconds_more_{how}": round(sorted(more)[len(more) // 2], 1)})


def timed(project: Project, word: str, env: dict[str, str]) -> tuple[float, str]:
    """Return the seconds of a `doit`, and what it printed."""
    begin = time.monotonic()
    printed = project.doit(word, env=env).printed
    return time.monotonic() - begin, printed
