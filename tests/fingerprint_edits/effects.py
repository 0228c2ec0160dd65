"""Statements that matter for what they change: registries, configuration, set-up."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "registry-decorator-other-module",
        "implementations registered by a decorator in a module that is imported for its effect",
        {
            S: """
            import registry
            import impl
            def train():
                return registry.get("a")()
            def other():
                return 1
            """,
            "registry.py": """
            _all = {}
            def register(name):
                def wrap(function):
                    _all[name] = function
                    return function
                return wrap
            def get(name):
                return _all[name]
            """,
            "impl.py": """
            from registry import register
            @register("a")
            def first():
                return 1
            """,
        },
        {
            "impl.py": ("return 1", "return 2"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "registry-object-method",
        "registered through a method of an instance",
        {
            S: """
            from registry import registry
            import impl
            def train():
                return registry.build("a")
            """,
            "registry.py": """
            class Registry:
                def __init__(self):
                    self.makers = {}
                def add(self, name):
                    def wrap(function):
                        self.makers[name] = function
                        return function
                    return wrap
                def build(self, name):
                    return self.makers[name]()
            registry = Registry()
            """,
            "impl.py": """
            import registry as r
            @r.registry.add("a")
            def make():
                return 1
            """,
        },
        {
            "impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "registry-append-call",
        "a function of the project appends to a list of another module",
        {
            S: """
            import hooks
            import setup_hooks
            def train():
                return [h() for h in hooks.HOOKS]
            """,
            "hooks.py": """
            HOOKS = []
            def install(hook):
                HOOKS.append(hook)
            """,
            "setup_hooks.py": """
            import hooks
            hooks.install(lambda: 1)
            """,
        },
        {
            "setup_hooks.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "registry-assigned-result",
        "x = register(f) changes the registry too",
        {
            S: """
            REG = []
            def register(f):
                REG.append(f)
                return f
            handle = register(lambda: 1)
            def train():
                return [f() for f in REG]
            """,
        },
        {
            S: ("lambda: 1", "lambda: 2"),
        },
        stale="train",
    ),
    edit(
        "registry-setdefault",
        "_ = REG.setdefault(...) at the top level",
        {
            S: """
            REG = {}
            _ = REG.setdefault("a", 1)
            def train():
                return REG["a"]
            """,
        },
        {
            S: ('"a", 1', '"a", 2'),
        },
        stale="train",
    ),
    edit(
        "registry-returned",
        "what a function returns is changed: get_registry().update(...)",
        {
            S: """
            _REG = {}
            def get_registry():
                return _REG
            get_registry().update(a=1)
            def train():
                return _REG["a"]
            """,
        },
        {
            S: ("a=1", "a=2"),
        },
        stale="train",
    ),
    edit(
        "registry-order",
        "the order of two registrations",
        {
            S: """
            REG = []
            REG.append("a")
            REG.append("b")
            def train():
                return list(REG)
            """,
        },
        {
            S: """
            REG = []
            REG.append("b")
            REG.append("a")
            def train():
                return list(REG)
            """,
        },
        stale="train",
    ),
    edit(
        "registry-singledispatch",
        "an implementation registered with functools.singledispatch",
        {
            S: """
            import functools
            @functools.singledispatch
            def show(x):
                return "?"
            @show.register
            def _(x: int):
                return "int"
            def train():
                return show(1)
            """,
        },
        {
            S: ('"int"', '"integer"'),
        },
        stale="train",
    ),
    edit(
        "registry-singledispatch-annotation",
        "the annotation of an implementation decides what it is for",
        {
            S: """
            import functools
            @functools.singledispatch
            def show(x):
                return "?"
            @show.register
            def _(x: int):
                return "int"
            def train():
                return show(1)
            """,
        },
        {
            S: ("x: int", "x: str"),
        },
        stale="train",
    ),
    edit(
        "effect-augmented",
        "a constant changed by augmented assignment",
        {
            S: """
            LR = 1
            LR += 2
            def train():
                return LR
            def other():
                return 0
            """,
        },
        {
            S: ("+= 2", "+= 3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "effect-delete-item",
        "del CONFIG[...] at the top level",
        {
            S: """
            C = {"a": 1, "b": 2}
            del C["a"]
            def train():
                return C
            """,
        },
        {
            S: ('del C["a"]', 'del C["b"]'),
        },
        stale="train",
    ),
    edit(
        "effect-alias",
        "a part of a configuration is changed under another name",
        {
            S: """
            CFG = {"model": {"lr": 1}}
            part = CFG["model"]
            part["lr"] = 2
            def train():
                return CFG
            """,
        },
        {
            S: ("= 2", "= 3"),
        },
        stale="train",
    ),
    edit(
        "effect-loop",
        "a loop at the top level fills a table",
        {
            S: """
            TABLE = {}
            for n in range(3):
                TABLE[n] = n * 2
            def train():
                return TABLE
            """,
        },
        {
            S: ("n * 2", "n * 3"),
        },
        stale="train",
    ),
    edit(
        "effect-loop-over-tables",
        "a loop over several tables changes each",
        {
            S: """
            A = {}
            B = {}
            for table in (A, B):
                table["x"] = 1
            def train():
                return A
            """,
        },
        {
            S: ("= 1", "= 2"),
        },
        stale="train",
    ),
    edit(
        "effect-global-statement",
        "setup() with a global statement, called at the top level",
        {
            S: """
            LR = None
            def setup():
                global LR
                LR = 0.1
            setup()
            def train():
                return LR
            """,
        },
        {
            S: ("0.1", "0.2"),
        },
        stale="train",
    ),
    edit(
        "effect-global-argument",
        "the argument of setup(), called at the top level",
        {
            S: """
            from conf import configure
            import conf
            configure(lr=1)
            def train():
                return conf.LR
            """,
            "conf.py": """
            LR = 0
            def configure(lr):
                global LR
                LR = lr
            """,
        },
        {
            S: ("lr=1", "lr=2"),
        },
        stale="train",
    ),
    edit(
        "effect-global-only-in-function",
        "a name that no statement binds but a function's global",
        {
            S: """
            def load():
                global DATA
                DATA = [1]
            def train():
                load()
                return DATA
            """,
        },
        {
            S: ("[1]", "[2]"),
        },
        stale="train",
    ),
    edit(
        "effect-other-modules-attribute",
        "an attribute of another module is set at the top level",
        {
            S: """
            import conf
            conf.LR = 2
            def train():
                return conf.LR
            def other():
                return conf.N
            """,
            "conf.py": """
            LR = 1
            N = 5
            """,
        },
        {
            S: ("LR = 2", "LR = 3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "effect-new-attribute",
        "an attribute that another module does not bind itself is set there",
        {
            S: """
            import conf
            import setup_conf
            def train():
                return conf.EXTRA
            """,
            "conf.py": "LR = 1\n",
            "setup_conf.py": """
            import conf
            conf.EXTRA = 1
            """,
        },
        {
            "setup_conf.py": ("EXTRA = 1", "EXTRA = 2"),
        },
        stale="train",
    ),
    edit(
        "effect-passed-argument",
        "a project's function changes the dict that it is given",
        {
            S: """
            CFG = {}
            def fill(target):
                target["a"] = 1
            fill(CFG)
            def train():
                return CFG
            """,
        },
        {
            S: ('"a"] = 1', '"a"] = 2'),
        },
        stale="train",
    ),
    edit(
        "effect-seed",
        "a seed set at the top level of the step's module",
        {
            S: """
            import random
            random.seed(1)
            def train():
                return random.random()
            """,
        },
        {
            S: ("seed(1)", "seed(2)"),
        },
        stale="train",
    ),
    edit(
        "effect-environ",
        "an environment variable set at the top level",
        {
            S: """
            import os
            os.environ["LINEAGE_TEST_X"] = "1"
            def train():
                return os.environ["LINEAGE_TEST_X"]
            """,
        },
        {
            S: ('= "1"', '= "2"'),
        },
        stale="train",
    ),
    edit(
        "effect-logging",
        "the set-up of logging changes no result",
        {
            S: """
            import logging
            logging.basicConfig(level=10)
            log = logging.getLogger()
            def train():
                return 1
            """,
        },
        {
            S: ("level=10", "level=20"),
        },
        fresh="train",
    ),
    edit(
        "effect-unrelated-table",
        "a table that the step does not read is filled",
        {
            S: """
            A = {}
            B = {}
            B["x"] = 1
            B.update(y=2)
            def train():
                return A
            def other():
                return B
            """,
        },
        {
            S: ("y=2", "y=3"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "effect-unrelated-registration",
        "a registration in a registry that the step does not use",
        {
            S: """
            REG = {}
            def register(f):
                REG[f.__name__] = f
                return f
            @register
            def extra():
                return 1
            def train():
                return 0
            def other():
                return REG["extra"]()
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "effect-late-import",
        "a module imported inside the step sets something up",
        {
            S: """
            import conf
            def train():
                import override
                return conf.LR
            """,
            "conf.py": "LR = 1\n",
            "override.py": """
            import conf
            conf.LR = 2
            """,
        },
        {
            "override.py": ("LR = 2", "LR = 3"),
        },
        stale="train",
    ),
    edit(
        "effect-package-init",
        "the __init__ of a package that is imported from sets something up",
        {
            S: """
            import conf
            from pkg.tools import f
            def train():
                return f() + conf.LR
            """,
            "conf.py": "LR = 1\n",
            "pkg/__init__.py": """
            import conf
            conf.LR = 2
            """,
            "pkg/tools.py": """
            def f():
                return 1
            """,
        },
        {
            "pkg/__init__.py": ("LR = 2", "LR = 3"),
        },
        stale="train",
    ),
    edit(
        "registry-setter-in-loop",
        "a setter with a global statement, called in a loop of another module",
        {
            S: """
            import state
            import late
            def train():
                return state.get()
            """,
            "state.py": """
            _v=0
            def put(v):
                global _v
                _v=v
            def get():
                return _v
            """,
            "late.py": """
            from state import put as p
            for i in (1,2):
                p(i)
            """,
        },
        {
            "late.py": ("(1,2)", "(1,3)"),
        },
        stale="train",
    ),
    edit(
        "registry-classmethod-decorator",
        "a class method as a registering decorator, and a helper of what it registers",
        {
            S: """
            from reg import Reg
            import impl
            def train():
                return Reg.items['a']()
            """,
            "reg.py": """
            class Reg:
                items={}
                @classmethod
                def add(cls, n):
                    def d(f):
                        cls.items[n]=f
                        return f
                    return d
            """,
            "impl.py": """
            import reg as r
            @r.Reg.add('a')
            def make():
                return helper()
            def helper():
                return 1
            """,
        },
        {
            "impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "registry-package",
        "a package whose __init__ imports all implementations",
        {
            S: """
            from models import build
            def train():
                return build('a')
            """,
            "models/__init__.py": """
            from .registry import REG
            from . import a, b
            def build(n):
                return REG[n]()
            """,
            "models/registry.py": """
            REG={}
            def register(n):
                def d(c):
                    REG[n]=c
                    return c
                return d
            """,
            "models/a.py": """
            from .registry import register
            @register('a')
            def f():
                return 1
            """,
            "models/b.py": """
            from .registry import register
            @register('b')
            def f():
                return 5
            """,
        },
        {
            "models/a.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "effect-decimal-context",
        "an attribute of what a library's function returns is set",
        {
            S: """
            import decimal
            decimal.getcontext().prec = 5
            def train():
                return str(decimal.Decimal(1)/3)
            """,
        },
        {
            S: ("= 5", "= 6"),
        },
        stale="train",
    ),
    edit(
        "effect-foreign-module",
        "an attribute is set on a module of the standard library",
        {
            S: """
            import patch
            import math
            def train():
                return math.tau2
            """,
            "patch.py": """
            import math
            math.tau2 = 1
            """,
        },
        {
            "patch.py": ("= 1", "= 2"),
        },
        stale="train",
    ),
    edit(
        "effect-passed-on",
        "a function gives its parameter to another, which changes it",
        {
            S: """
            CFG={}
            def fill(t):
                t['a']=1
                return t
            def outer(t):
                return fill(t)
            x = outer(CFG)
            def train():
                return CFG
            """,
        },
        {
            S: ("=1", "=2"),
        },
        stale="train",
    ),
    edit(
        "effect-walrus-alias",
        "a configuration is changed under a name that := gave it",
        {
            S: """
            CFG={'a':0}
            if (c := CFG):
                c['a']=1
            def train():
                return CFG
            """,
        },
        {
            S: ("=1", "=2"),
        },
        stale="train",
    ),
    edit(
        "effect-with-alias",
        "a configuration is changed under a name that with gave it",
        {
            S: """
            import contextlib
            CFG={}
            with contextlib.nullcontext(CFG) as c:
                c['a']=1
            def train():
                return CFG
            """,
        },
        {
            S: ("=1", "=2"),
        },
        stale="train",
    ),
    edit(
        "effect-unpacked-alias",
        "a table is changed under a name that unpacking gave it",
        {
            S: """
            A={}
            B={}
            x, y = A, B
            x['q']=1
            def train():
                return A
            """,
        },
        {
            S: ("=1", "=2"),
        },
        stale="train",
    ),
    edit(
        "effect-loop-over-list",
        "each table of a list is changed in a loop",
        {
            S: """
            A={}
            ALL=[A]
            for d in ALL:
                d['q']=1
            def train():
                return A
            """,
        },
        {
            S: ("=1", "=2"),
        },
        stale="train",
    ),
    edit(
        "effect-bound-method",
        "a bound method that changes a list is handed to map",
        {
            S: """
            A=[]
            list(map(A.append, (1,2)))
            def train():
                return A
            """,
        },
        {
            S: ("(1,2)", "(1,3)"),
        },
        stale="train",
    ),
    edit(
        "effect-heapq",
        "a library's function changes its argument, its result assigned",
        {
            S: """
            import heapq
            H=[3,1]
            x=heapq.heapify(H)
            def train():
                return H
            """,
        },
        {
            S: ("x=heapq.heapify(H)", "x=heapq.heappop(H)"),
        },
        stale="train",
    ),
    edit(
        "effect-consumed-iterator",
        "one more element is taken from an iterator",
        {
            S: """
            G=iter([1,2,3])
            first=next(G)
            def train():
                return list(G)
            """,
        },
        {
            S: """
            G=iter([1,2,3])
            first=next(G)
            second=next(G)
            def train():
                return list(G)
            """,
        },
        stale="train",
    ),
    edit(
        "effect-unbound-method",
        "dict.update(D, ...) at the top level",
        {
            S: """
            D={}
            dict.update(D, a=1)
            def train():
                return D
            """,
        },
        {
            S: ("a=1", "a=2"),
        },
        stale="train",
    ),
]
