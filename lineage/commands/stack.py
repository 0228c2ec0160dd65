"""``lineage stack list``, ``use`` and ``check``: which stacks there are, which one is used, and whether it works."""

from __future__ import annotations

import json
from typing import TextIO

from lineage.choice import choose, forget, names, remember
from lineage.model.checked import Finding
from lineage.settings import DEFAULT
from lineage.stack import Stack

__all__ = ["check", "listed", "title", "use"]


def title(stack: Stack) -> str:
    """Return the lines that say which stack is used, with which stores, and who said so; no store is opened."""
    choice = stack.choice
    lines = [f"stack: {choice.name} ({reason(choice.why)})"]
    if choice.cache is not None:
        lines.append(f"  cache in {choice.cache.shown}, {choice.cache_mode} ({reason(choice.cache.why)})")
    for what, address in (("artifacts", choice.artifacts), ("metadata", choice.metadata)):
        if address.why != DEFAULT:
            lines.append(f"  {what} in {address.shown} ({reason(address.why)})")
    return "\n".join(lines)


def reason(why: str) -> str:
    """Return who said so, for people."""
    return "no other one is named" if why == DEFAULT else f"chosen by {why}"


def listed(project: str, out: TextIO, *, as_json: bool = False) -> int:
    """List the stacks that a project may use."""
    used = choose(project)
    known = names(project)
    if as_json:
        rows = [{"name": name, "used": name == used.name, "place": each.place} for name, each in known.items()]
        out.write(json.dumps({"stacks": rows, "why": used.why}, indent=1) + "\n")
        return 0
    width = max(map(len, known))
    for name, each in known.items():
        place = "needs no configuration" if name == DEFAULT else each.place
        mark = f"  * {reason(used.why)}" if name == used.name else ""
        out.write(f"{name:<{width}}  {place}{mark}\n")
    return 0


def use(project: str, name: str | None, out: TextIO, *, as_json: bool = False) -> int:
    """Remember which stack this checkout uses; without a name, forget it: the project's own choice counts again."""
    if name is None:
        forget(project)
    else:
        Stack(project).prepare()
        remember(project, name)
    used = choose(project)
    if as_json:
        out.write(json.dumps({"stack": used.name, "why": used.why}, indent=1) + "\n")
        return 0
    out.write(f"this checkout uses the stack {used.name} ({reason(used.why)})\n")
    if name not in (None, used.name):
        out.write(f"  {used.why} is stronger than `lineage stack use {name}`\n")
    return 0


def check(project: str, out: TextIO, *, as_json: bool = False) -> int:
    """Say whether the stores can be reached, read and written; the exit code is 2 if not."""
    stack = Stack(project, read_only=True)
    found = list(stack.check())
    ok = all(each.ok for each in found)
    if as_json:
        told = {"stack": stack.choice.name, "why": stack.choice.why, "ok": ok}
        out.write(json.dumps({**told, "findings": [each.plain() for each in found]}, indent=1) + "\n")
    else:
        out.write(title(stack) + "\n\n" + "".join(map(_lines, found)))
    return 0 if ok else 2


def _lines(found: Finding) -> str:
    rows = [f"{'✓' if found.ok else '✕'} {found.what:<15} {found.found}"]
    rows += [f"    {word}: {text}" for word, text in (("why", found.why), ("fix", found.fix)) if text and not found.ok]
    return "\n".join(rows) + "\n"
