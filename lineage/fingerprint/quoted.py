"""Names in texts that a library evaluates where it is called: ``df.query("x > @LIMIT")``, ``ols("y ~ scale(x)", df)``.

The library looks them up among the variables of who calls it, so that nothing but the text says that they are needed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

__all__ = ["MARKING", "evaluates", "looks_around", "names_in", "quoted"]

MARKING = frozenset({"query", "eval"})
"""Methods, of a pandas table, whose text marks variables by ``@``."""

_MARKED = re.compile(r"@\s*([^\W\d]\w*(?:\.[^\W\d]\w*)*)")
_NAMES = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_EVALUATORS = (
    *("patsy.dmatri", "patsy.incr_dbuilder", "statsmodels.formula.", "formulaic.model_matrix", "formulaic.Formula"),
    *("bambi.Model", "numexpr.evaluate", "pandas.eval", "polars.sql", "duckdb.execute", "duckdb.query", "duckdb.sql"),
)
_AROUND = frozenset({"ply.lex.lex", "ply.yacc.yacc"})


def evaluates(origin: str) -> bool:
    """Whether a function evaluates texts with the names of who calls it."""
    return origin.startswith(_EVALUATORS) or origin.endswith(".from_formula")


def looks_around(origin: str) -> bool:
    """Whether a function goes through the names and docstrings of the module that calls it."""
    return origin in _AROUND


def names_in(text: str, marked: bool) -> list[str]:
    """Return the chains of names in a text, or those that it marks."""
    return (_MARKED if marked else _NAMES).findall(text)


def quoted(
    node: ast.Call, statement: ast.AST, fold: Callable[[ast.expr], str | None]
) -> Iterator[tuple[ast.expr, str | None]]:
    """Yield the arguments of a call that may be texts, each with what it says, ``None`` where that is not known.

    Parameters
    ----------
    node : ast.Call
        The call.
    statement : ast.AST
        The statement of the module around it, which may give the text a local name.
    fold : callable
        Returns the text that an expression evaluates to, with a trailing ``*`` where only its beginning is known.
    """
    for argument in [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("formula", "expr"))]:
        values = [argument]
        if isinstance(argument, ast.Name) and fold(argument) is None:
            values = _assigned(statement, argument.id) or values
        texts = [_text(value, fold) for value in values]
        known = [text for text in texts if text is not None]
        yield argument, " ".join(known) if len(known) == len(texts) else None


def _assigned(statement: ast.AST, name: str) -> list[ast.expr]:
    """Return what a statement assigns to a local name."""
    pairs = [
        (target, node.value) for node in ast.walk(statement) if isinstance(node, ast.Assign) for target in node.targets
    ]
    return [value for target, value in pairs if isinstance(target, ast.Name) and target.id == name]


def _text(node: ast.expr, fold: Callable[[ast.expr], str | None]) -> str | None:
    """Return the text of an expression, of one that is put together its literal pieces."""
    text = fold(node)
    if text is not None and not text.endswith("*"):
        return text
    if not isinstance(node, (ast.JoinedStr, ast.BinOp, ast.Call)):
        return None
    pieces = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return " ".join(pieces) if pieces else None
