"""What a helper reads once and keeps counts for every step that asks the helper, not only for the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import Project

Write = Callable[[Mapping[str, str]], Project]

STEPS = """\
from lineage import step
from settings import get


@step
def once() -> int:
    return get()


@step
def twice() -> int:
    return 2 * get()
"""
DODO = """\
from lineage import pipeline
from others import other
from steps import once, twice


@pipeline
def p():
    a = once()
    b = twice()
    c = other()
"""
OTHER = "from lineage import step\n\n\n@step\ndef other() -> int:\n    return 1\n"

KEEPERS = {
    "cache": """\
from functools import cache
from reader import read

@cache
def get():
    return read()
""",
    "global": """\
from reader import read

_known = None

def get():
    global _known
    if _known is None:
        _known = read()
    return _known
""",
    "table": """\
from reader import read

KNOWN = {}

def get(name="rate"):
    if name not in KNOWN:
        KNOWN[name] = read()
    return KNOWN[name]
""",
    "object": """\
from functools import cached_property
from reader import read

class Settings:
    @cached_property
    def rate(self):
        return read()

SETTINGS = Settings()

def get():
    return SETTINGS.rate
""",
    "memory by hand": """\
from reader import read

def memo(function):
    known = {}
    def wrapper(*given):
        if given not in known:
            known[given] = function(*given)
        return known[given]
    return wrapper

@memo
def get():
    return read()
""",
    "default": """\
from reader import read

def get(name="rate", known={}):
    if name not in known:
        known[name] = read()
    return known[name]
""",
    "object with a table": """\
from reader import read

class Store:
    def __init__(self):
        self.known = {}

    def rate(self):
        if "rate" not in self.known:
            self.known["rate"] = read()
        return self.known["rate"]

STORE = Store()

def get():
    return STORE.rate()
""",
    "table of an object's class": """\
from reader import read

class Store:
    known = {}

    def rate(self):
        if "rate" not in type(self).known:
            type(self).known["rate"] = read()
        return self.known["rate"]

def get():
    return Store().rate()
""",
    "given table": """\
from reader import read

KNOWN = []

def fill(known):
    if not known:
        known.append(read())
    return known

def get():
    return fill(KNOWN)[0]
""",
    "class": """\
from reader import read

class Settings:
    rate = None

def get():
    if Settings.rate is None:
        Settings.rate = read()
    return Settings.rate
""",
    "class method": """\
from reader import read

class Settings:
    rate = None

    @classmethod
    def load(cls):
        if cls.rate is None:
            cls.rate = read()
        return cls.rate

def get():
    return Settings.load()
""",
}
#: A cache that is made by a call has no frame, and the function that reads has another name.
BY_CALL = {
    "a cache of another function": "get = cache(_load)\n",
    "with options": "get = lru_cache(maxsize=None)(_load)\n",
    "of an imported function": "get = cache(read)\n",
    "of a lambda": "get = cache(lambda: _load())\n",
    "of a partial": "get = cache(partial(_load))\n",
    "behind a partial": "get = partial(cache(_load))\n",
    "in a table": "TABLE = {'rate': cache(_load)}\n\n\ndef get():\n    return TABLE['rate']()\n",
    "in a class": "class Rates:\n    load = staticmethod(cache(_load))\n\n\ndef get():\n    return Rates.load()\n",
    "of a bound method": """\
class Rates:
    def __init__(self):
        self.load = cache(self._load)

    def _load(self):
        return _load()

RATES = Rates()

def get():
    return RATES.load()
""",
    "of a function inside": """\
def make():
    @cache
    def inner():
        return read()
    return inner

get = make()
""",
}
KEEPERS |= {
    name: "from functools import cache, lru_cache, partial\nfrom reader import read\n\n\n"
    f"def _load():\n    return read()\n\n\n{text}"
    for name, text in BY_CALL.items()
}

READERS = {
    "file": "def read():\n    with open('rate.txt') as file:\n        return int(file.read())\n",
    "variable": "import os\n\ndef read():\n    return int(os.environ['_'.join(('THE', 'RATE'))])\n",
}


@pytest.mark.parametrize("keeper", KEEPERS)
def test_what_a_helper_keeps_counts_for_all_who_ask_it(project: Write, keeper: str) -> None:
    """A cache, a global, a table, an object or a class: the second step never opens the file itself."""
    files = {"steps.py": STEPS, "others.py": OTHER, "dodo.py": DODO, "reader.py": READERS["file"]}
    found = project({**files, "settings.py": KEEPERS[keeper], "rate.txt": "1"})
    found.doit()
    assert set(found.rerun().values()) == {"cached"}
    found.write({"rate.txt": "2"})
    assert found.rerun() == {"once": "run", "twice": "run", "other": "cached"}
    assert found.artifact("p/b").read_text().strip() == "4"


def test_a_cache_that_was_there_before_the_run(project: Write) -> None:
    """What dodo.py has imported itself is frozen while steps run, and its caches are found all the same."""
    files = {"steps.py": STEPS, "others.py": OTHER, "reader.py": READERS["file"], "rate.txt": "1"}
    settings = "from functools import cache\nfrom reader import read\n\nget = cache(read)\n"
    dodo = f"import importlib\n\nimportlib.import_module('settings')\n{DODO}"
    found = project({**files, "settings.py": settings, "dodo.py": dodo})
    found.doit()
    found.write({"rate.txt": "2"})
    ran = found.rerun()
    assert (ran["once"], ran["twice"]) == ("run", "run")


def test_a_function_that_fills_its_own_list_keeps_nothing(project: Write) -> None:
    """Constants, a logger and an object of the step's own beside it make no memory of it."""
    helper = """\
import logging
from reader import read

logger = logging.getLogger(__name__)
NAMES = ["rate"]
FACTORS = {"rate": 1}

class Rows:
    def __init__(self):
        self.rows = {}

    def put(self, name):
        self.rows[name] = read() * FACTORS[name]
        return self

def get():
    rows, found = Rows(), []
    for name in NAMES:
        found.append(rows.put(name).rows[name])
        logger.info("read %s", name)
    return found[0]

def neighbour():
    return 1
"""
    other = OTHER.replace("import step", "import step\nfrom settings import neighbour").replace("1", "neighbour()")
    files = {"steps.py": STEPS, "others.py": other, "dodo.py": DODO, "reader.py": READERS["file"]}
    found = project({**files, "settings.py": helper, "rate.txt": "1"})
    found.doit()
    found.write({"rate.txt": "2"})
    assert found.rerun() == {"once": "run", "twice": "run", "other": "cached"}


def test_a_variable_that_a_helper_keeps_counts_for_all_who_ask_it(project: Write) -> None:
    """Environment variables as files do."""
    files = {"steps.py": STEPS, "others.py": OTHER, "dodo.py": DODO, "reader.py": READERS["variable"]}
    found = project({**files, "settings.py": KEEPERS["cache"]})
    found.doit(env={"THE_RATE": "1"})
    assert found.rerun(env={"THE_RATE": "2"}) == {"once": "run", "twice": "run", "other": "cached"}


def test_what_a_helper_does_not_keep_is_of_the_step_that_asked(project: Write) -> None:
    """A helper that two steps give different files to shares nothing."""
    steps = STEPS.replace("get()", "get('a.txt')", 1).replace("* get()", "* get('b.txt')")
    settings = "def get(path):\n    rows = {}\n    with open(path) as file:\n        rows[path] = int(file.read())\n"
    settings += "    return rows[path]\n"
    found = project({"steps.py": steps, "others.py": OTHER, "dodo.py": DODO, "settings.py": settings})
    found.write({"a.txt": "1", "b.txt": "1"})
    found.doit()
    found.write({"a.txt": "2"})
    assert found.rerun() == {"once": "run", "twice": "cached", "other": "cached"}
