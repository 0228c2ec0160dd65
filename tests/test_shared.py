"""A shared cache, end to end: the real `doit` and `lineage`, several checkouts, a folder and a real S3 server."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from faults import Fault
from projects import Project

from lineage.share.outbox import Outbox
from lineage.stores.bucket import Bucket
from lineage.stores.mount import MountedFolder

if TYPE_CHECKING:
    from objectstore import S3Server
    from servers import Server

    from lineage.stores.objects import Objects

MODELS = {
    "dodo.py": """\
from lineage import pipeline
from steps import evaluator, importer, trainer

@pipeline
def models(scale=2.0):
    X, y = importer()
    model = trainer(X, y, scale=scale)
    score = evaluator(X, model)
""",
    "steps.py": """\
from typing import Annotated
import numpy as np
from lineage import step
from model import Model, helper

def ran(name):
    with open("executed.txt", "a") as file:
        file.write(name + " ")

@step(ignore=["ran"])
def importer() -> tuple[Annotated[np.ndarray, "X"], Annotated[np.ndarray, "y"]]:
    ran("importer")
    return np.arange(1000.0), np.ones(10)

@step(ignore=["ran"])
def trainer(X: np.ndarray, y: np.ndarray, scale: float) -> Model:
    ran("trainer")
    return Model(float(X.sum()) * scale)

@step(ignore=["ran"])
def evaluator(X: np.ndarray, model: Model) -> float:
    ran("evaluator")
    return helper(model.weight)
""",
    "model.py": """\
class Model:
    def __init__(self, weight):
        self.weight = weight

def helper(weight):
    return weight / 2
""",
}
ALL = ["importer", "trainer", "evaluator"]
CACHED = dict.fromkeys(ALL, "cached")
Place = Callable[[], "Objects"]


class Shared:
    """A project, and the place that its checkouts share."""

    def __init__(self, project: Project, address: str, place: Place) -> None:
        self.project = project
        self.address = address
        self.place = place

    def checkout(self, name: str) -> Project:
        """Return a fresh checkout beside the project, of another user with the same rights."""
        other = Project(self.project.path.parent / name)
        leave = shutil.ignore_patterns(".lineage", "artifacts", ".doit.db*", "executed.txt", "__pycache__")
        shutil.copytree(self.project.path, other.path, ignore=leave, dirs_exist_ok=True)
        other.environment = dict(self.project.environment)
        return other

    def names(self, prefix: str) -> list[str]:
        # Hashes may begin with the letters of a folder: v1/cas/ac/...
        apart = ("v1/cas/", "v1/code/") if prefix else ()
        found = (name for name, _, _ in self.place().names("v1") if not name.startswith(apart))
        return sorted(name for name in found if f"/{prefix}" in name)

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the records by the name of their step."""
        found = {}
        for name in self.names("ac/"):
            content = json.loads(self.place().get(name) or b"")
            found[content["name"]] = {**content, "_name": name}
        return found

    def blob(self, step: str, output: int = 0) -> str:
        blob = self.records()[step]["outputs"][output]["blob"]
        return f"v1/cas/{blob[:2]}/{blob}"

    def key(self, project: Project) -> str:
        """Make a key for a checkout and return it."""
        project.lineage("trust", "create", "team")
        return project.lineage("trust", "show", "team").stdout.strip()


@pytest.fixture(params=["folder", "s3"])
def shared(request: pytest.FixtureRequest, project: Callable[[Any], Project], tmp_path: Path) -> Shared:
    made = project(MODELS)
    made.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    if request.param == "folder":
        address = str(tmp_path / "shared")
        place: Place = partial(MountedFolder, address)
    else:
        server: S3Server = request.getfixturevalue("s3")
        made.environment.update(server.environment)
        address = server.fresh()
        place = partial(Bucket, address)
    made.write({"pyproject.toml": f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\ncache = "{address}"\n'})
    return Shared(made, address, place)


def here(project: Project) -> list[str]:
    """Return the objects that are in a checkout."""
    return sorted(path.name for path in (project.path / ".lineage" / "objects").glob("??/*"))


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


# Trust


def test_unsigned_pickles_are_made_again_not_read(shared: Shared) -> None:
    """Without a key a pickle of somebody else is never loaded: the step that makes it runs here, and it is said why."""
    shared.project.doit()
    other = shared.checkout("other")
    other.doit()
    done = other.lineage("fetch", "models/model", code=2)
    assert "artifact models/model@1" in done.stdout
    assert "nobody vouches for it" in done.stdout
    assert "lineage trust" in done.stdout
    assert here(other) == []
    other.edit("model.py", "weight / 2", "weight / 4")
    done = other.doit()
    assert other.executed() == ["trainer", "evaluator"]
    assert "nobody vouches" in done.stderr
    assert "models:trainer runs here instead" in done.stderr


def test_signed_pickles_are_read(shared: Shared) -> None:
    """With the key, and only with it, records count, and what they name is read."""
    key = shared.key(shared.project)
    shared.project.doit()
    other = shared.checkout("other")
    other.environment["XDG_CONFIG_HOME"] = str(other.path.parent / "config of other")
    stranger = shared.checkout("stranger")
    stranger.environment["XDG_CONFIG_HOME"] = str(other.path.parent / "config of stranger")
    stranger.lineage("trust", "create", "mine")
    stranger.doit()
    assert stranger.statuses() == dict.fromkeys(ALL, "run")
    other.python(
        f"import subprocess; subprocess.run(['lineage', 'trust', 'add', 'team'], input={key!r}, text=True, check=True)"
    )
    other.doit()
    assert other.statuses() == CACHED
    assert other.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"
    listed = other.lineage("trust", "list").stdout
    assert "team" in listed
    assert key not in listed


def test_a_key_that_comes_later(shared: Shared) -> None:
    """What was given back before a key was added is read with it, and refused without."""
    key = shared.key(shared.project)
    shared.project.doit()
    other = shared.checkout("other")
    other.environment["XDG_CONFIG_HOME"] = str(other.path.parent / "config of other")
    shared.project.doit("-a", env={"XDG_CONFIG_HOME": str(other.path.parent / "nothing")})  # unsigned too
    other.doit()
    assert other.statuses() == CACHED
    assert "nobody vouches" in other.lineage("fetch", "models/model", code=2).stdout
    assert "✓ models/model@1" in other.lineage("fetch", "models/model", env={"LINEAGE_TRUST_KEY": key}).stdout


def put_whole(shared: Shared, name: str, record: dict[str, Any]) -> None:
    """Put an unsigned record there that is as it was written."""
    from lineage.share.record import checksum

    record["checksum"] = checksum(record)
    shared.place().put(name, json.dumps(record).encode(), replace=True)


def forge(shared: Shared, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the trainer's record and its pickle, as somebody can who may write to the place."""
    canary = shared.project.path.parent / "canary"
    payload = f"cposix\nsystem\n(S'touch {canary}'\ntR.".encode()
    from hashlib import sha256

    from xxhash import xxh3_128_hexdigest

    from lineage.share.record import checksum

    record = shared.records()["trainer"]
    name = record.pop("_name")
    blob = xxh3_128_hexdigest(payload)
    shared.place().put(f"v1/cas/{blob[:2]}/{blob}", payload, replace=True)
    record["outputs"][0].update(blob=blob, sha256=sha256(payload).hexdigest(), sent=len(payload), size=len(payload))
    change(record)
    record["checksum"] = checksum(record)
    shared.place().put(name, json.dumps(record).encode(), replace=True)


@pytest.mark.fault(name="forged")
@pytest.mark.parametrize("way", ["unsigned", "old signature", "own key", "says it is safe", "trusts itself"])
def test_forged_pickles_are_never_read(shared: Shared, way: str, fault: Fault) -> None:
    """Whatever a record says of itself, a pickle that nobody vouches for runs no code; the step is executed."""
    signed = way != "unsigned"
    key = shared.key(shared.project) if signed else ""
    shared.project.doit()

    def change(record: dict[str, Any]) -> None:
        if way == "unsigned":
            record.pop("signature", None)
        elif way == "own key":
            from lineage.share.record import signature

            record["key"] = "0123456789abcdef"
            record["signature"] = signature(record, b"mine")
        elif way == "says it is safe":
            record["outputs"][0]["safe"] = True
            record["safe"] = True
        elif way == "trusts itself":
            record["trusted"] = ["posix.system", "*"]
            record["key"] = None

    forge(shared, change)
    other = shared.checkout("other")
    other.edit("model.py", "weight / 2", "weight / 4")
    env = {"LINEAGE_TRUST_KEY": key} if signed else {"XDG_CONFIG_HOME": str(other.path / "nothing")}
    other.doit(env=env)
    assert other.executed()[-2:] == ["trainer", "evaluator"]
    other.lineage("fetch", env=env, code=None)
    other.lineage("show", "models/model", env=env)
    assert not (shared.project.path.parent / "canary").exists()
    fault.count(pickles=1)


def test_a_text_made_here_is_no_pickle_that_others_may_name(shared: Shared) -> None:
    """A forged record that calls a text made here a pickle runs no code: the text may be of others' choice."""
    canary = shared.project.path.parent / "canary"
    payload = f"cposix\nsystem\n(S'touch {canary}'\ntR."
    shared.project.write(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import load, train, use\n\n@pipeline\n"
            "def models(by=1):\n    text = load()\n    model = train(text)\n    score = use(model, by=by)\n",
            "steps.py": "from lineage import step\nfrom model import Model\n\n@step\ndef load() -> str:\n"
            f"    return {payload!r}\n\n@step\ndef train(text: str) -> Model:\n    return Model(len(text))\n\n"
            "@step\ndef use(model: Model, by: int) -> float:\n    return model.weight / by\n",
        }
    ).doit()
    record = shared.records()["train"]
    name = record.pop("_name")
    record["outputs"][0] |= {key: shared.records()["load"]["outputs"][0][key] for key in ("blob", "sha256", "sent")}
    put_whole(shared, name, record)
    for each in shared.names("ac/"):
        if each != name:
            shared.place().delete(each)
    other = shared.checkout("other")
    assert "models:train runs here instead" in other.doit().stderr
    assert other.statuses() == dict.fromkeys(["load", "train", "use"], "run")
    other.doit("by=2")  # what was made here as a pickle is read
    assert other.statuses() == {"load": "cached", "train": "cached", "use": "run"}
    assert not canary.exists()


def test_a_key_that_is_taken_away_vouches_no_more(shared: Shared) -> None:
    """What only a key has vouched for is not read any more once that key is removed; what was made here is."""
    key = shared.key(shared.project)
    shared.project.doit()
    other = shared.checkout("other")
    other.environment["XDG_CONFIG_HOME"] = str(other.path.parent / "config of other")
    other.doit(env={"LINEAGE_TRUST_KEY": key})
    other.lineage("fetch", env={"LINEAGE_TRUST_KEY": key})
    assert "nobody vouches" in other.lineage("fetch", "models/model", code=2).stdout
    shared.project.lineage("trust", "remove", "team")
    assert shared.project.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"


# Damage


def flip(place: Objects, name: str) -> None:
    data = bytearray(place.get(name) or b"")
    data[len(data) // 2] ^= 1
    assert place.put(name, bytes(data), replace=True)


def test_a_flipped_byte_is_never_read_and_is_mended(shared: Shared) -> None:
    """A damaged object or record is passed over, its step runs, and what it makes takes the place of the damage."""
    key = {"LINEAGE_TRUST_KEY": shared.key(shared.project)}
    shared.project.doit(env=key)
    for step, name in (("importer", shared.blob("importer")), ("trainer", shared.records()["trainer"]["_name"])):
        flip(shared.place(), name)
        other = shared.checkout(f"other {step}")
        other.doit("scale=7.0" if step == "importer" else "scale=2.0", env=key)
        assert step in other.executed()
        healed = shared.checkout(f"healed {step}")
        healed.doit("scale=8.0" if step == "importer" else "scale=2.0", env=key)
        assert step not in healed.executed()


def test_objects_that_are_gone_are_made_again(shared: Shared) -> None:
    """A record whose bytes have expired is none; after the step ran here they are there again."""
    key = {"LINEAGE_TRUST_KEY": shared.key(shared.project)}
    shared.project.doit(env=key)
    shared.place().delete(shared.blob("trainer"))
    other = shared.checkout("other")
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit(env=key)
    assert other.executed() == ["trainer", "evaluator"]
    assert shared.place().size(shared.blob("trainer")) is not None
    # Told by a ledger that it is there, and it is not.
    third = shared.checkout("third")
    third.doit(env=key)
    shared.place().delete(shared.blob("importer"))
    assert "neither here" not in third.lineage("fetch", "models/X", code=2, env=key).stderr
    third.doit(env=key)
    assert third.executed() == ["importer"]


MALFORMED: dict[str, Callable[[dict[str, Any]], object]] = {
    "no size": lambda record: record["outputs"][0].pop("sent"),
    "no outputs": lambda record: record.update(outputs={}),
    "too few outputs": lambda record: record.update(outputs=record["outputs"][:1]),
    "an output that is none": lambda record: record.update(outputs=[-1]),
    "a format that is not installed": lambda record: record["outputs"][0].update(format="parquet"),
    "metrics that are none": lambda record: record.update(metrics=7),
    "previews that are none": lambda record: record.update(previews="x"),
}


@pytest.mark.parametrize("how", MALFORMED)
def test_a_malformed_record_stops_nobody(shared: Shared, how: str) -> None:
    """A record that cannot be used here is none: its step runs, and the record does not stay in the way for others."""
    shared.project.doit()
    record = shared.records()["importer"]
    name = record.pop("_name")
    MALFORMED[how](record)
    put_whole(shared, name, record)
    other = shared.checkout("other")
    done = other.doit()
    assert other.executed()[0] == "importer"
    assert "could not be sent" not in done.stderr
    assert not list((other.path / ".lineage" / "outbox").iterdir())


def test_kinds_of_a_newer_lineage_are_passed_over(shared: Shared) -> None:
    """A set of discovered inputs of a kind, or with a name, that means nothing here is none."""
    shared.project.edit("model.py", "return weight / 2", "return weight / float(open('divisor.txt').read())")
    shared.project.write({"divisor.txt": "2"}).doit()
    (name,) = shared.names("sets/")
    content = json.loads(shared.place().get(name) or b"")
    for entry in (["of tomorrow", "divisor.txt", ""], ["read", "a\0b", ""], ["read", "\ud800", ""]):
        for each in shared.names("sets/"):
            shared.place().delete(each)
        put_whole(shared, name, {**content, "inputs": [entry]})
        other = shared.checkout(f"other {ord(entry[1][0])} {len(entry[1])}")
        other.doit()
        assert other.executed()[-1] == "evaluator"


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


@contextmanager
def answering(how: str) -> Iterator[str]:
    """Serve a place that hangs, that says 500 to everything, or where nobody listens."""
    if how == "nobody":
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{held.getsockname()[1]}"
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if how == "hangs":
                stop.wait(60)
            self.send_response(500)
            self.end_headers()

        do_PUT = do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    stop = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    stop.set()
    server.shutdown()


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
        assert "waiting to be sent" in made.lineage("stack", "describe").stdout
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
