"""Classes inside artifacts: a step is handed an object and calls what the object's class does."""

from __future__ import annotations

from edits_with_inputs.edit import Edit

_MAKE_AND_USE = """\
    from {package}.models import Model


    @step
    def make(x: int = 3) -> object:
        return Model(x)


    @step
    def use(model: object) -> object:
        return {use}


    @step
    def after(value: object) -> str:
        return str(value)
"""
_FLOW = """\
    from {package}.steps import after, make, use


    @pipeline
    def flow():
        model = make()
        value = use(model)
        text = after(value)
"""
_USED = {"make": "either", "use": "run", "after": "run"}
_SAME = {"make": "either", "use": "run", "after": "cached"}
_CACHED = {"make": "cached", "use": "cached", "after": "cached"}


def _edit(
    name: str,
    why: str,
    models: str,
    use: str,
    change: tuple[str, str],
    expected: dict[str, str] = _USED,
    file: str = "models.py",
    **others: str,
) -> Edit:
    """Return an edit of a class whose object one step makes and another uses."""
    files = {
        "models.py": models,
        "steps.py": _MAKE_AND_USE.format(package=name, use=use),
        "flow.py": _FLOW.format(package=name),
        **{f"{module}.py": text for module, text in others.items()},
    }
    return Edit(name, why, files, (file, *change), expected)


_PLAIN = """\
    class Model:
        def __init__(self, x):
            self.x = x

        def predict(self):
            return self.x * 2

        def other(self):
            return 0
"""

EDITS = (
    _edit("method", "a method that only the consumer calls", _PLAIN, "model.predict()", ("* 2", "* 3")),
    _edit(
        "comment_in_class",
        "a comment in the class of an artifact is nothing",
        _PLAIN,
        "model.predict()",
        ("class Model:", "class Model:\n    # a model"),
        _CACHED,
    ),
    _edit(
        "docstring_in_class",
        "nor is a docstring",
        _PLAIN,
        "model.predict()",
        ("def predict(self):", 'def predict(self):\n        """Predict."""'),
        _CACHED,
    ),
    _edit(
        "method_helper",
        "what a method calls in another module",
        """\
        from method_helper.tools import double

        class Model:
            def __init__(self, x):
                self.x = x

            def predict(self):
                return double(self.x)
        """,
        "model.predict()",
        ("x + x", "x + x + 1"),
        file="tools.py",
        tools="def double(x):\n    return x + x\n",
    ),
    _edit(
        "method_constant",
        "a module constant that a method reads",
        """\
        FACTOR = 2

        class Model:
            def __init__(self, x):
                self.x = x

            def predict(self):
                return self.x * FACTOR
        """,
        "model.predict()",
        ("FACTOR = 2", "FACTOR = 5"),
    ),
    _edit(
        "base_class",
        "a method of the base class, in another module",
        """\
        from base_class.bases import Base

        class Model(Base):
            pass
        """,
        "model.predict()",
        ("* 2", "* 3"),
        file="bases.py",
        bases="""\
        class Base:
            def __init__(self, x):
                self.x = x

            def predict(self):
                return self.x * 2
        """,
    ),
    _edit(
        "subclass_from_factory",
        "the class that a factory picks by a value",
        """\
        class Small:
            def predict(self):
                return "small"

        class Large:
            def predict(self):
                return "large"

        KINDS = {"small": Small, "large": Large}

        def Model(x):
            return KINDS["large" if x > 2 else "small"]()
        """,
        "model.predict()",
        ('return "large"', 'return "LARGE"'),
    ),
    _edit(
        "dataclass_property",
        "a property of a dataclass",
        """\
        from dataclasses import dataclass

        @dataclass
        class Model:
            x: int

            @property
            def area(self):
                return self.x ** 2
        """,
        "model.area",
        ("** 2", "** 3"),
    ),
    _edit(
        "dataclass_default",
        "the default of a dataclass's field",
        """\
        from dataclasses import dataclass

        @dataclass
        class Model:
            x: int
            y: int = 4
        """,
        "model.y",
        ("y: int = 4", "y: int = 5"),
    ),
    _edit(
        "named_tuple_method",
        "a method of a NamedTuple that is one value",
        """\
        from typing import NamedTuple

        class Pair(NamedTuple):
            x: int

            def doubled(self):
                return self.x * 2

        def Model(x):
            return [Pair(x)]
        """,
        "model[0].doubled()",
        ("* 2", "* 3"),
    ),
    _edit(
        "enum_method",
        "a method of an enum's member",
        """\
        from enum import Enum

        class Kind(Enum):
            ONE = 1

            def told(self):
                return f"kind {self.value}"

        def Model(x):
            return Kind.ONE
        """,
        "model.told()",
        ('f"kind {', 'f"the kind {'),
    ),
    _edit(
        "deep_in_a_list",
        "an object deep inside of containers",
        _PLAIN.replace("class Model:", "class Inner:")
        + "\n    def Model(x):\n        return {'all': [(1, Inner(x))]}\n",
        "model['all'][0][1].predict()",
        ("* 2", "* 3"),
    ),
    _edit(
        "composition",
        "an object that an object holds",
        """\
        from composition.parts import Part

        class Model:
            def __init__(self, x):
                self.part = Part(x)

            def predict(self):
                return self.part.value()
        """,
        "model.predict()",
        ("return self.x", "return -self.x"),
        file="parts.py",
        parts="""\
        class Part:
            def __init__(self, x):
                self.x = x

            def value(self):
                return self.x
        """,
    ),
    _edit(
        "added",
        "an operator that the consumer uses",
        _PLAIN + "\n        def __add__(self, other):\n            return self.x + other\n",
        "model + 1",
        ("self.x + other", "self.x - other"),
    ),
    _edit(
        "iteration",
        "how an object is iterated",
        _PLAIN + "\n        def __iter__(self):\n            return iter(range(self.x))\n",
        "list(model)",
        ("range(self.x)", "range(self.x + 1)"),
    ),
    _edit(
        "formatting",
        "how an object is formatted",
        _PLAIN + "\n        def __format__(self, spec):\n            return f'<{self.x}>'\n",
        "f'{model}'",
        ("<{self.x}>", "[{self.x}]"),
    ),
    _edit(
        "getattr",
        "attributes that are made up",
        _PLAIN + "\n        def __getattr__(self, name):\n            if name.startswith('_'):\n"
        "                raise AttributeError(name)\n            return name.upper()\n",
        "model.anything",
        ("name.upper()", "name.title()"),
    ),
    _edit(
        "cached_property",
        "a cached property",
        """\
        from functools import cached_property

        class Model:
            def __init__(self, x):
                self.x = x

            @cached_property
            def total(self):
                return self.x + 10
        """,
        "model.total",
        ("+ 10", "+ 20"),
    ),
    _edit(
        "rebuilt",
        "the function that rebuilds an object",
        """\
        def rebuild(x):
            return Model(x + 100)

        class Model:
            def __init__(self, x):
                self.x = x

            def __reduce__(self):
                return rebuild, (self.x,)
        """,
        "model.x",
        ("x + 100", "x + 200"),
    ),
    _edit(
        "state",
        "how an object takes its state",
        _PLAIN + "\n        def __setstate__(self, state):\n            self.x = state['x'] + 1\n",
        "model.x",
        ("+ 1", "+ 2"),
    ),
    _edit(
        "mixin",
        "the order of bases",
        """\
        class A:
            def name(self):
                return "A"

        class B:
            def name(self):
                return "B"

        class Model(A, B):
            def __init__(self, x):
                self.x = x
        """,
        "model.name()",
        ("Model(A, B)", "Model(B, A)"),
    ),
    _edit(
        "metaclass",
        "what a metaclass adds",
        """\
        class Meta(type):
            def __new__(meta, name, bases, body):
                body["added"] = lambda self: 1
                return super().__new__(meta, name, bases, body)

        class Model(metaclass=Meta):
            def __init__(self, x):
                self.x = x
        """,
        "model.added()",
        ("lambda self: 1", "lambda self: 2"),
    ),
    _edit(
        "class_decorator",
        "what a decorator does to the class",
        """\
        def named(cls):
            cls.label = "plain"
            return cls

        @named
        class Model:
            def __init__(self, x):
                self.x = x
        """,
        "model.label",
        ('"plain"', '"fancy"'),
    ),
    _edit(
        "patched_class",
        "a method that another statement puts into the class",
        """\
        class Model:
            def __init__(self, x):
                self.x = x

        def predict(self):
            return self.x

        Model.predict = predict
        """,
        "model.predict()",
        ("return self.x", "return self.x + 1"),
    ),
    _edit(
        "same_result",
        "a method that computes the same in another way runs, and what follows does not",
        _PLAIN,
        "model.predict()",
        ("self.x * 2", "self.x + self.x"),
        _SAME,
    ),
    _edit(
        "class_beside",
        "a class that no artifact is of",
        _PLAIN + "\n\n    class Unrelated:\n        def predict(self):\n            return 1\n",
        "model.predict()",
        ("return 1", "return 2"),
        _CACHED,
    ),
)
