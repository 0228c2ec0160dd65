"""What machine learning code is made of: estimators, pipelines, layers, losses, schedules."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "estimator-mixin-score",
        "a mixin of another module computes the score from what the class predicts",
        {
            "steps.py": """
            from est import Thresh
            def train():
                return Thresh().score([1, 2], [0, 1])
            """,
            "est.py": """
            from mix import ScoreMixin
            class Thresh(ScoreMixin):
                cut = 1.5
                def predict(self, xs):
                    return [int(x > self.cut) for x in xs]
            """,
            "mix.py": """
            class ScoreMixin:
                def score(self, xs, ys):
                    return sum(a == b for a, b in zip(self.predict(xs), ys)) / len(ys)
            """,
        },
        {
            "mix.py": (") ", ") * 100 "),
        },
        stale="train",
    ),
    edit(
        "estimator-pipeline-of-tuples",
        "a pipeline class runs steps of a constant list",
        {
            "steps.py": """
            from pipe import PIPE
            def train():
                return PIPE.run(3)
            """,
            "pipe.py": """
            import tf
            class Pipe:
                def __init__(self, steps):
                    self.steps = steps
                def run(self, x):
                    for _, s in self.steps:
                        x = s(x)
                    return x
            PIPE = Pipe([("inc", tf.inc), ("clip", tf.Clip(5))])
            """,
            "tf.py": """
            def inc(x):
                return x + 1
            class Clip:
                def __init__(self, hi):
                    self.hi = hi
                def __call__(self, x):
                    return min(x, self.hi)
            """,
        },
        {
            "tf.py": ("min", "max"),
        },
        stale="train",
    ),
    edit(
        "estimator-set-params",
        "parameters of a shared object are set by its method in another module",
        {
            "steps.py": """
            import tune
            from models import model
            def train():
                return model.lr
            """,
            "models.py": """
            class Model:
                def __init__(self):
                    self.lr = 0.1
                def set_params(self, **kw):
                    for k, v in kw.items():
                        setattr(self, k, v)
                    return self
            model = Model()
            """,
            "tune.py": """
            from models import model
            best = model.set_params(lr=0.5)
            """,
        },
        {
            "tune.py": ("5", "6"),
        },
        stale="train",
    ),
    edit(
        "estimator-set-params-dict",
        "a method updates the object's __dict__",
        {
            "steps.py": """
            import tune
            from models import model
            def train():
                return model.lr
            """,
            "models.py": """
            class Model:
                def __init__(self):
                    self.lr = 0.1
                def configure(self, **kw):
                    self.__dict__.update(kw)
                    return self
            model = Model()
            """,
            "tune.py": """
            from models import model
            best = model.configure(lr=0.5)
            """,
        },
        {
            "tune.py": ("5", "6"),
        },
        stale="train",
    ),
    edit(
        "estimator-vars-update",
        "a method updates vars(self)",
        {
            "steps.py": """
            import tune
            from models import model
            def train():
                return model.lr
            """,
            "models.py": """
            class Model:
                def __init__(self):
                    self.lr = 0.1
                def configure(self, **kw):
                    vars(self).update(kw)
                    return self
            model = Model()
            """,
            "tune.py": """
            from models import model
            best = model.configure(lr=0.5)
            """,
        },
        {
            "tune.py": ("5", "6"),
        },
        stale="train",
    ),
    edit(
        "estimator-fluent",
        "calls in a chain on a shared object",
        {
            "steps.py": """
            import tune
            from models import model
            def train():
                return model.parts
            """,
            "models.py": """
            class Model:
                def __init__(self):
                    self.parts = []
                def add(self, p):
                    self.parts.append(p)
                    return self
            model = Model()
            """,
            "tune.py": """
            from models import model
            m = model.add('conv').add('relu')
            """,
        },
        {
            "tune.py": ("m = model.add('conv').add('relu", "m = model.add('conv').add('gelu"),
        },
        stale="train",
    ),
    edit(
        "estimator-layers-in-init",
        "layers that a constructor makes by a table of another module",
        {
            "steps.py": """
            from nets import Net
            def train():
                return Net("relu").forward(-1)
            """,
            "nets.py": """
            from acts import ACTS
            class Net:
                def __init__(self, act):
                    self.act = ACTS[act]()
                def forward(self, x):
                    return self.act(x)
            """,
            "acts.py": """
            class Relu:
                def __call__(self, x):
                    return max(x, 0)
            ACTS = {'relu': Relu}
            """,
        },
        {
            "acts.py": ("0", "7"),
        },
        stale="train",
    ),
    edit(
        "estimator-hooks",
        "a hook is registered with a shared object by a method that returns a handle",
        {
            "steps.py": """
            import tune
            from models import model
            def train():
                return model(1)
            """,
            "models.py": """
            class Model:
                def __init__(self):
                    self._hooks = {}
                def register_forward_hook(self, f):
                    key = len(self._hooks)
                    self._hooks[key] = f
                    return key
                def __call__(self, x):
                    for f in self._hooks.values():
                        x = f(x)
                    return x
            model = Model()
            """,
            "tune.py": """
            from models import model
            def double(x):
                return 2 * x
            handle = model.register_forward_hook(double)
            """,
        },
        {
            "tune.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "estimator-super-chain",
        "super() along three modules",
        {
            "steps.py": """
            from c import C
            def train():
                return C().fit()
            """,
            "c.py": """
            from b import B
            class C(B):
                def fit(self):
                    return super().fit() + 1
            """,
            "b.py": """
            from a import A
            class B(A):
                def fit(self):
                    return super().fit() * 2
            """,
            "a.py": """
            class A:
                def fit(self):
                    return 1
            """,
        },
        {
            "a.py": ("1", "5"),
        },
        stale="train",
    ),
    edit(
        "estimator-abstract",
        "an abstract base gets another abstract method",
        {
            "steps.py": """
            from a import Impl
            def train():
                try:
                    return Impl().go()
                except TypeError:
                    return None
            """,
            "a.py": """
            from abc import ABC, abstractmethod
            class Base(ABC):
                @abstractmethod
                def go(self): ...
            class Impl(Base):
                def go(self):
                    return 1
            """,
        },
        {
            "a.py": ("class Impl", "    @abstractmethod\n    def stop(self): ...\nclass Impl"),
        },
        stale="train",
    ),
    edit(
        "estimator-operator-overload",
        "operators of a class of another module",
        {
            "steps.py": """
            from q import Q
            def train():
                return (Q(1) + Q(2)).v
            """,
            "q.py": """
            class Q:
                def __init__(self, v):
                    self.v = v
                def __add__(self, o):
                    return Q(self.v + o.v)
            """,
        },
        {
            "q.py": ("+", "*"),
        },
        stale="train",
    ),
    edit(
        "estimator-reflected-operator",
        "a reflected operator of a class that only a constant names",
        {
            "steps.py": """
            from q import ONE
            def train():
                return 2 + ONE
            """,
            "q.py": """
            class Q:
                def __radd__(self, o):
                    return o + 1
            ONE = Q()
            """,
        },
        {
            "q.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "estimator-callback-list",
        "callbacks as instances in a list of a configuration",
        {
            "steps.py": """
            from conf import CALLBACKS
            def train():
                return [c.on_end(1) for c in CALLBACKS]
            """,
            "conf.py": """
            import cb
            CALLBACKS = [cb.Stop(patience=2)]
            OTHERS = [cb.Log()]
            """,
            "cb.py": """
            class Stop:
                def __init__(self, patience):
                    self.p = patience
                def on_end(self, x):
                    return x + self.p
            class Log:
                def on_end(self, x):
                    return 'log'
            """,
        },
        {
            "cb.py": ("log", "LOG"),
        },
        fresh="train",
    ),
    edit(
        "loss-table-of-lambdas",
        "a loss chosen by name from a table of lambdas over helpers",
        {
            "steps.py": """
            from losses import LOSSES
            def train():
                return LOSSES["mse"](1, 3)
            """,
            "losses.py": """
            from ops import sq
            LOSSES = {'mse': lambda a, b: sq(a - b), 'mae': lambda a, b: abs(a - b)}
            """,
            "ops.py": """
            def sq(x):
                return x * x
            """,
        },
        {
            "ops.py": ("* x", "** 4"),
        },
        stale="train",
    ),
    edit(
        "schedule-generator-constant",
        "a learning rate schedule made by a generator over a constant",
        {
            "steps.py": """
            from schedule import lrs
            def train():
                return list(lrs(3))
            """,
            "schedule.py": """
            GAMMA = 2
            def lrs(n, lr=1):
                for _ in range(n):
                    yield lr
                    lr *= GAMMA
            """,
        },
        {
            "schedule.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "feature-columns-derived",
        "columns derived from two lists of other modules",
        {
            "steps.py": """
            from cols import ALL
            def train():
                return ALL
            def other():
                from num import NUM
                return NUM
            """,
            "cols.py": """
            from num import NUM
            from cat import CAT
            ALL = sorted({*NUM, *CAT})
            """,
            "num.py": """
            NUM = ['a']
            """,
            "cat.py": """
            CAT = ['b']
            """,
        },
        {
            "cat.py": ("b", "c"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "text-regex-compiled",
        "a compiled expression of another module",
        {
            "steps.py": """
            from rx import WORD
            def train():
                return WORD.findall("a1 b2")
            """,
            "rx.py": "import re\nWORD = re.compile(r'[a-z]')\nNUM = re.compile(r'\\d')\n",
        },
        {
            "rx.py": ("z]", "z]\\\\d"),
        },
        stale="train",
    ),
    edit(
        "logging-only",
        "a message that a helper logs is code too",
        {
            "steps.py": """
            from h import f
            def train():
                return f()
            def other():
                return 1
            """,
            "h.py": """
            import logging
            log = logging.getLogger(__name__)
            def f():
                log.info('start')
                return 1
            """,
        },
        {
            "h.py": ("start", "begin"),
        },
        fresh="other",
    ),
]
