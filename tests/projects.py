"""A small project in a folder of its own, and the real commands run in it, for tests that read as sentences."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from forking import Forked, can_fork, heed_signals

REPOSITORY = Path(__file__).resolve().parent.parent
#: Folder of the console commands of the environment that runs the tests (not resolved: a venv's python is a link).
COMMANDS = Path(sys.executable).parent
#: Seconds after which a command counts as hanging. Generous: no test asserts speed by the clock.
PATIENCE = 90.0

DOIT = (str(COMMANDS / "doit"),)
LINEAGE = (str(COMMANDS / "lineage"),)
#: doit as it is where lineage is not installed: its plugins are filtered out before doit looks for any.
PLAIN_DOIT = (
    sys.executable,
    "-c",
    "import sys, importlib.metadata as metadata\n"
    "found = metadata.entry_points\n"
    "def others(**chosen):\n"
    "    return metadata.EntryPoints(p for p in found(**chosen) if not p.value.startswith('lineage'))\n"
    "metadata.entry_points = others\n"
    "sys.argv[0] = 'doit'\n"
    "from doit.__main__ import main\n"
    "sys.exit(main())",
)


class Done(NamedTuple):
    """What a finished command left: its exit code (negative: killed by that signal) and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def printed(self) -> str:
        """Both streams, for tests that do not care which of them a message is on."""
        return self.stdout + self.stderr


class Project:
    """A project folder and its commands.

    Parameters
    ----------
    path : Path
        An empty folder; `home` is made beside it.

    Attributes
    ----------
    fresh : bool
        Commands are processes of their own, and not forks (tests/forking.py).
    """

    fresh = False

    def __init__(self, path: Path) -> None:
        self.path = path
        home = path.parent / "home"
        home.mkdir(exist_ok=True)
        path.mkdir(exist_ok=True)
        self.environment = {
            "PATH": os.pathsep.join([str(COMMANDS), os.environ.get("PATH", os.defpath)]),
            "HOME": str(home),
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "OMP_NUM_THREADS": "1",
        }

    # Files

    def write(self, files: Mapping[str, str]) -> Project:
        """Write files, given as {relative path: text}."""
        for name, text in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return self

    def read(self, name: str) -> str:
        """Return a file's text, '' where there is none."""
        target = self.path / name
        return target.read_text() if target.exists() else ""

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the one place where `old` stands."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (self.path / name).write_text(text.replace(old, new))

    def artifact(self, name: str) -> Path:
        """Return the readable path of ``pipeline/name``, whatever its extension."""
        folder, _, stem = name.rpartition("/")
        here = self.path / "artifacts" / folder
        found = [path for path in here.glob(f"{stem}*") if path.name == stem or path.name.startswith(f"{stem}.")]
        assert len(found) == 1, f"{name}: {found} of {sorted(here.glob('*'))}"
        return found[0]

    def stored(self, name: str) -> Path:
        """Return where the bytes behind a readable path lie."""
        target = self.artifact(name).resolve(strict=True)
        assert (self.path / ".lineage").resolve() in target.parents
        return target

    def executed(self) -> list[str]:
        """Return what the steps wrote to ``executed.txt`` since the last question: those whose body really ran."""
        words = self.read("executed.txt").split()
        (self.path / "executed.txt").unlink(missing_ok=True)
        return words

    # Commands

    def start(
        self, *argv: str, env: Mapping[str, str] | None = None, cwd: str | Path = ".", stdout: Any = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start a command in a process group of its own and return at once."""
        environment = {**self.environment, **(env or {})}
        started = Forked if not self.fresh and can_fork(argv, environment) else subprocess.Popen
        return started(
            argv,
            cwd=self.path / cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heed_signals,
        )

    def finish(self, child: subprocess.Popen[str], timeout: float = PATIENCE) -> Done:
        """Wait for a command; one that hangs is killed with all its processes and fails the test."""
        try:
            stdout, stderr = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            kill(child)
            stdout, stderr = child.communicate()
            raise AssertionError(f"{child.args} still ran after {timeout} s\n{stdout}\n{stderr}") from None
        return Done(child.returncode, stdout or "", stderr or "")

    def command(
        self, *argv: str, env: Mapping[str, str] | None = None, cwd: str | Path = ".", timeout: float = PATIENCE
    ) -> Done:
        """Run a command to its end."""
        return self.finish(self.start(*argv, env=env, cwd=cwd), timeout)

    def doit(
        self,
        *args: str,
        code: int | None = 0,
        env: Mapping[str, str] | None = None,
        cwd: str | Path = ".",
        timeout: float = PATIENCE,
    ) -> Done:
        """Run ``doit ARGS``; `code` is the exit code it must end with (None: any)."""
        return expect(code, self.command(*DOIT, *args, env=env, cwd=cwd, timeout=timeout))

    def plain_doit(self, *args: str, env: Mapping[str, str] | None = None, cwd: str | Path = ".") -> Done:
        """Run doit as if lineage were not installed."""
        return self.command(*PLAIN_DOIT, *args, env=env, cwd=cwd)

    def lineage(
        self, *args: str, code: int | None = 0, env: Mapping[str, str] | None = None, cwd: str | Path = "."
    ) -> Done:
        """Run ``lineage ARGS``; `code` is the exit code it must end with (None: any)."""
        return expect(code, self.command(*LINEAGE, *args, env=env, cwd=cwd))

    def json(self, *args: str) -> Any:
        """Return what ``lineage ARGS --json`` says."""
        return json.loads(self.lineage(*args, "--json").stdout)

    def python(self, code: str) -> str:
        """Run a script with the environment's python in the project's folder and return what it printed."""
        return expect(0, self.command(sys.executable, "-c", code)).stdout.strip()

    # What was recorded

    def runs(self) -> list[dict[str, Any]]:
        """Return the recorded runs, newest last."""
        found = self.json("runs")["runs"]
        assert [run["id"] for run in found] == sorted(run["id"] for run in found)
        return list(found)

    def steps(self) -> dict[str, dict[str, Any]]:
        """Return the newest run's steps by the name within their pipeline (the slot, where there is one)."""
        return {step["task"].partition(":")[2] or step["task"]: step for step in self.runs()[-1]["steps"]}

    def statuses(self) -> dict[str, str]:
        """Return the newest run's {slot: status}."""
        return {name: step["status"] for name, step in self.steps().items()}

    def status_of_run(self) -> str:
        """Return the newest run's own status."""
        return str(self.runs()[-1]["status"])

    def rerun(self, *args: str, code: int | None = 0, **options: Any) -> dict[str, str]:
        """Run ``doit ARGS`` and return the {slot: status} that it recorded."""
        self.doit(*args, code=code, **options)
        return self.statuses()

    def assert_database_intact(self) -> None:
        """Check every database of the project with SQLite itself."""
        check = """
import pathlib, sqlite3
for path in pathlib.Path(".lineage").rglob("*"):
    if path.is_file() and path.open("rb").read(16) == b"SQLite format 3\\0":
        database = sqlite3.connect(path)
        print([row for what in ("integrity", "foreign_key") for row in database.execute(f"pragma {what}_check")])
"""
        verdicts = self.python(check).splitlines()
        assert verdicts, "no database"
        assert set(verdicts) == {"[('ok',)]"}


def expect(code: int | None, done: Done) -> Done:
    """Fail with all that was printed unless the command ended with this exit code."""
    assert code is None or done.code == code, f"exit code {done.code}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


def kill(child: subprocess.Popen[str], with_signal: int = signal.SIGKILL) -> None:
    """Send a signal to a command and to every process it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, with_signal)


def wait_for(path: Path, child: subprocess.Popen[str] | None = None, timeout: float = PATIENCE) -> None:
    """Wait until a file exists; fail if the command that should make it ends first."""
    end = time.monotonic() + timeout
    while not path.exists():
        if child is not None and child.poll() is not None:
            stdout, stderr = child.communicate()
            raise AssertionError(f"ended with {child.returncode} before {path.name} was there\n{stdout}\n{stderr}")
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


def only(status: str, names: Iterable[str]) -> dict[str, str]:
    """Return {name: status} for all names."""
    return dict.fromkeys(names, status)


def digits_project() -> dict[str, str]:
    """Return the repository's own example: dodo.py and tasks/."""
    names = ["dodo.py", *(f"tasks/{path.name}" for path in sorted((REPOSITORY / "tasks").glob("*.py")))]
    return {name: (REPOSITORY / name).read_text() for name in names}


def swap(text: str, old: str, new: str) -> str:
    """Replace the one place where `old` stands in a text."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


#: Three steps without a third party, so that a whole `doit` takes a fifth of a second. Each body notes that it ran.
WORDS = {
    "dodo.py": '''\
from lineage import pipeline
from tasks.words import collect, count, report


@pipeline
def words(counter=count, text="to be or not to be"):
    """Count the words of a sentence."""
    sentence = collect(text)
    total = counter(sentence)
    summary = report(sentence, total)
''',
    "tasks/__init__.py": "",
    "tasks/notes.py": '''\
def note(word):
    """Say in a file that a step's body really ran."""
    with open("executed.txt", "a") as file:
        file.write(word + "\\n")
''',
    "tasks/language.py": '''\
SEPARATOR = " "


def split(sentence):
    """Split at the separator."""
    return sentence.split(SEPARATOR)
''',
    "tasks/words.py": '''\
"""Steps on words."""

from lineage import step
from tasks.language import split
from tasks.notes import note


@step
def collect(text: str) -> str:
    """Take the sentence."""
    note("collect")
    return text.strip()


@step
def count(sentence: str) -> int:
    """Count all words."""
    note("count")
    return len(split(sentence))


@step
def count_unique(sentence: str) -> int:
    """Count different words."""
    note("count_unique")
    return len(set(split(sentence)))


@step
def report(sentence: str, total: int) -> str:
    """Write a line about it."""
    note("report")
    return f"{total} words in {sentence!r}"
''',
}

#: A cross-validation: five folds of one step, of which `bad` fails.
FOLDS = {
    "dodo.py": """\
from lineage import pipeline
from steps import best, fit, load


@pipeline
def cv(bad=-1):
    data = load()
    models = [fit(data, fold=fold, bad=bad) for fold in range(5)]
    chosen = best(models)
""",
    "steps.py": """\
from lineage import step


@step
def load() -> list:
    return [3, 1, 2]


@step
def fit(data: list, fold: int, bad: int) -> int:
    print("fitting", fold)
    if fold == bad:
        raise ValueError("fold is bad")
    return fold + sum(data)


@step
def best(models: list) -> int:
    return max(models)
""",
}
