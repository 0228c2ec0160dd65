"""What is executed at import without a call that names it: operators, attributes, protocols, hooks."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "fresh-object-shared-list",
        "a list of the class, reached by an object that has no name",
        {
            "steps.py": """
            import setup
            from trainer import Trainer
            def train():
                return Trainer().callbacks
            """,
            "trainer.py": """
            class Trainer:
                callbacks = []
            """,
            "setup.py": """
            from trainer import Trainer
            Trainer().callbacks.append("early")
            """,
        },
        {
            "setup.py": ("early", "late"),
        },
        stale="train",
    ),
    edit(
        "fresh-object-own-list",
        "a list that each object makes for itself is no one else's",
        {
            "steps.py": """
            import setup
            from trainer import Trainer
            def train():
                return Trainer().callbacks
            """,
            "trainer.py": """
            class Trainer:
                def __init__(self):
                    self.callbacks = []
            """,
            "setup.py": """
            from trainer import Trainer
            Trainer().callbacks.append("early")
            """,
        },
        {
            "setup.py": ("early", "late"),
        },
        fresh="train",
    ),
    edit(
        "fresh-object-shared-item",
        "an item of a dictionary of the class, by an object that has no name",
        {
            "steps.py": """
            import setup
            from trainer import Trainer
            def train():
                return Trainer.options
            """,
            "trainer.py": """
            class Trainer:
                options = {}
                def __init__(self, name="x"):
                    self.name = name
            """,
            "setup.py": """
            from trainer import Trainer
            Trainer("y").options["lr"] = 1
            """,
        },
        {
            "setup.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "fresh-object-method-adds",
        "a method of an object that has no name adds to a list of the class",
        {
            "steps.py": """
            import setup
            from trainer import Trainer
            def train():
                return Trainer.callbacks
            """,
            "trainer.py": """
            class Trainer:
                callbacks = []
                def use(self, callback):
                    self.callbacks.append(callback)
                    return self
            """,
            "setup.py": """
            from trainer import Trainer
            Trainer().use("early").use("stop")
            """,
        },
        {
            "setup.py": ("stop", "late"),
        },
        stale="train",
    ),
    edit(
        "loop-calls-hooks",
        "a loop calls each hook of a list at import",
        {
            "steps.py": """
            import hooks
            from conf import CONFIG
            def train():
                return CONFIG
            def other():
                return 1
            """,
            "conf.py": """
            CONFIG = {}
            """,
            "hooks.py": """
            from conf import CONFIG
            def use_rate():
                CONFIG["rate"] = 1
            def use_size():
                CONFIG["size"] = 5
            HOOKS = [use_rate, use_size]
            for hook in HOOKS:
                hook()
            """,
        },
        {
            "hooks.py": ("5", "6"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "loop-calls-hooks-of-another-module",
        "hooks of another module, in a dictionary, are given the configuration",
        {
            "steps.py": """
            import start
            from conf import CONFIG
            def train():
                return CONFIG
            """,
            "conf.py": """
            CONFIG = {}
            """,
            "hooks.py": """
            def use_rate(config):
                config["rate"] = 1
            HOOKS = {"rate": use_rate}
            """,
            "start.py": """
            from conf import CONFIG
            from hooks import HOOKS
            for name, hook in HOOKS.items():
                hook(CONFIG)
            """,
        },
        {
            "hooks.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "loop-calls-registered-hooks",
        "hooks that a decorator has put in a list, called by a comprehension",
        {
            "steps.py": """
            import start
            from conf import CONFIG
            def train():
                return CONFIG["rate"]
            """,
            "conf.py": """
            CONFIG = {}
            HOOKS = []
            def on_start(function):
                HOOKS.append(function)
                return function
            """,
            "start.py": """
            from conf import CONFIG, HOOKS, on_start
            @on_start
            def use_rate():
                CONFIG["rate"] = 1
            [hook() for hook in HOOKS]
            """,
        },
        {
            "start.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "loop-calls-methods-of-plugins",
        "a loop calls a method of each object of a list",
        {
            "steps.py": """
            import plugins
            from conf import CONFIG
            def train():
                return CONFIG
            """,
            "conf.py": """
            CONFIG = {}
            """,
            "plugins.py": """
            from conf import CONFIG
            class Rate:
                def install(self):
                    CONFIG["rate"] = 1
            for plugin in (Rate(),):
                plugin.install()
            """,
        },
        {
            "plugins.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "item-of-table-called",
        "an item of a table is called at import by its key",
        {
            "steps.py": """
            import start
            from conf import CONFIG
            def train():
                return CONFIG
            """,
            "conf.py": """
            CONFIG = {}
            """,
            "start.py": """
            from conf import CONFIG
            def small():
                CONFIG["size"] = 1
            def large():
                CONFIG["size"] = 9
            PRESETS = {"small": small, "large": large}
            PRESETS["small"]()
            """,
        },
        {
            "start.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "called-through-map",
        "hooks called by all(map(...)) with a lambda",
        {
            "steps.py": """
            import start
            from conf import CONFIG
            def train():
                return CONFIG
            """,
            "conf.py": """
            CONFIG = {}
            """,
            "start.py": """
            from conf import CONFIG
            def small():
                CONFIG["size"] = 1
                return True
            READY = all(map(lambda hook: hook(), [small]))
            """,
        },
        {
            "start.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "compared-at-import",
        "an operator of comparison counts how often it was asked",
        {
            "steps.py": """
            import check
            from version import SEEN
            def train():
                return SEEN
            """,
            "version.py": """
            SEEN = []
            class Version:
                def __init__(self, n):
                    self.n = n
                def __lt__(self, other):
                    SEEN.append(other.n)
                    return self.n < other.n
            """,
            "check.py": """
            from version import Version
            OLD = Version(1) < Version(2)
            """,
        },
        {
            "check.py": ("Version(2)", "Version(3)"),
        },
        stale="train",
    ),
    edit(
        "compared-named-at-import",
        "the same of objects with names, by a condition",
        {
            "steps.py": """
            import check
            from version import SEEN
            def train():
                return SEEN
            """,
            "version.py": """
            SEEN = []
            class Version:
                def __init__(self, n):
                    self.n = n
                def __eq__(self, other):
                    SEEN.append(self.n)
                    return self.n == other
            """,
            "check.py": """
            from version import Version
            CURRENT = Version(1)
            if CURRENT == 1:
                NEW = True
            """,
        },
        {
            "check.py": ("Version(1)", "Version(3)"),
        },
        stale="train",
    ),
    edit(
        "contained-at-import",
        "`in` asks an object that remembers what it was asked",
        {
            "steps.py": """
            import check
            from vocabulary import WORDS
            def train():
                return sorted(WORDS.seen)
            """,
            "vocabulary.py": """
            class Vocabulary:
                def __init__(self):
                    self.seen = set()
                def __contains__(self, word):
                    self.seen.add(word)
                    return True
            WORDS = Vocabulary()
            """,
            "check.py": """
            from vocabulary import WORDS
            KNOWN = "cat" in WORDS
            """,
        },
        {
            "check.py": ("cat", "dog"),
        },
        stale="train",
    ),
    edit(
        "formatted-at-import",
        "an f-string asks an object for its text, which counts",
        {
            "steps.py": """
            import title
            from names import NAME
            def train():
                return NAME.asked
            """,
            "names.py": """
            class Name:
                def __init__(self):
                    self.asked = 0
                def __format__(self, how):
                    self.asked += 1
                    return "name"
            NAME = Name()
            """,
            "title.py": """
            from names import NAME
            TITLE = f"{NAME:x}"
            """,
        },
        {
            "title.py": ('f"{NAME:x}"', 'f"{NAME:x} {NAME:x}"'),
        },
        stale="train",
    ),
    edit(
        "printed-at-import",
        "str() of an object",
        {
            "steps.py": """
            import title
            from names import NAME
            def train():
                return NAME.asked
            """,
            "names.py": """
            class Name:
                def __init__(self):
                    self.asked = 0
                def __str__(self):
                    self.asked += 1
                    return "name"
            NAME = Name()
            """,
            "title.py": """
            from names import NAME
            TITLE = str(NAME)
            """,
        },
        {
            "title.py": ("str(NAME)", "str(NAME) + str(NAME)"),
        },
        stale="train",
    ),
    edit(
        "measured-at-import",
        "len() and bool() of an object",
        {
            "steps.py": """
            import check
            from data import DATA
            def train():
                return DATA.log
            """,
            "data.py": """
            class Data:
                def __init__(self):
                    self.log = []
                def __len__(self):
                    self.log.append("len")
                    return 3
                def __bool__(self):
                    self.log.append("bool")
                    return True
            DATA = Data()
            """,
            "check.py": """
            from data import DATA
            COUNT = len(DATA)
            """,
        },
        {
            "check.py": ("len(DATA)", "5 if DATA else 0"),
        },
        stale="train",
    ),
    edit(
        "property-asked-at-import",
        "a property that loads when it is first asked",
        {
            "steps.py": """
            import warm
            from model import MODEL
            def train():
                return MODEL.state
            """,
            "model.py": """
            class Model:
                def __init__(self):
                    self.state = []
                @property
                def weights(self):
                    self.state.append("loaded")
                    return [1]
            MODEL = Model()
            """,
            "warm.py": """
            from model import MODEL
            FIRST = MODEL.weights
            """,
        },
        {
            "warm.py": ("FIRST = MODEL.weights", "FIRST = MODEL.weights + MODEL.weights"),
        },
        stale="train",
    ),
    edit(
        "property-of-class-state",
        "a property of an object without a name changes a global",
        {
            "steps.py": """
            import warm
            from model import LOG
            def train():
                return LOG
            """,
            "model.py": """
            LOG = []
            class Model:
                def __init__(self, name):
                    self.name = name
                @property
                def weights(self):
                    LOG.append(self.name)
                    return [1]
            """,
            "warm.py": """
            from model import Model
            FIRST = Model("a").weights
            """,
        },
        {
            "warm.py": ('"a"', '"b"'),
        },
        stale="train",
    ),
    edit(
        "getattr-hook-at-import",
        "__getattr__ of an object remembers what it was asked",
        {
            "steps.py": """
            import use
            from lazy import LAZY
            def train():
                return LAZY.__dict__
            """,
            "lazy.py": """
            class Lazy:
                def __getattr__(self, name):
                    self.__dict__[name] = len(self.__dict__)
                    return self.__dict__[name]
            LAZY = Lazy()
            """,
            "use.py": """
            from lazy import LAZY
            X = LAZY.first
            """,
        },
        {
            "use.py": ("first", "second"),
        },
        stale="train",
    ),
    edit(
        "module-getattr-hook-at-import",
        "__getattr__ of a module remembers what it was asked",
        {
            "steps.py": """
            import use
            import lazy
            def train():
                return lazy.ASKED
            """,
            "lazy.py": """
            ASKED = []
            def __getattr__(name):
                ASKED.append(name)
                return 1
            """,
            "use.py": """
            import lazy
            X = lazy.first
            """,
        },
        {
            "use.py": ("first", "second"),
        },
        stale="train",
    ),
    edit(
        "descriptor-set-name-registers",
        "__set_name__ puts fields into a table when a class is made",
        {
            "steps.py": """
            import schema
            from fields import TABLE
            def train():
                return sorted(TABLE)
            """,
            "fields.py": """
            TABLE = {}
            class Field:
                def __set_name__(self, owner, name):
                    TABLE[owner.__name__, name] = self
            """,
            "schema.py": """
            from fields import Field
            class Row:
                age = Field()
            """,
        },
        {
            "schema.py": ("age", "height"),
        },
        stale="train",
    ),
    edit(
        "descriptor-set-assigned",
        "__set__ of a descriptor writes to a table when an attribute is assigned",
        {
            "steps.py": """
            import start
            from fields import LOG
            def train():
                return LOG
            """,
            "fields.py": """
            LOG = []
            class Field:
                def __set__(self, owner, value):
                    LOG.append(value)
            class Row:
                age = Field()
            """,
            "start.py": """
            from fields import Row
            row = Row()
            row.age = 1
            """,
        },
        {
            "start.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "setattr-hook-assigned",
        "__setattr__ of a configuration writes to a table",
        {
            "steps.py": """
            import start
            from conf import TABLE
            def train():
                return TABLE
            """,
            "conf.py": """
            TABLE = {}
            class Config:
                def __setattr__(self, name, value):
                    TABLE[name] = value
            """,
            "start.py": """
            from conf import Config
            config = Config()
            config.rate = 1
            """,
        },
        {
            "start.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "context-manager-of-generator",
        "a context manager made of a generator sets a default",
        {
            "steps.py": """
            import start
            from conf import DEFAULTS
            def train():
                return DEFAULTS
            """,
            "conf.py": """
            from contextlib import contextmanager
            DEFAULTS = {}
            @contextmanager
            def setting(name, value):
                DEFAULTS[name] = value
                yield
            """,
            "start.py": """
            from conf import setting
            with setting("rate", 1):
                X = 2
            """,
        },
        {
            "start.py": ('"rate", 1', '"rate", 3'),
        },
        stale="train",
    ),
    edit(
        "context-manager-class-called",
        "a class used as a context manager, made on the spot",
        {
            "steps.py": """
            import start
            from conf import DEFAULTS
            def train():
                return DEFAULTS
            """,
            "conf.py": """
            DEFAULTS = {}
            class Setting:
                def __init__(self, **values):
                    self.values = values
                def __enter__(self):
                    return self
                def __exit__(self, *exc):
                    DEFAULTS.update(self.values)
            """,
            "start.py": """
            from conf import Setting
            with Setting(rate=1):
                pass
            """,
        },
        {
            "start.py": ("rate=1", "rate=2"),
        },
        stale="train",
    ),
    edit(
        "decorator-with-arguments-of-object",
        "a decorator with arguments that an object gives",
        {
            "steps.py": """
            import models
            from registry import registry
            def train():
                return sorted(registry.get("models"))
            """,
            "registry.py": """
            class Registry:
                def __init__(self):
                    self._tables = {}
                def register(self, table, name):
                    def put(thing):
                        self._tables.setdefault(table, {})[name] = thing
                        return thing
                    return put
                def get(self, table):
                    return self._tables[table]
            registry = Registry()
            """,
            "models.py": """
            from registry import registry
            @registry.register("models", "tree")
            class Tree:
                pass
            """,
        },
        {
            "models.py": ('"tree"', '"forest"'),
        },
        stale="train",
    ),
    edit(
        "metaclass-counts",
        "a metaclass of another module counts its classes",
        {
            "steps.py": """
            import models
            from meta import CLASSES
            def train():
                return sorted(CLASSES)
            """,
            "meta.py": """
            CLASSES = []
            class Meta(type):
                def __init__(cls, name, bases, namespace):
                    CLASSES.append(name)
                    super().__init__(name, bases, namespace)
            """,
            "models.py": """
            from meta import Meta
            class Tree(metaclass=Meta):
                pass
            """,
        },
        {
            "models.py": "from meta import Meta\nclass Tree(metaclass=Meta):\n    pass\nclass Oak(Tree):\n    pass\n",
        },
        stale="train",
    ),
    edit(
        "metaclass-called-by-inheritance",
        "a metaclass that another one stands on",
        {
            "steps.py": """
            import models
            from meta import CLASSES
            def train():
                return sorted(CLASSES)
            """,
            "meta.py": """
            CLASSES = []
            class Root(type):
                def __new__(mcs, name, bases, namespace):
                    CLASSES.append(namespace.get("kind"))
                    return super().__new__(mcs, name, bases, namespace)
            class Meta(Root):
                pass
            class Model(metaclass=Meta):
                kind = ""
            """,
            "models.py": """
            from meta import Model
            class Tree(Model):
                kind = "tree"
            """,
        },
        {
            "models.py": ('"tree"', '"forest"'),
        },
        stale="train",
    ),
    edit(
        "init-subclass-of-mixin",
        "__init_subclass__ of a mixin beside a plain base",
        {
            "steps.py": """
            import models
            from mixin import KINDS
            def train():
                return KINDS
            """,
            "mixin.py": """
            KINDS = {}
            class Named:
                def __init_subclass__(cls, name="", **more):
                    super().__init_subclass__(**more)
                    KINDS[name] = cls.__name__
            class Base:
                pass
            """,
            "models.py": """
            from mixin import Base, Named
            class Tree(Base, Named, name="tree"):
                pass
            """,
        },
        {
            "models.py": ('"tree"', '"forest"'),
        },
        stale="train",
    ),
    edit(
        "singledispatch-register-call",
        "a function registered for a type by a call, in another module",
        {
            "steps.py": """
            import handlers
            from encode import encode
            def train():
                return encode(1)
            """,
            "encode.py": """
            from functools import singledispatch
            @singledispatch
            def encode(x):
                return "?"
            """,
            "handlers.py": """
            from encode import encode
            def of_int(x):
                return x + 1
            encode.register(int, of_int)
            """,
        },
        {
            "handlers.py": ("x + 1", "x + 2"),
        },
        stale="train",
    ),
    edit(
        "atexit-unrelated",
        "what is called at exit decides no result",
        {
            "steps.py": """
            import closing
            def train():
                return 1
            """,
            "closing.py": """
            import atexit, sys
            def bye():
                sys.stderr.write("bye")
            atexit.register(bye)
            """,
        },
        {
            "closing.py": ('"bye"', '"good bye"'),
        },
        fresh="train",
    ),
    edit(
        "weakref-callback",
        "the callback of a weak reference is called when its object goes",
        {
            "steps.py": """
            import start
            from conf import LOG
            def train():
                return LOG
            """,
            "conf.py": """
            LOG = []
            """,
            "start.py": """
            import weakref
            from conf import LOG
            class Thing:
                pass
            def gone(reference):
                LOG.append("gone 1")
            thing = Thing()
            ref = weakref.ref(thing, gone)
            del thing
            """,
        },
        {
            "start.py": ("gone 1", "gone 2"),
        },
        stale="train",
    ),
    edit(
        "registry-by-text-key",
        "classes put into a table by their dotted names",
        {
            "steps.py": """
            import importlib
            from table import load
            def train():
                return load("tree")().depth()
            """,
            "table.py": """
            import importlib
            TABLE = {"tree": "models.tree:Tree"}
            def load(name):
                module, _, attribute = TABLE[name].partition(":")
                return getattr(importlib.import_module(module), attribute)
            """,
            "models/__init__.py": "",
            "models/tree.py": """
            class Tree:
                def depth(self):
                    return 1
            """,
        },
        {
            "models/tree.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "import-hook",
        "a finder on sys.meta_path makes a module that no file has",
        {
            "steps.py": """
            import finder
            def train():
                import made_up
                return made_up.X
            """,
            "finder.py": """
            import importlib.abc
            import importlib.machinery
            import sys
            class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
                def find_spec(self, name, path, target=None):
                    return importlib.machinery.ModuleSpec(name, self) if name == "made_up" else None
                def exec_module(self, module):
                    module.X = 1
            sys.meta_path.insert(0, Finder())
            sys.modules.pop("made_up", None)
            """,
        },
        {
            "finder.py": ("module.X = 1", "module.X = 2"),
        },
        stale="train",
    ),
    edit(
        "assigned-in-pairs-neighbour",
        "two tables in one assignment: the other one changes",
        {
            "steps.py": """
            LEFT, RIGHT = {"a": 1}, {"b": 2}
            def train():
                return LEFT
            def test():
                return RIGHT
            """,
        },
        {
            "steps.py": ('"b": 2', '"b": 3'),
        },
        stale="test",
        fresh="train",
    ),
    edit(
        "assigned-in-pairs-split",
        "two constants in one assignment become two assignments",
        {
            "steps.py": """
            LOW, HIGH = 1, 2
            def train():
                return LOW + HIGH
            """,
        },
        {
            "steps.py": ("LOW, HIGH = 1, 2", "LOW = 1\nHIGH = 2"),
        },
        fresh="train",
    ),
    edit(
        "assigned-in-pairs-swapped",
        "two names are exchanged in one assignment",
        {
            "steps.py": """
            LOW = 2
            HIGH = 1
            LOW, HIGH = HIGH, LOW
            def train():
                return LOW
            def test():
                return HIGH
            """,
        },
        {
            "steps.py": ("LOW, HIGH = HIGH, LOW", "LOW, HIGH = HIGH, HIGH"),
        },
        stale="test",
    ),
    edit(
        "imports-in-function-sorted",
        "a linter sorts imports of the project inside a function",
        {
            "steps.py": """
            def train():
                from second import b
                from first import a
                return a, b
            """,
            "first.py": "a = 1\n",
            "second.py": "b = 2\n",
        },
        {
            "steps.py": (
                "    from second import b\n    from first import a\n",
                "    from first import a\n    from second import b\n",
            ),
        },
        fresh="train",
    ),
    edit(
        "imports-in-function-swapped",
        "two modules that set the same thing are imported in the other order",
        {
            "steps.py": """
            from conf import CONFIG
            def train():
                import second
                import first
                return CONFIG["x"]
            """,
            "conf.py": "CONFIG = {}\n",
            "first.py": "from conf import CONFIG\nCONFIG['x'] = 1\n",
            "second.py": "from conf import CONFIG\nCONFIG['x'] = 2\n",
        },
        {
            "steps.py": ("    import second\n    import first\n", "    import first\n    import second\n"),
        },
        stale="train",
    ),
    edit(
        "imports-in-function-same-name",
        "two modules give the same name in a function",
        {
            "steps.py": """
            def train():
                from second import a
                from first import a
                return a
            """,
            "first.py": "a = 1\n",
            "second.py": "a = 2\n",
        },
        {
            "steps.py": (
                "    from second import a\n    from first import a\n",
                "    from first import a\n    from second import a\n",
            ),
        },
        stale="train",
    ),
    edit(
        "iterated-at-import",
        "__iter__ of an object counts",
        {
            "steps.py": """
            import use
            from data import DATA
            def train():
                return DATA.rounds
            """,
            "data.py": """
            class Data:
                def __init__(self):
                    self.rounds = 0
                def __iter__(self):
                    self.rounds += 1
                    return iter([1, 2])
            DATA = Data()
            """,
            "use.py": """
            from data import DATA
            ALL = list(DATA)
            """,
        },
        {
            "use.py": ("list(DATA)", "list(DATA) + list(DATA)"),
        },
        stale="train",
    ),
    edit(
        "unary-at-import",
        "an operator with one operand",
        {
            "steps.py": """
            import use
            from switch import SWITCH
            def train():
                return SWITCH.on
            """,
            "switch.py": """
            class Switch:
                def __init__(self):
                    self.on = False
                def __invert__(self):
                    self.on = not self.on
                    return self
            SWITCH = Switch()
            """,
            "use.py": """
            from switch import SWITCH
            X = ~SWITCH
            """,
        },
        {
            "use.py": ("~SWITCH", "~~SWITCH"),
        },
        stale="train",
    ),
    edit(
        "deleted-attribute-hook",
        "del of an item is an operator of the object",
        {
            "steps.py": """
            import use
            from table import LOG
            def train():
                return LOG
            """,
            "table.py": """
            LOG = []
            class Table:
                def __delitem__(self, key):
                    LOG.append(key)
            TABLE = Table()
            """,
            "use.py": """
            from table import TABLE
            del TABLE["a"]
            """,
        },
        {
            "use.py": ('"a"', '"b"'),
        },
        stale="train",
    ),
    edit(
        "matched-at-import",
        "a pattern asks a class how to take an object apart",
        {
            "steps.py": """
            import use
            from point import SEEN
            def train():
                return SEEN
            """,
            "point.py": """
            SEEN = []
            class Point:
                __match_args__ = ("x",)
                @property
                def x(self):
                    SEEN.append("x")
                    return 1
                @property
                def y(self):
                    SEEN.append("y")
                    return 1
            """,
            "use.py": """
            from point import Point
            match Point():
                case Point(x=1):
                    FOUND = True
            """,
        },
        {
            "use.py": ("x=1", "y=1"),
        },
        stale="train",
    ),
    edit(
        "hashed-at-import",
        "keys of a dictionary are hashed",
        {
            "steps.py": """
            import use
            from key import SEEN
            def train():
                return SEEN
            """,
            "key.py": """
            SEEN = []
            class Key:
                def __init__(self, name):
                    self.name = name
                def __hash__(self):
                    SEEN.append(self.name)
                    return 1
            """,
            "use.py": """
            from key import Key
            TABLE = {Key("a"): 1}
            """,
        },
        {
            "use.py": ('"a"', '"b"'),
        },
        stale="train",
    ),
    edit(
        "finalised-at-import",
        "__del__ of an object that goes at once",
        {
            "steps.py": """
            import use
            from thing import SEEN
            def train():
                return SEEN
            """,
            "thing.py": """
            SEEN = []
            class Thing:
                def __init__(self, name):
                    self.name = name
                def __del__(self):
                    SEEN.append(self.name)
            """,
            "use.py": """
            from thing import Thing
            Thing("a")
            """,
        },
        {
            "use.py": ('"a"', '"b"'),
        },
        stale="train",
    ),
]
