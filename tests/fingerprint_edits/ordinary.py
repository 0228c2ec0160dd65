"""An ordinary project of machine learning, and edits of neighbours that no step asks for, beside some that one does."""

# ruff: noqa: E501 - sources of one line
from __future__ import annotations

import textwrap
from typing import Any

from fingerprint_edits.edit import Edit, edit

PROJECT = {
    "steps.py": '''
    """The steps, and the command line of the project."""

    from __future__ import annotations

    import argparse
    import logging
    import random
    from typing import TYPE_CHECKING

    from ml import build, config
    from ml.config import DEFAULT, TrainConfig
    from ml.data import loading, transforms as T
    from ml.evaluation import metrics
    from ml.models.linear import Ridge
    from ml.utils import chunked, seed_everything

    if TYPE_CHECKING:
        from ml.types import Batch

    logger = logging.getLogger(__name__)
    EPOCHS = 3
    UNUSED = 7


    def load():
        """Load."""
        logger.info("loading")
        return loading.load_rows(limit=4)


    def train():
        cfg = TrainConfig(rate=0.5)
        model = Ridge(cfg)
        rows = T.normalise(loading.load_rows(limit=4))
        for _ in range(EPOCHS):
            for batch in chunked(rows, cfg.batch):
                model.update(batch)
        return model.weights


    def built():
        model = build("lasso", DEFAULT)
        model.update([1.0, 2.0])
        return model.weights


    def score():
        return metrics.rmse([1.0, 2.0], [1.5, 2.5]), metrics.TABLE["mae"]([1.0], [2.0])


    def seeded():
        seed_everything(config.SEED)
        return metrics.mae([1.0], [3.0]), random.random()


    def main(argv=None):
        parser = argparse.ArgumentParser()
        parser.add_argument("--epochs", type=int, default=EPOCHS)
        args = parser.parse_args(argv)
        print(args.epochs, train())


    if __name__ == "__main__":
        main()
    ''',
    "ml/__init__.py": '''
    """The package."""

    from ml.config import DEFAULT, TrainConfig
    from ml.models import Lasso, Ridge, build
    from ml.plotting import plot_curve
    from ml.version import __version__

    __all__ = ["DEFAULT", "Lasso", "Ridge", "TrainConfig", "build", "plot_curve", "__version__"]
    ''',
    "ml/version.py": """
    __version__ = "1.2.0"
    VERSION = tuple(int(part) for part in __version__.split("."))
    """,
    "ml/config.py": """
    import os
    from dataclasses import dataclass, field
    from enum import Enum
    from pathlib import Path

    SEED = 3
    ROOT = Path(__file__).parent
    CACHE_DIR = ROOT / "cache"
    LOG_EVERY = 10


    class Mode(Enum):
        TRAIN = "train"
        TEST = "test"


    @dataclass
    class OptimConfig:
        momentum: float = 0.9
        steps: list[int] = field(default_factory=lambda: [1, 2])


    @dataclass(frozen=True)
    class TrainConfig:
        rate: float = 0.1
        batch: int = 2

        @property
        def scaled(self) -> float:
            return self.rate * self.batch


    @dataclass
    class PlotConfig:
        width: int = 400
        colour: str = "red"

        def __post_init__(self):
            self.width *= 2


    DEFAULT = TrainConfig()
    PLOT = PlotConfig()
    OPTIM = OptimConfig()
    OPTIM.momentum = 0.8
    """,
    "ml/types.py": """
    from typing import Any, NamedTuple, Protocol, TypedDict, TypeVar, Union

    T = TypeVar("T")
    Batch = list[float]
    Number = Union[int, float]


    class Row(TypedDict):
        x: float
        y: float


    class Splits(NamedTuple):
        train: list
        test: list


    class Model(Protocol):
        weights: list

        def update(self, batch: Batch) -> None: ...


    class Callback(Protocol):
        def __call__(self, step: int, **kwargs: Any) -> None: ...
    """,
    "ml/registry.py": '''
    import logging

    log = logging.getLogger(__name__)


    class Registry:
        """Names and classes."""

        def __init__(self, name):
            self.name = name
            self.items = {}

        def register(self, name):
            def decorator(cls):
                log.debug("register %s", name)
                self.items[name] = cls
                return cls

            return decorator

        def __getitem__(self, name):
            return self.items[name]

        def __contains__(self, name):
            return name in self.items


    MODELS = Registry("models")
    LOSSES = Registry("losses")
    CALLBACKS = Registry("callbacks")
    ''',
    "ml/models/__init__.py": """
    from ml.models.linear import Lasso, Ridge
    from ml.models.tree import Stump
    from ml.registry import MODELS


    def build(name, cfg):
        return MODELS[name](cfg)
    """,
    "ml/models/core.py": '''
    from abc import ABC, abstractmethod

    import numpy as np


    class Estimator(ABC):
        count = 0

        def __init__(self, cfg):
            self.cfg = cfg
            self.weights = [0.0]
            self.history = []

        @abstractmethod
        def gradient(self, batch):
            """Return the gradient."""

        def update(self, batch):
            g = self.gradient(batch)
            self.weights[0] -= self.cfg.rate * g
            self.history.append(g)

        def __repr__(self):
            return f"{type(self).__name__}({self.weights})"


    def clip_(x, low, high):
        x += 1
        np.clip(x, low, high, out=x)
        return x


    def centre_(x):
        x -= x.mean()
        x[x < 0] = 0
        return x
    ''',
    "ml/models/linear.py": """
    import logging

    from ml.models.core import Estimator
    from ml.registry import MODELS

    logger = logging.getLogger(__name__)


    @MODELS.register("ridge")
    class Ridge(Estimator):
        alpha = 0.1

        def gradient(self, batch):
            return sum(batch) / len(batch) + self.alpha


    @MODELS.register("lasso")
    class Lasso(Estimator):
        alpha = 0.2

        def gradient(self, batch):
            return max(batch) - self.alpha


    @MODELS.register("elastic")
    class Elastic(Ridge, Lasso):
        ratio = 0.5

        def describe(self):
            logger.info("ratio %s", self.ratio)
            return self.ratio
    """,
    "ml/models/tree.py": """
    from ml.models.core import Estimator
    from ml.registry import MODELS

    DEPTH = 3


    @MODELS.register("stump")
    class Stump(Estimator):
        def gradient(self, batch):
            batch[0] += DEPTH
            return min(batch)

        def split(self, X, y):
            X += 1
            y[0] = 2
            self.weights += X
            return X, y
    """,
    "ml/data/__init__.py": "",
    "ml/data/loading.py": """
    import csv
    import json
    from functools import lru_cache
    from pathlib import Path

    try:
        import torch

        HAS_TORCH = True
    except ImportError:
        torch = None
        HAS_TORCH = False

    ROWS = [3.0, 1.0, 4.0, 1.0, 5.0]
    SOURCES = {"a": "a.csv", "b": "b.csv"}
    _cache = {}


    @lru_cache(maxsize=None)
    def _rows():
        return tuple(ROWS)


    def load_rows(limit: int | None = None) -> list[float]:
        return list(_rows()[:limit])


    def read_csv(path: Path) -> list:
        key = str(path)
        if key not in _cache:
            with open(path) as file:
                _cache[key] = list(csv.reader(file))
        return _cache[key]


    def save_json(value, path) -> None:
        Path(path).write_text(json.dumps(value))


    def to_tensor(rows):
        return torch.tensor(rows) if HAS_TORCH else rows
    """,
    "ml/data/transforms.py": '''
    """Transforms."""

    import sys

    import numpy as np

    EPSILON = 1e-6
    MEAN = np.array([1.0, 2.0])
    MEAN.setflags(write=False)

    if sys.version_info >= (3, 11):
        from typing import Self
    else:
        Self = object


    def normalise(rows):
        top = max(rows) + EPSILON
        return [row / top for row in rows]


    def jitter(rows, by=0.1):
        rows = np.asarray(rows)
        rows += by
        rows[0] = 0
        return rows


    def standardise(x: np.ndarray) -> np.ndarray:
        x -= x.mean(axis=0)
        x /= x.std(axis=0) + EPSILON
        return x


    class Compose:
        def __init__(self, *parts):
            self.parts = list(parts)

        def __call__(self, x):
            for part in self.parts:
                x = part(x)
            return x

        def append(self, part):
            self.parts.append(part)
            return self


    PIPE = Compose(jitter).append(standardise)
    ''',
    "ml/evaluation/__init__.py": """
    from .metrics import mae, rmse
    from .report import Report

    __all__ = ["Report", "mae", "rmse"]
    """,
    "ml/evaluation/metrics.py": """
    from __future__ import annotations

    import math

    TABLE = {}


    def metric(function):
        TABLE[function.__name__] = function
        return function


    @metric
    def mae(a, b):
        return sum(abs(x - y) for x, y in zip(a, b)) / len(a)


    def rmse(a, b):
        return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)) / len(a))


    def _mean(values: list[float]) -> float:
        return sum(values) / len(values)


    def r2(a, b):
        mean = _mean(a)
        return 1 - sum((x - y) ** 2 for x, y in zip(a, b)) / sum((x - mean) ** 2 for x in a)


    class Meter:
        total = 0.0

        def update(self, value):
            self.total += value
            return self

        def __iadd__(self, value):
            return self.update(value)
    """,
    "ml/evaluation/report.py": """
    import json

    from ml.config import PLOT
    from ml.evaluation.metrics import Meter, mae

    METER = Meter()
    METER += 1


    class Report:
        def __init__(self, title="report"):
            self.title = title
            self.rows = []

        def add(self, name, value):
            self.rows.append((name, value))
            METER.update(value)
            return self

        def dump(self, width=PLOT.width):
            return json.dumps(self.rows)[:width]
    """,
    "ml/plotting.py": """
    try:
        import matplotlib

        matplotlib.use("Agg")
    except ImportError:
        matplotlib = None

    from ml.config import PLOT

    PALETTE = ["red", "green"]
    PALETTE.append(PLOT.colour)


    def plot_curve(values, ax=None):
        if matplotlib is None:
            return None
        return ax.plot(values, color=PALETTE[0])


    def savefig(figure, path):
        figure.savefig(path)
    """,
    "ml/utils.py": """
    import functools
    import os
    import random
    import sys
    import time
    from collections import defaultdict
    from contextlib import contextmanager

    import numpy as np

    _timings = defaultdict(list)
    _COUNTER = 0


    def chunked(values, size):
        return [values[start : start + size] for start in range(0, len(values), size)]


    def seed_everything(seed):
        random.seed(seed)
        np.random.seed(seed)


    def timed(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            begin = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                _timings[function.__name__].append(time.perf_counter() - begin)

        return wrapper


    @contextmanager
    def timer(name):
        begin = time.perf_counter()
        yield
        _timings[name].append(time.perf_counter() - begin)


    def retry(times=3):
        def decorator(function):
            attempts = 0

            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                nonlocal attempts
                for _ in range(times):
                    attempts += 1
                    return function(*args, **kwargs)

            return wrapper

        return decorator


    @timed
    def slow(x):
        return x


    @retry(times=2)
    def download(url):
        return url


    def flatten(nested):
        for one in nested:
            yield from one


    def next_id():
        global _COUNTER
        _COUNTER += 1
        return _COUNTER


    def env_flag(name):
        return os.environ.get(name, "") == "1"


    def deep_update(target, other):
        for key, value in other.items():
            if isinstance(value, dict):
                deep_update(target.setdefault(key, {}), value)
            else:
                target[key] = value
        return target


    def is_notebook():
        return "ipykernel" in sys.modules


    def human(size):
        for unit in "BKMG":
            if size < 1024:
                return f"{size:.1f}{unit}"
            size /= 1024
        return f"{size:.1f}T"


    class Timer:
        def __enter__(self):
            self.begin = time.perf_counter()
            return self

        def __exit__(self, *error):
            self.spent = time.perf_counter() - self.begin


    class Singleton(type):
        _made = {}

        def __call__(cls, *args):
            if cls not in cls._made:
                cls._made[cls] = super().__call__(*args)
            return cls._made[cls]


    class Settings(metaclass=Singleton):
        def __init__(self):
            self.verbose = False
            self.plugins = []
    """,
}

ALL = "load train built score seeded"


def _edit(name: str, why: str, change: dict[str, Any], stale: str = "", either: str = "") -> Edit:
    fresh = " ".join(one for one in ALL.split() if one not in f"{stale} {either}".split())
    return edit(f"ordinary-{name}", why, PROJECT, change, stale=stale, fresh=fresh)


def _added(path: str, text: str) -> str:
    """Return a file of the project with something at its end."""
    return textwrap.dedent(PROJECT[path]).lstrip("\n") + "\n\n" + textwrap.dedent(text).lstrip("\n")


def _put(path: str, after: str, text: str) -> tuple[str, str]:
    return after, after + textwrap.dedent(text)


EDITS = [
    # steps.py
    _edit("steps-constant", "a constant that nobody reads", {"steps.py": ("UNUSED = 7", "UNUSED = 8")}),
    _edit("steps-constant-read", "the twin", {"steps.py": ("EPOCHS = 3", "EPOCHS = 4")}, "train"),
    _edit("steps-main", "the command line", {"steps.py": ('"--epochs"', '"--number-of-epochs"')}),
    _edit(
        "steps-logger", "a logger's name", {"steps.py": ("getLogger(__name__)", 'getLogger("steps")')}, either="load"
    ),
    _edit(
        "steps-new-step", "a step more", {"steps.py": _added("steps.py", "def other():\n    return UNUSED + EPOCHS\n")}
    ),
    _edit(
        "steps-import", "an import nobody uses", {"steps.py": ("import argparse\n", "import argparse\nimport json\n")}
    ),
    _edit(
        "steps-import-package",
        "an import of a package that nobody uses",
        {"steps.py": ("import argparse\n", "import argparse\n\nimport numpy as np\n")},
    ),
    _edit(
        "steps-import-module",
        "an import of a module that nobody uses",
        {"steps.py": ("from ml.evaluation import metrics\n", "from ml.evaluation import metrics, report\n")},
    ),
    _edit(
        "steps-import-sorted",
        "imports in another order",
        {
            "steps.py": (
                "from ml.data import loading, transforms as T\nfrom ml.evaluation import metrics\n",
                "from ml.evaluation import metrics\nfrom ml.data import transforms as T\nfrom ml.data import loading\n",
            )
        },
    ),
    # config.py
    _edit("config-method", "a method of another dataclass", {"ml/config.py": ("self.width *= 2", "self.width *= 3")}),
    _edit(
        "config-own-field",
        "the twin",
        {"ml/config.py": ("rate: float = 0.1", "rate: float = 0.3")},
        "built",
        either="train",
    ),
    _edit("config-constant", "a constant", {"ml/config.py": ("LOG_EVERY = 10", "LOG_EVERY = 20")}),
    _edit("config-seed", "the twin", {"ml/config.py": ("SEED = 3", "SEED = 4")}, "seeded"),
    _edit("config-patched", "an attribute of another object", {"ml/config.py": ("momentum = 0.8", "momentum = 0.7")}),
    _edit(
        "config-moved",
        "definitions in another order",
        {
            "ml/config.py": (
                'class Mode(Enum):\n    TRAIN = "train"\n    TEST = "test"\n\n\n@dataclass\nclass OptimConfig:\n'
                "    momentum: float = 0.9\n    steps: list[int] = field(default_factory=lambda: [1, 2])\n",
                "@dataclass\nclass OptimConfig:\n    momentum: float = 0.9\n    steps: list[int] = "
                'field(default_factory=lambda: [1, 2])\n\n\nclass Mode(Enum):\n    TRAIN = "train"\n    TEST = "test"\n',
            )
        },
    ),
    _edit(
        "config-new-singleton",
        "another object of a class of the module",
        {"ml/config.py": _added("ml/config.py", "WIDE = PlotConfig(width=900)\nWIDE.colour = 'blue'\n")},
    ),
    _edit(
        "config-environment",
        "an environment variable that nobody asks for",
        {"ml/config.py": ("LOG_EVERY = 10", 'LOG_EVERY = int(os.environ.get("LOG_EVERY", "10"))')},
    ),
    # types.py
    _edit("types-protocol", "a protocol", {"ml/types.py": ("weights: list\n", "weights: list\n    bias: float\n")}),
    # registry.py
    _edit(
        "registry-other", "a registry more", {"ml/registry.py": _added("ml/registry.py", 'SAMPLERS = Registry("s")\n')}
    ),
    _edit(
        "registry-log",
        "a decorator of what a step asks for",
        {"ml/registry.py": ("self.items[name] = cls\n", "cls.alpha = 9\n            self.items[name] = cls\n")},
        "built train",
    ),
    # models
    _edit(
        "models-method", "a method of another model", {"ml/models/tree.py": ("X += 1", "X += 2")}, either="built train"
    ),
    _edit("models-in-place", "a function that works in place", {"ml/models/core.py": ("    x += 1", "    x += 2")}),
    _edit(
        "models-base",
        "the class above all",
        {"ml/models/core.py": ("self.cfg.rate * g", "self.cfg.rate * g * 2")},
        "train built",
    ),
    _edit(
        "models-new-function",
        "a new function that works in place",
        {
            "ml/models/core.py": _added(
                "ml/models/core.py", "def scale_(x, by):\n    x *= by\n    x.sort()\n    return x\n"
            )
        },
    ),
    _edit(
        "models-new-unregistered",
        "a model that is not registered",
        {
            "ml/models/tree.py": _added(
                "ml/models/tree.py",
                "class Forest(Stump):\n    size = 3\n\n    def fit(self, X):\n        X += 1\n        self.weights += X\n",
            )
        },
    ),
    _edit(
        "models-package-function",
        "a function more in the package",
        {"ml/models/__init__.py": _added("ml/models/__init__.py", "def names():\n    return sorted(MODELS.items)\n")},
    ),
    # data
    _edit("data-cache", "a cache of another function", {"ml/data/loading.py": ("_cache = {}", "_cache = dict()")}),
    _edit(
        "data-optional",
        "an optional package nobody asks for",
        {"ml/data/loading.py": ("HAS_TORCH = True", "HAS_TORCH = torch.cuda.is_available()")},
    ),
    _edit("data-rows", "the twin", {"ml/data/loading.py": ("1.0, 5.0]", "1.5, 5.0]")}, "load train"),
    _edit(
        "data-new-cached",
        "another function with a cache",
        {
            "ml/data/loading.py": _added(
                "ml/data/loading.py", "@lru_cache\ndef sources():\n    return sorted(SOURCES)\n"
            )
        },
    ),
    _edit(
        "data-optional-other",
        "another optional package",
        {
            "ml/data/loading.py": (
                "ROWS = [3.0",
                "try:\n    import pandas as pd\nexcept ImportError:\n    pd = None\n\nROWS = [3.0",
            )
        },
    ),
    _edit(
        "transforms-standardise",
        "another in place",
        {"ml/data/transforms.py": ("x -= x.mean(axis=0)", "x -= x.mean(axis=1)")},
    ),
    _edit(
        "transforms-pipe",
        "an object nobody asks for",
        {
            "ml/data/transforms.py": (
                "Compose(jitter).append(standardise)",
                "Compose(jitter, jitter).append(standardise)",
            )
        },
    ),
    _edit(
        "transforms-array",
        "an array nobody asks for",
        {"ml/data/transforms.py": ("np.array([1.0, 2.0])", "np.array([1.0, 3.0])")},
    ),
    _edit("transforms-epsilon", "the twin", {"ml/data/transforms.py": ("1e-6", "1e-1")}, "train"),
    # evaluation
    _edit(
        "metrics-neighbour",
        "a metric that is not in the table",
        {"ml/evaluation/metrics.py": ("return 1 - sum(", "return 2 - sum(")},
    ),
    _edit("metrics-renamed", "a rename", {"ml/evaluation/metrics.py": ("def r2(a, b)", "def r_squared(a, b)")}),
    _edit("metrics-own", "the twin", {"ml/evaluation/metrics.py": ("math.sqrt(sum(", "math.sqrt(2 * sum(")}, "score"),
    _edit(
        "metrics-registered",
        "the twin in the table",
        {"ml/evaluation/metrics.py": ("sum(abs(x - y)", "sum(2 * abs(x - y)")},
        "score seeded",
    ),
    _edit(
        "report-method",
        "a method of the report",
        {"ml/evaluation/report.py": ("(name, value))", "(name, round(value, 3)))")},
    ),
    _edit("report-meter", "a meter of the report", {"ml/evaluation/report.py": ("METER += 1", "METER += 2")}),
    # plotting
    _edit("plotting-backend", "a backend", {"ml/plotting.py": ('use("Agg")', 'use("svg")')}),
    _edit(
        "plotting-append",
        "one colour more",
        {"ml/plotting.py": ("PALETTE.append(PLOT.colour)", "PALETTE.extend([PLOT.colour, 'grey'])")},
    ),
    # utils
    _edit("utils-retry", "a decorator that counts", {"ml/utils.py": ("attempts += 1", "attempts += 2")}),
    _edit(
        "utils-new-decorated",
        "a neighbour that is decorated",
        {
            "ml/utils.py": _added(
                "ml/utils.py", "@retry()\n@timed\ndef upload(url, data):\n    data += url\n    return data\n"
            )
        },
    ),
    _edit(
        "utils-deep",
        "a function that changes its argument",
        {"ml/utils.py": ("target[key] = value", "target[key] = [value]")},
    ),
    _edit(
        "utils-singleton",
        "a metaclass",
        {"ml/utils.py": ("if cls not in cls._made:", "if cls._made.get(cls) is None:")},
    ),
    _edit(
        "utils-new-singleton",
        "an object more",
        {
            "ml/utils.py": _added(
                "ml/utils.py", "SETTINGS = Settings()\nSETTINGS.verbose = True\nSETTINGS.plugins.append('x')\n"
            )
        },
    ),
    _edit(
        "utils-new-timer",
        "something that is timed at import",
        {"ml/utils.py": _added("ml/utils.py", "with Timer() as t:\n    TABLE = {n: n * n for n in range(9)}\n")},
    ),
    _edit(
        "utils-new-deep",
        "a table that is updated at import",
        {"ml/utils.py": _added("ml/utils.py", "BASE = {'a': {'b': 1}}\nOTHER = deep_update(BASE, {'a': {'c': 2}})\n")},
    ),
    _edit("utils-new-id", "an id at import", {"ml/utils.py": _added("ml/utils.py", "SESSION = next_id()\n")}),
    _edit(
        "utils-own",
        "the twin",
        {"ml/utils.py": ("range(0, len(values), size)]", "range(0, len(values) - 2, size)]")},
        "train",
    ),
    _edit(
        "utils-seed",
        "the twin of seeds",
        {"ml/utils.py": ("    random.seed(seed)", "    random.seed(seed + 1)")},
        "seeded",
    ),
    # files and packages
    _edit("version", "the version", {"ml/version.py": ("1.2.0", "1.3.0")}),
    _edit(
        "init-sorted",
        "re-exports in another order",
        {
            "ml/__init__.py": (
                "from ml.plotting import plot_curve\nfrom ml.version import __version__\n",
                "from ml.version import __version__\nfrom ml.plotting import plot_curve\n",
            )
        },
    ),
    _edit(
        "file-new-module", "a module that nobody imports", {"ml/serving.py": "import random\nrandom.seed(1)\nX = []\n"}
    ),
    _edit(
        "file-data",
        "a file that nobody reads",
        {"data/extra.csv": "1,2\n", "ml/README.md": "hello\n", "ml/defaults.yaml": "a: 1\n"},
    ),
    _edit(
        "file-tests",
        "tests",
        {
            "tests/test_models.py": "from unittest.mock import patch\n\nimport ml.utils\n\n\ndef test():\n    with patch('ml.utils.chunked'):\n        ml.utils.chunked([], 1)\n",
            "conftest.py": "import random\nrandom.seed(0)\n",
        },
    ),
    _edit(
        "file-new-import",
        "a module that the package imports",
        {
            "ml/serving.py": "import logging\nlogging.basicConfig()\n\n\ndef serve(x):\n    x += 1\n    return x\n",
            "ml/__init__.py": ("from ml.version", "from ml.serving import serve\nfrom ml.version"),
        },
    ),
]
