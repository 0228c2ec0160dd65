"""Asking what was recorded: History, load, lineage, finding, and the JSON for scripts."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project
from records import REASON, code, digest, execute, finish, manifest, outcome, started, step, whole_run

from lineage.errors import StoreError, UsageError
from lineage.model.stored import Stored
from lineage.query import (
    History,
    artifact_json,
    artifacts_json,
    lineage_json,
    load,
    run_json,
    runs_json,
    version_json,
)
from lineage.query.metrics import renamed
from lineage.records.protocol import FILE, StepOutcome, StepStart
from lineage.records.sqlite import SqliteStore
from lineage.stores.folder import FolderStore


class Written:
    """A project whose runs are written by hand, without doit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "dodo.py").touch()
        self.records = SqliteStore(str(folder / ".lineage" / "metadata.sqlite"))
        self.objects = FolderStore(str(folder / ".lineage" / "objects"))

    def stored(self, value: object) -> Stored:
        """Store a value as JSON."""
        data = json.dumps(value).encode()
        blob = self.objects.put([data])
        return Stored(digest(value), blob.hash, len(data), "json", type(value).__name__, {"value": value})

    def publish(self, name: str, stored: Stored) -> Path:
        """Make the readable path of an artifact."""
        link = self.folder / "artifacts" / f"{name}.json"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(self.objects.path(stored.blob), link.parent))
        return link

    def trained(self, model: str, accuracy: float, *, trainer: str = "svc") -> tuple[int, list[int]]:
        """Record a run of load, train and evaluate."""
        return whole_run(self.records, *self.steps(model, accuracy, trainer))

    def steps(self, model: str, accuracy: float, trainer: str) -> list[tuple[StepStart, StepOutcome]]:
        data, fitted, score = self.stored("data"), self.stored(model), self.stored(accuracy)
        return [
            (
                step("digits:importer", "importer"),
                outcome({"digits/X": data}, {"path": (FILE + "data.csv", "csv")}, parameters=[("size", "0.2")]),
            ),
            (
                step("digits:trainer", trainer, step=trainer, upstream=("digits:importer",), position=1),
                outcome(
                    {"digits/model": fitted}, {"X": ("digits/X", "data")}, manifest=manifest(trainer), log="logs/t"
                ),
            ),
            (
                step("digits:evaluator", ("evaluator", model), upstream=("digits:trainer",), position=2),
                outcome(
                    {"digits/accuracy": score},
                    {"X": ("digits/X", "data"), "model": ("digits/model", model)},
                    metrics={"accuracy": accuracy},
                ),
            ),
        ]

    def given_back(self, ids: list[int], model: str, accuracy: float, trainer: str) -> int:
        """Record a run in which all three came from history."""
        run_id = self.records.begin_run(started())
        rows = self.steps(model, accuracy, trainer)
        for (_, result), reused in zip(rows, ids, strict=True):
            result.reused, result.saved, result.seconds = reused, 0.5, 0.0
        self.records.record_cached(run_id, rows)
        finish(self.records, run_id, counts={"cached": 3})
        return run_id

    def confirm(self, run_id: int) -> int:
        return self.records.confirm_run(started(), time.time(), run_id, {"cached": 3}, 1.5)

    @property
    def history(self) -> History:
        return History(self.folder)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Written]:
    found = Written(tmp_path / "project")
    yield found
    found.records.close()


# Runs


def test_the_lesson_s_question(project: Written) -> None:
    """Status and outputs of a step of the newest run of a pipeline, by their names."""
    project.trained("svc model", 0.9)
    run = project.history.pipeline("digits").runs[-1]
    assert (run.status, list(run.steps)) == ("ok", ["importer", "trainer", "evaluator"])
    trainer = run.steps["trainer"]
    assert (trainer.status, trainer.step, trainer.task, trainer.seconds) == ("run", "svc", "digits:trainer", 0.5)
    assert trainer.upstream == ("digits:importer",)
    assert trainer.reasons == [REASON]
    assert trainer.outputs["model"].load() == "svc model"
    assert trainer.inputs["X"].load() == "data"
    assert run.steps["importer"].parameters == {"size": "0.2"}
    assert run.steps["evaluator"].metrics == run.metrics == {"accuracy": 0.9}
    assert [entry.name for entry in trainer.manifest] == ["svc"]


def test_runs_are_oldest_first(project: Written) -> None:
    """`runs[-1]` is the newest; the newest few may be asked for; without a pipeline, steps go by task."""
    ids = [project.trained("svc model", 0.9)[0] for _ in range(3)]
    history = project.history
    assert [run.id for run in history.runs] == ids
    assert [run.id for run in history.last_runs(2)] == ids[1:]
    assert [run.id for run in history.last_runs(0)] == []
    assert list(history.runs[-1].steps) == ["digits:importer", "digits:trainer", "digits:evaluator"]
    assert history.run(ids[0]) == history.runs[0] != history.runs[1]


def test_runs_of_a_pipeline_are_those_with_a_step_of_it(project: Written) -> None:
    """A run of several pipelines shows each its own steps; a confirming run belongs to what it confirms."""
    both, _ = whole_run(project.records, (step("p:a", 1), outcome({"p/a": 1})), (step("q:a", 2), outcome({"q/a": 2})))
    whole_run(project.records, (step("q:a", 3), outcome({"q/a": 3})))
    confirming = project.confirm(both)
    runs = project.history.pipeline("p").runs
    assert [run.id for run in runs] == [both, confirming]
    assert [list(run.steps) for run in runs] == [["a"], ["a"]]
    assert runs[0].steps["a"].pipeline == "p"


def test_a_confirming_run_shows_its_steps_as_cached(project: Written) -> None:
    """0 seconds, what it saved, no reasons, the same outputs; and who executed is still known."""
    first, ids = project.trained("svc model", 0.9)
    second = project.confirm(first)
    run = project.history.run(second)
    trainer = run.steps["digits:trainer"]
    assert (trainer.status, trainer.seconds, trainer.saved, trainer.run_id) == ("cached", 0, 0.5, second)
    assert trainer.reasons == []
    assert trainer.outputs["model"].version == 1
    assert trainer.executed.id == ids[1]
    assert (trainer.executed.status, trainer.executed.run_id) == ("run", first)
    assert run.metrics == {"accuracy": 0.9}
    assert trainer.run == run


def test_a_cached_step_has_the_details_of_its_execution(project: Written) -> None:
    """Parameters, metrics and log are those of the step run that it reused; its inputs are its own."""
    (project.folder / ".lineage" / "logs").mkdir(parents=True)
    (project.folder / ".lineage" / "logs" / "t").write_text("epoch 1\n")
    first, ids = project.trained("svc model", 0.9)
    second = project.given_back(ids, "svc model", 0.9, "svc")
    steps = project.history.run(second).steps
    assert steps["digits:importer"].parameters == {"size": "0.2"}
    assert steps["digits:evaluator"].metrics == {"accuracy": 0.9}
    assert steps["digits:trainer"].log_text() == "epoch 1\n"
    assert steps["digits:evaluator"].log_text() == ""
    assert steps["digits:trainer"].executed.run_id == first
    assert steps["digits:trainer"].inputs["X"].name == "digits/X"


def test_a_lost_run_is_noticed_by_its_reader(project: Written) -> None:
    """A run that says `running` while its process is gone is lost, and its running step failed; nothing is written."""
    run_id = project.records.begin_run(started(pid=2**22 - 1, process_started=1.0))
    alive = project.records.begin_run(started())
    for number in (run_id, alive):
        project.records.start_step(number, step("p:a", 1))
    history = project.history
    lost = history.run(run_id)
    assert (lost.status, lost.steps["p:a"].status) == ("lost", "failed")
    assert [reason["kind"] for reason in lost.steps["p:a"].reasons] == ["code", "lost"]
    assert (history.run(alive).status, history.run(alive).steps["p:a"].status) == ("running", "running")
    assert project.records.select("SELECT DISTINCT status FROM run") == [("running",)]


def test_the_environment_of_a_run(project: Written) -> None:
    """A run that executed nothing has the environment of the one it confirms."""
    environment = {"python": "3.11.7", "platform": "linux", "packages": {"numpy": "2.0"}}
    run_id = project.records.begin_run(started(environment=environment))
    execute(project.records, run_id, step("p:a", 1), outcome({"p/a": 1}))
    confirming = project.confirm(run_id)
    assert project.history.run(confirming).environment == project.history.run(run_id).environment == environment
    plain = project.records.begin_run(started())
    assert project.history.run(plain).environment is None


def test_code_is_kept_with_its_source(project: Written) -> None:
    """What a step's code reached can be read as it was."""
    result = outcome({"p/a": 1}, manifest=manifest("x"), code={digest("code"): code("f", "g")})
    result.manifest[0].kind, result.manifest[0].digest = "code", digest("code")
    whole_run(project.records, (step("p:a", 1), result))
    history = project.history
    parts = history.run(1).steps["p:a"].code
    assert [(part.name, part.file, part.line, part.text) for part in parts] == [
        ("f", "m.py", 3, "def f(): ..."),
        ("g", "m.py", 3, "def g(): ..."),
    ]
    assert history.source(parts[0].digest) == "def f(): ..."
    assert history.source(digest("nothing")) is None


def test_metrics_of_the_same_name_are_told_apart(project: Written) -> None:
    """Two steps that return the same name get their task before it; others stay short."""
    rows = [(step(f"p:{name}", name), outcome({f"p/{name}": 1}, metrics={"score": 1.0, name: 2.0})) for name in "ab"]
    whole_run(project.records, *rows)
    assert project.history.run(1).metrics == {"p:a.score": 1.0, "a": 2.0, "p:b.score": 1.0, "b": 2.0}


def test_many_runs_are_read_together(project: Written) -> None:
    """`read_steps` gives what each run would have read for itself."""
    first, ids = project.trained("svc model", 0.9)
    project.given_back(ids, "svc model", 0.9, "svc")
    project.confirm(first)
    history = project.history
    together, single = history.runs, history.runs
    history.read_steps(together)
    assert [run_json(run) for run in together] == [run_json(run) for run in single]
    assert [run.steps for run in together] == [run.steps for run in single]


# A project that has nothing to say


def test_artifacts_are_in_the_order_that_people_count_in(tmp_path: Path) -> None:
    """Members of a sweep follow one another by their numbers, in every list of artifacts."""
    dodo = (
        "from lineage import pipeline, step\n@step\ndef fold(k, c):\n    return k\n@pipeline\ndef p():\n"
        "    for k in (10, 9, 100):\n        for c in (0.1, 0.05, 1e-05):\n            fold(k, c)\n"
    )
    project = Project(tmp_path / "project").write({"dodo.py": dodo})
    project.doit()
    names = [f"p/fold@k:{k},c:{c}" for k in (9, 10, 100) for c in ("1e-05", "0.05", "0.1")]
    assert [artifact.name for artifact in History(project.path).artifacts()] == names
    assert [each["name"] for each in project.json("artifacts")["artifacts"]] == names


def test_before_the_first_run(tmp_path: Path) -> None:
    """A project that has not run has an empty history, and asking creates nothing."""
    (tmp_path / "dodo.py").touch()
    with History(tmp_path) as history:
        assert history.runs == []
        assert history.pipeline("digits").runs == []
        assert history.artifacts() == []
        with pytest.raises(UsageError, match="no artifact 'digits/model'"):
            history.load("digits/model")
    assert os.listdir(tmp_path) == ["dodo.py"]


def test_the_project_is_found_from_below(project: Written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The nearest folder upwards; outside of any project the error says what one is."""
    project.trained("svc model", 0.9)
    below = project.folder / "tasks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert History().project == str(project.folder)
    assert load("digits/model") == "svc model"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"no project in"):
        History()


def test_asking_imports_nothing_heavy(project: Written) -> None:
    """Runs, lineage and JSON without numpy, sklearn, doit or dataclasses."""
    project.trained("svc model", 0.9)
    code = f"""
import sys
from lineage.query import History, runs_json, lineage_json, artifacts_json
history = History({str(project.folder)!r})
runs_json(history, history.runs), artifacts_json(history, history.artifacts())
lineage_json(history, history.lineage_of(history.find("model")[0]))
print([name for name in ("numpy", "sklearn", "doit", "dataclasses", "inspect", "asyncio") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_things_have_the_nearest_name(project: Written) -> None:
    """A pipeline, an artifact, a version or a run that is not there."""
    project.trained("svc model", 0.9)
    history = project.history
    with pytest.raises(UsageError, match="did you mean 'digits'"):
        history.pipeline("digit")
    for name in ("digits/modl", "modl", "digit/model"):
        with pytest.raises(UsageError, match="did you mean 'digits/model'"):
            history.load(name)
    with pytest.raises(UsageError, match="no version 7"):
        history.find("digits/model@7")
    with pytest.raises(UsageError, match="there is no run 9"):
        history.run(9)


# Artifacts and their versions


def test_versions_of_an_artifact(project: Written) -> None:
    """By number, each with what is known of its value and the run that first made it."""
    first, _ = project.trained("svc model", 0.9)
    second, _ = project.trained("tree model", 0.8, trainer="tree")
    project.trained("svc model", 0.9)
    artifact = project.history.artifact("digits/model")
    assert [(v.version, v.run_id, v.summary["value"]) for v in artifact.versions] == [
        (1, first, "svc model"),
        (2, second, "tree model"),
    ]
    assert artifact.count == 2
    assert artifact[2].load() == "tree model"
    assert artifact.current == artifact[1]
    assert str(artifact[2]) == "digits/model@2"
    assert (artifact[2].type, artifact[2].format, artifact[2].size) == ("str", "json", 12)
    assert [found.name for found in project.history.artifacts()] == ["digits/X", "digits/accuracy", "digits/model"]


def test_producer_and_consumers(project: Written) -> None:
    """Who executed to make a value, and who was executed with it; cached steps were not."""
    first, ids = project.trained("svc model", 0.9)
    project.given_back(ids, "svc model", 0.9, "svc")
    data = project.history.artifact("X").current
    assert data.producer is not None
    assert (data.producer.task, data.producer.run_id) == ("digits:importer", first)
    assert [consumer.task for consumer in data.consumers] == ["digits:trainer", "digits:evaluator"]


def test_equal_values_keep_their_own_origin(project: Written) -> None:
    """Two models of the same accuracy: a run's accuracy comes from that run's model, also after swapping back."""
    svc, ids = project.trained("svc model", 0.9)
    project.trained("tree model", 0.9, trainer="tree")
    assert origin(project.history) == ("tree", "tree model")
    project.given_back(ids, "svc model", 0.9, "svc")
    assert origin(project.history) == ("svc", "svc model")
    project.trained("tree model", 0.9, trainer="tree")
    project.confirm(svc)
    assert origin(project.history) == ("svc", "svc model")


def test_a_lineage_keeps_to_what_really_was_consumed(project: Written) -> None:
    """A report was written from the accuracy of the first model; that a second one has the same changes nothing."""
    data = project.steps("svc model", 0.9, "svc")
    report = (step("digits:report", 1), outcome({"digits/report": "r"}, {"accuracy": ("digits/accuracy", 0.9)}))
    whole_run(project.records, *data, report)
    project.trained("tree model", 0.9, trainer="tree")
    lineage = project.history.lineage_of(project.history.artifact("report").current)
    assert {found.step for found in lineage.steps.values()} == {"report", "evaluator", "svc", "importer"}


def origin(history: History) -> tuple[str, object]:
    """Return trainer and model that the current accuracy comes from."""
    accuracy = history.artifact("digits/accuracy").current
    assert accuracy.version == 1
    (model,) = [version for version in accuracy.upstream if version.name == "digits/model"]
    assert model.producer is not None
    return model.producer.step, model.load()


def test_current_is_what_the_readable_path_shows(project: Written) -> None:
    """The readable path decides; without one the newest run, where a confirming run stands for its state."""
    svc, _ = project.trained("svc model", 0.9)
    project.trained("tree model", 0.8, trainer="tree")
    assert load("digits/model", project.folder) == "tree model"
    project.confirm(svc)
    assert load("digits/model", project.folder) == "svc model"
    project.publish("digits/model", project.stored("tree model"))
    assert load("digits/model", project.folder) == "tree model"
    project.publish("digits/model", project.stored("of nobody"))
    assert load("digits/model", project.folder) == "svc model"


def test_a_readable_path_of_a_longer_name_is_another_artifact(project: Written) -> None:
    """`model.weights` is not an extension of `model`."""
    rows = {"p/model": project.stored("model"), "p/model.weights": project.stored("weights")}
    whole_run(project.records, (step("p:a", 1), outcome(dict(rows))))
    project.publish("p/model.weights", rows["p/model.weights"])
    assert load("p/model", project.folder) == "model"


def test_short_names(project: Written) -> None:
    """`model` will do while only one pipeline has it."""
    project.trained("svc model", 0.9)
    assert load("model", project.folder) == "svc model"
    whole_run(project.records, (step("faces:a", 1), outcome({"faces/model": project.stored("f")})))
    with pytest.raises(UsageError, match="several pipelines") as error:
        load("model", project.folder)
    assert "digits/model, faces/model" in str(error.value)


def test_versions_by_number(project: Written) -> None:
    """`name@2`, also where names have an @ of their own."""
    for name in ("p/m", "p/m@C:1", "p/m@2"):
        for value in ("a", "b"):
            whole_run(project.records, (step("p:a", (name, value)), outcome({name: project.stored(name + value)})))
    read = {name: load(name, project.folder) for name in ("m@1", "m@v2", "p/m@C:1@1", "m@C:1", "m@2", "p/m@2@1")}
    assert read == {
        "m@1": "p/ma",
        "m@v2": "p/mb",
        "p/m@C:1@1": "p/m@C:1a",
        "m@C:1": "p/m@C:1b",
        "m@2": "p/m@2b",
        "p/m@2@1": "p/m@2a",
    }


@pytest.mark.parametrize("harm", ["delete", "flip"])
def test_damaged_bytes_are_never_loaded(project: Written, harm: str) -> None:
    """A missing or changed object is an error with the way out, not a wrong value; its lineage can still be asked."""
    project.trained("svc model", 0.9)
    version = project.history.artifact("model").current
    path = Path(version.path)
    if harm == "delete":
        path.unlink()
    else:
        path.chmod(0o644)
        path.write_bytes(b'"SVC model"')
    with pytest.raises(StoreError, match="missing or damaged") as error:
        version.load()
    assert "run `doit`" in str(error.value)
    assert len(project.history.lineage_of(version).steps) == 2


def test_an_input_file_is_not_loaded(project: Written) -> None:
    """lineage keeps what steps make; of what they read it knows the version."""
    project.trained("svc model", 0.9)
    (data,) = project.history.find("file:data.csv")
    assert (data.is_stored, data.producer, data.short_name) == (False, None, "file:data.csv")
    assert data.path == str(project.folder / "data.csv")
    with pytest.raises(StoreError, match="input file"):
        data.load()


def test_snapshots_cannot_be_changed(project: Written) -> None:
    """They say what was recorded."""
    project.trained("svc model", 0.9)
    run = project.history.runs[0]
    with pytest.raises(AttributeError, match="snapshot"):
        run.status = "ok"  # type: ignore[misc]
    assert "status='ok'" in repr(run)
    assert "_reader" not in repr(run)


# Lineage


def test_lineage_of_a_version(project: Written) -> None:
    """The steps upstream with their inputs, parameters and code, down to the input file."""
    project.trained("svc model", 0.9)
    history = project.history
    lineage = history.lineage_of(history.artifact("accuracy").current)
    assert [found.task for found in lineage.steps.values()] == ["digits:evaluator", "digits:trainer", "digits:importer"]
    visits = [(visit.depth, visit.slot, str(visit.version), visit.seen) for visit in lineage.walk()]
    assert visits == [
        (0, "", "digits/accuracy@1", False),
        (1, "X", "digits/X@1", False),
        (2, "path", "file:data.csv@1", False),
        (1, "model", "digits/model@1", False),
        (2, "X", "digits/X@1", True),
    ]
    assert list(lineage.parameters.values()) == [{"size": "0.2"}]


def test_upstream_and_downstream(project: Written) -> None:
    """All that a value was made from, and all that was ever made from it."""
    project.trained("svc model", 0.9)
    project.trained("tree model", 0.8, trainer="tree")
    history = project.history
    accuracy, data = history.artifact("accuracy").current, history.artifact("X").current
    assert {str(version) for version in accuracy.upstream} == {"digits/X@1", "digits/model@2", "file:data.csv@1"}
    assert [str(version) for version in data.downstream] == [
        "digits/model@1",
        "digits/accuracy@1",
        "digits/model@2",
        "digits/accuracy@2",
    ]
    assert accuracy.downstream == []


def test_a_diamond_of_diamonds_is_told_once(project: Written) -> None:
    """40 diamonds in a row have 2^40 paths, but only 120 steps."""
    rows = []
    for number in range(40):
        before = {"x": (f"p/join{number - 1}", number - 1)} if number else {}
        left, right = (number, "l"), (number, "r")
        rows += [
            (step(f"p:l{number}", left), outcome({f"p/l{number}": left}, before)),
            (step(f"p:r{number}", right), outcome({f"p/r{number}": right}, before)),
            (
                step(f"p:join{number}", number),
                outcome({f"p/join{number}": number}, {"a": (f"p/l{number}", left), "b": (f"p/r{number}", right)}),
            ),
        ]
    whole_run(project.records, *rows)
    history = project.history
    lineage = history.lineage_of(history.artifact("join39").current)
    assert len(lineage.steps) == 120
    assert len(list(lineage.walk())) == 159
    assert len(lineage.version.upstream) == 119


def test_a_chain_of_ten_thousand_steps(project: Written) -> None:
    """Nothing recurses: not the closure, not the walk, not the JSON."""
    length = 10_000
    run_id = project.records.begin_run(started())
    rows = []
    for number in range(length):
        before = {"x": (f"p/a{number - 1}", number - 1)} if number else {}
        rows.append((step(f"p:s{number}", number), outcome({f"p/a{number}": number}, before)))
    project.records.record_cached(run_id, rows)
    finish(project.records, run_id)
    history = project.history
    last = history.artifact(f"a{length - 1}").current
    lineage = history.lineage_of(last)
    assert len(lineage.steps) == length
    assert [visit.depth for visit in lineage.walk()] == list(range(length))
    assert len(json.dumps(lineage_json(history, lineage))) > length
    assert len(last.upstream) == length - 1
    assert len(history.artifact("a0").current.downstream) == length - 1


# Finding


def test_finding_by_path(project: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """A readable path, a path in the store, and a copy under another name lead to the version with that content."""
    project.trained("svc model", 0.9)
    model = project.stored("svc model")
    link = project.publish("digits/model", model)
    shutil.copy(link, project.folder / "copy.bin")
    monkeypatch.chdir(project.folder)
    for path in (str(link), "artifacts/digits/model.json", "copy.bin", project.objects.path(model.blob)):
        assert [str(version) for version in project.history.find(path)] == ["digits/model@1"], path
    monkeypatch.chdir("artifacts")
    assert [str(version) for version in project.history.find("copy.bin")] == ["digits/model@1"]


def test_finding_a_value_that_several_artifacts_have(project: Written) -> None:
    """A readable path means its own artifact; a hash means all of them."""
    same = project.stored("same")
    whole_run(project.records, (step("p:a", 1), outcome({"p/a": same, "p/b": same})))
    link = project.publish("p/b", same)
    assert [str(version) for version in project.history.find(str(link))] == ["p/b@1"]
    for text in (same.digest, same.digest[:6].upper(), same.blob[:8]):
        assert [str(version) for version in project.history.find(text)] == ["p/a@1", "p/b@1"], text


def test_finding_an_input_file(project: Written) -> None:
    """The file that a step read is known by its content, also under another name."""
    import xxhash

    content = xxhash.xxh3_128_hexdigest(b"a,b\n")
    result = outcome({"p/a": 1})
    result.inputs = [("data", FILE + "data.csv", content)]
    whole_run(project.records, (step("p:a", 1), result))
    for name in ("data.csv", "copy.csv"):
        (project.folder / name).write_bytes(b"a,b\n")
        (found,) = project.history.find(name)
        assert str(found) == "file:data.csv@1"
        assert [consumer.task for consumer in found.consumers] == ["p:a"]


@pytest.mark.parametrize("text", ["abc", "0123456789abcdef", "strange.txt", "folder", "nothing.txt", ""])
def test_finding_nothing(project: Written, text: str) -> None:
    """What is not known is a usage error, whether such a file exists or not."""
    project.trained("svc model", 0.9)
    (project.folder / "strange.txt").write_text("strange")
    (project.folder / "folder").mkdir()
    with pytest.raises(UsageError) as error:
        project.history.find(text)
    assert error.value.fix


# JSON


def test_the_contract_of_runs(project: Written) -> None:
    """What scripts rely on."""
    first, _ = project.trained("svc model", 0.9)
    project.confirm(first)
    told = json.loads(json.dumps(runs_json(project.history, project.history.runs)))
    assert [(run["id"], run["status"], run["confirms"]) for run in told] == [(1, "ok", None), (2, "ok", 1)]
    trainer = told[0]["steps"][1]
    assert {key: trainer[key] for key in ("task", "step", "status", "seconds", "reasons", "outputs")} == {
        "task": "digits:trainer",
        "step": "svc",
        "status": "run",
        "seconds": 0.5,
        "reasons": [REASON],
        "outputs": [{"name": "model", "version": 1, "digest": digest("svc model")}],
    }
    assert told[0]["metrics"] == {"accuracy": 0.9}
    assert told[0]["git"] == {"commit": None, "branch": None, "dirty": None}
    assert [step["status"] for step in told[1]["steps"]] == ["cached"] * 3
    assert told[1]["steps"][1]["outputs"] == trainer["outputs"]


def test_numbers_that_json_cannot_write_are_null(project: Written) -> None:
    """NaN in metrics and summaries does not make the JSON unreadable."""
    bad = Stored(digest(1), digest("b"), 3, "json", "float", {"value": math.nan, "range": [math.inf, 1.0]})
    whole_run(project.records, (step("p:a", 1), outcome({"p/a": bad}, metrics={"loss": math.nan})))
    history = project.history
    assert math.isnan(history.run(1).metrics["loss"])
    told = [run_json(history.run(1)), version_json(history.artifact("a").current)]
    assert told[0]["metrics"] == {"loss": None}
    assert told[1]["summary"] == {"value": None, "range": [None, 1.0]}
    json.dumps(told, allow_nan=False)


def test_the_lineage_as_json(project: Written) -> None:
    """A flat list of steps that name each other by id."""
    _, ids = project.trained("svc model", 0.9)
    history = project.history
    told = json.loads(json.dumps(lineage_json(history, history.lineage_of(history.artifact("model").current))))
    assert told["artifact"]["name"] == "digits/model"
    assert told["producer"] == ids[1]
    trainer, importer = told["steps"]
    data = {"name": "digits/X", "version": 1, "digest": digest("data")}
    assert trainer["inputs"] == [{"slot": "X", **data, "producer": ids[0]}]
    assert importer["parameters"] == {"size": "0.2"}
    assert importer["inputs"][0]["producer"] is None
    assert importer["outputs"] == [data]


def test_artifacts_as_json(project: Written) -> None:
    """Each with its current version; of one, all versions."""
    project.trained("svc model", 0.9)
    project.trained("tree model", 0.8, trainer="tree")
    whole_run(project.records, (step("digits:importer", "importer"), outcome({"digits/X": project.stored("other")})))
    history = project.history
    told = artifacts_json(history, history.artifacts())
    assert [(each["name"], each["count"], each["current"]["version"]) for each in told] == [
        ("digits/X", 2, 2),
        ("digits/accuracy", 2, 2),
        ("digits/model", 2, 2),
    ]
    assert [each["run"] for each in artifact_json(history, history.artifact("model"))["versions"]] == [1, 2]


@pytest.mark.parametrize(
    ("metrics", "before", "now", "expected"),
    [
        ({"a": 1.0}, ["a"], ["b"], {"b": 1.0}),
        ({"a": 1.0, "b": 2.0}, ["a", "b"], ["b", "a"], {"b": 1.0, "a": 2.0}),
        ({"a.f1": 1.0, "a.b": 2.0}, ["a"], ["c"], {"c.f1": 1.0, "c.b": 2.0}),
        ({"f.m": 1.0, "f.m.x": 2.0, "f.mm": 3.0}, ["f", "f.m"], ["n", "o"], {"o": 1.0, "o.x": 2.0, "n.mm": 3.0}),
        ({"score": 1.0}, ["a"], ["b"], {"score": 1.0}),
    ],
)
def test_metrics_are_renamed_with_their_outputs(
    metrics: dict[str, float], before: list[str], now: list[str], expected: dict[str, float]
) -> None:
    """By place, whole names only, and the longest that fits."""
    assert renamed(metrics, before, now) == expected
