"""What code asks for by a name: modules, distributions, entry points, environment variables."""

from __future__ import annotations

import ast

from lineage.fingerprint.declarations import dotted
from lineage.fingerprint.units import OWN
from lineage.fingerprint.walker import Scopes

__all__ = ["DISTRIBUTIONS", "LISTERS", "LOCATORS", "Named"]

LISTERS = frozenset(("iter_modules", "walk_packages"))
LOCATORS = frozenset(
    (
        *("pydoc.locate", "pkgutil.resolve_name", "runpy.run_module", "werkzeug.utils.import_string"),
        *("django.utils.module_loading.import_string", "hydra.utils.instantiate", "hydra.utils.call"),
        *("hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object"),
    )
)
DISTRIBUTIONS = frozenset(("distribution", "files", "metadata", "requires", "version"))


_OF_HERE = frozenset(("globals", "locals", "vars"))


class Named(Scopes):
    """The part of the walk that knows calls which are told a name."""

    selected: ast.Call | None = None
    statement: ast.AST

    def distribution(self, name: str | None) -> None:
        """Note that the version of a distribution is asked for."""
        if name is not None and not name.endswith("*"):
            self.facts.environment[f"={name}"] = None

    def entry_points(self, node: ast.Call) -> None:
        """Note whose entry points are asked for: the packages that provide them count."""
        words = [word.value for word in node.keywords if word.arg == "group"] or node.args[:1]
        name = self.fold(words[0]) if words else None
        self.facts.environment["=[*]" if name is None or name.endswith("*") else f"=[{name}]"] = None

    def select_entry_points(self, node: ast.Call) -> None:
        """Read ``entry_points().select(group="a")`` as ``entry_points(group="a")``."""
        of = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "select" else None
        if isinstance(of, ast.Call) and self._origin(dotted(of.func) or "").rpartition(".")[2] == "entry_points":
            self.selected = of
            self.entry_points(node)

    def list_modules(self, path: ast.expr) -> None:
        """Take ``iter_modules(plugins.__path__)`` for an import of all: hardly anybody wants their names alone."""
        if isinstance(path, ast.Name) and path.id == "__path__":
            self.facts.dynamic_imports["{__name__}.*"] = None
        elif isinstance(path, ast.Attribute) and path.attr == "__path__":
            chain = dotted(path.value) or ""
            package = self._origin(chain)
            if package == chain and self._is_local(chain.partition(".")[0]):
                self.facts.dynamic_imports["*"] = None  # whatever package the function is given
            elif package:
                self.facts.dynamic_imports[f"{package}.*"] = None

    def import_call(self, node: ast.Call, function: str, origin: str) -> None:
        """Note which modules a call imports that is told their name."""
        name = self.module_name(node) if function == "import_module" else self._text(node.args[0])
        if name is not None:
            self.facts.dynamic_imports[name.replace(":", ".")] = None
        elif function in ("import_module", "__import__") or origin in LOCATORS:
            self.facts.dynamic_imports["*"] = None

    def _text(self, node: ast.expr) -> str | None:
        """Return what text an expression is, also where it is the value of a local name that is bound only once."""
        if not isinstance(node, ast.Name) or not self._is_local(node.id):
            return self.fold(node)
        bound = [one for one in ast.walk(self.statement) if _binds(one, node.id)]
        values = [
            one.value
            for one in ast.walk(self.statement)
            if isinstance(one, ast.Assign) and len(one.targets) == 1 and one.targets[0] in bound
        ]
        return self.fold(values[0]) if len(bound) == len(values) == 1 else None

    def module_name(self, node: ast.Call) -> str | None:
        """Return the name of a module that a call imports, absolute where it is relative to a named package."""
        name = self._text(node.args[0])
        anchors = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "package")]
        package = self.fold(anchors[0]) if anchors and name and name.startswith(".") else None
        if name is None or not package or not package[-1:].isidentifier() or "{" in package:
            return name
        above = len(name) - len(name.lstrip(".")) - 1
        return ".".join([*package.split(".")[: package.count(".") + 1 - above], name.lstrip(".")])

    def environment(self, chain: str | None, key: ast.expr) -> None:
        """Note an environment variable that is read by its literal name."""
        if chain in ("os.environ", "environ", "os.getenv", "getenv", "os.environ.get", "environ.get"):
            name = self.fold(key)
            if name is not None and not name.endswith("*"):
                self.facts.environment[name] = None

    def looked_up(self, node: ast.expr) -> str | None:
        """Return a reference to a module that is looked up by name: ``import_module("a")``, ``sys.modules["a"]``.

        Of the names of a module, ``globals()``, any may be meant.
        """
        if isinstance(node, ast.Call):
            if not node.args and dotted(node.func) in _OF_HERE and self._is_of_module(node):
                return f"0:{OWN}:*"
            last = self._origin(dotted(node.func) or "").rpartition(".")[2]
            name = self.module_name(node) if last in ("import_module", "__import__") and node.args else None
        elif isinstance(node, ast.Subscript) and self._origin(dotted(node.value) or "") == "sys.modules":
            name = self.fold(node.slice)
        else:
            name = None
        if name == OWN:
            return f"0:{OWN}:"
        if not name or not all(part.isidentifier() for part in name.lstrip(".").split(".")):
            return None
        return f"{len(name) - len(name.lstrip('.'))}:{name.lstrip('.')}:"

    def _is_of_module(self, node: ast.Call) -> bool:
        """Whether names that are asked for all at once are those of the module, and not of a function or class."""
        return dotted(node.func) == "globals" or self.scope is self.module


def _binds(node: ast.AST, name: str) -> bool:
    """Whether a node gives a name a value, in whichever scope."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.alias):
        return (node.asname or node.name) == name
    return name in (getattr(node, "arg", None), getattr(node, "name", None), getattr(node, "rest", None))
