"""A shared cache that answers with errors, of all kinds and to some requests only: no build fails, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from latency import far_away
from projects import Project
from sharing import CACHED, MODELS

if TYPE_CHECKING:
    from objectstore import S3Server

TO = {
    "everything": lambda method, path: True,
    "reads": lambda method, path: method == "GET" and "list-type" not in path,
    "bytes": lambda method, path: method == "GET" and "/cas/" in path,
    "writes": lambda method, path: method == "PUT",
    "records": lambda method, path: method == "PUT" and "/ac/" in path,
}
CASES = [
    ((301, "PermanentRedirect"), "everything", "cannot read"),
    ((400, "ExpiredToken"), "everything", "the credentials have expired"),
    ((400, "ExpiredToken"), "records", "the credentials have expired"),
    ((403, "AccessDenied"), "bytes", "the credentials are missing, wrong"),
    ((404, "NoSuchBucket"), "reads", "there is no such bucket"),
    ((409, "ConditionalRequestConflict"), "writes", "another writer is at it"),
    ((409, "ConditionalRequestConflict"), "records", "another writer is at it"),
    ((429, "TooManyRequests"), "writes", "429 Too Many Requests (TooManyRequests)"),
    ((503, "SlowDown"), "reads", "503 Service Unavailable (SlowDown)"),
    ("cut", "reads", "cannot read"),
    ("cut", "bytes", "cannot read"),
]


@pytest.mark.parametrize(("answer", "to", "told"), CASES)
def test_an_error_is_said_once_and_made_good_later(
    project: Callable[[Any], Project], s3: S3Server, tmp_path: Path, answer: Any, to: str, told: str
) -> None:
    """What it does not give is made here; what it does not take it is given by the next `doit`; no token is shown."""
    made = project(MODELS)
    made.environment |= {**s3.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    made.lineage("trust", "create", "team")
    address = s3.fresh()
    made.doit(env={"LINEAGE_CACHE": address})
    failing = True
    with far_away(address, 0.0, lambda method, path: answer if failing and TO[to](method, path) else None) as far:
        other = clone(made, tmp_path / "clone", far.address)
        done = other.doit()
        assert "score=249750.0" in done.stdout
        assert "evaluator" in other.executed()
        assert told in done.stderr
        assert done.stderr.count("cannot ") + done.stderr.count("refuses to ") == 1
        assert "Debug source" not in done.stderr
        assert "c4nary" not in done.printed
        failing = False
        other.doit()
        third = clone(made, tmp_path / "third", far.address)
        third.doit()
        assert third.statuses() == CACHED
        assert third.executed() == []


def clone(project: Project, path: Path, cache: str) -> Project:
    """Return a checkout in which the evaluator has other code, so that it takes what others have made."""
    other = Project(path).write(MODELS)
    other.edit("model.py", "weight / 2", "weight / 4")
    other.environment = {**project.environment, "LINEAGE_CACHE": cache}
    return other
