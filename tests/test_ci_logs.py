"""What a run prints where GitHub Actions or GitLab reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from projects import DOIT, WORDS, Project
from terminals import on_a_terminal

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}


@pytest.fixture
def words(tmp_path: Path) -> Project:
    return Project(tmp_path / "words").write(WORDS)


def failing(words: Project, body: str) -> int:
    """Let the second step do this and raise; return the line that raises."""
    words.edit(
        "tasks/words.py", '    note("count")\n', f'    {body}\n    raise ValueError("100%, a: b\\n::warning::c")\n'
    )
    lines = words.read("tasks/words.py").splitlines()
    return next(number for number, line in enumerate(lines, 1) if "raise ValueError" in line)


def commands(printed: str) -> list[str]:
    """Return the lines that GitHub takes for commands: not those between stop-commands and its token."""
    found, token = [], ""
    for line in printed.splitlines():
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            found.append(line)
    return found


def test_a_failure_is_annotated_at_the_users_file_and_line(words: Project) -> None:
    """With the escaping that GitHub documents, and the path from the top of the repository."""
    line = failing(words, "pass")
    printed = words.doit(code=1, env=GITHUB | {"GITHUB_WORKSPACE": str(words.path.parent)}).stdout
    place = f"file=words/tasks/words.py,line={line},title=words%3Acounter failed"
    assert commands(printed) == [f"::error {place}::ValueError: 100%25, a: b%0A::warning::c"]


def test_what_a_step_prints_is_folded(words: Project) -> None:
    """In a group of its own, whose lines stand between; and what was hidden of a failure too."""
    failing(words, 'print("fitting")')
    printed = words.doit("-v2", code=1, env=GITHUB).stdout
    assert re.search(r"^::group::words:counter\nfitting\n\s*::endgroup::\n✕ words:counter", printed, re.M)
    printed = words.doit(code=1, env=GITHUB).stdout
    assert re.search(r"^::group::-- what words:counter printed\nfitting\n::endgroup::\n", printed, re.M)
    assert printed.count("::group::") == printed.count("::endgroup::") == 1
    printed = words.doit("-v2", code=1, env=GITLAB).stdout
    assert re.search(r"section_start:\d+:words_counter\[collapsed=true\]\s\x1b\[0Kwords:counter\nfitting\n", printed)
    assert re.search(r"section_end:\d+:words_counter\s\x1b\[0K\n", printed)
    assert "::error" not in printed


def test_what_steps_print_at_once_is_not_folded(words: Project) -> None:
    """Lines of several steps are mixed, so no fold would be right; none is left open."""
    words.edit("tasks/words.py", '    note("count")\n', '    print("fitting")\n')
    printed = words.doit("-n", "2", "-v2", env=GITHUB).stdout
    assert "fitting" in printed
    assert printed.count("::group::") == printed.count("::endgroup::")


def test_what_a_users_code_says_is_no_command(words: Project) -> None:
    """A message or a log that looks like one is shown with commands switched off."""
    failing(words, 'print("::error::injected\\n::add-mask::x")')
    printed = words.doit(code=1, env=GITHUB).stdout
    assert "::error::injected" in printed
    assert [line.partition(" ")[0] for line in commands(printed)] == ["::group::--", "::endgroup::", "::error"]


def test_a_dodo_file_that_raises_is_annotated(words: Project) -> None:
    """At its own line, although nothing ran; so is a declaration that cannot work."""
    words.write({"dodo.py": WORDS["dodo.py"] + "\n1 / 0\n"})
    line = len(words.read("dodo.py").splitlines())
    told = words.doit(code=3, env=GITHUB).stderr
    assert f"::error file=dodo.py,line={line},title=doit::ZeroDivisionError: division by zero" in told.splitlines()
    words.write({"dodo.py": WORDS["dodo.py"].replace("report(sentence, total)", "report(sentence)")})
    told = words.doit(code=3, env=GITHUB).stderr
    assert re.search(r"^::error file=[a-z./]+,line=\d+,title=doit::.*total", told, re.M)


def test_an_annotation_has_the_whole_message_and_no_colours(words: Project) -> None:
    """Of a dodo.py that cannot be read, of a message of several lines, and of one that a library has coloured."""
    words.write({"dodo.py": "def (\n"})
    told = words.doit(code=3, env=GITHUB).stderr
    assert "::error file=dodo.py,line=1,title=doit::SyntaxError: invalid syntax" in told.splitlines()
    words.write({"dodo.py": "raise RuntimeError('50%\\n\\x1b[31mred\\x1b[0m')\n"})
    told = words.doit(code=3, env=GITHUB).stderr
    assert "::error file=dodo.py,line=1,title=doit::RuntimeError: 50%25%0Ared" in told.splitlines()


def test_a_report_that_cannot_be_written_is_annotated(words: Project) -> None:
    """It is what the job fails of."""
    (words.path / "file").write_text("")
    said = words.doit("--report", "junit:file/j.xml", code=2, env=GITHUB).stderr
    assert "\n::error title=doit::cannot write " in said


PLAIN_TASKS = """

def fail():
    int("many")


def task_publish():
    return {"actions": ["exit 3"]}


def task_python():
    return {"actions": [fail]}
"""


def test_a_plain_task_that_fails_is_annotated(words: Project) -> None:
    """A command by its name, since it has no line; what a function raises at the line of the project that led there."""
    words.write({"dodo.py": WORDS["dodo.py"] + PLAIN_TASKS})
    done = words.doit("--keep-going", "--report", "junit:j.xml", code=1, env=GITHUB)
    command, function = commands(done.stdout)
    assert command.startswith("::error title=publish failed::Command failed: 'exit 3' returned 3")
    line = words.read("dodo.py").splitlines().index('    int("many")') + 1
    what = "ValueError: invalid literal for int() with base 10: 'many'"
    assert function == f"::error file=dodo.py,line={line},title=python failed::{what}"
    assert re.search(rf"^✕ python +{re.escape(what)}  dodo.py:{line}$", done.stdout, re.M)
    assert f'<failure message="{what}"' in words.read("j.xml")


def test_the_summary_is_shown_on_the_page_of_the_workflow(words: Project) -> None:
    """It is added to what others have put there, if a markdown report is asked for; else the page is left alone."""
    page = words.path / "page.md"
    page.write_text("before\n")
    env = GITHUB | {"GITHUB_STEP_SUMMARY": str(page)}
    words.doit(env=env)
    assert page.read_text() == "before\n"
    words.doit("--report", "markdown:out/s.md", env=env)
    assert page.read_text() == "before\n" + words.read("out/s.md") + "\n"
    words.doit("--report", "markdown:out/s.md", env={"GITHUB_STEP_SUMMARY": str(page)})
    assert page.read_text().count("### ✓") == 1


@pytest.mark.parametrize("env", [GITHUB, GITLAB])
def test_a_log_has_no_moving_lines_and_no_colours(words: Project, env: dict[str, str]) -> None:
    """Not even where a terminal is pretended to be there."""
    words.edit("tasks/words.py", '    note("count")\n', "    import time\n\n    time.sleep(1)\n")
    printed = on_a_terminal(words, *DOIT, **env)
    assert "run 1: 3 run" in printed
    assert "\x1b[" not in printed
    assert "▶" not in printed
