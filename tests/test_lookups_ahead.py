"""A shared cache that is far away: what is known to be needed is asked for together, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from latency import Answer, Far, far_away
from projects import Project

from lineage.errors import RemoteError
from lineage.stores.patience import Patient
from lineage.stores.prefetch import Prefetching

if TYPE_CHECKING:
    from pathlib import Path

    from objectstore import S3Server
    from servers import Server

MANY = 24
SWEEP = {
    "dodo.py": f"""\
from lineage import pipeline
from steps import importer, trainer, best

@pipeline
def sweep():
    data = importer()
    models = [trainer(data, C=number) for number in range({MANY})]
    score = best(models)
""",
    "steps.py": """\
from lineage import step

def ran(name):
    with open("executed.txt", "a") as file:
        file.write(name + " ")

@step(ignore=["ran"])
def importer() -> int:
    ran("importer")
    with open("data.txt") as file:
        return len(file.read())

@step(ignore=["ran"])
def trainer(data: int, C: int) -> int:
    ran("trainer")
    with open("options.txt") as file:
        return data * C + len(file.read())

@step(ignore=["ran"])
def best(models: list) -> int:
    ran("best")
    return max(models)
""",
    "data.txt": "to be or not to be",
    "options.txt": "none",
}
GATHERED = {
    "dodo.py": f"""\
from lineage import pipeline
from steps import one, total

@pipeline
def gathered():
    parts = [one(number=number) for number in range({MANY})]
    whole = total(parts)

def task_report():
    return {{"actions": ["cat %(dependencies)s > report"], "file_dep": [
        f"artifacts/gathered/one@number:{{number}}.json" for number in range({MANY})], "targets": ["report"]}}
""",
    "steps.py": """\
from lineage import step

def ran(name):
    with open("executed.txt", "a") as file:
        file.write(name + " ")

@step(ignore=["ran"])
def one(number: int) -> list:
    ran("one")
    return [number] * (number % 2 * 40_000 + 10)

@step(ignore=["ran"])
def total(parts: list) -> int:
    ran("total")
    return sum(map(len, parts))
""",
}
#: Seconds that each request is held back: enough that those sent together are seen together on a busy machine.
WAY = 0.05


class Team:
    """A project whose results are in a shared cache, and a second checkout from which that is far away."""

    def __init__(self, project: Project, server: S3Server, files: dict[str, str]) -> None:
        self.project = project
        self.files = files
        self.address = server.fresh()
        project.environment |= {**server.environment, "XDG_CONFIG_HOME": str(project.path.parent / "config")}
        project.environment["LINEAGE_STACK"] = "team"
        self.stack(project, self.address)

    def stack(self, project: Project, address: str) -> None:
        text = f'[tool.lineage.stacks.team]\ncache = "{address}"\n'
        project.write({"pyproject.toml": text})

    @contextmanager
    def far(self, answer: Answer = lambda method, path: None) -> Iterator[tuple[Project, Far]]:
        other = Project(self.project.path.parent / "clone")
        other.write(self.files)
        other.environment = dict(self.project.environment)
        with far_away(self.address, WAY, answer) as far:
            self.stack(other, far.address)
            yield other, far


@pytest.fixture
def team(project: Callable[[Any], Project], s3: S3Server) -> Team:
    made = Team(project(SWEEP), s3, SWEEP)
    assert f"{MANY + 2} run" in made.project.doit().stdout
    return made


@pytest.fixture
def gathered(project: Callable[[Any], Project], s3: S3Server) -> Team:
    made = Team(project(GATHERED), s3, GATHERED)
    assert f"{MANY + 1} run" in made.project.doit().stdout
    return made


def asked(far: Far, folder: str) -> int:
    return sum(f"/{folder}" in request and request.startswith("GET") for request in far.requests)


def test_independent_steps_are_asked_for_together(team: Team) -> None:
    """In a fresh checkout, what takes the same data is looked up at the same time; no request is made twice."""
    with team.far() as (other, far):
        other.doit()
        assert set(other.statuses().values()) == {"cached"}
        assert other.executed() == []
        assert far.most >= 8
        assert len(set(far.requests)) == len(far.requests)
        # The record of a base (there is none), the list of its sets, the set, and the record.
        assert len(far.requests) <= 4 * (MANY + 1) + 1
        assert asked(far, "v1/cas/") == 0
        far.forget()
        other.doit()
        assert far.requests == []


def test_what_takes_an_executed_step_is_asked_for_together(team: Team) -> None:
    """Also when the step before it has to run here."""
    team.project.write({"data.txt": "TO BE OR NOT TO BE"})  # trainers are found by its length
    team.project.doit()
    with team.far() as (other, far):
        other.write({"data.txt": "to be, or not 2 be"})
        other.doit()
        assert other.executed() == ["importer"]
        statuses = other.statuses()
        assert statuses.pop("importer") == "run"
        assert set(statuses.values()) == {"cached"}
        assert far.most >= 8
        gets = [request for request in far.requests if request.startswith("GET")]
        records = [request for request in gets if "/ac/" in request]
        assert len(set(records)) == len(records)


def test_where_nothing_is_known_it_is_asked_once(team: Team) -> None:
    """What nobody has computed is asked for once, together."""
    with team.far() as (other, far):
        other.environment["LINEAGE_CACHE_MODE"] = "read-only"
        other.edit("steps.py", "data * C", "data + C")
        other.doit()
        assert other.executed().count("trainer") == MANY
        assert far.most >= 8
        assert len(set(far.requests)) == len(far.requests)
        # As it is and, since `ran` is ignored, as it would be if that counted: twice a record, and the list of sets.
        assert len(far.requests) <= 5 + 4 * (MANY + 1)


def test_off_asks_nobody(team: Team) -> None:
    """A cache that is off is asked for nothing ahead either."""
    with team.far() as (other, far):
        other.environment["LINEAGE_CACHE_MODE"] = "off"
        other.doit()
        assert far.requests == []


def test_what_a_step_takes_comes_together(gathered: Team) -> None:
    """The bytes that a step and a plain task need come several at a time, each once, and nothing else does."""
    with gathered.far() as (other, far):
        other.doit("gathered")
        assert other.executed() == []
        far.forget()
        other.edit("steps.py", "sum(map", "1 + sum(map")
        other.doit("gathered")
        assert other.executed() == ["total"]
        assert asked(far, "v1/cas/") == MANY
        assert far.most_objects >= 4
        gets = [request for request in far.requests if request.startswith("GET")]
        assert len(gets) == len(set(gets))
        far.forget()
        other.doit()
        assert "17, 17" in other.read("report")
        assert asked(far, "v1/cas/") == 0


def test_what_is_fetched_comes_together(gathered: Team) -> None:
    """`lineage fetch` has what is small come many at a time, what is large some at a time, and says of each where."""
    with gathered.far() as (other, far):
        other.doit("gathered")
        far.forget()
        fetched = other.json("fetch")["fetched"]
        assert len(fetched) == MANY + 1
        assert all(each["fetched"] and each["error"] is None for each in fetched)
        assert len(far.requests) == len(set(far.requests)) == MANY + 1
        assert far.most >= 8
        far.forget()
        assert not any(each["fetched"] for each in other.json("fetch")["fetched"])
        assert far.requests == []


def test_what_a_step_takes_comes_together_in_the_middle_of_a_run(team: Team) -> None:
    """What was looked up after a step was executed comes together too."""
    team.project.write({"data.txt": "TO BE OR NOT TO BE"})
    team.project.doit()
    with team.far() as (other, far):
        other.environment["LINEAGE_CACHE_MODE"] = "read-only"
        other.write({"data.txt": "to be, or not 2 be"})
        other.edit("steps.py", "max(models)", "1 + max(models)")
        other.doit()
        assert other.executed() == ["importer", "best"]
        assert asked(far, "v1/cas/") == MANY
        assert far.most_objects >= 4


def test_what_does_not_come_is_said_once(gathered: Team) -> None:
    """A place that gives no bytes any more is said to be so once, and what they are needed for is made here."""
    refuses = [False]

    def answer(method: str, path: str) -> tuple[int, str] | None:
        return (403, "AccessDenied") if refuses[0] and "/v1/cas/" in path else None

    with gathered.far(answer) as (other, far):
        other.doit("gathered")
        refuses[0] = True
        far.forget()
        done = other.lineage("fetch", code=2)
        assert done.stderr.count("refuses to read") == 1
        assert done.stdout.count("✕") == MANY + 1
        other.edit("steps.py", "sum(map", "1 + sum(map")
        done = other.doit("gathered")
        assert done.stderr.count("refuses to read") == 1
        assert sorted(other.executed()) == [*["one"] * MANY, "total"]


def test_objects_of_a_shared_history_are_asked_for_together(
    project: Callable[[Any], Project], s3: S3Server, postgres: Server, tmp_path: Path
) -> None:
    """With records on a server and artifacts in a bucket, a fresh checkout asks at once where all objects are."""
    pytest.importorskip("psycopg")
    made = project(SWEEP)
    address = s3.fresh()
    made.environment |= {**s3.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    made.environment |= {"LINEAGE_METADATA": postgres.fresh(), "LINEAGE_ARTIFACTS": address}
    made.doit()
    with far_away(address, WAY) as far:
        other = Project(made.path.parent / "clone").write(SWEEP)
        other.environment = {**made.environment, "LINEAGE_ARTIFACTS": far.address}
        other.doit()
        assert set(other.statuses().values()) == {"cached"}
        assert other.executed() == []
        assert far.most >= 8
        assert len(far.requests) == len(set(far.requests)) <= MANY + 2
        assert asked(far, "v1/cas/") == 0
        far.forget()
        other.doit()
        assert far.requests == []


class Slow:
    """A place that takes a while, and fails for some names."""

    shown = "slow"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._gate = threading.Event()

    def get(self, name: str) -> bytes | None:
        self.asked.append(name)
        self._gate.wait(0.01)
        if name == "bad":
            raise RemoteError("bad cannot be read")
        return None if name == "none" else name.encode()

    def names(self, prefix: str) -> Iterator[tuple[str, int, float]]:
        self.asked.append(prefix)
        self._gate.wait(0.01)
        yield f"{prefix}/a", 1, 0.0


def test_answers_and_errors_are_kept_until_they_are_asked_for() -> None:
    """An answer is given once, an error is raised to whoever asks in turn, and a defect in asking is not hidden."""
    slow = Slow()
    place = Prefetching(slow)  # type: ignore[arg-type]
    assert place.get("first") == b"first"
    place.prefetch([lambda asking, name=name: asking.get(name) for name in ("a", "bad", "none")])  # type: ignore[misc]
    place.prefetch([lambda asking: asking.names("folder"), lambda asking: asking.get("b")])
    assert sorted(slow.asked) == ["a", "b", "bad", "first", "folder", "none"]
    assert place.get("a") == b"a"
    assert place.get("none") is None
    with pytest.raises(RemoteError):
        place.get("bad")
    assert place.names("folder") == [("folder/a", 1, 0.0)]
    assert len(slow.asked) == 6
    place.get("a")
    assert slow.asked.count("a") == 2
    with pytest.raises(ZeroDivisionError):
        place.prefetch([lambda asking: asking.get("c"), lambda asking: 1 / 0])


def test_late_answers_that_are_waited_for_together_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place is left alone for the time that a build has lost by it, not for that of each of many requests."""
    told: list[RemoteError] = []
    monkeypatch.setattr("lineage.stores.patience._SLOW", 0.1)
    monkeypatch.setattr("lineage.stores.patience._IN_ALL", 1.5)

    class Slow:
        shown = "slow"

        def get(self, name: str) -> bytes | None:
            threading.Event().wait(0.2)
            return None

    place: Any = Slow()
    patient = Patient(place, told.append)
    Prefetching(patient).prefetch([lambda asking, name=str(number): asking.get(name) for number in range(17)])  # type: ignore[misc]
    assert not told
    for number in range(8):
        patient.get(f"{number} in turn")
        if patient.is_off:
            break
    assert patient.is_off
    assert len(told) == 1
