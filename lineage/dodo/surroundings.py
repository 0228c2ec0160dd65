"""What surrounds a run: the command, the git commit and the Python environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lineage.records.process import identity
from lineage.records.protocol import RunStart

if TYPE_CHECKING:
    import subprocess

__all__ = ["GitState", "begun", "environment", "git_folder"]


def begun(started: float, git: GitState, selection: Mapping[str, str], *, executing: bool) -> RunStart:
    """Describe a run that begins.

    Parameters
    ----------
    started : float
        When, in seconds since the epoch.
    git : GitState
        The project's repository.
    selection : mapping of str to str
        The ``name=value`` words of the command.
    executing : bool
        Whether a step may run; then the state of the working copy and the environment are looked at.
    """
    return RunStart(
        command=" ".join([_program(sys.argv[0]), *sys.argv[1:]]),
        started=started,
        project=git.project,
        user=os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.getuid()),
        git_commit=git.commit,
        git_branch=git.branch,
        git_dirty=git.dirty() if executing else None,
        environment=environment() if executing else None,
        selection=dict(selection),
        **identity(),
    )


def _program(path: str) -> str:
    """Name the program of a command: of ``python -m doit`` the package."""
    folder, name = os.path.split(path)
    return os.path.basename(folder) if name == "__main__.py" else name


class GitState:
    """The commit and branch of the project's repository, read from its files without running git.

    Running git costs 2 ms in a tiny repository and grows with it, so whether anything is changed is asked only when a
    step runs, and beside it.

    Parameters
    ----------
    project : str
        A folder in the repository.
    """

    def __init__(self, project: str) -> None:
        self.project = project
        self.commit: str | None = None
        self.branch: str | None = None
        self._status: subprocess.Popen[bytes] | None = None
        folder = git_folder(project)
        if folder is not None:
            self._read_head(folder)

    def _read_head(self, folder: str) -> None:
        head = _read(os.path.join(folder, "HEAD"))
        if head is None:
            return
        if not head.startswith("ref: "):
            self.commit = head
            return
        reference = head[5:]
        self.branch = reference.removeprefix("refs/heads/")
        # In a linked worktree the references are in the main repository's folder.
        shared = _read(os.path.join(folder, "commondir"))
        places = [folder] if shared is None else [folder, os.path.normpath(os.path.join(folder, shared))]
        for place in places:
            self.commit = self.commit or _read(os.path.join(place, reference)) or _packed(place, reference)

    def ask(self) -> None:
        """Begin to find out whether tracked files are changed; `dirty` gives the answer."""
        if self.commit is None or self._status is not None:
            return
        import subprocess

        command = ["git", "status", "--porcelain", "--untracked-files=no"]
        try:
            self._status = subprocess.Popen(  # noqa: S603 - a constant command
                command, cwd=self.project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
            )
        except OSError:
            self._status = None  # git is not installed: the commit is known, the state is not

    def dirty(self) -> bool | None:
        """Return whether tracked files are changed; None if nobody asked or git cannot tell."""
        if self._status is None:
            return None
        output, _ = self._status.communicate()
        return bool(output.strip()) if self._status.returncode == 0 else None


def git_folder(project: str) -> str | None:
    """Return the folder in which git keeps what belongs to a working copy; ``None`` outside of one."""
    folder = project
    while True:
        found = os.path.join(folder, ".git")
        if os.path.isdir(found):
            return found
        if os.path.isfile(found):
            pointer = _read(found) or ""
            return os.path.normpath(os.path.join(folder, pointer.removeprefix("gitdir: ")))
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


def _packed(folder: str, reference: str) -> str | None:
    for line in (_read(os.path.join(folder, "packed-refs")) or "").splitlines():
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return None


def environment() -> dict[str, Any]:
    """Describe the Python environment: version, platform, and the installed distributions by folder name.

    Reading the names of the ``*.dist-info`` folders takes 1 ms, ``importlib.metadata`` 60.
    """
    import sysconfig

    packages = {}
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        names = os.listdir(place) if os.path.isdir(place) else []
        for name in names:
            if name.endswith(".dist-info"):
                package, _, version = name.removesuffix(".dist-info").rpartition("-")
                packages[package] = version
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "platform": f"{sys.platform}-{os.uname().machine}",
        "packages": dict(sorted(packages.items())),
    }
