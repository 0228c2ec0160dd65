"""Judge `doit` by edits of small projects: which steps does it execute again after an edit?

The contract is that of a change detector for a suite of edits: ``stale(before, after, steps)`` gets two folders with a
project before and after an edit, and the names of step functions (``module:function``), and returns those that are
executed again. It does what a user would: it writes a ``dodo.py`` that declares the functions as steps, types ``doit``,
makes the edit in place, types ``doit`` again, and reads from the history what was executed.

``<folder>/_case.json`` holds ``{"env": {...}, "declared": {step: [files]}}``; ``<folder>/site-packages``, where
present, is a folder of installed distributions.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

_HEAD = "from pathlib import Path\nfrom typing import Annotated\n\nfrom lineage import File, pipeline, step\n"


def stale(before: str, after: str, steps: Sequence[str]) -> set[str]:
    """Return the steps that are executed again when a project is edited from `before` to `after`.

    Raises
    ------
    RuntimeError
        If a command fails otherwise than by a step, or the first run does not execute every step.
    """
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project"
        shutil.copytree(before, project)
        first = _run(project, steps, "1")
        if first != set(steps):
            raise RuntimeError(f"the first run did not execute {sorted(set(steps) - first)}")
        _edit(Path(before), Path(after), project)
        return _run(project, steps, "2")


def _edit(before: Path, after: Path, project: Path) -> None:
    """Make the edit as an editor would: what has not changed is not touched."""
    for path in sorted(_files(before) - _files(after)):
        (project / path).unlink()
        for folder in (project / path).parents:
            if folder == project or any(folder.iterdir()):
                break
            folder.rmdir()
    for path in sorted(_files(after)):
        source, target = after / path, project / path
        same = target.exists() and target.read_bytes() == source.read_bytes()
        if not same or target.stat().st_mtime != source.stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def _run(project: Path, steps: Sequence[str], seed: str) -> set[str]:
    """Type ``doit`` and return which steps it executed."""
    case = json.loads((project / "_case.json").read_text())
    (project / "dodo.py").write_text(dodo(steps, case["declared"]))
    packages = project / "site-packages"
    environment = {**os.environ, **case["env"], "PYTHONHASHSEED": seed, "NO_COLOR": "1"}
    environment["PYTHONPATH"] = str(packages) if packages.exists() else ""
    command = [sys.executable, "-m", "doit", "--continue"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    from lineage import History

    with History(str(project)) as history:
        found = history.pipeline("cases").runs[-1].steps
        names = {f"case_{number}": step for number, step in enumerate(steps)}
        return {names[name] for name, step in found.items() if step.status not in ("cached", "skipped")}


def dodo(steps: Sequence[str], declared: dict[str, Collection[str]]) -> str:
    """Return a dodo.py that declares functions as steps of one pipeline."""
    modules = dict.fromkeys(name.partition(":")[0] for name in steps)
    text = _HEAD + "".join(f"import {module}\n" for module in modules)
    body = ""
    for number, name in enumerate(steps):
        module, _, function = name.partition(":")
        files = declared.get(name, ())
        parameters = ", ".join(f"file_{place}: Annotated[Path, File]" for place, _ in enumerate(files))
        text += f"\n\n@step\ndef case_{number}({parameters}) -> object:\n    return {module}.{function}()\n"
        body += f"    value_{number} = case_{number}({', '.join(repr(file) for file in files)})\n"
    return f"{text}\n\n@pipeline\ndef cases():\n{body}"
