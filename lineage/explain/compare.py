"""The one comparison: from two sides to the reasons why they are not the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lineage.explain.sides import Origin, Part, Side
from lineage.explain.unified import unified
from lineage.fingerprint.manifest import sentence
from lineage.model.stored import Entry, Reason, place_of

__all__ = ["CODE", "compare"]

#: Kinds of entries whose digest is that of a code closure.
CODE = ("code", "class")

_Key = tuple[str, str, int]
_Pair = tuple[Part | None, Part | None]


def compare(before: Side, after: Side, *, diffs: bool = False) -> list[Reason]:
    """List the ingredients that differ between two sides.

    Parameters
    ----------
    before, after : Side
        What is compared.
    diffs : bool
        Whether reasons of code get the diff of the source.

    Returns
    -------
    list of Reason
        In the order of the manifest, the parts of code by their distance from the step. Empty exactly if the two
        manifests have one fingerprint.
    """
    return _Comparison(before, after, diffs).reasons()


class _Comparison:
    """One comparison."""

    def __init__(self, before: Side, after: Side, diffs: bool) -> None:
        self.before = before
        self.after = after
        self.diffs = diffs

    def reasons(self) -> list[Reason]:
        old, new = _keyed(self.before.entries), _keyed(self.after.entries)
        found: list[Reason] = []
        for key, entry in new.items():
            previous = old.get(key)
            if previous is None or _hashed(previous) != _hashed(entry):
                found += self._differing(previous, entry)
        for key, entry in old.items():
            if key not in new:
                found.append(_plain(entry, None))
        return _once(found) or self._reordered()

    def _reordered(self) -> list[Reason]:
        if [_hashed(entry) for entry in self.before.entries] == [_hashed(entry) for entry in self.after.entries]:
            return []
        return [Reason("order", "", None, None, "the order of the ingredients changed")]

    def _differing(self, old: Entry | None, new: Entry) -> list[Reason]:
        if old is None:
            return [_plain(None, new)]
        if new.kind == "code" and self._swapped(old, new):
            return [self._step(old.name, new.name)]
        if new.kind in CODE:
            return self._code(old, new)
        if new.kind == "input":
            return [_input(old, new, self.before.origin(old.name), self.after.origin(new.name))]
        return [_plain(old, new)]

    # Code

    def _swapped(self, old: Entry, new: Entry) -> bool:
        """Whether another step was called, and not one that was edited or moved to another module."""
        if old.name != new.name:
            return True
        if self.before.step == self.after.step:
            return False
        was, now = _own(self.before, old), _own(self.after, new)
        return was is None or now is None or was.digest != now.digest

    def _step(self, old: str, new: str) -> Reason:
        if old == new:  # only their modules tell them apart
            old, new = self.before.step, self.after.step
        return Reason("step", new, old, new, f"step {old} became {new}")

    def _code(self, old: Entry, new: Entry) -> list[Reason]:
        """Say which functions, classes and constants differ between two digests of code, nearest to the step first."""
        was, now = self.before.parts(old.digest), self.after.parts(new.digest)
        if not was or not now:
            return [_plain(old, new)]
        found = [self._part(pair, new) for pair in sorted(_pairs(was, now), key=_distance)]
        if not found:
            text = f"{sentence(old, new)}: its statements come in another order"
            found = [Reason(new.kind, new.name, old.digest, new.digest, text)]
        if wide := list(self.after.wide(new.digest)):
            found[0].details["wide"] = wide
        return found

    def _part(self, pair: _Pair, entry: Entry) -> Reason:
        was, now = pair
        part = _either(pair)
        details: dict[str, Any] = {"file": part.file, "line": part.line, "via": part.via}
        if was is not None:
            old = {"name": was.name, "file": was.file, "line": was.line}
            details["old"] = old | {"run": self.before.run}
        if self.diffs:
            details["diff"] = self._diff(was, now)
        digests = (was.digest if was else None, now.digest if now else None)
        return Reason(entry.kind, part.name, *digests, _part_sentence(pair, entry), details)

    def _diff(self, was: Part | None, now: Part | None) -> list[str]:
        """Return the diff of a part; nothing where a text that must be there is not known."""
        old, new = self.before.text(was) if was else "", self.after.text(now) if now else ""
        if (was and not old) or (now and not new):
            return []
        heads = (_head(was, self.before), _head(now, self.after))
        return unified(old, new, heads, ((was and was.line) or 1, (now and now.line) or 1))


def _keyed(entries: Iterable[Entry]) -> dict[_Key, Entry]:
    """Tell which entries of two manifests stand for the same ingredient: there is one code, whatever step it is of."""
    keyed: dict[_Key, Entry] = {}
    for entry in entries:
        name, count = "" if entry.kind == "code" else entry.name, 0
        while (entry.kind, name, count) in keyed:
            count += 1
        keyed[entry.kind, name, count] = entry
    return keyed


def _hashed(entry: Entry) -> tuple[str, str, str]:
    return (entry.kind, entry.name, entry.digest)


def _once(found: Sequence[Reason]) -> list[Reason]:
    """Leave out what is told already: a step's own code and that of its inputs' classes may have parts in common."""
    kept: dict[tuple[str | None, ...], Reason] = {}
    for reason in found:
        kind = "code" if reason.kind in CODE else reason.kind
        kept.setdefault((kind, reason.name, reason.before, reason.after), reason)
    return list(kept.values())


def _plain(old: Entry | None, new: Entry | None) -> Reason:
    entry = new or old
    assert entry is not None, "one of the two sides has the ingredient"
    shown = [each.shown if each else None for each in (old, new)]
    if old and new and old.shown == new.shown:  # then the digests are what tells them apart
        shown = [old.digest, new.digest]
    return Reason(entry.kind, entry.name, shown[0], shown[1], sentence(old, new))


# Code


def _own(side: Side, entry: Entry) -> Part | None:
    return next((part for part in side.parts(entry.digest) if part.name == side.step), None)


def _pairs(before: Sequence[Part], after: Sequence[Part]) -> list[_Pair]:
    """Pair the parts that differ, and those of one digest that have another name."""
    was, now = {part.name: part for part in before}, {part.name: part for part in after}
    gone: dict[str, list[Part]] = {}
    for name, part in was.items():
        if name not in now:
            gone.setdefault(part.digest, []).append(part)
    pairs: list[_Pair] = []
    for name, part in now.items():
        if name not in was:
            moved = gone.get(part.digest)
            pairs.append((moved.pop(0) if moved else None, part))
        elif was[name].digest != part.digest:
            pairs.append((was[name], part))
    return pairs + [(part, None) for parts in gone.values() for part in parts]


def _either(pair: _Pair) -> Part:
    part = pair[1] or pair[0]
    assert part is not None, "one of the two sides has the part"
    return part


def _distance(pair: _Pair) -> tuple[int, str]:
    part = _either(pair)
    return part.via.count(" -> "), part.name


def _part_sentence(pair: _Pair, entry: Entry) -> str:
    was, now = pair
    part = _either(pair)
    if now is None:
        return f"{part.name} is not used any more"
    text = f"{part.name} ({place_of(part.file, part.line)}) {_how(was, now)}"
    if " -> " in part.via:
        text += f", reached by {part.via}"
    return f"{text}, and an input refers to {entry.name}" if entry.kind == "class" else text


def _how(was: Part | None, now: Part) -> str:
    if was is None:
        return "is now used"
    return "changed" if was.name == now.name else f"was moved from {was.name} ({place_of(was.file, was.line)})"


def _head(part: Part | None, side: Side) -> str:
    moment = "now" if side.run is None else f"run {side.run}"
    return f"{place_of(part.file, part.line)} ({moment})" if part else f"nothing ({moment})"


# Inputs


def _input(old: Entry, new: Entry, was: Origin | None, now: Origin | None) -> Reason:
    if was is None or now is None:
        return _plain(old, new)
    text = f"input {new.name}: {_told(was, now)} became {_told(now, was)}"
    details: dict[str, Any] = {"old": was.plain(), "new": now.plain()}
    if was.fingerprint is not None and was.fingerprint == now.fingerprint:
        text += f", because {now.made_by} is not deterministic"
        details["not_deterministic"] = now.made_by
    return Reason("input", new.name, old.digest, new.digest, text, details)


def _told(origin: Origin, other: Origin) -> str:
    number = "a new version" if origin.version is None else f"version {origin.version}"
    if origin.artifact != other.artifact:
        number = f"{origin.artifact} {number}"
    return f"{number} (made by {origin.made_by} in run {origin.run})" if origin.made_by else number
