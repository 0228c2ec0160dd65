"""The search language of the picture.

=================== =========================================================
``name``            nodes whose id or label has this in it, whatever the case
``status:failed``   nodes with this status; a stack, if one of its members has it
``kind:artifact``   nodes of this kind
``+name``           ... and all before them
``name+``           ... and all after them
``2+name+1``        ... and two levels before and one after, each node counted
``a b``             what both find
=================== =========================================================
"""

from __future__ import annotations

import re

from lineage.graph.model import Graph, Node

__all__ = ["search"]

_WORD = re.compile(r"(?:(?P<up>[0-9]{0,9})\+)?(?P<what>.*?)(?:\+(?P<down>[0-9]{0,9}))?", re.DOTALL)


def search(graph: Graph, text: str) -> frozenset[str]:
    """Return the ids of the nodes that a search finds.

    Parameters
    ----------
    graph : Graph
        Where to look; in a collapsed graph a stack is found by its members' names too.
    text : str
        Words as the table of this module tells them, divided by spaces.

    Returns
    -------
    frozenset of str
        Empty where nothing is found, and for an empty text.
    """
    found = [_word(graph, word) for word in text.split()]
    return frozenset.intersection(*found) if found else frozenset()


def _word(graph: Graph, word: str) -> frozenset[str]:
    parts = _WORD.fullmatch(word)
    if parts is None or not parts["what"]:
        return frozenset()
    some = frozenset(name for name, node in graph.nodes.items() if _is(node, parts["what"].casefold()))
    before = graph.upstream(some, _levels(parts["up"])) if parts["up"] is not None else frozenset()
    after = graph.downstream(some, _levels(parts["down"])) if parts["down"] is not None else frozenset()
    return some | before | after


def _levels(digits: str) -> int | None:
    return int(digits) if digits else None


def _is(node: Node, what: str) -> bool:
    field, colon, value = what.partition(":")
    if colon and field == "status":
        return value in node.counts
    if colon and field == "kind":
        return value == node.kind
    return any(what in name.casefold() for name in (node.label, node.id, *node.members))
