"""Plain doit tasks beside a pipeline, and dodo.py files without any pipeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import DOIT, Project, only
from terminals import on_a_terminal

Write = Callable[[Mapping[str, str]], Project]

NEWS = {
    "dodo.py": '''\
from doit.tools import run_once

from lineage import pipeline
from tasks.news import headline, shout


def task_fetch():
    """Fetch the news."""
    return {
        "file_dep": ["source.txt"],
        "targets": ["news.txt"],
        "actions": ["cp source.txt news.txt", "echo fetch >> executed.txt"],
    }


@pipeline
def news(file="news.txt"):
    """Tell the news."""
    title = headline(file)
    loud = shout(title)


def task_publish():
    """Publish the loud title."""
    return {
        "file_dep": ["artifacts/news/loud.txt"],
        "targets": ["page.txt"],
        "actions": ["cp artifacts/news/loud.txt page.txt", "echo publish >> executed.txt"],
    }


def task_thank():
    """Say thanks after the pipeline."""
    return {"task_dep": ["news"], "actions": ["echo thank >> executed.txt"], "uptodate": [run_once]}
''',
    "tasks/__init__.py": "",
    "tasks/news.py": '''\
from pathlib import Path
from typing import Annotated

from lineage import File, step


def note(word):
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")


@step
def headline(file: Annotated[Path, File]) -> str:
    """Take the first line."""
    note("headline")
    return Path(file).read_text().splitlines()[0]


@step
def shout(title: str) -> str:
    """Say it louder."""
    note("shout")
    return title.upper() + "!"
''',
    "source.txt": "rain\nand wind\n",
}
FAILING = """

def task_command():
    return {"actions": ["exit 3"]}


def task_python():
    def fail():
        raise ValueError("no")
    return {"actions": [fail]}


def task_false():
    return {"actions": [lambda: False]}


def task_after():
    return {"actions": ["true"], "task_dep": ["command"]}
"""


@pytest.fixture
def news(project: Write) -> Project:
    """A plain task that makes a pipeline's input, and two that follow the pipeline."""
    return project(NEWS)


def test_plain_tasks_run_before_and_after_the_steps(news: Project) -> None:
    """Files order them: fetch, headline, shout, then what needs the artifact's file or the pipeline."""
    news.doit()
    order = news.executed()
    assert order[:3] == ["fetch", "headline", "shout"]
    assert sorted(order[3:]) == ["publish", "thank"]
    assert news.read("page.txt") == "RAIN!"


WORKING = """

def task_work():
    return {"actions": ["echo working"], "verbosity": 2}


def task_break():
    return {"actions": ["echo broken; false"], "verbosity": 2}


def task__hidden():
    return {"actions": ["true"]}


def task_both():
    return {"actions": None, "task_dep": ["work", "_hidden"]}
"""


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=" ".join)
def test_a_plain_task_is_said_to_be_done_when_it_is(news: Project, how: list[str]) -> None:
    """Its line, with its seconds, comes after what it prints; of one that fails there is no check mark."""
    news.write({"dodo.py": NEWS["dodo.py"] + WORKING})
    lines = news.doit(*how, "both").stdout.splitlines()
    assert lines[0] == "working"
    assert re.fullmatch(r"✓ work  0\.\d s", lines[1])
    assert lines[2].startswith("run 1:")
    lines = news.doit(*how, "break", code=1).stdout.splitlines()
    assert lines[0] == "broken"
    assert lines[1].startswith("✕ break  ")
    assert not [line for line in lines if line.startswith("✓")]


def test_a_terminal_says_that_a_plain_task_begins(news: Project) -> None:
    """Its name stands above what it prints, and again below, when it is done."""
    news.write({"dodo.py": NEWS["dodo.py"] + WORKING})
    shown = on_a_terminal(news, *DOIT, "work", NO_COLOR="1").replace("\r\n", "\n")
    assert re.search(r"▶ work\nworking\n✓ work  0\.\d s\n", shown), shown


TOLD = """

def deps():
    return {"file_dep": ["artifacts/news/loud.txt"]}


def task_deps():
    return {"actions": [deps], "file_dep": ["source.txt"]}


def task_told():
    return {"actions": ["echo told >> executed.txt"], "calc_dep": ["deps"]}
"""


def test_a_plan_knows_what_another_task_has_told_a_task_to_take(news: Project) -> None:
    """With doit's calc_dep: the task was said to take nothing, and so to run always."""
    news.write({"dodo.py": news.read("dodo.py") + TOLD})
    news.doit()
    news.doit("--question", code=0)
    news.edit("tasks/news.py", 'title.upper() + "!"', 'title.upper() + "!!"')
    planned = [line.split()[:3] for line in news.lineage("plan", "told").stdout.splitlines()]
    assert ["·", "told", "may"] in planned
    assert news.doit("told").stdout.count("✓") == 2


def test_a_change_runs_through_all_of_them_as_far_as_it_matters(news: Project) -> None:
    """Another first line reruns all; another second line stops where the artifact is the same."""
    news.doit()
    news.executed()
    news.write({"source.txt": "sunshine\nand wind\n", "executed.txt": ""})
    news.doit()
    assert news.executed()[:4] == ["fetch", "headline", "shout", "publish"]
    assert news.read("page.txt") == "SUNSHINE!"
    news.write({"source.txt": "sunshine\nand calm\n", "executed.txt": ""})
    news.doit()
    assert news.executed() == ["fetch", "headline"]


def test_nothing_to_do_runs_none_of_them(news: Project) -> None:
    """A second `doit` executes neither plain tasks nor steps."""
    news.doit()
    text = news.read("executed.txt")
    news.doit()
    assert news.read("executed.txt") == text
    assert {name: status for name, status in news.statuses().items() if name in ("headline", "shout")} == only(
        "cached", ["headline", "shout"]
    )


def test_a_task_that_needs_an_artifacts_file_brings_its_step(news: Project) -> None:
    """`doit publish` alone runs all that the file comes from."""
    news.doit("publish")
    assert news.executed() == ["fetch", "headline", "shout", "publish"]


@pytest.mark.parametrize("how", [["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["processes", "threads"])
def test_plain_tasks_beside_a_pipeline_in_parallel(news: Project, how: list[str]) -> None:
    """-n 2 keeps the order that files give."""
    news.doit(*how)
    order = news.executed()
    assert order[:3] == ["fetch", "headline", "shout"]
    assert news.read("page.txt") == "RAIN!"


@pytest.mark.parametrize("task", ["command", "python", "false"])
def test_a_plain_task_that_fails_beside_a_pipeline_ends_with_1(news: Project, task: str) -> None:
    """Exit code 1, whether a command or an exception failed; the last line says so too, where no step failed."""
    news.write({"dodo.py": NEWS["dodo.py"] + FAILING})
    last = news.doit(task, code=1).stdout.splitlines()[-1]
    assert last.startswith("run 1: 0 run, 0 cached, 0 failed, ")
    assert last.endswith(" s, 1 plain task failed")


def test_a_skipped_plain_task_beside_a_pipeline_ends_with_1(news: Project) -> None:
    """Where doit ends with 2 for a skipped dependent, exit code 1 holds."""
    news.write({"dodo.py": NEWS["dodo.py"] + FAILING})
    done = news.doit("--continue", "after", "false", "python", code=1)
    failing = done.stdout.count("✕ ")
    assert done.stdout.endswith(f", {failing} plain tasks failed\n"), done.stdout


@pytest.mark.parametrize("how", [[], ["--continue"], ["-n", "2"], ["-n", "2", "--continue"]], ids=" ".join)
@pytest.mark.parametrize("why", ["its action", "a file that it needs"])
def test_steps_behind_a_failed_plain_task_are_skipped(news: Project, how: list[str], why: str) -> None:
    """What needs a plain task that failed is skipped, through steps and plain tasks alike, and says so by name."""
    if why == "its action":
        news.edit("dodo.py", '"cp source.txt news.txt"', '"false"')
    else:
        (news.path / "source.txt").unlink()
    done = news.doit(*how, code=1)
    assert news.statuses() == {"headline": "skipped", "shout": "skipped"}
    assert [step["reasons"][0]["text"] for step in news.steps().values()] == ["fetch failed", "news:headline skipped"]
    assert "0 failed, 2 skipped" in done.stdout
    told = [line.split() for line in done.stdout.splitlines()]
    assert (["–", "publish", "needs", "news:shout"] in told) == ("--continue" in how)  # noqa: RUF001 - a dash, as printed


def test_doit_keeps_its_own_memory_of_plain_tasks(news: Project) -> None:
    """forget, clean and info of a plain task do what doit does."""
    news.doit()
    news.doit("info", "fetch")
    news.write({"executed.txt": ""})
    news.doit("forget", "fetch")
    news.doit()
    assert news.executed() == ["fetch"]
    news.doit("info", "--no-status", "fetch")


# Without a pipeline

PLAIN = {
    "dodo.py": '''\
from doit import get_var
from doit.tools import config_changed

DOIT_CONFIG = {"default_tasks": ["copy", "sub", "many"]}


def task_copy():
    """Copy a file."""
    return {
        "file_dep": ["in.txt"],
        "targets": ["out.txt"],
        "actions": ["cp in.txt out.txt", "echo copied"],
        "uptodate": [config_changed(get_var("mode", "quick"))],
        "clean": True,
        "verbosity": 2,
    }


def say(name):
    print("this is", name)


def task_sub():
    """Three of a kind."""
    for name in ("a", "b", "c"):
        yield {"name": name, "actions": [(say, [name])], "doc": f"say {name}"}


def task_many():
    return {"actions": None, "task_dep": ["copy", "sub:a"]}


def fail():
    raise ValueError("no")


def task_fail():
    return {"actions": [fail]}


def task_exit():
    return {"actions": ["exit 3"]}


def task_after():
    return {"actions": ["true"], "task_dep": ["exit"]}


def task_args():
    return {"actions": ["echo %(word)s"], "params": [{"name": "word", "short": "w", "default": "x"}], "verbosity": 2}
''',
    "in.txt": "content\n",
}
SESSION = [
    [],
    [],
    ["mode=slow"],
    ["list"],
    ["list", "--all", "--status", "--deps"],
    ["info", "copy"],
    ["info", "fail"],
    ["-a", "copy"],
    ["-s", "many"],
    ["args", "-w", "hello"],
    ["-v", "2", "sub"],
    ["-n", "2", "sub:a", "copy"],
    ["-n", "2", "-P", "thread", "sub:a", "copy"],
    ["-r", "json", "copy"],
    ["fail"],
    ["exit"],
    ["--continue", "after", "copy"],
    ["unknown"],
    ["--unknown"],
    ["unknwon=1", "copy"],
    ["ignore", "copy"],
    ["copy"],
    ["forget", "copy"],
    ["reset-dep", "copy"],
    ["clean", "-n", "copy"],
    ["clean", "copy"],
    ["list", "-s"],
    ["forget", "--all"],
    ["dumpdb"],
]


def test_a_dodo_without_a_pipeline_behaves_as_if_lineage_were_not_installed(tmp_path: Path) -> None:
    """A session of all commands gives the same codes, the same text and the same files as doit alone."""
    for folder in ("ours", "plain"):
        (tmp_path / folder).mkdir()
    ours, plain = (Project(tmp_path / folder / "project").write(PLAIN) for folder in ("ours", "plain"))
    for args in SESSION:
        with_us, without_us = ours.doit(*args, code=None), plain.plain_doit(*args)
        if "-n" in args or "json" in args:  # the order of lines, and times, differ from run to run
            assert with_us.code == without_us.code, args
            continue
        told = (without_us.code, *(text.replace("/plain/", "/ours/") for text in without_us[1:]))
        assert tuple(with_us) == told, args
        files = ({str(p.relative_to(each.path)) for p in each.path.rglob("*")} for each in (ours, plain))
        assert next(files) == next(files), args


BROKEN = {
    "imports nothing": {"dodo.py": "import nothing_of_that_name\n"},
    "a task that is none": {"dodo.py": "def task_y():\n    return 4\n"},
    "no dodo.py": {},
}


@pytest.mark.parametrize("files", BROKEN.values(), ids=BROKEN)
def test_a_broken_dodo_without_a_pipeline_fails_as_doit_does(project: Write, files: dict[str, str]) -> None:
    """It ends with doit's own code and last line, and without our words."""
    alone = project(files)
    with_us, without_us = alone.doit(code=None), alone.plain_doit()
    assert with_us.code == without_us.code
    assert with_us.printed.splitlines()[-1:] == without_us.printed.splitlines()[-1:]
    assert "lineage" not in with_us.printed


BORDER = {
    "dodo.py": """\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


@step
def read(file: Annotated[Path, File]) -> str:
    return file.read_text()


@step
def loud(text: str) -> str:
    return text.upper()


@pipeline
def border():
    text = read("made.txt")
    shout = loud(text)


def task_gen():
    return {"file_dep": ["src.txt"], "targets": ["made.txt"], "actions": ["cp src.txt made.txt"]}


def task_report():
    done = "artifacts/border/shout.txt"
    return {"file_dep": [done], "targets": ["report.txt"], "actions": [f"cp {done} report.txt"]}
""",
    "src.txt": "one",
}


def test_status_crosses_the_border_between_steps_and_plain_tasks(
    project: Callable[[Mapping[str, str]], Project],
) -> None:
    """A stale plain task makes the steps after it stale, and those the plain tasks after them, in list and info."""
    border = project(BORDER)
    border.doit()
    letters = [line[0] for line in border.doit("list", "--all", "--status").stdout.splitlines()]
    assert set(letters) == {"U"}
    border.write({"src.txt": "two"})
    letters = [line[0] for line in border.doit("list", "--all", "--status").stdout.splitlines()]
    assert set(letters) == {"R"}
    assert "has to run first" in border.doit("info", "border:read", code=1).stdout
    border.doit()
    assert border.read("report.txt") == "TWO"
