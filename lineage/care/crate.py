"""A run as a Workflow Run RO-Crate: the profiles Process, Workflow and Provenance Run Crate 0.5.

(https://www.researchobject.org/workflow-run-crate/profiles/) The workflow is dodo.py, each step function a tool, each
task a step of the workflow, each execution an action with what it took and gave. Artifacts are described, and their
bytes are in the crate if that was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from lineage.care.story import PRODUCER, Done, Story, hidden, moment, our_version, run_uuid, step_uuid
from lineage.errors.secrets import redacted
from lineage.model.history import ArtifactVersion

__all__ = ["METADATA", "WORKFLOW", "Crate", "crate"]

METADATA, WORKFLOW = "ro-crate-metadata.json", "dodo.py"
_PROFILES = ("process", "workflow", "provenance")
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
_DONE, _FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"

Entity = dict[str, Any]


class Crate:
    """The metadata of a crate, and the files that are in it: their names there, and where they are now."""

    __slots__ = ("files", "metadata")

    def __init__(self, metadata: Entity, files: dict[str, str]) -> None:
        self.metadata = metadata
        self.files = files


def crate(story: Story, published: float, licence: str | None, *, data: bool) -> Crate:
    """Describe one run.

    Parameters
    ----------
    story : Story
        A story of one run.
    published : float
        The moment of the export, unix seconds.
    licence : str, optional
        What the project says of its licence.
    data : bool
        Whether the bytes of artifacts are part of the crate: of those that are still in the store.
    """
    made = _Crate(story, data=data)
    return Crate({"@context": _CONTEXT, "@graph": made.graph(published, licence)}, made.files)


def _to(name: str) -> dict[str, str]:
    return {"@id": name}


def _all(names: Iterable[str]) -> Any:
    """Return references, each once; a single one without a list around it, as the specification advises."""
    listed = [_to(name) for name in dict.fromkeys(names)]
    return listed[0] if len(listed) == 1 else listed


def _id(kind: str, *words: str) -> str:
    return f"#{kind}/{'/'.join(quote(word, safe='@.-_') for word in words)}"


class _Crate:
    def __init__(self, story: Story, *, data: bool) -> None:
        self.story = story
        self.run = story.runs[0]
        self.data = data
        self.files = {WORKFLOW: os.path.join(story.project, WORKFLOW)}
        self.entities: dict[str, Entity] = {}
        self.actions: list[str] = []
        #: The parameters that each version was given to or came out of.
        self.works: dict[str, list[str]] = {}
        if data:
            versions = (version for done in story.steps for version in (*done.inputs.values(), *done.outputs.values()))
            story.fetch(versions)

    def add(self, identity: str, kind: str | list[str], /, **fields: Any) -> str:
        told = {key: value for key, value in fields.items() if value not in (None, "", [])}
        self.entities.setdefault(identity, {"@id": identity, "@type": kind, **told})
        return identity

    # -- the whole ---------------------------------------------------------------------------------------------------

    def graph(self, published: float, licence: str | None) -> list[Entity]:
        action = self._action_of_run()
        self._workflow()
        profiles = [self._profile(name) for name in _PROFILES]
        profiles.append(self.add(_WORKFLOW_CRATE, "CreativeWork", name="Workflow RO-Crate", version="1.0"))
        about: Entity = {"@id": METADATA, "@type": "CreativeWork", "about": _to("./")}
        about["conformsTo"] = _all(["https://w3id.org/ro/crate/1.1", _WORKFLOW_CRATE])
        root: Entity = {"@id": "./", "@type": "Dataset", "name": f"Run {self.run.id} of {self.story.name}"}
        root["description"] = f"What `{self._command()}` made of {self.story.name}, from what, and with which code."
        root |= {"datePublished": moment(published), "license": self._licence(licence), "conformsTo": _all(profiles)}
        root |= {
            "mainEntity": _to(WORKFLOW),
            "hasPart": _all(list(self.files)),
            "mentions": _all([action, *self.actions]),
        }
        return [about, root, *self.entities.values()]

    def _command(self) -> str:
        words = [f"{name}={hidden(name, str(value))}" for name, value in self.run.selection.items()]
        return " ".join(["doit", *words])

    def _licence(self, licence: str | None) -> dict[str, str]:
        if licence and "/" not in licence and " " not in licence:
            return _to(self.add(f"https://spdx.org/licenses/{licence}", "CreativeWork", name=licence))
        told = licence or "No licence is stated."
        return _to(self.add("#licence", "CreativeWork", name=told, description=told))

    def _profile(self, name: str) -> str:
        title = f"{name.capitalize()} Run Crate"
        return self.add(f"https://w3id.org/ro/wfrun/{name}/0.5", "CreativeWork", name=title, version="0.5")

    # -- the workflow --------------------------------------------------------------------------------------------------

    def _workflow(self) -> None:
        language = self.add(
            "#python", "ComputerLanguage", name="Python", url="https://www.python.org/", version=self._python()
        )
        tools = [self._tool(done) for done in self.story.steps]
        steps = [self._step(done) for done in self.story.steps]
        given = [self._parameter(done, name) for done in self.story.steps for name in done.parameters]
        made = [self._parameter(done, name) for done in self.story.steps for name in done.outputs]
        self.add(
            WORKFLOW,
            ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            name=f"The pipelines of {self.story.name}",
            description="dodo.py as it was when the crate was written",
            conformsTo=_to(self.add(_WORKFLOW, "CreativeWork", name="ComputationalWorkflow", version="1.0-RELEASE")),
            encodingFormat="text/x-python",
            programmingLanguage=_to(language),
            step=_all(steps),
            hasPart=_all(tools),
            input=_all(given),
            output=_all(made),
            version=self.run.git_commit,
        )

    def _python(self) -> str | None:
        environment = self.run.environment
        return str(environment["python"]) if environment else None

    def _tool(self, done: Done) -> str:
        step = done.step
        name = f"{step.module}.{step.step}"
        taken = [self._parameter(done, slot) for slot in (*done.inputs, *done.parameters)]
        made = [self._parameter(done, slot) for slot in done.outputs]
        told = {"description": step.doc or name, "input": _all(taken), "output": _all(made)}
        return self.add(_id("tool", name), "SoftwareApplication", name=step.step, softwareVersion=_code(done), **told)

    def _step(self, done: Done) -> str:
        tool, position = _to(self._tool(done)), str(done.step.position)
        return self.add(
            _id("step", done.step.task), "HowToStep", name=done.step.task, position=position, workExample=tool
        )

    def _parameter(self, done: Done, name: str) -> str:
        kind = "Text" if name in done.parameters else "File"
        return self.add(
            _id("parameter", done.step.task, name),
            "FormalParameter",
            name=name,
            additionalType=kind,
            conformsTo=_to(self.add(_PARAMETER, "CreativeWork", name="FormalParameter", version="1.0-RELEASE")),
        )

    # -- what was done -------------------------------------------------------------------------------------------------

    def _action_of_run(self) -> str:
        run, steps = self.run, self.story.steps
        actions = self.actions = [self._action(done) for done in steps]
        made = [self._version(done, slot) for done in steps for slot in done.outputs]
        given = [self._value(done, slot) for done in steps for slot in done.parameters]
        files = [
            self._version(done, slot) for done in steps for slot, each in done.inputs.items() if not each.is_stored
        ]
        me = self.add(
            _id("run", run_uuid(run, self.story.project)),
            "CreateAction",
            name=f"Run {run.id}: {self._command()}",
            description=f"`{self._command()}`, which ended as {run.status}",
            instrument=_to(WORKFLOW),
            object=_all([*given, *files]),
            result=_all(made),
            **self._circumstances(run.user, run.started, run.ended, failed=run.status != "ok"),
        )
        self._organized(me, steps, actions)
        return me

    def _organized(self, action: str, steps: list[Done], actions: list[str]) -> None:
        """Tell which engine has carried out which step of the workflow by which action."""
        engine = self.add(
            "#engine", "SoftwareApplication", name="doit-lineage", url=PRODUCER, softwareVersion=our_version()
        )
        controls = [
            self.add(
                _id("control", step_uuid(done.step, self.story.project)),
                "ControlAction",
                name=f"The execution of {done.step.task}",
                instrument=_to(self._step(done)),
                object=_to(made),
            )
            for done, made in zip(steps, actions, strict=True)
        ]
        self.add(
            _id("organize", run_uuid(self.run, self.story.project)),
            "OrganizeAction",
            name=f"The execution of run {self.run.id}",
            instrument=_to(engine),
            object=_all(controls),
            result=_to(action),
            **self._circumstances(self.run.user, self.run.started, self.run.ended, failed=self.run.status != "ok"),
        )

    def _action(self, done: Done) -> str:
        step = done.step
        taken = [self._version(done, slot) for slot in done.inputs]
        taken += [self._value(done, slot) for slot in done.parameters]
        error = redacted(str(step.error.get("message", ""))) if step.error else None
        return self.add(
            _id("action", step_uuid(step, self.story.project)),
            "CreateAction",
            name=f"{step.task} in run {step.run_id}",
            description=f"{step.step} was executed as {step.task}{_how(done)}",
            instrument=_to(self._tool(done)),
            object=_all(taken),
            result=_all([self._version(done, slot) for slot in done.outputs]),
            error=error,
            **self._circumstances(done.user, *_when(done), failed=step.status == "failed"),
        )

    def _circumstances(self, user: str, started: float | None, ended: float | None, *, failed: bool) -> Entity:
        who = user or "unknown"
        told: Entity = {"agent": _to(self.add(_id("user", who), "Person", name=who))}
        told |= {"startTime": moment(started)} if started is not None else {}
        told |= {"endTime": moment(ended)} if ended is not None else {}
        return told | {"actionStatus": _FAILED if failed else _DONE}

    def _value(self, done: Done, name: str) -> str:
        """Return a literal parameter."""
        return self.add(
            _id("value", step_uuid(done.step, self.story.project), name),
            "PropertyValue",
            name=name,
            value=done.parameters[name] or "''",
            exampleOfWork=_to(self._parameter(done, name)),
        )

    def _version(self, done: Done, slot: str) -> str:
        """Return a version: a file of the crate, or what is known of it."""
        version = {**done.inputs, **done.outputs}[slot]
        name, kind = self._place(version)
        known = self.add(
            name,
            kind,
            name=str(version),
            description=f"version {version.version} of {version.name}",
            identifier=version.digest,
            contentSize=str(version.size) if version.size is not None else None,
            encodingFormat=(guess_type(name)[0] or "application/octet-stream") if kind == "File" else None,
        )
        works = self.works.setdefault(known, [])
        works.append(self._parameter(done, slot))
        self.entities[known]["exampleOfWork"] = _all(works)
        return known

    def _place(self, version: ArtifactVersion) -> tuple[str, str]:
        """Return the name of a version in the crate and what it is there."""
        path = version.path if self._has(version) else ""
        if not path or not os.path.isfile(path):
            return _id("artifact", *str(version).split("/")), "CreativeWork"
        from lineage.formats.registry import by_name

        extension = by_name(version.format).extension if version.is_stored else ""
        name = quote(f"artifacts/{version.name.replace(':', '/')}@{version.version}{extension}", safe="/@.-_")
        self.files[name] = path
        return name, "File"

    def _has(self, version: ArtifactVersion) -> bool:
        """Whether the bytes are wanted, and there are such as were recorded."""
        return self.data and self.story.has_bytes(version)


def _how(done: Done) -> str:
    """Return what is told of an execution; that of somebody else was found in a shared cache."""
    if not done.made:
        return f", in {done.step.seconds:.1f} s"
    return f" on {done.made.get('host') or 'another machine'}, and given by a shared cache"


def _when(done: Done) -> tuple[float | None, float | None]:
    """Return when a step began and ended; what is shared does not say it."""
    return (None, None) if done.made else (done.step.started, done.step.started + done.step.seconds)


def _code(done: Done) -> str | None:
    """Return the beginning of the digest of a step's code."""
    return next((entry.digest[:12] for entry in done.step.manifest if entry.kind == "code"), None)
