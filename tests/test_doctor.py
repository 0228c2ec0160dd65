"""`lineage doctor`: what may be wrong is found and said with its remedy, and where nothing is, that is said."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from projects import COMMANDS, Project

from lineage.commands.checks import file_system

Making = Callable[[Mapping[str, str]], Project]


def wrong(project: Project, code: int = 1) -> list[dict[str, Any]]:
    """Return what the doctor finds to be mended; each with why and fix."""
    import json

    told = json.loads(project.lineage("doctor", "--json", code=code).stdout)
    found = [each for each in told["findings"] if not each["ok"]]
    assert told["ok"] == (not found)
    assert all(each["why"] and each["fix"] for each in found)
    return found


def git(project: Project, *words: str) -> None:
    subprocess.run(["git", *words], cwd=project.path, env=project.environment, check=True, capture_output=True)


def test_where_nothing_is_wrong_that_is_said_and_nothing_is_written(done_words: Project) -> None:
    """Exit code 0, each thing that was looked at in a line; before the first run too."""
    before = sorted(path for path in done_words.path.rglob("*"))
    told = done_words.lineage("doctor").stdout.splitlines()
    assert told[-1] == "all is well"
    heads = {line.split("  ")[0].removeprefix("✓ ") for line in told[:-1]}
    wanted = {"versions", "doit", "stack", "artifact store", "metadata store", "disk", "git", "dodo.py", "records"}
    assert wanted <= heads
    assert sorted(path for path in done_words.path.rglob("*")) == before
    assert done_words.executed() == []


def test_before_the_first_run(words: Project) -> None:
    """A fresh project is well, and stays without a folder of ours."""
    assert wrong(words, code=0) == []
    assert sorted(path.name for path in words.path.iterdir()) == ["dodo.py", "tasks"]


def test_what_is_tracked_by_git_and_should_not_be(done_words: Project) -> None:
    """`git add -f` of `.lineage` or `artifacts` is found, with the commands that take it back."""
    git(done_words, "init", "-q")
    assert wrong(done_words, code=0) == []
    git(done_words, "add", "-f", ".lineage", "artifacts")
    found = wrong(done_words)
    assert [each["found"].split(":")[0] for each in found] == [".lineage/ is tracked", "artifacts/ is tracked"]
    for each in found:
        for command in each["fix"].split("`")[1::2]:
            done_words.command("sh", "-c", command)
    assert wrong(done_words, code=0) == []


RANDOM = """\
import time
from pathlib import Path

from lineage import pipeline, step


@step
def stamp(at: float) -> float:
    return at


@step(cache=False)
def now() -> int:
    return 1


@step
def steady() -> int:
    return 2


@pipeline
def times():
    value = stamp(at=time.time())
    one = now()
    two = steady()
"""


def test_a_step_that_runs_each_time_is_told_with_the_reason(project: Making) -> None:
    """A clock in a pipeline's body is found after three reruns; `cache=False` is no mistake; edits are none either."""
    clocked = project({"dodo.py": RANDOM})
    for _ in range(4):
        clocked.doit()
    found = wrong(clocked)
    assert [each["what"] for each in found] == ["runs each time"]
    assert found[0]["found"].startswith("times:stamp ran in the last 3 runs")
    assert "parameter at" in found[0]["why"]
    assert "lineage why times:stamp" in found[0]["fix"]
    told = clocked.lineage("doctor", code=1).stdout
    assert "✓ runs each time    times:now, as it is told to" in told
    clocked.edit("dodo.py", "at=time.time()", "at=1.0")
    clocked.doit()
    assert wrong(clocked, code=0) == []


def test_a_plain_task_that_can_never_be_up_to_date(words: Project) -> None:
    """Targets without anything to compare make doit run it each time."""
    words.write(
        {
            "dodo.py": words.read("dodo.py")
            + "\n\ndef task_out():\n    return {'actions': ['touch out'], 'targets': ['out']}\n"
        }
    )
    found = wrong(words)
    assert [each["found"] for each in found] == ["out has targets, and nothing that doit could compare"]
    assert "uptodate" in found[0]["fix"]


def test_damage_is_found(done_words: Project) -> None:
    """A written-through artifact, a broken database and what was kept aside are told; a dodo.py that raises too."""
    path = done_words.stored("words/summary")
    os.chmod(path, 0o644)
    path.write_text("something else")
    assert [each["found"] for each in wrong(done_words)] == ["words/summary is damaged"]
    done_words.doit()
    assert [each["what"] for each in wrong(done_words)] == ["damaged"]
    (done_words.path / ".lineage" / "metadata.sqlite").write_bytes(b"no database" * 500)
    assert "records" in [each["what"] for each in wrong(done_words)]
    done_words.write({"dodo.py": "raise RuntimeError('no such luck')\n"})
    found = {each["what"]: each for each in wrong(done_words)}
    assert found["dodo.py"]["found"] == "RuntimeError: no such luck (dodo.py:1)"


def test_a_step_that_is_not_deterministic(project: Making) -> None:
    """Two values for one fingerprint are told, with the command that looks for the cause."""
    drawn = project({"dodo.py": RANDOM.replace("return 2", "return hash(object()) % 10**9")})
    drawn.doit("-a", "times:steady")
    drawn.doit("-a", "times:steady")
    found = [each for each in wrong(drawn) if each["what"] == "not deterministic"]
    assert found[0]["fix"].startswith("`lineage verify times:steady`")


def test_settings_and_commands_of_elsewhere(words: Project) -> None:
    """A stack that does not exist, and a `doit` of another environment, are told."""
    elsewhere = words.path.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "doit").symlink_to(COMMANDS / "doit")
    words.environment["PATH"] = f"{elsewhere}{os.pathsep}{words.environment['PATH']}"
    assert "of another environment" in wrong(words)[0]["found"]
    words.environment["LINEAGE_STACK"] = "nowhere"
    assert "stack" in [each["what"] for each in wrong(words)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("pyproject.toml", b"[tool.lineage\n", "Expected ']'"),
        ("pyproject.toml", b"\xff\xfe", "can't decode"),
        ("pyproject.toml", b"tool = 3\n", "where a table belongs"),
        ("doit.cfg", b"[GLOBAL\n", "no section headers"),
    ],
)
def test_a_configuration_that_is_broken_is_told_in_a_line(words: Project, name: str, content: bytes, told: str) -> None:
    """By what loads dodo.py and by `lineage doctor`, which goes on to its end; never by a traceback of the parser."""
    (words.path / name).write_bytes(content)
    for done in (words.lineage("plan", code=3), words.lineage("why", "words", code=3)):
        assert f"{name} cannot be read: " in done.stderr
        assert told in done.stderr
        assert "Traceback" not in done.printed
    looked = words.lineage("doctor", code=1)
    assert f"✕ dodo.py           {name} cannot be read: " in looked.stdout
    assert "to be mended" in looked.stdout
    assert "Traceback" not in looked.printed


def test_sources_of_the_future(words: Project) -> None:
    """A file with a time that has not come yet is read by each run; `touch` mends it."""
    late = time.time() + 86_400
    os.utime(words.path / "tasks" / "words.py", (late, late))
    found = wrong(words)
    assert found[0]["found"] == "tasks/words.py was changed in the future"
    words.command("sh", "-c", found[0]["fix"].split("`")[1])
    assert wrong(words, code=0) == []


@pytest.mark.parametrize(("kind", "ok"), [("nfs4", False), ("fuse.sshfs", False), ("ext4", True), ("overlay", True)])
def test_network_file_systems(tmp_path: Path, kind: str, ok: bool) -> None:
    """What is mounted nearest to the project counts; where nobody can tell, nothing is said."""
    mounts = tmp_path / "mountinfo"
    rows = [
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "30 22 0:40 / /else rw shared:2 - nfs4 server:/x rw",
    ]
    rows.append(f"31 22 0:41 / {tmp_path} rw shared:3 - {kind} what rw")
    mounts.write_text("\n".join(rows) + "\n")
    (found,) = file_system(str(tmp_path / "project" / ".lineage"), str(mounts))
    assert found.ok is ok
    assert kind in found.found
    assert list(file_system(str(tmp_path), str(tmp_path / "none"))) == []
