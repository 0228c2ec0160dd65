"""`lineage watch` and an edit while a step runs for long: it is told, and Enter ends what runs."""

from __future__ import annotations

import os
import pty
import select
import time

from projects import LINEAGE, PATIENCE, Project, wait_for
from watching import Watching, processes_of, until

OLD, NEW = "return len(split(sentence))", "return len(split(sentence)) * 2"


class Terminal:
    """A `lineage watch` on a pseudo terminal."""

    def __init__(self, project: Project) -> None:
        self.text = ""
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(project.path)
            os.execve(LINEAGE[0], [*LINEAGE, "watch"], project.environment)

    def until(self, said: str) -> None:
        """Read until something is there."""
        end = time.monotonic() + PATIENCE
        while said not in self.text:
            assert time.monotonic() < end, self.text
            if select.select([self._descriptor], [], [], 0.1)[0]:
                self.text += os.read(self._descriptor, 1 << 16).decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def end(self) -> int:
        """End it by Ctrl-C; return its exit code."""
        self.type("\x03")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


TOLD = "tasks/words.py changed while tasks run: the next round begins when they have ended"


def test_an_edit_while_a_step_runs_for_long_is_told(held: Project, watching: Watching) -> None:
    """Once, on standard error; the step is let end, and the next round is the edit's."""
    seen = watching(held)
    wait_for(held.path / "reached", seen.child)
    held.edit("tasks/words.py", OLD, NEW)
    until(lambda: seen.said, "nothing was told")
    assert seen.quiet(1.5)
    (held.path.parent / "hold").unlink()
    assert [seen.round()["code"], seen.round()["metrics"]] == [0, [{"name": "total", "value": 12.0, "change": 6.0}]]
    assert seen.said == [f"{TOLD}\n"]


def test_enter_ends_what_runs_for_the_sake_of_an_edit(held: Project) -> None:
    """An Enter before the edit was told means nothing; the run that it ends is recorded as interrupted."""
    terminal = Terminal(held)
    wait_for(held.path / "reached")
    terminal.type("\n")
    (held.path / "reached").unlink()
    held.edit("tasks/words.py", OLD, NEW)
    terminal.until(f"{TOLD}; Enter ends them now")
    terminal.type("\n")
    terminal.until("ended by Enter")
    (held.path.parent / "hold").unlink()
    terminal.until("total=12")
    assert terminal.end() == 0
    assert [run["status"] for run in held.runs()] == ["interrupted", "ok"]
    assert processes_of(held.path) == []


def test_a_step_that_hears_no_interruption_is_killed_after_enter(held: Project) -> None:
    """Its code hangs where Python cannot come in between."""
    deaf = "    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])\n"
    held.edit("tasks/words.py", '    open("reached"', f'{deaf}    open("reached"')
    held.edit("tasks/words.py", "import os\n", "import os\nimport signal\n")
    terminal = Terminal(held)
    wait_for(held.path / "reached")
    held.edit("tasks/words.py", deaf, "    os.remove('../hold')\n")
    terminal.until("Enter ends them now")
    terminal.type("\n")
    terminal.until("ended by Enter")
    terminal.until("total=6")
    assert terminal.end() == 0
    assert processes_of(held.path) == []


def test_what_comes_back_from_history_is_told_with_its_numbers(words: Project) -> None:
    """Nothing has to run for an edit that is taken back, and the numbers are others all the same."""
    terminal = Terminal(words)
    terminal.until("total=6")
    words.edit("tasks/words.py", OLD, NEW)
    terminal.until("total=12 (+6)")
    words.edit("tasks/words.py", NEW, OLD)
    terminal.until("nothing to run -> total=6 (-6)")
    assert terminal.end() == 0
