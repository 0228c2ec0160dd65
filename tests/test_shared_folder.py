"""An artifact store in a folder that others write to: read where it is, but for pickles that nobody vouches for."""

from __future__ import annotations

import os
import pickle
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from projects import Project
from sharing import ALL, CACHED, MODELS, Shared, here

from lineage.errors import StoreError
from lineage.stores.shared_folder import SharedFolder

if TYPE_CHECKING:
    from servers import Server

RUN = dict.fromkeys(ALL, "run")
TEAM = '[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "../team"\n'


def shared_by(made: Project, records: str) -> Shared:
    """Let checkouts of a project share a folder of objects, and their records."""
    around = made.path.parent
    made.environment |= {"LINEAGE_METADATA": records, "XDG_CONFIG_HOME": str(around / "config")}
    made.write({"pyproject.toml": TEAM})
    return Shared(made, str(around / "team"), lambda: pytest.fail("no place is asked"))


@pytest.fixture
def team(project: Callable[[Any], Project], tmp_path: Path) -> Shared:
    return shared_by(project(MODELS), f"sqlite:///{tmp_path / 'records.sqlite'}")


def canary(team: Shared) -> Path:
    return team.project.path.parent / "canary"


def payload(team: Shared) -> bytes:
    """Return a pickle that leaves a file behind when it is read."""
    return f"cposix\nsystem\n(S'touch {canary(team)}'\ntR.".encode()


def plant(team: Shared, path: Path) -> None:
    """Put another pickle in the place of an object, and say in the folder's old ledger that it is intact."""
    path.chmod(0o644)
    path.write_bytes(payload(team))
    from lineage.stores.ledger import Ledger

    found = path.stat()
    ledger = Ledger(f"{team.address}/objects/ledger")
    ledger.set(path.name, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    ledger.flush()


def model(project: Project) -> Path:
    return project.artifact("models/model").resolve(strict=True)


@pytest.mark.parametrize("records", ["file", "server"])
def test_two_checkouts_with_a_key_share_a_folder(
    request: pytest.FixtureRequest, project: Callable[[Any], Project], tmp_path: Path, records: str
) -> None:
    """What one has made is cached for the other and read where it lies; without the key the pickle is made again."""
    where = f"sqlite:///{tmp_path / 'records.sqlite'}"
    if records == "server":
        server: Server = request.getfixturevalue("postgres")
        where = server.fresh()
    team = shared_by(project(MODELS), where)
    team.key(team.project)
    team.project.doit()
    assert team.project.statuses() == RUN
    other = team.checkout("other")
    assert other.rerun() == CACHED
    other.edit("model.py", "weight / 2", "weight / 4")
    other.doit()
    assert other.executed() == ["evaluator"]
    assert other.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"
    assert here(other) == []
    assert (other.path / ".lineage" / "work").exists() is False or not list(
        (other.path / ".lineage" / "work").iterdir()
    )
    stranger = team.checkout("stranger")
    stranger.environment["XDG_CONFIG_HOME"] = str(tmp_path / "nothing")
    stranger.edit("model.py", "weight / 2", "weight / 8")
    done = stranger.doit()
    assert stranger.executed() == ["trainer", "evaluator"]
    assert "nobody vouches" in done.stderr
    assert "models:trainer runs here instead" in done.stderr
    assert stranger.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"


def test_without_a_key_what_is_made_here_is_read(team: Shared) -> None:
    """A project reads its own pickles in such a folder; those of other checkouts are refused with what to do."""
    team.project.doit()
    team.project.edit("model.py", "weight / 2", "weight / 4")
    team.project.doit("-n", "2")
    assert team.project.executed() == [*ALL, "evaluator"]
    assert team.project.rerun() == CACHED
    assert team.project.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"
    assert "identical" in team.project.lineage("verify").stdout
    other = team.checkout("other")
    assert other.rerun() == CACHED
    done = other.lineage("fetch", "models/model", code=2)
    assert "nobody vouches for it" in done.stdout
    assert "lineage trust" in done.stdout


def test_several_keys_are_no_reason_not_to_run(team: Shared) -> None:
    """Who has keys of other projects too is told once that nothing is signed; what any of them signed is read."""
    team.key(team.project)
    team.project.doit()
    team.project.lineage("trust", "create", "elsewhere")
    other = team.checkout("other")
    other.edit("model.py", "weight / 2", "weight / 4")
    done = other.doit()
    assert other.executed() == ["evaluator"]
    assert "vouches" not in done.stderr
    other.edit("steps.py", "* scale", "* scale * 2")
    done = other.doit()
    assert other.statuses() == {"importer": "cached", "trainer": "run", "evaluator": "run"}
    assert done.stderr.count("nobody says which one signs") == 1
    assert 'key = "elsewhere"' in done.stderr
    assert other.rerun() == CACHED


@pytest.mark.parametrize("signed", [False, True])
def test_a_pickle_that_somebody_else_puts_there_does_not_run(team: Shared, signed: bool) -> None:
    """Whether it takes the place of our own or of a colleague's, it is made again, and its code does not run."""
    if signed:
        team.key(team.project)
    team.project.doit()
    other = team.checkout("other")
    other.doit()
    for number, each in enumerate((team.project, other)):
        plant(team, model(each))
        each.edit("model.py", "weight / 2", f"weight / {number + 4}")
        each.executed()
        each.doit()
        assert each.executed() == ["trainer", "evaluator"]
        each.lineage("show", "models/model")
        assert each.python("import lineage; print(lineage.load('models/model').weight)") == "999000.0"
    assert not canary(team).exists()


def test_a_record_that_calls_a_text_a_pickle_is_not_believed(team: Shared) -> None:
    """Who can write to the records cannot have a text read as a pickle, whoever has signed that text."""
    team.key(team.project)
    text = payload(team).decode()
    team.project.write(
        {
            "dodo.py": "from lineage import pipeline\nfrom steps import load, train, use\n\n@pipeline\n"
            "def models(by=1):\n    text = load()\n    model = train(text)\n    score = use(model, by=by)\n",
            "steps.py": "from lineage import step\nfrom model import Model\n\n@step\ndef load() -> str:\n"
            f"    return {text!r}\n\n@step\ndef train(text: str) -> Model:\n    return Model(len(text))\n\n"
            "@step\ndef use(model: Model, by: int) -> float:\n    return model.weight / by\n",
        }
    ).doit()
    with sqlite3.connect(team.project.path.parent / "records.sqlite") as records:
        blob = "SELECT blob FROM artifact_version JOIN artifact USING (artifact_id) WHERE name = 'models/text'"
        model = "SELECT artifact_id FROM artifact WHERE name = 'models/model'"
        records.execute(f"UPDATE artifact_version SET blob = ({blob}), seal = NULL WHERE artifact_id = ({model})")
    other = team.checkout("other")
    done = other.doit("by=2")
    assert "nobody vouches" in done.stderr
    assert other.statuses() == {"load": "cached", "train": "run", "use": "run"}
    assert not canary(team).exists()


def test_a_plain_task_is_given_no_pickle_that_nobody_vouches_for(team: Shared) -> None:
    """A program that opens a readable path by itself finds what was made here."""
    program = "import pickle; print(pickle.load(open('artifacts/models/model.pkl', 'rb')).weight)"
    dodo = MODELS["dodo.py"] + (
        "\ndef task_plain():\n    return {'file_dep': ['artifacts/models/model.pkl'], 'targets': ['weight.txt'],\n"
        "        'actions': ['python read.py > weight.txt']}\n"
    )
    team.project.write({"read.py": program})
    team.project.write({"dodo.py": dodo})
    team.project.doit("models")
    other = team.checkout("other")
    done = other.doit()
    assert "models:trainer runs here instead" in done.stderr
    assert other.read("weight.txt") == "999000.0\n"


def test_a_command_is_given_a_copy_of_what_was_compared(team: Shared) -> None:
    """The program of a shell step reads no bytes that somebody else can change while it runs."""
    weigh = (
        "from lineage import shell_step\n\n"
        "weigh = shell_step('python read.py {model} > {weight}', outputs=['weight'])\n\n@pipeline\n"
    )
    dodo = MODELS["dodo.py"].replace("@pipeline\n", weigh).replace("evaluator(X, model)", "weigh(model=model)")
    read = (
        "import os, pickle, sys\npath = os.path.realpath(sys.argv[1])\n"
        "print(pickle.load(open(path, 'rb')).weight, 'team' in path.split('/'))\n"
    )
    team.project.write({"dodo.py": dodo, "read.py": read})
    team.project.doit()
    assert team.project.artifact("models/score").read_text() == "999000.0 False\n"


def test_a_folder_in_the_projects_own_is_trusted_whole(team: Shared) -> None:
    """Naming a folder in .lineage is no reason to doubt it: nothing is signed, copied or compared."""
    team.project.environment["LINEAGE_ARTIFACTS"] = ".lineage"
    team.project.doit()
    assert team.project.rerun() == CACHED
    assert not (team.project.path / ".lineage" / "elsewhere").exists()


@pytest.mark.parametrize("kind", ["artifacts", "cache"])
def test_nothing_to_do_loads_nothing_of_what_is_shared(team: Shared, kind: str) -> None:
    """Where all is up to date and nothing waits to be sent, a shared stack starts as fast as any other."""
    made = team.project
    made.write({"pyproject.toml": TEAM.replace("artifacts", kind)})

    def loaded() -> bool:
        done = made.command(sys.executable, "-X", "importtime", "-m", "doit")
        assert done.code == 0
        return "lineage.share" in done.stderr

    assert loaded()
    assert not loaded()
    assert made.statuses() == CACHED
    (made.path / ".lineage" / "outbox").mkdir(exist_ok=True)
    (made.path / ".lineage" / "outbox" / "0123.json").write_text("")
    assert loaded()


# The store by itself


class Own:
    """A shared folder in which a pickle was made here."""

    def __init__(self, tmp_path: Path, *, signed: bool = False) -> None:
        self.data = pickle.dumps({"weight": 1.5})
        self.copies = tmp_path / "copies"
        self.copies.mkdir()
        self.store = SharedFolder(str(tmp_path / "team" / "objects"), [], str(tmp_path / "own"), lambda *_: None)
        self.blob = self.store.put([self.data]).hash

    def keep(self) -> None:
        """Take note that it was made here."""
        self.store.own(self.blob, self.store.witness([self.data]))

    def replaced(self, data: bytes) -> None:
        """Put other bytes under the same hash: xxh3 is made for speed, and can be collided on purpose."""
        path = Path(self.store.place(self.blob))
        path.chmod(0o644)
        path.write_bytes(data)
        stat = self.store.stat(self.blob)
        assert stat is not None
        self.store.ledger.set(self.blob, stat)

    def read(self) -> bytes | None:
        path = self.store.guarded(self.blob, "pickle", lambda: str(self.copies / "copy"))
        return None if path is None else Path(path).read_bytes()


def test_bytes_with_the_same_hash_are_not_what_was_made(tmp_path: Path) -> None:
    """What can run code is compared by its sha256 and read from a copy; something else is set aside."""
    own = Own(tmp_path)
    own.keep()
    assert own.read() == own.data
    assert own.store.proven(own.blob, "pickle")
    (own.copies / "copy").unlink()
    own.replaced(b"cposix\nsystem\n.")
    assert not own.store.proven(own.blob, "pickle")
    assert own.store.stat(own.blob) is None
    own.store.put([own.data])
    own.replaced(b"cposix\nsystem\n.")
    assert own.read() is None
    assert list(own.copies.iterdir()) == []
    assert own.store.stat(own.blob) is None


def test_what_was_there_already_is_not_what_was_made(tmp_path: Path) -> None:
    """Bytes of somebody else that stand under the hash of what is made here are never vouched for by making it."""
    own = Own(tmp_path)
    own.replaced(b"cposix\nsystem\n.")
    assert own.store.put([own.data]).hash == own.blob  # it is taken for the same
    own.keep()
    assert own.read() is None


def test_what_is_in_the_place_of_a_file_is_not_what_was_made(tmp_path: Path) -> None:
    """A format that writes a file is vouched for as that file was, and not as what then lies in the folder."""
    own = Own(tmp_path)
    own.replaced(b"cposix\nsystem\n.")
    (tmp_path / "model").write_bytes(own.data)
    witness = own.store.witness(str(tmp_path / "model"))
    assert own.store.put_file(str(tmp_path / "model"), move=True).hash == own.blob
    own.store.own(own.blob, witness)
    assert own.read() is None


def test_a_pipe_in_the_place_of_an_object_is_not_waited_for(tmp_path: Path) -> None:
    """What is laid there between a look and the next is set aside, be it a pipe without an end or a link."""
    own = Own(tmp_path)
    own.keep()
    path = Path(own.store.place(own.blob))
    path.unlink()
    os.mkfifo(path)
    assert own.read() is None
    assert not path.exists()


def test_folders_are_compared_too(tmp_path: Path) -> None:
    """A format of another package that reads a folder, and can run code, is given a copy of what was made."""
    own = Own(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("1.5")
    witness = own.store.witness(str(tmp_path / "model"))
    blob = own.store.put_tree(str(tmp_path / "model"), move=False).hash
    own.store.own(blob, witness)
    path = own.store.guarded(blob, "foreign", lambda: str(own.copies / "copy"))
    assert path is not None
    assert (Path(path) / "weights").read_text() == "1.5"
    (Path(own.store.place(blob)) / "weights").chmod(0o644)
    (Path(own.store.place(blob)) / "weights").write_text("2.5")
    assert own.store.guarded(blob, "foreign", lambda: str(own.copies / "other")) is None


def test_a_link_that_somebody_else_has_laid_is_not_followed(tmp_path: Path) -> None:
    """The path to an object that ends in a file's name leads to that object, or is not used."""
    own = Own(tmp_path)
    evil = tmp_path / "evil.csv"
    evil.write_text("evil")
    link = Path(own.store.root) / "names" / own.blob / "data.csv"
    link.parent.mkdir(parents=True)
    link.symlink_to(evil)
    assert Path(own.store.path(own.blob, "data.csv")).read_bytes() == own.data


def test_what_nobody_may_copy_is_refused_with_the_path(tmp_path: Path) -> None:
    """A full or closed disk ends in a message, and leaves no half of a copy."""
    own = Own(tmp_path)
    own.keep()
    with pytest.raises(StoreError, match="cannot copy"):
        own.store.guarded(own.blob, "pickle", lambda: str(tmp_path / "nowhere" / "copy"))
