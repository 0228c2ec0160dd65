"""An option that doit does not know, or that lacks its value: doit's own message is a page of its internals."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from lineage.errors import UsageError, did_you_mean

__all__ = ["mistyped"]

_MESSAGE = re.compile(r"Error parsing \w+: (option (-\S+) .*?) \(parsing options: ", re.DOTALL)


def mistyped(error: Exception, command: str, names: Iterable[str], words: Sequence[str]) -> UsageError | None:
    """Return what is wrong with an option in a line, or ``None`` where doit is to say it in its own way.

    That is where the dodo.py does not speak of lineage: such a project is not to notice that lineage is installed. The
    file is only looked at, since a command line that cannot be understood runs nothing.

    Parameters
    ----------
    error : Exception
        doit's.
    command : str
        Name of the command.
    names : iterable of str
        The long names of its options.
    words : sequence of str
        The command line.
    """
    found = _MESSAGE.match(str(error))
    if found is None or not _speaks_of_lineage(words):
        return None
    problem, option = found.groups()
    near = did_you_mean(option, [f"--{name}" for name in names]) if option.startswith("--") else ""
    return UsageError(f"{problem}{near}", fix=f"`doit help {command}` lists the options")


def _speaks_of_lineage(words: Sequence[str]) -> bool:
    path = os.path.join(_value(words, "-d", "--dir") or "", _value(words, "-f", "--file") or "dodo.py")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return re.search(r"\blineage\b", file.read()) is not None
    except OSError:
        return False


def _value(words: Sequence[str], short: str, long: str) -> str | None:
    """Return the value of an option in a command line that could not be parsed as a whole."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word in (short, long):
            return after
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
    return None
