"""Repeated steps and their artifacts fold into stacks: ten folds are drawn as one chain, not as ten.

Two nodes repeat each other where they have one group (the same function, the same artifact name) and one position:
what is before them repeats likewise, back to the sources. So fold by fold ``split -> fit -> score`` becomes
``split x10 -> fit x10 -> score x10``. Nodes of one position are equally far from the sources, and every edge leads
further away from them, so no folding can make a circle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from lineage.graph.model import STATUSES, Graph, Node, by_name

__all__ = ["artifact_group", "collapse", "collapsed_as", "shown_as", "stacks"]

#: So many steps of one kind are a repetition; two may be a train and a test set, which people want to tell apart.
REPEATED = 3
#: So many artifacts between the same neighbours are a heap that nobody reads one by one.
MANY = 8

_COUNTED = re.compile(r"[0-9]+")


def artifact_group(name: str) -> str:
    """Return what repeats in an artifact's name: ``sweep/models@C:0.1`` is one of ``sweep/models``.

    Parameters
    ----------
    name : str
        The artifact's name.

    Returns
    -------
    str
        The name without what follows the ``@``, and with ``#`` for each number: ``cv/fold_7`` is one of ``cv/fold_#``.
    """
    return _COUNTED.sub("#", name.partition("@")[0])


def stacks(graph: Graph, repeated: int = REPEATED, many: int = MANY) -> dict[str, tuple[str, ...]]:
    """Return what can be folded.

    Parameters
    ----------
    graph : Graph
        The whole graph.
    repeated : int
        How many nodes of one group and position become a stack, at least.
    many : int
        How many artifacts with the same makers and the same users become a stack whatever they are called, at least.

    Returns
    -------
    dict of str to tuple of str
        Keys of stacks, sorted by name, each with its members. A key holds as long as the group does: one more fold
        does not change it.
    """
    places = _heaped(graph, _places(graph), many)
    found = [some for some in _gathered(places).values() if len(some) >= repeated]
    return _keyed(graph, found)


def collapse(graph: Graph, expanded: Collection[str] = (), repeated: int = REPEATED, many: int = MANY) -> Graph:
    """Return the graph with a node for each stack.

    Parameters
    ----------
    graph : Graph
        The whole graph.
    expanded : collection of str
        Keys of the stacks (their nodes' ids) to leave open; unknown keys are passed over.
    repeated, many : int
        As in `stacks`.

    Returns
    -------
    Graph
        Acyclic, and what was reachable still is. The node of a stack has its `Node.members` and `Node.counts`.
    """
    folded = {key: some for key, some in stacks(graph, repeated, many).items() if key not in expanded}
    if not folded:
        return graph
    at = {name: key for key, some in folded.items() for name in some}
    nodes = [node for name, node in graph.nodes.items() if name not in at]
    nodes += [_stack(key, [graph.nodes[name] for name in some]) for key, some in folded.items()]
    return Graph(nodes, {(at.get(source, source), at.get(target, target)) for source, target in graph.edges})


def collapsed_as(collapsed: Graph, graph: Graph) -> Graph:
    """Return what `collapse` returns of a graph in which other nodes stand than in the one that it was collapsed of.

    Parameters
    ----------
    collapsed : Graph
        What `collapse` returned.
    graph : Graph
        Has the same ids, groups and edges, and perhaps other statuses.
    """
    whole = graph.nodes
    return collapsed.restated(
        _stack(name, [whole[each] for each in node.members]) if node.is_stack else whole[name]
        for name, node in collapsed.nodes.items()
    )


def shown_as(collapsed: Graph) -> dict[str, str]:
    """Return for each id of the whole graph the id of the node that shows it in a collapsed one."""
    return {name: node.id for node in collapsed.nodes.values() for name in node.stands_for}


def _places(graph: Graph) -> dict[str, int]:
    """Return a number for each node; those that repeat each other have the same."""
    places: dict[str, int] = {}
    numbers: dict[object, int] = {}
    for level in _levels(graph):
        alike: dict[object, list[str]] = {}
        for name in level:
            node = graph.nodes[name]
            before = frozenset(places[each] for each in graph.before[name])
            alike.setdefault((node.kind, node.group, before) if node.group else name, []).append(name)
        for key, some in alike.items():
            for name, made in _made(graph, some).items():
                places[name] = numbers.setdefault((key, made), len(numbers))
    return places


def _levels(graph: Graph) -> list[list[str]]:
    """Return the nodes by their longest way from a source."""
    depth: dict[str, int] = {}
    for name in graph.order:
        depth[name] = 1 + max((depth[each] for each in graph.before[name]), default=-1)
    levels: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, level in depth.items():
        levels[level].append(name)
    return levels


def _made(graph: Graph, some: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return for each step what the steps of its stack make.

    Calls of one function in a loop fill one variable; calls whose values have names of their own stand in places of
    their own. But a step that failed has made nothing yet, or not all: it stands with those that make more.
    """
    own = {name: frozenset(graph.nodes[each].group for each in graph.after[name]) for name in some}
    if len(some) == 1 or graph.nodes[some[0]].kind == "artifact":
        return dict.fromkeys(some, frozenset())
    often = Counter(own.values())
    order = sorted(often, key=lambda made: (-often[made], sorted(made)))
    most = max(map(len, order))
    largest = [made for made in order if len(made) == most or not any(made < other for other in order)]
    home = {made: made for made in largest}
    for made in order:
        if made not in home:
            home[made] = next(other for other in largest if made < other)
    return {name: home[made] for name, made in own.items()}


def _gathered(places: Mapping[str, int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, place in places.items():
        found.setdefault(place, []).append(name)
    return found


def _heaped(graph: Graph, places: Mapping[str, int], many: int) -> dict[str, int]:
    """Return the places with one for all artifacts that have the same makers and users, where those are many."""
    between: dict[object, list[int]] = {}
    for place, some in _gathered(places).items():
        if graph.nodes[some[0]].kind == "artifact":
            before = frozenset(places[each] for name in some for each in graph.before[name])
            after = frozenset(places[each] for name in some for each in graph.after[name])
            between.setdefault((before, after), []).append(place)
    heaps = {place: heap[0] for heap in between.values() if len(heap) >= many for place in heap}
    return {name: heaps.get(place, place) for name, place in places.items()}


def _keyed(graph: Graph, found: Iterable[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Name each stack by its group; several of one group are numbered from the sources on."""
    rank = {name: number for number, name in enumerate(graph.nodes)}
    turn = {name: number for number, level in enumerate(_levels(graph)) for name in level}
    kept = [sorted(some, key=rank.__getitem__) for some in found]
    keyed: dict[str, tuple[str, ...]] = {}
    for some in sorted(kept, key=lambda some: (turn[some[0]], rank[some[0]])):
        groups = {graph.nodes[name].group for name in some}
        stem = f"{graph.nodes[some[0]].kind}s {groups.pop() if len(groups) == 1 else _heap(graph, some)}"
        number, key = 1, stem
        while key in keyed or key in graph:
            number += 1
            key = f"{stem} ({number})"
        keyed[key] = tuple(some)
    return dict(sorted(keyed.items(), key=lambda item: by_name(item[0])))


def _heap(graph: Graph, some: Sequence[str]) -> str:
    """Return a name for artifacts without a common group: who makes them, else who takes them."""
    makers = sorted({graph.nodes[each].group or each for name in some for each in graph.before[name]}, key=by_name)
    takers = sorted({graph.nodes[each].group or each for name in some for each in graph.after[name]}, key=by_name)
    return "of " + ", ".join(makers) if makers else "for " + ", ".join(takers)


def _stack(key: str, members: Sequence[Node]) -> Node:
    often = Counter(node.status for node in members)
    order = [*(status for status in STATUSES if status in often), *sorted(set(often) - set(STATUSES))]
    groups = {node.group for node in members}
    return Node(
        id=key,
        kind=members[0].kind,
        label=_label(members),
        status=order[0],
        group=groups.pop() if len(groups) == 1 else "",
        members=tuple(node.id for node in members),
        tally=tuple((status, often[status]) for status in order),
    )


def _label(members: Sequence[Node]) -> str:
    """Return what the labels of the members have in common, or how many there are of them."""
    labels = [node.label for node in members]
    first, last = min(labels), max(labels)
    length = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    stem = first[:length].partition("@")[0].rstrip("0123456789_-.:/# ")
    if stem and not any(label[len(stem) : len(stem) + 1].isalpha() for label in labels):
        return stem
    return f"{len(members)} {members[0].kind}s"
