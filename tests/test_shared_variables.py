"""Results of steps that read environment variables, shared: by everybody where none is set, else by who has the key."""

from __future__ import annotations

import pytest
from projects import Project
from sharing import ALL, CACHED, Shared


def reading(project: Project, *, declared: bool) -> None:
    """Let the evaluator read a variable, by a name that its code has or by one that it computes."""
    name = '"MODE"' if declared else '"".join(["MO", "DE"])'
    project.edit("model.py", "return weight / 2", f"import os\n    return weight / float(os.environ.get({name}, 2))")


@pytest.mark.parametrize("declared", [True, False])
def test_a_variable_that_is_not_set_needs_no_key(shared: Shared, declared: bool) -> None:
    """What was made where it is not set is given back everywhere where it is not; setting it is another matter."""
    reading(shared.project, declared=declared)
    shared.project.doit()
    other = shared.checkout("other")
    done = other.doit()
    assert other.statuses() == CACHED
    assert "LINEAGE_KEY" not in done.stderr
    other.doit(env={"MODE": "4"})
    assert other.executed()[-1:] == ["evaluator"]


def test_a_variable_that_is_set_needs_one(shared: Shared) -> None:
    """Without a key in common the step runs, and it is said why and what to do; with one it does not."""
    reading(shared.project, declared=True)
    done = shared.project.doit(env={"MODE": "4"})
    assert "models:evaluator reads MODE, which is set here" in done.stderr
    assert "LINEAGE_KEY" in done.stderr
    assert shared.project.doit(env={"MODE": "4"}).stderr == ""
    other = shared.checkout("other")
    other.doit(env={"MODE": "4"})
    assert other.executed()[-1:] == ["evaluator"]
    key = {"MODE": "4", "LINEAGE_KEY": "ours"}
    assert "LINEAGE_KEY" not in shared.project.doit(env=key).stderr
    third = shared.checkout("third")
    third.doit(env=key)
    assert third.statuses() == dict.fromkeys(ALL, "cached")
