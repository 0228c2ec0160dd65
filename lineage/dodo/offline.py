"""Load a project's dodo.py for a command that is not doit's, as doit would."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from lineage.declare import deferred
from lineage.dodo.arguments import Words, bind, watch_words
from lineage.dodo.session import find_pipelines

__all__ = ["check_words"]


def check_words(project: str, assignments: Sequence[str]) -> dict[str, dict[str, object]]:
    """Check ``name=value`` words against the pipelines of a project.

    Parameters
    ----------
    project : str
        The project's folder.
    assignments : sequence of str
        The words.

    Returns
    -------
    dict
        Pipeline name -> parameter -> value.

    Raises
    ------
    UsageError
        If a name means nothing there, or a value cannot be read.
    """
    words, namespace = _load(project, assignments)
    return bind(words, find_pipelines(namespace), namespace)


def _load(project: str, assignments: Sequence[str]) -> tuple[Words, dict[str, Any]]:
    from doit.cmd_base import DodoTaskLoader
    from doit.doit_cmd import reset_vars, set_var

    reset_vars()
    for word in assignments:
        name, _, value = word.partition("=")
        set_var(name, value)
    words = watch_words()
    deferred.install(project)
    loader = DodoTaskLoader()
    loader.setup({"dodoFile": os.path.join(project, "dodo.py"), "cwdPath": None, "seek_file": False})
    return words, loader.namespace
