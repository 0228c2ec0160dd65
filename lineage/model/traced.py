"""What a traceback says most briefly: the message at its end, and the place above it."""

from __future__ import annotations

import re

__all__ = ["headline", "last_frame", "message"]

_FRAME = re.compile(r'^ *File "(?P<file>[^"<]+)", line (?P<line>\d+)', re.MULTILINE)


def last_frame(text: str) -> tuple[str, int] | None:
    """Return the file and line that a traceback ends in; ``None`` for any other text."""
    found = list(_FRAME.finditer(text))
    return (found[-1]["file"], int(found[-1]["line"])) if found else None


def message(text: str) -> list[str]:
    r"""Return the lines of an error's message: of a traceback those after its frames, of any other text all.

    Examples
    --------
    >>> message('  File "dodo.py", line 1\n    def (\n        ^\nSyntaxError: invalid syntax')
    ['SyntaxError: invalid syntax']
    """
    lines = text.strip().splitlines() or ["it failed"]
    frames = [number for number, line in enumerate(lines) if _FRAME.match(line)]
    if not frames or not (lines[0].startswith("Traceback") or frames[0] == 0):
        return lines
    # The code of a frame and the marks below it are indented.
    after = (number for number, line in enumerate(lines) if number > frames[-1] and line[:1].strip())
    return lines[next(after, len(lines) - 1) :]


def headline(text: str) -> str:
    """Return the line of an error that says most."""
    return message(text)[0].strip()
