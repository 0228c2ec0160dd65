"""A dodo file that is called otherwise, lies elsewhere, or says where modules are: taken as doit does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import WORDS, Project

Write = Callable[[Mapping[str, str]], Project]

STEPS = ("collect", "count", "report")


@pytest.fixture
def build(project: Write) -> Project:
    """The words, with `build.py` for dodo.py, and steps in `src` that only a line in it leads to."""
    files = {f"code/{name}" if name.startswith("tasks") else name: text for name, text in WORDS.items()}
    said = 'import sys\n\nsys.path.insert(0, "code")\n' + files.pop("dodo.py")
    return project(files | {"build.py": said})


@pytest.mark.parametrize("words", [("-f", "build.py"), ("run", "-f", "build.py"), ("-n", "2", "-f", "build.py")])
def test_a_dodo_file_is_executed_whatever_it_is_called(build: Project, words: tuple[str, ...]) -> None:
    """What stands at its top is done before the steps are looked for; nothing reruns without a change."""
    build.doit(*words)
    assert sorted(build.executed()) == sorted(STEPS)
    assert "3 cached" in build.doit(*words).stdout
    assert "U words:counter" in build.doit("list", "-f", "build.py", "--all", "--status").stdout
    build.edit("code/tasks/words.py", "return len(split(sentence))", "return len(split(sentence)) + 1")
    build.doit(*words)
    assert build.executed() == ["count", "report"]


def test_queries_read_the_dodo_file_that_doit_is_told_of(build: Project) -> None:
    """`dodoFile` in doit's own configuration holds for `lineage` too; without it the refusal says so."""
    build.doit("-f", "build.py")
    refused = build.lineage("plan", code=3)
    assert "dodo.py" in refused.stderr
    assert "`dodoFile` in [tool.doit] of pyproject.toml" in refused.stderr
    for name, text in {
        "pyproject.toml": '[tool.doit]\ndodoFile = "build.py"\n',
        "doit.cfg": "[GLOBAL]\ndodoFile = build.py\n",
    }.items():
        build.write({name: text})
        assert "3 steps up to date" in build.lineage("plan", cwd="code").stdout, name
        assert "up to date" in build.lineage("why", "counter").stdout
        assert build.lineage("runs", "text=to be").stdout
        assert build.lineage("verify", "counter").stdout.startswith("✓"), "a clean process finds the modules too"
        (build.path / name).unlink()


def test_a_dodo_file_of_another_folder(build: Project) -> None:
    """`--dir` says where the project is, and `-f` is relative to where it was typed."""
    (build.path / "dodo").mkdir()
    (build.path / "build.py").rename(build.path / "dodo" / "build.py")
    words = ("-f", "dodo/build.py", "-d", ".")
    build.doit(*words)
    assert "3 cached" in build.doit(*words).stdout
    assert (build.path / ".lineage").is_dir()
    build.edit("code/tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "o"')
    build.executed()
    build.doit(*words)
    assert build.executed() == ["count", "report"]


@pytest.mark.parametrize(
    "words",
    [("-f", "../link/build.py"), ("-f", "../link/build.py", "-d", "../link"), ("-f", "build.py", "-d", "../link")],
)
def test_a_project_by_a_link_is_the_same(build: Project, words: tuple[str, ...]) -> None:
    """Whichever way leads to a project, what its dodo file does counts for the steps, and nothing reruns."""
    (build.path.parent / "link").symlink_to(build.path)
    build.doit("-f", "build.py")
    assert "3 cached" in build.doit(*words).stdout
    build.edit("build.py", "import sys\n", "import sys\n\nsys.path.append('more')\n")
    assert "3 run" in build.doit(*words).stdout
    assert "3 cached" in build.doit("-f", "build.py").stdout
