"""What is to be sent, kept on disk until it has arrived: a store that is away costs no build anything.

One file an execution, written before the execution is recorded and removed when all of it has been sent. Whatever stops
in between, the next `doit` goes on with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from typing import Any

__all__ = ["Outbox"]


class Outbox:
    """Files that are to be sent.

    Parameters
    ----------
    folder : str
        Where they are.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def add(self, content: dict[str, Any]) -> str:
        """Keep something until it is sent; return the name of its file."""
        os.makedirs(self.folder, exist_ok=True)
        name = f"{uuid.uuid4().hex}.json"
        temporary = os.path.join(self.folder, f".{name}")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(temporary, os.path.join(self.folder, name))
        return name

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what is in a file; ``None`` if it is gone or damaged."""
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                content = json.load(file)
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def names(self) -> list[str]:
        """Return the names of the files, oldest first."""
        try:
            found = [entry for entry in os.scandir(self.folder) if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        aged = []
        for entry in found:
            with contextlib.suppress(FileNotFoundError):
                aged.append((entry.stat().st_mtime_ns, entry.name))
        return [name for _, name in sorted(aged)]

    def remove(self, name: str) -> None:
        """Forget something: it has arrived, or there is nothing to send any more."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, name))
