"""Machines whose clocks differ share records and a folder of artifacts: nothing that is decided depends on it.

Another machine is a process whose clock and host name are patched, by a `sitecustomize` on its path.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from projects import DOIT, Project, only, wait_for
from sharing import ALL as MODELS_STEPS
from sharing import MODELS

if TYPE_CHECKING:
    from servers import Server

HOUR, DAY = 3600.0, 86_400.0
SKEWS = [2 * DAY, -2 * DAY, HOUR, -HOUR]
ELSEWHERE = """\
import os, time

_skew = float(os.environ["SKEW"])
_time, _time_ns, _uname = time.time, time.time_ns, os.uname
time.time = lambda: _time() + _skew
time.time_ns = lambda: _time_ns() + int(_skew * 1e9)
os.uname = lambda: os.uname_result((_uname()[0], os.environ["HOST_NAME"], *_uname()[2:]))
"""
ALL = ("collect", "counter", "report")
HOLDING = """\
    import os, time
    open("reached", "w").close()
    while os.path.exists("../hold"):
        time.sleep(0.02)
"""


def machine(project: Project, name: str, skew: float) -> Project:
    """Return a checkout of a project on another machine, whose clock is ahead by so many seconds."""
    other = Project(project.path.parent / name)
    for path in project.path.rglob("*.py"):
        other.write({str(path.relative_to(project.path)): path.read_text()})
    other.write({"pyproject.toml": project.read("pyproject.toml")})
    site = project.path.parent / f"site-{name}"
    site.mkdir()
    (site / "sitecustomize.py").write_text(ELSEWHERE)
    other.environment = {**project.environment, "SKEW": str(skew), "HOST_NAME": name, "PYTHONPATH": str(site)}
    other.fresh = True  # a fork has this machine's clock
    return other


@pytest.fixture
def team(words: Project, postgres: Server) -> Project:
    pytest.importorskip("psycopg")
    words.write(
        {"pyproject.toml": '[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "../team"\n'}
    )
    words.environment["LINEAGE_METADATA"] = postgres.fresh()
    return words


@pytest.mark.parametrize("skew", SKEWS)
def test_collecting_and_sweeping_beside_a_run_of_another_time(team: Project, skew: float) -> None:
    """What a run of another machine has made and not finished stays, and it is not taken for lost."""
    other = machine(team, "other", skew)
    text = other.read("tasks/words.py")
    doc = '    """Count all words."""\n'
    other.write({"tasks/words.py": text.replace(doc, doc + HOLDING)})
    (other.path.parent / "hold").touch()
    child = other.start(*DOIT, "text=of another time")
    wait_for(other.path / "reached", child)
    for words in ("one", "two", "three"):
        team.doit(f"text={words}")
        told = json.loads(team.lineage("gc", "--keep-last", "1", "--grace", "0", "--json").stdout)
        assert not [one for each in told["objects"] for one in each["versions"] if one["run"] == 1]
    assert {run["status"] for run in team.runs()} == {"ok", "running"}
    (other.path.parent / "hold").unlink()
    assert other.finish(child).code == 0
    assert other.rerun("text=of another time") == only("cached", ALL)
    # And the other way around: who is wrong about the time collects beside who is right.
    other.lineage("gc", "--keep-last", "0", "--grace", "0")
    assert team.rerun("text=three") == only("cached", ALL)
    assert [run["status"] for run in team.runs()].count("ok") == len(team.runs())


@pytest.mark.parametrize("skew", SKEWS)
def test_the_newest_result_is_the_one_recorded_last(team: Project, skew: float) -> None:
    """Which version is the newest, and which run, is told by the order of recording, not by clocks."""
    other = machine(team, "other", skew)
    team.doit("text=a b")
    other.doit("text=a b c")
    team.doit("text=a b c d")
    for project, version in ((team, 3), (other, 2)):  # each is shown what it has
        assert [run["id"] for run in project.runs()] == [1, 2, 3]
        assert f"words/total  version {version}" in project.lineage("show", "words/total").stdout
    assert other.rerun("text=a b") == only("cached", ALL)


@pytest.mark.parametrize("skew", SKEWS)
def test_a_shared_cache_between_two_times(project: Callable[[Any], Project], skew: float, tmp_path: Path) -> None:
    """Records, signatures and bytes of a machine with another time count as any."""
    made = project(MODELS)
    made.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    cache = f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\ncache = "{tmp_path / "shared"}"\n'
    made.write({"pyproject.toml": cache})
    made.lineage("trust", "create", "team")
    other = machine(made, "other", skew)
    other.doit()
    made.doit()
    assert made.executed() == []
    assert made.statuses() == dict.fromkeys(MODELS_STEPS, "cached")
    made.lineage("fetch", "models/model")
