"""What formatters, linters and type checkers write in another way, and what is read from annotations."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "hint-makes-object",
        "dependency injection by annotations of an undecorated function",
        {
            "steps.py": """
            from di import run
            from conf import Config
            def body(cfg: Config):
                return cfg.lr
            def train():
                return run(body)
            def other():
                return 1
            """,
            "di.py": """
            import typing
            def run(fn):
                hints = typing.get_type_hints(fn)
                hints.pop("return", None)
                return fn(**{k: t() for k, t in hints.items()})
            """,
            "conf.py": """
            class Config:
                lr = 0.1
            """,
        },
        {
            "conf.py": ("0.1", "0.2"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "hint-unread",
        "annotation's class nobody asks for",
        {
            "steps.py": """
            from conf import Config
            def body(cfg: Config):
                return cfg
            def train():
                return body(1)
            """,
            "conf.py": """
            class Config:
                lr = 0.1
            """,
        },
        {
            "conf.py": ("0.1", "0.2"),
        },
        fresh="train",
    ),
    edit(
        "spelled-import-of-module",
        "import a.b as c or from a import b as c",
        {
            "steps.py": """
            import pkg.ops as ops
            def train():
                return ops.run()
            """,
            "pkg/__init__.py": "",
            "pkg/ops.py": "def run(): return 1",
        },
        {
            "steps.py": ("import pkg.ops as ops", "from pkg import ops"),
        },
        fresh="train",
    ),
    edit(
        "spelled-imports-in-function",
        "imports inside of a function are sorted and split",
        {
            "steps.py": """
            def train():
                from ops import sub, add
                import math, json
                return add(1) + sub(math.floor(2.5)) + len(json.dumps(1))
            """,
            "ops.py": """
            def add(x): return x + 1
            def sub(x): return x - 1
            """,
        },
        {
            "steps.py": (
                "from ops import sub, add\n    import math, json",
                "import json\n    import math\n\n    from ops import add, sub",
            ),
        },
        fresh="train",
    ),
    edit(
        "spelled-imports-in-try",
        "imports inside of a try are sorted",
        {
            "steps.py": """
            try:
                from ops import sub, add
            except ImportError:
                add = sub = None
            def train():
                return add(1) + sub(2)
            """,
            "ops.py": """
            def add(x): return x + 1
            def sub(x): return x - 1
            """,
        },
        {
            "steps.py": ("sub, add", "add, sub"),
        },
        fresh="train",
    ),
    edit(
        "spelled-types-in-class",
        "a TYPE_CHECKING block in a class",
        {
            "steps.py": """
            from typing import TYPE_CHECKING
            class M:
                def go(self):
                    return 1
            def train():
                return M().go()
            """,
        },
        {
            "steps.py": ("class M:\n", "class M:\n    if TYPE_CHECKING:\n        size: int\n"),
        },
        fresh="train",
    ),
    edit(
        "spelled-types-in-function",
        "a TYPE_CHECKING block in a function",
        {
            "steps.py": """
            from typing import TYPE_CHECKING
            def train():
                return 1
            """,
            "ops.py": "X = 1",
        },
        {
            "steps.py": ("def train():\n", "def train():\n    if TYPE_CHECKING:\n        from ops import X\n"),
        },
        fresh="train",
    ),
    edit(
        "spelled-types-by-alias",
        "TYPE_CHECKING of typing under another name",
        {
            "steps.py": """
            import typing as tp
            def train():
                return 1
            if tp.TYPE_CHECKING:
                import ops
                def train(): return 2
            """,
            "ops.py": "X = 1",
        },
        {
            "steps.py": ("return 2", "return 3"),
        },
        fresh="train",
    ),
    edit(
        "spelled-else-pass",
        "an else with pass",
        {
            "steps.py": """
            def train():
                x = 1
                if x > 2:
                    x = 3
                return x
            """,
        },
        {
            "steps.py": ("x = 3", "x = 3\n    else:\n        pass"),
        },
        fresh="train",
    ),
    edit(
        "hint-literal",
        "a text in Literal is no name",
        {
            "steps.py": """
            from typing import Literal
            import dataclasses
            def score():
                return 1
            @dataclasses.dataclass
            class C:
                mode: Literal["score", "x"] = "x"
            def train():
                return C().mode
            """,
        },
        {
            "steps.py": ("return 1", "return 2"),
        },
        stale="score",
        fresh="train",
    ),
    edit(
        "spelled-object-base",
        "object as the only base",
        {
            "steps.py": """
            class A(object):
                n = 1
            def train():
                return A.n
            """,
        },
        {
            "steps.py": ("(object)", ""),
        },
        fresh="train",
    ),
    edit(
        "spelled-fstring-plain",
        "an f-string without placeholders",
        {
            "steps.py": """
            def train():
                return f"abc"
            """,
        },
        {
            "steps.py": ('f"abc"', '"abc"'),
        },
        fresh="train",
    ),
    edit(
        "spelled-not-in",
        "not in, in two spellings",
        {
            "steps.py": """
            def train():
                return not 1 in [1]
            """,
        },
        {
            "steps.py": ("not 1 in", "1 not in"),
        },
        fresh="train",
    ),
    edit(
        "spelled-return-none",
        "return, with and without None",
        {
            "steps.py": """
            def find(x):
                if x:
                    return None
                return 1
            def train():
                return find(1)
            """,
        },
        {
            "steps.py": ("return None", "return"),
        },
        fresh="train",
    ),
]
