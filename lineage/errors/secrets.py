"""Keep secrets out of whatever people see: addresses are shown without their passwords.

What cannot be taken apart is shown without anything that might be one: a malformed address is exactly where a password
ends up in a log.
"""

from __future__ import annotations

__all__ = ["has_password", "redacted", "without"]

_HIDDEN = "***"
#: ``password=...`` among the parameters of an address, and in the other spelling of libpq (``host=... password=...``);
#: ``sig=...`` as Azure's shared access signatures have it. ``sslkey`` is a path.
_NAMES = "secret|token|sig|signature|(?:account|access|api|secret)?key"
_PARAMETER = rf"(?i)((?:ssl)?pass(?:word|wd)?|(?<![a-z])(?:{_NAMES}))(\s*=\s*)('[^']*'|[^&\s]*)"


def redacted(address: str) -> str:
    """Return an address without its password, however malformed it is.

    Parameters
    ----------
    address : str
        ``postgresql://me:secret@host/database``.

    Returns
    -------
    str
        ``postgresql://me:***@host/database``.
    """
    import re  # a run of the default stack shows no address

    shown = re.sub(_PARAMETER, rf"\1\2{_HIDDEN}", address)
    start, at, rest = shown.rpartition("@")
    if not at:
        return shown
    scheme, separator, who = start.rpartition("://") if "://" not in start else start.partition("://")
    user, colon, _ = who.partition(":")
    # Without a scheme nothing tells what stands before the @ apart.
    return f"{scheme}{separator}{user}{colon}{_HIDDEN if colon else ''}@{rest}" if separator else f"{_HIDDEN}@{rest}"


def has_password(address: str) -> bool:
    """Whether an address holds a password."""
    return redacted(address) != address


def without(text: str, *secrets: str | None) -> str:
    """Return a text in which each of the secrets is hidden."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return text
