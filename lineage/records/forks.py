"""Stores and forks: no transaction is under way while a process forks, and a child opens a connection of its own."""

from __future__ import annotations

import os
import threading
import weakref

__all__ = ["Forked"]


class Forked:
    """A store that a process may fork beside.

    Attributes
    ----------
    _lock : RLock
        Held by whoever is in a transaction.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def _ready(self) -> None:
        """Say that forks have to be heeded from now on."""
        _stores.add(self)

    def _before_fork(self) -> None:
        """Get ready: no other thread is in a transaction, and none begins one before the fork is over."""

    def _in_child(self) -> None:
        """Leave to the parent what is the parent's."""


_stores: weakref.WeakSet[Forked] = weakref.WeakSet()
_held: list[Forked] = []


def _before() -> None:
    for store in sorted(_stores, key=id):
        store._lock.acquire()  # another thread's transaction ends first
        _held.append(store)
        store._before_fork()


def _after_in_parent() -> None:
    held, _held[:] = list(_held), []
    for store in held:
        store._lock.release()


def _after_in_child() -> None:
    for store in _held:
        store._lock = threading.RLock()
        store._in_child()
    _held.clear()


os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
