"""What real packages do while their functions run: lazy imports, what is kept for the next call."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "late-global-import",
        "a module that is imported by the first call, in the place of None",
        {
            "steps.py": """
            import rules
            def train():
                return rules.parse("3")
            def other():
                return rules.LIMIT
            """,
            "rules.py": """
            reader = None
            LIMIT = 4
            def parse(text):
                global reader
                if reader is None:
                    import reader
                return reader.number(text)
            """,
            "reader.py": """
            def number(text):
                return int(text) + 1
            """,
        },
        {"reader.py": ("+ 1", "+ 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "late-global-import-by-another",
        "what one function imports for another one, by the name of the thing",
        {
            "steps.py": """
            import rules
            def train():
                rules.start()
                return rules.parse("3")
            def other():
                return rules.LIMIT
            """,
            "rules.py": """
            number = None
            LIMIT = 4
            def start():
                global number
                from reader import number
            def parse(text):
                return number(text)
            """,
            "reader.py": """
            def number(text):
                return int(text) + 1
            """,
        },
        {"reader.py": ("+ 1", "+ 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "late-import-list-of-package-given",
        "who goes through the modules of a package is given the package",
        {
            "steps.py": """
            import plugged
            import load
            def train():
                return load.everything(plugged, "plugged.")
            """,
            "load.py": """
            import importlib
            import pkgutil
            def everything(package, start):
                found = pkgutil.iter_modules(package.__path__, start)
                return sorted(importlib.import_module(name).K for _, name, _ in found)
            """,
            "plugged/__init__.py": "",
            "plugged/first.py": "K = 1",
        },
        {"plugged/first.py": "K = 2"},
        stale="train",
    ),
    edit(
        "late-list-of-package-imported-inside",
        "a function imports the package itself and lists its modules",
        {
            "steps.py": """
            def train():
                import importlib
                import pkgutil
                import plugged
                found = pkgutil.iter_modules(plugged.__path__)
                return [importlib.import_module("plugged." + module.name).K for module in found]
            """,
            "plugged/__init__.py": "",
            "plugged/first.py": "K = 1",
        },
        {"plugged/first.py": "K = 2"},
        stale="train",
    ),
    edit(
        "late-locate-computed",
        "the standard library imports by a name out of a table",
        {
            "steps.py": """
            import pydoc
            MODELS = {"net": "nets.Net"}
            def train():
                return pydoc.locate(MODELS["net"]).k
            def other():
                return MODELS
            """,
            "nets.py": """
            class Net:
                k = 1
            """,
        },
        {"nets.py": ("1", "2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "late-resolve-name-computed",
        "likewise by pkgutil, imported in the function that uses it",
        {
            "steps.py": """
            MODELS = {"net": "nets:Net"}
            def train():
                from pkgutil import resolve_name
                return [resolve_name(name).k for name in MODELS.values()]
            """,
            "nets.py": """
            class Net:
                k = 1
            """,
        },
        {"nets.py": ("1", "2")},
        stale="train",
    ),
    edit(
        "late-globals-of-a-function",
        "a constant is looked up among the global names of a function",
        {
            "steps.py": """
            RATE = 1
            def train():
                return train.__globals__["RATE"]
            def other():
                return 0
            """,
        },
        {"steps.py": ("RATE = 1", "RATE = 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "late-globals-of-the-caller",
        "a helper looks a constant up where it is called",
        {
            "steps.py": """
            import look
            RATE = 1
            def train():
                return look.up("RATE")
            """,
            "look.py": """
            import sys
            def up(name):
                return sys._getframe(1).f_globals[name]
            """,
        },
        {"steps.py": ("RATE = 1", "RATE = 2")},
        stale="train",
    ),
    edit(
        "late-context-by-another-name",
        "what the standard library gives as its own state is changed under a name",
        {
            "steps.py": """
            import decimal
            import places
            def train():
                return decimal.Decimal(1) / 3
            """,
            "places.py": """
            import decimal
            context = decimal.getcontext()
            context.prec = 5
            """,
        },
        {"places.py": ("5", "6")},
        stale="train",
    ),
    edit(
        "late-settings-by-another-name",
        "an object of a library is changed under another name",
        {
            "steps.py": """
            import locale
            import limits
            def train():
                return locale.words
            """,
            "limits.py": """
            import locale
            place = locale
            place.words = 5
            """,
        },
        {"limits.py": ("5", "6")},
        stale="train",
    ),
    edit(
        "late-generator-by-another-name",
        "the generator of the library is seeded under another name",
        {
            "steps.py": """
            import random
            import seeding
            def train():
                return random.random()
            """,
            "seeding.py": """
            import random
            source = random._inst
            source.seed(5)
            """,
        },
        {"seeding.py": ("5", "6")},
        stale="train",
    ),
    edit(
        "late-iterator-in-comprehension",
        "a comprehension takes what it goes through from an iterator that a step reads on",
        {
            "steps.py": """
            import rows
            def train():
                return list(rows.ROWS)
            def other():
                return 0
            """,
            "rows.py": """
            ROWS = iter([1, 2, 3, 4])
            HEAD = [row for row, _ in zip(ROWS, "ab")]
            LAST = [row for row in ROWS if row > 2]
            """,
        },
        {"rows.py": ("LAST = [row for row in ROWS if row > 2]", "LAST = []")},
        stale="train",
        fresh="other",
    ),
    edit(
        "late-iterator-starred",
        "a list takes all that is left of an iterator",
        {
            "steps.py": """
            import rows
            def train():
                return list(rows.ROWS)
            """,
            "rows.py": """
            ROWS = iter([1, 2, 3, 4])
            TAKEN = [*ROWS]
            """,
        },
        {"rows.py": ("[*ROWS]", "[]")},
        stale="train",
    ),
    edit(
        "late-iterator-unpacked",
        "names take all that is left of an iterator",
        {
            "steps.py": """
            import rows
            def train():
                return list(rows.ROWS)
            """,
            "rows.py": """
            ROWS = iter([1, 2])
            first, second = ROWS
            """,
        },
        {"rows.py": ("first, second = ROWS", "first, second = 1, 2")},
        stale="train",
    ),
]
