"""A team's record on PostgreSQL, end to end: the real `doit` and `lineage`, several checkouts, and a page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import DOIT, Project, kill, wait_for
from servers import Server
from test_table import FIRST, FROM_TRAINER, HOLDING, NOTHING, ONLY_TRAINER, TRAINING

from lineage.dash.answers import ANSWERS, answer, as_json
from lineage.dash.archive import Archive
from lineage.records import postgres as module
from lineage.records.opening import open_postgres

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def team(digits: Project, url: str) -> Iterator[Project]:
    """The example, recorded on the server; afterwards the password is in none of its files and no row."""
    digits.write(
        {"pyproject.toml": '[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "../team"\n'}
    )
    digits.environment["LINEAGE_METADATA"] = url
    yield digits
    for path in digits.path.parent.rglob("*"):
        if path.is_file():
            assert b"c4nary" not in path.read_bytes(), path
    with psycopg.connect(url.partition("?")[0]) as connection:
        schema = url.rpartition("=")[2]
        dump = connection.execute("SELECT schema_to_xml(%s, true, false, '')", (schema,)).fetchone()
        assert dump is not None
        assert "svc_trainer" in dump[0]
        assert "c4nary" not in dump[0]


def checkout(project: Project, name: str) -> Project:
    """Return a fresh checkout of a project beside it, with the same environment and nothing remembered."""
    other = Project(project.path.parent / name)
    leave = shutil.ignore_patterns(".lineage", "artifacts", ".doit.db*", "executed.txt", "__pycache__")
    shutil.copytree(project.path, other.path, ignore=leave, dirs_exist_ok=True)
    other.environment = dict(project.environment)
    return other


def test_the_table_on_a_server(team: Project) -> None:
    """First run, again, swap, swap back, a damaged model, a failure, and a kill: as on the default stack."""
    first = team.doit()
    assert team.statuses() == FIRST
    assert "accuracy=0.9583" in first.printed
    assert team.rerun() == NOTHING
    assert team.rerun() == NOTHING
    assert team.rerun("trainer=tree_trainer") == FROM_TRAINER
    assert team.rerun("trainer=svc_trainer") == NOTHING
    assert [run["status"] for run in team.runs()] == ["ok"] * 5
    assert not (team.path / ".lineage" / "metadata.sqlite").exists()
    model = team.artifact("digits/model").resolve()
    assert model.is_relative_to(team.path.parent / "team")
    model.chmod(0o644)
    model.write_bytes(b"damaged")
    assert team.rerun() == ONLY_TRAINER
    team.edit("tasks/digits.py", TRAINING, "1 / 0")
    assert team.rerun("--continue", code=1) == {"importer": "cached", "trainer": "failed", "evaluator": "skipped"}
    team.edit("tasks/digits.py", "1 / 0", TRAINING)
    assert team.rerun() == NOTHING


def test_kill_9_during_a_step(team: Project) -> None:
    """What was recorded before is there, the run is lost, and the next one goes on from where it was."""
    importing = "from lineage import step\n"
    team.edit("tasks/digits.py", importing, f"import os\nimport time\n\n{importing}")
    body = '    """Train a support vector classifier."""\n'
    team.edit("tasks/digits.py", body, body + HOLDING)
    (team.path / "hold").touch()
    child = team.start(*DOIT)
    wait_for(team.path / "reached", child)
    kill(child)
    (team.path / "hold").unlink()
    assert team.rerun() == FROM_TRAINER
    assert [run["status"] for run in team.runs()] == ["lost", "ok"]


def test_a_server_that_restarts_during_a_step(team: Project, postgres: Server) -> None:
    """The step's result is recorded when the server is back, and the run ends well."""
    importing = "from lineage import step\n"
    team.edit("tasks/digits.py", importing, f"import os\nimport time\n\n{importing}")
    body = '    """Train a support vector classifier."""\n'
    team.edit("tasks/digits.py", body, body + HOLDING.replace('"hold"', '"../hold"'))
    (team.path.parent / "hold").touch()
    child = team.start(*DOIT)
    wait_for(team.path / "reached", child)
    postgres.stop("immediate")
    (team.path.parent / "hold").unlink()
    postgres.start()
    done = team.finish(child)
    assert done.code == 0, done
    assert team.statuses() == FIRST
    assert team.rerun() == NOTHING


def test_a_server_that_is_not_there(team: Project, postgres: Server) -> None:
    """`doit` and queries say so with exit code 2, a fix and no password; no step is run for nothing."""
    team.doit()
    environment = {"LINEAGE_METADATA": team.environment["LINEAGE_METADATA"].replace(str(postgres.port), "1")}
    for command in (["doit"], ["lineage", "runs"], ["lineage", "stack", "describe"], ["lineage", "stack", "check"]):
        done = team.command(*command, env=environment)
        assert done.code == 2, done
        assert "nobody answers at postgresql://lineage:***@127.0.0.1:1/" in done.printed
        assert "fix: start the server" in done.printed
        assert "c4nary" not in done.printed
        assert "Traceback" not in done.printed


def test_a_colleague_is_given_what_was_computed(team: Project) -> None:
    """Another checkout with the same record and artifacts runs nothing, and has all of it at its readable paths."""
    team.doit()
    other = checkout(team, "colleague")
    done = other.doit()
    assert "run 2: 0 run, 3 cached" in done.stdout
    assert other.artifact("digits/model").read_bytes() == team.artifact("digits/model").read_bytes()
    assert other.rerun() == NOTHING
    assert "run 1" in other.lineage("show", "digits/model").stdout


def test_a_colleague_with_other_artifacts(team: Project, url: str) -> None:
    """Where only the record is shared the bytes are not there: everything is made again, and recorded as the same."""
    team.doit()
    other = checkout(team, "colleague")
    other.environment["LINEAGE_ARTIFACTS"] = ".lineage"
    assert other.rerun() == FIRST
    assert other.rerun() == NOTHING
    assert team.rerun() == NOTHING
    store = open_postgres(url, read_only=True)
    assert store.select("SELECT max(version) FROM artifact_version") == [(1,)]


def test_many_checkouts_record_at_once(words: Project, url: str) -> None:
    """Eight checkouts run at the same time: all runs are there, and the versions of each artifact have no gaps."""
    words.environment["LINEAGE_METADATA"] = url
    others = [checkout(words, f"checkout{number}") for number in range(8)]
    children = [
        each.start(*DOIT, f"text={' '.join(['to', 'be', 'or', 'not'] * (number + 1))}")
        for number, each in enumerate(others)
    ]
    done = [each.finish(child) for each, child in zip(others, children, strict=True)]
    assert [each.code for each in done] == [0] * 8, done
    store = open_postgres(url, read_only=True)
    assert store.select("SELECT count(*), min(run_id), max(run_id) FROM run WHERE status = 'ok'") == [(8, 1, 8)]
    assert store.select("SELECT count(*) FROM step_run WHERE status IN ('run', 'cached')") == [(24,)]
    gaps = "SELECT artifact_id FROM artifact_version GROUP BY artifact_id HAVING count(*) <> max(version)"
    assert store.select(gaps) == []
    sentences = "SELECT max(v.version) FROM artifact_version v JOIN artifact a USING (artifact_id) WHERE a.name = ?"
    assert store.select(sentences, ("words/total",)) == [(8,)]


def test_workers_accept_and_verify(words: Project, url: str) -> None:
    """What is executed in other processes and threads is recorded by one of them; other commands write there too."""
    words.environment["LINEAGE_METADATA"] = url
    for number, options in enumerate([("-n", "2"), ("-n", "2", "-P", "thread")]):
        words.doit(*options, f"text={number} be or not to be")
        assert set(words.statuses().values()) == {"run"}
    words.doit()
    words.edit("tasks/language.py", "sentence.split(SEPARATOR)", "list(sentence.split(SEPARATOR))")
    words.lineage("accept", "words:counter", "-m", "only a list")
    assert words.rerun() == {"collect": "cached", "counter": "cached", "report": "cached"}
    assert "identical bytes" in words.lineage("verify").stdout
    assert [run["id"] for run in words.runs()] == [1, 2, 3, 4, 5]


def masked(text: str, project: Project) -> str:
    """Return what a command printed without what no two runs have in common: times, dates, hashes of commits."""
    text = text.replace(str(project.path), "PROJECT").replace(str(project.path.parent), "AROUND")
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", "DATE", text)
    text = re.sub(r'"(started|ended|seconds|saved|cpu|created|pid|rss|save|last_run)": [-\d.e+]+', r'"\1": N', text)
    text = re.sub(r"\d+(\.\d+)? (ms|s)\b|(?<=\s)\d+\.\d(?=\s)", "N s", text)
    return re.sub(r" +", " ", text)


QUERIES = [
    ["runs"],
    ["runs", "--last", "2", "--json"],
    ["artifacts"],
    ["artifacts", "words/total", "--json"],
    ["show", "words/summary"],
    ["show", "total@1", "--json"],
    ["why", "counter"],
    ["why", "words", "--json"],
    ["why", "counter", "--run", "3"],
    ["diff", "1", "3"],
    ["plan", "counter=count_unique"],
]


def test_every_query_answers_as_on_the_default_stack(words: Project, url: str) -> None:
    """Word for word, but for times."""
    plain = checkout(words, "plain")
    words.environment["LINEAGE_METADATA"] = url
    for project in (plain, words):
        project.doit()
        project.doit()
        project.doit("counter=count_unique")
        project.edit("tasks/language.py", "sentence.split(SEPARATOR)", "sentence.split(SEPARATOR)[:-1]")
        project.doit()
        project.edit("tasks/language.py", "[:-1]", "[1/0]")
        project.doit("--continue", code=1)
    for query in QUERIES:
        told, expected = words.command("lineage", *query), plain.command("lineage", *query)
        assert told.code == expected.code == 0, (query, told, expected)
        assert masked(told.printed, words) == masked(expected.printed, plain), query
    status = ("list", "--all", "--status")
    assert words.doit(*status).stdout == plain.doit(*status).stdout


def ask(project: Project, question: str, /, **arguments: Any) -> Any:
    archive = Archive(str(project.path))
    try:
        return json.loads(as_json(answer(archive, question, arguments)))
    finally:
        archive.close()


def test_the_page_is_answered(team: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every question of the dashboard has an answer, and it is told when somebody has recorded something."""
    team.doit()
    team.doit("trainer=tree_trainer")
    monkeypatch.setenv("LINEAGE_METADATA", team.environment["LINEAGE_METADATA"])
    monkeypatch.setattr(module, "_LOOKS", 0.0)
    asked: dict[str, dict[str, Any]] = {
        "details": {"id": "digits:trainer"},
        "artifact": {"name": "digits/model"},
        "find": {"text": "model"},
        "compare": {},
    }
    answers = {name: ask(team, name, **asked.get(name, {})) for name in ANSWERS}
    assert answers["stack"]["stack"] == "team"
    assert "c4nary" not in json.dumps(answers)
    nodes = {node["id"]: node["status"] for node in answers["picture"]["nodes"]}
    assert (nodes["digits:importer"], nodes["digits:trainer"]) == ("cached", "run")
    archive = Archive(str(team.path))
    before = archive.token()
    assert archive.token() == before
    team.doit()
    assert archive.token() != before
    archive.close()


NO_OP = """
import sys
from doit.doit_cmd import DoitMain
code = DoitMain().run([])
print(code, [name for name in ("psycopg", "lineage.settings", "lineage.choice") if name in sys.modules])
"""


@pytest.mark.fresh
def test_a_no_op_of_the_default_stack_imports_nothing_of_this(digits: Project) -> None:
    """Not even what would find out that it is the default one: the receipt says so."""
    digits.write({"pyproject.toml": '[project]\nname = "doit-lineage"\n'})
    digits.doit()
    for _ in range(2):
        digits.python(NO_OP)
    assert digits.python(NO_OP).splitlines()[-1] == "0 []"
    digits.write({"pyproject.toml": "[tool.lineage]\nstrict = true\n"})
    assert digits.python(NO_OP).splitlines()[-1] == "0 ['lineage.settings', 'lineage.choice']"
