"""``doit lineage ...``: the same as the command ``lineage ...``, so that doit's users need to know one program only."""

from __future__ import annotations

import sys

from doit.cmd_base import Command

__all__ = ["Lineage"]


class Lineage(Command):  # type: ignore[misc]
    """The one command name that we take from users' task names."""

    name = "lineage"
    doc_purpose = "ask for runs, artifacts and where they came from"
    doc_usage = "COMMAND [ARGUMENT ...]"
    doc_description = "`lineage --help` lists the commands."

    def parse_execute(self, in_args: list[str]) -> int:
        """Hand on what stands after the word ``lineage`` as it was typed: doit has taken the words with a ``=`` out."""
        from lineage.commands.main import main

        typed = sys.argv[1:]
        return main(typed[typed.index("lineage") + 1 :] if "lineage" in typed else list(in_args))

    def help(self) -> str:
        """Return the help of the command ``lineage``."""
        from lineage.commands.line import parser

        return parser().format_help()
