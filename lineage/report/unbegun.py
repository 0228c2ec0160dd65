"""What is reported of a command that came to no run: a dodo.py that raises, a name that means nothing, nothing to do.

Without it the report of an earlier run would stand in its place, and look like this one's.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Callable

from lineage.model.traced import headline, last_frame
from lineage.report.junit import point
from lineage.report.markup import fenced, plain, xml_text

__all__ = ["UNBEGUN"]


def _junit(project: str, told: str, failed: bool) -> bytes:
    root = ET.Element("testsuites", name=xml_text(os.path.basename(project)))
    suite = ET.SubElement(root, "testsuite", name="doit")
    for name, count in (("tests", failed), ("failures", 0), ("errors", failed)):
        root.set(name, str(int(count)))
        suite.set(name, str(int(count)))
    suite.set("skipped", "0")
    if failed:
        case = ET.SubElement(suite, "testcase", classname="doit", name="before any step", time="0.000")
        point(case, last_frame(told), project)
        found = ET.SubElement(case, "error", message=xml_text(headline(told)), type="doit")
        found.text = xml_text(told)
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _markdown(project: str, told: str, failed: bool) -> bytes:
    name = os.path.basename(project)
    mark, more = ("✕", f"\n\n{fenced(told)}") if failed else ("✓", "")
    text = f"### {mark} {plain(name)}: nothing ran\n\n{plain(headline(told))}{more}\n"
    return text.encode("utf-8", "replace")


#: The formats that can say it, and how.
UNBEGUN: dict[str, Callable[[str, str, bool], bytes]] = {"junit": _junit, "markdown": _markdown}
