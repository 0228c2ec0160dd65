"""The house: imports go down only, each third party has its room, and `import lineage` is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from projects import REPOSITORY

PACKAGE = REPOSITORY / "lineage"

GROUND = {"errors"}
MODEL = GROUND | {"model"}
FINGERPRINT = MODEL | {"fingerprint"}
NEIGHBOURS = FINGERPRINT | {"stores", "records", "formats", "declare"}
STACK = NEIGHBOURS | {"stack", "choice", "settings", "share"}
#: {room: the rooms it may import}; a room may always import itself. docs/design.md draws it.
MAY_IMPORT = {
    "errors": set(),
    "model": GROUND,
    "fingerprint": MODEL,
    # Four neighbours that do not import one another.
    "stores": FINGERPRINT,
    "records": FINGERPRINT,
    "formats": FINGERPRINT,
    "declare": FINGERPRINT,
    # How lines look, and where they go; it knows nothing of what they say.
    "terminal": MODEL,
    # The picture as data; pages, files and notebooks draw it, and it knows none of what is drawn.
    "graph": set(),
    # What a team shares: records of results in a place that the stores reach, and which formats can run code.
    "share": FINGERPRINT | {"stores", "formats"},
    "settings": GROUND,
    "choice": GROUND | {"settings"},
    "stack": NEIGHBOURS | {"choice", "share"},
    # One settles and runs a step, the other reads what was recorded.
    "execute": STACK,
    "query": STACK,
    # What differs, and why: the same for what is and for what was, so it knows neither who runs nor who asks.
    "explain": STACK | {"query"},
    # doit's side; and above it the command `lineage`, which has to load a dodo.py to check a name=value word.
    "dodo": STACK | {"execute", "query", "explain", "terminal"},
    # Rounds of it, each in a fork.
    "watch": STACK | {"query", "dodo"},
    # Keeping house: what is needed is what was recorded, and what this checkout remembers.
    "care": STACK | {"execute", "query"},
    # The page that shows it all: it only reads, so it knows neither who runs nor doit.
    "dash": STACK | {"query", "explain", "graph"},
    # What was on that page as a file, and in a notebook.
    "report": STACK | {"query", "explain", "graph", "dash"},
    "commands": STACK | {"query", "explain", "terminal", "dodo", "watch", "graph", "dash", "report", "care"},
}
#: {module that is not ours: the rooms or files that may import it}.
HOMES = {
    "doit": {"dodo", "watch/rounds.py", "commands/plugin.py"},
    "numpy": {"formats"},
    "cloudpickle": {"formats"},
    "bokeh": {"dash"},
    "tornado": {"dash"},
    "jinja2": {"dash"},
    "PIL": {"report"},
    "sqlite3": {"records"},
    "psycopg": {"records"},
    "obstore": {"stores"},
    "xxhash": set(MAY_IMPORT),  # digests are made in every room
}


def rooms() -> set[str]:
    return {path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py") and not path.name.startswith("__")}


def room_of(path: Path) -> str:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "commands" if room == "__main__" else room  # `python -m lineage` is the command


@cache
def imports() -> tuple[tuple[Path, int, str], ...]:
    """Return what `found` finds: each test asks it of the same files."""
    return tuple(found())


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def found() -> Iterator[tuple[Path, int, str]]:
    """Yield (file, line, dotted name) of every import anywhere in the package, those inside functions too."""
    for path in sorted(PACKAGE.rglob("*.py")):
        package = path.relative_to(REPOSITORY).parent.parts
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path, node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                base = list(package[: len(package) - node.level + 1]) if node.level else []
                for alias in node.names:
                    yield path, node.lineno, ".".join([*base, *(node.module or "").split("."), alias.name]).strip(".")


def test_every_room_is_known() -> None:
    """A new room gets its place in the table (and in docs/design.md) before it is used."""
    assert rooms() == set(MAY_IMPORT)


def test_imports_go_down_only() -> None:
    """No room imports one beside or above it, not even inside a function or for a type."""
    wrong = []
    for path, line, name in imports():
        parts = name.split(".")
        if parts[0] != "lineage" or path == PACKAGE / "__init__.py":
            continue
        room, target = room_of(path), parts[1] if len(parts) > 1 else "__init__"
        if target != room and target not in MAY_IMPORT[room]:
            wrong.append(f"{path.relative_to(REPOSITORY)}:{line}: {room} imports {name}")
    assert wrong == []


def test_each_third_party_has_its_room() -> None:
    """What is not ours (and sqlite3) is imported where the table says, and nowhere else."""
    wrong = []
    for path, line, name in imports():
        top = name.split(".")[0]
        if top == "lineage" or (top in sys.stdlib_module_names and top not in HOMES):
            continue
        if not {room_of(path), str(path.relative_to(PACKAGE))} & HOMES.get(top, set()):
            wrong.append(f"{path.relative_to(REPOSITORY)}:{line}: {top}")
    assert wrong == []


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a statement loads in a fresh python."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("statement", ["import lineage", "from lineage import step, pipeline, File, shell_step"])
def test_importing_lineage_loads_no_third_party_but_the_hash(statement: str) -> None:
    """Not doit, not numpy, not cloudpickle: only xxhash may come along, which is one small extension."""
    assert loaded_by(statement) - set(sys.stdlib_module_names) - {"lineage", "xxhash"} == set()


def test_import_lineage_alone_loads_no_third_party_at_all() -> None:
    """`import lineage` is only names."""
    assert loaded_by("import lineage") - set(sys.stdlib_module_names) == {"lineage"}


def test_files_stay_small() -> None:
    """No file of more than 500 lines; no module with a name that says nothing."""
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 500, path
        assert path.stem not in {"utils", "helpers", "manager", "base", "common"}, path


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def test_no_import_circles() -> None:
    """Within the package, top-level imports form no circle."""
    edges: dict[str, set[str]] = {module_name(path): set() for path in PACKAGE.rglob("*.py")}
    for path in PACKAGE.rglob("*.py"):
        for node in parsed(path).body:
            targets = set()
            if isinstance(node, ast.Import):
                targets = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                targets = {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
                # `from lineage.errors import StoreError` needs lineage.errors, not the package above it.
                targets -= {"lineage"}
            edges[module_name(path)] |= (targets & set(edges)) - {module_name(path)}
    while leaves := {name for name, targets in edges.items() if not targets & set(edges)}:
        for name in leaves:
            del edges[name]
    assert not edges, f"in a circle or above one: {sorted(edges)}"


#: Rooms whose files may still import one another in a circle: for types, or inside functions.
IN_CIRCLES = {"dodo"}


def files_of(room: str) -> dict[str, set[str]]:
    """Return {module: the modules of the same room that its file imports}, wherever in the file it does so."""
    modules = {module_name(path) for path in PACKAGE.rglob("*.py") if room_of(path) == room}
    edges: dict[str, set[str]] = {name: set() for name in modules}
    for path, _, name in imports():
        if room_of(path) == room:
            target = next((part for part in (name, name.rpartition(".")[0]) if part in modules), None)
            edges[module_name(path)] |= {target} - {None, module_name(path), f"lineage.{room}"}
    return edges


@pytest.mark.parametrize("room", sorted(set(MAY_IMPORT) - IN_CIRCLES))
def test_the_files_of_a_room_import_one_another_in_no_circle(room: str) -> None:
    """Imports for a type and those inside functions count like any other: what needs one another belongs together."""
    edges = files_of(room)
    while leaves := {name for name, targets in edges.items() if not targets & set(edges)}:
        for name in leaves:
            del edges[name]
    assert not edges, f"in a circle or above one: {sorted(edges)}"
