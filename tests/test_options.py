"""The options of a step: what they add to what decides a result, what they take out, and that nothing else matters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from projects import Project, wait_for

FILES = {
    "dodo.py": """\
from lineage import pipeline
from tasks.steps import fetch, train


@pipeline
def work():
    data = fetch()
    model = train(data)
""",
    "tasks/__init__.py": "",
    "tasks/notes.py": """\
def note(word):
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")
""",
    "tasks/text.py": """\
def clean(value):
    return value + 0


class Cleaner:
    def clean(self, value):
        return value + 0
""",
    "tasks/debug.py": """\
LEVEL = 1


def show(value):
    return LEVEL
""",
    "tasks/steps.py": """\
import os

import fake
from lineage import step
from tasks import debug, text
from tasks.debug import show
from tasks.notes import note
from tasks.text import Cleaner, clean

QUIET = ["show", "debug"]


@step
def fetch() -> list:
    note("fetch")
    return [1, 2, 3]


@step
def train(data: list) -> int:
    note("train")
    show(data)
    debug.show(data)
    os.environ.get("HOME_OF_MODEL")
    return sum(data) * fake.FACTOR
""",
    "site-packages/fake.py": "FACTOR = 2\n",
    "site-packages/fake_package-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fake-package\nVersion: 1.0\n",
    "site-packages/fake_package-1.0.dist-info/RECORD": "fake.py,,\n",
    "site-packages/other-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n",
    "site-packages/other-1.0.dist-info/RECORD": "other_module.py,,\n",
    "site-packages/other_module.py": "",
    "query.sql": "select 1",
    "configs/a.json": "1",
    "folder/inner/x": "x",
}
CLEAN = "def clean(value):\n    return value + 0"
CACHED = {"fetch": "cached", "train": "cached"}
TRAINED = CACHED | {"train": "run"}


@pytest.fixture
def work(tmp_path: Path) -> Project:
    """Two steps, in a module that is only read until they run."""
    project = Project(tmp_path / "project").write(FILES)
    project.environment["PYTHONPATH"] = str(tmp_path / "project" / "site-packages")
    return project


@pytest.fixture(params=["1", "0"], ids=["read", "imported"])
def both(work: Project, request: pytest.FixtureRequest) -> Project:
    """The same, the module read in one run of the test and imported in the other."""
    work.environment["LINEAGE_DEFER"] = request.param
    return work


def give(project: Project, options: str) -> None:
    """Write the decorator of `train` anew."""
    lines = project.read("tasks/steps.py").split("\n")
    place = lines.index("def train(data: list) -> int:") - 1
    lines[place] = f"@step({options})" if options else "@step"
    (project.path / "tasks" / "steps.py").write_text("\n".join(lines))


def release(project: Project, package: str, version: str) -> None:
    """Install another version of a package."""
    folder = project.path / "site-packages"
    old = next(folder.glob(f"{package}-*.dist-info"))
    new = old.rename(old.with_name(f"{package}-{version}.dist-info"))
    metadata = (new / "METADATA").read_text()
    (new / "METADATA").write_text(metadata.rpartition("Version: ")[0] + f"Version: {version}\n")


def why(project: Project) -> list[str]:
    """Return the recorded reasons of `train` in the newest run."""
    return [reason["text"] for reason in project.steps()["train"]["reasons"]]


# Nothing but what is said


@pytest.mark.parametrize(
    "options",
    ["", "version=None", "depends_on=[], ignore=(), env=None, packages=None, cache=True", "ignore=['sh[o]w_all']"],
)
def test_options_that_say_nothing_rerun_nothing(both: Project, options: str) -> None:
    """`@step` and `@step()` with defaults are one; so is a pattern that cuts nothing."""
    both.doit()
    give(both, options)
    assert both.rerun() == CACHED


# version


def test_a_new_version_reruns_and_the_old_one_comes_back(both: Project) -> None:
    """The version is an ingredient of its own, named in the reason; without one, all is as before."""
    both.doit()
    give(both, "version='2'")
    assert "version of train is new: '2'" in both.doit("info", "work:train", code=1).stdout
    assert both.rerun() == TRAINED
    give(both, "version='3'")
    assert both.rerun() == TRAINED
    assert why(both) == ["version of train: '2' became '3'"]
    give(both, "version='2'")
    assert both.rerun() == CACHED
    give(both, "")
    assert both.rerun() == CACHED


def test_a_version_may_be_a_constant(work: Project) -> None:
    """What counts is its value, not the name that it goes by."""
    give(work, "version='2'")
    work.doit()
    work.edit("tasks/steps.py", 'QUIET = ["show", "debug"]', 'TWO = "2"\nQUIET = ["show", "debug"]')
    give(work, "version=TWO")
    assert work.rerun() == CACHED
    work.edit("tasks/steps.py", 'TWO = "2"', 'TWO = "3"')
    assert work.rerun() == TRAINED


def test_a_version_that_is_computed_is_found_by_importing(both: Project) -> None:
    """Slow, never wrong. (Of another length: Python takes a package's bytecode for current within a second.)"""
    give(both, "version=str(fake.FACTOR), packages=False, ignore=['fake']")
    both.doit()
    assert both.rerun() == CACHED
    (both.path / "site-packages" / "fake.py").write_text("FACTOR = 31\n")
    assert both.rerun() == TRAINED
    assert why(both) == ["version of train: '2' became '31'"]


def test_what_a_step_adds_it_adds_to_a_step_that_calls_it(both: Project) -> None:
    """`train` calls `helper`, a step too, as a function: its version, files, variables and code count for both."""
    helper = "@step(version='1', env=['MODE'], depends_on=['query.sql', clean])\ndef helper(x):\n    return x\n\n\n"
    both.edit("tasks/steps.py", "@step\ndef train", helper + "@step\ndef train")
    both.edit("tasks/steps.py", "return sum(data)", "return helper(sum(data))")
    both.doit()
    assert both.rerun() == CACHED
    both.edit("tasks/steps.py", "version='1'", "version='2'")
    assert both.rerun() == TRAINED
    assert both.rerun(env={"MODE": "x"}) == TRAINED
    both.write({"query.sql": "select 2"})
    assert both.rerun() == TRAINED
    both.edit("tasks/text.py", CLEAN, CLEAN.replace("+", "-"))
    assert both.rerun() == TRAINED


# depends_on: code


@pytest.mark.parametrize(
    ("what", "edit"),
    [
        ("clean", CLEAN),
        ("text.clean", CLEAN),
        ("Cleaner", "    def clean(self, value):\n        return value + 0"),
        ("text", "    def clean(self, value):\n        return value + 0"),
        ("getattr(text, 'clean')", CLEAN),
    ],
)
def test_a_step_depends_on_the_code_that_it_names(work: Project, what: str, edit: str) -> None:
    """A function, a class or a whole module, with a reason that says by which way it counts."""
    give(work, f"depends_on=[{what}]")
    work.doit()
    work.edit("tasks/text.py", edit, edit.replace("+", "-"))
    assert work.rerun() == TRAINED
    (reason,) = why(work)
    assert "tasks.text:" in reason
    assert "reached by train -> depends_on -> text." in reason
    assert work.rerun() == CACHED


def test_the_code_that_named_code_reaches_counts_too(work: Project) -> None:
    """It is a closure, as of the step itself."""
    work.edit(
        "tasks/text.py", "def clean(value):\n    return value + 0", "ZERO = 0\n\n\ndef clean(value):\n    return ZERO"
    )
    give(work, "depends_on=clean")
    work.doit()
    work.edit("tasks/text.py", "ZERO = 0", "ZERO = 1")
    assert work.rerun() == TRAINED
    assert "train -> depends_on -> text.clean -> ZERO" in why(work)[0]


def test_a_list_of_what_a_step_depends_on_may_be_a_constant(both: Project) -> None:
    """Its order does not matter, nor does its name."""
    both.edit("tasks/steps.py", 'QUIET = ["show", "debug"]', 'ALL = [clean, Cleaner, "query.sql"]')
    give(both, "depends_on=[*ALL, 'configs/*']")
    both.doit()
    both.edit("tasks/steps.py", 'ALL = [clean, Cleaner, "query.sql"]', 'ALL = ["query.sql", Cleaner, clean]')
    assert both.rerun() == CACHED
    both.edit("tasks/text.py", CLEAN, CLEAN.replace("+", "-"))
    assert both.rerun() == TRAINED
    both.write({"query.sql": "select 2"})
    assert both.rerun() == TRAINED


def test_decorated_functions_of_other_modules_are_found_by_their_own_name(work: Project) -> None:
    """Also where only an import tells what is meant: the wrapper that a decorator makes is not it."""
    work.write(
        {"tasks/text.py": "def wrap(f):\n    return lambda x: f(x)\n\n\n@wrap\ndef clean(value):\n    return 1\n"}
    )
    work.edit("tasks/steps.py", "from tasks.text import Cleaner, clean", "import sys\nfrom tasks.text import clean")
    give(work, "depends_on=[clean] + [clean][:0]")
    work.doit()
    work.edit("tasks/text.py", "return 1", "return 2")
    assert work.rerun() == TRAINED


# depends_on: files


def test_a_step_depends_on_the_files_that_it_names(both: Project) -> None:
    """By content; the reason names the path."""
    give(both, "depends_on=['query.sql']")
    both.doit()
    os.utime(both.path / "query.sql")
    assert both.rerun() == CACHED
    both.write({"query.sql": "select 2"})
    assert " * file query.sql changed" in both.doit("info", "work:train", code=1).stdout
    assert both.rerun() == TRAINED
    assert why(both) == ["file query.sql changed"]
    both.write({"query.sql": "select 1"})
    assert both.rerun() == CACHED


def test_a_file_that_comes_to_match_a_glob_or_goes_counts(work: Project) -> None:
    """So does a change in one; a file beside them does not."""
    give(work, "depends_on=['configs/*.json']")
    work.doit()
    work.write({"configs/b.txt": "2"})
    assert work.rerun() == CACHED
    work.write({"configs/b.json": "2"})
    assert work.rerun() == TRAINED
    assert "configs/b.json" in why(work)[0]
    work.write({"configs/b.json": "3"})
    assert work.rerun() == TRAINED
    (work.path / "configs" / "b.json").unlink()
    assert work.rerun() == CACHED
    work.write({"configs/b.json": "3"})
    assert work.rerun() == CACHED


def test_a_folder_counts_with_all_that_is_in_it(work: Project) -> None:
    """By the names and contents of its files, however deep."""
    give(work, "depends_on=['folder/']")
    work.doit()
    assert work.rerun() == CACHED
    work.write({"folder/inner/x": "y"})
    assert work.rerun() == TRAINED
    assert why(work) == ["file folder/ changed"]
    work.write({"folder/deeper/still/z": ""})
    assert work.rerun() == TRAINED
    (work.path / "folder" / "inner" / "x").rename(work.path / "folder" / "inner" / "w")
    assert work.rerun() == TRAINED


def test_the_whole_project_as_a_dependency_leaves_out_what_runs_write(work: Project) -> None:
    """The artifacts and the store are no input, although they are in the folder."""
    give(work, "depends_on=['.', '**/*.json']")
    work.edit("tasks/notes.py", 'open("executed.txt", "a")', 'open("/dev/null", "a")')
    work.doit()
    assert work.rerun() == CACHED
    work.write({"configs/a.json": "2"})
    assert work.rerun() == TRAINED


@pytest.mark.parametrize(
    ("path", "meant"), [("query.sq", "query.sql"), ("config/*.json", "configs/*.json"), ("folder/iner", "folder/inner")]
)
def test_a_path_that_is_not_there_is_an_error_before_anything_runs(work: Project, path: str, meant: str) -> None:
    """With the file and line of the step, and the path that was meant."""
    give(work, f"depends_on=['{path}']")
    done = work.doit(code=3)
    told = f"step 'train' (tasks/steps.py:20) depends on {path}, which does not exist (did you mean '{meant}'?)"
    assert told in done.stderr
    assert told in work.doit("info", "work:train", code=1).stdout
    assert told in work.lineage("plan", code=3).stdout
    assert "E work:train" in work.doit("list", "--all", "--status").stdout
    assert work.executed() == []


def test_a_step_waits_for_the_task_that_makes_its_files(work: Project) -> None:
    """A path, a glob and a folder alike; the step reruns when the task made something else."""
    work.write(
        {
            "dodo.py": FILES["dodo.py"]
            + """

def task_sql():
    actions = ["mkdir -p made && cp source.txt made/q.sql"]
    return {"file_dep": ["source.txt"], "targets": ["made/q.sql"], "actions": actions}
""",
            "source.txt": "1",
        }
    )
    for pattern in ("made/q.sql", "made/*.sql", "made/"):
        give(work, f"depends_on=['{pattern}']")
        work.command("rm", "-rf", "made", ".lineage", ".doit.db", ".doit.db.db")
        work.doit("list", "--all", "--status")
        work.doit()
        assert work.statuses() == {"fetch": "run", "train": "run"}
        assert work.rerun() == CACHED
        work.write({"source.txt": work.read("source.txt") + "1"})
        assert "R work:train" in work.doit("list", "--all", "--status").stdout
        assert work.rerun() == TRAINED
        assert work.rerun() == CACHED


def test_a_file_that_changes_while_its_step_runs_fails_the_step(work: Project) -> None:
    """Nobody could tell what the result was made from; so too where one more comes to match."""
    for change in ("open('query.sql', 'a').write('!')", "open('configs/new.json', 'w').close()"):
        give(work, "depends_on=['query.sql', 'configs/*.json']")
        work.edit("tasks/steps.py", '    note("train")', f'    {change}\n    note("train")')
        assert "changed while the step ran" in work.doit(code=1).stdout
        work.write({"tasks/steps.py": FILES["tasks/steps.py"]})


def test_files_and_code_that_a_step_depends_on_are_shown_as_inputs(work: Project) -> None:
    """`doit info` and `lineage show` tell them."""
    give(work, "depends_on=['query.sql', 'configs/*.json']")
    work.doit()
    shown = work.doit("info", "work:train").stdout
    assert " - depends_on = configs/*.json" in shown
    assert "query.sql" in work.lineage("show", "work/model").stdout


READING = """
    import glob, os, pathlib
    sorted(glob.glob("configs/*.json")), sorted(pathlib.Path("folder").rglob("*"))
    {reads}
"""


def test_what_is_declared_is_not_discovered(work: Project) -> None:
    """A step that looks through the globs and folders that it depends on is told of nothing; nothing else counts."""
    give(work, "depends_on=['configs/*.json', 'folder']")
    reads = 'open("configs/a.json").read(), open("folder/inner/x").read(), os.path.exists("folder/none")'
    work.edit("tasks/steps.py", '    note("train")', READING.format(reads=reads) + '    note("train")')
    assert work.doit().stderr == ""
    work.write({"configs/b.txt": "2"})
    assert work.rerun() == CACHED
    work.write({"configs/b.json": "2"})
    assert work.rerun() == TRAINED


def test_what_lies_beside_what_is_declared_is_discovered(work: Project) -> None:
    """A file that the glob does not name, when it is read."""
    work.write({"configs/b.txt": "2"})
    give(work, "depends_on=['configs/*.json', 'folder']")
    work.edit(
        "tasks/steps.py", '    note("train")', READING.format(reads='open("configs/b.txt")') + '    note("train")'
    )
    assert "read configs/b.txt, which is not an input" in work.doit().stderr
    work.write({"configs/b.txt": "3"})
    assert work.rerun() == TRAINED


def test_what_if_asks_about_files_that_would_come(work: Project) -> None:
    """`lineage plan --if` knows that a new file would be named by a glob."""
    give(work, "depends_on=['configs/*.json']")
    work.doit()
    assert "if configs/new.json changes" in work.lineage("plan", "--if", "configs/new.json").stdout
    assert "if query.sql changes" not in work.lineage("plan", "--if", "query.sql").stdout


# ignore


@pytest.mark.parametrize(
    "patterns", ["['show', 'debug']", "['tasks.debug.*']", "QUIET", "['tasks.debug:*']", "'*show'"]
)
def test_code_that_is_ignored_does_not_count(both: Project, patterns: str) -> None:
    """By its name as written or as module.name, with all that only it reaches; that by itself reruns nothing."""
    both.doit()
    give(both, f"ignore={patterns}")
    assert both.rerun() == CACHED
    both.edit("tasks/debug.py", "LEVEL = 1", "LEVEL = 2")
    both.edit("tasks/debug.py", "return LEVEL", "return LEVEL + 1")
    assert both.rerun() == CACHED
    give(both, "")
    assert both.rerun() == TRAINED


def test_what_is_reached_another_way_too_counts(work: Project) -> None:
    """`show` is ignored as it is written; `debug.show` is not."""
    give(work, "ignore=['show']")
    work.doit()
    work.edit("tasks/debug.py", "return LEVEL", "return LEVEL + 1")
    assert work.rerun() == TRAINED


def test_a_step_never_ignores_itself_nor_what_it_depends_on(work: Project) -> None:
    """The star takes away all else."""
    give(work, "ignore=['*'], depends_on=[clean]")
    work.doit()
    work.edit("tasks/debug.py", "return LEVEL", "return LEVEL + 1")
    assert work.rerun() == CACHED
    work.edit("tasks/text.py", CLEAN, CLEAN.replace("+", "-"))
    assert work.rerun() == TRAINED
    work.edit("tasks/steps.py", "sum(data) *", "sum(data) +")
    assert work.rerun() == TRAINED


def test_a_pattern_that_matches_nothing_is_remarked_on(work: Project) -> None:
    """Once a run, with the name that was meant, also when nothing is to do."""
    give(work, "ignore=['shwo', 'tasks.debug.*']")
    for _ in range(2):
        done = work.doit()
        assert done.stdout.count("matches nothing") == 1
        assert "ignore 'shwo' of step 'train' (tasks/steps.py:20) matches nothing that its code reaches" in done.stdout
        assert "did you mean 'show'?" in done.stdout


def test_ignored_code_in_the_class_of_an_input_does_not_count(work: Project) -> None:
    """A model's method logs; the steps that make and take the model ignore logging."""
    work.write(
        {
            "tasks/models.py": "from tasks.debug import show\n\n\nclass Model:\n    def get(self):\n"
            "        show(1)\n        return [1]\n"
        }
    )
    work.edit("tasks/steps.py", "return [1, 2, 3]", "return Model()")
    work.edit("tasks/steps.py", "sum(data)", "sum(data.get())")
    work.edit("tasks/steps.py", "from tasks.notes", "from tasks.models import Model\nfrom tasks.notes")
    work.edit("tasks/steps.py", "@step\ndef fetch", "@step(ignore='tasks.debug')\ndef fetch")
    give(work, "ignore=['tasks.debug.*']")
    work.doit()
    work.edit("tasks/debug.py", "return LEVEL", "return LEVEL + 1")
    assert work.rerun() == CACHED
    work.edit("tasks/models.py", "return [1]", "return [2]")
    assert work.rerun()["train"] == "run"


# env


def test_variables_that_a_step_names_count(both: Project) -> None:
    """Their values are shown only where the step says so, and which it says reruns nothing."""
    give(both, "env={'MODE': 'show', 'TOKEN': 'hide'}")
    both.doit(env={"MODE": "fast", "TOKEN": "secret"})
    assert both.rerun(env={"MODE": "fast", "TOKEN": "secret"}) == CACHED
    assert both.rerun(env={"MODE": "slow", "TOKEN": "secret"}) == TRAINED
    assert why(both) == ["environment variable MODE: 'fast' became 'slow'"]
    assert both.rerun(env={"MODE": "slow", "TOKEN": "other"}) == TRAINED
    assert "other" not in why(both)[0]
    assert "secret" not in why(both)[0]
    give(both, "env=['MODE', 'TOKEN']")
    assert both.rerun(env={"MODE": "slow", "TOKEN": "other"}) == CACHED


def test_a_variable_that_the_code_reads_can_be_taken_out(work: Project) -> None:
    """That by itself reruns nothing."""
    work.doit()
    assert work.rerun(env={"HOME_OF_MODEL": "x"}) == TRAINED
    give(work, "env={'HOME_OF_MODEL': 'ignore'}")
    assert work.rerun(env={"HOME_OF_MODEL": "x"}) == CACHED
    assert work.rerun(env={"HOME_OF_MODEL": "y"}) == CACHED


def test_a_variable_that_is_taken_out_is_not_discovered_either(work: Project) -> None:
    """Also where only watching the step tells that it reads it; what it had then is no ingredient any more."""
    work.edit("tasks/steps.py", 'os.environ.get("HOME_OF_MODEL")', 'os.environ.get("FO_EMOH"[::-1])')
    assert "HOME_OF" in work.doit(env={"HOME_OF": "x"}).stderr
    give(work, "env={'HOME_OF': 'ignore'}")
    assert work.rerun(env={"HOME_OF": "x"}) == CACHED
    assert work.rerun(env={"HOME_OF": "y"}) == CACHED
    done = work.doit("-a", env={"HOME_OF": "z"})
    assert done.stderr == ""
    assert work.rerun() == CACHED
    (work.path / ".lineage" / "memory").unlink()
    assert work.rerun(env={"HOME_OF": "w"}) == CACHED


# packages


@pytest.mark.parametrize("name", ["other", "other_module"])
def test_packages_that_a_step_names_count(work: Project, name: str) -> None:
    """By the name of the distribution or that of an import."""
    give(work, f"packages=['{name}']")
    work.doit()
    assert work.rerun() == CACHED
    release(work, "other", "2.0")
    assert work.rerun() == TRAINED
    assert why(work) == ["package other: 1.0 became 2.0"]


@pytest.mark.parametrize("packages", ["False", "{'fake': 'ignore'}", "{'fake-package': 'ignore'}"])
def test_packages_can_be_taken_out(both: Project, packages: str) -> None:
    """One or all; that by itself reruns nothing, since fewer ingredients cannot make an old result wrong."""
    both.doit()
    give(both, f"packages={packages}")
    assert both.rerun() == CACHED
    assert both.rerun() == CACHED
    release(both, "fake_package", "2.0")
    assert both.rerun() == CACHED
    give(both, "")
    assert both.rerun() == TRAINED


def test_names_of_packages_that_mean_nothing_are_remarked_on(work: Project) -> None:
    """One that is not installed, and one that would not count anyway."""
    give(work, "packages={'othr': 'count', 'fak': 'ignore'}")
    done = work.doit()
    assert "package 'othr' of step 'train' (tasks/steps.py:20) is not installed (did you mean 'other'?)" in done.stdout
    assert (
        "package 'fak' of step 'train' (tasks/steps.py:20) would not count anyway (did you mean 'fake'?)" in done.stdout
    )


# cache=False


UNCACHED = {"fetch": "run", "train": "cached"}


def uncached(project: Project) -> None:
    project.edit("tasks/steps.py", "@step\ndef fetch", "@step(cache=False)\ndef fetch")


@pytest.mark.parametrize("arguments", [[], ["-n", "2"], ["-n", "2", "-P", "thread"], ["-a"]])
def test_a_step_without_cache_runs_every_time(work: Project, arguments: list[str]) -> None:
    """What follows it does not, as long as it gives the same values."""
    uncached(work)
    work.doit(*arguments)
    assert sorted(work.executed()) == ["fetch", "train"]
    statuses = work.rerun(*arguments)
    assert statuses == ({"fetch": "run", "train": "run"} if arguments == ["-a"] else UNCACHED)
    assert [reason["text"] for reason in work.steps()["fetch"]["reasons"]] == ["cache=False: runs every time"]
    assert work.executed()[0] == "fetch"
    work.edit("tasks/steps.py", "return [1, 2, 3]", "return [1, 2, 4]")
    assert work.rerun(*arguments) == {"fetch": "run", "train": "run"}


def test_a_step_without_cache_is_shown_as_one(both: Project) -> None:
    """By `doit list --status` and `doit info`, also right after it ran."""
    uncached(both)
    both.doit()
    assert "R work:fetch" in both.doit("list", "--all", "--status").stdout
    assert " * cache=False: runs every time" in both.doit("info", "work:fetch", code=1).stdout
    assert "cached" not in both.doit("work:fetch").stdout.splitlines()[0]


def test_each_call_of_a_step_without_cache_is_executed(work: Project) -> None:
    """Equal ones too: who asks for no cache may count its calls."""
    uncached(work)
    work.edit("dodo.py", "    model =", "    more = fetch()\n    model =")
    work.edit("dodo.py", "train(data)", "train(data + []) if False else train(data)")
    for arguments in ([], ["-n", "2"], ["-n", "2", "-P", "thread"]):
        work.doit(*arguments)
        assert work.executed().count("fetch") == 2


def test_taking_the_cache_away_or_back_reruns_nothing_by_itself(work: Project) -> None:
    """Whether a result may be given back does not decide what it is."""
    work.doit()
    uncached(work)
    assert work.rerun() == UNCACHED
    work.edit("tasks/steps.py", "@step(cache=False)", "@step")
    assert work.rerun() == CACHED


def test_two_runs_do_not_share_a_result_that_is_not_cached(work: Project) -> None:
    """The second neither waits for the first nor takes what it gave."""
    uncached(work)
    work.edit("tasks/steps.py", '    note("fetch")', '    note("fetch")\n    wait()')
    work.edit(
        "tasks/steps.py",
        'QUIET = ["show", "debug"]',
        """
def wait():
    import pathlib, time
    if not pathlib.Path("started").exists():
        pathlib.Path("started").touch()
        while not pathlib.Path("go").exists():
            time.sleep(0.02)
""",
    )
    first = work.start("doit")
    wait_for(work.path / "started", first)
    work.doit()
    assert work.executed() == ["fetch", "fetch", "train"]
    (work.path / "go").touch()
    assert work.finish(first).code == 0
    assert work.executed() == []
    assert [run["steps"][0]["status"] for run in work.runs()] == ["run", "run"]


# Shell steps


SHELL = """\
from lineage import pipeline, shell_step
from tasks.text import clean

FILES = ["query.sql"]
copy = shell_step("cp query.sql {out}; echo $MODE >> {out}", outputs="out")


@pipeline
def work():
    result = copy()
"""


@pytest.fixture(params=["1", "0"], ids=["read", "imported"])
def shell(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """A shell step, in a module that is read in one run of a test and imported in the other."""
    project = Project(tmp_path / "project").write(FILES)
    step, pipeline = SHELL.split("\n\n\n")
    project.write(
        {
            "tasks/shell.py": step,
            "dodo.py": f"from lineage import pipeline\nfrom tasks.shell import copy\n\n\n{pipeline}",
        }
    )
    project.environment["LINEAGE_DEFER"] = request.param
    return project


def give_shell(project: Project, options: str) -> None:
    text = project.read("tasks/shell.py")
    (project.path / "tasks" / "shell.py").write_text(text.replace('outputs="out")', f'outputs="out", {options})'))


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ("version='2'", lambda project: give_version(project)),
        ("depends_on=FILES + ['configs/*']", lambda project: project.write({"configs/b": ""})),
        (
            "depends_on=[clean]",
            lambda project: project.edit("tasks/text.py", CLEAN, CLEAN + " + 1"),
        ),
        ("env=['MODE']", lambda project: project.environment.update(MODE="1")),
    ],
)
def test_a_shell_step_has_options_too(shell: Project, options: str, change: object) -> None:
    """What they name counts, and nothing else reruns it."""
    give_shell(shell, options)
    shell.doit()
    assert shell.rerun() == {"copy": "cached"}
    change(shell)  # type: ignore[operator]
    assert shell.rerun() == {"copy": "run"}
    assert shell.rerun() == {"copy": "cached"}


def give_version(project: Project) -> None:
    project.edit("tasks/shell.py", "version='2'", "version='3'")


def test_a_shell_step_can_run_every_time(shell: Project) -> None:
    """Also when that is written only later."""
    shell.doit()
    give_shell(shell, "cache=False")
    assert shell.rerun() == {"copy": "run"}
    assert shell.rerun() == {"copy": "run"}
