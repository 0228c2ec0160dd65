"""What went wrong with a PostgreSQL server, with why and fix, and without anybody's password."""

from __future__ import annotations

import psycopg

from lineage.errors import StoreError
from lineage.records.address import ServerAddress

__all__ = ["explained", "is_passing"]

_STARTING = ("57P01", "57P02", "57P03", "53300")  # shutting down, crashed, starting, too many connections


def is_passing(error: psycopg.Error) -> bool:
    """Whether it may work in a moment: the network, or a server that starts; not a wrong password."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    if error.sqlstate is not None:
        return error.sqlstate in _STARTING or error.sqlstate.startswith("08")
    return not any(word in str(error) for word in ("password", "does not exist", "no pg_hba.conf", "certificate"))


def explained(error: psycopg.Error, address: ServerAddress) -> StoreError:
    """Return what the server, or the way to it, said as an error with why and fix.

    Parameters
    ----------
    error : psycopg.Error
        What psycopg raised.
    address : ServerAddress
        The database.
    """
    said = address.redact(str(error)) or type(error).__name__
    for sign, what, fix in _EXPLANATIONS:
        if (error.sqlstate or "") == sign or (error.sqlstate is None and sign in said):
            place = {"where": address.shown, "schema": address.schema}
            return StoreError(what.format(**place), why=said, fix=fix.format(**place))
    if isinstance(error, psycopg.OperationalError):
        what = f"the metadata store {address.shown} cannot be reached"
        return StoreError(what, why=said, fix="look at the server and the network, then run again")
    return StoreError(
        f"the metadata store {address.shown} failed: {said}", why=type(error).__name__, fix="`lineage stack check`"
    )


_CREDENTIAL = "keep the password in ~/.pgpass or PGPASSWORD, or give the whole address in LINEAGE_METADATA"
_FREE = "make room on the server's disk, then run doit again: it goes on where it stopped"
#: SQLSTATE, or (where the server was not reached) words of libpq; what; fix.
_EXPLANATIONS = (
    ("28P01", "{where} refuses the password", _CREDENTIAL),
    ("28000", "{where} lets this user not in", "look at the server's pg_hba.conf, or name another user"),
    ("3D000", "there is no such database: {where}", "make it (`createdb NAME`), or correct the name"),
    ("bad value for", "a parameter of {where} means nothing", "correct the one that is named"),
    (
        "does not support SSL",
        "{where} is not encrypted, as the address wants it",
        "let the server have ssl = on, or say ?sslmode=prefer where the network can be trusted",
    ),
    ("password authentication failed", "{where} refuses the password", _CREDENTIAL),
    ("no password supplied", "{where} wants a password", _CREDENTIAL),
    ("does not exist", "there is no such database or user: {where}", "make it (`createdb NAME`), or correct the name"),
    ("no pg_hba.conf entry", "{where} lets this user not in", "look at the server's pg_hba.conf, or name another user"),
    ("Connection refused", "nobody answers at {where}", "start the server, or correct host and port"),
    ("could not translate host name", "the host of {where} is not known", "correct the host"),
    ("failed to resolve host", "the host of {where} is not known", "correct the host"),
    ("timeout", "{where} does not answer in time", "look at the network and the server; ?connect_timeout=SECONDS"),
    ("too many clients", "{where} has no room for another connection", "raise max_connections, or run fewer at once"),
    ("53300", "{where} has no room for another connection", "raise max_connections, or run fewer at once"),
    ("53100", "the disk of {where} is full", _FREE),
    ("55P03", "{where} is locked", "another process has been writing for half a minute: end it, or wait and run again"),
    (
        "42P01",
        "what lineage has made in schema {schema} of {where} is not there any more, or is not shown to this user",
        "let its owner give back the rights (GRANT ALL ON SCHEMA {schema}); if it was removed, the next doit makes it",
    ),
    ("25006", "{where} can only be read", "use the primary server, or LINEAGE_STACK=default"),
    (
        "42501",
        "{where} does not allow this user to write in schema {schema}",
        "let its owner say: GRANT CREATE ON DATABASE ... (once), GRANT ALL ON SCHEMA {schema}, and on its tables",
    ),
)
