"""Edits of which a step is independent, beside those of the same kind that it does depend on."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "same-fold-of-locals-renamed",
        "another function of the helper module gets its variables renamed",
        {
            S: """
        from helpers import a
        def train():
            return a(1)
        """,
            "helpers.py": "def a(x):\n    return x\ndef b(y):\n    z = y\n    return z\n",
        },
        {"helpers.py": ("def b(y):\n    z = y\n    return z\n", "def b(value):\n    kept = value\n    return kept\n")},
        fresh="train",
    ),
    edit(
        "same-imports-sorted-with-readers",
        "isort changes the order of two modules that read a registry at import after all is registered",
        {
            S: """
        import impl
        import b_reader
        import a_reader
        def train():
            return a_reader.NAMES, b_reader.COUNT
        """,
            "registry.py": """
        REGISTRY = {}
        def register(function):
            REGISTRY[function.__name__] = function
            return function
        """,
            "impl.py": "from registry import register\n@register\ndef one():\n    return 1\n",
            "a_reader.py": "from registry import REGISTRY\nNAMES = sorted(REGISTRY)\n",
            "b_reader.py": "from registry import REGISTRY\nCOUNT = len(REGISTRY)\n",
        },
        {S: ("import b_reader\nimport a_reader\n", "import a_reader\nimport b_reader\n")},
        fresh="train",
    ),
    edit(
        "same-imports-sorted-reader-before-registration",
        "isort puts a module that reads a registry before the one that registers",
        {
            S: """
        import impl
        import a_reader
        def train():
            return a_reader.NAMES
        def other():
            return 1
        """,
            "registry.py": """
        REGISTRY = {}
        def register(function):
            REGISTRY[function.__name__] = function
            return function
        """,
            "impl.py": "from registry import register\n@register\ndef one():\n    return 1\n",
            "a_reader.py": "from registry import REGISTRY\nNAMES = sorted(REGISTRY)\n",
        },
        {S: ("import impl\nimport a_reader\n", "import a_reader\nimport impl\n")},
        stale="train",
        fresh="other",
    ),
    edit(
        "same-imports-sorted-third-party",
        "imports of a library and of the project change places",
        {
            S: """
        import helpers
        import numpy as np
        def train():
            return helpers.a(np.float64(1))
        """,
            "helpers.py": "def a(x):\n    return float(x)\n",
        },
        {S: ("import helpers\nimport numpy as np\n", "import numpy as np\n\nimport helpers\n")},
        fresh="train",
    ),
    edit(
        "same-singleton-asked-elsewhere",
        "a module beside asks a cached factory first, and nothing that it reads is changed",
        {
            S: """
        import beside
        from settings import get_settings
        def train():
            return get_settings()["lr"]
        """,
            "settings.py": """
        import functools
        @functools.lru_cache(maxsize=None)
        def get_settings():
            return {"lr": 1}
        """,
            "beside.py": "X = 1\n",
        },
        {"beside.py": 'from settings import get_settings\nX = get_settings()["lr"]\n'},
        fresh="train",
    ),
    edit(
        "same-singleton-read-elsewhere-differently",
        "what a module beside makes of a cached factory's settings changes",
        {
            S: """
        import beside
        from settings import get_settings
        def train():
            return get_settings()["lr"]
        """,
            "settings.py": """
        import functools
        @functools.lru_cache(maxsize=None)
        def get_settings():
            return {"lr": 1}
        """,
            "beside.py": 'from settings import get_settings\nX = get_settings()["lr"] * 2\n',
        },
        {"beside.py": ("* 2", "* 3")},
        fresh="train",
    ),
    edit(
        "same-settings-object-attribute-read-elsewhere",
        "a module beside reads an attribute of a settings object at import",
        {
            S: """
        import beside
        from settings import settings
        def train():
            return settings.lr
        """,
            "settings.py": """
        class Settings:
            def __init__(self):
                self.lr = 1
                self.path = "x"
            @property
            def folder(self):
                return self.path + "/data"
        settings = Settings()
        """,
            "beside.py": "from settings import settings\nPATH = settings.folder\n",
        },
        {"beside.py": ("settings.folder\n", 'settings.folder + "/raw"\n')},
        fresh="train",
    ),
    edit(
        "same-loader-of-other-table",
        "a module beside loads another table with the same loader class",
        {
            S: """
        from tables import train_table
        def train():
            return train_table.rows()
        def other():
            import tables
            return tables.test_table.rows()
        """,
            "tables.py": """
        from loader import Loader
        train_table = Loader(1)
        test_table = Loader(2)
        """,
            "loader.py": """
        class Loader:
            def __init__(self, n):
                self.n = n
            def rows(self):
                return [self.n]
        """,
        },
        {"tables.py": ("Loader(2)", "Loader(3)")},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-logger-configured",
        "dictConfig of logging changes in the module that the step imports",
        {
            S: """
        import logs
        from helper import work
        def train():
            return work()
        """,
            "helper.py": """
            import logging
            log = logging.getLogger(__name__)
            def work():
                log.debug('x')
                return 1
            """,
            "logs.py": 'import logging.config\nlogging.config.dictConfig({"version": 1})\n',
        },
        {"logs.py": ('"version": 1', '"version": 1, "disable_existing_loggers": False')},
        fresh="train",
    ),
    edit(
        "same-warnings-filtered",
        "a filter of warnings is added beside",
        {
            S: """
        from helper import work
        def train():
            return work()
        """,
            "helper.py": "def work():\n    return 1\n",
        },
        {"helper.py": 'import warnings\nwarnings.filterwarnings("ignore")\ndef work():\n    return 1\n'},
        fresh="train",
    ),
    edit(
        "same-main-guard-with-argparse",
        "a command line with argparse is written below a helper",
        {
            S: """
        from helper import work
        def train():
            return work()
        """,
            "helper.py": "def work():\n    return 1\n",
        },
        {
            "helper.py": """
        import argparse
        def work():
            return 1
        def main():
            parser = argparse.ArgumentParser()
            parser.add_argument("--n", type=int, default=1)
            print(work())
        if __name__ == "__main__":
            main()
        """
        },
        fresh="train",
    ),
    edit(
        "same-parser-made-at-import",
        "options of a parser that is made at import beside a helper",
        {
            S: """
        from helper import work
        def train():
            return work()
        """,
            "helper.py": """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--n", type=int, default=1)
        def work():
            return 1
        """,
        },
        {"helper.py": ("default=1", "default=2")},
        fresh="train",
    ),
    edit(
        "same-plot-style",
        "a style of plots is set beside by a dictionary",
        {
            S: """
        import style
        from helper import work
        def train():
            return work()
        """,
            "helper.py": "def work():\n    return 1\n",
            "style.py": "STYLE = {}\nSTYLE.update(size=3)\n",
        },
        {"style.py": ("size=3", "size=4")},
        fresh="train",
    ),
    edit(
        "same-registry-of-another-kind",
        "a class that makes registries; an entry of another registry changes",
        {
            S: """
        from registries import MODELS
        import impl
        def train():
            return MODELS.get("a")()
        def other():
            from registries import LOSSES
            return LOSSES.get("a")()
        """,
            "registries.py": """
        class Registry:
            def __init__(self, name):
                self.name = name
                self.table = {}
            def register(self, key):
                def wrap(function):
                    self.table[key] = function
                    return function
                return wrap
            def get(self, key):
                return self.table[key]
        MODELS = Registry("models")
        LOSSES = Registry("losses")
        """,
            "impl.py": """
        from registries import LOSSES, MODELS
        @MODELS.register("a")
        def model():
            return 1
        @LOSSES.register("a")
        def loss():
            return 2
        """,
        },
        {"impl.py": ("return 2", "return 3")},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-registry-decorator-of-module-other-table",
        "two decorators with tables of their own in a module",
        {
            S: """
        import registries
        import impl
        def train():
            return registries.MODELS["a"]()
        def other():
            return registries.LOSSES["a"]()
        """,
            "registries.py": """
        MODELS = {}
        LOSSES = {}
        def model(name):
            def wrap(function):
                MODELS[name] = function
                return function
            return wrap
        def loss(name):
            def wrap(function):
                LOSSES[name] = function
                return function
            return wrap
        """,
            "impl.py": """
        import registries
        @registries.model("a")
        def first():
            return 1
        @registries.loss("a")
        def second():
            return 2
        """,
        },
        {"impl.py": ("return 2", "return 3")},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-subclass-registered-in-other-base",
        "two bases with __init_subclass__ and tables of their own from one mixin",
        {
            S: """
        from bases import Model, Loss
        import impl
        def train():
            return Model.known["A"]().run()
        def other():
            return Loss.known["B"]().run()
        """,
            "bases.py": """
        class Model:
            known = {}
            def __init_subclass__(cls):
                Model.known[cls.__name__] = cls
        class Loss:
            known = {}
            def __init_subclass__(cls):
                Loss.known[cls.__name__] = cls
        """,
            "impl.py": """
        from bases import Loss, Model
        class A(Model):
            def run(self):
                return 1
        class B(Loss):
            def run(self):
                return 2
        """,
        },
        {"impl.py": ("return 2", "return 3")},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-dataclass-of-other-section",
        "another section of a composed configuration, of which the step takes one",
        {
            S: """
        from conf import TrainConfig
        def train():
            return TrainConfig().lr
        def other():
            from conf import Config
            return Config().data.path
        """,
            "conf.py": """
        from dataclasses import dataclass, field
        @dataclass
        class TrainConfig:
            lr: float = 1
        @dataclass
        class DataConfig:
            path: str = "a"
        @dataclass
        class Config:
            train: TrainConfig = field(default_factory=TrainConfig)
            data: DataConfig = field(default_factory=DataConfig)
        """,
        },
        {"conf.py": ('"a"', '"b"')},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-enum-neighbour-method",
        "another enumeration's method",
        {
            S: """
        from enums import Mode
        def train():
            return Mode.A.value
        """,
            "enums.py": """
        import enum
        class Mode(enum.Enum):
            A = 1
        class Kind(enum.Enum):
            B = 2
            def label(self):
                return "x"
        """,
        },
        {"enums.py": ('"x"', '"y"')},
        fresh="train",
    ),
    edit(
        "same-test-functions-in-module",
        "tests beside the helper get a fixture and a parametrization",
        {
            S: """
        from helper import work
        def train():
            return work()
        """,
            "helper.py": "def work():\n    return 1\ndef test_work():\n    assert work() == 1\n",
        },
        {
            "helper.py": """
        import pytest
        def work():
            return 1
        @pytest.fixture
        def one():
            return 1
        @pytest.mark.parametrize("n", [1, 2])
        def test_work(one, n):
            assert work() == one
        """
        },
        fresh="train",
    ),
    edit(
        "same-split-module-kept-name",
        "a function that the step does not use moves to a new module, from which the old one imports it",
        {
            S: """
        from helper import work
        def train():
            return work()
        """,
            "helper.py": "def work():\n    return 1\ndef unused():\n    return 2\n",
        },
        {
            "helper.py": "from rest import unused\ndef work():\n    return 1\n",
            "rest.py": "def unused():\n    return 2\n",
        },
        fresh="train",
    ),
    edit(
        "same-reexport-added-to-init",
        "a package's __init__ re-exports more of its modules, and sorts them",
        {
            S: """
        from lib import work
        def train():
            return work()
        """,
            "lib/__init__.py": "from lib.a import work\n",
            "lib/a.py": "def work():\n    return 1\n",
            "lib/b.py": "def more():\n    return 2\n",
        },
        {"lib/__init__.py": 'from lib.b import more\nfrom lib.a import work\n__all__ = ["more", "work"]\n'},
        fresh="train",
    ),
    edit(
        "same-import-style-changed",
        "`import lib.a as a` instead of `from lib.a import work` in a helper",
        {
            S: """
        from helper import run
        def train():
            return run()
        """,
            "helper.py": "from lib.a import work as _work\ndef run():\n    return _work()\n",
            "lib/__init__.py": "",
            "lib/a.py": "def work():\n    return 1\ndef more():\n    return 1\n",
        },
        {"lib/a.py": ("def more():\n    return 1", "def more():\n    return 2")},
        fresh="train",
    ),
    edit(
        "same-version-constant",
        "__version__ and __author__ of the package",
        {
            S: """
        from lib.a import work
        def train():
            return work()
        """,
            "lib/__init__.py": '__version__ = "1"\n',
            "lib/a.py": "def work():\n    return 1\n",
        },
        {"lib/__init__.py": '__version__ = "2"\n__author__ = "me"\n'},
        fresh="train",
    ),
    edit(
        "same-type-alias-and-protocol-added",
        "aliases of types and a protocol are added, and annotate the helper",
        {
            S: """
        from helper import work
        def train():
            return work(1)
        """,
            "helper.py": "def work(x):\n    return x\n",
        },
        {
            "helper.py": """
        from typing import Protocol, TypeAlias, Union
        Number: TypeAlias = Union[int, float]
        class Worker(Protocol):
            def __call__(self, x: Number) -> Number: ...
        def work(x: Number) -> Number:
            return x
        """
        },
        fresh="train",
    ),
    edit(
        "same-constants-grouped",
        "constants that the step does not use are put into a class",
        {
            S: """
        from conf import SIZE
        def train():
            return SIZE
        """,
            "conf.py": "SIZE = 1\nA = 2\nB = A * 2\n",
        },
        {"conf.py": "SIZE = 1\nclass Rest:\n    A = 2\n    B = A * 2\n"},
        fresh="train",
    ),
    edit(
        "same-fixture-table-filled-by-loop",
        "a loop fills a table that another step reads",
        {
            S: """
        import tables
        def train():
            return tables.SQUARES[2]
        def other():
            return tables.CUBES[2]
        """,
            "tables.py": """
        SQUARES = {}
        CUBES = {}
        for n in range(3):
            SQUARES[n] = n * n
        for n in range(3):
            CUBES[n] = n * n * n
        """,
        },
        {"tables.py": ("n * n * n", "n * n * n + 1")},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-generic-class-subscripted",
        "a generic class with a method that sets a global is subscripted for a hint elsewhere",
        {
            S: """
        from box import Box, COUNT
        import beside
        def train():
            return COUNT
        """,
            "box.py": """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        COUNT = 0
        class Box(Generic[T]):
            def fill(self):
                global COUNT
                COUNT += 1
        """,
            "beside.py": "from box import Box\nIntBox = Box[int]\n",
        },
        {"beside.py": ("Box[int]", "Box[str]")},
        fresh="train",
    ),
    edit(
        "same-hook-list-of-other-trainer",
        "a hook is appended to the own list of another object of the class",
        {
            S: """
        from trainers import first, second
        import hooks
        def train():
            return len(first.hooks)
        def other():
            return len(second.hooks)
        """,
            "trainers.py": """
        class Trainer:
            def __init__(self):
                self.hooks = []
        first = Trainer()
        second = Trainer()
        """,
            "hooks.py": "from trainers import second\n",
        },
        {"hooks.py": "from trainers import second\nsecond.hooks.append(1)\n"},
        fresh="train",
        stale="other",
    ),
    edit(
        "same-pure-function-of-constants",
        "a constant beside is worked out by a pure helper from tables that the step reads",
        {
            S: """
        import beside
        from tables import ROWS
        def train():
            return ROWS
        """,
            "tables.py": "ROWS = [3, 1, 2]\n",
            "beside.py": """
        from tables import ROWS
        def largest(rows):
            best = None
            for row in rows:
                if best is None or row > best:
                    best = row
            return best
        LARGEST = largest(ROWS)
        """,
        },
        {"beside.py": ("row > best", "row >= best")},
        fresh="train",
    ),
    edit(
        "same-sorted-copy-of-table",
        "a module beside sorts a copy of a table and takes from it",
        {
            S: """
        import beside
        from tables import ROWS
        def train():
            return ROWS
        """,
            "tables.py": "ROWS = [3, 1, 2]\n",
            "beside.py": """
        from tables import ROWS
        mine = sorted(ROWS)
        mine.pop()
        rest = [*ROWS]
        rest.append(4)
        """,
        },
        {"beside.py": ("append(4)", "append(5)")},
        fresh="train",
    ),
    edit(
        "same-array-worked-out",
        "a module beside works out a new array from one that the step reads and changes that",
        {
            S: """
        import beside
        from arrays import W
        def train():
            return W.tolist()
        """,
            "arrays.py": "import numpy as np\nW = np.ones(3)\n",
            "beside.py": "from arrays import W\nV = W * 2\nV[0] = 5\nU = W.copy()\nU += 1\n",
        },
        {"beside.py": ("V[0] = 5", "V[0] = 6")},
        fresh="train",
    ),
    edit(
        "same-array-of-max-changed",
        "a number worked out with max() of a table is counted up",
        {
            S: """
        import beside
        from tables import ROWS
        def train():
            return ROWS
        """,
            "tables.py": "ROWS = [3, 1, 2]\n",
            "beside.py": "from tables import ROWS\nn = max(ROWS)\nn += 1\n",
        },
        {"beside.py": ("n += 1", "n += 2")},
        fresh="train",
    ),
    edit(
        "same-scaler-fitted-beside",
        "a module beside fits a model of its own with a table that the step reads",
        {
            S: """
        import beside
        from tables import ROWS
        def train():
            return ROWS
        """,
            "tables.py": "ROWS = [[1.0], [2.0]]\n",
            "models.py": """
        class Scaler:
            def __init__(self, by=1):
                self.by = by
            def fit(self, rows):
                self.mean = sum(row[0] for row in rows) / len(rows)
                return self
        """,
            "beside.py": "from models import Scaler\nfrom tables import ROWS\nSCALER = Scaler(by=2).fit(ROWS)\n",
        },
        {"beside.py": ("by=2", "by=3")},
        fresh="train",
    ),
    edit(
        "same-text-of-object-beside",
        "a module beside formats an object that the step uses",
        {
            S: """
        import beside
        from models import MODEL
        def train():
            return MODEL.size
        """,
            "models.py": """
        class Model:
            def __init__(self):
                self.size = 3
            def __repr__(self):
                return f"Model({self.size})"
            def __len__(self):
                return self.size
        MODEL = Model()
        """,
            "beside.py": 'from models import MODEL\nTITLE = f"{MODEL!r} of {len(MODEL)}"\n',
        },
        {"beside.py": (" of ", " with ")},
        fresh="train",
    ),
    edit(
        "same-loop-over-objects-beside",
        "a module beside goes through objects that the step uses and asks their methods",
        {
            S: """
        import beside
        from models import MODELS
        def train():
            return [one.size for one in MODELS]
        """,
            "models.py": """
        class Model:
            def __init__(self, size):
                self.size = size
            def label(self):
                return f"m{self.size}"
        MODELS = [Model(1), Model(2)]
        """,
            "beside.py": """
            from models import MODELS
            LABELS = {}
            for one in MODELS:
                LABELS[one.label()] = one.size
            """,
        },
        {"beside.py": ("= one.size", "= one.size * 2")},
        fresh="train",
    ),
    edit(
        "same-dict-of-objects-beside",
        "a module beside keeps objects that the step uses in a table of its own and adds to it",
        {
            S: """
        import beside
        from models import SMALL
        def train():
            return SMALL.size
        """,
            "models.py": """
        class Model:
            def __init__(self, size):
                self.size = size
        SMALL = Model(1)
        """,
            "beside.py": 'from models import SMALL\nZOO = {"small": SMALL}\nZOO["other"] = 1\n',
        },
        {"beside.py": ('"other"] = 1', '"other"] = 2')},
        fresh="train",
    ),
]
