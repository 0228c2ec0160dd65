"""Send results to where others find them: blobs first, the record last, each put there once.

It happens in a thread beside the run, out of the outbox. At the end of a run it is waited for as long as something
arrives; what has not arrived then stays in the outbox.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from lineage.errors import LineageError, RemoteError
from lineage.formats.registry import by_name
from lineage.share.cache import OPEN, action, label, labels, newest_sets, opened, other, sets
from lineage.share.record import VERSION, SharedRecord, labelling, sealed
from lineage.stores.elsewhere import OWN, Known
from lineage.stores.tiered import address, hashed
from lineage.stores.writing import remove

if TYPE_CHECKING:
    from lineage.share.keys import Key, Keyring
    from lineage.share.outbox import Outbox
    from lineage.stores.objects import Objects
    from lineage.stores.tiered import TieredStore

__all__ = ["Sender", "Target"]

#: Seconds that the end of a run waits while nothing arrives: of records and small objects, and of large ones.
_PATIENCE, _PATIENCE_LARGE = 5.0, 45.0
_LARGE = 1 << 20


class Target:
    """A place that is sent to.

    Attributes
    ----------
    objects : Objects
        The place.
    is_cache : bool
        Whether it takes records of executions; else what is said of each object lies beside it.
    """

    def __init__(self, objects: Objects, *, is_cache: bool) -> None:
        self.objects = objects
        self.is_cache = is_cache


class Sender:
    """Sends what is in the outbox.

    Parameters
    ----------
    outbox : Outbox
        What is to be sent.
    targets : dict of str to Target
        The places, by their addresses as shown.
    store : TieredStore
        Where the bytes are.
    keyring : Keyring
        What records are signed with.
    warn : callable
        Told in a sentence what people should know.
    """

    def __init__(
        self,
        outbox: Outbox,
        targets: dict[str, Target],
        store: TieredStore,
        keyring: Keyring,
        warn: Callable[[str], None],
    ) -> None:
        self.outbox = outbox
        self.targets = targets
        self._store = store
        self._keyring = keyring
        self._warn = warn
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._arrived = time.monotonic()
        self._patience = _PATIENCE
        self._failed = False
        self._codes: set[str] = set()
        self._others: set[str] = set()
        #: Whether nothing is sent for now: a process that is going to fork must have no other thread.
        self.is_held = False

    # -- the run's side ----------------------------------------------------------------------------------------------

    def send(self, content: dict[str, Any]) -> None:
        """Send something, now or later."""
        name = self.outbox.add(content)
        if not self.is_held:
            self._start()
            self._queue.put(name)

    def finish(self) -> None:
        """Send what is left, and wait for it as long as something arrives."""
        self.is_held = False
        if self._thread is None:
            waiting = self.outbox.names()
            if not waiting:
                return
            self._start()
        else:
            # What earlier runs have left: the thread passes over what it has sent meanwhile.
            waiting = self.outbox.names()
        for name in waiting:
            self._queue.put(name)
        self._queue.put(None)
        self._wait(waiting)

    def _wait(self, waiting: list[str]) -> None:
        assert self._thread is not None, "it was started"
        self._arrived = time.monotonic()
        while self._thread.is_alive():
            self._thread.join(0.05)
            if time.monotonic() - self._arrived > self._patience:
                break
        # What another doit beside this one puts there now, it sends itself.
        left = len({*waiting}.intersection(self.outbox.names()) - self._others)
        if left:
            what = "1 result" if left == 1 else f"{left} results"
            self._warn(f"{what} could not be sent to the shared stores yet: the next doit does it")

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lineage-sender", daemon=True)
            self._thread.start()

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            key = self._keyring.signing()
        except LineageError as error:
            self._warn(str(error))
            return
        while True:
            try:
                name = self._queue.get(timeout=60)
            except Empty:
                continue
            if name is None:
                return
            if self._failed:
                continue
            try:
                self._send(name, key)
            except RemoteError:
                self._failed = True  # said already, or by the count of what is left
            except (LineageError, OSError) as error:
                # A file of ours that cannot be read: the others are sent all the same.
                self._warn(f"{name} in the outbox cannot be sent: {error}")

    def _send(self, name: str, key: Key | None) -> None:
        content = self.outbox.read(name)
        if content is None:
            aside = self.outbox.set_aside(name)
            if aside:
                self._warn(f"something that was to be sent is damaged: it is kept in {aside}, and others make it again")
            return
        target = self.targets.get(str(content.get("place")))
        if target is None:
            self._others.add(name)  # of another stack: it goes on when that is used again
            return
        outputs = content["record"]["outputs"]
        if all(self._blob(target, each, key) for each in outputs):
            self._labels(target, content["record"], key)
            if target.is_cache:
                self._record(target, content, key)
            for each in outputs:
                self._store.known.mend(each["blob"], target.objects.shown)
        self.outbox.remove(name)

    def _blob(self, target: Target, output: dict[str, Any], key: Key | None) -> bool:
        """Send the bytes of one output, and note what they are; return False if they are gone."""
        blob = output["blob"]
        path = self._store.place(blob)
        packed = ""
        try:
            output["tree"] = os.path.isdir(path)
            if output["tree"]:
                packed = path = self._packed(path)
            output["sha256"], output["sent"] = hashed(path)
            if not self._is_own(output):
                return False  # somebody else has put it there, and a signature would vouch for it
            self._patience = _PATIENCE_LARGE if output["sent"] > _LARGE else _PATIENCE
            spoilt = self._store.known.is_spoilt(blob, target.objects.shown)
            target.objects.put_file(address(blob), path, replace=spoilt)
        except FileNotFoundError:
            known = self._store.known.get(blob)
            if known is None or (key is not None and known.key is None):
                return False  # a signature would vouch for bytes that only somebody unknown has told of
            output.update(tree=known.is_tree, sha256=known.sha256, sent=known.size)
            return True
        finally:
            remove(packed)
        self._step()
        known = Known(target.objects.shown, output["sha256"], output["sent"], is_tree=output["tree"])
        if self._store.known.get(blob) is None:
            known.key, known.format = (key.id, output["format"]) if key is not None else (OWN, None)
            self._store.known.set(blob, known)
        return True

    def _is_own(self, output: dict[str, Any]) -> bool:
        """Whether what can run code is what was made here, where the bytes lie in a folder that others write to."""
        if by_name(output["format"]).safe:
            return True
        own = self._store.known.own(output["blob"])
        return not own or own == output["sha256"]

    def _packed(self, folder: str) -> str:
        from lineage.stores.packing import pack

        path = self._store.temporary()
        pack(folder, path)
        return path

    def _labels(self, target: Target, record: dict[str, Any], key: Key | None) -> None:
        """Say of each object what it is, for who looks for it by its hash; in a cache records say it too."""
        for each in record["outputs"]:
            content = labelling(each, record["made"])
            blob = each["blob"]
            spoilt = self._store.known.is_spoilt(blob, target.objects.shown)
            if key is not None:
                for name in labels(key.id, each):
                    # The first may be there of equal bytes of another format, or from an older lineage.
                    if target.objects.put(name, _sealed(content, key), replace=spoilt) and not spoilt:
                        break
            # For those who have no key: they may read what cannot run code.
            if not target.is_cache:
                target.objects.put(label(OPEN, blob), _sealed(content, None), replace=spoilt)
            self._step()

    def _record(self, target: Target, content: dict[str, Any], key: Key | None) -> None:
        record = {**content["record"], "version": VERSION, "of": content["record"]["fingerprint"]}
        for digest, parts in content["code"].items():
            self._code(target, digest, parts)
        name = action(_domain(key), record["fingerprint"])
        if not target.objects.put(name, _sealed(record, key)):
            self._second(target, name, record, key)
        self._step()
        if record["discovered"]:
            self._set(target, record, key)
        if key is not None:
            self._openly(target, record)
            self._step()

    def _openly(self, target: Target, record: dict[str, Any]) -> None:
        """Say it without a signature too, for those who have no key: they are given what cannot run code."""
        name = action(OPEN, record["fingerprint"])
        if not target.objects.put(name, _sealed(record, None)):
            first = self._content(target, name)
            if first is None or not _is_whole(first) or not self._has_bytes(target, first, record):
                target.objects.put(name, _sealed(record, None), replace=True)
        if record["discovered"]:
            self._set(target, record, None)

    def _code(self, target: Target, digest: str, parts: list[Any]) -> None:
        if digest in self._codes:
            return
        # Its digest is that of code without comments and layout: of the text itself only a checksum tells.
        data = _sealed({"version": VERSION, "of": digest, "parts": parts}, None)
        target.objects.put(f"v1/code/{digest[:2]}/{digest}.json", data)
        self._codes.add(digest)
        self._step()

    def _set(self, target: Target, record: dict[str, Any], key: Key | None) -> None:
        """Add a set of discovered inputs under the base fingerprint, unless it is there."""
        inputs = [[kind, name, place] for kind, name, _, place in record["discovered"]]
        base = record["base"]
        content = {"version": VERSION, "of": base, "inputs": inputs}
        known = newest_sets(target.objects, _domain(key), base)
        if any(self._has_set(target, sets(_domain(key), base, number), inputs) for number in known):
            return
        first = max(known, default=-1) + 1
        for number in range(first, first + 100):  # others put theirs there at this moment
            name = sets(_domain(key), base, number)
            if target.objects.put(name, _sealed(content, key)) or self._has_set(target, name, inputs):
                return

    def _has_set(self, target: Target, name: str, inputs: list[list[str]]) -> bool:
        there = self._content(target, name)
        return there is not None and [each[:2] for each in there.get("inputs", [])] == [each[:2] for each in inputs]

    def _second(self, target: Target, name: str, record: dict[str, Any], key: Key | None) -> None:
        """Somebody was first: what they have stays, unless nobody can use it."""
        first = self._content(target, name)
        if first is None or not _is_whole(first) or not self._is_usable(target, first, record):
            target.objects.put(name, _sealed(record, key), replace=True)
            return
        ours = [each["digest"] for each in record["outputs"]]
        if [each["digest"] for each in first["outputs"]] == ours:
            return
        told = sha256("\0".join(ours).encode()).hexdigest()[:32]
        target.objects.put(other(_domain(key), record["fingerprint"], told), _sealed(record, key))
        self._warn(
            f"{record['task']} is not deterministic: {SharedRecord(first).by} got another result for the same code, "
            "parameters and inputs. Theirs stays in the shared cache, yours is used here."
        )

    def _is_usable(self, target: Target, first: dict[str, Any], record: dict[str, Any]) -> bool:
        """Whether a record is one that we would take, and all that it names is there."""
        if self._keyring.trusted() and first.get("_key") is None:
            return False
        return self._has_bytes(target, first, record)

    def _has_bytes(self, target: Target, first: dict[str, Any], record: dict[str, Any]) -> bool:
        """Whether all that a record of the same fingerprint names is there."""
        if first.get("of") != record["of"]:
            return False
        mine = {each["blob"]: each["sha256"] for each in record["outputs"]}
        for each in first["outputs"]:
            spoilt = self._store.known.is_spoilt(each["blob"], target.objects.shown)
            if spoilt and mine.get(each["blob"]) != each["sha256"]:
                return False
            if each["blob"] not in mine and target.objects.size(address(each["blob"])) is None:
                return False
        return True

    def _content(self, target: Target, name: str) -> dict[str, Any] | None:
        data = target.objects.get(name)
        if data is None:
            return None
        try:
            content, key = opened(data, self._keyring.trusted())
        except (TypeError, ValueError):
            return None
        return {**content, "_key": key}

    def _step(self) -> None:
        self._arrived = time.monotonic()
        self._patience = _PATIENCE


def _is_whole(content: dict[str, Any]) -> bool:
    """Whether somebody's record can be read: one that nobody can use keeps no other from taking its place."""
    try:
        SharedRecord(content)
    except (KeyError, TypeError, ValueError):
        return False
    return True


def _domain(key: Key | None) -> str:
    return OPEN if key is None else key.id


def _sealed(content: dict[str, Any], key: Key | None) -> bytes:
    return sealed(content, None if key is None else (key.id, key.secret))
