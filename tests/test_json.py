"""What `lineage ... --json` prints is what docs/schemas says, in every state of a project and on errors too."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from projects import LINEAGE, Project, kill
from schemas import answer, failure, hold, read, schemas, validator

from lineage.commands.line import parser
from lineage.commands.parsing import commands_of
from lineage.model.stored import DISCOVERED, RUN_STATUSES, STEP_STATUSES
from lineage.query.presence import Condition

Making = Callable[[Mapping[str, str]], Project]

#: Arrays, numbers, one that JSON cannot write, a table of texts, an input file, a file that is only seen to be read, a
#: parameter, a slot, a step that is not deterministic, and a plain task.
STUDY = {
    "dodo.py": """\
from lineage import pipeline
from steps import double, draw, evaluate, load


@pipeline
def study(trainer=double, source="data.txt", factor=2.0):
    X = load(source)
    model = trainer(X, factor=factor)
    lot = draw()
    score, spread = evaluate(X, model)


def task_published():
    return {"actions": ["cp %(dependencies)s %(targets)s"], "file_dep": ["data.txt"], "targets": ["published.txt"]}
""",
    "steps.py": '''\
import random
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np

from lineage import File, step
from scales import SCALE, scaled


class Scores(NamedTuple):
    score: float
    spread: float


@step
def load(source: Annotated[Path, File]) -> np.ndarray:
    """Read the numbers."""
    open("notes.txt").read()
    return np.array([float(word) for word in source.read_text().split()])


@step
def double(X: np.ndarray, factor: float) -> dict:
    if factor < 0:
        raise ValueError("a factor below nothing")
    return {"weights": [float(scaled(x, factor)) for x in X]}


@step
def treble(X: np.ndarray, factor: float) -> dict:
    return {"weights": [3.0 * factor for x in X]}


@step
def draw() -> float:
    return random.random()


@step
def evaluate(X: np.ndarray, model: dict) -> Scores:
    return Scores(sum(model["weights"]), float("nan"))
''',
    "scales.py": "SCALE = 1.0\n\n\ndef scaled(x, factor):\n    return SCALE * x * factor\n",
    "data.txt": "1 2 3\n",
    "notes.txt": "a note\n",
}

#: What only reads; `{out}` is a folder beside the project.
READING = """\
runs
artifacts
artifacts study/model
show study/score
why study
why trainer --run last
why
diff 1 last
plan
verify --no-causes
stack describe
stack check
trust list
gc --dry-run --keep-last 1
fsck --dry-run
doctor
tag
pin --list
fetch
report -o {out}/report.svg
export --format prov -o {out}/prov.json
""".splitlines()
#: The same commands with other words: asked in one state only.
MORE = """\
runs --last 1
show data.txt
why trainer
diff 1 last --code
plan study:trainer+ factor=3
plan --if scales.py
stack describe executor
stack list
tag study/model
""".splitlines()
#: What changes something, each held in a test of its own below.
CHANGING = {"accept", "new", "watch"}


@pytest.fixture
def study(project: Making) -> Project:
    made = project(STUDY)
    made.environment["XDG_CONFIG_HOME"] = str(made.path.parent / "config")
    return made


def takes_json() -> set[str]:
    return {name for name, one in commands_of(parser()).items() if "--json" in one._option_string_actions}


def ask_all(project: Project, lines: Sequence[str] = READING) -> dict[str, Any]:
    """Ask each command that only reads; return the answers."""
    out = project.path.parent / "out"
    return {line: answer(project, *line.format(out=out).split(), code=None) for line in lines}


def rows(told: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects of an answer."""
    if isinstance(told, dict):
        yield told
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from rows(each)


def kinds(told: Any) -> set[str]:
    """Return the kinds of all reasons in an answer."""
    return {each["kind"] for each in rows(told) if {"kind", "before", "after", "text"} <= set(each)}


# The schemas themselves


def test_each_command_that_takes_json_has_a_schema_and_is_asked_here() -> None:
    """A command that is added to the parser fails here until both are written."""
    assert takes_json() <= set(schemas()), "docs/schemas lacks a file"
    assert takes_json() == {line.split()[0] for line in READING} | CHANGING


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_one_and_knows_each_key(name: str) -> None:
    """Each is valid by the draft; an object whose keys are listed takes no other one, but for previews."""
    Draft202012Validator.check_schema(schemas()[name])
    objects = [each for each in rows(schemas()[name]) if each.get("type") == "object" and "properties" in each]
    loose = [each for each in objects if each.get("additionalProperties") is not False or not each.get("required")]
    preview = schemas()["definitions"]["$defs"]["version"]["properties"]["preview"]
    assert loose == ([preview] if name == "definitions" else [])


def test_the_statuses_of_the_schemas_are_those_of_the_code() -> None:
    """What is added to one of the lists must be added to the other."""
    told = {name: each["enum"] for name, each in schemas()["definitions"]["$defs"].items() if "enum" in each}
    assert tuple(told["step_status"]) == STEP_STATUSES
    assert tuple(told["run_status"]) == RUN_STATUSES
    assert tuple(told["discovered_kind"]) == DISCOVERED
    assert told["condition"] == [each.value for each in Condition]


def test_a_wrong_answer_is_refused(study: Project) -> None:
    """A key more, a key less and a status that there is not: a schema that takes anything would hold nothing."""
    study.doit()
    told = answer(study, "runs")
    for spoil in (
        lambda run: run.update(colour="green"),
        lambda run: run.pop("host"),
        lambda run: run.update(status="done"),
        lambda run: run["steps"][0].update(status="done"),
        lambda run: run["steps"][0]["outputs"][0].update(digest="d41d8"),
    ):
        wrong = json.loads(json.dumps(told))
        spoil(wrong["runs"][0])
        with pytest.raises(ValidationError):
            validator("runs").validate(wrong)


# Every command, in the states that a project passes through


def test_before_anything_has_run(study: Project) -> None:
    """Where nothing is recorded each command gives an empty answer, or an error."""
    told = ask_all(study)
    assert told["runs"] == {"runs": []}
    assert "error" in told["show study/score"]


def test_after_a_first_run_and_a_cached_one(study: Project) -> None:
    """All commands, after one run and after another in which nothing had to run."""
    study.doit()
    first = ask_all(study)
    assert not [line for line, told in first.items() if "error" in told]
    assert {step["status"] for step in first["runs"]["runs"][-1]["steps"]} == {"run"}
    assert {each["kind"] for step in first["runs"]["runs"][0]["steps"] for each in step["discovered"]} >= {"read"}
    study.doit()
    again = ask_all(study, ["runs", "why study", "plan", "verify"])
    assert {step["status"] for step in again["runs"]["runs"][-1]["steps"]} == {"cached"}


def test_after_edits_of_code_files_parameters_and_another_step(study: Project) -> None:
    """Reasons of all these kinds, as what is going to run and as what has run."""
    study.doit()
    study.edit("scales.py", "SCALE * x", "x * SCALE * 1.0")
    study.write({"data.txt": "1 2 3 4\n", "notes.txt": "another\n"})
    before = ask_all(study, [*READING, *MORE])
    assert kinds(before["why study"]) >= {"code", "file", "upstream"}
    study.doit("factor=3.0")
    study.doit("trainer=treble")
    assert kinds(ask_all(study)["runs"]) >= {"first", "code", "file", "read", "parameter", "step", "input"}


def test_after_a_failed_step(study: Project) -> None:
    """A step that raised, and one that was skipped after it."""
    study.doit()
    study.doit("--continue", "factor=-1.0", code=None)
    told = ask_all(study)
    statuses = {step["task"]: step["status"] for step in told["runs"]["runs"][-1]["steps"]}
    assert (statuses["study:trainer"], statuses["study:evaluate"]) == ("failed", "skipped")
    assert told["why trainer --run last"]["steps"][0]["error"]["place"] == "steps.py:26"


def test_what_is_collected_tagged_and_pinned(study: Project) -> None:
    """Collecting, giving and taking names and pins, and what is then told of the versions."""
    for factor in ("1.0", "2.0", "3.0", "4.0"):
        study.doit(f"factor={factor}")
    assert answer(study, "tag", "study/model@2", "best")["before"] is None
    assert answer(study, "tag", "study/model@3", "best")["before"] == 2
    assert answer(study, "pin", "study/model@2")["changed"] is True
    assert answer(study, "gc", "--keep-last", "1")["objects"]
    told = ask_all(study)
    versions = {each["version"]: each for each in told["artifacts study/model"]["artifacts"][0]["versions"]}
    assert (versions[1]["condition"], versions[1]["gone"]["kind"]) == ("collected", "collected")
    assert (versions[2]["pinned"], versions[3]["tags"]) == (True, ["best"])
    assert answer(study, "tag", "--delete", "study/model@best")["deleted"] == "best"
    assert answer(study, "pin", "--remove", "study/model@2")["pinned"] is False
    assert answer(study, "gc", "--max-size", "1", code=1)["max_size"] == 1


def test_what_is_damaged_and_mended(study: Project) -> None:
    """A byte that is lost, as each command tells it, and its repair."""
    study.doit()
    stored = study.stored("study/model")
    stored.chmod(0o644)
    stored.write_bytes(b"spoilt")
    told = ask_all(study)
    assert [each["state"] for each in told["fsck --dry-run"]["found"]] == ["damaged"]
    assert answer(study, "fsck", "--repair")["found"][0]["mended"] is True


def test_what_a_shared_cache_in_a_folder_has(study: Project) -> None:
    """Keys, and a second checkout that computes nothing and has no bytes until it fetches them."""
    study.environment["LINEAGE_CACHE"] = str(study.path.parent / "shared")
    (study.path.parent / "shared").mkdir()
    assert answer(study, "trust", "create", "team") == {"name": "team", "action": "create"}
    assert answer(study, "trust", "show", "team")["key"]
    study.doit("study")
    other = Project(study.path.parent / "other").write(STUDY)
    other.environment = dict(study.environment)
    other.doit("study")
    told = ask_all(other)
    assert told["stack describe"]["artifact-store"]["shared_cache"]
    assert "shared" in kinds(told["runs"])
    assert [each["trusted"] for each in told["trust list"]["keys"]] == [True]
    assert answer(study, "trust", "remove", "team")["action"] == "remove"


# What changes something


def test_accept_verify_and_the_choice_of_a_stack(study: Project) -> None:
    """A result that is taken for that of changed code; results that differ when they are made again; a stack."""
    study.doit()
    study.edit("scales.py", "SCALE * x", "x * SCALE")
    assert [each["verdict"] for each in answer(study, "accept", "study:trainer", "-m", "why")["accepted"]]
    study.doit()
    verdicts = {each["task"]: each["verdict"] for each in answer(study, "verify", code=1)["verified"]}
    assert (verdicts["study:load"], verdicts["study:draw"]) == ("bytes", "different")
    assert answer(study, "stack", "use", "default")["stack"] == "default"


def test_exports_of_each_format(study: Project) -> None:
    """Of each format that is written to a file, and each picture of a run."""
    study.doit()
    for form in ("openlineage", "prov", "ro-crate"):
        assert answer(study, "export", "--format", form, "-o", f"../{form}")["export"]["format"] == form
    for form in ("html", "svg", "png", "json"):
        assert answer(study, "report", "-o", f"../report.{form}")["report"]["format"] == form


def test_the_report_of_a_run_as_json(study: Project) -> None:
    """Of a run with a plain task, compared with another one, and of one that failed."""
    study.doit()
    study.doit("factor=3.0", "--report", "json:../run.json", "--against", "1")
    told = hold("run-report", read(study.read("../run.json")))
    assert told["against"]["label"]
    assert [each["name"] for each in told["plain_tasks"]] == ["published"]
    assert {each["name"]: each["before"] for each in told["metrics"]}["score"] == 12.0
    study.doit("factor=-1.0", "--report", "json:../run.json", code=1)
    assert hold("run-report", read(study.read("../run.json")))["run"]["status"] == "failed"


def test_a_new_project(study: Project) -> None:
    """Its folder and files; that there is one already is an error."""
    assert answer(study, "new", "demo")["files"]
    assert failure(study, "new", "demo", code=3)["type"] == "UsageError"


def test_each_round_of_watch_is_a_line(study: Project) -> None:
    """A first round with a number that JSON cannot write, and one of a dodo.py that is broken."""
    child = study.start(*LINEAGE, "watch", "--json")
    try:
        assert child.stdout is not None
        first = hold("watch", read(child.stdout.readline()))
        assert {each["name"]: each["value"] for each in first["metrics"]}["spread"] is None
        study.write({"dodo.py": STUDY["dodo.py"] + "\n1 / 0\n"})
        broken = hold("watch", read(child.stdout.readline()))
        assert "ZeroDivisionError" in broken["error"]
    finally:
        kill(child)
        child.communicate()


# Errors


UNKNOWN = """\
show modle
artifacts modle
why trainr
why trainer --run 99
diff 1 99
plan study:trainr
runs --lst 1
verify trainr
accept trainr -m why
stack describe exector
stack use taem
fetch modle
trust show team
gc --max-size much
tag modle best
pin modle
report -o page.html --run 99
export --format prov --run 99
watch trainr
runs factr=2
""".splitlines()


def test_a_word_that_means_nothing_is_an_error_of_each_command(study: Project) -> None:
    """Exit code 3, and an object with what is wrong."""
    study.doit()
    for line in UNKNOWN:
        assert failure(study, *line.split(), code=3)["type"] == "UsageError", line


def test_no_project_is_an_error_of_each_command(study: Project) -> None:
    """Outside of a project all that needs one says so."""
    elsewhere = study.path.parent / "elsewhere"
    elsewhere.mkdir()
    for line in [*READING, "accept a -m b", "watch"]:
        if not line.startswith("trust"):
            told = failure(study, *line.format(out=elsewhere).split(), code=3, cwd=str(elsewhere))
            assert "no project" in told["what"], line


def test_a_broken_dodo_is_an_error_of_what_loads_it(study: Project) -> None:
    """With the user's own mistake in it; what reads records only still answers."""
    study.doit()
    study.write({"dodo.py": "1 / 0\n"})
    for line in ("why trainer", "plan", "verify", "accept study -m why"):
        assert "ZeroDivisionError" in json.dumps(failure(study, *line.split(), code=3)), line
    told = ask_all(study)
    assert not told["doctor"]["ok"]
    assert told["runs"]["runs"]


def test_a_database_of_a_newer_version_is_an_error_of_each_command(study: Project) -> None:
    """Exit code 2 and a `VersionError`, but for what looks into it and tells that among its findings."""
    study.doit()
    with sqlite3.connect(study.path / ".lineage" / "metadata.sqlite") as database:
        database.execute("pragma user_version = 9999")
    database.close()
    told = ask_all(study)
    said = {line: one["error"]["type"] for line, one in told.items() if "error" in one}
    assert set(said.values()) == {"VersionError"}
    answered = {line.split()[0] for line in READING if line not in said}
    assert answered == {"stack", "trust", "doctor"}
    assert not told["stack check"]["ok"]


def test_a_copy_of_the_schemas_alone_is_enough() -> None:
    """They refer to nothing but each other, so that a script may take the folder along."""
    refers = {each["$ref"].partition("#")[0] for one in schemas().values() for each in rows(one) if "$ref" in each}
    assert refers == {"", "definitions.json"}
