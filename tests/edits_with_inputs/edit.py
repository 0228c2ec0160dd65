"""What an edit is: a package, a change of one of its files, and which steps must run again."""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple

HEAD = "from lineage import step, pipeline, File\n"


class Edit(NamedTuple):
    """One edit.

    Attributes
    ----------
    name : str
        Name of the package and of its pipeline.
    why : str
        What must hold, in one sentence.
    files : dict of str to str
        The package's files. ``flow.py`` has the pipeline, called ``flow``; the line that imports from lineage is added
        to it, and to ``steps.py``.
    change : tuple of (str, str, str)
        File, the one place where this stands in it, and what stands there afterwards.
    expected : dict of str to str
        What becomes of each step when `doit` is typed again: ``run`` or ``cached``; ``either`` where both are right.
    environment : dict of str to str
        Variables that are set in the second run.
    """

    name: str
    why: str
    files: dict[str, str]
    change: tuple[str, str, str]
    expected: dict[str, str]
    environment: dict[str, str] = {}  # noqa: RUF012 - never changed

    def before(self) -> dict[str, str]:
        """Return the files by their paths in the project."""
        texts = {"__init__.py": "", **{path: dedent(text) for path, text in self.files.items()}}
        for path in ("steps.py", "flow.py"):
            if path in texts:
                texts[path] = HEAD + texts[path]
        texts["flow.py"] = texts["flow.py"].replace("def flow(", f"def {self.name}(")
        return {f"{self.name}/{path}": text for path, text in texts.items()}

    def after(self) -> dict[str, str]:
        """Return the files after the edit."""
        path, old, new = self.change
        texts = self.before()
        place = f"{self.name}/{path}"
        assert texts[place].count(old) == 1, f"{self.name}: {old!r} stands {texts[place].count(old)} times in {path}"
        return {**texts, place: texts[place].replace(old, new)}
