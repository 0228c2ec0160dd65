"""doit's own commands on steps: they keep their meaning, and know what only a pipeline can know."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

import pytest
from projects import Done, Project, only

ALL = ("collect", "counter", "report")
CACHED = only("cached", ALL)


def listed(project: Project, *args: str) -> dict[str, str]:
    """Return {task: U or R} as `doit list --all --status` says."""
    lines = project.doit("list", "--all", "--status", *args).stdout.splitlines()
    return {line.split()[1]: line.split()[0] for line in lines if ":" in line.split()[1]}


# list and info


def test_list_shows_the_pipeline_with_its_first_line(words: Project) -> None:
    """`doit list` is one line a pipeline, and no step."""
    assert words.doit("list").stdout.split(maxsplit=1) == ["words", "Count the words of a sentence.\n"]


def test_list_all_shows_the_steps_by_slot(words: Project) -> None:
    """`doit list --all` names the steps as doit's tasks, each with its first docstring line."""
    lines = [line.split(maxsplit=1) for line in words.doit("list", "--all").stdout.splitlines()]
    assert ["words:collect", "Take the sentence."] in [[word.strip() for word in line] for line in lines]
    assert ["words:counter", "Count all words."] in [[word.strip() for word in line] for line in lines]
    assert [line[0] for line in lines] == ["words", "words:collect", "words:counter", "words:report"]


def test_list_with_another_step_in_the_slot(words: Project) -> None:
    """name=value words reach `list`: the slot keeps its name and shows the other step's line."""
    assert "Count different words." in words.doit("list", "--all", "counter=count_unique").stdout


def test_list_status_before_and_after_a_run(words: Project) -> None:
    """R before the first run, U after it."""
    assert set(listed(words).values()) == {"R"}
    words.doit()
    assert listed(words) == {"words:collect": "U", "words:counter": "U", "words:report": "U"}


def test_list_status_where_only_something_upstream_changed(done_words: Project) -> None:
    """A step below a changed one is not shown as up to date, as plain doit would."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip().upper()")
    assert listed(done_words) == {"words:collect": "R", "words:counter": "R", "words:report": "R"}
    done_words.edit("tasks/words.py", "return text.strip().upper()", "return text.strip()")
    done_words.edit("tasks/words.py", 'return f"{total}', 'return f"About {total}')
    assert listed(done_words) == {"words:collect": "U", "words:counter": "U", "words:report": "R"}


def test_list_runs_and_records_nothing(words: Project) -> None:
    """Asking makes no run."""
    words.doit("list", "--all", "--status")
    words.doit("info", "words:counter", code=1)
    assert words.executed() == []
    assert words.runs() == []


def test_info_says_that_a_step_is_up_to_date(done_words: Project) -> None:
    """`doit info` ends with 0 where nothing has to run."""
    done = done_words.doit("info", "words:counter")
    assert "words:counter" in done.stdout
    assert "up-to-date" in done.stdout


def test_info_tells_the_outputs_of_the_step_that_is_asked_for(done_words: Project) -> None:
    """After a run with another selection `doit info` shows what comes back, not what that run has left in place."""
    before = done_words.doit("info", "words:counter").stdout.partition("outputs")[2]
    done_words.doit("counter=count_unique")
    assert done_words.doit("info", "words:counter").stdout.partition("outputs")[2] == before
    assert done_words.doit("info", "words:counter", "counter=count_unique").stdout.partition("outputs")[2] != before


def test_info_says_why_a_step_is_stale(done_words: Project) -> None:
    """`doit info` ends with 1 and names what differs, with its before and after."""
    done_words.edit("dodo.py", 'text="to be or not to be"', 'text="to do"')
    done = done_words.doit("info", "words:collect", code=1)
    assert "to be or not to be" in done.stdout
    assert "to do" in done.stdout


def test_info_names_the_code_that_changed(done_words: Project) -> None:
    """A helper in another module is named when it is the reason."""
    done_words.edit("tasks/language.py", "sentence.split(SEPARATOR)", "sentence.strip().split(SEPARATOR)")
    assert "tasks.language:split" in done_words.doit("info", "words:counter", code=1).stdout


def test_info_where_only_something_upstream_changed(done_words: Project) -> None:
    """A step below a changed one is stale too, and `info` names the step above it."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip().upper()")
    assert "collect" in done_words.doit("info", "words:counter", code=1).stdout


# The verbs


def test_always_executes_and_its_result_becomes_the_current_one(words: Project) -> None:
    """`doit -a` executes what is up to date; the result is current then, and the older one stays in history."""
    words.edit("tasks/words.py", "return text.strip()", "import uuid\n    return text.strip() + uuid.uuid4().hex")
    words.doit()
    first = words.artifact("words/sentence").read_text()
    assert words.rerun("-a") == only("run", ALL)
    second = words.artifact("words/sentence").read_text()
    assert first != second
    assert words.rerun() == CACHED
    assert words.artifact("words/sentence").read_text() == second
    assert [run["steps"][0]["outputs"][0]["version"] for run in words.runs()] == [1, 2, 2]
    load = "import lineage; print([v.load() for v in History().artifact('words/sentence').versions])"
    assert words.python("from lineage import History\n" + load) == str([first, second])


def test_single_leaves_what_is_above_alone(done_words: Project) -> None:
    """`doit -s` executes that step only, though one above it is stale."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip().upper()")
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    done_words.doit("-s", "words:counter")
    assert done_words.executed() == ["count"]


def test_always_single_is_the_command_that_reruns_a_step(done_words: Project) -> None:
    """`doit -a -s TASK` reruns exactly that step."""
    assert done_words.rerun("-a", "-s", "words:counter")["counter"] == "run"
    assert done_words.executed() == ["count"]


def test_a_selected_step_brings_what_is_above_it(words: Project) -> None:
    """`doit words:counter` runs what it needs and nothing else."""
    words.doit("words:counter")
    assert words.executed() == ["collect", "count"]


def test_forget_runs_next_time_without_deleting_history(done_words: Project) -> None:
    """`doit forget X` makes X run again; its old result stays, and the same value keeps its version."""
    done_words.doit("forget", "words:counter")
    assert len(done_words.runs()) == 1
    assert done_words.rerun() == {"collect": "cached", "counter": "run", "report": "cached"}
    assert done_words.executed() == ["count"]
    assert done_words.steps()["counter"]["outputs"][0]["version"] == 1
    assert done_words.rerun() == CACHED


def test_forget_a_pipeline(done_words: Project) -> None:
    """Forgetting a pipeline forgets all its steps."""
    done_words.doit("forget", "words")
    assert done_words.rerun() == only("run", ALL)


TWINS = """\
from lineage import pipeline
from tasks.words import collect


@pipeline
def words():
    sentence = collect("to be")


@pipeline
def letters():
    sentence = collect("to be")
"""


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_forget_holds_for_one_run_also_where_an_equal_call_runs_for_two(words: Project, how: list[str]) -> None:
    """Of two forgotten calls with the same inputs one runs, for both; the next run repeats neither."""
    words.write({"dodo.py": TWINS})
    words.doit()
    words.executed()
    words.doit("forget")
    words.doit(*how)
    assert words.executed() == ["collect"]
    words.doit(*how)
    assert words.executed() == []


def test_clean_takes_the_readable_files_and_doit_brings_them_back(done_words: Project) -> None:
    """`doit clean` removes what is under artifacts/; the next `doit` makes it readable again."""
    before = done_words.artifact("words/summary").read_text()
    assert done_words.doit("clean").stdout.count("removing") == 3
    assert not list((done_words.path / "artifacts").rglob("summary*"))
    for again in (["clean"], ["clean", "-n"]):
        assert "removing" not in done_words.doit(*again).stdout, "nothing is there any more"
    done_words.doit()
    assert done_words.artifact("words/summary").read_text() == before
    assert len(done_words.runs()) == 2


@pytest.mark.fresh
def test_python_runs_the_commands_as_modules(done_words: Project) -> None:
    """`python -m doit` and `python -m lineage` are the commands, and the records call them so."""
    python = [sys.executable, "-m"]
    assert done_words.command(*python, "doit", "-s", "words:counter").code == 0
    done = done_words.command(*python, "lineage", "runs", "--json")
    assert done.code == 0
    assert json.loads(done.stdout)["runs"][-1]["command"] == "doit -s words:counter"
    assert done_words.command(*python, "lineage", "rnus").code == 3


def test_clean_dry_run_removes_nothing(done_words: Project) -> None:
    """`doit clean -n` only says what it would remove."""
    done_words.doit("clean", "-n")
    assert done_words.artifact("words/summary").exists()
    assert done_words.rerun() == CACHED


def test_clean_of_one_step_leaves_the_others(done_words: Project) -> None:
    """`doit clean TASK` removes that step's files only."""
    done_words.doit("clean", "words:counter")
    assert not list((done_words.path / "artifacts" / "words").glob("total*"))
    assert done_words.artifact("words/sentence").exists()


def test_info_of_a_pipeline_says_which_steps_are_stale_and_why(done_words: Project) -> None:
    """One line for each, with the first reason; none for a step that is up to date; groups of groups likewise."""
    more = """

def task_more():
    yield {"name": "fresh", "actions": ["true"], "file_dep": ["one.txt"]}
    yield {"name": "stale", "actions": ["true"], "file_dep": ["two.txt"]}


def task_everything():
    return {"actions": None, "task_dep": ["words", "more"]}
"""
    done_words.write({"dodo.py": done_words.read("dodo.py") + more, "one.txt": "", "two.txt": ""})
    done_words.doit()
    assert " * " not in done_words.doit("info", "words").stdout
    done_words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "e"')
    done_words.write({"two.txt": "changed"})
    told = bullets(done_words.doit("info", "words", code=1))
    assert [line.partition(":")[2].partition(" ")[0] for line in told] == ["counter", "report"]
    assert told[0].startswith("words:counter will run: tasks.language:SEPARATOR (tasks/language.py:1) changed")
    assert told[1] == "words:report may run: words:counter has to run first"
    assert bullets(done_words.doit("info", "more", code=1)) == ["more:stale will run: file two.txt changed"]
    everything = done_words.doit("info", "everything", code=1)
    assert bullets(everything) == [*told, "more:stale will run: file two.txt changed"]
    assert "has no dependencies" not in everything.stdout


def test_info_of_a_large_pipeline_is_short(project: Callable[[Mapping[str, str]], Project]) -> None:
    """Of very many stale steps the first are told, and where all of them are."""
    many = "from lineage import pipeline, step\n\n\n@step\ndef one(n: int) -> int:\n    return n\n\n\n@pipeline\n"
    large = project({"dodo.py": many + "def large():\n    for n in range(50):\n        found = one(n)\n"})
    told = bullets(large.doit("info", "large", code=1))
    assert told[0] == "large:one@n:0 will run: never ran before"
    assert len(told) == 21
    assert told[-1] == "... and 30 more: `lineage plan large` tells of all"


def bullets(done: Done) -> list[str]:
    """Return the reasons that `doit info` has told."""
    return [line.removeprefix(" * ") for line in done.stdout.splitlines() if line.startswith(" * ")]


def test_ignore_skips_a_step_until_it_is_forgotten(done_words: Project) -> None:
    """An ignored step does not run, nor does what needs it; `forget` ends that."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    done_words.doit("ignore", "words:counter")
    assert done_words.rerun()["counter"] not in {"run", "failed"}
    assert done_words.executed() == []
    done_words.doit("forget", "words:counter")
    done_words.doit()
    assert done_words.executed() == ["count", "report"]


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["one", "processes", "threads"])
def test_what_is_skipped_because_of_an_ignored_task_names_that(words: Project, how: list[str]) -> None:
    """However far upstream it is, and be it a plain task: on the console, in the record, in `info` and `plan`."""
    plain = '\n\ndef task_text():\n    return {"actions": [], "targets": ["in.txt"], "task_dep": ["words:report"]}\n'
    words.write({"dodo.py": words.read("dodo.py") + plain})
    words.doit("ignore", "words:collect")
    done = words.doit(*how)
    lines = {line.split()[1]: line for line in done.stdout.splitlines() if line.startswith("\u2013")}
    assert lines["words:collect"].endswith("ignored (doit forget takes it back)")
    because = "words:collect is ignored (doit forget words:collect takes it back)"
    assert lines["words:counter"].endswith(because)
    assert lines["words:report"].endswith(because)
    assert lines["text"].endswith("words:collect is ignored")
    reasons = {name: [reason["text"] for reason in step["reasons"]] for name, step in words.steps().items()}
    assert reasons["report"] == ["doit ignore was told to skip words:collect, which it needs"]
    assert reasons["collect"] == ["doit ignore was told to skip it"]
    told = "words:collect is ignored; doit forget words:collect takes it back"
    assert told in words.doit("info", "words:report").stdout
    assert told in words.lineage("plan").stdout


def test_what_is_skipped_because_of_an_ignored_plain_task_names_that(words: Project) -> None:
    """A step that takes the file of a plain task that doit was told to ignore."""
    words.write(
        {
            "in.txt": "to be",
            "dodo.py": """\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


def task_fetch():
    return {"actions": ["echo to be > in.txt"], "targets": ["in.txt"]}


@step
def read(data: Annotated[Path, File]) -> str:
    return data.read_text()


@pipeline
def reading():
    text = read("in.txt")
""",
        }
    )
    words.doit("ignore", "fetch")
    assert "fetch is ignored (doit forget fetch takes it back)" in words.doit().stdout


def test_reset_dep_accepts_what_is_there(done_words: Project) -> None:
    """`doit reset-dep` takes the present state for up to date without executing anything."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(list(split(sentence)))")
    done_words.doit("reset-dep")
    assert done_words.rerun() == CACHED
    assert done_words.executed() == []


def test_continue_goes_on_beside_a_failure(done_words: Project) -> None:
    """With --continue, what does not need the failed step runs; what needs it is skipped; exit code 1."""
    done_words.write({"dodo.py": done_words.read("dodo.py") + "    other = count_unique(sentence)\n"})
    done_words.edit("dodo.py", "count, report", "count, count_unique, report")
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError(sentence)")
    assert done_words.rerun("--continue", code=1) == {
        "collect": "cached",
        "counter": "failed",
        "report": "skipped",
        "count_unique": "run",
    }


def test_without_continue_a_failure_stops_the_run(done_words: Project) -> None:
    """Without --continue what needs the failed step is skipped too, and what was not reached is pending."""
    done_words.write({"dodo.py": done_words.read("dodo.py") + "    other = count_unique(sentence)\n"})
    done_words.edit("dodo.py", "count, report", "count, count_unique, report")
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError(sentence)")
    statuses = done_words.rerun(code=1)
    assert statuses == {"collect": "cached", "counter": "failed", "report": "skipped", "count_unique": "pending"}
    assert done_words.executed() == ["count"]


# name=value


def test_a_value_holds_for_this_command_only(done_words: Project) -> None:
    """`doit text=...` is for one run; the next one speaks of dodo.py's defaults again."""
    assert done_words.rerun("text=so it is") == only("run", ALL)
    assert done_words.artifact("words/summary").read_text() == "3 words in 'so it is'"
    assert done_words.python("import lineage; print(lineage.load('words/total'))") == "3"
    assert done_words.rerun() == CACHED
    assert done_words.python("import lineage; print(lineage.load('words/total'))") == "6"


def test_a_slot_takes_the_name_of_a_step(done_words: Project) -> None:
    """`doit counter=count_unique` reaches a step that dodo.py does not import."""
    assert done_words.rerun("counter=count_unique") == {"collect": "cached", "counter": "run", "report": "run"}
    assert done_words.steps()["counter"]["step"] == "count_unique"
    assert done_words.artifact("words/total").read_text().strip() == "4"


def test_a_value_for_one_pipeline_or_for_all(words: Project) -> None:
    """`text=` reaches every pipeline with that parameter, `again.text=` one."""
    again = words.read("dodo.py").split("@pipeline")[1].replace("def words", "def again")
    words.write({"dodo.py": words.read("dodo.py") + "\n\n@pipeline" + again})
    words.doit()
    load = "import lineage; print(lineage.load('words/total'), lineage.load('again/total'))"
    assert words.python(load) == "6 6"
    words.doit("again.text=one two three")
    assert words.python(load) == "6 3"
    words.doit("text=one two")
    assert words.python(load) == "2 2"


def test_values_are_parsed_by_annotation_else_by_the_default(words: Project) -> None:
    """An int stays an int, a bool is a bool, None is possible where the annotation says so."""
    words.write(
        {
            "tasks/words.py": "from lineage import step\n\n\n@step\ndef show(a, b, c):\n    return repr([a, b, c])\n",
            "dodo.py": "from lineage import pipeline\nfrom tasks.words import show\n\n\n@pipeline\n"
            "def words(a=1, b: bool = True, c: float | None = 0.5):\n    shown = show(a, b, c)\n",
        }
    )
    words.doit("a=2", "b=no", "c=None")
    assert words.artifact("words/shown").read_text() == "[2, False, None]"
    words.doit("a=two", code=3)


@pytest.mark.parametrize(
    "command",
    [["run"], ["list"], ["info", "words:counter"], ["lineage", "runs"], ["lineage", "show", "words/total"]],
    ids=" ".join,
)
def test_an_unknown_name_is_an_error_with_a_suggestion(done_words: Project, command: list[str]) -> None:
    """A mistyped name=value ends with 3 before anything runs, on every command."""
    done = done_words.doit(*command, "conter=count_unique", code=3)
    assert "did you mean 'counter'?" in done.printed
    assert "Traceback" not in done.printed
    assert len(done_words.runs()) == 1


def test_an_unknown_step_is_an_error_with_a_suggestion(done_words: Project) -> None:
    """A slot filled with a name that is no step ends with 3 and the nearest step."""
    done = done_words.doit("counter=count_uniqe", code=3)
    assert "did you mean 'count_unique'?" in done.printed
    assert len(done_words.runs()) == 1


def test_a_name_that_dodo_reads_with_get_var_is_known(done_words: Project) -> None:
    """doit's own get_var keeps working beside pipelines."""
    done_words.write(
        {"dodo.py": "from doit import get_var\n" + done_words.read("dodo.py") + "\n\nMODE = get_var('mode', '')\n"}
    )
    assert done_words.rerun("mode=quick") == CACHED
    assert "did you mean" in done_words.doit("mood=quick", code=3).printed


# Exit codes


def test_an_unknown_task_is_an_error_with_a_suggestion(words: Project) -> None:
    """A mistyped task ends with 3 and no traceback."""
    done = words.doit("words:countr", code=3)
    assert "words:counter" in done.printed
    assert "Traceback" not in done.printed


def test_an_unknown_option_ends_with_3(words: Project) -> None:
    """A mistyped option is a usage error."""
    assert "Traceback" not in words.doit("--contnue", code=3).printed


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    if collect(text):\n        total = counter('x')\n", "dodo.py:8"),
        ("    total = counter(collect(text))[0]\n", "dodo.py:8"),
        ("    total = collect(text)\n    total = counter('x')\n", "dodo.py:9"),
        ("    total = counter(nothing=1)\n", "dodo.py:8"),
    ],
    ids=["tests an artifact", "indexes an artifact", "assigns a name twice", "misses an argument"],
)
def test_a_broken_pipeline_ends_with_3_and_names_the_line(words: Project, body: str, says: str) -> None:
    """What a pipeline's body cannot do is said with the user's file and line, why and the fix."""
    words.write({"dodo.py": words.read("dodo.py").split("    sentence =")[0] + body})
    done = words.doit(code=3)
    assert says in done.printed
    assert "fix:" in done.printed
    assert "Traceback" not in done.printed


def test_a_syntax_error_in_a_step_module_ends_with_3(words: Project) -> None:
    """It is shown with its file and line, not with our frames."""
    words.edit("tasks/words.py", "return text.strip()", "return text.strip(")
    done = words.doit(code=3)
    assert "words.py" in done.printed
    assert "/lineage/" not in done.printed


def test_a_step_that_fails_ends_with_1(words: Project) -> None:
    """An exception in a step is exit code 1, not doit's 2."""
    words.edit("tasks/words.py", "return text.strip()", "raise KeyError(text)")
    words.doit(code=1)
    assert words.status_of_run() == "failed"


def test_a_step_that_exits_is_a_failed_step(words: Project) -> None:
    """sys.exit() in a step fails that step; it does not end doit with that code."""
    words.edit("tasks/words.py", "return text.strip()", "raise SystemExit(0)")
    assert words.rerun(code=1) == {"collect": "failed", "counter": "skipped", "report": "skipped"}


SAYS_EXIT = {"dodo.py": "", "a body": "\n\n@pipeline\ndef p():\n    ", "a task's creator": "\n\ndef task_x():\n    "}


@pytest.mark.parametrize("place", SAYS_EXIT)
def test_a_dodo_file_that_exits_is_broken(words: Project, place: str) -> None:
    """Exit code 3 and the place, with sys.exit(0) too; `lineage plan -q` ended with 0: nothing to do."""
    end = SAYS_EXIT[place] + "__import__('sys').exit(0)\n"
    words.write({"dodo.py": words.read("dodo.py") + end})
    for done in (words.doit(code=3), words.lineage("plan", "-q", code=3)):
        assert "dodo.py" in done.printed
        assert "SystemExit" in done.printed


def test_a_dodo_file_without_a_pipeline_that_exits_ends_doit(project: Callable[[Mapping[str, str]], Project]) -> None:
    """With the code that it says, as where lineage is not installed; ours cannot tell anything of it."""
    plain = project({"dodo.py": "import sys\n\nsys.exit(5)\n"})
    plain.doit(code=5)
    assert "SystemExit: 5" in plain.lineage("plan", "-q", code=3).printed


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=" ".join)
def test_a_plain_task_that_exits_has_failed(words: Project, how: list[str]) -> None:
    """As a step has; it ended doit with the code that it gave, 0 too, and nothing was said."""
    exits = "\n\ndef end():\n    raise SystemExit(0)\n\n\ndef task_end():\n    return {'actions': [end]}\n"
    words.write({"dodo.py": words.read("dodo.py") + exits})
    assert "1 plain task failed" in words.doit(*how, "end", code=1).printed


EVERY = ["run", "run -n 2", "run text=other", "list", "list --all --status", "info words:counter", "clean", "forget"]
EVERY += ["forget words:counter", "ignore words", "reset-dep", "lineage runs", "lineage show words/total"]
EVERY += ["lineage artifacts", "lineage artifacts total --json", "lineage stack describe", "lineage plan"]
EVERY += ["lineage why words:counter", "lineage diff 1 last", "lineage verify", "lineage accept words -m because"]


@pytest.mark.parametrize("remembered", [True, False], ids=["", "without its caches"])
def test_a_database_newer_than_the_code_is_refused_with_the_remedy(done_words: Project, remembered: bool) -> None:
    """By every command: exit code 2, nothing is changed, and the message says what to do."""
    bump = (
        "import pathlib, sqlite3\n"
        "for path in pathlib.Path('.lineage').rglob('*'):\n"
        "    if path.is_file() and path.open('rb').read(16) == b'SQLite format 3\\0':\n"
        "        with sqlite3.connect(path) as database:\n"
        "            database.execute('pragma user_version = 9999')\n"
    )
    done_words.python(bump)
    if not remembered:
        (done_words.path / ".lineage" / "memory").unlink()
    before = sorted(str(path) for path in done_words.path.rglob("*") if "metadata" not in path.name)
    for command in EVERY:
        done = done_words.doit(*command.split(), code=2)
        assert "newer" in done.printed, command
        assert "fix" in done.printed
        assert "Traceback" not in done.printed
    assert sorted(str(path) for path in done_words.path.rglob("*") if "metadata" not in path.name) == before
    assert done_words.executed() == []


def test_an_unknown_task_is_named_with_the_nearest(done_words: Project) -> None:
    """Every command that takes tasks ends with exit code 3 and the nearest name, before anything runs."""
    for command in (["wrods"], ["run", "wrods"], ["list", "wrods"], ["forget", "wrods"], ["clean", "wrods"]):
        said = done_words.doit(*command, code=3).stderr
        assert "'wrods'" in said
        assert "did you mean 'words'" in said
    assert len(done_words.json("runs")["runs"]) == 1
