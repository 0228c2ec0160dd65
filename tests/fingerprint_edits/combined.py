"""Edits of projects that combine ways of doing a thing, as grown ones do: what is configured, registered, inherited."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "combined-registry-of-partials",
        "partials of a helper in another module are registered in a loop over a table of constants",
        {
            S: """
            import features
            def train():
                return features.REGISTRY["double"](3)
            def other():
                return features.scale(1, by=1)
            """,
            "features.py": """
            from functools import partial
            from numbers_of import FACTORS
            def scale(x, by):
                return x * by
            REGISTRY = {}
            for name, factor in FACTORS.items():
                REGISTRY[name] = partial(scale, by=factor)
            """,
            "numbers_of.py": 'FACTORS = {"double": 2, "triple": 3}\n',
        },
        {"numbers_of.py": ('"double": 2', '"double": 20')},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-dataclass-field-by-function-default-factory",
        "the default of a nested configuration is made by a function that reads a constant which another module sets",
        {
            S: """
            import settings
            import local
            def train():
                return settings.Config().optimizer["lr"]
            def other():
                return settings.Config.name
            """,
            "settings.py": """
            from dataclasses import dataclass, field
            import defaults
            def optimizer():
                return {"lr": defaults.LR}
            @dataclass
            class Config:
                name: str = "a"
                optimizer: dict = field(default_factory=optimizer)
            """,
            "defaults.py": "LR = 1\n",
            "local.py": "import defaults\ndefaults.LR = 2\n",
        },
        {"local.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "combined-class-decorator-init-subclass",
        "a class decorator of another module adds to a subclass which __init_subclass__ has registered",
        {
            S: """
            import models
            def train():
                return models.Base.known["Net"]().extra()
            """,
            "models.py": """
            from deco import extended
            class Base:
                known = {}
                def __init_subclass__(cls):
                    Base.known[cls.__name__] = cls
            @extended
            class Net(Base):
                pass
            """,
            "deco.py": """
            def extended(cls):
                cls.extra = lambda self: 1
                return cls
            """,
        },
        {"deco.py": ("self: 1", "self: 2")},
        stale="train",
    ),
    edit(
        "combined-mixin-order",
        "two mixins of other modules change places in the bases of a derived configuration",
        {
            S: """
            from nets import Net
            def train():
                return Net().forward()
            """,
            "nets.py": "from a import A\nfrom b import B\nclass Net(A, B):\n    pass\n",
            "a.py": "class A:\n    def forward(self):\n        return 1\n",
            "b.py": "class B:\n    def forward(self):\n        return 2\n",
        },
        {"nets.py": ("Net(A, B)", "Net(B, A)")},
        stale="train",
    ),
    edit(
        "combined-module-getattr-lazy-registry",
        "a package loads its parts lazily by __getattr__ from a table, and a part registers something then",
        {
            S: """
            import lib
            def train():
                lib.extras
                return lib.core.TABLE["a"]
            """,
            "lib/__init__.py": """
            import importlib
            _LAZY = {"extras": "lib.extras", "core": "lib.core"}
            def __getattr__(name):
                if name in _LAZY:
                    return importlib.import_module(_LAZY[name])
                raise AttributeError(name)
            """,
            "lib/core.py": 'TABLE = {"a": 1}\n',
            "lib/extras.py": 'from lib import core\ncore.TABLE["a"] = 2\n',
        },
        {"lib/extras.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "combined-star-reexport-patched",
        "a package re-exports by star what another module patches where it is defined",
        {
            S: """
            import lib
            import fixes
            def train():
                return lib.mean()
            """,
            "lib/__init__.py": "from lib.ops import *\n",
            "lib/ops.py": """
            def mean():
                return _mean()
            def _mean():
                return 1
            """,
            "fixes.py": "import lib.ops\nlib.ops._mean = lambda: 2\n",
        },
        {"fixes.py": (": 2", ": 3")},
        stale="train",
    ),
    edit(
        "combined-decorator-keeps-statistics",
        "a stateful decorator counts its uses, and the step reads the count",
        {
            S: """
            import features
            from tracking import tracked
            def train():
                return len(tracked.seen)
            def other():
                return 1
            """,
            "tracking.py": """
            class Tracked:
                def __init__(self):
                    self.seen = []
                def __call__(self, function):
                    self.seen.append(function.__name__)
                    return function
            tracked = Tracked()
            """,
            "features.py": """
            from tracking import tracked
            @tracked
            def one():
                return 1
            def two():
                return 2
            """,
        },
        {"features.py": ("def two", "@tracked\ndef two")},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-descriptor-default-from-registry",
        "a descriptor takes its default from a table which another module fills by a decorator",
        {
            S: """
            from model import Model
            import impl
            def train():
                return Model().loss
            """,
            "model.py": """
            from losses import LOSSES
            class Choice:
                def __init__(self, name):
                    self.name = name
                def __get__(self, instance, owner):
                    return LOSSES[self.name]()
            class Model:
                loss = Choice("mse")
            """,
            "losses.py": """
            LOSSES = {}
            def loss(function):
                LOSSES[function.__name__] = function
                return function
            """,
            "impl.py": """
            from losses import loss
            @loss
            def mse():
                return 1
            """,
        },
        {"impl.py": ("return 1", "return 2")},
        stale="train",
    ),
    edit(
        "combined-singledispatch-in-class-hierarchy",
        "an implementation of singledispatch for a base of another module; the base of the class changes",
        {
            S: """
            import shapes
            from render import render
            def train():
                return render(shapes.Square())
            """,
            "shapes.py": "class Shape: pass\nclass Round: pass\nclass Square(Shape): pass\n",
            "render.py": """
            from functools import singledispatch
            import shapes
            @singledispatch
            def render(x):
                return 0
            @render.register(shapes.Shape)
            def _(x):
                return 1
            @render.register(shapes.Round)
            def _(x):
                return 2
            """,
        },
        {"shapes.py": ("Square(Shape)", "Square(Round)")},
        stale="train",
    ),
    edit(
        "combined-wraps-closure-over-config",
        "a decorator of another module with wraps closes over a configuration that is updated afterwards",
        {
            S: """
            from work import work
            import tuned
            def train():
                return work()
            """,
            "deco.py": """
            import functools
            from conf import CFG
            def repeated(function):
                @functools.wraps(function)
                def inner(*args):
                    return [function(*args) for _ in range(CFG["n"])]
                return inner
            """,
            "conf.py": 'CFG = {"n": 1}\n',
            "work.py": "from deco import repeated\n@repeated\ndef work():\n    return 1\n",
            "tuned.py": "from conf import CFG\nCFG.update(n=2)\n",
        },
        {"tuned.py": ("n=2", "n=3")},
        stale="train",
    ),
    edit(
        "combined-wraps-order-of-decorators",
        "two decorators change places",
        {
            S: """
            from deco import doubled, plus
            @doubled
            @plus
            def work():
                return 1
            def train():
                return work()
            """,
            "deco.py": """
            def doubled(f):
                return lambda: f() * 2
            def plus(f):
                return lambda: f() + 1
            """,
        },
        {S: ("@doubled\n@plus\n", "@plus\n@doubled\n")},
        stale="train",
    ),
    edit(
        "combined-config-object-attribute-loop",
        "a configuration object is set by a loop over a table of another module with setattr",
        {
            S: """
            from conf import config
            import apply
            def train():
                return config.lr
            def other():
                return 1
            """,
            "conf.py": "class Config:\n    lr = 1\n    size = 1\nconfig = Config()\n",
            "presets.py": 'PRESET = {"lr": 2}\n',
            "apply.py": """
            from conf import config
            from presets import PRESET
            for key, value in PRESET.items():
                setattr(config, key, value)
            """,
        },
        {"presets.py": ('"lr": 2', '"lr": 3')},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-json-loaded-by-helper-class",
        "a helper class parses a text constant when it is made at import, with a hook of another module",
        {
            S: """
            from loading import settings
            def train():
                return settings["lr"]
            """,
            "loading.py": """
            import json
            from hooks import hook
            TEXT = '{"lr": 1}'
            class Loader:
                def load(self):
                    return json.loads(TEXT, object_hook=hook)
            settings = Loader().load()
            """,
            "hooks.py": "def hook(d):\n    return {k: v * 2 for k, v in d.items()}\n",
        },
        {"hooks.py": ("v * 2", "v * 3")},
        stale="train",
    ),
    edit(
        "combined-pipeline-steps-by-name",
        "a pipeline of transformers found by their names in the module, one of which has a base elsewhere",
        {
            S: """
            import transformers
            NAMES = ["Scale", "Shift"]
            def train():
                x = 2
                for name in NAMES:
                    x = getattr(transformers, name)().fit(x).transform(x)
                return x
            """,
            "transformers.py": """
            from based import Transformer
            class Scale(Transformer):
                by = 3
                def transform(self, x):
                    return x * self.by
            class Shift(Transformer):
                def transform(self, x):
                    return x + self.seen
            """,
            "based.py": """
            class Transformer:
                def fit(self, x):
                    self.seen = x
                    return self
            """,
        },
        {"based.py": ("self.seen = x", "self.seen = x + 1")},
        stale="train",
    ),
    edit(
        "combined-abc-property-cached",
        "an abstract property is implemented by a cached property that calls a helper of another module",
        {
            S: """
            from data import Digits
            def train():
                return Digits().size
            """,
            "data.py": """
            import abc
            import functools
            from counting import count
            class Dataset(abc.ABC):
                @property
                @abc.abstractmethod
                def size(self): ...
            class Digits(Dataset):
                @functools.cached_property
                def size(self):
                    return count([1, 2])
            """,
            "counting.py": "def count(x):\n    return len(x)\n",
        },
        {"counting.py": ("len(x)", "len(x) + 1")},
        stale="train",
    ),
    edit(
        "combined-protocol-default-method",
        "a protocol with a method of its own that a class inherits explicitly",
        {
            S: """
            from models import Model
            def train():
                return Model().name()
            """,
            "models.py": "from protocols import Named\nclass Model(Named):\n    pass\n",
            "protocols.py": """
            from typing import Protocol
            class Named(Protocol):
                def name(self):
                    return "a"
            """,
        },
        {"protocols.py": ('"a"', '"b"')},
        stale="train",
    ),
    edit(
        "combined-metaclass-property-of-class",
        "a property of the metaclass in another module gives a class its defaults",
        {
            S: """
            from model import Model
            def train():
                return Model.defaults["lr"]
            """,
            "model.py": "from meta import Meta\nclass Model(metaclass=Meta):\n    lr = 2\n",
            "meta.py": """
            class Meta(type):
                @property
                def defaults(cls):
                    return {k: v for k, v in vars(cls).items() if not k.startswith("_")}
            """,
        },
        {"meta.py": ("v for k, v", "v * 2 for k, v")},
        stale="train",
    ),
    edit(
        "combined-loop-closure-registered",
        "functions made in a loop are registered with a default that binds the loop's variable",
        {
            S: """
            import lags
            def train():
                return lags.FEATURES["lag_1"](5)
            """,
            "lags.py": """
            FEATURES = {}
            for lag in range(1, 3):
                def feature(x, lag=lag):
                    return x - lag
                FEATURES[f"lag_{lag}"] = feature
            """,
        },
        {"lags.py": ("def feature(x, lag=lag)", "def feature(x)")},
        stale="train",
    ),
    edit(
        "combined-mutable-default-as-cache",
        "a mutable default is filled at import by a module that is imported first",
        {
            S: """
            import warm
            import memo
            def train():
                return memo.lookup("a")
            def other():
                return 1
            """,
            "memo.py": """
            def lookup(key, _cache={}):
                return _cache.setdefault(key, len(key))
            """,
            "warm.py": "import memo\nmemo.lookup('a', {'a': 0})\nmemo.lookup.__defaults__[0]['a'] = 7\n",
        },
        {"warm.py": ("= 7", "= 8")},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-environment-default-in-dataclass",
        "a dataclass takes a variable by default_factory of a lambda over a constant's name",
        {
            S: """
            from conf import Config
            def train():
                return Config().size
            """,
            "conf.py": """
            import os
            from dataclasses import dataclass, field
            NAME = "LINEAGE_TEST_X"
            @dataclass
            class Config:
                size: int = field(default_factory=lambda: int(os.environ.get(NAME, "1")))
            """,
        },
        {"conf.py": ('"1"', '"2"')},
        stale="train",
    ),
    edit(
        "combined-data-beside-module-by-pathlib",
        "a constant path beside the module is joined by an operator of another module's helper",
        {
            S: """
            from paths import table
            def train():
                return table("a").name
            """,
            "paths.py": """
            from pathlib import Path
            HERE = Path("data")
            SUFFIX = ".csv"
            def table(name):
                return (HERE / name).with_suffix(SUFFIX)
            """,
        },
        {"paths.py": ('".csv"', '".tsv"')},
        stale="train",
    ),
    edit(
        "combined-template-with-globals",
        "a template of the module is filled with vars() of a configuration class in another module",
        {
            S: """
            from conf import Config
            from string import Template
            TEXT = Template("lr=$lr")
            def train():
                return TEXT.substitute(vars(Config))
            """,
            "conf.py": "class Config:\n    lr = 1\n    unused = 1\n",
        },
        {"conf.py": ("lr = 1", "lr = 2")},
        stale="train",
    ),
    edit(
        "combined-comprehension-of-registered-classes",
        "a constant is a comprehension over the subclasses that a base of another module knows",
        {
            S: """
            from zoo import NAMES
            import extra
            def train():
                return NAMES()
            def other():
                return 1
            """,
            "zoo.py": """
            class Animal:
                legs = 4
            class Dog(Animal):
                pass
            NAMES = lambda: sorted(one.__name__ for one in Animal.__subclasses__())
            """,
            "extra.py": "from zoo import Animal\nX = 1\n",
        },
        {"extra.py": "from zoo import Animal\nX = 1\nclass Bird(Animal):\n    legs = 2\n"},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-walrus-in-class-body-default",
        "a walrus at the top level binds what a default is made of",
        {
            S: """
            if (size := 3) > 2:
                KIND = "big"
            else:
                KIND = "small"
            def train(n=size):
                return n, KIND
            """,
        },
        {S: ("size := 3", "size := 4")},
        stale="train",
    ),
    edit(
        "combined-match-on-dataclass-of-config",
        "a match statement takes a configuration's class of another module apart by position",
        {
            S: """
            from conf import Adam, current
            def train():
                match current:
                    case Adam(lr):
                        return lr
            """,
            "conf.py": """
            from dataclasses import dataclass
            @dataclass
            class Adam:
                lr: float = 1
                beta: float = 2
            current = Adam()
            """,
        },
        {"conf.py": ("    lr: float = 1\n    beta: float = 2\n", "    beta: float = 2\n    lr: float = 1\n")},
        stale="train",
    ),
    edit(
        "combined-eval-of-names-of-module",
        "an expression of a configuration is evaluated with the names of another module",
        {
            S: """
            import functions
            RULE = "f(2)"
            def train():
                return eval(RULE, vars(functions))
            """,
            "functions.py": "def f(x):\n    return g(x)\ndef g(x):\n    return x\n",
        },
        {"functions.py": ("return x\n", "return x + 1\n")},
        stale="train",
    ),
    edit(
        "combined-getattr-chain-by-reduce",
        "an attribute by a dotted path with reduce and getattr",
        {
            S: """
            import functools
            import conf
            PATH = "config.model.size"
            def train():
                return functools.reduce(getattr, PATH.split("."), conf)
            """,
            "conf.py": """
            class Part: pass
            config = Part()
            config.model = Part()
            config.model.size = 3
            """,
        },
        {"conf.py": ("= 3", "= 4")},
        stale="train",
    ),
    edit(
        "combined-attrgetter",
        "an attribute by a dotted path with operator.attrgetter, made at the top level",
        {
            S: """
            from operator import attrgetter
            import conf
            size_of = attrgetter("model.size")
            def train():
                return size_of(conf.config)
            """,
            "conf.py": """
            from types import SimpleNamespace
            config = SimpleNamespace(model=SimpleNamespace(size=3))
            """,
        },
        {"conf.py": ("size=3", "size=4")},
        stale="train",
    ),
    edit(
        "combined-generator-of-context-managers",
        "an ExitStack enters the context managers that a generator of another module gives",
        {
            S: """
            from contextlib import ExitStack
            from contexts import all_of
            def train():
                out = []
                with ExitStack() as stack:
                    for one in all_of(out):
                        stack.enter_context(one)
                return out
            """,
            "contexts.py": """
            from contextlib import contextmanager
            @contextmanager
            def noted(out, what):
                out.append(what)
                yield
                out.append(what + 1)
            def all_of(out):
                yield noted(out, 1)
            """,
        },
        {"contexts.py": ("what + 1", "what + 2")},
        stale="train",
    ),
    edit(
        "combined-async-decorated-by-class",
        "an asynchronous function decorated by an instance with __call__ and __get__ of another module",
        {
            S: """
            import asyncio
            from service import Service
            def train():
                return asyncio.run(Service().load())
            """,
            "service.py": """
            from deco import Retried
            class Service:
                @Retried
                async def load(self):
                    return 1
            """,
            "deco.py": """
            class Retried:
                times = 2
                def __init__(self, function):
                    self.function = function
                def __get__(self, instance, owner):
                    async def bound():
                        return [await self.function(instance) for _ in range(self.times)]
                    return bound
            """,
        },
        {"deco.py": ("times = 2", "times = 3")},
        stale="train",
    ),
    edit(
        "combined-sort-key-class-with-total-ordering",
        "a key for sorting is a class with total_ordering whose comparison reads a constant",
        {
            S: """
            from ranking import Rank
            def train():
                return sorted([1, -2], key=Rank)
            """,
            "ranking.py": """
            import functools
            SIGN = 1
            @functools.total_ordering
            class Rank:
                def __init__(self, x):
                    self.x = x
                def __eq__(self, other):
                    return self.x == other.x
                def __lt__(self, other):
                    return self.x * SIGN < other.x * SIGN
            """,
        },
        {"ranking.py": ("SIGN = 1", "SIGN = -1")},
        stale="train",
    ),
    edit(
        "combined-regex-flags-composed",
        "flags of a pattern composed of constants of another module",
        {
            S: """
            import re
            from flags import FLAGS
            WORD = re.compile("A", FLAGS)
            def train():
                return bool(WORD.search("a"))
            """,
            "flags.py": "import re\nFLAGS = re.M\nUNUSED = re.S\n",
        },
        {"flags.py": ("FLAGS = re.M\n", "FLAGS = re.M | re.I\n")},
        stale="train",
    ),
    edit(
        "combined-namedtuple-defaults-replaced",
        "the defaults of a NamedTuple with a method, replaced by _replace in a helper",
        {
            S: """
            from params import BASE
            def train():
                return BASE._replace(depth=1).cost()
            """,
            "params.py": """
            from typing import NamedTuple
            class Params(NamedTuple):
                width: int = 2
                depth: int = 3
                def cost(self):
                    return self.width * self.depth
            BASE = Params()
            """,
        },
        {"params.py": ("width: int = 2", "width: int = 4")},
        stale="train",
    ),
    edit(
        "combined-slots-inherited",
        "a class with __slots__ derives from one whose __init__ sets through super()",
        {
            S: """
            from point import Point3
            def train():
                return Point3(1).total()
            """,
            "point.py": """
            from plain import Point
            class Point3(Point):
                __slots__ = ("z",)
                def __init__(self, x):
                    super().__init__(x)
                    self.z = x
                def total(self):
                    return self.x + self.z
            """,
            "plain.py": """
            class Point:
                __slots__ = ("x",)
                def __init__(self, x):
                    self.x = x
            """,
        },
        {"plain.py": ("self.x = x", "self.x = x * 5")},
        stale="train",
    ),
    edit(
        "combined-operator-reflected",
        "a reflected operator of the right operand's class",
        {
            S: """
            from units import Metres
            def train():
                return (2 * Metres(3)).value
            """,
            "units.py": """
            class Metres:
                def __init__(self, value):
                    self.value = value
                def __mul__(self, other):
                    return Metres(self.value * other)
                __rmul__ = __mul__
            """,
        },
        {"units.py": ("self.value * other", "self.value * other + 1")},
        stale="train",
    ),
    edit(
        "combined-type-alias-312",
        "a type statement of Python 3.12 evaluated at run time",
        {
            S: """
            from kinds import build
            def train():
                return build()
            """,
            "kinds.py": """
            from dataclasses import dataclass
            @dataclass
            class Net:
                size: int = 1
            Model = Net
            def build(kind: "Model" = None):
                return (kind or Model)().size
            """,
        },
        {"kinds.py": ("size: int = 1", "size: int = 2")},
        stale="train",
    ),
    edit(
        "combined-hints-of-string-annotations",
        "fields are built from string annotations by get_type_hints in a base of another module",
        {
            S: """
            from conf import Config
            def train():
                return Config().model.size
            """,
            "conf.py": """
            from __future__ import annotations
            from based import Built
            class Model:
                size = 1
            class Config(Built):
                model: Model
            """,
            "based.py": """
            from typing import get_type_hints
            class Built:
                def __init__(self):
                    for name, kind in get_type_hints(type(self)).items():
                        setattr(self, name, kind())
            """,
        },
        {"conf.py": ("size = 1", "size = 2")},
        stale="train",
    ),
    edit(
        "combined-numpy-dtype-constant",
        "a structured dtype composed of constants",
        {
            S: """
            import numpy as np
            from columns import FIELDS
            DTYPE = np.dtype(FIELDS)
            def train():
                return DTYPE.itemsize
            """,
            "columns.py": 'FIELDS = [("a", "f4"), ("b", "f4")]\n',
        },
        {"columns.py": ('("b", "f4")', '("b", "f8")')},
        stale="train",
    ),
    edit(
        "combined-seed-by-module-constant",
        "a generator is made in a helper with the seed of a constant that another module computes",
        {
            S: """
            from sampling import sample
            def train():
                return sample()
            """,
            "sampling.py": """
            import random
            from seeds import SEED
            def sample():
                return random.Random(SEED).random()
            """,
            "seeds.py": 'BASE = 1\nSEED = sum(ord(c) for c in "train") + BASE\n',
        },
        {"seeds.py": ("BASE = 1", "BASE = 2")},
        stale="train",
    ),
    edit(
        "combined-logging-added-everywhere",
        "a logger, debug calls and a warning are added to a helper class",
        {
            S: """
            from model import Model
            def train():
                return Model().fit()
            def other():
                return 1
            """,
            "model.py": "class Model:\n    def fit(self):\n        return 1\n",
        },
        {
            "model.py": """
            import logging
            log = logging.getLogger(__name__)
            class Model:
                def fit(self):
                    return 1
            def unused():
                log.info("x")
            """
        },
        fresh="train other",
    ),
    edit(
        "combined-moved-class-reexported",
        "a class moves to a new module, from which its old one imports it",
        {
            S: """
            from model import Model
            def train():
                return Model().fit()
            """,
            "model.py": "class Model:\n    def fit(self):\n        return 1\nclass Other:\n    pass\n",
        },
        {
            "model.py": "from impl import Model\nclass Other:\n    pass\n",
            "impl.py": "class Model:\n    def fit(self):\n        return 2\n",
        },
        stale="train",
    ),
    edit(
        "combined-fitted-at-import-by-function-of-factory",
        "a factory gives an object that a module fits at import with a table of another module",
        {
            S: """
            from fitted import MODEL
            def train():
                return MODEL.mean
            """,
            "fitted.py": """
            from factory import make
            from table import ROWS
            MODEL = make()
            MODEL.fit(ROWS)
            """,
            "factory.py": """
            class Mean:
                def fit(self, rows):
                    self.mean = sum(rows)
            def make():
                return Mean()
            """,
            "table.py": "ROWS = [1, 2]\nOTHER = [3]\n",
        },
        {"table.py": ("[1, 2]", "[1, 3]")},
        stale="train",
    ),
    edit(
        "combined-context-variable-of-config",
        "a context manager sets a global at import while another module computes a constant in it",
        {
            S: """
            from computed import VALUE
            def train():
                return VALUE
            """,
            "computed.py": """
            import conf
            with conf.using(2):
                VALUE = conf.current()
            """,
            "conf.py": """
            from contextlib import contextmanager
            _stack = [1]
            @contextmanager
            def using(value):
                _stack.append(value)
                yield
                _stack.pop()
            def current():
                return _stack[-1]
            """,
        },
        {"computed.py": ("using(2)", "using(3)")},
        stale="train",
    ),
    edit(
        "combined-weakref-finalize-unrelated",
        "an unrelated class beside a helper gets atexit handlers",
        {
            S: """
            from helper import work
            def train():
                return work()
            """,
            "helper.py": "def work():\n    return 1\n",
        },
        {"helper.py": "import atexit\ndef work():\n    return 1\ndef bye():\n    pass\natexit.register(bye)\n"},
        fresh="train",
    ),
    edit(
        "combined-conditional-import-flag",
        "a flag of the configuration decides at import from where a function comes",
        {
            S: """
            from ops import mean
            def train():
                return mean()
            def other():
                return 1
            """,
            "ops.py": """
            from conf import FAST
            if FAST:
                from fast import mean
            else:
                from slow import mean
            """,
            "conf.py": "FAST = False\n",
            "fast.py": "def mean():\n    return 1\n",
            "slow.py": "def mean():\n    return 2\n",
        },
        {"conf.py": ("False", "True")},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-relative-import-above-in-function",
        "a function imports relatively from the package above, which re-exports from a sibling",
        {
            S: """
            from lib.models.net import build
            def train():
                return build()
            """,
            "lib/__init__.py": "from .ops import scale\n",
            "lib/ops.py": "def scale():\n    return 1\ndef unused():\n    return 1\n",
            "lib/models/__init__.py": "",
            "lib/models/net.py": """
            def build():
                from .. import scale
                return scale()
            """,
        },
        {"lib/ops.py": ("def scale():\n    return 1", "def scale():\n    return 2")},
        stale="train",
    ),
    edit(
        "combined-kwargs-of-table-by-name",
        "keyword arguments come from a table by the name of the function that takes them",
        {
            S: """
            from search import GRID
            def fit(depth=1, width=1):
                return depth * 10 + width
            def train():
                return fit(**GRID[fit.__name__])
            """,
            "search.py": 'GRID = {"fit": {"depth": 2}, "other": {}}\n',
        },
        {"search.py": ('"depth": 2', '"width": 2')},
        stale="train",
    ),
    edit(
        "combined-overloads-and-casts",
        "overloads, casts and a TypeVar are added to a generic helper class",
        {
            S: """
            from box import Box
            def train():
                return Box(1).get()
            """,
            "box.py": """
            class Box:
                def __init__(self, x):
                    self.x = x
                def get(self):
                    return self.x
            """,
        },
        {
            "box.py": """
            from typing import Any
            class Box:
                def __init__(self, x: Any) -> None:
                    self.x = x
                def get(self) -> Any:
                    '''Give it.'''
                    return self.x
            """
        },
        fresh="train",
    ),
    edit(
        "combined-joblib-delayed",
        "a function given to a pool is a method of an object of another module",
        {
            S: """
            from concurrent.futures import ThreadPoolExecutor
            from scoring import scorer
            def train():
                with ThreadPoolExecutor(1) as pool:
                    return list(pool.map(scorer.score, [1, 2]))
            """,
            "scoring.py": """
            class Scorer:
                def __init__(self, by):
                    self.by = by
                def score(self, x):
                    return x * self.by
            scorer = Scorer(2)
            """,
        },
        {"scoring.py": ("Scorer(2)", "Scorer(3)")},
        stale="train",
    ),
    edit(
        "combined-class-attribute-patched-by-subclass-body",
        "the body of a class in another module changes a table of its base",
        {
            S: """
            from based import Based
            import derived
            def train():
                return Based.options["a"]
            def other():
                return 1
            """,
            "based.py": 'class Based:\n    options = {"a": 1}\n',
            "derived.py": """
            from based import Based
            class Derived(Based):
                Based.options["a"] = 2
            """,
        },
        {"derived.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "combined-options-extended-by-class-attribute",
        "a derived class extends the table of its base by an operator in its body",
        {
            S: """
            from derived import Derived
            def train():
                return Derived.options
            def other():
                return 1
            """,
            "based.py": 'class Based:\n    options = {"a": 1}\n    unused = 1\n',
            "derived.py": """
            from based import Based
            class Derived(Based):
                options = Based.options | {"b": 2}
            """,
        },
        {"based.py": ('"a": 1', '"a": 5')},
        stale="train",
        fresh="other",
    ),
]
