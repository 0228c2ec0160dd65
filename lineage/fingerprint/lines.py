"""The lines of a source text."""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["Lines"]


class Lines:
    """The lines of a source text as the compiler counts them: form feeds and Unicode separators end none."""

    def __init__(self, text: str) -> None:
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        self._ascii = plain.isascii()
        self._lines = plain.split("\n")

    def text(self, node: Any) -> str:
        """Return the text of a node, on one line."""
        if node.lineno != node.end_lineno:
            return str(ast.unparse(node))  # a segment of several lines may hold comments
        line: str = self._lines[node.lineno - 1]
        first, last = int(node.col_offset), int(node.end_col_offset)
        return line[first:last] if self._ascii else line.encode()[first:last].decode()

    def block(self, first: int, last: int) -> str:
        """Return whole lines, counted from 1, both included."""
        return "\n".join(self._lines[first - 1 : last])
