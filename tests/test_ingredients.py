"""What a step's result depends on beside its own code: packages, environment variables, the classes of its inputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

FILES = {
    "tasks/__init__.py": "",
    "tasks/models.py": """\
class Mean:
    def __init__(self, values):
        self.values = values

    def predict(self):
        return sum(self.values) / len(self.values)

    def unused(self):
        return 1
""",
    "tasks/steps.py": """\
import os

import fake
from lineage import step
from tasks.models import Mean


@step
def numbers(count: int = 4) -> list:
    return list(range(count))


@step
def model(values: list) -> object:
    return Mean(values)


@step
def predicted(model: object) -> float:
    return model.predict()


@step
def scaled(value: float) -> float:
    return value * fake.FACTOR + float(os.environ.get("SHIFT", "0"))
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.steps import model, numbers, predicted, scaled


@pipeline
def means():
    values = numbers()
    fitted = model(values)
    prediction = predicted(fitted)
    result = scaled(prediction)
""",
    "site-packages/fake.py": "FACTOR = 2\n",
    "site-packages/fake_package-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fake-package\nVersion: 1.0\n",
    "site-packages/fake_package-1.0.dist-info/RECORD": "fake.py,,\n",
}
ALL_CACHED = dict.fromkeys(("numbers", "model", "predicted", "scaled"), "cached")


@pytest.fixture
def means(tmp_path: Path) -> Project:
    """A project whose last step uses an installed package and an environment variable."""
    project = Project(tmp_path / "project").write(FILES)
    project.environment["PYTHONPATH"] = str(tmp_path / "project" / "site-packages")
    project.doit()
    return project


def test_a_package_in_another_version_reruns_those_who_use_it(means: Project) -> None:
    """Only the step whose code refers to the package, and the reason has both versions."""
    old = means.path / "site-packages" / "fake_package-1.0.dist-info"
    old.rename(old.with_name("fake_package-2.0.dist-info"))
    metadata = means.path / "site-packages" / "fake_package-2.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 2.0"))
    assert "package fake-package: 1.0 became 2.0" in means.doit("info", "means:scaled", code=1).stdout
    assert means.rerun() == ALL_CACHED | {"scaled": "run"}
    assert means.rerun() == ALL_CACHED


def test_a_module_without_a_version_counts_by_its_content(means: Project) -> None:
    """A package that no distribution brought, or an editable one, is hashed."""
    folder = means.path / "site-packages" / "fake_package-1.0.dist-info"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert means.rerun() == ALL_CACHED | {"scaled": "run"}
    assert means.rerun() == ALL_CACHED
    (means.path / "site-packages" / "fake.py").write_text("FACTOR = 3\n")
    assert means.rerun() == ALL_CACHED | {"scaled": "run"}


def test_a_variable_that_the_code_names_counts(means: Project) -> None:
    """Set, changed, and back; its value is nowhere to be read."""
    assert means.rerun(env={"SHIFT": "10"}) == ALL_CACHED | {"scaled": "run"}
    assert means.rerun(env={"SHIFT": "31415"}) == ALL_CACHED | {"scaled": "run"}
    assert means.rerun(env={"SHIFT": "10"}) == ALL_CACHED
    assert means.rerun() == ALL_CACHED
    for path in (means.path / ".lineage").rglob("*"):
        assert not path.is_file() or b"31415" not in path.read_bytes() or "objects" in path.parts, path


def test_the_key_is_the_users_own(means: Project) -> None:
    """Nobody else may read it; there is none before a variable counts that is set."""
    assert not (means.path / ".lineage" / "key").exists()
    means.doit(env={"SHIFT": "10"})
    assert (means.path / ".lineage" / "key").stat().st_mode & 0o777 == 0o600


def test_a_class_inside_an_artifact_counts_for_whoever_takes_it(means: Project) -> None:
    """A step that only calls a method of a model reruns when the method changes."""
    means.edit("tasks/models.py", "/ len(self.values)", "/ (len(self.values) + 1)")
    statuses = means.rerun()
    assert statuses["predicted"] == "run"
    assert statuses["numbers"] == "cached"


def test_a_comment_in_the_class_of_an_artifact_does_not_count(means: Project) -> None:
    """Code is compared without layout there too."""
    means.edit("tasks/models.py", "class Mean:", "class Mean:\n    # the mean\n")
    assert means.rerun() == ALL_CACHED


GIVEN = {
    "tasks/scores.py": """\
import os

import fake
from tasks.models import Mean


class Scorer:
    def __init__(self, weight):
        self.weight = weight

    def __call__(self, value):
        return score(value) * self.weight


def score(value):
    return value * fake.FACTOR + float(os.environ.get("SHIFT", "0")) + Mean([1, 3]).predict()
""",
    "tasks/apply.py": """\
from lineage import step


@step
def applied(function, value: float) -> float:
    found = function["of"] if isinstance(function, dict) else function
    return found(value)
""",
}


@pytest.mark.parametrize(
    "given", ["score", "Scorer(2)", "functools.partial(score)", '{"of": score}', "Scorer(2).__call__"]
)
def test_the_code_of_what_is_given_as_an_argument_counts_whole(means: Project, given: str) -> None:
    """A function, an object, one inside another: all that it reaches, its packages and its variables."""
    means.write(
        GIVEN
        | {
            "dodo.py": f"""\
import functools

from lineage import pipeline
from tasks.apply import applied
from tasks.scores import Scorer, score


@pipeline
def given():
    value = applied({given}, 2.0)
"""
        }
    )
    first = means.doit()
    assert first.stderr == ""  # what the code names is no discovery
    assert means.rerun() == {"applied": "cached"}
    means.edit("tasks/models.py", "len(self.values)", "(len(self.values) + 1)")
    why = means.lineage("why", "given:applied").stdout
    assert "tasks.models:Mean (tasks/models.py:1) changed" in why
    assert "an input refers to tasks.scores:" in why
    assert "+        return sum(self.values) / (len(self.values) + 1)" in why
    assert means.rerun() == {"applied": "run"}
    assert means.rerun(env={"SHIFT": "1"}) == {"applied": "run"}
    assert means.rerun() == {"applied": "cached"}
    old = means.path / "site-packages" / "fake_package-1.0.dist-info"
    old.rename(old.with_name("fake_package-2.0.dist-info"))
    metadata = means.path / "site-packages" / "fake_package-2.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 2.0"))
    assert "package fake-package: 1.0 became 2.0" in means.lineage("why", "given:applied").stdout
    assert means.rerun() == {"applied": "run"}
    means.edit("tasks/scores.py", "self.weight = weight", "self.weight = weight  # a comment")
    assert means.rerun() == {"applied": "cached"}


def test_a_package_that_only_an_inputs_class_uses_counts(means: Project) -> None:
    """`predicted` gets an object whose method uses a package that neither names."""
    means.edit("tasks/models.py", "class Mean", "import fake\n\n\nclass Mean")
    means.edit("tasks/models.py", "return sum(self.values)", "return fake.FACTOR * sum(self.values)")
    assert means.rerun()["predicted"] == "run"
    old = means.path / "site-packages" / "fake_package-1.0.dist-info"
    old.rename(old.with_name("fake_package-2.0.dist-info"))
    metadata = means.path / "site-packages" / "fake_package-2.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 2.0"))
    assert means.rerun() == {"numbers": "cached", "model": "run", "predicted": "run", "scaled": "run"}
    assert means.rerun() == ALL_CACHED


DATACLASS = """\
from dataclasses import dataclass

from lineage import pipeline, step


@dataclass
class Model:
    weight: float

    def predict(self):
        return self.weight * 2


def other():
    return 1


@step
def fit() -> Model:
    return Model(2.0)


@step
def score(model: Model) -> float:
    return model.predict()


@step
def third() -> int:
    return other()


@pipeline
def p():
    model = fit()
    result = score(model)
    number = third()
"""


def test_of_a_module_only_what_the_dataclass_of_an_artifact_does_counts(tmp_path: Path) -> None:
    """An object of a dataclass stands for its class, and not for all that its module has beside it."""
    project = Project(tmp_path / "project").write({"dodo.py": DATACLASS})
    project.doit()
    project.edit("dodo.py", "return 1", "return 2")
    assert project.rerun() == {"fit": "cached", "score": "cached", "third": "run"}
    project.edit("dodo.py", "self.weight * 2", "self.weight * 3")
    assert project.rerun()["score"] == "run"
    project.edit("dodo.py", "@dataclass\n", "@dataclass(order=True)\n")
    assert project.rerun()["score"] == "run"
