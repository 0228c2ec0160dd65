"""The graphs that are measured: a chain of trivial steps, for lineage, for plain doit and as a bare loop."""

from __future__ import annotations

from lineage.graph.model import Graph

STEPS = '''\
from lineage import step


@step
def advance(value: int, number: int) -> int:
    """Add a number."""
    return value + number
'''

PIPELINE = """\
from lineage import pipeline
from tasks.steps import advance


@pipeline
def chain(length={length}):
    value = 0
    for number in range(length):
        value = advance(value, number)
"""

# One file_dep, one target and one config_changed a task, as doit's manual would write it.
PLAIN = """\
from pathlib import Path

from doit.tools import config_changed


def advance(before, after, number):
    Path(after).write_text(str(int(Path(before).read_text()) + number))


def task_chain():
    Path("out").mkdir(exist_ok=True)
    if not Path("out/start").exists():
        Path("out/start").write_text("0")
    for number in range({length}):
        before = f"out/{number - 1}" if number else "out/start"
        after = f"out/{number}"
        yield {
            "name": str(number),
            "file_dep": [before],
            "targets": [after],
            "uptodate": [config_changed({"number": number})],
            "actions": [(advance, [before, after, number])],
        }
"""

LOOP = """\
def advance(value: int, number: int) -> int:
    return value + number


value = 0
for number in range({length}):
    value = advance(value, number)
"""


def lineage_chain(length: int) -> dict[str, str]:
    """Return the files of a chain of so many steps."""
    return {"tasks/__init__.py": "", "tasks/steps.py": STEPS, "dodo.py": PIPELINE.replace("{length}", str(length))}


def plain_chain(length: int) -> dict[str, str]:
    """Return the files of the same chain for doit alone."""
    return {"dodo.py": PLAIN.replace("{length}", str(length))}


def bare_loop(length: int) -> dict[str, str]:
    """Return the files of the same work in a loop, remembering nothing."""
    return {"loop.py": LOOP.replace("{length}", str(length))}


def picture_project(graph: Graph) -> dict[str, str]:
    """Return a project whose picture is a graph: a function for each step, a number for each artifact."""
    steps = ["from typing import Annotated", "", "from lineage import step"]
    names, body = [], []
    for name in graph.order:
        if graph.nodes[name].kind != "step":
            continue
        takes, gives = graph.before[name], graph.after[name]
        parts = [f'Annotated[int, "{each}"]' for each in gives]
        told = f"tuple[{', '.join(parts)}]" if len(parts) > 1 else parts[0]
        value = " + ".join(["1", *takes])
        parameters = ", ".join(f"{each}: int" for each in takes)
        steps += ["", "", "@step", f"def {name}({parameters}) -> {told}:"]
        steps.append(f"    return {', '.join([value] * len(gives))}")
        names.append(name)
        body.append(f"    {', '.join(gives)} = {name}({', '.join(takes)})")
    imports = f"from tasks.steps import {', '.join(names)}"
    dodo = ["from lineage import pipeline", imports, "", "", "@pipeline", "def project():", *body, ""]
    return {"tasks/__init__.py": "", "tasks/steps.py": "\n".join([*steps, ""]), "dodo.py": "\n".join(dodo)}
