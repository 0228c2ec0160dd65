"""`lineage plan`: what doit would do, why, and how long it would take; without doing or writing anything."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from projects import DOIT, Project, wait_for
from test_offline import listing
from test_plan_agrees import NEWS

from lineage.model.shown import show_duration

Write = Callable[[Mapping[str, str]], Project]


def by_task(project: Project, *words: str) -> dict[str, Any]:
    """Return the planned tasks by their names."""
    return {each["task"]: each for each in project.json("plan", *words)["plan"]}


def statuses(project: Project, *words: str) -> dict[str, str]:
    """Return {task: status}."""
    return {name: each["status"] for name, each in by_task(project, *words).items()}


def texts(planned: dict[str, Any]) -> list[str]:
    """Return the sentences of a planned task's reasons."""
    return [reason["text"] for reason in planned["reasons"]]


def without_seconds(text: str) -> str:
    """Return what was printed with a mark for each duration: how long a step has taken is the machine's affair."""
    return re.sub(r"\d+(\.\d)? s\b", "T s", text)


# What is printed


def test_a_person_reads_it_in_five_seconds(done_words: Project) -> None:
    """A line a task in columns: symbol, name, what will become of it, expected seconds, why; and a total."""
    done_words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = ","')
    assert without_seconds(done_words.lineage("plan").stdout) == (
        "= words:collect  up to date         nothing changed since run 1\n"
        "▶ words:counter  will run    T s  tasks.language:SEPARATOR (tasks/language.py:1) changed, "
        "reached by count -> language.split -> SEPARATOR\n"
        "· words:report   may run     T s  words:counter has to run first\n"
        "2 of 3 steps: 1 will run, 1 may run, 1 up to date; expected T s, at most T s\n"
    )


def test_nothing_to_do_is_said_in_a_line(done_words: Project) -> None:
    """What comes back from history is told apart from what is in place."""
    assert done_words.lineage("plan").stdout.endswith("\nnothing to do: 3 steps up to date\n")
    done_words.doit("counter=count_unique")
    said = done_words.lineage("plan").stdout
    assert "= words:counter  from history  its artifacts come back from run 1\n" in said
    assert "= words:collect  up to date    nothing changed since run 1\n" in said


def test_colours_are_as_elsewhere(done_words: Project) -> None:
    """NO_COLOR is honoured; with FORCE_COLOR each status has its colour, and the columns still line up."""
    assert "\x1b[" not in done_words.lineage("plan").stdout
    coloured = done_words.lineage("plan", env={"NO_COLOR": "", "FORCE_COLOR": "1"}).stdout
    assert "\x1b[32m=\x1b[0m words:collect  up to date" in coloured


def test_many_tasks_are_counted_where_they_are_up_to_date(project: Write) -> None:
    """Of a hundred steps only those that will or may run are listed."""
    many = project(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import one, total\n\n\n@pipeline\ndef sums():\n"
            "    parts = [one(i) for i in range(100)]\n    whole = total(parts)\n",
            "steps.py": "from lineage import step\n\n\n@step\ndef one(i: int) -> int:\n    return i\n\n\n"
            "@step\ndef total(parts: list) -> int:\n    return sum(parts)\n",
        }
    )
    many.doit()
    assert many.lineage("plan").stdout == "= sums  up to date  101 of them\nnothing to do: 101 steps up to date\n"
    many.edit("steps.py", "return sum(parts)", "return sum(parts) + 1")
    said = many.lineage("plan").stdout.splitlines()
    assert [line.split()[1] for line in said] == ["sums", "sums:total", "of"]
    many.doit("forget", "sums")
    waits = next(line for line in many.lineage("plan").stdout.split("▶") if "sums:total" in line)
    assert "and 99 more reasons" in waits


# Reasons, and what a dashboard draws


def test_before_the_first_run_it_has_all_that_a_dashboard_draws(words: Project) -> None:
    """Outputs with their names and paths, upstream, inputs and parameters are there before anything has run."""
    found = words.json("plan")
    assert found["counts"] == {"run": 3, "maybe": 0, "cached": 0, "restored": 0, "ignored": 0, "error": 0}
    assert found["expected_seconds"] == 0
    counter = found["plan"][1]
    assert texts(counter) == ["words:collect has to run first"]
    del counter["reasons"]
    assert counter == {
        "task": "words:counter",
        "pipeline": "words",
        "step": "count",
        "doc": "Count all words.",
        "status": "run",
        "seconds": None,
        "upstream": ["words:collect"],
        "parameters": {},
        "inputs": [{"name": "sentence", "artifact": "words/sentence"}],
        "files": [],
        "outputs": [{"name": "total", "artifact": "words/total", "path": "artifacts/words/total.json"}],
        "targets": ["artifacts/words/total.json"],
    }
    assert found["plan"][0]["parameters"] == {"text": "'to be or not to be'"}
    assert texts(found["plan"][0]) == ["never ran before"]


def test_expected_seconds_come_from_history(done_words: Project) -> None:
    """The sum of what the steps took that will run, and with those that may; a step that never ran has no number."""
    took = {step["task"]: step["seconds"] for step in done_words.runs()[0]["steps"]}
    done_words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = ","')
    found = done_words.json("plan")
    assert found["expected_seconds"] == took["words:counter"]
    assert found["expected_seconds_at_most"] == took["words:counter"] + took["words:report"]
    assert [each["seconds"] for each in found["plan"]] == [None, took["words:counter"], took["words:report"]]
    swapped = by_task(done_words, "counter=count_unique")
    assert swapped["words:counter"]["seconds"] is None
    printed = done_words.lineage("plan", "counter=count_unique").stdout
    assert f"; expected {show_duration(took['words:report'])} for 1 of them\n" in printed


def test_a_step_that_waits_tells_what_else_differs(done_words: Project) -> None:
    """It will run whatever comes before it, and the plan says for what."""
    done_words.edit("tasks/words.py", "text.strip()", "text.strip() + ''")
    done_words.edit("tasks/words.py", "words in {sentence!r}", "words in: {sentence!r}")
    report = by_task(done_words)["words:report"]
    assert report["status"] == "run"
    assert texts(report)[:2] == ["words:collect has to run first", "words:counter may run first"]
    assert any("tasks.words:report" in text and "changed" in text for text in texts(report)[2:])


def test_equal_outputs_stop_a_change(done_words: Project) -> None:
    """What a plan calls `maybe` is what does not run when the step before it gives the same."""
    done_words.edit("tasks/words.py", "text.strip()", "text.strip() + ''")
    assert statuses(done_words) == {"words:collect": "run", "words:counter": "maybe", "words:report": "maybe"}
    done_words.doit()
    assert done_words.executed() == ["collect"]


# Selections


def test_it_covers_what_a_selection_needs(news: Project) -> None:
    """Steps, pipelines, patterns, plain tasks and targets select as in doit; what they need comes with them."""
    assert list(statuses(news, "news:headline")) == ["fetch", "news:headline"]
    assert list(statuses(news, "fetch")) == ["fetch"]
    assert list(statuses(news, "page.txt")) == ["fetch", "news:headline", "news:shouter", "publish"]
    assert list(statuses(news, "news:*e*u*e")) == ["fetch", "news:headline", "news:measure"]
    assert list(statuses(news, "news")) == ["fetch", "news:headline", "news:shouter", "news:measure"]
    assert len(statuses(news)) == 5
    news.write({"dodo.py": news.read("dodo.py") + '\nDOIT_CONFIG = {"default_tasks": ["fetch"]}\n'})
    assert list(statuses(news)) == ["fetch"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["news:headlin"], "there is no step 'news:headlin' (did you mean 'news:headline'?)"),
        (["publsh"], "there is no task or target 'publsh' (did you mean 'publish'?)"),
        (["shoutr=whisper"], "no pipeline has a parameter 'shoutr' (did you mean 'shouter'?)"),
        (["shouter=whispr"], "(did you mean 'whisper'?)"),
        (["--if", "tasks/voise.py"], "there is no file tasks/voise.py (did you mean 'tasks/voice.py'?)"),
    ],
)
def test_names_that_mean_nothing(news: Project, words: list[str], said: str) -> None:
    """Each is refused with the nearest name and exit code 3, with and without -q; as JSON where that is asked for."""
    done = news.lineage("plan", *words, code=3)
    assert said in done.stderr
    assert done.stdout == ""
    assert news.lineage("plan", "-q", *words, code=3).stdout == ""
    assert '"error"' in news.lineage("plan", "--json", *words, code=3).stdout


def test_it_is_also_a_command_of_doit(done_words: Project) -> None:
    """`doit lineage plan counter=...` says the same."""
    said = done_words.lineage("plan", "counter=count_unique").stdout
    assert "1 will run, 1 may run" in said
    assert done_words.doit("lineage", "plan", "counter=count_unique").stdout == said


# -q


def test_quiet_answers_by_its_exit_code(news: Project) -> None:
    """0 fresh, also where something comes back from history; 1 stale; 3 where it cannot be told; nothing on stdout."""
    assert news.lineage("plan", "-q", code=1).printed == ""
    news.doit()
    assert news.lineage("plan", "-q", code=0).printed == ""
    news.doit("shouter=whisper", "news")
    assert news.lineage("plan", "--quiet", "news", code=0).printed == ""
    news.edit("tasks/voice.py", 'MARK = "!"', 'MARK = "!!"')
    assert news.lineage("plan", "-q", code=1).printed == ""
    assert news.lineage("plan", "-q", "news:measure", code=0).printed == ""
    (news.path / "source.txt").unlink()
    assert news.lineage("plan", "-q", code=3).stdout == ""
    news.write({"dodo.py": "1 / 0\n"})
    done = news.lineage("plan", "-q", code=3)
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_quiet_as_json_prints_the_verdict(news: Project) -> None:
    """With -q and --json the whole plan is printed, and the exit code is the answer."""
    told = json.loads(news.lineage("plan", "-q", "--json", code=1).stdout)
    assert {each["status"] for each in told["plan"]} == {"run"}
    assert told["plan"][0]["reasons"][0]["text"] == "never ran before"
    news.doit()
    told = json.loads(news.lineage("plan", "-q", "--json", code=0).stdout)
    assert told["counts"]["cached"] == len(told["plan"]) > 0
    (news.path / "source.txt").unlink()
    told = json.loads(news.lineage("plan", "--json", "-q", code=3).stdout)
    assert told["counts"]["error"] > 0


def test_a_missing_input_is_told(news: Project) -> None:
    """The step that needs it cannot be told, nor what needs that; the plan is printed, and the exit code is 3."""
    news.edit("dodo.py", 'file="news.txt"', 'file="nws.txt"')
    done = news.lineage("plan", code=3)
    assert "✕ news:headline  cannot tell  input file nws.txt does not exist" in done.stdout
    assert "✕ news:shouter   cannot tell  news:headline cannot run" in done.stdout
    assert "▶ fetch          will run     never ran before" in done.stdout


def test_a_fault_of_ours_is_no_stale_plan(words: Project) -> None:
    """An internal error ends with 2: exit code 1 means that something is stale."""
    code = "import sys\nfrom lineage.commands.main import main\n"
    code += "class Broken:\n    def write(self, text): raise RuntimeError('broken')\n    writelines = write\n"
    done = words.command(sys.executable, "-c", code + "sys.exit(main(['plan'], Broken()))")
    assert done.code == 2
    assert "RuntimeError: broken" in done.stderr


# --if


def test_if_a_helper_changed(news: Project) -> None:
    """The steps whose code reaches it may run, each with the names by which; and then what follows them."""
    news.doit()
    found = by_task(news, "--if", "tasks/voice.py")
    assert statuses(news, "--if", "tasks/voice.py") == {
        "fetch": "cached",
        "news:headline": "cached",
        "news:shouter": "maybe",
        "news:measure": "cached",
        "publish": "maybe",
    }
    assert texts(found["news:shouter"]) == ["if the change touches tasks/voice.py: MARK, louder"]
    assert texts(found["publish"]) == ["news:shouter may run first"]
    assert news.json("plan", "--if", "tasks/voice.py")["if"] == [{"file": "tasks/voice.py", "tasks": ["news:shouter"]}]
    assert news.lineage("plan", "-q", "--if", "tasks/voice.py", code=1).printed == ""


def test_if_data_changed(news: Project) -> None:
    """A step or plain task that takes the file will run, and what follows may; from any folder, in any spelling."""
    news.doit()
    expected = {
        "fetch": "run",
        "news:headline": "maybe",
        "news:shouter": "maybe",
        "news:measure": "maybe",
        "publish": "maybe",
    }
    assert statuses(news, "--if", "source.txt") == expected
    assert statuses(news, "--if", str(news.path / "source.txt")) == expected
    assert " of 5 tasks: 1 will run, 4 may run" in news.lineage("plan", "--if", "../source.txt", cwd="tasks").stdout
    found = by_task(news, "--if", "news.txt")
    assert texts(found["news:headline"]) == ["if news.txt changes"]
    assert [each["status"] for each in found.values()] == ["cached", "run", "maybe", "maybe", "maybe"]
    assert statuses(news, "--if", "tasks")["news:headline"] == "maybe"


def test_if_several_files_changed(news: Project) -> None:
    """--if can be given more than once."""
    news.doit()
    found = by_task(news, "--if", "tasks/voice.py", "--if", "news.txt", "--if", "tasks/news.py")
    assert texts(found["news:shouter"]) == [
        "if the change touches tasks/voice.py: MARK, louder",
        "if the change touches tasks/news.py: louder, note, shout",
        "news:headline has to run first",
    ]
    assert found["news:shouter"]["status"] == "maybe"


def test_if_a_stale_step_was_also_touched(news: Project) -> None:
    """What is stale anyway stays so, and its own reasons are told with the others."""
    news.doit()
    news.edit("tasks/voice.py", 'MARK = "!"', 'MARK = "!!"')
    shouter = by_task(news, "--if", "tasks/voice.py")["news:shouter"]
    assert shouter["status"] == "run"
    assert texts(shouter)[0] == "if the change touches tasks/voice.py: MARK, louder"
    assert "tasks.voice:MARK (tasks/voice.py:1) changed" in texts(shouter)[1]


def test_if_the_pipelines_own_file_changed(news: Project) -> None:
    """dodo.py links the steps, so a change of it may run any."""
    news.doit()
    found = by_task(news, "--if", "dodo.py")
    assert texts(found["news:headline"]) == ["if the change touches dodo.py: pipeline news"]
    assert {each["status"] for name, each in found.items() if name.startswith("news:")} == {"maybe"}


def test_if_nothing_depends_on_it(news: Project) -> None:
    """That is said, the plan stays as it is, and the exit code is 0."""
    news.doit()
    news.write({"notes.md": "buy milk\n"})
    assert "\nnothing depends on notes.md\n" in news.lineage("plan", "--if", "notes.md").stdout
    assert news.lineage("plan", "-q", "--if", "notes.md", code=0).printed == ""


# Nothing is written, nothing is imported


@pytest.mark.parametrize("backend", ["dbm", "json", "sqlite3"])
def test_nothing_is_written(news: Project, backend: str) -> None:
    """Not before the first run, nor after it, nor when stale; whatever database doit uses."""
    news.write({"dodo.py": news.read("dodo.py") + f'\nDOIT_CONFIG = {{"backend": "{backend}"}}\n'})
    words = ("plan", "--json")
    for change in (None, "doit", "edit", "artifact"):
        if change == "doit":
            news.doit()
        elif change == "edit":
            news.edit("tasks/voice.py", 'MARK = "!"', 'MARK = "!!"')
        elif change == "artifact":
            news.stored("news/title").unlink()
        before = listing(news.path)
        news.lineage(*words)
        news.lineage(*words, "shouter=whisper", "--if", "source.txt")
        news.lineage("plan", "-q", code=0 if change == "doit" else 1)
        assert listing(news.path) == before, change


def test_beside_a_running_doit(held: Project) -> None:
    """While a step is at work the plan sees what has been done so far, and the run goes on undisturbed."""
    child = held.start(*DOIT)
    wait_for(held.path / "reached", child)
    found = statuses(held)
    (held.path.parent / "hold").unlink()
    assert held.finish(child).code == 0
    assert found == {"words:collect": "restored", "words:counter": "run", "words:report": "run"}
    assert statuses(held)["words:collect"] == "cached"


def test_what_dodo_prints_is_not_part_of_the_plan(words: Project) -> None:
    """Its prints go to stderr, so JSON stays JSON."""
    words.write({"dodo.py": words.read("dodo.py") + '\nprint("hello")\n\n\ndef task_x():\n    print("make")\n'})
    words.edit("dodo.py", '    print("make")\n', '    print("make")\n    return {"actions": ["true"]}\n')
    done = words.lineage("plan", "--json")
    assert done.stdout.startswith("{")
    assert done.stderr.split() == ["hello", "make"]


def test_a_broken_task_creator_is_the_users_to_see(words: Project) -> None:
    """Its traceback is shown without frames of ours or doit's."""
    words.write({"dodo.py": words.read("dodo.py") + "\n\ndef task_x():\n    return 1 / 0\n"})
    done = words.lineage("plan", code=3)
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.count('File "') == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


# Plain tasks


PLAIN = """

from doit import create_after
from doit.task import result_dep
from doit.tools import run_once


def task_prepare():
    return {"actions": ["true"]}


def task_table():
    copy = ["cp data.csv table.csv"]
    return {"actions": copy, "file_dep": ["data.csv"], "targets": ["table.csv"], "setup": ["prepare"]}


def task_plot():
    return {"actions": ["cp table.csv plot.svg"], "file_dep": ["table.csv"], "targets": ["plot.svg"]}


def task_number():
    return {"actions": [lambda: {"n": 1}], "file_dep": ["data.csv"]}


def task_told():
    return {"actions": ["true"], "uptodate": [result_dep("number")]}


def task_once():
    return {"actions": ["true"], "uptodate": [run_once], "task_dep": ["all"]}


def task_all():
    yield {"name": "a", "actions": ["true"], "file_dep": ["data.csv"]}
    yield {"name": "b", "actions": ["true"], "file_dep": ["data.csv"]}


@create_after(executed="table", target_regex=r".*\\.part")
def task_parts():
    for word in open("table.csv").read().split():
        yield {"name": word, "actions": ["true"], "file_dep": ["table.csv"]}
"""


@pytest.fixture
def plain(words: Project) -> Project:
    """Plain tasks of all kinds beside the pipeline."""
    return words.write({"dodo.py": words.read("dodo.py") + PLAIN, "data.csv": "1 2\n"})


def of_plain(project: Project, *names: str) -> str:
    """Return the statuses of plain tasks."""
    found = statuses(project)
    return " ".join(f"{name}:{found.get(name, 'absent')}" for name in names)


def test_plain_tasks_of_all_kinds(plain: Project) -> None:
    """Setup tasks only with the task they are for; targets, results and groups stop or pass on a change."""
    assert of_plain(plain, "parts", "table", "plot") == "parts:maybe table:run plot:run"
    plain.doit()
    told = "table:cached plot:cached number:cached told:cached once:cached all:a:cached parts:1:cached prepare:run"
    names = ("table", "plot", "number", "told", "once", "all:a", "parts:1", "prepare")
    assert of_plain(plain, *names) == told
    assert of_plain(plain, *names) == told
    assert list(statuses(plain, "table")) == ["table"]
    plain.write({"data.csv": "1 3\n"})
    assert list(statuses(plain, "table")) == ["prepare", "table"]
    told = "table:run plot:maybe number:run told:maybe once:cached all:a:run parts:1:maybe prepare:run"
    assert of_plain(plain, *names) == told
    listed = dict(line.split()[1::-1] for line in plain.doit("list", "--all", "--status").stdout.splitlines())
    assert {name: listed[name] for name in ("plot", "told", "once", "all", "all:a", "words")} == {
        "plot": "R",
        "told": "R",
        "once": "U",
        "all": "R",
        "all:a": "R",
        "words": "U",
    }
    assert " * table has to run first" in plain.doit("info", "plot", code=1).stdout


def test_tasks_in_a_circle(words: Project) -> None:
    """They are named, where doit itself would."""
    words.write(
        {
            "dodo.py": words.read("dodo.py")
            + "\n\ndef task_a():\n    return {'actions': ['true'], 'file_dep': ['b'], 'targets': ['a']}\n"
            + "\n\ndef task_b():\n    return {'actions': ['true'], 'file_dep': ['a'], 'targets': ['b']}\n"
        }
    )
    assert "tasks need one another in a circle: a -> b -> a" in words.lineage("plan", code=3).stderr


def test_an_unreadable_database_of_doit(news: Project) -> None:
    """It is named, with what to do; exit code 2."""
    news.write({"dodo.py": news.read("dodo.py") + '\nDOIT_CONFIG = {"backend": "json", "dep_file": "d.json"}\n'})
    news.write({"d.json": "{"})
    assert "cannot use doit's own database d.json" in news.lineage("plan", code=2).stderr
    assert "`rm d.json*`" in news.lineage("plan", "-q", code=2).stderr


@pytest.fixture
def news(project: Write) -> Project:
    """A plain task, three steps after it, and a plain task after them."""
    return project(NEWS)


def test_a_long_chain_is_planned(project: Write, tmp_path: Path) -> None:
    """Three thousand steps after one another, all waiting for the first, are no recursion."""
    chain = project(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import add, start\n\n\n@pipeline\ndef chain(x=0):\n"
            "    v = start(x)\n    for i in range(3000):\n        v = add(v, i)\n",
            "steps.py": "from lineage import step\n\n\n@step\ndef start(x: int) -> int:\n    return x\n\n\n"
            "@step\ndef add(v: int, i: int) -> int:\n    return v + i\n",
        }
    )
    found = chain.json("plan")
    assert found["counts"]["run"] == 3001
    assert found["plan"][-1]["upstream"] == [found["plan"][-2]["task"]]
    assert list(statuses(chain, "chain:add@i:7"))[-1] == "chain:add@i:7"
    assert len(statuses(chain, "chain:add@i:7")) == 9


EQUAL = {
    "dodo.py": """\
from lineage import pipeline, step


@step
def load(n: int = 3) -> list:
    return list(range(n))


@step
def total(values: list) -> int:
    return sum(values)


@step(cache=False)
def clock(n: int) -> int:
    return n


@pipeline
def study():
    a = load(n=3)
    b = load(n=3)
    other = load(n=4)
    sum_a = total(a)
    sum_b = total(b)
    sum_other = total(other)
    now = clock(1)
    then = clock(1)
""",
}


def test_equal_calls_run_once_as_planned(project: Write) -> None:
    """Of two calls with the same code and inputs the first will run; the other is given its result, and so it is."""
    study = project(EQUAL)
    planned = by_task(study)
    found = {name.partition(":")[2]: each["status"] for name, each in planned.items()}
    given = [name for name, status in found.items() if status == "restored"]
    assert len(given) == 2
    assert [found[name] for name in found if name not in given] == ["run"] * 6
    for name in given:
        assert texts(planned[f"study:{name}"])[0].startswith("it is the same call as study:")
    assert study.rerun() == {name: "cached" if name in given else "run" for name in found}
    assert set(statuses(study).values()) == {"cached", "run"}  # what no cache keeps runs again
    assert "\n6 of 8 steps: 6 will run, 2 from history" in study.doit("-a", "--dry-run").stdout
    assert sorted(study.rerun("-a").values()) == ["cached"] * 2 + ["run"] * 6
