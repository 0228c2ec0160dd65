"""Configurations: dataclasses and their defaults, enumerations, typed dictionaries, named tuples."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "config-inherited-default",
        "the default of a field that a base configuration in another module has",
        {
            "steps.py": """
            from conf import Big
            def train():
                return Big().lr
            """,
            "conf.py": """
            from base import Base
            from dataclasses import dataclass
            @dataclass
            class Big(Base):
                depth: int = 3
            """,
            "base.py": """
            from dataclasses import dataclass
            @dataclass
            class Base:
                lr: float = 0.1
            """,
        },
        {
            "base.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "config-factory-constant",
        "a factory that is a lambda over a constant of another module",
        {
            "steps.py": """
            from conf import Cfg
            def train():
                return Cfg().layers
            def other():
                return 1
            """,
            "conf.py": """
            from dataclasses import dataclass, field
            import sizes
            @dataclass(frozen=True)
            class Cfg:
                layers: list = field(default_factory=lambda: [sizes.WIDTH] * 2)
            """,
            "sizes.py": """
            WIDTH = 8
            DEPTH = 2
            """,
        },
        {
            "sizes.py": ("8", "9"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "config-neighbour-constant",
        "another constant of the module that the factory reads",
        {
            "steps.py": """
            from conf import Cfg
            def train():
                return Cfg().layers
            """,
            "conf.py": """
            from dataclasses import dataclass, field
            import sizes
            @dataclass
            class Cfg:
                layers: list = field(default_factory=lambda: [sizes.WIDTH] * 2)
            """,
            "sizes.py": """
            WIDTH = 8
            DEPTH = 2
            """,
        },
        {
            "sizes.py": ("2", "3"),
        },
        fresh="train",
    ),
    edit(
        "config-replace",
        "a variant made with dataclasses.replace at the top level",
        {
            "steps.py": """
            from presets import LARGE
            def train():
                return LARGE.lr
            """,
            "presets.py": """
            from dataclasses import dataclass, replace
            @dataclass(frozen=True)
            class Cfg:
                lr: float = 0.1
                width: int = 3
            SMALL = Cfg()
            LARGE = replace(SMALL, lr=0.01)
            """,
        },
        {
            "presets.py": ("01", "02"),
        },
        stale="train",
    ),
    edit(
        "config-replace-base",
        "the constant from which a variant is made",
        {
            "steps.py": """
            from presets import LARGE, TINY
            def train():
                return LARGE.width
            def score():
                return TINY
            """,
            "presets.py": """
            from dataclasses import dataclass, replace
            @dataclass(frozen=True)
            class Cfg:
                lr: float = 0.1
                width: int = 3
            SMALL = Cfg(width=4)
            LARGE = replace(SMALL, lr=0.01)
            TINY = 2
            """,
        },
        {
            "presets.py": ("4", "5"),
        },
        stale="train",
        fresh="score",
    ),
    edit(
        "config-kw-only",
        "the decorator's keyword decides about the order of comparison",
        {
            "steps.py": """
            from dataclasses import dataclass
            @dataclass(order=True)
            class Run:
                score: float
                name: str = "x"
            def train():
                return hasattr(Run, "__lt__") and "__lt__" in vars(Run)
            """,
        },
        {
            "steps.py": ("@dataclass(order=True", "@dataclass(order=False"),
        },
        stale="train",
    ),
    edit(
        "config-post-init",
        "__post_init__ of a nested configuration",
        {
            "steps.py": """
            from dataclasses import dataclass, field
            @dataclass
            class Opt:
                lr: float = 0.1
                def __post_init__(self):
                    self.lr = self.lr * 2
            @dataclass
            class Cfg:
                opt: Opt = field(default_factory=Opt)
            def train():
                return Cfg().opt.lr
            """,
        },
        {
            "steps.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "config-initvar",
        "an InitVar becomes a field",
        {
            "steps.py": """
            from dataclasses import dataclass, InitVar, fields
            @dataclass
            class Cfg:
                a: int = 1
                b: InitVar[int] = 2
            def train():
                return [f.name for f in fields(Cfg)]
            """,
        },
        {
            "steps.py": ("InitVar[int]", "int"),
        },
        stale="train",
    ),
    edit(
        "config-slots",
        "slots of a class",
        {
            "steps.py": """
            class P:
                __slots__ = ("x",)
            def train():
                return P.__slots__
            def other():
                return 0
            """,
        },
        {
            "steps.py": (",", ', "y"'),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "config-asdict-neighbour-class",
        "another dataclass is derived from the same base",
        {
            "steps.py": """
            from dataclasses import dataclass, asdict
            @dataclass
            class Base:
                seed: int = 0
            @dataclass
            class A(Base):
                lr: float = 0.1
            @dataclass
            class B(Base):
                lr: float = 0.2
            def train():
                return asdict(A())
            def score():
                return asdict(B())
            """,
        },
        {
            "steps.py": ("2", "3"),
        },
        stale="score",
        fresh="train",
    ),
    edit(
        "config-make-dataclass",
        "a dataclass made by a call from a table",
        {
            "steps.py": """
            from dataclasses import make_dataclass, field
            SPEC = [("lr", float, field(default=0.1))]
            Cfg = make_dataclass("Cfg", SPEC)
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
        "config-class-vars",
        "a class used as a namespace of settings, and one derived from it",
        {
            "steps.py": """
            from conf import Prod
            def train():
                return Prod.LR
            """,
            "conf.py": """
            class Default:
                LR = 0.1
            class Prod(Default):
                DEBUG = False
            class Test(Default):
                LR = 0.5
            """,
        },
        {
            "conf.py": ("5", "6"),
        },
        fresh="train",
    ),
    edit(
        "config-simple-namespace",
        "a namespace that gets an attribute at the top level of another module",
        {
            "steps.py": """
            import tune
            from conf import cfg
            def train():
                return cfg.lr
            """,
            "conf.py": """
            from types import SimpleNamespace
            cfg = SimpleNamespace(lr=0.1)
            """,
            "tune.py": """
            from conf import cfg as c
            c.lr = 0.2
            """,
        },
        {
            "tune.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "config-chainmap",
        "defaults and overrides in a ChainMap",
        {
            "steps.py": """
            from conf import CFG
            def train():
                return CFG["lr"]
            """,
            "conf.py": """
            from collections import ChainMap
            DEFAULTS = {"lr": 0.1}
            OVER = {}
            CFG = ChainMap(OVER, DEFAULTS)
            OVER["lr"] = 0.2
            """,
        },
        {
            "conf.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "config-merge-operator",
        "dictionaries merged by an operator at the top level",
        {
            "steps.py": """
            from conf import CFG
            def train():
                return CFG["lr"]
            """,
            "conf.py": """
            DEFAULTS = {"lr": 0.1}
            CFG = DEFAULTS | {"wd": 0.0}
            """,
        },
        {
            "conf.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "config-inplace-merge",
        "a configuration of another module is merged in place",
        {
            "steps.py": """
            import conf, tune
            def train():
                return conf.CFG["lr"]
            """,
            "conf.py": """
            CFG = {'lr': 0.1}
            """,
            "tune.py": """
            import conf
            conf.CFG |= {'lr': 0.2}
            """,
        },
        {
            "tune.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "config-inplace-merge-imported-name",
        "a configuration that was imported by its name is merged in place",
        {
            "steps.py": """
            import conf, tune
            def train():
                return conf.CFG["lr"]
            """,
            "conf.py": """
            CFG = {'lr': 0.1}
            """,
            "tune.py": """
            from conf import CFG
            CFG |= {'lr': 0.2}
            """,
        },
        {
            "tune.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "config-inplace-merge-in-function",
        "a function merges into the configuration under a local name",
        {
            "steps.py": """
            import conf, tune
            def train():
                return conf.CFG["lr"]
            """,
            "conf.py": """
            CFG = {'lr': 0.1}
            """,
            "tune.py": """
            import conf
            def setup():
                c = conf.CFG
                c |= {'lr': 0.2}
            setup()
            """,
        },
        {
            "tune.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "config-inplace-extend-argument",
        "a function adds to the list that it is given with +=",
        {
            "steps.py": """
            import conf, tune
            def train():
                return conf.NAMES
            """,
            "conf.py": """
            NAMES = ['a']
            """,
            "tune.py": """
            import conf
            def add(names, *more):
                names += more
            add(conf.NAMES, 'b')
            """,
        },
        {
            "tune.py": ("b", "c"),
        },
        stale="train",
    ),
    edit(
        "config-inplace-global",
        "a function extends a list of its module with += and global",
        {
            "steps.py": """
            import tune
            def train():
                return tune.NAMES
            """,
            "tune.py": """
            NAMES = []
            def setup(n):
                global NAMES
                NAMES += [n]
            setup('a')
            """,
        },
        {
            "tune.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "config-counter-unrelated",
        "a loop of another module counts with += for itself",
        {
            "steps.py": """
            import tune
            from conf import N
            def train():
                return N
            """,
            "conf.py": """
            N = 1
            """,
            "tune.py": """
            from conf import N
            total = N
            for i in range(3):
                total += i
            """,
        },
        {
            "tune.py": ("3", "4"),
        },
        fresh="train",
    ),
    edit(
        "enum-functional",
        "members made by a call",
        {
            "steps.py": """
            from enum import Enum
            NAMES = "A B"
            Kind = Enum("Kind", NAMES)
            def train():
                return [k.name for k in Kind]
            """,
        },
        {
            "steps.py": ("A B", "B A"),
        },
        stale="train",
    ),
    edit(
        "enum-auto-order",
        "members of auto() change places",
        {
            "steps.py": """
            from enum import Enum, auto
            class Kind(Enum):
                A = auto()
                B = auto()
            def train():
                return Kind.A.value
            """,
        },
        {
            "steps.py": ("A = auto()\n    B", "B = auto()\n    A"),
        },
        stale="train",
    ),
    edit(
        "enum-missing-hook",
        "_missing_ of a mixed-in base in another module",
        {
            "steps.py": """
            from enum import Enum
            from kinds import Lenient
            class Kind(Lenient, Enum):
                A = "a"
                B = "b"
            def train():
                return Kind("zzz").name
            """,
            "kinds.py": """
            class Lenient:
                @classmethod
                def _missing_(cls, value):
                    return cls.A
            """,
        },
        {
            "kinds.py": ("A", "B"),
        },
        stale="train",
    ),
    edit(
        "enum-member-function",
        "a member is a function of another module",
        {
            "steps.py": """
            from enum import Enum, member
            from functools import partial
            import acts
            class Act(Enum):
                RELU = member(partial(acts.relu))
                SIG = member(partial(acts.sig))
            def train():
                return Act["RELU"].value(-1)
            """,
            "acts.py": """
            def relu(x):
                return max(x, 0)
            def sig(x):
                return x
            """,
        },
        {
            "acts.py": ("0", "5"),
        },
        stale="train",
    ),
    edit(
        "enum-flag-composed",
        "a flag composed of others",
        {
            "steps.py": """
            from enum import Flag
            class Aug(Flag):
                FLIP = 1
                CROP = 2
                ALL = FLIP | CROP
            def train():
                return Aug.ALL.value
            """,
        },
        {
            "steps.py": ("FLIP | CROP", "FLIP"),
        },
        stale="train",
    ),
    edit(
        "enum-str-neighbour",
        "another enumeration of the module, of the same base",
        {
            "steps.py": """
            from enum import StrEnum
            class Split(StrEnum):
                TRAIN = "train"
            class Metric(StrEnum):
                ACC = "acc"
            def train():
                return str(Split.TRAIN)
            def score():
                return str(Metric.ACC)
            """,
        },
        {
            "steps.py": ("acc", "accuracy"),
        },
        stale="score",
        fresh="train",
    ),
    edit(
        "typeddict-keys",
        "keys that a TypedDict requires are read at run time",
        {
            "steps.py": """
            from typing import TypedDict
            class Row(TypedDict):
                x: int
            def train():
                return sorted(Row.__required_keys__)
            """,
        },
        {
            "steps.py": ("x", "y"),
        },
        stale="train",
    ),
    edit(
        "typeddict-total",
        "total=False",
        {
            "steps.py": """
            from typing import TypedDict
            class Row(TypedDict, total=True):
                x: int
            def train():
                return sorted(Row.__required_keys__)
            """,
        },
        {
            "steps.py": ("class Row(TypedDict, total=True", "class Row(TypedDict, total=False"),
        },
        stale="train",
    ),
    edit(
        "protocol-runtime",
        "a protocol that is checked at run time asks for another method",
        {
            "steps.py": """
            from typing import Protocol, runtime_checkable
            @runtime_checkable
            class Fits(Protocol):
                def fit(self): ...
            class Model:
                def fit(self): return 1
            def train():
                return isinstance(Model(), Fits)
            """,
        },
        {
            "steps.py": ("    def fit(self): .", "    def refit(self): ."),
        },
        stale="train",
    ),
    edit(
        "namedtuple-order",
        "two fields of a NamedTuple change places",
        {
            "steps.py": """
            from typing import NamedTuple
            class Out(NamedTuple):
                a: int
                b: int
            def train():
                return Out(1, 2)._asdict()
            """,
        },
        {
            "steps.py": ("a: int\n    b", "b: int\n    a"),
        },
        stale="train",
    ),
    edit(
        "namedtuple-default",
        "the default of a NamedTuple's field of another module",
        {
            "steps.py": """
            from outs import Out
            def train():
                return Out(1)
            """,
            "outs.py": """
            from typing import NamedTuple
            class Out(NamedTuple):
                a: int
                b: int = 2
            """,
        },
        {
            "outs.py": ("2", "3"),
        },
        stale="train",
    ),
]
