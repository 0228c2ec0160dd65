"""What one top-level statement does, in the form in which it is gathered, and the names that tell it."""

from __future__ import annotations

from lineage.fingerprint.units import DOCS, HINTS, SUBCLASSES

__all__ = [
    "APPLIERS",
    "AROUND",
    "CHANGERS",
    "FITTERS",
    "HARMLESS",
    "IMPORTERS",
    "MUTATORS",
    "PURE",
    "TELLING",
    "VALIDATORS",
    "Facts",
    "telling",
    "words",
]


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


MUTATORS = words(
    "add append appendleft clear connect discard extend extendleft insert intersection_update "
    "difference_update pop popitem popleft register remove reverse rotate setdefault sort subscribe "
    "symmetric_difference_update update __setitem__ __delitem__ __setattr__ __delattr__ move_to_end "
    "set_option set_default"
)
"""Methods that change their object, wherever they are called."""

FITTERS = words(
    "fit fit_predict fit_resample fit_transform partial_fit read_dict read_file read_string set set_output set_params"
)
"""Methods that change their object and give something back, which may be kept: of an object that has a name."""

HARMLESS = words(
    "debug info warning warn error exception critical log write writelines writerow writerows flush close print "
    "setLevel addHandler removeHandler addFilter basicConfig captureWarnings filterwarnings simplefilter mkdir"
)
"""Methods that are called for their effect on something that no result depends on."""

CHANGERS = words(
    "heapify heappop heappush heappushpop heapreplace insort insort_left insort_right next shuffle setitem delitem "
    "iadd setattr delattr"
)
"""Functions that change what they are given."""

APPLIERS = words("map filter sorted min max reduce starmap accumulate")
"""Functions that call what they are given."""

TELLING = words(
    "__doc__ __annotations__ __code__ __subclasses__ __text_signature__ get_annotations get_type_hints "
    "getdoc getsource getsourcelines signature getfullargspec getargspec from_callable render_doc "
    "__globals__ f_globals"
)
"""Names by which a program looks at its own docstrings, annotations, source, subclasses or global names."""

_HINTING = words(
    "__annotations__ get_annotations get_type_hints signature getfullargspec getargspec from_callable getsource"
)


def telling(name: str) -> int:
    """Return the flags of a statement that looks at its program by one of these names."""
    if name == "__subclasses__":
        return SUBCLASSES
    return DOCS | HINTS if name in _HINTING else DOCS


AROUND = frozenset({"__globals__", "f_globals"})
"""Those of them that lead to all names of a module, be it that of who calls."""

VALIDATORS = words("validate_call validate_arguments typechecked beartype")
"""Functions of libraries that go by the annotations of the function that they are given."""

IMPORTERS = words(
    "import_module __import__ find_spec locate resolve_name import_string import_from_string "
    "import_object load_object run_module"
)
"""Functions that take the name of a module, wherever they come from."""

PURE = words(
    "print len isinstance issubclass repr str int float bool sorted list tuple set frozenset dict min max "
    "sum any all enumerate zip map filter range reversed iter type id hash abs round callable super "
    "property classmethod staticmethod getattr hasattr format ascii chr ord bin hex oct divmod pow"
)
"""Builtins that leave their arguments as they are."""

Call = tuple[str, int, tuple[str, ...]]


class Facts:
    """What one statement does.

    Attributes
    ----------
    refs : dict of str to None
        Chains that it reads, in source order.
    weak : dict of str to None
        Chains in the annotations of a step: only a class of the project counts.
    imported : list of (str, int, str, str)
        Names that it binds by import: local name, level, module, name (empty for the module itself).
    stars : list of (int, str)
        Modules that it imports everything from.
    loads, late_loads : list of (int, str, tuple of str)
        Modules imported when it is executed, and by its functions when they are called: level, module, names.
    writes, late_writes : dict of str to None
        Chains that it changes in place when executed, and in its functions. A trailing ``()`` stands for what the call
        returns, a trailing ``.*`` for any attribute.
    calls : list of (str, int, tuple of str)
        What it calls when executed: the chain, chains among its arguments, and between them 2 where the call is a
        statement of its own, made for its effect; 1 for a decorator or a method that changes its object; 3 for a
        function that is known to change its arguments and nothing else; 4 for an operator, 5 for what goes through its
        arguments, 6 for an attribute that is asked for, 7 where what is in the chain is called; else 0.
    returns : dict of str to None
        Chains of what its functions may return.
    passes : dict of str to None
        What its functions call with their own parameters.
    bases : tuple of str
        Base classes and metaclass of a class.
    dynamic_imports : dict of str to None
        Names of modules imported by a computed name; a trailing ``*`` where only the beginning is known.
    environment : dict of str to None
        Literal names of environment variables; those of distributions that it asks for with a leading ``=``, groups of
        entry points as ``=[group]``.
    aliases : dict of str to None
        Chains that names it binds may be other names for: ``CFG`` of ``part = CFG["part"]``.
    changing : dict of str to None
        The methods of a class that change their object; and of its properties, with those, ``@name``.
    copies : dict of str to None
        Chains whose parts are parts of names it binds too, or of what its functions return: ``CFG`` of
        ``mine = {**CFG}``.
    deep : dict of str to None
        Those of `writes` and `late_writes` of which parts are changed, and not only what they are made of.
    shared : dict of str to None
        The attributes of a class that all its objects have in common and that can be changed in place, ``*`` for all;
        and as ``attribute:chain`` those that an object is given of what others have too.
    hints : dict of str to None
        Chains in the annotations of its functions, which matter to who looks at these.
    searched : tuple of str
        Folders that it adds to ``sys.path`` (`lineage.fingerprint.searching`).
    flags : int
        The flags of `lineage.fingerprint.units`, added.
    """

    def __init__(self) -> None:
        self.refs: dict[str, None] = {}
        self.weak: dict[str, None] = {}
        self.imported: list[tuple[str, int, str, str]] = []
        self.stars: list[tuple[int, str]] = []
        self.loads: list[tuple[int, str, tuple[str, ...]]] = []
        self.late_loads: list[tuple[int, str, tuple[str, ...]]] = []
        self.writes: dict[str, None] = {}
        self.late_writes: dict[str, None] = {}
        self.calls: list[Call] = []
        self.passes: dict[str, None] = {}
        self.returns: dict[str, None] = {}
        self.bases: tuple[str, ...] = ()
        self.dynamic_imports: dict[str, None] = {}
        self.environment: dict[str, None] = {}
        self.aliases: dict[str, None] = {}
        self.changing: dict[str, None] = {}
        self.shared: dict[str, None] = {}
        self.copies: dict[str, None] = {}
        self.deep: dict[str, None] = {}
        self.hints: dict[str, None] = {}
        self.searched: tuple[str, ...] = ()
        self.flags = 0
