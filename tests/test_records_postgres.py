"""What is special about the PostgreSQL store: schemas, migrations, broken connections, and what is said of failures."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from projects import DOIT, Project, wait_for
from records import digest, execute, finish, outcome, started, step, whole_run
from servers import CANARY, ENCODED, Server

from lineage.errors import LineageError, StoreError, VersionError
from lineage.records.opening import open_postgres
from lineage.records.probing import probe_postgres
from lineage.records.statements import SCHEMA

psycopg = pytest.importorskip("psycopg")

from lineage.records import postgres as module  # noqa: E402
from lineage.records.postgres import PostgresStore  # noqa: E402
from lineage.records.session import Session, migration  # noqa: E402


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    found = open_postgres(url)
    yield found
    found.close()


def record(store: PostgresStore, name: str = "a") -> None:
    whole_run(store, (step(f"p:{name}", name), outcome({f"p/{name}": name})))


@contextmanager
def admin(url: str) -> Iterator[Any]:
    with psycopg.connect(url.partition("?")[0], autocommit=True) as connection:
        yield connection


def schema_of(url: str) -> str:
    return url.rpartition("=")[2]


def end_connection(store: PostgresStore, url: str) -> None:
    """Let the server end the store's connection, as a restart or a firewall would."""
    assert store._session is not None
    with admin(url) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (store._session._connection.info.backend_pid,))


# The schema


def test_every_migration_can_be_said_in_its_words() -> None:
    """No word of SQLite's is left in them."""
    for number in range(1, SCHEMA + 1):
        for word in ("INTEGER", "REAL", "WITHOUT ROWID", "AUTOINCREMENT", "PRAGMA"):
            assert word not in migration(number)


def test_projects_share_a_database(postgres: Server) -> None:
    """Each schema is a history of its own."""
    first, second = open_postgres(postgres.fresh()), open_postgres(postgres.fresh())
    record(first)
    assert (first.last_run_id(), second.last_run_id()) == (1, None)


def test_many_processes_may_create_it_at_once(url: str) -> None:
    """Whoever comes first makes the tables, and nobody sees them half made."""
    code = (
        "import sys; from lineage.records.opening import open_postgres; print(open_postgres(sys.argv[1]).last_run_id())"
    )
    command = [sys.executable, "-c", code, url]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    assert [child.communicate(timeout=90)[0].strip() for child in children] == ["None"] * 8


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_schema_is_refused(url: str, store: PostgresStore, read_only: bool) -> None:
    """With the remedy, and without touching it."""
    with admin(url) as connection:
        connection.execute(f"INSERT INTO {schema_of(url)}.schema_version (version) VALUES (99)")
    with pytest.raises(VersionError, match="newer lineage") as error:
        open_postgres(url, read_only=read_only)
    assert "pip install -U" in str(error.value)
    assert "format 99" in next(each.found for each in probe_postgres(url) if not each.ok)


def test_an_older_schema_is_brought_up_to_date(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was recorded stays; a query says what to do, and leaves it alone."""
    with monkeypatch.context() as past:
        past.setattr("lineage.records.session.SCHEMA", 1)
        old = open_postgres(url)
        with admin(url) as connection:
            connection.execute(f"ALTER TABLE {schema_of(url)}.artifact_version ADD COLUMN seal BIGINT")
            record(old)
            connection.execute(f"ALTER TABLE {schema_of(url)}.artifact_version DROP COLUMN seal")
        old.close()
    with pytest.raises(VersionError, match="run `doit` once"):
        open_postgres(url, read_only=True)
    store = open_postgres(url)
    assert store.find_trace(digest("fingerprint", "a")) is not None
    assert store.find_discovered(digest("a")) == []
    assert store.select("SELECT max(version), count(*) FROM schema_version") == [(SCHEMA, SCHEMA)]


def test_a_migration_that_fails_changes_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one transaction: the old format stays whole, and the old code goes on."""
    record(open_postgres(url))
    with monkeypatch.context() as future:
        future.setattr("lineage.records.session.SCHEMA", SCHEMA + 1)
        future.setattr("lineage.records.session.migration", lambda number: "ALTER TABLE run ADD x TEXT; SELECT nowhere")
        with pytest.raises(StoreError, match="nowhere"):
            open_postgres(url)
    store = open_postgres(url)
    assert store.last_run_id() == 1
    with pytest.raises(StoreError, match="does not exist"):
        store.select("SELECT x FROM run")


def test_another_program_s_schema_is_refused(url: str) -> None:
    """A schema with tables that are not ours is not written to."""
    with admin(url) as connection:
        connection.execute(f"CREATE SCHEMA {schema_of(url)}; CREATE TABLE {schema_of(url)}.theirs (x INT)")
    with pytest.raises(StoreError, match="not those of lineage"):
        open_postgres(url)


def test_a_missing_schema_is_an_empty_history(url: str) -> None:
    """A query finds nothing and creates nothing, and finds what is recorded later."""
    reader = open_postgres(url, read_only=True)
    assert reader.last_run_id() is None
    assert reader.describe()["runs"] == 0
    with admin(url) as connection:
        assert connection.execute("SELECT to_regnamespace(%s)", (schema_of(url),)).fetchone() == (None,)
    record(open_postgres(url))
    assert reader.last_run_id() == 1


def test_a_reader_cannot_write(url: str, store: PostgresStore) -> None:
    """Not even by mistake."""
    record(store)
    reader = open_postgres(url, read_only=True)
    with pytest.raises(StoreError, match="reading only"):
        reader.begin_run(started())
    with pytest.raises(StoreError, match="can only be read"):
        reader.select("DELETE FROM step_run")


def test_numbers_that_were_rolled_back_are_not_lost(store: PostgresStore) -> None:
    """Runs count up by one, as people expect of run numbers."""
    record(store)
    broken = outcome({"p/new": 1})
    broken.outputs = [*broken.outputs, ("p/other", None)]  # type: ignore[list-item]
    run_id = store.begin_run(started())
    with pytest.raises(AttributeError):
        store.record_cached(run_id, [(step("p:new"), broken)])
    record(store, "b")
    assert store.select("SELECT max(run_id), max(step_run_id) FROM step_run") == [(3, 2)]
    assert store.select("SELECT max(av_id), max(artifact_id) FROM artifact_version") == [(2, 2)]


def test_the_state_changes_with_what_is_recorded(
    url: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page sees each transaction of other processes, and nothing where there is nothing to see."""
    monkeypatch.setattr(module, "_LOOKS", 0.0)
    reader = open_postgres(url, read_only=True)
    before = reader.state()
    reader.select("SELECT count(*) FROM run")
    assert reader.state() == before
    run_id = store.begin_run(started())
    running = reader.state()
    assert running != before
    finish(store, run_id)
    assert reader.state() != running


# Broken connections


def test_a_connection_that_broke_is_made_again(url: str, store: PostgresStore) -> None:
    """Before a question and before something is recorded."""
    record(store)
    end_connection(store, url)
    assert store.last_run_id() == 1
    end_connection(store, url)
    assert store.begin_run(started()) == 2


def test_a_transaction_whose_connection_broke_is_done_again(url: str, store: PostgresStore) -> None:
    """In the middle of recording a step: it is there once and whole."""
    run_id = store.begin_run(started())
    step_run_id = store.start_step(run_id, step("p:a", 1))
    broken = []

    class Breaking(dict):  # type: ignore[type-arg]
        def items(self) -> Any:
            if not broken:
                broken.append(1)
                end_connection(store, url)
            return super().items()

    result = outcome({"p/a": 1, "p/b": 2})
    result.metrics = Breaking(accuracy=0.5)
    assert store.finish_step(step_run_id, result) == [1, 1]
    assert broken == [1]
    assert store.select("SELECT count(*), max(version) FROM artifact_version") == [(2, 1)]
    assert store.select("SELECT count(*) FROM metric") == [(1,)]


@pytest.mark.parametrize("reached", [True, False], ids=["the commit was done", "the commit was not done"])
def test_a_commit_without_an_answer_is_asked_for(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, reached: bool
) -> None:
    """The connection breaks between COMMIT and its answer: nothing is recorded twice, and nothing is lost."""
    real = Session.commit
    broken = []

    def commit(session: Session) -> None:
        if broken:
            return real(session)
        broken.append(1)
        if reached:
            real(session)
        else:
            session.number += 1
        session.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Session, "commit", commit)
    assert store.begin_run(started()) == 1
    assert store.select("SELECT count(*) FROM run") == [(1,)]
    assert store.begin_run(started()) == 2
    store.plan_steps(2, [step("p:a", 1)])
    broken.clear()
    started_step = store.start_step(2, step("p:a", 1))
    assert store.select("SELECT step_run_id, status FROM step_run") == [(started_step, "running")]


def test_a_server_that_is_killed_loses_nothing(url: str, store: PostgresStore, postgres: Server) -> None:
    """Four threads record while the server is ended at once and started again: all is there once, without gaps."""
    run_id = store.begin_run(started())
    failures: list[BaseException] = []
    counts = [0] * 4
    enough = threading.Event()

    def write(number: int) -> None:
        mine = open_postgres(url)
        try:
            while not enough.is_set():
                value = (number, counts[number])
                execute(mine, run_id, step(f"p:s{number}", value), outcome({"p/a": value}))
                counts[number] += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        while not failures and sum(counts) < 20:
            time.sleep(0.01)
        postgres.stop("immediate")
        postgres.start()
    enough.set()
    for thread in threads:
        thread.join()
    assert failures == []
    total = sum(counts)
    assert store.select("SELECT count(*), max(version) FROM artifact_version") == [(total, total)]
    assert store.select("SELECT count(*) FROM step_run WHERE status = 'run'") == [(total,)]


def test_a_server_that_stays_away_is_told(
    url: str, store: PostgresStore, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording gives up after a while with why and fix; when the server is back it goes on."""
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    run_id = store.begin_run(started())
    postgres.stop("immediate")
    try:
        with pytest.raises(StoreError, match=r"nobody answers|cannot be reached") as error:
            store.start_step(run_id, step("p:a", 1))
        assert "fix:" in str(error.value)
        with pytest.raises(StoreError):
            open_postgres(url)
    finally:
        postgres.start()
    assert execute(store, run_id, step("p:a", 1), outcome({"p/a": 1}))[1] == [1]


def test_what_a_role_has_set_changes_nothing(url: str, store: PostgresStore) -> None:
    """A writer that waited sees what was committed meanwhile, and numbers come back as they were recorded."""
    store.begin_run(started())
    with admin(url) as connection:
        connection.execute("DROP ROLE IF EXISTS strict; CREATE ROLE strict LOGIN SUPERUSER PASSWORD 'strict'")
        connection.execute("ALTER ROLE strict SET default_transaction_isolation = 'serializable'")
        connection.execute("ALTER ROLE strict SET extra_float_digits = 0")
    strict = open_postgres(url.replace(f"lineage:{ENCODED}", "strict:strict"))
    begun = strict.start_step(1, step("p:a", 1))
    told: list[Any] = []
    with store._write() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)
        waiting = threading.Thread(target=lambda: told.append(strict.finish_step(begun, outcome({"p/a": 1}))))
        waiting.start()
        with admin(url) as connection:
            deadline = time.monotonic() + 60
            while not connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                assert time.monotonic() < deadline
        cursor.execute("INSERT INTO artifact VALUES (1, 'p/a')")
        row = (1, 1, 1, digest(0), "json", "int", 1 / 3)
        columns = "av_id, artifact_id, version, digest, format, type, created"
        cursor.execute(f"INSERT INTO artifact_version ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    waiting.join()
    assert told == [[2]]
    assert strict.select("SELECT created FROM artifact_version WHERE version = 1") == [(1 / 3,)]
    strict.close()
    with admin(url) as connection:
        connection.execute("DROP OWNED BY strict; DROP ROLE strict")


def test_a_writer_does_not_wait_for_ever(url: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else holds the lock: an error that says what to do."""
    store.select("SELECT 1")
    other = open_postgres(url)
    with other._write() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)
        assert store._session is not None
        store._session._run("SET lock_timeout = 100")
        with pytest.raises(StoreError, match="is locked"):
            store.begin_run(started())
    assert store.begin_run(started()) == 1


def test_an_interrupted_transaction_is_undone(url: str, store: PostgresStore) -> None:
    """Ctrl-C in the middle of recording, and while another writes, leaves no lock and nothing half written."""

    def interrupted() -> None:
        with store._write() as cursor:
            cursor.execute("INSERT INTO artifact (artifact_id, name) VALUES (1, 'p/a')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    other = open_postgres(url)
    # Whoever starts the tests in the background of a shell has them ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with other._write() as cursor:
            assert cursor.execute("SELECT 1").fetchone() == (1,)
            threading.Timer(0.3, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
            with pytest.raises(KeyboardInterrupt):
                store.begin_run(started())
    finally:
        signal.signal(signal.SIGINT, before)
    assert store.select("SELECT count(*) FROM artifact") == [(0,)]
    assert store.begin_run(started()) == 1


# What is said


def wrong(postgres: Server) -> dict[str, str]:
    return {
        "password": postgres.url("x", password=f"{ENCODED}x"),
        "database": postgres.url("x", database="nowhere"),
        "port": postgres.url("x").replace(str(postgres.port), "1"),
        "host": postgres.url("x").replace("127.0.0.1", "nowhere.invalid"),
        "option": postgres.url("x") + "&no_such_option=1",
        "schema": postgres.url("Wrong"),
        "unescaped": f"postgresql://lineage:{CANARY}@127.0.0.1:{postgres.port}/postgres",
    }


@pytest.mark.parametrize("what", ["password", "database", "port", "host", "option", "schema", "unescaped"])
def test_a_failure_is_told_without_the_password(postgres: Server, what: str) -> None:
    """What, why and fix, the address without its password, also in the traceback and with `stack check`."""
    url = wrong(postgres)[what]
    with pytest.raises(LineageError) as error:
        open_postgres(url)
    told = "".join(traceback.format_exception(error.value))
    assert error.value.fix
    assert "postgresql://lineage:***@" in told
    for secret in (CANARY, ENCODED, "c4nary", "w@rd"):
        assert secret not in told
    try:
        found = list(probe_postgres(url))
    except LineageError as refused:
        told = str(refused)
    else:
        assert [each for each in found if not each.ok and each.fix]
        told = "".join(str(each.plain()) for each in found)
    assert "c4nary" not in told


def test_nothing_that_people_see_has_the_password(store: PostgresStore) -> None:
    """Neither descriptions nor the store's own name."""
    told = f"{store.describe()} {store!r} {store.address!r}"
    assert "c4nary" not in told
    assert "lineage:***@" in told


def test_a_schema_that_goes_away_during_a_step(words: Project, postgres: Server, tmp_path: Path) -> None:
    """The command says that and nothing else, also where it leaves word in a folder of artifacts; the next makes it."""
    url = postgres.fresh()
    schema = url.rpartition("=")[2]
    words.environment |= {"LINEAGE_METADATA": url, "LINEAGE_ARTIFACTS": str(tmp_path / "team")}
    holding = '    import os, time\n    open("reached", "w").close()\n    while os.path.exists("../hold"):\n'
    doc = '    """Count all words."""\n'
    words.edit("tasks/words.py", doc, f"{doc}{holding}        time.sleep(0.02)\n")
    (words.path.parent / "hold").touch()
    child = words.start(*DOIT)
    wait_for(words.path / "reached", child)
    with psycopg.connect(url.partition("?")[0], autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
    (words.path.parent / "hold").unlink()
    done = words.finish(child)
    assert done.code == 2
    assert f"what lineage has made in schema {schema}" in done.printed
    assert "SELECT started FROM run ORDER" not in done.printed
    words.executed()
    words.doit()
    assert words.executed() == ["collect", "count", "report"]


def test_a_mistyped_schema_is_told(postgres: Server) -> None:
    """What nobody has recorded in says where in the database somebody has: a typo would be an empty history."""
    near = uuid.uuid4().hex[:8]
    made = open_postgres(postgres.url(f"digits_{near}"))
    record(made)
    made.close()
    url = postgres.url(f"digts_{near}")
    for _ in range(2):  # before it is there, and while it is empty
        told = [each for each in probe_postgres(url) if each.what == "schema"][-1]
        assert told.ok
        assert f"digits_{near}" in told.found
        assert f"did you mean 'digits_{near}'?" in told.found
        reader = open_postgres(url, read_only=True)
        assert f"digits_{near}" in reader.describe()["recorded_in_other_schemas"]
        reader.close()
        empty = open_postgres(url)
        empty.select("SELECT 1 FROM run")
        empty.close()
    told = [each for each in probe_postgres(postgres.url(f"digits_{near}")) if each.what == "schema"][-1]
    assert "did you mean" not in told.found
    reader = open_postgres(postgres.url(f"digits_{near}"), read_only=True)
    assert "recorded_in_other_schemas" not in reader.describe()
    reader.close()


def test_check_says_that_all_is_well(url: str) -> None:
    """Server, clock, encoding and schema, before and after the first run; it leaves nothing behind."""
    found = list(probe_postgres(url))
    assert all(each.ok for each in found), [each.plain() for each in found]
    assert "PostgreSQL" in found[0].found
    assert "not there yet" in found[-1].found
    store = open_postgres(url)
    record(store)
    before = store.select("SELECT count FROM change")
    found = list(probe_postgres(url))
    assert all(each.ok for each in found)
    assert f"format {SCHEMA} and can be written" in found[-1].found
    assert store.select("SELECT count FROM change") == before


@pytest.mark.parametrize("made", [False, True])
def test_check_says_what_a_user_may_not(postgres: Server, url: str, made: bool) -> None:
    """A user without rights: check and doit say which right is missing."""
    if made:
        open_postgres(url).close()
    with admin(url) as connection:
        connection.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest'")
        if made:
            connection.execute(f"GRANT USAGE ON SCHEMA {schema_of(url)} TO guest")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema_of(url)} TO guest")
    guest = url.replace(f"lineage:{ENCODED}", "guest:guest")
    (bad,) = [each for each in probe_postgres(guest) if not each.ok]
    assert bad.fix
    with pytest.raises(StoreError, match="does not allow this user") as error:
        open_postgres(guest).begin_run(started())
    assert "GRANT" in str(error.value)
    with admin(url) as connection:
        connection.execute("DROP OWNED BY guest; DROP ROLE guest")


@pytest.mark.parametrize(
    ("tail", "told", "fix"),
    [
        ("connect_timeout=soon", "means nothing", "correct the one that is named"),
        ("sslmode=require", "is not encrypted", "sslmode"),
    ],
)
def test_a_parameter_that_cannot_be_kept_to(url: str, tail: str, told: str, fix: str) -> None:
    """It is told as itself, and not as a server that is slow or away."""
    (bad,) = [each for each in probe_postgres(f"{url}&{tail}") if not each.ok]
    assert told in bad.found
    assert fix in (bad.fix or "")
    assert tail.partition("=")[2] in f"{bad.found} {bad.why}"


def test_check_of_a_schema_that_is_there_without_tables(postgres: Server, url: str) -> None:
    """Its owner has made it: that a user may not make tables in it is said before `doit` finds out."""
    with admin(url) as connection:
        connection.execute(f"CREATE SCHEMA {schema_of(url)}; DROP ROLE IF EXISTS guest2")
        connection.execute("CREATE ROLE guest2 LOGIN PASSWORD 'guest'")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema_of(url)} TO guest2")
    guest = url.replace(f"lineage:{ENCODED}", "guest2:guest")
    (bad,) = [each for each in probe_postgres(guest) if not each.ok]
    assert "may not make them" in bad.found
    assert "GRANT ALL ON SCHEMA" in (bad.fix or "")
    assert all(each.ok for each in probe_postgres(url))
    with admin(url) as connection:
        connection.execute("DROP OWNED BY guest2; DROP ROLE guest2")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql:///postgres?host=127.0.0.1&port={port}&user=lineage&schema={schema}",
        "postgresql://lineage@/postgres?host={folder}&port={port}&schema={schema}",
        "postgresql:///?schema={schema}",
        "postgresql://?schema={schema}",
    ],
)
def test_an_address_without_a_host(postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """A socket of this machine, or what PGHOST says, as libpq takes it."""
    for name, value in (
        ("PGPASSWORD", CANARY),
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", str(postgres.port)),
        ("PGUSER", "lineage"),
        ("PGDATABASE", "postgres"),
    ):
        monkeypatch.setenv(name, value)
    place = address.format(port=postgres.port, folder=postgres.folder, schema=schema_of(url))
    store = open_postgres(place)
    record(store)
    store.close()
    assert all(each.ok for each in probe_postgres(place))
    assert len(list(open_postgres(url, read_only=True).select("SELECT * FROM run"))) == 1


def test_what_is_not_deterministic_is_asked_in_its_words(store: PostgresStore) -> None:
    """The pattern in that question is no parameter of the server's."""
    from lineage.explain.determinism import variations

    record(store)
    assert variations(store, ["nothing has this fingerprint"]) == {}


# Statements that wait


ODD = ["it's", "back\\slash", "100 %", "50 %s", "what?", "two; SELECT 1 --", "é\u2028", "", "$1", "/* ? */"]


def test_what_waits_is_written_as_it_was_given(store: PostgresStore) -> None:
    """Texts, numbers and nothing come back as they were, whatever SQL makes of their letters."""
    values = [*ODD, -1, 0, 1 << 62, None]
    with store._write() as cursor:
        for number, value in enumerate(ODD):
            assert cursor.insert("INSERT INTO artifact (name) VALUES (?)", (value,)) == number + 1
        asked = [cursor.execute("SELECT ?, 7 -? ", (value, -1)) for value in values]
        numbers = cursor.execute("SELECT ?, ?, ?", (-1.5e300, float("inf"), 0.1))
        assert [answer.fetchone()[0] for answer in asked] == values
        assert {answer.fetchone()[1] for answer in asked} == {8}
        assert numbers.fetchone() == (-1.5e300, float("inf"), 0.1)
    assert [row[0] for row in store.select("SELECT name FROM artifact ORDER BY artifact_id")] == ODD


def test_what_waits_is_seen_by_who_asks(store: PostgresStore) -> None:
    """An answer counts what was written before it in the same transaction, and a refusal undoes all of it."""
    with store._write() as cursor:
        assert cursor.allocate("artifact", "artifact_id", 2) == 1
        cursor.executemany("INSERT INTO artifact (artifact_id, name) VALUES (?, ?)", [(1, "a"), (2, "b")])
        assert cursor.execute("UPDATE artifact SET name = 'c' WHERE artifact_id = ?", (2,)).rowcount == 1
        assert store.select("SELECT name FROM artifact ORDER BY artifact_id") == [("a",), ("c",)]
        assert cursor.insert("INSERT INTO artifact (name) VALUES (?)", ("d",)) == 3

    def refused() -> None:
        with store._write() as cursor:
            cursor.insert("INSERT INTO artifact (name) VALUES (?)", ("e",))
            cursor.execute("INSERT INTO artifact (artifact_id, name) VALUES (1, 'f')")

    with pytest.raises(StoreError):
        refused()
    with pytest.raises(StoreError, match="zero byte"), store._write() as cursor:
        cursor.insert("INSERT INTO artifact (name) VALUES (?)", ("a\0b",))
    assert store.select("SELECT count(*) FROM artifact") == [(3,)]


def test_more_waits_than_the_network_takes_at_once(store: PostgresStore) -> None:
    """A source of many megabytes and thousands of rows arrive as they were, quotes and backslashes too."""
    text = "def f():\n    return 'it\\'s' + \"\\\\\" # é\n" * 300_000
    rows = [(number, f"p/{number}'\\") for number in range(1, 2502)]
    with store._write() as cursor:
        cursor.executemany("INSERT INTO source (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING", [("d", text)])
        cursor.executemany("INSERT INTO artifact (artifact_id, name) VALUES (?, ?)", rows)
        assert cursor.execute("SELECT text FROM source WHERE digest = ?", ("d",)).fetchone() == (text,)
    assert store.select("SELECT artifact_id, name FROM artifact ORDER BY artifact_id") == rows


def test_texts_stay_texts_whatever_the_server_makes_of_a_backslash(store: PostgresStore) -> None:
    """What a session, a role or a pooler has set for it changes nothing: no text ends early, and none is code."""
    with store._write() as cursor:
        cursor.execute("SET LOCAL standard_conforming_strings = off").fetchall()
        asked = [cursor.execute("SELECT ?", (text,)) for text in (*ODD, "\\'; SELECT 1 --", "\\")]
        assert [answer.fetchone()[0] for answer in asked] == [*ODD, "\\'; SELECT 1 --", "\\"]


def test_what_was_not_sent_has_no_answer(url: str, store: PostgresStore) -> None:
    """Who asks too late, or after the server has gone, is not told that there are no rows."""

    def asked_in_vain(before: Callable[[Any], object], sql: str) -> None:
        with store._write() as cursor:
            before(cursor)
            answer = cursor.execute(sql)
            with pytest.raises(psycopg.Error):
                answer.fetchone()
            answer.fetchone()

    with pytest.raises(StoreError, match="has ended"):
        asked_in_vain(lambda cursor: cursor.execute("SELECT 1 / 0"), "SELECT 1")
    with pytest.raises(Exception, match="has ended"):
        asked_in_vain(lambda cursor: (cursor.execute("SELECT 1").fetchone(), end_connection(store, url)), "SELECT 2")
    assert store.begin_run(started()) == 1
