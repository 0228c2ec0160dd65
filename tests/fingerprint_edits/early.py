"""What is looked at early or late while modules are imported, and what is changed or called there without a name."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "moment-from-import-before-set",
        "a module takes a constant by name before or after another one sets it",
        {
            S: """
            import tuned
            import model
            def train():
                return model.make()
            def other():
                return 1
            """,
            "conf.py": "SIZE = 3\nOTHER = 1\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": """
            from conf import SIZE
            def make():
                return SIZE
            """,
        },
        {S: ("import tuned\nimport model\n", "import model\nimport tuned\n")},
        stale="train",
        fresh="other",
    ),
    edit(
        "moment-from-import-before-set-reordered-otherwise",
        "two modules change places, and none of them sets what the other one takes",
        {
            S: """
            import tuned
            import model
            def train():
                return model.make()
            """,
            "conf.py": "SIZE = 3\nOTHER = 1\n",
            "tuned.py": "import conf\nconf.OTHER = 4\n",
            "model.py": """
            from conf import SIZE
            def make():
                return SIZE
            """,
        },
        {S: ("import tuned\nimport model\n", "import model\nimport tuned\n")},
        fresh="train",
    ),
    edit(
        "moment-from-import-set-changed",
        "the value that another module sets before the constant is taken by name",
        {
            S: """
            import tuned
            import model
            def train():
                return model.make()
            """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
            "model.py": """
            from conf import SIZE
            def make():
                return SIZE
            """,
        },
        {"tuned.py": ("= 4", "= 5")},
        stale="train",
    ),
    edit(
        "moment-from-import-in-own-module",
        "the step's module takes the constant by name before or after the import that sets it",
        {
            S: """
            from conf import SIZE
            import tuned
            def train():
                return SIZE
            """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
        },
        {S: ("from conf import SIZE\nimport tuned\n", "import tuned\nfrom conf import SIZE\n")},
        stale="train",
    ),
    edit(
        "moment-reexported-before-set",
        "a package hands a constant on before or after another one of its modules sets it",
        {
            S: """
            import lib
            def train():
                return lib.SIZE
            """,
            "lib/__init__.py": "from lib.conf import SIZE\nfrom lib import tuned\n",
            "lib/conf.py": "SIZE = 3\n",
            "lib/tuned.py": "from lib import conf\nconf.SIZE = 4\n",
        },
        {"lib/__init__.py": "from lib import tuned\nfrom lib.conf import SIZE\n"},
        stale="train",
    ),
    edit(
        "moment-star-before-set",
        "a star import takes a constant before or after another module sets it",
        {
            S: """
            from conf import *
            import tuned
            def train():
                return SIZE
            """,
            "conf.py": "SIZE = 3\n",
            "tuned.py": "import conf\nconf.SIZE = 4\n",
        },
        {S: ("from conf import *\nimport tuned\n", "import tuned\nfrom conf import *\n")},
        stale="train",
    ),
    edit(
        "moment-set-by-function",
        "a function called at import sets by global what another module takes by name",
        {
            S: """
            import tuned
            import model
            def train():
                return model.make()
            """,
            "conf.py": """
            SIZE = 3
            def configure(size):
                global SIZE
                SIZE = size
            """,
            "tuned.py": "import conf\nconf.configure(4)\n",
            "model.py": """
            from conf import SIZE
            def make():
                return SIZE
            """,
        },
        {S: ("import tuned\nimport model\n", "import model\nimport tuned\n")},
        stale="train",
    ),
    edit(
        "moment-patched-function-by-name",
        "a function is patched before or after another module takes it by name",
        {
            S: """
            import fast
            import model
            def train():
                return model.make()
            """,
            "ops.py": "def mean():\n    return 1\n",
            "fast.py": "import ops\nops.mean = lambda: 2\n",
            "model.py": """
            from ops import mean
            def make():
                return mean()
            """,
        },
        {S: ("import fast\nimport model\n", "import model\nimport fast\n")},
        stale="train",
    ),
    edit(
        "warmed-lru-cache",
        "a cached function is asked before or after another module changes what it reads",
        {
            S: """
            import warm
            import tuned
            import ops
            def train():
                return ops.table()
            def other():
                return 1
            """,
            "conf.py": "SIZES = {'a': 1}\n",
            "ops.py": """
            import functools
            import conf
            @functools.lru_cache
            def table():
                return sum(conf.SIZES.values())
            """,
            "warm.py": "import ops\nops.table()\n",
            "tuned.py": "import conf\nconf.SIZES['a'] = 2\n",
        },
        {S: ("import warm\nimport tuned\n", "import tuned\nimport warm\n")},
        stale="train",
        fresh="other",
    ),
    edit(
        "warmed-lru-cache-added",
        "a cached function is asked by another module before what it reads is changed",
        {
            S: """
            import warm
            import tuned
            import ops
            def train():
                return ops.table()
            """,
            "conf.py": "SIZES = {'a': 1}\n",
            "ops.py": """
            import functools
            import conf
            @functools.lru_cache
            def table():
                return sum(conf.SIZES.values())
            """,
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZES['a'] = 2\n",
        },
        {"warm.py": "import ops\nops.table()\n"},
        stale="train",
    ),
    edit(
        "warmed-lru-cache-kept-result",
        "a cached function is asked, and what it gives is kept by another module",
        {
            S: """
            import warm
            import tuned
            import ops
            def train():
                return ops.table()
            """,
            "conf.py": "SIZES = {'a': 1}\n",
            "ops.py": """
            from functools import cache
            import conf
            @cache
            def table():
                return sum(conf.SIZES.values())
            """,
            "warm.py": "import ops\nREADY = None\n",
            "tuned.py": "import conf\nconf.SIZES['a'] = 2\n",
        },
        {"warm.py": "import ops\nREADY = ops.table()\n"},
        stale="train",
    ),
    edit(
        "warmed-cached-property",
        "a cached property is asked before or after another module changes what it reads",
        {
            S: """
            import warm
            import tuned
            import ops
            def train():
                return ops.settings.total
            """,
            "ops.py": """
            from functools import cached_property
            class Settings:
                def __init__(self):
                    self.sizes = {"a": 1}
                @cached_property
                def total(self):
                    return sum(self.sizes.values())
            settings = Settings()
            """,
            "warm.py": "import ops\nTOTAL = ops.settings.total\n",
            "tuned.py": "import ops\nops.settings.sizes['a'] = 2\n",
        },
        {S: ("import warm\nimport tuned\n", "import tuned\nimport warm\n")},
        stale="train",
    ),
    edit(
        "warmed-cached-property-bare",
        "a cached property is warmed by a statement of its own",
        {
            S: """
            import warm
            import tuned
            import ops
            def train():
                return ops.settings.total
            """,
            "ops.py": """
            from functools import cached_property
            import conf
            class Settings:
                @cached_property
                def total(self):
                    return sum(conf.SIZES)
            settings = Settings()
            """,
            "conf.py": "SIZES = [1]\n",
            "warm.py": "import ops\n",
            "tuned.py": "import conf\nconf.SIZES.append(2)\n",
        },
        {"warm.py": "import ops\nops.settings.total\n"},
        stale="train",
    ),
    edit(
        "warmed-by-hand",
        "a memo by hand is filled before or after another module changes what it reads",
        {
            S: """
            import warm
            import tuned
            import ops
            def train():
                return ops.table("a")
            """,
            "conf.py": "SIZES = {'a': 1}\n",
            "ops.py": """
            import conf
            _memo = {}
            def table(name):
                if name not in _memo:
                    _memo[name] = conf.SIZES[name]
                return _memo[name]
            """,
            "warm.py": "import ops\nops.table('a')\n",
            "tuned.py": "import conf\nconf.SIZES['a'] = 2\n",
        },
        {S: ("import warm\nimport tuned\n", "import tuned\nimport warm\n")},
        stale="train",
    ),
    edit(
        "warmed-neighbour",
        "another cached function is asked",
        {
            S: """
            import warm
            import ops
            def train():
                return ops.table()
            """,
            "ops.py": """
            from functools import cache
            SIZES = {"a": 1}
            @cache
            def table():
                return sum(SIZES.values())
            @cache
            def another():
                return 1
            """,
            "warm.py": "import ops\n",
        },
        {"warm.py": "import ops\nops.another()\n"},
        fresh="train",
    ),
    edit(
        "warmed-in-own-module",
        "a cached function is asked in its module before what it reads is changed",
        {
            S: """
            from functools import cache
            SIZES = {"a": 1}
            @cache
            def table():
                return sum(SIZES.values())
            SIZES["a"] = 2
            def train():
                return table()
            """,
        },
        {S: ('SIZES["a"] = 2', 'FIRST = table()\nSIZES["a"] = 2')},
        stale="train",
    ),
    edit(
        "fresh-object-in-called-function",
        "a function called at import appends to the list that a class shares, through a new object",
        {
            S: """
            import base
            import extra
            def train():
                return [h() for h in base.Base().hooks]
            def other():
                return 1
            """,
            "base.py": "class Base:\n    hooks = []\n",
            "extra.py": """
            from base import Base
            def install():
                t = Base()
                t.hooks.append(lambda: 1)
            install()
            """,
        },
        {"extra.py": ("lambda: 1", "lambda: 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "fresh-object-of-module-in-called-function",
        "the same with the class by its module's name",
        {
            S: """
            import base
            import extra
            def train():
                return [h() for h in base.Base().hooks]
            """,
            "base.py": "class Base:\n    hooks = []\n",
            "extra.py": """
            import base
            def install():
                t = base.Base()
                t.hooks.append(lambda: 1)
            install()
            """,
        },
        {"extra.py": ("lambda: 1", "lambda: 2")},
        stale="train",
    ),
    edit(
        "fresh-object-own-list",
        "a function called at import appends to a list that each object has for itself",
        {
            S: """
            import base
            import extra
            def train():
                return [h() for h in base.Base().hooks]
            """,
            "base.py": "class Base:\n    def __init__(self):\n        self.hooks = []\n",
            "extra.py": """
            from base import Base
            def install():
                t = Base()
                t.hooks.append(lambda: 1)
            install()
            """,
        },
        {"extra.py": ("lambda: 1", "lambda: 2")},
        fresh="train",
    ),
    edit(
        "fresh-object-in-method-of-another",
        "a class that is made at import appends through an object of another class",
        {
            S: """
            import base
            import extra
            def train():
                return [h() for h in base.Base().hooks]
            """,
            "base.py": "class Base:\n    hooks = []\n",
            "extra.py": """
            from base import Base
            class Setup:
                def __init__(self):
                    trainer = Base()
                    trainer.hooks.append(lambda: 1)
            setup = Setup()
            """,
        },
        {"extra.py": ("lambda: 1", "lambda: 2")},
        stale="train",
    ),
    edit(
        "fresh-object-item-other-module",
        "an item of the shared default of a class of another module",
        {
            S: """
            import tune
            from model import Model
            def train():
                return Model().table["a"]
            def other():
                return 1
            """,
            "model.py": 'class Model:\n    table = {"a": 1}\n',
            "tune.py": 'from model import Model\nModel().table["a"] = 2\n',
        },
        {"tune.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "fresh-object-default-argument",
        "an item of the mutable default of __init__ that all objects share",
        {
            S: """
            import tune
            from model import Model
            def train():
                return Model().table["a"]
            """,
            "model.py": """
            class Model:
                def __init__(self, table={"a": 1}):
                    self.table = table
            """,
            "tune.py": 'from model import Model\nModel().table["a"] = 2\n',
        },
        {"tune.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "fresh-object-default-constant",
        "an item of a module's table that each object gets by default",
        {
            S: """
            import tune
            from model import Model
            def train():
                return Model().table["a"]
            """,
            "model.py": """
            TABLE = {"a": 1}
            class Model:
                def __init__(self, table=None):
                    self.table = table or TABLE
            """,
            "tune.py": 'from model import Model\nModel().table["a"] = 2\n',
        },
        {"tune.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "named-object-default-constant",
        "the same through an object with a name",
        {
            S: """
            import tune
            from model import Model
            def train():
                return Model().table["a"]
            """,
            "model.py": """
            TABLE = {"a": 1}
            class Model:
                def __init__(self):
                    self.table = TABLE
            """,
            "tune.py": 'from model import Model\nmodel = Model()\nmodel.table["a"] = 2\n',
        },
        {"tune.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "fresh-object-copied-default",
        "an item of a copy of a module's table that each object makes for itself",
        {
            S: """
            import tune
            from model import Model
            def train():
                return Model().table["a"]
            """,
            "model.py": """
            TABLE = {"a": 1}
            class Model:
                def __init__(self):
                    self.table = dict(TABLE)
            """,
            "tune.py": 'from model import Model\nmodel = Model()\nmodel.table["a"] = 2\n',
        },
        {"tune.py": ("= 2", "= 3")},
        fresh="train",
    ),
    edit(
        "called-out-of-globals",
        "a set-up function is called out of globals() at import",
        {
            S: """
            import setup_all
            import conf
            def train():
                return conf.CFG["a"]
            def other():
                return 1
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "setup_all.py": """
            import conf
            def setup():
                conf.CFG["a"] = 2
            globals()["setup"]()
            """,
        },
        {"setup_all.py": ("= 2", "= 3")},
        stale="train",
        fresh="other",
    ),
    edit(
        "called-out-of-globals-by-loop",
        "all functions of a module with a prefix are called at import",
        {
            S: """
            import setup_all
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "setup_all.py": """
            import conf
            def setup_a():
                conf.CFG["a"] = 2
            for name, value in list(globals().items()):
                if name.startswith("setup_"):
                    value()
            """,
        },
        {"setup_all.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-getattr-literal",
        "a set-up function is called by getattr with a constant name",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "presets.py": """
            import conf
            def setup():
                conf.CFG["a"] = 2
            def unused():
                conf.CFG["a"] = 9
            """,
            "run_setup.py": """
            import presets
            getattr(presets, "setup")()
            """,
        },
        {"presets.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-getattr-computed",
        "a set-up function is called by getattr with a computed name",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "presets.py": """
            import conf
            def setup_small():
                conf.CFG["a"] = 2
            """,
            "run_setup.py": """
            import presets
            for size in ("small",):
                getattr(presets, f"setup_{size}")()
            """,
        },
        {"presets.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-getattr-named",
        "what getattr gives has a name, which is called",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "presets.py": """
            import conf
            def setup_small():
                conf.CFG["a"] = 2
            """,
            "run_setup.py": """
            import presets
            SIZE = "small"
            apply = getattr(presets, f"setup_{SIZE}")
            apply()
            """,
        },
        {"presets.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-getattr-in-function",
        "a function called at import calls what getattr gives",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "presets.py": """
            import conf
            def setup_small():
                conf.CFG["a"] = 2
            """,
            "run_setup.py": """
            import presets
            def run(size):
                function = getattr(presets, "setup_" + size)
                function()
            run("small")
            """,
        },
        {"presets.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-getattr-of-own-module",
        "a function of the own module by sys.modules[__name__] and getattr",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "run_setup.py": """
            import sys
            import conf
            def setup():
                conf.CFG["a"] = 2
            getattr(sys.modules[__name__], "setup")()
            """,
        },
        {"run_setup.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-out-of-vars",
        "a function out of vars(module) is called at import",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "presets.py": """
            import conf
            def setup():
                conf.CFG["a"] = 2
            """,
            "run_setup.py": """
            import presets
            vars(presets)["setup"]()
            """,
        },
        {"presets.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-import-module-getattr",
        "import_module and getattr in one expression",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.CFG["a"]
            """,
            "conf.py": 'CFG = {"a": 1}\n',
            "presets.py": """
            import conf
            def setup():
                conf.CFG["a"] = 2
            """,
            "run_setup.py": """
            from importlib import import_module
            getattr(import_module("presets"), "setup")()
            """,
        },
        {"presets.py": ("= 2", "= 3")},
        stale="train",
    ),
    edit(
        "called-by-methodcaller",
        "a method by its name with operator.methodcaller",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.store.items["a"]
            """,
            "conf.py": """
            class Store:
                def __init__(self):
                    self.items = {"a": 1}
                def configure(self, value):
                    self.items["a"] = value
            store = Store()
            """,
            "run_setup.py": """
            from operator import methodcaller
            import conf
            methodcaller("configure", 2)(conf.store)
            """,
        },
        {"run_setup.py": ("2", "3")},
        stale="train",
    ),
    edit(
        "called-by-getattr-on-object",
        "a method of an object by a computed name",
        {
            S: """
            import run_setup
            import conf
            def train():
                return conf.store.items["a"]
            """,
            "conf.py": """
            class Store:
                def __init__(self):
                    self.items = {"a": 1}
                def configure(self, value):
                    self.items["a"] = value
            store = Store()
            """,
            "run_setup.py": """
            import conf
            for name in ["configure"]:
                getattr(conf.store, name)(2)
            """,
        },
        {"run_setup.py": ("(2)", "(3)")},
        stale="train",
    ),
    edit(
        "import-computed-prefix",
        "a plugin by a name of which the beginning is known; another module of the project changes",
        {
            S: """
            import importlib
            NAME = "a"
            def train():
                name = "".join(["a"])
                return importlib.import_module(f"plugins.{name}").run()
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": "def run():\n    return 1\n",
            "unrelated.py": "X = 1\n",
        },
        {"unrelated.py": "X = 2\n"},
        fresh="train",
    ),
    edit(
        "import-computed-prefix-by-helper",
        "a helper imports by a computed name; the callers give it constants",
        {
            S: """
            import loading
            def train():
                return loading.load("a").run()
            """,
            "loading.py": """
            from importlib import import_module
            def load(name):
                return import_module("plugins." + name)
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": "def run():\n    return 1\n",
            "unrelated.py": "X = 1\n",
        },
        {"unrelated.py": "X = 2\n"},
        fresh="train",
    ),
    edit(
        "import-computed-local-prefix",
        "a plugin by a name that a local variable holds, of which the beginning is known",
        {
            S: """
            import importlib
            def train(name="a"):
                path = f"plugins.{name}"
                return importlib.import_module(path).run()
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": "def run():\n    return 1\n",
            "unrelated.py": "X = 1\n",
        },
        {"unrelated.py": "X = 2\n"},
        fresh="train",
    ),
    edit(
        "import-computed-local-join",
        "a plugin by a name put together by join",
        {
            S: """
            import importlib
            def train(name="a"):
                return importlib.import_module(".".join(["plugins", name])).run()
            """,
            "plugins/__init__.py": "",
            "plugins/a.py": "def run():\n    return 1\n",
            "unrelated.py": "X = 1\n",
        },
        {"unrelated.py": "X = 2\n"},
        fresh="train",
    ),
    edit(
        "import-computed-relative",
        "a plugin by a relative name and the package",
        {
            S: """
            import lib
            def train():
                return lib.load("a").run()
            """,
            "lib/__init__.py": """
            import importlib
            def load(name):
                return importlib.import_module("." + name, __package__)
            """,
            "lib/a.py": "def run():\n    return 1\n",
            "unrelated.py": "X = 1\n",
        },
        {"unrelated.py": "X = 2\n"},
        fresh="train",
    ),
]
