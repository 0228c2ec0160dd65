"""What is hard to see: state behind classes, copies, text, and moments; and what only looks like it."""

from __future__ import annotations

# ruff: noqa: E501 - sources of one line
from fingerprint_edits.edit import edit

CONF = "CONFIG = {}\n"

EDITS = [
    edit(
        "inherited-list-by-object",
        "a list of the base class, reached by an object of a subclass",
        {
            "steps.py": "import setup\nfrom base import Base\ndef train():\n    return Base.hooks\n",
            "base.py": "class Base:\n    hooks = []\n",
            "setup.py": "from base import Base\nclass Trainer(Base):\n    pass\nt = Trainer()\nt.hooks.append('a')\n",
        },
        {"setup.py": ("'a'", "'b'")},
        stale="train",
    ),
    edit(
        "inherited-list-by-fresh-object-of-factory",
        "the same by what a factory has made",
        {
            "steps.py": "import setup\nfrom base import Base\ndef train():\n    return Base.hooks\n",
            "base.py": "class Base:\n    hooks = []\nclass Trainer(Base):\n    pass\ndef make():\n    return Trainer()\n",
            "setup.py": "from base import make\nmake().hooks.append('a')\n",
        },
        {"setup.py": ("'a'", "'b'")},
        stale="train",
    ),
    edit(
        "fresh-object-in-function",
        "a function called at import adds to a list of the class by an object without a name",
        {
            "steps.py": "import setup\nfrom base import Base\ndef train():\n    return Base.hooks\n",
            "base.py": "class Base:\n    hooks = []\n",
            "setup.py": "def go():\n    from base import Base\n    Base().hooks.append('a')\ngo()\n",
        },
        {"setup.py": ("'a'", "'b'")},
        stale="train",
    ),
    edit(
        "hooks-run-by-method",
        "an object of another module runs the hooks that it was given",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "bus.py": """
            class Bus:
                def __init__(self):
                    self.hooks = []
                def on(self, f):
                    self.hooks.append(f)
                    return f
                def run(self):
                    for hook in self.hooks:
                        hook()
            BUS = Bus()
            """,
            "start.py": """
            from bus import BUS
            from conf import CONFIG
            @BUS.on
            def rate():
                CONFIG["rate"] = 1
            BUS.run()
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "hooks-run-by-function-of-another-module",
        "a function runs the hooks that a third module has appended",
        {
            "steps.py": "import plugin\nimport start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "hooks.py": "HOOKS = []\ndef run():\n    for h in HOOKS:\n        h()\n",
            "plugin.py": "from hooks import HOOKS\nfrom conf import CONFIG\ndef size():\n    CONFIG['n'] = 1\nHOOKS.append(size)\n",
            "start.py": "import hooks\nhooks.run()\n",
        },
        {"plugin.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "hooks-run-with-lambda",
        "a lambda among the hooks that are run",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": "from conf import CONFIG\nHOOKS = [lambda: CONFIG.update(a=1)]\nfor h in HOOKS:\n    h()\n",
        },
        {"start.py": ("a=1", "a=2")},
        stale="train",
    ),
    edit(
        "hooks-not-run",
        "hooks that are registered and run by nobody at import",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            from conf import CONFIG
            HOOKS = []
            def hook(f):
                HOOKS.append(f)
                return f
            @hook
            def rate():
                CONFIG["rate"] = 1
            """,
        },
        {"start.py": ('"rate"] = 1', '"rate"] = 2')},
        fresh="train",
    ),
    edit(
        "property-unrelated",
        "a property that is asked at import and changes nothing of this step's",
        {
            "steps.py": "import use\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "use.py": """
            class Model:
                @property
                def size(self):
                    return 3
            MODEL = Model()
            SIZE = MODEL.size
            """,
        },
        {"use.py": ("3", "4")},
        fresh="train",
    ),
    edit(
        "operators-of-plain-objects",
        "comparisons and texts of objects that change nothing",
        {
            "steps.py": "import use\nfrom version import V\ndef train():\n    return V.n\n",
            "version.py": """
            class Version:
                def __init__(self, n):
                    self.n = n
                def __lt__(self, other):
                    return self.n < other
                def __str__(self):
                    return str(self.n)
            V = Version(1)
            """,
            "use.py": "from version import V\nOLD = V < 2\nTEXT = f'{V}'\n",
        },
        {"use.py": ("V < 2", "V < 3")},
        fresh="train",
    ),
    edit(
        "class-attribute-by-subclass-hook",
        "__init_subclass__ counts on the base",
        {
            "steps.py": "import models\nfrom base import Base\ndef train():\n    return Base.count\n",
            "base.py": "class Base:\n    count = 0\n    def __init_subclass__(cls):\n        Base.count += 1\n",
            "models.py": "from base import Base\nclass A(Base):\n    pass\n",
        },
        {"models.py": "from base import Base\nclass A(Base):\n    pass\nclass B(Base):\n    pass\n"},
        stale="train",
    ),
    edit(
        "setattr-on-class-of-loop",
        "a loop gives each class of a table a method",
        {
            "steps.py": "import patch\nfrom models import Tree\ndef train():\n    return Tree().name()\n",
            "models.py": "class Tree:\n    pass\nclass Net:\n    pass\nALL = {'t': Tree, 'n': Net}\n",
            "patch.py": "import models\nfor c in models.ALL.values():\n    c.name = lambda self: 'x'\n",
        },
        {"patch.py": ("'x'", "'y'")},
        stale="train",
    ),
    edit(
        "sorted-key-of-table",
        "a table sorted in place by a key of another module",
        {
            "steps.py": "from table import ROWS\ndef train():\n    return ROWS\n",
            "table.py": "from keys import key\nROWS = ['b', 'aa']\nROWS.sort(key=key)\n",
            "keys.py": "def key(x):\n    return len(x)\n",
        },
        {"keys.py": ("len(x)", "x")},
        stale="train",
    ),
    edit(
        "walrus-at-import",
        "a name bound inside of a condition",
        {
            "steps.py": "if (N := 2) > 1:\n    M = N\ndef train():\n    return N\n",
        },
        {"steps.py": ("N := 2", "N := 3")},
        stale="train",
    ),
    edit(
        "nested-unpack-shared-value",
        "names unpacked from what one call gives",
        {
            "steps.py": "def make():\n    return 1, 2\nA, B = make()\ndef train():\n    return A\n",
        },
        {"steps.py": ("return 1, 2", "return 3, 2")},
        stale="train",
    ),
    edit(
        "pairs-with-alias",
        "two names for one list bound by one assignment",
        {
            "steps.py": "BASE = []\nA, B = BASE, BASE\nB.append(1)\ndef train():\n    return A\n",
        },
        {"steps.py": ("append(1)", "append(2)")},
        stale="train",
    ),
    edit(
        "pairs-rebound",
        "one assignment binds names anew, the second value of the first",
        {
            "steps.py": "A = 1\nA, B = 2, 3\ndef train():\n    return A\ndef other():\n    return B\n",
        },
        {"steps.py": ("2, 3", "4, 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "imports-in-try-order",
        "which module a `try` misses decides the names",
        {
            "steps.py": """
            def train():
                a = b = None
                try:
                    from first import a
                    from missing import b
                except ImportError:
                    pass
                return a, b
            """,
            "first.py": "a = 1\n",
        },
        {
            "steps.py": (
                "from first import a\n        from missing import b",
                "from missing import b\n        from first import a",
            )
        },
        stale="train",
    ),
    edit(
        "imports-in-helper-sorted",
        "a helper's imports are sorted by a linter, relative ones among them",
        {
            "steps.py": "from ml.run import run\ndef train():\n    return run()\n",
            "ml/__init__.py": "",
            "ml/run.py": "def run():\n    from .b import y\n    from .a import x\n    import json\n    return json.dumps([x, y])\n",
            "ml/a.py": "x = 1\n",
            "ml/b.py": "y = 2\n",
        },
        {
            "ml/run.py": "def run():\n    import json\n\n    from .a import x\n    from .b import y\n\n"
            "    return json.dumps([x, y])\n"
        },
        fresh="train",
    ),
    edit(
        "default-of-method-before",
        "the default of a method is looked at when its class is made",
        {
            "steps.py": "N = 1\nclass A:\n    def f(self, n=N):\n        return n\nN = 2\ndef train():\n    return A().f()\n",
        },
        {
            "steps.py": "N = 1\nN = 2\nclass A:\n    def f(self, n=N):\n        return n\ndef train():\n    return A().f()\n"
        },
        stale="train",
    ),
    edit(
        "default-list-literal-before",
        "names inside of a default that is a list",
        {
            "steps.py": "N = 1\ndef f(n=[N, 5]):\n    return n\nN = 2\ndef train():\n    return f()\n",
        },
        {"steps.py": "N = 1\nN = 2\ndef f(n=[N, 5]):\n    return n\ndef train():\n    return f()\n"},
        stale="train",
    ),
    edit(
        "class-body-dict-before",
        "names inside of a table in a class body",
        {
            "steps.py": "N = 1\nclass A:\n    t = {'n': N}\nN = 2\ndef train():\n    return A.t\n",
        },
        {"steps.py": "N = 1\nN = 2\nclass A:\n    t = {'n': N}\ndef train():\n    return A.t\n"},
        stale="train",
    ),
    edit(
        "decorator-before-rebinding",
        "a decorator between two definitions of its name",
        {
            "steps.py": """
            def deco(f):
                return lambda: 1
            @deco
            def fit():
                return 0
            def deco(f):
                return lambda: 2
            def train():
                return fit()
            """,
        },
        {
            "steps.py": "def deco(f):\n    return lambda: 1\ndef deco(f):\n    return lambda: 2\n"
            "@deco\ndef fit():\n    return 0\ndef train():\n    return fit()\n",
        },
        stale="train",
    ),
    edit(
        "import-order-of-reader-in-function",
        "a function imports a reader before what changes the thing that it looks at",
        {
            "steps.py": """
            def train():
                import derived
                import tune
                return derived.HALF
            """,
            "conf.py": "SIZE = 2\n",
            "tune.py": "import conf\nconf.SIZE = 4\n",
            "derived.py": "import conf\nHALF = conf.SIZE / 2\n",
        },
        {"steps.py": ("import derived\n    import tune\n", "import tune\n    import derived\n")},
        stale="train",
    ),
    edit(
        "module-loop-variable-read-late",
        "a function looks at the variable of a loop of the module after the loop",
        {
            "steps.py": "for LAST in ['a', 'b']:\n    pass\ndef train():\n    return LAST\n",
        },
        {"steps.py": ("'b'", "'c'")},
        stale="train",
    ),
    edit(
        "del-then-builtin",
        "a global that hides a builtin is deleted",
        {
            "steps.py": "len = lambda x: 5\ndef train():\n    return len([1])\n",
        },
        {"steps.py": "len = lambda x: 5\ndel len\ndef train():\n    return len([1])\n"},
        stale="train",
    ),
    edit(
        "methods-swapped-by-table",
        "methods chosen by a table of texts",
        {
            "steps.py": """
            TABLE = {"a": "low", "b": "high"}
            class Model:
                def low(self):
                    return 1
                def high(self):
                    return 2
            def train():
                return getattr(Model(), TABLE["a"])()
            """,
        },
        {"steps.py": ('"a": "low"', '"a": "high"')},
        stale="train",
    ),
    edit(
        "instance-returns-table",
        "a method of an object without a name gives a table of the module",
        {
            "steps.py": "import tune\nfrom model import TABLE\ndef train():\n    return TABLE\n",
            "model.py": "TABLE = {}\nclass Model:\n    def table(self):\n        return TABLE\n",
            "tune.py": "from model import Model\nModel().table()['a'] = 1\n",
        },
        {"tune.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "property-returns-table",
        "a property gives a table of the module, which is changed",
        {
            "steps.py": "import tune\nfrom model import TABLE\ndef train():\n    return TABLE\n",
            "model.py": "TABLE = {}\nclass Model:\n    @property\n    def table(self):\n        return TABLE\nMODEL = Model()\n",
            "tune.py": "from model import MODEL\nMODEL.table['a'] = 1\n",
        },
        {"tune.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "thread-at-import",
        "a thread that is started at import and waited for",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            import threading
            from conf import CONFIG
            def load():
                CONFIG["a"] = 1
            thread = threading.Thread(target=load)
            thread.start()
            thread.join()
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "executor-at-import",
        "functions that a pool calls at import",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            from concurrent.futures import ThreadPoolExecutor
            from conf import CONFIG
            def load(name):
                CONFIG[name] = 1
            with ThreadPoolExecutor(1) as pool:
                DONE = list(pool.map(load, ["a"]))
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "reduce-at-import",
        "a function that reduce calls at import",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            from functools import reduce
            from conf import CONFIG
            def put(a, b):
                CONFIG[b] = 1
                return a
            X = reduce(put, ["a", "b"])
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "sub-with-function-at-import",
        "a function that a pattern calls for each match",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            import re
            from conf import CONFIG
            WORD = re.compile("[a-z]+")
            def put(match):
                CONFIG[match.group()] = 1
                return ""
            X = WORD.sub(put, "a b")
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "async-at-import",
        "a coroutine that is run at import",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            import asyncio
            from conf import CONFIG
            async def load():
                CONFIG["a"] = 1
            asyncio.run(load())
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "exit-stack-at-import",
        "callbacks of an exit stack",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            from contextlib import ExitStack
            from conf import CONFIG
            def put():
                CONFIG["a"] = 1
            with ExitStack() as stack:
                stack.callback(put)
            """,
        },
        {"start.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "conditional-expression-calls",
        "one of two functions that a condition chooses is called",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "start.py": """
            from conf import CONFIG
            def small():
                CONFIG["a"] = 1
            def large():
                CONFIG["a"] = 2
            FAST = True
            (small if FAST else large)()
            """,
        },
        {"start.py": ("FAST = True", "FAST = False")},
        stale="train",
    ),
    edit(
        "getattr-called-at-import",
        "a function of a module chosen by a text is called",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "presets.py": "from conf import CONFIG\ndef small():\n    CONFIG['a'] = 1\n",
            "start.py": "import presets\ngetattr(presets, 'small')()\n",
        },
        {"presets.py": ("= 1", "= 2")},
        stale="train",
    ),
    edit(
        "getattr-computed-called-at-import",
        "a function of a module chosen by a constant's text is called",
        {
            "steps.py": "import start\nfrom conf import CONFIG\ndef train():\n    return CONFIG\n",
            "conf.py": CONF,
            "presets.py": "from conf import CONFIG\ndef use_small():\n    CONFIG['a'] = 1\n",
            "start.py": "import presets\nfor n in ['small']:\n    getattr(presets, 'use_' + n)()\n",
        },
        {"presets.py": ("= 1", "= 2")},
        stale="train",
    ),
]
