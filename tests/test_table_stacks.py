"""The promise, row by row, on a team's stacks: a bucket with records on a server, and a bucket as shared cache."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from projects import DOIT, Project, kill, swap, wait_for
from test_table import (
    FIRST,
    FROM_TRAINER,
    HOLDING,
    MARGIN,
    NOTHING,
    ONLY_IMPORTER,
    ONLY_TRAINER,
    TRAINING,
)

if TYPE_CHECKING:
    from objectstore import S3Server
    from servers import Server


@pytest.fixture(params=["bucket and server", "bucket as cache"])
def team(request: pytest.FixtureRequest, digits: Project, tmp_path: Path, s3: S3Server) -> Project:
    """The example with a helper in another module, on a stack; results are signed."""
    digits.write({"tasks/margin.py": MARGIN})
    importing = "from lineage import step\n"
    digits.edit("tasks/digits.py", importing, importing + "from tasks.margin import softness\n")
    digits.edit("tasks/digits.py", TRAINING, "SVC(gamma=gamma, C=softness()).fit(X_train, y_train)")
    digits.environment |= {**s3.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    if request.param == "bucket as cache":
        digits.environment["LINEAGE_CACHE"] = s3.fresh()
    else:
        postgres: Server = request.getfixturevalue("postgres")
        digits.environment |= {"LINEAGE_ARTIFACTS": s3.fresh(), "LINEAGE_METADATA": postgres.fresh()}
    digits.lineage("trust", "create", "team")
    return digits


def checkout(project: Project, name: str) -> Project:
    other = Project(project.path.parent / name)
    leave = shutil.ignore_patterns(".lineage", "artifacts", ".doit.db*", "__pycache__")
    shutil.copytree(project.path, other.path, ignore=leave, dirs_exist_ok=True)
    other.environment = dict(project.environment)
    return other


def test_the_table(team: Project) -> None:
    """Each row as on the default stack; what is damaged or gone here comes from the other store."""
    assert "accuracy=0.9583" in team.doit().stdout
    assert team.statuses() == FIRST
    assert team.rerun() == NOTHING
    assert team.rerun("trainer=tree_trainer") == FROM_TRAINER
    assert team.rerun("trainer=svc_trainer") == NOTHING
    team.edit("tasks/digits.py", "    X, y = load_digits", "    # the whole set\n    X, y = load_digits")
    team.edit("tasks/margin.py", "Return the penalty.", "Say it.")
    assert team.rerun() == NOTHING

    loading = "    X, y = load_digits(return_X_y=True)"
    team.edit("tasks/digits.py", loading, "    digits = load_digits()\n    X, y = digits.data, digits.target")
    assert team.rerun() == ONLY_IMPORTER
    team.edit("tasks/margin.py", "return SOFTNESS", "return 0.5 * SOFTNESS")
    assert team.rerun() == FROM_TRAINER
    team.edit("tasks/margin.py", "return 0.5 * SOFTNESS", "return 1.0 * SOFTNESS")
    assert team.rerun() == ONLY_TRAINER
    team.edit("tasks/margin.py", "SOFTNESS = 1.0", "SOFTNESS = 0.25")
    assert team.rerun() == FROM_TRAINER
    team.edit("tasks/margin.py", "SOFTNESS = 0.25", "SOFTNESS = 1.0")
    assert team.rerun() == NOTHING

    model = team.stored("digits/model")
    whole = model.read_bytes()
    model.chmod(0o644)
    model.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert team.rerun() == NOTHING
    assert team.python("import lineage; print(type(lineage.load('digits/model')).__name__)") == "SVC"
    assert model.read_bytes() == whole
    model.unlink()
    assert team.rerun() == NOTHING
    team.lineage("fetch", "digits/model")
    assert model.read_bytes() == whole

    team.edit("tasks/margin.py", "return 1.0 * SOFTNESS", "raise ValueError('no margin')")
    team.doit("--continue", code=1)
    assert team.statuses() == {"importer": "cached", "trainer": "failed", "evaluator": "skipped"}
    team.edit("tasks/margin.py", "raise ValueError('no margin')", "return 1.0 * SOFTNESS")

    second = checkout(team, "second")
    assert second.rerun() == NOTHING
    assert [path for path in (second.path / ".lineage").glob("objects/??/*") if path.stat().st_size > 1000] == []


def test_kill_9_during_the_trainer_of_the_first_run(team: Project) -> None:
    """What was finished before kill -9 is not lost, and is sent by the run that goes on."""
    whole = team.read("tasks/digits.py")
    held = swap(whole, "from typing import", "import os\nimport time\nfrom typing import")
    training = "    return SVC(gamma=gamma, C=softness()).fit(X_train, y_train)"
    team.write({"hold": "", "tasks/digits.py": swap(held, training, HOLDING + training)})
    child = team.start(*DOIT)
    wait_for(team.path / "reached", child)
    kill(child)
    team.finish(child)
    assert team.status_of_run() == "lost"
    os.remove(team.path / "hold")
    assert team.rerun() == FROM_TRAINER
    second = checkout(team, "second")
    assert second.rerun() == NOTHING
