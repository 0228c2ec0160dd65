"""Every database keeps the same of the same history, also where the line to it breaks at any message."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from records import REASON, all_rows, code, digest, execute, manifest, outcome, started, step, stored
from servers import Server
from wire import wired

from lineage.model.stored import Stored
from lineage.records.opening import open_postgres
from lineage.records.protocol import FILE, MetadataStore, StepOutcome
from lineage.records.sqlite import SqliteStore

pytest.importorskip("psycopg")


class History:
    """What several runs record, whatever comes to a random mind; the same for the same seed.

    Attributes
    ----------
    told : list
        What the store has answered.
    """

    NAMES = ("p/a", "p/b", "p/c", "q/a", "q/it's ü\\")
    TAKEN = (*NAMES, f"{FILE}data.csv", "elsewhere/x")

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.told: list[Any] = []
        self._executed: list[int] = []

    def record(self, store: MetadataStore, runs: int = 5) -> None:
        for _ in range(runs):
            self._run(store)

    def _may(self, often: float) -> bool:
        return self._chance.random() < often

    def _run(self, store: MetadataStore) -> None:
        chance = self._chance
        run_id = store.begin_run(started(pid=1))
        steps = [
            step(f"p:s{position}", chance.randrange(9), position=position) for position in range(chance.randrange(1, 6))
        ]
        if self._may(0.7):
            store.plan_steps(run_id, steps)
        cached = [each for each in steps if not self._step(store, run_id, each)]
        if self._executed:
            rows = [(each, self._outcome(reused=chance.choice(self._executed))) for each in cached]
            self.told.append(store.record_cached(run_id, rows))
        if self._may(0.8):
            store.end_run(run_id, chance.choice(["ok", "interrupted"]), time.time(), 1.0, {"run": 1}, 0.0)
        if self._may(0.3):
            of = chance.randrange(1, run_id + 2)
            self.told.append(store.confirm_run(started(started=8.0), 9.0, of, {"cached": 1}, 0.5) - run_id)

    def _step(self, store: MetadataStore, run_id: int, start: Any) -> bool:
        """Record a step; return False of one that is cached."""
        what = self._chance.choice(["run", "run", "run", "reused", "failed", "accepted", "skipped", "left", "cached"])
        if what == "accepted":
            self.told.append(store.accept(run_id, start, self._outcome(), REASON))
        elif what == "skipped":
            store.record_unexecuted(run_id, [(start, what, [REASON])])
        elif what not in ("cached", "reused") or self._executed:
            if what == "cached":
                return False
            begun = store.start_step(run_id, start)
            if what == "run":
                self.told.append(store.finish_step(begun, self._outcome()))
                self._executed.append(begun)
            elif what == "reused":
                outcome = self._outcome(reused=self._chance.choice(self._executed))
                self.told.append(store.reuse_step(begun, outcome))
            elif what == "failed":
                made_from = self._chance.choice([None, self._outcome()])
                store.fail_step(begun, {"text": "x"}, 1.0, None, self._chance.choice([None, REASON]), made_from)
        return True

    def _outcome(self, **changes: Any) -> StepOutcome:
        chance = self._chance
        outputs: dict[str, object] = {name: self._stored() for name in chance.sample(self.NAMES, chance.randrange(4))}
        inputs: dict[str, tuple[str, object]] = {
            f"x{each}": (chance.choice(self.TAKEN), chance.randrange(5)) for each in range(chance.randrange(4))
        }
        known: dict[str, Any] = {
            "manifest": manifest(*chance.sample(range(9), chance.randrange(4))),
            "parameters": [("x", "it's 5 %")][: chance.randrange(2)],
            "metrics": {"accuracy": chance.random()},
            "code": {digest("code", chance.randrange(4)): code("f", "g")},
            "log": chance.choice([None, "back\\slash\nand 'quotes' ?"]),
            "previews": {digest(chance.randrange(3)): "{}"},
        }
        if self._may(0.2):
            base, made = digest("base", chance.randrange(3)), digest("fingerprint", chance.randrange(9))
            known |= {"discovered": manifest("d"), "base": base, "fingerprint": made}
        return outcome(outputs, inputs, **known, **changes)

    def _stored(self) -> Stored:
        changes: dict[str, Any] = {}
        if self._may(0.2):
            changes["blob"] = ("in other bytes", self._chance.randrange(3))
        if self._may(0.2):
            changes |= {
                "summary": self._chance.choice([None, {"said": "it's"}]),
                "size": self._chance.choice([None, 9]),
            }
        return stored(self._chance.randrange(4), **changes)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_history_is_kept_by_every_database(postgres: Server, tmp_path: Path, seed: int) -> None:
    """Two writers that take turns record anything at all: every row, and all that they are told, is the same."""
    here, url = str(tmp_path / "metadata.sqlite"), postgres.fresh()
    found = []
    for stores in ([SqliteStore(here), SqliteStore(here)], [open_postgres(url), open_postgres(url)]):
        history = History(seed)
        for turn in range(4):
            history.record(stores[turn % 2], 2)
        found.append((history.told, all_rows(stores[0])))
    assert found[0] == found[1]


@pytest.mark.parametrize("reached", [False, True], ids=["before it is there", "before it is answered"])
def test_a_line_that_breaks_at_any_message(postgres: Server, reached: bool) -> None:
    """What is recorded is there once and whole, and who records is told the same, wherever the line was cut."""

    def record(store: MetadataStore) -> tuple[list[Any], Any]:
        told: list[Any] = [store.begin_run(started())]
        store.plan_steps(1, [step("p:a", 1), step("p:b", 2, position=1), step("p:c", 3, position=2)])
        told.append(execute(store, 1, step("p:a", 1), outcome({"p/a": 1}, {"x": (f"{FILE}data.csv", 1)})))
        told.append(execute(store, 1, step("p:b", 2, position=1), outcome({"p/a": 2, "p/b": 1}, {"x": ("p/a", 1)})))
        begun = store.start_step(1, step("p:c", 3, position=2))
        store.fail_step(begun, {"text": "x"}, 1.0, None, REASON)
        again = outcome({"p/a": 1}, {"x": ("p/b", 1)}, reused=1, manifest=manifest(1))
        told.append(store.record_cached(1, [(step("p:d", 1, position=3), again)]))
        store.end_run(1, "ok", 9.0, 1.0, {}, 0.0)
        told.append(store.confirm_run(started(started=8.0), 9.0, 1, {}, 0.0))
        return told, all_rows(store)

    with wired(postgres.fresh(), postgres.port) as (wire, address):
        store = open_postgres(address)
        wire.cut(-1, reached=False)
        expected = record(store)
        store.close()
        messages = wire.said - len(expected[1])
    assert expected[0] == [1, (1, [1]), (2, [2, 1]), [[1]], 2]
    for at in range(messages):
        with wired(postgres.fresh(), postgres.port) as (wire, address):
            store = open_postgres(address)
            wire.cut(at, reached=reached)
            assert record(store) == expected
            assert wire.said > messages
            store.close()
