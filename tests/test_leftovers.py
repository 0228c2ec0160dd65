"""What a step leaves behind in its process does not reach the next step: each gives what it would give alone."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from projects import Project, expect

from lineage.execute.settings import settings_kept

#: What each line of `leaves` sets, and how the next step sees it.
LEFT = {
    "decimal.getcontext().prec = 3": "decimal.getcontext().prec",
    "np.seterr(all='raise')": "np.geterr()['divide']",
    "np.set_printoptions(precision=2)": "np.get_printoptions()['precision']",
    "warnings.simplefilter('error')": "warnings.filters[0][0] == 'error'",
    "logging.captureWarnings(True)": "logging._warnings_showwarning is None",
    "sys.setrecursionlimit(5000)": "sys.getrecursionlimit()",
    "sys.set_int_max_str_digits(1000)": "sys.get_int_max_str_digits()",
    "socket.setdefaulttimeout(5)": "socket.getdefaulttimeout()",
    "os.umask(0)": "umask()",
    "gc.disable()": "gc.isenabled()",
    "gc.set_threshold(5)": "gc.get_threshold()[0]",
    "sys.path.insert(0, '/nowhere')": "'/nowhere' in sys.path",
    "sys.argv = ['me']": "sys.argv == ['me']",
    "logging.basicConfig(level=logging.DEBUG)": "[logging.root.level, len(logging.root.handlers)]",
    "logging.disable()": "logging.root.manager.disable",
    "signal.signal(signal.SIGCHLD, signal.SIG_IGN)": "int(signal.getsignal(signal.SIGCHLD))",
    "signal.signal(signal.SIGUSR1, signal.SIG_IGN)": "int(signal.getsignal(signal.SIGUSR1))",
    "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])": "len(signal.pthread_sigmask(signal.SIG_BLOCK, []))",
    "signal.alarm(1000)": "signal.alarm(0)",
    "locale.setlocale(locale.LC_ALL, 'C')": "locale.setlocale(locale.LC_ALL)",
    "set_zone('Asia/Tokyo')": "[os.environ.get('TZ'), time.localtime(0).tm_hour]",
    "os.chdir('/')": "os.getcwd()",
}

SETTINGS = f"""\
import decimal, gc, locale, logging, os, signal, socket, sys, time, warnings
import numpy as np
from lineage import step


def umask():
    mask = os.umask(0o22)
    os.umask(mask)
    return mask


def set_zone(name):
    os.environ["TZ"] = name
    time.tzset()


@step
def looks(turn: int) -> list:
    return [{", ".join(LEFT.values())}]


@step
def leaves(seen: list) -> int:
    {"; ".join(LEFT)}
    return 2
"""

SETTINGS_DODO = """\
from lineage import pipeline
from steps import leaves, looks


@pipeline
def p():
    before = looks(1)
    turn = leaves(before)
    after = looks(turn)
"""


def value(project: Project, name: str) -> Any:
    """Return an artifact that is kept as JSON."""
    return json.loads(project.artifact(name).read_text())


@pytest.fixture
def settings(tmp_path: Path) -> Project:
    """A step between two that look at what it may have set."""
    return Project(tmp_path / "project").write({"steps.py": SETTINGS, "dodo.py": SETTINGS_DODO})


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
def test_what_a_step_sets_for_the_process_is_undone(settings: Project, how: list[str]) -> None:
    """Whatever a step sets for its whole process, the next step sees what the one before has seen."""
    settings.doit(*how)
    before, after = value(settings, "p/before"), value(settings, "p/after")
    assert dict(zip(LEFT, after, strict=True)) == dict(zip(LEFT, before, strict=True))


AT_IMPORT = """\
import decimal
import os
import random

import helper
import numpy as np
from lineage import step

os.environ.setdefault("AT_IMPORT", "yes")
decimal.getcontext().prec = 40
random.seed(7)
np.random.seed(7)


def see() -> list:
    seen = [os.environ.get("AT_IMPORT"), os.environ.get("BY_HELPER"), decimal.getcontext().prec]
    return [*seen, random.random(), float(np.random.random())]


@step
def first() -> list:
    return see()


@step
def second(seen: list) -> list:
    return see()
"""

OTHERS = """\
import os
import random

from lineage import step


@step
def third(seen: list) -> dict:
    return {"env": os.environ.get("AT_IMPORT"), "random": random.random()}
"""

AT_IMPORT_DODO = """\
from lineage import pipeline
from others import third
from steps import first, second


@pipeline
def p():
    one = first()
    two = second(one)
    three = third(two)
"""


@pytest.fixture
def at_import(tmp_path: Path) -> Project:
    """Two steps of a module that sets something when it is imported, and one of another module."""
    return Project(tmp_path / "project").write(
        {
            "helper.py": "import os\n\nos.environ['BY_HELPER'] = 'yes'\n",
            "steps.py": AT_IMPORT,
            "others.py": OTHERS,
            "dodo.py": AT_IMPORT_DODO,
        }
    )


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_what_a_module_sets_when_it_is_imported_holds_for_each_of_its_steps(at_import: Project, how: list[str]) -> None:
    """The environment and seeds that a module sets at its top are there for every step of it, and for no other."""
    at_import.doit(*how)
    one, two, three = value(at_import, "p/one"), value(at_import, "p/two"), value(at_import, "p/three")
    assert one == two
    assert one[:3] == ["yes", "yes", 40]
    assert three["env"] is None
    assert three["random"] != one[3]
    assert set(at_import.rerun().values()) == {"cached"}
    at_import.doit("-a", "-s", "p:second")
    assert value(at_import, "p/two") == one


ASKS = """\
import os

import settings_of_all
from lineage import step

FOUND = os.environ["SET_BY_ANOTHER"]


@step
def {name}(before: list = ()) -> list:
    return [*before, FOUND]
"""


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_a_module_finds_at_import_what_one_that_it_imports_has_set(tmp_path: Path, how: list[str]) -> None:
    """Two modules import the settings of a project, which are executed once, and each asks for them at its top."""
    made = Project(tmp_path / "project").write(
        {
            "settings_of_all.py": "import os\n\nos.environ['SET_BY_ANOTHER'] = 'yes'\n",
            "one.py": ASKS.format(name="first"),
            "two.py": ASKS.format(name="second"),
            "dodo.py": "from lineage import pipeline\nfrom one import first\nfrom two import second\n\n\n"
            "@pipeline\ndef p():\n    x = first()\n    y = second(x)\n",
        }
    )
    made.doit(*how)
    assert value(made, "p/y") == ["yes", "yes"]


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
def test_a_module_that_draws_a_number_has_seeded_nothing(tmp_path: Path, how: list[str]) -> None:
    """Who draws numbers at import, few or many, does not make all its steps draw the same ones."""
    steps = "import random\n\nfrom lineage import step\n\nDRAWN = [random.random() for _ in range(2000)]\n\n\n"
    steps += "@step\ndef draws(turn: int) -> float:\n    return random.random()\n"
    dodo = "from lineage import pipeline\nfrom steps import draws\n\n\n@pipeline\ndef p():\n"
    dodo += "    one = draws(1)\n    two = draws(2)\n"
    made = Project(tmp_path / "project").write({"steps.py": steps, "dodo.py": dodo})
    made.doit(*how)
    assert value(made, "p/one") != value(made, "p/two")


def test_a_result_that_depends_on_a_modules_seed_is_verified(at_import: Project) -> None:
    """What steps draw after their module has seeded the generators is the same in another process."""
    at_import.doit()
    assert "✓ p:second" in at_import.lineage("verify", "p:second", code=None).printed


SEEDS = """\
import random

import numpy as np
from lineage import step


@step
def seeds() -> int:
    random.seed(0)
    np.random.seed(0)
    return 1


@step
def draws(x: int, turn: int) -> list:
    return [random.random(), float(np.random.random())]
"""


@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["serial", "processes"])
def test_the_seed_of_a_step_is_its_own(tmp_path: Path, how: list[str]) -> None:
    """A step that draws without a seed is not deterministic because another one has seeded the generators."""
    dodo = "from lineage import pipeline\nfrom steps import draws, seeds\n\n\n@pipeline\ndef p():\n"
    dodo += "    x = seeds()\n    one = draws(x, 1)\n    two = draws(x, 2)\n"
    project = Project(tmp_path / "project").write({"steps.py": SEEDS, "dodo.py": dodo})
    drawn = []
    for _ in range(2):
        project.doit("-a", *how)
        drawn += [value(project, "p/one"), value(project, "p/two")]
    for numbers in zip(*drawn, strict=True):
        assert len(set(numbers)) == 4


def test_a_seed_in_dodo_holds_for_every_step(tmp_path: Path) -> None:
    """What dodo.py seeds each step begins with, whichever steps run before it."""
    dodo = "import random\n\nfrom lineage import pipeline\nfrom steps import draws\n\nrandom.seed(3)\n\n\n@pipeline\n"
    dodo += "def p():\n    one = draws(1, 1)\n    two = draws(1, 2)\n"
    project = Project(tmp_path / "project").write({"steps.py": SEEDS, "dodo.py": dodo})
    project.doit()
    one, two = value(project, "p/one"), value(project, "p/two")
    assert one[0] == two[0]


SCRIPT = """\
import random

import lineage
import numpy as np
from lineage import pipeline, step


@step
def draws(turn: int) -> list:
    return [random.random(), float(np.random.random())]


@pipeline
def p():
    one = draws(1)
    two = draws(2)


random.seed(1)
np.random.seed(1)
lineage.run()
"""


def test_the_seeds_of_a_script_are_its_own(tmp_path: Path) -> None:
    """Where a script or a notebook runs pipelines, steps draw on from what it has seeded, as its functions do."""
    project = Project(tmp_path / "project").write({"script.py": SCRIPT})
    drawn = random.Random(1)
    expect(0, project.command(sys.executable, "script.py"))
    assert [value(project, f"p/{name}")[0] for name in ("one", "two")] == [drawn.random(), drawn.random()]


THREADS = """\
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from lineage import pipeline, step

pool = ThreadPoolExecutor(1)


@step
def leaves() -> int:
    pool.submit(time.sleep, 0).result()
    threading.Thread(target=time.sleep, args=(1,), daemon=True, name="daemon").start()
    threading.Thread(target=time.sleep, args=(1,), name="stays").start()
    return 1


@pipeline
def p():
    x = leaves()
"""


def test_a_thread_that_a_step_leaves_running_is_told(tmp_path: Path) -> None:
    """doit waits for it at its end, as every Python does, and would seem to hang; pools end by themselves."""
    project = Project(tmp_path / "project").write({"dodo.py": THREADS})
    told = project.doit().stderr.splitlines()
    assert told == [
        "this step has left the thread 'stays' running, which doit waits for (and cuts off with -n): join it"
    ]


LATE = """\
import sys

from lineage import step


def see() -> list:
    import decimal

    import late

    return [decimal.getcontext().prec, sys.getrecursionlimit(), "/late" in sys.path, late.VALUE]


@step
def first() -> list:
    return see()


@step
def second(seen: list) -> list:
    return see()
"""


def test_what_a_module_sets_that_a_step_imports_late_stays(tmp_path: Path) -> None:
    """A module of the project that steps import when they are called has set for each what it sets at its top."""
    late = "import decimal\nimport sys\n\ndecimal.getcontext().prec = 40\nsys.setrecursionlimit(3000)\n"
    late += "sys.path.append('/late')\nVALUE = 1\n"
    dodo = "from lineage import pipeline\nfrom steps import first, second\n\n\n@pipeline\ndef p():\n"
    dodo += "    one = first()\n    two = second(one)\n"
    project = Project(tmp_path / "project").write({"steps.py": LATE, "late.py": late, "dodo.py": dodo})
    project.doit()
    assert value(project, "p/one") == value(project, "p/two") == [40, 3000, True, 1]


def test_a_folder_that_an_installed_package_searches_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that a step is the first to import finds its own parts in the next step as well."""
    monkeypatch.setattr(sys, "path", before := sys.path[:])
    with settings_kept():
        sys.path[:0] = ["/x/site-packages/some/vendored", "/x/mine"]
    assert sys.path[-1] == "/x/site-packages/some/vendored"
    assert "/x/mine" not in sys.path
    assert sys.path is before


GOING = """\
import contextlib, os, time
from lineage import pipeline, step


@step
def goes() -> str:
    with contextlib.chdir("other"):
        open("../there", "w").close()
        time.sleep(1)
        return open("data.txt").read()


@step
def stays() -> str:
    while not os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), "there")):
        if os.path.exists("failed"):
            break
        time.sleep(0.02)
    return open("data.txt").read()


@pipeline
def p():
    a = goes()
    b = stays()
"""


@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_a_step_in_another_folder_takes_no_other_step_with_it(tmp_path: Path, how: list[str]) -> None:
    """What opens a file by a relative path finds that of the project; in threads, who would move it elsewhere fails."""
    project = Project(tmp_path / "project")
    project.write({"dodo.py": GOING, "data.txt": "here", "other/data.txt": "other"})
    in_threads = "thread" in how
    if in_threads:
        project.write({"failed": ""})
    done = project.doit("--continue", *how, code=1 if in_threads else 0)
    assert project.artifact("p/b").read_text() == "here"
    if in_threads:
        assert "changes the working folder" in done.printed
        assert project.statuses() == {"goes": "failed", "stays": "run"}
    else:
        assert project.artifact("p/a").read_text() == "other"


C_EXIT = """\
import ctypes, os
from lineage import pipeline, step


@step
def ends() -> int:
    {line}
    return 1


@step
def forks() -> int:
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None)._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pipeline
def p():
    a = ends()
    b = forks()
"""


@pytest.mark.parametrize(
    "line", ["ctypes.CDLL(None)._exit(0)", "ctypes.CDLL(None).exit(0)", 'ctypes.CDLL(None)["exit"](0)']
)
@pytest.mark.parametrize("how", [[], ["-n", "2"], ["-n", "2", "-P", "thread"]], ids=["serial", "processes", "threads"])
def test_a_step_that_ends_its_process_through_c_fails(tmp_path: Path, line: str, how: list[str]) -> None:
    """doit ended with it, with exit code 0 and without a word; a child that the step forks may end so."""
    project = Project(tmp_path / "project").write({"dodo.py": C_EXIT.format(line=line)})
    done = project.doit("--continue", *how, code=1)
    assert "would end the process that runs the step" in done.printed
    assert project.statuses() == {"ends": "failed", "forks": "run"}
    assert project.artifact("p/b").read_text().strip() == "7"
