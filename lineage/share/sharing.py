"""All that a stack shares: where results are looked up, where bytes are fetched from, and where both are sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from lineage.errors import FormatError, RemoteError, UsageError
from lineage.formats.registry import by_name
from lineage.share.cache import OPEN, SharedCache, label, opened
from lineage.share.keys import Key, Keyring
from lineage.share.outbox import Outbox
from lineage.share.record import VERSION, labelling, sealed
from lineage.share.sending import Sender, Target
from lineage.stores.elsewhere import Known
from lineage.stores.mount import MountedFolder
from lineage.stores.patience import Patient
from lineage.stores.prefetch import Prefetching
from lineage.stores.shared_folder import SharedFolder
from lineage.stores.tiered import TieredStore

if TYPE_CHECKING:
    from lineage.model.checked import Finding
    from lineage.model.stored import Stored
    from lineage.stores.objects import Objects
    from lineage.stores.prefetch import Asking

__all__ = ["Sharing"]


class Sharing:
    """The shared side of a stack.

    Parameters
    ----------
    folder : str
        The project's ``.lineage``.
    objects : str
        The folder of the objects that are here.
    artifacts : Objects or None
        The artifact store, where it is not that folder.
    cache : Objects or None
        The shared cache.
    mode : str
        What may be done with the cache, one of `lineage.settings.CACHE_MODES`.
    key : str or None
        The name of the key that counts.
    is_foreign : bool
        Whether others can write to that folder: then it is not trusted whole.
    read_only : bool
        Keep nothing.

    Attributes
    ----------
    store : TieredStore
        The artifact store of the stack.
    cache : SharedCache or None
        Where results are looked up.
    tell : callable
        Told in a sentence what people should know; by default it stands on stderr.
    """

    def __init__(
        self,
        folder: str,
        objects: str,
        artifacts: Objects | None,
        cache: Objects | None,
        mode: str,
        key: str | None,
        *,
        is_foreign: bool = False,
        read_only: bool = False,
    ) -> None:
        self.tell: Callable[[str], None] = _on_stderr
        self._told_of_keyed = False
        self.keyring = Keyring(key)
        self.mode = mode
        self._artifacts = None if artifacts is None else Patient(artifacts, self._off)
        shared = self._shared = None if cache is None else Patient(cache, self._off)
        places = [place for place in (self._artifacts, shared) if place is not None]
        self._labels = None if self._artifacts is None else Prefetching(self._artifacts)
        ask = self._ask if self._artifacts is not None else None
        ledger = os.path.join(folder, "elsewhere")
        #: Where what is said of objects lies beside them, in a folder that others write to.
        self._beside = MountedFolder(os.path.dirname(objects)) if is_foreign else None
        self.store: TieredStore
        if is_foreign:
            asked = (self._signed_beside, self._vouch, self._trusts)
            self.store = SharedFolder(objects, places, folder, *asked, read_only=read_only)
        else:
            self.store = TieredStore(objects, places, ledger, ask, self._vouch, self._trusts, read_only=read_only)
        self.cache = None if shared is None else SharedCache(shared, self.store, self.keyring, self._warn)
        self._targets: dict[str, Target] = {}
        if self._artifacts is not None:
            self._targets[self._artifacts.shown] = Target(self._artifacts, is_cache=False)
        if shared is not None and mode == "read-write":
            self._targets[shared.shown] = Target(shared, is_cache=True)
        outbox = Outbox(os.path.join(folder, "outbox"))
        self.sender = Sender(outbox, self._targets, self.store, self.keyring, self._warn)

    @property
    def sends(self) -> bool:
        """Whether results are sent anywhere."""
        return bool(self._targets)

    @property
    def signs(self) -> bool:
        """Whether what is made here is signed, for others who read it."""
        return self.sends or self._beside is not None

    def check(self) -> None:
        """Refuse keys that cannot be used, before anything runs.

        Raises
        ------
        UsageError
            If a key is named that is not here, or nobody says which of several signs what is sent.
        """
        self.keyring.trusted()
        if self.sends:
            self.keyring.signing()

    def made(self, stored: Stored) -> None:
        """Take note of an output that was made here; where others write to the folder it lies in, sign what it is."""
        can_run = not by_name(stored.format).safe
        self.store.made(stored.blob, can_run=can_run)
        if can_run and self._beside is not None:
            self._sign_beside(self._beside, stored)

    def _sign_beside(self, beside: MountedFolder, stored: Stored) -> None:
        key, sha256 = self._beside_key, self.store.known.own(stored.blob)
        if key is None or not sha256:
            return
        name = label(key.id, stored.blob, stored.format)
        there = self._read_beside(beside, name, stored.blob)
        if there is not None and there.sha256 == sha256:
            return
        output = {"blob": stored.blob, "sha256": sha256, "sent": stored.size, "format": stored.format}
        output["tree"] = os.path.isdir(self.store.place(stored.blob))
        try:
            beside.put(name, sealed(labelling(output, {}), (key.id, key.secret)), replace=True)
        except RemoteError as error:
            self._warn(f"{error.what}: nobody else reads {stored.blob}, since it is stored as {stored.format}")

    @cached_property
    def _beside_key(self) -> Key | None:
        """What signs in a folder that others write to; none if nobody says which: it is of use without."""
        try:
            return self.keyring.signing()
        except UsageError as error:
            others = "nothing here is signed for others, who make what can run code themselves"
            self._warn(f"{error.what}: {others}\n  fix: {error.fix}")
            return None

    def _signed_beside(self, blob: str, format: str) -> Known | None:
        assert self._beside is not None, "only such a folder has labels in it"
        for key in self.keyring.trusted():
            found = self._read_beside(self._beside, label(key, blob, format), blob)
            if found is not None and found.key is not None and found.format == format:
                return found
        return None

    def _read_beside(self, beside: MountedFolder, name: str, blob: str) -> Known | None:
        with suppress(RemoteError):
            data = beside.get(name)
            return None if data is None else self._labelled(beside, data, blob, self.keyring.trusted())
        return None

    def send(self, record: dict[str, Any], code: dict[str, list[list[Any]]]) -> None:
        """Send what an execution gave to every place that takes it."""
        for place in self._targets:
            self.sender.send({"place": place, "record": record, "code": code})

    def finish(self) -> None:
        """Wait for what is being sent, as long as something arrives."""
        if self.sends:
            self.sender.finish()

    def describe(self) -> dict[str, Any]:
        """Return what is shared, for people: nothing is asked."""
        told: dict[str, Any] = {}
        if self._artifacts is not None:
            told |= {"kind": "object store", "where": self._artifacts.shown, "here": self.store.root}
        if self.cache is not None:
            told |= {"shared_cache": self.cache.shown, "cache_mode": self.mode}
        waiting = len(self.sender.outbox.names())
        told |= {"waiting_to_be_sent": waiting} if waiting else {}
        keys = ", ".join(f"{key.name} ({key.id})" for key in self.keyring.known())
        return told | {"keys": keys or "none: pickles of others are not read"}

    def probe(self) -> Iterator[Finding]:
        """Find out whether the places can be used; nothing is left in them."""
        from lineage.share.probing import CACHE, probe_keys, probe_place

        if self._artifacts is not None:
            yield from probe_place("artifact store", self._artifacts.objects, writes=True)
        if self.cache is not None and self._shared is not None:
            yield from probe_place(CACHE, self._shared.objects, writes=self.mode == "read-write")
        yield from probe_keys(self.keyring, signs=self.signs)

    def tell_of_keyed(self, task: str, variables: list[str]) -> None:
        """Say, once a command, why nobody else finds a result that was sent, and what to do about it."""
        if not variables or self.cache is None or self._told_of_keyed:
            return
        self._told_of_keyed = True
        named = f"{variables[0]}, which is" if len(variables) == 1 else f"{', '.join(variables)}, which are"
        self.tell(
            f"lineage: {task} reads {named} set here: only who has the same LINEAGE_KEY is given its result\n"
            "  fix: give one to all of them and to CI, as a secret; or, where the value makes no difference, write "
            f"@step(env={{{variables[0]!r}: 'ignore'}})"
        )

    def ask_ahead(self, blobs: Iterable[str]) -> None:
        """Ask the artifact store, many at once, for what is said of objects of which it is going to be asked."""
        if self._labels is None:
            return
        store, domains = self.store, (*self.keyring.trusted(), OPEN)
        unknown = [blob for blob in dict.fromkeys(blobs) if store.elsewhere(blob, asks=False) is None]
        missing = [blob for blob in unknown if store.stat(blob) is None]
        if len(missing) > 1:
            self._labels.prefetch([partial(_ask_for_label, blob, domains) for blob in missing])

    def bring_ahead(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Bring what is going to be brought, several objects at a time, as far as it may be read.

        Parameters
        ----------
        wanted : iterable of (str, str)
            The hash of each, and what is going to read it.
        """
        store = self.store
        missing = [(blob, format) for blob, format in dict.fromkeys(wanted) if store.stat(blob) is None]
        if len(missing) < 2:
            return
        self.ask_ahead(blob for blob, _ in missing)
        known = [(blob, format) for blob, format in missing if store.elsewhere(blob)]
        store.bring_ahead(blob for blob, format in known if self._may_come(blob, format))

    def _may_come(self, blob: str, format: str) -> bool:
        try:
            return by_name(format).safe or self.store.is_vouched(blob, format)
        except FormatError:  # of a format that is not installed here
            return False

    def _ask(self, blob: str) -> Known | None:
        """Ask the artifact store for what is said of an object."""
        assert self._artifacts is not None, "only an artifact store has labels"
        assert self._labels is not None, "only an artifact store has labels"
        trusted = self.keyring.trusted()
        # What nobody vouches for comes last: of it only what cannot run code is read.
        for domain in (*trusted, OPEN):
            data = self._labels.get(label(domain, blob))
            found = None if data is None else self._labelled(self._artifacts, data, blob, trusted)
            if found is not None:
                return found
        return None

    def _trusts(self, key: str) -> bool:
        return key in self.keyring.trusted()

    def _vouch(self, blob: str, format: str) -> Known | None:
        """Look for what somebody who is trusted says of an object: a key may have come here after it was known.

        What an older lineage has signed does not say of which format it is, so it vouches for none that can run code.
        """
        trusted = self.keyring.trusted()
        for place in self.store.places.values():
            for name in (name for domain in trusted for name in (label(domain, blob, format), label(domain, blob))):
                try:
                    data = place.get(name)
                except RemoteError:
                    return None
                found = None if data is None else self._labelled(place, data, blob, trusted)
                if found is not None and found.key is not None and found.format == format:
                    return found
        return None

    def _labelled(self, place: Objects, data: bytes, blob: str, trusted: dict[str, Key]) -> Known | None:
        try:
            content, key = opened(data, trusted)
            if content.get("version") != VERSION or content.get("of") != blob:
                return None
            size, is_tree = int(content["sent"]), bool(content["tree"])
            sent = (place.shown, str(content["sha256"]), size)
            return Known(*sent, is_tree=is_tree, key=key, format=content.get("format"))
        except (KeyError, TypeError, ValueError):
            return None

    def _off(self, error: RemoteError) -> None:
        said = f": {error.why}" if error.why else ""
        self._warn(f"{error.what}{said}. What it does not give or take is made here, and sent when it answers again")

    def _warn(self, text: str) -> None:
        self.tell(f"lineage: warning: {text}")


def _ask_for_label(blob: str, domains: Sequence[str], place: Asking) -> None:
    for domain in domains:
        if place.get(label(domain, blob)) is not None:
            return


def _on_stderr(text: str) -> None:
    import sys

    print(text, file=sys.stderr, flush=True)
