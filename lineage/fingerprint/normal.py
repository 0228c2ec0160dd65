"""A digest of a statement that is blind to how it is laid out.

The serialiser writes the tree down without positions, comments, docstrings and what has no effect. It is not
`ast.dump`, whose text differs between Python versions, and not bytecode, which does so even more: empty fields are left
out, so that a field that a later Python adds changes nothing.

What the usual digest leaves out and a program can still see at run time (docstrings, annotations) goes into a second,
full digest, which is taken for code that looks at such things.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from xxhash import xxh3_128_hexdigest

from lineage.fingerprint.facts import words
from lineage.fingerprint.settled import settled

__all__ = ["Normal", "text_digest"]

# Decorators that do not look at the annotations of what they decorate.
_BLIND = words(
    "abstractmethod cache cached_property classmethod contextmanager deleter final getter jit lru_cache "
    "njit override overload property setter staticmethod wraps"
)
_DROPPED = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.In: ast.NotIn, ast.Is: ast.IsNot}
_MAYBE_INERT = (ast.Pass, ast.Expr)
_MAY_BE_EMPTY = frozenset({"orelse", "finalbody"})
_TRIES = frozenset({ast.Try, ast.TryStar})
_BLOCKS = _MAY_BE_EMPTY | {"body"}
_LEAVES: dict[type, str] = {
    kind: kind.__name__
    for family in (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
    for kind in family.__subclasses__()
}
_PLANS: dict[type[ast.AST], tuple[str, tuple[str, ...]]] = {}


def _plan(kind: type[ast.AST]) -> tuple[str, tuple[str, ...]]:
    """Return what to write for nodes of a kind: its name, and its fields that count."""
    found = _PLANS[kind] = (kind.__name__, tuple(field for field in kind._fields if field not in _DROPPED))
    return found


def text_digest(text: str) -> str:
    """Return the 32 hex digits of a text's xxh3-128."""
    return xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


class Normal:
    """Serialises statements.

    Parameters
    ----------
    ours : callable
        Says which of this library's decorators an expression is, ``None`` for any other; such a decorator counts by its
        name only, since its options decide when a step reruns and not what it computes.
    postponed : bool
        Whether annotations are kept as texts (``from __future__ import annotations``).
    """

    def __init__(self, ours: Callable[[ast.expr], str | None], postponed: bool = False) -> None:
        self._ours = ours
        self._postponed = postponed
        self._out: list[str] = []
        self._hidden: list[str] = []
        self._in_class = False
        self._inside: ast.FunctionDef | ast.AsyncFunctionDef | None = None
        self._special: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.AnnAssign: self._annotated,
            ast.Lambda: self._lambda,
            ast.JoinedStr: self._joined,
            ast.Return: self._return,
            ast.UnaryOp: self._unary,
        }

    def digests(self, statement: ast.stmt, extra: str = "") -> tuple[str, str]:
        """Return the digest of a statement and its full digest.

        Parameters
        ----------
        statement : ast.stmt
            What to serialise.
        extra : str
            Something else to count, such as the names of a step's outputs.
        """
        self._out, self._hidden, self._in_class = [], [], False
        self._write(statement)
        plain = "\x00".join(self._out) + extra
        digest = text_digest(plain)
        return digest, text_digest(plain + "\x01" + "\x00".join(self._hidden)) if self._hidden else digest

    def expression(self, node: ast.AST) -> str:
        """Return the serialised text of an expression or a keyword argument."""
        self._out, self._hidden, self._in_class = [], [], False
        self._write(node)
        return "\x00".join(self._out)

    def _write(self, node: ast.AST, plain: bool = False) -> None:
        kind = node.__class__
        special = None if plain else self._special.get(kind)
        if special is not None:
            special(node)
            return
        plan = _PLANS.get(kind) or _plan(kind)
        out = self._out
        out.append(plan[0])
        content = node.__dict__
        for field in plan[1]:
            value = content.get(field)
            if value is None:
                continue
            sort = value.__class__
            if sort is ast.Name:
                out.append(field)
                out.append("$" + value.id)
            elif sort is list:
                if value:
                    self._list(field, value, kind in _TRIES)
            elif sort is str:
                out.append(f"{field}={value}")
            elif sort in _LEAVES:
                out.append(_LEAVES[sort])
            elif isinstance(value, ast.AST):
                out.append(field)
                (self._special.get(sort) or self._write)(value)
            else:
                out.append(f"{field}={value!r}")
        out.append(")")

    def _list(self, field: str, values: list[Any], is_tried: bool = False) -> None:
        out = self._out
        if field in _BLOCKS:
            values = settled(values, is_tried)
            if field in _MAY_BE_EMPTY and all(map(_inert, values)):
                return
        out.append(field + "[")
        for value in values:
            sort = value.__class__
            if sort is ast.Name:
                out.append("$" + value.id)
            elif value is None:
                out.append("-")  # the key of ** in a dict, a keyword-only parameter without default
            elif sort is str:
                out.append("=" + value)
            elif sort in _LEAVES:
                out.append(_LEAVES[sort])
            elif sort is ast.AnnAssign and self._is_declaration(value):
                self._hide(value)
            elif sort not in _MAYBE_INERT or not _inert(value):
                (self._special.get(sort) or self._write)(value)
        out.append("]")

    def _is_declaration(self, node: ast.AnnAssign) -> bool:
        """Whether ``total: int`` in a function says nothing but a type, of a variable that is bound there anyway."""
        inside, name = self._inside, getattr(node.target, "id", None)
        return node.value is None and inside is not None and any(one == name for one in _bound(inside.body))

    def _hide(self, node: ast.AST) -> None:
        out, self._out = self._out, self._hidden
        self._write(node)
        self._out = out

    def _name(self, node: ast.Name) -> None:
        self._out.append("$" + node.id)

    def _constant(self, node: ast.Constant) -> None:
        value = node.value
        if value.__class__ is int:
            self._out.append(f"i{value:x}")  # decimal digits have a limit of their own
        else:
            self._out.append(f"{value.__class__.__name__} {value!r}")

    # What formatters and linters write in another way

    def _joined(self, node: ast.JoinedStr) -> None:
        """Write an f-string in which nothing is put as the text that it is."""
        values = [getattr(one, "value", None) for one in node.values if isinstance(one, ast.Constant)]
        if len(values) == len(node.values):
            self._constant(ast.Constant("".join(map(str, values))))
        else:
            self._write(node, plain=True)

    def _return(self, node: ast.Return) -> None:
        value = node.value
        none = value.__class__ is ast.Constant and value.value is None
        self._write(ast.Return() if none else node, plain=True)

    def _unary(self, node: ast.UnaryOp) -> None:
        """Write ``not a in b`` as ``a not in b``."""
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            other = _NEGATED.get(type(inner.ops[0]))
            if other is not None:
                self._write(ast.Compare(inner.left, [other()], inner.comparators))
                return
        self._write(node, plain=True)

    def _body(self, node: Any) -> None:
        body = node.body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self._hidden.append(f"{node.name} {body[0].value.value!r}")
        self._list("body", body)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        out = self._out
        out.append(f"{node.__class__.__name__} {node.name}")
        reads_annotations = self._decorators(node.decorator_list)
        was_class, self._in_class = self._in_class, False
        was_inside, self._inside = self._inside, node
        self._arguments(node.args, reads_annotations)
        if node.returns is not None:
            self._annotation("returns", node.returns, reads_annotations)
        type_params = getattr(node, "type_params", None)  # Python 3.12
        if type_params:
            self._list("type_params", type_params)
        self._body(node)
        self._in_class, self._inside = was_class, was_inside
        out.append(")")

    def _lambda(self, node: ast.Lambda) -> None:
        self._out.append("Lambda")
        self._arguments(node.args, False)
        self._write(node.body)
        self._out.append(")")

    def _class(self, node: ast.ClassDef) -> None:
        self._out.append(f"ClassDef {node.name}")
        self._decorators(node.decorator_list)
        for field in ("bases", "keywords", "type_params"):
            values = getattr(node, field, None)
            if field == "bases" and len(node.bases) == 1 and getattr(node.bases[0], "id", "") == "object":
                continue  # class A(object)
            if values:
                self._list(field, values)
        was_class, self._in_class = self._in_class, True
        was_inside, self._inside = self._inside, None
        self._body(node)
        self._in_class, self._inside = was_class, was_inside
        self._out.append(")")

    def _decorators(self, decorators: list[ast.expr]) -> bool:
        """Write decorators; return whether one of them may look at annotations."""
        looks = False
        for decorator in decorators:
            ours = self._ours(decorator)
            self._out.append("@" if ours is None else f"@lineage.{ours}")
            if ours is not None and isinstance(decorator, ast.Call):
                # Of a step at the top level they are gone already; one that a function makes counts with that function.
                for keyword in decorator.keywords:
                    if keyword.arg in (None, "version"):
                        self._write(keyword.value)
            if ours is None:
                self._write(decorator)
                looks = looks or _last_name(decorator) not in _BLIND
        return looks

    def _arguments(self, arguments: ast.arguments, annotations: bool) -> None:
        out = self._out
        out.append("(")
        for field in ("posonlyargs", "args", "vararg", "kwonlyargs", "kwarg"):
            value = getattr(arguments, field)
            if not value:
                continue
            out.append(field)
            for argument in value if isinstance(value, list) else [value]:
                out.append("=" + argument.arg)
                if argument.annotation is not None:
                    self._annotation(argument.arg, argument.annotation, annotations)
        for field in ("defaults", "kw_defaults"):
            value = getattr(arguments, field)
            if value:
                self._list(field, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        # Outside of classes, x: int = 3 is x = 3; inside, a dataclass sees it.
        if not self._in_class:
            self._out.extend(("Assign", "targets["))
            self._write(node.target)
            self._out.extend(("]", "value"))
            self._annotation("", node.annotation, False)
        else:
            self._out.append("AnnAssign")
            self._write(node.target)
            self._annotation("", node.annotation, True)
        if node.value is not None:
            self._write(node.value)
        self._out.append(")")

    def _annotation(self, name: str, node: ast.expr, counts: bool) -> None:
        if self._postponed:
            self._hidden.append("postponed")  # who looks at it gets its text
        if counts:
            self._out.append(":")
            self._write(node)
            return
        out, self._out = self._out, self._hidden
        self._out.append(name + ":")
        self._write(node)
        self._out = out


def _inert(node: ast.AST) -> bool:
    """Whether a statement does nothing: ``pass``, a docstring, ``...``."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that assignments and loops of a function bind, without those of functions inside it."""
    for statement in body:
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.For, ast.AsyncFor)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from _bound(getattr(statement, field, []))
