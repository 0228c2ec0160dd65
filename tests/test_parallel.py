"""`doit -n 2`, in processes and in threads: the same outcomes, and never a hang."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

import pytest
from projects import Project, only

PROCESSES, THREADS = ["-n", "2"], ["-n", "2", "-P", "thread"]
both = pytest.mark.parametrize("how", [PROCESSES, THREADS], ids=["processes", "threads"])
every = pytest.mark.parametrize("how", [[], PROCESSES, THREADS], ids=["serial", "processes", "threads"])

ALL = ("collect", "counter", "report")


@both
def test_run_cached_swap_and_back(words: Project, how: list[str]) -> None:
    """The statuses are those of a serial run, and the results too."""
    assert words.rerun(*how) == only("run", ALL)
    assert words.rerun(*how) == only("cached", ALL)
    assert words.rerun(*how, "counter=count_unique") == {"collect": "cached", "counter": "run", "report": "run"}
    assert words.artifact("words/summary").read_text() == "4 words in 'to be or not to be'"
    assert words.rerun(*how) == only("cached", ALL)
    assert words.artifact("words/summary").read_text() == "6 words in 'to be or not to be'"


@both
def test_early_cutoff(done_words: Project, how: list[str]) -> None:
    """A step that reran and made the same value reruns nothing after it."""
    done_words.edit("tasks/words.py", "return text.strip()", "return text.strip().strip()")
    assert done_words.rerun(*how) == {"collect": "run", "counter": "cached", "report": "cached"}
    assert done_words.executed() == ["collect"]


@both
def test_steps_that_do_not_need_one_another_run_at_once(words: Project, how: list[str]) -> None:
    """Two steps that wait for each other's note both end."""
    waiting = """\
import os
import time

from lineage import step


@step
def meet(mine: str, other: str) -> str:
    open(mine, "w").close()
    end = time.monotonic() + 60
    while not os.path.exists(other):
        assert time.monotonic() < end, "nobody came"
        time.sleep(0.01)
    return mine
"""
    dodo = """\
from lineage import pipeline
from tasks.words import meet


@pipeline
def words():
    one = meet("a", "b")
    two = meet("b", "a")
"""
    words.write({"tasks/words.py": waiting, "dodo.py": dodo})
    assert set(words.rerun(*how).values()) == {"run"}


@both
def test_a_failed_step_with_continue(done_words: Project, how: list[str]) -> None:
    """failed, skipped, exit code 1, as in a serial run."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", "raise ValueError(sentence)")
    statuses = done_words.rerun(*how, "--continue", code=1)
    assert statuses == {"collect": "cached", "counter": "failed", "report": "skipped"}


#: The system call by which a process ends: `_exit` itself, taken through ctypes, fails the step.
_EXIT_GROUP = 231 if os.uname().machine == "x86_64" else 94


@pytest.mark.parametrize(
    "death",
    [f"__import__('ctypes').CDLL(None).syscall({_EXIT_GROUP}, {code})" for code in (0, 7)]
    + ["os.kill(os.getpid(), signal.SIGKILL)", "os.abort()"],
    ids=str,
)
def test_a_worker_that_dies_is_a_failed_step(done_words: Project, death: str) -> None:
    """The run ends by itself, names the step, and the next one goes on."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", death)
    done_words.edit(
        "tasks/words.py", "from lineage import step", "import os\nimport signal\n\nfrom lineage import step"
    )
    done = done_words.doit(*PROCESSES, code=1, timeout=60)
    assert done_words.statuses() == {"collect": "cached", "counter": "failed", "report": "skipped"}
    assert "counter" in done.printed
    assert "process" in done.printed
    assert "Traceback" not in done.printed
    done_words.edit("tasks/words.py", f"    {death}", "    return len(split(sentence))")
    assert done_words.rerun(*PROCESSES) == only("cached", ALL)


@pytest.mark.parametrize("end", ["os._exit(0)", "os.execvp('true', ['true'])"])
def test_a_step_that_ends_its_process_without_a_word_fails(done_words: Project, end: str) -> None:
    """In a serial run that is the process of doit, which ended with exit code 0 as if all had been done."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", f"import os\n    {end}")
    done = done_words.doit("--continue", code=1)
    assert done_words.statuses() == {"collect": "cached", "counter": "failed", "report": "skipped"}
    assert "would end the process that runs the step, and doit with it" in done.printed
    fork = "if os.fork():\n        os.wait()\n        return 2"
    done_words.edit("tasks/words.py", f"    {end}", f"    {fork}\n    {end}")
    assert done_words.rerun()["counter"] == "run"


def test_a_worker_that_dies_with_continue(done_words: Project) -> None:
    """With --continue the steps beside the dead one still run."""
    done_words.write({"dodo.py": done_words.read("dodo.py") + "    other = count_unique(sentence)\n"})
    done_words.edit("dodo.py", "count, report", "count, count_unique, report")
    done_words.edit("tasks/words.py", "return len(split(sentence))", "import os\n    os.abort()")
    assert done_words.rerun(*PROCESSES, "--continue", code=1, timeout=60) == {
        "collect": "cached",
        "counter": "failed",
        "report": "skipped",
        "count_unique": "run",
    }


UNPICKLABLE = {
    "a generator": "(word for word in sentence)",
    "an open file": "open(__file__)",
    "a lock": "__import__('threading').Lock()",
}


@every
@pytest.mark.parametrize("value", UNPICKLABLE.values(), ids=UNPICKLABLE)
def test_a_value_that_cannot_be_stored_is_a_failed_step(done_words: Project, how: list[str], value: str) -> None:
    """It ends with 1 and says which output of which step it was."""
    done_words.edit("tasks/words.py", "return len(split(sentence))", f"return {value}")
    done = done_words.doit(*how, code=1, timeout=60)
    assert done_words.statuses() == {"collect": "cached", "counter": "failed", "report": "skipped"}
    assert "total" in done.printed
    assert "fix:" in done.printed
    assert "Traceback" not in done.printed


@both
def test_a_lambda_is_kept_by_cloudpickle_with_a_warning(words: Project, how: list[str]) -> None:
    """What pickle refuses and cloudpickle takes is kept; the user is told."""
    words.edit("tasks/words.py", "def count(sentence: str) -> int:", "def count(sentence: str):")
    words.edit("tasks/words.py", "return len(split(sentence))", "return lambda: 42")
    words.edit("tasks/words.py", 'return f"{total} words', 'return f"{total()} words')
    done = words.doit(*how)
    line = words.read("dodo.py").splitlines().index("    total = counter(sentence)") + 1
    assert f"dodo.py:{line}: UserWarning: output 'total' of step 'count': a function is stored by clou" in done.stderr
    assert words.artifact("words/summary").read_text().startswith("42 words")


@pytest.mark.parametrize("how", [[], THREADS], ids=["serial", "threads"])
def test_the_warning_about_cloudpickle_is_one_for_a_loop_and_each_output(words: Project, how: list[str]) -> None:
    """A sweep is told of once, at the line of the call; two outputs of a step are both named."""
    words.write(
        {
            "dodo.py": """\
from typing import NamedTuple

from lineage import pipeline, step


class Two(NamedTuple):
    left: object
    right: object


@step
def make(n: int) -> Two:
    return Two(lambda: n, lambda: -n)


@pipeline
def swept():
    for n in (1, 2, 3):
        both = make(n)
"""
        }
    )
    done = words.doit(*how)
    told = [line for line in done.stderr.splitlines() if "UserWarning" in line]
    assert len(told) == 2
    assert all(line.startswith("dodo.py:19: UserWarning: output '") for line in told)
    assert {line.split("'")[1].partition("@")[0] for line in told} == {"left", "right"}


@both
def test_a_damaged_artifact_is_made_again(done_words: Project, how: list[str]) -> None:
    """Faults are noticed in parallel runs too."""
    done_words.stored("words/sentence").unlink()
    assert done_words.rerun(*how) == {"collect": "run", "counter": "cached", "report": "cached"}


SUMS = {
    "tasks/__init__.py": "",
    "tasks/sums.py": """\
from lineage import step


@step
def add(a: int, b: int) -> int:
    return a + b


@step
def total(numbers: list) -> int:
    return sum(numbers)
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.sums import add, total


@pipeline
def sums():
    everything = total([add(a, b) for a in range(6) for b in range(6)])
""",
}


@both
def test_many_steps(project: Callable[[Mapping[str, str]], Project], how: list[str]) -> None:
    """A wide graph comes out as in a serial run."""
    summed = project(SUMS)
    assert set(summed.rerun(*how).values()) == {"run"}
    assert len(summed.statuses()) == 37
    assert summed.artifact("sums/everything").read_text().strip() == "180"


@every
def test_one_call_twice_executes_once(words: Project, how: list[str]) -> None:
    """The same step with the same inputs in two pipelines executes once; the other is cached."""
    again = words.read("dodo.py").split("@pipeline")[1].replace("def words", "def again")
    words.write({"dodo.py": words.read("dodo.py") + "\n\n@pipeline" + again})
    words.doit(*how)
    assert sorted(words.executed()) == ["collect", "count", "report"]
    found = sorted((re.sub(".*:", "", step["task"]), step["status"]) for step in words.runs()[-1]["steps"])
    assert found == [(name, status) for name in ALL for status in ("cached", "run")]
    assert words.artifact("again/total").read_text() == words.artifact("words/total").read_text()


def test_a_step_that_ends_its_process_by_a_name_from_before_has_failed(
    project: Callable[[Mapping[str, str]], Project],
) -> None:
    """Also where dodo.py, or a module that it executes, has taken `_exit` out of `os` before there was a step."""
    dodo = "from os import _exit\n\nfrom lineage import pipeline, step\n\n\n@step\ndef leave() -> int:\n    _exit(0)\n"
    leaving = project({"dodo.py": dodo + "\n\n@pipeline\ndef p():\n    x = leave()\n"})
    assert "would end the process that runs the step" in leaving.doit(code=1).printed
