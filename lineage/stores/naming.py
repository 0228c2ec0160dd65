"""Objects by a file name: some readers tell by its end what a file is, and an object's own name has none."""

from __future__ import annotations

import os

__all__ = ["named"]


def named(root: str, blob: str, name: str) -> str | None:
    """Return a link to an object that ends in a file name, or None where that cannot be."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        return None
    link, target = f"{root}/names/{blob}/{name}", f"../../{blob[:2]}/{blob}"
    try:
        if not os.path.islink(link):
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(target, link)
    except FileExistsError:
        pass  # another process was first, or somebody has put something else there
    except OSError:  # a read-only disk: the object can still be read under its hash
        return None
    return link if os.path.islink(link) and os.readlink(link) == target else None
