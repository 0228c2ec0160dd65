"""Functions: decorators, closures, defaults, scopes, eval."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "function-partial",
        "a partial of a helper at the top level",
        {
            S: """
            import functools
            def f(a, b):
                return a + b
            g = functools.partial(f, 1)
            def train():
                return g(2)
            """,
        },
        {
            S: ("a + b", "a - b"),
        },
        stale="train",
    ),
    edit(
        "function-partial-argument",
        "the argument of a partial",
        {
            S: """
            import functools
            def f(a, b):
                return a + b
            g = functools.partial(f, 1)
            def train():
                return g(2)
            """,
        },
        {
            S: ("f, 1", "f, 5"),
        },
        stale="train",
    ),
    edit(
        "function-closure-factory",
        "a closure made by a factory of another module",
        {
            S: """
            from make import adder
            add = adder(2)
            def train():
                return add(1)
            """,
            "make.py": """
            STEP = 1
            def adder(n):
                def add(x):
                    return x + n * STEP
                return add
            """,
        },
        {
            "make.py": ("STEP = 1", "STEP = 2"),
        },
        stale="train",
    ),
    edit(
        "function-lambda-in-dict",
        "a lambda in a table",
        {
            S: """
            TABLE = {'a': lambda x: x + 1}
            def train():
                return TABLE['a'](1)
            """,
        },
        {
            S: ("x + 1", "x + 2"),
        },
        stale="train",
    ),
    edit(
        "function-default-call",
        "a default that is computed when the function is defined",
        {
            S: """
            def base():
                return 1
            def f(n=base()):
                return n
            def train():
                return f()
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "function-keyword-only-default",
        "the default of a keyword-only parameter that is None before",
        {
            S: """
            def f(*, a, b=1):
                return a, b
            def train():
                return f(a=2)
            """,
        },
        {
            S: ("b=1", "b=2"),
        },
        stale="train",
    ),
    edit(
        "function-redefined",
        "a definition is followed by another of the same name",
        {
            S: """
            def f():
                return 1
            def train():
                return f()
            """,
        },
        {
            S: """
            def f():
                return 1
            def train():
                return f()
            def f():
                return 2
            """,
        },
        stale="train",
    ),
    edit(
        "function-conditional",
        "a definition under an if whose condition is a constant of another module",
        {
            S: """
            from conf import FAST
            if FAST:
                def f():
                    return 1
            else:
                def f():
                    return 2
            def train():
                return f()
            """,
            "conf.py": "FAST = True\n",
        },
        {
            "conf.py": ("True", "False"),
        },
        stale="train",
    ),
    edit(
        "function-decorator-wraps",
        "the wrapper of a decorator that uses a constant of its own module",
        {
            S: """
            from deco import scaled
            @scaled
            def f():
                return 2
            def train():
                return f()
            """,
            "deco.py": """
            import functools
            BY = 3
            def scaled(f):
                @functools.wraps(f)
                def w():
                    return f() * BY
                return w
            """,
        },
        {
            "deco.py": ("BY = 3", "BY = 4"),
        },
        stale="train",
    ),
    edit(
        "function-generator",
        "a helper that is a generator delegating to another",
        {
            S: """
            def inner():
                yield 1
            def outer():
                yield from inner()
            def train():
                return list(outer())
            """,
        },
        {
            S: ("yield 1", "yield 2"),
        },
        stale="train",
    ),
    edit(
        "function-global-hides-builtin",
        "a new helper that hides a builtin",
        {
            S: """
            def train():
                return sum([1, 2])
            """,
        },
        {
            S: """
            def sum(x):
                return 0
            def train():
                return sum([1, 2])
            """,
        },
        stale="train",
    ),
    edit(
        "function-local-hides-helper",
        "a local variable of the name of a helper is no reference",
        {
            S: """
            def size():
                return 1
            def train():
                size = 3
                return size
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        fresh="train",
    ),
    edit(
        "function-parameter-hides-helper",
        "a parameter of the name of a helper is no reference",
        {
            S: """
            def size():
                return 1
            def f(size):
                return size
            def train():
                return f(3)
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        fresh="train",
    ),
    edit(
        "function-comprehension-scope",
        "the variable of a comprehension hides a constant",
        {
            S: """
            n = 1
            def train():
                return [n for n in range(3)]
            """,
        },
        {
            S: ("n = 1", "n = 2"),
        },
        fresh="train",
    ),
    edit(
        "function-comprehension-first-iterable",
        "the first iterable of a comprehension is outside of its scope",
        {
            S: """
            n = [1, 2]
            def train():
                return [n for n in n]
            """,
        },
        {
            S: """
            n = [1, 3]
            def train():
                return [n for n in globals()['n']]
            """,
        },
        stale="train",
    ),
    edit(
        "function-walrus",
        "a walrus in a comprehension binds the function's local",
        {
            S: """
            last = 5
            def train():
                [last := x for x in (1, 2)]
                return last
            """,
        },
        {
            S: ("last = 5", "last = 6"),
        },
        fresh="train",
    ),
    edit(
        "function-match",
        "a match statement with a class pattern and a constant",
        {
            S: """
            import kinds
            class Box:
                __match_args__ = ("n",)
                def __init__(self, n):
                    self.n = n
            def train():
                match Box(2):
                    case Box(kinds.TWO):
                        return "two"
                    case Box(other):
                        return other
            """,
            "kinds.py": "TWO = 2\n",
        },
        {
            "kinds.py": ("TWO = 2", "TWO = 3"),
        },
        stale="train",
    ),
    edit(
        "function-match-capture",
        "a capture in a match hides a constant",
        {
            S: """
            x = 1
            def train():
                match 3:
                    case x:
                        return x
            """,
        },
        {
            S: ("x = 1", "x = 2"),
        },
        fresh="train",
    ),
    edit(
        "function-class-scope",
        "a method sees the module's name, not the class's",
        {
            S: """
            n = 1
            class A:
                n = 2
                def get(self):
                    return n
            def train():
                return A().get()
            """,
        },
        {
            S: ("n = 1", "n = 3"),
        },
        stale="train",
    ),
    edit(
        "function-nonlocal",
        "nonlocal counters stay in their function",
        {
            S: """
            count = 100
            def make():
                count = 0
                def inc():
                    nonlocal count
                    count += 1
                    return count
                return inc
            def train():
                return make()()
            """,
        },
        {
            S: ("count = 100", "count = 101"),
        },
        fresh="train",
    ),
    edit(
        "function-eval",
        "eval may use any name of its module",
        {
            S: """
            K = 1
            def train():
                return eval('K + 1')
            """,
        },
        {
            S: ("K = 1", "K = 2"),
        },
        stale="train",
    ),
    edit(
        "function-globals",
        "globals()[name] may be any name of its module",
        {
            S: """
            def run_a():
                return 1
            def train():
                return globals()['run_' + 'a']()
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "function-sys-modules",
        "getattr(sys.modules[__name__], ...) may be any name of its module",
        {
            S: """
            import sys
            def run_a():
                return 1
            def train():
                return getattr(sys.modules[__name__], 'run_a')()
            """,
        },
        {
            S: ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "function-docstring-read",
        "a step that returns the docstring of a helper depends on it",
        {
            S: """
            def f():
                '''one'''
            def train():
                return f.__doc__
            def other():
                return f()
            """,
        },
        {
            S: ("one", "two"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "function-annotations-read",
        "a step that reads the annotations of a helper depends on them",
        {
            S: """
            import typing
            def f(x: int):
                return x
            def train():
                return str(typing.get_type_hints(f))
            def other():
                return f(1)
            """,
        },
        {
            S: ("x: int", "x: str"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "helper-globals",
        "globals()[name] in a helper's module",
        {
            S: """
            from h import call
            def train():
                return call('a')
            """,
            "h.py": """
            def f_a():
                return 1
            def call(n):
                return globals()['f_'+n]()
            """,
        },
        {
            "h.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "function-builtins-eval",
        "eval by another name",
        {
            S: """
            import builtins
            K=1
            def train():
                return builtins.eval('K', globals.__call__())
            """,
        },
        {
            S: ("K=1", "K=2"),
        },
        stale="train",
    ),
]
