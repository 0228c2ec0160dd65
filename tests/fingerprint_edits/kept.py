"""State that outlasts a call: seeds, settings, counters, iterators, memories."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "state-seed-from-import",
        "seed imported by its name, called in a function",
        {
            "steps.py": """
            import random
            import setup_all
            def train():
                return random.random()
            """,
            "setup_all.py": """
            from random import seed
            def go(n):
                seed(n)
            go(1)
            """,
        },
        {
            "setup_all.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-seed-module-constant",
        "the seed is a constant of a third module, set by a function of a second",
        {
            "steps.py": """
            import random
            import start
            def train():
                return random.random()
            """,
            "start.py": """
            from seeding import seed_everything
            from conf import SEED
            seed_everything(SEED)
            """,
            "seeding.py": """
            import random
            def seed_everything(n):
                random.seed(n)
            """,
            "conf.py": """
            SEED = 1
            NAME = 'x'
            """,
        },
        {
            "conf.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-recursion-limit",
        "a limit of the interpreter set in a module imported for it",
        {
            "steps.py": """
            import sys
            import limits
            def train():
                return sys.getrecursionlimit()
            """,
            "limits.py": """
            import sys
            sys.setrecursionlimit(2000)
            """,
        },
        {
            "limits.py": ("2000", "2001"),
        },
        stale="train",
    ),
    edit(
        "state-decimal-from-import",
        "getcontext imported by its name",
        {
            "steps.py": """
            import decimal
            import prec
            def train():
                return decimal.Decimal(1) / 3
            """,
            "prec.py": """
            from decimal import getcontext
            getcontext().prec = 5
            """,
        },
        {
            "prec.py": ("5", "6"),
        },
        stale="train",
    ),
    edit(
        "state-environ-update",
        "os.environ.update in a module imported for it",
        {
            "steps.py": """
            import os
            import env
            def train():
                return os.environ["LINEAGE_TEST_X"]
            """,
            "env.py": """
            import os
            os.environ.update(LINEAGE_TEST_X='1')
            """,
        },
        {
            "env.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-environ-alias",
        "environ imported by its name, set in a function",
        {
            "steps.py": """
            import os
            import env
            def train():
                return os.environ["LINEAGE_TEST_X"]
            """,
            "env.py": """
            from os import environ
            def go(v):
                environ['LINEAGE_TEST_X'] = v
            go('1')
            """,
        },
        {
            "env.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-environ-or",
        "os.environ |= ...",
        {
            "steps.py": """
            import os
            import env
            def train():
                return os.environ["LINEAGE_TEST_X"]
            """,
            "env.py": """
            import os
            os.environ |= {'LINEAGE_TEST_X': '1'}
            """,
        },
        {
            "env.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-json-default",
        "a class of the standard library gets another method",
        {
            "steps.py": """
            import json
            import enc
            def train():
                return json.dumps({1, 2})
            """,
            "enc.py": """
            import json
            def default(self, x):
                return len(x)
            json.JSONEncoder.default = default
            """,
        },
        {
            "enc.py": ("len(x)", "len(x) + 1"),
        },
        stale="train",
    ),
    edit(
        "state-copyreg",
        "how objects are copied is registered with the standard library",
        {
            "steps.py": """
            import copy
            import red
            from red import P
            def train():
                return copy.copy(P(1)).x
            """,
            "red.py": """
            import copyreg
            class P:
                def __init__(self, x):
                    self.x = x
            def reduce(p):
                return P, (p.x + 1,)
            copyreg.pickle(P, reduce)
            """,
        },
        {
            "red.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-sqlite-adapter",
        "an adapter registered with sqlite3 in a module imported for it",
        {
            "steps.py": """
            import sqlite3
            import ad
            def train():
                return sqlite3.connect(":memory:").execute("select ?", (ad.P(),)).fetchone()
            """,
            "ad.py": """
            import sqlite3
            class P:
                pass
            sqlite3.register_adapter(P, lambda p: 'one')
            """,
        },
        {
            "ad.py": ("one", "two"),
        },
        stale="train",
    ),
    edit(
        "state-contextvar",
        "a context variable set in a module imported for it",
        {
            "steps.py": """
            import ctx, start
            def train():
                return ctx.MODE.get()
            """,
            "ctx.py": """
            from contextvars import ContextVar
            MODE = ContextVar('mode', default='a')
            """,
            "start.py": """
            import ctx
            ctx.MODE.set('b')
            """,
        },
        {
            "start.py": ("b", "c"),
        },
        stale="train",
    ),
    edit(
        "state-iterator-shared",
        "a counter of itertools is asked in another module",
        {
            "steps.py": """
            import ids, model
            def train():
                return next(ids.counter)
            """,
            "ids.py": """
            import itertools
            counter = itertools.count()
            """,
            "model.py": """
            import ids
            own = next(ids.counter)
            """,
        },
        {
            "model.py": ("counter)\n", "counter)\nanother = next(ids.counter)\n"),
        },
        stale="train",
    ),
    edit(
        "state-excepthook-unrelated",
        "a hook for errors that nobody meets",
        {
            "steps.py": """
            import sys
            import hooks
            def train():
                return 1
            """,
            "hooks.py": """
            import atexit
            def bye():
                return 'bye'
            atexit.register(bye)
            """,
        },
        {
            "hooks.py": ("'bye", "'ciao"),
        },
        fresh="train",
    ),
    edit(
        "state-lock-unrelated",
        "a lock of another module",
        {
            "steps.py": """
            import hooks
            def train():
                return hooks.N
            """,
            "hooks.py": """
            import threading
            lock = threading.Lock()
            N = 1
            """,
        },
        {
            "hooks.py": ("lock = threading.Lock", "lock = threading.RLock"),
        },
        fresh="train",
    ),
    edit(
        "state-class-counter",
        "objects made at the top level of another module are counted by their class",
        {
            "steps.py": """
            from nodes import Node
            import graph
            def train():
                return Node.count
            """,
            "nodes.py": """
            class Node:
                count = 0
                def __init__(self):
                    type(self).count += 1
            """,
            "graph.py": """
            from nodes import Node
            nodes = [Node() for _ in range(2)]
            """,
        },
        {
            "graph.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "state-nonlocal-closure",
        "a counter in a closure of another module is advanced",
        {
            "steps.py": """
            import ids, model
            def train():
                return ids.new()
            """,
            "ids.py": """
            def maker():
                n = 0
                def new():
                    nonlocal n
                    n += 1
                    return n
                return new
            new = maker()
            """,
            "model.py": """
            import ids
            own = ids.new()
            """,
        },
        {
            "model.py": (")\n", ")\nmore = ids.new()\n"),
        },
        stale="train",
    ),
    edit(
        "state-function-attribute",
        "a function remembers in an attribute of its own",
        {
            "steps.py": """
            import ids, model
            def train():
                return ids.new()
            """,
            "ids.py": """
            def new():
                new.n = getattr(new, 'n', 0) + 1
                return new.n
            """,
            "model.py": """
            import ids
            own = ids.new()
            """,
        },
        {
            "model.py": (")", "); more = ids.new()"),
        },
        stale="train",
    ),
    edit(
        "state-default-argument-memo",
        "a function remembers in a mutable default",
        {
            "steps.py": """
            import ids, model
            def train():
                return ids.seen('z')
            """,
            "ids.py": """
            def seen(x, memo=[]):
                memo.append(x)
                return list(memo)
            """,
            "model.py": """
            import ids
            own = ids.seen('a')
            """,
        },
        {
            "model.py": ("a", "b"),
        },
        stale="train",
    ),
    edit(
        "state-lru-warm",
        "a cached function is called first elsewhere",
        {
            "steps.py": """
            import ids, model
            def train():
                return ids.get('k')
            """,
            "ids.py": """
            from functools import cache
            TABLE = {}
            @cache
            def get(k):
                return TABLE.get(k)
            """,
            "model.py": """
            import ids
            ids.TABLE['k'] = 1
            ids.get('k')
            ids.TABLE['k'] = 2
            """,
        },
        {
            "model.py": ("1", "3"),
        },
        stale="train",
    ),
    edit(
        "state-threading-local",
        "an attribute of threading.local is set elsewhere",
        {
            "steps.py": """
            import st, model
            def train():
                return st.here.mode
            """,
            "st.py": """
            import threading
            here = threading.local()
            """,
            "model.py": """
            from st import here
            here.mode = 'a'
            """,
        },
        {
            "model.py": ("a", "b"),
        },
        stale="train",
    ),
    edit(
        "state-signal-dispatch",
        "a callback is connected to a signal of another module by an object's method",
        {
            "steps.py": """
            import sig, model
            def train():
                return sig.ready.send(1)
            """,
            "sig.py": """
            class Signal:
                def __init__(self):
                    self._subs = []
                def listen(self, f):
                    self._subs.append(f)
                    return f
                def send(self, x):
                    return [f(x) for f in self._subs]
            ready = Signal()
            """,
            "model.py": """
            from sig import ready
            @ready.listen
            def on(x):
                return x + 1
            """,
        },
        {
            "model.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "state-weak-registry",
        "a WeakValueDictionary is filled by objects as they are made",
        {
            "steps.py": """
            import objs, model
            def train():
                return sorted(objs.ALL)
            """,
            "objs.py": """
            import weakref
            ALL = weakref.WeakValueDictionary()
            class Thing:
                def __init__(self, name):
                    ALL[name] = self
            """,
            "model.py": """
            from objs import Thing
            a = Thing('a')
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-comprehension-effect",
        "a comprehension at the top level registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return x
            """,
            "model.py": """
            from reg import add
            names = {n: add(n) for n in ('a', 'b')}
            """,
        },
        {
            "model.py": ("b", "c"),
        },
        stale="train",
    ),
    edit(
        "state-assert-effect",
        "an assertion calls what registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return True
            """,
            "model.py": """
            from reg import add
            assert add('a')
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-conditional-effect",
        "a conditional expression calls what registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return True
            """,
            "model.py": """
            from reg import add
            ok = add('a') if True else None
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-fstring-effect",
        "a call inside of an f-string registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return x
            """,
            "model.py": """
            from reg import add
            ok = f"{add('a')}"
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-default-effect",
        "a call in a parameter's default registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return x
            """,
            "model.py": """
            from reg import add
            def f(x=add('a')):
                return x
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-annotation-effect",
        "a call in an annotation of a class registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return int
            """,
            "model.py": """
            from reg import add
            class C:
                x: add('a')
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-base-call-effect",
        "a call among the bases registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            def add(x):
                ALL.append(x)
                return object
            """,
            "model.py": """
            from reg import add
            class C(add('a')):
                pass
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-lambda-called",
        "a lambda that is called at once registers",
        {
            "steps.py": """
            import reg, model
            def train():
                return reg.ALL
            """,
            "reg.py": """
            ALL = []
            """,
            "model.py": """
            import reg
            (lambda r: r.append('a'))(reg.ALL)
            """,
        },
        {
            "model.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "state-deque-consume",
        "a deque of another module is consumed by an iterator",
        {
            "steps.py": """
            import reg, model
            def train():
                return list(reg.IT)
            """,
            "reg.py": """
            IT = iter(range(5))
            """,
            "model.py": """
            import reg
            first = [x for x, _ in zip(reg.IT, range(2))]
            """,
        },
        {
            "model.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "state-generator-send",
        "a generator of another module is advanced in a loop",
        {
            "steps.py": """
            import reg, model
            def train():
                return list(reg.IT)
            """,
            "reg.py": """
            def gen():
                yield 1
                yield 2
                yield 3
            IT = gen()
            """,
            "model.py": """
            import reg
            for x in reg.IT:
                if x == 1:
                    break
            """,
        },
        {
            "model.py": ("1", "2"),
        },
        stale="train",
    ),
]
