"""When something is worked out, kept or called at import, and whether what it looks at changes before or after."""

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
        "moment-class-attribute-taken-early",
        "a class takes a constant as its attribute before or after another module sets it",
        {
            S: """
        import model
        import tuned
        def train():
            return model.Model.size
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": "import conf\nclass Model:\n    size = conf.SIZE\n",
        },
        {S: ("import model\nimport tuned\n", "import tuned\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-default-argument-taken-early",
        "a function takes a constant as its default before or after another module sets it",
        {
            S: """
        import model
        import tuned
        def train():
            return model.make()
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": "import conf\ndef make(size=conf.SIZE):\n    return size\n",
        },
        {S: ("import model\nimport tuned\n", "import tuned\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-partial-argument-taken-early",
        "a partial takes a constant before or after another module sets it",
        {
            S: """
        import model
        import tuned
        def train():
            return model.make()
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": "from functools import partial\nimport conf\nmake = partial(int, conf.SIZE)\n",
        },
        {S: ("import model\nimport tuned\n", "import tuned\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-decorator-argument-taken-early",
        "a decorator of another module takes a constant before or after it is set",
        {
            S: """
        import model
        import tuned
        def train():
            return model.make()
        """,
            "conf.py": "TIMES = 1\n",
            "tuned.py": "import conf\nconf.TIMES = 2\n",
            "deco.py": """
        def repeated(times):
            def wrap(f):
                return lambda: [f() for _ in range(times)]
            return wrap
        """,
            "model.py": "import conf\nfrom deco import repeated\n@repeated(conf.TIMES)\ndef make():\n    return 1\n",
        },
        {S: ("import model\nimport tuned\n", "import tuned\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-object-made-early",
        "an object is made with a constant that its class reads before or after another module sets it",
        {
            S: """
        import model
        import tuned
        def train():
            return model.MODEL.size
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "net.py": "import conf\nclass Net:\n    def __init__(self):\n        self.size = conf.SIZE\n",
            "model.py": "from net import Net\nMODEL = Net()\n",
        },
        {S: ("import model\nimport tuned\n", "import tuned\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-object-made-late",
        "an object is made when the step runs: the order of the two modules is nothing to it",
        {
            S: """
        import net
        import tuned
        def train():
            return net.Net().size
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "net.py": "import conf\nclass Net:\n    def __init__(self):\n        self.size = conf.SIZE\n",
        },
        {S: ("import net\nimport tuned\n", "import tuned\nimport net\n")},
        fresh="train",
    ),
    edit(
        "moment-dataclass-default-early",
        "a dataclass takes a default before or after another module sets it",
        {
            S: """
        import model
        import tuned
        def train():
            return model.Model().size
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": """
            from dataclasses import dataclass
            import conf
            @dataclass
            class Model:
                size: int = conf.SIZE
            """,
        },
        {S: ("import model\nimport tuned\n", "import tuned\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-condition-early",
        "a condition at import asks a flag before or after another module sets it",
        {
            S: """
        import ops
        import tuned
        def train():
            return ops.mean()
        """,
            "conf.py": "FAST = False\n",
            "tuned.py": "import conf\nconf.FAST = True\n",
            "ops.py": """
        import conf
        if conf.FAST:
            def mean():
                return 1
        else:
            def mean():
                return 2
        """,
        },
        {S: ("import ops\nimport tuned\n", "import tuned\nimport ops\n")},
        stale="train",
    ),
    edit(
        "moment-not-at-import-condition-with-name",
        "the same with a flag taken by name and `not`",
        {
            S: """
        import ops
        import tuned
        def train():
            return ops.mean()
        """,
            "conf.py": "FAST = False\n",
            "tuned.py": "import conf\nconf.FAST = True\n",
            "ops.py": """
        from conf import FAST
        if not FAST:
            def mean():
                return 1
        else:
            def mean():
                return 2
        """,
        },
        {S: ("import ops\nimport tuned\n", "import tuned\nimport ops\n")},
        stale="train",
    ),
    edit(
        "moment-subclass-list-early",
        "a constant lists the subclasses before or after another module makes one",
        {
            S: """
        import names
        import extra
        def train():
            return names.NAMES
        """,
            "zoo.py": "class Animal: pass\nclass Dog(Animal): pass\n",
            "names.py": "from zoo import Animal\nNAMES = [c.__name__ for c in Animal.__subclasses__()]\n",
            "extra.py": "from zoo import Animal\nclass Cat(Animal): pass\n",
        },
        {S: ("import names\nimport extra\n", "import extra\nimport names\n")},
        stale="train",
    ),
    edit(
        "moment-registry-read-early",
        "a constant lists a registry before or after another module registers by a decorator object",
        {
            S: """
        import names
        import impl
        def train():
            return names.NAMES
        """,
            "registry.py": """
        class Registry:
            def __init__(self):
                self.table = {}
            def register(self, f):
                self.table[f.__name__] = f
                return f
            def names(self):
                return sorted(self.table)
        REGISTRY = Registry()
        """,
            "names.py": "from registry import REGISTRY\nNAMES = REGISTRY.names()\n",
            "impl.py": "from registry import REGISTRY\n@REGISTRY.register\ndef one():\n    return 1\n",
        },
        {S: ("import names\nimport impl\n", "import impl\nimport names\n")},
        stale="train",
    ),
    edit(
        "moment-init-subclass-table-read-early",
        "a table is made from what __init_subclass__ has registered before another module derives",
        {
            S: """
        import names
        import impl
        def train():
            return names.NAMES
        """,
            "base.py": """
        class Base:
            known = {}
            def __init_subclass__(cls):
                Base.known[cls.__name__] = cls
        """,
            "names.py": "from base import Base\nNAMES = tuple(Base.known)\n",
            "impl.py": "from base import Base\nclass A(Base): pass\n",
        },
        {S: ("import names\nimport impl\n", "import impl\nimport names\n")},
        stale="train",
    ),
    edit(
        "moment-environment-set-before-read",
        "a module sets a variable of the environment before or after another one takes it",
        {
            S: """
        import reader
        import setter
        def train():
            return reader.X
        """,
            "setter.py": 'import os\nos.environ["LINEAGE_TEST_X"] = "2"\n',
            "reader.py": 'import os\nX = os.environ.get("LINEAGE_TEST_X", "1")\n',
        },
        {S: ("import reader\nimport setter\n", "import setter\nimport reader\n")},
        stale="train",
    ),
    edit(
        "moment-random-seeded-before-drawn",
        "a module seeds before or after another one draws",
        {
            S: """
        import seed
        import drawn
        def train():
            return drawn.X
        """,
            "seed.py": "import random\nrandom.seed(1)\n",
            "drawn.py": "import random\nrandom.seed(2)\nX = random.random()\n",
        },
        {"seed.py": ("seed(1)", "seed(3)"), S: ("import seed\n", "import seed  # first\n")},
    ),
    edit(
        "moment-relative-in-package-init",
        "a package's __init__ imports its parts in another order, of which one sets what the other takes",
        {
            S: """
        from lib import VALUE
        def train():
            return VALUE
        """,
            "lib/__init__.py": "from . import overrides\nfrom .model import VALUE\n",
            "lib/conf.py": "SIZE = 1\n",
            "lib/overrides.py": "from . import conf\nconf.SIZE = 2\n",
            "lib/model.py": "from .conf import SIZE\nVALUE = SIZE * 10\n",
        },
        {"lib/__init__.py": "from .model import VALUE\nfrom . import overrides\n"},
        stale="train",
    ),
    edit(
        "moment-import-in-function-called-at-import",
        "a set-up function imports what sets a constant, and is called before or after another module takes it",
        {
            S: """
        from boot import boot
        boot()
        import model
        def train():
            return model.SIZE
        """,
            "boot.py": "def boot():\n    import tuned\n",
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": "from conf import SIZE\n",
        },
        {S: ("boot()\nimport model\n", "import model\nboot()\n")},
        stale="train",
    ),
    edit(
        "moment-imports-in-step",
        "the step imports two modules itself, of which one sets what the other takes by name",
        {
            S: """
        def train():
            import tuned
            import model
            return model.make()
        """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": "from conf import SIZE\ndef make():\n    return SIZE\n",
        },
        {S: ("    import tuned\n    import model\n", "    import model\n    import tuned\n")},
        stale="train",
    ),
    edit(
        "moment-reset-between",
        "a module sets a constant, imports another one and sets it back",
        {
            S: """
        import around
        import model
        def train():
            return model.SIZE
        """,
            "conf.py": "SIZE = 3\n",
            "around.py": "import conf\nconf.SIZE = 4\nimport model\nconf.SIZE = 3\n",
            "model.py": "from conf import SIZE\n",
        },
        {"around.py": "import conf\nimport model\nconf.SIZE = 4\nconf.SIZE = 3\n"},
        stale="train",
    ),
    edit(
        "moment-star-through-package",
        "a package hands on by star before or after one of its modules patches",
        {
            S: """
        from lib import size
        def train():
            return size()
        """,
            "lib/__init__.py": "from .ops import *\nfrom . import patch\n",
            "lib/ops.py": "def size():\n    return 1\n",
            "lib/patch.py": "from . import ops\nops.size = lambda: 2\n",
        },
        {"lib/__init__.py": "from . import patch\nfrom .ops import *\n"},
        stale="train",
    ),
    edit(
        "moment-function-patched-in-class-body",
        "a class takes a function as its method before or after that is patched",
        {
            S: """
        import model
        import patch
        def train():
            return model.Model().run()
        """,
            "ops.py": "def run(self):\n    return 1\n",
            "patch.py": "import ops\nops.run = lambda self: 2\n",
            "model.py": "import ops\nclass Model:\n    run = ops.run\n",
        },
        {S: ("import model\nimport patch\n", "import patch\nimport model\n")},
        stale="train",
    ),
    edit(
        "moment-method-patched-after-object",
        "a method of a class is patched before or after an object is made: the object has it anyway",
        {
            S: """
        import model
        import patch
        def train():
            return model.MODEL.run()
        """,
            "net.py": "class Net:\n    def run(self):\n        return 1\n",
            "patch.py": "from net import Net\nNet.run = lambda self: 2\n",
            "model.py": "from net import Net\nMODEL = Net()\n",
        },
        {"patch.py": ("2", "3")},
        stale="train",
    ),
    edit(
        "moment-cached-with-argument",
        "another argument is asked of a cached function before what it reads is changed",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.table("a")
        """,
            "conf.py": "SIZES = {'a': 1, 'b': 1}\n",
            "ops.py": """
            import functools
            import conf
            @functools.cache
            def table(name):
                return conf.SIZES[name]
            """,
            "warm.py": "import ops\nops.table('b')\n",
            "tuned.py": "import conf\nconf.SIZES['a'] = 2\n",
        },
        {"warm.py": ("'b'", "'a'")},
        stale="train",
    ),
    edit(
        "moment-cached-method-by-other-name",
        "a cached method of an object is asked through a function of another module",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.reader.table()
        """,
            "conf.py": "SIZES = {'a': 1}\n",
            "ops.py": """
        import functools
        import conf
        class Reader:
            @functools.lru_cache
            def table(self):
                return sum(conf.SIZES.values())
        reader = Reader()
        def ask():
            return reader.table()
        """,
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZES['a'] = 2\n",
        },
        {"warm.py": "import ops\nops.ask()\n"},
        stale="train",
    ),
    edit(
        "moment-lazy-singleton-by-hand",
        "a singleton made when it is first asked for, by a global, before what it reads is changed",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.get().size
        """,
            "conf.py": "SIZE = 1\n",
            "ops.py": """
        import conf
        class Model:
            def __init__(self):
                self.size = conf.SIZE
        _model = None
        def get():
            global _model
            if _model is None:
                _model = Model()
            return _model
        """,
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZE = 2\n",
        },
        {"warm.py": "import ops\nops.get()\n"},
        stale="train",
    ),
    edit(
        "moment-lazy-attribute-by-hand",
        "an object works out a part when it is first asked for, before what that reads is changed",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.model.part
        """,
            "conf.py": "SIZE = 1\n",
            "ops.py": """
        import conf
        class Model:
            def __init__(self):
                self._part = None
            @property
            def part(self):
                if self._part is None:
                    self._part = conf.SIZE
                return self._part
        model = Model()
        """,
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZE = 2\n",
        },
        {"warm.py": "import ops\nPART = ops.model.part\n"},
        stale="train",
    ),
    edit(
        "moment-cached-in-class-attribute",
        "a class method keeps what it has worked out on the class",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.Model.size()
        """,
            "conf.py": "SIZE = 1\n",
            "ops.py": """
        import conf
        class Model:
            _size = None
            @classmethod
            def size(cls):
                if cls._size is None:
                    cls._size = conf.SIZE
                return cls._size
        """,
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZE = 2\n",
        },
        {"warm.py": "import ops\nops.Model.size()\n"},
        stale="train",
    ),
    edit(
        "moment-decorator-keeps-by-hand",
        "a decorator of the project keeps results in a closure",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.size()
        """,
            "keep.py": """
        def once(function):
            kept = []
            def inner():
                if not kept:
                    kept.append(function())
                return kept[0]
            return inner
        """,
            "conf.py": "SIZE = 1\n",
            "ops.py": "import conf\nfrom keep import once\n@once\ndef size():\n    return conf.SIZE\n",
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZE = 2\n",
        },
        {"warm.py": "import ops\nops.size()\n"},
        stale="train",
    ),
    edit(
        "moment-decorator-class-keeps-by-hand",
        "a decorator that is a class of the project keeps the result in its object",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.size()
        """,
            "keep.py": """
        class once:
            def __init__(self, function):
                self.function = function
                self.kept = []
            def __call__(self):
                if not self.kept:
                    self.kept.append(self.function())
                return self.kept[0]
        """,
            "conf.py": "SIZE = 1\n",
            "ops.py": "import conf\nfrom keep import once\n@once\ndef size():\n    return conf.SIZE\n",
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZE = 2\n",
        },
        {"warm.py": "import ops\nops.size()\n"},
        stale="train",
    ),
    edit(
        "moment-lazy-property-of-project",
        "a lazy descriptor of the project sets what it has worked out on the object",
        {
            S: """
        import warm
        import tuned
        import ops
        def train():
            return ops.model.part
        """,
            "lazy.py": """
        class lazy:
            def __init__(self, function):
                self.function = function
            def __get__(self, instance, owner):
                value = self.function(instance)
                instance.__dict__[self.function.__name__] = value
                return value
        """,
            "conf.py": "SIZE = 1\n",
            "ops.py": """
        import conf
        from lazy import lazy
        class Model:
            @lazy
            def part(self):
                return conf.SIZE
        model = Model()
        """,
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZE = 2\n",
        },
        {"warm.py": "import ops\nPART = ops.model.part\n"},
        stale="train",
    ),
    edit(
        "moment-hook-loop-in-called-function",
        "a function that is called at import calls all hooks of a list that another module fills",
        {
            S: """
        import hooks
        import extra
        hooks.run()
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "hooks.py": """
        HOOKS = []
        def run():
            for hook in HOOKS:
                hook()
        """,
            "extra.py": """
        import conf
        from hooks import HOOKS
        def hook():
            conf.CFG["a"] = 2
        HOOKS.append(hook)
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-dispatch-table-of-methods",
        "an object calls a method by the name in an event at import",
        {
            S: """
        import app
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "app.py": """
        import conf
        class App:
            def emit(self, event):
                return getattr(self, f"on_{event}")()
            def on_start(self):
                conf.CFG["a"] = 2
        app = App()
        app.emit("start")
        """,
        },
        {"app.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-subclasses-run-at-import",
        "all subclasses of a base are made and run at import",
        {
            S: """
        import plugins
        import run_all
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "base.py": "class Plugin:\n    def setup(self):\n        pass\n",
            "plugins.py": """
        import conf
        from base import Plugin
        class A(Plugin):
            def setup(self):
                conf.CFG["a"] = 2
        """,
            "run_all.py": "from base import Plugin\nfor kind in Plugin.__subclasses__():\n    kind().setup()\n",
        },
        {"plugins.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-subclass-method-through-base",
        "a base's method called at import calls what a subclass of another module overrides",
        {
            S: """
        import impl
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "base.py": """
        class Base:
            def configure(self):
                self.apply()
            def apply(self):
                pass
        """,
            "impl.py": """
        import conf
        from base import Base
        class Impl(Base):
            def apply(self):
                conf.CFG["a"] = 2
        Impl().configure()
        """,
        },
        {"impl.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-callback-given-to-object",
        "an object is given a function and calls it at import by a method",
        {
            S: """
        import extra
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "bus.py": """
        class Bus:
            def __init__(self):
                self.callbacks = []
            def on(self, function):
                self.callbacks.append(function)
                return function
            def emit(self):
                for one in self.callbacks:
                    one()
        bus = Bus()
        """,
            "extra.py": """
        import conf
        from bus import bus
        @bus.on
        def change():
            conf.CFG["a"] = 2
        bus.emit()
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-thread-at-import",
        "a thread changes a table at import",
        {
            S: """
        import extra
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "extra.py": """
        import threading
        import conf
        def change():
            conf.CFG["a"] = 2
        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-asyncio-run-at-import",
        "a coroutine changes a table at import",
        {
            S: """
        import extra
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "extra.py": """
        import asyncio
        import conf
        async def change():
            conf.CFG["a"] = 2
        asyncio.run(change())
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-exitstack-callback",
        "an ExitStack calls a function at import",
        {
            S: """
        import extra
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "extra.py": """
        from contextlib import ExitStack
        import conf
        def change():
            conf.CFG["a"] = 2
        with ExitStack() as stack:
            stack.callback(change)
        """,
        },
        {"extra.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-pool-map-at-import",
        "a pool maps a function over a table at import",
        {
            S: """
        import extra
        import conf
        def train():
            return conf.CFG["a"]
        def other():
            return 1
        """,
            "conf.py": CONF,
            "extra.py": """
        from concurrent.futures import ThreadPoolExecutor
        import conf
        def change(value):
            conf.CFG["a"] = value
        with ThreadPoolExecutor(1) as pool:
            done = list(pool.map(change, [2]))
        """,
        },
        {"extra.py": ("[2]", "[3]")},
        stale="train",
        fresh="other",
    ),
]
