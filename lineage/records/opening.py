"""Open the metadata store on a server: psycopg is an extra, imported only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.errors import StoreError
from lineage.records.address import ServerAddress

if TYPE_CHECKING:
    from lineage.records.postgres import PostgresStore

__all__ = ["needs_psycopg", "open_postgres"]

_INSTALL = "pip install 'doit-lineage[postgres]'"


def open_postgres(url: str, *, read_only: bool = False) -> PostgresStore:
    """Open the metadata store at an address.

    Raises
    ------
    StoreError
        If psycopg is not installed, or the database cannot be used.
    """
    address = ServerAddress(url)
    try:
        from lineage.records.postgres import PostgresStore
    except ImportError as error:
        raise needs_psycopg(address, error) from error
    return PostgresStore(address, read_only=read_only)


def needs_psycopg(address: ServerAddress, error: ImportError) -> StoreError:
    """Return what to do where psycopg, or the library of PostgreSQL that it needs, cannot be imported."""
    if not (error.name or "").startswith("psycopg") and "libpq" not in str(error):
        raise error  # a defect of our own
    what = f"the metadata store {address.shown} needs psycopg, which is not installed"
    return StoreError(what, why=str(error).splitlines()[0], fix=_INSTALL)
