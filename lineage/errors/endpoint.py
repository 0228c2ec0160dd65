"""The address of a server of one's own, looked at before a client library is given it: some would end the process."""

from __future__ import annotations

from lineage.errors import UsageError
from lineage.errors.secrets import redacted

__all__ = ["check_endpoint"]


def check_endpoint(endpoint: str, who: str) -> None:
    """Refuse what is no address of an HTTP server.

    Parameters
    ----------
    endpoint : str
        ``https://minio.example.org:9000``.
    who : str
        Where it is said: ``endpoint in cache = ...``, ``AWS_ENDPOINT_URL in the environment``.

    Raises
    ------
    UsageError
        If it has no scheme, no host, a port that is none, or letters that an address cannot have.
    """
    why = _fault(endpoint)
    if why is not None:
        raise UsageError(
            f"'{redacted(endpoint)}' ({who}) is no address of a server",
            why=why,
            fix="write https://host:port, or http://host:port where nothing is encrypted",
        )


def _fault(endpoint: str) -> str | None:
    from urllib.parse import urlsplit

    if not endpoint.isprintable() or " " in endpoint:
        return "there is a blank or a control character in it"
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https"):
        return "it does not begin with https:// or http://"
    return None if parts.hostname else "it names no host"
