"""The layout of the lineage picture: CPU and crossings, against graphviz' `dot` as the oracle where it is installed.

python benchmarks/layout.py [--rounds 5] [--seconds 60]

Crossings are those of straight lines between the middles of symbols, for both; edges with a common end do not cross.
Of graphs with more than 5,000 edges none are counted. CPU is the least of the rounds: the work is the same each time,
and what else a machine does with its caches only adds to it.
"""

from __future__ import annotations

import argparse
import resource
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping

import pictures
from measure import table

from lineage.graph.collapse import collapse
from lineage.graph.layout import Point, lay_out
from lineage.graph.model import Graph

COUNTED = 5000


def crossings(places: Mapping[str, Point], graph: Graph) -> int:
    """Return how many pairs of edges cross, drawn as straight lines."""
    lines = sorted((min(ends), max(ends), edge) for edge in graph.edges if (ends := [places[name] for name in edge]))
    total = 0
    for at, (start, end, edge) in enumerate(lines):
        for begin, stop, other in lines[at + 1 :]:
            if begin[0] >= end[0]:
                break
            total += not {*edge} & {*other} and _cross(start, end, begin, stop)
    return total


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def dot(graph: Graph, seconds: float) -> tuple[Mapping[str, Point], float] | None:
    """Return the places that graphviz gives, and its CPU seconds; None if it takes longer than wanted."""
    edges = "\n".join(f'"{source}" -> "{target}"' for source, target in graph.edges)
    nodes = "\n".join(f'"{name}"' for name in graph.nodes)
    text = f'digraph {{ rankdir=LR\nnode [shape=point width=0.2 label=""]\n{nodes}\n{edges}\n}}'
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            ["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("node ")]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {word[1]: (float(word[2]), float(word[3])) for word in words}, cpu


def row(name: str, graph: Graph, rounds: int, seconds: float) -> list[object]:
    """Measure one graph."""
    costs = []
    for _ in range(rounds):
        start = time.process_time()
        layout = lay_out(graph)
        costs.append(time.process_time() - start)
    counted = len(graph.edges) <= COUNTED
    own = crossings(layout.places, graph) if counted else 0
    line: list[object] = [name, f"{len(graph):,}", f"{len(graph.edges):,}", f"{min(costs) * 1e3:.1f}"]
    oracle = dot(graph, seconds) if counted and shutil.which("dot") else None
    if oracle is None:
        return [*line, "-", f"{own:,}" if counted else "-", "-", "-"]
    theirs = crossings(oracle[0], graph)
    ratio = f"{own / theirs:.2f}x" if theirs else "-"
    return [*line, f"{oracle[1] * 1e3:.0f}", f"{own:,}", f"{theirs:,}", ratio]


def main() -> None:
    """Measure and print a row a graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60, help="how long dot may take")
    options = parser.parse_args()
    graphs = {
        "digits": pictures.digits(),
        "10 folds": pictures.folds(10),
        "10 folds, collapsed": collapse(pictures.folds(10)),
        **{f"layered, local, seed {seed}": pictures.layered(1000, seed) for seed in range(1, 6)},
        **{f"pipeline, seed {seed}": pictures.pipeline(1000, seed) for seed in range(1, 4)},
        "chain": pictures.chain(1000),
        "fan 1-998-1": pictures.fan(1000),
        "layered, local, large": pictures.layered(10_000),
        "pipeline, large": pictures.pipeline(10_000),
        "chain, large": pictures.chain(10_000),
        "fan 1-9,998-1": pictures.fan(10_000),
    }
    table(
        f"layout, least CPU of {options.rounds} (targets: 100 ms at 1,000, 1,000 ms at 10,000; at most 1.3x of dot)",
        ["", "nodes", "edges", "CPU ms", "dot CPU ms", "crossings", "of dot", "ratio"],
        [row(name, graph, options.rounds, options.seconds) for name, graph in graphs.items()],
    )


if __name__ == "__main__":
    main()
