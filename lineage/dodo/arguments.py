"""``name=value`` words on the command line: which pipeline they are for, and what they mean.

doit takes every word with a ``=`` out of the command line before a command sees it and offers it to dodo.py through
``get_var``. A word is for a pipeline if the pipeline has a parameter of that name; for dodo.py if dodo.py asked for it;
else it is a mistake, and said to be one before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from doit import doit_cmd

from lineage.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from lineage.declare.pipeline import Pipeline

__all__ = ["Words", "bind", "watch_words"]


class Words(dict[str, str]):
    """The ``name=value`` words of a command, which notes the names that dodo.py reads with ``get_var``."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(words)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a word's value, and note that somebody asked for it."""
        self.read.add(name)
        return super().get(name, default)


def watch_words() -> Words:
    """Put a `Words` in the place where ``doit.get_var`` looks, and return it."""
    words = Words(doit_cmd._CMDLINE_VARS or {})
    doit_cmd._CMDLINE_VARS = words
    return words


def bind(
    words: Words, pipelines: Sequence[Pipeline[Any, Any]], namespace: Mapping[str, Any]
) -> dict[str, dict[str, object]]:
    """Turn the words of a command into arguments of pipelines.

    Parameters
    ----------
    words : Words
        The words, after dodo.py has been imported.
    pipelines : sequence of Pipeline
        The pipelines of dodo.py.
    namespace : mapping
        The names of dodo.py: where a slot finds its steps.

    Returns
    -------
    dict
        Pipeline name -> parameter -> value.

    Raises
    ------
    UsageError
        If a name means nothing here, or a value cannot be read.
    """
    found: dict[str, dict[str, object]] = {pipeline.name: {} for pipeline in pipelines}
    for name, text in words.items():
        from lineage.declare.values import parse_word

        taken = False
        # 'digits.trainer' is for one pipeline and goes before 'trainer', which is for each that has it.
        for pipeline in pipelines:
            own = name.removeprefix(f"{pipeline.name}.")
            if own not in pipeline.parameters or (own == name and f"{pipeline.name}.{name}" in words):
                taken = taken or own in pipeline.parameters
                continue
            taken = True
            found[pipeline.name][own] = parse_word(text, name, pipeline, own, namespace)
        if not taken and name not in words.read:
            variables = words.read | _read_later(namespace)
            if name not in variables:
                raise _unknown(name, pipelines, variables)
    return found


def _read_later(namespace: Mapping[str, Any]) -> set[str]:
    """Return the variables that dodo.py reads where nobody has come by yet: in a task creator, an action."""
    try:
        with open(str(namespace.get("__file__", "")), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return set()
    return {name for _, name in re.findall(r"get_var\(\s*(['\"])(.*?)\1", text)}


def _unknown(name: str, pipelines: Sequence[Pipeline[Any, Any]], variables: set[str]) -> UsageError:
    """Name what is near: of ``digits.trainr`` the parameters of digits, if there is such a pipeline."""
    of = next((pipeline for pipeline in pipelines if name.startswith(f"{pipeline.name}.")), None)
    if of is not None:
        own = name.removeprefix(f"{of.name}.")
        return UsageError(
            f"pipeline '{of.name}' has no parameter '{own}'{did_you_mean(own, of.parameters)}",
            why=f"{name}= is for pipeline '{of.name}' alone",
            fix=f"use one of: {', '.join(f'{of.name}.{parameter}' for parameter in sorted(of.parameters)) or 'none'}",
        )
    known = {parameter for pipeline in pipelines for parameter in pipeline.parameters} | variables
    qualified = [f"{pipeline.name}.{parameter}" for pipeline in pipelines for parameter in pipeline.parameters]
    return UsageError(
        f"no pipeline has a parameter '{name}'{did_you_mean(name, [*known, *qualified] if '.' in name else known)}",
        why="name=value sets a parameter of a pipeline, or a variable that dodo.py reads with get_var",
        fix=f"use one of: {', '.join(sorted(known)) or 'none'}",
    )
