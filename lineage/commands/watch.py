"""``lineage watch``: save a file, and what must rerun does; a line for each round."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from lineage.errors import UsageError
from lineage.model.shown import one_line, show_duration
from lineage.terminal.style import Style
from lineage.watch.forks import Asked, Child
from lineage.watch.impatience import EndedByEnter, Impatience
from lineage.watch.warm import Warm
from lineage.watch.watching import Snapshot, Unsure, Watched, changed_since, expect_change, really_changed

__all__ = ["watch"]

_NAMED = 3  # files and tasks that a line names
_LOOK_SECONDS = 0.1
_ENDING_SECONDS = 10.0  # that tasks have for ending after Enter
_CALM = 1.0  # seconds without a round after which it is looked whether the project imports something else now
_USAGE = "lineage.UsageError: "


def watch(
    project: str,
    words: Sequence[str],
    assignments: Sequence[str],
    out: TextIO,
    *,
    options: Sequence[str] = (),
    cold: bool = False,
    as_json: bool = False,
) -> int:
    """Run ``doit`` now and after each change, until Ctrl-C.

    Parameters
    ----------
    project : str
        The project's folder.
    words : sequence of str
        Tasks and selectors, as after ``doit``; what it makes by default if empty.
    assignments : sequence of str
        ``name=value`` words.
    out : TextIO
        Where to print.
    options : sequence of str
        Options of ``doit``.
    cold : bool
        Keep no imports warm.
    as_json : bool
        Print a JSON object a round; see docs/commands.md.

    Returns
    -------
    int
        0 when Ctrl-C, SIGTERM or SIGHUP has ended it; 3 if a word means nothing.
    """
    asked = Asked()
    asked.heed()
    loop = _Loop(project, [*options, *words, *assignments], assignments, asked, cold=cold)
    tell = _json_to(out) if as_json else _lines_to(out)
    try:
        return loop.go(tell)
    except KeyboardInterrupt:
        loop.end()
        asked.ignore()
        return 0
    finally:
        loop.end()


_NOTHING: dict[str, Any] = {
    "run": None,
    "ran": [],
    "failed": [],
    "skipped": [],
    "cached": 0,
    "seconds": 0.0,
    "metrics": [],
    "code": 2,
}


class _Loop:
    """The rounds of one command."""

    def __init__(
        self, project: str, words: Sequence[str], assignments: Sequence[str], asked: Asked, *, cold: bool
    ) -> None:
        works = {
            "round": lambda printed: _rounds().run_round(project, words, printed),
            "survey": lambda printed: _rounds().survey(project, assignments),
            "scout": lambda printed: _rounds().scout(project, assignments),
        }
        self._project = project
        self._asked = asked
        self._warm = Warm(project, works, asked, cold=cold)
        self._watched = Watched(project)
        self._child: Child | None = None

    def go(self, tell: Callable[[dict[str, Any]], None]) -> int:
        """Go round until somebody ends it; return the exit code if a word means nothing."""
        before, began = self._watched.look(), time.time()
        told = self._round([], before)
        if (told["error"] or "").startswith(_USAGE):
            raise UsageError(told["error"].removeprefix(_USAGE))
        self._doubt(before)
        self._tell(tell, told)
        self._warm.scout()
        while True:
            self._survey(before, began)
            unsure = [path for path, state in before.items() if isinstance(state, Unsure)]
            for path in self._watched.restless(sorted(unsure)):
                self._say(f"{self._shown(path)} changes whenever tasks run: it is watched no longer\n")
            changed, now = expect_change(self._watched, before, self._pause)
            if self._warm.is_old:
                self._warm.start_anew()
            earlier, before, began = before, now, time.time()
            told = self._round(changed, before)
            told["changed"] = self._shown_all(really_changed(changed, earlier, self._doubt(before)))
            if told["ran"] or told["failed"] or told["error"] or not set(unsure).issuperset(changed):
                self._tell(tell, told)
            if any(path.endswith(".py") for path in changed):
                self._warm.scout(_CALM)

    def _doubt(self, before: Snapshot) -> Snapshot:
        """Note what has changed while a round ran, which may be its own doing; return the state now."""
        now = self._watched.look()
        before |= {path: Unsure(now[path]) for path in changed_since(before, now) if not path.endswith(".py")}
        return now

    def _round(self, changed: Sequence[str], before: dict[str, Any]) -> dict[str, Any]:
        told = self._carried_out(before) or {**_NOTHING, "error": "the process of this round has died", "looked": []}
        self._watched.add(told.pop("looked"))
        return {"changed": self._shown_all(changed), **told}

    def _survey(self, before: dict[str, Any], began: float) -> None:
        """Learn what the next round depends on, while nobody waits."""
        self._child = child = self._warm.fork("survey")
        while not child.answer()[0]:
            self._pause(_LOOK_SECONDS)
            if changed_since(before, self._watched.look()):
                child.end(self._asked)  # somebody waits for a round
                return
        self._watched.learn(child.result(self._asked) or {}, before, began)

    def _carried_out(self, before: dict[str, Any]) -> Any:
        """Carry out a round; what is edited meanwhile is told, and Enter ends it then."""
        impatience = Impatience(self._watched, before, self._say_edited)

        def meanwhile() -> None:
            self._attend()
            impatience.attend()

        self._child = child = self._warm.fork("round")
        try:
            return child.result(self._asked, meanwhile)
        except EndedByEnter:
            child.end(self._asked, kill_after=_ENDING_SECONDS)
            return {**_NOTHING, "code": 130, "error": "ended by Enter", "looked": []}

    def _say_edited(self, changed: Sequence[str], listens: bool) -> None:
        names = _list(self._shown_all(changed))
        more = "; Enter ends them now" if listens else ""
        self._say(f"{names} changed while tasks run: the next round begins when they have ended{more}\n")

    def _attend(self) -> None:
        self._say(self._warm.attend())

    def _pause(self, seconds: float) -> None:
        """Let some time pass."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._attend()
            self._asked.pause(min(left, _LOOK_SECONDS))

    def _tell(self, tell: Callable[[dict[str, Any]], None], told: dict[str, Any]) -> None:
        with self._asked.at_once(), _given_up_with(sys.__stdout__):
            tell(told)

    def _say(self, text: str) -> None:
        if text:
            with self._asked.at_once(), _given_up_with(sys.__stderr__):
                sys.stderr.write(text)

    def _shown_all(self, paths: Sequence[str]) -> list[str]:
        return [self._shown(path) for path in paths]

    def _shown(self, path: str) -> str:
        inside = path.startswith(self._project + os.sep)
        return os.path.relpath(path, self._project) if inside else path

    def end(self) -> None:
        """End what is running, as `doit` is ended."""
        if self._child is not None:
            self._child.end(self._asked)
        self._warm.end()


@contextmanager
def _given_up_with(stream: TextIO | None) -> Iterator[None]:
    """Print no more where an interruption found us waiting for a reader: the rest would wait for one as well."""
    try:
        yield
    except KeyboardInterrupt:
        if stream is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        raise


def _rounds() -> Any:
    from lineage.watch import rounds  # by now doit is imported, with the streams that forks have

    return rounds


# -- a line a round ----------------------------------------------------------------------------------------------------


def _json_to(out: TextIO) -> Callable[[dict[str, Any]], None]:
    def tell(told: dict[str, Any]) -> None:
        out.write(json.dumps({**told, "metrics": [_finite(each) for each in told["metrics"]]}) + "\n")
        out.flush()

    return tell


def _finite(metric: dict[str, Any]) -> dict[str, Any]:
    """Replace numbers that JSON cannot write."""
    return {name: None if isinstance(it, float) and not math.isfinite(it) else it for name, it in metric.items()}


def _lines_to(out: TextIO) -> Callable[[dict[str, Any]], None]:
    style = Style(out)

    def tell(told: dict[str, Any]) -> None:
        out.write(_line(told, style) + "\n")
        out.flush()

    return tell


def _line(told: dict[str, Any], style: Style) -> str:
    clock = style.dim(time.strftime("%H:%M:%S"))
    parts = [_list(told["changed"]) or "start", _became(told, style), _metrics(told)]
    return f"{clock} {' -> '.join(filter(None, parts))}"


def _became(told: dict[str, Any], style: Style) -> str:
    ran = [f"{_list(told['ran'])} ran ({show_duration(told['seconds'])})"] if told["ran"] else []
    failed = [
        style.paint(f"{each['task']} failed: {one_line(_failure(each))}", "31") for each in told["failed"][:_NAMED]
    ]
    if told["error"]:
        failed.append(style.paint(one_line(told["error"]), "31"))
    if told["skipped"] and failed:
        failed.append(f"{_list(told['skipped'])} skipped")
    return "; ".join([*ran, *failed]) or "nothing to run"


def _failure(each: dict[str, Any]) -> str:
    return f"{each['message']} ({each['place']})" if each["place"] else str(each["message"])


def _metrics(told: dict[str, Any]) -> str:
    """Show the numbers of what ran; of what came back from history those that are others now."""
    shown = []
    for each in told["metrics"]:
        change = f" ({each['change']:+.4g})" if each["change"] else ""
        if told["ran"] or change:
            shown.append(f"{each['name']}={each['value']:.4g}{change}")
    return " ".join(shown)


def _list(names: Sequence[str]) -> str:
    shown = [one_line(name) for name in names[:_NAMED]]
    return ", ".join(shown) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
