"""What is reported of a command that came to no run: a dodo.py that raises, a name that means nothing, nothing to do.

Without it the report of an earlier run would stand in its place, and look like this one's.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

from lineage.report.markup import fenced, plain, xml_text

__all__ = ["UNBEGUN"]


def _junit(project: str, told: str, failed: bool) -> bytes:
    root = ET.Element("testsuites", name=xml_text(project))
    suite = ET.SubElement(root, "testsuite", name="doit")
    for element in (root, suite):
        for name, count in (("tests", failed), ("failures", 0), ("errors", failed), ("skipped", 0)):
            element.set(name, str(int(count)))
    if failed:
        case = ET.SubElement(suite, "testcase", classname="doit", name="before any step", time="0.000")
        found = ET.SubElement(case, "error", message=xml_text(_told(told)), type="doit")
        found.text = xml_text(told)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _markdown(project: str, told: str, failed: bool) -> bytes:
    mark, more = ("✕", f"\n\n{fenced(told)}") if failed else ("✓", "")
    text = f"### {mark} {plain(project)}: nothing ran\n\n{plain(_told(told))}{more}\n"
    return text.encode("utf-8", "replace")


def _told(error: str) -> str:
    """Return the line of an error that says most: the first, or of a traceback the last."""
    lines = error.strip().splitlines() or ["it failed"]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


#: The formats that can say it, and how.
UNBEGUN: dict[str, Callable[[str, str, bool], bytes]] = {"junit": _junit, "markdown": _markdown}
