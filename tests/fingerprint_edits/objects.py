"""Objects and classes that remember: what their methods, constructors and operators change."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "object-decorator",
        "an object used as a decorator remembers what it decorates",
        {
            S: """
            from reg import MODELS
            import impl
            def train():
                return MODELS.get("a")()
            """,
            "impl.py": """
            from reg import MODELS
            @MODELS("a")
            def f(): return 1
            """,
            "reg.py": """
            class Registry:
                def __init__(self): self._items = {}
                def __call__(self, name):
                    def deco(f):
                        self._items[name] = f
                        return f
                    return deco
                def get(self, name): return self._items[name]
            MODELS = Registry()
            """,
        },
        {
            "impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "object-method-assigned",
        "a method remembers what it is given and gives it back",
        {
            S: """
            from reg import MODELS
            import impl
            def train():
                return MODELS.items[0]()
            """,
            "impl.py": """
            from reg import MODELS
            f = MODELS.remember(lambda: 1)
            """,
            "reg.py": """
            class Registry:
                def __init__(self): self.items = []
                def remember(self, f):
                    self.items.append(f)
                    return f
            MODELS = Registry()
            """,
        },
        {
            "impl.py": ("lambda: 1", "lambda: 2"),
        },
        stale="train",
    ),
    edit(
        "object-new",
        "__new__ enters each object in a table of the class",
        {
            S: """
            from reg import Item
            import impl
            def train():
                return [i.v for i in Item.registry.values()]
            """,
            "impl.py": """
            from reg import Item
            x = Item(1)
            """,
            "reg.py": """
            class Item:
                registry = {}
                def __new__(cls, v):
                    obj = super().__new__(cls)
                    cls.registry[v] = obj
                    obj.v = v
                    return obj
            """,
        },
        {
            "impl.py": ("Item(1)", "Item(2)"),
        },
        stale="train",
    ),
    edit(
        "object-post-init",
        "each object of a dataclass enters itself in a list of the class",
        {
            S: """
            from reg import Item
            import impl
            def train():
                return [i.v for i in Item.registry]
            """,
            "impl.py": """
            from reg import Item
            x = Item(1)
            """,
            "reg.py": """
            from dataclasses import dataclass
            from typing import ClassVar
            @dataclass
            class Item:
                v: int
                registry: ClassVar[list] = []
                def __post_init__(self):
                    self.registry.append(self)
            """,
        },
        {
            "impl.py": ("Item(1)", "Item(2)"),
        },
        stale="train",
    ),
    edit(
        "object-of-subclass",
        "objects of a subclass enter themselves in the list of the class above",
        {
            S: """
            from reg import Base
            import impl
            def train():
                return [i.v for i in Base.registry]
            """,
            "impl.py": """
            from reg import Base
            class Sub(Base): pass
            x = Sub(1)
            """,
            "reg.py": """
            class Base:
                registry = []
                def __init__(self, v):
                    self.v = v
                    self.__class__.registry.append(self)
            """,
        },
        {
            "impl.py": ("Sub(1)", "Sub(2)"),
        },
        stale="train",
    ),
    edit(
        "object-count",
        "a class counts its objects",
        {
            S: """
            from reg import Base
            import impl
            def train():
                return Base.n
            """,
            "impl.py": """
            from reg import Base
            x = Base()
            """,
            "reg.py": """
            class Base:
                n = 0
                def __init__(self):
                    type(self).n += 1
            """,
        },
        {
            "impl.py": """
            from reg import Base
            x = Base()
            y = Base()
            """,
        },
        stale="train",
    ),
    edit(
        "object-class-decorator",
        "a class used as a decorator remembers what it decorates",
        {
            S: """
            from reg import task
            import impl
            def train():
                return [f() for f in task.all]
            """,
            "impl.py": """
            from reg import task
            @task
            def f(): return 1
            """,
            "reg.py": """
            class task:
                all = []
                def __init__(self, f):
                    self.all.append(f)
            """,
        },
        {
            "impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "object-self-list",
        "self.all is the list of the class",
        {
            S: """
            from m import Reg
            import uses
            def train():
                return [r.x for r in Reg.all]
            """,
            "m.py": """
            class Reg:
                all = []
                def __init__(self, x):
                    self.x = x
                    self.all.append(self)
            """,
            "uses.py": """
            from m import Reg
            one = Reg(4)
            """,
        },
        {
            "uses.py": ("Reg(4)", "Reg(5)"),
        },
        stale="train",
    ),
    edit(
        "object-type-list",
        "type(self).all is the list of the class",
        {
            S: """
            from m import Reg
            import uses
            def train():
                return [r.x for r in Reg.all]
            """,
            "m.py": """
            class Reg:
                all = []
                def __init__(self, x):
                    self.x = x
                    type(self).all.append(self)
            """,
            "uses.py": """
            from m import Reg
            one = Reg(4)
            """,
        },
        {
            "uses.py": ("Reg(4)", "Reg(5)"),
        },
        stale="train",
    ),
    edit(
        "object-walrus",
        "a list changed by the name of an assignment expression",
        {
            S: """
            L = [1]
            y = (z := L).append(3)
            def train():
                return L
            """,
        },
        {
            S: ("append(3)", "append(4)"),
        },
        stale="train",
    ),
    edit(
        "object-pop-inside",
        "a list inside of a dict changed by a call whose result is kept",
        {
            S: """
            D = {"a": [1, 2, 3]}
            first = D["a"].pop()
            def train():
                return D
            """,
        },
        {
            S: ("pop()", "pop(0)"),
        },
        stale="train",
    ),
    edit(
        "object-of-factory",
        "an object that a function has made is changed by a method",
        {
            S: """
            from conf import cfg
            import setup_
            def train():
                return cfg.lr
            """,
            "conf.py": """
            class Conf:
                lr = 1
                def merge(self, v):
                    self.lr = v
                    return self
            def make():
                return Conf()
            cfg = make()
            """,
            "setup_.py": """
            from conf import cfg
            c2 = cfg.merge(2)
            """,
        },
        {
            "setup_.py": ("merge(2)", "merge(3)"),
        },
        stale="train",
    ),
    edit(
        "object-inherited",
        "a method of a base class changes the object by another",
        {
            S: """
            from conf import cfg
            import setup_
            def train():
                return cfg.lr
            """,
            "base.py": """
            class Base:
                def merge(self, v):
                    self._set(v)
                    return self
                def _set(self, v):
                    self.lr = v
            """,
            "conf.py": """
            from base import Base
            class Conf(Base):
                lr = 1
            cfg = Conf()
            """,
            "setup_.py": """
            from conf import cfg
            c2 = cfg.merge(2)
            """,
        },
        {
            "setup_.py": ("merge(2)", "merge(3)"),
        },
        stale="train",
    ),
    edit(
        "object-operator",
        "an operator used for its effect",
        {
            S: """
            from conf import cfg
            import setup_
            def train():
                return cfg.items
            """,
            "conf.py": """
            class C:
                def __init__(self): self.items = []
                def __lshift__(self, o):
                    self.items.append(o)
                    return self
            cfg = C()
            """,
            "setup_.py": """
            from conf import cfg
            cfg << 1 << 2
            """,
        },
        {
            "setup_.py": ("<< 2", "<< 3"),
        },
        stale="train",
    ),
    edit(
        "object-with",
        "a with statement enters an object that remembers it",
        {
            S: """
            from conf import cfg
            import setup_
            def train():
                return cfg.items
            """,
            "conf.py": """
            class C:
                def __init__(self): self.items = []
                def __enter__(self):
                    self.items.append(1)
                def __exit__(self, *a): pass
            cfg = C()
            """,
            "setup_.py": """
            from conf import cfg
            with cfg:
                pass
            """,
        },
        {
            "setup_.py": """
            from conf import cfg
            with cfg:
                pass
            with cfg:
                pass
            """,
        },
        stale="train",
    ),
    edit(
        "object-in-function",
        "a function called at the top level has an object remember something",
        {
            S: """
            from conf import cfg
            import setup_
            def train():
                return cfg.items
            """,
            "conf.py": """
            class C:
                def __init__(self): self.items = []
                def remember(self, f):
                    self.items.append(f)
                    return f
            cfg = C()
            """,
            "setup_.py": """
            from conf import cfg
            def configure(v):
                x = cfg.remember(v)
                return x
            configure(3)
            """,
        },
        {
            "setup_.py": ("configure(3)", "configure(4)"),
        },
        stale="train",
    ),
    edit(
        "object-decorator-in-function",
        "an object decorates inside of a function that is called at the top level",
        {
            S: """
            from conf import cfg
            import setup_
            def train():
                return cfg.items
            """,
            "conf.py": """
            class C:
                def __init__(self): self.items = []
                def __call__(self, f):
                    self.items.append(f())
                    return f
            cfg = C()
            """,
            "setup_.py": """
            from conf import cfg
            def configure(v):
                @cfg
                def inner():
                    return v
            configure(3)
            """,
        },
        {
            "setup_.py": ("configure(3)", "configure(4)"),
        },
        stale="train",
    ),
    edit(
        "object-own-list",
        "each object has a list of its own",
        {
            S: """
            from m import A
            X = A(1)
            Y = A(2)
            def train():
                return X.items
            def other():
                return Y.items
            """,
            "m.py": """
            class A:
                items: list
                n = 3
                def __init__(self, v):
                    self.items = []
                    self.add(v)
                def add(self, v):
                    self.items.append(v)
            """,
        },
        {
            S: ("A(2)", "A(3)"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "object-own-field",
        "each object has a field of its own",
        {
            S: """
            from m import A
            X = A()
            Y = A([2])
            def train():
                return X.items
            def other():
                return Y.items
            """,
            "m.py": """
            from dataclasses import dataclass, field
            @dataclass
            class A:
                items: list = field(default_factory=list)
                def add(self, v):
                    self.items.append(v)
            """,
        },
        {
            S: ("A([2])", "A([3])"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "object-own-default",
        "a class has a default that each object replaces",
        {
            S: """
            from m import A
            X = A(1)
            Y = A(2)
            def train():
                return X.items
            """,
            "m.py": """
            class A:
                items = None
                def __init__(self, v):
                    self.items = []
                    self.items.append(v)
            """,
        },
        {
            S: ("A(2)", "A(3)"),
        },
        fresh="train",
    ),
    edit(
        "object-decorator-partial",
        "a partial decorates two functions and remembers none",
        {
            S: """
            from functools import partial, lru_cache
            cached = lru_cache(maxsize=None)
            @cached
            def f(): return 1
            @cached
            def g(): return 2
            def train():
                return f()
            """,
        },
        {
            S: ("return 2", "return 3"),
        },
        fresh="train",
    ),
    edit(
        "object-decorator-without-memory",
        "an object decorates two functions and remembers none",
        {
            S: """
            class Timed:
                def __init__(self, n): self.n = n
                def __call__(self, f): return lambda *a: (self.n, f(*a))
            timed = Timed(1)
            @timed
            def f(): return 1
            @timed
            def g(): return 2
            def train():
                return f()
            """,
        },
        {
            S: ("return 2", "return 3"),
        },
        fresh="train",
    ),
]
