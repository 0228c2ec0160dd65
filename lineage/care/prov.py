"""The records as PROV-JSON (https://www.w3.org/submissions/prov-json/), the W3C's vocabulary of provenance.

A version is an entity, an executed step an activity that used and generated versions, a user an agent, and the code of
a step the plan that it followed. A `doit` command is the activity that has started the steps.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lineage.care.story import Done, Story, hidden, moment, run_uuid
from lineage.model.history import ArtifactVersion, PipelineRun

__all__ = ["document"]

_PREFIX = "lineage"


def document(story: Story) -> dict[str, Any]:
    """Return the PROV-JSON document of a story."""
    return _Document(story).made()


class _Document:
    def __init__(self, story: Story) -> None:
        self.story = story
        self.things: dict[str, dict[str, Any]] = {}

    def made(self) -> dict[str, Any]:
        for run in self.story.runs:
            self.run(run)
        for done in self.story.steps:
            self.step(done)
        base = f"urn:lineage:{quote(self.story.name, safe='')}:"
        prefixes = {_PREFIX: base, "xsd": "http://www.w3.org/2001/XMLSchema#"}
        return {"prefix": prefixes, **self.things}

    def add(self, kind: str, name: str, content: dict[str, Any]) -> str:
        self.things.setdefault(kind, {})[name] = {key: value for key, value in content.items() if value is not None}
        return name

    def relate(self, kind: str, **ends: str | None) -> None:
        found = self.things.setdefault(kind, {})
        content = {f"prov:{end}": name for end, name in ends.items() if name is not None}
        found[f"_:{kind}{len(found) + 1}"] = content

    def run(self, run: PipelineRun) -> str:
        name = _name("run", str(run.id))
        words = [f"{key}={hidden(key, str(value))}" for key, value in run.selection.items()]
        told: dict[str, Any] = {
            "prov:label": " ".join(["doit", *words]),
            "prov:type": "doit",
            f"{_PREFIX}:status": run.status,
        }
        told |= {f"{_PREFIX}:uuid": run_uuid(run, self.story.project), f"{_PREFIX}:gitCommit": run.git_commit}
        self.add("activity", name, _times(run.started, run.ended) | told)
        self.relate("wasAssociatedWith", activity=name, agent=self.agent(run.user))
        return name

    def agent(self, user: str) -> str:
        return self.add("agent", _name("user", user), {"prov:type": "prov:Person", "prov:label": user})

    def step(self, done: Done) -> None:
        step = done.step
        name = _name("step-run", str(step.id))
        ended = step.started + step.seconds if step.status != "running" else None
        when = _elsewhere(done.made) if done.made else _times(step.started, ended)
        told = {"prov:label": step.task, "prov:type": "step", f"{_PREFIX}:status": step.status}
        given = {f"{_PREFIX}:parameter.{quote(key, safe='')}": value for key, value in done.parameters.items()}
        self.add("activity", name, when | told | given)
        self.relate("wasAssociatedWith", activity=name, agent=self.agent(done.user), plan=self.plan(done))
        if not done.made:
            self.relate("wasStartedBy", activity=name, starter=self.starter(done.run))
        for slot, version in done.inputs.items():
            self.relate("used", activity=name, entity=self.version(version), role=slot)
        for slot, version in done.outputs.items():
            self.relate("wasGeneratedBy", activity=name, entity=self.version(version), role=slot)

    def starter(self, run: PipelineRun) -> str:
        """Return the run in which a step was executed; it is not told yet if another run was given the result."""
        name = _name("run", str(run.id))
        return name if name in self.things["activity"] else self.run(run)

    def plan(self, done: Done) -> str:
        step = done.step
        code = next((part for part in step.code if part.name == f"{step.module}:{step.step}"), None)
        place = f"{code.file}:{code.line}" if code is not None else None
        name = _name("code", f"{step.module}.{step.step}@{code.digest[:12] if code is not None else ''}")
        told = {
            "prov:label": f"{step.module}:{step.step}",
            "prov:type": "prov:Plan",
            f"{_PREFIX}:doc": step.doc or None,
        }
        return self.add("entity", name, told | {"prov:location": place})

    def version(self, version: ArtifactVersion) -> str:
        told: dict[str, Any] = {"prov:label": str(version), f"{_PREFIX}:artifact": version.name}
        told |= {f"{_PREFIX}:version": version.version, f"{_PREFIX}:digest": version.digest}
        told |= {f"{_PREFIX}:bytes": version.size, "prov:type": version.type}
        return self.add("entity", _name("artifact", str(version)), told)


def _name(kind: str, rest: str) -> str:
    return f"{_PREFIX}:{kind}/{quote(rest, safe='/@.-_')}"


def _elsewhere(made: dict[str, Any]) -> dict[str, Any]:
    """Return where and from what somebody else has executed a step; when exactly is not in what they share."""
    return {f"{_PREFIX}:host": made.get("host"), f"{_PREFIX}:gitCommit": made.get("commit")}


def _times(started: float, ended: float | None) -> dict[str, Any]:
    return {"prov:startTime": moment(started), "prov:endTime": moment(ended) if ended is not None else None}
