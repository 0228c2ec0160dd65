"""Names that are looked up while running: whatever a module can be asked for counts, also what it has imported."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "wide-getattr-reexport",
        "a class by its name from a package that imports it from a module of its own",
        {
            S: """
            import models
            def train(name="Net"):
                return getattr(models, name)().go()
            """,
            "models/__init__.py": """
            from .net import Net
            """,
            "models/net.py": """
            class Net:
                def go(self): return helper()
            def helper(): return 1
            """,
        },
        {
            "models/net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-getattr-star",
        "a class by its name from a package that imports it by star",
        {
            S: """
            import models
            def train(name="Net"):
                return getattr(models, name)().go()
            """,
            "models/__init__.py": """
            from .net import *
            """,
            "models/net.py": """
            class Net:
                def go(self): return helper()
            def helper(): return 1
            """,
        },
        {
            "models/net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-getattr-submodule",
        "a module by its name from the package that imports it",
        {
            S: """
            import models
            def train(name="net"):
                return getattr(models, name).go()
            """,
            "models/__init__.py": """
            from . import net
            """,
            "models/net.py": """
            def go(): return 1
            """,
        },
        {
            "models/net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-getattr-submodule-of-another",
        "a module by its name from a package, imported by somebody else",
        {
            S: """
            import models
            import models.net
            def train(name="net"):
                return getattr(models, name).go()
            """,
            "models/__init__.py": "",
            "models/net.py": """
            def go(): return 1
            """,
        },
        {
            "models/net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-globals-import",
        "globals() knows what is imported",
        {
            S: """
            from net import go
            def train(name="go"):
                return globals()[name]()
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-globals-star",
        "globals() knows what is imported by star",
        {
            S: """
            from net import *
            def train(name="go"):
                return globals()[name]()
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-eval-module",
        "eval names a module that is imported",
        {
            S: """
            import m
            def train():
                return eval("m.f()")
            """,
            "m.py": """
            def f(): return g()
            def g(): return 1
            """,
        },
        {
            "m.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-eval-import",
        "eval in another module names what that imports",
        {
            S: """
            import h
            def train():
                return h.ev("f()")
            """,
            "h.py": """
            from m import f
            def ev(s): return eval(s)
            """,
            "m.py": """
            def f(): return 1
            """,
        },
        {
            "m.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-eval-star",
        "eval names what is imported by star",
        {
            S: """
            from net import *
            def train():
                return eval("go()")
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-vars",
        "vars() of a module has what it imports",
        {
            S: """
            import models
            def train():
                return [v() for k, v in sorted(vars(models).items()) if callable(v) and k[0] != "_"]
            """,
            "models.py": """
            from net import go
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-own-module",
        "the own module by sys.modules, with what it imports",
        {
            S: """
            import sys
            from net import go
            def train(n="go"):
                return getattr(sys.modules[__name__], n)()
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-import-module",
        "a module by its name, a name in it by its name, imported there",
        {
            S: """
            import importlib
            def train(n="go"):
                return getattr(importlib.import_module("api"), n)()
            """,
            "api.py": """
            from net import go
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-import-prefix",
        "plugins by a computed name hand on what is imported from elsewhere",
        {
            S: """
            import importlib
            def train(n="a"):
                return importlib.import_module(f"plug.{n}").go()
            """,
            "lib/__init__.py": "",
            "lib/net.py": """
            def go(): return 1
            """,
            "plug/__init__.py": "",
            "plug/a.py": """
            from lib.net import go
            """,
        },
        {
            "lib/net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-lazy-package",
        "a module that gives what another module imports when it is asked",
        {
            S: """
            from api import Net
            def train():
                return Net().go()
            """,
            "api.py": """
            import importlib
            def __getattr__(name):
                return getattr(importlib.import_module("impl"), name)
            """,
            "impl.py": """
            from lib.net import Net
            """,
            "lib/__init__.py": "",
            "lib/net.py": """
            class Net:
                def go(self): return 1
            """,
        },
        {
            "lib/net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-module-in-list",
        "modules in a list, asked for what they import",
        {
            S: """
            import api
            MODS = [api]
            def train():
                return [m.go() for m in MODS]
            """,
            "api.py": """
            from net import go
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "wide-members",
        "all functions of a module, with those that it imports",
        {
            S: """
            import inspect, api
            def train():
                return [f() for n, f in inspect.getmembers(api, inspect.isfunction)]
            """,
            "api.py": """
            from net import go
            """,
            "net.py": """
            def go(): return 1
            """,
        },
        {
            "net.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
]
