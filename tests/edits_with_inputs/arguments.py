"""How a pipeline calls its steps: order, names, defaults, literals, files."""

from __future__ import annotations

from edits_with_inputs.edit import Edit

_STEPS = """\
    DEFAULT = 3


    @step
    def one() -> int:
        return 1


    @step
    def two() -> int:
        return 2


    @step
    def joined(items: object, sign: object = 1, rest: int = DEFAULT) -> list:
        return [items, sign, rest]


    @step
    def minus(x: int, y: int = 2) -> int:
        return x - y
"""


def _edit(
    name: str, why: str, body: str, change: tuple[str, str], expected: dict[str, str], file: str = "flow.py"
) -> Edit:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    flow = f"from {name}.steps import joined, minus, one, two\n\nRATE = 0.5\n\n\n@pipeline\ndef flow():\n{lines}"
    return Edit(name, why, {"steps.py": _STEPS, "flow.py": flow}, (file, *change), expected)


_ONES = {"one": "cached", "two": "cached"}

EDITS = (
    _edit(
        "list_order",
        "the order of artifacts in a list",
        "a = one()\nb = two()\nc = joined([a, b])",
        ("[a, b]", "[b, a]"),
        _ONES | {"joined": "run"},
    ),
    _edit(
        "dict_key",
        "the key of an artifact in a dict",
        "a = one()\nb = two()\nc = joined({'a': a, 'b': b})",
        ("'b': b", "'c': b"),
        _ONES | {"joined": "run"},
    ),
    _edit(
        "list_to_tuple",
        "a tuple instead of a list",
        "a = one()\nb = two()\nc = joined([a, b])",
        ("[a, b]", "(a, b)"),
        _ONES | {"joined": "run"},
    ),
    _edit(
        "swapped",
        "two artifacts change places",
        "a = one()\nb = two()\nc = minus(a, b)",
        ("minus(a, b)", "minus(b, a)"),
        _ONES | {"minus": "run"},
    ),
    _edit(
        "by_keyword",
        "keywords instead of positions change nothing",
        "a = one()\nb = two()\nc = minus(a, b)",
        ("minus(a, b)", "minus(y=b, x=a)"),
        _ONES | {"minus": "cached"},
    ),
    _edit(
        "default_written",
        "a default that is written out changes nothing",
        "a = one()\nc = minus(a)",
        ("minus(a)", "minus(a, 2)"),
        {"one": "cached", "minus": "cached"},
    ),
    _edit(
        "int_to_float",
        "1 and 1.0 differ",
        "a = one()\nc = joined(a, 1)",
        ("joined(a, 1)", "joined(a, 1.0)"),
        {"one": "cached", "joined": "run"},
    ),
    _edit(
        "int_to_bool",
        "1 and True differ",
        "a = one()\nc = joined(a, 1)",
        ("joined(a, 1)", "joined(a, True)"),
        {"one": "cached", "joined": "run"},
    ),
    _edit(
        "int_to_text",
        "1 and '1' differ",
        "a = one()\nc = joined(a, 1)",
        ("joined(a, 1)", "joined(a, '1')"),
        {"one": "cached", "joined": "run"},
    ),
    _edit(
        "literal_from_constant",
        "a constant of the pipeline's module that is passed",
        "a = one()\nc = joined(a, RATE)",
        ("RATE = 0.5", "RATE = 0.25"),
        {"one": "cached", "joined": "run"},
    ),
    _edit(
        "constant_for_literal",
        "a literal instead of a constant of the same value changes nothing",
        "a = one()\nc = joined(a, RATE)",
        ("joined(a, RATE)", "joined(a, 0.5)"),
        {"one": "cached", "joined": "cached"},
    ),
    _edit(
        "default_constant",
        "the constant that a default is",
        "a = one()\nc = joined(a)",
        ("DEFAULT = 3", "DEFAULT = 4"),
        {"one": "cached", "joined": "run"},
        file="steps.py",
    ),
    _edit(
        "dict_of_values",
        "a value deep in a parameter",
        "a = one()\nc = joined(a, {'x': [1, {'y': 2}]})",
        ("'y': 2", "'y': 3"),
        {"one": "cached", "joined": "run"},
    ),
    _edit(
        "set_order",
        "the order in which a set is written is nothing",
        "a = one()\nc = joined(a, frozenset({'x', 'y', 'z'}))",
        ("{'x', 'y', 'z'}", "{'z', 'x', 'y'}"),
        {"one": "cached", "joined": "cached"},
    ),
    _edit(
        "another_call",
        "a call more leaves the others alone",
        "a = one()\nc = minus(a)",
        ("c = minus(a)", "c = minus(a)\n    d = joined(a)"),
        {"one": "cached", "minus": "cached", "joined": "run"},
    ),
    _edit(
        "pipeline_comment",
        "a comment and a docstring in the pipeline",
        "a = one()\nc = minus(a)",
        ("a = one()", '"""Subtract."""\n    a = one()  # first'),
        {"one": "cached", "minus": "cached"},
    ),
)
