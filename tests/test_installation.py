"""What the installation of this repository brings into an environment, and what it must leave alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from projects import WORDS, Project, only, swap

Write = Callable[[Mapping[str, str]], Project]

#: The words project with ``tasks`` as a namespace package: no ``__init__.py``, and one step module below a folder.
NAMESPACE = {name: text for name, text in WORDS.items() if name != "tasks/__init__.py"}


@pytest.mark.parametrize("name", ["tasks", "dodo", "benchmarks", "tests", "docs"])
def test_nothing_but_the_package_can_be_imported(project: Write, name: str) -> None:
    """However lineage is installed, the example and the tests beside it are no modules of the environment."""
    code = f"import importlib.util, lineage; print(importlib.util.find_spec({name!r}))"
    assert project({}).python(code) == "None"


def test_a_project_whose_tasks_have_no_init_file(project: Write) -> None:
    """A folder without ``__init__.py`` is a package like any other: its steps run, are cached, and follow helpers."""
    words = project(NAMESPACE)
    assert words.rerun() == only("run", ("collect", "counter", "report"))
    assert words.rerun() == only("cached", ("collect", "counter", "report"))
    words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "e"')
    assert words.rerun() == {"collect": "cached", "counter": "run", "report": "run"}
    assert words.rerun("-n", "2", "-a") == only("run", ("collect", "counter", "report"))
    assert words.python("import lineage; print(lineage.load('words/total'))") == "3"


def test_folders_without_init_files_may_be_nested_and_hold_classes(project: Write) -> None:
    """Relative imports and objects of the project's own classes work in nested folders without ``__init__.py``."""
    files = {
        "tasks/shapes/model.py": "class Model:\n    def __init__(self, size):\n        self.size = size\n",
        "tasks/shapes/train.py": (
            "from lineage import step\nfrom .model import Model\n\n\n"
            "@step\ndef train(size: int) -> Model:\n    return Model(size)\n\n\n"
            "@step\ndef measure(model: Model) -> int:\n    return model.size\n"
        ),
        "dodo.py": (
            "from lineage import pipeline\nfrom tasks.shapes.train import measure, train\n\n\n"
            "@pipeline\ndef shapes(size=3):\n    model = train(size)\n    result = measure(model)\n"
        ),
    }
    shapes = project(files)
    assert shapes.rerun("-n", "2") == only("run", ("train", "measure"))
    assert shapes.rerun() == only("cached", ("train", "measure"))
    changed = swap(files["tasks/shapes/model.py"], "self.size = size", "self.size = 2 * size")
    shapes.write({"tasks/shapes/model.py": changed})
    assert shapes.rerun() == only("run", ("train", "measure"))
    assert shapes.python("import lineage; print(lineage.load('shapes/model').size)") == "6"
