"""What every metadata store must do: the same tests for each of them."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults import Fault, often
from records import (
    REASON,
    blobs,
    code,
    digest,
    execute,
    finish,
    manifest,
    outcome,
    started,
    status_of,
    statuses,
    step,
    stored,
    whole_run,
)
from servers import Server

from lineage.errors import StoreError
from lineage.model.stored import Entry
from lineage.records.process import identity
from lineage.records.protocol import FILE, CodeRow, MetadataStore, StepOutcome
from lineage.records.sqlite import SqliteStore

Open = Callable[[], MetadataStore]
FORK = multiprocessing.get_context("fork")
#: So often a writer is killed.
KILLS = often(25, 15)


class MetadataStoreContract:
    """A store's test class inherits this and has a fixture `another`: a function that connects once more."""

    @pytest.fixture
    def store(self, another: Open) -> Iterator[MetadataStore]:
        found = another()
        yield found
        found.close()

    # Previews

    def test_a_preview_belongs_to_a_value(self, store: MetadataStore, another: Open) -> None:
        """It is kept once a digest, whichever artifact has the value, and a later execution brings a better one."""
        run_id = store.begin_run(started())
        for task, text in (("p:a", "{}"), ("p:b", '{"kind":"text"}')):
            result = outcome({task.replace(":", "/"): 1}, previews={digest(1): text})
            execute(store, run_id, step(task, task), result)
        assert another().select("SELECT digest, content FROM preview") == [(digest(1), '{"kind":"text"}')]

    # Runs

    def test_run_ids_ascend(self, store: MetadataStore, another: Open) -> None:
        """A later run has a greater id, whoever writes it."""
        ids = [store.begin_run(started()), another().begin_run(started()), store.begin_run(started())]
        assert ids == sorted(set(ids))
        assert store.last_run_id() == ids[-1]

    def test_a_new_store_is_empty(self, store: MetadataStore) -> None:
        """Questions to an empty store have empty answers."""
        assert store.last_run_id() is None
        assert store.find_trace(digest(1)) is None
        assert store.find_traces([]) == {}
        assert store.last_manifest("p:a") is None
        assert store.expected_seconds("p:a", "a") is None
        assert not store.has_code(digest(1))
        assert store.describe()["runs"] == 0

    def test_a_run_keeps_what_was_known_of_it(self, store: MetadataStore) -> None:
        """Command, git state and selection come back; text that is no text does not break the run."""
        run_id = store.begin_run(
            started(
                "doit bad\udcff", git_commit="abc", git_branch="main", git_dirty=True, selection={"trainer": "tree"}
            )
        )
        (row,) = store.select("SELECT command, git_commit, git_branch, git_dirty, selection, status FROM run")
        assert row[:4] == ("doit bad\\udcff", "abc", "main", 1)
        assert json.loads(row[4]) == {"trainer": "tree"}
        assert row[5] == "running"
        finish(store, run_id, "failed", {"failed": 1})
        assert status_of(store, run_id) == "failed"

    def test_an_environment_is_stored_once(self, store: MetadataStore) -> None:
        """Two runs with the same packages share a row; another version is another row."""
        for version in ("1", "1", "2"):
            store.begin_run(
                started(environment={"python": "3.11", "platform": "linux", "packages": {"numpy": version}})
            )
        assert store.select("SELECT count(*), count(DISTINCT environment) FROM run") == [(3, 2)]
        assert store.select("SELECT count(*) FROM environment") == [(2,)]

    def test_a_confirming_run_is_one_row(self, store: MetadataStore) -> None:
        """A run in which nothing changed points to the state it confirmed, even through another one."""
        run_id, _ = whole_run(store, (step("p:a", 1), outcome({"p/a": 1})))
        second = store.confirm_run(started(), time.time(), run_id, {"cached": 1}, 0.5)
        third = store.confirm_run(started(), time.time(), second, {"cached": 1}, 0.5)
        assert store.select("SELECT run_id, status, confirms FROM run WHERE run_id > ?", (run_id,)) == [
            (second, "ok", run_id),
            (third, "ok", run_id),
        ]
        assert store.select("SELECT count(*) FROM step_run") == [(1,)]

    def test_ending_a_run_fails_what_still_runs(self, store: MetadataStore) -> None:
        """No step is left `running` in a run that has ended; its reason is how the run ended."""
        run_id = store.begin_run(started())
        store.start_step(run_id, step("p:a", 1))
        finish(store, run_id, "interrupted")
        assert statuses(store, run_id) == ["failed"]
        (row,) = store.select("SELECT reasons FROM step_run")
        assert [reason["kind"] for reason in json.loads(row[0])] == ["code", "interrupted"]

    def test_lost_runs_are_swept(self, store: MetadataStore) -> None:
        """A run whose process is gone is lost and its running step failed; the finished step and live runs stay."""
        lost, alive = store.begin_run(started(pid=1)), store.begin_run(started(pid=2))
        execute(store, lost, step("p:a", 1), outcome({"p/a": 1}))
        store.start_step(lost, step("p:b", 2))
        asked = []

        def is_alive(process: dict[str, object]) -> bool:
            asked.append(set(process))
            return process["pid"] == 2

        assert store.sweep_lost(is_alive) == 1
        assert store.sweep_lost(lambda process: True) == 0
        assert asked == [{"pid", "process_started", "host", "boot_id"}] * 2
        assert (status_of(store, lost), status_of(store, alive)) == ("lost", "running")
        assert statuses(store, lost) == ["run", "failed"]
        assert store.find_trace(digest("fingerprint", 1)) is not None
        (row,) = store.select("SELECT counts, seconds FROM run WHERE run_id = ?", (lost,))
        assert json.loads(row[0]) == {"run": 1, "failed": 1}
        assert row[1] >= 0

    # Versions

    def test_a_version_belongs_to_a_digest(self, store: MetadataStore) -> None:
        """New values count up from 1; coming back to an old value gives its old number."""
        run_id = store.begin_run(started())
        values = ["x", "y", "x", "z", "y"]
        numbers = [
            execute(store, run_id, step("p:a", number), outcome({"p/a": value}))[1]
            for number, value in enumerate(values)
        ]
        assert numbers == [[1], [2], [1], [3], [2]]

    def test_numbers_are_per_artifact(self, store: MetadataStore) -> None:
        """Equal values of two artifacts have a version each, in the order of the outputs."""
        run_id = store.begin_run(started())
        execute(store, run_id, step("p:a", 1), outcome({"p/a": 0}))
        assert execute(store, run_id, step("p:a", 2), outcome({"p/a": 7, "q/a": 7, "p/b": 7}))[1] == [2, 1, 1]

    @pytest.mark.parametrize("where", ["same run", "next run", "other process"])
    def test_equal_values_in_other_bytes(self, store: MetadataStore, another: Open, where: str) -> None:
        """The same digest in another blob keeps its number and takes the blob that exists now."""
        run_id, _ = whole_run(store, (step("p:a", 1), outcome({"p/a": stored(1, blob="old")})))
        writer = another() if where == "other process" else store
        run_id = run_id if where == "same run" else writer.begin_run(started())
        _, numbers = execute(writer, run_id, step("p:a", 2), outcome({"p/a": stored(1, blob="new", size=9)}))
        assert numbers == [1]
        for fingerprint in (1, 2):
            trace = store.find_trace(digest("fingerprint", fingerprint))
            assert trace is not None
            assert blobs(trace.outputs) == [digest("blob", "new")]
            assert trace.outputs[0].size == 9

    def test_an_undone_transaction_leaves_nothing(self, store: MetadataStore) -> None:
        """A step that cannot be recorded whole is not recorded at all, and the next one is as if it had not been."""
        run_id = store.begin_run(started())
        broken = store.start_step(run_id, step("p:a", 1))
        bad = outcome({"p/new": 1})
        bad.outputs = [*bad.outputs, ("p/other", None)]  # type: ignore[list-item]
        with pytest.raises(AttributeError):
            store.finish_step(broken, bad)
        assert store.select("SELECT count(*) FROM artifact") == [(0,)]
        assert statuses(store, run_id) == ["running"]
        assert store.finish_step(broken, outcome({"p/new": 1, "p/other": 2})) == [1, 1]

    @pytest.mark.fault(name="versions")
    def test_eight_processes_lose_nothing(self, store: MetadataStore, fault: Fault) -> None:
        """8 processes record 300 versions each of one artifact at once: all there, numbered without gaps."""
        run_id = store.begin_run(started())
        start, answers = FORK.Event(), FORK.Queue()

        def write(number: int) -> None:
            start.wait()
            for count in range(300):
                value = (number, count)
                _, (version,) = execute(store, run_id, step(f"p:s{number}", value), outcome({"p/shared": value}))
                answers.put(version)

        writers = [FORK.Process(target=write, args=(number,)) for number in range(8)]
        for writer in writers:
            writer.start()
        start.set()
        versions = sorted(answers.get(timeout=120) for _ in range(2400))
        for writer in writers:
            writer.join(timeout=60)
        assert [writer.exitcode for writer in writers] == [0] * 8
        assert versions == list(range(1, 2401))
        assert store.select("SELECT count(*), min(version), max(version) FROM artifact_version") == [(2400, 1, 2400)]
        assert store.select("SELECT count(*) FROM step_run WHERE status = 'run'") == [(2400,)]
        self.verify(store)
        fault.count(versions=2400)

    def test_threads_share_a_store(self, store: MetadataStore) -> None:
        """Four threads record through one store: every step is there."""
        run_id = store.begin_run(started())
        failures = []

        def write(number: int) -> None:
            try:
                for count in range(50):
                    execute(store, run_id, step(f"p:s{number}", (number, count)), outcome({"p/a": (number, count)}))
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.select("SELECT count(*), max(version) FROM artifact_version") == [(200, 200)]

    @pytest.mark.fault(name="recorder")
    def test_a_killed_writer_loses_nothing_it_was_told_of(
        self, store: MetadataStore, another: Open, fault: Fault
    ) -> None:
        """kill -9 at random moments: each acknowledged step is there whole, and the store goes on."""
        chance = random.Random(2)
        run_id = store.begin_run(started())
        acknowledged = 0
        for kill in range(KILLS):
            reader, writer = FORK.Pipe(duplex=False)

            def write(kill: int = kill, writer: object = writer) -> None:
                for count in range(100_000):
                    value = (kill, count)
                    execute(store, run_id, step("p:a", value), outcome({"p/a": value}, {"x": ("p/a", value)}))
                    os.write(writer.fileno(), b".")  # type: ignore[attr-defined]

            process = FORK.Process(target=write)
            process.start()
            writer.close()
            acknowledged += len(os.read(reader.fileno(), 1))  # it has connected
            time.sleep(chance.random() * 0.05)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            while told := os.read(reader.fileno(), 65536):
                acknowledged += len(told)
        assert acknowledged > KILLS
        fresh = another()
        finished = fresh.select("SELECT count(*) FROM step_run WHERE status = 'run'")[0][0]
        assert acknowledged <= finished <= acknowledged + KILLS
        whole = (
            "SELECT count(*) FROM step_run s JOIN produced p USING (step_run_id) JOIN consumed c USING (step_run_id)"
        )
        assert fresh.select(whole) == [(finished,)]
        assert fresh.select("SELECT count(*), max(version) FROM artifact_version") == [(finished, finished)]
        self.verify(fresh)
        fault.count(kills=KILLS, rows=acknowledged)
        assert execute(fresh, run_id, step("p:a", "after"), outcome({"p/a": "after"}))[1] == [finished + 1]

    def verify(self, store: MetadataStore) -> None:
        """Check what the database itself can check."""

    # Traces

    def test_the_newest_execution_is_the_trace(self, store: MetadataStore) -> None:
        """A fingerprint gives the outputs back, in their order; a forced second execution becomes the current one."""
        run_id, (first,) = whole_run(store, (step("p:a", 1), outcome({"p/b": 1, "p/a": 2})))
        trace = store.find_trace(digest("fingerprint", 1))
        assert trace is not None
        assert (trace.step_run_id, trace.run_id, trace.seconds) == (first, run_id, 0.5)
        assert [output.digest for output in trace.outputs] == [digest(1), digest(2)]
        assert trace.outputs[0].plain() == stored(1).plain()
        _, (second,) = whole_run(store, (step("p:a", 1), outcome({"p/b": 8, "p/a": 9})))
        forced = store.find_trace(digest("fingerprint", 1))
        assert forced is not None
        assert forced.step_run_id == second
        older = store.find_trace(digest("fingerprint", 1), before=second)
        assert older is not None
        assert older.step_run_id == first
        assert store.find_trace(digest("fingerprint", 1), before=first) is None
        for of, newest in ((None, second), (run_id, first)):
            sets, trace = store.look_up(digest("fingerprint", 1), of)
            assert not sets
            assert trace is not None
            assert trace.step_run_id == newest

    def test_traces_of_one_run(self, store: MetadataStore) -> None:
        """`run_id` finds only what that run executed."""
        run_id, _ = whole_run(store, (step("p:a", 1), outcome({"p/a": 1})))
        other = store.begin_run(started())
        assert store.find_trace(digest("fingerprint", 1), run_id) is not None
        assert store.find_trace(digest("fingerprint", 1), other) is None

    def test_what_is_no_trace(self, store: MetadataStore) -> None:
        """Cached, failed, running and skipped steps are none, nor one whose result is not to be remembered."""
        run_id = store.begin_run(started())
        execute(store, run_id, step("p:a", "changed"), outcome({"p/a": 1}, remember=False))
        store.record_cached(run_id, [(step("p:b", "cached"), outcome({"p/b": 1}, reused=1))])
        store.fail_step(store.start_step(run_id, step("p:c", "failed")), {"message": "no"}, 0.1, None)
        store.start_step(run_id, step("p:d", "running"))
        store.record_unexecuted(run_id, [(step("p:e", "skipped"), "skipped", [])])
        assert statuses(store, run_id) == ["run", "cached", "failed", "running", "skipped"]
        for fingerprint in ("changed", "cached", "failed", "running", "skipped"):
            assert store.find_trace(digest("fingerprint", fingerprint)) is None, fingerprint

    def test_an_accepted_result_is_a_trace(self, store: MetadataStore) -> None:
        """Outputs accepted for a new fingerprint are given back for it, and save what they saved."""
        run_id = store.begin_run(started())
        result = outcome({"p/a": 1}, seconds=0.0, saved=3.0, manifest=manifest("gamma"))
        step_run_id = store.accept(run_id, step("p:a", "new"), result, {**REASON, "kind": "accepted"})
        trace = store.find_trace(digest("fingerprint", "new"))
        assert trace is not None
        assert (trace.step_run_id, trace.seconds) == (step_run_id, 3.0)
        assert statuses(store, run_id) == ["cached"]
        (row,) = store.select("SELECT reasons FROM step_run")
        assert [reason["kind"] for reason in json.loads(row[0])] == ["code", "accepted"]

    def test_many_traces_at_once(self, store: MetadataStore) -> None:
        """Bulk look-up finds the newest of each, more than one statement can hold, and nothing else."""
        run_id = store.begin_run(started())
        for number in range(3):
            for repeat in range(2):
                execute(store, run_id, step("p:a", number), outcome({"p/a": (number, repeat), "p/b": 1}))
        execute(store, run_id, step("p:none", "no outputs"), outcome())
        marks = [digest("fingerprint", number) for number in range(1500)]
        found = store.find_traces([*marks, digest("fingerprint", "no outputs")])
        assert sorted(found) == sorted([*marks[:3], digest("fingerprint", "no outputs")])
        assert found[marks[2]].outputs[0].digest == digest((2, 1))
        assert len(found[marks[2]].outputs) == 2
        assert found[digest("fingerprint", "no outputs")].outputs == ()

    # What else is kept of a step

    def test_cached_steps_in_one_go(self, store: MetadataStore) -> None:
        """Many cached rows are written together, each with the versions of its own artifacts."""
        _, ids = whole_run(store, *((step(f"p:s{n}", n), outcome({f"p/a{n}": n})) for n in range(3)))
        run_id = store.begin_run(started())
        rows = [(step(f"q:s{n}", n), outcome({f"q/a{n}": n, f"p/a{n}": n}, reused=ids[n], saved=0.5)) for n in range(3)]
        assert store.record_cached(run_id, rows) == [[1, 1]] * 3
        assert store.record_cached(run_id, []) == []
        assert statuses(store, run_id) == ["cached"] * 3
        assert store.select("SELECT reused FROM step_run WHERE run_id = ? ORDER BY step_run_id", (run_id,)) == [
            (number,) for number in ids
        ]

    def test_steps_that_wait_are_pending_until_something_becomes_of_them(self, store: MetadataStore) -> None:
        """A planned step has one row in its run: pending, then whatever became of it, and pending if it was not
        reached."""
        run_id = store.begin_run(started())
        plan = [step(f"p:{name}", position=position) for position, name in enumerate(("a", "b", "c", "d"))]
        store.plan_steps(run_id, plan)
        first = store.start_step(run_id, step("p:a", 1, position=0))
        assert statuses(store, run_id) == ["running", "pending", "pending", "pending"]
        store.finish_step(first, outcome({"p/a": 1}))
        store.record_cached(run_id, [(step("p:b", 2, position=1), outcome({"p/b": 2}, reused=first))])
        store.record_unexecuted(run_id, [(step("p:c", position=2), "skipped", [])])
        assert statuses(store, run_id) == ["run", "cached", "skipped", "pending"]

    def test_a_started_step_may_turn_out_to_be_cached(self, store: MetadataStore) -> None:
        """Another run computed it meanwhile: the row becomes cached and points to that execution."""
        _, (first,) = whole_run(store, (step("p:a", 1), outcome({"p/a": 1})))
        run_id = store.begin_run(started())
        step_run_id = store.start_step(run_id, step("p:a", 1))
        assert store.reuse_step(step_run_id, outcome({"p/a": 1}, reused=first, saved=0.5)) == [1]
        row = store.select("SELECT status, reused, seconds, saved FROM step_run WHERE step_run_id = ?", (step_run_id,))
        assert row == [("cached", first, 0, 0.5)]

    def test_what_was_consumed_names_its_maker(self, store: MetadataStore) -> None:
        """Two steps made an equal value; the consumer's row names the one of its own run, and through a cached step
        the one that executed."""
        _, (first,) = whole_run(store, (step("p:a", "svc"), outcome({"p/a": 1})))
        _, (second,) = whole_run(store, (step("p:a", "tree"), outcome({"p/a": 1})))
        run_id = store.begin_run(started())
        store.record_cached(run_id, [(step("p:a", "svc"), outcome({"p/a": 1}, reused=first))])
        execute(store, run_id, step("p:b", 1), outcome({"p/b": 2}, {"x": ("p/a", 1)}))
        assert store.select("SELECT slot, producer FROM consumed") == [("x", first)]
        assert second != first

    def test_an_input_file_is_an_artifact_too(self, store: MetadataStore) -> None:
        """A file that no step made has versions by its content, without bytes in the store."""
        run_id = store.begin_run(started())
        for content in ("old", "new", "old"):
            inputs = {"data": (FILE + "data/träin\udcff.csv", content)}
            execute(store, run_id, step("p:a", content), outcome({"p/a": content}, inputs))
        rows = store.select(
            "SELECT a.name, v.version, v.blob, v.format FROM artifact a JOIN artifact_version v "
            "ON v.artifact_id = a.artifact_id WHERE a.name LIKE 'file:%' ORDER BY v.version"
        )
        assert rows == [(FILE + "data/träin\\udcff.csv", number, None, "file") for number in (1, 2)]
        assert store.select("SELECT count(*) FROM consumed WHERE producer IS NULL") == [(3,)]

    def test_parameters_and_metrics(self, store: MetadataStore) -> None:
        """Parameters keep their order; numbers come back as they were, and those that are none as nothing."""
        numbers = {"accuracy": 0.1 + 0.2, "loss": math.nan, "worst": math.inf}
        whole_run(store, (step("p:a", 1), outcome(parameters=[("b", "1"), ("a", "'é'")], metrics=numbers)))
        assert store.select("SELECT name, shown FROM parameter ORDER BY position") == [("b", "1"), ("a", "'é'")]
        found = dict(store.select("SELECT name, value FROM metric"))
        assert found["accuracy"] == 0.1 + 0.2
        assert found["worst"] == math.inf
        assert found["loss"] is None or math.isnan(found["loss"])

    def test_the_last_manifest(self, store: MetadataStore) -> None:
        """What the newest outputs of a task were made from; failures do not count, confirmed states do."""
        svc, _ = whole_run(store, (step("p:a", "svc"), outcome({"p/a": 1}, manifest=manifest("svc"))))
        whole_run(store, (step("p:a", "tree"), outcome({"p/a": 2}, manifest=manifest("tree"))))
        assert [entry.name for entry in store.last_manifest("p:a") or ()] == ["tree"]
        store.confirm_run(started(), time.time(), svc, {"cached": 1}, 0.5)
        assert [entry.name for entry in store.last_manifest("p:a") or ()] == ["svc"]
        run_id = store.begin_run(started())
        store.fail_step(store.start_step(run_id, step("p:a", "bad")), {"message": "no"}, 0.1, None)
        (entry,) = store.last_manifest("p:a") or ()
        assert (entry.kind, entry.name, entry.digest, entry.shown) == ("parameter", "svc", digest("svc"), "svc")
        assert store.last_manifest("p:b") is None

    def test_sets_of_discovered_inputs(self, store: MetadataStore, another: Open) -> None:
        """Under the fingerprint that a step was started with, newest first; the result is found under the final one."""
        base, final = digest("fingerprint", "base"), digest("fingerprint", "final")
        sets = [[Entry("read", "a.csv", "1", "m.py:3")], [Entry("absent", "b", "-", "m.py:4"), *manifest("x")]]

        def found(given: list[Entry], fingerprint: str) -> StepOutcome:
            changes = {"discovered": given, "base": base, "fingerprint": fingerprint, "manifest": given}
            return outcome({"p/a": fingerprint}, **changes)

        for given in (sets[0], sets[1], sets[0]):
            whole_run(store, (step("p:a", "base"), found(given, final)))
        looked_up, trace = another().look_up(base)
        assert trace is None
        for kept in (another().find_discovered(base), looked_up):
            assert [[(each.kind, each.name, each.shown) for each in given] for given in kept] == [
                [(each.kind, each.name, each.shown) for each in given] for given in sets
            ]
        assert store.find_discovered(digest("fingerprint", "other")) == []
        assert store.look_up(digest("fingerprint", "other")) == ([], None)
        assert store.find_trace(base) is None
        assert store.find_trace(final) is not None
        assert [entry.kind for entry in store.last_manifest("p:a") or ()] == ["read"]

    def test_a_manifest_is_stored_once(self, store: MetadataStore, another: Open) -> None:
        """Two executions of one fingerprint share the rows of its manifest."""
        for writer in (store, another()):
            whole_run(writer, (step("p:a", 1), outcome(manifest=manifest("x", "y"))))
        assert store.select("SELECT count(*) FROM fingerprint_entry") == [(2,)]

    def test_code_and_source_are_stored_once(self, store: MetadataStore) -> None:
        """The parts of a code digest are there after they were given, the text of each once."""
        first, second = digest("code 1"), digest("code 2")
        assert not store.has_code(first)
        whole_run(store, (step("p:a", 1), outcome(code={first: code("f", "g")})))
        assert store.has_code(first)
        whole_run(store, (step("p:a", 2), outcome(code={second: code("f", "h")})))
        assert store.select("SELECT count(*) FROM code_entry") == [(4,)]
        texts = store.select("SELECT text FROM source ORDER BY text")
        assert texts == [(f"def {name}(): ...",) for name in "fgh"]

    def test_code_is_looked_for_together(self, store: MetadataStore, another: Open) -> None:
        """What was not there is taken for that until it is recorded, here or for the next run by anybody."""
        digests = [digest("code", each) for each in range(3)]
        run_id, _ = whole_run(another(), (step("p:a", 1), outcome(code={digests[0]: code("f")})))
        store.look_for_code([*digests, digests[1]])
        assert [store.has_code(each) for each in digests] == [True, False, False]
        execute(store, run_id, step("p:b", 2), outcome(code={digests[1]: code("g")}))
        execute(another(), run_id, step("p:c", 3), outcome(code={digests[2]: code("h")}))
        assert store.has_code(digests[1])
        store.begin_run(started())
        assert [store.has_code(each) for each in digests] == [True, True, True]
        store.look_for_code([])

    def test_expected_seconds(self, store: MetadataStore) -> None:
        """The median of the last executions of that step in that task; other steps in the slot do not count."""
        run_id = store.begin_run(started())
        for number, seconds in enumerate([90.0, 1.0, 2.0, 30.0, 3.0, 4.0]):
            execute(store, run_id, step("p:a", number, step="svc"), outcome(seconds=seconds))
        execute(store, run_id, step("p:a", "tree", step="tree"), outcome(seconds=60.0))
        store.fail_step(store.start_step(run_id, step("p:a", "x", step="svc")), {}, 500.0, None)
        assert store.expected_seconds("p:a", "svc") == 3.0
        assert store.expected_seconds("p:a", "tree") == 60.0
        assert store.expected_seconds("p:a", "forest") is None

    def test_a_failure_keeps_its_error(self, store: MetadataStore) -> None:
        """Error, log and the added reason come back, whatever a program printed into them."""
        run_id = store.begin_run(started())
        step_run_id = store.start_step(run_id, step("p:a", 1))
        store.fail_step(step_run_id, {"message": "no \udcff \0"}, 2.0, "logs/1", {**REASON, "kind": "interrupted"})
        (row,) = store.select("SELECT status, error, seconds, log, reasons FROM step_run")
        assert row[0] == "failed"
        assert json.loads(row[1]) == {"message": "no \udcff \0"}
        assert row[2:4] == (2.0, "logs/1")
        assert [reason["kind"] for reason in json.loads(row[4])] == ["code", "interrupted"]

    def test_a_failure_keeps_what_it_was_made_from(self, store: MetadataStore) -> None:
        """Its manifest and its code, for whoever asks what was edited; no trace, and no text where none is known."""
        run_id = store.begin_run(started())
        made_from = outcome(
            manifest=manifest("x"), code={digest("code"): [*code("f"), CodeRow("g", "0" * 32, "", 1, "", "")]}
        )
        store.fail_step(store.start_step(run_id, step("p:a", 1)), {"message": "no"}, 0.1, None, None, made_from)
        assert store.select("SELECT name FROM fingerprint_entry") == [("x",)]
        assert store.select("SELECT name FROM code_entry ORDER BY position") == [("f",), ("g",)]
        assert store.select("SELECT text FROM source") == [("def f(): ...",)]
        assert store.find_trace(digest("fingerprint", 1)) is None
        assert store.last_manifest("p:a") is None

    # Connections

    def test_it_opens_again_after_closing(self, store: MetadataStore) -> None:
        """`close` gives the connection back; the next question opens it."""
        run_id = store.begin_run(started())
        store.close()
        store.close()
        assert store.last_run_id() == run_id

    def test_it_survives_a_fork(self, store: MetadataStore) -> None:
        """Children that are forked while a thread of the parent records go on with the same store object."""
        run_id = store.begin_run(started())
        stop = threading.Event()
        written = []

        def write() -> None:
            while not stop.is_set():
                execute(store, run_id, step("p:a", len(written)), outcome({"p/a": ("parent", len(written))}))
                written.append(1)

        def write_ten(number: int) -> None:
            for count in range(10):
                execute(store, run_id, step("p:b", (number, count)), outcome({"p/a": (number, count)}))

        thread = threading.Thread(target=write)
        thread.start()
        children = [FORK.Process(target=write_ten, args=(number,)) for number in range(5)]
        for child in children:
            child.start()
        for child in children:
            child.join(timeout=60)
        stop.set()
        thread.join()
        assert [child.exitcode for child in children] == [0] * 5
        total = 50 + len(written)
        assert store.select("SELECT count(*), max(version) FROM artifact_version") == [(total, total)]
        self.verify(store)

    def test_selecting_does_not_write(self, store: MetadataStore) -> None:
        """A mistake in a query is a `StoreError`, and the store goes on."""
        with pytest.raises(StoreError):
            store.select("SELECT nothing FROM nowhere")
        assert store.begin_run(started(**identity())) == 1

    def test_describe(self, store: MetadataStore) -> None:
        """Kind, place and counts, for people."""
        whole_run(store, (step("p:a", 1), outcome({"p/a": 1, "p/b": 1})))
        described = store.describe()
        assert {"kind", "where", "bytes"} <= set(described)
        assert [described[name] for name in ("runs", "step_runs", "artifacts", "versions")] == [1, 1, 2, 2]

    # Tags, pins, and what is gone

    def test_a_tag_belongs_to_one_version(self, store: MetadataStore, another: Open) -> None:
        """Each artifact has its own tags; given again, a tag moves, and says where it was."""
        whole_run(store, (step("p:a", 1), outcome({"p/a": 1})), (step("p:b", 2), outcome({"p/b": 1})))
        whole_run(store, (step("p:a", 3), outcome({"p/a": 2})))
        first, other, second = (row[0] for row in store.select("SELECT av_id FROM artifact_version ORDER BY av_id"))
        assert store.tag(first, "best", "me") is None
        assert store.tag(other, "best", "me") is None
        assert store.tag(first, "best", "me") is None
        assert store.tag(second, "best", "you") == 1
        query = 'SELECT name, av_id, "user" FROM tag ORDER BY av_id'
        assert another().select(query) == [("best", other, "me"), ("best", second, "you")]
        assert store.untag(first, "best")
        assert not store.untag(first, "best")
        assert another().select(query) == [("best", other, "me")]

    def test_a_pin_is_set_and_taken_once(self, store: MetadataStore, another: Open) -> None:
        """Each says whether it changed something."""
        whole_run(store, (step("p:a", 1), outcome({"p/a": 1})))
        ((version,),) = store.select("SELECT av_id FROM artifact_version")
        assert [store.pin(version, "me"), store.pin(version, "you")] == [True, False]
        assert another().select('SELECT av_id, "user" FROM pin') == [(version, "me")]
        assert [store.unpin(version), store.unpin(version)] == [True, False]

    def test_the_newest_word_on_what_is_gone_counts(self, store: MetadataStore, another: Open) -> None:
        """One row for bytes, however often they went; text that is no text is no error."""
        store.note_gone([(digest(1), "collected", "by me", 5), (digest(2), "damaged", "bad\udcff", None)])
        store.note_gone([(digest(1), "missing", "", 6), (digest(1), "missing", "again", 7)])
        rows = another().select("SELECT blob, kind, why, size FROM gone ORDER BY kind")
        assert rows == [(digest(2), "damaged", "bad\\udcff", None), (digest(1), "missing", "again", 7)]

    def test_sound_records(self, store: MetadataStore) -> None:
        """A check finds nothing in what a store has written, and rows whose partner is gone."""
        assert store.check() == []
        whole_run(store, (step("p:a", 1), outcome({"p/a": 1})))
        assert store.check() == []
        if isinstance(store, SqliteStore):  # PostgreSQL keeps such rows out
            store.pin(77, "me")
            (sentence,) = store.check()
            assert "pin" in sentence


class TestSqlite(MetadataStoreContract):
    """The contract over SQLite."""

    @pytest.fixture
    def another(self, tmp_path: Path) -> Open:
        return lambda: SqliteStore(str(tmp_path / ".lineage" / "metadata.sqlite"))

    def verify(self, store: MetadataStore) -> None:
        assert store.select("PRAGMA integrity_check") == [("ok",)]
        assert store.select("PRAGMA foreign_key_check") == []


class TestPostgres(MetadataStoreContract):
    """The same over PostgreSQL, on a server that the tests start."""

    @pytest.fixture
    def another(self, postgres: Server) -> Open:
        from lineage.records.opening import open_postgres

        url = postgres.fresh()
        return lambda: open_postgres(url)
