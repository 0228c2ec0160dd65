"""Paired measurements of commands: CPU seconds (user + system) and peak memory, of a process and all its children.

CPU, not wall time: a busy machine stretches the clock far more than the work. Cases alternate, so that what
disturbs the machine disturbs both; what is printed are medians, and of ratios the median over the pairs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import distributions, version
from pathlib import Path
from typing import NamedTuple

CACHE = Path(__file__).resolve().parent / ".cache"
COMMANDS = Path(sys.executable).parent
DOIT = (str(COMMANDS / "doit"),)
LINEAGE = (str(COMMANDS / "lineage"),)
PYTHON = (sys.executable,)
MEMORY = Path("/dev/shm")  # a disk in memory
_FILES = 200


class Cost(NamedTuple):
    """What one command took: CPU seconds, and the most memory that one of its processes held, in MiB."""

    cpu: float
    peak: float


def cost(argv: Sequence[str], cwd: Path, code: int = 0) -> Cost:
    """Run a command to its end and return its cost.

    Raises
    ------
    RuntimeError
        Where it does not end with the exit code `code`; with the end of what it printed.
    """
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(
            argv, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != code:
            printed.seek(0)
            raise RuntimeError(f"{argv} ended with {child.returncode}:\n{printed.read().decode()[-4000:]}")
    # Linux counts in KiB, macOS in bytes.
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024))


def folders() -> list[Path]:
    """Return a disk in memory, where there is one, and the folder for temporary files."""
    return [*([MEMORY] if MEMORY.is_dir() else []), Path(tempfile.gettempdir())]


def creation(folder: Path) -> float:
    """Return the CPU seconds that an empty file takes in a folder."""
    begin = time.process_time()
    for number in range(_FILES):
        os.close(os.open(folder / f"new-{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    return (time.process_time() - begin) / _FILES


def first_run(at: Path, *args: str, attic: Path | None = None) -> Cost:
    """Forget all that lineage remembers in a project, then run `doit` in it.

    What is forgotten is removed; or put into the folder `attic`, where that would make the run itself dearer.
    """
    for folder in (at / ".lineage", at / "artifacts"):
        if attic is None:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.exists():
            folder.rename(attic / f"{at.name}-{time.monotonic_ns()}-{folder.name}")
    return cost([*DOIT, *args], at)


def touch(size: int) -> None:
    """Touch `size` bytes of memory and give them back. Without effect where the system cannot do it.

    A virtual machine gives memory that it does not use back to its host every few seconds; who touches it next pays.
    In a process of its own: to the peak of each process that is started later the starting one's counts.
    """
    words = f"import mmap; mmap.mmap(-1, {size}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)"
    if sys.platform == "linux":
        subprocess.run([*PYTHON, "-c", words], check=True)


def touched_first(size: int, case: Callable[[], Cost]) -> Callable[[], Cost]:
    """Return a case before which `size` bytes of memory are touched and given back."""

    def prepared() -> Cost:
        touch(size)
        return case()

    return prepared


def environment() -> dict[str, str]:
    """Return a small environment: what python writes as bytecode is kept, so that only the first run compiles."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}


def paired(cases: Mapping[str, Callable[[], Cost]], rounds: int, warm: bool = True) -> dict[str, list[Cost]]:
    """Run the cases in turns, every second round backwards, and return the costs of each, round by round."""
    if warm:
        for case in cases.values():
            case()
    costs: dict[str, list[Cost]] = {name: [] for name in cases}
    for number in range(rounds):
        for name in list(cases)[:: -1 if number % 2 else 1]:
            costs[name].append(cases[name]())
    return costs


def cpu(costs: Sequence[Cost]) -> float:
    """Return the median CPU seconds."""
    return statistics.median(each.cpu for each in costs)


def peak(costs: Sequence[Cost]) -> float:
    """Return the median peak memory in MiB."""
    return statistics.median(each.peak for each in costs)


def ratio(ours: Sequence[Cost], others: Sequence[Cost]) -> float:
    """Return the median over the pairs of our CPU by theirs."""
    return statistics.median(a.cpu / b.cpu for a, b in zip(ours, others, strict=True))


def difference(ours: Sequence[Cost], others: Sequence[Cost]) -> float:
    """Return the median over the pairs of our CPU less theirs, in seconds."""
    return statistics.median(a.cpu - b.cpu for a, b in zip(ours, others, strict=True))


#: CPU seconds of `import doit` where the limits were set.
_THERE = 0.11


def tell_pace() -> None:
    """Print how fast this machine is now: on a virtual one it varies by up to two within the hour."""
    here = cpu([cost([*PYTHON, "-c", "import doit.doit_cmd"], Path.cwd()) for _ in range(7)])
    print(f"\npace: `import doit` takes {here:.2f} s of CPU now, and took {_THERE} s where the limits were set")


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table as Markdown, its first column to the left and the others to the right."""
    cells = [[cell if isinstance(cell, str) else f"{cell:.3f}" for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(head), *cells]) for column in range(len(head))]
    lines = [list(head), ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])], *cells]
    print(f"\n{title}\n")
    for line in lines:
        rest = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("| " + " | ".join([line[0].ljust(widths[0]), *rest]) + " |")


def plain_doit(*, alone: bool = True) -> tuple[str, ...]:
    """Return the `doit` of an environment without lineage, made once under benchmarks/.cache.

    Parameters
    ----------
    alone : bool
        Whether nothing else is installed there. Otherwise all that is installed here is, but for lineage itself: doit
        looks for plugins in whatever is installed, and imports cloudpickle where there is one.
    """
    others = [] if alone else sorted(f"{name}=={release}" for name, release in _installed().items())
    names = hashlib.sha256(" ".join(others).encode()).hexdigest()[:8]
    kind = "plain" if alone else f"packages-{names}"
    folder = CACHE / f"{kind}-{sys.version_info.major}.{sys.version_info.minor}-doit-{version('doit')}"
    if not (folder / "bin" / "doit").exists():
        shutil.rmtree(folder, ignore_errors=True)
        CACHE.mkdir(exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install: list[str | Path] = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, f"doit=={version('doit')}"], check=True)
        if others:
            subprocess.run([*install, "--no-deps", *others], check=True)
    return (str(folder / "bin" / "doit"),)


def _installed() -> dict[str, str]:
    """Return name and version of all that is installed, but for lineage and what comes with each environment."""
    found = {each.name: each.version for each in distributions()}
    return {name: found[name] for name in found.keys() - {"doit-lineage", "pip", "setuptools"}}


@contextmanager
def project(files: Mapping[str, str], git_files: int = 0, folder: Path | None = None) -> Iterator[Path]:
    """Write files into a temporary folder, inside a git repository of so many more files where wanted."""
    with tempfile.TemporaryDirectory(dir=folder or os.environ.get("BENCHMARK_TMPDIR")) as made:
        root = Path(made)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        if git_files:
            repository(root, git_files)
        yield root


def repository(root: Path, files: int) -> None:
    """Make a git repository of `files` small files, with one commit."""
    for number in range(files):
        path = root / "data" / f"{number // 100}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}\n")
    (root / ".gitignore").write_text("__pycache__/\nout/\n.doit.db*\n")
    git = ["git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost", "-c", "commit.gpgsign=false"]
    for args in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "files"]):
        subprocess.run([*git, *args], cwd=root, check=True)
