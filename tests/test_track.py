"""A step tells how far it is: read from outside while it runs, shown on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
import re
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from projects import DOIT, Project, kill, wait_for
from terminals import on_a_terminal

import lineage.execute.track as clock
from lineage import track
from lineage.execute.track import PERIOD, tracking
from lineage.query import Bar, progress
from lineage.stores.progress import Board, Boards
from lineage.stores.scratch import Scratch
from lineage.terminal.bars import bars

#: Waits in the fifth round while `hold` is there, after what it told of the four before.
COUNT = """\
    for number in track(range(10), "rounds"):
        if number == 3:
            time.sleep(0.3)
        if number == 4:
            open("reached", "w").close()
            while os.path.exists("../hold"):
                time.sleep(0.01)
"""


@pytest.fixture
def tracked(words: Project) -> Project:
    """The counter goes through ten rounds and can be held in the fifth."""
    words.edit(
        "tasks/words.py", "from lineage import step\n", "import os\nimport time\n\nfrom lineage import step, track\n"
    )
    words.edit("tasks/words.py", '    note("count")\n', f'{COUNT}    note("count")\n')
    return words


def hold(project: Project) -> Path:
    """Let the counter wait until the file that is returned is gone."""
    file = project.path.parent / "hold"
    file.touch()
    return file


def left(project: Project) -> list[str]:
    """Return what is in the folder for what steps tell."""
    folder = project.path / ".lineage/progress"
    return os.listdir(folder) if folder.exists() else []


@pytest.mark.parametrize("options", [(), ("-n", "2"), ("-n", "2", "-P", "thread")], ids=" ".join)
def test_how_far_a_step_is_can_be_read_from_outside(tracked: Project, options: tuple[str, ...]) -> None:
    """Another process sees the loop of a running step; when the run has ended there is nothing to see, and no file."""
    held = hold(tracked)
    child = tracked.start(*DOIT, *options)
    wait_for(tracked.path / "reached", child)
    ((key, (bar,)),) = progress(tracked.path).items()
    assert key == (1, "words:counter")
    assert (bar.done, bar.total, bar.label) == (4, 10, "rounds")
    assert bar.since < bar.at < time.time()
    held.unlink()
    assert tracked.finish(child).code == 0
    assert progress(tracked.path) == {}
    assert left(tracked) == []


def test_what_a_killed_run_told_is_nothing_and_is_swept(tracked: Project) -> None:
    """After kill -9 nobody is told that the step is half done, and the next run that tells removes the file."""
    held = hold(tracked)
    child = tracked.start(*DOIT)
    wait_for(tracked.path / "reached", child)
    assert progress(tracked.path)
    kill(child)
    tracked.finish(child)
    assert left(tracked)
    assert progress(tracked.path) == {}
    held.unlink()
    tracked.doit()
    assert left(tracked) == []


def test_a_step_that_fails_in_its_loop_tells_nothing_any_more(tracked: Project) -> None:
    """While a later step runs, the one that failed is not shown as half done."""
    tracked.edit(
        "tasks/words.py", "        if number == 4:\n", "        if number == 4:\n            raise ValueError\n"
    )
    tracked.doit(code=1)
    assert progress(tracked.path) == {}
    assert left(tracked) == []


def test_telling_is_no_input_and_no_package(tracked: Project) -> None:
    """A step that tells how far it is depends on nothing more: lineage is no ingredient, its file no input."""
    tracked.edit("tasks/words.py", "from lineage import step, track\n", "import lineage\nfrom lineage import step\n")
    tracked.edit("tasks/words.py", "in track(", "in lineage.track(")
    assert "not an input" not in tracked.doit().printed
    told = tracked.python(
        "from lineage import History\n"
        "step = History().runs[-1].steps['words:counter']\n"
        "print([(each.kind, each.name) for each in step.manifest if each.kind == 'package'], step.discovered)"
    )
    assert told == "[] ()"
    assert set(tracked.rerun().values()) == {"cached"}


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "two"])
def test_a_terminal_shows_a_bar(tracked: Project, options: tuple[str, ...]) -> None:
    """The line of a running step has a bar, how many are done of how many, and what is left."""
    tracked.edit("tasks/words.py", "        if number == 3:\n", "        if number >= 3:\n")
    shown = on_a_terminal(tracked, *DOIT, *options)
    assert re.search(r"▶\S* words:counter [\d.]+ s  rounds █+\S*░+ [3-9]0 % [3-9]/10 [\d.]+ s left", shown), shown


def test_elsewhere_there_is_no_bar(tracked: Project) -> None:
    """A pipe gets the lines of the steps and nothing else."""
    tracked.edit("tasks/words.py", "        if number == 3:\n", "        if number >= 3:\n")
    printed = tracked.doit().printed
    assert "rounds" not in printed
    assert len(printed.strip().splitlines()) == 4


WAYS = {
    "tasks/__init__.py": "",
    "tasks/ways.py": """\
import multiprocessing
import threading

from lineage import step, track


def forever():
    number = 0
    while True:
        yield number
        number += 1


def twice(number):
    return sum(track([number, number], "in a child"))


class Odd:
    def __len__(self):
        raise OSError("how should I know")

    def __iter__(self):
        return iter("odd")


@step
def loops() -> list:
    found = [list(track(zip("ab", "cd"))), list(track({1: 2}, total=7)), list(track(iter(()))), list(track(Odd()))]
    for number in track(forever()):
        if number == 5:
            break
    found.append(number)
    for row in track(range(2), "rows"):
        found.append([row * column for column in track(range(3), "columns")])
    try:
        for number in track(range(3)):
            raise KeyError(number)
    except KeyError:
        found.append("caught")
    inner = track("xyz")
    next(inner)
    found.append(next(inner))
    return found


@step
def threads() -> list:
    found = []

    def work(number):
        found.append(sum(track(range(number), str(number))))

    started = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    return sorted(found)


@step
def children() -> list:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return list(track(pool.imap(twice, range(4)), "children"))
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.ways import children, loops, threads


@pipeline
def ways():
    a = loops()
    b = threads()
    c = children()
""",
}


@pytest.mark.parametrize("options", [(), ("-n", "2"), ("-n", "2", "-P", "thread")], ids=" ".join)
def test_every_kind_of_loop_goes_as_without(project: Any, options: tuple[str, ...]) -> None:
    """Iterators, endless ones, odd ones, nested ones, in threads and in children: the items are what they were."""
    made = project(WAYS)
    made.doit(*options)
    loops, threads, children = (made.python(f"from lineage import load; print(load('ways/{name}'))") for name in "abc")
    expected = [[("a", "c"), ("b", "d")], [1], [], ["o", "d", "d"], 5, [0, 0, 0], [0, 1, 2], "caught", "y"]
    assert loops == str(expected)
    assert threads == str(sorted(sum(range(number)) for number in range(20)))
    assert children == "[0, 2, 4, 6]"
    assert left(made) == []


# In this process


@pytest.fixture
def boards(tmp_path: Path) -> Any:
    """The boards of a project in `tmp_path`."""
    found = Boards(Scratch(str(tmp_path / ".lineage/progress")))
    yield found
    found.release()
    assert os.listdir(tmp_path / ".lineage/progress") == []


def test_outside_of_a_step_it_is_the_iterator_itself() -> None:
    """In a test or a notebook nothing happens; what cannot be gone through is an error at once."""
    items = iter([1, 2])
    assert track(items) is items
    with pytest.raises(TypeError, match="not iterable"):
        track(3)  # type: ignore[arg-type]


def test_nested_loops_are_told_from_outside_to_inside(boards: Boards, tmp_path: Path) -> None:
    """An epoch of which the first is done, and in it two of what has no length."""
    with tracking(boards, 7, "a:b"):
        for epoch in track("xy", "epochs"):
            for number in track((n for n in range(3)), "rows"):
                if epoch == "y" and number == 1:
                    time.sleep(2 * PERIOD)
                if epoch == "y" and number == 2:
                    (bars,) = progress(tmp_path).values()
                    assert [bar[:3] for bar in bars] == [(1, 2, "epochs"), (2, None, "rows")]
        assert progress(tmp_path) == {}


def test_it_is_written_at_most_five_times_a_second(boards: Boards, monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast the items come; and after fast ones a slow one is told at once."""
    now, moments, write = [0.0], [], Board.write

    def slow(number: int) -> int:
        now[0] += 60 if number == 2000 else 0.001
        return number

    monkeypatch.setattr(Board, "write", lambda *given: (moments.append(now[0]), write(*given))[1])
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: now[0], time=time.time))
    now[0] = 1.0
    with tracking(boards, 1, "a:b"):
        assert sum(1 for number in track(range(2001)) if slow(number) >= 0) == 2001
    assert moments[0] == 1
    assert moments[-1] == pytest.approx(63)
    assert len(moments) == 11
    assert all(after - before >= PERIOD for before, after in pairwise(moments))


def test_where_nothing_can_be_written_the_loop_goes_on() -> None:
    """A full disk or a forbidden folder does not fail a step that only wanted to say something."""
    with tracking(Boards(Scratch("/proc/nothing/here")), 1, "a:b"):
        assert list(track(range(3))) == [0, 1, 2]


def test_a_thread_that_goes_on_after_its_step_is_not_heard(boards: Boards, tmp_path: Path) -> None:
    """Its loop ends as it would; the next step is not shown its numbers."""
    ended, found = threading.Event(), []

    def work() -> None:
        for number in track(range(2)):
            ended.wait()
            found.append(number)

    with tracking(boards, 1, "a:first"):
        thread = threading.Thread(target=work)
        thread.start()
        while not progress(tmp_path):
            time.sleep(0.001)
    with tracking(boards, 1, "a:second"):
        ended.set()
        thread.join()
        assert progress(tmp_path) == {}
        for _ in track("z"):
            assert [bar.total for bar in progress(tmp_path)[1, "a:second"]] == [1]
    assert found == [0, 1]


def test_who_reads_while_it_is_written_sees_whole_records(boards: Boards, tmp_path: Path) -> None:
    """A longer record, a shorter one, none: what is read is always one of those that were written."""
    board, stop = boards.take(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            told = {"label": "x" * (number * 37 % 900), "done": number, "total": None, "since": 0.0, "at": 1.0}
            board.write({"run": 1, "task": "a:b", "bars": [told]})

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(300):
            for (bar,) in progress(tmp_path).values():
                assert bar == Bar(bar.done, None, "x" * (bar.done * 37 % 900), 0.0, 1.0)
    finally:
        stop.set()
        thread.join()
    board.empty()


def test_what_is_left_is_told_by_the_mean_of_what_is_done() -> None:
    """Of ten items four took eight seconds: twelve are left, and less while the fifth is at work."""
    loop = {"label": "rounds", "done": 4, "total": 10, "since": 100.0, "at": 108.0}
    assert bars([loop], 108.0) == "  rounds ██████▍░░░░░░░░░ 40 % 4/10 12 s left"
    assert bars([loop], 109.0, plain=True) == "  rounds [######..........] 40 % 4/10 11 s left"
    assert bars([loop], 300.0).endswith(" 4/10")  # it is late
    assert bars([loop | {"done": 1234, "total": None}, loop | {"label": "", "done": 0}], 109.0, plain=True) == (
        "  rounds 1,234  [................] 0 % 0/10"
    )
