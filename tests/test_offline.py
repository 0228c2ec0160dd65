"""Commands that are not doit's open a session on a project: as doit would, and without leaving a trace."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from projects import Project

#: Opens a session and says what of it is up to date, and which modules of steps were imported for that.
ASK = """
import sys
from lineage.dodo.offline import open_session
from lineage.errors import LineageError
try:
    with open_session({project!r}, {words!r}) as session:
        session.evaluation.survey()
        settled = [outcome.origin if outcome else "stale" for outcome in session.evaluation.outcomes]
        real = [name for name in ("tasks.words", "tasks.notes") if name in sys.modules
                and type(sys.modules[name]).__name__ == "module"]
        print(*settled, *real)
except LineageError as error:
    print(error.exit_code, error.shown())
"""


def listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return every file and folder below one with its inode, size and time of change."""
    found = [folder, *folder.rglob("*")]
    stats = {str(path.relative_to(folder)): path.lstat() for path in found}
    return {name: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def ask(project: Project, *words: str) -> str:
    """Ask from a folder elsewhere, and hold that nothing in the project was touched."""
    before = listing(project.path)
    code = ASK.format(project=str(project.path), words=list(words))
    elsewhere = project.path.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    environment = {name: value for name, value in project.environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    project.environment = environment
    done = project.command(sys.executable, "-c", code, cwd=elsewhere)
    assert done.code == 0, done
    assert listing(project.path) == before
    return done.stdout.strip()


def test_a_project_that_never_ran(words: Project) -> None:
    """All is stale, and there is no .lineage folder afterwards, nor bytecode."""
    assert ask(words) == "stale stale stale"


def test_a_project_that_ran(words: Project) -> None:
    """What is up to date is known, with no module of steps imported and no file touched."""
    words.doit()
    assert ask(words) == "current current current"
    assert ask(words, "counter=count_unique") == "current stale stale"


def test_a_damaged_artifact_stays_where_it_is(words: Project) -> None:
    """It is seen, and left for the next doit to put aside."""
    words.doit()
    stored = words.stored("words/total")
    stored.chmod(0o644)
    stored.write_text("7")
    assert ask(words) == "current stale stale"


def test_what_goes_wrong_is_the_users_to_see(words: Project) -> None:
    """A dodo.py that raises shows its own frames; one without a pipeline, and a name that means nothing, say so."""
    assert "no pipeline has a parameter 'countr' (did you mean 'counter'?)" in ask(words, "countr=count")
    text = words.read("dodo.py")
    words.write({"dodo.py": text + "\n1 / 0\n"})
    said = ask(words)
    assert said.startswith("3 Traceback (most recent call last):\n  File")
    assert said.endswith("ZeroDivisionError: division by zero")
    assert said.count("File ") == 1
    words.write({"dodo.py": "def task_hello():\n    return {'actions': ['echo']}\n"})
    assert "has no pipeline" in ask(words)
    (words.path / "dodo.py").unlink()
    assert f"there is no {words.path}/dodo.py" in ask(words)


@pytest.mark.parametrize("read_only", [True, False])
def test_caches_are_written_only_where_that_is_allowed(words: Project, read_only: bool) -> None:
    """What a session that may write has learnt of a changed file saves the next one the work."""
    words.doit()
    words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = ","')
    before = listing(words.path / ".lineage" / "index")
    words.python(
        "from lineage.dodo.offline import open_session\n"
        f"with open_session({str(words.path)!r}, [], read_only={read_only}) as session:\n"
        "    session.evaluation.survey()\n"
    )
    assert (listing(words.path / ".lineage" / "index") == before) is read_only


def test_one_process_asks_two_projects(words: Project, tmp_path: Path) -> None:
    """The second sees its own dodo.py and modules, though they have the same names."""
    other = Project(tmp_path / "other").write(
        {
            "dodo.py": "from lineage import pipeline\nfrom tasks.words import other\n\n\n"
            "@pipeline\ndef elsewhere():\n    found = other()\n",
            "tasks/__init__.py": "",
            "tasks/words.py": "from lineage import step\n\n\n@step\ndef other() -> int:\n    return 1\n",
        }
    )
    said = words.python(
        "import os\n"
        "from lineage.dodo.offline import open_session\n"
        f"for project in ({str(words.path)!r}, {str(other.path)!r}, {str(words.path)!r}):\n"
        "    with open_session(project, []) as session:\n"
        "        print(*session.plan.by_task)\n"
        "print(os.getcwd())\n"
    )
    assert said.splitlines() == [
        "words:collect words:counter words:report",
        "elsewhere:other",
        "words:collect words:counter words:report",
        str(words.path),
    ]
