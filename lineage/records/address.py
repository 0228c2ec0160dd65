"""The address of the records on a PostgreSQL server."""

from __future__ import annotations

import os
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from lineage.errors import UsageError
from lineage.errors.secrets import redacted, without

__all__ = ["ServerAddress"]

#: The schema of a database in which a project's records are, where the address has no ``?schema=``.
_SCHEMA = "lineage"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class ServerAddress:
    """A database on a server, and the schema in it.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database?schema=digits``; whatever is left out comes from libpq's own places
        (``PGHOST``, ``PGPASSWORD``, ``~/.pgpass``, a service file).

    Attributes
    ----------
    schema : str
        The project's own part of the database.
    connection : str
        The address as libpq takes it. It may hold a password.
    shown : str
        For people, without a password.

    Raises
    ------
    UsageError
        If it is no address, or the name of the schema is none.
    """

    __slots__ = ("_secrets", "connection", "schema", "shown")

    def __init__(self, url: str) -> None:
        self.shown = redacted(url)
        try:
            parts = urlsplit(url)
            if "," not in parts.netloc:  # several hosts, one after the other
                _ = parts.port
        except ValueError:
            # What was wrong with it may be a part of the password.
            raise UsageError(
                f"{self.shown} is no address of a database",
                why="letters such as / : @ # in a password have to be written as %2F, %3A, %40, %23",
                fix="write postgresql://user:password@host:port/database?schema=name",
            ) from None
        query = parse_qsl(parts.query, keep_blank_values=True)
        self.schema = next((value for name, value in query if name == "schema"), _SCHEMA)
        if not _NAME.fullmatch(self.schema) or self.schema.startswith("pg_"):
            raise UsageError(
                f"schema={self.schema} in {self.shown} is no name of a schema",
                fix="use small letters, digits and _, as in ?schema=digits",
            )
        rest = urlencode([item for item in query if item[0] != "schema"], quote_via=quote)
        # Without a host (a socket of this machine, or what PGHOST says) the two slashes stay: libpq reads it by them.
        self.connection = f"postgresql://{parts.netloc}{parts.path}" + (f"?{rest}" if rest else "")
        password = parts.password or ""
        self._secrets = (password, unquote(password), dict(query).get("password"), os.environ.get("PGPASSWORD"))

    def __repr__(self) -> str:
        return f"ServerAddress({self.shown!r})"

    def redact(self, text: str) -> str:
        """Return what a server or a library said, without the password, in one line."""
        return without(" ".join(text.replace(self.connection, self.shown).split()), *self._secrets)
