"""What is going to be asked of a place is asked many at once, before each answer is needed.

A request costs its client next to nothing and a waiting person the way there and back: a hundred independent steps at
50 ms a request are five seconds one after another. The answers are kept until they are asked for in turn, once. So
whoever asks stays as it is, with its order, its warnings and what it believes; and nothing is asked that would not be.

Threads and not asyncio: the client library waits without the GIL, and importing asyncio costs a no-op's time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.stores.objects import Objects

__all__ = ["Asking", "Prefetching", "together"]

#: Requests at the same time. Of 50 ms each, a thousand take 3 s; more would be more connections to set up.
_AT_ONCE = 16
#: Seconds. A place that answers sooner (a folder, a server beside) is asked in turn: threads would cost more.
_NEAR = 0.002

Names = list[tuple[str, int, float]]


def together(works: Sequence[Callable[[], object]], most: int) -> None:
    """Do several things that wait, some at a time, and return when all are done.

    Parameters
    ----------
    works : sequence of callable
        They are begun in this order.
    most : int
        So many at the same time.

    Raises
    ------
    BaseException
        The first that one of them raises: then no further one is begun.
    """
    left = list(reversed(works))
    errors: list[BaseException] = []

    def work() -> None:
        while left and not errors:
            try:
                next_one = left.pop()
            except IndexError:  # another thread was faster
                return
            try:
                next_one()
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=work, name="lineage-prefetch", daemon=True) for _ in range(min(most, len(left)))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:
        left.clear()  # after Ctrl-C nothing more is begun
    if errors:
        raise errors[0]


class _NoAnswerError(Exception):
    """What was asked ahead has failed: whoever asks in turn is told."""


class Prefetching:
    """A place, some of whose answers are there before they are asked for.

    Parameters
    ----------
    objects : Objects
        The place.
    """

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.shown = objects.shown
        self._answers: dict[tuple[str, str], Any] = {}
        self._fastest: float | None = None

    def get(self, name: str) -> bytes | None:
        """Return the bytes under a name, as `Objects.get`."""
        data: bytes | None = self._answer("get", name)
        return data

    def names(self, prefix: str) -> Names:
        """Return what is in a folder, as `Objects.names`."""
        found: Names = self._answer("names", prefix)
        return found

    def prefetch(self, questions: Sequence[Callable[[Asking], object]]) -> None:
        """Ask ahead, many at once.

        Parameters
        ----------
        questions : sequence of callable
            Each asks what is to be asked of the place that it is given, one request after another.
        """
        left = list(reversed(questions))
        if left and self._fastest is None:
            self._ask(left.pop())  # alone: it tells how far the place is, and whether it answers at all
        if len(left) < 2 or (self._fastest or 0.0) < _NEAR:
            return
        together([partial(self._ask, question) for question in reversed(left)], _AT_ONCE)

    def _ask(self, question: Callable[[Asking], object]) -> None:
        try:
            question(Asking(self))
        except _NoAnswerError:
            return

    def _answer(self, what: str, name: str) -> Any:
        if (what, name) not in self._answers:
            return self.request(what, name)
        answer = self._answers.pop((what, name))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def request(self, what: str, name: str) -> Any:
        """Ask the place."""
        begin = time.monotonic()
        answer = self.objects.get(name) if what == "get" else list(self.objects.names(name))
        seconds = time.monotonic() - begin
        self._fastest = seconds if self._fastest is None else min(self._fastest, seconds)
        return answer

    def keep(self, what: str, name: str, answer: Any) -> None:
        """Keep an answer, or the error that came instead, until it is asked for."""
        self._answers[what, name] = answer


class Asking:
    """Asks of a place what is going to be asked of it."""

    def __init__(self, place: Prefetching) -> None:
        self._place = place

    def get(self, name: str) -> bytes | None:
        """Return the bytes under a name."""
        data: bytes | None = self._ask("get", name)
        return data

    def names(self, prefix: str) -> Names:
        """Return what is in a folder."""
        found: Names = self._ask("names", prefix)
        return found

    def _ask(self, what: str, name: str) -> Any:
        try:
            answer = self._place.request(what, name)
        except Exception as error:
            self._place.keep(what, name, error)
            raise _NoAnswerError from error
        self._place.keep(what, name, answer)
        return answer
