"""Values and layout: constants, annotations, order, neighbours."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "value-starred",
        "starred unpacking at the top level",
        {
            S: """
            first, *rest = [1, 2, 3]
            def train():
                return rest
            """,
        },
        {
            S: ("2, 3]", "2, 4]"),
        },
        stale="train",
    ),
    edit(
        "value-chained-assignment",
        "a = b = value",
        {
            S: """
            a = b = [1]
            def train():
                return b
            """,
        },
        {
            S: ("[1]", "[2]"),
        },
        stale="train",
    ),
    edit(
        "value-computed-by-function",
        "a constant computed by a function of another module from a constant there",
        {
            S: """
            from conf import load
            CFG = load()
            def train():
                return CFG
            """,
            "conf.py": """
            DEFAULT = {'a': 1}
            def load():
                return dict(DEFAULT)
            """,
        },
        {
            "conf.py": ("'a': 1", "'a': 2"),
        },
        stale="train",
    ),
    edit(
        "value-with-statement",
        "a constant read in a with statement",
        {
            S: """
            import contextlib
            with contextlib.nullcontext(3) as N:
                M = N + 1
            def train():
                return M
            """,
        },
        {
            S: ("N + 1", "N + 2"),
        },
        stale="train",
    ),
    edit(
        "value-annotated-only-type",
        "the annotation of a constant changes nothing",
        {
            S: """
            N: int = 3
            def train():
                return N
            """,
        },
        {
            S: ("N: int", "N: float"),
        },
        fresh="train",
    ),
    edit(
        "value-annotation-added",
        "a helper and a constant get annotations",
        {
            S: """
            N = 3
            def f(x, y=1):
                z = x
                return z + y + N
            def train():
                return f(1)
            """,
        },
        {
            S: """
            N: int = 3
            def f(x: int, y: int = 1) -> int:
                z: int = x
                return z + y + N
            def train() -> int:
                return f(1)
            """,
        },
        fresh="train",
    ),
    edit(
        "value-type-checking-import",
        "an import for the type checker only",
        {
            S: """
            def train():
                return 1
            """,
            "helpers.py": """
            class A:
                pass
            """,
        },
        {
            S: """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from helpers import A
            def train() -> 'A | int':
                return 1
            """,
        },
        fresh="train",
    ),
    edit(
        "value-int-float",
        "1 and 1.0 are different constants",
        {
            S: """
            N = 1
            def train():
                return N
            """,
        },
        {
            S: ("N = 1", "N = 1.0"),
        },
        stale="train",
    ),
    edit(
        "value-true-one",
        "True and 1 are different constants",
        {
            S: """
            def train():
                return [True]
            """,
        },
        {
            S: ("True", "1"),
        },
        stale="train",
    ),
    edit(
        "value-huge-int",
        "an integer of 5,000 digits",
        {S: f"def train():\n    return 0x{'7' * 5000} % 97\n"},
        {S: ("7" * 5000, "7" * 4999 + "8")},
        stale="train",
    ),
    edit(
        "value-surrogate",
        "a lone surrogate in a string",
        {
            S: "def train():\n    return ascii('\\ud800')\n",
        },
        {
            S: ("\\ud800", "\\ud801"),
        },
        stale="train",
    ),
    edit(
        "value-reordered-neighbours",
        "functions and independent constants change their places",
        {
            S: """
            A = 1
            B = 2
            def f():
                return A
            def g():
                return B
            def train():
                return f() + g()
            """,
        },
        {
            S: """
            def train():
                return f() + g()
            def g():
                return B
            def f():
                return A
            B = 2
            A = 1
            """,
        },
        fresh="train",
    ),
    edit(
        "value-reordered-reading",
        "a constant is computed before instead of after another was changed",
        {
            S: """
            X = [1]
            Y = list(X)
            X.append(2)
            def train():
                return Y, X
            """,
        },
        {
            S: """
            X = [1]
            X.append(2)
            Y = list(X)
            def train():
                return Y, X
            """,
        },
        stale="train",
    ),
    edit(
        "value-neighbour-added",
        "new functions, classes, constants and imports beside the step",
        {
            S: """
            import json
            def train():
                return json.dumps([1])
            """,
        },
        {
            S: """
            import json
            import collections
            LIMIT = 3
            class Extra(collections.UserDict):
                pass
            def helper():
                return LIMIT


            def train():
                return json.dumps([1])


            EXTRA = Extra()
            """,
        },
        fresh="train",
    ),
    edit(
        "value-layout",
        "comments, docstrings, blank lines, pass and parentheses",
        {
            S: """
            N = 3
            def train():
                return f(N)
            def f(x):
                if x:
                    return {'a': x}
                return None
            """,
        },
        {
            S: (
                '"""A module."""\n'
                "# why\n"
                "N = (3)  # three\n"
                "\n"
                "\n"
                "def train():\n"
                '    """Train."""\n'
                "    # now\n"
                "    return f(\n"
                "        N,\n"
                "    )\n"
                "\n"
                "\n"
                "def f(x):\n"
                "    '''F.'''\n"
                "    pass\n"
                "    if x:\n"
                "        return {\n"
                '            "a": x,\n'
                "        }\n"
                "    return (None)\n"
            ),
        },
        fresh="train",
    ),
    edit(
        "value-moved-down",
        "lines move because something else in the file grew",
        {
            S: """
            def other():
                return 1
            def train():
                return 2
            """,
        },
        {
            S: """
            def other():
                x = 1
                y = 2
                return x + y
            def train():
                return 2
            """,
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "value-del-name",
        "a name that hides a builtin is no longer deleted",
        {
            S: """
            from h import *
            max = 3
            del max
            def train():
                return max(1,2)
            """,
            "h.py": "x=1\n",
        },
        {
            S: """
            from h import *
            max = lambda *a: 0
            def train():
                return max(1,2)
            """,
            "h.py": "x=1\n",
        },
        stale="train",
    ),
]
