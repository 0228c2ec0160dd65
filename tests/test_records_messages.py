"""How many messages to a server recording takes: on a slow network each is a wait, for all who record."""

from __future__ import annotations

from typing import Any

import pytest
from records import outcome, started, step
from servers import Server

from lineage.records.opening import open_postgres

pytest.importorskip("psycopg")

from lineage.records.batching import Batch


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


def test_many_outputs_are_asked_for_together(postgres: Server, sent: list[bytes]) -> None:
    """Six outputs are two messages, as one is; ids and numbers are those of one after another."""
    store = open_postgres(postgres.fresh())
    run_id = store.begin_run(started())
    for number in (1, 2):
        step_run_id = store.start_step(run_id, step("p:a", number))
        sent.clear()
        values: dict[str, object] = {f"p/x{each}": (number, each) for each in range(6)}
        assert store.finish_step(step_run_id, outcome(values)) == [number] * 6
        assert len(sent) <= 2
    rows = store.select("SELECT av_id, artifact_id, version FROM artifact_version ORDER BY av_id")
    assert rows == [(at + 1, at % 6 + 1, at // 6 + 1) for at in range(12)]
    store.close()
