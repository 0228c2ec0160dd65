"""What people are shown keeps its lines, whatever is in the names and values of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from projects import Project

Write = Callable[[Mapping[str, str]], Project]

ODD = '''
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


@step
def read(data: Annotated[Path, File], word: str) -> dict:
    """Read one file that is declared, and one that is not."""
    open("beside\\n\\x1b[1m.txt").read()
    return {"rows\\nof " + word: len(data.read_text())}


@step
def fail(rows: dict, broken: bool) -> float:
    """Fail with a message that would overwrite its line."""
    if broken:
        raise ValueError("over\\x08written \\x1b[31mred")
    return 1.0


@pipeline
def odd(word="one", broken=False):
    rows = read("in\\n\\x1b[2Jput.txt", word)
    result = fail(rows, broken)


def task_plain():
    """Have a name and a title of two lines."""
    for name in ("two\\nlines", "other"):
        yield {"name": name, "actions": ["true"], "file_dep": ["in\\n\\x1b[2Jput.txt"], "title": title}


def title(task):
    return "\\x1b[7m" + task.name if "other" in task.name else task.name
'''
FILES = {"dodo.py": ODD, "in\n\x1b[2Jput.txt": "a", "beside\n\x1b[1m.txt": "b"}


def test_a_run_keeps_a_line_for_each_step(project: Write) -> None:
    """Metrics, messages, files that were read and plain tasks: none of them moves the cursor or adds a line."""
    odd = project(FILES)
    first = odd.doit("-n", "2", "-P", "thread")
    lines = (first.stdout + first.stderr).splitlines()
    assert all(line.isprintable() for line in lines), lines
    assert len(lines) == 2 + 2 + 1 + 1, lines  # steps, plain tasks, the summary, what was read
    assert "rows\\nof one" in first.stdout
    assert "plain:two\\nlines" in first.stdout
    assert "\\x1b[7mplain:other" in first.stdout
    assert "beside\\n\\x1b[1m.txt" in first.stderr
    failed = odd.doit("broken=True", code=1).stdout
    (line,) = (line for line in failed.splitlines() if line.startswith("✕"))
    assert "over\\x08written \\x1b[31mred" in line


def test_what_explains_a_run_keeps_its_lines(project: Write) -> None:
    """`plan`, `why`, `diff`, `info`, `verify` and `accept` show names, values and messages escaped."""
    odd = project(FILES)
    odd.doit()
    odd.write({"in\n\x1b[2Jput.txt": "longer"})
    odd.doit("word=two\nlines", "broken=True", code=1)
    odd.write({"in\n\x1b[2Jput.txt": "longest"})
    planned = odd.lineage("plan", "--if", "beside\n\x1b[1m.txt").stdout
    assert "in\\n\\x1b[2Jput.txt changed" in planned
    assert "plain:two\\nlines" in planned
    compared = odd.lineage("diff", "1", "2").stdout
    assert "word=two\\nlines" in compared
    assert "over\\x08written" in compared
    why = odd.lineage("why", "odd", "--run", "2").stdout
    assert "over\\x08written" in why
    texts = [planned, compared, why, odd.lineage("why", "odd").stdout]
    texts += [odd.doit("info", "odd:read", code=1).stdout]
    accepted = odd.lineage("accept", "odd:read", "-m", "fine\nby me").stdout
    assert accepted == "✓ odd:read  accepted: fine\\nby me\n"
    assert "fine\\nby me" in odd.lineage("why", "odd:read").stdout
    texts.append(odd.lineage("verify", "odd:read", code=None).stdout)
    for text in texts:
        assert all(line.isprintable() for line in text.split("\n")), text


def test_the_tabs_of_code_stay(project: Write) -> None:
    """A diff shows code as it is laid out; only what else would move the cursor is escaped in it."""
    tabbed = project({"dodo.py": TABBED})
    tabbed.doit()
    tabbed.edit("dodo.py", "return 1", "return 2 + len('\x1b[2J')")
    why = tabbed.lineage("why", "tabbed:value").stdout
    assert "+\t\treturn 2 + len('\\x1b[2J')" in why
    assert "\x1b" not in why


TABBED = """
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, step


@step
def value(data: Annotated[Path, File]) -> int:
\tif data:
\t\treturn 1
\treturn 0


@pipeline
def tabbed():
    result = value("data.txt")


Path("data.txt").write_text("a")
"""
