"""What the console shows while steps work, and what is kept of their output."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

import pytest
from projects import DOIT, Project
from terminals import on_a_terminal

LOG = "from lineage import History; print(History().pipeline('words').runs[-1].steps['{}'].log_text())"


@pytest.fixture
def loud(words: Project) -> Project:
    """Steps that print on both streams."""
    words.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    print("heard", sentence)\n')
    words.edit("tasks/words.py", '    note("report")\n', '    note("report")\n    print("careful", file=sys.stderr)\n')
    words.edit("tasks/words.py", "from lineage import step", "import sys\n\nfrom lineage import step")
    return words


def test_one_line_a_step_and_one_for_the_run(words: Project) -> None:
    """Each step has a line with its name, its outputs and seconds; the last line counts."""
    printed = words.doit().printed
    lines = printed.strip().splitlines()
    for task, output in [("collect", "sentence"), ("counter", "total=6"), ("report", "summary")]:
        (line,) = [line for line in lines if task in line]
        assert output in line
        assert re.search(r"\d s\b", line)
    assert re.search(r"^run 1: 3 run, 0 cached, 0 failed, [\d.]+ s", lines[-1])


def test_the_last_line_of_a_run_with_nothing_to_do(done_words: Project) -> None:
    """A no-op says what it saved."""
    lines = done_words.doit().printed.strip().splitlines()
    assert re.search(r"^run 2: 0 run, 3 cached, 0 failed, [\d.]+ s, saved [\d.]+ s$", lines[-1])


ARRAYS = {
    "tasks/__init__.py": "",
    "tasks/arrays.py": """\
import numpy as np

from lineage import step


@step
def make() -> np.ndarray:
    return np.zeros((3, 64))
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.arrays import make


@pipeline
def arrays():
    X = make()
""",
}


def test_arrays_are_shown_by_shape(project: Callable[[Mapping[str, str]], Project]) -> None:
    """An array's line names its shape, not its numbers."""
    (line,) = [line for line in project(ARRAYS).doit().printed.splitlines() if "make" in line]
    assert re.search(r"X\W+3\W+64", line)


def test_no_escape_codes_where_the_output_is_no_terminal(words: Project) -> None:
    """A pipe gets plain text, also without NO_COLOR."""
    done = words.doit(env={"NO_COLOR": "", "TERM": "xterm"})
    assert "\x1b" not in done.printed
    assert "\r" not in done.printed


def test_a_terminal_gets_colours_unless_no_color(words: Project) -> None:
    """Colours on a terminal; with NO_COLOR none."""
    assert re.search(r"\x1b\[[\d;]*m", on_a_terminal(words, *DOIT))
    assert not re.search(r"\x1b\[[\d;]*m", on_a_terminal(words, *DOIT, "-a", NO_COLOR="1"))


def test_a_running_line_with_elapsed_and_expected_time(words: Project) -> None:
    """On a terminal a step that takes a while shows how long, and how long it took before."""
    words.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    import time\n    time.sleep(1.5)\n')
    words.doit()
    shown = on_a_terminal(words, *DOIT, "-a", NO_COLOR="1")
    running = [piece for piece in re.split(r"[\r\n]", shown) if "counter" in piece]
    assert len(running) > 1, "only the final line"
    times = [float(number) for piece in running for number in re.findall(r"(\d+(?:\.\d+)?)\s*s", piece)]
    assert any(time < 1.5 for time in times), "no elapsed time"
    assert any(time >= 1.5 for time in times), "no expected time"


def test_a_terminal_that_does_not_say_its_size_counts_as_one_of_80_columns(words: Project) -> None:
    """A pseudo terminal has 0 columns until somebody sets its size; the running line is not cut off there."""
    words.doit()
    shown = on_a_terminal(words, *DOIT, "-a", NO_COLOR="1", size=(0, 0))
    assert re.search(r"words:counter [\d.]+ s of about [\d.]+ s\r", shown)


@pytest.mark.parametrize(("verbosity", "out", "err"), [("0", False, False), ("1", False, True), ("2", True, True)])
def test_verbosity_means_what_doit_says(loud: Project, verbosity: str, out: bool, err: bool) -> None:
    """-v 0 shows nothing of a step's output, -v 1 its stderr, -v 2 both."""
    done = loud.doit("-v", verbosity)
    assert ("heard to be" in done.printed) is out
    assert ("careful" in done.printed) is err


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_output_is_kept_for_each_step_run(loud: Project, how: list[str]) -> None:
    """What a step printed is kept with its step run, whatever was shown."""
    loud.doit("-v", "0", *how)
    assert "heard to be or not to be" in loud.python(LOG.format("counter"))
    assert "careful" in loud.python(LOG.format("report"))
    assert "heard" not in loud.python(LOG.format("report"))


def test_a_failure_shows_the_output_and_the_users_traceback_without_our_frames(loud: Project) -> None:
    """Every frame of the traceback lies in the project; what the step had printed is shown."""
    loud.edit("tasks/language.py", "return sentence.split(SEPARATOR)", 'raise ValueError("no separator")')
    printed = loud.doit(code=1).printed
    assert "ValueError: no separator" in printed
    frames = re.findall(r'File "([^"]+)", line \d+, in (\w+)', printed)
    assert [name for _, name in frames] == ["count", "split"]
    assert all(str(loud.path) in path or not os.path.isabs(path) for path, _ in frames)
    assert "heard to be" in printed


@pytest.mark.parametrize("how", [["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["processes", "threads"])
def test_a_failure_in_a_worker_shows_the_same(loud: Project, how: list[str]) -> None:
    """The traceback survives the way from a worker."""
    loud.edit("tasks/language.py", "return sentence.split(SEPARATOR)", 'raise ValueError("no separator")')
    printed = loud.doit(*how, code=1).printed
    assert "ValueError: no separator" in printed
    assert [name for _, name in re.findall(r'File "([^"]+)", line \d+, in (\w+)', printed)] == ["count", "split"]


ODD = """\
class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")
        self.held = lambda: a


def split(sentence):
    raise Odd(1, 2)
"""


def test_an_exception_that_does_not_pickle_is_shown_all_the_same(words: Project) -> None:
    """Exceptions with required arguments break pickling; their text must come through."""
    words.write({"tasks/language.py": ODD})
    assert "Odd: 1 and 2" in words.doit("-n", "2", code=1).printed


def test_doits_other_reporters_still_work(done_words: Project) -> None:
    """`-r zero` and `-r json` are doit's, and the run is recorded all the same."""
    done_words.doit("-a", "-r", "zero")
    assert done_words.statuses() == {"collect": "run", "counter": "run", "report": "run"}
    assert '"tasks"' in done_words.doit("-a", "-r", "json").stdout


def test_a_reporter_that_cannot_be_made_is_the_users_mistake(words: Project) -> None:
    """It was a defect of lineage, and the run that had begun was lost; so was an unknown way to compare files."""
    config = "\n\nclass Mine:\n    pass\n\n\nDOIT_CONFIG = {'reporter': Mine}\n"
    words.write({"dodo.py": words.read("dodo.py") + config})
    assert "the reporter Mine of DOIT_CONFIG cannot be made" in words.doit(code=3).printed
    assert words.status_of_run() == "failed"
    assert "No check_file_uptodate named 'nope'" in words.doit("-a", "--check_file_uptodate", "nope", code=3).printed
