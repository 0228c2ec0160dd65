"""Pipelines' bodies written at random: loops over sweeps, and steps that take what there is."""

from __future__ import annotations

import itertools
from random import Random

__all__ = ["STEPS", "SWEEPS", "VALUES", "Body"]

STEPS = """
class Pair(NamedTuple):
    left: list
    right: list

@step
def load(n: object = 3, m: object = 0) -> list: ...
@step
def split(data: object, at: object = 0.5) -> Pair: ...
@step
def add(x: object, C: object = 1.0, k: object = None) -> list: ...
@step
def fit(x: object, C: object = 1.0) -> list: ...
@step
def score(model: object, data: object, k: object = 0) -> float: ...
@step
def best(models: object, k: object = 0) -> object: ...

#: What each name of a body stood for at each round of the loops around it.
seen = {}

def both(x, C):
    first = add(x, C)
    second = fit(first)
    return second

@pipeline
def inner(n=1, C=2, f=fit):
    data = load(n)
    model = f(add(data), C)
    return model
"""

#: Values that are near one another in one way or another. A sweep has each once.
VALUES = (0, 1, 2, 10, 0.1, 1.0, -1, True, None, "0.1", "1", "rbf", "a b", "a_b", "", "x" * 50, "x" * 51)
VALUES += ((1, 2), [1, 2], {"a": 1}, {"a": 2}, float("inf"), "inf", "None", b"1")
SWEEPS = ("s0", "s1", "s2")


class Body:
    """The body of a pipeline, written with a source of chance; it notes in ``seen`` what each of its names stood for.

    Parameters
    ----------
    draw : Random
        The source of chance.
    """

    def __init__(self, draw: Random) -> None:
        self.random = draw
        self.lines: list[str] = []
        self.numbers = itertools.count()
        #: What loops have left that are over. Only what takes it directly is named by where it stands.
        self.left: set[str] = set()

    def written(self) -> str:
        """Return the lines."""
        self.add(1, "a = load(7)")
        self.add(1, "b = load(8)")
        for _ in range(self.random.randint(1, 3)):
            self.statement(1, ["a", "b"], [], list(SWEEPS))
        return "\n".join(self.lines)

    def add(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def statement(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        kinds = ["call", "call", "nested", "collect", "helper", "pipeline"]
        if sweeps:
            loops = ["chain", "steps", "artifacts", "alternate", "fields", "mapped", "append", "counted"]
            kinds += ["loop"] * 5 + loops if depth < 4 else []
        getattr(self, self.random.choice(kinds))(depth, names, variables, sweeps)

    def note(self, depth: int, name: str, variables: list[str]) -> None:
        self.add(depth, f"seen[{name!r}, {''.join(f'repr({one}), ' for one in variables)}] = {name}")

    def value(self, variables: list[str]) -> str:
        return self.random.choice([*variables, *variables, "1", "0.1"])

    def name(self) -> str:
        return f"v{next(self.numbers)}"

    def made(self, depth: int, text: str, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        name = self.name()
        self.add(depth, f"{name} = {text}")
        self.note(depth, name, variables)
        names.append(name)

    # Statements

    def call(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        pick = self.random.choice
        x, y, value = pick(names), pick(names), self.value(variables)
        texts = [f"add({x}, {value})", f"fit({x}, C={value})", f"score({x}, {y}, k={value})", f"score({x}, data={y})"]
        texts += [f"load({value})", f"load(m={value})", f"add({value})", f"fit({x})", f"split({x}).left"]
        self.made(depth, pick(texts), names, variables, sweeps)

    def nested(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        text = self.random.choice([self.start(names), self.value(variables)])
        for _ in range(self.random.randint(2, 3)):
            name = self.random.choice(["add", "add", "fit"])
            text = f"{name}({text}, C={self.value(variables)})" if self.random.random() < 0.7 else f"{name}({text})"
        self.made(depth, text, names, variables, sweeps)

    def collect(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, x = self.random.choice([*sweeps, "(1, 2)"]), self.start(names)
        name = self.name()
        self.add(depth, f"{name}s = [fit({x}, C=(c, {self.value(variables)})) for c in {sweep}]")
        self.made(depth, f"best({name}s)", names, variables, sweeps)

    def helper(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        text = f"both({self.random.choice(names)}, {self.value(variables)})"
        self.made(depth, text, names, variables, sweeps)

    def pipeline(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        text = f"inner({self.value(variables)}, C={self.value(variables)})"
        self.made(depth, text, names, variables, sweeps)

    def loop(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep = self.random.choice(sweeps)
        variable = f"i{next(self.numbers)}"
        self.add(depth, f"for {variable} in {sweep}:")
        rest = [one for one in sweeps if one != sweep]
        inside = list(names)
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth + 1, inside, [*variables, variable], rest)
        if self.random.random() < 0.3:  # what the last round has left
            left = [name for name in inside if name not in names]
            names += left
            self.left.update(left)

    def start(self, names: list[str]) -> str:
        """Choose what a chain, a comprehension or a step of a step begins with."""
        return self.random.choice([name for name in names if name not in self.left])

    def chain(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, name, variable = self.random.choice(sweeps), self.name(), f"i{next(self.numbers)}"
        start = self.random.choice([self.start(names), f"load({self.value(variables)})", f"fit({names[0]}, C=5)"])
        self.add(depth, f"{name} = {start}")
        self.add(depth, f"for {variable} in {sweep}:")
        step, inside = self.random.choice(["add", "fit"]), [*variables, variable]
        self.add(depth + 1, f"{name} = {step}({name}, C={variable})")
        self.note(depth + 1, name, inside)
        if self.random.random() < 0.5:
            self.made(depth + 1, f"score({name}, a)", list(names), inside, sweeps)
        if self.random.random() < 0.5:
            names.append(name)
            self.left.add(name)

    def steps(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        name, variable = self.name(), f"i{next(self.numbers)}"
        self.add(depth, f"{name} = {self.start(names)}")
        self.add(depth, f"for {variable} in range(3):")
        self.add(depth + 1, f"{name} = add({name})")
        self.note(depth + 1, name, [*variables, variable])

    def artifacts(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, name = self.random.choice(sweeps), self.name()
        self.add(depth, f"{name}s = {{repr(c): add({self.start(names)}, c) for c in {sweep}}}")
        key, each = f"i{next(self.numbers)}", f"i{next(self.numbers)}"
        self.add(depth, f"for {key}, {each} in {name}s.items():")
        self.statement(depth + 1, [*names, each], [*variables, key], [one for one in sweeps if one != sweep])

    def alternate(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, variable = self.random.choice(sweeps), f"i{next(self.numbers)}"
        first, second = self.name(), self.name()
        self.add(depth, f"{first} = {self.start(names)}")
        self.add(depth, f"for {variable} in {sweep}:")
        self.add(depth + 1, f"{second} = fit({first}, C={variable})")
        self.add(depth + 1, f"{first} = add({second})")
        self.note(depth + 1, first, [*variables, variable])
        self.note(depth + 1, second, [*variables, variable])

    def fields(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        left, right = self.name(), self.name()
        self.add(depth, f"{left}, {right} = split({self.start(names)}, at={self.value(variables)})")
        self.note(depth, left, variables)
        key, each = f"i{next(self.numbers)}", f"i{next(self.numbers)}"
        self.add(depth, f"for {key}, {each} in ((1, {left}), (2, {right})):")
        self.made(depth + 1, f"add({each}, {self.value(variables)})", list(names), [*variables, key], sweeps)

    def mapped(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, key, each = self.random.choice(sweeps), f"i{next(self.numbers)}", self.name()
        x = self.start(names)
        self.add(depth, f"for {key}, {each} in zip({sweep}, list(map(lambda c: add({x}, C=c), {sweep}))):")
        self.note(depth + 1, each, [*variables, key])

    def append(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, variable, name = self.random.choice(sweeps), f"i{next(self.numbers)}", self.name()
        self.add(depth, f"{name}s = []")
        self.add(depth, f"for {variable} in {sweep}:")
        last = f"{name}s[-1] if {name}s else {self.start(names)}"
        self.add(depth + 1, f"{name}s.append(fit({last}, C={variable}))")
        self.add(depth + 1, f"{name} = {name}s[-1]")
        self.note(depth + 1, name, [*variables, variable])
        self.made(depth + 1, f"best({name}s)", list(names), [*variables, variable], sweeps)

    def counted(self, depth: int, names: list[str], variables: list[str], sweeps: list[str]) -> None:
        sweep, number, name = self.random.choice(sweeps), f"i{next(self.numbers)}", self.name()
        self.add(depth, f"{number} = 0")
        self.add(depth, f"while {number} < len({sweep}):")
        self.add(depth + 1, f"{name} = add({self.start(names)}, {sweep}[{number}])")
        self.note(depth + 1, name, [*variables, f"{sweep}[{number}]"])
        self.made(depth + 1, f"score({name}, a)", list(names), [*variables, f"{sweep}[{number}]"], sweeps)
        self.add(depth + 1, f"{number} += 1")
