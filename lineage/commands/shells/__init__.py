"""``lineage completion SHELL``: what shells execute to ask for completions, a script for each."""

from __future__ import annotations

import os
from typing import TextIO

__all__ = ["completion"]


def completion(shell: str, out: TextIO) -> int:
    """Print the script that teaches a shell.

    Parameters
    ----------
    shell : str
        ``bash``, ``zsh`` or ``fish``.
    out : TextIO
        Where to print.
    """
    path = os.path.join(os.path.dirname(__file__), f"completion.{shell}")
    with open(path, encoding="utf-8") as file:
        out.write(file.read())
    return 0
