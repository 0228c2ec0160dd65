"""The mark of a parameter that is an input file."""

from __future__ import annotations

__all__ = ["File"]


class File:
    """Marks a parameter whose argument is the path of an input file.

    Written ``data: Annotated[Path, lineage.File]``. The content of the file and its path relative to the project
    decide, each by itself, whether the step runs again.
    """
