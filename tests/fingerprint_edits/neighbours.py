"""Neighbours of many kinds in one file: each says what it does, and is of no concern to the step beside it."""

from __future__ import annotations

import textwrap

from fingerprint_edits.edit import Edit, edit

STEP = """
import functools
import itertools
import logging
import os
import random
import re
import warnings
from collections import Counter, defaultdict, namedtuple
from pathlib import Path

import numpy as np

logger = logging.getLogger(__name__)
ROOT = Path("data")
SIZES = [1, 2, 3]
CONFIG = {"rate": 0.1, "deep": {"size": 2}}
WEIGHTS = np.ones(3)


class Base:
    rate = 1

    def fit(self, x):
        self.x = x
        x += 1
        return self

    def predict(self):
        return self.x * self.rate


class Model(Base):
    pass


def scale(x, by=2):
    return x * by


def train():
    logger.info("train")
    return Model().fit(scale(CONFIG["rate"])).predict(), SIZES, float(WEIGHTS.sum()), str(ROOT)
"""

# ruff: noqa: E501 - a row of the table is a line
NEIGHBOURS = {
    "iterated-copy": ("for size in list(SIZES):\n    logger.debug(size)", "debug(size)", "debug(-size)"),
    "sum-of-list": ("TOTAL = sum(SIZES) + len(SIZES)", "+ len", "* len"),
    "sorted-list": ("ORDERED = sorted(SIZES, key=lambda one: -one)", "-one", "one"),
    "joined-path": ("OUT = ROOT / 'out' / f'{len(SIZES)}.csv'", "'out'", "'other'"),
    "array-operator": ("HALF = WEIGHTS / 2 + WEIGHTS @ WEIGHTS", "/ 2", "/ 3"),
    "number-added": ("COUNT = 0\nCOUNT += len(SIZES)\nCOUNT += 1", "+= 1", "+= 2"),
    "text-added": ("TEXT = 'a'\nTEXT += 'b'", "'b'", "'c'"),
    "merged": ("MERGED = {**CONFIG, 'batch': 3}", "3", "4"),
    "or-merged": ("MERGED = CONFIG | {'batch': 3}", "3", "4"),
    "comprehension": ("SQUARES = {n: n * n for n in SIZES}", "n * n", "n * n * n"),
    "partial": ("double = functools.partial(scale, by=2)", "by=2", "by=3"),
    "defaultdict": ("GROUPS = defaultdict(list)\nGROUPS['a'].append(1)", "append(1)", "append(2)"),
    "namedtuple": ("Row = namedtuple('Row', 'x y')\nORIGIN = Row(0, 0)", "Row(0, 0)", "Row(0, 1)"),
    "regex": ("WORD = re.compile(r'\\w+')\nFOUND = WORD.findall('a b')", "'a b'", "'a c'"),
    "instance": ("OTHER = Base()\nOTHER.rate = 3", "rate = 3", "rate = 4"),
    "fitted": ("FITTED = Base().fit(1)", "fit(1)", "fit(2)"),
    "subclass": ("class Tree(Base):\n    rate = 3\n\n    def fit(self, x):\n        x += 2\n        return self", "+= 2", "+= 3"),
    "subclass-new-attribute": ("class Tree(Base):\n    def __init__(self):\n        self.rate = 3", "= 3", "= 4"),
    "in-place": ("def centre_(x):\n    x -= x.mean()\n    x[0] = 1\n    x.sort()\n    return x", "= 1", "= 2"),
    "generator": ("def batches(rows, n):\n    for i in range(0, len(rows), n):\n        yield rows[i : i + n]", "i + n]", "i + n + 1]"),
    "context": ("from contextlib import contextmanager\n\n\n@contextmanager\ndef quiet():\n    old = logger.level\n    logger.setLevel(50)\n    yield\n    logger.setLevel(old)", "50", "40"),
    "cached": ("@functools.lru_cache\ndef slow(n):\n    return n", "return n", "return -n"),
    "memo": ("def memo(f):\n    known = {}\n\n    def inner(*args):\n        if args not in known:\n            known[args] = f(*args)\n        return known[args]\n\n    return inner\n\n\n@memo\ndef slow(n):\n    return n", "return n\n", "return -n\n"),
    "memo-of-scale": ("def memo(f):\n    known = {}\n\n    def inner(*args):\n        return known.setdefault(args, f(*args))\n\n    return inner\n\n\nfast_scale = memo(scale)\nONE = fast_scale(1)", "fast_scale(1)", "fast_scale(2)"),
    "class-cache": ("class Store:\n    known = {}\n\n    @classmethod\n    def put(cls, key, value):\n        cls.known[key] = value\n\n\nStore.put('a', 1)", "'a', 1", "'a', 2"),
    "singleton": ("class Store:\n    _one = None\n\n    def __new__(cls):\n        if cls._one is None:\n            cls._one = super().__new__(cls)\n        return cls._one\n\n\nSTORE = Store()\nSTORE.size = 3", "size = 3", "size = 4"),
    "callbacks": ("CALLBACKS = []\n\n\ndef callback(f):\n    CALLBACKS.append(f)\n    return f\n\n\n@callback\ndef on_end(model):\n    model.rate += 1", "+= 1", "+= 2"),
    "operator-class": ("class Vec:\n    def __init__(self, n):\n        self.n = n\n\n    def __iadd__(self, other):\n        self.n += other\n        return self\n\n\nV = Vec(1)\nV += 2", "V += 2", "V += 3"),
    "descriptor": ("class Field:\n    def __set_name__(self, owner, name):\n        self.name = name\n\n\nclass Form:\n    size = Field()\n    age = 3", "age = 3", "age = 4"),
    "enum": ("import enum\n\n\nclass Kind(enum.Enum):\n    A = 1\n    B = 2", "B = 2", "B = 3"),
    "dataclass": ("import dataclasses\n\n\n@dataclasses.dataclass\nclass Settings:\n    rate: float = 0.1\n    names: list = dataclasses.field(default_factory=list)\n\n\nS = Settings()\nS.names.append('a')", "'a'", "'b'"),
    "init-subclass": ("class Plugin:\n    known = {}\n\n    def __init_subclass__(cls, **kw):\n        Plugin.known[cls.__name__] = cls\n\n\nclass One(Plugin):\n    n = 1", "n = 1", "n = 2"),
    "singledispatch": ("@functools.singledispatch\ndef show(x):\n    return str(x)\n\n\n@show.register\ndef _(x: int):\n    return hex(x)", "hex", "bin"),
    "warnings": ("warnings.filterwarnings('ignore', category=UserWarning)", "UserWarning", "FutureWarning"),
    "logging-config": ("logging.basicConfig(level=logging.INFO)\nlogging.getLogger('x').setLevel(10)", "INFO", "DEBUG"),
    "logging-extra": ("handler = logging.StreamHandler()\nhandler.setFormatter(logging.Formatter('%(message)s'))\nlogger.addHandler(handler)", "%(message)s", "%(name)s"),
    "main": ("if __name__ == '__main__':\n    print(train(), CONFIG)", "CONFIG)", "CONFIG, SIZES)"),
    "type-alias": ("from typing import Union\n\nNumber = Union[int, float]", "float]", "complex]"),
    "typed-dict": ("from typing import TypedDict\n\n\nclass Row(TypedDict, total=False):\n    x: int", "x: int", "x: float"),
    "protocol": ("from typing import Protocol, runtime_checkable\n\n\n@runtime_checkable\nclass Fits(Protocol):\n    def fit(self, x: int) -> 'Fits': ...", "x: int", "x: float"),
    "typevar": ("from typing import TypeVar\n\nT = TypeVar('T', bound=Base)", "bound=Base", "bound=Model"),
    "optional-import": ("try:\n    import not_there\n\n    HAS = True\nexcept ImportError:\n    not_there = None\n    HAS = False", "HAS = False", "HAS = None"),
    "version": ("import sys\n\nif sys.version_info < (3, 8):\n    raise RuntimeError('old')\nPY = sys.version_info[:2]", "(3, 8)", "(3, 9)"),
    "rng": ("RNG = random.Random(1)\nDRAWN = [RNG.random() for _ in range(3)]", "range(3)", "range(4)"),
    "np-rng": ("RNG = np.random.default_rng(1)\nNOISE = RNG.normal(size=3)", "size=3", "size=4"),
    "environment": ("DEBUG = os.environ.get('MY_DEBUG', '') == '1'", "'1'", "'yes'"),
    "argparse": ("import argparse\n\n\ndef parser():\n    found = argparse.ArgumentParser()\n    found.add_argument('--n', type=int, default=len(SIZES))\n    found.set_defaults(run=train)\n    return found", "'--n'", "'--number'"),
    "click": ("COMMANDS = {}\n\n\ndef command(name):\n    def inner(f):\n        COMMANDS[name] = f\n        return f\n\n    return inner\n\n\n@command('train')\ndef main(n=3):\n    print(train(), n)", "n=3", "n=4"),
    "decorated": ("def logged(f):\n    @functools.wraps(f)\n    def inner(*args):\n        logger.debug(f.__name__)\n        return f(*args)\n\n    return inner\n\n\n@logged\ndef other(x):\n    x += 1\n    return x", "+= 1", "+= 2"),
    "patched-other": ("class Other:\n    def f(self):\n        return 1\n\n\nOther.f = lambda self: 2", "self: 2", "self: 3"),
    "setattr": ("class Other:\n    pass\n\n\nfor name in ('a', 'b'):\n    setattr(Other, name, 1)", ", 1)", ", 2)"),
    "doctest": ("def other(x):\n    \"\"\"Double.\n\n    >>> other(1)\n    2\n    \"\"\"\n    return 2 * x", "other(1)\n    2", "other(2)\n    4"),
    "copied-config": ("import copy\n\nLOCAL = copy.deepcopy(CONFIG)\nLOCAL['deep']['size'] = 3", "= 3", "= 4"),
    "unpacked": ("first, *rest = SIZES\nlast = rest[-1]", "rest[-1]", "rest[0]"),
    "walrus": ("if (n := len(SIZES)) > 2:\n    BIG = n", "BIG = n", "BIG = -n"),
    "try-constant": ("try:\n    CORES = os.cpu_count() or 1\nexcept OSError:\n    CORES = 1", "or 1", "or 2"),
    "assert": ("assert len(SIZES) == 3, 'three'", "'three'", "'three sizes'"),
    "chain": ("FLAT = list(itertools.chain.from_iterable([SIZES, SIZES]))", "[SIZES, SIZES]", "[SIZES]"),
    "map": ("DOUBLED = list(map(scale, SIZES))", "map(scale, SIZES)", "map(abs, SIZES)"),
    "property": ("class Other(Base):\n    @property\n    def size(self):\n        return len(SIZES)\n\n    @size.setter\n    def size(self, n):\n        self.n = n", "self.n = n", "self.n = -n"),
    "numpy-type": ("FLOAT = np.float32\nZERO = np.zeros(2, dtype=FLOAT)\nZERO.flags.writeable = False", "np.float32", "np.float64"),
    "global-in-function": ("_state = None\n\n\ndef state():\n    global _state\n    if _state is None:\n        _state = dict(CONFIG)\n    return _state", "dict(CONFIG)", "dict(CONFIG, a=1)"),
    "called-global": ("_state = None\n\n\ndef setup(n):\n    global _state\n    _state = n\n\n\nsetup(1)", "setup(1)", "setup(2)"),
    "evaluate": ("def evaluate(model, X):\n    model.eval()\n    return model.predict(X)", "predict(X)", "predict(X)[0]"),
    "async": ("async def fetch(url):\n    return url", "return url", "return [url]"),
    "match": ("def kind(x):\n    match x:\n        case {'kind': str(k)}:\n            return k\n        case _:\n            return None", "return None", "return ''"),
    "lambda-table": ("OPS = {'scale': scale, 'neg': lambda x: -x}", "-x", "+x"),
    "del": ("tmp = [1]\ndel tmp", "[1]", "[2]"),
    "all": ("__all__ = ['train', 'Model']", ", 'Model'", ", 'Base'"),
    "date": ("import datetime\n\nSTARTED = datetime.datetime(2020, 1, 1)", "2020, 1, 1", "2020, 1, 2"),
    "super": ("class Deep(Model):\n    def fit(self, x):\n        super().fit(x)\n        self.x -= 1\n        return self", "-= 1", "-= 2"),
    "mixin": ("class Saves:\n    def save(self, path):\n        Path(path).write_text(repr(self))\n\n\nclass Saved(Saves, Model):\n    pass", "repr(self)", "str(self)"),
    "metaclass": ("class Meta(type):\n    def __new__(mcs, name, bases, space):\n        space['tag'] = 1\n        return super().__new__(mcs, name, bases, space)\n\n\nclass Tagged(metaclass=Meta):\n    pass", "= 1", "= 2"),
    "slots": ("class Point:\n    __slots__ = ('x', 'y')\n\n    def __init__(self, x, y):\n        self.x, self.y = x, y", "self.y = x, y", "self.y = y, x"),
    "index": ("FIRST = SIZES[0]\nRATE = CONFIG['rate']\nSIZE = CONFIG['deep']['size']", "SIZES[0]", "SIZES[1]"),
    "fstring": ("NAME = f\"{CONFIG['rate']:.2f}-{len(SIZES)}\"", ":.2f", ":.3f"),
    "with": ("with open(os.devnull) as file:\n    TEXT = file.read()", "TEXT = file.read()", "TEXT = file.readline()"),
    "made-array": ("def make():\n    out = np.zeros(3)\n    out[0] = 1\n    return out\n\n\nMADE = make()", "= 1", "= 2"),
    "made-rows": ("def make():\n    rows = []\n    rows.append(scale(1))\n    found = np.array(rows)\n    found += 1\n    return found\n\n\nMADE = make()", "+= 1", "+= 2"),
    "made-by-json": ("import json\n\n\ndef make():\n    found = json.loads('{}')\n    found['a'] = 1\n    return found\n\n\nMADE = make()", "= 1", "= 2"),
    "logged-at-import": ("logger.info('there are %s', len(SIZES))\nlogger.setLevel(10)", "there", "here"),
}  # fmt: skip


#: What looks like a neighbour and is none.
TWINS = {
    "log-of-object": (
        "class Table:\n    def __init__(self):\n        self.rows = []\n\n    def info(self, row):\n        self.rows.append(row)\n\n\n"
        "TABLE = Table()\nTABLE.info(1)\n\n\ndef train():\n    return TABLE.rows",
        "info(1)",
        "info(2)",
    ),
    "shallow-copy": (
        "import copy\n\nCFG = {'deep': {'size': 1}}\nLOCAL = copy.copy(CFG)\nLOCAL['deep']['size'] = 2\n\n\ndef train():\n    return CFG",
        "= 2",
        "= 3",
    ),
    "module-by-another-name": (
        "import string\n\nother = string\nother.digits = '1'\n\n\ndef train():\n    return string.digits",
        "= '1'",
        "= '2'",
    ),
    "made-of-imported-object": (
        "from os import environ\n\nx = environ.setdefault('LINEAGE_TEST_X', '1')\n\n\ndef train():\n    return os.environ['LINEAGE_TEST_X']",
        ", '1')",
        ", '2')",
    ),
    "made-in-function": (
        "PARTS = {'a': []}\n\n\ndef make(n):\n    part = PARTS.get('a')\n    part += [n]\n    return part\n\n\nONE = make(1)\n\n\n"
        "def train():\n    return PARTS",
        "make(1)",
        "make(2)",
    ),
}  # fmt: skip


def _edit(name: str, neighbour: str, old: str, new: str) -> Edit:
    text = textwrap.dedent(STEP)
    source = f"{text}\n\n{neighbour}\n"
    assert neighbour.count(old) == 1 or f"{neighbour}\n".count(old) == 1, name
    changed = f"{text}\n\n" + f"{neighbour}\n".replace(old, new)
    return edit(f"neighbour-{name}", "a neighbour changes", {"steps.py": source}, {"steps.py": changed}, fresh="train")


def _new(name: str, neighbour: str) -> Edit:
    text = textwrap.dedent(STEP)
    return edit(
        f"neighbour-new-{name}",
        "a neighbour comes",
        {"steps.py": text},
        {"steps.py": f"{text}\n\n{neighbour}\n"},
        fresh="train",
    )


def _twin(name: str, source: str, old: str, new: str) -> Edit:
    before = f"import os\n\n{source}\n"
    return edit(
        f"neighbour-twin-{name}",
        "it is none",
        {"steps.py": before},
        {"steps.py": before.replace(old, new)},
        stale="train",
    )


EDITS = [
    *(_twin(name, *texts) for name, texts in TWINS.items()),
    *(_edit(name, *texts) for name, texts in NEIGHBOURS.items()),
    *(_new(name, NEIGHBOURS[name][0]) for name in list(NEIGHBOURS)[::4]),
]
