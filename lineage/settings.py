"""What a project says about lineage in its ``pyproject.toml``, under ``[tool.lineage]``.

What is strict is asked only when a step is going to be executed; which stores are used, whenever one is opened. Nothing
in it decides what is up to date.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from lineage.errors import UsageError, did_you_mean

__all__ = ["CACHE_MODES", "DEFAULT", "FILE", "Settings", "StackSettings", "read_settings"]

FILE = "pyproject.toml"
#: The name of the stack that needs no configuration.
DEFAULT = "default"
#: What may be done with a shared cache: take and give, only take (pull requests), neither.
CACHE_MODES = ("read-write", "read-only", "off")
_TABLE = "tool.lineage"
#: What keys begin with, as people are given them (`lineage.share.keys`).
_OF_KEYS = "lineage-key-"


class StackSettings:
    """A named stack, as it is written.

    Attributes
    ----------
    name : str
        ``team``.
    artifacts, metadata : str or None
        The addresses of its stores; ``None`` for the default one.
    cache : str or None
        The address of a cache that is shared with others; ``None`` for none.
    cache_mode : str or None
        What may be done with it, one of `CACHE_MODES`; ``None`` for all of it.
    key : str or None
        The name of the key that records in shared stores are signed with; ``None`` for whichever there is.
    place : str
        Where it is written, ``pyproject.toml:12``.
    """

    __slots__ = ("artifacts", "cache", "cache_mode", "key", "metadata", "name", "place")

    def __init__(
        self,
        name: str,
        artifacts: str | None = None,
        metadata: str | None = None,
        place: str = DEFAULT,
        *,
        cache: str | None = None,
        cache_mode: str | None = None,
        key: str | None = None,
    ) -> None:
        self.name = name
        self.artifacts = artifacts
        self.metadata = metadata
        self.place = place
        self.cache = cache
        self.cache_mode = cache_mode
        self.key = key


class Settings:
    """A project's settings.

    Attributes
    ----------
    strict : bool
        Whether a step fails that reads a file, folder or environment variable which it was not given as an input.
    stack : str
        The stack that is used where nobody says otherwise.
    stacks : dict of str to StackSettings
        The stacks that the project names.
    place : str
        Where `stack` is written; the file if it is not.
    """

    __slots__ = ("place", "stack", "stacks", "strict")

    def __init__(
        self,
        strict: bool = False,
        stack: str = DEFAULT,
        stacks: dict[str, StackSettings] | None = None,
        place: str = FILE,
    ) -> None:
        self.strict = strict
        self.stack = stack
        self.stacks = stacks or {}
        self.place = place


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
        with open(os.path.join(project, FILE), "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise UsageError(f"cannot read {FILE}: {error.strerror}", fix="make it readable") from error
    # Most projects have none of our settings, and a parser costs more than a look.
    return _Reader(content).settings() if b"lineage" in content and _may_be_ours(content) else Settings()


def _may_be_ours(content: bytes) -> bool:
    """Whether a line may begin a table of ours, in any of TOML's spellings."""
    for line in content.splitlines():
        word = line.lstrip(b" \t[\"'")
        if word.startswith(b"tool"):
            rest = word[4:].lstrip(b" \t\"'")
            if rest[:1] in (b"]", b"=") or (rest[:1] == b"." and rest[1:].lstrip(b" \t\"'").startswith(b"lineage")):
                return True
    return False


class _Reader:
    """Takes the table apart, and knows the lines."""

    def __init__(self, content: bytes) -> None:
        self._table = _parsed(content)
        self._lines = content.decode("utf-8").splitlines()

    def settings(self) -> Settings:
        table = self._table
        self._check_names(table, _KNOWN, f"[{_TABLE}]", "setting")
        for name, kind in _KNOWN.items():
            if name in table:
                self._check_type(name, table[name], kind, f"[{_TABLE}]")
        stacks = {name: self._stack(name, content) for name, content in table.get("stacks", {}).items()}
        chosen = table.get("stack", DEFAULT)
        place = self._place("stack", f"[{_TABLE}]") if chosen != DEFAULT else FILE
        return Settings(table.get("strict", False), chosen, stacks, place)

    def _stack(self, name: str, content: Any) -> StackSettings:
        header = f"[{_TABLE}.stacks.{name}]"
        if name == DEFAULT or not (name.isascii() and name.replace("-", "_").isidentifier()):
            why = (
                "it is the one that needs no configuration"
                if name == DEFAULT
                else "a name is letters, digits, - and _, a letter first"
            )
            raise UsageError(
                f"a stack cannot be called '{name}' ({self._place('', header)})", why=why, fix="call it something else"
            )
        self._check_type(name, content, dict, f"[{_TABLE}.stacks]")
        self._check_names(content, _OF_STACK, header, "setting")
        for key, value in content.items():
            self._check_type(key, value, str, header)
        mode = content.get("cache-mode")
        if mode is not None and mode not in CACHE_MODES:
            near = did_you_mean(mode, CACHE_MODES)
            raise UsageError(
                f"cache-mode = {mode!r} in {self._place('cache-mode', header)} is no mode{near}",
                fix=f"the modes are: {', '.join(CACHE_MODES)}",
            )
        if content.get("key", "").startswith(_OF_KEYS):
            raise UsageError(  # it is not shown
                f"key in {header} of {self._place('key', header)} is a key itself, where its name belongs",
                why="whoever can read the repository can sign with it",
                fix='write its name, key = "team"; make a new one (`lineage trust create`), since that one is known',
            )
        stores = (content.get("artifacts"), content.get("metadata"), self._place("", header))
        return StackSettings(name, *stores, cache=content.get("cache"), cache_mode=mode, key=content.get("key"))

    def _check_names(self, table: dict[str, Any], known: Iterable[str], header: str, what: str) -> None:
        for name in table:
            if name not in known:
                raise UsageError(
                    f"{header} in {self._place(name, header)} has a {what} '{name}', "
                    f"which does not exist{did_you_mean(name, known)}",
                    why="a setting that is misspelt would have no effect, silently",
                    fix=f"the settings are: {', '.join(known)}",
                )

    def _check_type(self, name: str, value: Any, kind: type, header: str) -> None:
        if not isinstance(value, kind) or value == "":
            # The value is not shown: where an address was meant it may hold a password.
            shown = f"{name} = {value!r}" if kind is bool else name
            raise UsageError(
                f"{shown} in {header} of {self._place(name, header)} is not {_TYPES[kind]}",
                fix=f"write {_EXAMPLES.get(name, _EXAMPLES['stacks'])}",
            )

    def _place(self, name: str, header: str) -> str:
        """Return where a name stands below a header, as far as that can be told by looking."""
        import re  # only where something is to be told

        plain = re.sub(r"[\s\"']", "", header)
        inside = False
        for number, line in enumerate(self._lines, 1):
            text = re.sub(r"[\s\"']", "", line)
            if text.startswith("["):
                inside = text.startswith(plain)
                if inside and not name:
                    return f"{FILE}:{number}"
            elif inside and name and re.match(rf"{re.escape(name)}[.=]", text):
                return f"{FILE}:{number}"
        return FILE


def _parsed(content: bytes) -> dict[str, Any]:
    import tomllib

    try:
        parsed = tomllib.loads(content.decode("utf-8"))
    except ValueError as error:
        raise UsageError(
            f"{FILE} is not valid TOML: {error}", why=f"[{_TABLE}] may be in it", fix="correct the line"
        ) from error
    tools = parsed.get("tool", {})
    table = tools.get("lineage", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{_TABLE} in {FILE} is not a table", fix=f"write [{_TABLE}] and the settings below it")
    return table


#: The settings that there are, and those of a stack.
_KNOWN: dict[str, type] = {"strict": bool, "stack": str, "stacks": dict}
_OF_STACK = ("artifacts", "metadata", "cache", "cache-mode", "key")
_TYPES: dict[type, str] = {bool: "true or false", str: "a text", dict: "a table"}
_EXAMPLES = {
    "strict": "strict = true",
    "stack": 'stack = "team"',
    "stacks": f'[{_TABLE}.stacks.team], and below it metadata = "postgresql://host/database"',
    "artifacts": 'artifacts = "/a/folder/that/all/can/reach"',
    "metadata": 'metadata = "postgresql://host/database"',
    "cache": 'cache = "s3://bucket/folder"',
    "cache-mode": 'cache-mode = "read-only"',
    "key": 'key = "team"',
}
