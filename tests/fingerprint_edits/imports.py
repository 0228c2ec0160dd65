"""Names and modules: star imports, re-exports, lazy and computed imports."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "import-star",
        "a helper from a star import",
        {
            S: """
            from helpers import *
            def train():
                return f()
            def other():
                return 0
            """,
            "helpers.py": """
            def f():
                return g()
            def g():
                return 1
            def h():
                return 5
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "import-star-unused",
        "an unused helper of a star import",
        {
            S: """
            from helpers import *
            def train():
                return f()
            """,
            "helpers.py": """
            def f():
                return 1
            def h():
                return 5
            """,
        },
        {
            "helpers.py": ("return 5", "return 6"),
        },
        fresh="train",
    ),
    edit(
        "import-star-later-wins",
        "of two star imports the later one has the name",
        {
            S: """
            from a import *
            from b import *
            def train():
                return f()
            """,
            "a.py": """
            def f():
                return 1
            """,
            "b.py": """
            def f():
                return 2
            """,
        },
        {
            "a.py": ("return 1", "return 3"),
        },
        fresh="train",
    ),
    edit(
        "import-star-swapped",
        "the order of two star imports",
        {
            S: """
            from a import *
            from b import *
            def train():
                return f()
            """,
            "a.py": """
            def f():
                return 1
            """,
            "b.py": """
            def f():
                return 2
            """,
        },
        {
            S: """
            from b import *
            from a import *
            def train():
                return f()
            """,
        },
        stale="train",
    ),
    edit(
        "import-star-all",
        "__all__ decides what a star import gives",
        {
            S: """
            from a import *
            from b import *
            def train():
                return f()
            """,
            "a.py": """
            def f():
                return 1
            """,
            "b.py": """
            __all__ = ['g']
            def f():
                return 2
            def g():
                return 3
            """,
        },
        {
            "b.py": ("['g']", "['f', 'g']"),
        },
        stale="train",
    ),
    edit(
        "import-star-hides-own",
        "a star import after a definition replaces it",
        {
            S: """
            def f():
                return 0
            from helpers import *
            def train():
                return f()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-star-new-name",
        "a module in a star import begins to define a name that hides a builtin",
        {
            S: """
            from helpers import *
            def train():
                return max(1, 2)
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": """
            def f():
                return 1
            def max(*x):
                return 0
            """,
        },
        stale="train",
    ),
    edit(
        "import-aliases-swapped",
        "two imported names change places",
        {
            S: """
            from helpers import a as x, b as y
            def train():
                return x() - y()
            """,
            "helpers.py": """
            def a():
                return 1
            def b():
                return 2
            """,
        },
        {
            S: ("a as x, b as y", "b as x, a as y"),
        },
        stale="train",
    ),
    edit(
        "import-another-name-added",
        "the import statement takes one more name that the step does not use",
        {
            S: """
            from helpers import a
            def train():
                return a()
            """,
            "helpers.py": """
            def a():
                return 1
            def b():
                return 2
            """,
        },
        {
            S: ("import a", "import a, b"),
        },
        fresh="train",
    ),
    edit(
        "import-relative-parent",
        "from .. import in a package, re-exported twice",
        {
            S: """
            from app.flow import run
            def train():
                return run()
            """,
            "app/__init__.py": "from .core import value\n",
            "app/core.py": """
            def value():
                return 1
            """,
            "app/flow/__init__.py": "from .main import run\n",
            "app/flow/main.py": """
            from .. import value
            def run():
                return value()
            """,
        },
        {
            "app/core.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-submodule-attribute",
        "import a.b.c and use by its full name",
        {
            S: """
            import a.b.c
            def train():
                return a.b.c.f()
            def other():
                return a.x
            """,
            "a/__init__.py": "x = 1\n",
            "a/b/__init__.py": "",
            "a/b/c.py": """
            def f():
                return 1
            """,
        },
        {
            "a/b/c.py": ("return 1", "return 2"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "import-namespace-package",
        "a folder without __init__.py is a package too",
        {
            S: """
            from space.tools import f
            import space.more as m
            def train():
                return f() + m.g()
            """,
            "space/tools.py": """
            def f():
                return 1
            """,
            "space/more.py": """
            def g():
                return 1
            """,
        },
        {
            "space/more.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-in-function",
        "a helper imported inside of the step",
        {
            S: """
            def train():
                from helpers import f as g
                return g()
            def other():
                return 1
            """,
            "helpers.py": """
            def f():
                return 1
            def h():
                return 1.5
            """,
        },
        {
            "helpers.py": ("return 1\n", "return 2\n"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "import-in-function-unused",
        "an unused neighbour of a helper imported inside of the step",
        {
            S: """
            def train():
                import helpers
                return helpers.f()
            """,
            "helpers.py": """
            def f():
                return 1
            def h():
                return 5
            """,
        },
        {
            "helpers.py": ("return 5", "return 6"),
        },
        fresh="train",
    ),
    edit(
        "import-new-module-shadows",
        "a package appears where a module was",
        {
            S: """
            import helpers
            def train():
                return helpers.f()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers/__init__.py": """
            def f():
                return 2
            """,
        },
        stale="train",
    ),
    edit(
        "import-missing-appears",
        "the optional module of a try appears",
        {
            S: """
            try:
                from fast import run
            except ImportError:
                def run():
                    return 1
            def train():
                return run()
            """,
        },
        {
            "fast.py": """
            def run():
                return 2
            """,
        },
        stale="train",
    ),
    edit(
        "import-module-as-value",
        "a module handed to a helper, which takes an attribute of it",
        {
            S: """
            import ops
            def pick(m, name):
                return getattr(m, name)()
            def train():
                return pick(ops, 'f')
            """,
            "ops.py": """
            def f():
                return 1
            """,
        },
        {
            "ops.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-getattr-literal",
        "getattr with a literal name reaches that name only",
        {
            S: """
            import ops
            def train():
                return getattr(ops, 'f')()
            """,
            "ops.py": """
            def f():
                return 1
            def g():
                return 5
            """,
        },
        {
            "ops.py": ("return 5", "return 6"),
        },
        fresh="train",
    ),
    edit(
        "import-module-dict",
        "vars(module)[name] may be any name of the module",
        {
            S: """
            import ops
            def train():
                return vars(ops)['f']()
            """,
            "ops.py": """
            def f():
                return 1
            """,
        },
        {
            "ops.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-circular",
        "two modules that import each other",
        {
            S: """
            import a
            def train():
                return a.f(2)
            """,
            "a.py": """
            import b
            def f(n):
                return b.g(n - 1) if n else 1
            """,
            "b.py": """
            import a
            def g(n):
                return a.f(n) + 1
            """,
        },
        {
            "b.py": ("+ 1", "+ 2"),
        },
        stale="train",
    ),
    edit(
        "import-src-layout",
        "packages below src/",
        {
            S: """
            import sys, os
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))
            from app.lib import f
            def train():
                return f()
            """,
            "src/app/__init__.py": "",
            "src/app/lib.py": """
            from app.more import g
            def f():
                return g()
            """,
            "src/app/more.py": """
            def g():
                return 1
            """,
        },
        {
            "src/app/more.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-plugins-listed",
        "all modules of a package imported by name: a new one counts",
        {
            S: """
            import importlib, pkgutil
            import plugins
            def train():
                names = sorted(m.name for m in pkgutil.iter_modules(plugins.__path__))
                return [importlib.import_module("plugins." + n).run() for n in names]
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": """
            def run():
                return 1
            """,
        },
        {
            "plugins/b.py": """
            def run():
                return 2
            """,
        },
        stale="train",
    ),
    edit(
        "import-relative-by-name",
        "import_module with a relative name",
        {
            S: """
            import pkg
            def train():
                return pkg.load().run()
            """,
            "pkg/__init__.py": """
            import importlib
            def load():
                return importlib.import_module('.impl', __name__)
            """,
            "pkg/impl.py": """
            def run():
                return 1
            """,
        },
        {
            "pkg/impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-module-getattr-lazy",
        "a package that loads its submodules lazily by module __getattr__",
        {
            S: """
            import pkg
            def train():
                return pkg.impl.run()
            """,
            "pkg/__init__.py": """
            import importlib
            def __getattr__(name):
                return importlib.import_module('.' + name, __name__)
            """,
            "pkg/impl.py": """
            def run():
                return 1
            """,
        },
        {
            "pkg/impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-sibling-script",
        "a module beside the step's own, imported as scripts do",
        {
            S: """
            import sys, os
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'jobs'))
            from jobs.inner import run
            def train():
                return run()
            """,
            "jobs/__init__.py": "",
            "jobs/inner.py": """
            import neighbour
            def run():
                return neighbour.n()
            """,
            "jobs/neighbour.py": """
            def n():
                return 1
            """,
        },
        {
            "jobs/neighbour.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-vars-comprehension",
        "a table made of all functions of another module",
        {
            S: """
            import ops
            T={k:v for k,v in vars(ops).items() if callable(v)}
            def train():
                return T['f']()
            """,
            "ops.py": """
            def f():
                return 1
            """,
        },
        {
            "ops.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "import-lazy-object",
        "an object imports a module when an attribute is asked for",
        {
            S: """
            from lazy import np_
            def train():
                return np_.pi
            """,
            "lazy.py": """
            class L:
                def __init__(self, n):
                    self.n=n
                def __getattr__(self, a):
                    import importlib
                    return getattr(importlib.import_module(self.n), a)
            np_ = L('consts')
            """,
            "consts.py": "pi=3\n",
        },
        {
            "consts.py": ("pi=3", "pi=4"),
        },
        stale="train",
    ),
    edit(
        "import-order-of-effects",
        "two modules that append to one list are imported in another order",
        {
            S: """
            import a
            import b
            from m import L
            def train():
                return L
            """,
            "a.py": """
            from m import L
            L.append(1)
            """,
            "b.py": """
            from m import L
            L.append(2)
            """,
            "m.py": """
            L = []
            """,
        },
        {
            S: """
            import b
            import a
            from m import L
            def train():
                return L
            """,
        },
        stale="train",
    ),
    edit(
        "import-order-apart",
        "two modules that change nothing in common are imported in another order",
        {
            S: """
            import a
            import b
            def train():
                return a.L, b.L
            """,
            "a.py": """
            L = []
            L.append(1)
            """,
            "b.py": """
            L = []
            L.append(1)
            """,
        },
        {
            S: """
            import b
            import a
            def train():
                return a.L, b.L
            """,
        },
        fresh="train",
    ),
    edit(
        "import-future-annotations",
        "annotations that are looked at become texts",
        {
            S: """
            def f(x: int): pass
            def train():
                return str(f.__annotations__)
            """,
        },
        {
            S: """
            from __future__ import annotations
            def f(x: int): pass
            def train():
                return str(f.__annotations__)
            """,
        },
        stale="train",
    ),
    edit(
        "import-future-decorated",
        "annotations of a decorated function that are looked at become texts",
        {
            S: """
            import functools, typing
            def deco(f):
                return f
            @deco
            def f(x: int): pass
            def train():
                return str(f.__annotations__)
            """,
        },
        {
            S: """
            from __future__ import annotations
            import functools, typing
            def deco(f):
                return f
            @deco
            def f(x: int): pass
            def train():
                return str(f.__annotations__)
            """,
        },
        stale="train",
    ),
    edit(
        "import-future-unseen",
        "annotations that nobody looks at become texts",
        {
            S: """
            import functools
            def deco(f):
                return f
            @deco
            def f(x: int): return 1
            class A:
                x: int = 1
            def train():
                return f(1), A.x
            """,
        },
        {
            S: """
            from __future__ import annotations
            import functools
            def deco(f):
                return f
            @deco
            def f(x: int): return 1
            class A:
                x: int = 1
            def train():
                return f(1), A.x
            """,
        },
        fresh="train",
    ),
]
