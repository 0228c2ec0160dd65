"""Statements that wait until somebody needs an answer, and then go to the server together in one message.

Most of what is recorded asks nothing back: a row is written, another one too. Each message costs the client more than
all that stands in it, so a transaction of a dozen statements is sent in two or three. Values stand in the text, as SQL
literals: what is sent at once cannot have parameters. The library's cursor is passed by: it takes as long again. What
is used in its place is its documented face of libpq.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from select import POLLIN, POLLOUT, poll
from typing import Any

import psycopg
from psycopg.errors import lookup
from psycopg.pq import DiagnosticField, Escaping, ExecStatus, error_message
from psycopg.pq.abc import PGconn, PGresult

from lineage.records.protocol import Row

__all__ = ["Answer", "Batch", "Known"]

#: What the session has said that it speaks.
_ENCODING = "utf-8"
#: Rows in one statement: the server holds all of a statement in memory.
_MOST_ROWS = 1000


class Known(str):
    """SQL that stands for a value which the server knows when it comes to the statement."""

    __slots__ = ()


class Found:
    """The row of a question that waits with the statements which use it."""

    __slots__ = ("_answer", "_row", "key")

    def __init__(self, answer: Answer, text: str) -> None:
        self._answer: Answer | None = answer
        self._row: Row | None = None
        self.key: Any = Known(f"(SELECT key FROM ({text}) found (key))")  # noqa: S608

    def read(self) -> Row | None:
        """Return the row; None where the transaction has ended and nothing was said of it. From then on it is known."""
        if self._answer is not None:
            rows = self._answer.said()
            if not rows:
                return None
            self._answer, self._row, self.key = None, rows[0], rows[0][0]
        return self._row


class Answer:
    """What a statement that may be waiting gives; asking sends it, with all that waits before it."""

    __slots__ = ("_batch", "_result", "_waits")

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._result: PGresult | None = None
        self._waits = True

    def fetchone(self) -> Row | None:
        """Return the first row."""
        rows = self.fetchall()
        return rows[0] if rows else None

    def fetchall(self) -> list[Row]:
        """Return all rows."""
        self._wait()
        if self._result is None:
            raise psycopg.InterfaceError("the transaction has ended, and the statement was not sent")
        return _rows(self._result)

    @property
    def rowcount(self) -> int:
        """How many rows were found or changed; -1 where the transaction has ended and nothing was said of it."""
        self._wait()
        return -1 if self._result is None else self._result.command_tuples or 0

    def said(self) -> list[Row] | None:
        """Return the rows if they were said; nothing is sent."""
        return None if self._result is None else _rows(self._result)

    def _wait(self) -> None:
        if self._waits:
            self._batch.inquire()
            self._waits = False

    def take(self, result: PGresult) -> None:
        """Take what the server says; it is read if somebody asks."""
        self._waits = False
        self._result = result


class Batch:
    """The statements of one connection that wait.

    Parameters
    ----------
    connection : psycopg.Connection
        What they are sent by; used by one thread at a time.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._escaping = Escaping(connection.pgconn)
        #: Waits for the server; a socket is registered once.
        self._listening = poll()
        self._listening.register(connection.pgconn.socket, POLLIN)
        self._texts: list[str] = []
        self._answers: dict[int, Answer] = {}
        self._beside: tuple[str, Answer] | None = None

    def add(self, text: str) -> None:
        """Let a statement wait whose answer nobody needs."""
        self._texts.append(text)

    def ask(self, text: str) -> Answer:
        """Let a statement wait whose answer somebody may need."""
        answer = self._answers[len(self._texts)] = Answer(self)
        self._texts.append(text)
        return answer

    def beside(self, text: str) -> Answer:
        """Let a question wait until any answer is needed, and go with that message: it is not worth one of its own."""
        answer = Answer(self)
        self._beside = (text, answer)
        return answer

    def find(self, text: str) -> Found:
        """Let a question wait whose row other statements use, and somebody may read after the transaction."""
        return Found(self.ask(text), text)

    def inquire(self) -> None:
        """Send all that waits, since an answer is needed."""
        if self._beside is not None:
            text, answer = self._beside
            self._answers[len(self._texts)] = answer
            self._texts.append(text)
            self._beside = None
        self.send()

    def send(self) -> None:
        """Send all that waits, in one message."""
        texts, answers = self._texts, self._answers
        self._texts, self._answers = [], {}
        if not texts:
            return
        message = ";\n".join(texts).encode()
        if b"\0" in message:
            raise psycopg.DataError("a text with a zero byte cannot be kept")
        for place, result in enumerate(self._sent(message)):
            if result.status not in _WELL:
                raise _error(result, _ENCODING)
            answer = answers.get(place)
            if answer is not None:
                answer.take(result)

    def _sent(self, message: bytes) -> list[PGresult]:
        self._pgconn.send_query(message)
        try:
            return _results(self._pgconn, self._listening)
        except psycopg.Error:
            raise
        except BaseException:  # Ctrl-C: else the connection could not even be told to roll back
            with suppress(psycopg.Error):
                self._connection.cancel()
                _results(self._pgconn, self._listening)
            raise

    def forget(self) -> None:
        """Send nothing of what waits."""
        self._texts, self._answers, self._beside = [], {}, None

    def filled(self, sql: str, parameters: Sequence[Any]) -> str:
        """Return a statement with its parameters in the place of its question marks."""
        values = tuple(parameters)
        form, quotes, known = _form(sql, tuple(map(type, values)))
        text = form % values
        for place in known:
            quotes += values[place].count("'")
        return text if _is_whole(text, quotes) else _template(sql) % tuple([self._literal(value) for value in values])

    def inserted(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[str]:
        """Return statements that do for many rows what one does; where it only inserts, one for many rows."""
        head, row, tail = _parts(sql)
        if not row:
            return [self.filled(sql, each) for each in rows]
        starts = range(0, len(rows), _MOST_ROWS)
        return [f"{head}{self._filled_rows(row, rows[start : start + _MOST_ROWS])}{tail}" for start in starts]

    def _filled_rows(self, row: str, rows: Sequence[Sequence[Any]]) -> str:
        kinds = {tuple(map(type, each)) for each in rows}
        if len(kinds) == 1:  # all of them at once
            form, quotes, known = _form(row, kinds.pop())
            text = ", ".join([form] * len(rows)) % tuple(chain.from_iterable(rows))
            if not known and _is_whole(text, quotes * len(rows)):
                return text
        return ", ".join([self.filled(row, each) for each in rows])

    def _literal(self, value: Any) -> str:
        if isinstance(value, str):
            return value if type(value) is Known else self._escaped(value)
        for kind, form in _FORMS.items():
            if isinstance(value, kind):
                # Of a class that is made from a plain one too, as that.
                return form % (value if type(value) is kind else kind(value))
        raise psycopg.ProgrammingError(f"a {type(value).__name__} cannot be recorded")

    def _escaped(self, value: str) -> str:
        if "'" not in value and "\\" not in value:
            return f"'{value}'"  # spared the way to libpq and back
        if "\0" in value:
            raise psycopg.DataError("a text with a zero byte cannot be kept")
        return bytes(self._escaping.escape_literal(value.encode())).decode()


@lru_cache(maxsize=1024)
def _template(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _is_whole(text: str, quotes: int) -> bool:
    """Whether a statement's texts end where they should: with them came no quote, and nothing that undoes a quote."""
    return text.count("'") == quotes and "\\" not in text


@lru_cache(maxsize=4096)
def _form(sql: str, kinds: tuple[type, ...]) -> tuple[str, int, tuple[int, ...]]:
    """Return a statement as a format of values of these types, how many quotes it has, and where SQL comes in."""
    first, *parts = sql.replace("%", "%%").split("?")
    form = first + "".join([_FORMS.get(kind, "%.0s") + part for kind, part in zip(kinds, parts, strict=True)])
    known = tuple(place for place, kind in enumerate(kinds) if kind is Known)
    return form, form.count("'") if _FORMS.keys() >= set(kinds) else -1, known


@lru_cache(maxsize=256)
def _parts(sql: str) -> tuple[str, str, str]:
    """Return what is before, in and after the row that a statement inserts; no row where it does more than that."""
    head, values, tail = sql.partition("VALUES (")
    places, _, rest = tail.partition(")")
    return (f"{head}VALUES ", f"({places})", rest) if values and "DO UPDATE" not in tail else ("", "", "")


#: How a value is written, by its type.
_FORMS: dict[type, str] = {
    Known: "%s",
    str: "'%s'",
    bool: "'%s'::bool",
    int: " %d",  # after a minus its own would begin a comment
    float: "'%s'::float8",  # there is no other word for what is infinite or no number
    type(None): "NULL%.0s",
}
_WELL = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
#: By the number of a type; all others are texts.
_LOADERS: dict[int, Callable[[bytes], Any]] = {
    **dict.fromkeys((20, 21, 23), int),
    **dict.fromkeys((700, 701, 1700), float),
    16: lambda data: data == b"t",
}


def _rows(result: PGresult) -> list[Row]:
    loads = [_LOADERS.get(result.ftype(column)) for column in range(result.nfields)]
    return [
        tuple([_loaded(result.get_value(row, column), load) for column, load in enumerate(loads)])
        for row in range(result.ntuples)
    ]


def _loaded(data: bytes | None, load: Callable[[bytes], Any] | None) -> Any:
    if data is None:
        return None
    return data.decode(_ENCODING) if load is None else load(data)


def _results(pgconn: PGconn, listening: poll) -> list[PGresult]:
    """Wait for all that the server says to a message; `listening` waits until it says something."""
    results: list[PGresult] = []
    while pgconn.flush():
        waiting = poll()
        waiting.register(pgconn.socket, POLLIN | POLLOUT)
        waiting.poll()
        pgconn.consume_input()  # a server that is not listened to does not listen either
    while True:
        while pgconn.is_busy():
            listening.poll()
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return results
        results.append(result)


def _error(result: PGresult, encoding: str) -> psycopg.Error:
    """Return what the server says is wrong as the library's error for it."""
    state = result.error_field(DiagnosticField.SQLSTATE)
    kind: type[psycopg.Error] = psycopg.OperationalError  # without a number it comes from the way to the server
    if state:
        try:
            kind = lookup(state.decode())
        except KeyError:  # a newer server's
            kind = psycopg.DatabaseError
    return kind(error_message(result, encoding))
