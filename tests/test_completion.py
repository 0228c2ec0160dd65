"""Completion in bash, zsh and fish: names from what was recorded and read, without importing the project or doit."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from projects import COMMANDS, PATIENCE, Project

#: A dodo.py that says when it is executed.
WITNESS = "open('imported.txt', 'a').close()\n"


@pytest.fixture
def known(words: Project) -> Project:
    """The words pipeline after a run; from then on its modules tell when they are executed, and nothing may be."""
    words.write({"dodo.py": words.read("dodo.py") + "\n\ndef task_publish():\n    return {'actions': []}\n"})
    words.write({"pyproject.toml": "[tool.lineage.stacks.team]\ncache = '../cache'\n"})
    for typed in ("init -q -b main", "commit -q --allow-empty -m x", "branch side", "tag v1"):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *typed.split()], cwd=words.path, check=True)
    words.doit("counter=count_unique")
    words.lineage("tag", "words/total", "best")
    for name in ("dodo.py", "tasks/words.py"):
        words.write({name: words.read(name) + WITNESS})
    return words


def asked(project: Project, line: str) -> list[str]:
    """Return what completes a line, whole words."""
    return project.lineage("__complete", "fish", "", line).stdout.split()


def needs(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


TASKS = ["words", "words:collect", "words:counter", "words:report"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("doit wor", TASKS),
        ("doit words:co", ["words:collect", "words:counter"]),
        ("doit words +words:r", ["+words:report"]),
        ("doit pub", ["publish"]),
        ("doit li", ["lineage", "list"]),
        ("doit cou", ["counter="]),
        ("doit words counter=", ["counter=count", "counter=count_unique"]),
        ("doit --kee", ["--keep-going"]),
        ("doit words --jo", ["--jobs"]),
        ("doit list --st", ["--status"]),
        ("doit --parallel-type ", ["process", "thread"]),
        ("doit --exclude words:rep", ["words:report"]),
        ("doit --exclude=words:rep", ["--exclude=words:report"]),
        ("doit --report=ju", ["--report=junit:"]),
        ("doit --against ", ["1", "last", "main", "side", "v1"]),
        ("doit -f words", []),
        ("doit stat", ["status:failed", "status:skipped"]),
        (".venv/bin/doit words:rep", ["words:report"]),
        ("lineage sho", ["show"]),
        ("lineage show words/t", ["words/total"]),
        ("doit lineage show words/s", ["words/sentence", "words/summary"]),
        ("lineage why words:c", ["words:collect", "words:counter"]),
        ("lineage plan words:report cou", ["counter="]),
        ("lineage diff l", ["last"]),
        ("lineage diff last ", ["1", "last"]),
        ("lineage why words --run ", ["1", "last"]),
        ("lineage report --run ", ["1", "last"]),
        ("lineage show words/total@", ["words/total@1", "words/total@best"]),
        ("lineage tag --delete words/total@b", ["words/total@best"]),
        ("lineage tag words/to", ["words/total"]),
        ("lineage tag words/summary ", ["best"]),
        ("lineage stack use ", ["default", "team"]),
        ("lineage stack describe m", ["metadata-store"]),
        ("doit --against sid", ["side"]),
        ("doit --against=ma", ["--against=main"]),
        ("lineage report --against v", ["v1"]),
        ("lineage report --format ", ["html", "json", "junit", "markdown", "png", "svg"]),
        ("lineage report --form", ["--format"]),
        ("lineage stack ", ["check", "describe", "list", "use"]),
        ("lineage new ", []),
        ("lineage nothing ", []),
    ],
)
def test_what_may_come_next(known: Project, line: str, offered: list[str]) -> None:
    """Commands, options, tasks, artifacts, parameters and the steps for a slot are known, and nothing is executed."""
    assert asked(known, line) == offered
    assert not (known.path / "imported.txt").exists()


@pytest.mark.fresh
def test_no_doit_and_no_argparse_are_imported_for_doits_words(known: Project) -> None:
    """What a key costs is the start of Python and our reading of caches."""
    line = "from lineage.commands.main import main; main(['__complete', 'bash', ':=', 'doit words:'])"
    loaded = known.python(f"import sys; {line}; print(*sys.modules)").split()
    assert "collect" in loaded  # the answer
    assert {"doit", "argparse", "numpy", "sklearn", "tasks", "dodo"}.isdisjoint(loaded)


def test_before_the_first_run_what_is_read_is_known(words: Project) -> None:
    """Pipelines, parameters and steps come from the source; a folder without a project has nothing to offer."""
    assert asked(words, "doit wo") == ["words"]
    assert asked(words, "doit counter=") == ["counter=count", "counter=count_unique"]
    assert sorted(path.name for path in words.path.iterdir()) == ["dodo.py", "tasks"]
    os.remove(words.path / "dodo.py")
    assert asked(words, "doit wo") == []


def test_a_task_that_has_only_failed_is_known(words: Project) -> None:
    """It is what one wants to name next; damaged caches offer less, and say nothing."""
    words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError")
    words.doit(code=1)
    assert "words:counter" in asked(words, "doit words:")
    for path in (words.path / ".lineage").glob("memory*"):
        path.write_bytes(b"damaged")
    words.write({"dodo.py": "def broken(:\n"})
    assert "words:counter" in asked(words, "doit words:")


def test_of_very_many_tasks_pipelines_come_first(project: object) -> None:
    """A thousand steps are offered after the colon only."""
    folder = project(  # type: ignore[operator]
        {
            "dodo.py": "from lineage import pipeline, step\n\n\n@step\ndef one(n: int) -> int:\n    return n\n\n\n"
            "@pipeline\ndef many():\n    all = [one(n=n) for n in range(400)]\n"
        }
    )
    folder.doit("many:one@n:7", code=None)
    folder.doit(code=None)
    assert asked(folder, "doit ma") == ["many", "many:"]
    assert len(asked(folder, "doit many:")) == 400


def test_the_options_offered_are_doits_own(words: Project) -> None:
    """For each of doit's commands completion offers the long options that its help has, and no others."""
    for command in ("run", "list", "info", "clean", "forget", "ignore", "reset-dep", "tabcompletion"):
        told = words.doit("help", command).stdout.partition("SELECTING")[0]
        wanted = set(re.findall(r"^ +(?:-\w(?: ARG)?, )?(--[\w-]+)", told, re.MULTILINE)) | {"--help"}
        offered = set(asked(words, f"doit {command} --"))
        assert offered | {"--help"} == wanted | ({"--exclude"} if command == "run" else set()), command


# -- in the shells themselves ------------------------------------------------------------------------------------------


def in_a_terminal(project: Project, argv: list[str], typed: list[tuple[str, str]]) -> None:
    """Type into a shell on a pseudo terminal as a person would, who looks at what came of it before typing on.

    Each text is typed, then what belongs to it is waited for. Fails with all that was shown where it is not.
    """
    ours, its = pty.openpty()
    env = {**project.environment, "TERM": "dumb", "PS1": "ready> "}
    child = subprocess.Popen(
        argv, cwd=project.path, env=env, stdin=its, stdout=its, stderr=its, close_fds=True, start_new_session=True
    )
    os.close(its)
    shown, end = "", time.monotonic() + PATIENCE
    try:
        for text, wanted in [("", "ready> "), *typed]:
            os.write(ours, text.encode())
            begin = len(shown)
            while wanted not in shown[begin:]:
                assert time.monotonic() < end, (wanted, shown)
                if select.select([ours], [], [], 0.1)[0]:
                    shown += os.read(ours, 65536).decode(errors="replace")
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def test_bash_completes_as_the_script_says(known: Project) -> None:
    """In bash the script is sourced, and keys complete tasks (although it breaks words at colons), names and values."""
    bash = needs("bash")
    script = known.lineage("completion", "bash").stdout
    for line, wanted in (
        ("doit words:co", ["collect", "counter"]),
        ("lineage show words/to", ["words/total"]),
        ("doit cou", ["counter="]),
        ("doit counter=", ["count", "count_unique"]),
        (f"{COMMANDS}/doit --kee", ["--keep-going"]),
        ("doit nothing-like-it", []),
    ):
        ask = f"COMP_LINE={line!r}; COMP_POINT=${{#COMP_LINE}}; _lineage_completion {line.split()[0]} 2>/dev/null"
        done = known.command(bash, "--norc", "-c", f'{script}\n{ask}\nprintf "%s\\n" "${{COMPREPLY[@]}}"')
        assert done.stdout.split() == wanted, (line, done)
    (known.path / "script.bash").write_text(script)
    # bash breaks words at colons and at an @, and keeps what stands before.
    for begun, completed, rest, wanted in (
        ("doit words:rep\t", "words:report", " --dry-run\n", "steps: "),
        ("lineage show words/total@b\t", "words/total@best", "\n", "made by"),
    ):
        typed = [("source script.bash\n", "ready> "), (begun, completed), (rest, wanted)]
        in_a_terminal(known, [bash, "--norc", "--noprofile", "-i"], typed)


def test_zsh_completes_as_the_script_says(known: Project) -> None:
    """In zsh, after compinit, a key completes the task."""
    zsh = needs("zsh")
    (known.path / "script.zsh").write_text(known.lineage("completion", "zsh").stdout)
    # The prompt is not how it is typed, so that its echo is not taken for it.
    setup = "autoload -Uz compinit && compinit -u -d dump; source script.zsh; PS1='set'' up> '\n"
    typed = [(setup, "set up> "), ("doit words:rep\t", "words:report"), (" --dry-run\n", "steps: ")]
    in_a_terminal(known, [zsh, "-f", "-i"], typed)


def test_fish_completes_as_the_script_says(known: Project) -> None:
    """In fish the script offers tasks, names and values; of files the shell's own."""
    fish = needs("fish")
    known.write({"script.fish": known.lineage("completion", "fish").stdout})
    for line, wanted in (
        ("doit words:co", ["words:collect", "words:counter"]),
        ("lineage show words/to", ["words/total"]),
        ("doit counter=", ["counter=count", "counter=count_unique"]),
        ("lineage report -o script.fi", ["script.fish"]),
    ):
        done = known.command(fish, "--no-config", "-c", f"source script.fish; complete -C '{line}'")
        assert [each.split("\t")[0] for each in done.stdout.splitlines()] == wanted, (line, done)


def test_an_unknown_shell_is_refused(words: Project) -> None:
    """`lineage completion csh` ends with 3 and names those that there are."""
    assert "bash" in words.lineage("completion", "csh", code=3).stderr


def test_the_scripts_are_in_the_package() -> None:
    """They come along with an installation: they lie in the package's folder."""
    import lineage.commands.shells as shells

    found = {path.suffix for path in Path(str(shells.__file__)).parent.glob("completion.*")}
    assert found == {".bash", ".zsh", ".fish"}
    assert sys.modules["lineage.commands.shells"] is shells
