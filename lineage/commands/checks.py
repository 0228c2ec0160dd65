"""What `lineage doctor` looks at around a project: versions, commands, stores, file system, git."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator

from lineage.errors import LineageError
from lineage.model.checked import Finding
from lineage.model.shown import counted
from lineage.stack import FOLDER, READABLE, Stack

__all__ = ["NETWORKS", "around", "file_system"]

#: File systems on which locks and SQLite's log cannot be relied on.
NETWORKS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "lustre",
        "gpfs",
        "beegfs",
        "glusterfs",
        "vboxsf",
        "drvfs",
    }
    | {f"fuse.{name}" for name in ("sshfs", "s3fs", "rclone", "glusterfs", "gcsfuse", "davfs2")}
)
_LEAST_FREE = 500 << 20
_SOON = 60.0  # seconds by which clocks may differ


def around(project: str) -> Iterator[Finding]:
    """Look at what is around a project; nothing of it is imported, and nothing is written."""
    yield _versions()
    yield from _doit()
    yield from _stores(project)
    yield from file_system(os.path.join(project, FOLDER))
    yield from _disk(project)
    yield from _clock(project)
    yield from _git(project)


def _versions() -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    names = ["doit-lineage", "doit", "numpy", "cloudpickle", "xxhash"]
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    python = "Python " + ".".join(map(str, sys.version_info[:3]))
    told = ", ".join([python, *found])
    if missing:
        fix = "`pip install --force-reinstall doit-lineage` brings what it needs"
        return Finding("versions", told, ok=False, why=f"{', '.join(missing)} cannot be found", fix=fix)
    return Finding("versions", told)


def _doit() -> Iterator[Finding]:
    """Whether `doit` is the one that knows steps."""
    from importlib.metadata import entry_points

    runs = sorted(point.value for point in entry_points(group="doit.COMMAND", name="run"))
    others = [value for value in runs if not value.startswith("lineage.")]
    if others or not runs:
        why = f"{', '.join(others)} takes its place" if others else "the plugin is not registered here"
        yield Finding(
            "doit",
            "its command `run` is not lineage's",
            ok=False,
            why=why,
            fix=f"uninstall {others[0].partition('.')[0]}" if others else "install doit-lineage in this environment",
        )
        return
    found = shutil.which("doit")
    here = os.path.join(sys.prefix, "bin", "doit")
    if found is None or os.path.realpath(os.path.dirname(found)) != os.path.realpath(os.path.dirname(here)):
        where = "is not on PATH" if found is None else f"is {found}, of another environment"
        activate = os.path.join(sys.prefix, "bin", "activate")
        yield Finding(
            "doit",
            f"`doit` {where}",
            ok=False,
            why=f"lineage is installed in {sys.prefix}",
            fix=f"`source {activate}`, or type {here}",
        )
        return
    yield Finding("doit", found)


def _stores(project: str) -> Iterator[Finding]:
    stack = Stack(project, read_only=True)
    try:
        yield Finding("stack", stack.choice.name)
        yield from stack.check()
    except LineageError as error:
        yield Finding(
            "stack", error.what, ok=False, why=error.why or "no command works so", fix=error.fix or "docs/stack.md"
        )
    finally:
        stack.close()


def file_system(path: str, mounts: str = "/proc/self/mountinfo") -> Iterator[Finding]:
    """Say whether a folder is on a file system of this machine.

    Parameters
    ----------
    path : str
        The folder; it need not be there yet.
    mounts : str
        Where the kernel lists what is mounted; elsewhere than on Linux nothing is said.
    """
    try:
        with open(mounts, encoding="utf-8") as file:
            rows = [line.split() for line in file]
    except OSError:
        return
    real, kind, length = os.path.realpath(path), "", 0
    for row in rows:
        point = row[4].encode().decode("unicode_escape")
        if len(point) >= length and (real == point or real.startswith(point.rstrip("/") + "/")):
            kind, length = row[row.index("-") + 1], len(point)
    if kind in NETWORKS:
        yield Finding(
            "file system",
            f"{path} is on a network file system ({kind})",
            ok=False,
            why="locks and the log of SQLite cannot be relied on there: two runs at once may damage the records",
            fix="put the project on a disk of this machine, or name another stack: docs/stack.md",
        )
    else:
        yield Finding("file system", kind or "unknown")


def _disk(project: str) -> Iterator[Finding]:
    free = shutil.disk_usage(project).free
    told = f"{free / (1 << 30):.1f} GB free"
    if free < _LEAST_FREE:
        yield Finding("disk", told, ok=False, why="a step whose outputs do not fit fails", fix="make room there")
    else:
        yield Finding("disk", told)


def _clock(project: str) -> Iterator[Finding]:
    """Look for sources from the future: each run hashes them, since they may have been written a moment ago."""
    late = time.time() + _SOON
    found = [name for name in _sources(project) if os.stat(os.path.join(project, name)).st_mtime > late]
    if found:
        yield Finding(
            "clock",
            f"{found[0]} was changed in the future" + (f", and {len(found) - 1} more" if len(found) > 1 else ""),
            ok=False,
            why="a file that may still be changing is read again by each run",
            fix=f"set the clock, or `touch {' '.join(found[:5])}`",
        )


def _sources(project: str) -> Iterator[str]:
    for folder, folders, files in os.walk(project):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in (READABLE, "node_modules", "__pycache__", "site-packages")
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        ]  # fmt: skip
        for name in files:
            if name.endswith(".py") and os.path.exists(os.path.join(folder, name)):
                yield os.path.relpath(os.path.join(folder, name), project)


def _git(project: str) -> Iterator[Finding]:
    tracked = _of_git(project, "ls-files", "-z", "--", FOLDER, READABLE)
    if tracked is None:
        yield Finding("git", "no repository: runs are recorded without a commit")
        return
    for folder in (FOLDER, READABLE):
        files = [name for name in tracked.split("\0") if name.startswith(f"{folder}/") or name == folder]
        if files:
            yield Finding(
                "git",
                f"{folder}/ is tracked: {counted(len(files), 'file')} of it {'is' if len(files) == 1 else 'are'}",
                ok=False,
                why="they change with each run, name a store of this machine, and make each checkout stale or dirty",
                fix=f"`git rm -r --cached {folder}` and `echo {folder}/ >> .gitignore`",
            )
    if not tracked and os.path.isdir(os.path.join(project, READABLE)):
        if _of_git(project, "check-ignore", "-q", f"{READABLE}/x") is None:
            yield Finding(
                "git",
                f"{READABLE}/ is not ignored",
                ok=False,
                why="`git add .` would commit links that lead nowhere in another checkout",
                fix=f"`echo {READABLE}/ >> .gitignore`",
            )
        else:
            yield Finding("git", f"{FOLDER}/ and {READABLE}/ are ignored")


def _of_git(project: str, *words: str) -> str | None:
    """Return what git prints, ``None`` where it fails or is not there."""
    import subprocess

    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
