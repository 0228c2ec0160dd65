"""What a step sets for the whole process, undone when it ends: the next step is to see what it would see alone.

Settings that Python keeps by context (those of `decimal`, what numpy does about errors and how it prints, any
``ContextVar``) are a step's own because its function runs in a copy of the context. The others are compared and put
back. What modules set when they are imported stays: Python would not execute them again for the next step. So where a
step is the first to import a module of the project, nobody can tell whose most of the settings are, and they stay.

What libraries keep in places of their own (options of pandas, a default type of torch, a function that was replaced)
cannot be known here.
"""

from __future__ import annotations

import _locale
import gc
import os
import signal
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from typing import Any

from lineage.declare.import_effects import executed, searched
from lineage.execute.capture import alone

__all__ = ["call_apart", "settings_kept"]

_NO_TIMER = (0.0, 0.0)
#: Pools: Python itself ends their threads before it waits for the others.
_POOLS = ("concurrent.futures", "joblib", "loky")
_told: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def call_apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function with the settings of this context, so that what it changes of them stays its own."""
    context, modules = copy_context(), executed()
    try:
        return context.run(_call, function, arguments)
    finally:
        if executed() != modules:
            _take_over(context)


def _take_over(context: Context) -> None:
    """Keep what was set while a module was executed for the first time: the next step's import will not set it."""
    outside = copy_context()
    for variable, value in context.items():
        if outside.get(variable) is not value:
            variable.set(value)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    decimal = sys.modules.get("decimal")
    if decimal is not None:  # a copied context holds the same object, which most programs change in place
        decimal.setcontext(decimal.getcontext().copy())
    return function(*arguments)


def _collect(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()


#: How each is asked for, and how it is set.
_SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (sys.getswitchinterval, sys.setswitchinterval),
    (gc.isenabled, _collect),
    (gc.get_threshold, lambda threshold: gc.set_threshold(*threshold)),
    (lambda: _locale.setlocale(_locale.LC_ALL, None), lambda name: _locale.setlocale(_locale.LC_ALL, name)),
)


@contextmanager
def settings_kept() -> Iterator[None]:
    """Undo what a step sets for the whole process; where several are at work in its threads, leave all as it is."""
    if not alone():
        yield
        return
    settings = [ask() for ask, _ in _SETTINGS]
    path, argv = (sys.path, sys.path[:]), (sys.argv, sys.argv[:])
    mask, ours = _umask(), executed()
    filters, modules = warnings.filters[:], len(sys.modules)
    logging, timeout, timer = _logging(), _timeout(), signal.getitimer(signal.ITIMER_REAL)
    threads = threading.active_count()
    try:
        yield
    finally:
        if alone():
            sys.argv = _as_it_was(*argv)
            if threading.current_thread() is threading.main_thread():  # else another step may begin right now
                sys.path = _as_it_was(path[0], _search_again(path[1]))
            os.umask(mask)
            if timer == _NO_TIMER:  # else the alarm of a step ends doit in another one
                signal.setitimer(signal.ITIMER_REAL, 0)
            if executed() == ours:
                for (ask, put), before in zip(_SETTINGS, settings, strict=True):
                    if ask() != before:
                        put(before)
                _filter_again(filters, imported=len(sys.modules) != modules)
                _log_again(logging)
                if _timeout() != timeout:
                    sys.modules["socket"].setdefaulttimeout(timeout)
            if threading.active_count() > threads:
                _tell_of_threads()


def _as_it_was(words: list[str], content: list[str]) -> list[str]:
    if words != content:
        words[:] = content
    return words


def _search_again(before: list[str]) -> list[str]:
    """Return ``sys.path`` as the next step is to have it: with what was added by modules, which add it only once.

    A folder that a step itself has added would come before, or after, the one that the next step adds.
    """
    lasting = searched()
    stays = [each for each in sys.path if each in before or each in lasting or "-packages" + os.sep in each]
    # Where modules have added nothing new, all is as it was, also what the step has taken away or put elsewhere.
    added = [each for each in stays if each not in before]
    return stays if any(each in lasting for each in added) else [*before, *added]


def _umask() -> int:
    mask = os.umask(0o077)  # there is no way to ask; a file that another thread makes meanwhile is nobody else's
    os.umask(mask)
    return mask


def _filter_again(before: Sequence[Any], *, imported: bool) -> None:
    """Put the filters of warnings back; those that make no errors may be of a module that was imported meanwhile."""
    if warnings.filters != before:
        kept = [each for each in warnings.filters if each[0] != "error" and each not in before] if imported else []
        warnings.filters[:] = [*kept, *before]  # type: ignore[index]
        warnings._filters_mutated()  # type: ignore[attr-defined]


def _logging() -> tuple[list[Any], int, int, bool] | None:
    logging = sys.modules.get("logging")
    if logging is None:
        return None
    root = logging.root
    return root.handlers[:], root.level, root.manager.disable, logging._warnings_showwarning is not None


def _log_again(before: tuple[list[Any], int, int, bool] | None) -> None:
    """Put the root logger back: with a handler there, the next step's `basicConfig` would do nothing."""
    now = _logging()
    if now is None or now == before:
        return
    logging = sys.modules["logging"]
    handlers, level, disabled, captures = before or ([], logging.WARNING, 0, False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.disable(disabled)
    logging.captureWarnings(captures)


def _timeout() -> float | None:
    socket = sys.modules.get("socket")
    return None if socket is None else socket.getdefaulttimeout()


def _tell_of_threads() -> None:
    """Say which threads a step has left running: doit seems to hang at its end, and with `-n` they are cut off."""
    main = threading.main_thread()
    if threading.current_thread() is not main:
        return  # doit's own threads come and go
    for thread in threading.enumerate():
        target = getattr(thread, "_target", None)
        whose = (type(thread).__module__, getattr(target, "__module__", None) or "")
        if thread is main or thread.daemon or thread in _told or any(each.startswith(_POOLS) for each in whose):
            continue
        _told.add(thread)
        told = f"this step has left the thread '{thread.name}' running"
        sys.stderr.write(f"{told}, which doit waits for (and cuts off with -n): join it\n")
