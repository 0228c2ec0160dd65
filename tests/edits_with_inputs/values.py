"""What passes between steps, what modules hold, and what surrounds them."""

from __future__ import annotations

from edits_with_inputs.edit import Edit

_CHAIN = """\
    from {package}.tools import helper


    @step
    def start(n: int = 3) -> list:
        return list(range(n))


    @step
    def middle(values: list) -> list:
        return [helper(value) for value in values]


    @step
    def end(values: list) -> int:
        return sum(values)
"""
_FLOW = """\
    from {package}.steps import end, middle, start


    @pipeline
    def flow():
        values = start()
        changed = middle(values)
        total = end(changed)
"""


def _edit(
    name: str, why: str, tools: str, change: tuple[str, str], middle: str, end: str, file: str = "tools.py", **more: str
) -> Edit:
    files = {"tools.py": tools, "steps.py": _CHAIN.format(package=name), "flow.py": _FLOW.format(package=name)}
    files |= {f"{module}.py": text for module, text in more.items()}
    return Edit(name, why, files, (file, *change), {"start": "cached", "middle": middle, "end": end})


EDITS = (
    _edit("helper", "a helper", "def helper(x):\n    return x\n", ("return x", "return x + 1"), "run", "run"),
    _edit(
        "cutoff",
        "a helper that computes the same in another way",
        "def helper(x):\n    return x + x\n",
        ("x + x", "2 * x"),
        "run",
        "cached",
    ),
    _edit(
        "unreached",
        "a function beside the helper",
        "def helper(x):\n    return x\n\n\ndef other(x):\n    return 1\n",
        ("return 1", "return 2"),
        "cached",
        "cached",
    ),
    _edit(
        "table",
        "one entry of a table that the helper reads",
        "TABLE = {0: 5, 1: 6}\n\n\ndef helper(x):\n    return TABLE.get(x, 0)\n",
        ("1: 6", "1: 7"),
        "run",
        "run",
    ),
    _edit(
        "filled_table",
        "a table that another module fills when it is imported",
        "from filled_table.registry import TABLE\nimport filled_table.entries\n\n\ndef helper(x):\n"
        "    return TABLE.get(x, 0)\n",
        ("TABLE[1] = 6", "TABLE[1] = 7"),
        "run",
        "run",
        file="entries.py",
        registry="TABLE = {}\n",
        entries="from filled_table.registry import TABLE\n\nTABLE[1] = 6\n",
    ),
    _edit(
        "type_checking",
        "an import for the type checker only",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from collections.abc import Sequence\n\n\n"
        "def helper(x):\n    return x\n",
        ("import Sequence", "import Sequence, Mapping"),
        "cached",
        "cached",
    ),
    _edit(
        "branch",
        "the branch of an import that is not taken now may be taken elsewhere",
        "try:\n    from branch.missing import helper\nexcept ImportError:\n    def helper(x):\n        return x\n",
        ("return x", "return x + 1"),
        "run",
        "run",
    ),
    _edit(
        "matched",
        "a case of a match statement",
        "def helper(x):\n    match x:\n        case 0:\n            return 10\n        case _:\n            return x\n",
        ("return 10", "return 11"),
        "run",
        "run",
    ),
    _edit(
        "star_import",
        "a name that comes by a star import",
        "from star_import.more import *\n\n\ndef helper(x):\n    return x * BY\n",
        ("BY = 2", "BY = 3"),
        "run",
        "run",
        file="more.py",
        more="BY = 2\n",
    ),
    _edit(
        "generator_helper",
        "a generator that the helper goes through",
        "def parts(x):\n    yield x\n    yield 1\n\n\ndef helper(x):\n    return sum(parts(x))\n",
        ("yield 1", "yield 2"),
        "run",
        "run",
    ),
    _edit(
        "context_manager",
        "a context manager that changes a module's state",
        "from contextlib import contextmanager\n\nSTATE = [1]\n\n\n@contextmanager\ndef scaled():\n    STATE[0] = 5\n"
        "    yield\n    STATE[0] = 1\n\n\ndef helper(x):\n    with scaled():\n        return x * STATE[0]\n",
        ("STATE[0] = 5", "STATE[0] = 6"),
        "run",
        "run",
    ),
    _edit(
        "recursion",
        "two helpers that call each other",
        "def helper(x):\n    return 0 if x == 0 else other(x - 1)\n\n\ndef other(x):\n    return 1 + helper(x)\n",
        ("1 + helper(x)", "2 + helper(x)"),
        "run",
        "run",
    ),
    Edit(
        "variable",
        "an environment variable that a helper's module reads",
        {
            "tools.py": "import os\n\nBY = int(os.environ.get('VARIABLE_OF_EDIT', '1'))\n\n\ndef helper(x):\n"
            "    return x * BY\n",
            "steps.py": _CHAIN.format(package="variable"),
            "flow.py": _FLOW.format(package="variable"),
        },
        ("tools.py", "import os\n", "import os  # the environment\n"),
        {"start": "cached", "middle": "run", "end": "run"},
        {"VARIABLE_OF_EDIT": "7"},
    ),
    Edit(
        "input_file",
        "the content of a declared file",
        {
            "data.txt": "1 2 3\n",
            "steps.py": """\
            from pathlib import Path
            from typing import Annotated


            @step
            def read(data: Annotated[Path, File]) -> list:
                return [int(word) for word in data.read_text().split()]


            @step
            def total(values: list) -> int:
                return sum(values)
            """,
            "flow.py": """\
            from input_file.steps import read, total


            @pipeline
            def flow():
                values = read("input_file/data.txt")
                result = total(values)
            """,
        },
        ("data.txt", "1 2 3", "1 2 4"),
        {"read": "run", "total": "run"},
    ),
    Edit(
        "input_file_same_values",
        "a declared file that says the same in other bytes",
        {
            "data.txt": "1 2 3\n",
            "steps.py": """\
            from pathlib import Path
            from typing import Annotated


            @step
            def read(data: Annotated[Path, File]) -> list:
                return [int(word) for word in data.read_text().split()]


            @step
            def total(values: list) -> int:
                return sum(values)
            """,
            "flow.py": """\
            from input_file_same_values.steps import read, total


            @pipeline
            def flow():
                values = read("input_file_same_values/data.txt")
                result = total(values)
            """,
        },
        ("data.txt", "1 2 3", "1  2  3"),
        {"read": "run", "total": "cached"},
    ),
    Edit(
        "array_dtype",
        "an array of another type with equal numbers is another value",
        {
            "steps.py": """\
            import numpy as np


            @step
            def make() -> np.ndarray:
                return np.arange(3, dtype="int64")


            @step
            def name(values: np.ndarray) -> str:
                return values.dtype.name
            """,
            "flow.py": """\
            from array_dtype.steps import make, name


            @pipeline
            def flow():
                values = make()
                text = name(values)
            """,
        },
        ("steps.py", '"int64"', '"int32"'),
        {"make": "run", "name": "run"},
    ),
)
