"""Copies that share their parts, and names that several loops and files share."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "copy-by-method",
        "a copy of a dict is changed",
        {
            "steps.py": """
            from conf import BASE, BIG
            def train():
                return BASE["lr"]
            def big():
                return BIG["lr"]
            """,
            "conf.py": """
            BASE = {"lr": 0.1}
            BIG = BASE.copy()
            BIG["lr"] = 0.5
            """,
        },
        {
            "conf.py": ("0.5", "0.6"),
        },
        stale="big",
        fresh="train",
    ),
    edit(
        "copy-by-spread",
        "a spread of a dict is changed",
        {
            "steps.py": """
            from conf import BASE, BIG
            def train():
                return BASE["lr"]
            def big():
                return BIG["lr"]
            """,
            "conf.py": """
            BASE = {"lr": 0.1}
            BIG = {**BASE, "wd": 1}
            BIG["lr"] = 0.5
            """,
        },
        {
            "conf.py": ("0.5", "0.6"),
        },
        stale="big",
        fresh="train",
    ),
    edit(
        "copy-shares-parts",
        "a dict() of a dict shares what is inside",
        {
            "steps.py": """
            from conf import BASE, BIG
            def train():
                return BASE["opt"]["lr"]
            """,
            "conf.py": """
            BASE = {"opt": {"lr": 0.1}}
            BIG = dict(BASE)
            BIG["opt"]["lr"] = 0.5
            """,
        },
        {
            "conf.py": ("0.5", "0.6"),
        },
        stale="train",
    ),
    edit(
        "copy-by-method-shares-parts",
        "a .copy() of a dict shares what is inside",
        {
            "steps.py": """
            from conf import BASE, BIG
            def train():
                return BASE["opt"]["lr"]
            """,
            "conf.py": """
            BASE = {"opt": {"lr": 0.1}}
            BIG = BASE.copy()
            BIG["opt"]["lr"] = 0.5
            """,
        },
        {
            "conf.py": ("0.5", "0.6"),
        },
        stale="train",
    ),
    edit(
        "copy-of-list-in-loop",
        "a loop over a copy of a list changes its elements",
        {
            "steps.py": """
            from conf import ROWS
            def train():
                return ROWS[0]["a"]
            """,
            "conf.py": """
            ROWS = [{"a": 1}]
            for row in list(ROWS):
                row["a"] = 2
            """,
        },
        {
            "conf.py": ("= 2", "= 3"),
        },
        stale="train",
    ),
    edit(
        "loop-in-comprehension",
        "a comprehension for its effect",
        {
            "steps.py": """
            from conf import A
            def train():
                return A
            """,
            "conf.py": """
            A = {}
            B = {}
            [d.update(x=1) for d in (A, B)]
            """,
        },
        {
            "conf.py": ("x=1", "x=2"),
        },
        stale="train",
    ),
    edit(
        "loop-setattr",
        "a comprehension with setattr",
        {
            "steps.py": """
            from conf import M
            def train():
                return M.lr
            """,
            "conf.py": """
            class Model: pass
            M = Model()
            _ = [setattr(m, "lr", 1) for m in [M]]
            """,
        },
        {
            "conf.py": ('"lr", 1', '"lr", 2'),
        },
        stale="train",
    ),
    edit(
        "loop-map-of-lambda",
        "map of a lambda for its effect",
        {
            "steps.py": """
            from conf import A
            def train():
                return A
            """,
            "conf.py": """
            A = {}
            B = {}
            list(map(lambda d: d.update(x=1), (A, B)))
            """,
        },
        {
            "conf.py": ("x=1", "x=2"),
        },
        stale="train",
    ),
    edit(
        "name-of-loop-added",
        "an unrelated loop of the same variable is added above",
        {
            "steps.py": """
            from conf import REG
            def train():
                return REG
            """,
            "conf.py": """
            REG = {}
            OTHER = {}
            for k in "ab":
                REG[k] = 1
            """,
        },
        {
            "conf.py": ("OTHER = {}", 'OTHER = {}\nfor k in "xy":\n    OTHER[k] = 2'),
        },
        fresh="train",
    ),
    edit(
        "name-of-call-added",
        "an unrelated call of the same function is added above",
        {
            "steps.py": """
            from conf import A
            def train():
                return A
            """,
            "conf.py": """
            A = []
            B = []
            def add(to, x):
                to.append(x)
            add(A, 1)
            """,
        },
        {
            "conf.py": ("add(A", "add(B, 3)\nadd(A"),
        },
        fresh="train",
    ),
    edit(
        "name-underscore-added",
        "an unrelated assignment to _ is added above",
        {
            "steps.py": """
            from conf import A
            def train():
                return A
            """,
            "conf.py": """
            A = {}
            B = {}
            _ = A.setdefault("x", 1)
            """,
        },
        {
            "conf.py": ("B = {}", 'B = {}\n_ = B.setdefault("y", 1)'),
        },
        fresh="train",
    ),
    edit(
        "copy-made-by-function",
        "a factory copies defaults; what it made is changed",
        {
            "steps.py": """
            from conf import DEFAULTS, CFG
            def train():
                return DEFAULTS["lr"]
            def big():
                return CFG["lr"]
            """,
            "conf.py": """
            DEFAULTS = {"lr": 0.1}
            def make(**over):
                cfg = dict(DEFAULTS)
                cfg.update(over)
                return cfg
            CFG = make(wd=1)
            CFG["lr"] = 0.5
            """,
        },
        {
            "conf.py": ("0.5", "0.6"),
        },
        stale="big",
        fresh="train",
    ),
    edit(
        "copy-made-by-function-shares-parts",
        "what a factory copied shares parts",
        {
            "steps.py": """
            from conf import DEFAULTS
            def train():
                return DEFAULTS["opt"]["lr"]
            """,
            "conf.py": """
            DEFAULTS = {"opt": {"lr": 0.1}}
            def make(**over):
                return {**DEFAULTS, **over}
            CFG = make(wd=1)
            CFG["opt"]["lr"] = 0.5
            """,
        },
        {
            "conf.py": ("0.5", "0.6"),
        },
        stale="train",
    ),
    edit(
        "name-of-two-files",
        "two files read under one name",
        {
            "steps.py": """
            from conf import A, B
            def train():
                return A
            def other():
                return B
            """,
            "a.txt": "1",
            "b.txt": "2",
            "c.txt": "3",
            "conf.py": """
            with open("a.txt") as f:
                A = f.read()
            with open("b.txt") as f:
                B = f.read()
            """,
        },
        {
            "conf.py": ("b.txt", "c.txt"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "name-of-two-loops",
        "a temporary name of two loops",
        {
            "steps.py": """
            from conf import A, B
            def train():
                return A
            def other():
                return B
            """,
            "conf.py": """
            A = {}
            B = {}
            for key in "ab":
                value = key * 2
                A[key] = value
            for key in "xy":
                value = key * 3
                B[key] = value
            """,
        },
        {
            "conf.py": ("key * 3", "key * 4"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "name-from-before",
        "a temporary that only one branch binds comes from before",
        {
            "steps.py": """
            from conf import A
            def train():
                return A
            """,
            "conf.py": """
            A = {}
            value = 1
            for key in "ab":
                if key == "b":
                    value = 2
                A[key] = value
            """,
        },
        {
            "conf.py": ("value = 1", "value = 5"),
        },
        stale="train",
    ),
    edit(
        "name-looked-up-late",
        "lambdas made in a loop look at the last value",
        {
            "steps.py": """
            from conf import A
            def train():
                return A["a"]()
            """,
            "conf.py": """
            A = {}
            for key in "ab":
                A[key] = lambda: key
            for key in "xy":
                pass
            """,
        },
        {
            "conf.py": ("xy", "xz"),
        },
        stale="train",
    ),
    edit(
        "copy-element-of-list",
        "element of a list changed",
        {
            "steps.py": """
            from r import A
            def train():
                return A
            """,
            "r.py": """
            A = {}
            B = {}
            ALL = [A, B]
            ALL[0]["x"] = 1
            """,
        },
        {
            "r.py": ("= 1", "= 2"),
        },
        stale="train",
    ),
    edit(
        "copy-list-appended",
        "list of tables is appended to",
        {
            "steps.py": """
            from r import A
            def train():
                return A
            """,
            "r.py": """
            A = {}
            B = {}
            ALL = [A, B]
            ALL.append({})
            """,
        },
        {
            "r.py": ("append({})", "append({1: 2})"),
        },
        fresh="train",
    ),
    edit(
        "copy-element-popped",
        "an element is taken out of a list and changed",
        {
            "steps.py": """
            from r import A
            def train():
                return A
            """,
            "r.py": """
            A = {}
            B = {}
            tables = [B, A]
            t = tables.pop()
            t["x"] = 1
            """,
        },
        {
            "r.py": ("= 1", "= 2"),
        },
        stale="train",
    ),
]
