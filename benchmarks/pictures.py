"""The lineage pictures that are measured: graphs of steps and artifacts in several shapes, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from lineage.graph.collapse import artifact_group
from lineage.graph.model import Edge, Graph, Node


def _graph(kinds: dict[str, str], edges: list[Edge]) -> Graph:
    nodes = [
        Node(name, "step" if kind == "step" else "artifact", name, group=artifact_group(name))
        for name, kind in kinds.items()
    ]
    return Graph(nodes, edges)


def digits() -> Graph:
    """Return the lesson's picture: 8 symbols."""
    data = ["X_train", "X_test", "y_train", "y_test"]
    edges = [("importer", name) for name in data]
    edges += [("X_train", "trainer"), ("y_train", "trainer"), ("trainer", "model")]
    edges += [("X_test", "evaluator"), ("y_test", "evaluator"), ("model", "evaluator")]
    steps = ("importer", "trainer", "evaluator")
    return _graph(dict.fromkeys(steps, "step") | dict.fromkeys([*data, "model"], "artifact"), edges)


def chain(length: int) -> Graph:
    """Return steps and artifacts in one line."""
    names = [f"n{number}" for number in range(length)]
    kinds = {name: "artifact" if number % 2 else "step" for number, name in enumerate(names)}
    return _graph(kinds, list(pairwise(names)))


def fan(length: int) -> Graph:
    """Return one step with many outputs that one step takes."""
    between = [f"part_{number}" for number in range(length - 2)]
    edges = [("split", name) for name in between] + [(name, "join") for name in between]
    return _graph(dict.fromkeys(("split", "join"), "step") | dict.fromkeys(between, "artifact"), edges)


def folds(count: int) -> Graph:
    """Return a cross-validation: each fold is split, fitted and scored, and one step chooses."""
    kinds, edges = {"load": "step", "X": "artifact", "y": "artifact", "choose": "step", "best": "artifact"}, []
    edges += [("load", "X"), ("load", "y"), ("X", "choose"), ("choose", "best")]
    for number in range(count):
        split, fit, score = (f"{name}@fold:{number}" for name in ("split", "fit", "score"))
        train, test, model, points = (f"{name}_{number}" for name in ("train", "test", "model", "points"))
        kinds |= dict.fromkeys((split, fit, score), "step") | dict.fromkeys((train, test, model, points), "artifact")
        edges += [("X", split), ("y", split), (split, train), (split, test), (train, fit), (fit, model)]
        edges += [(model, score), (test, score), (score, points), (points, "choose"), (model, "choose")]
    return _graph(kinds, edges)


def layered(length: int, seed: int = 1) -> Graph:
    """Return layers of which each node takes one or two nodes near it, mostly of the layer before."""
    draw = random.Random(seed)
    rows = list(_rows(length, draw))
    edges = {edge for at in range(1, len(rows)) for edge in _local(rows, at, draw)}
    used = {name for edge in edges for name in edge}
    kinds = {name: "step" if at % 2 else "artifact" for at, row in enumerate(rows) for name in row if name in used}
    return _graph(kinds, sorted(edges))


def _rows(length: int, draw: random.Random) -> Iterator[list[str]]:
    """Yield layers of about 0.8 times the square root of all."""
    width, first = int(length**0.5 * 0.8), 0
    while first < length:
        size = min(length - first, max(1, int(draw.gauss(width, width / 4))))
        yield [f"n{number}" for number in range(first, first + size)]
        first += size


def _local(rows: list[list[str]], at: int, draw: random.Random) -> Iterator[Edge]:
    for place, name in enumerate(rows[at]):
        for _ in range(1 if draw.random() < 0.45 else 2):
            before = rows[max(0, at - (1 if draw.random() < 0.85 else draw.randint(1, 3)))]
            near = int(place / len(rows[at]) * len(before) + draw.gauss(0, 1.5))
            yield before[min(len(before) - 1, max(0, near))], name


def pipeline(length: int, seed: int = 1) -> Graph:
    """Return a growing project: steps that take what recent steps made and make one to three artifacts."""
    draw = random.Random(seed)
    kinds: dict[str, str] = {}
    edges: list[Edge] = []
    made: list[str] = []
    while len(kinds) < length:
        step = f"step_{len(kinds)}"
        kinds[step] = "step"
        reach = made[-60:]
        for name in sorted({draw.choice(reach) for _ in range(draw.choice((1, 1, 2, 2, 3)))}) if reach else ():
            edges.append((name, step))
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            made.append(f"artifact_{len(kinds)}")
            kinds[made[-1]] = "artifact"
            edges.append((step, made[-1]))
    return _graph(kinds, edges)
