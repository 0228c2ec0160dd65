"""The circles of a graph whose nodes have names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

__all__ = ["circles"]


def circles(edges: Mapping[str, Set[str]]) -> dict[str, int | None]:
    """Find the circles of a graph.

    Parameters
    ----------
    edges : mapping of str to set of str
        The names that each name takes from.

    Returns
    -------
    dict of str to int or None
        The number of the circle that a name is on, ``None`` if it is on none.

    Notes
    -----
    Strongly connected components after Tarjan (1972), without recursion.
    """
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: dict[str, None] = {}
    found: dict[str, int | None] = {}

    def close(name: str) -> None:
        members: list[str] = []
        while not members or members[-1] != name:
            members.append(open_.popitem()[0])
        circle = order[name] if len(members) > 1 or name in edges[name] else None
        found.update(dict.fromkeys(members, circle))

    for start in edges:
        if start in order:
            continue
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(start, order, lowest, open_, stack, edges)
        while stack:
            name, following = stack[-1]
            nearest = next(following, None)
            if nearest is None:
                stack.pop()
                if stack:
                    lowest[stack[-1][0]] = min(lowest[stack[-1][0]], lowest[name])
                if lowest[name] == order[name]:
                    close(name)
            elif nearest not in order:
                _enter(nearest, order, lowest, open_, stack, edges)
            elif nearest in open_:
                lowest[name] = min(lowest[name], order[nearest])
    return found


def _enter(
    name: str,
    order: dict[str, int],
    lowest: dict[str, int],
    open_: dict[str, None],
    stack: list[tuple[str, Iterator[str]]],
    edges: Mapping[str, Set[str]],
) -> None:
    order[name] = lowest[name] = len(order)
    open_[name] = None
    stack.append((name, iter(sorted(edges[name]))))
