"""`lineage gc`: only what nobody needs goes, whoever runs beside it, and what went can be made again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from faults import Fault, often
from projects import DOIT, LINEAGE, Project, kill, only, wait_for
from servers import Server

from lineage.commands.gc import parsed_size
from lineage.errors import UsageError
from lineage.stores.folder import FolderStore

ALL = ("collect", "counter", "report")
#: Seconds for which collecting beside builds is tried: `LINEAGE_GC_SECONDS=60 pytest -n 0 tests/test_gc.py -k beside`.
SECONDS = float(os.environ.get("LINEAGE_GC_SECONDS", often(60, 10)))
DAY = 86_400.0


def store_of(project: Project) -> FolderStore:
    return FolderStore(str(project.path / ".lineage" / "objects"), read_only=True)


def objects_in(project: Project) -> set[str]:
    return set(store_of(project).blobs())


def age(path: Path, seconds: float = 2 * DAY) -> None:
    """Let a file be as old as that."""
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


def orphan(project: Project, data: bytes, seconds: float = 2 * DAY, folder: str = ".lineage") -> str:
    """Store an object that no record names."""
    store = FolderStore(str(project.path / folder / "objects"))
    blob = store.put([data]).hash
    store.close()
    age(Path(store.path(blob)), seconds)
    return blob


def gc(project: Project, *args: str, code: int = 0) -> dict[str, Any]:
    done = project.lineage("gc", *args, "--json", code=code)
    return dict(json.loads(done.stdout))


def names(told: dict[str, Any]) -> set[str]:
    """Return the versions that a collection took, as people write them."""
    return {f"{each['name']}@{each['version']}" for found in told["objects"] for each in found["versions"]}


@pytest.fixture
def swapped(words: Project) -> Project:
    """A project with two versions of two artifacts, of which the second is current."""
    words.doit()
    words.doit("counter=count_unique")
    return words


class TestWhatGoes:
    def test_without_an_option_no_version_goes(self, swapped: Project) -> None:
        """A bare `lineage gc` takes old orphans, and neither new ones nor anything that is recorded."""
        old, new = orphan(swapped, b"old"), orphan(swapped, b"new", 60)
        recorded = objects_in(swapped) - {old, new}
        told = gc(swapped)
        assert [each["blob"] for each in told["objects"]] == [old]
        assert objects_in(swapped) == recorded | {new}
        assert swapped.rerun("counter=count") == only("cached", ALL)

    def test_an_orphan_of_a_run_that_goes_on_stays(self, words: Project) -> None:
        """What is older than the grace but not than the oldest run may be what that run has stored."""
        words.write({"dodo.py": words.read("dodo.py"), "tasks/language.py": WAITING})
        running = words.start(*DOIT)
        wait_for(words.path / "waiting", running)
        blob = orphan(words, b"just stored", 0)
        assert gc(words, "--grace", "0")["objects"] == []
        (words.path / "go").touch()
        assert words.finish(running).code == 0
        age(Path(store_of(words).path(blob)))
        assert [each["blob"] for each in gc(words)["objects"]] == [blob]

    def test_half_written_files_go(self, words: Project) -> None:
        """What a killed process has left is told and swept; what a living one writes is neither."""
        words.doit()
        folder = words.path / ".lineage" / "objects" / "tmp"
        living = FolderStore(str(words.path / ".lineage" / "objects"))
        mine = Path(living._scratch.new())
        mine.write_bytes(b"y")
        (folder / "1-dead.0").write_bytes(b"x" * 1000)
        told = gc(words, "--dry-run")
        assert [Path(each["path"]).name for each in told["half_written"]] == ["1-dead.0"]
        assert (folder / "1-dead.0").exists()
        assert gc(words)["freed_bytes"] == 1000
        assert not (folder / "1-dead.0").exists()
        assert mine.exists()
        living.close()

    def test_a_dry_run_changes_nothing(self, swapped: Project) -> None:
        """It tells names, dates, sizes and seconds, and leaves each byte where it is."""
        before = {path: path.stat().st_mtime_ns for path in swapped.path.rglob("*") if path.is_file()}
        printed = swapped.lineage("gc", "--dry-run", "--keep-last", "1").stdout
        assert before == {path: path.stat().st_mtime_ns for path in swapped.path.rglob("*") if path.is_file()}
        assert "words/total@1" in printed
        assert "would free" in printed
        told = gc(swapped, "--dry-run", "--keep-last", "1")
        assert names(told) == {"words/total@1", "words/summary@1"}
        assert told["seconds_to_make_again"] > 0
        assert all(each["versions"][0]["last_used"] > 0 and each["bytes"] > 0 for each in told["objects"])

    def test_the_last_versions_stay(self, swapped: Project) -> None:
        """--keep-last counts by last use: a version that was come back to is a late one."""
        swapped.doit("counter=count")
        swapped.doit("text=one two two")  # sentence 2, total 3, summary 3
        assert names(gc(swapped, "--keep-last", "2", "--dry-run")) == {"words/total@2", "words/summary@2"}
        assert names(gc(swapped, "--keep-last", "9", "--dry-run")) == set()

    def test_the_cheapest_goes_first(self, project: Any) -> None:
        """--max-size takes what costs the fewest seconds a byte, and no more than it must."""
        made = project({"dodo.py": COSTS})
        made.doit("n=1")
        made.doit("n=2")
        sizes = {each["name"]: each["current"]["size"] for each in made.json("artifacts")["artifacts"]}
        total = gc(made)["bytes_before"]
        told = gc(made, "--max-size", str(total - 1))
        assert names(told) == {"p/cheap@1"}
        told = gc(made, "--max-size", str(total - sizes["p/cheap"] - 1))
        assert names(told) == {"p/dear@1"}
        assert gc(made, "--max-size", "1", code=1)["objects"] == []
        assert made.rerun("n=2") == only("cached", ("make_cheap", "make_dear"))

    def test_both_limits_hold(self, swapped: Project) -> None:
        """With --keep-last and --max-size no version is left that one of them would take."""
        assert names(gc(swapped, "--keep-last", "2", "--max-size", "1", code=1)) == {"words/total@1", "words/summary@1"}

    def test_equal_bytes_stay_as_long_as_one_version_needs_them(self, project: Any) -> None:
        """An object that an old version of one artifact and a current one of another share stays."""
        made = project({"dodo.py": SHARED})
        made.doit("n=1")
        made.doit("n=2")
        assert names(gc(made, "--keep-last", "1")) == {"p/second@1"}
        assert made.rerun("n=2") == only("cached", ("one", "two"))

    @pytest.mark.parametrize(
        ("text", "count"),
        [("1000", 1000), ("500MB", 500_000_000), ("2GiB", 2 << 30), ("1.5 kB", 1500), ("3k", 3000), ("7b", 7)],
    )
    def test_sizes(self, text: str, count: int) -> None:
        """Sizes are written as people write them."""
        assert parsed_size(text) == count

    @pytest.mark.parametrize("text", ["", "many", "-5MB", "5 parsecs"])
    def test_what_is_no_size(self, text: str) -> None:
        """Anything else is refused, with what to write."""
        with pytest.raises(UsageError, match="no size"):
            parsed_size(text)


class TestAfterwards:
    def test_what_went_is_told_with_how_to_make_it_again(self, swapped: Project) -> None:
        """`show`, `artifacts` and `load` say when and why it went, and what to type."""
        gc(swapped, "--keep-last", "1")
        shown = swapped.lineage("show", "words/total@1").stdout
        assert "collected" in shown
        assert "`lineage gc --keep-last 1`" in shown
        assert "doit words:counter" in shown
        told = swapped.json("show", "words/total@1")["found"][0]["artifact"]
        assert (told["condition"], told["gone"]["kind"]) == ("collected", "collected")
        assert "--keep-last 1" in told["gone"]["why"]
        assert "(collected)" in swapped.lineage("artifacts", "words/total").stdout
        told = swapped.python(
            "import lineage\ntry: lineage.load('words/total@1')\nexcept lineage.StoreError as error: print(error)"
        )
        assert "`lineage gc --keep-last 1`" in told
        assert "doit words:counter" in told

    def test_the_words_of_its_run_are_told(self, swapped: Project) -> None:
        """What was made with another step in the slot is made again with that word."""
        swapped.doit("counter=count")
        gc(swapped, "--keep-last", "1")
        assert "doit words:counter counter=count_unique" in swapped.lineage("show", "words/total@2").stdout

    def test_a_step_that_needs_it_makes_it_again(self, swapped: Project) -> None:
        """Coming back to a state whose artifacts were collected runs its steps, and gives the old versions."""
        gc(swapped, "--keep-last", "1")
        swapped.executed()
        assert "was collected" in swapped.lineage("why", "counter", "counter=count").stdout
        again = swapped.rerun("counter=count")
        assert next(each["kind"] for each in swapped.steps()["counter"]["reasons"]) == "collected"
        assert again == {"collect": "cached", "counter": "run", "report": "run"}
        assert swapped.executed() == ["count", "report"]
        assert swapped.json("show", "words/total")["found"][0]["artifact"]["version"] == 1
        assert "(collected)" not in swapped.lineage("artifacts", "words/total").stdout.splitlines()[1]

    def test_the_current_state_is_still_there(self, swapped: Project) -> None:
        """Whatever was asked for, `doit` has nothing to do afterwards, also where the caches are lost."""
        gc(swapped, "--keep-last", "0")
        assert swapped.rerun("counter=count_unique") == only("cached", ALL)
        for name in ("memory", "receipt"):
            (swapped.path / ".lineage" / name).unlink(missing_ok=True)
        gc(swapped, "--max-size", "0", code=1)
        assert swapped.rerun("counter=count_unique") == only("cached", ALL)

    def test_a_step_that_is_no_more_leaves_nothing_that_stays(self, swapped: Project) -> None:
        """What a step put out that is not in dodo.py any more is no current state."""
        swapped.edit("dodo.py", "    summary = report(sentence, total)\n", "")
        swapped.doit()
        assert "words/summary@1" in names(gc(swapped, "--keep-last", "0"))


class TestSafety:
    @pytest.mark.fault(name="gc")
    def test_beside_four_builds(self, project: Any, fault: Fault) -> None:
        """While four builds go from state to state and reuse each other's results, none misses what it uses."""
        made = project({"dodo.py": BUSY})
        made.doit()
        end = time.monotonic() + SECONDS
        builds = [start_build(made, number) for number in range(4)]
        collector = start_gc(made)
        done = collected = 0
        while time.monotonic() < end or collected == 0:
            for place, build in enumerate(builds):
                if build.poll() is not None:
                    finished = made.finish(build)
                    assert finished.code == 0, finished.printed
                    done += 1
                    builds[place] = start_build(made, done)
            if collector.poll() is not None:
                collected += len(json.loads(made.finish(collector).stdout)["objects"])
                collector = start_gc(made)
            time.sleep(0.01)
        for build in builds:
            finished = made.finish(build)
            assert finished.code == 0, finished.printed
        made.finish(collector)
        made.doit("a=1", "b=1")
        assert set(made.rerun("a=1", "b=1").values()) == {"cached"}
        made.assert_database_intact()
        fault.count(seconds=SECONDS, builds=done + len(builds), objects=collected)

    def test_what_a_run_uses_stays(self, project: Any) -> None:
        """What a run has taken from history is not collected before it is recorded."""
        made = project({"dodo.py": BUSY.replace("time.sleep(0.3)", WAIT)})
        (made.path / "go").touch()
        made.doit("a=1", "b=1")
        made.doit("a=1", "b=2")
        (made.path / "go").unlink()
        (made.path / "waiting").unlink()
        running = made.start(*DOIT, "a=2", "b=1")
        wait_for(made.path / "waiting", running)
        assert names(gc(made, "--max-size", "0", "--grace", "0", code=1)) == {"p/both@1"}
        (made.path / "go").touch()
        finished = made.finish(running)
        assert finished.code == 0, finished.printed
        assert made.statuses() == {"slow": "run", "quick": "cached", "join": "run"}

    @pytest.mark.parametrize("by", ["run", "confirmation", "tag", "orphan", "link"])
    def test_what_is_used_again_in_the_last_moment(self, swapped: Project, by: str) -> None:
        """A run that comes and goes between the decision and the deed, a tag, and a new record keep their objects."""
        doing = {
            "run": ["doit counter=count >/dev/null", "doit counter=count_unique >/dev/null"],
            "confirmation": ["doit counter=count >/dev/null"],
            "tag": ["lineage tag words/total@1 best >/dev/null"],
            "orphan": ["doit 'text=one two' >/dev/null", "doit counter=count_unique >/dev/null"],
            "link": [f"ln -sf {os.readlink(swapped.artifact('words/total'))} artifacts/words/new.json"],
        }
        made = swapped
        if by == "confirmation":
            made.doit("counter=count")
            made.doit("counter=count_unique")
        if by == "orphan":
            orphan(made, b"2\n")
        left = made.json("show", "words/total@1")["found"][0]["artifact"]["blob"]
        made.write({"between.py": BETWEEN})
        told = json.loads(made.python(f"import between; between.collect({doing[by]!r})"))
        gone = {each["blob"] for each in told["objects"]}
        assert (told["passed_over"] > 0) is (by != "link")
        assert (left in gone) is (by in ("orphan", "link"))
        words = "counter=count" if by != "orphan" else "text=one two"
        assert made.rerun(words)["collect"] == "cached"

    def test_killed_in_the_middle(self, words: Project) -> None:
        """kill -9 at any moment leaves whole objects or none, records that are sound, and a pipeline that goes on."""
        generator = random.Random(7)
        for attempt in range(6):
            for number in range(8):
                words.doit(f"text=sentence {attempt} {number}")
            collector = words.start(*LINEAGE, "gc", "--keep-last", "0", "--grace", "0")
            time.sleep(generator.uniform(0.1, 0.5))
            kill(collector, signal.SIGKILL)
            collector.communicate()
            store = store_of(words)
            assert all(store.verify(blob) is not None for blob in store.blobs())
        words.assert_database_intact()
        last = "text=sentence 5 7"
        assert words.rerun(last) == only("cached", ALL)
        assert gc(words, "--keep-last", "0")["half_written"] == [] or gc(words)["half_written"] == []
        assert words.rerun(last) == only("cached", ALL)
        assert words.rerun("text=sentence 0 0")["counter"] in ("run", "cached")


SHARED_FOLDER = '[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "../team"\n'


def checkout(project: Project, name: str) -> Project:
    """Return a copy of a project, with records of its own, that keeps its artifacts in the same folder."""
    other = Project(project.path.parent / name)
    for path in ("dodo.py", "pyproject.toml", *(f"tasks/{each.name}" for each in project.path.glob("tasks/*.py"))):
        other.write({path: project.read(path)})
    return other


class TestSharing:
    @pytest.fixture
    def first(self, words: Project) -> Project:
        return words.write({"pyproject.toml": SHARED_FOLDER})

    def test_what_others_record_stays(self, first: Project) -> None:
        """Two checkouts with records of their own and one folder: neither loses what the other names."""
        second = checkout(first, "second")
        first.doit()
        second.doit("text=one more")
        second.doit("text=yet one more")
        second.doit("text=one more")
        stays = gc(first, "--keep-last", "0", "--grace", "0")["stays"]
        assert {why: each["objects"] for why, each in stays.items()} == {"checkout": 3, "current": 3, "others": 3}
        assert second.rerun("text=one more") == only("cached", ALL)
        assert second.rerun("text=yet one more") == only("cached", ALL)
        assert names(gc(second, "--keep-last", "1")) == {"words/sentence@1", "words/total@1", "words/summary@1"}
        assert first.rerun() == only("cached", ALL)

    def test_whose_records_cannot_be_read(self, first: Project) -> None:
        """Where another user of the folder cannot be asked nothing is collected, and the remedy is told."""
        second = checkout(first, "second")
        first.doit()
        second.doit("text=one more")
        (second.path / ".lineage" / "metadata.sqlite").rename(second.path / "elsewhere")
        refused = first.lineage("gc", "--keep-last", "0", code=3).printed
        assert str(second.path) in refused
        registration = next(word for word in refused.split() if "/records/" in word)
        Path(registration).unlink()
        assert gc(first, "--grace", "0")["objects"]

    def test_a_project_that_has_moved(self, first: Project) -> None:
        """Records that have moved with their project are known again, there and by others; what they name stays."""
        second = checkout(first, "second")
        first.doit()
        second.doit("text=one more")
        moved = Project(second.path.rename(second.path.parent / "moved"))
        moved.environment = second.environment
        refused = first.lineage("gc", "--keep-last", "0", code=3).printed
        assert "run `doit` in its new place" in refused
        moved.lineage("gc", "--keep-last", "0", "--grace", "0")  # it knows itself, before it has run there
        assert moved.rerun("text=one more") == only("cached", ALL)
        told = gc(first, "--keep-last", "0", "--grace", "0")
        assert {why: each["objects"] for why, each in told["stays"].items()} == {"current": 3, "checkout": 3}
        assert moved.rerun("text=one more") == only("cached", ALL)

    def test_a_copy_is_no_move(self, first: Project) -> None:
        """What was copied does not know what the original has recorded since: where that is gone, nobody collects."""
        second = checkout(first, "second")
        first.doit()
        second.doit("text=one more")
        copied = Project(second.path.parent / "copied")
        copied.environment = second.environment
        shutil.copytree(second.path, copied.path, symlinks=True, dirs_exist_ok=True)
        second.doit("text=yet one more")
        second.path.rename(second.path.parent / "drive")
        copied.doit("text=one more")
        for project in (first, copied):
            assert str(second.path) in project.lineage("gc", "--keep-last", "0", code=3).printed

    def test_what_another_stack_of_the_same_checkout_records_stays(self, words: Project) -> None:
        """Two records and the project's own folder: what the one names is no garbage in the other."""
        other = {"LINEAGE_METADATA": "sqlite:///other.sqlite"}
        words.doit()
        words.doit("text=one more", env=other)
        for env in (other, {}):
            told = words.lineage("gc", "--grace", "0", "--json", env=env).stdout
            assert json.loads(told)["objects"] == []
        assert words.rerun() == only("cached", ALL)

    def test_records_on_a_server(self, first: Project, postgres: Server) -> None:
        """With one record for all, a checkout that has run of late keeps its state, and what went is told to all."""
        pytest.importorskip("psycopg")
        second = checkout(first, "second")
        first.environment["LINEAGE_METADATA"] = second.environment["LINEAGE_METADATA"] = postgres.fresh()
        first.doit()
        second.doit("text=one more")
        second.doit("text=yet one more")
        told = gc(first, "--keep-last", "0")
        assert names(told) == {"words/sentence@2", "words/total@2", "words/summary@2"}
        assert told["stays"]["checkout"]["objects"] == 3
        assert "(collected)" in second.lineage("artifacts", "words/total").stdout
        assert second.rerun("text=yet one more") == only("cached", ALL)
        assert second.rerun("text=one more") == only("run", ALL)

    def test_what_a_shared_cache_has_goes_first(self, words: Project) -> None:
        """It need not be made again; what is still to be sent stays, and what went comes back from there."""
        cache = words.path.parent / "cache"
        words.write({"pyproject.toml": SHARED_FOLDER.replace("artifacts", "cache").replace("../team", str(cache))})
        words.doit()
        words.doit("counter=count_unique")
        told = gc(words, "--max-size", "0", code=1)
        assert all(each["elsewhere"] for each in told["objects"])
        assert told["seconds_to_make_again"] == 0
        words.executed()
        assert words.rerun() == only("cached", ALL)
        assert words.executed() == []
        cache.rename(words.path.parent / "away")
        cache.write_text("no folder")
        words.doit("text=cannot be sent")
        words.doit("counter=count_unique")
        assert gc(words, "--keep-last", "0")["stays"]["unsent"]["objects"] == 3
        cache.unlink()
        (words.path.parent / "away").rename(cache)
        words.doit("counter=count")
        assert "unsent" not in gc(words, "--keep-last", "0")["stays"]

    def test_a_killed_run_of_another_host(self, first: Project) -> None:
        """Nobody can ask whether it goes on; after a month without a word it does not count, as that checkout."""
        second = checkout(first, "second")
        first.doit()
        second.doit("text=one more")
        database = sqlite3.connect(second.path / ".lineage" / "metadata.sqlite")
        blob = orphan(first, b"of nobody", 10 * DAY, "../team")
        for days, taken in ((50, False), (20, False), (50, True)):
            database.execute("UPDATE run SET status = 'running', host = 'ci', started = ?", (time.time() - days * DAY,))
            database.execute("UPDATE step_run SET started = ?", (time.time() - (days if taken else 1) * DAY,))
            database.commit()
            assert (blob in {each["blob"] for each in gc(first)["objects"]}) is taken
        database.close()

    def test_a_stranger_in_a_projects_own_folder(self, words: Project) -> None:
        """A project whose folder somebody else has named for his artifacts heeds him too."""
        words.doit()
        other = checkout(words.write({"pyproject.toml": ""}), "other")
        other.environment["LINEAGE_ARTIFACTS"] = str(words.path / ".lineage")
        other.doit("text=mine")
        assert gc(words, "--grace", "0", "--max-size", "0", code=1)["objects"] == []
        assert other.rerun("text=mine") == only("cached", ALL)


def start_build(project: Project, number: int) -> Any:
    """Start a build whose first step is executed, and whose second one is in the history if it was not collected."""
    parallel = ["-n", "2"] if number % 4 == 0 else []
    return project.start(*DOIT, *parallel, f"a={number}", f"b={random.randint(1, 5)}")


def start_gc(project: Project) -> Any:
    return project.start(*LINEAGE, "gc", "--max-size", "0", "--grace", "0", "--json")


WAIT = """pathlib.Path("waiting").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.01)"""

BUSY = """\
import pathlib
import time

from lineage import pipeline, step


@step
def slow(a: int) -> int:
    time.sleep(0.3)
    return a


@step
def quick(b: int) -> str:
    return "quick" * b


@step
def join(first: int, second: str) -> str:
    return f"{first} {second}"


@pipeline
def p(a=0, b=1):
    first = slow(a)
    second = quick(b)
    both = join(first, second)
"""

WAITING = '''\
import pathlib
import time

SEPARATOR = " "


def split(sentence):
    """Split at the separator, when it is told to."""
    pathlib.Path("waiting").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
    return sentence.split(SEPARATOR)
'''

#: Collects, and runs commands after it was decided what goes.
BETWEEN = """\
import io, os, subprocess
from lineage.commands.gc import gc
from lineage.stores.folder import FolderStore

def collect(commands):
    before = FolderStore.collect

    def later(self, blobs, settle):
        while commands:
            subprocess.run(commands.pop(0), shell=True, check=True)
        return before(self, blobs, settle)

    FolderStore.collect = later
    out = io.StringIO()
    gc(os.getcwd(), out, keep_last=0, as_json=True)
    print(out.getvalue())
"""

COSTS = """\
import time

from lineage import pipeline, step


@step
def make_cheap(n: int) -> str:
    return f"{n}" * 1000


@step
def make_dear(n: int) -> str:
    time.sleep(0.3)
    return f"-{n}" * 500


@pipeline
def p(n=1):
    cheap = make_cheap(n)
    dear = make_dear(n)
"""

SHARED = """\
from lineage import pipeline, step


@step
def one(n: int) -> str:
    return "same" if n == 1 else "other"


@step
def two(n: int) -> str:
    return "same" if n == 2 else "third"


@pipeline
def p(n=1):
    first = one(n)
    second = two(n)
"""


@pytest.mark.parametrize("hours", ["-1", "nan", "inf"])
def test_hours_that_mean_nothing(done_words: Project, hours: str) -> None:
    """An object that a run is about to record could go, or none ever: it is refused before anything does."""
    assert "fix:" in done_words.lineage("gc", "--grace", hours, code=3).printed
