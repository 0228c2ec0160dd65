"""A Python that has imported what most commands of the tests need, and becomes one of them in a fork when it is asked.

It is a program, started by tests/forking.py, which says why. Modules are imported here and nothing else is done: what
they remember of a project, a fork begins to remember as a fresh process would.
"""

from __future__ import annotations

import atexit
import builtins
import gc
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import socket
import sys
import sysconfig
import threading
import types
from typing import Any

#: What is slow to import and belongs to others.
IMPORTED = (
    *("doit.__main__", "doit.doit_cmd", "cloudpickle", "sqlite3", "numpy.random", "multiprocessing.popen_fork"),
    *("encodings.utf_8_sig", "encodings.unicode_escape", sysconfig._get_sysconfigdata_name()),  # type: ignore[attr-defined]
)
#: What few commands need: it makes each fork three times as dear, since the kernel copies the tables of all its pages.
LARGE = ("sklearn", "bokeh", "psycopg")


def import_all(large: bool) -> None:
    """Import all of that and of lineage, but for modules that need a package that is not installed or not wanted."""
    if large:
        names = [*IMPORTED, "sklearn.svm", "sklearn.tree"]
    else:
        names = [*IMPORTED]
        sys.modules.update(dict.fromkeys(LARGE))  # type: ignore[arg-type]  # as if it were not installed
    for name in names:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(importlib.import_module("lineage").__path__, "lineage."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if str(error.name).startswith("lineage"):
                raise
    for name in LARGE:
        if sys.modules.get(name, ...) is None:
            del sys.modules[name]


def serve(requests: socket.socket) -> dict[str, Any] | None:
    """Fork for each request, and say with which status each fork ended; return what it was asked, in a fork."""
    ended, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting: dict[int, socket.socket] = {}
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while True:
        for found, _ in poll.poll():
            if found == ended:
                os.read(ended, 4096)
                _report(waiting)
                continue
            message, fds, _, _ = socket.recv_fds(requests, 1 << 20, 4)
            if not message:
                return None
            asked: dict[str, Any] = json.loads(message)
            answers = socket.socket(fileno=fds[3])
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (*waiting.values(), requests):
                    each.close()
                os.close(ended)
                os.close(waker)
                for number, fd in enumerate(fds[:3]):
                    os.dup2(fd, number)
                for fd in set(fds[:3]):
                    os.close(fd)
                become(asked)
                # As where a program is executed, whoever asked goes on when all this is done, and not before.
                answers.send(b"started %d" % os.getpid())
                answers.close()
                return asked
            for fd in set(fds[:3]):
                os.close(fd)
            waiting[pid] = answers
            _report(waiting)  # it may have ended before it was noted


def _report(waiting: dict[int, socket.socket]) -> None:
    for pid in list(waiting):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            with waiting.pop(pid) as answers:
                try:
                    answers.send(str(os.waitstatus_to_exitcode(status)).encode())
                except OSError:
                    continue  # whoever asked is gone


def become(asked: dict[str, Any]) -> None:
    """Be the command that was asked for, in every respect but for what is imported already."""
    os.setsid()
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    for stream in (sys.stdout, sys.stderr):  # the very objects, since modules that are imported may hold them
        stream.reconfigure(line_buffering=stream is sys.stderr or stream.isatty())  # type: ignore[union-attr]
    random.seed()
    sys.modules["numpy"].random.seed()
    words = asked["argv"]
    sys.orig_argv = [sys.executable, *words]
    sys.argv = ["-c", *words[2:]] if words[0] == "-c" else list(words)
    sys.path[0] = "" if words[0] == "-c" else os.path.dirname(words[0])
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    if words[0] != "-c":
        main.__file__ = words[0]
    sys.modules["__main__"] = main


def run(task: dict[str, Any]) -> int:
    """Execute the script, and return the exit code that Python would end with."""
    name = sys.argv[0]
    if name == "-c":
        name, source = "<string>", task["argv"][1]
    else:
        with open(name, encoding="utf-8") as script:
            source = script.read()
    try:
        exec(compile(source, name, "exec"), sys.modules["__main__"].__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def leave(code: int) -> None:
    """End as Python does, but for taking apart some thousand modules, which would cost more than all the rest."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = 120  # as Python does where nobody reads any more
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


if __name__ == "__main__":
    import_all(large=sys.argv[2] == "large")
    gc.collect()
    gc.freeze()
    task = serve(socket.socket(fileno=int(sys.argv[1])))
    if task is not None:
        leave(run(task))
