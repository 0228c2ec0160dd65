"""From an address to the place that others share: one line here for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineage.stores.objects import Objects

__all__ = ["open_objects"]


def open_objects(kind: str, where: str) -> Objects:
    """Open a place that others share.

    Parameters
    ----------
    kind : str
        ``bucket`` or ``folder``.
    where : str
        Its address, or the folder's path.
    """
    if kind == "bucket":
        from lineage.stores.bucket import Bucket

        return Bucket(where)
    from lineage.stores.mount import MountedFolder

    return MountedFolder(where)
