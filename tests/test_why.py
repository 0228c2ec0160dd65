"""`lineage why`, and the same in the records and in `doit info`: each step that runs has its reasons, told alike."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from projects import Project
from test_ingredients import FILES as MEANS

SPLIT = "return sentence.split(SEPARATOR)"


def why(project: Project, *args: str, **options: Any) -> list[str]:
    """Return the lines of ``lineage why ARGS``."""
    return project.lineage("why", *args, **options).stdout.splitlines()


def told(project: Project, *args: str) -> dict[str, Any]:
    """Return what ``lineage why ARGS --json`` says of the one step that it is asked for."""
    (step,) = project.json("why", *args)["steps"]
    return dict(step)


def sentences(step: Mapping[str, Any]) -> list[str]:
    return [reason["text"] for reason in step["reasons"]]


def untimed(lines: list[str]) -> list[str]:
    return [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d|\d+\.\d s", "...", line) for line in lines]


def split_edited(project: Project) -> None:
    project.edit("tasks/language.py", SPLIT, "return sentence.lower().split(SEPARATOR)")


# What is to run


def test_a_helper_that_changed_is_shown_with_the_way_to_it(done_words: Project) -> None:
    """File and line, the references that reach it, and its diff against what the step was last made from."""
    split_edited(done_words)
    assert untimed(why(done_words, "words:counter")) == [
        "words:counter: must run; last made in run 1 (...)",
        "  tasks.language:split (tasks/language.py:4) changed, reached by count -> language.split",
        "    --- tasks/language.py:4 (run 1)",
        "    +++ tasks/language.py:4 (now)",
        "    @@ -4,3 +4,3 @@",
        "     def split(sentence):",
        '         """Split at the separator."""',
        "    -    return sentence.split(SEPARATOR)",
        "    +    return sentence.lower().split(SEPARATOR)",
    ]


def test_the_same_lines_now_in_doit_info_in_the_records_and_of_the_past(done_words: Project) -> None:
    """One comparison: the reasons before the run are those that the run records, diff and all."""
    split_edited(done_words)
    done_words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "  "')
    now = told(done_words, "counter")
    shown = done_words.doit("info", "words:counter", code=1).stdout
    assert len(now["reasons"]) == 2
    for reason in now["reasons"]:
        lines = [f" * {reason['text']}", *(f"     {line}" for line in reason["diff"])]
        assert "\n".join(lines) + "\n" in shown
    done_words.doit()
    recorded = done_words.steps()["counter"]["reasons"]
    assert [reason["text"] for reason in recorded] == sentences(now)
    assert not any("diff" in reason for reason in recorded), "the texts are in the records already"
    past = told(done_words, "counter", "--run", "2")
    assert past["status"] == "run"
    assert sentences(past) == sentences(now)
    for reason, before in zip(past["reasons"], now["reasons"], strict=True):
        assert reason["diff"][1:] == [line.replace("(now)", "(run 2)") for line in before["diff"][1:]]
        assert {key: reason[key] for key in ("file", "line", "via", "old")} == {
            key: before[key] for key in ("file", "line", "via", "old")
        }


def test_parameters_from_the_command_line(done_words: Project) -> None:
    """`lineage why` takes the words that doit takes, and says what follows as far as that is certain."""
    lines = why(done_words, "words", "text=a b")
    assert "  parameter text: 'to be or not to be' became 'a b'" in lines
    assert "  words:collect has to run first" in lines
    assert told(done_words, "collect")["status"] == "cached"
    done_words.lineage("why", "words", "txet=a", code=3)


def test_a_step_that_waits_tells_its_own_changes_too(done_words: Project) -> None:
    """Whatever its input is going to be."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip() + '!'")
    split_edited(done_words)
    assert [reason["kind"] for reason in told(done_words, "counter")["reasons"]] == ["upstream", "code"]
    assert sentences(told(done_words, "report")) == [
        "words:collect has to run first",
        "words:counter has to run first",
    ]


def test_another_step_in_the_slot(done_words: Project) -> None:
    """One line, not one for each function that the one uses and the other does not."""
    step = told(done_words, "counter", "counter=count_unique")
    assert sentences(step) == ["step count became count_unique"]
    assert (step["reasons"][0]["before"], step["reasons"][0]["after"]) == ("count", "count_unique")
    done_words.doit("counter=count_unique")
    assert sentences(told(done_words, "counter", "--run", "last")) == ["step count became count_unique"]


def test_a_step_back_in_its_slot_is_compared_with_itself(done_words: Project) -> None:
    """It comes back; and if it was edited meanwhile, what was edited is why it does not."""
    done_words.doit("counter=count_unique")
    lines = untimed(why(done_words, "counter"))
    assert lines == ["words:counter: need not run: its artifacts come back from run 1 (...), executed in ..."]
    assert told(done_words, "counter")["status"] == "restored"
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 0")
    step = told(done_words, "counter")
    assert sentences(step) == [
        "step count_unique became count",
        "tasks.words:count (tasks/words.py:15) changed",
    ]
    assert "--- tasks/words.py:15 (run 1)" in step["reasons"][1]["diff"]


def test_what_was_never_made(words: Project) -> None:
    """Before the first run, and after a first run that failed."""
    assert sentences(told(words, "collect")) == ["never ran before"]
    assert not (words.path / ".lineage").exists()
    words.edit("tasks/words.py", "return text.strip()", "return text.strip(1)")
    words.doit(code=1)
    step = told(words, "collect")
    assert sentences(step) == ["has not come to an end yet: it failed in run 1"]
    assert step["notes"] == [f"it failed in run 1: {step['error']['message']}  tasks/words.py:12"]


def test_a_moved_helper(done_words: Project) -> None:
    """What its module was and is, and the import that leads there."""
    text = done_words.read("tasks/language.py")
    done_words.write({"tasks/language.py": "", "tasks/speech.py": text})
    done_words.edit("tasks/words.py", "from tasks.language import split", "from tasks.speech import split")
    found = sentences(told(done_words, "counter"))
    assert any("tasks.speech:split (tasks/speech.py:4) was moved from tasks.language:split" in each for each in found)
    assert not any("not used any more" in each or "is now used" in each for each in found)


def test_forgotten_and_ignored(done_words: Project) -> None:
    """What doit was told to."""
    done_words.doit("forget", "words:counter")
    split_edited(done_words)
    forgotten, changed = sentences(told(done_words, "counter"))
    assert forgotten == "doit forget was told to run it again"
    assert changed.startswith("tasks.language:split (tasks/language.py:4) changed")
    done_words.doit()
    assert [reason["text"] for reason in done_words.steps()["counter"]["reasons"]] == [forgotten, changed]
    done_words.doit("ignore", "words:counter")
    assert told(done_words, "counter")["status"] == "ignored"


def test_an_artifact_that_is_gone_from_the_store(done_words: Project) -> None:
    """Nothing differs, and yet it must run."""
    stored = done_words.stored("words/total")
    stored.chmod(0o644)
    stored.unlink()
    assert sentences(told(done_words, "counter")) == ["artifact total is missing or damaged in the store"]


def test_the_class_of_an_input_and_environment_variables(project: Callable[[Mapping[str, str]], Project]) -> None:
    """Neither is in the step's signature; both are told, and no value that may be a secret."""
    means = project(MEANS)
    means.environment["PYTHONPATH"] = str(means.path / "site-packages")
    means.doit()
    means.edit("tasks/models.py", "/ len(self.values)", "/ (len(self.values) + 1)")
    means.environment["SHIFT"] = "31415"
    assert "environment variable SHIFT: not set became set (value hidden)" in sentences(told(means, "scaled"))
    means.doit("means:model")
    reason = told(means, "predicted")["reasons"][-1]
    assert reason["kind"] == "class"
    assert reason["text"] == "tasks.models:Mean (tasks/models.py:1) changed, and an input refers to tasks.models:Mean"
    assert "+        return sum(self.values) / (len(self.values) + 1)" in reason["diff"]
    means.doit()
    assert reason["text"] in [each["text"] for each in means.steps()["predicted"]["reasons"]]
    assert "31415" not in json.dumps([means.json("why", "means"), means.json("why", "means", "--run", "last")])


def test_a_changed_file_and_one_that_is_missing(project: Callable[[Mapping[str, str]], Project]) -> None:
    """Its path, and what to do."""
    files = {
        "dodo.py": "from lineage import pipeline\nfrom steps import read\n\n\n@pipeline\ndef p():\n"
        "    text = read('data.txt')\n",
        "steps.py": "from pathlib import Path\nfrom typing import Annotated\nfrom lineage import File, step\n\n\n"
        "@step\n"
        "def read(data: Annotated[Path, File]) -> str:\n    return data.read_text()\n",
        "data.txt": "one",
    }
    reading = project(files)
    reading.doit()
    reading.write({"data.txt": "two"})
    assert sentences(told(reading, "read")) == ["file data.txt changed"]
    (reading.path / "data.txt").unlink()
    step = told(reading, "read")
    assert step["status"] == "error"
    assert "data.txt" in step["reasons"][0]["text"]


def test_what_a_step_was_seen_to_read(project: Callable[[Mapping[str, str]], Project]) -> None:
    """A discovered input is compared with what is there now, before the step runs again, and from the records after."""
    reading = project(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import read\n\n@pipeline\ndef p():\n    x = read()\n",
            "steps.py": "from lineage import step\n\n\n@step\ndef read():\n    return open('extra.csv').read()\n",
            "extra.csv": "1",
        }
    )
    reading.doit()
    reading.write({"extra.csv": "2"})
    now = sentences(told(reading, "read"))
    assert now == ["file extra.csv, which steps.py:6 reads without declaring it, changed"]
    reading.doit()
    assert sentences(told(reading, "read", "--run", "2")) == now
    (change,) = reading.json("diff", "1", "2")["steps"]
    assert sentences(change) == now
    reading.edit("steps.py", "open('extra.csv').read()", "open('nothing.csv').read()")
    reading.doit(code=1)
    assert [reason["kind"] for reason in reading.json("diff", "2", "3")["steps"][0]["reasons"]] == ["code"]


# What is up to date


def test_what_is_up_to_date_says_which_run_it_comes_from(done_words: Project) -> None:
    """However many runs have confirmed it since."""
    done_words.doit()
    done_words.doit()
    assert untimed(why(done_words, "counter")) == [
        "words:counter: up to date: its artifacts come from run 1 (...), executed in ..."
    ]
    assert told(done_words, "counter")["source"]["run"] == 1
    assert "its artifacts come from run 1 (" in done_words.doit("info", "words:counter").stdout


def test_what_was_accepted_says_so_with_its_reason(done_words: Project) -> None:
    """Whoever vouched for it is quoted, now and of the run; and what was accepted is still shown."""
    split_edited(done_words)
    done_words.lineage("accept", "words:counter", "-m", "only a refactoring")
    (now,) = untimed(why(done_words, "counter"))
    text = "accepted without running: only a refactoring"
    assert now == f"words:counter: up to date: its artifacts come from run 2 (...), {text}"
    lines = why(done_words, "counter", "--run", "2")
    assert lines[0] == f"words:counter: cached in run 2: {text}"
    assert "    +    return sentence.lower().split(SEPARATOR)" in lines
    assert told(done_words, "counter")["source"]["accepted"] == text
    assert told(done_words, "counter")["not_deterministic"] == []


# What a run did


def test_a_cached_step_of_a_run_names_the_run_that_executed_it(done_words: Project) -> None:
    """Where nothing changed, where it came back from history, and what had changed then."""
    done_words.doit()
    assert untimed(why(done_words, "counter", "--run", "2")) == [
        "words:counter: cached in run 2 (nothing had changed since run 1): "
        "its result comes from run 1 (...), executed in ..."
    ]
    done_words.doit("counter=count_unique")
    done_words.doit()
    assert untimed(why(done_words, "counter", "--run", "4")) == [
        "words:counter: cached in run 4: its result comes from run 1 (...), executed in ...",
        "  what had changed since the run before:",
        "  step count_unique became count",
    ]


def test_a_failed_step_of_a_run(done_words: Project) -> None:
    """Its error, where it came from, and the edit that it came with; what was not reached says what stood before it."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError('no words')")
    done_words.doit("--continue", code=1)
    lines = why(done_words, "counter", "--run", "2")
    assert lines[0] == "words:counter: failed in run 2: ValueError: no words  tasks/words.py:19"
    assert "    +    raise ValueError('no words')" in lines
    assert why(done_words, "report", "--run", "2") == [
        "words:report: skipped in run 2",
        "  words:counter failed",
    ]
    assert any(line.startswith("  it failed in run 2: ValueError: no words") for line in why(done_words, "counter"))


def test_without_a_task_it_explains_what_the_last_run_did(done_words: Project) -> None:
    """Each step that ran, with its reasons, as they are told of it alone; of those that were cached, how many."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip().upper()")
    done_words.doit()
    lines = why(done_words)
    assert lines[0].startswith("words:collect: ran in run 2")
    assert lines[1] == "  tasks.words:collect (tasks/words.py:8) changed"
    assert {line.split(": ")[0] for line in lines if line.startswith("words:")} == {
        name for name, step in done_words.steps().items() for name in [step["task"]] if step["status"] == "run"
    }
    everything = done_words.json("why")
    assert (everything["query"], everything["run"]) == (None, 2)
    assert everything["steps"] == done_words.json("why", "words", "--run", "last")["steps"]
    assert why(done_words, "--run", "1")[1] == "  never ran before"
    done_words.doit()
    assert why(done_words) == [f"{len(everything['steps'])} cached in run 3"]
    assert "needs a step or a pipeline" in done_words.lineage("why", "text=a", code=3).stderr


def test_a_forced_step_tells_what_had_changed_before_it(done_words: Project) -> None:
    """`doit -a` is a reason, and not the only one."""
    done_words.doit("-a")
    assert sentences(told(done_words, "report", "--run", "2")) == ["doit -a was told to run it again"]
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip().upper()")
    done_words.doit("-a")
    assert sentences(told(done_words, "collect", "--run", "3")) == ["tasks.words:collect (tasks/words.py:8) changed"]
    (reason,) = [each for each in told(done_words, "report", "--run", "3")["reasons"] if each["kind"] == "input"]
    assert reason["name"] == "sentence"


def test_the_past_needs_no_dodo(done_words: Project) -> None:
    """Only the records are read: dodo.py may be broken, and the modules of steps gone."""
    split_edited(done_words)
    done_words.doit()
    before = why(done_words, "words", "--run", "2"), why(done_words, "counter", "--run", "2")
    done_words.write({"dodo.py": "this is no Python"})
    for path in (done_words.path / "tasks").glob("*.py"):
        path.unlink()
    assert (why(done_words, "words", "--run", "2"), why(done_words, "counter", "--run", "2")) == before


@pytest.mark.fresh
def test_asking_imports_neither_steps_nor_numpy_nor_doit(digits: Project) -> None:
    """The present state is read from the sources, the past from the records."""
    digits.doit()
    digits.edit("tasks/digits.py", "gamma: float = 0.001", "gamma: float = 0.002")
    code = "import sys; from lineage.commands.main import main; main({}); print(*sys.modules)"
    for args, heavy in (
        (["why", "trainer"], {"numpy", "sklearn", "tasks.digits"}),
        (["why", "trainer", "--run", "1"], {"numpy", "sklearn", "tasks", "doit", "dodo"}),
        (["diff", "1", "1"], {"numpy", "sklearn", "tasks", "doit", "dodo"}),
    ):
        printed = digits.command(sys.executable, "-c", code.format(args)).stdout.splitlines()
        assert not heavy & set(printed[-1].split()), args
        assert len(printed) > 1


# What is not deterministic


UNSEEDED = {
    "dodo.py": """\
from lineage import pipeline
from steps import report, score, train


@pipeline
def p():
    model = train()
    points = score(model)
    line = report(points)
""",
    "steps.py": """\
import time

from lineage import step


@step
def train() -> str:
    return str(time.time_ns())


@step
def score(model: str) -> str:
    return f"score of {model}"


@step
def report(points: str) -> str:
    return "fine"
""",
}


@pytest.mark.parametrize("again", [["-a"], ["forget"]])
def test_a_step_that_is_not_deterministic(project: Callable[[Mapping[str, str]], Project], again: list[str]) -> None:
    """It says so; what ran because of it says so too; and what comes after that does not blame it."""
    unseeded = project(UNSEEDED)
    unseeded.doit()
    if again == ["forget"]:
        unseeded.doit("forget", "p:train")
        again = []
    unseeded.doit(*again)
    assert untimed(why(unseeded, "train"))[1:] == [
        "  not deterministic: run 1 and run 2 gave different model for the same code, parameters and inputs"
    ]
    assert "not deterministic" in unseeded.doit("info", "p:train").stdout
    score = told(unseeded, "score", "--run", "2")
    made = "made by p:train in run"
    text = f"input model: version 1 ({made} 1) became version 2 ({made} 2), because p:train is not deterministic"
    assert sentences(score)[-1] == text
    assert score["reasons"][-1]["not_deterministic"] == "p:train"
    assert text in [reason["text"] for reason in unseeded.steps()["score"]["reasons"]], "the run did not record it"
    assert "deterministic" not in "".join(sentences(told(unseeded, "report", "--run", "2")))
    assert told(unseeded, "score")["not_deterministic"] == []
    assert told(unseeded, "train", "--run", "1")["not_deterministic"] == [{"name": "model", "runs": [1, 2]}]


def test_a_step_that_gives_the_same_is_not_said_to_vary(done_words: Project) -> None:
    """However often it is made again."""
    done_words.doit("-a")
    assert told(done_words, "counter")["not_deterministic"] == []


# Names, colours, machines


def test_a_pipeline_is_all_its_steps_in_brief(done_words: Project) -> None:
    """A paragraph each, without diffs."""
    split_edited(done_words)
    lines = untimed(why(done_words, "words"))
    assert [line.split(":")[1] for line in lines if not line.startswith(" ")] == ["collect", "counter", "report"]
    assert not any(line.startswith("    ") for line in lines)
    assert [step["task"] for step in done_words.json("why", "words")["steps"]] == [
        "words:collect",
        "words:counter",
        "words:report",
    ]


def test_names_that_mean_nothing_or_too_much(done_words: Project) -> None:
    """Exit code 3 with the nearest, or with those that it may mean."""
    for args in (["conter"], ["words:conter"], ["conter", "--run", "1"]):
        assert "did you mean" in done_words.lineage("why", *args, code=3).printed
    assert "the last run is 1" in done_words.lineage("why", "counter", "--run", "7", code=3).printed
    assert "did you mean 'last'" in done_words.lineage("why", "counter", "--run", "lats", code=3).printed
    assert "there is 1 run\n" in done_words.lineage("why", "counter", "--run", "-2", code=3).printed
    two = done_words.read("dodo.py") + "\n\n@pipeline\ndef more():\n    other = collect('x')\n"
    done_words.write({"dodo.py": two})
    assert "write one of: words:collect, more:collect" in done_words.lineage("why", "collect", code=3).printed
    assert told(done_words, "more:collect")["status"] == "run"


def test_a_sweep_has_its_steps_by_their_names(project: Callable[[Mapping[str, str]], Project]) -> None:
    """`train` is several, `train@C:1` is one."""
    sweep = project(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import train\n\n\n@pipeline\ndef p():\n"
            "    models = [train(C=C) for C in (1, 2)]\n",
            "steps.py": "from lineage import step\n\n\n@step\ndef train(C: int) -> int:\n    return C\n",
        }
    )
    sweep.doit()
    assert "train@C:1, p:train@C:2" in sweep.lineage("why", "train", code=3).printed
    assert told(sweep, "train@C:2")["task"] == "p:train@C:2"


def test_colours_only_where_they_are_wanted(done_words: Project) -> None:
    """None in a pipe, none with NO_COLOR."""
    split_edited(done_words)
    coloured = {"FORCE_COLOR": "1", "NO_COLOR": ""}
    plain = done_words.lineage("why", "counter").stdout
    assert "\x1b" not in plain
    painted = done_words.lineage("why", "counter", env=coloured).stdout
    assert "\x1b[32m+    return sentence.lower().split(SEPARATOR)\x1b[0m" in painted
    assert re.sub(r"\x1b\[\d*m", "", painted) == plain
    assert "\x1b[31m" in done_words.doit("info", "words:counter", code=1, env=coloured).stdout


def test_asking_changes_nothing(done_words: Project) -> None:
    """No file is made, written or touched."""

    def state() -> dict[str, tuple[int, int]]:
        paths = [path for path in Path(done_words.path).rglob("*") if path.is_file()]
        return {os.fspath(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}

    split_edited(done_words)
    before = state()
    done_words.lineage("why", "words")
    done_words.lineage("why", "words", "--run", "1")
    done_words.lineage("diff", "1")
    assert state() == before
