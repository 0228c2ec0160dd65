"""Objects that are shared while modules are imported: cached ones, generators, models, what a decorator calls."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "made-class-list-by-object",
        "a list of a class is appended to through an object",
        {
            "steps.py": """
            import hooks
            from trainer import Trainer
            def train():
                return list(Trainer.callbacks)
            """,
            "trainer.py": """
            class Trainer:
                callbacks = []
            """,
            "hooks.py": """
            from trainer import Trainer
            t = Trainer()
            t.callbacks.append("a")
            """,
        },
        {
            "hooks.py": ('"a"', '"b"'),
        },
        stale="train",
    ),
    edit(
        "made-singleton-of-class",
        "singleton by __new__ set by another module",
        {
            "steps.py": """
            import overrides
            from conf import Settings
            def train():
                return Settings().lr
            def other():
                return 0
            """,
            "conf.py": """
            class Settings:
                _inst = None
                def __new__(cls):
                    if cls._inst is None:
                        cls._inst = super().__new__(cls)
                        cls._inst.lr = 0.1
                    return cls._inst
            """,
            "overrides.py": """
            from conf import Settings
            Settings().lr = 0.2
            """,
        },
        {
            "overrides.py": ("0.2", "0.3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "made-one-dict-for-all",
        "all objects of a class have one dictionary",
        {
            "steps.py": """
            import overrides
            from conf import Settings
            def train():
                return Settings().lr
            def other():
                return 0
            """,
            "conf.py": """
            class Settings:
                _shared = {"lr": 0.1}
                def __init__(self):
                    self.__dict__ = self._shared
            """,
            "overrides.py": """
            from conf import Settings
            s = Settings()
            s.lr = 0.2
            """,
        },
        {
            "overrides.py": ("0.2", "0.3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "made-once-and-cached",
        "cached get_settings, changed by another module",
        {
            "steps.py": """
            import overrides
            from conf import get_settings
            def train():
                return get_settings().lr
            def other():
                return 0
            """,
            "conf.py": """
            from functools import lru_cache
            class Settings:
                def __init__(self):
                    self.lr = 0.1
            @lru_cache
            def get_settings():
                return Settings()
            """,
            "overrides.py": """
            from conf import get_settings
            get_settings().lr = 0.2
            """,
        },
        {
            "overrides.py": ("0.2", "0.3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "made-once-by-name",
        "cached get_settings, changed by another module under a name",
        {
            "steps.py": """
            import overrides
            from conf import get_settings
            def train():
                return get_settings()["lr"]
            def other():
                return 0
            """,
            "conf.py": """
            import functools
            @functools.cache
            def get_settings():
                return {"lr": 0.1}
            """,
            "overrides.py": """
            from conf import get_settings
            settings = get_settings()
            settings["lr"] = 0.2
            """,
        },
        {
            "overrides.py": ("0.2", "0.3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "made-anew",
        "uncached factory; change of a fresh dict is nobody's business",
        {
            "steps.py": """
            import overrides
            from conf import make
            def train():
                return make()["lr"]
            """,
            "conf.py": """
            def make():
                return {"lr": 0.1}
            """,
            "overrides.py": """
            from conf import make
            settings = make()
            settings["lr"] = 0.2
            """,
        },
        {
            "overrides.py": ("0.2", "0.3"),
        },
        fresh="train",
    ),
    edit(
        "drawn-from-generator",
        "a module's generator is drawn from at import",
        {
            "steps.py": """
            from data import RNG
            def train():
                return RNG.normal()
            def other():
                return 0
            """,
            "data.py": """
            import numpy as np
            RNG = np.random.default_rng(0)
            NOISE = RNG.normal(size=3)
            """,
        },
        {
            "data.py": ("size=3", "size=4"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "drawn-by-function",
        "a module's generator is drawn from by a function at import",
        {
            "steps.py": """
            from data import RNG
            def train():
                return RNG.normal()
            def other():
                return 0
            """,
            "data.py": """
            import numpy as np
            RNG = np.random.default_rng(0)
            def noise(rng, n):
                return rng.normal(size=n)
            NOISE = noise(RNG, 3)
            """,
        },
        {
            "data.py": ("RNG, 3", "RNG, 4"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "drawn-sample",
        "a sample is drawn from a generator at import",
        {
            "steps.py": """
            from data import RNG
            def train():
                return RNG.random()
            """,
            "data.py": """
            import random
            RNG = random.Random(0)
            ORDER = RNG.sample(range(10), 3)
            """,
        },
        {
            "data.py": (", 3", ", 7"),
        },
        stale="train",
    ),
    edit(
        "fitted-transformed",
        "fit whose result is kept",
        {
            "steps.py": """
            from data import SCALER
            def train():
                return SCALER.mean_.tolist()
            def other():
                return 0
            """,
            "data.py": """
            from sklearn.preprocessing import StandardScaler
            SCALER = StandardScaler()
            XS = SCALER.fit_transform([[1.0], [2.0]])
            """,
        },
        {
            "data.py": ("2.0", "3.0"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "fitted-kept",
        "a model is fitted, and what fit gives back is kept",
        {
            "steps.py": """
            from data import CLF
            def train():
                return CLF.predict([[1.0]]).tolist()
            def other():
                return 0
            """,
            "data.py": """
            from sklearn.linear_model import LinearRegression
            CLF = LinearRegression()
            MODEL = CLF.fit([[1.0], [2.0]], [1, 2])
            """,
        },
        {
            "data.py": ("[1, 2]", "[1, 3]"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "fitted-parameters-set",
        "parameters are set, and what that gives back is kept",
        {
            "steps.py": """
            from data import CLF
            def train():
                return CLF.C
            def other():
                return 0
            """,
            "data.py": """
            from sklearn.svm import SVC
            CLF = SVC()
            TUNED = CLF.set_params(C=2.0)
            """,
        },
        {
            "data.py": ("2.0", "3.0"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "made-folder",
        "a folder constant is made at import",
        {
            "steps.py": """
            from conf import OUT
            def train():
                return str(OUT)
            """,
            "conf.py": """
            from pathlib import Path
            OUT = Path("out")
            """,
        },
        {
            "conf.py": ('OUT = Path("out")', 'OUT = Path("out")\nOUT.mkdir(parents=True, exist_ok=True)'),
        },
        fresh="train",
    ),
    edit(
        "drawn-from-closure",
        "a function counts its calls in a variable of another one",
        {
            "steps.py": """
            from conf import nxt
            def train():
                return nxt()
            """,
            "conf.py": """
            def counter():
                n = 0
                def inc():
                    nonlocal n
                    n = n + 1
                    return n
                return inc
            nxt = counter()
            FIRST = nxt()
            """,
        },
        {
            "conf.py": ("FIRST = nxt()", "FIRST = 1"),
        },
        stale="train",
    ),
    edit(
        "called-by-decorator",
        "a decorator calls what it decorates at once",
        {
            "steps.py": """
            import setup
            from conf import CFG
            def train():
                return CFG["lr"]
            def other():
                return 1
            """,
            "conf.py": "CFG = {'lr': 0.1}",
            "setup.py": """
            from conf import CFG
            def at_import(f):
                f()
                return f
            @at_import
            def configure():
                CFG["lr"] = 0.2
            """,
        },
        {
            "setup.py": ("0.2", "0.3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "called-by-decorator-made",
        "a decorator with an argument calls what it decorates at once",
        {
            "steps.py": """
            import setup
            from conf import CFG
            def train():
                return CFG["lr"]
            """,
            "conf.py": "CFG = {'lr': 0.1}",
            "setup.py": """
            from conf import CFG
            def when(flag):
                def decorate(f):
                    if flag:
                        f()
                    return f
                return decorate
            @when(True)
            def configure():
                CFG["lr"] = 0.2
            """,
        },
        {
            "setup.py": ("0.2", "0.3"),
        },
        stale="train",
    ),
    edit(
        "called-by-function",
        "a function that is given another calls it",
        {
            "steps.py": """
            import setup
            from conf import CFG
            def train():
                return CFG["lr"]
            """,
            "conf.py": "CFG = {'lr': 0.1}",
            "setup.py": """
            from conf import CFG
            def once(f):
                f()
            def configure():
                CFG["lr"] = 0.2
            once(configure)
            """,
        },
        {
            "setup.py": ("0.2", "0.3"),
        },
        stale="train",
    ),
    edit(
        "called-later",
        "a wrapping decorator does not call; the body's write is for later",
        {
            "steps.py": """
            import setup
            from conf import CFG
            def train():
                return CFG["lr"]
            """,
            "conf.py": "CFG = {'lr': 0.1}",
            "setup.py": """
            import functools
            from conf import CFG
            def timed(f):
                @functools.wraps(f)
                def inner(*a):
                    return f(*a)
                return inner
            @timed
            def configure():
                CFG["lr"] = 0.2
            """,
        },
        {
            "setup.py": ("0.2", "0.3"),
        },
        fresh="train",
    ),
    edit(
        "made-classvar-list",
        "a list declared as ClassVar is appended to through an object",
        {
            "steps.py": """
            import hooks
            from trainer import Trainer
            def train():
                return list(Trainer.callbacks)
            """,
            "trainer.py": """
            from typing import ClassVar
            class Trainer:
                callbacks: ClassVar[list] = []
            """,
            "hooks.py": """
            from trainer import Trainer
            t = Trainer()
            t.callbacks.append("a")
            """,
        },
        {
            "hooks.py": ('"a"', '"b"'),
        },
        stale="train",
    ),
    edit(
        "fitted-out-argument",
        "an array is the out= of an operation whose result is kept",
        {
            "steps.py": """
            from a import A
            def train():
                return A.tolist()
            """,
            "a.py": """
            import numpy as np
            A = np.ones(3)
            B = np.multiply(A, 2, out=A)
            """,
        },
        {
            "a.py": (", 2,", ", 3,"),
        },
        stale="train",
    ),
    edit(
        "fitted-context-variable",
        "context variable set at import",
        {
            "steps.py": """
            import s
            from v import V
            def train():
                return V.get()
            """,
            "v.py": """
            import contextvars
            V = contextvars.ContextVar('v', default=1)
            """,
            "s.py": """
            from v import V
            token = V.set(2)
            """,
        },
        {
            "s.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "drawn-from-queue",
        "a queue is filled and taken from",
        {
            "steps.py": """
            from q import Q
            def train():
                return Q.get()
            """,
            "q.py": """
            import queue
            Q = queue.Queue()
            Q.put(1)
            Q.put(2)
            first = Q.get()
            """,
        },
        {
            "q.py": ("first = Q.get()", "first = 1"),
        },
        stale="train",
    ),
    edit(
        "fitted-csv-limit",
        "a limit of the standard library is set",
        {
            "steps.py": """
            import c
            import csv
            def train():
                return csv.field_size_limit()
            """,
            "c.py": """
            import csv
            csv.field_size_limit(1000)
            """,
        },
        {
            "c.py": ("1000", "2000"),
        },
        stale="train",
    ),
]
