"""The shared cache: what anybody has computed with a fingerprint is found by it.

``v1/<key>/ac/<fingerprint>.json``     the record of the result; the first writer wins
``v1/<key>/sets/<base>/<n>.json``      under a base fingerprint, the sets of inputs that were discovered so far
``v1/<key>/other/<fingerprint>/...``   later results that differ from the first: the step is not deterministic
``v1/<key>/objects/<hash>.json``       what is said of bytes; ``<hash>.<format>.json`` where they can run code as one
``v1/code/<digest>.json``              the source that a record's ingredients name, once
``v1/cas/<hash>``                      bytes; a record is put there after all that it names

Records stand apart by the key they are signed with (``open`` without one): nobody else's keep them from being read.
What is signed is put under ``open`` too, for those who have no key.

The split into records by key and bytes by hash, and the order, are those of Bazel's remote cache. Two look-ups, as
ccache has: a step that reads nothing but its inputs is found by the first.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from lineage.errors import RemoteError
from lineage.model.stored import DISCOVERED, Entry, Trace
from lineage.share.record import VERSION, SharedRecord, checksum, signature
from lineage.stores.elsewhere import Known
from lineage.stores.prefetch import Prefetching

if TYPE_CHECKING:
    from lineage.share.keys import Key, Keyring
    from lineage.stores.objects import Objects
    from lineage.stores.prefetch import Asking
    from lineage.stores.tiered import TieredStore

__all__ = ["OPEN", "SharedCache", "SharedTrace", "action", "label", "labels", "newest_sets", "opened", "other", "sets"]

#: Stands where a key's id would, of what is not signed.
OPEN = "open"
#: So many sets of discovered inputs are looked at under one base fingerprint.
_MOST_SETS = 20


def action(key: str, fingerprint: str) -> str:
    """Return the name of the record of a fingerprint that is signed with a key."""
    return f"v1/{key}/ac/{fingerprint[:2]}/{fingerprint}.json"


def sets(key: str, base: str, number: int) -> str:
    """Return the name of one of the sets of discovered inputs under a base fingerprint."""
    return f"v1/{key}/sets/{base[:2]}/{base}/{number}.json"


class Listed(Protocol):
    """Whatever can be listed: a place, or what asks it ahead."""

    def names(self, prefix: str) -> Iterable[tuple[str, int, float]]:
        """As of `lineage.stores.objects.Objects`."""


def newest_sets(objects: Listed, key: str, base: str) -> list[int]:
    """Return the numbers of the sets under a base fingerprint, the newest first, as many as are looked at.

    They are listed in one request, since there may be more than are looked at, and the oldest may have expired.

    Raises
    ------
    RemoteError
        If the place does not answer, or may not be listed.
    """
    folder = sets(key, base, 0).rpartition("/")[0]
    found = (os.path.basename(name).removesuffix(".json") for name, _, _ in objects.names(folder))
    return sorted((int(name) for name in found if name.isdecimal()), reverse=True)[:_MOST_SETS]


def other(key: str, fingerprint: str, outputs: str) -> str:
    """Return the name of a later result of a fingerprint that differs from the first, by a hash of its outputs."""
    return f"v1/{key}/other/{fingerprint[:2]}/{fingerprint}/{outputs}.json"


def label(key: str, blob: str, format: str = "") -> str:
    """Return the name of what is said of an object, where no record of a cache names it; or of it as of a format."""
    return f"v1/{key}/objects/{blob[:2]}/{blob}{format and '.'}{quote(format, safe='')}.json"


def labels(key: str, output: dict[str, Any]) -> tuple[str, ...]:
    """Return the names under which it is said of an output what it is; the first that is not there will do."""
    from lineage.formats.registry import by_name

    blob, format = output["blob"], output["format"]
    return (label(key, blob),) if by_name(format).safe else (label(key, blob), label(key, blob, format))


def opened(data: bytes, keys: dict[str, Key]) -> tuple[dict[str, Any], str | None]:
    """Take a sealed record apart.

    Parameters
    ----------
    data : bytes
        As it was sent.
    keys : dict of str to Key
        The keys that count, by id.

    Returns
    -------
    content : dict
        Its fields.
    key : str or None
        The id of the key it is signed with, if the signature is right.

    Raises
    ------
    ValueError, TypeError
        If it is none, or not as it was written.
    """
    content = dict(json.loads(data))
    key, given = keys.get(str(content.get("key"))), content.get("signature")
    if key is None:
        if content.get("checksum") != checksum(content):
            raise ValueError("it is not as it was written")
        return content, None
    if not isinstance(given, str) or not given.isascii():
        return content, None
    return content, key.id if hmac.compare_digest(signature(content, key.secret), given) else None


class SharedTrace(Trace):
    """A trace that somebody else has left: no step run of ours made it, until it is recorded as one."""

    __slots__ = ("record",)

    def __init__(self, record: SharedRecord) -> None:
        super().__init__(0, 0, record.fingerprint, record.outputs, record.seconds)
        self.record = record


class SharedCache:
    """Looks records up.

    Parameters
    ----------
    objects : Objects
        The place.
    store : TieredStore
        Where what the records name is brought.
    keyring : Keyring
        Whom to trust.
    warn : callable
        Told in a sentence what is wrong with a record.
    """

    def __init__(self, objects: Objects, store: TieredStore, keyring: Keyring, warn: Callable[[str], None]) -> None:
        self.objects = Prefetching(objects)
        self.shown = objects.shown
        self._store = store
        self._keyring = keyring
        self._warn = warn
        self._looked: dict[str, SharedRecord | None] = {}
        self._sets: dict[str, list[tuple[Entry, ...]]] = {}
        self._warned = False

    @cached_property
    def keys(self) -> dict[str, Key]:
        """The keys that count, by id."""
        return self._keyring.trusted()

    def look_ahead(self, bases: Iterable[str], final: Callable[[str, tuple[Entry, ...]], str]) -> None:
        """Ask for all that is going to be looked up under some base fingerprints, many at once.

        Parameters
        ----------
        bases : iterable of str
            What nothing else is known of than what is here, so that each is going to be looked up.
        final : callable
            Returns the fingerprint that a base and a set of discovered inputs have at present.
        """
        new = [base for base in dict.fromkeys(bases) if not self.has_looked(base)]
        if len(new) < 2:
            return
        self.objects.prefetch([partial(self._ask_for, base) for base in new])
        # Of several sets the first is the likeliest to be that of the present state: others are asked for in turn.
        finals = [final(base, sets[0]) for base in new if (sets := self.find_discovered(base))]
        unknown = [fingerprint for fingerprint in dict.fromkeys(finals) if not self.has_looked(fingerprint)]
        self.objects.prefetch([partial(self._ask_for_record, fingerprint) for fingerprint in unknown])

    def has_looked(self, fingerprint: str) -> bool:
        """Whether a fingerprint was looked up by this command."""
        return fingerprint in self._looked

    def has_nothing(self, base: str) -> bool:
        """Whether a base fingerprint was looked up, and nothing at all was found."""
        return self.has_looked(base) and self._looked[base] is None and not self._sets.get(base)

    def _ask_for(self, base: str, place: Asking) -> None:
        if self._ask_for_record(base, place):
            return
        for domain in self.keys or (OPEN,):
            for number in newest_sets(place, domain, base):
                place.get(sets(domain, base, number))

    def _ask_for_record(self, fingerprint: str, place: Asking) -> bool:
        return any(place.get(action(domain, fingerprint)) is not None for domain in self.keys or (OPEN,))

    def find_discovered(self, base: str) -> list[tuple[Entry, ...]]:
        """Return the sets of inputs that were discovered under a base fingerprint, without digests."""
        if self._record(base) is not None:
            return []  # what has looked at nothing once never looks at anything
        if base not in self._sets:
            self._sets[base] = self._read_sets(base)
        return self._sets[base]

    def _read_sets(self, base: str) -> list[tuple[Entry, ...]]:
        found: list[tuple[Entry, ...]] = []
        for domain in self.keys or (OPEN,):
            for number in self._numbers(domain, base):
                content = self._content(sets(domain, base, number), base) or {}
                with suppress(KeyError, TypeError, ValueError):  # one that is damaged hides no other
                    found.append(
                        tuple(Entry(str(kind), str(name), "", str(at)) for kind, name, at in content["inputs"])
                    )
        # What is read is the project's: a record has no say over other files. A newer lineage may know other kinds.
        return [each for each in found if all(entry.kind in DISCOVERED and _is_inside(entry.name) for entry in each)]

    def _numbers(self, domain: str, base: str) -> list[int]:
        with suppress(RemoteError):
            return newest_sets(self.objects, domain, base)
        return []

    def find_trace(self, fingerprint: str, run_id: int | None = None, before: int | None = None) -> SharedTrace | None:
        """Return the trace of a fingerprint; there is only one, and none of a run of ours."""
        if run_id is not None or before is not None:
            return None
        record = self._record(fingerprint)
        return None if record is None else SharedTrace(record)

    def look_up(self, base: str, run_id: int | None = None) -> tuple[list[tuple[Entry, ...]], SharedTrace | None]:
        """Return what `find_discovered` does; where that is nothing, also the trace of the base itself."""
        found = self.find_discovered(base)
        return found, None if found else self.find_trace(base, run_id)

    def _record(self, fingerprint: str) -> SharedRecord | None:
        if fingerprint not in self._looked:
            record = self._looked[fingerprint] = self._read(fingerprint)
            if record is not None:
                self._learn(record)
        return self._looked[fingerprint]

    def forget(self, fingerprint: str) -> None:
        """Do not give a record back again in this command: something that it names cannot be had."""
        self._looked[fingerprint] = None

    def _read(self, fingerprint: str) -> SharedRecord | None:
        for domain in self.keys or (OPEN,):
            content = self._content(action(domain, fingerprint), fingerprint)
            if content is None:
                continue
            key = content.pop("_key")
            try:
                record = SharedRecord(content, key)
            except (KeyError, TypeError, ValueError) as error:
                self._complain(f"a record in {self.shown} is malformed ({error}): it is passed over")
                continue
            if record.fingerprint == fingerprint:
                return record
        return None

    def _content(self, name: str, key: str) -> dict[str, Any] | None:
        """Return a record's fields, with `_key` for who vouches for it; None where there is none that counts."""
        try:
            data = self.objects.get(name)
        except RemoteError:
            return None
        if data is None:
            return None
        try:
            content, signed = opened(data, self.keys)
        except (TypeError, ValueError):
            self._complain(f"a record in {self.shown} is damaged: it is passed over, and written again")
            return None
        if content.get("version") != VERSION or content.get("of") != key:
            return None
        if self.keys and signed is None:
            self._complain(
                f"a record in {self.shown} is not signed by whom it says: it is passed over, and written again.\n"
                "  It may be damaged, or forged by somebody who can write there."
            )
            return None
        return {**content, "_key": signed}

    def _complain(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            self._warn(text)

    def _learn(self, record: SharedRecord) -> None:
        for each in record.blobs():
            sent = (self.shown, each["sha256"], int(each["sent"]))
            known = Known(*sent, is_tree=bool(each["tree"]), key=record.key, format=str(each["format"]))
            with suppress(RemoteError):
                self._store.learn(each["blob"], known)


def _is_inside(name: str) -> bool:
    return _can_be_named(name) and not name.startswith("/") and ".." not in name.split("/")


def _can_be_named(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False
