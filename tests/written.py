"""Projects written into a temporary folder and planned in this process, deferred or eager."""

from __future__ import annotations

import importlib
import os
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lineage.declare import deferred
from lineage.declare.pipeline import Pipeline
from lineage.declare.plan import Plan, plan
from lineage.fingerprint.code import Project
from lineage.model.plan import Argument, Collection, FileArgument, Ref, Value

HEADER = """
from __future__ import annotations
from pathlib import Path
from typing import Annotated, NamedTuple
from lineage import File, pipeline, shell_step, step
"""


class Written:
    """A project in a folder of its own, whose modules are forgotten after the test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = Project(str(root))

    def write(self, name: str, text: str, header: str = "") -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.relative_to(self.root).parents:
            if folder != Path() and name.endswith(".py"):
                (self.root / folder / "__init__.py").touch()
        path.write_text(header + textwrap.dedent(text))
        importlib.invalidate_caches()
        return str(path)

    def steps(self, name: str, text: str) -> str:
        return self.write(name, text, HEADER)

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(name)

    def plan(self, *pipelines: Pipeline[Any, Any], **overrides: object) -> Plan:
        return plan(pipelines, {one.name: overrides for one in pipelines}, self.project)

    def body(self, text: str) -> Plan:
        """Write a dodo.py and plan its pipelines."""
        self.steps("dodo.py", text)
        found = [one for one in vars(self.module("dodo")).values() if isinstance(one, Pipeline)]
        return self.plan(*found)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """A project that is imported as Python does."""
    yield from _installed(tmp_path, monkeypatch, "0")


@pytest.fixture(params=["1", "0"], ids=["deferred", "eager"])
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Written]:
    """A project whose step modules are read in one run of the test and imported in the other."""
    yield from _installed(tmp_path, monkeypatch, request.param)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """A project whose step modules are read, not imported."""
    yield from _installed(tmp_path, monkeypatch, "1")


def _installed(root: Path, monkeypatch: pytest.MonkeyPatch, defer: str) -> Iterator[Written]:
    root = root / "project"
    root.mkdir()
    monkeypatch.setenv("LINEAGE_DEFER", defer)
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.chdir(root)
    made = Written(root)
    deferred.install(str(root), made.project)
    before = set(sys.modules)
    try:
        yield made
    finally:
        deferred.uninstall()
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__spec__", None) or "").find(str(root)) >= 0:
                del sys.modules[name]
        sys.path_importer_cache.pop(str(root), None)


def tasks(planned: Plan) -> list[str]:
    return [call.task for call in planned.calls]


def artifacts(planned: Plan) -> list[str]:
    return [name for call in planned.calls for name in call.outputs]


def shown(planned: Plan, argument: Argument) -> object:
    """Return an argument as something that can be compared."""
    if isinstance(argument, Value):
        return argument.value
    if isinstance(argument, Ref):
        return planned.calls[argument.call].outputs[argument.output]
    if isinstance(argument, FileArgument):
        return f"file {argument.path}"
    assert isinstance(argument, Collection)
    items = [shown(planned, item) for item in argument.items]
    if argument.keys is not None:
        return {key.value: item for key, item in zip(argument.keys, items, strict=True)}
    return tuple(items) if argument.kind == "tuple" else items


def arguments(planned: Plan, task: str) -> dict[str, object]:
    return {name: shown(planned, value) for name, value in planned.by_task[task].arguments}


def facts(planned: Plan) -> list[object]:
    """Return all that a plan says, as plain values."""
    return [
        (
            call.task,
            call.outputs,
            call.upstream,
            call.line,
            os.path.basename(call.path),
            {name: shown(planned, value) for name, value in call.arguments},
            [value.digest for _, value in call.arguments if isinstance(value, Value)],
            spec_facts(call.step),
        )
        for call in planned.calls
    ] + [(one.name, one.doc, one.line, one.selection) for one in planned.pipelines.values()]


def spec_facts(spec: Any) -> object:
    return (
        spec.name,
        spec.module,
        spec.qualname,
        os.path.basename(spec.path),
        spec.line,
        spec.doc,
        [(one.name, one.kind, one.annotation, repr(one.default), one.is_file) for one in spec.parameters],
        spec.outputs,
        spec.returns,
        spec.command,
        spec.options,
    )
