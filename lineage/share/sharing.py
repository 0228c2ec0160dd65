"""All that a stack shares: where results are looked up, where bytes are fetched from, and where both are sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lineage.errors import RemoteError
from lineage.share.cache import OPEN, SharedCache, label, opened
from lineage.share.keys import Key, Keyring
from lineage.share.outbox import Outbox
from lineage.share.record import VERSION
from lineage.share.sending import Sender, Target
from lineage.stores.elsewhere import Known
from lineage.stores.patience import Patient
from lineage.stores.tiered import TieredStore

if TYPE_CHECKING:
    from lineage.model.checked import Finding
    from lineage.stores.objects import Objects

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
        read_only: bool = False,
    ) -> None:
        self.tell: Callable[[str], None] = _on_stderr
        self.keyring = Keyring(key)
        self.mode = mode
        self._artifacts = None if artifacts is None else Patient(artifacts, self._off)
        shared = self._shared = None if cache is None else Patient(cache, self._off)
        places = [place for place in (self._artifacts, shared) if place is not None]
        ask = self._ask if self._artifacts is not None else None
        ledger = os.path.join(folder, "elsewhere")
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

    def check(self) -> None:
        """Refuse keys that cannot be used, before anything runs.

        Raises
        ------
        UsageError
            If a key is named that is not here, or nobody says which of several signs.
        """
        self.keyring.trusted()
        if self.sends:
            self.keyring.signing()

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
        from lineage.share.probing import probe_keys, probe_place

        if self._artifacts is not None:
            yield from probe_place("artifact store", self._artifacts.objects, writes=True)
        if self.cache is not None and self._shared is not None:
            yield from probe_place("shared cache", self._shared.objects, writes=self.mode == "read-write")
        yield from probe_keys(self.keyring, signs=self.sends)

    def _ask(self, blob: str) -> Known | None:
        """Ask the artifact store for what is said of an object."""
        assert self._artifacts is not None, "only an artifact store has labels"
        trusted = self.keyring.trusted()
        # What nobody vouches for comes last: of it only what cannot run code is read.
        for domain in (*trusted, OPEN):
            data = self._artifacts.get(label(domain, blob))
            found = None if data is None else self._labelled(self._artifacts, data, blob, trusted)
            if found is not None:
                return found
        return None

    def _trusts(self, key: str) -> bool:
        return key in self.keyring.trusted()

    def _vouch(self, blob: str) -> Known | None:
        """Look for what somebody who is trusted says of an object: a key may have come here after it was known."""
        trusted = self.keyring.trusted()
        for place in self.store.places.values():
            for domain in trusted:
                try:
                    data = place.get(label(domain, blob))
                except RemoteError:
                    return None
                found = None if data is None else self._labelled(place, data, blob, trusted)
                if found is not None and found.key is not None:
                    return found
        return None

    def _labelled(self, place: Objects, data: bytes, blob: str, trusted: dict[str, Key]) -> Known | None:
        try:
            content, key = opened(data, trusted)
            if content.get("version") != VERSION or content.get("of") != blob:
                return None
            size, is_tree = int(content["sent"]), bool(content["tree"])
            return Known(place.shown, str(content["sha256"]), size, is_tree=is_tree, key=key)
        except (KeyError, TypeError, ValueError):
            return None

    def _off(self, error: RemoteError) -> None:
        said = f": {error.why}" if error.why else ""
        self._warn(f"{error.what}{said}. What it does not give or take is made here, and sent when it answers again")

    def _warn(self, text: str) -> None:
        self.tell(f"lineage: warning: {text}")


def _on_stderr(text: str) -> None:
    import sys

    print(text, file=sys.stderr, flush=True)
