"""Layout, docstrings and annotations: what must not rerun, and what looks like it and must."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "layout-numbers",
        "1_000, 0x10 and 1e3 are other spellings of the same numbers",
        {
            "steps.py": """
            def train():
                return 1000, 16, 1e3, 0.5, 1.50, 10j, 0b11, 1E-5
            """,
        },
        {
            "steps.py": ("1000, 16, 1e3, 0.5, 1.50, 10j, 0b11, 1E-5", "1_000, 0x10, 1000.0, .5, 1.5, 1_0J, 3, 0.00001"),
        },
        fresh="train",
    ),
    edit(
        "layout-int-to-exponent",
        "1e3 is a float",
        {
            "steps.py": """
            def train():
                return 1000
            """,
        },
        {
            "steps.py": ("1000", "1e3"),
        },
        stale="train",
    ),
    edit(
        "layout-one-tuple",
        "a comma makes a tuple",
        {
            "steps.py": """
            def train():
                x = (1)
                return x
            """,
        },
        {
            "steps.py": ("1", "1,"),
        },
        stale="train",
    ),
    edit(
        "layout-strings",
        "quotes, prefixes, continuation and triple quotes",
        {
            "steps.py": (
                "def train():\n"
                "    a = 'it\\'s' + \"x\"\n"
                '    b = u"word"\n'
                '    c = "line one\\nline two"\n'
                "    d = 'a' \"b\" 'c'\n"
                "    return a, b, c, d, rb\"\\d\", f'{a!r:>10}'\n"
            ),
        },
        {
            "steps.py": (
                "def train():\n"
                '    a = "it\'s" \\\n'
                "        + 'x'\n"
                "    b = 'word'\n"
                '    c = """line one\n'
                'line two"""\n'
                '    d = ("ab"\n'
                '         "c")\n'
                "    return (a, b, c, d,\n"
                "            Rb'\\d', f\"{a!r:>10}\")\n"
            ),
        },
        fresh="train",
    ),
    edit(
        "layout-fstring-joined",
        "an f-string in two pieces is the same string",
        {
            "steps.py": """
            def train():
                n = 1
                return f'a{n}b{n}'
            """,
        },
        {
            "steps.py": ("f'a{n}b{n}'", "(f'a{n}'\n            f'b{n}')"),
        },
        fresh="train",
    ),
    edit(
        "layout-fstring-literal-joined",
        "an f-string that begins with a plain one",
        {
            "steps.py": """
            def train():
                n = 1
                return f'ab{n}'
            """,
        },
        {
            "steps.py": ("f'ab", "'ab' f'"),
        },
        fresh="train",
    ),
    edit(
        "layout-semicolons",
        "statements on one line",
        {
            "steps.py": """
            def train():
                a = 1
                b = 2
                if a: b = 3
                return a + b
            """,
        },
        {
            "steps.py": ("1\n    b = 2\n    if a:", "1; b = 2\n    if a:\n       "),
        },
        fresh="train",
    ),
    edit(
        "layout-parentheses",
        "parentheses that change nothing",
        {
            "steps.py": """
            def train():
                with open('steps.py') as f, open('steps.py') as g:
                    pass
                x = not (1 in [2])
                for i in (1, 2):
                    del (i)
                return (1 + 2) * 3, (yes := 4), x
            """,
        },
        {
            "steps.py": """
            def train():
                with (open('steps.py') as f, open('steps.py') as g,):
                    pass
                x = (not 1 in [2])
                for (i) in 1, 2:
                    del i
                return ((1 + 2)) * 3, (yes := (4)), x
            """,
        },
        fresh="train",
    ),
    edit(
        "layout-precedence",
        "parentheses that change everything",
        {
            "steps.py": """
            def train():
                return 1 + 2 * 3
            """,
        },
        {
            "steps.py": ("1 + 2", "(1 + 2)"),
        },
        stale="train",
    ),
    edit(
        "layout-decorators-spaced",
        "blank lines and comments between a decorator and its function",
        {
            "steps.py": """
            import functools
            @functools.cache
            def f():
                return 1
            def train():
                return f()
            """,
        },
        {
            "steps.py": """
            import functools


            @functools.cache  # kept
            # a comment
            def f(
            ):
                # more
                return 1


            def train():
                return f()

            # end
            """,
        },
        fresh="train",
    ),
    edit(
        "layout-docstring-forms",
        "a docstring is written, changed, or taken away",
        {
            "steps.py": (
                "class A:\n"
                '    """Old."""\n'
                "    x = 1\n"
                "    def f(self):\n"
                "        return self.x\n"
                "async def g():\n"
                "    return 2\n"
                "def train():\n"
                "    return A().f()\n"
            ),
        },
        {
            "steps.py": (
                "class A:\n"
                "    x = 1\n"
                "    def f(self):\n"
                '        "New."\n'
                "        return self.x\n"
                "async def g():\n"
                '    """G."""\n'
                "    return 2\n"
                "def train():\n"
                '    r"""Train \\d."""\n'
                "    return A().f()\n"
            ),
        },
        fresh="train",
    ),
    edit(
        "layout-docstring-only-body",
        "a body of a docstring, of pass, of an ellipsis",
        {
            "steps.py": (
                "class E(Exception):\n"
                '    """Error."""\n'
                "def hook(x):\n"
                "    pass\n"
                "def train():\n"
                "    hook(1)\n"
                "    return E.__name__\n"
            ),
        },
        {
            "steps.py": ('"""Error."""\ndef hook(x):\n    pass', "pass\ndef hook(x):\n    ..."),
        },
        fresh="train",
    ),
    edit(
        "layout-tabs",
        "tabs for spaces",
        {
            "steps.py": """
            def train():
                if True:
                    return 1
                return 2
            """,
        },
        {
            "steps.py": ("    if True:\n        return 1\n    return", "\tif True:\n\t\treturn 1\n\treturn"),
        },
        fresh="train",
    ),
    edit(
        "layout-else-if",
        "an else that holds one if is an elif, in a loop with an else",
        {
            "steps.py": """
            def train():
                for i in range(3):
                    if i == 1:
                        continue
                    elif i == 2:
                        break
                else:
                    return 'none'
                return i
            """,
        },
        {
            "steps.py": ("elif i == 2:\n", "else:\n            if i == 2:\n    "),
        },
        fresh="train",
    ),
    edit(
        "layout-noqa",
        "comments that are for tools",
        {
            "steps.py": """
            import os
            def train():
                x = 1
                return x
            """,
        },
        {
            "steps.py": """
            import os  # noqa: F401
            def train():  # type: () -> int
                # fmt: off
                x = 1  # type: int
                # pragma: no cover
                return x  # pylint: disable=all
            """,
        },
        fresh="train",
    ),
    edit(
        "layout-main-guard-forms",
        "what is below if __name__ == '__main__', written either way",
        {
            "steps.py": """
            def train():
                return 1
            if '__main__' == __name__:
                print(1)
            """,
        },
        {
            "steps.py": (
                "'__main__' == __name__:\n    print(1",
                '__name__ == "__main__":\n    import sys\n    sys.exit(train()',
            ),
        },
        fresh="train",
    ),
    edit(
        "layout-all",
        "__all__ of the module of the step",
        {
            "steps.py": """
            __all__ = ['train']
            def train():
                return 1
            def other():
                return 2
            """,
        },
        {
            "steps.py": ("train'", "train', 'other'"),
        },
        fresh="train other",
    ),
    edit(
        "layout-module-docstring",
        "the docstring of the module",
        {
            "steps.py": '"""Steps."""\ndef train():\n    return 1\n',
        },
        {
            "steps.py": ("Steps.", "The steps.\n\nMore.\n"),
        },
        fresh="train",
    ),
    edit(
        "layout-module-docstring-read",
        "the docstring of the module as a text that is used",
        {
            "steps.py": '"""Steps."""\ndef train():\n    return __doc__\n',
        },
        {
            "steps.py": ('"""Steps', '"""The steps'),
        },
        stale="train",
    ),
    edit(
        "layout-shebang-encoding",
        "a shebang and an encoding that say what holds anyway",
        {
            "steps.py": """
            def train():
                return 'é'
            """,
        },
        {
            "steps.py": ("def", "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\ndef"),
        },
        fresh="train",
    ),
    edit(
        "types-local-declared",
        "a local variable is declared with a type before it is bound",
        {
            "steps.py": """
            def train():
                total = 0
                for i in range(3):
                    total += i
                return total
            """,
        },
        {
            "steps.py": ("total = 0", "total: int = 0\n    i: int"),
        },
        fresh="train",
    ),
    edit(
        "types-function-signature",
        "the annotations of a function, a method and a nested function",
        {
            "steps.py": """
            class M:
                def __init__(self, n):
                    self.n = n
                def get(self):
                    def inner(x):
                        return x
                    return inner(self.n)
            def helper(x, *a, k=1, **kw):
                return x
            def train():
                return helper(M(1).get())
            """,
        },
        {
            "steps.py": """
            from __future__ import annotations
            from typing import Any
            class M:
                def __init__(self, n: int) -> None:
                    self.n: int = n
                def get(self) -> int:
                    def inner(x: int) -> int:
                        return x
                    return inner(self.n)
            def helper(x: int, *a: Any, k: int = 1, **kw: Any) -> int:
                return x
            def train() -> int:
                return helper(M(1).get())
            """,
        },
        fresh="train",
    ),
    edit(
        "types-constant-final",
        "a constant is said to be final",
        {
            "steps.py": """
            N = 3
            def train():
                return N
            """,
        },
        {
            "steps.py": ("N ", "from typing import Final\nN: Final[int] "),
        },
        fresh="train",
    ),
    edit(
        "types-blind-decorators",
        "annotations below a property, a cache, a static and a class method",
        {
            "steps.py": """
            from functools import cache
            @cache
            def f(x):
                return x
            class A:
                @property
                def p(self):
                    return 1
                @staticmethod
                def s(x):
                    return x
                @classmethod
                def c(cls, x):
                    return x
            def train():
                return f(1), A().p, A.s(1), A.c(1)
            """,
        },
        {
            "steps.py": """
            from functools import cache
            @cache
            def f(x: int) -> int:
                return x
            class A:
                @property
                def p(self) -> int:
                    return 1
                @staticmethod
                def s(x: int) -> int:
                    return x
                @classmethod
                def c(cls, x: int) -> int:
                    return x
            def train():
                return f(1), A().p, A.s(1), A.c(1)
            """,
        },
        fresh="train",
    ),
    edit(
        "types-overload",
        "overloads are declared for a helper",
        {
            "steps.py": """
            def f(x):
                return x
            def train():
                return f(1)
            """,
        },
        {
            "steps.py": """
            from typing import overload
            @overload
            def f(x: int) -> int: ...
            @overload
            def f(x: str) -> str: ...
            def f(x):
                return x
            def train():
                return f(1)
            """,
        },
        fresh="train",
    ),
    edit(
        "types-overload-method",
        "overloads of typing in a module under its name",
        {
            "steps.py": """
            def f(x):
                return x
            def train():
                return f(1)
            """,
        },
        {
            "steps.py": """
            import typing as t
            @t.overload
            def f(x: int) -> int: ...
            @t.overload
            def f(x: str) -> str: ...
            def f(x):
                return x
            def train():
                return f(1)
            """,
        },
        fresh="train",
    ),
    edit(
        "types-alias-added",
        "an alias of types that annotations use",
        {
            "steps.py": """
            def f(x):
                return x
            def train():
                return f(1)
            """,
        },
        {
            "steps.py": """
            from typing import Union, TypeVar
            Number = Union[int, float]
            T = TypeVar('T')
            def f(x: Number) -> Number:
                return x
            def train():
                return f(1)
            """,
        },
        fresh="train",
    ),
    edit(
        "types-ignore-import",
        "imports of types under TYPE_CHECKING, in either spelling",
        {
            "steps.py": """
            def f(x):
                return x
            def train():
                return f(1)
            """,
        },
        {
            "steps.py": """
            import typing
            TYPE_CHECKING = False
            if TYPE_CHECKING:
                from nowhere import Thing
            if typing.TYPE_CHECKING:
                import elsewhere
            def f(x: 'Thing') -> 'elsewhere.X':
                return x
            def train():
                return f(1)
            """,
        },
        fresh="train",
    ),
    edit(
        "types-fullargspec",
        "annotations that inspect.getfullargspec tells",
        {
            "steps.py": """
            import inspect
            def f(x: int):
                return x
            def train():
                return inspect.getfullargspec(f).annotations["x"].__name__
            """,
        },
        {
            "steps.py": ("int", "str"),
        },
        stale="train",
    ),
    edit(
        "types-signature-from-import",
        "signature imported under another name",
        {
            "steps.py": """
            from inspect import signature as sig
            def f(x: int):
                return x
            def train():
                return str(sig(f))
            """,
        },
        {
            "steps.py": ("int", "str"),
        },
        stale="train",
    ),
    edit(
        "types-read-by-decorator",
        "a decorator of another module converts by the annotations",
        {
            "steps.py": """
            from conv import convert
            @convert
            def f(x: int):
                return x
            def train():
                return f("3")
            """,
            "conv.py": """
            def convert(f):
                hints = f.__annotations__
                def w(x):
                    return hints["x"](x)
                return w
            """,
        },
        {
            "steps.py": ("def f(x: int", "def f(x: float"),
        },
        stale="train",
    ),
    edit(
        "types-read-by-class-decorator",
        "a class decorator of another module reads the annotations of methods",
        {
            "steps.py": """
            from conv import convert
            @convert
            class M:
                def run(self, x: int):
                    return x
            def train():
                return M().run("3")
            """,
            "conv.py": """
            import typing
            def convert(cls):
                hints = typing.get_type_hints(cls.run)
                old = cls.run
                cls.run = lambda self, x: old(self, hints["x"](x))
                return cls
            """,
        },
        {
            "steps.py": ("    def run(self, x: int", "    def run(self, x: float"),
        },
        stale="train",
    ),
    edit(
        "types-read-by-base",
        "a base class reads the annotations of a subclass's class body",
        {
            "steps.py": """
            from base import Settings
            class Cfg(Settings):
                lr: float = 1
            def train():
                return Cfg().lr
            """,
            "base.py": """
            class Settings:
                def __init__(self):
                    for name, kind in type(self).__annotations__.items():
                        setattr(self, name, kind(getattr(type(self), name)))
            """,
        },
        {
            "steps.py": ("float", "str"),
        },
        stale="train",
    ),
    edit(
        "types-annotated-metadata",
        "metadata in Annotated that is read at run time",
        {
            "steps.py": """
            from typing import Annotated, get_type_hints
            class Cfg:
                lr: Annotated[float, "0.1"]
            def train():
                return get_type_hints(Cfg, include_extras=True)["lr"].__metadata__
            """,
        },
        {
            "steps.py": ("1", "2"),
        },
        stale="train",
    ),
]
