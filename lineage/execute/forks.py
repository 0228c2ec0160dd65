"""A step may fork. Its child must not go on with what is the parent's: to keep, to record, and to run what follows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lineage.execute.descriptors import flush_held_back
from lineage.execute.log import flush

__all__ = ["ending_forks"]

_INTERRUPTED = 130


@contextmanager
def ending_forks(project: str) -> Iterator[None]:
    """End each process that is forked in here where it gets out, by a return or by an exception.

    Parameters
    ----------
    project : str
        The project's folder, for the traceback of an exception, which nobody else will show.
    """
    pid = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() != pid:
            _end(_told(error, project))
        raise
    if os.getpid() != pid:
        _end(0)


def _told(error: BaseException, project: str) -> int:
    """Say what is said of an exception that ends a program, and return the exit code that it gives."""
    if isinstance(error, KeyboardInterrupt):
        return _INTERRUPTED
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return (error.code or 0) & 0xFF
    from lineage.execute.failure import failure

    told = {} if isinstance(error, SystemExit) else failure(error, project)
    print(told.get("traceback") or told.get("message") or error, file=sys.stderr)
    return 1


def _end(code: int) -> None:
    # What is to be done at the end of the process (atexit) has been asked for by the parent.
    flush(sys.stdout)
    flush(sys.stderr)
    flush_held_back()
    os._exit(code)
