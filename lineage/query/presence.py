"""How it stands with the stored bytes of artifacts: by their stat; what may be damaged is hashed if it is small."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from lineage.errors import StoreError
from lineage.query.gone import gone_of

if TYPE_CHECKING:
    from lineage.model.history import ArtifactVersion
    from lineage.query.history import History
    from lineage.stores.protocol import ArtifactStore

__all__ = ["MOST_IN_A_LIST", "Condition", "condition"]

#: Bytes that are hashed at most where a stat has changed: nobody waits for that.
_MOST_HASHED = 64 << 20
#: The same for each of many.
MOST_IN_A_LIST = 1 << 20


class Condition(Enum):
    """How it stands with the stored bytes of a version."""

    INTACT = "intact"
    MISSING = "missing"
    #: Not in the store, because `lineage gc` has collected it.
    COLLECTED = "collected"
    DAMAGED = "damaged"
    #: Not here, but in a store that others share: `lineage fetch` brings it.
    ELSEWHERE = "elsewhere"
    #: Not here, and the shared store that might have it was not asked, since nobody may wait for its answer.
    ABSENT = "absent"
    #: Its stat is another one, and it is too large to be hashed, or cannot be read: `doit` finds out when it needs it.
    TOUCHED = "touched"


def condition(history: History, version: ArtifactVersion, most: int = _MOST_HASHED, *, asks: bool = True) -> Condition:
    """Tell how it stands with the stored bytes of a version. Nothing is moved or made again.

    Parameters
    ----------
    history : History
        The history of the project.
    version : ArtifactVersion
        A version whose bytes are stored (`ArtifactVersion.is_stored`).
    most : int
        Size in bytes up to which an object is hashed if its stat is not the remembered one.
    asks : bool
        Whether a store that others share may be asked, over the network, for what nothing is known of here.

    Returns
    -------
    Condition
        ``INTACT`` also where nothing is remembered of a large object that has the right size.
    """
    store, blob = history.stack.artifacts, version.blob or ""
    now = store.stat(blob)
    if now is None:
        return _where(history, version, asks)
    remembered = store.remembered(blob)
    if now == remembered:
        return Condition.INTACT
    size = version.size or 0
    if size <= most:
        return _hashed(store, blob)
    if now[1] != size:
        return Condition.DAMAGED
    return Condition.INTACT if remembered is None else Condition.TOUCHED


def _where(history: History, version: ArtifactVersion, asks: bool) -> Condition:
    """Tell of bytes that are not here where they are."""
    found = history.stack.artifacts.elsewhere(version.blob or "", asks=asks)
    if found is None:
        return Condition.ABSENT
    return Condition.ELSEWHERE if found else _absent(history, version)


def _absent(history: History, version: ArtifactVersion) -> Condition:
    told = gone_of(history.store, [version]).get(version.id)
    return Condition.COLLECTED if told is not None and told.kind == "collected" else Condition.MISSING


def _hashed(store: ArtifactStore, blob: str) -> Condition:
    try:
        return Condition.DAMAGED if store.trusted(blob, None) is None else Condition.INTACT
    except StoreError:
        return Condition.TOUCHED
