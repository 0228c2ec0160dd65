"""The top-level statements of a module, as the closure sees them: the smallest pieces that a step can depend on."""

from __future__ import annotations

from typing import Any

__all__ = [
    *(
        "ALL_MODULES",
        "CALLS",
        "CONSTANT",
        "DISPATCHES",
        "DOCS",
        "DYNAMIC",
        "HERE",
        "HINTS",
        "HOOK",
        "ITERATOR",
        "KEEPS",
        "MUTATES",
    ),
    *("OPTIONS", "OWN", "REMEMBERS", "RUNS", "SUBCLASSES", "WILD", "YIELDS", "Unit"),
]

DYNAMIC = 1
"""The statement can reach any name of its module: eval, exec, globals()."""
WILD = 2
"""The statement can bind any name of its module when the module is imported."""
DOCS = 4
"""The statement looks at docstrings, annotations or signatures."""
SUBCLASSES = 8
"""The statement asks a class for its subclasses."""
HOOK = 16
"""A class that records its subclasses or instances somewhere when they are made."""
MUTATES = 32
"""A function that changes what it is given."""
ALL_MODULES = 64
"""The statement can reach any loaded module: sys.modules with a computed name."""
OPTIONS = 128
"""The statement declares a step with options, which add ingredients to whoever reaches it."""
DISPATCHES = 256
"""A generic function: what is registered with it by a call may be chosen by its annotation."""
ITERATOR = 512
"""The value is an iterator: whoever goes through it takes something away."""
YIELDS = 1024
"""A generator function, or a class with one."""
REMEMBERS = 2048
"""What the function makes remembers, in variables of the function, how it was called."""
CONSTANT = 4096
"""The value is a number, a text or the like, which nobody can change in place."""
HINTS = 8192
"""The statement looks at annotations or signatures, and may make something of the classes in them."""
CALLS = 16384
"""A function that calls at once what it is given, or a class with one."""
RUNS = 32768
"""A function that calls what is in something: the elements of a list, an item of a table."""

KEEPS = 65536
"""A function, or a class with one, whose results a decorator keeps for the next who asks: ``functools.cache``."""


OWN = "{__name__}"
"""In references: the module that they are written in."""

HERE = "{here}"
"""In the folders that a statement adds to ``sys.path``: the folder of the file that it is in."""


class Unit:
    """One top-level statement (of an import, one imported name).

    Attributes
    ----------
    name : str
        What it binds, or what it does: ``prep``, ``A, B``, ``CONFIG.update()``; unique in its module.
    kind : str
        ``def`` (executing it has no effect but to bind its name), ``import``, ``class`` or ``code``.
    line, end_line : int
        Where it is.
    binds : tuple of str
        The names that it binds.
    late_binds : tuple of str
        The names that its functions bind by ``global``.
    digest, full : str
        Its normalised digest, and the one that counts docstrings and annotations too. Empty for an import, whose digest
        depends on the module it stands in.
    refs, weak, imported, stars, loads, late_loads, writes, late_writes, calls, passes, returns, bases : tuple
        As in `lineage.fingerprint.facts.Facts`, and so
    dynamic_imports, environment, aliases, changing, shared, copies, deep, hints, searched : tuple
        and
    flags : int
        are.
    """

    __slots__ = (
        "aliases",
        "bases",
        "binds",
        "calls",
        "changing",
        "copies",
        "deep",
        "digest",
        "dynamic_imports",
        "end_line",
        "environment",
        "flags",
        "full",
        "hints",
        "imported",
        "kind",
        "late_binds",
        "late_loads",
        "late_writes",
        "line",
        "loads",
        "name",
        "passes",
        "refs",
        "returns",
        "searched",
        "shared",
        "stars",
        "weak",
        "writes",
    )

    def __init__(self, packed: tuple[Any, ...]) -> None:
        self.name: str
        (
            self.name,
            self.kind,
            self.line,
            self.end_line,
            self.binds,
            self.late_binds,
            self.digest,
            self.full,
            self.refs,
            self.weak,
            self.imported,
            self.stars,
            self.loads,
            self.late_loads,
            self.writes,
            self.late_writes,
            self.calls,
            self.passes,
            self.returns,
            self.bases,
            self.dynamic_imports,
            self.environment,
            self.aliases,
            self.changing,
            self.shared,
            self.copies,
            self.deep,
            self.hints,
            self.searched,
            self.flags,
        ) = packed

    def __repr__(self) -> str:
        return f"Unit({self.name!r})"
