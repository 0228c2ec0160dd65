"""The modules of a project as a graph knows them, and what a reference in one may stand for."""

from __future__ import annotations

from lineage.fingerprint.source import SourceIndex
from lineage.fingerprint.units import Unit

__all__ = ["Dotted", "Hit", "Module"]

Dotted = tuple[str, ...]


class Hit:
    """One thing that a reference may stand for.

    Attributes
    ----------
    unit : int or None
        A unit, by its number in the graph.
    key : str or None
        ``module:name``, a name that is looked up there; what binds it may be another module's statement.
    module : Module or None
        A whole module, where the reference ends at it, so that any of its names may be meant.
    package : str or None
        A module outside the project, dotted.
    rest : tuple of str
        Attributes that are left over after a unit.
    """

    __slots__ = ("key", "module", "package", "rest", "unit")

    def __init__(
        self,
        unit: int | None = None,
        key: str | None = None,
        module: Module | None = None,
        package: str | None = None,
        rest: Dotted = (),
    ) -> None:
        self.unit = unit
        self.key = key
        self.module = module
        self.package = package
        self.rest = rest


class Module:
    """A module of the project.

    Attributes
    ----------
    name : str
        Dotted.
    path : str
        Of its file; empty for a folder that is a namespace package.
    is_package : bool
        Whether it is the ``__init__.py`` of a package.
    index : SourceIndex or None
        What its file says.
    first : int
        The graph's number of its first unit; the others follow.
    units : list of Unit
        Its statements.
    guessed : tuple of str
        What a file that is nested too deeply to be read seems to import.
    binders : dict of str to list of int
        For each name the units that bind it, in source order.
    wild : list of int
        Units that may bind any name.
    stars : list of (int, str)
        Star imports: the place of the statement, and the absolute name of the module.
    uses : set of Module
        Modules that were looked at on behalf of this one.
    missing : set of str
        Files that were looked for on behalf of this module and are not there; the day one appears, things change.
    folders : set of str
        Folders whose listing mattered.
    inherited, added : tuple of str
        Folders that those who import it have added to ``sys.path``; and these with those that it adds itself.
    beside : tuple of str or None
        Where it may import from besides the roots, once that is known.
    """

    __slots__ = (
        "added",
        "beside",
        "binders",
        "first",
        "folders",
        "guessed",
        "index",
        "inherited",
        "is_package",
        "loads",
        "missing",
        "name",
        "path",
        "resolved",
        "stars",
        "units",
        "uses",
        "wild",
    )

    def __init__(self, name: str, path: str, is_package: bool, index: SourceIndex | None, first: int) -> None:
        self.name = name
        self.path = path
        self.is_package = is_package
        self.index = index
        self.first = first
        self.guessed: tuple[str, ...] = index.units or () if index and index.error else ()
        self.units = [Unit(packed) for packed in index.units] if index and not index.error else []
        self.binders: dict[str, list[int]] = {}
        self.wild: list[int] = []
        self.stars: list[tuple[int, str]] = []
        self.uses: set[Module] = set()
        self.beside: tuple[str, ...] | None = None
        self.added: tuple[str, ...] = ()
        self.inherited: tuple[str, ...] = ()
        self.missing: set[str] = set()
        self.folders: set[str] = set()
        self.resolved: dict[str, tuple[Hit, ...]] = {}
        self.loads: tuple[Module, ...] | None = None

    @property
    def opaque(self) -> bool:
        """Whether its file cannot be read as Python."""
        return self.index is not None and self.index.error is not None

    def __repr__(self) -> str:
        return f"Module({self.name!r})"
