"""A run as JUnit XML, which every CI system reads: a suite a pipeline, a test case a step."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lineage.model.shown import show_duration
from lineage.report.markup import xml_text
from lineage.stack import find_repository

if TYPE_CHECKING:
    from lineage.model.history import StepRun
    from lineage.report.account import Account, PlainTask

__all__ = ["junit", "point"]

_TAIL_LETTERS = 8000
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit(told: Account, project: str) -> bytes:
    """Return the XML.

    Parameters
    ----------
    told : Account
        What the run did.
    project : str
        The project's folder.

    A step that was executed is a test case that passed. One that was not (cached, skipped, not reached) is skipped and
    says why, one that raised has a failure with the user's traceback, and one that was interrupted, or whose process
    is gone, an error.
    """
    root = ET.Element("testsuites", name=xml_text(told.project), time=f"{told.run.seconds:.3f}")
    suites: dict[str, ET.Element] = {}
    for step in told.run.steps.values():
        _step(_suite(root, suites, step.pipeline), step, told, project)
    for task in told.plain:
        _task(_suite(root, suites, "doit"), task)
    if told.is_unexplained:
        case = _case(_suite(root, suites, "doit"), "doit", f"run {told.run.id}", 0.0)
        _add(case, "error", f"run {told.run.id} failed", "run", "What failed is no step of a pipeline: see the log.")
    for suite in suites.values():
        _count(suite, suite)
    _count(root, suites.values())
    del root.attrib["skipped"]  # the schemas know it of suites only
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(root: ET.Element, suites: dict[str, ET.Element], name: str) -> ET.Element:
    if name not in suites:
        suites[name] = ET.SubElement(root, "testsuite", name=xml_text(name))
    return suites[name]


def _case(suite: ET.Element, group: str, name: str, seconds: float) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=xml_text(group), name=xml_text(name), time=f"{seconds:.3f}")


def _add(case: ET.Element, tag: str, message: str, kind: str = "", text: str = "") -> None:
    found = ET.SubElement(case, tag, message=xml_text(message))
    if kind:
        found.set("type", xml_text(kind))
    if text:
        found.text = xml_text(text)


def _step(suite: ET.Element, step: StepRun, told: Account, project: str) -> None:
    case = _case(suite, step.pipeline, step.name, step.seconds if step.status in ("run", "failed") else 0.0)
    if step.status == "failed":
        _failure(case, step, project)
    elif step.status != "run":
        _add(case, "skipped", _why_not(step, told), step.status)
    if step.status in ("run", "failed") and (log := step.log_text()):
        ET.SubElement(case, "system-out").text = xml_text(_tail(log, step.log))


def _failure(case: ET.Element, step: StepRun, project: str) -> None:
    error: dict[str, Any] = step.error or {}
    kind = str(error.get("kind") or next((each["kind"] for each in step.reasons[-1:]), "failed"))
    message = str(error.get("message") or "it did not come to its end")
    file, _, line = str(error.get("place") or "").rpartition(":")
    point(case, (file, int(line)) if file and line.isdigit() else None, project)
    tag = "error" if kind in ("interrupted", "lost") else "failure"
    _add(case, tag, message.splitlines()[0], kind, str(error.get("traceback") or message))


def point(case: ET.Element, place: tuple[str, int] | None, project: str) -> None:
    """Write where a test case failed: a path from the top of the repository, as those who link it take it for one."""
    if place is None:
        return
    top = os.path.realpath(find_repository(project) or project)
    path = os.path.relpath(os.path.realpath(os.path.join(project, place[0])), top)
    if not path.startswith(os.pardir):
        case.set("file", xml_text(path))
        case.set("line", str(place[1]))


def _why_not(step: StepRun, told: Account) -> str:
    if step.status == "cached":
        saved = f", saved {show_duration(step.saved)}" if step.saved > 0.05 else ""
        return f"cached{saved}"
    reasons = "; ".join(reason.text for reason in told.reasons.get(step.task, ()))
    words = {"pending": "not reached", "running": "still running", "skipped": "skipped"}
    return f"{words[step.status]}: {reasons}" if reasons else words[step.status]


def _tail(log: str, name: str | None) -> str:
    if len(log) <= _TAIL_LETTERS:
        return log
    return f"... (all of it: .lineage/{name})\n{log[-_TAIL_LETTERS:]}"


def _task(suite: ET.Element, task: PlainTask) -> None:
    case = _case(suite, "doit", task.name, task.seconds)
    if task.status == "failed":
        first = (task.text.strip().splitlines() or ["it failed"])[0]
        _add(case, "failure", first, "TaskFailed", task.text)
    elif task.status != "run":
        _add(case, "skipped", "up to date" if task.status == "cached" else task.text, task.status)


def _count(element: ET.Element, suites: Iterable[ET.Element]) -> None:
    """Write the counts that readers go by: of one suite, or of all."""
    cases = [case for suite in ([suites] if isinstance(suites, ET.Element) else suites) for case in suite]
    element.set("tests", str(len(cases)))
    for tag, name in _COUNTED.items():
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
