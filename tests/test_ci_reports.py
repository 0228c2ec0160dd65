"""What a run leaves for those who were not there: JUnit, a summary, JSON; whatever became of the run."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase
from projects import DOIT, FOLDS, WORDS, Project, kill, swap, wait_for

from lineage.commands.line import parser
from lineage.dodo.reports import FORMATS
from lineage.explain.runs import Metric
from lineage.report.markdown import _change
from lineage.report.markup import code, fenced, label, plain
from lineage.report.write import FORMATS as WRITTEN

ALL = ("--report", "junit:out/j.xml", "--report", "markdown:out/s.md", "--report", "json:out/run.json")
PAYLOADS = ("<img src=x onerror=alert(1)>", "| a | b |", "`c` **d** [e](f)", "@octocat #1 https://x.org", "]]>&lt;")


@pytest.fixture
def words(tmp_path: Path) -> Project:
    return Project(tmp_path / "words").write(WORDS)


@pytest.fixture
def folds(tmp_path: Path) -> Project:
    return Project(tmp_path / "folds").write(FOLDS)


def counts(project: Project, name: str = "out/j.xml") -> tuple[int, int, int, int]:
    """Return tests, failures, errors and skipped as a reader counts them, having checked what the file says itself."""
    found = JUnitXml.fromfile(str(project.path / name))
    said = (found.tests, found.failures, found.errors, found.skipped)
    of = ("tests", "failures", "errors", "skipped")
    summed = tuple(sum(getattr(suite, each) for suite in found) for each in of)
    assert said[:3] == summed[:3]  # all suites together have no number of skipped ones
    found.update_statistics()
    assert summed == (found.tests, found.failures, found.errors, found.skipped)
    return summed


def case(project: Project, name: str) -> TestCase:
    found = JUnitXml.fromfile(str(project.path / "out/j.xml"))
    return next(each for suite in found for each in suite if each.name == name)


def git(project: Project, *words: str) -> str:
    """Run git and return what it printed."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *words], cwd=project.path, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(project: Project) -> Project:
    """Make the project a repository with one commit."""
    (project.path / ".gitignore").write_text("artifacts/\nout/\nexecuted.txt\n__pycache__/\n")
    git(project, "init", "-q")
    return commit(project, "first")


def commit(project: Project, message: str) -> Project:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", message)
    return project


# -- what a run did ----------------------------------------------------------------------------------------------------


def test_junit_has_a_test_case_a_step_and_what_was_cached_is_skipped(words: Project) -> None:
    """A step that ran passed, with its seconds; one that did not have to run is skipped and says cached."""
    words.doit(*ALL)
    assert counts(words) == (3, 0, 0, 0)
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit(*ALL)
    assert counts(words) == (3, 0, 0, 1)
    assert [type(each) for each in case(words, "collect").result] == [Skipped]
    assert case(words, "collect").result[0].message.startswith("cached")
    assert case(words, "counter").classname == "words"
    assert case(words, "counter").time > 0


def test_a_place_counts_from_the_top_of_the_repository(tmp_path: Path) -> None:
    """GitLab links it from there, also where the project is a folder of the repository."""
    folds = Project(tmp_path / "folds").write(FOLDS)
    (tmp_path / ".git").mkdir()
    folds.doit("--continue", "bad=2", *ALL, code=1)
    assert case(folds, "fit@fold:2")._elem.get("file") == "folds/steps.py"
    folds.write({"dodo.py": "def (\n"})
    folds.doit(*ALL, code=3)
    broken = case(folds, "before any step")
    assert (broken._elem.get("file"), broken._elem.get("line")) == ("folds/dodo.py", "1")
    assert broken.result[0].message == "SyntaxError: invalid syntax"


#: What the schemas of JUnit reports know of each element; `file` and `line` are what GitLab and others add to them.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "time", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "time", "file", "line"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
    "system-out": set(),
}


def test_junit_has_the_elements_and_attributes_that_readers_know(folds: Project) -> None:
    """Of a run that failed, of one whose dodo.py is broken, and of one that had nothing to do."""
    for words in (("--continue", "bad=2"), ("folds:none*",), ("status:running",)):
        folds.doit(*words, *ALL, code=None)
        for element in ElementTree.parse(folds.path / "out/j.xml").getroot().iter():
            assert set(element.attrib) <= ATTRIBUTES[element.tag], element.attrib


def test_a_failure_has_the_users_traceback_the_place_and_what_was_printed(folds: Project) -> None:
    """And what came after it is skipped; the reports are written although the run failed."""
    folds.doit("--continue", "bad=2", *ALL, code=1)
    assert counts(folds) == (7, 1, 0, 1)
    failed = case(folds, "fit@fold:2")
    (failure,) = failed.result
    assert isinstance(failure, Failure)
    assert failure.type == "ValueError"
    assert "steps.py" in failure.text
    assert "lineage/" not in failure.text
    assert failed._elem.get("file") == "steps.py"
    assert failed._elem.get("line") == str(
        FOLDS["steps.py"].splitlines().index('        raise ValueError("fold is bad")') + 1
    )
    assert failed.system_out.strip() == "fitting 2"
    assert isinstance(case(folds, "best").result[0], Skipped)
    text = folds.read("out/s.md")
    assert text.startswith("### ✕ folds: failed, 5 run, 0 cached, 1 failed, 1 skipped")
    assert 'raise ValueError("fold is bad")' in text
    assert json.loads(folds.read("out/run.json"))["run"]["status"] == "failed"


def test_an_interrupted_run_is_reported(words: Project) -> None:
    """Ctrl-C ends the run with 130, and what was running is an error in the report."""
    words.edit(
        "tasks/words.py",
        '    note("count")\n',
        '    import time\n\n    open("at-work", "w").close()\n    time.sleep(60)\n',
    )
    child = words.start(*DOIT, *ALL)
    wait_for(words.path / "at-work", child)
    kill(child, signal.SIGINT)
    assert words.finish(child).code == 130
    assert counts(words) == (3, 0, 1, 1)
    assert isinstance(case(words, "counter").result[0], Error)
    assert "interrupted" in words.read("out/s.md").splitlines()[0]


def test_a_run_with_nothing_to_do_is_reported_each_time(words: Project) -> None:
    """Also where it is answered from what the last run has looked at, and with options after names."""
    for _ in range(3):
        words.doit()
    for again in range(3):
        words.doit(*ALL)
        assert counts(words) == (3, 0, 0, 3)
        assert "**Nothing had to run:** all 3 steps are up to date." in words.read("out/s.md")
        assert json.loads(words.read("out/run.json"))["run"]["id"] == 4 + again
    words.doit("words", "--report=markdown:out/after.md")
    assert words.read("out/after.md").startswith("### ✓ words: 0 run, 3 cached")


def test_the_summary_says_what_was_edited_and_what_became_of_the_numbers(words: Project) -> None:
    """The helper's diff, the steps that reach it, the metric with its change, versions, and the lineage as Mermaid."""
    committed(words).doit()
    words.edit("tasks/language.py", "return sentence.split(SEPARATOR)", "return sentence.split(SEPARATOR)[1:]")
    words.doit("--report", "markdown:out/s.md", "--against", "HEAD")
    text = words.read("out/s.md")
    assert "against run 1 (main, " in text
    assert "| <code>total</code> | 6.0 | 5.0 | **-1** (-17 %) |" in text
    assert "<code>tasks.language:split</code> (tasks/language.py), reached by <code>words:counter</code>" in text
    assert "-    return sentence.split(SEPARATOR)\n+    return sentence.split(SEPARATOR)[1:]\n" in text
    assert "| <code>words/total</code> | 2 | 5 | changed |" in text
    assert re.search(r"```mermaid\nflowchart LR\n.*s0 --> s1", text, re.S)


def test_a_plain_task_of_the_run_is_in_the_report(words: Project) -> None:
    """Its failure is told too: a report is never green of a run that failed."""
    task = '\n\ndef task_publish():\n    return {"actions": ["echo published && exit 3"]}\n'
    words.write({"dodo.py": WORDS["dodo.py"] + task})
    words.doit(*ALL, code=1)
    assert counts(words) == (4, 1, 0, 0)
    assert "exit 3" in case(words, "publish").result[0].text
    assert "✕ <code>publish</code>" in words.read("out/s.md")
    words.lineage("report", "-o", "out/j.xml")
    assert counts(words) == (4, 0, 1, 0)  # afterwards it is known only that something else failed


def test_a_report_that_cannot_be_written_does_not_lose_the_run(words: Project) -> None:
    """It is an error with its path and exit code 2; the other reports are written, and the run is recorded."""
    (words.path / "file").write_text("")
    done = words.doit("--report", "junit:file/j.xml", "--report", "markdown:out/s.md", code=2)
    assert "file/j.xml" in done.stderr
    assert "fix: name another place" in done.stderr
    assert words.read("out/s.md").startswith("### ✓")
    assert words.status_of_run() == "ok"


def test_a_command_that_comes_to_no_run_leaves_no_report_of_an_earlier_one(words: Project) -> None:
    """A dodo.py that raises, a name that means nothing: an error in JUnit, and a line in the summary."""
    words.doit(*ALL)
    words.doit(*ALL, "wrods", code=3)
    assert counts(words) == (1, 0, 1, 0)
    assert "wrods" in words.read("out/s.md")
    broken = {"1 / 0": "ZeroDivisionError: division by zero", "raise SystemExit(0)": "SystemExit: 0"}
    for statement, message in broken.items():
        for before in ("", "\ndef task_x():\n    "):
            words.write({"dodo.py": f"{WORDS['dodo.py']}\n{before}{statement}\n"})
            words.doit(*ALL, code=3)
            assert counts(words) == (1, 0, 1, 0)
            assert case(words, "before any step").result[0].message == message
            assert words.read("out/s.md").startswith(f"### ✕ words: nothing ran\n\n{message.split(':')[0]}")
    assert len(words.runs()) == 1


def test_nothing_to_do_is_no_error_and_no_report_of_an_earlier_run(words: Project) -> None:
    """A status that no step has, and all of it excluded: JUnit without a case, and a line that says so."""
    words.doit(*ALL)
    words.doit("status:failed", *ALL)
    assert counts(words) == (0, 0, 0, 0)
    assert words.read("out/s.md").startswith("### ✓ words: nothing ran\n\nnothing to do: no step has status")
    words.doit(*ALL, "--exclude", "words")
    assert "all that was chosen is excluded" in words.read("out/s.md")


def test_an_earlier_run_can_be_reported_afterwards(words: Project) -> None:
    """With the same words for the format, or by the file's suffix."""
    words.doit()
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit()
    words.lineage("report", "--run", "1", "-o", "one.md")
    words.lineage("report", "--format", "junit", "-o", "out/j.xml", "--against", "1")
    assert words.read("one.md").startswith("### ✓ words: 3 run")
    assert counts(words) == (3, 0, 0, 1)
    told = json.loads(words.lineage("report", "--format", "json", "-o", "-", "--against", "1").stdout)
    assert [(each["name"], each["before"], each["after"], each["change"]) for each in told["metrics"]] == [
        ("total", 6.0, 7.0, 1.0)
    ]


# -- what it is compared with ------------------------------------------------------------------------------------------


def test_a_json_report_is_something_to_compare_with(words: Project) -> None:
    """Numbers and values are compared; another file is refused before anything runs."""
    words.doit("--report", "json:base.json")
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit("--report", "markdown:out/s.md", "--against", "base.json")
    assert "| <code>total</code> | 6.0 | 7.0 | **+1** (+17 %) |" in words.read("out/s.md")
    assert "against base.json (run 1)" in words.read("out/s.md")
    (words.path / "other.json").write_text('{"runs": []}')
    before = words.runs()
    refused = words.doit("--report", "markdown:out/s.md", "--against", "other.json", code=3)
    assert "other.json is no report to compare with" in refused.stderr
    assert words.runs() == before
    done = words.lineage("report", "-o", "x.md", "--against", "other.json", code=3)
    assert "other.json is no report to compare with" in done.stderr


def test_the_last_run_is_the_one_before_the_reported(words: Project) -> None:
    """What `last` means is settled before there is a newer run."""
    words.doit()
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit("--report", "markdown:out/s.md", "--against", "last")
    assert "| <code>total</code> | 6.0 | 7.0 |" in words.read("out/s.md")


def test_a_run_with_changes_that_were_not_committed_does_not_stand_for_the_commit(words: Project) -> None:
    """The newest run that does is taken."""
    committed(words).doit()
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit()
    words.edit("tasks/words.py", "+ 1", "+ 2")
    words.doit("--report", "markdown:out/s.md", "--against", "HEAD")
    assert "against run 1 " in words.read("out/s.md")
    assert "| <code>total</code> | 6.0 | 8.0 |" in words.read("out/s.md")


def test_a_run_that_confirms_uncommitted_changes_does_not_stand_for_the_commit(words: Project) -> None:
    """A run in which nothing ran has not asked git, so it is no proof of what is committed."""
    committed(words).doit()
    words.edit("tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    words.doit()
    words.doit()
    words.edit("tasks/words.py", "+ 1", "+ 2")
    words.doit("--report", "markdown:out/s.md", "--against", "HEAD")
    assert "against run 1 " in words.read("out/s.md")
    assert "| <code>total</code> | 6.0 | 8.0 |" in words.read("out/s.md")


def test_a_commit_that_was_never_run_is_fingerprinted_from_git(words: Project) -> None:
    """Its tree is read, not run, and what the records know of the same fingerprints is compared with."""
    committed(words).doit()
    words.edit("tasks/words.py", '"""Count all words."""', '"""Count them."""')
    commit(words, "a docstring, which no run has seen")
    words.edit("tasks/language.py", "return sentence.split(SEPARATOR)", "return sentence.split(SEPARATOR)[1:]")
    commit(words, "a helper")
    words.executed()
    words.doit("--report", "markdown:out/s.md", "--report", "json:out/r.json", "--against", "HEAD~1")
    assert words.executed() == ["count", "report"]
    text, told = words.read("out/s.md"), json.loads(words.read("out/r.json"))
    assert "against HEAD~1 (" in text.replace("&#126;", "~")
    assert told["against"]["missing"] == []
    assert [(each["before"], each["after"]) for each in told["metrics"]] == [(6.0, 5.0)]
    assert "+    return sentence.split(SEPARATOR)[1:]\n" in text
    assert [reason["name"] for reason in told["reasons"]["words:counter"]] == ["tasks.language:split"]


@pytest.mark.parametrize("nothing", ["HEAD~1", "HEAD^^", "0" * 40, ""])
def test_before_the_first_commit_is_no_baseline(words: Project, nothing: str) -> None:
    """A first push compares with what is not there, as servers' variables and recipes say it: nothing is wrong."""
    committed(words).doit("--report", "markdown:out/s.md", "--report", "svg:out/s.svg", f"--against={nothing}")
    assert "no baseline: " in words.read("out/s.md")
    assert words.lineage("report", "-o", "x.md", "--against", nothing).code == 0


def test_a_short_hash_of_digits_is_no_run(words: Project) -> None:
    """Where there is no run of that number; servers give hashes of eight letters, of which some are digits only."""
    committed(words).doit()
    git(words, "branch", "20261126")  # no hash can be chosen, but git looks both up in the same way
    words.doit("--report", "markdown:out/s.md", "--against", "20261126")
    assert "against run 1 " in words.read("out/s.md")
    assert "there is no run 20261127" in words.doit(*ALL, "--against", "20261127", code=3).stderr


def test_paths_are_relative_to_where_the_command_was_typed(words: Project) -> None:
    """Before the names and after them, also where dodo.py is in another folder; a home stands for itself."""
    below, home = words.path / "below", words.path / "home"
    below.mkdir()
    words.command(*DOIT, "-k", "--report", "json:one.json", "words", cwd=below)
    after = ("--report", "markdown:s.md", "--against", "one.json", "--report", "json:~/two.json")
    assert words.command(*DOIT, "-k", "words", *after, cwd=below, env={"HOME": str(home)}).code == 0
    assert "against one.json (run 1)" in (below / "s.md").read_text()
    assert (home / "two.json").is_file()


def test_the_shared_cache_is_asked_what_it_knows_of_a_commit(words: Project, tmp_path: Path) -> None:
    """In a fresh clone, with records of its own that are empty, as in CI."""
    cache = {"LINEAGE_CACHE": str(tmp_path / "cache")}
    committed(words).doit(env=cache)
    clone = Project(tmp_path / "clone")
    git(clone, "clone", "-q", str(words.path), ".")
    clone.edit("tasks/language.py", "return sentence.split(SEPARATOR)", "return sentence.split(SEPARATOR)[1:]")
    reading = cache | {"LINEAGE_CACHE_MODE": "read-only"}
    clone.doit("--report", "markdown:out/s.md", *ALL, "--against", "origin/HEAD", env=reading)
    assert counts(clone) == (3, 0, 0, 1)
    text = clone.read("out/s.md")
    assert "| <code>total</code> | 6.0 | 5.0 | **-1** (-17 %) |" in text
    assert "+    return sentence.split(SEPARATOR)[1:]\n" in text


def test_what_nobody_knows_is_said_to_be_no_baseline(words: Project) -> None:
    """The code can be compared all the same, and a tree that cannot be loaded is said to be so."""
    committed(words)
    words.edit("tasks/language.py", "return sentence.split(SEPARATOR)", "return sentence.split(SEPARATOR)[1:]")
    commit(words, "a helper")
    words.doit("--report", "markdown:out/s.md", "--against", "HEAD~1")
    assert "no baseline: " in words.read("out/s.md")
    assert "| <code>total</code> |  | 5.0 | not known |" in words.read("out/s.md")
    assert "+    return sentence.split(SEPARATOR)[1:]\n" in words.read("out/s.md")
    broken = words.read("dodo.py")
    words.write({"dodo.py": "raise RuntimeError('broken')\n"})
    commit(words, "broken")
    words.write({"dodo.py": broken})
    words.doit("--report", "markdown:out/s.md", "--against", "HEAD")
    assert "cannot be fingerprinted: RuntimeError" in words.read("out/s.md").replace("&#58;", ":")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("--report", "junti:x"), "did you mean 'junit'?"),
        (("--report", "junit:"), "names no file"),
        (("--report", "markdown:-"), "names no file"),
        (("--report", "json"), "names no file"),
        (("--against", "HEAD"), "add --report"),
        (("--report", "json:x", "--against", "no/such"), "no such run, file or git reference"),
        (("--dry-run", "--report", "json:x"), "a report is of a run"),
        (("words", "--question", "--report", "json:x"), "a report is of a run"),
    ],
)
def test_what_means_nothing_is_refused_before_anything_runs(words: Project, said: tuple[str, ...], told: str) -> None:
    """With exit code 3."""
    assert told in words.doit(*said, code=3).stderr
    assert words.executed() == []


def test_a_project_without_a_pipeline_has_doits_own_meaning_of_report(tmp_path: Path) -> None:
    """There `--report json` is `--reporter json`, shortened, as ever."""
    plain_task = 'def task_a():\n    return {"actions": ["echo a"]}\n'
    project = Project(tmp_path / "plain").write({"dodo.py": plain_task})
    assert json.loads(project.doit("--report", "json").stdout)["tasks"][0]["name"] == "a"


def test_the_formats_are_one_list() -> None:
    """What is checked before a run, what the command line takes, and what is written cannot drift apart."""
    assert list(FORMATS) == list(WRITTEN)
    choices: Any = parser()._subparsers._group_actions[0].choices["report"]._option_string_actions["--format"].choices
    assert list(choices) == list(FORMATS)


# -- data is data ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "shown"), [(1.0116, "+1.2"), (0.52, "-48"), (3.0, "+200"), (-11.34, "-1,234"), (3e10, "+3.0e+12")]
)
def test_changes_are_told_as_people_write_them(after: float, shown: str) -> None:
    """Two digits of a share, or all before the point."""
    assert _change(Metric("x", 1.0, after), known=True).endswith(f"({shown} %)")


def test_names_and_values_are_never_markup(words: Project) -> None:
    """Not in Markdown, Mermaid or XML, not by closing a fence, not with letters that XML cannot hold."""
    bad = "\\n".join(PAYLOADS) + "\\n```\\n# heading\\x1b[31m\\x00\\udc80"
    text = swap(
        WORDS["tasks/words.py"],
        '    note("report")\n',
        f'    print("{bad}".encode("utf-8", "replace").decode())\n    raise ValueError("{bad}")\n',
    )
    words.write({"tasks/words.py": text})
    words.doit(*ALL, code=1)
    failure = case(words, "report").result[0]
    assert PAYLOADS[0] in failure.text
    assert "\x00" not in failure.text
    inside, fence = [], ""
    for line in words.read("out/s.md").splitlines():
        ticks = re.match(r"`{3,}", line)
        if not fence and ticks:
            fence = ticks[0]
        elif line == fence:
            fence = ""
        elif not fence:
            inside.append(line)
    assert not fence
    outside = "\n".join(inside)
    assert "<img" not in outside
    assert "@octocat" not in outside
    assert "**d**" not in outside
    assert "# heading" not in outside


@pytest.mark.parametrize("text", [*PAYLOADS, "a\nb", "x" * 1000, ":smile:", "```", "\\|"])
def test_each_text_stays_what_it_is(text: str) -> None:
    """One line, nothing of it raw that Markdown, HTML or Mermaid would read."""
    import html

    for made in (plain(text), code(text).removeprefix("<code>").removesuffix("</code>")):
        assert not re.search(r"[<>|`*\[\]@#\\\n](?![0-9]+;)", made.replace("&#", "&"))
        assert "://" not in made
        assert html.unescape(made)[:20] == text.replace("\n", "\\n")[:20]
    assert not re.search(r'["<>|`\n]', label(text))
    block = fenced(text).splitlines()
    assert block[0] == block[-1]
    assert block[0] not in block[1:-1]


def test_a_summary_fits_into_a_comment(tmp_path: Path) -> None:
    """However many steps, whatever long names: GitHub takes 65,536 letters."""
    long = "x" * 90
    body = f"    models = [fit_{long}(fold=fold) for fold in range(300)]\n"
    dodo = f"from lineage import pipeline\nfrom steps import fit_{long}\n\n\n@pipeline\ndef cv():\n{body}"
    steps = f"from lineage import step\n\n\n@step\ndef fit_{long}(fold: int) -> int:\n    return fold\n"
    project = Project(tmp_path / "many").write({"dodo.py": dodo, "steps.py": steps})
    project.doit("--report", "markdown:out/s.md")
    text = project.read("out/s.md")
    assert "and 275 more steps." in text
    assert len(text) < 65_000
