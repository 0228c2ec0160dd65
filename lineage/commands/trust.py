"""``lineage trust``: the keys that tell the results of others from what anybody may have put into a shared store."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from lineage.choice import choose
from lineage.errors import UsageError
from lineage.share.keys import VARIABLE, Key, Keyring
from lineage.stack import find_project

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["trust"]


def trust(action: str, name: str | None, out: TextIO, *, as_json: bool = False) -> int:
    """Make, add, list, show or remove keys.

    Parameters
    ----------
    action : str
        ``create``, ``add``, ``list``, ``show`` or ``remove``.
    name : str or None
        Of the key; not for ``list``.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON; of no action but ``show`` the key itself is in it.
    """
    ring = Keyring()  # keys are the user's: only what counts in it is a project's
    if action == "list":
        project = find_project()
        ring = Keyring(choose(project).key if project is not None else None)
        if name is not None:
            raise UsageError(f"`lineage trust list` takes no '{name}'", fix="`lineage trust list` lists all keys")
        return _listed(ring, out, as_json=as_json)
    if name is None:
        raise UsageError(f"`lineage trust {action}` wants the name of a key", fix=f"lineage trust {action} team")
    actions: dict[str, Callable[[], str]] = {
        "create": lambda: _created(ring.create(name)),
        "add": lambda: _added(ring.add(name, _given())),
        "show": lambda: ring.named(name).text + "\n",
        "remove": lambda: _removed(ring, name),
    }
    text = actions[action]()
    if as_json:
        shown = {"key": text.strip()} if action == "show" else {}
        out.write(json.dumps({"name": name, "action": action, **shown}, indent=1) + "\n")
    else:
        out.write(text)
    return 0


def _created(key: Key) -> str:
    return (
        f"made the key {key.name} ({key.id}) in {key.place}\n"
        "  results that you share are signed with it from now on. Give it to those who take yours and whose you take,\n"
        f"  by a way that only they can read: `lineage trust show {key.name}` prints it, and they give it to\n"
        f"  `lineage trust add {key.name}`; CI has it as the secret {VARIABLE}.\n"
    )


def _added(key: Key) -> str:
    return f"what is signed with {key.name} ({key.id}) is trusted from now on, and you sign with it\n"


def _removed(ring: Keyring, name: str) -> str:
    try:
        key = ring.named(name)
        others = [each.name for each in ring.known() if each.id == key.id and each.name != name]
    except UsageError:  # a file that holds no key can be removed too; that there is none, `remove` says itself
        others = []
    ring.remove(name)
    left = f"it is here as {', '.join(others)} too, and trusted as before"
    return f"forgot the key {name}: {left if others else 'what is signed with it is not trusted any more'}\n"


def _given() -> str:
    """Return the key from standard input: a word of the command line would stay in the shell's history."""
    if sys.stdin is not None and sys.stdin.isatty():
        import getpass

        return getpass.getpass("the key (it is not shown): ")
    return sys.stdin.read() if sys.stdin is not None else ""


def _listed(ring: Keyring, out: TextIO, *, as_json: bool) -> int:
    keys, trusted, missing = ring.known(), {}, ""
    try:
        trusted = ring.trusted()
    except UsageError as error:  # the stack names one that is not here: what is here is what was asked for
        missing = f"{error.what}\n  fix: {error.fix}\n"
    if as_json:
        rows = [{"name": k.name, "id": k.id, "place": k.place, "trusted": k.id in trusted} for k in keys]
        out.write(json.dumps({"keys": rows}, indent=1) + "\n")
        return 0
    if not keys:
        out.write(
            "no keys: shared results are not signed, and pickles of others are not read. `lineage trust create team`\n"
        )
    for key in keys:
        out.write(f"{key.name}  {key.id}  {key.place}{'' if key.id in trusted else '  (another one is chosen)'}\n")
    out.write(missing)
    return 0
