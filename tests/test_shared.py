"""A shared cache, end to end: the real `doit` and `lineage`, several checkouts, a folder and a real S3 server."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from projects import Project

from lineage.share.outbox import Outbox
from lineage.stores.bucket import Bucket
from lineage.stores.elsewhere import Elsewhere
from lineage.stores.mount import MountedFolder

if TYPE_CHECKING:
    from objectstore import S3Server
    from servers import Server

from sharing import ALL, CACHED, MODELS, Shared, answering, flip, here

# What it is for


def test_a_second_checkout_gets_all_and_downloads_nothing(shared: Shared) -> None:
    """Three times `cached` in a fresh checkout, by records only: no step runs, and no object comes here."""
    assert "3 run" in shared.project.doit().stdout
    assert len(shared.names("ac/")) == 3
    other = shared.checkout("other")
    done = other.doit()
    assert other.statuses() == CACHED
    assert other.executed() == []
    assert here(other) == []
    assert "score=499500.0" in done.stdout
    # Later commands ask nobody any more.
    if not shared.address.startswith("s3:"):
        shutil.move(shared.address, f"{shared.address}.away")
    other.doit(env={"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert other.statuses() == CACHED
    assert here(other) == []


def test_what_came_from_others_is_explained(shared: Shared) -> None:
    """Who made it stands in the records, with metrics, inputs and code to compare with; plan says it beforehand."""
    shared.project.environment["USER"] = "ada"
    shared.project.doit()
    other = shared.checkout("other")
    other.environment["USER"] = "bob"
    plan = other.lineage("plan").stdout
    assert plan.count("its artifacts come from the shared cache, where ada@") == 3
    assert not (other.path / ".lineage" / "metadata.sqlite").exists()
    other.doit()
    run = other.runs()[-1]
    assert run["metrics"] == {"score": 499500.0}
    step = other.steps()["trainer"]
    assert step["reasons"][0]["kind"] == "shared"
    assert step["reasons"][0]["made"]["user"] == "ada"
    shown = other.lineage("show", "models/score").stdout
    assert "ada@" in shown
    assert "trainer(scale=2.0)" in shown
    other.edit("model.py", "weight / 2", "weight / 4")
    why = other.lineage("why", "models:evaluator").stdout
    assert "-    return weight / 2" in why
    assert "+    return weight / 4" in why


def test_only_what_runs_gets_its_inputs(shared: Shared) -> None:
    """A changed step takes what it needs from the place, and nothing else comes here."""
    key = shared.key(shared.project)
    shared.project.doit()
    other = shared.checkout("other")
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit(env={"LINEAGE_TRUST_KEY": key})
    assert other.statuses() == {"importer": "cached", "trainer": "cached", "evaluator": "run"}
    assert other.executed() == ["evaluator"]
    records = shared.records()
    blob = {output["name"]: output["blob"] for record in records.values() for output in record["outputs"]}
    assert set(here(other)) == {blob["models/X"], blob["models/model"], other.stored("models/score").name}


def test_with_worker_processes(shared: Shared) -> None:
    """What a worker needs is brought before it is forked, and what it makes is sent after."""
    shared.project.doit("-n", "2")
    assert len(shared.names("ac/")) == 3
    other = shared.checkout("other")
    other.doit("-n", "2", "scale=3.0")
    assert other.statuses() == {"importer": "cached", "trainer": "run", "evaluator": "run"}
    assert len(shared.names("ac/")) == 5


def test_load_fetch_and_plain_tasks(shared: Shared) -> None:
    """`lineage.load`, `lineage fetch` and a plain task that depends on a file bring what they need, and only that."""
    shared.project.doit()
    other = shared.checkout("other")
    other.write(
        {
            "dodo.py": other.read("dodo.py")
            + (
                "\ndef task_copy():\n"
                "    return {'file_dep': ['artifacts/models/y.npy'], 'targets': ['y.copy'],\n"
                "            'actions': ['cp artifacts/models/y.npy y.copy']}\n"
            )
        }
    )
    other.doit()
    assert (other.path / "y.copy").stat().st_size > 80
    assert other.executed() == []
    assert len(here(other)) == 1
    assert other.python("import lineage; print(lineage.load('models/X').sum())") == "499500.0"
    assert len(here(other)) == 2
    told = other.json("artifacts", "models/score")
    assert told["artifacts"][0]["current"]["condition"] == "elsewhere"
    assert "✓ models/score@1" in other.lineage("fetch", "models/score").stdout
    assert other.json("artifacts", "models/score")["artifacts"][0]["current"]["condition"] == "intact"
    assert other.artifact("models/score").read_text() == "499500.0\n"


def test_folders_are_shared_too(shared: Shared) -> None:
    """An output that is a folder, with what is in it, comes back as it was."""
    steps = (
        "from pathlib import Path\nfrom lineage import step\n\n@step\ndef write() -> Path:\n"
        "    folder = Path('made'); (folder / 'deep').mkdir(parents=True)\n"
        "    (folder / 'deep' / 'a.txt').write_text('a'); (folder / 'run').write_text('#!')\n"
        "    (folder / 'run').chmod(0o755); (folder / 'link').symlink_to('deep/a.txt')\n    return folder\n\n"
        "@step\ndef count(made: Path, times: int) -> int:\n    return times * len(list(made.rglob('*')))\n"
    )
    dodo = (
        "from lineage import pipeline\nfrom steps import count, write\n\n@pipeline\ndef files(times=1):\n"
        "    made = write()\n    number = count(made, times=times)\n"
    )
    shared.project.write({"steps.py": steps, "dodo.py": dodo}).doit()
    other = shared.checkout("other")
    other.doit("times=2")
    assert other.statuses() == {"write": "cached", "count": "run"}
    made = other.artifact("files/made")
    assert (made / "link").read_text() == "a"
    assert (made / "run").stat().st_mode & 0o111


def test_discovered_inputs(shared: Shared) -> None:
    """A step that reads a file without declaring it is found by what the file says, not by what it said."""
    shared.project.edit("model.py", "return weight / 2", "return weight / float(open('divisor.txt').read())")
    shared.project.write({"divisor.txt": "2"}).doit()
    for name in shared.names("sets/"):  # there were many, and the oldest have expired
        shared.place().put(name.replace("/0.json", "/30.json"), shared.place().get(name) or b"")
        shared.place().delete(name)
    other = shared.checkout("other")
    other.doit()
    assert other.statuses() == CACHED
    third = shared.checkout("third").write({"divisor.txt": "5"})
    third.doit()
    assert third.statuses()["evaluator"] == "run"
    assert third.executed()[-1] == "evaluator"
    fourth = shared.checkout("fourth").write({"divisor.txt": "5"})
    fourth.doit()
    assert fourth.statuses() == CACHED


def test_modes(shared: Shared) -> None:
    """Read-only takes and gives nothing; off does neither."""
    off = {"LINEAGE_CACHE_MODE": "off"}
    shared.project.doit(env=off)
    assert shared.names("") == []
    other = shared.checkout("other")
    other.doit(env={"LINEAGE_CACHE_MODE": "read-only"})
    assert other.statuses() == dict.fromkeys(ALL, "run")
    assert shared.names("") == []
    third = shared.checkout("third")
    third.doit()
    before = shared.names("")
    other.doit("scale=5.0", env={"LINEAGE_CACHE_MODE": "read-only"})
    assert shared.names("") == before
    fourth = shared.checkout("fourth")
    fourth.doit(env={"LINEAGE_CACHE_MODE": "read-only"})
    assert fourth.statuses() == CACHED


def test_a_result_that_differs_is_kept_as_evidence(shared: Shared) -> None:
    """The first result stays; `doit -a` makes another one here, which is kept beside it and said."""
    shared.project.edit("model.py", "        self.weight = weight", "        import time; self.weight = time.time()")
    shared.project.doit()
    first = shared.records()["trainer"]["outputs"]
    other = shared.checkout("other")
    done = other.doit("-a")
    assert "models:trainer is not deterministic" in done.stderr
    assert shared.records()["trainer"]["outputs"] == first
    assert len(shared.names("other/")) >= 1
    other.doit()
    assert other.statuses() == CACHED
    here_now = other.json("artifacts", "models/model")["artifacts"][0]["current"]["digest"]
    assert here_now != first[0]["digest"]


def test_a_result_that_differs_from_what_was_given_is_told_afterwards(shared: Shared) -> None:
    """What somebody else has executed counts as an execution: `lineage why` and `diff` name both runs."""
    shared.project.edit("model.py", "        self.weight = weight", "        import time; self.weight = time.time()")
    shared.project.doit()
    other = shared.checkout("other")
    other.doit()
    assert other.json("why", "trainer")["steps"][0]["not_deterministic"] == []
    other.doit("-a")
    assert other.json("why", "trainer")["steps"][0]["not_deterministic"] == [{"name": "model", "runs": [1, 2]}]
    assert other.json("why", "importer")["steps"][0]["not_deterministic"] == []
    assert "not deterministic: run 1 and run 2 gave different model" in other.lineage("diff", "1", "2").stdout


def test_why_says_whose_result_it_is(shared: Shared) -> None:
    """Before it is taken, afterwards, and of the run that took it: who made it, from which commit, and when."""
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        shared.project.command("git", *words)
    shared.project.edit("model.py", "weight / 2", "weight / 4")
    shared.project.doit()
    other = shared.checkout("other")
    with_changes = "with changes"
    before = other.lineage("why", "evaluator").stdout
    assert "need not run" in before
    assert "from the shared cache, made by" in before
    assert with_changes in before
    other.doit()
    for words in (["evaluator"], ["evaluator", "--run", "last"]):
        told = other.lineage("why", *words).stdout
        assert "from the shared cache, made by" in told
        assert with_changes in told
        assert "taken in run 1" in told
        source = other.json("why", *words)["steps"][0]["source"]
        assert with_changes in source["shared"]["by"]
        assert source["shared"]["started"] < source["started"]
    assert "from the shared cache, made by" in other.doit("info", "models:evaluator").stdout
    assert shared.project.json("why", "evaluator")["steps"][0]["source"]["shared"] is None


def test_what_others_have_made_is_verified(shared: Shared) -> None:
    """`lineage verify` fetches what a step takes; what cannot be had, or is not read, is told with the reason."""
    shared.key(shared.project)
    shared.project.doit()
    other, stranger = shared.checkout("other"), shared.checkout("stranger")
    other.doit()
    other.executed()
    assert here(other) == []
    verified = {row["task"]: row["verdict"] for row in other.json("verify")["verified"]}
    assert set(verified.values()) == {"bytes"}, verified
    assert len(here(other)) == 3
    # Without a key pickles are not read; what gave something else cannot be shown beside what is not here.
    stranger.environment["XDG_CONFIG_HOME"] = "/nowhere"
    stranger.edit("steps.py", "return np.arange(1000.0)", "return np.arange(1000.0) + np.random.rand()")
    for each in (shared.project, stranger):
        each.write({"steps.py": stranger.read("steps.py")})
    shared.project.doit()
    stranger.doit()
    done = stranger.lineage("verify", "--no-causes", code=1)
    assert "artifact models/model (model.Model, stored as pickle) is not read: nobody vouches" in done.stdout
    assert "X: the content differs; what is recorded is not here" in done.stdout
    assert "\\n" not in done.stdout
    assert "Traceback" not in done.printed


def test_another_place_is_named(shared: Shared, tmp_path: Path) -> None:
    """What lies in a place that the stack does not name any more is nowhere: it is given by the new one, or made again.

    It was said to be up to date, and could not be fetched; the remedy, `doit`, did nothing.
    """
    shared.project.doit()
    other, third = shared.checkout("other"), shared.checkout("third")
    for each in (other, third):
        each.doit("models:importer")
        assert here(each) == []
    # The same content in another place, as when a bucket is renamed.
    moved, place = tmp_path / "moved", shared.place()
    for name, _, _ in list(place.names("v1")):
        (moved / name).parent.mkdir(parents=True, exist_ok=True)
        (moved / name).write_bytes(place.get(name) or b"")
    other.environment["LINEAGE_CACHE"] = str(moved)
    assert other.json("artifacts", "models/X")["artifacts"][0]["current"]["condition"] == "missing"
    assert other.rerun("models:importer")["importer"] == "cached"
    assert other.json("artifacts", "models/X")["artifacts"][0]["current"]["condition"] == "elsewhere"
    other.lineage("fetch", "models/X")
    assert other.executed() == []
    third.environment["LINEAGE_CACHE"] = str(tmp_path / "empty")
    third.lineage("fetch", "models/X", code=2)
    third.doit("models:importer")
    assert third.executed() == ["importer"]
    third.lineage("fetch", "models/X")
    assert (tmp_path / "empty").is_dir()


def test_what_waits_for_another_stack_is_no_failure(shared: Shared) -> None:
    """What is to be sent elsewhere waits without a word; what a power cut has left of a file is forgotten."""
    away = str(shared.project.path.parent / "file")
    Path(away).write_text("in the way")
    assert "3 results could not be sent" in shared.project.doit(env={"LINEAGE_CACHE": f"{away}/x"}).stderr
    outbox = shared.project.path / ".lineage" / "outbox"
    (outbox / "0123.json").write_text("")
    assert "could not be sent" not in shared.project.doit("scale=3.0").stderr
    assert len(list(outbox.iterdir())) == 3


# A place that does not answer


@pytest.mark.parametrize("how", ["nobody", "500", "hangs"])
def test_no_build_fails_because_of_the_place(project: Callable[[Any], Project], how: str, tmp_path: Path) -> None:
    """One warning, the work is done here, and it is sent once the place answers."""
    pytest.importorskip("obstore")
    made = project(MODELS)
    made.environment.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="c4nary")
    with answering(how) as endpoint:
        begin = time.monotonic()
        done = made.doit(env={"LINEAGE_CACHE": f"s3://team/x?endpoint={endpoint}"})
        seconds = time.monotonic() - begin
    assert made.statuses() == dict.fromkeys(ALL, "run")
    assert done.stderr.count("made here, and sent when it answers again") == 1
    assert "3 results could not be sent" in done.stderr
    assert "c4nary" not in done.printed
    assert seconds < 60, "it hangs"
    # The outbox is of that place; another one gets its own.
    place = str(tmp_path / "place")
    made.doit(env={"LINEAGE_CACHE": place})
    assert list(MountedFolder(place).names("")) == []


def test_what_could_not_be_sent_is_sent_later(s3: S3Server, project: Callable[[Any], Project]) -> None:
    """The server is killed; what was made meanwhile is there for others after it has come back."""
    made = project(MODELS)
    address = s3.fresh()
    made.environment.update(s3.environment, LINEAGE_CACHE=address)
    s3.kill()
    try:
        assert "sent when it answers again" in made.doit().stderr
        assert made.statuses() == dict.fromkeys(ALL, "run")
        assert len(list((made.path / ".lineage" / "outbox").iterdir())) == 3
        described = made.lineage("stack", "describe").stdout
        assert "\n  waiting to be sent 3\n" in described
        assert f"\n  {'kind':<18} folder\n" in described  # the longest name widens the column for all
    finally:
        s3.start()
    made.doit()
    assert list((made.path / ".lineage" / "outbox").iterdir()) == []
    assert len([name for name, _, _ in Bucket(address).names("v1") if "/ac/" in name and "/cas/" not in name]) == 3


# The artifact store itself elsewhere


def test_artifacts_in_a_bucket_and_records_on_a_server(
    s3: S3Server, postgres: Server, project: Callable[[Any], Project], tmp_path: Path
) -> None:
    """The team's stack: a second checkout gets all by records, brings what it needs, and refuses what is unsigned."""
    made = project(MODELS)
    address = s3.fresh()
    made.environment.update(s3.environment, LINEAGE_METADATA=postgres.fresh(), XDG_CONFIG_HOME=str(tmp_path / "config"))
    made.write(
        {"pyproject.toml": f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "{address}"\n'}
    )
    shared = Shared(made, address, lambda: Bucket(address))
    shared.key(made)
    made.doit()
    assert made.statuses() == dict.fromkeys(ALL, "run")
    other = shared.checkout("other")
    other.doit()
    assert other.statuses() == CACHED
    assert here(other) == []
    assert other.lineage("fetch", "models/X").code == 0
    stranger = shared.checkout("stranger")
    stranger.environment["XDG_CONFIG_HOME"] = str(tmp_path / "nothing")
    stranger.edit("model.py", "weight / 2", "weight / 4")
    done = stranger.doit()
    assert stranger.executed() == ["trainer", "evaluator"]
    assert "nobody vouches" in done.stderr
    other.edit("model.py", "weight / 2", "weight / 8")
    other.doit()
    assert other.executed() == ["evaluator"]


# Keeping house


def test_what_is_elsewhere_is_used_beside_a_step_that_runs(shared: Shared) -> None:
    """A run that executes a step does not take what only the shared place has for collected."""
    shared.project.doit()
    other = shared.checkout("other")
    other.doit()
    other.edit("steps.py", "float(X.sum()) * scale", "scale * float(X.sum())")
    assert other.rerun() == {"importer": "cached", "trainer": "run", "evaluator": "cached"}
    assert other.executed() == ["trainer"]
    assert shared.blob("evaluator").rpartition("/")[2] not in here(other)


def test_fsck_fetches_what_the_shared_place_has(shared: Shared) -> None:
    """A damaged object comes back without a step that runs; what is elsewhere only is not missing."""
    shared.project.doit()
    other = shared.checkout("other")
    other.doit()
    assert json.loads(other.lineage("fsck", "--json").stdout)["found"] == []
    stored = shared.project.stored("models/X")
    stored.chmod(0o644)
    stored.write_bytes(b"damaged")
    (found,) = json.loads(shared.project.lineage("fsck", "--json", code=1).stdout)["found"]
    assert "a shared store has it" in found["told"]
    shared.project.executed()
    stored.write_bytes(b"damaged again")
    (found,) = json.loads(shared.project.lineage("fsck", "--repair", "--json").stdout)["found"]
    assert found["mended"]
    assert shared.project.executed() == []
    assert shared.project.rerun() == CACHED


def test_fsck_takes_nothing_else_from_the_shared_place(shared: Shared) -> None:
    """What is damaged there too is made again here."""
    shared.project.doit()
    stored = shared.project.stored("models/model")
    stored.chmod(0o644)
    stored.write_bytes(b"damaged")
    flip(shared.place(), shared.blob("trainer"))
    shared.project.executed()
    (found,) = json.loads(shared.project.lineage("fsck", "--repair", "--json").stdout)["found"]
    assert (found["mended"], found["told"]) == (True, "made again by models:trainer")
    assert shared.project.executed() == ["trainer"]
    assert shared.project.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"


def test_what_waits_to_be_sent_and_is_damaged(project: Callable[[Any], Project], tmp_path: Path) -> None:
    """It is neither sent nor signed, but kept aside: by fsck, or by the next doit, which both say so."""
    made = project(MODELS)
    (tmp_path / "place").write_text("a file where a folder should be")
    made.environment["LINEAGE_CACHE"] = str(tmp_path / "place")
    made.doit()
    waiting = sorted((made.path / ".lineage" / "outbox").iterdir())
    assert len(waiting) == 3
    for path in waiting[:2]:
        path.write_text(path.read_text().replace('"seconds"', '"sekonds"'))
    (tmp_path / "place").unlink()
    told = made.lineage("fsck", "--dry-run", code=None).stdout
    assert all(path.name in told for path in waiting[:2])
    done = made.doit()
    assert done.stderr.count("something that was to be sent is damaged") == 2
    assert len([name for name, _, _ in MountedFolder(str(tmp_path / "place")).names("v1") if "/ac/" in name]) == 1
    assert list((made.path / ".lineage" / "outbox").iterdir()) == []
    assert "all is well" in made.lineage("fsck").stdout


def test_what_load_found_spoilt_is_made_again(shared: Shared) -> None:
    """`load` says to run doit, and that helps: the step runs, and what it makes takes the place of the damage."""
    key = {"LINEAGE_TRUST_KEY": shared.key(shared.project)}
    shared.project.doit(env=key)
    other = shared.checkout("other")
    other.environment |= key
    other.doit()
    flip(shared.place(), shared.blob("importer"))
    assert other.lineage("fetch", "models/X", code=2).code == 2
    other.doit()
    assert other.executed() == ["importer"]
    assert other.python("import lineage; print(lineage.load('models/X').sum())") == "499500.0"
    third = shared.checkout("third")
    third.environment |= key
    third.doit()
    assert third.python("import lineage; print(lineage.load('models/X').sum())") == "499500.0"
    assert third.executed() == []


def test_an_object_that_cannot_be_read_stops_no_other(project: Callable[[Any], Project], tmp_path: Path) -> None:
    """What cannot be read here stays in the outbox, with a warning; what comes after it is sent."""
    made = project(MODELS)
    pytest.importorskip("obstore")
    place = tmp_path / "place"
    with answering("nobody") as endpoint:
        address = f"s3://team/x?endpoint={endpoint}"
        made.doit(env={"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "LINEAGE_CACHE": address})
    score = made.stored("models/score")
    for path in (made.path / ".lineage" / "outbox").iterdir():
        Outbox(str(path.parent)).add({**(Outbox(str(path.parent)).read(path.name) or {}), "place": str(place)})
        path.unlink()
    score.unlink()
    score.symlink_to(score.name)  # leads to itself
    done = made.doit("scale=3.0", env={"LINEAGE_CACHE": str(place)})
    assert "cannot be sent" in done.stderr
    assert "1 result could not be sent" in done.stderr
    sent = [json.loads(MountedFolder(str(place)).get(name) or b"")["name"] for name, _, _ in named(place)]
    assert sorted(sent) == ["evaluator", "importer", "trainer", "trainer"]


def named(place: Path) -> list[tuple[str, int, float]]:
    """Return the records of a folder that is shared."""
    return [each for each in MountedFolder(str(place)).names("v1") if "/ac/" in each[0] and "/cas/" not in each[0]]


def test_a_line_that_was_cut_spoils_no_other(tmp_path: Path) -> None:
    """A full disk takes the beginning of a line; what is noted after it is told to who reads next."""
    path = tmp_path / "elsewhere"
    Elsewhere(str(path)).note_own("cut")
    path.write_bytes(path.read_bytes()[:-6])
    Elsewhere(str(path)).note_own("whole")
    assert Elsewhere(str(path)).is_own("whole")


def test_fsck_finds_a_flipped_byte_in_what_is_known_of_shared_stores(tmp_path: Path) -> None:
    """Whichever byte it is: its line tells nothing, no other is lost, fsck says so once, and an older file is whole."""
    path = tmp_path / ".lineage" / "elsewhere"
    path.parent.mkdir()
    known = Elsewhere(str(path))
    for number in range(3):
        known.note_own(f"{number}" * 32, "ab" * 32)
    whole = path.read_bytes()
    assert Elsewhere(str(path)).damaged() == 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        damaged = Elsewhere(str(path))
        is_damaged = damaged.damaged() > 0
        told = [damaged._own.get(f"{number}" * 32) for number in range(3)]
        assert sum(each == "ab" * 32 for each in told) >= 2
        assert is_damaged or told == ["ab" * 32] * 3
        assert set(damaged._own) <= {f"{number}" * 32 for number in range(3)}
    path.write_bytes(b"".join(line + b"\n" for line in whole.split(b"\n") if not line.startswith(b"#")))
    assert Elsewhere(str(path)).damaged() == 0
    flipped = whole.replace(b"1111", b"1011", 1)
    path.write_bytes(flipped)
    project = Project(tmp_path).write({"dodo.py": ""})
    (found,) = project.json("fsck", "--dry-run")["found"]
    assert (found["kind"], found["state"], found["mended"]) == ("elsewhere", "damaged", True)
    assert path.read_bytes() == flipped
    (found,) = project.json("fsck")["found"]
    assert "1 line is passed over" in found["told"]
    assert project.json("fsck")["found"] == []
    assert Elsewhere(str(path)).own("2" * 32) == "ab" * 32


def test_gc_leaves_what_is_waiting_to_be_sent(project: Callable[[Any], Project], tmp_path: Path) -> None:
    """Old versions that have not arrived stay; once they have, they go, and come back from there."""
    made = project(MODELS)
    pytest.importorskip("obstore")
    place = tmp_path / "place"
    with answering("nobody") as endpoint:
        address = f"s3://team/x?endpoint={endpoint}"
        made.environment.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", LINEAGE_CACHE=address)
        made.doit()
        made.doit("scale=3.0")
        before = here(made)
        made.lineage("gc", "--keep-last", "1", "--grace", "0")
        assert here(made) == before
    made.environment["LINEAGE_CACHE"] = str(place)
    outbox = Outbox(str(made.path / ".lineage" / "outbox"))
    for name in outbox.names():
        content = outbox.read(name)
        assert content is not None
        outbox.add({**content, "place": str(place)})
        outbox.remove(name)
    made.doit("scale=3.0")
    made.lineage("gc", "--keep-last", "1", "--grace", "0")
    assert len(here(made)) < len(before)
    made.doit()
    assert made.statuses() == CACHED
    assert made.python("import lineage; print(lineage.load('models/score@1'))") == "499500.0"
