"""Readable paths: ``artifacts/digits/X_train.npy`` is a symbolic link to the stored object of the current version.

A link costs nothing for a large artifact, any tool can open it, and one ``stat`` through it tells both that it leads to
the right object and that nobody has written to that object since.
"""

from __future__ import annotations

import os
import time
from errno import ENOTDIR

from lineage.formats.registry import extension_for
from lineage.model.plan import Call
from lineage.stack import READABLE, keep_out_of_git

__all__ = ["check_place", "predicted_paths", "publish", "readable_path", "withdraw"]


def readable_path(pipeline: str, name: str, extension: str) -> str:
    """Return the readable path of an artifact, relative to the project.

    Parameters
    ----------
    pipeline, name : str
        ``digits`` and ``X_train``.
    extension : str
        ``.npy``; empty for files and folders that bring their own name.
    """
    return f"{READABLE}/{pipeline}/{name}{extension}"


def predicted_paths(call: Call) -> list[str]:
    """Predict the readable paths of a call's outputs from the annotations of its step."""
    returns = call.step.returns
    if len(returns) != len(call.outputs):
        returns = (None,) * len(call.outputs)
    return [
        readable_path(call.pipeline, name, extension_for(annotation))
        for name, annotation in zip(call.outputs, returns, strict=True)
    ]


def check_place(project: str) -> None:
    """Refuse a project whose readable paths cannot be made, before a step takes hours whose result has no place.

    Raises
    ------
    StoreError
        If something that is no folder stands in the place of ``artifacts``.
    """
    folder = os.path.join(project, READABLE)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        from lineage.errors.refusal import refused

        error = NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))
        raise refused("cannot make readable paths of artifacts", error, os.path.join(folder, "any"))


def publish(project: str, link: str, target: str, aside: str) -> None:
    """Make a readable path lead to a stored object.

    Parameters
    ----------
    project : str
        The project's folder.
    link : str
        The readable path, relative to the project.
    target : str
        Absolute path of the stored object.
    aside : str
        Folder for what stood in the way and was not made by us (a file saved over the link): moved, not lost.
    """
    path = f"{project}/{link}"
    if target.startswith(f"{project}/") and not os.path.islink(f"{project}/{READABLE}"):
        # Relative, so that a project can be moved or mounted elsewhere.
        target = "../" * link.count("/") + target[len(project) + 1 :]
    try:
        _symlink(path, target, project, aside)
    except OSError as error:
        from lineage.errors.refusal import refused

        raise refused(f"cannot make the readable path {link}", error, path) from error


def _symlink(path: str, target: str, project: str, aside: str) -> None:
    try:
        os.symlink(target, path)
    except FileNotFoundError:
        keep_out_of_git(f"{project}/{READABLE}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except FileExistsError:
        if not os.path.islink(path):
            os.makedirs(aside, exist_ok=True)
            os.replace(path, f"{aside}/{time.time_ns()}-{os.path.basename(path)}")
        elif os.readlink(path) == target:
            return
    else:
        return
    temporary = f"{path}.{os.getpid()}"
    os.symlink(target, temporary)
    os.replace(temporary, path)


def withdraw(project: str, link: str) -> None:
    """Remove a readable path, if it is still the link that we made."""
    path = f"{project}/{link}"
    if os.path.islink(path):
        try:
            os.unlink(path)
        except OSError as error:
            from lineage.errors.refusal import refused

            raise refused(f"cannot remove the readable path {link}", error, path) from error
