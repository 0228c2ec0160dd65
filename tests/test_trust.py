"""Whom a shared store is believed: forged, unsigned, damaged and malformed records, and bytes that are not there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from faults import Fault
from sharing import ALL, CACHED, MODELS, Shared, flip, here

from lineage.share.keys import _parsed
from lineage.share.record import sealed
from lineage.stores.bucket import Bucket

if TYPE_CHECKING:
    from objectstore import S3Server
    from projects import Project
    from servers import Server

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


def test_what_is_not_read_is_announced(shared: Shared) -> None:
    """`lineage plan` and `doit list` say what a run does where a pickle must be made again; a no-op reads none."""
    shared.project.doit()
    other = shared.checkout("other")
    assert "nothing to do: 3 steps up to date" in other.lineage("plan").stdout
    other.edit("model.py", "weight / 2", "weight / 4")
    planned = other.lineage("plan").stdout
    assert "2 will run" in planned
    assert "models:evaluator takes models/model, which is not read here: nobody vouches for it" in planned
    assert "R models:trainer" in other.doit("list", "--all", "--status").stdout
    other.doit()
    assert other.executed() == ["trainer", "evaluator"]
    assert "nothing to do" in other.lineage("plan").stdout


def test_a_key_in_the_place_of_its_name_is_refused_and_not_shown(words: Project, tmp_path: Path) -> None:
    """On a command line it stays in the shell's history, in pyproject.toml in the repository."""
    words.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    words.lineage("trust", "create", "team")
    key = words.lineage("trust", "show", "team").stdout.strip()
    for action in ("add", "create", "show", "remove"):
        done = words.lineage("trust", action, key, code=3)
        assert "a key stands where the name of one belongs" in done.printed
        assert key[20:] not in done.printed
    assert [path.name for path in (tmp_path / "config" / "lineage" / "keys").iterdir()] == ["team"]
    text = f'[tool.lineage.stacks.team]\ncache = "/nowhere"\nkey = "{key}"\n'
    words.write({"pyproject.toml": text})
    for command in (["doit"], ["lineage", "stack", "describe"], ["lineage", "trust", "list"]):
        done = words.command(*command)
        assert done.code == 3, done
        assert "pyproject.toml:3 is a key itself" in done.printed
        assert key[20:] not in done.printed


def test_keys_are_listed_and_made_whatever_the_stack_names(words: Project, tmp_path: Path) -> None:
    """What is here is told with what is not; a stack that cannot work keeps nobody from a key."""
    words.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    text = '[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\ncache = "/nowhere"\nkey = "ours"\n'
    words.write({"pyproject.toml": text.replace('"team"', '"tem"', 1)})
    words.lineage("trust", "create", "other")
    words.write({"pyproject.toml": text})
    told = words.lineage("trust", "list").stdout
    assert told.startswith("other ")
    assert "(another one is chosen)" in told
    assert "the key 'ours', which is not on this machine" in told
    assert [row["trusted"] for row in words.json("trust", "list")["keys"]] == [False]
    words.lineage("trust", "create", "ours")
    assert "not on this machine" not in words.lineage("trust", "list").stdout


def test_a_key_that_is_damaged_can_be_removed(words: Project, tmp_path: Path) -> None:
    """It is told with the command that does so, and the others are trusted again."""
    words.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    words.lineage("trust", "create", "team")
    for damaged in (b"nonsense", b"\xff\x00", b""):
        (tmp_path / "config" / "lineage" / "keys" / "old").write_bytes(damaged)
        told = words.lineage("trust", "list", code=3).printed
        assert "old is no key" in told
        assert "`lineage trust remove old`" in told
        words.lineage("trust", "remove", "old")
        assert "team" in words.lineage("trust", "list").stdout
    assert "takes no 'team'" in words.lineage("trust", "list", "team", code=3).printed


def test_a_key_that_is_here_by_two_names(words: Project, tmp_path: Path) -> None:
    """Removing one of them does not claim that what is signed with it is not trusted any more."""
    words.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    words.lineage("trust", "create", "team")
    keys = tmp_path / "config" / "lineage" / "keys"
    (keys / "again").write_bytes((keys / "team").read_bytes())
    assert "it is here as team too, and trusted as before" in words.lineage("trust", "remove", "again").stdout
    assert "is not trusted any more" in words.lineage("trust", "remove", "team").stdout
    told = words.lineage("trust", "remove", "team", code=3).printed
    assert "there is no key 'team'" in told
    assert "`lineage trust create team` makes one" in told


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


def test_who_has_no_key_is_given_what_cannot_run_code(shared: Shared) -> None:
    """Of what others have signed, arrays and numbers are given back to everybody; a pickle is made here."""
    shared.key(shared.project)
    shared.project.doit()
    other = shared.checkout("other")
    other.environment["XDG_CONFIG_HOME"] = str(other.path.parent / "config of other")
    other.doit()
    assert other.statuses() == CACHED
    assert "✓ models/X@1" in other.lineage("fetch", "models/X").stdout
    refused = other.lineage("fetch", "models/model", code=2).stdout
    assert "artifact models/model@1" in refused
    assert "nobody vouches for it" in refused
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit()
    assert other.executed() == ["trainer", "evaluator"]


def test_what_nobody_can_use_is_replaced_for_those_without_a_key_too(shared: Shared) -> None:
    """A record that cannot be read, where those without a key look, keeps no result of others from them."""
    key = shared.key(shared.project)
    shared.project.doit()
    for name in shared.names("ac/"):
        shared.place().put(name, b"{", replace=True)
    another = shared.checkout("another")
    another.doit(env={"LINEAGE_TRUST_KEY": key})
    assert another.statuses() == dict.fromkeys(ALL, "run")
    other = shared.checkout("other")
    other.environment["XDG_CONFIG_HOME"] = str(other.path.parent / "config of other")
    other.doit()
    assert other.statuses() == CACHED


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


def test_a_signed_text_is_no_pickle(shared: Shared) -> None:
    """A signature is for bytes as of a format: no record can have a signed text run as a pickle."""
    canary = shared.project.path.parent / "canary"
    payload = f"cposix\nsystem\n(S'touch {canary}'\ntR."
    records = shared.project.path.parent / "records.sqlite"
    shared.project.environment["LINEAGE_METADATA"] = f"sqlite:///{records}"
    key = {"LINEAGE_TRUST_KEY": shared.key(shared.project)}
    shared.project.write(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import load, train, use\n\n@pipeline\n"
            "def models(by=1):\n    text = load()\n    model = train(text)\n    score = use(model, by=by)\n",
            "steps.py": "from lineage import step\nfrom model import Model\n\n@step\ndef load() -> str:\n"
            f"    return {payload!r}\n\n@step\ndef train(text: str) -> Model:\n    return Model(len(text))\n\n"
            "@step\ndef use(model: Model, by: int) -> float:\n    return model.weight / by\n",
        }
    ).doit(env=key)
    with sqlite3.connect(records) as opened:
        blob = "SELECT blob FROM artifact_version JOIN artifact USING (artifact_id) WHERE name = 'models/text'"
        model = "SELECT artifact_id FROM artifact WHERE name = 'models/model'"
        opened.execute(f"UPDATE artifact_version SET blob = ({blob}), seal = NULL WHERE artifact_id = ({model})")
    other = shared.checkout("other")
    assert "models:train runs here instead" in other.doit("by=2", env=key).stderr
    assert other.statuses()["train"] == other.statuses()["use"] == "run"
    assert not canary.exists()


def test_what_an_older_lineage_has_signed(
    s3: S3Server, postgres: Server, project: Callable[[Any], Project], tmp_path: Path
) -> None:
    """Its labels do not say of which format bytes are: they vouch for arrays, and a pickle is made and signed again."""
    made = project(MODELS)
    address = s3.fresh()
    made.environment.update(s3.environment, LINEAGE_METADATA=postgres.fresh(), LINEAGE_ARTIFACTS=address)
    made.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    shared = Shared(made, address, lambda: Bucket(address))
    key = _parsed("team", shared.key(made), "", "")
    made.doit()
    for name in shared.names("objects/"):
        content = json.loads(shared.place().get(name) or b"")
        del content["format"]
        shared.place().put(name, sealed(content, (key.id, key.secret) if key.id in name else None), replace=True)
    for checkout, ran in (("other", ["trainer", "evaluator"]), ("third", ["evaluator"])):
        each = shared.checkout(checkout)
        each.edit("model.py", "weight / 2", f"weight / {len(ran) + 2}")
        each.doit()
        assert each.executed() == ran


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
