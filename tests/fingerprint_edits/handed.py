"""Tables that are handed on, changed through others, or only looked at by a library."""

from __future__ import annotations

from fingerprint_edits.edit import Edit, S, edit

CONF = 'CFG = {"a": 1}\n'
READ = """
import conf
import extra
def train():
    return conf.CFG["a"]
def other():
    return 1
"""


def changed(name: str, why: str, extra: str, old: str = "2", new: str = "3", conf: str = CONF, **more: str) -> Edit:
    files = {S: READ, "conf.py": conf, "extra.py": extra, **{f"{k}.py": v for k, v in more.items()}}
    return edit(name, why, files, {"extra.py": (old, new)}, stale="train", fresh="other")


def looked(name: str, why: str, extra: str, old: str, new: str, conf: str = CONF, **more: str) -> Edit:
    files = {S: READ, "conf.py": conf, "extra.py": extra, **{f"{k}.py": v for k, v in more.items()}}
    return edit(name, why, files, {"extra.py": (old, new)}, fresh="train other")


EDITS = [
    changed(
        "given-through-nested-call",
        "a table is given to what is given to a writer",
        """
        import conf
        class Holder:
            def __init__(self, table):
                self.table = table
        class Writer:
            def __init__(self, holder):
                self.holder = holder
            def put(self, value):
                self.holder.table["a"] = value
        Writer(Holder(conf.CFG)).put(2)
        """,
        "put(2)",
        "put(3)",
    ),
    changed(
        "given-through-nested-call-named",
        "the same with a name for the writer",
        """
        import conf
        class Holder:
            def __init__(self, table):
                self.table = table
        class Writer:
            def __init__(self, holder):
                self.holder = holder
            def put(self, value):
                self.holder.table["a"] = value
        writer = Writer(Holder(conf.CFG))
        writer.put(2)
        """,
        "put(2)",
        "put(3)",
    ),
    changed(
        "given-through-nested-function",
        "a function that changes is given what another function hands on",
        """
        import conf
        def same(table):
            return table
        def put(table, value):
            table["a"] = value
        put(same(conf.CFG), 2)
        """,
        "2)",
        "3)",
    ),
    changed(
        "given-by-reduce",
        "a table is what reduce() begins with",
        """
        import functools
        import conf
        def put(table, value):
            table["a"] = value
            return table
        DONE = functools.reduce(put, [1, 2], conf.CFG)
        """,
        "[1, 2]",
        "[1, 3]",
    ),
    changed(
        "given-by-star-arguments",
        "a table is among unpacked arguments",
        """
        import conf
        def put(table, value):
            table["a"] = value
        ARGS = [conf.CFG, 2]
        put(*ARGS)
        """,
        ", 2]",
        ", 3]",
    ),
    changed(
        "given-by-keyword-table",
        "a table is among unpacked keyword arguments",
        """
        import conf
        def put(table, value):
            table["a"] = value
        put(**{"table": conf.CFG, "value": 2})
        """,
        ": 2}",
        ": 3}",
    ),
    changed(
        "given-by-varargs",
        "a function changes each of what it is given",
        """
        import conf
        def put(*tables):
            for table in tables:
                table["a"] = 2
        put({}, conf.CFG)
        """,
    ),
    changed(
        "given-by-comprehension",
        "a comprehension over tables",
        """
        import conf
        _ = [table.update(a=2) for table in (conf.CFG, {})]
        """,
    ),
    changed(
        "given-by-default-of-lambda",
        "a lambda has a table as its default and is called",
        """
        import conf
        put = lambda value, table=conf.CFG: table.update(a=value)
        put(2)
        """,
        "put(2)",
        "put(3)",
    ),
    changed(
        "given-to-nested-function",
        "an inner function changes a table and is called at once",
        """
        import conf
        def setup():
            def inner(value):
                conf.CFG["a"] = value
            inner(2)
        setup()
        """,
        "(2)",
        "(3)",
    ),
    changed(
        "given-to-partial-called",
        "a partial of a method of a table",
        """
        from functools import partial
        import conf
        put = partial(conf.CFG.__setitem__, "a")
        put(2)
        """,
        "put(2)",
        "put(3)",
    ),
    changed(
        "given-by-tuple-of-function",
        "a function returns a table with something else",
        """
        import conf
        def parts():
            return conf.CFG, 1
        table, _ = parts()
        table["a"] = 2
        """,
        "= 2",
        "= 3",
    ),
    changed(
        "given-by-dict-of-tables",
        "a table in a dictionary of tables",
        """
        import conf
        ALL = {"cfg": conf.CFG}
        ALL["cfg"]["a"] = 2
        """,
    ),
    changed(
        "given-by-attribute-of-namespace",
        "a table as an attribute of a namespace",
        """
        from types import SimpleNamespace
        import conf
        space = SimpleNamespace(cfg=conf.CFG)
        space.cfg["a"] = 2
        """,
        "= 2",
        "= 3",
    ),
    changed(
        "given-by-class-attribute",
        "a table as a class's attribute",
        """
        import conf
        class Access:
            table = conf.CFG
        Access.table["a"] = 2
        """,
        "= 2",
        "= 3",
    ),
    changed(
        "given-by-class-attribute-of-object",
        "the same through an object",
        """
        import conf
        class Access:
            table = conf.CFG
        access = Access()
        access.table["a"] = 2
        """,
        "= 2",
        "= 3",
    ),
    changed(
        "given-by-class-attribute-method",
        "the same through a method",
        """
        import conf
        class Access:
            table = conf.CFG
            def put(self, value):
                self.table["a"] = value
        Access().put(2)
        """,
        "put(2)",
        "put(3)",
    ),
    changed(
        "given-by-slice", "items are set by a slice", "import conf\nconf.CFG['a'][:] = [2]\n", conf='CFG = {"a": [1]}\n'
    ),
    changed(
        "given-by-swap", "two items change places", "import conf\nconf.CFG['a'], conf.CFG['b'] = 2, 1\n", "2, 1", "3, 1"
    ),
    changed(
        "given-by-update-of-vars", "vars() of a module are updated", "import conf\nvars(conf).update(CFG={'a': 2})\n"
    ),
    changed("given-by-dunder-dict", "an item of a module's __dict__", "import conf\nconf.__dict__['CFG'] = {'a': 2}\n"),
    changed(
        "given-by-init-again",
        "an object is initialised again",
        """
        import conf
        conf.CFG.__init__(a=2)
        """,
        conf="""
        class Config(dict):
            pass
        CFG = Config(a=1)
        """,
    ),
    changed(
        "given-by-heap",
        "a heap is pushed to",
        "import heapq\nimport conf\nheapq.heappush(conf.CFG['a'], 2)\n",
        conf='CFG = {"a": [5]}\n',
    ),
    changed(
        "given-by-insort",
        "a sorted list is inserted in",
        "from bisect import insort\nimport conf\ninsort(conf.CFG['a'], 2)\n",
        conf='CFG = {"a": [5]}\n',
    ),
    changed(
        "given-by-shuffle",
        "a list is shuffled",
        "import random\nimport conf\nrandom.Random(2).shuffle(conf.CFG['a'])\n",
        conf='CFG = {"a": list(range(9))}\n',
    ),
    changed(
        "given-by-json-update",
        "a table is updated from a text",
        "import json\nimport conf\nconf.CFG.update(json.loads('{\"a\": 2}'))\n",
    ),
    changed(
        "given-by-enum-member",
        "a member's value is changed",
        "import conf\nconf.Mode.A.value['a'] = 2\n",
        "= 2",
        "= 3",
        conf="""
        import enum
        class Mode(enum.Enum):
            A = {"a": 1}
        CFG = Mode.A.value
        """,
    ),
    changed(
        "given-by-enum-member-by-name",
        "a member's value is changed, which is found by its name",
        "import conf\nconf.Mode['A'].value['a'] = 2\n",
        "= 2",
        "= 3",
        conf="""
        import enum
        class Mode(enum.Enum):
            A = {"a": 1}
        CFG = Mode.A.value
        """,
    ),
    edit(
        "given-by-derived-class",
        "a table of a base is changed through a class that is derived from it",
        {
            S: """
        import base
        import derived
        def train():
            return base.Base.options["a"]
        def other():
            return 1
        """,
            "base.py": 'class Base:\n    options = {"a": 1}\n',
            "derived.py": 'from base import Base\nclass Derived(Base):\n    pass\nDerived.options["a"] = 2\n',
        },
        {"derived.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "given-by-derived-class-method",
        "a table of a base is changed by a class method of a derived class",
        {
            S: """
        import base
        import derived
        def train():
            return base.Base.options["a"]
        def other():
            return 1
        """,
            "base.py": """
            class Base:
                options = {"a": 1}
                @classmethod
                def put(cls, value):
                    cls.options["a"] = value
            """,
            "derived.py": "from base import Base\nclass Derived(Base):\n    pass\nDerived.put(2)\n",
        },
        {"derived.py": ("put(2)", "put(3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "given-by-derived-class-body",
        "the body of a derived class changes its base's table by the name that it has from a constant",
        {
            S: """
        import base
        import derived
        def train():
            return base.Base.options["a"]
        def other():
            return 1
        """,
            "base.py": 'OPTIONS = {"a": 1}\nclass Base:\n    options = OPTIONS\n',
            "derived.py": 'from base import Base\nclass Derived(Base):\n    mine = Base.options\n    mine["a"] = 2\n',
        },
        {"derived.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "given-by-object-of-derived-class",
        "a table of a base is changed through an object of a derived class, by setdefault",
        {
            S: """
        import base
        import derived
        def train():
            return base.Base.options
        def other():
            return 1
        """,
            "base.py": 'class Base:\n    options = {"a": 1}\n',
            "derived.py": """
            from base import Base
            class Derived(Base):
                pass
            one = Derived()
            one.options.setdefault("b", 2)
            """,
        },
        {"derived.py": ("2)", "3)")},
        stale="train",
        fresh="other",
    ),
    edit(
        "given-by-singledispatch-loop",
        "implementations are registered in a loop of another module",
        {
            S: """
        from show import show
        import impl
        def train():
            return show(1)
        """,
            "show.py": "from functools import singledispatch\n@singledispatch\ndef show(x):\n    return '?'\n",
            "impl.py": """
        from show import show
        for kind, text in ((int, "int"), (str, "str")):
            show.register(kind, lambda x, text=text: text)
        """,
        },
        {"impl.py": ('"int"', '"integer"')},
        stale="train",
    ),
    edit(
        "given-by-reload",
        "a module is loaded again after a constant that it reads is set",
        {
            S: """
        import model
        import again
        def train():
            return model.SIZE
        """,
            "conf.py": "SIZE = 1\n",
            "model.py": "import conf\nSIZE = conf.SIZE\n",
            "again.py": "import importlib\nimport conf\nimport model\nconf.SIZE = 2\nimportlib.reload(model)\n",
        },
        {"again.py": ("= 2", "= 3")},
        stale="train",
    ),
    looked(
        "looked-at-by-json-dump",
        "a table is written as JSON",
        "import io\nimport json\nimport conf\njson.dump(conf.CFG, io.StringIO())\n",
        "io.StringIO())",
        "io.StringIO(), indent=1)",
    ),
    looked(
        "looked-at-by-pprint",
        "a table is printed",
        "import io\nfrom pprint import pprint\nimport conf\npprint(conf.CFG, stream=io.StringIO())\n",
        "StringIO())",
        "StringIO(), width=3)",
    ),
    looked(
        "looked-at-by-print",
        "a table is printed",
        'import conf\nprint(conf.CFG, end="", file=open("/dev/null", "w"))\n',
        'end=""',
        'end=" "',
    ),
    looked(
        "looked-at-by-pickle",
        "a table is pickled",
        "import io\nimport pickle\nimport conf\npickle.dump(conf.CFG, io.BytesIO())\n",
        "BytesIO())",
        "BytesIO(), protocol=4)",
    ),
    looked(
        "looked-at-by-logging",
        "a table is logged",
        'import logging\nimport conf\nlogging.getLogger("x").debug("%s", conf.CFG)\n',
        '"%s"',
        '"%r"',
    ),
    looked(
        "looked-at-by-assert", "a table is asserted about", "import conf\nassert len(conf.CFG) == 1\n", "== 1", ">= 1"
    ),
    looked(
        "looked-at-by-numpy-testing",
        "an array is tested",
        'import numpy as np\nimport conf\nnp.testing.assert_allclose(conf.CFG["a"], 1)\n',
        ", 1)",
        ", 1.0)",
    ),
    looked(
        "looked-at-by-writer",
        "rows are written",
        'import csv\nimport io\nimport conf\ncsv.DictWriter(io.StringIO(), ["a"]).writerow(conf.CFG)\n',
        '["a"]',
        '["a", "b"]',
    ),
    looked(
        "looked-at-by-deepcopy",
        "a deep copy of a table is changed",
        'import copy\nimport conf\nmine = copy.deepcopy(conf.CFG)\nmine["a"] = 5\n',
        "= 5",
        "= 6",
    ),
    looked(
        "looked-at-by-timer",
        "a table is timed",
        "import time\nimport conf\nstart = time.perf_counter()\nlen(conf.CFG)\nSPENT = time.perf_counter() - start\n",
        "len(conf.CFG)",
        "sorted(conf.CFG)",
    ),
    looked(
        "looked-at-by-own-class",
        "a class of the project keeps a table and describes it",
        """
        import conf
        class Report:
            def __init__(self, table):
                self.table = table
            def text(self):
                return str(self.table)
        TEXT = Report(conf.CFG).text()
        """,
        "str(self.table)",
        "repr(self.table)",
    ),
    looked(
        "looked-at-by-hash",
        "a digest of a table is worked out",
        """
        import hashlib
        import json
        import conf
        digest = hashlib.sha256()
        digest.update(json.dumps(conf.CFG).encode())
        """,
        "sha256",
        "sha1",
    ),
    looked(
        "looked-at-by-random-sample",
        "a sample of a table is drawn by a generator of its own",
        "import random\nimport conf\nrng = random.Random(1)\nSAMPLE = rng.sample(sorted(conf.CFG), 1)\n",
        "Random(1)",
        "Random(2)",
    ),
    looked(
        "looked-at-by-thread-pool",
        "a pool maps a pure function over a table",
        """
        from concurrent.futures import ThreadPoolExecutor
        import conf
        def size(name):
            return len(name)
        with ThreadPoolExecutor(1) as pool:
            SIZES = list(pool.map(size, conf.CFG))
        """,
        "len(name)",
        "len(name) + 1",
    ),
    edit(
        "given-by-itself",
        "a name is bound to what a method of it gives, over and over, and its parts are changed",
        {
            S: """
            import conf
            def train():
                return conf.build(conf.Node())
            """,
            "conf.py": """
            class Node:
                def next(self):
                    return self
            def build(node):
                node = node.next()
                node = node.next()
                node.name = 1
                return node.name
            """,
        },
        {"conf.py": ("node.name = 1", "node.name = 2")},
        stale="train",
    ),
]
