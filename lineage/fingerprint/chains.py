"""Dotted chains of names in expressions: what a value is, or may be a part of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.facts import PURE

__all__ = [
    "all_arguments",
    "alternatives",
    "argument_chains",
    "chains",
    "elements",
    "fresh_attribute",
    "parsed",
    "root",
    "roots",
    "sources",
    "unquoted",
]

_COPIERS = frozenset({"copy.deepcopy", "deepcopy"})
_COLLECTING = frozenset({"frozenset", "list", "set", "sorted", "tuple"})
_NEW = frozenset({ast.BinOp, ast.Call, ast.Dict, ast.List, ast.Set, ast.Tuple})
_COPYING = _COLLECTING | {"copy.copy", "dict"}
_ITERATING = frozenset({"enumerate", "filter", "iter", "map", "next", "reversed", "sorted", "zip"})
"""What gives the elements of what it is given, or goes through them."""


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters of a function."""
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def root(node: ast.AST) -> str | None:
    """Return the chain at the bottom of ``CFG.sub["x"][0].y``: ``CFG.sub``."""
    while True:
        chain = dotted(node)
        if chain is not None:
            return chain
        if isinstance(node, ast.Call) and len(node.args) == 1 and dotted(node.func) == "vars":
            owner = dotted(node.args[0])
            return owner and f"{owner}.__dict__"
        if not isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
            return None
        node = node.value


def roots(node: ast.AST, module: Callable[[ast.expr], str | None] = lambda node: None) -> list[str]:
    """Return the chains whose objects a value may be, or be a part of.

    Of a call that is what it returns, ``chain()``, and what it is given, unless a builtin makes something new of it.

    Parameters
    ----------
    node : ast.AST
        The value.
    module : callable
        Returns a reference to the module that an expression looks up by its name, ``None`` for any other.
    """
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Constant):
        return []
    behind = ""
    while True:
        looked_up = module(node) if isinstance(node, (ast.Call, ast.Subscript)) else None
        if looked_up is not None:
            return [looked_up if looked_up.endswith("*") else looked_up + behind[1:]]
        if not isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)) or dotted(node) is not None:
            break
        behind = f".{node.attr}{behind}" if isinstance(node, ast.Attribute) else ""
        node = node.value
    parts = _parts(node)
    if parts is not None:
        return [one for part in parts for one in roots(part, module)]
    if isinstance(node, ast.Call):
        return _roots_of_call(node, module)
    chain = dotted(node)
    return [] if chain is None else [chain]


def alternatives(node: ast.expr) -> Iterator[str]:
    """Yield the chains of which a value is one, or a part of one: ``table`` and ``TABLE`` of ``table or TABLE``."""
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from alternatives(value)
    elif isinstance(node, ast.IfExp):
        yield from alternatives(node.body)
        yield from alternatives(node.orelse)
    else:
        chain = root(node)
        if chain is not None:
            yield chain


def elements(node: ast.expr) -> ast.expr:
    """Return what has the elements that a loop goes through: ``ROWS`` of ``sorted(ROWS)``."""
    while isinstance(node, ast.Call) and node.args and dotted(node.func) in _COLLECTING:
        node = node.args[0]
    return node


def sources(node: ast.expr) -> list[str] | None:
    """Return the chains that have the parts of a new collection: ``CFG`` of ``dict(CFG)``, ``CFG | {}``, ``{**CFG}``.

    ``None`` where the value may be something that was there before.
    """
    if node.__class__ not in _NEW:
        return None
    values: list[ast.expr]
    if isinstance(node, (ast.Dict, ast.List, ast.Set, ast.Tuple)):
        values = node.values if isinstance(node, ast.Dict) else node.elts
    elif isinstance(node, ast.BinOp):
        sides = (node.left, node.right) if isinstance(node.op, ast.BitOr) else ()
        return [one for side in sides for one in sources(side) or roots(side)]
    elif isinstance(node, ast.Call) and dotted(node.func) in _COPYING:
        values = [*node.args, *(word.value for word in node.keywords)]
    elif (
        isinstance(node, ast.Call)
        and not node.args
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "copy"
    ):
        values = [node.func.value]
    else:
        return None
    return [one for value in values for one in roots(value)]


def _parts(node: ast.AST) -> list[ast.expr] | None:
    """Return what a value is put together from, or one of which it is."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return node.elts
    if isinstance(node, (ast.Dict, ast.BoolOp)):
        return node.values
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return [node.value] if isinstance(node, ast.NamedExpr) else None


def _roots_of_call(node: ast.Call, module: Callable[[ast.expr], str | None]) -> list[str]:
    chain = dotted(node.func)
    if chain is None:
        return [*roots(node.func, module), *argument_chains(node)]
    if chain == "type" and len(node.args) == 1:
        # Of X() the class is X; what else a call gives is not known.
        found = roots(node.args[0], module)
        return [one.removesuffix("()") if one.endswith("()") else f"{one}.__class__" for one in found]
    if chain == "getattr":
        found = [one for place in (0, 2) for part in node.args[place : place + 1] for one in roots(part, module)]
        return [f"{one}*" if one.endswith(":") else one for one in found]  # some name of the module
    if (chain in PURE and chain not in _ITERATING) or chain in _COPIERS:
        return []
    if chain in _ITERATING:
        return [one for value in node.args for one in roots(value, module)]
    owner = [chain.rpartition(".")[0]] if "." in chain else []
    return [chain + "()", *owner, *argument_chains(node)]


def argument_chains(node: ast.Call) -> tuple[str, ...]:
    """Return the chains at the bottom of a call's arguments, also of what is put into them: ``f([ROWS])``."""
    found: list[str] = []
    for value in (*node.args, *(word.value for word in node.keywords)):
        chain = root(value)
        if chain is not None:
            found.append(chain)
        elif _may_hold(value):
            found += [one for one in roots(value) if not one.endswith("()")]
    return tuple(found)


def _may_hold(value: ast.expr) -> bool:
    """Whether a value may have in it what its parts are: what functions of libraries and methods give seldom has."""
    while isinstance(value, (ast.Attribute, ast.Starred, ast.Subscript)):
        value = value.value
    if not isinstance(value, ast.Call):
        return True
    chain = dotted(value.func)
    return chain is not None and ("." not in chain or chain.rpartition(".")[2][:1].isupper())


def parsed(annotation: ast.expr | None) -> ast.expr | None:
    """Return an annotation with its quotes taken off, ``None`` where there is nothing in them."""
    if not (isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)):
        return annotation
    try:
        return ast.parse(annotation.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def unquoted(annotation: ast.expr | None) -> Iterator[ast.expr]:
    """Yield an annotation and what is quoted inside of it: of ``list["Item"]`` also ``Item``."""
    expression = parsed(annotation)
    if expression is None:
        return
    yield expression
    pending: list[ast.AST] = [expression] if isinstance(expression, (ast.Subscript, ast.BinOp)) else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            inner = parsed(node)
            yield from () if inner is None else (inner,)
        elif isinstance(node, ast.Subscript):
            name = (dotted(node.value) or "").rpartition(".")[2]
            inside = node.slice.elts[:1] if name == "Annotated" and isinstance(node.slice, ast.Tuple) else [node.slice]
            pending += [] if name == "Literal" else inside
        elif isinstance(node, (ast.Tuple, ast.List, ast.BinOp)):
            pending += ast.iter_child_nodes(node)


def chains(node: ast.AST) -> Iterable[str]:
    """Yield the longest chains of an expression."""
    chain = dotted(node)
    if chain is not None:
        yield chain
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return
    for child in ast.iter_child_nodes(node):
        yield from chains(child)


def fresh_attribute(node: ast.AST) -> str | None:
    """Return ``Trainer().callbacks`` of ``Trainer(x).callbacks["a"]``: an attribute of what has no name."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            maker = dotted(node.value.func)
            return None if maker is None else f"{maker}().{node.attr}"
        node = node.value
    return None
