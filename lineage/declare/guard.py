"""A small shell beside doit that does what is left to do if doit is killed: it ends the commands of shell steps.

It reads from a pipe whose other end this process holds, and which the kernel closes whatever the process dies of. (A
signal on the parent's death, Linux' ``PR_SET_PDEATHSIG``, is sent when the *thread* ends that has started the command,
needs Python between fork and exec, which can hang where there are threads, and reaches only the command's shell.)

It also shows the last words: what programs and C code have written to the descriptors just before, and what doit has
not come to show (`lineage.execute.collector`). They often tell why it died.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress

__all__ = ["dismiss", "forget", "start", "watch"]

_SCRIPT = """
while read -r word group; do
  case $word in
    +) groups="$groups $group" ;;
    -) kept=; for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done; groups=$kept ;;
    bye) exit ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each"; done
cat <&3; cat <&4 >&2
"""
_SURROUNDINGS = {"PATH": os.defpath}
#: Descriptors from here on are not those that the shell gets.
_HIGH = 10


class _Guard:
    """The other end of the pipe, in the process that has made it."""

    def __init__(self, last_words: Sequence[tuple[int, int]]) -> None:
        reading, self.pipe = os.pipe()
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        (out_words, out), (err_words, err) = last_words or [(null, null)] * 2
        # One of them may have a number that another is to get.
        given = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, _HIGH) for each in (reading, out, err, out_words, err_words)]
        actions = [(os.POSIX_SPAWN_DUP2, each, number) for number, each in enumerate(given)]
        try:
            # In a group of its own: Ctrl-C is not meant for it.
            os.posix_spawn("/bin/sh", ["sh", "-c", _SCRIPT], _SURROUNDINGS, file_actions=actions, setpgroup=0)
        finally:
            for each in (reading, null, *given):
                os.close(each)

    def tell(self, line: str) -> None:
        try:
            os.write(self.pipe, line.encode() + b"\n")
        except BrokenPipeError:
            return  # somebody has killed it; things go on without


_guard: _Guard | None = None


def start(last_words: Sequence[tuple[int, int]] = ()) -> None:
    """Start the guard of this process, unless it has one.

    Parameters
    ----------
    last_words : sequence of (int, int), optional
        For each of standard output and standard error: a descriptor to read from when this process has died, and one to
        show it on.
    """
    global _guard
    if _guard is None:
        with suppress(OSError):  # no /bin/sh, or no more processes: it is needed only if this one dies
            _guard = _Guard(last_words)


def watch(group: int) -> None:
    """Have a process group killed if this process dies and has a guard."""
    if _guard is not None:
        _guard.tell(f"+ {group}")


def forget(group: int) -> None:
    """Take that back: it has ended."""
    if _guard is not None:
        _guard.tell(f"- {group}")


def dismiss() -> None:
    """End the guard: this process has nothing left to do."""
    global _guard
    if _guard is not None:
        _guard.tell("bye")
        os.close(_guard.pipe)
        _guard = None


def _drop() -> None:
    """Close the pipe in a process that is forked: it may outlive its parent, whose death is to be noticed."""
    global _guard
    if _guard is not None:
        os.close(_guard.pipe)
        _guard = None


os.register_at_fork(after_in_child=_drop)
