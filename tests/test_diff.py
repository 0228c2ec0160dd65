"""`lineage diff`: what differs between two runs, and only that."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from projects import Project
from records import code, digest, execute, finish, manifest, outcome, started, step, stored
from test_why import UNSEEDED

from lineage.commands.diff import diff
from lineage.explain.determinism import variations
from lineage.explain.explanation import sources
from lineage.explain.past import find_run
from lineage.explain.recorded import last_made, side_of
from lineage.explain.runs import Metric, difference
from lineage.query.history import History
from lineage.records.protocol import Row
from lineage.records.sqlite import SqliteStore


def lines(project: Project, *args: str) -> list[str]:
    """Return the lines of ``lineage diff ARGS`` without the moments."""
    shown = project.lineage("diff", *args).stdout
    return [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "...", line) for line in shown.splitlines()]


def changed(project: Project, *args: str) -> dict[str, dict[str, Any]]:
    """Return the steps that ``lineage diff ARGS --json`` tells, by their name within the pipeline."""
    return {each["task"].partition(":")[2]: each for each in project.json("diff", *args)["steps"]}


def test_code_parameters_data_and_metrics(done_words: Project) -> None:
    """Each step with what differs of it, its results by version, the numbers with their change; the rest is counted."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 3")
    done_words.doit()
    assert lines(done_words, "1", "2") == [
        "run 1: ..., ok",
        "run 2: ..., ok",
        "words:counter",
        "  tasks.words:count (tasks/words.py:15) changed  +1 -1",
        "    --- tasks/words.py:15 (run 1)",
        "    +++ tasks/words.py:15 (run 2)",
        "    @@ -16,4 +16,4 @@",
        "     def count(sentence: str) -> int:",
        '         """Count all words."""',
        '         note("count")',
        "    -    return len(split(sentence))",
        "    +    return len(split(sentence)) + 3",
        "  output total: version 1 became version 2",
        "words:report",
        "  input total: version 1 (made by words:counter in run 1) became version 2 (made by words:counter in run 2)",
        "  output summary: version 1 became version 2",
        "metrics",
        "  total  6.0 -> 9.0  +3.0 (+50.0 %)",
        "the same: 1 step",
    ]


def test_backwards_is_the_same_the_other_way_round(done_words: Project) -> None:
    """The order of the runs is that of the words."""
    done_words.doit("text=to be")
    forth, back = changed(done_words, "1", "2"), changed(done_words, "2", "1")
    for name, there in forth.items():
        here = back[name]
        turned = [(reason["kind"], reason["after"], reason["before"]) for reason in here["reasons"]]
        assert turned == [(reason["kind"], reason["before"], reason["after"]) for reason in there["reasons"]]
    assert "  parameter text: 'to be' became 'to be or not to be'" in lines(done_words, "2", "1")


def test_a_run_and_itself(done_words: Project) -> None:
    """Nothing differs, also where one of them only confirmed the other."""
    done_words.doit()
    for args in (["1", "1"], ["1", "2"], ["2"], ["-1", "-2"]):
        told = done_words.json("diff", *args)
        assert (told["steps"], told["metrics"], told["same"]) == ([], [], 3), args
    assert lines(done_words, "1", "2") == [
        "run 1: ..., ok",
        "run 2: ..., ok, nothing had changed since run 1",
        "the same: 3 steps, 1 metric",
    ]
    assert told["after"]["id"] == 1
    assert done_words.json("diff", "1", "2")["after"]["confirms"] == 1


def test_results_that_were_given_back_are_compared_like_those_that_were_made(done_words: Project) -> None:
    """A swap back is no difference to the run before the swap."""
    done_words.doit("counter=count_unique")
    done_words.doit()
    assert changed(done_words, "1", "3") == {}
    swapped = changed(done_words, "-2", "last")
    assert [reason["text"] for reason in swapped["counter"]["reasons"]] == ["step count_unique became count"]
    assert lines(done_words, "1", "2")[1] == "run 2: ..., ok, counter=count_unique"


def test_steps_that_only_one_run_has(done_words: Project) -> None:
    """New and gone, without a list of all that they are made from."""
    done_words.doit("words:collect", "text=x")
    assert {name: each["change"] for name, each in changed(done_words, "1", "2").items()} == {
        "collect": "differs",
        "counter": "gone",
        "report": "gone",
    }
    assert "words:counter  new" in lines(done_words, "2", "1")


def test_a_failed_step(done_words: Project) -> None:
    """How it stood, its error, and what was edited."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError('no words')")
    done_words.doit("--continue", code=1)
    shown = lines(done_words, "1", "2")
    assert "words:counter  run -> failed" in shown
    assert "  failed in run 2: ValueError: no words  tasks/words.py:19" in shown
    assert "    +    raise ValueError('no words')" in shown
    assert "words:report  run -> skipped" in shown
    assert "  total  6.0 -> none" in shown


def test_long_code_is_counted_unless_it_is_asked_for(done_words: Project) -> None:
    """Names with their numbers of lines, and all of it with --code; JSON has it in any case."""
    added = "".join(f"    total = {number}\n" for number in range(50))
    body = '    note("count")\n'
    done_words.edit("tasks/words.py", body, body + added)
    done_words.doit()
    short, long = lines(done_words, "1"), lines(done_words, "1", "--code")
    (told,) = [line for line in short if "+50 -0" in line]
    assert told == "  tasks.words:count (tasks/words.py:15) changed  +50 -0"
    assert not any(line.startswith("    +") for line in short)
    assert sum(line.startswith("    +    total") for line in long) == 50
    assert len(changed(done_words, "1")["counter"]["reasons"][0]["diff"]) > 50


def test_code_that_two_steps_reach_is_shown_once(done_words: Project) -> None:
    """Each step says that it changed; its diff stands below the first."""
    done_words.edit("tasks/notes.py", 'word + "\\n"', 'word + " \\n"')
    done_words.doit()
    shown = lines(done_words, "1")
    assert sum("tasks.notes:note" in line for line in shown) == 3
    assert sum(line.startswith("    --- tasks/notes.py") for line in shown) == 1


def test_a_step_that_is_not_deterministic(project: Callable[[Mapping[str, str]], Project]) -> None:
    """Nothing that it is made from differs, and yet its value does."""
    unseeded = project(UNSEEDED)
    unseeded.doit()
    unseeded.doit("-a")
    told = changed(unseeded, "1", "2")
    assert told["train"]["reasons"] == []
    assert told["train"]["not_deterministic"] == [{"name": "model", "runs": [1, 2]}]
    shown = lines(unseeded, "1", "2")
    assert "  not deterministic: run 1 and run 2 gave different model for the same code, parameters and inputs" in shown
    assert any(line.endswith("because p:train is not deterministic") for line in shown)
    assert told["report"]["outputs"] == []


@pytest.mark.parametrize("args", [["9"], ["1", "9"], ["-3"], ["one"], ["1", "lats"]])
def test_runs_that_there_are_not(done_words: Project, args: list[str]) -> None:
    """Exit code 3, and which there are."""
    done_words.doit()
    done = done_words.lineage("diff", *args, code=3)
    assert "lineage runs" in done.printed
    assert "Traceback" not in done.printed


# Over records that are written down


class Written:
    """A project without files, of which two runs are recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".lineage").mkdir()
        self.records = SqliteStore(str(folder / ".lineage" / "metadata.sqlite"))

    def run(self, metrics: dict[str, float], *, seconds: float = 1.0, **environment: Any) -> None:
        run_id = self.records.begin_run(started(environment={"python": "3.11.7", "platform": "x", **environment}))
        step_run = self.records.start_step(run_id, step("p:score", len(metrics)))
        result = outcome({"p/out": stored(repr(metrics))}, metrics=metrics, seconds=seconds)
        self.records.finish_step(step_run, result)
        finish(self.records, run_id, counts={"run": 1})

    def shown(self, capsys: pytest.CaptureFixture[str]) -> str:
        import sys

        assert diff(str(self.folder), "1", "2", sys.stdout) == 0
        return capsys.readouterr().out


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path)
    yield made
    made.records.close()


def test_the_environment_in_one_line_each(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """Python, and all installed packages that differ."""
    written.run({"a": 1.0}, packages={"numpy": "2.0", "scipy": "1.0", "same": "1"})
    written.run({"a": 1.0}, packages={"numpy": "2.1", "torch": "3.0", "same": "1"}, python="3.12.1")
    shown = written.shown(capsys).splitlines()
    assert "Python: 3.11.7 became 3.12.1" in shown
    assert "installed packages: numpy 2.0 -> 2.1, scipy 1.0 -> none, torch none -> 3.0" in shown


def test_seconds_only_where_they_differ_much(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten times as long is told, a tenth more is not."""
    written.run({"a": 1.0}, seconds=2.0)
    written.run({"a": 2.0}, seconds=20.0)
    assert "  took 2.0 s, then 20 s\n" in written.shown(capsys)
    written.run({"a": 3.0}, seconds=22.0)
    with History(written.folder) as history:
        (change,) = difference(history, find_run(history, "2"), find_run(history, "3")).changes
    assert change.seconds is None


def test_metrics_of_all_kinds(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that one run does not have, those that were zero, those that are no numbers; equal ones are counted."""
    nan = math.nan
    written.run({"accuracy": 0.9583, "zero": 0.0, "small": 1e-9, "gone": 1.0, "nan": nan, "same": 2.0, "loss": 1.0})
    written.run({"accuracy": 0.9417, "zero": 0.5, "small": 3e-9, "new": 1.0, "nan": nan, "same": 2.0, "loss": nan})
    shown = written.shown(capsys).splitlines()
    assert [line.split(maxsplit=1) for line in shown if " -> " in line] == [
        ["accuracy", "0.9583 -> 0.9417  -0.0166 (-1.7 %)"],
        ["gone", "1.0 -> none"],
        ["loss", "1.0 -> nan"],
        ["small", "1e-09 -> 3e-09  +2e-09 (+200.0 %)"],
        ["zero", "0.0 -> 0.5  +0.5"],
        ["new", "none -> 1.0"],
    ]
    assert shown[-1] == "the same: 2 metrics"
    with History(written.folder) as history:
        told = difference(history, history.run(1), history.run(2)).plain()
    json.dumps(told, allow_nan=False)


class Listening(SqliteStore):
    """A store that remembers what it was asked."""

    asked: list[tuple[str, tuple[Any, ...]]]

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        self.asked.append((sql, tuple(parameters)))
        return super().select(sql, parameters)


def test_no_question_scans_a_table(tmp_path: Path) -> None:
    """What is compared goes through an index: it costs the same in a store of a million step runs."""
    store = Listening(str(tmp_path / "metadata.sqlite"))
    store.asked = []
    for number in range(2):  # the same fingerprint, and another value
        run_id = store.begin_run(started())
        made = outcome({"p/a": number}, {"x": ("p/x", 1)}, manifest=manifest("x"), code={digest(1): code("f")})
        execute(store, run_id, step("p:a", 1), made)
        finish(store, run_id)
    store.asked.clear()
    for side in (last_made(store, "p:a"), last_made(store, "p:a", 2, step="tasks.m:a"), side_of(store, 1, 1)):
        assert side is not None
        assert side.entries
        assert side.origin("x") is not None
        assert side.origin("y") is None
        assert [side.text(part) for part in side.parts(digest(1))] == ["def f(): ..."]
    (found,) = variations(store, [digest("fingerprint", 1)]).values()
    assert [each.plain() for each in found] == [{"name": "a", "runs": [1, 2]}]
    assert sources(store, [1])[1].run == 1
    big = re.compile(r"SCAN (s|v|p|n|r|x|c|step_run|produced|consumed|artifact_version|fingerprint_entry|code_entry)\b")
    for sql, parameters in list(store.asked):
        steps = [row[-1] for row in store.select(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        assert not [text for text in steps if big.search(text)], sql


def test_a_change_is_a_share_of_what_was() -> None:
    """Also of what was negative."""
    assert Metric("m", -2.0, -1.0).relative == 0.5
    assert Metric("m", 0.0, 1.0).relative is None
    assert Metric("m", None, 1.0).change is None
