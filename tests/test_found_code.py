"""Code and packages that a step finds while it runs: plugins, optional packages, classes that settings name."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import Project

DODO = """\
from lineage import pipeline
from steps import other, found


@pipeline
def p():
    a = other()
    b = found()
"""
STEPS = """\
{imports}
from lineage import step


@step
def other() -> int:
    return 1


@step
def found() -> object:
    {body}
"""


class Site:
    """A project beside a folder of installed packages."""

    def __init__(self, path: Path) -> None:
        self.project = Project(path / "project")
        self.folder = path / "packages"
        self.folder.mkdir()
        self.project.environment["PYTHONPATH"] = str(self.folder)

    def install(self, name: str, version: str, files: dict[str, str], entry_points: str = "") -> None:
        """Install a distribution, in the place of its other versions."""
        for old in self.folder.glob(f"{name}-*.dist-info"):
            for path in old.iterdir():
                path.unlink()
            old.rmdir()
        for path, text in files.items():
            (self.folder / path).write_text(text)
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))
        if entry_points:
            (info / "entry_points.txt").write_text(entry_points)

    def start(self, body: str, imports: str = "", files: dict[str, str] | None = None) -> None:
        """Write the project and run it."""
        self.project.write({"dodo.py": DODO, "steps.py": STEPS.format(imports=imports, body=body), **(files or {})})
        self.project.doit()
        assert self.project.rerun() == {"other": "cached", "found": "cached"}

    def is_found_out(self) -> bool:
        """Whether the one step runs again, and the other does not."""
        return self.project.rerun() == {"other": "cached", "found": "run"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A project without installed packages."""
    return Site(tmp_path)


def test_an_optional_package_that_is_installed_later_counts(site: Site) -> None:
    """Where only whether it is there is asked."""
    site.start("return HAS", "try:\n    import fastlib\n    HAS = True\nexcept ImportError:\n    HAS = False")
    site.install("fastlib", "1.0", {"fastlib.py": ""})
    assert "package fastlib: not installed became 1.0" in site.project.lineage("why", "found").stdout
    assert site.is_found_out()


def test_an_optional_module_that_appears_counts(site: Site) -> None:
    """A module of the project as a package; the reason names the statement that finds it."""
    site.start("return HAS", "try:\n    import extra\n    HAS = True\nexcept ImportError:\n    HAS = False")
    site.project.write({"extra.py": "X = 1\n"})
    assert "extra, HAS" in site.project.lineage("why", "found").stdout
    assert site.is_found_out()
    site.project.write({"extra.py": "X = 2\n"})
    assert set(site.project.rerun().values()) == {"cached"}


def test_a_version_that_is_asked_for_counts(site: Site) -> None:
    """By the name of the distribution, which may have no module at all."""
    site.install("plain", "1.0", {})
    site.start('return version("plain")', "from importlib.metadata import version")
    site.install("plain", "1.1", {})
    assert site.is_found_out()


def test_packages_that_provide_entry_points_count_by_their_group(site: Site) -> None:
    """A new version, and a new package; not what provides those of other groups."""
    site.install("plug", "1.0", {"plug.py": "def f():\n    return 1\n"}, "[mine.plugins]\none = plug:f\n")
    body = 'return [each.load()() for each in entry_points(group="mine.plugins")]'
    site.start(body, "from importlib.metadata import entry_points")
    site.install("plug", "1.1", {"plug.py": "def f():\n    return 2\n"}, "[mine.plugins]\none = plug:f\n")
    assert site.is_found_out()
    site.install("theirs", "1.0", {"theirs.py": ""}, "[their.plugins]\none = theirs:f\n")
    assert set(site.project.rerun().values()) == {"cached"}
    site.install("more", "1.0", {"more.py": "def f():\n    return 3\n"}, "[mine.plugins]\nmore = more:f\n")
    assert site.is_found_out()


def test_a_plugin_in_the_project_counts(site: Site) -> None:
    """An entry point may lead to the project's own module, which imports others."""
    site.install("mine", "1.0", {}, "[mine.plugins]\none = plugs:f\n")
    body = 'return [each.load()() for each in entry_points(group="mine.plugins")]'
    files = {"plugs.py": "from parts import g\n\ndef f():\n    return g()\n", "parts.py": "def g():\n    return 1\n"}
    site.start(body, "from importlib.metadata import entry_points", files)
    site.project.edit("parts.py", "return 1", "return 2")
    assert "parts.py" in site.project.lineage("why", "found").stdout
    assert site.is_found_out()


def test_a_class_that_settings_name_and_a_library_imports_counts(site: Site) -> None:
    """As `_target_: nets.Net` in a file of settings."""
    library = "import importlib\n\ndef make(path):\n    module, _, name = path.rpartition('.')\n"
    library += "    return getattr(importlib.import_module(module), name)()\n"
    site.install("maker", "1.0", {"maker.py": library})
    files = {"target.txt": "nets.Net", "nets.py": "class Net:\n    def run(self):\n        return 1\n"}
    site.start('return make(open("target.txt").read()).run()', "from maker import make", files)
    site.project.edit("nets.py", "return 1", "return 2")
    assert site.is_found_out()


def test_python_that_leaves_out_assertions_counts(site: Site) -> None:
    """``python -O`` computes something else, and taking it away gives the old results back."""
    site.start("return __debug__")
    assert set(site.project.rerun(env={"PYTHONOPTIMIZE": "1"}).values()) == {"run"}
    assert set(site.project.rerun().values()) == {"cached"}
