"""What was found out about a part of a stack (``lineage stack check``)."""

from __future__ import annotations

from typing import Any

__all__ = ["Finding"]


class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
        ``metadata store``.
    found : str
        What there is, or what is wrong.
    why, fix : str or None
        Where it is wrong: why, and what to do about it.
    ok : bool
        Whether it is as it should be.
    """

    __slots__ = ("fix", "found", "ok", "what", "why")

    def __init__(
        self, what: str, found: str, *, ok: bool = True, why: str | None = None, fix: str | None = None
    ) -> None:
        self.what = what
        self.found = found
        self.ok = ok
        self.why = why
        self.fix = fix

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {"what": self.what, "ok": self.ok, "found": self.found, "why": self.why, "fix": self.fix}
