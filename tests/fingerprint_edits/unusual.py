"""Changes at import by unusual ways, and what has another name by one."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

CONF = 'CFG = {"a": 1}\n'
READ = """
import conf
import extra
def train():
    return conf.CFG["a"]
def other():
    return 1
"""

EDITS = [
    edit(
        "odd-partial-called-at-import",
        "a partial of a function that changes a table is called at import",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        from functools import partial
        import conf
        def put(key, value):
            conf.CFG[key] = value
        put_a = partial(put, "a")
        put_a(2)
        """,
        },
        {"extra.py": ("put_a(2)", "put_a(3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-map-of-function-consumed",
        "a list() of a map() over a table calls a function that changes another table",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        VALUES = [2]
        def put(value):
            conf.CFG["a"] = value
        done = list(map(put, VALUES))
        """,
        },
        {"extra.py": ("[2]", "[3]")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-generator-function-consumed",
        "a generator that changes a table is consumed by a loop of another module",
        {
            S: READ,
            "conf.py": CONF,
            "gen.py": """
        import conf
        def steps():
            conf.CFG["a"] = 2
            yield 1
        """,
            "extra.py": "from gen import steps\nfor _ in steps():\n    pass\n",
        },
        {"gen.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-any-of-generator",
        "any() of a generator expression calls a function that changes a table",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        def put(value):
            conf.CFG["a"] = value
            return False
        FOUND = any(put(v) for v in (1, 2))
        """,
        },
        {"extra.py": ("(1, 2)", "(1, 3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-lambda-in-table-called",
        "a lambda in a table of another module is called at import by its key",
        {
            S: READ,
            "conf.py": CONF,
            "table.py": """
        import conf
        ACTIONS = {"init": lambda: conf.CFG.update(a=2), "other": lambda: None}
        """,
            "extra.py": 'from table import ACTIONS\nACTIONS["init"]()\n',
        },
        {"table.py": ("a=2", "a=3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-class-call-in-metaclass",
        "a metaclass's __call__ changes a table when an object is made at import",
        {
            S: READ,
            "conf.py": CONF,
            "meta.py": """
        import conf
        class Meta(type):
            def __call__(cls, *args):
                conf.CFG["a"] = cls.value
                return super().__call__(*args)
        """,
            "extra.py": "from meta import Meta\nclass Tool(metaclass=Meta):\n    value = 2\ntool = Tool()\n",
        },
        {"extra.py": ("value = 2", "value = 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-new-of-base",
        "__new__ of a base in another module changes a table when a subclass is made an object of",
        {
            S: READ,
            "conf.py": CONF,
            "base.py": """
        import conf
        class Base:
            def __new__(cls):
                conf.CFG["a"] = 2
                return super().__new__(cls)
        """,
            "extra.py": "from base import Base\nclass Tool(Base):\n    pass\nTOOLS = [Tool()]\n",
        },
        {"base.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-post-init-of-dataclass",
        "__post_init__ of a dataclass enters it in a table when it is made in a comprehension",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        from dataclasses import dataclass
        import conf
        @dataclass
        class Entry:
            value: int
            def __post_init__(self):
                conf.CFG["a"] = self.value
        ENTRIES = [Entry(v) for v in (1, 2)]
        """,
        },
        {"extra.py": ("(1, 2)", "(1, 3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-set-name-of-nested",
        "__set_name__ of a descriptor in the body of a class that a function makes at import",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        class Field:
            def __init__(self, value):
                self.value = value
            def __set_name__(self, owner, name):
                conf.CFG[name] = self.value
        def make():
            class Model:
                a = Field(2)
            return Model
        Model = make()
        """,
        },
        {"extra.py": ("Field(2)", "Field(3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-class-getitem",
        "a subscript of a class calls __class_getitem__ that changes a table",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        class Array:
            def __class_getitem__(cls, size):
                conf.CFG["a"] = size
                return cls
        Matrix = Array[2]
        """,
        },
        {"extra.py": ("Array[2]", "Array[3]")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-contains-operator",
        "`in` asks an object whose __contains__ enters what it is asked",
        {
            S: """
        from vocab import VOCAB
        import extra
        def train():
            return sorted(VOCAB.seen)
        def other():
            return 1
        """,
            "vocab.py": """
        class Vocab:
            def __init__(self):
                self.seen = set()
            def __contains__(self, word):
                self.seen.add(word)
                return True
        VOCAB = Vocab()
        """,
            "extra.py": 'from vocab import VOCAB\nKNOWN = "a" in VOCAB\n',
        },
        {"extra.py": ('"a"', '"b"')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-format-of-object",
        "an f-string formats an object that counts how often it is asked",
        {
            S: """
        from names import namer
        import extra
        def train():
            return namer.count
        """,
            "names.py": """
        class Namer:
            count = 0
            def __format__(self, spec):
                self.count += 1
                return str(self.count)
        namer = Namer()
        """,
            "extra.py": 'from names import namer\nTITLE = f"x-{namer}"\n',
        },
        {"extra.py": ('f"x-{namer}"', 'f"x-{namer}-{namer:>3}"')},
        stale="train",
    ),
    edit(
        "odd-len-and-bool",
        "`if` asks an object whose __bool__ changes it",
        {
            S: """
        from flag import flag
        import extra
        def train():
            return flag.asked
        """,
            "flag.py": """
        class Flag:
            asked = 0
            def __bool__(self):
                self.asked += 1
                return True
        flag = Flag()
        """,
            "extra.py": "from flag import flag\nON = 1\n",
        },
        {"extra.py": "from flag import flag\nON = 1 if flag else 2\n"},
        stale="train",
    ),
    edit(
        "odd-with-several-items",
        "a with statement of two managers, the second one of which changes a table when it is left",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import contextlib
        import conf
        class Setting:
            def __enter__(self):
                return self
            def __exit__(self, *error):
                conf.CFG["a"] = 2
        with contextlib.nullcontext(), Setting():
            READY = True
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-contextmanager-function",
        "a contextmanager function of another module changes a table when it is entered",
        {
            S: READ,
            "conf.py": CONF,
            "manage.py": """
        from contextlib import contextmanager
        import conf
        @contextmanager
        def setting(value):
            conf.CFG["a"] = value
            yield
        """,
            "extra.py": "from manage import setting\nwith setting(2):\n    READY = True\n",
        },
        {"extra.py": ("setting(2)", "setting(3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-exception-handler-at-import",
        "a handler at import changes a table where a helper raises",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        from checks import check
        try:
            check()
        except ValueError:
            conf.CFG["a"] = 2
        """,
            "checks.py": "def check():\n    return 1\n",
        },
        {"checks.py": ("return 1", "raise ValueError(1)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-while-popping",
        "a loop pops names from a list and sets items by them",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        todo = [("a", 2)]
        while todo:
            key, value = todo.pop()
            conf.CFG[key] = value
        """,
        },
        {"extra.py": ('("a", 2)', '("a", 3)')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-unpacked-into-item",
        "an assignment unpacks a function's results into an item of a table and a name",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        def both():
            return 2, 3
        conf.CFG["a"], REST = both()
        """,
        },
        {"extra.py": ("return 2, 3", "return 4, 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-for-target-item",
        "the target of a loop is an item of a table",
        {S: READ, "conf.py": CONF, "extra.py": 'import conf\nfor conf.CFG["a"] in (1, 2):\n    pass\n'},
        {"extra.py": ("(1, 2)", "(1, 3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-with-target-attribute",
        "what a with statement gives is bound to an attribute of a module",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.size
        """,
            "conf.py": "size = 1\n",
            "extra.py": "import contextlib\nimport conf\nwith contextlib.nullcontext(2) as conf.size:\n    pass\n",
        },
        {"extra.py": ("(2)", "(3)")},
        stale="train",
    ),
    edit(
        "odd-dict-method-unbound",
        "dict.update is called with a table as its first argument, under another name",
        {S: READ, "conf.py": CONF, "extra.py": "import conf\nput = dict.update\nput(conf.CFG, a=2)\n"},
        {"extra.py": ("a=2", "a=3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-operator-setitem-alias",
        "operator.setitem under another name",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": 'from operator import setitem as put\nimport conf\nput(conf.CFG, "a", 2)\n',
        },
        {"extra.py": ('"a", 2', '"a", 3')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-tuple",
        "a part of a table gets a name by unpacking of a tuple and is changed",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.CFG["model"]["size"]
        """,
            "conf.py": 'CFG = {"model": {"size": 1}, "data": {}}\n',
            "extra.py": """
        from conf import CFG
        model, data = CFG["model"], CFG["data"]
        model["size"] = 2
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "odd-alias-by-function-argument",
        "a function of another module is given a part of a table and changes it by an alias of its parameter",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.CFG["model"]["size"]
        def other():
            return 1
        """,
            "conf.py": 'CFG = {"model": {"size": 1}}\n',
            "tool.py": """
        def resize(part, size):
            mine = part
            mine["size"] = size
        """,
            "extra.py": """
        import conf
        import tool
        tool.resize(conf.CFG["model"], 2)
        """,
        },
        {"extra.py": (", 2)", ", 3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-walrus-in-condition",
        "a part of a table gets a name in a condition",
        {S: READ, "conf.py": CONF, "extra.py": 'import conf\nif (cfg := conf.CFG) is not None:\n    cfg["a"] = 2\n'},
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-match",
        "a pattern gives a part of a table a name",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.CFG["model"]["size"]
        """,
            "conf.py": 'CFG = {"model": {"size": 1}}\n',
            "extra.py": """
        import conf
        match conf.CFG:
            case {"model": part}:
                part["size"] = 2
        """,
        },
        {"extra.py": ('["size"] = 2', '["size"] = 3')},
        stale="train",
    ),
    edit(
        "odd-alias-by-match-capture",
        "a pattern captures a table as a whole",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        match conf.CFG:
            case dict() as cfg:
                cfg["a"] = 2
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-with",
        "a manager gives the table of another module, which is changed",
        {
            S: READ,
            "conf.py": """
        from contextlib import contextmanager
        CFG = {"a": 1}
        @contextmanager
        def opened():
            yield CFG
        """,
            "extra.py": 'import conf\nwith conf.opened() as cfg:\n    cfg["a"] = 2\n',
        },
        {"extra.py": ('"a"] = 2', '"a"] = 3')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-generator",
        "a generator of another module gives parts of a table, which are changed in a loop",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.CFG["model"]["size"]
        """,
            "conf.py": """
        CFG = {"model": {"size": 1}}
        def parts():
            for part in CFG.values():
                yield part
        """,
            "extra.py": 'import conf\nfor part in conf.parts():\n    part["size"] = 2\n',
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "odd-alias-by-property",
        "a property of an object gives a table of the module, which is changed",
        {
            S: READ,
            "conf.py": """
        CFG = {"a": 1}
        class Access:
            @property
            def table(self):
                return CFG
        access = Access()
        """,
            "extra.py": 'import conf\nconf.access.table["a"] = 2\n',
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-method",
        "a method of an object gives a table of the module, which is changed by a method",
        {
            S: READ,
            "conf.py": """
        CFG = {"a": 1}
        class Access:
            def table(self):
                return CFG
        access = Access()
        """,
            "extra.py": "import conf\nconf.access.table().update(a=2)\n",
        },
        {"extra.py": ("a=2", "a=3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-getitem",
        "an item of an object of the project's own class is a table, which is changed",
        {
            S: READ,
            "conf.py": """
        CFG = {"a": 1}
        class Access:
            def __getitem__(self, name):
                return CFG
        access = Access()
        """,
            "extra.py": 'import conf\nconf.access["x"]["a"] = 2\n',
        },
        {"extra.py": ('["a"] = 2', '["a"] = 3')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-getattr-of-class",
        "an object's __getattr__ gives a table, which is changed",
        {
            S: READ,
            "conf.py": """
        CFG = {"a": 1}
        class Access:
            def __getattr__(self, name):
                return CFG
        access = Access()
        """,
            "extra.py": 'import conf\nconf.access.anything["a"] = 2\n',
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-held-by-object",
        "an object is given a table, and its method changes that",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        class Writer:
            def __init__(self, table):
                self.table = table
            def put(self, value):
                self.table["a"] = value
        writer = Writer(conf.CFG)
        writer.put(2)
        """,
        },
        {"extra.py": ("put(2)", "put(3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-held-by-fresh-object",
        "the same with an object without a name",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        class Writer:
            def __init__(self, table):
                self.table = table
            def put(self, value):
                self.table["a"] = value
        Writer(conf.CFG).put(2)
        """,
        },
        {"extra.py": ("put(2)", "put(3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-held-in-list",
        "a table is kept in a list with others, and a loop changes each by a helper",
        {
            S: READ,
            "conf.py": CONF,
            "tool.py": 'def reset(table):\n    table["a"] = 2\n',
            "extra.py": """
        import conf
        from tool import reset
        TABLES = [{}, conf.CFG]
        for table in TABLES:
            reset(table)
        """,
        },
        {"tool.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-held-by-dataclass",
        "a dataclass's field holds a table, which is changed through it",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        from dataclasses import dataclass
        import conf
        @dataclass
        class Run:
            cfg: dict
        run = Run(cfg=conf.CFG)
        run.cfg["a"] = 2
        """,
        },
        {"extra.py": ('["a"] = 2', '["a"] = 3')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-returned-by-held-function",
        "a function made by another one gives the table that it closes over",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        def giver(table):
            def give():
                return table
            return give
        give = giver(conf.CFG)
        give()["a"] = 2
        """,
        },
        {"extra.py": ('["a"] = 2', '["a"] = 3')},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-iter-next",
        "the first part of a table by next(iter())",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.CFG["model"]["size"]
        """,
            "conf.py": 'CFG = {"model": {"size": 1}}\n',
            "extra.py": 'import conf\nnext(iter(conf.CFG.values()))["size"] = 2\n',
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "odd-alias-by-zip",
        "a loop over a zip of tables changes each",
        {
            S: READ,
            "conf.py": CONF,
            "extra.py": """
        import conf
        for table, value in zip([conf.CFG], [2]):
            table["a"] = value
        """,
        },
        {"extra.py": ("[2]", "[3]")},
        stale="train",
        fresh="other",
    ),
    edit(
        "odd-alias-by-itemgetter",
        "a part of a table by itemgetter",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.CFG["model"]["size"]
        """,
            "conf.py": 'CFG = {"model": {"size": 1}}\n',
            "extra.py": """
        from operator import itemgetter
        import conf
        itemgetter("model")(conf.CFG)["size"] = 2
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "odd-nonlocal-state-of-factory",
        "a function with its own state is called at import by another module",
        {
            S: """
        from counting import counter
        import extra
        def train():
            return counter()
        """,
            "counting.py": """
        def make():
            n = 0
            def count():
                nonlocal n
                n += 1
                return n
            return count
        counter = make()
        """,
            "extra.py": "from counting import counter\nFIRST = counter()\n",
        },
        {"extra.py": "from counting import counter\nFIRST = counter()\nSECOND = counter()\n"},
        stale="train",
    ),
    edit(
        "odd-function-attribute-as-state",
        "a function counts its calls in an attribute of its own",
        {
            S: """
        from counting import counter
        import extra
        def train():
            return counter()
        """,
            "counting.py": """
        def counter():
            counter.n += 1
            return counter.n
        counter.n = 0
        """,
            "extra.py": "from counting import counter\nFIRST = counter()\n",
        },
        {"extra.py": "from counting import counter\nFIRST = counter() + counter()\n"},
        stale="train",
    ),
    edit(
        "odd-class-attribute-counter",
        "each new object of a class takes the next number",
        {
            S: """
        from items import Item
        import extra
        def train():
            return Item().number
        """,
            "items.py": """
        import itertools
        class Item:
            numbers = itertools.count()
            def __init__(self):
                self.number = next(Item.numbers)
        """,
            "extra.py": "from items import Item\nFIRST = Item()\n",
        },
        {"extra.py": "from items import Item\nFIRST = [Item(), Item()]\n"},
        stale="train",
    ),
    edit(
        "odd-iterator-held-by-function",
        "a function takes from an iterator of its module each time that it is called",
        {
            S: """
        from ids import next_id
        import extra
        def train():
            return next_id()
        """,
            "ids.py": "from itertools import count\n_ids = count()\ndef next_id():\n    return next(_ids)\n",
            "extra.py": "from ids import next_id\nX = next_id()\n",
        },
        {"extra.py": "from ids import next_id\nX = next_id() + next_id()\n"},
        stale="train",
    ),
    edit(
        "odd-random-state-of-module-shuffled",
        "a list of a module is shuffled in place by a generator of another one",
        {
            S: """
        from order import ORDER
        import extra
        def train():
            return ORDER
        """,
            "order.py": "ORDER = list(range(5))\n",
            "rng.py": "import random\nRNG = random.Random(1)\n",
            "extra.py": "from order import ORDER\nfrom rng import RNG\nRNG.shuffle(ORDER)\n",
        },
        {"rng.py": ("Random(1)", "Random(2)")},
        stale="train",
    ),
    edit(
        "odd-numpy-array-filled",
        "an array is filled by methods and views at import",
        {
            S: """
        import arrays
        import extra
        def train():
            return arrays.WEIGHTS.tolist()
        """,
            "arrays.py": "import numpy as np\nWEIGHTS = np.zeros(4)\n",
            "extra.py": "import arrays\narrays.WEIGHTS.reshape(2, 2)[0].fill(2)\n",
        },
        {"extra.py": ("fill(2)", "fill(3)")},
        stale="train",
    ),
    edit(
        "odd-numpy-copyto",
        "numpy.copyto into an array of another module",
        {
            S: """
        import arrays
        import extra
        def train():
            return arrays.WEIGHTS.tolist()
        """,
            "arrays.py": "import numpy as np\nWEIGHTS = np.zeros(2)\n",
            "extra.py": "import numpy as np\nimport arrays\nnp.copyto(arrays.WEIGHTS, 2)\n",
        },
        {"extra.py": (", 2)", ", 3)")},
        stale="train",
    ),
    edit(
        "odd-setdefault-nested-append",
        "setdefault gives a list, which is appended to",
        {
            S: """
        import conf
        import extra
        def train():
            return conf.HOOKS.get("a")
        """,
            "conf.py": "HOOKS = {}\n",
            "extra.py": 'import conf\nconf.HOOKS.setdefault("a", []).append(2)\n',
        },
        {"extra.py": ("append(2)", "append(3)")},
        stale="train",
    ),
    edit(
        "odd-chain-of-setters",
        "a fluent builder whose methods return self is changed by a chain of calls that is kept",
        {
            S: """
        from build import builder
        import extra
        def train():
            return builder.layers
        """,
            "build.py": """
        class Builder:
            def __init__(self):
                self.layers = []
            def add_layer(self, n):
                self.layers.append(n)
                return self
            def named(self, name):
                self.name = name
                return self
        builder = Builder()
        """,
            "extra.py": 'from build import builder\nnet = builder.named("x").add_layer(2)\n',
        },
        {"extra.py": ("add_layer(2)", "add_layer(3)")},
        stale="train",
    ),
    edit(
        "odd-sys-modules-replaced",
        "a module replaces another in sys.modules",
        {
            S: """
        import extra
        def train():
            import ops
            return ops.mean()
        """,
            "ops.py": "def mean():\n    return 1\n",
            "fast_ops.py": "def mean():\n    return 2\n",
            "extra.py": 'import sys\nimport fast_ops\nsys.modules["ops"] = fast_ops\n',
        },
        {"fast_ops.py": ("return 2", "return 3")},
        stale="train",
    ),
    edit(
        "odd-module-class-replaced",
        "a module gets a class of its own with a property",
        {
            S: """
        import conf
        def train():
            return conf.size
        """,
            "conf.py": """
        import sys
        import types
        class Conf(types.ModuleType):
            @property
            def size(self):
                return 2
        sys.modules[__name__].__class__ = Conf
        """,
        },
        {"conf.py": ("return 2", "return 3")},
        stale="train",
    ),
    edit(
        "odd-exec-of-text-in-loop",
        "functions are made by exec of texts from a table of another module",
        {
            S: """
        import made
        def train():
            return made.f_a()
        """,
            "texts.py": 'TEXTS = {"a": "1", "b": "2"}\n',
            "made.py": """
        from texts import TEXTS
        for name, text in TEXTS.items():
            exec(f"def f_{name}(): return {text}")
        """,
        },
        {"texts.py": ('"a": "1"', '"a": "3"')},
        stale="train",
    ),
]
