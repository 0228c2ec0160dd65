"""Find out whether a place that others share can be used, without leaving anything in it."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from lineage.errors import LineageError
from lineage.model.checked import Finding
from lineage.stores.mount import MountedFolder

if TYPE_CHECKING:
    from lineage.share.keys import Keyring
    from lineage.stores.objects import Objects

__all__ = ["CACHE", "probe_keys", "probe_place"]

#: What the shared cache is called.
CACHE = "shared cache"

#: Seconds that the clocks may differ: signatures of most object stores are refused beyond some minutes.
_MOST_APART = 60


def probe_place(what: str, objects: Objects, *, writes: bool) -> Iterator[Finding]:
    """Say whether a place can be reached, written to, and keeps what was there first.

    Parameters
    ----------
    what : str
        What it is in the stack.
    objects : Objects
        The place.
    writes : bool
        Whether it is to be written to.
    """
    name = f"v1/probe/{uuid.uuid4().hex}"
    try:
        yield Finding(what, f"{objects.shown} {_read(objects, name, writes=writes)}")
        if writes:
            yield from _written(what, objects, name)
    except LineageError as error:
        yield Finding(what, error.what, ok=False, why=error.why, fix=error.fix)


def _read(objects: Objects, name: str, *, writes: bool) -> str:
    begin = time.monotonic()
    objects.get(name)
    next(iter(objects.names(name)), None)
    milliseconds = (time.monotonic() - begin) * 1000
    if isinstance(objects, MountedFolder) and not os.path.exists(objects.root):
        # A drive that is not mounted, or a misspelt path, looks the same as a place that nobody has used so far.
        return "is not there yet; " + (
            "the first doit makes it" if writes else "until somebody makes it nothing is found"
        )
    return f"can be read ({milliseconds:.0f} ms)"


def _written(what: str, objects: Objects, name: str) -> Iterator[Finding]:
    now = time.time()
    try:
        objects.put(name, b"first")
    except LineageError as error:
        with suppress(LineageError):  # that it refuses this too tells nothing more
            objects.delete(name)
        if what == CACHE:
            error.fix = f"{error.fix or 'make it writable'}; who is only to read it: LINEAGE_CACHE_MODE=read-only"
        raise
    try:
        yield from _kept(what, objects, name, now)
    finally:
        objects.delete(name)


def _kept(what: str, objects: Objects, name: str, now: float) -> Iterator[Finding]:
    yield Finding(what, f"{objects.shown} can be written")
    if objects.put(name, b"second") or objects.get(name) != b"first":
        yield Finding(
            what,
            f"{objects.shown} does not keep what was there first",
            ok=False,
            why="it says yes to a second `put if absent`: of two that record the same step the later one would win",
            fix="use a store that honours If-None-Match (S3 and most that are like it do), or bring it up to date",
        )
    else:
        yield Finding(what, "of two writers the first wins")
    changed = next((at for found, _, at in objects.names("v1/probe") if found == name), now)
    apart = abs(changed - now)
    yield Finding(
        what,
        f"its clock and this machine's are {apart:.0f} s apart",
        ok=apart <= _MOST_APART,
        why="requests are signed with the time, and what is old is told by it",
        fix="set this machine's clock (timedatectl set-ntp true)",
    )


def probe_keys(keyring: Keyring, *, signs: bool) -> Iterator[Finding]:
    """Say whose results are trusted, and with what ours are signed."""
    try:
        trusted = keyring.trusted()
        signing = keyring.signing() if signs else None
    except LineageError as error:
        yield Finding("trust", error.what, ok=False, why=error.why, fix=error.fix)
        return
    if not trusted:
        yield Finding("trust", "no keys: results are not signed, and pickles of others are made again, not read")
        return
    said = f", ours are signed with {signing.name}" if signing is not None else ""
    yield Finding("trust", f"results signed with {', '.join(key.name for key in trusted.values())} are taken{said}")
