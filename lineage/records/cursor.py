"""What happens inside of a transaction, whatever database it is on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from lineage.records.protocol import Row

__all__ = ["Cursor", "Found"]


class Found(Protocol):
    """The one row that a question has: later statements may use it, whether or not it was read so far.

    Attributes
    ----------
    key : object
        The first column, as a parameter of later statements of the transaction; they find nothing where it is missing.
    """

    key: Any

    def read(self) -> Row | None:
        """Return the row once the transaction was committed, from when on the key is a value that stays.

        None if there is none, or if the COMMIT got no answer.
        """


class Cursor(Protocol):
    """The statements of a transaction.

    To a server each answer that is waited for is a message of its own. So what is only needed by later statements, or
    after the transaction, is not asked for (`execute`) but found (`find`), and is said in the message that commits.
    """

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run one statement; the result has ``fetchone``, ``fetchall`` and ``rowcount``."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for many rows."""

    def ask(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> list[list[Row]]:
        """Return the rows that one question has for each of several parameters, asked together."""

    def find(self, sql: str, parameters: Sequence[Any], /) -> Found:
        """Return the row that a question has, for later statements and for who reads it after the transaction."""

    def add(self, sql: str, parameters: Sequence[Any], /) -> object:
        """Insert one row into a table with an integer key that nobody is told; `find` finds it."""

    def insert(self, sql: str, parameters: Sequence[Any], /) -> int:
        """Insert one row into a table with an integer key and return the key."""

    def allocate(self, table: str, key: str, count: int, /) -> int:
        """Return the first of `count` keys of `table` that follow each other and are nobody else's."""
