"""What is special about the SQLite store: its file, migrations, faults, and reading beside a writer."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projects import REPOSITORY
from records import digest, execute, finish, outcome, started, step, whole_run

from lineage.errors import StoreError, VersionError
from lineage.model.stored import Entry
from lineage.records import sqlite
from lineage.records.sqlite import SCHEMA, SqliteStore

MIGRATIONS = REPOSITORY / "lineage" / "records" / "migrations"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a project?#%41" / ".lineage" / "metadata.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    found = SqliteStore(str(path))
    yield found
    found.close()


def record(store: SqliteStore, name: str = "a") -> None:
    whole_run(store, (step(f"p:{name}", name), outcome({f"p/{name}": name})))


def runs(store: SqliteStore) -> int:
    (row,) = store.select("SELECT count(*) FROM run") or [(0,)]
    return int(row[0])


# The file


def test_it_is_in_the_write_ahead_mode(store: SqliteStore) -> None:
    """WAL, and NORMAL synchronisation: kill -9 loses nothing, a commit does not wait for the disk."""
    assert store.select("PRAGMA journal_mode") == [("wal",)]
    assert store.select("PRAGMA synchronous") == [(1,)]
    assert store.select("PRAGMA user_version") == [(SCHEMA,)]


def test_the_number_of_the_schema_is_that_of_the_newest_migration() -> None:
    """`SCHEMA` is a constant for speed; it must not be forgotten."""
    assert sorted(path.name for path in MIGRATIONS.glob("*.sql")) == [f"{n:04}.sql" for n in range(1, SCHEMA + 1)]


def test_opening_an_existing_database_reads_no_schema(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a missing or older database needs the migrations."""
    record(SqliteStore(str(path)))
    monkeypatch.setattr(sqlite, "_apply", lambda *_: pytest.fail("applied a migration"))
    assert runs(SqliteStore(str(path))) == 1


def test_many_processes_may_create_it_at_once(path: Path) -> None:
    """Whoever comes first makes the tables, and nobody sees them half made."""
    code = "import sys; from lineage.records.sqlite import SqliteStore; print(SqliteStore(sys.argv[1]).last_run_id())"
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    assert [child.communicate(timeout=60)[0].strip() for child in children] == ["None"] * 8


def test_a_reader_never_sees_a_database_that_is_half_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first run makes it, a dashboard that looks at it sees an empty history, and no older format."""
    apply, seen = sqlite._apply, []

    def watched(connection: sqlite._Connection, number: int) -> None:
        seen.append(runs(SqliteStore(str(path), read_only=True)))
        apply(connection, number)

    monkeypatch.setattr(sqlite, "_apply", watched)
    SqliteStore(str(path)).select("SELECT 1")
    assert seen == [0] * SCHEMA


def test_an_interrupt_while_it_is_closed_leaves_it_usable(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may come just after SQLite has closed the file."""

    def interrupted(connection: sqlite3.Connection) -> None:
        sqlite3.Connection.close(connection)
        raise KeyboardInterrupt

    run, _ = whole_run(store)
    with monkeypatch.context() as patched:
        patched.setattr(sqlite._Connection, "close", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.close()
    store.close()
    assert store.last_run_id() == run


def test_importing_it_is_light() -> None:
    """Of what costs more than a millisecond only sqlite3 and json are loaded."""
    heavy = (
        "numpy",
        "dataclasses",
        "inspect",
        "asyncio",
        "subprocess",
        "tempfile",
        "pathlib",
        "hashlib",
        "doit",
        "xxhash",
    )
    code = f"import sys, lineage.records.sqlite; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Migrations


@pytest.fixture
def next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes the code know one more migration."""

    def know(script: str) -> None:
        package = tmp_path / "records"
        shutil.copytree(MIGRATIONS, package / "migrations")
        (package / "migrations" / f"{SCHEMA + 1:04}.sql").write_text(script)
        monkeypatch.setattr(sqlite, "__file__", str(package / "sqlite.py"))
        monkeypatch.setattr(sqlite, "SCHEMA", SCHEMA + 1)

    return know


def test_an_older_database_is_brought_up_to_date(path: Path, next_schema: Callable[[str], None]) -> None:
    """What was recorded stays, and a copy of the file as it was is kept beside it."""
    record(SqliteStore(str(path)))
    next_schema("ALTER TABLE run ADD COLUMN mood TEXT; -- one;\nCREATE INDEX run_mood ON run (mood);\n")
    store = SqliteStore(str(path))
    assert store.select("SELECT run_id, mood FROM run") == [(1, None)]
    assert store.select("PRAGMA user_version") == [(SCHEMA + 1,)]
    copy = sqlite3.connect(f"{path}.format-{SCHEMA}")
    assert copy.execute("SELECT count(*) FROM step_run").fetchall() == [(1,)]
    assert copy.execute("PRAGMA user_version").fetchall() == [(SCHEMA,)]


def test_a_database_of_format_1_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has is found as before, and inputs can be discovered from then on; the old file is kept."""
    with monkeypatch.context() as past:
        past.setattr(sqlite, "SCHEMA", 1)
        old = SqliteStore(str(path))
        old._live().execute("ALTER TABLE artifact_version ADD COLUMN seal INTEGER")  # type: ignore[union-attr]
        record(old)
        old._live().execute("ALTER TABLE artifact_version DROP COLUMN seal")  # type: ignore[union-attr]
        assert old.select("SELECT name FROM sqlite_master WHERE name = 'discovered'") == []
        old.close()
    store = SqliteStore(str(path))
    assert store.find_trace(digest("fingerprint", "a")) is not None
    assert store.find_discovered(digest("fingerprint", "a")) == []
    entry = Entry("read", "data.csv", digest("data"), "m.py:3")
    found = outcome({"p/a": 2}, discovered=[entry], base=digest("fingerprint", "a"), fingerprint=digest("final"))
    whole_run(store, (step("p:a", "a"), found))
    assert [[each.name for each in given] for given in store.find_discovered(digest("fingerprint", "a"))] == [
        ["data.csv"]
    ]
    copy = sqlite3.connect(f"{path}.format-1")
    assert copy.execute("SELECT count(*) FROM step_run").fetchall() == [(1,)]


def test_a_migration_that_fails_changes_nothing(path: Path, next_schema: Callable[[str], None]) -> None:
    """It is one transaction: the old format stays whole, and the old code goes on."""
    record(SqliteStore(str(path)))
    next_schema("ALTER TABLE run ADD COLUMN mood TEXT;\nALTER TABLE nowhere ADD COLUMN mood TEXT;\n")
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore(str(path))
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchall() == [(SCHEMA,)]
    assert "mood" not in {row[1] for row in raw.execute("PRAGMA table_info(run)")}


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_database_is_refused(path: Path, store: SqliteStore, read_only: bool) -> None:
    """With the remedy, and without touching it."""
    store._live().execute("PRAGMA user_version = 99")  # type: ignore[union-attr]
    store.close()
    before = path.read_bytes()
    with pytest.raises(VersionError, match="newer lineage") as error:
        SqliteStore(str(path), read_only=read_only)
    assert "pip install -U" in str(error.value)
    assert path.read_bytes() == before


def test_a_query_does_not_migrate(path: Path, next_schema: Callable[[str], None]) -> None:
    """Reading an older format says what to do, and leaves the file alone."""
    record(SqliteStore(str(path)))
    next_schema("ALTER TABLE run ADD COLUMN mood TEXT;\n")
    with pytest.raises(VersionError, match="run `doit` once"):
        SqliteStore(str(path), read_only=True)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchall() == [(SCHEMA,)]


def test_another_program_s_database_is_refused(path: Path) -> None:
    """A file with tables that are not ours is not written to."""
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not one of lineage"):
        SqliteStore(str(path))
    assert path.read_bytes() == before


# Faults


def test_a_file_that_is_no_database(path: Path) -> None:
    """What, why and the remedy, with the path."""
    path.parent.mkdir(parents=True)
    path.write_text("not a database at all, but long enough to be looked at " * 50)
    with pytest.raises(StoreError, match="is not a database") as error:
        SqliteStore(str(path))
    assert str(path) in str(error.value)
    assert "fix:" in str(error.value)


def test_a_damaged_page(path: Path) -> None:
    """A database that was overwritten in the middle is an error that says so, not a traceback of sqlite3."""
    store = SqliteStore(str(path))
    for number in range(50):
        record(store, f"a{number}")
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="is damaged") as error:
        SqliteStore(str(path)).select("SELECT sum(length(error)), sum(length(reasons)) FROM step_run")
    assert ".recover" in str(error.value)


def test_a_full_disk(store: SqliteStore) -> None:
    """What was being recorded is undone with a clear message; after freeing space it goes on where it was."""
    record(store)
    pages = store.select("PRAGMA page_count")[0][0]
    store._live().execute(f"PRAGMA max_page_count = {pages + 2}")  # type: ignore[union-attr]
    run_id = store.begin_run(started())
    step_run_id = store.start_step(run_id, step("p:b", "b"))
    large = outcome({f"p/{number}": number for number in range(500)})
    with pytest.raises(StoreError, match="No space left"):
        store.finish_step(step_run_id, large)
    assert store.select("SELECT count(*) FROM artifact_version") == [(1,)]
    assert store.select("PRAGMA integrity_check") == [("ok",)]
    store._live().execute("PRAGMA max_page_count = 1000000")  # type: ignore[union-attr]
    assert store.finish_step(step_run_id, large) == [1] * 500
    assert store.select("PRAGMA foreign_key_check") == []


def test_a_writer_waits_for_another(path: Path, store: SqliteStore) -> None:
    """While another process writes, recording waits and then succeeds."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    release.start()
    assert store.begin_run(started()) == 1
    release.join()


def test_a_writer_does_not_wait_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that stays locked is an error that says what to do."""
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    store = SqliteStore(str(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is locked"):
        store.begin_run(started())
    other.execute("COMMIT")
    assert store.begin_run(started()) == 1


def test_an_interrupted_transaction_is_undone(store: SqliteStore) -> None:
    """Ctrl-C in the middle of recording leaves no lock and nothing half written."""

    def interrupted() -> None:
        with store._write() as cursor:
            cursor.execute("INSERT INTO artifact (name) VALUES ('p/a')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.select("SELECT count(*) FROM artifact") == [(0,)]
    assert store.begin_run(started()) == 1


# Reading


def test_a_missing_database_is_an_empty_history(path: Path) -> None:
    """A query finds nothing and creates nothing, and finds what is recorded later."""
    reader = SqliteStore(str(path), read_only=True)
    assert reader.last_run_id() is None
    assert reader.describe()["runs"] == 0
    assert not path.parent.exists()
    record(SqliteStore(str(path)))
    assert reader.last_run_id() == 1


def test_a_reader_sees_what_a_writer_records(path: Path, store: SqliteStore) -> None:
    """Beside an open writer, with what is still only in its log, and while it is in the middle of a transaction."""
    reader = SqliteStore(str(path), read_only=True)
    assert runs(reader) == 0
    record(store)
    assert runs(reader) == 1
    with store._write() as cursor:
        cursor.execute("DELETE FROM run")
        assert runs(reader) == 1
    assert runs(reader) == 0


def test_a_reader_cannot_write(path: Path, store: SqliteStore) -> None:
    """Not even by mistake."""
    record(store)
    reader = SqliteStore(str(path), read_only=True)
    with pytest.raises(StoreError, match="reading only"):
        reader.begin_run(started())
    with pytest.raises(StoreError, match="cannot be written"):
        reader.select("DELETE FROM run")


READ = """
import os, sys, shutil, tempfile
from lineage.records.sqlite import SqliteStore
os.umask(0)
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    open(os.path.join(os.path.dirname(sys.argv[1]), "probe"), "w")
    print("the folder can be written")
except OSError:
    print(SqliteStore(sys.argv[1], read_only=True).last_run_id())
"""


@pytest.fixture
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database in a folder that its reader cannot write to."""
    # Not below pytest's own folder, which nobody else may enter.
    folder = Path(os.path.realpath(os.environ.get("TMPDIR", "/tmp"))) / f"lineage-read-only-{os.getpid()}"
    folder.mkdir(mode=0o755)
    yield folder / "metadata.sqlite"
    folder.chmod(0o755)
    shutil.rmtree(folder)


def read_as_somebody_else(path: Path) -> str:
    path.parent.chmod(0o555)
    # The modules are loaded before the change of user, who may not read them.
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True)
    path.parent.chmod(0o755)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_read_only_folder_can_be_read(locked: Path) -> None:
    """Where no log can be made beside it, the file alone is all there is."""
    store = SqliteStore(str(locked))
    record(store)
    store.close()
    assert not Path(f"{locked}-wal").exists()
    assert read_as_somebody_else(locked) == "1"


def test_a_read_only_folder_with_a_log(locked: Path) -> None:
    """What is only in a writer's log is read too, through a copy where the log's index cannot be made beside it."""
    store = SqliteStore(str(locked))
    record(store)
    assert Path(f"{locked}-wal").stat().st_size
    assert read_as_somebody_else(locked) == "1"
    index = Path(f"{locked}-shm")
    aside = index.rename(index.with_suffix(".aside"))
    told = read_as_somebody_else(locked)
    aside.rename(index)
    assert told == "1"


# Looking things up in a large store


def plan(store: SqliteStore, sql: str, *parameters: object) -> str:
    return " ".join(row[-1] for row in store.select(f"EXPLAIN QUERY PLAN {sql}", parameters))


def test_no_question_scans_a_table(store: SqliteStore) -> None:
    """Each question of the recorder goes through an index: it costs the same in a store of a million versions."""
    from lineage.records import statements

    questions = {
        "newest trace": (statements.NEWEST_TRACE, digest(1), 5, None),
        "trace": (statements.TRACE, 1),
        "traces": (statements.traces(2), digest(1), digest(2)),
        "manifest": (statements.MANIFEST, digest(1)),
        "last manifest": (statements.LAST_FINGERPRINT, 1, 1),
        "expected": (statements.EXPECTED, "p", "a", "a", 5),
        "version": (statements.VERSION_OF, 1, digest(1)),
        "maker": (statements.VERSION_MAKER, 1),
        "running": ("SELECT run_id FROM run WHERE status = 'running'",),
    }
    scans = {name: plan(store, *question) for name, question in questions.items()}
    bad = {name: text for name, text in scans.items() if re.search(r"SCAN (s|v|p|n|r|step_run|produced)\b", text)}
    assert bad == {}
    assert "run_running" in scans["running"]  # a partial index that holds only what runs


def test_recording_stays_small(store: SqliteStore) -> None:
    """A no-op run adds less than a kilobyte of rows, whatever the number of steps."""
    run_id = store.begin_run(started())
    for number in range(200):
        execute(store, run_id, step(f"p:s{number}", number), outcome({f"p/a{number}": number}))
    finish(store, run_id, counts={"run": 200})
    before = store.select("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]
    for _ in range(50):
        store.confirm_run(started(), 0.0, run_id, {"cached": 200}, 1.0)
    after = store.select("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]
    assert (after - before) / 50 < 1000
