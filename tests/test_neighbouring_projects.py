"""Several projects with the same names in one bucket, one folder and one schema of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from projects import Project, only

if TYPE_CHECKING:
    from objectstore import S3Server
    from servers import Server

ALL = ("collect", "counter", "report")


def neighbour(project: Project, name: str) -> Project:
    """Return another project with the same pipeline, steps and stores, but with other code."""
    other = Project(project.path.parent / name)
    for path in project.path.rglob("*.py"):
        other.write({str(path.relative_to(project.path)): path.read_text()})
    other.write({"pyproject.toml": project.read("pyproject.toml")})
    other.environment = dict(project.environment)
    return other


def test_same_names_in_one_bucket_and_one_schema(words: Project, postgres: Server, s3: S3Server) -> None:
    """Each is given its own results, shown what it has, and collects nothing of the other's; one run is no reason."""
    pytest.importorskip("psycopg")
    stack = f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "{s3.fresh()}"\n'
    words.write({"pyproject.toml": stack})
    words.environment |= {**s3.environment, "LINEAGE_METADATA": postgres.fresh()}
    words.environment["XDG_CONFIG_HOME"] = str(words.path.parent / "config")
    other = neighbour(words, "other")
    other.edit("tasks/words.py", "return len(split(sentence))", "return 10 * len(split(sentence))")
    words.doit()
    assert other.rerun() == {"collect": "cached", "counter": "run", "report": "run"}
    for _ in range(2):
        for project, total in ((words, 6), (other, 60)):
            assert project.rerun() == only("cached", ALL)
            assert project.json("runs")["runs"][-1]["metrics"] == {"total": total}
            assert f"value    {total} " in project.lineage("show", "words/total").stdout
            project.lineage("gc", "--keep-last", "0", "--grace", "0")
            project.executed()
    words.lineage("tag", "words/total", "best")
    other.doit("text=one more")
    other.lineage("gc", "--keep-last", "0", "--grace", "0")
    assert words.rerun() == only("cached", ALL)
    assert other.rerun() == only("cached", ALL)
    assert words.executed() == []
