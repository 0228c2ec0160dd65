"""What a project says about lineage in its ``pyproject.toml``, under ``[tool.lineage]``.

It is read only when a step is going to be executed: nothing in it decides what is up to date.
"""

from __future__ import annotations

import os
from typing import Any

from lineage.errors import UsageError, did_you_mean

__all__ = ["Settings", "read_settings"]

_FILE = "pyproject.toml"
_TABLE = "tool.lineage"
#: The settings that there are, each with its type and what it is when it is not given.
_KNOWN: dict[str, tuple[type, Any]] = {"strict": (bool, False)}


class Settings:
    """A project's settings.

    Attributes
    ----------
    strict : bool
        Whether a step fails that reads a file, folder or environment variable which it was not given as an input.
    """

    __slots__ = ("strict",)

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict


def read_settings(project: str) -> Settings:
    """Read a project's settings.

    Parameters
    ----------
    project : str
        The project's folder.

    Raises
    ------
    UsageError
        If the file is broken, or has a setting or a value that means nothing.
    """
    try:
        with open(os.path.join(project, _FILE), "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise UsageError(f"cannot read {_FILE}: {error.strerror}", fix="make it readable") from error
    # Most projects have none of our settings, and a parser costs more than a look.
    return Settings(**_checked(_table(content))) if b"lineage" in content else Settings()


def _table(content: bytes) -> dict[str, Any]:
    import tomllib

    try:
        parsed = tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise UsageError(
            f"{_FILE} is not valid TOML: {error}", why=f"[{_TABLE}] may be in it", fix="correct the line"
        ) from error
    tools = parsed.get("tool", {})
    table = tools.get("lineage", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{_TABLE} in {_FILE} is not a table", fix=f"write [{_TABLE}] and the settings below it")
    return table


def _checked(table: dict[str, Any]) -> dict[str, Any]:
    for name, value in table.items():
        if name not in _KNOWN:
            raise UsageError(
                f"[{_TABLE}] in {_FILE} has a setting '{name}', which does not exist{did_you_mean(name, _KNOWN)}",
                why="a setting that is misspelt would have no effect, silently",
                fix=f"the settings are: {', '.join(_KNOWN)}",
            )
        kind = _KNOWN[name][0]
        if not isinstance(value, kind):
            raise UsageError(
                f"{name} = {value!r} in [{_TABLE}] of {_FILE} is not {_TYPES[kind]}", fix=f"write {_EXAMPLES[name]}"
            )
    return {name: table.get(name, default) for name, (_, default) in _KNOWN.items()}


_TYPES: dict[type, str] = {bool: "true or false"}
_EXAMPLES = {"strict": "strict = true"}
