"""Projects of machine learning as they are edited: configurations, features, pipelines, layers, refactorings."""

from __future__ import annotations

# ruff: noqa: E501 - sources of one line
from fingerprint_edits.edit import edit

_LAYERS = """
class Module:
    def __init__(self):
        object.__setattr__(self, "_modules", {})
    def __setattr__(self, name, value):
        if isinstance(value, Module):
            self._modules[name] = value
        object.__setattr__(self, name, value)
    def __call__(self, x):
        return self.forward(x)
class Linear(Module):
    def __init__(self, w):
        super().__init__()
        self.w = w
    def forward(self, x):
        return x * self.w
class ReLU(Module):
    def forward(self, x):
        return max(x, 0)
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""

_PIPELINE = """
class Base:
    def get_params(self):
        return dict(vars(self))
    def fit_transform(self, X):
        return self.fit(X).transform(X)
class Scale(Base):
    def __init__(self, by=2):
        self.by = by
    def fit(self, X):
        return self
    def transform(self, X):
        return [x * self.by for x in X]
class Shift(Base):
    def __init__(self, by=1):
        self.by = by
    def fit(self, X):
        return self
    def transform(self, X):
        return [x + self.by for x in X]
class Pipeline(Base):
    def __init__(self, steps):
        self.steps = steps
    def fit_transform(self, X):
        for _, step in self.steps:
            X = step.fit_transform(X)
        return X
"""

EDITS = [
    edit(
        "torchlike-forward",
        "forward of a layer that a factory of another module puts into a sequence",
        {
            "steps.py": """
            from net import build
            def train():
                return build(2)(3)
            def other():
                return 1
            """,
            "layers.py": _LAYERS,
            "net.py": """
            from layers import Linear, ReLU, Sequential
            def build(n):
                return Sequential(*[Linear(w) for w in range(1, n + 1)], ReLU())
            """,
        },
        {"layers.py": ("return x * self.w", "return x * self.w + 1")},
        stale="train",
        fresh="other",
    ),
    edit(
        "torchlike-layer-unused",
        "a layer that the net has not",
        {
            "steps.py": """
            from net import build
            def train():
                return build(2)(3)
            """,
            "layers.py": _LAYERS + "class Drop(Module):\n    def forward(self, x):\n        return 0\n",
            "net.py": """
            from layers import Linear, ReLU, Sequential
            def build(n):
                return Sequential(*[Linear(w) for w in range(1, n + 1)], ReLU())
            """,
        },
        {"layers.py": ("return 0", "return x / 2")},
        fresh="train",
    ),
    edit(
        "torchlike-layers-as-module",
        "layers by the module's name, one that the net has not",
        {
            "steps.py": """
            import layers as nn
            def train():
                return nn.Sequential(nn.Linear(2))(3)
            """,
            "layers.py": _LAYERS,
        },
        {"layers.py": ("max(x, 0)", "max(x, 1)")},
        fresh="train",
    ),
    edit(
        "sklearnlike-mixin-of-helper",
        "fit_transform of a base of transformers that a helper builds",
        {
            "steps.py": """
            from build import make
            def train():
                return make().fit_transform([1, 2])
            """,
            "pipe.py": _PIPELINE,
            "build.py": """
            from pipe import Pipeline, Scale, Shift
            def make(by=3):
                return Pipeline([("scale", Scale(by)), ("shift", Shift())])
            """,
        },
        {"pipe.py": ("return self.fit(X).transform(X)", "return self.fit(X).transform(X[:1])")},
        stale="train",
    ),
    edit(
        "sklearnlike-default-of-transformer",
        "the default of a transformer's parameter",
        {
            "steps.py": """
            from build import make
            def train():
                return make().fit_transform([1, 2])
            """,
            "pipe.py": _PIPELINE,
            "build.py": """
            from pipe import Pipeline, Scale, Shift
            def make(by=3):
                return Pipeline([("scale", Scale(by)), ("shift", Shift())])
            """,
        },
        {"pipe.py": ("by=1", "by=2")},
        stale="train",
    ),
    edit(
        "sklearnlike-columns-by-selector",
        "columns chosen by a function that a table names",
        {
            "steps.py": """
            from columns import TRANSFORMERS
            def train():
                rows = {"age": [1], "name": ["x"]}
                return {name: f({k: v for k, v in rows.items() if take(k)}) for name, (f, take) in TRANSFORMERS.items()}
            """,
            "columns.py": """
            NUMERIC = {"age"}
            def numeric(name):
                return name in NUMERIC
            def total(rows):
                return sum(map(sum, rows.values()))
            TRANSFORMERS = {"num": (total, numeric)}
            """,
        },
        {"columns.py": ('{"age"}', "frozenset()")},
        stale="train",
    ),
    edit(
        "config-by-hand-pydantic",
        "validators that a base collects by a name of their own",
        {
            "steps.py": """
            from conf import TrainConfig
            def train():
                return TrainConfig(rate="0.5").rate
            """,
            "model.py": """
            class BaseModel:
                def __init_subclass__(cls):
                    cls._validators = {n[9:]: f for n, f in vars(cls).items() if n.startswith("validate_")}
                def __init__(self, **data):
                    for name, kind in self.__annotations__.items():
                        value = kind(data.get(name, getattr(type(self), name, None)))
                        check = self._validators.get(name)
                        setattr(self, name, check(self, value) if check else value)
            """,
            "conf.py": """
            from model import BaseModel
            class TrainConfig(BaseModel):
                rate: float = 0.1
                def validate_rate(self, value):
                    return min(value, 0.4)
            """,
        },
        {"conf.py": ("0.4", "0.3")},
        stale="train",
    ),
    edit(
        "config-by-hand-annotation",
        "the annotation of a field, which the base calls",
        {
            "steps.py": """
            from conf import TrainConfig
            def train():
                return TrainConfig(rate="5").rate
            """,
            "model.py": """
            class BaseModel:
                def __init__(self, **data):
                    for name, kind in type(self).__annotations__.items():
                        setattr(self, name, kind(data[name]))
            """,
            "conf.py": """
            from model import BaseModel
            class TrainConfig(BaseModel):
                rate: float
            """,
        },
        {"conf.py": ("float", "int")},
        stale="train",
    ),
    edit(
        "config-field-of-part",
        "the default of a field of a part of a configuration",
        {
            "steps.py": """
            from conf import CFG
            def train():
                return CFG.model.depth
            """,
            "conf.py": """
            from dataclasses import dataclass, field
            @dataclass
            class Model:
                depth: int = 3
            @dataclass
            class Config:
                model: Model = field(default_factory=Model)
            CFG = Config()
            """,
        },
        {"conf.py": ("depth: int = 3", "depth: int = 4")},
        stale="train",
    ),
    edit(
        "config-post-init-derived",
        "a field worked out after the others by a helper",
        {
            "steps.py": """
            from conf import Config
            def train():
                return Config().hidden
            """,
            "conf.py": """
            from dataclasses import dataclass, field
            from sizes import double
            @dataclass
            class Config:
                width: int = 4
                hidden: int = field(init=False)
                def __post_init__(self):
                    self.hidden = double(self.width)
            """,
            "sizes.py": "def double(n):\n    return 2 * n\ndef triple(n):\n    return 3 * n\n",
        },
        {"sizes.py": ("2 * n", "2 * n + 1")},
        stale="train",
    ),
    edit(
        "config-environment-default-in-class",
        "the default of a variable of the environment in the body of a class",
        {
            "steps.py": """
            from conf import Settings
            def train():
                return Settings.device
            """,
            "conf.py": """
            import os
            class Settings:
                device = os.environ.get("LINEAGE_TEST_Y", "cpu")
            """,
        },
        {"conf.py": ('"cpu"', '"gpu"')},
        stale="train",
    ),
    edit(
        "features-registered-by-name",
        "a feature that a decorator registers under its function's name; the step goes through all",
        {
            "steps.py": """
            import features.text, features.numbers
            from features import FEATURES
            def train():
                return {name: f("ab") for name, f in sorted(FEATURES.items())}
            """,
            "features/__init__.py": """
            FEATURES = {}
            def feature(f=None, *, name=None):
                if f is None:
                    return lambda g: feature(g, name=name)
                FEATURES[name or f.__name__] = f
                return f
            """,
            "features/text.py": """
            from . import feature
            @feature
            def upper(x):
                return x.upper()
            """,
            "features/numbers.py": """
            from . import feature
            @feature(name="n")
            def length(x):
                return len(x)
            """,
        },
        {"features/numbers.py": ("len(x)", "len(x) + 1")},
        stale="train",
    ),
    edit(
        "features-found-by-prefix",
        "features found by a prefix in the own module",
        {
            "steps.py": """
            import features
            def train():
                return [getattr(features, n)(2) for n in dir(features) if n.startswith("feature_")]
            """,
            "features.py": """
            def feature_a(x):
                return x
            def helper(x):
                return x
            """,
        },
        {
            "features.py": "def feature_a(x):\n    return x\ndef feature_b(x):\n    return -x\ndef helper(x):\n    return x\n"
        },
        stale="train",
    ),
    edit(
        "partial-of-partial",
        "a partial of a partial of a helper",
        {
            "steps.py": """
            from functools import partial
            from scale import scale
            half = partial(scale, by=0.5)
            half_twice = partial(half, times=2)
            def train():
                return half_twice(8)
            """,
            "scale.py": "def scale(x, by, times=1):\n    return x * by ** times\n",
        },
        {"scale.py": ("**", "*")},
        stale="train",
    ),
    edit(
        "cached-helper-of-helper",
        "a helper behind lru_cache behind cached_property",
        {
            "steps.py": """
            from data import Data
            def train():
                return Data().table
            """,
            "data.py": """
            from functools import cached_property, lru_cache
            @lru_cache(maxsize=None)
            def load(n):
                return list(range(n))
            class Data:
                @cached_property
                def table(self):
                    return load(3)
            """,
        },
        {"data.py": ("range(n)", "range(1, n)")},
        stale="train",
    ),
    edit(
        "decorator-with-state-retry",
        "a decorator with state, made by a class with arguments",
        {
            "steps.py": """
            from retry import Retry
            @Retry(times=2)
            def load():
                return 1
            def train():
                return load()
            """,
            "retry.py": """
            class Retry:
                def __init__(self, times):
                    self.times = times
                    self.calls = 0
                def __call__(self, function):
                    def wrapper(*args):
                        self.calls += 1
                        return function(*args) * self.times
                    return wrapper
            """,
        },
        {"steps.py": ("times=2", "times=3")},
        stale="train",
    ),
    edit(
        "enum-with-behaviour",
        "a method of an enumeration whose member a constant names",
        {
            "steps.py": """
            from kinds import DEFAULT
            def train():
                return DEFAULT.weight()
            """,
            "kinds.py": """
            from enum import Enum
            class Kind(Enum):
                SMALL = 1
                LARGE = 2
                def weight(self):
                    return self.value * 10
            DEFAULT = Kind.SMALL
            """,
        },
        {"kinds.py": ("* 10", "* 20")},
        stale="train",
    ),
    edit(
        "protocol-structural",
        "a class that fits a protocol without naming it",
        {
            "steps.py": """
            from impl import Loader
            from proto import run
            def train():
                return run(Loader())
            """,
            "proto.py": """
            from typing import Protocol
            class Loads(Protocol):
                def load(self) -> int: ...
            def run(loader: Loads) -> int:
                return loader.load()
            """,
            "impl.py": "class Loader:\n    def load(self):\n        return 1\n",
        },
        {"impl.py": ("return 1", "return 2")},
        stale="train",
    ),
    edit(
        "protocol-docless-annotation",
        "a protocol that only annotations name",
        {
            "steps.py": """
            from proto import run
            def train():
                return run(1)
            """,
            "proto.py": """
            from typing import Protocol
            class Loads(Protocol):
                def load(self) -> int: ...
            def run(loader: Loads) -> int:
                return loader
            """,
        },
        {"proto.py": ("def load(self) -> int", "def load(self, n: int) -> int")},
        fresh="train",
    ),
    edit(
        "super-across-modules",
        "super() of a diamond over three modules",
        {
            "steps.py": """
            from c import C
            def train():
                return C().name()
            """,
            "a.py": "class A:\n    def name(self):\n        return 'a'\n",
            "b.py": "from a import A\nclass B(A):\n    def name(self):\n        return 'b' + super().name()\n",
            "c.py": "from a import A\nfrom b import B\nclass M(A):\n    def name(self):\n        return 'm' + super().name()\n"
            "class C(B, M):\n    pass\n",
        },
        {"c.py": ("'m'", "'n'")},
        stale="train",
    ),
    edit(
        "module-getattr-deprecated",
        "a name that a module gives by __getattr__ from a table of new names",
        {
            "steps.py": """
            from old import scale
            def train():
                return scale(2)
            """,
            "old.py": """
            import new
            _MOVED = {"scale": "rescale"}
            def __getattr__(name):
                return getattr(new, _MOVED.get(name, name))
            """,
            "new.py": "def rescale(x):\n    return x * 2\n",
        },
        {"new.py": ("x * 2", "x * 3")},
        stale="train",
    ),
    edit(
        "init-reexports-neighbour",
        "a neighbour that an __init__ re-exports beside what is used",
        {
            "steps.py": """
            from ml import fit
            def train():
                return fit(1)
            """,
            "ml/__init__.py": "from .fitting import fit\nfrom .plots import plot\n__all__ = ['fit', 'plot']\n",
            "ml/fitting.py": "def fit(x):\n    return x\n",
            "ml/plots.py": "COLOUR = 'red'\ndef plot(x):\n    return COLOUR\n",
        },
        {"ml/plots.py": ("'red'", "'blue'")},
        fresh="train",
    ),
    edit(
        "star-all-computed",
        "from x import * where __all__ is put together",
        {
            "steps.py": """
            from ml import *
            def train():
                return fit(1)
            """,
            "ml/__init__.py": "from .a import *\nfrom .b import *\nfrom . import a, b\n__all__ = a.__all__ + b.__all__\n",
            "ml/a.py": "__all__ = ['fit']\ndef fit(x):\n    return x + 1\n",
            "ml/b.py": "__all__ = ['test']\ndef test(x):\n    return x\n",
        },
        {"ml/a.py": ("x + 1", "x + 2")},
        stale="train",
    ),
    edit(
        "try-import-fast-version",
        "the module of the project that is tried first appears",
        {
            "steps.py": """
            try:
                from fast import score
            except ImportError:
                from slow import score
            def train():
                return score(1)
            """,
            "slow.py": "def score(x):\n    return x\n",
        },
        {"fast.py": "def score(x):\n    return x + 1\n"},
        stale="train",
    ),
    edit(
        "closures-of-loop-by-table",
        "functions made in a loop over a table of constants",
        {
            "steps.py": """
            POWERS = {"square": 2, "cube": 3}
            def make(n):
                return lambda x: x ** n
            FUNCTIONS = {name: make(n) for name, n in POWERS.items()}
            def train():
                return FUNCTIONS["cube"](2)
            """,
        },
        {"steps.py": ('"cube": 3', '"cube": 4')},
        stale="train",
    ),
    edit(
        "loop-makes-globals",
        "functions made in a loop and put into globals()",
        {
            "steps.py": """
            import made
            def train():
                return made.scale_3(2)
            """,
            "made.py": """
            def make(n):
                def scale(x):
                    return x * n
                return scale
            for n in (2, 3):
                globals()[f"scale_{n}"] = make(n)
            """,
        },
        {"made.py": ("x * n", "x * n + 1")},
        stale="train",
    ),
    edit(
        "global-counter-called-at-import",
        "a counter that a helper's call at import has moved on",
        {
            "steps.py": """
            from names import fresh
            FIRST = fresh()
            def train():
                return fresh()
            """,
            "names.py": """
            COUNT = 0
            def fresh():
                global COUNT
                COUNT += 1
                return f"v{COUNT % 2}{COUNT > 5}"
            """,
            "extra.py": "",
        },
        {"steps.py": "from names import fresh\nFIRST = fresh()\nSECOND = fresh()\ndef train():\n    return fresh()\n"},
        stale="train",
    ),
    edit(
        "fstring-nested-format",
        "the width of an f-string's format is a constant",
        {
            "steps.py": """
            WIDTH = 4
            def train():
                return f"{1:>{WIDTH}}"
            """,
        },
        {"steps.py": ("WIDTH = 4", "WIDTH = 5")},
        stale="train",
    ),
    edit(
        "match-class-of-project",
        "the class of a pattern, which takes objects apart",
        {
            "steps.py": """
            from shapes import Box
            def train():
                match Box(1, 2):
                    case Box(a, b):
                        return a, b
            """,
            "shapes.py": """
            class Box:
                __match_args__ = ("a", "b")
                def __init__(self, a, b):
                    self.a, self.b = a, b
            """,
        },
        {"shapes.py": ('("a", "b")', '("b", "a")')},
        stale="train",
    ),
    edit(
        "eval-of-constant-text",
        "an expression in a constant, evaluated with a dictionary of names",
        {
            "steps.py": """
            from helpers import area
            RULE = "area(x) + 1"
            def train():
                return eval(RULE, {"area": area, "x": 2})
            """,
            "helpers.py": "def area(x):\n    return x * x\n",
        },
        {"helpers.py": ("x * x", "x * x * x")},
        stale="train",
    ),
    edit(
        "import-module-by-fstring-constant",
        "a module by an f-string of a constant of another module",
        {
            "steps.py": """
            import importlib
            from conf import NAME
            def train():
                return importlib.import_module(f"models.{NAME}").fit()
            """,
            "conf.py": "NAME = 'tree'\n",
            "models/__init__.py": "",
            "models/tree.py": "def fit():\n    return 1\n",
            "models/forest.py": "def fit():\n    return 2\n",
        },
        {"models/tree.py": ("return 1", "return 3")},
        stale="train",
    ),
    edit(
        "moved-to-another-module",
        "a helper moves to another module, its body the same",
        {
            "steps.py": """
            from helpers import scale
            def train():
                return scale(1)
            """,
            "helpers.py": "def scale(x):\n    return x * 2\n",
            "more.py": "",
        },
        {
            "steps.py": "from more import scale\ndef train():\n    return scale(1)\n",
            "helpers.py": "",
            "more.py": "def scale(x):\n    return x * 2\n",
        },
    ),
    edit(
        "reordered-functions-imports",
        "functions, imports and members of a class in another order",
        {
            "steps.py": """
            import math
            import json
            def one():
                return math.pi
            def two():
                return json.dumps(one())
            def train():
                return two()
            """,
        },
        {
            "steps.py": "import json\nimport math\ndef train():\n    return two()\ndef two():\n    return json.dumps(one())\n"
            "def one():\n    return math.pi\n",
        },
        fresh="train",
    ),
    edit(
        "unused-code-added",
        "a function, a class, a constant and a logger that nobody uses",
        {
            "steps.py": """
            def train():
                return 1
            """,
        },
        {
            "steps.py": "import logging\nlogger = logging.getLogger(__name__)\nUNUSED = {'a': 1}\n"
            "class Unused:\n    x = UNUSED['a']\ndef helper(x=UNUSED):\n    return x\ndef train():\n    return 1\n",
        },
        fresh="train",
    ),
    edit(
        "doc-as-prompt",
        "the docstring of a function is the prompt that a decorator reads",
        {
            "steps.py": """
            from prompts import prompt
            @prompt
            def ask():
                '''Say one'''
            def train():
                return ask()
            """,
            "prompts.py": """
            import functools
            def prompt(f):
                @functools.wraps(f)
                def call():
                    return f.__doc__
                return call
            """,
        },
        {"steps.py": ("Say one", "Say two")},
        stale="train",
    ),
    edit(
        "doc-as-prompt-of-class",
        "the docstring of a class is its help, read by a base of another module",
        {
            "steps.py": """
            from tools import Search
            def train():
                return Search().describe()
            """,
            "tool.py": """
            import inspect
            class Tool:
                def describe(self):
                    return inspect.getdoc(type(self))
            """,
            "tools.py": """
            from tool import Tool
            class Search(Tool):
                '''Search it.'''
            """,
        },
        {"tools.py": ("Search it", "Find it")},
        stale="train",
    ),
    edit(
        "threads-in-step",
        "a function that threads of a pool call",
        {
            "steps.py": """
            from concurrent.futures import ThreadPoolExecutor
            from work import work
            def train():
                with ThreadPoolExecutor(2) as pool:
                    return list(pool.map(work, [1, 2]))
            """,
            "work.py": "def work(x):\n    return x * 2\n",
        },
        {"work.py": ("x * 2", "x * 3")},
        stale="train",
    ),
    edit(
        "async-gather",
        "coroutines of another module",
        {
            "steps.py": """
            import asyncio
            from work import fetch
            async def both():
                return await asyncio.gather(fetch(1), fetch(2))
            def train():
                return asyncio.run(both())
            """,
            "work.py": "DELAY = 0\nasync def fetch(x):\n    return x + DELAY\n",
        },
        {"work.py": ("DELAY = 0", "DELAY = 1")},
        stale="train",
    ),
    edit(
        "patched-at-import-of-package",
        "the __init__ of a package patches a function of its own submodule",
        {
            "steps.py": """
            from ml.core import fit
            def train():
                return fit(1)
            """,
            "ml/__init__.py": "from . import core\ndef loss(x):\n    return x * 2\ncore.loss = loss\n",
            "ml/core.py": "def loss(x):\n    return x\ndef fit(x):\n    return loss(x)\n",
        },
        {"ml/__init__.py": ("x * 2", "x * 3")},
        stale="train",
    ),
    edit(
        "type-alias-runtime",
        "an alias of a type that is called",
        {
            "steps.py": """
            Number = int
            def train():
                return Number("3")
            """,
        },
        {"steps.py": ("= int", "= float")},
        stale="train",
    ),
    edit(
        "constants-of-constants-deep",
        "a constant three modules away, by comprehension and unpacking",
        {
            "steps.py": """
            from grid import GRID
            def train():
                return GRID
            """,
            "grid.py": "from rates import RATES\nGRID = [dict(rate=r, n=n) for r in RATES for n in (1, 2)]\n",
            "rates.py": "from base import LOW, HIGH\nRATES = [*range(LOW, HIGH)]\n",
            "base.py": "LOW, HIGH = 1, 3\nOTHER = 4\n",
        },
        {"base.py": ("LOW, HIGH = 1, 3", "LOW, HIGH = 1, 4")},
        stale="train",
    ),
    edit(
        "abc-abstract-default",
        "an abstract method with a body that a subclass calls by super()",
        {
            "steps.py": """
            from impl import Impl
            def train():
                return Impl().run()
            """,
            "base.py": """
            from abc import ABC, abstractmethod
            class Base(ABC):
                @abstractmethod
                def run(self):
                    return 1
            """,
            "impl.py": "from base import Base\nclass Impl(Base):\n    def run(self):\n        return super().run() + 1\n",
        },
        {"base.py": ("return 1", "return 5")},
        stale="train",
    ),
    edit(
        "descriptor-typed-field",
        "__get__ of a descriptor that a class has from a helper",
        {
            "steps.py": """
            from conf import Config
            def train():
                return Config().rate
            """,
            "fields.py": """
            class Field:
                def __init__(self, default):
                    self.default = default
                def __get__(self, owner, kind):
                    return self.default * 2
            def real(default):
                return Field(default)
            """,
            "conf.py": "from fields import real\nclass Config:\n    rate = real(1)\n",
        },
        {"fields.py": ("* 2", "* 3")},
        stale="train",
    ),
    edit(
        "generator-pipeline",
        "generators put together by a helper",
        {
            "steps.py": """
            from flow import chain, double, odd
            def train():
                return list(chain(range(5), double, odd))
            """,
            "flow.py": """
            def double(xs):
                for x in xs:
                    yield 2 * x
            def odd(xs):
                yield from (x + 1 for x in xs)
            def even(xs):
                yield from xs
            def chain(xs, *stages):
                for stage in stages:
                    xs = stage(xs)
                return xs
            """,
        },
        {"flow.py": ("x + 1", "x + 3")},
        stale="train",
    ),
    edit(
        "numpy-constant-made",
        "a constant of an array library made by a helper at import",
        {
            "steps.py": """
            from windows import HANN
            def train():
                return HANN
            """,
            "windows.py": """
            import math
            def window(n):
                return [round(math.sin(math.pi * i / n) ** 2, 3) for i in range(n)]
            HANN = window(4)
            """,
        },
        {"windows.py": ("** 2", "** 3")},
        stale="train",
    ),
    edit(
        "annotated-by-typist",
        "a type annotator adds annotations, a cast, a TypeVar and an overload",
        {
            "steps.py": """
            def first(xs):
                out = xs[0]
                return out
            def train():
                return first([1])
            """,
        },
        {
            "steps.py": "from __future__ import annotations\nfrom collections.abc import Sequence\nfrom typing import TypeVar\n"
            "T = TypeVar('T')\ndef first(xs: Sequence[T]) -> T:\n    out: T = xs[0]\n    return out\n"
            "def train() -> int:\n    return first([1])\n",
        },
        fresh="train",
    ),
    edit(
        "dict-literal-spread",
        "the key of a table that a spread of a constant takes over",
        {
            "steps.py": """
            BASE = {"rate": 1}
            BIG = {**BASE, "size": 2}
            def train():
                return BIG["rate"]
            def other():
                return 3
            """,
        },
        {"steps.py": ('"rate": 1', '"rate": 2')},
        stale="train",
        fresh="other",
    ),
    edit(
        "entry-table-of-lambdas-neighbour",
        "a hook that is registered and never called changes nothing of another table",
        {
            "steps.py": """
            import hooks
            from conf import CONFIG
            def train():
                return CONFIG
            """,
            "conf.py": "CONFIG = {'a': 1}\n",
            "hooks.py": """
            HOOKS = []
            SEEN = []
            def hook(f):
                HOOKS.append(f)
                return f
            @hook
            def note():
                SEEN.append(1)
            for each in HOOKS:
                each()
            """,
        },
        {"hooks.py": ("SEEN.append(1)", "SEEN.append(2)")},
        fresh="train",
    ),
    edit(
        "handler-given-to-library-unread",
        "a function given to a library changes what this step does not look at",
        {
            "steps.py": """
            import signals
            def train():
                return 1
            """,
            "signals.py": """
            import functools
            LOG = []
            def note(a, b):
                LOG.append(a)
                return b
            X = functools.reduce(note, [1, 2, 3])
            """,
        },
        {"signals.py": ("[1, 2, 3]", "[1, 2, 4]")},
        fresh="train",
    ),
]
