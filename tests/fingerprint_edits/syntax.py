"""Parameters, patterns, generators, coroutines, exceptions, closures."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "param-positional-only",
        "a parameter becomes positional only",
        {
            "steps.py": """
            def f(x, /, **k):
                return k
            def train():
                return f(1, **{"x": 2}) if "/" else 0
            def other():
                return 1
            """,
        },
        {
            "steps.py": ("x, /", "y, /, x=0"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "param-kwonly-default-constant",
        "the default of a keyword-only parameter is a constant of another module",
        {
            "steps.py": """
            from h import f
            def train():
                return f(1)
            """,
            "h.py": """
            import c
            def f(x, *, by=c.BY):
                return x * by
            """,
            "c.py": """
            BY = 2
            """,
        },
        {
            "c.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "param-renamed-kwargs",
        "a renamed parameter changes what **kwargs takes",
        {
            "steps.py": """
            def f(lr=0, **more):
                return sorted(more)
            def train():
                return f(**{"lr": 1, "wd": 2})
            """,
        },
        {
            "steps.py": ("f(lr", "f(wd"),
        },
        stale="train",
    ),
    edit(
        "param-star-args-order",
        "the order in which *args are handed on",
        {
            "steps.py": """
            def f(a, b):
                return a - b
            def g(*args, **kw):
                return f(*args, **kw)
            def train():
                return g(1, 2)
            """,
        },
        {
            "steps.py": ("f(*args", "f(*reversed(args)"),
        },
        stale="train",
    ),
    edit(
        "param-unpacked-config",
        "a dictionary of another module is unpacked into a call",
        {
            "steps.py": """
            from conf import P
            def f(lr, wd=0):
                return lr + wd
            def train():
                return f(**P)
            """,
            "conf.py": """
            P = dict(lr=1)
            Q = dict(lr=2)
            """,
        },
        {
            "conf.py": ("1", "3"),
        },
        stale="train",
    ),
    edit(
        "param-unpacked-config-neighbour",
        "another dictionary of that module",
        {
            "steps.py": """
            from conf import P
            def f(lr, wd=0):
                return lr + wd
            def train():
                return f(**P)
            """,
            "conf.py": """
            P = dict(lr=1)
            Q = dict(lr=2)
            """,
        },
        {
            "conf.py": ("2", "3"),
        },
        fresh="train",
    ),
    edit(
        "match-or-pattern",
        "an alternative in a pattern",
        {
            "steps.py": """
            def train():
                match {"kind": "b"}:
                    case {"kind": "a" | "b"}:
                        return 1
                    case _:
                        return 2
            """,
        },
        {
            "steps.py": ('| "b', '| "c'),
        },
        stale="train",
    ),
    edit(
        "match-guard-helper",
        "a guard calls a helper of another module",
        {
            "steps.py": """
            import rules
            def train():
                match [1, 2]:
                    case [a, *rest] if rules.ok(a):
                        return rest
                    case _:
                        return None
            """,
            "rules.py": """
            def ok(x):
                return x > 0
            """,
        },
        {
            "rules.py": ("0", "1"),
        },
        stale="train",
    ),
    edit(
        "match-value-pattern",
        "a constant of an enumeration in a pattern",
        {
            "steps.py": """
            from kinds import Kind
            def train():
                match "a":
                    case Kind.A:
                        return 1
                    case _:
                        return 2
            """,
            "kinds.py": """
            class Kind:
                A = 'a'
                B = 'b'
            """,
        },
        {
            "kinds.py": ("'a", "'x"),
        },
        stale="train",
    ),
    edit(
        "match-args",
        "__match_args__ of a class of another module",
        {
            "steps.py": """
            from shapes import P
            def train():
                match P():
                    case P(x):
                        return x
            """,
            "shapes.py": """
            class P:
                __match_args__ = ('a',)
                a = 1
                b = 2
            """,
        },
        {
            "shapes.py": ("'a", "'b"),
        },
        stale="train",
    ),
    edit(
        "match-at-module-level",
        "a match statement at the top level of another module binds the helper",
        {
            "steps.py": """
            import pick
            def train():
                return pick.f()
            """,
            "pick.py": """
            MODE = "fast"
            match MODE:
                case "fast":
                    def f():
                        return 1
                case _:
                    def f():
                        return 2
            """,
        },
        {
            "pick.py": ('= "fast', '= "slow'),
        },
        stale="train",
    ),
    edit(
        "async-generator",
        "an asynchronous generator of another module",
        {
            "steps.py": """
            import asyncio
            import src
            def train():
                async def main():
                    return [x async for x in src.items()]
                return asyncio.run(main())
            """,
            "src.py": """
            N = 2
            async def items():
                for i in range(N):
                    yield i
            """,
        },
        {
            "src.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "async-context",
        "an asynchronous context manager of another module",
        {
            "steps.py": """
            import asyncio
            import src
            async def main():
                async with src.Session() as s:
                    return await s.get()
            def train():
                return asyncio.run(main())
            """,
            "src.py": """
            class Session:
                async def __aenter__(self):
                    return self
                async def __aexit__(self, *a):
                    return None
                async def get(self):
                    return 1
            """,
        },
        {
            "src.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "generator-yield-from",
        "what a generator yields from, in another module",
        {
            "steps.py": """
            from gen import outer
            def train():
                return list(outer())
            """,
            "gen.py": """
            from inner import inner
            def outer():
                yield from inner()
            """,
            "inner.py": """
            def inner():
                yield 1
            """,
        },
        {
            "inner.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "walrus-in-comprehension-condition",
        "a helper called in a walrus",
        {
            "steps.py": """
            from h import f
            def train():
                return [y for x in (1, 2) if (y := f(x)) > 1]
            """,
            "h.py": """
            def f(x):
                return x + 1
            """,
        },
        {
            "h.py": ("1", "2"),
        },
        stale="train",
    ),
    edit(
        "closure-loop-late-binding",
        "closures made in a loop bind late or early",
        {
            "steps.py": """
            def make():
                return [lambda: i for i in range(3)]
            def train():
                return [f() for f in make()]
            """,
        },
        {
            "steps.py": ("lambda", "lambda i=i"),
        },
        stale="train",
    ),
    edit(
        "closure-factory-in-loop",
        "functions made in a loop at the top level, by name",
        {
            "steps.py": """
            def make(n):
                def f():
                    return n * 2
                return f
            FNS = {}
            for _n in (1, 2):
                FNS[_n] = make(_n)
            def train():
                return FNS[2]()
            """,
        },
        {
            "steps.py": ("* 2", "* 3"),
        },
        stale="train",
    ),
    edit(
        "exception-group",
        "an exception class of another module in except*",
        {
            "steps.py": """
            import errs
            def train():
                try:
                    raise ExceptionGroup("g", [errs.A()])
                except* errs.B:
                    r = "B"
                except* errs.A:
                    r = "A"
                return r
            """,
            "errs.py": """
            class A(Exception):
                pass
            class B(Exception):
                pass
            """,
        },
        {
            "errs.py": ("A(Exception):\n    pass\nclass B(Exception", "B(Exception):\n    pass\nclass A(B"),
        },
        stale="train",
    ),
    edit(
        "exception-base",
        "what a handler catches is decided by a base in another module",
        {
            "steps.py": """
            import errs
            def train():
                try:
                    raise errs.Bad()
                except ValueError:
                    return "value"
                except Exception:
                    return "other"
            """,
            "errs.py": """
            class Bad(Exception):
                pass
            """,
        },
        {
            "errs.py": ("Exception", "ValueError"),
        },
        stale="train",
    ),
    edit(
        "assert-condition",
        "the condition of an assertion",
        {
            "steps.py": """
            def train():
                try:
                    assert 1 > 0
                except AssertionError:
                    return "failed"
                return "ok"
            """,
        },
        {
            "steps.py": ("1 > 0", "0 > 1"),
        },
        stale="train",
    ),
    edit(
        "debug-branch",
        "what is below if __debug__",
        {
            "steps.py": """
            MODE = "x"
            if __debug__:
                MODE = "debug"
            def train():
                return MODE
            """,
        },
        {
            "steps.py": ('"debug', '"checked'),
        },
        stale="train",
    ),
    edit(
        "lambda-key",
        "the key by which a helper of another module sorts",
        {
            "steps.py": """
            from h import top
            def train():
                return top([3, -5, 1])
            """,
            "h.py": """
            KEY = lambda x: abs(x)
            def top(xs):
                return max(xs, key=KEY)
            """,
        },
        {
            "h.py": ("abs(x)", "x"),
        },
        stale="train",
    ),
    edit(
        "unpack-star-call",
        "a constant list is unpacked at the top level",
        {
            "steps.py": """
            A = [1, 2]
            B = [*A, 3]
            C = {**{'a': 1}}
            def train():
                return B
            def other():
                return C
            """,
        },
        {
            "steps.py": ("2", "5"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "slice-constant",
        "a slice made from constants",
        {
            "steps.py": """
            LO, HI = 0, 2
            PART = slice(LO, HI)
            def train():
                return [1, 2, 3][PART]
            """,
        },
        {
            "steps.py": ("0", "1"),
        },
        stale="train",
    ),
    edit(
        "format-spec-constant",
        "a constant in a format specification",
        {
            "steps.py": """
            WIDTH = 5
            def train():
                return f'{1:>{WIDTH}}'
            """,
        },
        {
            "steps.py": ("5", "6"),
        },
        stale="train",
    ),
    edit(
        "template-percent",
        "a template of another module, by %",
        {
            "steps.py": """
            from t import T
            def train():
                return T % 3
            """,
            "t.py": """
            T = 'n=%d'
            U = 'm=%d'
            """,
        },
        {
            "t.py": ("n=", "n: "),
        },
        stale="train",
    ),
    edit(
        "global-in-nested",
        "a nested function sets a global that the step reads",
        {
            "steps.py": """
            N = 0
            def setup():
                def inner():
                    global N
                    N = 2
                inner()
            setup()
            def train():
                return N
            """,
        },
        {
            "steps.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "try-name-error",
        "a name that is missing is made by a handler",
        {
            "steps.py": """
            try:
                LIMIT
            except NameError:
                LIMIT = 5
            def train():
                return LIMIT
            """,
        },
        {
            "steps.py": ("5", "6"),
        },
        stale="train",
    ),
    edit(
        "while-else-top",
        "a loop at the top level computes a constant",
        {
            "steps.py": """
            n = 0
            while n < 5:
                n += 2
            else:
                n *= 10
            def train():
                return n
            """,
        },
        {
            "steps.py": ("10", "11"),
        },
        stale="train",
    ),
    edit(
        "class-in-function",
        "a class made by a function of another module",
        {
            "steps.py": """
            from fac import make
            def train():
                return make(2)().run()
            """,
            "fac.py": """
            def make(k):
                class Model:
                    factor = k
                    def run(self):
                        return self.factor * 2
                return Model
            """,
        },
        {
            "fac.py": ("2", "3"),
        },
        stale="train",
    ),
    edit(
        "type-call-class",
        "a class made by type() from a helper",
        {
            "steps.py": """
            def run(self):
                return 1
            Model = type("Model", (), {"run": run})
            def train():
                return Model().run()
            """,
        },
        {
            "steps.py": ("1", "2"),
        },
        stale="train",
    ),
]
