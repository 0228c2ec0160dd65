"""`lineage export`: other catalogues' own libraries read what we write, and find in it what was recorded."""

from __future__ import annotations

import importlib
import json
import uuid
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from projects import Project

STEPS = """\
from lineage import File, pipeline, step


@step
def read(data: File, token: str = "hush-hush") -> str:
    return data.read_text()


@step
def count(text: str, factor: int = 2) -> int:
    if factor == 13:
        raise ValueError("postgresql://me:hush-hush@host/database does not answer")
    return len(text) * factor


@pipeline
def p(factor=2, token="hush-hush"):
    text = read("data/in.txt", token)
    total = count(text, factor)
"""


@pytest.fixture
def made(project: Callable[[Mapping[str, str]], Project]) -> Project:
    """A project with three runs: all executed, one step executed, and one that failed."""
    found = project({"dodo.py": STEPS, "data/in.txt": "four"})
    found.doit()
    found.doit("factor=3")
    found.doit("factor=13", code=1)
    return found


@pytest.mark.parametrize(("word", "number"), [("last", 3), ("-2", 2), ("1", 1)])
def test_a_run_is_named_as_everywhere(made: Project, tmp_path: Path, word: str, number: int) -> None:
    """By `export` and `report` as by `why`: a number, last, or counted from the end; what is none is told."""
    named, plain = tmp_path / "named", tmp_path / "plain"
    made.lineage("export", "--format", "prov", f"--run={word}", "-o", str(named))
    made.lineage("export", "--format", "prov", "--run", str(number), "-o", str(plain))
    assert named.read_text() == plain.read_text()
    report = json.loads(made.lineage("report", "--format", "json", f"--run={word}", "-o", "-").stdout)
    assert report["run"]["id"] == number
    for command in (["export", "--format", "prov"], ["report", "-o", "x.html"], ["dashboard", "--port", "0"]):
        done = made.lineage(*command, "--run", "lst", code=3)
        assert "'lst' is no run (did you mean 'last'?)" in done.printed
        assert "there is no run 99" in made.lineage(*command, "--run", "99", code=3).printed


def test_no_secret_is_exported(made: Project, tmp_path: Path) -> None:
    """Neither a parameter whose name says that it is one, nor an address with a password in an error."""
    (made.path / "dodo.py").write_text("# the workflow itself is in a crate as it is\n")
    for form in ("openlineage", "prov", "ro-crate"):
        for run in ("1", "3"):
            target = tmp_path / f"{form}-{run}"
            made.lineage("export", "--format", form, "--run", run, "-o", str(target))
            for path in [target] if target.is_file() else target.rglob("*.json"):
                assert "hush" not in path.read_text()
                assert "factor" in path.read_text() or form == "openlineage"


class TestOpenLineage:
    def events(self, project: Project, *args: str) -> list[dict[str, Any]]:
        lines = project.lineage("export", "--format", "openlineage", *args).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def test_events(self, made: Project) -> None:
        """Each executed step starts and ends in the run of its command; what was cached does not appear."""
        events = self.events(made)
        told = [(each["eventType"], each["job"]["name"]) for each in events]
        assert told == [
            ("START", "p"),
            ("START", "p:read"),
            ("COMPLETE", "p:read"),
            ("START", "p:count"),
            ("COMPLETE", "p:count"),
            ("COMPLETE", "p"),
            ("START", "p"),
            ("START", "p:count"),
            ("COMPLETE", "p:count"),
            ("COMPLETE", "p"),
            ("START", "p"),
            ("START", "p:count"),
            ("FAIL", "p:count"),
            ("FAIL", "p"),
        ]
        moments = [datetime.fromisoformat(each["eventTime"]) for each in events]
        assert moments == sorted(moments)
        assert events == self.events(made)
        assert self.events(made, "--run", "2") == events[6:10]

    def test_runs_and_datasets(self, made: Project) -> None:
        """A step's parent is its command's run; artifacts have our versions, files the names of the specification."""
        events = self.events(made)
        command, step, done = events[0], events[1], events[4]
        assert uuid.UUID(step["run"]["runId"]) != uuid.UUID(command["run"]["runId"])
        parent = step["run"]["facets"]["parent"]
        assert parent["run"] == {"runId": command["run"]["runId"]}
        assert parent["job"] == {"namespace": "project", "name": "p"}
        (file,) = step["inputs"]
        assert (file["namespace"], file["name"]) == ("file", str(made.path / "data" / "in.txt"))
        assert [each["name"] for each in done["inputs"]] == ["p/text"]
        assert [each["name"] for each in done["outputs"]] == ["p/total"]
        assert done["outputs"][0]["facets"]["version"]["datasetVersion"] == "1"
        assert events[8]["outputs"][0]["facets"]["version"]["datasetVersion"] == "2"
        assert "***" in events[12]["run"]["facets"]["errorMessage"]["message"]

    def test_the_reference_library_takes_each_event(self, made: Project) -> None:
        """Its classes, which are generated from the specification, accept every field and every facet."""
        v2 = pytest.importorskip("openlineage.client.event_v2")
        for event in self.events(made):
            run, job = event["run"], event["job"]
            taken = v2.RunEvent(
                eventTime=event["eventTime"],
                producer=event["producer"],
                run=v2.Run(run["runId"], facets(run.get("facets", {}))),
                job=v2.Job(job["namespace"], job["name"], facets(job["facets"])),
                eventType=v2.RunState[event["eventType"]],
                inputs=[
                    v2.InputDataset(each["namespace"], each["name"], facets=facets(each["facets"]))
                    for each in event["inputs"]
                ],
                outputs=[
                    v2.OutputDataset(
                        each["namespace"],
                        each["name"],
                        facets=facets(each["facets"]),
                        outputFacets=facets(each["outputFacets"]),
                    )
                    for each in event["outputs"]
                ],
            )
            assert event["schemaURL"].partition("#")[2] == taken.schemaURL.partition("#")[2]


def facets(plain: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return facets as objects of the reference library."""
    return {name: facet(each) for name, each in plain.items()}


def facet(plain: dict[str, Any]) -> Any:
    kind = plain["_schemaURL"].rpartition("/")[2]
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind)[1:]
    module = importlib.import_module(f"openlineage.client.generated.{words.removesuffix('_facet')}")
    fields = {name: value for name, value in plain.items() if not name.startswith("_")}
    assert plain["_schemaURL"].startswith("https://openlineage.io/spec/facets/")
    return getattr(module, kind)(**fields, producer=plain["_producer"])


class TestProv:
    def test_the_reference_library_reads_it(self, made: Project, tmp_path: Path) -> None:
        """Entities, activities, agents and plans, and from a version back to the file that it was made from."""
        model = pytest.importorskip("prov.model")
        target = tmp_path / "deep" / "lineage.json"
        made.lineage("export", "--format", "prov", "-o", str(target))
        document = model.ProvDocument.deserialize(str(target), format="json")
        kinds = {kind: list(document.get_records(kind)) for kind in (model.ProvEntity, model.ProvActivity)}
        labels = {str(each.label) for each in kinds[model.ProvEntity]}
        assert {"p/text@1", "p/total@1", "p/total@2", "file:data/in.txt@1", "dodo:count", "dodo:read"} <= labels
        assert len(kinds[model.ProvActivity]) == 3 + 4
        assert all(each.get_startTime() for each in kinds[model.ProvActivity])
        used = {self.ends(each) for each in document.get_records(model.ProvUsage)}
        generated = {self.ends(each)[::-1] for each in document.get_records(model.ProvGeneration)}
        made_total = next(activity for activity, entity in generated if entity.endswith("p/total@1"))
        text = next(entity for activity, entity in used if activity == made_total)
        assert text.endswith("p/text@1")
        read = next(activity for activity, entity in generated if entity == text)
        assert any(activity == read and "data/in.txt" in entity for activity, entity in used)
        assert document == model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json")

    def ends(self, record: Any) -> tuple[str, str]:
        first, second = record.args[:2]
        return str(first), str(second)

    def test_one_run_with_what_it_was_given(self, made: Project) -> None:
        """The executions that cached steps have their results from are told too, with their own run."""
        told = json.loads(made.lineage("export", "--format", "prov", "--run", "2").stdout)
        assert set(told["activity"]) == {"lineage:run/2", "lineage:run/1", "lineage:step-run/1", "lineage:step-run/3"}


class TestCrate:
    def test_the_reference_library_reads_it(self, made: Project, tmp_path: Path) -> None:
        """The workflow, its steps and tools, and each action with what it took and gave."""
        rocrate = pytest.importorskip("rocrate.rocrate")
        target = tmp_path / "crate"
        made.lineage("export", "--format", "ro-crate", "-o", str(target), "--run", "2", "--data")
        crate = rocrate.ROCrate(str(target))
        workflow = crate.mainEntity
        assert workflow.id == "dodo.py"
        assert {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= set(workflow.type)
        assert {step["name"] for step in workflow["step"]} == {"p:read", "p:count"}
        actions = {each["name"]: each for each in crate.get_entities() if each.type == "CreateAction"}
        assert {name.partition(":")[0] for name in actions} == {"Run 2", "p"}
        count = actions["p:count in run 2"]
        assert count["instrument"]["name"] == "count"
        assert count["result"]["name"] == "p/total@2"
        assert {each["name"] for each in count["object"]} == {"p/text@1", "factor"}
        assert (target / count["result"].id).read_text().strip() == "12"
        assert {each["name"] for each in actions["p:read in run 1"]["object"]} == {"file:data/in.txt@1", "token"}
        profiles = [each.id for each in crate.root_dataset["conformsTo"]]
        assert "https://w3id.org/ro/wfrun/provenance/0.5" in profiles

    def test_every_reference_leads_somewhere(self, made: Project, tmp_path: Path) -> None:
        """No identifier of the crate's own is left undescribed, and each described file is there; also of a failure."""
        for run in ("1", "3"):
            target = tmp_path / run
            made.lineage("export", "--format", "ro-crate", "-o", str(target), "--run", run)
            graph = json.loads((target / "ro-crate-metadata.json").read_text())["@graph"]
            known = {each["@id"] for each in graph}
            assert len(known) == len(graph)
            own = {name for name in references(graph) if not name.startswith("https://w3id.org/ro/crate/")}
            assert own <= known
            files = {each["@id"] for each in graph if "File" in each["@type"]}
            assert files == {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} - {METADATA}
        statuses = {each["actionStatus"].rpartition("/")[2] for each in graph if "actionStatus" in each}
        assert "FailedActionStatus" in statuses

    def test_a_zip(self, made: Project, tmp_path: Path) -> None:
        """A name that ends in .zip makes one; without a run it is the newest."""
        target = tmp_path / "run.zip"
        told = made.lineage("export", "--format", "ro-crate", "-o", str(target), "--json").stdout
        assert json.loads(told)["export"]["bytes"] == target.stat().st_size
        with zipfile.ZipFile(target) as file:
            assert sorted(file.namelist()) == ["dodo.py", METADATA]
            assert "Run 3 of project" in file.read(METADATA).decode()

    def test_collected_artifacts_are_described(self, made: Project, tmp_path: Path) -> None:
        """What is not in the store any more is in the crate by name and digest."""
        made.doit()
        made.lineage("gc", "--keep-last", "0")
        made.lineage("export", "--format", "ro-crate", "-o", str(tmp_path / "crate"), "--run", "2", "--data")
        assert "p/total@2" in (tmp_path / "crate" / METADATA).read_text()
        assert not list((tmp_path / "crate").rglob("total*"))


METADATA = "ro-crate-metadata.json"


def references(value: Any) -> set[str]:
    """Return all identifiers that are referred to."""
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    if set(value) == {"@id"}:
        return {value["@id"]}
    return set().union(*map(references, value.values()))


class TestRefusals:
    def test_before_anything_has_run(self, words: Project) -> None:
        """There is nothing to export, and that is said."""
        for form in ("openlineage", "prov", "ro-crate"):
            assert "nothing has run" in words.lineage("export", "--format", form, "-o", "x", code=3).printed
        assert not (words.path / "x").exists()

    def test_what_cannot_be_an_output(self, made: Project) -> None:
        """A crate needs a place that is empty; bytes belong into a crate; a run must be there."""
        made.lineage("export", "--format", "ro-crate", code=3)
        assert "not empty" in made.lineage("export", "--format", "ro-crate", "-o", "data", code=3).printed
        made.lineage("export", "--format", "prov", "--data", code=3)
        made.lineage("export", "--format", "prov", "--run", "9", code=3)
        made.lineage("export", "--format", "dot", code=3)

    def test_a_place_that_cannot_be_written(self, made: Project) -> None:
        """The error names it, and nothing is left behind."""
        before = sorted(made.path.rglob("*"))
        assert "dodo.py" in made.lineage("export", "--format", "prov", "-o", "dodo.py/x", code=2).printed
        assert "dodo.py" in made.lineage("export", "--format", "ro-crate", "-o", "dodo.py/x", code=2).printed
        assert sorted(made.path.rglob("*")) == before


def test_what_a_shared_cache_gave_was_executed_by_others(
    project: Callable[[Mapping[str, str]], Project], tmp_path: Path
) -> None:
    """It is theirs in what is exported, not a run of this checkout that took no time; `--data` fetches the bytes."""
    colleague = project({"dodo.py": STEPS, "data/in.txt": "four"})
    mine = Project(tmp_path / "mine").write({"dodo.py": STEPS, "data/in.txt": "four"})
    for each, user in ((colleague, "ann"), (mine, "bob")):
        each.environment |= {
            "LINEAGE_CACHE": str(tmp_path / "cache"),
            "LOGNAME": user,
            "XDG_CONFIG_HOME": str(tmp_path),
        }
        each.doit()
    prov = json.loads(mine.lineage("export", "--format", "prov").stdout)
    by = {each["prov:activity"]: each["prov:agent"] for each in prov["wasAssociatedWith"].values()}
    assert by == {
        "lineage:run/1": "lineage:user/bob",
        "lineage:step-run/1": "lineage:user/ann",
        "lineage:step-run/2": "lineage:user/ann",
    }
    assert not any("prov:startTime" in prov["activity"][f"lineage:step-run/{number}"] for number in (1, 2))
    events = mine.lineage("export", "--format", "openlineage").stdout.splitlines()
    assert [json.loads(event)["eventType"] for event in events] == ["START", "COMPLETE"]
    mine.lineage("export", "--format", "ro-crate", "--data", "-o", "crate")
    assert (mine.path / "crate" / "artifacts" / "p" / "text@1.txt").read_text() == "four"
    crate = (mine.path / "crate" / "ro-crate-metadata.json").read_text()
    assert "given by a shared cache" in crate
    assert '"#user/ann"' in crate
