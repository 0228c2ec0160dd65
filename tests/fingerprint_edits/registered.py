"""Registries, dispatchers and descriptors, filled by calls, operators and annotations."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "dispatch-method-elsewhere",
        "an implementation of a singledispatchmethod is registered from another module",
        {
            "steps.py": """
            import impl
            from core import Enc
            def train():
                return Enc().encode(3)
            """,
            "core.py": """
            from functools import singledispatchmethod
            class Enc:
                @singledispatchmethod
                def encode(self, x):
                    return "any"
            """,
            "impl.py": """
            from core import Enc
            def encode_int(self, x):
                return "int"
            Enc.encode.register(int)(encode_int) if False else Enc.__dict__["encode"].register(int, encode_int)
            """,
        },
        {
            "impl.py": ('"int', '"INT'),
        },
        stale="train",
    ),
    edit(
        "dispatch-by-annotation",
        "an implementation registered by a call is dispatched by its annotation",
        {
            "steps.py": """
            from functools import singledispatch
            @singledispatch
            def enc(x):
                return "any"
            def enc_int(x: int):
                return "one"
            enc.register(enc_int)
            def train():
                return enc(3), enc("a")
            """,
        },
        {
            "steps.py": (" int", " str"),
        },
        stale="train",
    ),
    edit(
        "dispatch-of-subclass",
        "an implementation for a class's base",
        {
            "steps.py": """
            import impl
            from core import enc, B
            def train():
                return enc(B())
            """,
            "core.py": """
            from functools import singledispatch
            class A: pass
            class B(A): pass
            @singledispatch
            def enc(x):
                return "any"
            """,
            "impl.py": """
            from core import enc, A
            @enc.register
            def _(x: A):
                return "A"
            @enc.register
            def _(x: list):
                return "list"
            """,
        },
        {
            "impl.py": ('"A', '"a'),
        },
        stale="train",
    ),
    edit(
        "functools-cached-property-constant",
        "a cached property reads a constant of its module",
        {
            "steps.py": """
            from models import Model
            def train():
                return Model().size
            """,
            "models.py": """
            from functools import cached_property
            SIZE = 3
            class Model:
                @cached_property
                def size(self):
                    return SIZE
            """,
        },
        {
            "models.py": ("3", "4"),
        },
        stale="train",
    ),
    edit(
        "functools-partialmethod",
        "the function behind a partialmethod, in another module",
        {
            "steps.py": """
            from models import Model
            def train():
                return Model().double()
            """,
            "models.py": """
            from functools import partialmethod
            import ops
            class Model:
                double = partialmethod(ops.times, 2)
            """,
            "ops.py": """
            def times(self, n):
                return 10 * n
            """,
        },
        {
            "ops.py": ("10", "11"),
        },
        stale="train",
    ),
    edit(
        "functools-partialmethod-argument",
        "the argument of a partialmethod",
        {
            "steps.py": """
            from functools import partialmethod
            class Model:
                def times(self, n):
                    return 10 * n
                double = partialmethod(times, 2)
            def train():
                return Model().double()
            """,
        },
        {
            "steps.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "functools-lru-key",
        "the size of a cache",
        {
            "steps.py": """
            from functools import lru_cache
            @lru_cache(maxsize=1)
            def f(x):
                return x
            def train():
                f(1); f(2)
                return f.cache_info().currsize
            """,
        },
        {
            "steps.py": ("maxsize=1", "maxsize=2"),
        },
        stale="train",
    ),
    edit(
        "functools-reduce-compose",
        "functions composed by reduce at the top level",
        {
            "steps.py": """
            from functools import reduce
            import tf
            prep = reduce(lambda f, g: lambda x: g(f(x)), [tf.inc, tf.double])
            def train():
                return prep(3)
            """,
            "tf.py": """
            def inc(x):
                return x + 1
            def double(x):
                return x * 2
            """,
        },
        {
            "tf.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "descriptor-set-name",
        "a descriptor's __set_name__ enters itself in a table of its owner",
        {
            "steps.py": """
            from fields import Field
            class Model:
                a = Field()
                b = Field()
            def train():
                return Model._fields
            """,
            "fields.py": """
            class Field:
                def __set_name__(self, owner, name):
                    owner._fields = [*getattr(owner, "_fields", []), name]
            """,
        },
        {
            "fields.py": ("), name", "), name.upper()"),
        },
        stale="train",
    ),
    edit(
        "descriptor-in-registry",
        "descriptors of a class fill a table of another module",
        {
            "steps.py": """
            import fields, models
            def train():
                return fields.ALL
            """,
            "fields.py": """
            ALL = []
            class Field:
                def __set_name__(self, owner, name):
                    ALL.append(name)
            """,
            "models.py": """
            from fields import Field
            class Model:
                a = Field()
            """,
        },
        {
            "models.py": (" a", " b"),
        },
        stale="train",
    ),
    edit(
        "descriptor-validated",
        "a validating descriptor with an option",
        {
            "steps.py": """
            class Positive:
                def __init__(self, default):
                    self.default = default
                def __get__(self, obj, owner):
                    return self.default
            class Cfg:
                lr = Positive(0.1)
            def train():
                return Cfg().lr
            """,
        },
        {
            "steps.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "registry-init-subclass-keyword",
        "the name in a class statement's keyword",
        {
            "steps.py": """
            import models, nets
            def train():
                return sorted(models.Base.known)
            """,
            "models.py": """
            class Base:
                known = {}
                def __init_subclass__(cls, name, **more):
                    super().__init_subclass__(**more)
                    Base.known[name] = cls
            """,
            "nets.py": """
            from models import Base
            class Net(Base, name="net"):
                pass
            """,
        },
        {
            "nets.py": ("net", "big"),
        },
        stale="train",
    ),
    edit(
        "registry-torch-like",
        "a module built from a registry by the type in a configuration",
        {
            "steps.py": """
            from zoo import build
            import zoo.nets
            CFG = {"type": "Mlp", "width": 3}
            def train():
                return build(CFG).forward()
            """,
            "zoo/__init__.py": """
            from .registry import build, MODELS
            """,
            "zoo/registry.py": """
            class Registry(dict):
                def register(self, name=None):
                    def wrap(cls):
                        self[name or cls.__name__] = cls
                        return cls
                    return wrap
            MODELS = Registry()
            def build(cfg):
                cfg = dict(cfg)
                return MODELS[cfg.pop("type")](**cfg)
            """,
            "zoo/nets.py": """
            from .registry import MODELS
            from .layers import linear
            @MODELS.register()
            class Mlp:
                def __init__(self, width):
                    self.width = width
                def forward(self):
                    return linear(self.width)
            """,
            "zoo/layers.py": """
            def linear(n):
                return n * 2
            """,
        },
        {
            "zoo/layers.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "registry-userdict-setitem",
        "a registry whose own __setitem__ changes what is kept",
        {
            "steps.py": """
            from reg import REG
            import impl
            def train():
                return REG.data["f"]
            """,
            "reg.py": """
            class Reg:
                def __init__(self):
                    self.data = {}
                def __setitem__(self, k, v):
                    self.data[k] = v() + 1
            REG = Reg()
            """,
            "impl.py": """
            from reg import REG
            REG["f"] = lambda: 1
            """,
        },
        {
            "impl.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "registry-operator-assigned",
        "an operator whose result is kept enters what it is given",
        {
            "steps.py": """
            from graph import ALL
            import impl
            def train():
                return [n.name for n in ALL]
            """,
            "graph.py": """
            ALL = []
            class Node:
                def __init__(self, name):
                    self.name = name
                def __rshift__(self, other):
                    ALL.append(other)
                    return other
            start = Node("start")
            """,
            "impl.py": """
            from graph import Node, start
            end = start >> Node("end")
            """,
        },
        {
            "impl.py": ('"end', '"stop'),
        },
        stale="train",
    ),
    edit(
        "registry-matmul-in-call",
        "an operator as an argument enters what it is given",
        {
            "steps.py": """
            from graph import ALL
            import impl
            def train():
                return ALL
            """,
            "graph.py": """
            ALL = []
            class Node:
                def __or__(self, other):
                    ALL.append(other)
                    return self
            start = Node()
            """,
            "impl.py": """
            from graph import start
            chain = [start | "a" | "b"]
            """,
        },
        {
            "impl.py": ("b", "c"),
        },
        stale="train",
    ),
    edit(
        "registry-iadd-object",
        "an object's own += enters what it is given",
        {
            "steps.py": """
            import impl
            from hub import hub
            def train():
                return hub.all
            """,
            "hub.py": """
            class Hub:
                def __init__(self):
                    self.all = []
                def __iadd__(self, other):
                    self.all.append(other)
                    return self
            hub = Hub()
            """,
            "impl.py": """
            import hub
            def register():
                h = hub.hub
                h += "a"
            register()
            """,
        },
        {
            "impl.py": ("a", "b"),
        },
        stale="train",
    ),
    edit(
        "registry-property-setter",
        "a setter of an object's property fills a table",
        {
            "steps.py": """
            import impl
            from hub import TABLE
            def train():
                return TABLE
            """,
            "hub.py": """
            TABLE = {}
            class Hub:
                @property
                def mode(self):
                    return TABLE["mode"]
                @mode.setter
                def mode(self, value):
                    TABLE["mode"] = value
            hub = Hub()
            """,
            "impl.py": """
            from hub import hub
            hub.mode = "fast"
            """,
        },
        {
            "impl.py": ("fast", "slow"),
        },
        stale="train",
    ),
    edit(
        "registry-getitem-effect",
        "asking an object for an item enters it",
        {
            "steps.py": """
            import impl
            from hub import SEEN
            def train():
                return SEEN
            """,
            "hub.py": """
            SEEN = []
            class Hub:
                def __getitem__(self, name):
                    SEEN.append(name)
                    return name
            hub = Hub()
            """,
            "impl.py": """
            from hub import hub
            it = hub["a"]
            """,
        },
        {
            "impl.py": ("a", "b"),
        },
        stale="train",
    ),
    edit(
        "registry-class-decorator-other-module",
        "a class decorator of another module enters classes under a version",
        {
            "steps.py": """
            import nets
            from reg import make
            def train():
                return make("net").run()
            """,
            "reg.py": """
            _all = {}
            def model(name, *, version=1):
                def wrap(cls):
                    _all[name] = (cls, version)
                    return cls
                return wrap
            def make(name):
                cls, v = _all[name]
                return cls(v)
            """,
            "nets.py": """
            from reg import model
            @model("net", version=2)
            class Net:
                def __init__(self, v):
                    self.v = v
                def run(self):
                    return self.v
            """,
        },
        {
            "nets.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "registry-neighbour-entry-unused",
        "a plain function beside a registered one",
        {
            "steps.py": """
            import nets
            from reg import ALL
            def train():
                return [f() for f in ALL]
            """,
            "reg.py": """
            ALL = []
            def reg(f):
                ALL.append(f)
                return f
            """,
            "nets.py": """
            from reg import reg
            @reg
            def a():
                return 1
            def b():
                return 2
            """,
        },
        {
            "nets.py": ("2", "3"),
        },
        fresh="train",
    ),
]
