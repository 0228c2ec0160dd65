"""How many messages to a server recording takes: on a slow network each is a wait, for all who record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from records import REASON, digest, execute, manifest, outcome, started, step, stored
from servers import Server
from wire import wired

from lineage.records.opening import open_postgres
from lineage.records.protocol import FILE, StepOutcome, StepStart

pytest.importorskip("psycopg")

from lineage.records.batching import Batch
from lineage.records.postgres import PostgresStore


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the list of what is sent while recording."""
    real: Any = Batch._sent
    messages: list[bytes] = []

    def noted(batch: Batch, message: bytes) -> Any:
        messages.append(message)
        return real(batch, message)

    monkeypatch.setattr(Batch, "_sent", noted)
    return messages


@pytest.fixture
def store(postgres: Server) -> Iterator[PostgresStore]:
    found = open_postgres(postgres.fresh())
    yield found
    found.close()


def test_the_end_of_a_step_is_one_message(store: PostgresStore, sent: list[bytes]) -> None:
    """So is its start, whatever it takes and gives: new or old, of this run or not, one artifact or six."""
    for run_id, value in enumerate((1, 2, 1), 1):
        store.begin_run(started())
        store.plan_steps(run_id, [step("p:a", (run_id, 0)), step("p:b", (run_id, 1), position=1)])
        sent.clear()
        made: dict[str, object] = {f"p/x{each}": (value, each) for each in range(6)}
        files = {f"f{each}": (f"{FILE}{each}.csv", (value, each)) for each in range(3)}
        assert execute(store, run_id, step("p:a", (run_id, 0)), outcome(made, files))[1] == [value] * 6
        taken = {"x": ("p/x0", (value, 0)), "before": ("p/x1", (1, 1))}
        discovered = {"discovered": manifest("d"), "base": digest("base"), "fingerprint": digest("final", run_id)}
        result = outcome({"p/y": stored(value, blob=run_id)}, taken, manifest=manifest(run_id), **discovered)
        assert execute(store, run_id, step("p:b", (run_id, 1), position=1), result)[1] == [value]
        assert len(sent) == 4
    rows = store.select("SELECT av_id, artifact_id, version FROM artifact_version ORDER BY av_id")
    assert rows[:9] == [(at + 1, at + 1, 1) for at in range(9)]
    assert len(rows) == 20
    blobs = store.select("SELECT blob FROM artifact_version v JOIN artifact USING (artifact_id) WHERE name = 'p/y'")
    assert sorted(blobs) == sorted([(digest("blob", 2),), (digest("blob", 3),)])


def test_cached_steps_are_two_messages_however_many_they_are(postgres: Server, sent: list[bytes]) -> None:
    """One asks for all of them, one records them; a step that is given back says what made what it took."""

    def steps(run: int) -> list[tuple[StepStart, StepOutcome]]:
        reused = run or None
        return [
            (
                step(f"p:s{at}", at, position=at),
                outcome({f"p/x{at}": at}, {"x": (f"p/x{at - 1}", at - 1)}, manifest=manifest(at), reused=reused),
            )
            for at in range(1, 30)
        ]

    url = postgres.fresh()
    for run_id in (1, 2, 3):
        store = open_postgres(url)  # as another process would, which knows nothing
        store.begin_run(started())
        sent.clear()
        assert store.record_cached(run_id, steps(run_id - 1)) == [[1]] * 29
        assert len(sent) == 2
        store.close()
    with_producer = "SELECT DISTINCT step_run_id - producer FROM consumed c WHERE step_run_id BETWEEN 2 AND 29"
    assert store.select(with_producer) == [(1,)]
    assert store.select("SELECT count(DISTINCT position), count(*) FROM fingerprint_entry") == [(1, 29)]


def test_a_run_is_begun_planned_ended_and_confirmed(store: PostgresStore, sent: list[bytes]) -> None:
    """In one message each; a plan needs the ids of its names, which are asked for together."""
    plan = [step(f"p:{name}", name, position=at) for at, name in enumerate("abc")]
    counts = []
    for record in (
        lambda: store.begin_run(started()),
        lambda: store.plan_steps(1, plan),
        lambda: store.start_step(1, plan[0]),
        lambda: store.fail_step(5, {}, 1.0, None, REASON),
        lambda: store.end_run(1, "failed", 9.0, 1.0, {}, 0.0),
        lambda: store.confirm_run(started(), 9.0, 1, {}, 0.0),
    ):
        sent.clear()
        record()
        counts.append(len(sent))
    assert counts == [1, 2, 1, 1, 1, 1]


def test_a_connection_asks_once_what_it_finds(postgres: Server) -> None:
    """How it is used and what format the schema has are one message."""
    with wired(postgres.fresh(), postgres.port) as (wire, address):
        for messages in (None, 1, 1):
            wire.said = 0
            store = open_postgres(address)
            assert messages in (None, wire.said)
            store.close()
