"""Who else keeps records of what is in an artifact store: nothing of theirs is collected."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from lineage.errors import LineageError, UsageError
from lineage.records.protocol import MetadataStore
from lineage.stack import DATABASE, OBJECTS, Stack
from lineage.stores.users import User, me, users

__all__ = ["others"]

_NAMED = "SELECT DISTINCT blob FROM artifact_version WHERE blob IS NOT NULL"


@contextmanager
def others(stack: Stack) -> Iterator[list[MetadataStore]]:
    """Open the records of all others that use a project's artifact store, for reading.

    Raises
    ------
    UsageError
        If the records of somebody cannot be read from here: then nobody can tell what is theirs.
    """
    opened: list[MetadataStore] = []
    try:
        for path, user in _found(stack):
            opened.append(_opened(path, user))
        yield opened
    finally:
        for store in opened:
            store.close()


def _found(stack: Stack) -> list[tuple[str, User | None]]:
    """Return whose records are not this stack's, each with the file that says so.

    The default stack leaves no word of itself in the project's own folder: its records lie beside the objects.
    """
    own = me(stack.choice.metadata.shown_address, stack.project)
    found = [(path, user) for path, user in users(stack.objects).items() if user is None or user.id != own.id]
    beside = stack.path(DATABASE)
    default = me(f"sqlite:///{beside}", stack.project)
    told = {own.id, *(user.id for _, user in found if user is not None)}
    if default.id not in told and os.path.exists(beside) and stack.objects == stack.path(OBJECTS):
        found.append((beside, default))
    here = [own._replace(born=stack.born()), *(user for _, user in found if user is not None)]
    return [(path, user) for path, user in found if user is None or not any(map(user.moved_to, here))]


def _opened(path: str, user: User | None) -> MetadataStore:
    if user is None:
        raise _unknown(path, None, "the file that says whose they are cannot be read")
    try:
        store = _open(user)
        store.select(_NAMED + " LIMIT 1")
    except LineageError as error:
        raise _unknown(path, user, error.what) from error
    return store


def _open(user: User) -> MetadataStore:
    scheme, _, place = user.records.partition(":///")
    if scheme != "sqlite":
        from lineage.records.opening import open_postgres

        return open_postgres(user.records, read_only=True)
    from lineage.records.sqlite import SqliteStore

    # A missing database would be an empty one for whoever asks; here it may be a drive that is not mounted.
    if user.host != os.uname().nodename:
        raise UsageError(f"{place} is on {user.host}")
    if not os.path.exists(place):
        raise UsageError(f"{place} is not there")
    return SqliteStore(place, read_only=True)


def _unknown(path: str, user: User | None, why: str) -> UsageError:
    who = "somebody" if user is None else f"{user.project} on {user.host} ({user.user})"
    fix = f"run `lineage gc` where they can be read; if that project is gone for good, remove {path}"
    if user is not None and user.place and user.host == os.uname().nodename and not os.path.lexists(user.place):
        fix = (
            "if that project has moved on this machine, run `doit` in its new place, and then this again; if it is gone"
            f" for good, or was copied to where it is now, remove {path}"
        )
    return UsageError(
        f"nothing is collected: this artifact store is also used by {who}, whose records cannot be read from here",
        why=f"what they name must stay ({why})",
        fix=fix,
    )
