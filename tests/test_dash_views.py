"""What the views beside the picture are told: from real runs of a real project, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from projects import Project

from lineage.dash.answers import answer, as_json
from lineage.dash.archive import Archive
from lineage.dash.recorded import Task
from lineage.dash.tables import critical_path


@pytest.fixture
def archive(done_words: Project) -> Iterator[Archive]:
    """The records of a project that has run twice, the second time with another counter."""
    done_words.doit("counter=count_unique")
    found = Archive(str(done_words.path))
    yield found
    found.close()


def ask(archive: Archive, question: str, /, **arguments: Any) -> Any:
    """Ask as a page does, through JSON."""
    found = json.loads(as_json(answer(archive, question, json.loads(json.dumps(arguments)))))
    assert "refused" not in found, found
    return found


def test_the_table_has_the_rows_of_the_run(archive: Archive) -> None:
    """In the order of definition, with what each took, gave and measured."""
    found = ask(archive, "table")
    assert [(row["id"], row["status"]) for row in found["rows"]] == [
        ("words:collect", "cached"),
        ("words:counter", "run"),
        ("words:report", "run"),
    ]
    assert [row["gives"] for row in found["rows"]] == [["words/sentence"], ["words/total"], ["words/summary"]]
    assert found["rows"][1]["metrics"] == {"total": 4}
    assert found["hidden"] == 0
    assert [row["status"] for row in ask(archive, "table", run=1)["rows"]] == ["run", "run", "run"]


def test_the_table_measures_by_the_names_of_the_run(words: Project) -> None:
    """A number that is given back under another name of its output goes by that."""
    words.doit()
    words.edit("dodo.py", "total = counter(sentence)", "amount = counter(sentence)")
    words.edit("dodo.py", "report(sentence, total)", "report(sentence, amount)")
    words.doit()
    with closing(Archive(str(words.path))) as archive:
        assert ask(archive, "table")["rows"][1]["metrics"] == {"amount": 6}
        assert ask(archive, "table", run=1)["rows"][1]["metrics"] == {"total": 6}


def test_the_timeline_tells_when_steps_began(archive: Archive) -> None:
    """From the first one's beginning; what was not executed takes no time."""
    found = ask(archive, "timeline")
    bars = {bar["id"]: bar for bar in found["bars"]}
    assert bars["words:collect"]["seconds"] == 0
    assert not bars["words:collect"]["critical"]
    assert bars["words:counter"]["critical"]
    assert bars["words:report"]["critical"]
    assert min(bar["start"] for bar in found["bars"]) == 0
    assert found["span"] >= bars["words:report"]["start"] + bars["words:report"]["seconds"]
    assert found["critical"] == pytest.approx(bars["words:counter"]["seconds"] + bars["words:report"]["seconds"])


def test_a_comparison_has_only_what_differs(archive: Archive) -> None:
    """The last two runs unless others are asked for, and how each symbol stands."""
    found = ask(archive, "compare")
    assert (found["before_run"], found["after_run"]) == (1, 2)
    assert found["standing"]["words:counter"] == "changed"
    assert found["standing"]["words/total"] == "changed"
    assert "words:collect" not in found["standing"]
    assert [metric["name"] for metric in found["metrics"]] == ["total"]
    assert found["same"] == 1


def test_the_picture_against_another_run(archive: Archive, done_words: Project) -> None:
    """In place of statuses stands what changed, is new, gone or the same; what is gone is drawn too."""
    told = ask(archive, "picture", run=2, before=1)
    assert {node["id"]: node["status"] for node in told["nodes"]} == {
        "words:collect": "same",
        "words/sentence": "same",
        "words:counter": "changed",
        "words/total": "changed",
        "words:report": "changed",
        "words/summary": "changed",
    }
    assert told["counts"] == {"same": 1, "changed": 2}
    assert {edge["cached"] for edge in told["edges"] if "words:collect" in (edge["source"], edge["target"])} == {True}
    assert {node["status"] for node in ask(archive, "picture", run=2, before=2)["nodes"]} == {"same"}
    assert answer(archive, "picture", {"run": 2, "before": 9})["refused"]["what"].startswith("there is no run 9")
    done_words.edit("dodo.py", "    summary = report(sentence, total)\n", "    unique = count(sentence)\n")
    done_words.doit("counter=count_unique")
    told = ask(archive, "picture", before=2)
    found = {node["id"]: node["status"] for node in told["nodes"]}
    assert found == {
        "words:collect": "same",
        "words/sentence": "same",
        "words:counter": "same",
        "words/total": "same",
        "words:count": "new",
        "words/unique": "new",
        "words:report": "gone",
        "words/summary": "gone",
    }
    assert ask(archive, "find", before=2, q="status:gone")["count"] == 2


def test_what_was_executed_again_with_the_same_result_is_the_same(archive: Archive, done_words: Project) -> None:
    """A comparison is of what was made of what, and not of what was executed."""
    done_words.doit("-a", "counter=count_unique")
    assert {node["status"] for node in ask(archive, "picture", before=2)["nodes"]} == {"same"}


def test_an_input_file_that_changed_is_told(project: Any) -> None:
    """A file has changed if its content has, and so has what is made of it."""
    lines = project(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import lines\n\n\n@pipeline\ndef files():\n"
            '    found = lines("data.txt")\n',
            "steps.py": "from pathlib import Path\nfrom typing import Annotated\n\nfrom lineage import File, step\n\n\n"
            "@step\ndef lines(data: Annotated[Path, File]) -> int:\n    return len(data.read_text().split())\n",
            "data.txt": "one",
        }
    )
    lines.doit()
    lines.write({"data.txt": "two"})
    lines.doit()
    archive = Archive(str(lines.path))
    found = {node["id"]: node["status"] for node in ask(archive, "picture", before=1)["nodes"]}
    archive.close()
    assert found == {"file:data.txt": "changed", "files:lines": "changed", "files/found": "same"}


def test_a_comparison_of_runs_that_are_not_there_says_so(archive: Archive) -> None:
    assert answer(archive, "compare", {"before": "1", "after": "99"})["refused"]["what"].startswith(
        "there is no run 99"
    )
    assert answer(archive, "compare", {"after": "1"})["refused"]["what"] == "there is no run before run 1"


def test_the_versions_of_an_artifact(archive: Archive) -> None:
    """Oldest first, with the number that it is as a metric, and which one is current."""
    rows = {row["name"]: row for row in ask(archive, "artifacts")["artifacts"]}
    assert rows["words/total"]["count"] == 2
    versions = ask(archive, "artifact", name="words/total")["versions"]
    assert [(each["version"], each["metric"]) for each in versions] == [(1, 6), (2, 4)]
    assert [each["current"] for each in versions] == [False, True]
    assert answer(archive, "artifact", {"name": "words/totl"})["refused"]["what"].count("words/total")


def test_the_stack_is_what_the_command_says(archive: Archive, done_words: Project) -> None:
    told = done_words.json("stack", "describe")
    for part in ask(archive, "stack")["parts"]:
        assert part["rows"].keys() == told[part["name"]].keys()


def test_a_project_in_which_nothing_has_run(words: Project) -> None:
    """No view fails; those that need runs say what to do."""
    archive = Archive(str(words.path))
    assert ask(archive, "table")["rows"] == []
    assert ask(archive, "timeline")["bars"] == []
    assert ask(archive, "artifacts")["artifacts"] == []
    assert answer(archive, "compare", {})["refused"]["fix"]
    assert ask(archive, "stack")["parts"]
    archive.close()


def test_no_run_ends_before_its_critical_path() -> None:
    """The longest chain by time, not by number; what took no time is not on it."""
    tasks = [
        Task("p:a", "", "run", 1.0, 1.0),
        Task("p:b", "", "cached", 1.0, 0.0, upstream=("p:a",)),
        Task("p:c", "", "run", 2.0, 5.0, upstream=("p:a",)),
        Task("p:d", "", "run", 2.0, 2.0, upstream=("p:b",)),
        Task("p:e", "", "run", 7.0, 1.0, upstream=("p:c", "p:d")),
    ]
    assert critical_path(tasks) == ["p:a", "p:c", "p:e"]
    assert critical_path(tasks[1:2]) == []
    assert critical_path([]) == []


def test_a_long_chain_has_a_critical_path() -> None:
    """Ten thousand steps, without recursion."""
    tasks = [Task(f"p:{n}", "", "run", float(n), 1.0, upstream=(f"p:{n - 1}",) if n else ()) for n in range(10_000)]
    assert critical_path(tasks) == [task.name for task in tasks]
