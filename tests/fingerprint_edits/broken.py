"""Found by trying to break the rule."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "deep-from-dot-in-init",
        "a package uses a submodule that it imports from itself",
        {
            S: """
            import pkg
            def train():
                return pkg.run()
            """,
            "pkg/__init__.py": """
            from . import impl
            def run():
                return impl.f()
            """,
            "pkg/impl.py": """
            def f():
                return 1
            """,
        },
        {
            "pkg/impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-all-names-submodule",
        "a star import of a package whose __all__ names a submodule",
        {
            S: """
            from pkg import *
            def train():
                return impl.f()
            """,
            "pkg/__init__.py": "__all__ = ['impl']\n",
            "pkg/impl.py": """
            def f():
                return 1
            """,
        },
        {
            "pkg/impl.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-all-appended",
        "__all__ is changed by a method",
        {
            S: """
            from helpers import *
            def train():
                return g()
            """,
            "helpers.py": """
            __all__ = ['f']
            __all__.append('g')
            def f():
                return 0
            def g():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-import-module-alias",
        "import_module under another name, inside of a function",
        {
            S: """
            def train():
                from importlib import import_module as load
                return load('helpers').f()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-locate",
        "a function found by its dotted name with pydoc.locate",
        {
            S: """
            import pydoc
            def train():
                return pydoc.locate('pkg.helpers.f')()
            """,
            "pkg/__init__.py": "",
            "pkg/helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "pkg/helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-dunder-import",
        "__import__ with a literal",
        {
            S: """
            def train():
                return __import__('helpers').f()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-sys-modules-literal",
        "sys.modules with a literal name",
        {
            S: """
            import sys
            import helpers
            def train():
                return sys.modules['helpers'].f()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-sys-modules-get",
        "sys.modules.get with a computed name",
        {
            S: """
            import sys
            import helpers
            def train():
                return sys.modules.get('hel' + 'pers'[:4]).f()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-globals-update",
        "names made by globals().update at the top level",
        {
            S: """
            globals().update({f'K{n}': n for n in range(3)})
            def train():
                return K2
            """,
        },
        {
            S: ("'K{n}': n", "'K{n}': n + 1"),
        },
        stale="train",
    ),
    edit(
        "deep-setattr-own-module",
        "names made by setattr on the module itself",
        {
            S: """
            import sys
            for n in 'ab':
                setattr(sys.modules[__name__], n, 1)
            def train():
                return b
            """,
        },
        {
            S: ("n, 1)", "n, 2)"),
        },
        stale="train",
    ),
    edit(
        "deep-setattr-other-module",
        "setattr with a computed name on another module",
        {
            S: """
            import conf
            for n in ('lr', 'n'):
                setattr(conf, n.upper(), 5)
            def train():
                return conf.LR
            """,
            "conf.py": """
            LR = 1
            N = 2
            """,
        },
        {
            S: ("5)", "6)"),
        },
        stale="train",
    ),
    edit(
        "deep-instance-configured",
        "an instance of the project's own class is configured by a method at the top level",
        {
            S: """
            from conf import settings
            import local
            def train():
                return settings.values
            """,
            "conf.py": """
            class Settings:
                def __init__(self):
                    self.values = {}
                def put(self, **values):
                    self.values.update(values)
            settings = Settings()
            """,
            "local.py": """
            from conf import settings
            settings.put(lr=1)
            """,
        },
        {
            "local.py": ("lr=1", "lr=2"),
        },
        stale="train",
    ),
    edit(
        "deep-effect-two-calls-away",
        "a set-up function calls another that changes a third module",
        {
            S: """
            import conf, boot
            boot.start()
            def train():
                return conf.LR
            """,
            "conf.py": "LR = 1\n",
            "boot.py": """
            import inner
            def start():
                inner.go(2)
            """,
            "inner.py": """
            def go(lr):
                import conf
                conf.LR = lr * 1
            """,
        },
        {
            "inner.py": ("lr * 1", "lr * 3"),
        },
        stale="train",
    ),
    edit(
        "deep-local-alias-in-setup",
        "a set-up function changes a part of a dict under a local name",
        {
            S: """
            CFG = {'m': {'lr': 1}}
            def setup():
                part = CFG['m']
                part['lr'] = 2
            setup()
            def train():
                return CFG
            """,
        },
        {
            S: ("= 2", "= 3"),
        },
        stale="train",
    ),
    edit(
        "deep-class-decorator-adds",
        "a class decorator of another module adds a method",
        {
            S: """
            from deco import extend
            @extend
            class A:
                pass
            def train():
                return A().extra()
            """,
            "deco.py": """
            def extend(cls):
                cls.extra = lambda self: 1
                return cls
            """,
        },
        {
            "deco.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "deep-abc-register",
        "a virtual subclass registered with an ABC",
        {
            S: """
            import abc
            class Base(abc.ABC):
                pass
            class A:
                pass
            class B:
                pass
            Base.register(A)
            def train():
                return isinstance(B(), Base)
            """,
        },
        {
            S: ("register(A)", "register(B)"),
        },
        stale="train",
    ),
    edit(
        "deep-default-mutable",
        "a mutable default is another module's list",
        {
            S: """
            import conf
            def f(items=conf.ITEMS):
                return list(items)
            def train():
                return f()
            """,
            "conf.py": """
            ITEMS = [1]
            ITEMS.append(2)
            """,
        },
        {
            "conf.py": ("append(2)", "append(3)"),
        },
        stale="train",
    ),
    edit(
        "deep-recursion-through-table",
        "functions that reach each other through a table of functions",
        {
            S: """
            def even(n):
                return True if n == 0 else OPS['odd'](n - 1)
            def odd(n):
                return False if n == 0 else OPS['even'](n - 1)
            OPS = {'even': even, 'odd': odd}
            def train():
                return even(3)
            """,
        },
        {
            S: ("return False", "return None"),
        },
        stale="train",
    ),
    edit(
        "deep-conditional-import-in-class",
        "an import in a class's body",
        {
            S: """
            class A:
                from helpers import f as make
                def go(self):
                    return A.make()
            def train():
                return A().go()
            """,
            "helpers.py": """
            def f():
                return 1
            """,
        },
        {
            "helpers.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "deep-class-body-name",
        "a class attribute computed from a constant of its own name",
        {
            S: """
            lr = 1
            class A:
                lr = lr
            def train():
                return A.lr
            """,
        },
        {
            S: ("lr = 1", "lr = 2"),
        },
        stale="train",
    ),
    edit(
        "deep-try-else-finally",
        "a name bound in the else of a try",
        {
            S: """
            try:
                x = 1
            except ValueError:
                y = 0
            else:
                y = x + 1
            def train():
                return y
            """,
        },
        {
            S: ("x + 1", "x + 2"),
        },
        stale="train",
    ),
    edit(
        "deep-module-removed",
        "an optional module goes",
        {
            S: """
            try:
                import fast
            except ImportError:
                fast = None
            def train():
                return fast is None
            """,
            "fast.py": "x = 1\n",
        },
        {
            "fast.py": None,
        },
        stale="train",
    ),
    edit(
        "deep-attribute-of-result",
        "an attribute of a call's result has the name of a helper",
        {
            S: """
            class A:
                size = 3
            def make():
                return A()
            def size():
                return 1
            def train():
                return make().size
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        fresh="train",
    ),
    edit(
        "deep-string-no-reference",
        "a string that reads like a helper's name is no reference",
        {
            S: """
            def size():
                return 1
            def train():
                return 'size'
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        fresh="train",
    ),
    edit(
        "deep-unrelated-main",
        "the command line of a helper module",
        {
            S: """
            import helpers
            def train():
                return helpers.f()
            """,
            "helpers.py": """
            def f():
                return 1
            if __name__ == '__main__':
                import sys
                print(f(), sys.argv)
            """,
        },
        {
            "helpers.py": ("print(f(), sys.argv)", "print('result', f())"),
        },
        fresh="train",
    ),
    edit(
        "deep-unrelated-logger",
        "a logger is used by a helper and named differently",
        {
            S: """
            import logging
            log = logging.getLogger('a')
            log.setLevel(20)
            log.info('loaded')
            def train():
                return 1
            """,
        },
        {
            S: ("log.info('loaded')", "log.info('ready')"),
        },
        fresh="train",
    ),
    edit(
        "deep-unrelated-constant-with-call",
        "a constant computed by a call, beside the step",
        {
            S: """
            import os
            def folder():
                os.makedirs(os.devnull + '/..', exist_ok=True) if False else None
                return 'x'
            OUT = folder()
            def train():
                return 1
            """,
        },
        {
            S: ("'x'", "'y'"),
        },
        fresh="train",
    ),
    edit(
        "deep-unrelated-dataclass",
        "another dataclass of the same module",
        {
            S: """
            from dataclasses import dataclass
            @dataclass
            class A:
                x: int = 1
            @dataclass
            class B:
                y: int = 2
            def train():
                return A().x
            def other():
                return B().y
            """,
        },
        {
            S: ("y: int = 2", "y: int = 3"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "deep-unrelated-package-sibling",
        "a sibling module that the package's __init__ imports",
        {
            S: """
            from pkg.a import f
            def train():
                return f()
            """,
            "pkg/__init__.py": """
            from .a import f
            from .b import g
            """,
            "pkg/a.py": """
            def f():
                return 1
            """,
            "pkg/b.py": """
            def g():
                return 2
            """,
        },
        {
            "pkg/b.py": ("return 2", "return 3"),
        },
        fresh="train",
    ),
    edit(
        "deep-unrelated-lru-cache",
        "another cached function; lru_cache is no registry",
        {
            S: """
            import functools
            @functools.lru_cache(maxsize=None)
            def a():
                return 1
            @functools.lru_cache(maxsize=None)
            def b():
                return 2
            def train():
                return a()
            def other():
                return b()
            """,
        },
        {
            S: ("return 2", "return 3"),
        },
        stale="other",
        fresh="train",
    ),
    edit(
        "deep-unrelated-enum",
        "another enum of the same module",
        {
            S: """
            import enum
            class A(enum.Enum):
                X = 1
            class B(enum.Enum):
                Y = 2
            def train():
                return A.X.value
            def other():
                return B.Y.value
            """,
        },
        {
            S: ("Y = 2", "Y = 3"),
        },
        stale="other",
        fresh="train",
    ),
]
