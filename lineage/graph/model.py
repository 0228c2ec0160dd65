"""Nodes and the graph that they form: steps and artifacts, from what is made first to what is made last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

__all__ = ["STATUSES", "Edge", "Graph", "Kind", "Node", "by_name"]

Kind = Literal["step", "artifact"]
Edge = tuple[str, str]

#: Every status, what needs a look first: the status of a stack is the first of these that one of its members has.
STATUSES = ("failed", "running", "pending", "skipped", "run", "cached")

_NUMBER = re.compile(r"([0-9]+)")


@lru_cache(maxsize=1 << 16)  # a live picture is built of the same names again and again
def by_name(text: str) -> tuple[tuple[str | tuple[int, str], ...], str]:
    """Return a key that sorts names as people do: ``fold_2`` before ``fold_10``.

    Parameters
    ----------
    text : str
        A name.

    Returns
    -------
    tuple
        Text and numbers in turns, then the name itself, so that ``a1`` and ``a01`` have one order too.
    """
    if not _NUMBER.search(text):
        return (text,), text
    pieces = _NUMBER.split(text)
    # Numbers by their length and digits: int() refuses more than 4,300 of them, and a name is data.
    for place in range(1, len(pieces), 2):
        digits = pieces[place].lstrip("0")
        pieces[place] = (len(digits), digits)
    return tuple(pieces), text


@dataclass(frozen=True, slots=True)
class Node:
    """A symbol of the picture: a step (circle) or an artifact (square), or a stack of either.

    Attributes
    ----------
    id : str
        Names it in the graph: a task (``digits:trainer``) or an artifact (``digits/model``).
    kind : str
        ``step`` or ``artifact``.
    label : str
        What is written under it.
    status : str
        One of `STATUSES`; of an artifact, that of the step that made it.
    group : str
        What repeats: of a step its function and pipeline, of an artifact its name without what is after the ``@``.
        Nodes of one group at one position become a stack. Empty: it never does.
    members : tuple of str
        Of a stack, the ids that it stands for; else empty.
    tally : tuple of (str, int)
        Of a stack, how many members have which status; else empty. `counts` reads better.
    """

    id: str
    kind: Kind
    label: str
    status: str = "pending"
    group: str = ""
    members: tuple[str, ...] = ()
    tally: tuple[tuple[str, int], ...] = ()

    @property
    def is_stack(self) -> bool:
        """Whether it stands for several."""
        return bool(self.members)

    @property
    def stands_for(self) -> tuple[str, ...]:
        """The ids that it stands for: its members, or itself."""
        return self.members or (self.id,)

    @property
    def counts(self) -> dict[str, int]:
        """How many of those it stands for have which status, in the order of `STATUSES`."""
        return dict(self.tally) or {self.status: 1}


class Graph:
    """A directed acyclic graph of nodes; what is made first comes before.

    Two graphs of the same nodes and edges are the same in every respect, in whatever order they were given.

    Parameters
    ----------
    nodes : iterable of Node
        Each id once.
    edges : iterable of (str, str)
        From what is made first to what is made of it; given twice counts once.

    Attributes
    ----------
    nodes : mapping of str to Node
        By id, sorted by name.
    edges : tuple of (str, str)
        Sorted by name.
    before, after : mapping of str to tuple of str
        The neighbours of each node, sorted by name.

    Raises
    ------
    ValueError
        Where an id is given twice, an edge leads to a node that is not there, or edges form a circle.
    """

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge] = ()) -> None:
        given = list(nodes)
        self.nodes: Mapping[str, Node] = {each.id: each for each in sorted(given, key=lambda node: by_name(node.id))}
        if len(self.nodes) < len(given):
            raise ValueError(f"a node is given twice: {_repeated(node.id for node in given)}")
        rank = {name: place for place, name in enumerate(self.nodes)}
        wanted = set(edges)
        if unknown := {name for edge in wanted for name in edge} - rank.keys():
            raise ValueError(f"an edge leads to no node: {min(unknown)}")
        self.edges: tuple[Edge, ...] = tuple(sorted(wanted, key=lambda edge: (rank[edge[0]], rank[edge[1]])))
        self.before, self.after = self._neighbours()
        if len(self.order) < len(self.nodes):
            raise ValueError(f"edges form a circle through {min(set(self.nodes) - set(self.order))}")

    def __contains__(self, name: object) -> bool:
        return name in self.nodes

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"Graph({len(self.nodes)} nodes, {len(self.edges)} edges)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and (self.nodes, self.edges) == (other.nodes, other.edges)

    def __hash__(self) -> int:
        return hash((tuple(self.nodes), self.edges))

    def _neighbours(self) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]:
        before: dict[str, list[str]] = {name: [] for name in self.nodes}
        after: dict[str, list[str]] = {name: [] for name in self.nodes}
        for source, target in self.edges:
            after[source].append(target)
            before[target].append(source)
        return {name: tuple(some) for name, some in before.items()}, {name: tuple(some) for name, some in after.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids, each after all that is before it."""
        waiting = {name: len(some) for name, some in self.before.items()}
        order = [name for name, count in waiting.items() if not count]
        for name in order:  # grows while it is walked
            for follower in self.after[name]:
                waiting[follower] -= 1
                if not waiting[follower]:
                    order.append(follower)
        return tuple(order)

    def upstream(self, ids: Iterable[str], levels: int | None = None) -> frozenset[str]:
        """Return what is before some nodes, they themselves not counted unless one is before another.

        Parameters
        ----------
        ids : iterable of str
            Where to start; unknown ids are passed over.
        levels : int, optional
            How many edges away at most; all of it without.
        """
        return _reach(self.before, ids, levels)

    def downstream(self, ids: Iterable[str], levels: int | None = None) -> frozenset[str]:
        """Return what is after some nodes; as `upstream`."""
        return _reach(self.after, ids, levels)

    def connected(self, ids: Iterable[str]) -> frozenset[str]:
        """Return some nodes with all that they come from and all that comes of them: what stays bright on a click."""
        some = [name for name in ids if name in self.nodes]
        return self.upstream(some) | self.downstream(some) | frozenset(some)

    def focus(self, ids: Iterable[str], up: int | None = 1, down: int | None = 1) -> Graph:
        """Return the part of the graph around some nodes.

        Levels are counted from those nodes, and each node on the way is one level, be it a step or an artifact: with
        ``up=1`` a step shows its inputs, with ``up=2`` also the steps that made them.

        Parameters
        ----------
        ids : iterable of str
            Where to start; unknown ids are passed over.
        up, down : int or None
            How many levels before and after; ``None`` is all.
        """
        some = [name for name in ids if name in self.nodes]
        return self.part(self.upstream(some, up) | self.downstream(some, down) | frozenset(some))

    def part(self, ids: Iterable[str]) -> Graph:
        """Return the graph of some nodes, with the edges between them; unknown ids are passed over."""
        kept = set(ids) & self.nodes.keys()
        edges = [(name, target) for name in kept for target in self.after[name] if target in kept]
        return Graph((self.nodes[name] for name in kept), edges)

    def restated(self, nodes: Iterable[Node]) -> Graph:
        """Return the same graph of other nodes with the same ids: what leads where is not looked at again.

        Parameters
        ----------
        nodes : iterable of Node
            In place of those with their ids; others stay.
        """
        made = copy(self)
        made.nodes = {**self.nodes, **{each.id: each for each in nodes}}
        return made


def _repeated(ids: Iterable[str]) -> str:
    seen: set[str] = set()
    return min(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _reach(neighbours: Mapping[str, tuple[str, ...]], ids: Iterable[str], levels: int | None) -> frozenset[str]:
    """Return what is so many levels away at most, level by level, since a shorter way may be found later by depth."""
    found: set[str] = set()
    edge = [name for name in dict.fromkeys(ids) if name in neighbours]
    while edge and (levels is None or levels > 0):
        edge = [name for name in dict.fromkeys(n for each in edge for n in neighbours[each]) if name not in found]
        found.update(edge)
        levels = None if levels is None else levels - 1
    return frozenset(found)
