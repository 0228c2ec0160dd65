"""A place that others share, asked with patience that ends: whatever happens to it, a build goes on without it.

The first time that it does not answer in time, the third error, or after too long a time spent on late answers, it is
left alone for the rest of the command, and that is said once (a *circuit breaker*; Nygard, "Release It!").
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from lineage.errors import RemoteError

if TYPE_CHECKING:
    from lineage.stores.objects import Objects

__all__ = ["Patient"]

T = TypeVar("T")
_ERRORS = 3
#: An error that took so many seconds was a time limit.
_SLOW = 1.5
#: Seconds that may be spent in all on answers of so few bytes that took as long, although they came.
_IN_ALL, _FEW = 20.0, 1 << 16


class Patient:
    """`lineage.stores.objects.Objects` that is left alone after it has failed.

    Parameters
    ----------
    objects : Objects
        The place.
    warn : callable
        Told of the first error, and only of that.

    Attributes
    ----------
    is_off : bool
        Whether it is left alone.
    """

    def __init__(self, objects: Objects, warn: Callable[[RemoteError], None]) -> None:
        self.objects = objects
        self.shown = objects.shown
        self.is_off = False
        self._warn = warn
        self._errors = 0
        self._waited = 0.0
        self._until = -1e9  # when the last late answer came
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """Return the bytes under a name."""
        begin = time.monotonic()
        data = self._ask(lambda: self.objects.get(name))
        if len(data or b"") <= _FEW:
            self._came(time.monotonic() - begin)
        return data

    def get_file(self, name: str, path: str) -> bool:
        """Write the bytes under a name to a new file."""
        return self._ask(lambda: self.objects.get_file(name, path))

    def put(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Put bytes under a name."""
        return self._ask(lambda: self.objects.put(name, data, replace=replace))

    def put_file(self, name: str, path: str, *, replace: bool = False) -> bool:
        """Put the bytes of a file under a name."""
        return self._ask(lambda: self.objects.put_file(name, path, replace=replace))

    def size(self, name: str) -> int | None:
        """Return how many bytes are under a name."""
        return self._ask(lambda: self.objects.size(name))

    def delete(self, name: str) -> None:
        """Take away what is under a name."""
        self._ask(lambda: self.objects.delete(name))

    def names(self, prefix: str) -> Iterator[tuple[str, int, float]]:
        """Yield what is in a folder."""
        return iter(self._ask(lambda: list(self.objects.names(prefix))))

    def _ask(self, call: Callable[[], T]) -> T:
        if self.is_off:
            raise RemoteError(f"{self.shown} is left alone: it has failed before")
        begin = time.monotonic()
        try:
            return call()
        except RemoteError as error:
            self._failed(error, time.monotonic() - begin)
            raise

    def _came(self, seconds: float) -> None:
        """Leave the place alone if it answers, but so late that a build is better off without it."""
        if seconds < _SLOW:
            return
        with self._lock:
            # Of what was asked at the same time everybody waits only once.
            now = time.monotonic()
            self._waited += min(seconds, now - self._until)
            self._until = now
            too_long = self._waited > _IN_ALL and not self.is_off
            self.is_off = self.is_off or too_long
        if too_long and self._errors == 0:
            self._warn(RemoteError(f"{self.shown} is slow", why=f"its answers took {self._waited:.0f} s in all"))

    def _failed(self, error: RemoteError, seconds: float) -> None:
        with self._lock:
            self._errors += 1
            self.is_off = self.is_off or self._errors >= _ERRORS or seconds >= _SLOW
            first = self._errors == 1
        if first:
            self._warn(error)
