"""The command ``lineage``: ask what has been made, from what, and when.

Commands only read, but for those that keep house: no step module is imported, and nothing is unpickled. Each takes
``--json``. Exit codes: 0, or 3 for a word that means nothing here, 2 for a store that cannot be read, or a defect of
lineage; a command whose answer is yes or no has 1 for one of them.

This module is what the command line imports: it imports nothing itself before it can end in an orderly way.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as type checkers know it: importing typing takes its time, in which Ctrl-C shows a traceback

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn, TextIO

__all__ = ["console", "main"]


def console() -> NoReturn:
    """Be the console command."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str], stream: TextIO | None = None) -> int:
    """Carry out a command line.

    Parameters
    ----------
    arguments : sequence of str
        What stands after the word ``lineage``.
    stream : TextIO, optional
        Where to print; standard output by default.

    Returns
    -------
    int
        The exit code.
    """
    try:
        from lineage.terminal.streams import Streams

        streams = Streams().install()
        try:
            code = _ended(list(arguments), stream or sys.stdout)
            if streams.lost():
                code = code or 2
        finally:
            streams.restore()
    except KeyboardInterrupt:
        return 130
    return code


def _ended(words: list[str], out: TextIO) -> int:
    try:
        if words[:1] == ["__complete"] and len(words) == 4:  # a shell asks, for a key that was pressed
            from lineage.commands.completion import complete

            return complete(words[1], words[2], words[3], out)
        from lineage.commands.line import carry_out

        if hasattr(out, "reconfigure"):
            out.reconfigure(errors="replace")  # a name that the terminal cannot show is shown as far as it can
        return carry_out(words, out)
    except Exception as error:
        return _failed(error, out, as_json="--json" in words)
    except SystemExit as end:  # `lineage runs --help`
        return end.code if isinstance(end.code, int) else 0


def _failed(error: Exception, out: TextIO, *, as_json: bool) -> int:
    """Print what went wrong: on purpose, in lineage itself, or in the dodo.py that ``name=value`` is checked with."""
    from lineage.dodo.ending import ended
    from lineage.errors import LineageError, UsageError
    from lineage.terminal.streams import tell

    code = error.exit_code if as_json and isinstance(error, LineageError) else ended(error)
    if code is None:  # doit's own: there is no dodo.py
        tell(f"{error}\n")
        code = UsageError.exit_code
    if as_json:
        _write_json(error, out)
    return code


def _write_json(error: Exception, out: TextIO) -> None:
    import json

    from lineage.errors import LineageError
    from lineage.errors.defect import LINEAGE, culprit, described

    told = described(error) if culprit(error) == LINEAGE or isinstance(error, LineageError) else None
    said: dict[str, str | None] = {"type": type(error).__name__, "what": str(error), "why": None, "fix": None}
    if told is not None:
        said = {"type": type(told).__name__, "what": told.what, "why": told.why, "fix": told.fix}
    out.write(json.dumps({"error": said}, indent=1) + "\n")
