"""What an editable installation puts on ``sys.path``: a folder with nothing but ``lineage`` in it."""

from __future__ import annotations

import os
import shutil
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = ".editable"


class EditableFolder(BuildHookInterface):  # type: ignore[type-arg]
    """Makes the folder that ``dev-mode-dirs`` in pyproject.toml names, with a link to the package.

    With the repository's own folder there, its ``tasks`` would be found before the ``tasks`` of a project that has no
    ``__init__.py``: Python takes a package anywhere on the path before a namespace package. Hatch's other way
    (``dev-mode-exact``) is an import hook, which costs every start of Python more than all of ``import lineage``.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the folder for an editable installation, do nothing for a wheel."""
        folder = os.path.join(self.root, FOLDER)
        # Other environments may be at work with a folder that is right already: it is left as it is.
        if version != "editable" or (os.path.isdir(folder) and os.listdir(folder) == ["lineage"]):
            return
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        os.symlink(os.path.join(os.pardir, "lineage"), os.path.join(folder, "lineage"))
