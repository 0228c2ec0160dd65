"""Classes: bases, metaclasses, registries of subclasses, fields."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
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
        {
            "models.py": ("return 3", "return 4"),
        },
        stale="train",
        fresh="other",
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
        {
            "top.py": ("return 1", "return 2"),
        },
        stale="train",
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
        {
            "meta.py": ('"a"', '"b"'),
        },
        stale="train",
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
        {
            "impls.py": ("return 1", "return 2"),
        },
        stale="train",
        fresh="plain",
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
        {
            "impls.py": """
            from base import Base
            class A(Base):
                pass
            class B(Base):
                pass
            """,
        },
        stale="train",
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
        {
            "plugins.py": ("n = 1", "n = 2"),
        },
        stale="train",
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
        {
            S: ("n = 2", "n = 3"),
        },
        stale="other",
        fresh="train",
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
        {
            "patch.py": ("5", "6"),
        },
        stale="train",
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
        {
            S: (", 2)", ", 3)"),
        },
        stale="train",
        fresh="other",
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
        {
            S: ("name, 1)", "name, 2)"),
        },
        stale="train",
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
        {
            S: ("A = 1", "A = 7"),
        },
        stale="train",
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
        {
            "conf.py": ("0.1", "0.2"),
        },
        stale="train",
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
        {
            S: ("b = 2", "b: int = 2"),
        },
        stale="train",
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
        {
            S: ('"x y"', '"x z"'),
        },
        stale="train",
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
        {
            "fields.py": ("return 2", "return 4"),
        },
        stale="train",
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
        {
            S: ("= 1", "= 2"),
        },
        stale="train",
    ),
    edit(
        "class-generic-base-registry",
        "the subclass of a subscripted base registers itself",
        {
            S: """
            from typing import Generic, TypeVar
            import b, impl
            def train():
                return [c.n for c in b.KNOWN]
            """,
            "b.py": """
            from typing import Generic, TypeVar
            T=TypeVar('T')
            KNOWN=[]
            class Base(Generic[T]):
                def __init_subclass__(cls):
                    KNOWN.append(cls)
            """,
            "impl.py": """
            from b import Base
            class A(Base[int]):
                n=1
            """,
        },
        {
            "impl.py": ("n=1", "n=2"),
        },
        stale="train",
    ),
    edit(
        "class-subclasses-by-helper",
        "a helper of another module walks the tree of subclasses",
        {
            S: """
            import impl
            from tools import all_of
            from base import Base
            def train():
                return sorted(c.n for c in all_of(Base))
            """,
            "tools.py": """
            def all_of(c):
                out=[]
                for s in c.__subclasses__():
                    out.append(s); out += all_of(s)
                return out
            """,
            "base.py": """
            class Base:
                n=0
            """,
            "impl.py": """
            import base
            class A(base.Base):
                n=1
            class B(A):
                n=2
            """,
        },
        {
            "impl.py": ("n=2", "n=3"),
        },
        stale="train",
    ),
]
