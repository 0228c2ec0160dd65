"""Damage, full disks, races and sudden death: what is stored is right, or it is made again before anything uses it."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import DOIT, Project, kill, only, wait_for

Write = Callable[[Mapping[str, str]], Project]
ALL = ("collect", "counter", "report")
CACHED = only("cached", ALL)


# Damaged artifacts


def deleted(stored: Path) -> None:
    stored.unlink()


def flipped(stored: Path) -> None:
    whole = bytearray(stored.read_bytes())
    whole[len(whole) // 2] ^= 1
    stored.chmod(0o644)
    stored.write_bytes(whole)


def flipped_with_its_time_put_back(stored: Path) -> None:
    stat = stored.stat()
    flipped(stored)
    os.utime(stored, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def truncated(stored: Path) -> None:
    stored.chmod(0o644)
    os.truncate(stored, stored.stat().st_size - 1)


def emptied(stored: Path) -> None:
    stored.chmod(0o644)
    os.truncate(stored, 0)


def replaced(stored: Path) -> None:
    other = stored.with_suffix(".other")
    other.write_text("another file")
    os.replace(other, stored)


DAMAGES = [deleted, flipped, flipped_with_its_time_put_back, truncated, emptied, replaced]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_artifact_is_noticed_and_made_again(done_words: Project, damage: Callable[[Path], None]) -> None:
    """Only the step that makes it runs; what comes after takes the same value as before."""
    before = done_words.artifact("words/sentence").read_text()
    damage(done_words.stored("words/sentence"))
    assert done_words.rerun() == {"collect": "run", "counter": "cached", "report": "cached"}
    assert done_words.artifact("words/sentence").read_text() == before
    assert done_words.rerun() == CACHED


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_noticed_before_another_step_uses_it(done_words: Project, damage: Callable[[Path], None]) -> None:
    """A step that has to run gets the right input, not the damaged one."""
    damage(done_words.stored("words/sentence"))
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(sentence)")
    assert done_words.rerun() == {"collect": "run", "counter": "run", "report": "run"}
    assert done_words.artifact("words/total").read_text().strip() == str(len("to be or not to be"))


def test_damage_to_what_history_would_give_back(done_words: Project) -> None:
    """An old result that is damaged by now is not given back: its step runs."""
    stored = done_words.stored("words/total")
    assert done_words.rerun("counter=count_unique") == {"collect": "cached", "counter": "run", "report": "run"}
    flipped(stored)
    assert done_words.rerun() == {"collect": "cached", "counter": "run", "report": "cached"}
    assert done_words.artifact("words/total").read_text().strip() == "6"


def test_damage_is_noticed_by_a_run_of_one_step(done_words: Project) -> None:
    """`doit TASK` looks at what it takes, not only at what it makes."""
    deleted(done_words.stored("words/sentence"))
    done_words.edit("tasks/words.py", "return len(split(sentence))", "return len(sentence)")
    done_words.doit("words:counter")
    assert done_words.executed() == ["collect", "count"]


def test_writing_through_the_readable_path(done_words: Project) -> None:
    """The damaged file is kept aside, and the artifact is made again."""
    with done_words.artifact("words/summary").open("w") as file:
        file.write("mine now")
    assert done_words.rerun() == {"collect": "cached", "counter": "cached", "report": "run"}
    assert done_words.artifact("words/summary").read_text().startswith("6 words")
    aside = [path for path in (done_words.path / ".lineage" / "damaged").rglob("*") if path.is_file()]
    assert [path.read_text() for path in aside] == ["mine now"]


def test_a_readable_path_replaced_by_a_file(done_words: Project) -> None:
    """`mv other artifacts/words/summary.txt` touches no stored object: the link comes back."""
    path = done_words.artifact("words/summary")
    other = done_words.path / "other"
    other.write_text("mine now")
    os.replace(other, path)
    done_words.doit()
    assert path.is_symlink()
    assert path.read_text().startswith("6 words")
    assert done_words.executed() == []


def test_a_readable_path_that_was_removed(done_words: Project) -> None:
    """`rm -r artifacts` costs nothing but the links."""
    path = done_words.artifact("words/summary")
    for link in path.parent.iterdir():
        link.unlink()
    assert done_words.rerun() == CACHED
    assert path.read_text().startswith("6 words")


def test_touching_what_is_stored_reruns_nothing(done_words: Project) -> None:
    """A new mtime over the same bytes is no damage."""
    done_words.stored("words/summary").touch()
    assert done_words.rerun() == CACHED
    assert done_words.rerun() == CACHED


def test_loading_a_damaged_artifact_is_an_error_that_says_so(done_words: Project) -> None:
    """`lineage.load` never returns damaged bytes."""
    flipped(done_words.stored("words/summary"))
    code = """
import lineage

try:
    print(lineage.load("words/summary"))
except lineage.StoreError as error:
    print("!", error)
"""
    said = done_words.python(code)
    assert said.startswith("!")
    assert "fix:" in said


# Full disks


BIG = {
    "tasks/__init__.py": "",
    "tasks/big.py": """\
import random
import re
import signal

from lineage import step


@step
def small() -> str:
    return "small"


@step
def big(text: str, size: int) -> bytes:
    return random.Random(size).randbytes(size)


@step
def measure(data: bytes) -> int:
    return len(data)
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.big import big, measure, small


@pipeline
def disk(size=5_000_000):
    text = small()
    data = big(text, size)
    length = measure(data)
""",
}


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
def test_a_disk_that_is_too_small_for_an_artifact(small_disk: Path, how: list[str]) -> None:
    """The step fails with the reason, what was there stays, and when there is room the next run completes."""
    full = Project(small_disk).write(BIG)
    done = full.doit(*how, code=None, timeout=60)
    assert done.code in (1, 2)
    assert "No space left" in done.printed
    assert "Traceback" not in done.printed
    assert full.statuses() == {"small": "run", "big": "failed", "measure": "skipped"}
    full.assert_database_intact()
    assert full.doit(*how, "size=1000").code == 0
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert full.rerun(*how) == {"small": "cached", "big": "run", "measure": "run"}


def test_a_disk_without_a_byte_left(small_disk: Path) -> None:
    """Where not even a row can be written: exit code 2 (or 1), a message, no traceback, and all is well later."""
    full = Project(small_disk).write(BIG)
    full.doit("size=1000")
    filling = small_disk / "filling"
    with filling.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    done = full.doit("size=2000", code=None, timeout=60)
    assert done.code in (1, 2)
    assert "Traceback" not in done.printed
    filling.unlink()
    assert full.doit("size=2000").code == 0
    full.assert_database_intact()
    assert set(full.rerun("size=1000").values()) == {"cached"}


PRINTING = {
    "python": "print('x' * 5_000_000)",
    "a command": "subprocess.run([sys.executable, '-c', 'print(5_000_000 * chr(120))'])",
}


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
@pytest.mark.parametrize("printing", PRINTING.values(), ids=PRINTING)
def test_a_disk_that_is_too_small_for_what_a_step_prints(small_disk: Path, how: list[str], printing: str) -> None:
    """The run ends with 2 and the reason, not with a defect of ours; when there is room the next run completes."""
    full = Project(small_disk).write(BIG)
    full.edit("tasks/big.py", '    return "small"', f'    import subprocess, sys\n    {printing}\n    return "small"')
    done = full.doit(*how, "size=1000", code=2, timeout=60)
    assert "No space left" in done.printed
    assert "lineage/execute" not in done.printed
    subprocess.run(["mount", "-o", "remount,size=40m", str(small_disk)], check=True)
    assert set(full.rerun(*how, "size=1000").values()) == {"run"}


# Races

READING = {
    "tasks/__init__.py": "",
    "tasks/reading.py": """\
import os
import time
from pathlib import Path
from typing import Annotated

from lineage import File, step


@step
def read(file: Annotated[Path, File]) -> str:
    open("reached", "w").close()
    while os.path.exists("hold"):
        time.sleep(0.01)
    with open("executed.txt", "a") as notes:
        notes.write("read\\n")
    return Path(file).read_text()
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.reading import read


@pipeline
def reading():
    text = read("in.txt")
""",
    "in.txt": "old",
    "hold": "",
}


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_an_input_changed_while_its_step_ran_is_not_recorded_as_used(project: Write, how: list[str]) -> None:
    """Neither the old nor the new content ever gives back what was made in between."""
    read = project(READING)
    child = read.start(*DOIT, *how)
    wait_for(read.path / "reached", child)
    read.write({"in.txt": "new"})
    (read.path / "hold").unlink()
    first = read.finish(child)
    assert "in.txt" in first.printed, "the user is not told"
    read.executed()
    read.write({"in.txt": "old"})
    read.doit()
    assert read.artifact("reading/text").read_text() == "old"
    read.write({"in.txt": "new"})
    read.doit()
    assert read.artifact("reading/text").read_text() == "new"
    assert read.executed() == ["read", "read"]


MEDDLING = """\
import os

from doit.reporter import ConsoleReporter


class Meddler(ConsoleReporter):
    def execute_task(self, task):
        if os.path.exists("meddle"):
            with open("in.txt", "w") as file:
                file.write("new")


DOIT_CONFIG = {"reporter": Meddler}
"""


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
def test_an_input_changed_between_the_record_and_the_step(project: Write, how: list[str]) -> None:
    """What was made from the new content is not remembered under the fingerprint of the old one."""
    read = project({**READING, "dodo.py": MEDDLING + READING["dodo.py"], "meddle": ""})
    (read.path / "hold").unlink()
    read.doit(*how, code=1)
    (read.path / "meddle").unlink()
    read.write({"in.txt": "old"})
    read.doit(*how)
    assert read.artifact("reading/text").read_text() == "old"


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
def test_two_doit_at_once_compute_a_step_once(held: Project, how: list[str]) -> None:
    """The second waits for the first and takes what it made."""
    first = held.start(*DOIT, *how)
    wait_for(held.path / "reached", first)
    second = held.start(*DOIT, *how)
    deadline = time.monotonic() + 60
    while len(held.runs()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert second.poll() is None, "the second did not wait"
    (held.path.parent / "hold").unlink()
    assert held.finish(first).code == 0
    assert held.finish(second).code == 0
    assert held.executed() == ["collect", "count", "report"]
    runs = [{step["task"]: step["status"] for step in run["steps"]} for run in held.runs()]
    assert sorted(run["words:counter"] for run in runs) == ["cached", "run"]


def test_the_one_that_computes_is_killed_while_another_waits(held: Project) -> None:
    """The waiting one takes over."""
    first = held.start(*DOIT)
    wait_for(held.path / "reached", first)
    second = held.start(*DOIT)
    deadline = time.monotonic() + 60
    while len(held.runs()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(first)
    held.finish(first)
    (held.path.parent / "hold").unlink()
    assert held.finish(second, 60).code == 0
    assert sorted(run["status"] for run in held.runs()) == ["lost", "ok"]
    assert held.executed() == ["collect", "count", "report"]


LEAVING = {
    "tasks/__init__.py": "",
    "tasks/leaving.py": """\
import os
import time

from lineage import step


@step
def leave() -> int:
    if not os.path.exists("reached"):
        if os.fork():
            open("reached", "w").close()
        while os.path.exists("hold"):
            time.sleep(0.01)
        os._exit(0)
    return 1
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.leaving import leave


@pipeline
def leaving():
    number = leave()
""",
    "hold": "",
}


def test_a_process_that_a_step_has_left_behind_holds_no_lock(project: Write) -> None:
    """Where doit is killed and a fork of the step lives on, the next doit does not wait for that."""
    left = project(LEAVING)
    first = left.start(*DOIT, stdout=subprocess.DEVNULL)
    wait_for(left.path / "reached", first)
    first.kill()
    first.wait()
    left.doit(timeout=60)
    os.killpg(first.pid, 0)  # the fork is there still
    (left.path / "hold").unlink()
    assert left.artifact("leaving/number").read_text().strip() == "1"


def test_whole_processes_record_at_once(words: Project) -> None:
    """Four `doit` with different texts: all succeed, nothing is lost, version numbers are contiguous."""
    words.doit()
    children = [words.start(*DOIT, f"text=word {'and ' * n}word") for n in range(4)]
    assert [words.finish(child).code for child in children] == [0] * 4
    found = words.runs()
    assert [run["id"] for run in found] == [1, 2, 3, 4, 5]
    assert {run["status"] for run in found} == {"ok"}
    versions = [
        step["outputs"][0]["version"] for run in found for step in run["steps"] if step["task"] == "words:collect"
    ]
    assert sorted(versions) == [1, 2, 3, 4, 5]
    words.assert_database_intact()


CHAIN = {
    "tasks/__init__.py": "",
    "tasks/chain.py": """\
from lineage import step


@step
def advance(value: int, number: int) -> int:
    return value + number


@step
def pad(value: int) -> bytes:
    return bytes(200_000) + str(value).encode()
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.chain import advance, pad


@pipeline
def chain(start=0, length=8):
    value = start
    for number in range(length):
        value = advance(value, number)
        padded = pad(value)
""",
}
VERIFY = """
from lineage.stores.folder import FolderStore
store = FolderStore({where!r})
print([blob for blob in store.blobs() if store.verify(blob) is None])
"""


def load_last(project: Project) -> int:
    """Return the last value of the chain as `lineage.load` gives it."""
    last = [step for step in project.runs()[-1]["steps"] if step["step"] == "advance"][-1]
    return int(project.python(f"import lineage; print(lineage.load({'chain/' + last['outputs'][0]['name']!r}))"))


def test_kill_9_at_random_moments(project: Write) -> None:
    """After each kill all that is stored and recorded verifies, and the next run completes.

    LINEAGE_KILLS sets how often (20 unless told, 100 to be thorough).
    """
    killed = project(CHAIN)
    began = time.monotonic()
    killed.doit()
    takes = time.monotonic() - began
    store = killed.json("stack", "describe", "artifact-store")["artifact-store"]["where"]
    moments = random.Random(time.time_ns())
    codes = []
    for attempt in range(1, 1 + int(os.environ.get("LINEAGE_KILLS", "20"))):
        child = killed.start(*DOIT, f"start={attempt}", *moments.choice([[], ["-n", "2"]]))
        timer = threading.Timer(moments.uniform(0.1, 1.1) * takes, kill, [child])
        timer.start()
        codes.append(killed.finish(child).code)
        timer.join()
        assert killed.python(VERIFY.format(where=store)) == "[]"
        killed.assert_database_intact()
        if attempt % 5 == 0:
            killed.doit(f"start={attempt}")
            assert load_last(killed) == attempt + sum(range(8))
    assert -9 in codes
    assert set(codes) <= {0, -9}
    killed.doit()
    assert load_last(killed) == sum(range(8))
    assert {run["status"] for run in killed.runs()} <= {"ok", "lost"}


# Size


@pytest.mark.slow
def test_a_chain_of_10000_steps_runs_and_is_queried(project: Write) -> None:
    """No recursion limit anywhere: running it, running it again, and asking where the last one came from."""
    long = project(CHAIN)
    long.edit("dodo.py", "        padded = pad(value)\n", "")
    long.doit("length=10000", timeout=300)
    last = long.runs()[-1]["steps"][-1]
    assert len(long.statuses()) == 10_000
    assert load_last(long) == sum(range(10_000))
    name = f"chain/{last['outputs'][0]['name']}"
    assert "advance" in long.lineage("show", name).stdout
    assert long.json("show", name)
    assert "10000 cached" in long.doit("length=10000").printed
    assert set(long.statuses().values()) == {"cached"}


LATE = {
    "first.py": "import time\n\nfrom lineage import step\n\n\n@step\ndef slow() -> int:\n"
    "    open('begun', 'w').close()\n    time.sleep(1.5)\n    return 6\n",
    "second.py": "from helper import times\nfrom lineage import step\n\n\n@step\ndef product(a: int) -> int:\n"
    "    return times(a)\n",
    "helper.py": "K = 1\n\n\ndef times(x):\n    return x * K\n",
    "dodo.py": "from first import slow\nfrom lineage import pipeline\nfrom second import product\n\n\n"
    "@pipeline\ndef late():\n    a = slow()\n    b = product(a)\n",
}


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_a_helper_edited_while_a_run_goes_on_is_never_stale(project: Write, how: list[str]) -> None:
    """A module that was loaded before its file changed never gives a result under the new code's fingerprint."""
    edited = project(LATE)
    child = edited.start(*DOIT, "run", *how)
    wait_for(edited.path / "begun", child)
    edited.edit("helper.py", "K = 1", "K = 5")
    edited.finish(child)
    edited.doit()
    assert edited.artifact("late/b").read_text().strip() == "30"


def test_a_removed_database_takes_the_history_and_nothing_else(done_words: Project) -> None:
    """Without its records an artifact is not served: the steps run again and are recorded anew."""
    for name in ("", "-wal", "-shm"):
        (done_words.path / ".lineage" / f"metadata.sqlite{name}").unlink(missing_ok=True)
    assert set(done_words.rerun().values()) == {"run"}
    assert "words/summary" in done_words.lineage("show", "words/summary").stdout


def test_readable_paths_in_a_linked_folder(words: Project, tmp_path: Path) -> None:
    """`artifacts` may be a link to another disk."""
    (tmp_path / "big" / "disk").mkdir(parents=True)
    (words.path / "artifacts").symlink_to(tmp_path / "big" / "disk")
    words.doit()
    assert words.artifact("words/total").read_text().strip() == "6"


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_an_interruption_ends_the_commands_of_steps(project: Write, how: list[str]) -> None:
    """No command that a shell step has started lives on after Ctrl-C."""
    shell = "shell_step('touch begun; sleep 61.7; touch {out}', ('out',))"
    body = "@pipeline\ndef hold():\n    x = wait()\n"
    dodo = f"from lineage import pipeline, shell_step\n\nwait = {shell}\n\n\n{body}"
    held = project({"dodo.py": dodo})
    child = held.start(*DOIT, "run", *how)
    wait_for(held.path / "begun", child)
    os.kill(child.pid, signal.SIGINT)
    held.finish(child)
    commands = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended just now
            commands.add(path.read_bytes())
    assert b"sleep\x0061.7\x00" not in commands


UNREADABLE = {
    "dodo.py": """\
from lineage import pipeline
from steps import use, make


@pipeline
def work():
    thing = make()
    used = use([thing])
""",
    "steps.py": """\
from lineage import step


class Thing:
    def __init__(self):
        self.known = True

    def __setstate__(self, state):
        raise ValueError("from another time")


@step
def make() -> Thing:
    return Thing()


@step
def use(things: list) -> int:
    return len(things)
""",
}


def test_an_artifact_that_cannot_be_read_back_is_named_by_who_wants_it(words: Project) -> None:
    """The step, its parameter and its line are told, and how to find out which task has made the file."""
    work = words.write(UNREADABLE)
    said = work.doit(code=1).printed
    assert "input 'things' of step 'use' (steps.py:18) cannot be loaded" in said
    assert "from another time" in said
    found = re.search(r"lineage show (\S+) names the task", said.replace("\n", " "))
    assert found
    assert "work:make" in work.lineage("show", found[1]).stdout
