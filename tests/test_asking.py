"""The `lineage` command and History: what was recorded, asked from the shell and from Python."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import Project, only

from lineage.model.shown import one_line

ALL = ("collect", "counter", "report")
Write = Callable[[Mapping[str, str]], Project]


def python(project: Project, code: str) -> str:
    """Run code that knows History and lineage in the project's folder."""
    return project.python("import lineage\nfrom lineage import History\n" + code)


def test_runs_has_the_contract_for_scripts(done_words: Project) -> None:
    """The JSON of `lineage runs` holds what scripts may rely on."""
    done_words.doit("counter=count_unique")
    first, second = done_words.json("runs")["runs"]
    assert (first["id"], second["id"]) == (1, 2)
    assert first["status"] == "ok"
    assert [step["task"] for step in second["steps"]] == ["words:collect", "words:counter", "words:report"]
    counter = second["steps"][1]
    assert counter["step"] == "count_unique"
    assert counter["status"] == "run"
    assert counter["seconds"] > 0
    assert counter["reasons"], "no reason why it ran"
    (output,) = counter["outputs"]
    assert (output["name"], output["version"]) == ("total", 2)
    assert len(output["digest"]) == 32
    assert second["steps"][0]["status"] == "cached"
    assert second["steps"][0]["seconds"] == 0


def test_a_digest_is_of_the_value(done_words: Project) -> None:
    """The same value has the same digest, whoever made it; coming back to it gives its old version."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip() + '!'")
    done_words.doit()
    done_words.edit("tasks/words.py", "return text.strip() + '!'", "return str(text.strip())")
    done_words.doit()
    first, second, third = (run["steps"][0]["outputs"][0] for run in done_words.runs())
    assert [first["version"], second["version"], third["version"]] == [1, 2, 1]
    assert first["digest"] == third["digest"] != second["digest"]


def test_runs_in_which_nothing_changed_are_runs_too(done_words: Project) -> None:
    """A no-op is recorded, with all its steps cached in 0 seconds and the outputs they stand for."""
    for _ in range(3):
        done_words.doit()
    found = done_words.runs()
    assert [run["id"] for run in found] == [1, 2, 3, 4]
    for run in found[1:]:
        assert {step["task"].partition(":")[2]: step["status"] for step in run["steps"]} == only("cached", ALL)
        assert {step["seconds"] for step in run["steps"]} == {0}
        assert [step["outputs"] for step in run["steps"]] == [step["outputs"] for step in found[0]["steps"]]


def test_runs_for_people(done_words: Project) -> None:
    """`lineage runs` shows a line a run, newest last, plain where it is no terminal."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError(1)")
    done_words.doit(code=1)
    lines = done_words.lineage("runs").stdout.strip().splitlines()
    assert "ok" in lines[-2]
    assert "failed" in lines[-1]
    assert "\x1b" not in "".join(lines)


def test_doit_lineage_is_the_same_command(done_words: Project) -> None:
    """`doit lineage X` says what `lineage X` says, name=value words included."""
    for args in (["runs"], ["runs", "--json"], ["artifacts"], ["show", "words/total"], ["stack", "describe"]):
        assert done_words.doit("lineage", *args).stdout == done_words.lineage(*args).stdout, args
    assert "did you mean" in done_words.doit("lineage", "runs", "conter=x", code=3).printed
    assert "did you mean" in done_words.lineage("runs", "conter=x", code=3).printed


def test_the_project_is_found_from_any_subfolder(done_words: Project) -> None:
    """`lineage` works in tasks/ as in the project's folder, with paths as seen from there, and from Python too."""
    assert done_words.lineage("runs", cwd="tasks").stdout == done_words.lineage("runs").stdout
    for what in ("words/summary", str(Path("..") / done_words.artifact("words/summary").relative_to(done_words.path))):
        assert "words/summary" in done_words.lineage("show", what, cwd="tasks").stdout.splitlines()[0]
    code = "import os; os.chdir('tasks'); import lineage; print(lineage.load('words/total'))"
    assert done_words.python(code) == "6"


def test_outside_any_project_it_says_so(tmp_path: Path, done_words: Project) -> None:
    """No traceback, exit code 3, a way on."""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = done_words.lineage("runs", code=3, cwd=empty)
    assert "dodo.py" in done.printed
    assert "Traceback" not in done.printed


def test_before_the_first_run(words: Project) -> None:
    """Asking first is no error: there is nothing yet."""
    assert words.json("runs") == {"runs": []}
    words.lineage("runs")
    words.lineage("artifacts")
    words.lineage("stack", "describe")
    assert not (words.path / "artifacts").exists()


def test_show_an_artifact(done_words: Project) -> None:
    """`lineage show` tells the whole way: steps, versions, parameters and code."""
    shown = done_words.lineage("show", "words/summary").stdout
    for word in ("summary", "report", "total", "count", "sentence", "collect", "to be or not to be", "tasks/words.py"):
        assert word in shown, word


def test_show_draws_the_tree_with_letters_that_can_be_written(done_words: Project) -> None:
    """Where only ASCII is, no branch is a question mark."""
    told = done_words.lineage("show", "words/summary", env={"PYTHONIOENCODING": "ascii"}).stdout
    assert "`- words/" in told
    assert "?" not in told


def test_show_a_path_a_digest_and_a_copy(done_words: Project) -> None:
    """The readable path, the digest, and a copy of the file under another name all lead to the same artifact."""
    path = done_words.artifact("words/summary")
    digest = done_words.steps()["report"]["outputs"][0]["digest"]
    shutil.copy(path, done_words.path / "copy.bin")
    for what in (str(path.relative_to(done_words.path)), str(path), digest, digest[:12], "copy.bin"):
        shown = done_words.lineage("show", what).stdout
        assert "words/summary" in shown, what
        assert "report" in shown, what
        assert json.loads(done_words.lineage("show", what, "--json").stdout), what


def test_show_an_older_version_by_its_digest(done_words: Project) -> None:
    """A digest that is no longer current is still known."""
    digest = done_words.steps()["counter"]["outputs"][0]["digest"]
    done_words.doit("counter=count_unique")
    assert "tasks.words:count" in done_words.lineage("show", digest).stdout.replace("tasks/words.py:", "tasks.words:")


@pytest.mark.parametrize("what", ["words/sumary", "summry", "nothing.txt", "0123456789abcdef"])
def test_show_something_unknown(done_words: Project, what: str) -> None:
    """Exit code 3, the nearest name where there is one, no traceback."""
    done = done_words.lineage("show", what, code=3)
    assert "Traceback" not in done.printed
    if "sum" in what:
        assert "did you mean 'words/summary'?" in done.printed


@pytest.mark.parametrize("task", ["words:counter", "counter"])
def test_show_a_task(done_words: Project, task: str) -> None:
    """A task's name leads to what it puts out, and to the command that tells of tasks."""
    done = done_words.lineage("show", task, code=3)
    assert f"'{task}' is a task, not an artifact (did you mean 'words/total'?)" in done.stderr
    assert f"lineage why {task}" in done.stderr


def test_artifacts(done_words: Project) -> None:
    """Names, versions, types, sizes and the run that made each."""
    done_words.doit("counter=count_unique")
    shown = done_words.lineage("artifacts").stdout
    for word in ("words/sentence", "words/total", "words/summary", "str", "int"):
        assert word in shown
    assert "words/total" in json.dumps(done_words.json("artifacts"))


def test_stack_describe(done_words: Project) -> None:
    """Each part of the stack says its kind and where it is, as something one can open."""
    shown = done_words.lineage("stack", "describe").stdout
    for word in ("artifact-store", "metadata-store", "executor"):
        assert word in shown
        assert word in json.dumps(done_words.json("stack", "describe"))
    described = json.dumps(done_words.json("stack", "describe", "metadata-store"))
    assert str(done_words.path / ".lineage") in described
    assert "did you mean" in done_words.lineage("stack", "describe", "metadatastore", code=3).printed


def test_a_mistyped_command_is_answered_with_the_nearest(done_words: Project) -> None:
    """`lineage rnus` and an unknown option end with 3."""
    assert "did you mean 'runs'?" in done_words.lineage("rnus", code=3).printed
    done_words.lineage("runs", "--jsn", code=3)


def test_so_many_runs_are_a_number(done_words: Project) -> None:
    """None of some runs is not that nothing has run, and less than none means nothing."""
    assert "no runs yet" not in done_words.lineage("runs", "--last", "0").stdout
    assert "--last -1 means nothing" in done_words.lineage("runs", "--last", "-1", "--json", code=3).printed


def test_lineage_new_makes_a_project_that_runs(tmp_path: Path, words: Project) -> None:
    """Three files, and `doit` in them works at once."""
    words.lineage("new", "demo")
    demo = Project(words.path / "demo")
    files = sorted(str(path.relative_to(demo.path)) for path in demo.path.rglob("*") if path.is_file())
    assert len(files) == 3
    assert "dodo.py" in files
    assert set(demo.rerun().values()) == {"run"}
    assert set(demo.rerun().values()) == {"cached"}
    again = words.lineage("new", "demo", code=3)
    assert "demo" in again.printed


def test_history_in_python(done_words: Project) -> None:
    """The lesson's question, answered from Python."""
    done_words.doit("counter=count_unique")
    code = """
run = History().pipeline("words").runs[-1]
print(run.status, run.steps["counter"].status, run.steps["collect"].status)
print(run.steps["counter"].outputs["total"].load(), lineage.load("words/total"))
print([version.version for version in History().artifact("words/total").versions])
total = run.steps["counter"].outputs["total"]
print(total.producer.name, [consumer.name for consumer in total.consumers])
print(run.steps["collect"].outputs["sentence"].load())
"""
    assert python(done_words, code).splitlines() == [
        "ok run cached",
        "4 4",
        "[1, 2]",
        "counter ['report']",
        "to be or not to be",
    ]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("history.pipeline('words').runs[-1].steps['countr']", "no step 'countr' (did you mean 'counter'?)"),
        ("history.runs[-1].steps['counter']", "no step 'counter' (did you mean 'words:counter'?)"),
        ("history.runs[-1].steps['words:counter'].outputs['totl']", "no output 'totl' (did you mean 'total'?)"),
    ],
)
def test_a_mistyped_name_in_python(done_words: Project, asked: str, says: str) -> None:
    """A step or an output that is not there is a KeyError that names the nearest."""
    ask = f"try:\n    {asked}\nexcept KeyError as error:\n    print(error.args[0])"
    told = done_words.python(f"import lineage\nhistory = lineage.History()\n{ask}")
    assert says in told


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        (("lineage", "show", "words/TOTAL"), "words/total"),
        (("lineage", "show", "Summary"), "words/summary"),
        (("lineage", "show", "artifacts/words/totl.json"), "words/total"),
        (("lineage", "why", "COUNTER"), "counter"),
        (("lineage", "Runs"), "runs"),
        (("doit", "words:COUNTER"), "words:counter"),
        (("doit", "Words"), "words"),
        (("doit", "Counter=count"), "counter"),
        (("doit", "WORDS.text=be"), "words.text"),
        (("doit", "counter=COUNT"), "count"),
    ],
)
def test_capitals_and_readable_paths_have_a_nearest_name(
    done_words: Project, asked: tuple[str, ...], nearest: str
) -> None:
    """A name in the wrong case means that name, and not another of the same letters' length."""
    command, *words = asked
    done = getattr(done_words, command)(*words, code=3)
    assert f"(did you mean '{nearest}'?)" in done.stderr


def test_metrics_are_numbers_that_steps_return(done_words: Project) -> None:
    """A returned number is a metric of its step run, and `lineage runs` shows it."""
    code = "print(History().pipeline('words').runs[-1].steps['counter'].metrics)"
    assert python(done_words, code) == "{'total': 6.0}"
    assert "total=6" in done_words.lineage("runs").stdout


def test_a_metric_goes_by_the_name_of_its_output(done_words: Project) -> None:
    """A result that is given back goes by its new name: of a renamed variable, and in another pipeline."""
    done_words.edit("dodo.py", "total = counter(sentence)", "amount = counter(sentence)")
    done_words.edit("dodo.py", "report(sentence, total)", "report(sentence, amount)")
    other = """

@pipeline
def more():
    said = collect("to be or not to be")
    total = count(said)
    other = count("to be")
"""
    done_words.write({"dodo.py": done_words.read("dodo.py") + other})
    done_words.doit()
    assert sorted(done_words.executed()) == ["count"]
    run = done_words.json("runs")["runs"][-1]
    assert run["metrics"] == {"amount": 6, "total": 6, "other": 2}
    assert [step["metrics"] for step in run["steps"] if step["metrics"]] == [{"amount": 6}, {"total": 6}, {"other": 2}]
    code = "print(History().pipeline('words').runs[-1].steps['counter'].metrics)"
    assert python(done_words, code) == "{'amount': 6.0}"
    done_words.lineage("report", "-o", "out.json")
    assert [each["name"] for each in json.loads(done_words.read("out.json"))["metrics"]] == ["amount", "total", "other"]


def test_git_state_is_recorded_when_a_step_runs(words: Project) -> None:
    """The commit, and whether there were changes besides; artifacts/ and .lineage/ keep themselves out of git."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    words.write({".gitignore": "__pycache__/\n*.pyc\n"})
    for args in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        assert words.command(*git, *args).code == 0
    commit = words.command("git", "rev-parse", "HEAD").stdout.strip()
    words.doit()
    status = words.command("git", "status", "--porcelain").stdout
    assert "artifacts" not in status
    assert ".lineage" not in status
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit()
    words.doit()
    runs = python(words, "print([(run.git_commit, run.git_dirty) for run in History().runs])")
    assert runs == str([(commit, False), (commit, True), (commit, None)]) or runs == str(
        [(commit, False), (commit, True), (commit, True)]
    )


def test_failures_are_kept_with_their_error(done_words: Project) -> None:
    """The exception of a failed step stays readable after the console is gone."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError('no words')")
    done_words.doit(code=1)
    assert "no words" in python(done_words, "print(History().pipeline('words').runs[-1].steps['counter'].error)")


# A value that was made twice


def makers(project: Project, name: str) -> set[tuple[int, int]]:
    """Return {(first run, run that it comes from)} of a value's version as every way to ask for it tells it."""
    current = {each["name"]: each["current"] for each in project.json("artifacts")["artifacts"]}[name]
    of_one = project.json("artifacts", name)["artifacts"][0]
    shown = [project.json("show", what)["found"] for what in (name, current["digest"], f"{name}@{current['version']}")]
    shown.append(project.json("show", str(project.artifact(name).relative_to(project.path)))["found"])
    told = [current, of_one["current"], of_one["versions"][current["version"] - 1]]
    for found in shown:
        (one,) = found
        told.append(one["artifact"])
        maker = next(step for step in one["steps"] if step["id"] == one["producer"])
        assert maker["run"] == one["artifact"]["last_run"]
    return {(each["run"], each["last_run"]) for each in told}


def test_a_stored_object_that_somebody_wrote_to(done_words: Project) -> None:
    """`show` and `artifacts` say that it is damaged, and change nothing; `doit` mends it."""
    stored = done_words.stored("words/summary")
    stored.chmod(0o644)
    stored.write_text("6 words in 'to be or not to bE'")
    for what in ("words/summary", str(done_words.artifact("words/summary"))):
        shown = done_words.lineage("show", what).stdout
        assert re.search(r"^  damaged +not the bytes that were stored.*`doit`.* makes the artifact again", shown, re.M)
        assert done_words.json("show", what)["found"][0]["artifact"]["condition"] == "damaged"
    table = done_words.lineage("artifacts").stdout
    assert [line.split()[0] for line in table.splitlines() if "(damaged)" in line] == ["words/summary"]
    assert "made again by `doit`" in table
    assert "(damaged)" in done_words.lineage("artifacts", "summary").stdout
    conditions = [each["current"]["condition"] for each in done_words.json("artifacts")["artifacts"]]
    assert conditions == ["intact", "damaged", "intact"]
    assert stored.read_text().endswith("bE'")
    done_words.doit()
    assert done_words.json("show", "summary")["found"][0]["artifact"]["condition"] == "intact"
    assert "damaged" not in done_words.lineage("artifacts").stdout


def test_a_stored_object_that_is_gone(done_words: Project) -> None:
    """`show` and `artifacts` say that it is missing, and that `doit` makes it again."""
    done_words.stored("words/total").unlink()
    assert "not in the store any more; `doit` makes it again" in done_words.lineage("show", "total").stdout
    assert done_words.json("show", "total")["found"][0]["artifact"]["condition"] == "missing"
    assert "6  (missing)" in done_words.lineage("artifacts").stdout


def test_a_stored_object_that_was_only_touched(done_words: Project) -> None:
    """A new mtime over the same bytes is no damage."""
    done_words.stored("words/total").touch()
    assert done_words.json("show", "total")["found"][0]["artifact"]["condition"] == "intact"


LARGE = {
    "dodo.py": """\
from pathlib import Path
from lineage import pipeline, step


@step
def spacious() -> Path:
    with open("space", "wb") as file:
        file.truncate(65 << 20)
    return Path("space")


@pipeline
def large():
    space = spacious()
""",
}


def test_a_large_stored_object_is_not_hashed_for_a_look(project: Write) -> None:
    """Where it may be damaged, it is said to have changed; that another size is damage needs no hash."""
    large = project(LARGE)
    large.doit()
    stored = large.stored("large/space")
    stored.chmod(0o644)
    with stored.open("r+b") as file:
        file.write(b"mine")
    shown = large.lineage("show", "space").stdout
    assert re.search(r"^  touched +it changed since it was stored.*`doit` hashes it when it is needed", shown, re.M)
    assert "(" not in large.lineage("artifacts").stdout
    os.truncate(stored, 64 << 20 | 1)
    assert large.json("show", "space")["found"][0]["artifact"]["condition"] == "damaged"
    assert "(damaged)" in large.lineage("artifacts").stdout


def test_a_value_that_was_made_twice(done_words: Project) -> None:
    """Every command names the same run as the one that it comes from, and the same as the first that made it."""
    assert makers(done_words, "words/total") == {(1, 1)}
    done_words.doit()
    assert makers(done_words, "words/total") == {(1, 1)}
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 0")
    done_words.doit()
    assert makers(done_words, "words/total") == {(1, 3)}
    table = done_words.lineage("artifacts").stdout
    assert [line.split("  ")[-1].strip() for line in table.splitlines()[1:]] == ["1", "1", "3, first 1"]
    shown = done_words.lineage("show", "total").stdout
    assert "in run 3," in shown
    assert "first    made by run 1," in shown
    assert "first  " not in done_words.lineage("show", "sentence").stdout


def test_a_value_whose_older_maker_is_back(done_words: Project) -> None:
    """After an edit is taken back a value comes from its first maker again, also through a run that only confirms."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 0")
    done_words.edit("tasks/words.py", 'return f"{total}', 'raise KeyError\n    return f"{total}')
    done_words.doit(code=1)
    assert makers(done_words, "words/total") == {(1, 2)}
    done_words.edit("tasks/words.py", 'raise KeyError\n    return f"{total}', 'return f"{total}')
    done_words.edit("tasks/words.py", "return len(split(sentence)) + 0", "return len(split(sentence))")
    done_words.doit()
    assert done_words.runs()[-1]["confirms"] == 1
    assert makers(done_words, "words/total") == {(1, 1)}


def test_a_value_executed_again_is_of_the_newest_run(done_words: Project) -> None:
    """`doit -a` makes each value again: the runs differ, the versions do not."""
    done_words.doit("-a")
    for name in ("words/sentence", "words/total", "words/summary"):
        assert makers(done_words, name) == {(1, 2)}


ODD = """
from lineage import pipeline, step

@step
def count(text: str) -> dict:
    return {"a\\nb": 1, "red\\x1b[31m": 2, "back\\u202ewards": 3}

@step
def total(counts: dict, where: str) -> float:
    return 6.0

@pipeline
def odd(words="one\\ntwo"):
    counts = count(words)
    result = total(counts, "over\\rwritten")
"""


def test_a_line_feed_in_a_name_or_value_breaks_no_table(project: Callable[[Mapping[str, str]], Project]) -> None:
    """What would move the cursor is shown escaped, one line a row, for people; JSON has it exactly."""
    odd = project({"dodo.py": ODD})
    odd.doit()
    odd.doit("words=three\nfour\x1b[31m")
    printed = [odd.lineage(*args).stdout for args in (["runs"], ["artifacts"], ["show", "odd/result"])]
    printed.append(odd.doit("info", "odd:total", code=None).stdout)
    for text in printed:
        assert all(line.isprintable() for line in text.split("\n")), text
    runs, artifacts, shown, info = printed
    assert len(runs.splitlines()) == 3
    assert "words=three\\nfour\\x1b[31m  counts.a\\nb=1" in runs
    assert len(artifacts.splitlines()) == 3
    assert "{a\\nb: 1, red\\x1b[31m: 2, back\\u202ewards: 3}" in artifacts
    assert "where='over\\rwritten'" in shown
    assert "where = 'over\\rwritten'" in info
    run = odd.runs()[-1]
    assert run["selection"] == {"words": "three\nfour\x1b[31m"}
    assert run["steps"][0]["metrics"] == {"counts.a\nb": 1, "counts.red\x1b[31m": 2, "counts.back\u202ewards": 3}


def test_what_can_be_printed_is_shown_as_it_is() -> None:
    """Letters of all scripts, backslashes and spaces of all widths stay; only what breaks a line is escaped."""
    same = "Ärger\\n in 東京\u00a0\u3000→ 0.1"
    assert one_line(same) == same
    assert one_line("a\tb\x85c\u2028d\udc80") == "a\\tb\\x85c\\u2028d\\udc80"
