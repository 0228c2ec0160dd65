"""Splits a module into units and packs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from lineage.fingerprint.declarations import Reader, dotted
from lineage.fingerprint.facts import TELLING, Facts, telling
from lineage.fingerprint.lines import Lines
from lineage.fingerprint.normal import Normal, text_digest
from lineage.fingerprint.scope import read_facts
from lineage.fingerprint.searching import searched
from lineage.fingerprint.settled import types_only
from lineage.fingerprint.units import CONSTANT, ITERATOR, OPTIONS

__all__ = ["Fragments", "pack_statements", "top_level"]

Packed = tuple[Any, ...]

_ADDERS = frozenset({"sys.path", *(f"sys.path.{how}" for how in ("append", "extend", "insert")), "site.addsitedir"})
_ITERATORS = frozenset(
    {
        *("enumerate", "filter", "iter", "map", "open", "reversed", "zip"),
        *("random.Random", "numpy.random.Generator", "numpy.random.RandomState", "numpy.random.default_rng"),
        *("numpy.random.SeedSequence", "torch.Generator"),
        *("multiprocessing.Queue", "queue.LifoQueue", "queue.PriorityQueue", "queue.Queue", "queue.SimpleQueue"),
    }
)
_CHAIN = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that are executed when the module is imported.

    Blocks under TYPE_CHECKING and ``__name__ == "__main__"`` are not, so that of these only the other branch is left.
    """
    for statement in body:
        if isinstance(statement, ast.If):
            taken = _never_imported(statement.test)
            if taken is not None:
                yield from top_level(statement.orelse if taken else statement.body)
                continue
        yield statement


def _never_imported(test: ast.expr) -> bool | None:
    """Say whether a condition is false (True) or true (False) on import; ``None`` if it depends."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _never_imported(test.operand)
        return None if inner is None else not inner
    if types_only(test):
        return True
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        sides = [test.left, test.comparators[0]]
        names = [dotted(side) for side in sides]
        values = [side.value for side in sides if isinstance(side, ast.Constant)]
        if "__name__" in names and values == ["__main__"]:
            return True
    return None


class Fragments:
    """Finds out what texts expressions evaluate to, from the constants of the module.

    Parameters
    ----------
    constants : dict of str to ast.expr
        Names that are assigned once at the top level, with their values.
    """

    def __init__(self, constants: dict[str, ast.expr]) -> None:
        self._constants = constants

    def fold(self, node: ast.expr, local: Callable[[str], bool], depth: int = 0) -> str | None:
        """Return the text of an expression, with ``*`` where only its beginning is known, ``None`` if nothing is."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._name(node.id, local, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
            left = self.fold(node.left, local, depth)
            if isinstance(node.op, ast.Mod):
                return None if left is None else left.partition("%")[0] + "*"
            return _join([left, self.fold(node.right, local, depth)])
        if isinstance(node, ast.JoinedStr):
            return _join([self._piece(value, local, depth) for value in node.values])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            template = self.fold(node.func.value, local, depth)
            return None if template is None else template.partition("{")[0] + "*"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            return self._joined(node, local, depth)
        return None

    def _joined(self, node: ast.Call, local: Callable[[str], bool], depth: int) -> str | None:
        """Return the text of ``".".join(["plugins", name])``."""
        between = self.fold(node.func.value, local, depth) if isinstance(node.func, ast.Attribute) else None
        parts = node.args[0] if len(node.args) == 1 else None
        if between is None or not isinstance(parts, (ast.List, ast.Tuple)):
            return None
        pieces: list[str | None] = []
        for one in parts.elts:
            pieces += [between] if pieces else []
            pieces.append(None if isinstance(one, ast.Starred) else self.fold(one, local, depth))
        return _join(pieces)

    def _piece(self, node: ast.expr, local: Callable[[str], bool], depth: int) -> str | None:
        if isinstance(node, ast.FormattedValue):
            return self.fold(node.value, local, depth) if node.conversion == -1 and node.format_spec is None else None
        return self.fold(node, local, depth)

    def _name(self, name: str, local: Callable[[str], bool], depth: int) -> str | None:
        if name in ("__name__", "__package__"):
            return "{" + name + "}"
        if local(name) or name not in self._constants or depth > 8:
            return None
        return self.fold(self._constants[name], lambda _: False, depth + 1)


def _join(pieces: list[str | None]) -> str | None:
    text = ""
    for piece in pieces:
        if piece is None:
            return text + "*" if text else None
        text += piece
        if piece.endswith("*"):
            return text
    return text


def pack_statements(
    tree: ast.Module, lines: Lines, reader: Reader, binds: dict[str, int], bound: dict[ast.stmt, tuple[str, ...]]
) -> list[Packed]:
    """Pack the units of a module, in the layout of `lineage.fingerprint.units.Unit`.

    Parameters
    ----------
    tree : ast.Module
        The module.
    lines : Lines
        Its text.
    reader : Reader
        Its declarations, which know what the decorators stand for.
    binds : dict of str to int
        Its top-level names, counted.
    bound : dict of ast.stmt to tuple of str
        For each of its statements the names that it binds.

    Returns
    -------
    list of tuple
        In source order.
    """
    packer = _Packer(lines, reader, binds, _postpones(tree))
    if ast.get_docstring(tree, clean=False) is not None:
        packer.docstring(tree.body[0])
    for statement, names in bound.items():
        packer.add(statement, names)
    return packer.units


class _Packer:
    def __init__(self, lines: Lines, reader: Reader, binds: dict[str, int], postponed: bool) -> None:
        self.units: list[Packed] = []
        self._lines = lines
        self._reader = reader
        self._normal = Normal(reader.ours, postponed)
        self._constants = {name: value for name, value in reader.constants.items() if binds.get(name) == 1}
        self._fold = Fragments(self._constants).fold
        self._names: dict[str, int] = {}

    def docstring(self, statement: ast.stmt) -> None:
        digest = text_digest(ast.dump(statement))
        self._append("__doc__", "def", statement, ("__doc__",), (digest, digest), Facts())

    def add(self, statement: ast.stmt, binds: tuple[str, ...]) -> None:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            self._imports(statement)
        elif isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            return
        elif not self._is_for_types(statement):
            self._statement(statement, binds)

    def _is_for_types(self, statement: ast.stmt) -> bool:
        """Whether a definition is one of the overloads that only a type checker looks at."""
        decorators = getattr(statement, "decorator_list", None)
        return bool(decorators) and any(
            self._reader.origin(dotted(one) or "") in ("typing.overload", "typing_extensions.overload")
            for one in decorators or ()
        )

    def _statement(self, statement: ast.stmt, binds: tuple[str, ...]) -> None:
        bare, has_options = self._reader.without_options(statement)
        try:
            digests = self._digests(statement, bare)
            facts = read_facts(bare, self._reader.ours, self._fold, self._reader.origin)
        except RecursionError:
            digests, facts = self._as_text(statement)
        facts.flags |= (OPTIONS if has_options else 0) | self._sort_of_value(statement)
        if not _ADDERS.isdisjoint(facts.refs):
            facts.searched = searched(statement, self._constants)
        self._append(_name(statement, binds), _kind(statement, facts), statement, binds, digests, facts)

    def _sort_of_value(self, statement: ast.stmt) -> int:
        value = getattr(statement, "value", None) if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if isinstance(value, ast.GeneratorExp):
            return ITERATOR
        if isinstance(value, ast.Call):
            origin = self._reader.origin(dotted(value.func) or "")
            return ITERATOR if origin in _ITERATORS or origin.startswith("itertools.") else 0
        return CONSTANT if _is_constant(value) else 0

    def _digests(self, statement: ast.stmt, bare: ast.stmt) -> tuple[str, str]:
        command = self._reader.shell_command(statement)
        if command is not None:
            name, parts = command
            text = text_digest("\x00".join([name, *(self._normal.expression(part) for part in parts)]))
            return text, text
        return self._normal.digests(bare, self._reader.contract(statement))

    def _as_text(self, statement: ast.stmt) -> tuple[tuple[str, str], Facts]:
        """Take a statement that is nested too deeply by its text: every name in it is a reference."""
        text = self._lines.block(statement.lineno, statement.end_lineno or statement.lineno)
        facts = Facts()
        facts.refs.update(dict.fromkeys(re.findall(_CHAIN, text)))
        digest = text_digest(text)
        return (digest, digest), facts

    def _imports(self, statement: ast.Import | ast.ImportFrom) -> None:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            return
        facts = read_facts(statement, self._reader.ours, self._fold, self._reader.origin)
        loads, imported = facts.loads, facts.imported
        for place, (local, level, module, name) in enumerate(imported):
            single = Facts()
            single.imported.append((local, level, module, name))
            if name in TELLING and name != local:
                single.flags |= telling(name)
            if place == 0:
                single.loads, single.stars = loads, facts.stars
            self._append(local, "import", statement, (local,), ("", ""), single)
        if not imported:
            self._append("*", "import", statement, (), ("", ""), facts)

    def _append(
        self, name: str, kind: str, node: ast.stmt, binds: Packed, digests: tuple[str, str], facts: Facts
    ) -> None:
        count = self._names[name] = self._names.get(name, 0) + 1
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        late_binds = tuple(name for name in facts.late_writes if "." not in name and ":" not in name)
        self.units.append(
            (
                name if count == 1 else f"{name}#{count}",
                kind,
                first,
                node.end_lineno,
                binds,
                late_binds,
                *digests,
                tuple(facts.refs),
                tuple(chain for chain in facts.weak if chain not in facts.refs),
                tuple(facts.imported),
                tuple(facts.stars),
                tuple(facts.loads),
                tuple(facts.late_loads),
                tuple(facts.writes),
                tuple(facts.late_writes),
                tuple(dict.fromkeys(facts.calls)),
                tuple(facts.passes),
                tuple(facts.returns),
                facts.bases,
                tuple(facts.dynamic_imports),
                tuple(facts.environment),
                tuple(facts.aliases),
                tuple(facts.changing),
                tuple(facts.shared),
                tuple(facts.copies),
                tuple(facts.deep),
                tuple(facts.hints),
                facts.searched,
                facts.flags,
            )
        )


def _postpones(tree: ast.Module) -> bool:
    """Whether the annotations of a module are texts when it runs."""
    futures = (one for one in tree.body if isinstance(one, ast.ImportFrom) and one.module == "__future__")
    return any(alias.name == "annotations" for one in futures for alias in one.names)


def _is_constant(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node, (ast.Constant, ast.JoinedStr))


def _kind(statement: ast.stmt, facts: Facts) -> str:
    if isinstance(statement, ast.ClassDef):
        return "class"
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and not facts.writes:
        return "code" if any(call[1] != 6 for call in facts.calls) else "def"
    return "code"


def _name(statement: ast.stmt, binds: tuple[str, ...]) -> str:
    if binds:
        return ", ".join(binds[:3]) + (", ..." if len(binds) > 3 else "")
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return f"{dotted(statement.value.func) or 'call'}()"
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    target = targets[0]
    if isinstance(target, ast.Subscript):
        return f"{dotted(target.value) or ''}[...]"
    if isinstance(target, ast.Attribute):
        return dotted(target) or f"....{target.attr}"
    return type(statement).__name__.lower()
