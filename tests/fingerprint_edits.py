"""Edits of small projects, and which of their steps must rerun: each is (id, why, files, edit, stale, fresh).

`files` maps paths to sources. `edit` maps paths to their new content: a pair is a replacement (old, new) of text that
occurs once, a string a whole file, None a file that goes. `stale` and `fresh` are names of functions in steps.py, which
take no arguments; where both verdicts would be right, a function is in neither.
"""

from __future__ import annotations

import textwrap
from typing import Any


def edit(name: str, why: str, files: dict[str, str], change: dict[str, Any], stale: str = "", fresh: str = "") -> Any:
    sources = {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}
    after = dict(sources)
    for path, new in change.items():
        if new is None:
            del after[path]
        elif isinstance(new, tuple):
            assert after[path].count(new[0]) == 1, (name, path, new)
            after[path] = after[path].replace(*new)
        else:
            after[path] = textwrap.dedent(new).lstrip("\n")
    return name, why, sources, after, stale.split(), fresh.split()


S = "steps.py"

EDITS = [
    # Classes
    edit(
        "class-property",
        "a property of a class that a helper instantiates",
        {
            S: """
            from models import Model
            def train():
                return Model().size
            def other():
                return 1
            """,
            "models.py": """
            class Model:
                @property
                def size(self):
                    return 3
            """,
        },
        {"models.py": ("return 3", "return 4")},
        "train",
        "other",
    ),
    edit(
        "class-grandparent",
        "a method inherited over two modules",
        {
            S: """
            from child import Child
            def train():
                return Child().run()
            """,
            "child.py": """
            import middle
            class Child(middle.Middle):
                pass
            """,
            "middle.py": """
            from top import Top as T
            class Middle(T):
                pass
            """,
            "top.py": """
            class Top:
                def run(self):
                    return 1
            """,
        },
        {"top.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "class-metaclass-keyword",
        "what a metaclass in another module adds",
        {
            S: """
            import meta
            class Model(metaclass=meta.Meta):
                pass
            def train():
                return Model.tag
            """,
            "meta.py": """
            class Meta(type):
                def __new__(mcs, name, bases, body):
                    body["tag"] = "a"
                    return super().__new__(mcs, name, bases, body)
            """,
        },
        {"meta.py": ('"a"', '"b"')},
        "train",
    ),
    edit(
        "class-init-subclass-registry",
        "a subclass registers itself by its base's __init_subclass__",
        {
            S: """
            import impls
            from base import Base
            def train():
                return sorted(c().go() for c in Base.known)
            def plain():
                return 0
            """,
            "base.py": """
            class Base:
                known = []
                def __init_subclass__(cls, **options):
                    super().__init_subclass__(**options)
                    Base.known.append(cls)
            """,
            "impls.py": """
            from base import Base
            class A(Base):
                def go(self):
                    return 1
            """,
        },
        {"impls.py": ("return 1", "return 2")},
        "train",
        "plain",
    ),
    edit(
        "class-new-subclass-registered",
        "a new class that registers itself with its base",
        {
            S: """
            import impls
            from base import Base
            def train():
                return sorted(Base.known)
            """,
            "base.py": """
            class Base:
                known = {}
                def __init_subclass__(cls):
                    cls.known[cls.__name__] = cls
            """,
            "impls.py": """
            from base import Base
            class A(Base):
                pass
            """,
        },
        {"impls.py": "from base import Base\nclass A(Base):\n    pass\nclass B(Base):\n    pass\n"},
        "train",
    ),
    edit(
        "class-metaclass-registry",
        "a metaclass that keeps a registry in a module's dict",
        {
            S: """
            import meta
            import plugins
            def train():
                return meta.REGISTRY["A"].n
            """,
            "meta.py": """
            REGISTRY = {}
            class Meta(type):
                def __init__(cls, name, bases, body):
                    super().__init__(name, bases, body)
                    REGISTRY[name] = cls
            class Base(metaclass=Meta):
                pass
            """,
            "plugins.py": """
            from meta import Base
            class A(Base):
                n = 1
            """,
        },
        {"plugins.py": ("n = 1", "n = 2")},
        "train",
    ),
    edit(
        "class-sibling-subclass",
        "another subclass of the same plain base is nobody's business",
        {
            S: """
            class Base:
                def run(self):
                    return self.n
            class A(Base):
                n = 1
            class B(Base):
                n = 2
            def train():
                return A().run()
            def other():
                return B().run()
            """,
        },
        {S: ("n = 2", "n = 3")},
        "other",
        "train",
    ),
    edit(
        "class-patched-method",
        "a method assigned to a class from another module that the step's module loads",
        {
            S: """
            from models import Model
            import patch
            def train():
                return Model().fit()
            """,
            "models.py": """
            class Model:
                def fit(self):
                    return 1
            """,
            "patch.py": """
            import models
            models.Model.fit = lambda self: 5
            """,
        },
        {"patch.py": ("5", "6")},
        "train",
    ),
    edit(
        "class-setattr",
        "setattr with a literal name on a class",
        {
            S: """
            class Model:
                lr = 1
            setattr(Model, "lr", 2)
            def train():
                return Model.lr
            def other():
                return 0
            """,
        },
        {S: (", 2)", ", 3)")},
        "train",
        "other",
    ),
    edit(
        "class-setattr-computed",
        "setattr in a loop over computed names",
        {
            S: """
            class Model:
                pass
            for name in ("a", "b"):
                setattr(Model, name, 1)
            def train():
                return Model.a
            """,
        },
        {S: ("name, 1)", "name, 2)")},
        "train",
    ),
    edit(
        "class-enum",
        "the value of an enum's member",
        {
            S: """
            import enum
            class Kind(enum.Enum):
                A = 1
                B = 2
            def train():
                return Kind.A.value
            """,
        },
        {S: ("A = 1", "A = 7")},
        "train",
    ),
    edit(
        "class-dataclass-default",
        "the default of a dataclass field of a nested configuration",
        {
            S: """
            from conf import Config
            def train():
                return Config().inner.lr
            """,
            "conf.py": """
            from dataclasses import dataclass, field
            @dataclass
            class Inner:
                lr: float = 0.1
            @dataclass
            class Config:
                inner: Inner = field(default_factory=Inner)
            """,
        },
        {"conf.py": ("0.1", "0.2")},
        "train",
    ),
    edit(
        "class-dataclass-annotation",
        "the annotations of a dataclass make its fields",
        {
            S: """
            import dataclasses
            @dataclasses.dataclass
            class C:
                a: int = 1
                b = 2
            def train():
                return [f.name for f in dataclasses.fields(C)]
            """,
        },
        {S: ("b = 2", "b: int = 2")},
        "train",
    ),
    edit(
        "class-namedtuple-function",
        "the field names of a namedtuple made by a call",
        {
            S: """
            from collections import namedtuple
            Point = namedtuple("Point", "x y")
            def train():
                return Point(1, 2)._asdict()
            """,
        },
        {S: ('"x y"', '"x z"')},
        "train",
    ),
    edit(
        "class-descriptor",
        "a descriptor class of another module",
        {
            S: """
            from fields import Twice
            class Model:
                n = Twice()
            def train():
                return Model().n
            """,
            "fields.py": """
            class Twice:
                def __get__(self, instance, owner):
                    return 2
            """,
        },
        {"fields.py": ("return 2", "return 4")},
        "train",
    ),
    edit(
        "class-body-statement",
        "a statement in a class's body that fills a module's dict",
        {
            S: """
            REG = {}
            class Plugin:
                REG["plugin"] = 1
            def train():
                return REG
            """,
        },
        {S: ("= 1", "= 2")},
        "train",
    ),
    # Registries and other effects
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
        {"impl.py": ("return 1", "return 2")},
        "train",
        "other",
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
        {"impl.py": ("return 1", "return 2")},
        "train",
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
        {"setup_hooks.py": ("1", "2")},
        "train",
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
        {S: ("lambda: 1", "lambda: 2")},
        "train",
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
        {S: ('"a", 1', '"a", 2')},
        "train",
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
        {S: ("a=1", "a=2")},
        "train",
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
        {S: 'REG = []\nREG.append("b")\nREG.append("a")\ndef train():\n    return list(REG)\n'},
        "train",
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
        {S: ('"int"', '"integer"')},
        "train",
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
        {S: ("x: int", "x: str")},
        "train",
    ),
    edit(
        "effect-augmented",
        "a constant changed by augmented assignment",
        {S: "LR = 1\nLR += 2\ndef train():\n    return LR\ndef other():\n    return 0\n"},
        {S: ("+= 2", "+= 3")},
        "train",
        "other",
    ),
    edit(
        "effect-delete-item",
        "del CONFIG[...] at the top level",
        {S: 'C = {"a": 1, "b": 2}\ndel C["a"]\ndef train():\n    return C\n'},
        {S: ('del C["a"]', 'del C["b"]')},
        "train",
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
        {S: ("= 2", "= 3")},
        "train",
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
        {S: ("n * 2", "n * 3")},
        "train",
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
        {S: ("= 1", "= 2")},
        "train",
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
        {S: ("0.1", "0.2")},
        "train",
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
        {S: ("lr=1", "lr=2")},
        "train",
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
        {S: ("[1]", "[2]")},
        "train",
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
            "conf.py": "LR = 1\nN = 5\n",
        },
        {S: ("LR = 2", "LR = 3")},
        "train",
        "other",
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
            "setup_conf.py": "import conf\nconf.EXTRA = 1\n",
        },
        {"setup_conf.py": ("EXTRA = 1", "EXTRA = 2")},
        "train",
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
        {S: ('"a"] = 1', '"a"] = 2')},
        "train",
    ),
    edit(
        "effect-seed",
        "a seed set at the top level of the step's module",
        {S: "import random\nrandom.seed(1)\ndef train():\n    return random.random()\n"},
        {S: ("seed(1)", "seed(2)")},
        "train",
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
        {S: ('= "1"', '= "2"')},
        "train",
    ),
    edit(
        "effect-logging",
        "the set-up of logging changes no result",
        {S: "import logging\nlogging.basicConfig(level=10)\nlog = logging.getLogger()\ndef train():\n    return 1\n"},
        {S: ("level=10", "level=20")},
        "",
        "train",
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
        {S: ("y=2", "y=3")},
        "other",
        "train",
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
        {S: ("return 1", "return 2")},
        "other",
        "train",
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
            "override.py": "import conf\nconf.LR = 2\n",
        },
        {"override.py": ("LR = 2", "LR = 3")},
        "train",
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
            "pkg/__init__.py": "import conf\nconf.LR = 2\n",
            "pkg/tools.py": "def f():\n    return 1\n",
        },
        {"pkg/__init__.py": ("LR = 2", "LR = 3")},
        "train",
    ),
    # Names and modules
    edit(
        "import-star",
        "a helper from a star import",
        {
            S: "from helpers import *\ndef train():\n    return f()\ndef other():\n    return 0\n",
            "helpers.py": "def f():\n    return g()\ndef g():\n    return 1\ndef h():\n    return 5\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
        "other",
    ),
    edit(
        "import-star-unused",
        "an unused helper of a star import",
        {
            S: "from helpers import *\ndef train():\n    return f()\n",
            "helpers.py": "def f():\n    return 1\ndef h():\n    return 5\n",
        },
        {"helpers.py": ("return 5", "return 6")},
        "",
        "train",
    ),
    edit(
        "import-star-later-wins",
        "of two star imports the later one has the name",
        {
            S: "from a import *\nfrom b import *\ndef train():\n    return f()\n",
            "a.py": "def f():\n    return 1\n",
            "b.py": "def f():\n    return 2\n",
        },
        {"a.py": ("return 1", "return 3")},
        "",
        "train",
    ),
    edit(
        "import-star-swapped",
        "the order of two star imports",
        {
            S: "from a import *\nfrom b import *\ndef train():\n    return f()\n",
            "a.py": "def f():\n    return 1\n",
            "b.py": "def f():\n    return 2\n",
        },
        {S: "from b import *\nfrom a import *\ndef train():\n    return f()\n"},
        "train",
    ),
    edit(
        "import-star-all",
        "__all__ decides what a star import gives",
        {
            S: "from a import *\nfrom b import *\ndef train():\n    return f()\n",
            "a.py": "def f():\n    return 1\n",
            "b.py": "__all__ = ['g']\ndef f():\n    return 2\ndef g():\n    return 3\n",
        },
        {"b.py": ("['g']", "['f', 'g']")},
        "train",
    ),
    edit(
        "import-star-hides-own",
        "a star import after a definition replaces it",
        {
            S: "def f():\n    return 0\nfrom helpers import *\ndef train():\n    return f()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-star-new-name",
        "a module in a star import begins to define a name that hides a builtin",
        {
            S: "from helpers import *\ndef train():\n    return max(1, 2)\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": "def f():\n    return 1\ndef max(*x):\n    return 0\n"},
        "train",
    ),
    edit(
        "import-aliases-swapped",
        "two imported names change places",
        {
            S: "from helpers import a as x, b as y\ndef train():\n    return x() - y()\n",
            "helpers.py": "def a():\n    return 1\ndef b():\n    return 2\n",
        },
        {S: ("a as x, b as y", "b as x, a as y")},
        "train",
    ),
    edit(
        "import-another-name-added",
        "the import statement takes one more name that the step does not use",
        {
            S: "from helpers import a\ndef train():\n    return a()\n",
            "helpers.py": "def a():\n    return 1\ndef b():\n    return 2\n",
        },
        {S: ("import a", "import a, b")},
        "",
        "train",
    ),
    edit(
        "import-relative-parent",
        "from .. import in a package, re-exported twice",
        {
            S: "from app.flow import run\ndef train():\n    return run()\n",
            "app/__init__.py": "from .core import value\n",
            "app/core.py": "def value():\n    return 1\n",
            "app/flow/__init__.py": "from .main import run\n",
            "app/flow/main.py": "from .. import value\ndef run():\n    return value()\n",
        },
        {"app/core.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-submodule-attribute",
        "import a.b.c and use by its full name",
        {
            S: "import a.b.c\ndef train():\n    return a.b.c.f()\ndef other():\n    return a.x\n",
            "a/__init__.py": "x = 1\n",
            "a/b/__init__.py": "",
            "a/b/c.py": "def f():\n    return 1\n",
        },
        {"a/b/c.py": ("return 1", "return 2")},
        "train",
        "other",
    ),
    edit(
        "import-namespace-package",
        "a folder without __init__.py is a package too",
        {
            S: "from space.tools import f\nimport space.more as m\ndef train():\n    return f() + m.g()\n",
            "space/tools.py": "def f():\n    return 1\n",
            "space/more.py": "def g():\n    return 1\n",
        },
        {"space/more.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-in-function",
        "a helper imported inside of the step",
        {
            S: "def train():\n    from helpers import f as g\n    return g()\ndef other():\n    return 1\n",
            "helpers.py": "def f():\n    return 1\ndef h():\n    return 1.5\n",
        },
        {"helpers.py": ("return 1\n", "return 2\n")},
        "train",
        "other",
    ),
    edit(
        "import-in-function-unused",
        "an unused neighbour of a helper imported inside of the step",
        {
            S: "def train():\n    import helpers\n    return helpers.f()\n",
            "helpers.py": "def f():\n    return 1\ndef h():\n    return 5\n",
        },
        {"helpers.py": ("return 5", "return 6")},
        "",
        "train",
    ),
    edit(
        "import-new-module-shadows",
        "a package appears where a module was",
        {
            S: "import helpers\ndef train():\n    return helpers.f()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers/__init__.py": "def f():\n    return 2\n"},
        "train",
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
        {"fast.py": "def run():\n    return 2\n"},
        "train",
    ),
    edit(
        "import-module-as-value",
        "a module handed to a helper, which takes an attribute of it",
        {
            S: "import ops\ndef pick(m, name):\n    return getattr(m, name)()\ndef train():\n    return pick(ops, 'f')\n",
            "ops.py": "def f():\n    return 1\n",
        },
        {"ops.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-getattr-literal",
        "getattr with a literal name reaches that name only",
        {
            S: "import ops\ndef train():\n    return getattr(ops, 'f')()\n",
            "ops.py": "def f():\n    return 1\ndef g():\n    return 5\n",
        },
        {"ops.py": ("return 5", "return 6")},
        "",
        "train",
    ),
    edit(
        "import-module-dict",
        "vars(module)[name] may be any name of the module",
        {
            S: "import ops\ndef train():\n    return vars(ops)['f']()\n",
            "ops.py": "def f():\n    return 1\n",
        },
        {"ops.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-circular",
        "two modules that import each other",
        {
            S: "import a\ndef train():\n    return a.f(2)\n",
            "a.py": "import b\ndef f(n):\n    return b.g(n - 1) if n else 1\n",
            "b.py": "import a\ndef g(n):\n    return a.f(n) + 1\n",
        },
        {"b.py": ("+ 1", "+ 2")},
        "train",
    ),
    edit(
        "import-src-layout",
        "packages below src/",
        {
            S: "import sys, os\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\n"
            "from app.lib import f\ndef train():\n    return f()\n",
            "src/app/__init__.py": "",
            "src/app/lib.py": "from app.more import g\ndef f():\n    return g()\n",
            "src/app/more.py": "def g():\n    return 1\n",
        },
        {"src/app/more.py": ("return 1", "return 2")},
        "train",
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
            "plugins/a.py": "def run():\n    return 1\n",
        },
        {"plugins/b.py": "def run():\n    return 2\n"},
        "train",
    ),
    edit(
        "import-relative-by-name",
        "import_module with a relative name",
        {
            S: "import pkg\ndef train():\n    return pkg.load().run()\n",
            "pkg/__init__.py": "import importlib\ndef load():\n    return importlib.import_module('.impl', __name__)\n",
            "pkg/impl.py": "def run():\n    return 1\n",
        },
        {"pkg/impl.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-module-getattr-lazy",
        "a package that loads its submodules lazily by module __getattr__",
        {
            S: "import pkg\ndef train():\n    return pkg.impl.run()\n",
            "pkg/__init__.py": "import importlib\ndef __getattr__(name):\n"
            "    return importlib.import_module('.' + name, __name__)\n",
            "pkg/impl.py": "def run():\n    return 1\n",
        },
        {"pkg/impl.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "import-sibling-script",
        "a module beside the step's own, imported as scripts do",
        {
            S: "import sys, os\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'jobs'))\n"
            "from jobs.inner import run\ndef train():\n    return run()\n",
            "jobs/__init__.py": "",
            "jobs/inner.py": "import neighbour\ndef run():\n    return neighbour.n()\n",
            "jobs/neighbour.py": "def n():\n    return 1\n",
        },
        {"jobs/neighbour.py": ("return 1", "return 2")},
        "train",
    ),
    # Functions
    edit(
        "function-partial",
        "a partial of a helper at the top level",
        {S: "import functools\ndef f(a, b):\n    return a + b\ng = functools.partial(f, 1)\ndef train():\n    return g(2)\n"},
        {S: ("a + b", "a - b")},
        "train",
    ),
    edit(
        "function-partial-argument",
        "the argument of a partial",
        {S: "import functools\ndef f(a, b):\n    return a + b\ng = functools.partial(f, 1)\ndef train():\n    return g(2)\n"},
        {S: ("f, 1", "f, 5")},
        "train",
    ),
    edit(
        "function-closure-factory",
        "a closure made by a factory of another module",
        {
            S: "from make import adder\nadd = adder(2)\ndef train():\n    return add(1)\n",
            "make.py": "STEP = 1\ndef adder(n):\n    def add(x):\n        return x + n * STEP\n    return add\n",
        },
        {"make.py": ("STEP = 1", "STEP = 2")},
        "train",
    ),
    edit(
        "function-lambda-in-dict",
        "a lambda in a table",
        {S: "TABLE = {'a': lambda x: x + 1}\ndef train():\n    return TABLE['a'](1)\n"},
        {S: ("x + 1", "x + 2")},
        "train",
    ),
    edit(
        "function-default-call",
        "a default that is computed when the function is defined",
        {S: "def base():\n    return 1\ndef f(n=base()):\n    return n\ndef train():\n    return f()\n"},
        {S: ("return 1", "return 2")},
        "train",
    ),
    edit(
        "function-keyword-only-default",
        "the default of a keyword-only parameter that is None before",
        {S: "def f(*, a, b=1):\n    return a, b\ndef train():\n    return f(a=2)\n"},
        {S: ("b=1", "b=2")},
        "train",
    ),
    edit(
        "function-redefined",
        "a definition is followed by another of the same name",
        {S: "def f():\n    return 1\ndef train():\n    return f()\n"},
        {S: "def f():\n    return 1\ndef train():\n    return f()\ndef f():\n    return 2\n"},
        "train",
    ),
    edit(
        "function-conditional",
        "a definition under an if whose condition is a constant of another module",
        {
            S: "from conf import FAST\nif FAST:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n"
            "def train():\n    return f()\n",
            "conf.py": "FAST = True\n",
        },
        {"conf.py": ("True", "False")},
        "train",
    ),
    edit(
        "function-decorator-wraps",
        "the wrapper of a decorator that uses a constant of its own module",
        {
            S: "from deco import scaled\n@scaled\ndef f():\n    return 2\ndef train():\n    return f()\n",
            "deco.py": "import functools\nBY = 3\ndef scaled(f):\n    @functools.wraps(f)\n    def w():\n"
            "        return f() * BY\n    return w\n",
        },
        {"deco.py": ("BY = 3", "BY = 4")},
        "train",
    ),
    edit(
        "function-generator",
        "a helper that is a generator delegating to another",
        {S: "def inner():\n    yield 1\ndef outer():\n    yield from inner()\ndef train():\n    return list(outer())\n"},
        {S: ("yield 1", "yield 2")},
        "train",
    ),
    edit(
        "function-global-hides-builtin",
        "a new helper that hides a builtin",
        {S: "def train():\n    return sum([1, 2])\n"},
        {S: "def sum(x):\n    return 0\ndef train():\n    return sum([1, 2])\n"},
        "train",
    ),
    edit(
        "function-local-hides-helper",
        "a local variable of the name of a helper is no reference",
        {S: "def size():\n    return 1\ndef train():\n    size = 3\n    return size\n"},
        {S: ("return 1", "return 2")},
        "",
        "train",
    ),
    edit(
        "function-parameter-hides-helper",
        "a parameter of the name of a helper is no reference",
        {S: "def size():\n    return 1\ndef f(size):\n    return size\ndef train():\n    return f(3)\n"},
        {S: ("return 1", "return 2")},
        "",
        "train",
    ),
    edit(
        "function-comprehension-scope",
        "the variable of a comprehension hides a constant",
        {S: "n = 1\ndef train():\n    return [n for n in range(3)]\n"},
        {S: ("n = 1", "n = 2")},
        "",
        "train",
    ),
    edit(
        "function-comprehension-first-iterable",
        "the first iterable of a comprehension is outside of its scope",
        {S: "n = [1, 2]\ndef train():\n    return [n for n in n]\n"},
        {S: "n = [1, 3]\ndef train():\n    return [n for n in globals()['n']]\n"},
        "train",
    ),
    edit(
        "function-walrus",
        "a walrus in a comprehension binds the function's local",
        {S: "last = 5\ndef train():\n    [last := x for x in (1, 2)]\n    return last\n"},
        {S: ("last = 5", "last = 6")},
        "",
        "train",
    ),
    edit(
        "function-match",
        "a match statement with a class pattern and a constant",
        {
            S: """
            import kinds
            class Box:
                __match_args__ = ("n",)
                def __init__(self, n):
                    self.n = n
            def train():
                match Box(2):
                    case Box(kinds.TWO):
                        return "two"
                    case Box(other):
                        return other
            """,
            "kinds.py": "TWO = 2\n",
        },
        {"kinds.py": ("TWO = 2", "TWO = 3")},
        "train",
    ),
    edit(
        "function-match-capture",
        "a capture in a match hides a constant",
        {S: "x = 1\ndef train():\n    match 3:\n        case x:\n            return x\n"},
        {S: ("x = 1", "x = 2")},
        "",
        "train",
    ),
    edit(
        "function-class-scope",
        "a method sees the module's name, not the class's",
        {S: "n = 1\nclass A:\n    n = 2\n    def get(self):\n        return n\ndef train():\n    return A().get()\n"},
        {S: ("n = 1", "n = 3")},
        "train",
    ),
    edit(
        "function-nonlocal",
        "nonlocal counters stay in their function",
        {
            S: """
            count = 100
            def make():
                count = 0
                def inc():
                    nonlocal count
                    count += 1
                    return count
                return inc
            def train():
                return make()()
            """,
        },
        {S: ("count = 100", "count = 101")},
        "",
        "train",
    ),
    edit(
        "function-eval",
        "eval may use any name of its module",
        {S: "K = 1\ndef train():\n    return eval('K + 1')\n"},
        {S: ("K = 1", "K = 2")},
        "train",
    ),
    edit(
        "function-globals",
        "globals()[name] may be any name of its module",
        {S: "def run_a():\n    return 1\ndef train():\n    return globals()['run_' + 'a']()\n"},
        {S: ("return 1", "return 2")},
        "train",
    ),
    edit(
        "function-sys-modules",
        "getattr(sys.modules[__name__], ...) may be any name of its module",
        {S: "import sys\ndef run_a():\n    return 1\ndef train():\n    return getattr(sys.modules[__name__], 'run_a')()\n"},
        {S: ("return 1", "return 2")},
        "train",
    ),
    edit(
        "function-docstring-read",
        "a step that returns the docstring of a helper depends on it",
        {S: "def f():\n    '''one'''\ndef train():\n    return f.__doc__\ndef other():\n    return f()\n"},
        {S: ("one", "two")},
        "train",
        "other",
    ),
    edit(
        "function-annotations-read",
        "a step that reads the annotations of a helper depends on them",
        {
            S: "import typing\ndef f(x: int):\n    return x\ndef train():\n"
            "    return str(typing.get_type_hints(f))\ndef other():\n    return f(1)\n"
        },
        {S: ("x: int", "x: str")},
        "train",
        "other",
    ),
    # Values
    edit(
        "value-starred",
        "starred unpacking at the top level",
        {S: "first, *rest = [1, 2, 3]\ndef train():\n    return rest\n"},
        {S: ("2, 3]", "2, 4]")},
        "train",
    ),
    edit(
        "value-chained-assignment",
        "a = b = value",
        {S: "a = b = [1]\ndef train():\n    return b\n"},
        {S: ("[1]", "[2]")},
        "train",
    ),
    edit(
        "value-computed-by-function",
        "a constant computed by a function of another module from a constant there",
        {
            S: "from conf import load\nCFG = load()\ndef train():\n    return CFG\n",
            "conf.py": "DEFAULT = {'a': 1}\ndef load():\n    return dict(DEFAULT)\n",
        },
        {"conf.py": ("'a': 1", "'a': 2")},
        "train",
    ),
    edit(
        "value-with-statement",
        "a constant read in a with statement",
        {S: "import contextlib\nwith contextlib.nullcontext(3) as N:\n    M = N + 1\ndef train():\n    return M\n"},
        {S: ("N + 1", "N + 2")},
        "train",
    ),
    edit(
        "value-annotated-only-type",
        "the annotation of a constant changes nothing",
        {S: "N: int = 3\ndef train():\n    return N\n"},
        {S: ("N: int", "N: float")},
        "",
        "train",
    ),
    edit(
        "value-annotation-added",
        "a helper and a constant get annotations",
        {S: "N = 3\ndef f(x, y=1):\n    z = x\n    return z + y + N\ndef train():\n    return f(1)\n"},
        {S: "N: int = 3\ndef f(x: int, y: int = 1) -> int:\n    z: int = x\n    return z + y + N\ndef train() -> int:\n    return f(1)\n"},
        "",
        "train",
    ),
    edit(
        "value-type-checking-import",
        "an import for the type checker only",
        {S: "def train():\n    return 1\n", "helpers.py": "class A:\n    pass\n"},
        {
            S: "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from helpers import A\n"
            "def train() -> 'A | int':\n    return 1\n"
        },
        "",
        "train",
    ),
    edit(
        "value-int-float",
        "1 and 1.0 are different constants",
        {S: "N = 1\ndef train():\n    return N\n"},
        {S: ("N = 1", "N = 1.0")},
        "train",
    ),
    edit(
        "value-true-one",
        "True and 1 are different constants",
        {S: "def train():\n    return [True]\n"},
        {S: ("True", "1")},
        "train",
    ),
    edit(
        "value-huge-int",
        "an integer of 5,000 digits",
        {S: f"def train():\n    return 0x{'7' * 5000} % 97\n"},
        {S: (f"{'7' * 5000}", f"{'7' * 4999}8")},
        "train",
    ),
    edit(
        "value-surrogate",
        "a lone surrogate in a string",
        {S: "def train():\n    return ascii('\\ud800')\n"},
        {S: ("\\ud800", "\\ud801")},
        "train",
    ),
    edit(
        "value-reordered-neighbours",
        "functions and independent constants change their places",
        {S: "A = 1\nB = 2\ndef f():\n    return A\ndef g():\n    return B\ndef train():\n    return f() + g()\n"},
        {S: "def train():\n    return f() + g()\ndef g():\n    return B\ndef f():\n    return A\nB = 2\nA = 1\n"},
        "",
        "train",
    ),
    edit(
        "value-reordered-reading",
        "a constant is computed before instead of after another was changed",
        {S: "X = [1]\nY = list(X)\nX.append(2)\ndef train():\n    return Y, X\n"},
        {S: "X = [1]\nX.append(2)\nY = list(X)\ndef train():\n    return Y, X\n"},
        "train",
    ),
    edit(
        "value-neighbour-added",
        "new functions, classes, constants and imports beside the step",
        {S: "import json\ndef train():\n    return json.dumps([1])\n"},
        {
            S: "import json\nimport collections\nLIMIT = 3\nclass Extra(collections.UserDict):\n    pass\n"
            "def helper():\n    return LIMIT\n\n\ndef train():\n    return json.dumps([1])\n\n\nEXTRA = Extra()\n"
        },
        "",
        "train",
    ),
    edit(
        "value-layout",
        "comments, docstrings, blank lines, pass and parentheses",
        {S: "N = 3\ndef train():\n    return f(N)\ndef f(x):\n    if x:\n        return {'a': x}\n    return None\n"},
        {
            S: '"""A module."""\n# why\nN = (3)  # three\n\n\ndef train():\n    """Train."""\n    # now\n    return f(\n'
            "        N,\n    )\n\n\ndef f(x):\n    '''F.'''\n    pass\n    if x:\n        return {\n"
            "            \"a\": x,\n        }\n    return (None)\n"
        },
        "",
        "train",
    ),
    edit(
        "value-moved-down",
        "lines move because something else in the file grew",
        {S: "def other():\n    return 1\ndef train():\n    return 2\n"},
        {S: "def other():\n    x = 1\n    y = 2\n    return x + y\ndef train():\n    return 2\n"},
        "other",
        "train",
    ),
    # Found by trying to break it
    edit(
        "deep-from-dot-in-init",
        "a package uses a submodule that it imports from itself",
        {
            S: "import pkg\ndef train():\n    return pkg.run()\n",
            "pkg/__init__.py": "from . import impl\ndef run():\n    return impl.f()\n",
            "pkg/impl.py": "def f():\n    return 1\n",
        },
        {"pkg/impl.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-all-names-submodule",
        "a star import of a package whose __all__ names a submodule",
        {
            S: "from pkg import *\ndef train():\n    return impl.f()\n",
            "pkg/__init__.py": "__all__ = ['impl']\n",
            "pkg/impl.py": "def f():\n    return 1\n",
        },
        {"pkg/impl.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-all-appended",
        "__all__ is changed by a method",
        {
            S: "from helpers import *\ndef train():\n    return g()\n",
            "helpers.py": "__all__ = ['f']\n__all__.append('g')\ndef f():\n    return 0\ndef g():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-import-module-alias",
        "import_module under another name, inside of a function",
        {
            S: "def train():\n    from importlib import import_module as load\n    return load('helpers').f()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-locate",
        "a function found by its dotted name with pydoc.locate",
        {
            S: "import pydoc\ndef train():\n    return pydoc.locate('pkg.helpers.f')()\n",
            "pkg/__init__.py": "",
            "pkg/helpers.py": "def f():\n    return 1\n",
        },
        {"pkg/helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-dunder-import",
        "__import__ with a literal",
        {
            S: "def train():\n    return __import__('helpers').f()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-sys-modules-literal",
        "sys.modules with a literal name",
        {
            S: "import sys\nimport helpers\ndef train():\n    return sys.modules['helpers'].f()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-sys-modules-get",
        "sys.modules.get with a computed name",
        {
            S: "import sys\nimport helpers\ndef train():\n    return sys.modules.get('hel' + 'pers'[:4]).f()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-globals-update",
        "names made by globals().update at the top level",
        {S: "globals().update({f'K{n}': n for n in range(3)})\ndef train():\n    return K2\n"},
        {S: ("'K{n}': n", "'K{n}': n + 1")},
        "train",
    ),
    edit(
        "deep-setattr-own-module",
        "names made by setattr on the module itself",
        {S: "import sys\nfor n in 'ab':\n    setattr(sys.modules[__name__], n, 1)\ndef train():\n    return b\n"},
        {S: ("n, 1)", "n, 2)")},
        "train",
    ),
    edit(
        "deep-setattr-other-module",
        "setattr with a computed name on another module",
        {
            S: "import conf\nfor n in ('lr', 'n'):\n    setattr(conf, n.upper(), 5)\ndef train():\n    return conf.LR\n",
            "conf.py": "LR = 1\nN = 2\n",
        },
        {S: ("5)", "6)")},
        "train",
    ),
    edit(
        "deep-instance-configured",
        "an instance of the project's own class is configured by a method at the top level",
        {
            S: "from conf import settings\nimport local\ndef train():\n    return settings.values\n",
            "conf.py": "class Settings:\n    def __init__(self):\n        self.values = {}\n"
            "    def put(self, **values):\n        self.values.update(values)\nsettings = Settings()\n",
            "local.py": "from conf import settings\nsettings.put(lr=1)\n",
        },
        {"local.py": ("lr=1", "lr=2")},
        "train",
    ),
    edit(
        "deep-effect-two-calls-away",
        "a set-up function calls another that changes a third module",
        {
            S: "import conf, boot\nboot.start()\ndef train():\n    return conf.LR\n",
            "conf.py": "LR = 1\n",
            "boot.py": "import inner\ndef start():\n    inner.go(2)\n",
            "inner.py": "def go(lr):\n    import conf\n    conf.LR = lr * 1\n",
        },
        {"inner.py": ("lr * 1", "lr * 3")},
        "train",
    ),
    edit(
        "deep-local-alias-in-setup",
        "a set-up function changes a part of a dict under a local name",
        {
            S: "CFG = {'m': {'lr': 1}}\ndef setup():\n    part = CFG['m']\n    part['lr'] = 2\nsetup()\n"
            "def train():\n    return CFG\n"
        },
        {S: ("= 2", "= 3")},
        "train",
    ),
    edit(
        "deep-class-decorator-adds",
        "a class decorator of another module adds a method",
        {
            S: "from deco import extend\n@extend\nclass A:\n    pass\ndef train():\n    return A().extra()\n",
            "deco.py": "def extend(cls):\n    cls.extra = lambda self: 1\n    return cls\n",
        },
        {"deco.py": ("1", "2")},
        "train",
    ),
    edit(
        "deep-abc-register",
        "a virtual subclass registered with an ABC",
        {
            S: "import abc\nclass Base(abc.ABC):\n    pass\nclass A:\n    pass\nclass B:\n    pass\n"
            "Base.register(A)\ndef train():\n    return isinstance(B(), Base)\n"
        },
        {S: ("register(A)", "register(B)")},
        "train",
    ),
    edit(
        "deep-default-mutable",
        "a mutable default is another module's list",
        {
            S: "import conf\ndef f(items=conf.ITEMS):\n    return list(items)\ndef train():\n    return f()\n",
            "conf.py": "ITEMS = [1]\nITEMS.append(2)\n",
        },
        {"conf.py": ("append(2)", "append(3)")},
        "train",
    ),
    edit(
        "deep-recursion-through-table",
        "functions that reach each other through a table of functions",
        {
            S: "def even(n):\n    return True if n == 0 else OPS['odd'](n - 1)\n"
            "def odd(n):\n    return False if n == 0 else OPS['even'](n - 1)\n"
            "OPS = {'even': even, 'odd': odd}\ndef train():\n    return even(3)\n"
        },
        {S: ("return False", "return None")},
        "train",
    ),
    edit(
        "deep-conditional-import-in-class",
        "an import in a class's body",
        {
            S: "class A:\n    from helpers import f as make\n    def go(self):\n        return A.make()\n"
            "def train():\n    return A().go()\n",
            "helpers.py": "def f():\n    return 1\n",
        },
        {"helpers.py": ("return 1", "return 2")},
        "train",
    ),
    edit(
        "deep-class-body-name",
        "a class attribute computed from a constant of its own name",
        {S: "lr = 1\nclass A:\n    lr = lr\ndef train():\n    return A.lr\n"},
        {S: ("lr = 1", "lr = 2")},
        "train",
    ),
    edit(
        "deep-try-else-finally",
        "a name bound in the else of a try",
        {S: "try:\n    x = 1\nexcept ValueError:\n    y = 0\nelse:\n    y = x + 1\ndef train():\n    return y\n"},
        {S: ("x + 1", "x + 2")},
        "train",
    ),
    edit(
        "deep-module-removed",
        "an optional module goes",
        {
            S: "try:\n    import fast\nexcept ImportError:\n    fast = None\ndef train():\n    return fast is None\n",
            "fast.py": "x = 1\n",
        },
        {"fast.py": None},
        "train",
    ),
    edit(
        "deep-attribute-of-result",
        "an attribute of a call's result has the name of a helper",
        {S: "class A:\n    size = 3\ndef make():\n    return A()\ndef size():\n    return 1\ndef train():\n    return make().size\n"},
        {S: ("return 1", "return 2")},
        "",
        "train",
    ),
    edit(
        "deep-string-no-reference",
        "a string that reads like a helper's name is no reference",
        {S: "def size():\n    return 1\ndef train():\n    return 'size'\n"},
        {S: ("return 1", "return 2")},
        "",
        "train",
    ),
    edit(
        "deep-unrelated-main",
        "the command line of a helper module",
        {
            S: "import helpers\ndef train():\n    return helpers.f()\n",
            "helpers.py": "def f():\n    return 1\nif __name__ == '__main__':\n    import sys\n    print(f(), sys.argv)\n",
        },
        {"helpers.py": ("print(f(), sys.argv)", "print('result', f())")},
        "",
        "train",
    ),
    edit(
        "deep-unrelated-logger",
        "a logger is used by a helper and named differently",
        {
            S: "import logging\nlog = logging.getLogger('a')\nlog.setLevel(20)\nlog.info('loaded')\ndef train():\n    return 1\n"
        },
        {S: ("log.info('loaded')", "log.info('ready')")},
        "",
        "train",
    ),
    edit(
        "deep-unrelated-constant-with-call",
        "a constant computed by a call, beside the step",
        {
            S: "import os\ndef folder():\n    os.makedirs(os.devnull + '/..', exist_ok=True) if False else None\n    return 'x'\n"
            "OUT = folder()\ndef train():\n    return 1\n"
        },
        {S: ("'x'", "'y'")},
        "",
        "train",
    ),
    edit(
        "deep-unrelated-dataclass",
        "another dataclass of the same module",
        {
            S: "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\n@dataclass\nclass B:\n    y: int = 2\n"
            "def train():\n    return A().x\ndef other():\n    return B().y\n"
        },
        {S: ("y: int = 2", "y: int = 3")},
        "other",
        "train",
    ),
    edit(
        "deep-unrelated-package-sibling",
        "a sibling module that the package's __init__ imports",
        {
            S: "from pkg.a import f\ndef train():\n    return f()\n",
            "pkg/__init__.py": "from .a import f\nfrom .b import g\n",
            "pkg/a.py": "def f():\n    return 1\n",
            "pkg/b.py": "def g():\n    return 2\n",
        },
        {"pkg/b.py": ("return 2", "return 3")},
        "",
        "train",
    ),
    edit(
        "deep-unrelated-lru-cache",
        "another cached function; lru_cache is no registry",
        {
            S: "import functools\n@functools.lru_cache(maxsize=None)\ndef a():\n    return 1\n"
            "@functools.lru_cache(maxsize=None)\ndef b():\n    return 2\n"
            "def train():\n    return a()\ndef other():\n    return b()\n"
        },
        {S: ("return 2", "return 3")},
        "other",
        "train",
    ),
    edit(
        "deep-unrelated-enum",
        "another enum of the same module",
        {
            S: "import enum\nclass A(enum.Enum):\n    X = 1\nclass B(enum.Enum):\n    Y = 2\n"
            "def train():\n    return A.X.value\ndef other():\n    return B.Y.value\n"
        },
        {S: ("Y = 2", "Y = 3")},
        "other",
        "train",
    ),
]
