"""What changes something without naming it: modules by a text, bound methods, functions made of what they change."""

from __future__ import annotations

from fingerprint_edits.edit import Edit, S, edit

_STEP = """
import patch
from lib import base
def train():
    return base.Conf.lr, base.TABLE
def other():
    return base.UNRELATED
"""
_BASE = """
class Conf:
    lr = 1
TABLE = {}
ITEMS = []
UNRELATED = 5
"""


def _patched(name: str, why: str, patch: str, change: tuple[str, str], step: str = _STEP) -> Edit:
    files = {S: step, "lib/__init__.py": "", "lib/base.py": _BASE, "patch.py": patch}
    return edit(name, why, files, {"patch.py": change}, stale="train", fresh="other")


EDITS = [
    _patched(
        "held-module-by-name",
        "a name of a module that import_module gives is set",
        """
        import importlib
        conf = importlib.import_module("lib.base").Conf
        conf.lr = 2
        """,
        ("lr = 2", "lr = 3"),
    ),
    _patched(
        "held-module-in-variable",
        "the module is kept in a variable first",
        """
        from importlib import import_module
        module = import_module("lib.base")
        module.TABLE["a"] = 2
        """,
        ("= 2", "= 3"),
    ),
    _patched(
        "held-module-relative",
        "the module is looked up by a relative name, and an attribute set by setattr",
        """
        from importlib import import_module
        setattr(import_module(".base", "lib"), "TABLE", 2)
        """,
        ("2)", "3)"),
        _STEP.replace("def other():\n    return base.UNRELATED", "def other():\n    return 1"),
    ),
    _patched(
        "held-sys-modules",
        "the module is taken from sys.modules",
        """
        import sys
        import lib.base
        module = sys.modules["lib.base"]
        module.Conf.lr = 2
        """,
        ("= 2", "= 3"),
    ),
    _patched(
        "held-getattr-of-module",
        "a class is taken from such a module by getattr",
        """
        conf = getattr(__import__("lib.base", fromlist=["Conf"]), "Conf")
        conf.lr = 2
        """,
        ("= 2", "= 3"),
        _STEP.replace("def other():\n    return base.UNRELATED", "def other():\n    return 1"),
    ),
    _patched(
        "held-module-in-function",
        "a function sets it",
        """
        def patch():
            from importlib import import_module
            module = import_module("lib.base")
            module.TABLE = 2
        patch()
        """,
        ("= 2", "= 3"),
    ),
    _patched(
        "held-class-of-object",
        "a class is changed by an object of it",
        """
        from lib.base import Conf
        kind = type(Conf())
        kind.lr = 2
        """,
        ("= 2", "= 3"),
    ),
    _patched(
        "held-bound-method",
        "a bound method has a name of its own",
        """
        from lib.base import TABLE
        put = TABLE.update
        put(a=2)
        """,
        ("a=2", "a=3"),
    ),
    _patched(
        "held-partial",
        "a partial puts things into a table",
        """
        from functools import partial
        from lib.base import TABLE
        def put(table, key, value):
            table[key] = value
        enter = partial(put, TABLE)
        enter("a", 2)
        """,
        ("2)", "3)"),
    ),
    _patched(
        "held-registrar",
        "a decorator is made of the table that it fills",
        """
        from lib.base import TABLE
        def registrar(table):
            def register(function):
                table[function.__name__] = function
                return function
            return register
        register = registrar(TABLE)
        @register
        def first():
            return 2
        """,
        ("return 2", "return 3"),
    ),
    edit(
        "held-applied",
        "a function of the project that fills a table is given to map, whose result is kept",
        {
            S: """
            TABLE = []
            def put(x):
                TABLE.append(x)
            done = list(map(put, [1]))
            def train():
                return TABLE
            def other():
                return 1
            """
        },
        {S: ("[1]", "[2]")},
        stale="train",
        fresh="other",
    ),
    edit(
        "globals-in-order",
        "what goes through globals() sees them in the order in which they are defined",
        {
            S: """
            def step_a():
                return 1
            def step_b():
                return 2
            def train():
                return [function() for name, function in globals().items() if name.startswith("step_")]
            """
        },
        {
            S: """
            def step_b():
                return 2
            def step_a():
                return 1
            def train():
                return [function() for name, function in globals().items() if name.startswith("step_")]
            """
        },
        stale="train",
    ),
    edit(
        "import-module-beside-a-package",
        "import_module with a name relative to a package of another name",
        {
            S: """
            from importlib import import_module
            def train():
                return import_module(".impl", "lib.inner").value
            def other():
                return import_module("..impl", package="lib.inner").value
            """,
            "lib/__init__.py": "",
            "lib/impl.py": "value = 1\n",
            "lib/inner/__init__.py": "",
            "lib/inner/impl.py": "value = 2\n",
        },
        {"lib/inner/impl.py": "value = 3\n"},
        stale="train",
        fresh="other",
    ),
    edit(
        "registry-filled-by-a-module-that-a-function-loads",
        "a function that is called at the top level imports the module that fills the registry",
        {
            S: """
            import plugins
            from registry import TABLE
            def train():
                return TABLE
            def other():
                return 1
            """,
            "registry.py": "TABLE = {}\n",
            "plugins.py": """
            def load():
                import first
            load()
            """,
            "first.py": """
            from registry import TABLE
            TABLE["a"] = 1
            """,
        },
        {"first.py": ("= 1", "= 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "registry-filled-by-discovered-modules",
        "a package imports all of its modules by computed names when it is imported, in a function",
        {
            S: """
            import plugins
            from registry import TABLE
            def train():
                return TABLE
            """,
            "registry.py": "TABLE = {}\n",
            "plugins/__init__.py": """
            import importlib
            import pkgutil
            def discover():
                for found in pkgutil.iter_modules(__path__):
                    importlib.import_module(f"{__name__}.{found.name}")
            discover()
            """,
            "plugins/first.py": """
            from registry import TABLE
            TABLE["a"] = 1
            """,
        },
        {
            "plugins/second.py": """
            from registry import TABLE
            TABLE["b"] = 2
            """
        },
        stale="train",
    ),
    edit(
        "globals-set-in-a-function",
        "a function that is called at the top level makes a name of the module",
        {
            S: """
            import lib
            def train():
                return lib.MADE
            def other():
                return 1
            """,
            "lib.py": """
            def make():
                globals()["MADE"] = 1
            make()
            """,
        },
        {"lib.py": ("= 1", "= 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "held-default",
        "a function changes what is the default of its parameter",
        {
            S: """
            TABLE = {}
            def put(value, table=TABLE, *, also=None):
                table["a"] = value
            put(1)
            def train():
                return TABLE
            def other():
                return 1
            """
        },
        {S: ("put(1)", "put(2)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "default-not-changed",
        "a default that is only read is none that is changed",
        {
            S: """
            TABLE = {}
            def get(key, table=TABLE):
                return table.get(key)
            shown = get(1)
            def train():
                return TABLE
            """
        },
        {S: ("get(1)", "get(2)")},
        fresh="train",
    ),
    edit(
        "held-made-of-constants",
        "a function that another one has made of constants changes none of them",
        {
            S: """
            SIZES = [1, 2]
            def maker(sizes):
                def make(x):
                    return [x * size for size in sizes]
                return make
            make = maker(SIZES)
            shown = make(3)
            def train():
                return SIZES
            """
        },
        {S: ("make(3)", "make(4)")},
        fresh="train",
    ),
]
