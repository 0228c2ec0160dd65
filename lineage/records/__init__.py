"""Runs, traces and lineage by key.

``protocol``
    what a metadata store remembers and does.
``sql``, ``statements``
    all of it in portable SQL, over what a database brings: how it connects, begins and numbers rows.
``sqlite``
    the default: one file, in the write-ahead log mode of SQLite.
``postgres``, ``session``
    for a team: one schema of a PostgreSQL database. ``opening`` imports them only where they are used.
"""
