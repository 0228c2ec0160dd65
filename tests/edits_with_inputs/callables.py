"""Functions inside artifacts and as arguments, steps that call steps, decorators, dispatch."""

from __future__ import annotations

from edits_with_inputs.edit import Edit

EDITS = (
    Edit(
        "partial_artifact",
        "a partial of a project's function is an artifact",
        {
            "tools.py": "def scale(by, x):\n    return by * x\n",
            "steps.py": """\
            from functools import partial

            from partial_artifact import tools


            @step
            def make(by: int = 2) -> object:
                return partial(tools.scale, by)


            @step
            def use(scale: object) -> int:
                return scale(5)
            """,
            "flow.py": """\
            from partial_artifact.steps import make, use


            @pipeline
            def flow():
                scale = make()
                value = use(scale)
            """,
        },
        ("tools.py", "by * x", "by + x"),
        {"make": "either", "use": "run"},
    ),
    Edit(
        "function_artifact",
        "a function is an artifact, chosen by a computed name",
        {
            "tools.py": "def low(x):\n    return x - 1\n\n\ndef high(x):\n    return x + 1\n",
            "steps.py": """\
            from function_artifact import tools


            @step
            def choose(name: str = "high") -> object:
                return getattr(tools, name)


            @step
            def use(function: object) -> int:
                return function(5)
            """,
            "flow.py": """\
            from function_artifact.steps import choose, use


            @pipeline
            def flow():
                function = choose()
                value = use(function)
            """,
        },
        ("tools.py", "return x + 1", "return x + 2"),
        {"choose": "run", "use": "run"},
    ),
    Edit(
        "lambda_artifact",
        "a lambda is an artifact, and what it reaches changes",
        {
            "tools.py": "def inner(x):\n    return x\n",
            "steps.py": """\
            from lambda_artifact.tools import inner


            @step
            def make() -> object:
                return lambda x: inner(x)


            @step
            def use(function: object) -> int:
                return function(5)
            """,
            "flow.py": """\
            from lambda_artifact.steps import make, use


            @pipeline
            def flow():
                function = make()
                value = use(function)
            """,
        },
        ("tools.py", "return x", "return -x"),
        {"make": "run", "use": "run"},
    ),
    Edit(
        "function_argument",
        "a function that the pipeline passes, with what it calls",
        {
            "tools.py": "OFFSET = 1\n\n\ndef shift(x):\n    return x + OFFSET\n",
            "steps.py": """\
            @step
            def start() -> int:
                return 4


            @step
            def apply(x: int, function: object) -> int:
                return function(x)
            """,
            "flow.py": """\
            from function_argument.steps import apply, start
            from function_argument.tools import shift


            @pipeline
            def flow():
                x = start()
                y = apply(x, shift)
            """,
        },
        ("tools.py", "OFFSET = 1", "OFFSET = 2"),
        {"start": "cached", "apply": "run"},
    ),
    Edit(
        "class_argument",
        "a class that the pipeline passes",
        {
            "models.py": "class Model:\n    def predict(self, x):\n        return x + 1\n",
            "steps.py": """\
            @step
            def start() -> int:
                return 4


            @step
            def apply(x: int, kind: type) -> int:
                return kind().predict(x)
            """,
            "flow.py": """\
            from class_argument.models import Model
            from class_argument.steps import apply, start


            @pipeline
            def flow():
                x = start()
                y = apply(x, Model)
            """,
        },
        ("models.py", "return x + 1", "return x + 2"),
        {"start": "cached", "apply": "run"},
    ),
    Edit(
        "instance_argument",
        "an object of a project's dataclass that the pipeline passes: its method",
        {
            "models.py": """\
            from dataclasses import dataclass


            @dataclass(frozen=True)
            class Options:
                rate: float = 0.5

                def doubled(self):
                    return self.rate * 2
            """,
            "steps.py": """\
            @step
            def start() -> int:
                return 4


            @step
            def apply(x: int, options: object) -> float:
                return x * options.doubled()
            """,
            "flow.py": """\
            from instance_argument.models import Options
            from instance_argument.steps import apply, start


            @pipeline
            def flow():
                x = start()
                y = apply(x, Options(0.25))
            """,
        },
        ("models.py", "self.rate * 2", "self.rate * 4"),
        {"start": "cached", "apply": "run"},
    ),
    Edit(
        "enum_argument",
        "a member of an enum that the pipeline passes: its value",
        {
            "models.py": "from enum import Enum\n\n\nclass Kind(Enum):\n    FAST = 1\n    SLOW = 2\n",
            "steps.py": """\
            @step
            def apply(kind: object) -> int:
                return kind.value
            """,
            "flow.py": """\
            from enum_argument.models import Kind
            from enum_argument.steps import apply


            @pipeline
            def flow():
                y = apply(Kind.SLOW)
            """,
        },
        ("models.py", "SLOW = 2", "SLOW = 3"),
        {"apply": "run"},
    ),
    Edit(
        "step_calls_step",
        "a step that calls another one as a function",
        {
            "steps.py": """\
            @step
            def inner(x: int) -> int:
                return x + 1


            @step
            def outer(x: int) -> int:
                return inner(x) * 2


            @step
            def start() -> int:
                return 1
            """,
            "flow.py": """\
            from step_calls_step.steps import outer, start


            @pipeline
            def flow():
                x = start()
                y = outer(x)
            """,
        },
        ("steps.py", "return x + 1", "return x + 2"),
        {"start": "cached", "outer": "run"},
    ),
    Edit(
        "decorated_step",
        "a decorator below @step, in another module",
        {
            "deco.py": """\
            from functools import wraps


            def doubled(function):
                @wraps(function)
                def inner(*args, **kwargs):
                    return function(*args, **kwargs) * 2

                return inner
            """,
            "steps.py": """\
            from decorated_step.deco import doubled


            @step
            def start() -> int:
                return 1


            @step
            @doubled
            def work(x: int) -> int:
                return x + 1
            """,
            "flow.py": """\
            from decorated_step.steps import start, work


            @pipeline
            def flow():
                x = start()
                y = work(x)
            """,
        },
        ("deco.py", "* 2", "* 3"),
        {"start": "cached", "work": "run"},
    ),
    Edit(
        "single_dispatch",
        "an implementation that is registered for the class of an artifact, in a module imported for its effect",
        {
            "models.py": "class Model:\n    pass\n",
            "generic.py": """\
            from functools import singledispatch


            @singledispatch
            def told(value):
                return "something"
            """,
            "impl.py": """\
            from single_dispatch.generic import told
            from single_dispatch.models import Model


            @told.register
            def _(value: Model):
                return "a model"
            """,
            "steps.py": """\
            import single_dispatch.impl
            from single_dispatch.generic import told
            from single_dispatch.models import Model


            @step
            def make() -> object:
                return Model()


            @step
            def use(model: object) -> str:
                return told(model)
            """,
            "flow.py": """\
            from single_dispatch.steps import make, use


            @pipeline
            def flow():
                model = make()
                text = use(model)
            """,
        },
        ("impl.py", '"a model"', '"the model"'),
        {"make": "either", "use": "run"},
    ),
    Edit(
        "lru_cached_helper",
        "a helper behind a cache of functools",
        {
            "tools.py": """\
            from functools import lru_cache


            @lru_cache
            def slow(x):
                return x * 10
            """,
            "steps.py": """\
            from lru_cached_helper.tools import slow


            @step
            def start() -> int:
                return 1


            @step
            def work(x: int) -> int:
                return slow(x)
            """,
            "flow.py": """\
            from lru_cached_helper.steps import start, work


            @pipeline
            def flow():
                x = start()
                y = work(x)
            """,
        },
        ("tools.py", "x * 10", "x * 20"),
        {"start": "cached", "work": "run"},
    ),
    Edit(
        "async_helper",
        "a coroutine that a step runs",
        {
            "tools.py": "async def fetch(x):\n    return x + 1\n",
            "steps.py": """\
            import asyncio

            from async_helper.tools import fetch


            @step
            def start() -> int:
                return 1


            @step
            def work(x: int) -> int:
                return asyncio.run(fetch(x))
            """,
            "flow.py": """\
            from async_helper.steps import start, work


            @pipeline
            def flow():
                x = start()
                y = work(x)
            """,
        },
        ("tools.py", "x + 1", "x + 2"),
        {"start": "cached", "work": "run"},
    ),
)
