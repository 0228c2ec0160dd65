"""Packages, lazy names, optional and moved modules, plugins, imports in another order."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "package-lazy-table",
        "a package loads names lazily from a table of submodules",
        {
            "steps.py": """
            import zoo
            def train():
                return zoo.Net().run()
            def other():
                return 1
            """,
            "zoo/__init__.py": """
            import importlib
            _WHERE = {"Net": ".nets", "Tree": ".trees"}
            def __getattr__(name):
                if name in _WHERE:
                    return getattr(importlib.import_module(_WHERE[name], __name__), name)
                raise AttributeError(name)
            """,
            "zoo/nets.py": """
            class Net:
                def run(self):
                    return 1
            """,
            "zoo/trees.py": """
            class Tree:
                pass
            """,
        },
        {
            "zoo/nets.py": ("1", "2"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "package-lazy-from-import",
        "from a package that loads names lazily",
        {
            "steps.py": """
            from zoo import Net
            def train():
                return Net().run()
            """,
            "zoo/__init__.py": """
            def __getattr__(name):
                if name == "Net":
                    from .nets import Net
                    return Net
                raise AttributeError(name)
            """,
            "zoo/nets.py": """
            from .parts import width
            class Net:
                def run(self):
                    return width()
            """,
            "zoo/parts.py": """
            def width():
                return 1
            """,
        },
        {
            "zoo/parts.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "package-star-of-star",
        "a star import of a package that star imports its modules",
        {
            "steps.py": """
            from lib import *
            def train():
                return f()
            def other():
                return g()
            """,
            "lib/__init__.py": """
            from .a import *
            from .b import *
            """,
            "lib/a.py": """
            __all__ = ['f']
            def f():
                return 1
            def g():
                return 0
            """,
            "lib/b.py": """
            def g():
                return 2
            """,
        },
        {
            "lib/a.py": ("0", "5"),
        },
        fresh="train other",
    ),
    edit(
        "package-all-composed",
        "__all__ composed of the submodules' lists",
        {
            "steps.py": """
            from lib import *
            def train():
                try:
                    return h()
                except NameError:
                    return None
            def other():
                return f()
            """,
            "lib/__init__.py": """
            from . import a, b
            from .a import *
            from .b import *
            __all__ = a.__all__ + b.__all__
            """,
            "lib/a.py": """
            __all__ = ['f']
            def f():
                return 1
            """,
            "lib/b.py": """
            __all__ = ['g']
            def g():
                return 2
            def h():
                return 3
            """,
        },
        {
            "lib/b.py": ("g'", "g', 'h'"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "package-relative-deep",
        "four dots up and down again",
        {
            "steps.py": """
            from a.b.c.d import mod
            def train():
                return mod.go()
            """,
            "a/__init__.py": "",
            "a/b/__init__.py": "",
            "a/b/c/__init__.py": "",
            "a/b/c/d/__init__.py": "",
            "a/b/c/d/mod.py": """
            from ....x.y import z as zed
            def go():
                return zed()
            """,
            "a/x/__init__.py": "",
            "a/x/y.py": """
            def z():
                return 1
            """,
        },
        {
            "a/x/y.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "package-relative-module-attribute",
        "from .. import sibling, then an attribute of it",
        {
            "steps.py": """
            from pkg.sub.run import go
            def train():
                return go()
            """,
            "pkg/__init__.py": "",
            "pkg/conf.py": """
            LR = 1
            WD = 1
            """,
            "pkg/sub/__init__.py": "",
            "pkg/sub/run.py": """
            from .. import conf
            def go():
                return conf.LR
            """,
        },
        {
            "pkg/conf.py": ("WD = 1", "WD = 2"),
        },
        fresh="train",
    ),
    edit(
        "package-init-constant-computed",
        "the __init__ of a package computes a constant from its modules",
        {
            "steps.py": """
            import pkg
            def train():
                return pkg.TOTAL
            """,
            "pkg/__init__.py": """
            from .a import A
            from .b import B
            TOTAL = A + B
            """,
            "pkg/a.py": """
            A = 1
            """,
            "pkg/b.py": """
            B = 2
            """,
        },
        {
            "pkg/b.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "package-submodule-shadowed",
        "a name of the __init__ hides a submodule of that name",
        {
            "steps.py": """
            from pkg import run
            def train():
                return run()
            """,
            "pkg/__init__.py": """
            from .run import run
            """,
            "pkg/run.py": """
            def run():
                return 1
            def spare():
                return 2
            """,
        },
        {
            "pkg/run.py": ("2", "3"),
        },
        fresh="train",
    ),
    edit(
        "package-dunder-version",
        "the version of the project's own package that nobody reads",
        {
            "steps.py": """
            from pkg import f
            def train():
                return f()
            """,
            "pkg/__init__.py": """
            __version__ = '1.0'
            from .a import f
            """,
            "pkg/a.py": """
            def f():
                return 1
            """,
        },
        {
            "pkg/__init__.py": ("0", "1"),
        },
        fresh="train",
    ),
    edit(
        "package-dunder-version-read",
        "the version of the project's own package that is read",
        {
            "steps.py": """
            import pkg
            def train():
                return pkg.__version__
            """,
            "pkg/__init__.py": """
            __version__ = '1.0'
            """,
        },
        {
            "pkg/__init__.py": ("0", "1"),
        },
        stale="train",
    ),
    edit(
        "package-main",
        "the __main__ of a package",
        {
            "steps.py": """
            from pkg import f
            def train():
                return f()
            """,
            "pkg/__init__.py": """
            from .a import f
            """,
            "pkg/__main__.py": """
            from . import f
            print(f())
            """,
            "pkg/a.py": """
            def f():
                return 1
            """,
        },
        {
            "pkg/__main__.py": ("print(f", "print('x', f"),
        },
        fresh="train",
    ),
    edit(
        "package-stub",
        "a stub file, a text and a test beside the modules",
        {
            "steps.py": """
            from pkg import f
            def train():
                return f()
            """,
            "pkg/__init__.py": """
            from .a import f
            """,
            "pkg/a.py": """
            def f():
                return 1
            """,
            "pkg/a.pyi": """
            def f() -> int: ...
            """,
            "README.md": """
            a
            """,
            "tests/test_a.py": """
            import pkg
            """,
            "pkg/py.typed": "",
            "conftest.py": """
            import pkg
            """,
        },
        {
            "pkg/a.pyi": ("def f() -> int", "def f() -> object"),
            "README.md": ("a", "b"),
            "tests/test_a.py": ("pkg\n", "pkg\npkg.x = 1\n"),
            "conftest.py": ("pkg\n", "pkg\npkg.a.f = None\n"),
        },
        fresh="train",
    ),
    edit(
        "import-conftest",
        "a shared module called conftest that the step imports",
        {
            "steps.py": """
            from conftest import DATA
            def train():
                return DATA
            """,
            "conftest.py": """
            DATA = [1]
            """,
        },
        {
            "conftest.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-alias-of-module-swapped",
        "an alias stands for another module",
        {
            "steps.py": """
            import fast as be
            def train():
                return be.run()
            """,
            "fast.py": """
            def run():
                return 1
            """,
            "slow.py": """
            def run():
                return 2
            """,
        },
        {
            "steps.py": ("fast", "slow"),
        },
        stale="train",
    ),
    edit(
        "import-alias-unused-neighbour",
        "an import that another step uses has another alias",
        {
            "steps.py": """
            import math as m
            import os.path as osp
            def train():
                return m.pi
            def other():
                return osp.join("a", "b")
            """,
        },
        {
            "steps.py": (
                "osp\ndef train():\n    return m.pi\ndef other():\n    return osp",
                "path\ndef train():\n    return m.pi\ndef other():\n    return path",
            ),
        },
        fresh="train",
    ),
    edit(
        "import-order-swapped",
        "imports sorted, split and joined",
        {
            "steps.py": """
            import os, math
            from h import g, f
            import sys
            def train():
                return f() + g() + math.floor(1.5)
            """,
            "h.py": """
            def f():
                return 1
            def g():
                return 2
            """,
        },
        {
            "steps.py": (
                "os, math\nfrom h import g, f\nimport sys",
                "math\nimport os\nimport sys\n\nfrom h import (\n    f,\n    g,\n)",
            ),
        },
        fresh="train",
    ),
    edit(
        "import-unused-added",
        "an unused import of the project is added",
        {
            "steps.py": """
            from h import f
            def train():
                return f()
            """,
            "h.py": """
            def f():
                return 1
            """,
            "plots.py": """
            COLOR = 'red'
            def draw():
                return COLOR
            """,
        },
        {
            "steps.py": ("def", "import plots\nimport json\ndef"),
        },
        fresh="train",
    ),
    edit(
        "import-effect-added",
        "an import is added for its effect",
        {
            "steps.py": """
            from h import T
            def train():
                return T
            """,
            "h.py": """
            T = []
            """,
            "fill.py": """
            from h import T
            T.append(1)
            """,
        },
        {
            "steps.py": ("def", "import fill\ndef"),
        },
        stale="train",
    ),
    edit(
        "import-effect-moved-to-init",
        "an import for its effect is moved into the package's __init__",
        {
            "steps.py": """
            from pkg.core import T
            def train():
                return T
            """,
            "pkg/__init__.py": "",
            "pkg/core.py": """
            T = []
            """,
            "pkg/fill.py": """
            from .core import T
            T.append(1)
            """,
        },
        {
            "pkg/__init__.py": """
            from . import fill
            """,
        },
        stale="train",
    ),
    edit(
        "import-try-attribute",
        "a try around an attribute of a module of the project",
        {
            "steps.py": """
            import h
            try:
                f = h.fast
            except AttributeError:
                f = h.slow
            def train():
                return f()
            """,
            "h.py": """
            def slow():
                return 1
            """,
        },
        {
            "h.py": ("def slow", "def fast():\n    return 2\ndef slow"),
        },
        stale="train",
    ),
    edit(
        "import-flag-of-optional",
        "whether an optional module of the project is there",
        {
            "steps.py": """
            from compat import HAS
            def train():
                return HAS
            """,
            "compat.py": """
            try:
                import extra
                HAS = True
            except ImportError:
                HAS = False
            """,
        },
        {
            "extra.py": """
            X = 1
            """,
        },
        stale="train",
    ),
    edit(
        "import-find-spec",
        "whether a module is there is asked with find_spec",
        {
            "steps.py": """
            import importlib.util
            def train():
                return importlib.util.find_spec("extra") is not None
            """,
        },
        {
            "extra.py": """
            X = 1
            """,
        },
        stale="train",
    ),
    edit(
        "import-find-spec-top",
        "find_spec at the top level of another module decides",
        {
            "steps.py": """
            from compat import backend
            def train():
                return backend
            """,
            "compat.py": """
            from importlib.util import find_spec
            backend = 'fast' if find_spec('fastpath') else 'slow'
            """,
        },
        {
            "fastpath.py": """
            X = 1
            """,
        },
        stale="train",
    ),
    edit(
        "import-iter-modules",
        "the names of a package's modules are listed and none is imported",
        {
            "steps.py": """
            import pkgutil
            import plugins
            def train():
                return sorted(m.name for m in pkgutil.iter_modules(plugins.__path__))
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": """
            X = 1
            """,
        },
        {
            "plugins/b.py": """
            X = 2
            """,
        },
        stale="train",
    ),
    edit(
        "import-iter-modules-loaded",
        "every module that is listed is imported by an f-string",
        {
            "steps.py": """
            import importlib, pkgutil
            import plugins
            def train():
                found = [importlib.import_module(f"plugins.{m.name}") for m in pkgutil.iter_modules(plugins.__path__)]
                return [m.X for m in found]
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": """
            X = 1
            """,
        },
        {
            "plugins/b.py": """
            X = 2
            """,
        },
        stale="train",
    ),
    edit(
        "import-find-loader",
        "modules are loaded by the finder that lists them",
        {
            "steps.py": """
            import pkgutil
            import plugins
            def train():
                return [f.find_spec(n).loader.load_module(n).X for f, n, _ in pkgutil.iter_modules(plugins.__path__)]
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": """
            X = 1
            """,
        },
        {
            "plugins/a.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-walk-packages",
        "walk_packages below a prefix",
        {
            "steps.py": """
            import importlib, pkgutil
            import plugins
            def train():
                found = pkgutil.walk_packages(plugins.__path__, plugins.__name__ + ".")
                return [importlib.import_module(m.name).X for m in found if not m.ispkg]
            """,
            "plugins/__init__.py": "",
            "plugins/deep/__init__.py": "",
            "plugins/deep/a.py": """
            X = 1
            """,
        },
        {
            "plugins/deep/a.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-listdir-loaded",
        "modules found by listing the folder of the package",
        {
            "steps.py": """
            import importlib, os
            import plugins
            def train():
                here = os.path.dirname(plugins.__file__)
                names = sorted(f[:-3] for f in os.listdir(here) if f.endswith(".py") and not f.startswith("_"))
                return [getattr(importlib.import_module("plugins." + n), "X") for n in names]
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": """
            X = 1
            """,
        },
        {
            "plugins/a.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-class-path",
        "a class by its dotted path, as configurations name it",
        {
            "steps.py": """
            from importlib import import_module
            CFG = {"class_path": "zoo.nets.Net"}
            def locate(path):
                module, _, name = path.rpartition(".")
                return getattr(import_module(module), name)
            def train():
                return locate(CFG["class_path"])().run()
            """,
            "zoo/__init__.py": "",
            "zoo/nets.py": """
            class Net:
                def run(self):
                    return 1
            """,
        },
        {
            "zoo/nets.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-moved-with-reexport",
        "a function moves to another module and is re-exported: both verdicts are right",
        {
            "steps.py": """
            from h import f
            def train():
                return f()
            def other():
                return 1
            """,
            "h.py": """
            def f():
                return 1
            """,
        },
        {
            "h.py": ("def f():\n    return 1", "from new import f"),
            "new.py": """
            def f():
                return 1
            """,
        },
        fresh="other",
    ),
    edit(
        "import-moved-and-changed",
        "a function moves to another module and changes",
        {
            "steps.py": """
            from h import f
            def train():
                return f()
            def other():
                return 1
            """,
            "h.py": """
            def f():
                return 1
            """,
        },
        {
            "h.py": ("def f():\n    return 1", "from new import f"),
            "new.py": """
            def f():
                return 2
            """,
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "import-namespace-two-folders",
        "a namespace package with a deep module",
        {
            "steps.py": """
            import ns.part.tools as t
            def train():
                return t.f()
            """,
            "ns/part/tools.py": """
            from ns.other import g
            def f():
                return g()
            """,
            "ns/other.py": """
            def g():
                return 1
            """,
        },
        {
            "ns/other.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-becomes-package",
        "a module becomes a package with the same content: names stay",
        {
            "steps.py": """
            from h import f
            def train():
                return f()
            def other():
                return 1
            """,
            "h.py": """
            def f():
                return 1
            """,
        },
        {
            "h.py": None,
            "h/__init__.py": """
            def f():
                return 1
            """,
        },
        fresh="train other",
    ),
    edit(
        "import-in-loop-of-names",
        "modules of a list of names are imported at the top level",
        {
            "steps.py": """
            import importlib
            NAMES = ["h1", "h2"]
            MODS = [importlib.import_module(n) for n in NAMES]
            def train():
                return [m.X for m in MODS]
            """,
            "h1.py": """
            X = 1
            """,
            "h2.py": """
            X = 2
            """,
            "h3.py": """
            X = 9
            """,
        },
        {
            "h2.py": ("2", "3"),
        },
        stale="train",
    ),
]
