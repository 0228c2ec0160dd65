"""doit as users of make expect it: long options, selectors, options anywhere, and one line for what means nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import FOLDS, Project

Making = Callable[[Mapping[str, str]], Project]

#: Plain tasks beside the pipeline: one that takes an artifact, one with options of its own, one after a whole pipeline.
BESIDE = """

def task_publish():
    return {"actions": ["cp artifacts/words/summary.* published.txt"], "file_dep": ["artifacts/words/summary.txt"],
            "targets": ["published.txt"]}


def say(jobs, dry, rest):
    print("said", jobs, dry, rest)


def task_say():
    return {"actions": [say], "verbosity": 2, "pos_arg": "rest", "params": [
        {"name": "jobs", "long": "jobs", "default": "none"},
        {"name": "dry", "long": "dry-run", "type": bool, "default": False}]}


def quick(level):
    print("level", level)


def task_quick():
    return {"actions": [quick], "verbosity": 2, "params": [{"name": "level", "short": "l", "default": "0"}]}


DOIT_CONFIG = {"default_tasks": ["words"]}
"""


@pytest.fixture
def mixed(words: Project) -> Project:
    """The words pipeline with plain tasks beside it."""
    words.write({"dodo.py": words.read("dodo.py") + BESIDE})
    return words


def planned(project: Project, *words: str, code: int = 0) -> list[str]:
    """Return the tasks of which a dry run tells."""
    lines = project.doit(*words, "--dry-run", code=code).stdout.splitlines()
    return [line.split()[1] for line in lines if line[:1] in {"▶", "·", "=", "✕"}]


def test_keep_going_goes_on_after_a_failure(project: Making) -> None:
    """`--keep-going` is `--continue`: the folds after the failed one run, and what needs all is skipped."""
    folds = project(FOLDS)
    folds.doit("--keep-going", "bad=2", code=1)
    assert folds.statuses() == {
        "load": "run", "fit@fold:0": "run", "fit@fold:1": "run", "fit@fold:2": "failed", "fit@fold:3": "run",
        "fit@fold:4": "run", "best": "skipped",
    }  # fmt: skip


def test_options_may_stand_before_or_after_names(words: Project) -> None:
    """`doit words --jobs 2 --always-make` is `doit --jobs 2 --always-make words`, also with doit's own options."""
    for typed in (["words", "--jobs", "2", "--always-make"], ["--always-make", "--jobs=2", "words"], ["words", "-a"]):
        words.doit(*typed)
        assert set(words.statuses().values()) == {"run"}, typed
        assert sorted(words.executed()) == ["collect", "count", "report"]


def test_a_dry_run_is_the_plan_and_writes_nothing(words: Project) -> None:
    """`--dry-run` prints what `lineage plan` prints, before or after names, and not even makes `.lineage`."""
    plan = words.lineage("plan", "words:counter", "counter=count_unique").stdout
    for typed in (
        ["--dry-run", "words:counter"],
        ["words:counter", "--dry-run"],
        ["words:counter", "-n", "2", "--dry"],
    ):
        assert words.doit(*typed, "counter=count_unique").stdout == plan
    assert sorted(path.name for path in words.path.iterdir()) == ["dodo.py", "tasks"]
    assert "3 will run" in words.doit("--dry-run", "-n", "2").stdout


def test_a_question_is_answered_by_the_exit_code(words: Project) -> None:
    """0 fresh, 1 stale, 3 cannot tell; nothing is printed, run or recorded; right also where a receipt is there."""
    assert words.doit("--question", code=1).printed == ""
    words.doit()
    words.doit()  # leaves a receipt
    assert words.doit("--question").printed == ""
    words.doit("--question", "--always-make", code=1)
    words.doit("--question", "text=other", code=1)
    words.edit("tasks/words.py", "len(split(sentence))", "len(split(sentence)) + 0")
    words.doit("words", "--question", code=1)
    words.doit("words:collect", "--question")
    words.write({"dodo.py": "1 / 0\n"})
    words.doit("--question", code=3)
    assert len(words.runs()) == 2
    assert words.executed() == ["collect", "count", "report"]


def test_a_forced_dry_run_says_that_all_will_run(done_words: Project) -> None:
    """`--always-make --dry-run` is `make -B -n`."""
    assert "3 of 3 steps: 3 will run" in done_words.doit("--always-make", "--dry-run").stdout


def test_what_is_excluded_does_not_run_nor_what_needs_it(mixed: Project) -> None:
    """`--exclude` leaves out a task, a pattern or a pipeline, with all after it; a receipt does not answer for it."""
    mixed.doit("--exclude", "words:counter")
    assert mixed.executed() == ["collect"]
    mixed.doit()
    mixed.doit()
    mixed.edit("tasks/words.py", "return text.strip()", "return text.strip().upper()")
    mixed.doit("words", "--exclude=words:r*", "--exclude", "publish")
    assert mixed.executed() == ["count", "report", "collect", "count"]
    assert mixed.doit("--exclude", "words").stdout == "nothing to do: all that was chosen is excluded\n"
    assert planned(mixed, "publish", "--exclude", "words:report") == ["words:collect", "words:counter"]


def test_a_selector_takes_what_comes_after(mixed: Project) -> None:
    """`words:counter+` is the counter and all after it, plain tasks too; `+x` is x; globs are doit's own."""
    mixed.doit("words", "publish")
    mixed.executed()
    mixed.doit("words:counter+", "--always-make", "--exclude", "words:collect")
    assert mixed.executed() == []
    mixed.edit("tasks/words.py", "words in {sentence!r}", "words in: {sentence!r}")
    assert planned(mixed, "words:counter") == ["words:collect", "words:counter"]
    everything = ["words:collect", "words:counter", "words:report", "publish"]
    assert (
        planned(mixed, "words:counter+") == planned(mixed, "words+") == planned(mixed, "+words:counter+") == everything
    )
    assert planned(mixed, "+words:counter") == ["words:collect", "words:counter"]
    assert planned(mixed, "words:co*") == ["words:collect", "words:counter"]
    assert planned(mixed, "words:co*+") == everything
    mixed.doit("words:counter+")
    assert mixed.executed() == ["report"]
    assert mixed.read("published.txt").startswith("6 words in:")


def test_what_failed_last_is_selected_by_its_status(project: Making) -> None:
    """`status:failed` is what failed when it last had its turn; when it has been put right nothing is."""
    folds = project(FOLDS)
    nothing = "nothing to do: no step has status:failed\n"
    assert folds.doit("status:failed").stdout == nothing
    folds.doit("--keep-going", "bad=2", code=1)
    folds.doit("cv:load")  # another run that does not come to it
    assert planned(folds, "status:failed") == ["cv:load", "cv:fit@fold:2"]
    folds.doit("status:failed+")
    assert folds.steps()["best"]["status"] == "run"
    assert folds.doit("status:failed").stdout == nothing
    assert folds.doit("status:failed", "--question").printed == ""


def test_a_pattern_may_begin_as_a_selector_does(words: Project) -> None:
    """Where a pipeline is called `status`, `status:c*` are its steps, and `status:failed` is what failed."""
    words.edit("dodo.py", "def words(", "def status(")
    assert planned(words, "status:c*") == ["status:collect", "status:counter"]
    assert words.doit("status:failed").stdout.startswith("nothing to do")


def test_a_failure_whose_edit_was_taken_back_is_none(words: Project) -> None:
    """A run that confirms that all is up to date says more of a step than its failure before."""
    words.doit()
    words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError")
    words.doit(code=1)
    assert planned(words, "status:failed") == ["words:collect", "words:counter"]
    words.edit("tasks/words.py", "raise ValueError", "return len(split(sentence))")
    words.doit()
    assert words.doit("status:failed").stdout.startswith("nothing to do")


def test_a_tasks_own_parameters_win(mixed: Project) -> None:
    """What a task takes itself stays with it, an option of ours of the same name included."""
    done = mixed.doit("say", "--jobs", "7", "--dry-run", "go", "-a", "--jobs", "x")
    assert "said 7 True ['go', '-a', '--jobs', 'x']" in done.stdout
    assert "level 3" in mixed.doit("quick", "-l", "3", "--jobs", "2", "words").stdout
    assert mixed.executed() == ["collect", "count", "report"]
    assert "level 4" in mixed.doit("quick", "--always-make", "-l4").stdout


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (["--kep-going"], "there is no option '--kep-going' (did you mean '--keep-going'?)"),
        (["words", "--alway-execute"], "there is no option '--alway-execute' (did you mean '--always-execute'?)"),
        (["-z"], "there is no option '-z'; `doit help run` lists them"),
        (["words:countr"], "there is no step 'words:countr' (did you mean 'words:counter'?)"),
        (["wrds"], "there is no task or target 'wrds' (did you mean 'words'?)"),
        (["lst"], "there is no task or target 'lst' (did you mean 'list'?)"),
        (["words", "lst"], "there is no task or target 'lst'; `doit list --all` shows the tasks"),
        (["wrds:counter+"], "there is no task or target 'wrds:counter' (did you mean 'words:counter'?)"),
        (["words:kount*"], "there is no task like 'words:kount*' (did you mean 'words:counter'?)"),
        (["--exclude", "words:colect"], "there is no task or target 'words:colect' (did you mean 'words:collect'?)"),
        (["status:faild"], "there is no status 'faild' (did you mean 'failed'?)"),
        (["list", "cuonter"], "there is no task or target 'cuonter' (did you mean 'words:counter'?)"),
        (["runer"], "there is no task or target 'runer' (did you mean 'run'?)"),
        (
            ["artifacts/words/totl.json"],
            "there is no task or target 'artifacts/words/totl.json' (did you mean 'artifacts/words/total.json'?)",
        ),
        (["--jobs", "many"], "--jobs takes a number, not 'many'"),
        (["words", "--jobs"], "--jobs needs a value: --jobs 2"),
        (["words", "-n", "-1"], "-n -1: nothing runs in less than no process"),
        (["run", "run"], "there is no task or target 'run'; `doit list --all` shows the tasks"),
        (["--question=1"], "--question takes no value"),
        (["words", "-f", "other.py"], "-f has to stand before the names: it says which dodo.py they are of"),
        (["list", "--statu", "--xyz"], "there is no option '--xyz'; `doit help list` lists them"),
        (["info", "words", "--question"], "there is no option '--question'; `doit help info` lists them"),
    ],
)
def test_what_means_nothing_is_one_line(words: Project, typed: list[str], line: str) -> None:
    """An unknown option, name or value ends with 3 and one line, which names the nearest; nothing runs."""
    done = words.doit(*typed, code=3)
    assert done.printed == f"lineage.UsageError: {line}\n"
    assert words.executed() == []


def test_help_can_be_asked_for_anywhere(words: Project) -> None:
    """`doit -a --help`, `doit words -h` and `doit help run` show options, selectors, examples and exit codes."""
    told = words.doit("help", "run").stdout
    for part in ("--keep-going", "--exclude=TASK", "SELECTING", "EXAMPLES", "EXIT CODES", "130 interrupted"):
        assert part in told
    assert words.doit("words", "-h").stdout.strip() == words.doit("-a", "--help").stdout.strip() == told.strip()
    assert words.doit("list", "-h").stdout.strip() == words.doit("help", "list").stdout.strip()


PLAIN = """\
def task_hello():
    return {"actions": ["echo hello >> said.txt"], "params": [{"name": "loud", "long": "loud", "default": ""}]}


def task_sub():
    for name in "ab":
        yield {"name": name, "actions": [f"echo {name} >> said.txt"]}
"""


@pytest.mark.parametrize(
    "typed",
    [
        [], ["hello"], ["--keep-going"], ["--jobs", "2"], ["--dry-run"], ["--question"], ["--exclude", "hello"],
        ["hello", "--keep-going"], ["hello", "--loud", "x", "sub:a"], ["hello+"], ["+hello"], ["status:failed"],
        ["sub:*"], ["nothing*"], ["helo"], ["hello", "--help"], ["-n", "x"], ["list", "--dry-run"],
        ["sub", "-a"], ["-z"], ["list", "--all", "-s"], ["forget", "hello", "sub"],
    ],
)  # fmt: skip
def test_without_a_pipeline_it_is_plain_doit(project: Making, typed: list[str]) -> None:
    """Exit code, output and what was done are those of doit without lineage, whatever the words."""
    plain = project({"dodo.py": PLAIN})

    def outcome(done: object) -> tuple[object, str]:
        said = plain.read("said.txt")
        for path in plain.path.iterdir():
            if path.name not in ("dodo.py", "__pycache__"):
                path.unlink()
        return done, said

    assert outcome(plain.doit(*typed, code=None)) == outcome(plain.plain_doit(*typed))


def test_every_command_has_a_help_that_documents_it(words: Project) -> None:
    """Each command's help is one sentence, examples that begin with the command, and exit codes."""
    top = words.lineage("--help").stdout
    names = [line.split()[0] for line in top.splitlines() if line.startswith("    ") and line[4:5].isalpha()]
    assert {"runs", "plan", "report", "new"} <= set(names)
    # Each sentence begins beside its command, also that of the longest.
    assert all(len(line.split()) > 1 for line in top.splitlines() if line.startswith("    ") and line[4:5].isalpha())
    for name in names:
        told = words.lineage(name, "--help").stdout
        assert name != "runs" or words.lineage("help", name).stdout == told
        assert f"  lineage {name}" in told.partition("examples:")[2], name
        assert "exit codes: 0 " in told, name
        assert any(line[:1].isupper() and line.rstrip()[-1] in ".:" for line in told.splitlines()), name


def test_an_unknown_option_of_a_command_names_the_nearest(words: Project) -> None:
    """`lineage runs --lst` is one line and exit code 3, in JSON too."""
    line = "`lineage runs` has no option '--lst' (did you mean '--last'?)"
    assert words.lineage("runs", "--lst", code=3).printed == f"lineage.UsageError: {line}\n"
    assert line in words.lineage("runs", "--lst", "--json", code=3).stdout
    # Before it is told what else is missing.
    assert (
        "`lineage show` has no option '--jsn' (did you mean '--json'?)"
        in words.lineage("show", "--jsn", code=3).printed
    )
    assert (
        "`lineage runs` takes no 'last'\n  fix: `lineage runs --help`" in words.lineage("runs", "last", code=3).printed
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("runs --last", "--last needs a value: --last N"),
        ("runs --last x", "--last takes a whole number, not 'x'"),
        ("gc --grace x", "--grace takes a number, not 'x'"),
        ("accept words -m", "--message needs a value: --message WHY"),
    ],
)
def test_a_value_that_an_option_cannot_take_is_told_as_doit_tells_it(words: Project, typed: str, told: str) -> None:
    """In people's words, and not in those of the library that reads the command line."""
    assert f"lineage.UsageError: {told}\n" in words.lineage(*typed.split(), code=3).stderr


def test_an_unknown_choice_of_a_command_names_the_nearest(words: Project) -> None:
    """`lineage report --format markdwon` and `lineage stack chek` end with 3, the nearest word, and all others."""
    said = words.lineage("report", "--format", "markdwon", "-o", "x", code=3).stderr
    assert said.startswith(
        "lineage.UsageError: `lineage report --format` takes no 'markdwon' (did you mean 'markdown'?)"
    )
    said = words.lineage("stack", "chek", code=3).stderr
    assert said.startswith("lineage.UsageError: `lineage stack` takes no 'chek' (did you mean 'check'?)\n")
    assert "fix: use one of: describe, list, use, check" in said


@pytest.mark.parametrize("command", ["plan", "watch", "verify"])
def test_an_empty_word_names_no_task(words: Project, command: str) -> None:
    """As a script gives one whose variable is empty: exit code 3, and what to write."""
    said = words.lineage(command, "", code=3).printed
    assert said.startswith("lineage.UsageError: an empty word names no task\n")
    assert '${TASKS:+"$TASKS"}' in said
