"""The declarations of a file, read from its AST: functions, classes, top-level calls and where calls are bound.

Everything comes out packed in tuples of plain values, the layout that `lineage.fingerprint.source` unpacks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lineage.fingerprint.lines import Lines
from lineage.fingerprint.options import NOT_CODE, OptionReader, without_options
from lineage.fingerprint.source import NAMEDTUPLES, apply_imports, ours

__all__ = ["Reader", "dotted", "literal"]

Packed = tuple[Any, ...]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_TUPLES = frozenset({"tuple", "typing.Tuple", "builtins.tuple"})
_ANNOTATED = frozenset({"typing.Annotated", "typing_extensions.Annotated"})
_NOT_COMMAND = NOT_CODE | {"doc", "name"}


def dotted(node: ast.AST) -> str | None:
    """Return ``a.b.c`` for a name or a chain of attributes of one, else ``None``."""
    if isinstance(node, ast.Name):
        return node.id
    chain = ""
    while isinstance(node, ast.Attribute):
        chain = f".{node.attr}{chain}"
        node = node.value
    return node.id + chain if isinstance(node, ast.Name) else None


def literal(node: ast.expr) -> tuple[bool, Any]:
    """Evaluate a literal expression; the first of the pair says whether it is one."""
    if isinstance(node, ast.Constant):
        return True, node.value
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None


class Reader:
    """Packs the declarations of one module.

    Parameters
    ----------
    tree : ast.Module
        The module.
    lines : Lines
        Its text, for annotations and defaults as they are written.
    binds : dict of str to int
        Its top-level names, counted.
    """

    def __init__(self, tree: ast.Module, lines: Lines, binds: dict[str, int]) -> None:
        self._tree = tree
        self._lines = lines
        self._imports: dict[str, str] = {}
        self._stars: list[str] = []
        self._aliases: dict[str, ast.expr] = {}
        self._binds = binds
        self._options = OptionReader(tree, binds, self._origin)
        self._read_imports()

    @property
    def constants(self) -> dict[str, ast.expr]:
        """The values of plain top-level assignments to one name, the last where there are several."""
        return self._aliases

    def ours(self, node: ast.expr) -> str | None:
        """Return which of this library's names an expression, or what it calls, is."""
        origin = self._origin(node.func if isinstance(node, ast.Call) else node)
        return None if origin is None else ours(origin)

    def contract(self, statement: ast.stmt) -> str:
        """Return what a step's annotations decide at run time: which parameters are files, names of outputs."""
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return ""
        if not any(self.ours(decorator) == "step" for decorator in statement.decorator_list):
            return ""
        files = [name for name, _, _, _, is_file in self._parameters(statement.args) if is_file]
        outputs, _ = self._outputs(statement.returns)
        named = outputs if outputs[0] in ("names", "annotated") else ()
        return f" files={files} outputs={named}" if files or named else ""

    def shell_command(self, statement: ast.stmt) -> tuple[str, list[ast.AST]] | None:
        """Return the name of a shell step and those arguments that decide what it does; ``None`` for anything else."""
        call = self._declaring(statement)
        name = dotted(statement.targets[0]) if isinstance(statement, ast.Assign) else None
        if name is None or call is None:
            return None
        return name, [*call.args, *(word for word in call.keywords if word.arg not in _NOT_COMMAND)]

    def without_options(self, statement: ast.stmt) -> tuple[ast.stmt, bool]:
        """Return a statement without the options of a step that it declares; the second says whether it had any."""
        call = self._declaring(statement)
        if call is None or not any(word.arg is None or word.arg in NOT_CODE for word in call.keywords):
            return statement, False
        return without_options(statement, call, self._options.named(call)), True

    def _declaring(self, statement: ast.stmt) -> ast.Call | None:
        """Return the call of ``step`` or ``shell_step`` by which a statement declares a step."""
        if isinstance(statement, ast.FunctionDef):
            calls = [one for one in statement.decorator_list if isinstance(one, ast.Call) and self.ours(one) == "step"]
            return calls[0] if calls else None
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
            return None
        return statement.value if self.ours(statement.value) == "shell_step" else None

    def pack(self) -> tuple[Packed, list[tuple[tuple[int, int, int, int], Packed]]]:
        """Return the declarations and the call sites."""
        functions: dict[str, Packed] = {}
        classes: dict[str, Packed] = {}
        assignments: dict[str, Packed] = {}
        for statement in self._tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions[statement.name] = self._function(statement)
            elif isinstance(statement, ast.ClassDef):
                classes[statement.name] = self._class(statement)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                self._assignment(statement, classes, assignments)
        declared = (
            ast.get_docstring(self._tree, clean=False),
            self._binds,
            self._exported(),
            self._imports,
            tuple(self._stars),
            tuple(functions.values()),
            tuple(classes.values()),
            tuple(assignments.values()),
        )
        return declared, self._call_sites(functions)

    def origin(self, name: str) -> str:
        """Apply the file's imports to a dotted name."""
        return apply_imports(name, self._imports, self._stars, self._binds)

    def _origin(self, node: ast.AST) -> str | None:
        name = dotted(node)
        return None if name is None else self.origin(name)

    # Imports

    def _read_imports(self) -> None:
        pending: list[ast.stmt] = list(self._tree.body)
        while pending:
            statement = pending.pop(0)
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    self._imports[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(statement, ast.ImportFrom):
                self._read_from(statement)
            elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                if isinstance(statement.targets[0], ast.Name):
                    self._aliases[statement.targets[0].id] = statement.value
            elif isinstance(statement, (ast.If, ast.Try, ast.With)):
                pending[:0] = _nested(statement)

    def _read_from(self, statement: ast.ImportFrom) -> None:
        module = "." * statement.level + (statement.module or "")
        for alias in statement.names:
            if alias.name == "*":
                self._stars.append(module)
            else:
                joint = "" if module.endswith(".") else "."
                self._imports[alias.asname or alias.name] = f"{module}{joint}{alias.name}"

    def _exported(self) -> tuple[str, ...] | None:
        names: list[str] | None = None
        for statement in self._tree.body:
            if isinstance(statement, ast.Assign) and any(dotted(target) == "__all__" for target in statement.targets):
                names = _strings(statement.value)
            elif isinstance(statement, ast.AugAssign) and dotted(statement.target) == "__all__":
                more = _strings(statement.value)
                names = None if names is None or more is None else names + more
            elif _calls_method_of(statement, "__all__"):
                return None  # changed in a way that is not worth following: any name may be in it
        return None if names is None else tuple(names)

    # Functions

    def _function(self, node: FunctionNode) -> Packed:
        outputs, types = self._outputs(node.returns)
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        return (
            node.name,
            first,
            node.lineno,
            node.end_lineno,
            isinstance(node, ast.AsyncFunctionDef),
            ast.get_docstring(node, clean=False),
            tuple(self._decorator(one) for one in node.decorator_list),
            tuple(self._parameters(node.args)),
            None if node.returns is None else self._annotation(node.returns),
            outputs,
            types,
        )

    def _decorator(self, node: ast.expr) -> Packed:
        called = node.func if isinstance(node, ast.Call) else node
        text = dotted(called) or self._lines.text(called)
        origin = self._origin(called) or text
        arguments, keywords = self._arguments(node, origin) if isinstance(node, ast.Call) else ((), ())
        return (text, origin, isinstance(node, ast.Call), arguments, keywords, node.lineno)

    def _arguments(self, call: ast.Call, origin: str) -> tuple[Packed, Packed]:
        positional = tuple(self._value(argument) for argument in call.args)
        options = NOT_CODE if ours(origin) in ("step", "shell_step") else ()
        words = ((word.arg or "**", word.value) for word in call.keywords)
        return positional, tuple(
            (name, (self._options.value(name, node) if name in options else None) or self._value(node))
            for name, node in words
        )

    def _value(self, node: ast.expr) -> tuple[str, Any]:
        known, value = literal(node)
        return ("=", value) if known else ("?", self._lines.text(node))

    def _parameters(self, arguments: ast.arguments) -> Iterator[Packed]:
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
        defaults += arguments.defaults
        for place, (node, default) in enumerate(zip(plain, defaults, strict=True)):
            yield self._parameter(node, 0 if place < len(arguments.posonlyargs) else 1, default)
        if arguments.vararg:
            yield self._parameter(arguments.vararg, 2, None)
        for node, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            yield self._parameter(node, 3, default)
        if arguments.kwarg:
            yield self._parameter(arguments.kwarg, 4, None)

    def _parameter(self, node: ast.arg, kind: int, default: ast.expr | None) -> Packed:
        annotation = None if node.annotation is None else self._annotation(node.annotation)
        is_file = node.annotation is not None and self._is_file(node.annotation)
        return (node.arg, kind, annotation, None if default is None else self._value(default), is_file)

    # Annotations

    def _annotation(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self._lines.text(node)

    def _is_file(self, node: ast.expr, depth: int = 0) -> bool:
        node = _unquoted(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._is_file(node.left, depth) or self._is_file(node.right, depth)
        if isinstance(node, ast.Name) and node.id in self._aliases and depth < 8:
            return self._is_file(self._aliases[node.id], depth + 1)
        if not isinstance(node, ast.Subscript):
            return self._marks_file(node)
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if self._origin(node.value) in _ANNOTATED:
            return any(self._marks_file(extra) for extra in inside[1:]) or self._is_file(inside[0], depth)
        # Optional[...], Union[...], list[...], dict[str, ...]: the files are in there.
        return any(self._is_file(each, depth) for each in inside)

    def _marks_file(self, node: ast.expr) -> bool:
        origin = self._origin(node.func if isinstance(node, ast.Call) else node)
        return origin is not None and ours(origin) == "File"

    def _outputs(self, node: ast.expr | None) -> tuple[Packed, tuple[str, ...]]:
        if node is None:
            return ("other", ""), ()
        node = _unquoted(node)
        if isinstance(node, ast.Constant) and node.value is None:
            return ("none",), ()
        name = dotted(node)
        if name is not None and not (name in self._aliases and isinstance(self._aliases[name], ast.Subscript)):
            return ("name", name), ()
        if name is not None:
            node = self._aliases[name]
        return self._subscripted(node) or (("other", self._text(node)), ())

    def _subscripted(self, node: ast.expr) -> tuple[Packed, tuple[str, ...]] | None:
        single = self._named_output(node)
        if single is not None:
            return ("annotated", single[0]), (single[1],)
        if not isinstance(node, ast.Subscript) or self._origin(node.value) not in _TUPLES:
            return None
        elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        named = [self._named_output(_unquoted(element)) for element in elements]
        if not named or None in named:
            return None
        pairs = [pair for pair in named if pair is not None]
        return ("names", tuple(pair[0] for pair in pairs)), tuple(pair[1] for pair in pairs)

    def _named_output(self, node: ast.expr) -> tuple[str, str] | None:
        if not isinstance(node, ast.Subscript) or self._origin(node.value) not in _ANNOTATED:
            return None
        if not isinstance(node.slice, ast.Tuple):
            return None
        for extra in node.slice.elts[1:]:
            if isinstance(extra, ast.Constant) and isinstance(extra.value, str):
                return extra.value, self._text(node.slice.elts[0])
        return None

    def _text(self, node: ast.expr) -> str:
        # A node parsed out of a quoted annotation has no place in the file's lines.
        return ast.unparse(node) if getattr(node, "quoted", False) else self._annotation(node)

    # Classes and assignments

    def _class(self, node: ast.ClassDef) -> Packed:
        bases = tuple(origin for origin in map(self._origin, node.bases) if origin is not None)
        fields = tuple(
            (statement.target.id, self._annotation(statement.annotation))
            for statement in node.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        )
        is_namedtuple = any(base in NAMEDTUPLES for base in bases)
        for base in node.bases:
            # What the body annotates is no field in a class that derives from one.
            made = self._namedtuple_fields(self._origin(base.func) or "", base) if isinstance(base, ast.Call) else None
            if made is not None:
                fields, is_namedtuple = made, True
        return (node.name, node.lineno, bases, fields, is_namedtuple)

    def _assignment(
        self, node: ast.Assign | ast.AnnAssign, classes: dict[str, Packed], assignments: dict[str, Packed]
    ) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name) or not isinstance(node.value, ast.Call):
            return
        text = dotted(node.value.func)
        origin = self._origin(node.value.func)
        if text is None or origin is None:
            return
        name = targets[0].id
        arguments, keywords = self._arguments(node.value, origin)
        assignments[name] = (name, node.lineno, node.end_lineno, text, origin, arguments, keywords)
        fields = self._namedtuple_fields(origin, node.value)
        if fields is not None:
            classes[name] = (name, node.lineno, (origin,), fields, True)

    def _namedtuple_fields(self, origin: str, call: ast.Call) -> Packed | None:
        if len(call.args) != 2 or origin not in NAMEDTUPLES | {"collections.namedtuple"}:
            return None
        given = call.args[1]
        if origin in NAMEDTUPLES:
            if not isinstance(given, (ast.List, ast.Tuple)):
                return None
            pairs = [pair.elts for pair in given.elts if isinstance(pair, ast.Tuple) and len(pair.elts) == 2]
            return tuple((literal(name)[1], self._annotation(annotation)) for name, annotation in pairs)
        known, names = literal(given)
        if not known:
            return None
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        return tuple((str(name), None) for name in names)

    # Call sites

    def _call_sites(self, functions: dict[str, Packed]) -> list[tuple[tuple[int, int, int, int], Packed]]:
        from lineage.fingerprint.callsites import call_sites

        has_pipeline = any(ours(one[1]) == "pipeline" for packed in functions.values() for one in packed[6])
        if not has_pipeline:
            return []
        defs = [node for node in self._tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return [found for node in defs for found in call_sites(node)]


def _nested(statement: ast.stmt) -> list[ast.stmt]:
    """Return the statements directly inside the branches of an ``if``, ``try`` or ``with``."""
    inside: list[ast.stmt] = []
    for field in ("body", "handlers", "orelse", "finalbody"):
        for child in getattr(statement, field, ()):
            inside.extend(child.body if isinstance(child, ast.ExceptHandler) else [child])
    return inside


def _calls_method_of(statement: ast.stmt, name: str) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    return (dotted(statement.value.func) or "").startswith(name + ".")


def _strings(node: ast.expr) -> list[str] | None:
    known, value = literal(node)
    if known and isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return list(value)
    return None


def _unquoted(node: ast.expr) -> ast.expr:
    """Parse an annotation that is written as a string."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return node
    try:
        parsed = ast.parse(node.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return node
    for child in ast.walk(parsed):
        child.quoted = True  # type: ignore[attr-defined]
    return parsed
