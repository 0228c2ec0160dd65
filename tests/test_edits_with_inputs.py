"""Which steps run again after an edit, for steps that take artifacts: never a stale result, never a needless run.

All edits are made in one project, each in a package and a pipeline of its own, so that two runs of `doit` tell them
all.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from edits_with_inputs import EDITS
from edits_with_inputs.edit import Edit
from projects import Project

BY_NAME = {edit.name: edit for edit in EDITS}


class Told(NamedTuple):
    """The last run of both projects: statuses by task, and digests of the artifacts by name."""

    statuses: dict[str, str]
    reasons: dict[str, list[str]]
    edited: dict[str, str]
    clean: dict[str, str]


def dodo() -> str:
    return "".join(f"from {edit.name}.flow import {edit.name}\n" for edit in EDITS)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Run, edit everything, run again; and run the edited files in a project that has never seen the old ones."""
    variables = {name: value for edit in EDITS for name, value in edit.environment.items()}
    project = Project(tmp_path_factory.mktemp("edits") / "project").write({"dodo.py": dodo()})
    clean = Project(tmp_path_factory.mktemp("clean") / "project").write({"dodo.py": dodo()})
    for edit in EDITS:
        project.write(edit.before())
        clean.write(edit.after())
    project.doit()
    for edit in EDITS:
        before, after = edit.before(), edit.after()
        project.write({path: text for path, text in after.items() if before.get(path) != text})
    project.doit(env=variables)
    clean.doit(env=variables)
    steps = project.runs()[-1]["steps"]
    return Told(
        {step["task"]: step["status"] for step in steps},
        {step["task"]: [reason["text"] for reason in step["reasons"]] for step in steps},
        *(digests(each) for each in (project, clean)),
    )


def digests(project: Project) -> dict[str, str]:
    steps = project.runs()[-1]["steps"]
    return {
        f"{step['task'].partition(':')[0]}/{output['name']}": output["digest"]
        for step in steps
        for output in step["outputs"]
    }


@pytest.mark.parametrize("name", BY_NAME)
def test_an_edit_runs_what_it_must(told: Told, name: str) -> None:
    """Each edit runs exactly the steps that it says."""
    edit = BY_NAME[name]
    got = {step: told.statuses[f"{name}:{step}"] for step in edit.expected}
    expected = {step: got[step] if status == "either" else status for step, status in edit.expected.items()}
    assert got == expected, f"{edit.why}: {[told.reasons[f'{name}:{step}'] for step in edit.expected]}"


@pytest.mark.parametrize("name", BY_NAME)
def test_an_edit_leaves_nothing_stale(told: Told, name: str) -> None:
    """Every artifact is what a clean run gives."""
    edited = {artifact: digest for artifact, digest in told.edited.items() if artifact.startswith(f"{name}/")}
    assert edited
    assert edited == {artifact: told.clean[artifact] for artifact in edited}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_run_has_a_reason(told: Told, name: str) -> None:
    """A step that ran again says why."""
    for task, status in told.statuses.items():
        if task.startswith(f"{name}:") and status == "run":
            assert told.reasons[task], task


def test_there_are_many_of_them() -> None:
    """At least forty edits, each with a name of its own."""
    assert len(EDITS) >= 40
    assert len(BY_NAME) == len(EDITS)
    assert all(isinstance(edit, Edit) and edit.why for edit in EDITS)
