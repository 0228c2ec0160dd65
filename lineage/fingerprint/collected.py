"""What the walk through one scope of a statement collects."""

from __future__ import annotations

from collections.abc import Collection, Iterable

__all__ = ["Owned", "Scope", "function_scope", "unaliased"]


class Owned:
    """What a method does with its object.

    Attributes
    ----------
    method : str
        Its name.
    on_class : bool
        Whether its first argument is the class.
    changed : dict of str to None
        The chains behind its first argument that it changes in place, and those that it sets, with a trailing ``=``.
    asked : dict of str to None
        The attributes of its first argument that it looks at; it may call them.
    holds : dict of str to list of str
        The attributes of its first argument that it sets to something that was there before, with the chains of that.
    made_once : set of str
        Its parameters whose default can be changed in place, and is the same for all calls.
    is_property : bool
        Whether it is called where its name is only looked up.
    """

    __slots__ = ("asked", "changed", "holds", "is_property", "made_once", "method", "on_class")

    def __init__(self, method: str, on_class: bool) -> None:
        self.method = method
        self.on_class = on_class
        self.changed: dict[str, None] = {}
        self.asked: dict[str, None] = {}
        self.holds: dict[str, list[str]] = {}
        self.made_once: set[str] = set()
        self.is_property = False


class Scope:
    """What one scope (``module``, ``function``, ``class`` or ``comprehension``) has collected."""

    __slots__ = (
        "aliases",
        "bound",
        "copies",
        "declared",
        "deep",
        "imports",
        "kind",
        "loads",
        "outer",
        "owned",
        "params",
        "parts",
        "receiver",
        "returns",
        "writes",
    )

    def __init__(self, kind: str, outer: Scope | None) -> None:
        self.kind = kind
        self.outer = outer
        self.bound: set[str] = set()
        self.params: set[str] = set()
        self.receiver = ""
        self.owned: Owned | None = None
        self.declared: set[str] = set()
        self.imports: dict[str, list[str]] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.copies: dict[str, tuple[str, ...]] = {}
        self.deep: set[str] = set()
        self.loads: dict[str, None] = {}
        self.returns: dict[str, None] = {}
        self.parts: dict[str, None] = {}
        self.writes: dict[str, None] = {}


def unaliased(
    scope: Scope, chains: Iterable[str], deep: Collection[str] | None = None, made: bool = False
) -> Iterable[tuple[str, bool]]:
    """Return chains by the names that things had before a scope gave them local ones.

    Parameters
    ----------
    scope : Scope
        The scope.
    chains : iterable of str
        The chains.
    deep : collection of str, optional
        Those of which parts are meant, and so the parts of what they are copies of; all of them if it is not given.
    made : bool
        Whether of what has been made there the attribute is said too: ``Base().hooks``.

    Returns
    -------
    iterable of (str, bool)
        The chains, and whether parts are meant.
    """
    pending = [(chain, deep is None or chain in deep) for chain in chains]
    seen = {chain for chain, _ in pending}
    for chain, is_deep in pending:
        head, _, rest = chain.partition(".")
        others = scope.aliases.get(head, ()) if head in scope.bound else ()
        if head in scope.copies and head in scope.bound and (is_deep or rest):
            others = (*others, *scope.copies[head])
        if not others or head in scope.params:
            yield chain, is_deep
        for other in (f"{one}{rest}" if one.endswith(":") else one for one in others):
            if made and rest and "()" not in chain and other.endswith("()") and not other.endswith(".()"):
                other = f"{other}.{rest}"
            if other not in seen:
                seen.add(other)
                pending.append((other, True))


def function_scope(scope: Scope) -> Scope:
    """Return the nearest scope that functions inside can see: a class is none."""
    while scope.kind == "class" and scope.outer is not None:
        scope = scope.outer
    return scope
