"""`lineage plan`, `doit list --status`, `doit info` and what `doit` then does tell one story, in whatever state."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from projects import Project

Write = Callable[[Mapping[str, str]], Project]

TASKS = ["fetch", "news:headline", "news:shouter", "news:measure", "publish"]
#: Of these `doit info` is asked too.
ASKED = ["news:shouter", "publish"]
#: What the letters of `doit list` and the words of `doit info` are in a plan.
LETTERS = {"run": "R", "maybe": "R", "cached": "U", "restored": "U", "ignored": "I", "error": "E"}
WORDS = {"R": "run", "U": "up-to-date", "I": "ignore", "E": "error"}

NEWS = {
    "dodo.py": '''\
from lineage import pipeline
from tasks.news import headline, measure, shout, whisper


def task_fetch():
    """Fetch the news."""
    return {
        "file_dep": ["source.txt"],
        "targets": ["news.txt"],
        "actions": ["cp source.txt news.txt", "echo fetch >> executed.txt"],
    }


@pipeline
def news(file="news.txt", shouter=shout):
    """Tell the news."""
    title = headline(file)
    loud = shouter(title)
    size = measure(title)


def task_publish():
    """Publish the loud title."""
    return {
        "file_dep": ["artifacts/news/loud.txt"],
        "targets": ["page.txt"],
        "actions": ["cp artifacts/news/loud.txt page.txt", "echo publish >> executed.txt"],
    }
''',
    "tasks/__init__.py": "",
    "tasks/voice.py": 'MARK = "!"\n\n\ndef louder(text):\n    """Say it louder."""\n    return text.upper() + MARK\n',
    "tasks/news.py": '''\
from pathlib import Path
from typing import Annotated

from lineage import File, step
from tasks.voice import louder


def note(word):
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")


@step
def headline(file: Annotated[Path, File]) -> str:
    """Take the first line."""
    note("news:headline")
    return Path(file).read_text().splitlines()[0]


@step
def shout(title: str) -> str:
    """Say it louder."""
    note("news:shouter")
    return louder(title)


@step
def whisper(title: str) -> str:
    """Say it softly."""
    note("news:shouter")
    return title.lower()


@step
def measure(title: str) -> int:
    """Count the letters."""
    note("news:measure")
    return len(title)
''',
    "source.txt": "rain\nand wind\n",
}


def nothing(news: Project) -> None:
    """Nothing has happened since the last run."""


def helper_edited(news: Project) -> None:
    news.edit("tasks/voice.py", 'MARK = "!"', 'MARK = "!!"')


def helper_reverted(news: Project) -> None:
    helper_edited(news)
    news.doit()
    news.edit("tasks/voice.py", 'MARK = "!!"', 'MARK = "!"')


def comment_added(news: Project) -> None:
    news.edit("tasks/voice.py", 'MARK = "!"', 'MARK = "!"  # loud')


def artifact_missing(news: Project) -> None:
    news.stored("news/title").unlink()


def artifact_damaged(news: Project) -> None:
    stored = news.stored("news/loud")
    stored.chmod(0o644)
    stored.write_text("no")


def link_removed(news: Project) -> None:
    news.artifact("news/loud").unlink()


def forgotten(news: Project) -> None:
    news.doit("forget", "news:headline")


def step_ignored(news: Project) -> None:
    news.doit("ignore", "news:shouter")


def first_step_ignored(news: Project) -> None:
    news.doit("ignore", "news:headline")


def pipeline_ignored(news: Project) -> None:
    news.doit("ignore", "news")


def plain_task_ignored(news: Project) -> None:
    news.doit("ignore", "fetch")


def plain_task_stale(news: Project) -> None:
    news.write({"source.txt": "sunshine\nand wind\n"})


def plain_task_stale_to_the_same_effect(news: Project) -> None:
    news.write({"source.txt": "rain\nand calm\n"})


def target_removed(news: Project) -> None:
    (news.path / "news.txt").unlink()


def target_and_memory_removed(news: Project) -> None:
    (news.path / "news.txt").unlink()
    (news.path / ".lineage" / "memory").unlink()


def last_target_removed(news: Project) -> None:
    (news.path / "page.txt").unlink()


def upstream_stale(news: Project) -> None:
    news.edit("tasks/news.py", "splitlines()[0]", "splitlines()[0].strip()")


def upstream_and_downstream_stale(news: Project) -> None:
    upstream_stale(news)
    helper_edited(news)


def first_input_missing(news: Project) -> None:
    (news.path / "source.txt").unlink()


def memory_lost(news: Project) -> None:
    (news.path / ".lineage" / "memory").unlink()


def history_lost(news: Project) -> None:
    for path in (news.path / ".lineage").glob("metadata.sqlite*"):
        path.unlink()


def database_of_doit_lost(news: Project) -> None:
    for path in news.path.glob(".doit.db*"):
        path.unlink()


def failed(news: Project) -> None:
    news.edit("tasks/news.py", "return len(title)", 'raise ValueError("no")')
    news.doit("--continue", code=1)


#: What some states make of fetch, headline, shouter, measure and publish.
STATUSES = {
    "nothing": "cached cached cached cached cached",
    "helper_edited": "cached cached run cached maybe",
    "helper_reverted": "cached cached restored cached run",
    "artifact_missing": "cached run maybe maybe maybe",
    "link_removed": "cached cached restored cached cached",
    "forgotten": "cached run maybe maybe maybe",
    "first_step_ignored": "cached ignored ignored ignored ignored",
    "plain_task_ignored": "ignored ignored ignored ignored ignored",
    "plain_task_stale": "run maybe maybe maybe maybe",
    "target_removed": "run maybe maybe maybe maybe",
    "target_and_memory_removed": "run maybe maybe maybe maybe",
    "upstream_and_downstream_stale": "cached run run maybe maybe",
    "first_input_missing": "error error error error error",
}

STATES = [
    nothing,
    helper_edited,
    helper_reverted,
    comment_added,
    artifact_missing,
    artifact_damaged,
    link_removed,
    forgotten,
    step_ignored,
    first_step_ignored,
    pipeline_ignored,
    plain_task_ignored,
    plain_task_stale,
    plain_task_stale_to_the_same_effect,
    target_removed,
    target_and_memory_removed,
    last_target_removed,
    upstream_stale,
    upstream_and_downstream_stale,
    first_input_missing,
    memory_lost,
    history_lost,
    database_of_doit_lost,
    failed,
]


@pytest.fixture
def news(project: Write) -> Project:
    """A plain task, three steps after it, and a plain task after them."""
    return project(NEWS)


def planned(news: Project, *words: str) -> dict[str, str]:
    """Return the status of each task in the plan, and hold that -q says the same by its exit code."""
    done = news.lineage("plan", "--json", *words, code=None)
    found = {each["task"]: each["status"] for each in news_json(done.stdout)}
    quiet = news.lineage("plan", "-q", *words, code=None)
    stale = any(status in ("run", "maybe") for status in found.values())
    assert quiet.printed == ""
    assert quiet.code == (3 if "error" in found.values() else 1 if stale else 0)
    assert done.code == (3 if "error" in found.values() else 0)
    return found


def news_json(text: str) -> list[dict[str, str]]:
    """Return the tasks of a plan."""
    import json

    return list(json.loads(text)["plan"])


def listed(news: Project, *words: str, tasks: Sequence[str] = TASKS) -> dict[str, str]:
    """Return the letter of each task in `doit list`."""
    lines = news.doit("list", "--all", "--status", *words).stdout.splitlines()
    letters = {line.split()[1]: line.split()[0] for line in lines}
    return {task: letters[task] for task in tasks}


def informed(news: Project, task: str, *words: str) -> str:
    """Return the status that `doit info` tells, and hold that its exit code says the same."""
    done = news.doit("info", task, *words, code=None)
    status = re.search(r"^status +: (\S+)", done.stdout, re.MULTILINE)
    assert status, done
    assert done.code == (1 if status[1] in ("run", "error") else 0), done
    return status[1]


def hold(news: Project, *words: str, tasks: Sequence[str] = TASKS, asked: Sequence[str] = ASKED) -> dict[str, str]:
    """Compare the plan with the two others, and then with what doit does; return the plan."""
    plan = planned(news, *words)
    assert sorted(plan) == sorted(tasks)
    letters = {task: LETTERS[status] for task, status in plan.items()}
    assert listed(news, *words, tasks=tasks) == letters
    assert {task: informed(news, task, *words) for task in asked} == {task: WORDS[letters[task]] for task in asked}
    news.executed()
    news.doit("--continue", *words, code=None)
    ran = set(news.executed())
    assert ran >= {task for task, status in plan.items() if status == "run"}
    assert ran <= {task for task, status in plan.items() if status in ("run", "maybe")}
    return plan


def test_before_the_first_run(news: Project) -> None:
    """All will run."""
    assert set(hold(news).values()) == {"run"}


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_they_agree(news: Project, state: Callable[[Project], None]) -> None:
    """In every state the plan is what list and info show, and what doit does: `run` runs, `maybe` may, no other."""
    news.doit()
    state(news)
    plan = hold(news)
    assert " ".join(plan[task] for task in TASKS) == STATUSES.get(state.__name__, " ".join(plan[t] for t in TASKS))


@pytest.mark.parametrize("words", [["shouter=whisper"], ["file=source.txt"]], ids=" ".join)
def test_they_agree_on_a_selection(news: Project, words: list[str]) -> None:
    """With name=value words too, before and after they were first run, and on the way back."""
    news.doit()
    hold(news, *words)
    assert set(hold(news, *words).values()) <= {"cached"}
    assert "restored" in hold(news).values()


def test_the_plan_asks_from_outside(news: Project, tmp_path: Path) -> None:
    """From a subfolder the answer is the same."""
    news.doit()
    helper_edited(news)
    here = news.lineage("plan").stdout
    assert news.lineage("plan", cwd="tasks").stdout == here


FOLDERS = {
    "dodo.py": '''\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


def note(word):
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")


def read(folder):
    return " ".join(path.read_text().strip() for path in sorted(Path(folder).rglob("*.txt")))


@step
def gather(folder: Annotated[Path, File]) -> str:
    """Take all files of a folder that it is given."""
    note("folders:text")
    return read(folder)


@step(depends_on=["data"])
def gather_declared() -> str:
    """Take all files of a folder that it depends on."""
    note("folders:text")
    return read("data")


@step(depends_on=["data/**/*.txt"])
def gather_matching() -> str:
    """Take all files that match a pattern that it depends on."""
    note("folders:text")
    return read("data")


@step
def export(text: str) -> Path:
    """Give a folder."""
    note("folders:export")
    made = Path("made")
    made.mkdir(exist_ok=True)
    (made / "inside.txt").write_text(text)
    return made


@pipeline
def folders():
    text = GATHERED
    bundle = export(text)


def task_fetch():
    """Make two files below the folder, one of them deep inside."""
    for name in ("b.txt", "c.txt"):
        target = f"data/deep/{name}"
        yield {
            "name": name,
            "file_dep": ["source.txt"],
            "targets": [target],
            "actions": [f"mkdir -p data/deep; cp source.txt {target}; echo fetch:{name} >> executed.txt"],
        }


def task_report():
    """Take a file inside a folder artifact."""
    taken = "artifacts/folders/bundle/inside.txt"
    return {"file_dep": [taken], "targets": ["r.txt"], "actions": [f"cp {taken} r.txt; echo report >> executed.txt"]}
''',
    "source.txt": "rain\n",
    "data/a.txt": "hand",
}


def source_edited(folders: Project) -> None:
    folders.write({"source.txt": "snow\n"})


def source_reverted(folders: Project) -> None:
    source_edited(folders)
    folders.doit()
    folders.write({"source.txt": "rain\n"})


def hand_edited(folders: Project) -> None:
    folders.write({"data/a.txt": "edited"})


def hand_reverted(folders: Project) -> None:
    hand_edited(folders)
    folders.doit()
    folders.write({"data/a.txt": "hand"})


def made_removed(folders: Project) -> None:
    (folders.path / "data/deep/b.txt").unlink()


def folder_removed(folders: Project) -> None:
    shutil.rmtree(folders.path / "data")


def bundle_removed(folders: Project) -> None:
    (folders.path / "artifacts/folders/bundle").unlink()


FOLDER_STATES = [
    nothing,
    source_edited,
    source_reverted,
    hand_edited,
    hand_reverted,
    made_removed,
    folder_removed,
    bundle_removed,
]
FOLDER_TASKS = ["fetch:b.txt", "fetch:c.txt", "folders:text", "folders:export", "report"]
WAYS = {"given": 'gather("data")', "declared": "gather_declared()", "matching": "gather_matching()"}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("state", FOLDER_STATES, ids=lambda state: state.__name__)
def test_they_agree_about_folders(project: Write, state: Callable[[Project], None], way: str) -> None:
    """What plain tasks make in a folder comes before the step that takes it, and what is in a folder artifact after."""
    name = way.partition("(")[0]
    dodo = FOLDERS["dodo.py"].replace("GATHERED", way).replace("folders:text", f"folders:{name}")
    folders = project({**FOLDERS, "dodo.py": dodo})
    tasks = [task.replace("text", name) for task in FOLDER_TASKS]
    folders.doit()
    state(folders)
    hold(folders, tasks=tasks, asked=tasks[2:])
    assert set(hold(folders, tasks=tasks, asked=tasks[2:]).values()) == {"cached"}


def test_a_renamed_step(news: Project) -> None:
    """It runs; what takes its artifact need not, since it most likely makes what it made under its old name."""
    news.doit()
    for name in ("dodo.py", "tasks/news.py"):
        news.write({name: news.read(name).replace("headline", "first_line")})
    tasks = ["fetch", "news:first_line", "news:shouter", "news:measure", "publish"]
    plan = hold(news, tasks=tasks)
    assert plan == dict(zip(tasks, ["cached", "run", "maybe", "maybe", "maybe"], strict=True))
    assert set(hold(news, tasks=tasks).values()) == {"cached"}
