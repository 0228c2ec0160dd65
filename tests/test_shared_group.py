"""A folder that a group shares: what one puts there the others can use, whatever their umasks say."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import Project, expect
from sharing import ALL, CACHED, MODELS

from lineage.share.cache import action
from lineage.stores.folder import FolderStore
from lineage.stores.gate import closed_gate, opened_gate
from lineage.stores.mount import MountedFolder

UMASKS = pytest.mark.parametrize("umask", [0o022, 0o077], ids=["umask 022", "umask 077"])


@pytest.fixture
def group(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    folder.mkdir()
    folder.chmod(0o2775)
    return folder


@pytest.fixture
def masked(umask: int) -> Iterator[None]:
    before = os.umask(umask)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Return what each file and folder allows, without what is this process's own and goes with it."""
    found = (path for path in folder.rglob("*") if not path.name.endswith(".lock"))
    return {str(path.relative_to(folder)): stat.filemode(path.stat().st_mode)[1:] for path in found}


@UMASKS
def test_objects_are_for_all(group: Path, tmp_path: Path, masked: None) -> None:
    """Their folders take new ones of the others; a file and a stored folder can be read, and written by nobody."""
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "inner" / "run").write_text("#!/bin/sh\n")
    (tree / "inner" / "run").chmod(0o700)
    store = FolderStore(str(group / "objects"))
    file, folder = store.put([b"one"]), store.put_tree(str(tree), move=False)
    os.close(opened_gate(str(group / "objects")))
    found = modes(group)
    for each in (file.hash, folder.hash):
        assert found[f"objects/{each[:2]}"] == "rwxrwsr-x"
    assert found[f"objects/{file.hash[:2]}/{file.hash}"] == "r--r--r--"
    assert found[f"objects/{folder.hash[:2]}/{folder.hash}/inner/run"] == "r-xr-xr-x"
    assert found["objects/tmp"] == "rwxrwsr-x"
    assert found["objects/gate"] == "rw-rw-r--"


@UMASKS
def test_records_are_for_all(group: Path, masked: None) -> None:
    """Others read what one has put into a cache, and put theirs beside it."""
    MountedFolder(str(group / "cache")).put(action("open", "ab" * 16), b"{}")
    assert set(modes(group).values()) == {"rwxrwsr-x", "rw-rw-r--"}


@pytest.mark.parametrize("umask", [0o077])
def test_what_nobody_shares_stays_closed(tmp_path: Path, masked: None) -> None:
    """A folder without the setgid bit says nothing of others: then the umask does."""
    (tmp_path / "own").mkdir(0o755)
    MountedFolder(str(tmp_path / "own")).put("v1/x.json", b"{}")
    assert modes(tmp_path / "own") == {"v1": "rwx------", "v1/x.json": "rw-------"}


def test_a_gate_that_another_user_keeps_for_himself_is_a_lock_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock needs no right to write."""
    os.close(opened_gate(str(tmp_path)))
    real = os.open

    def refusing(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & os.O_RDWR and str(path).endswith("gate"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refusing)
    os.close(closed_gate(str(tmp_path)))


@pytest.mark.parametrize("umask", ["022", "077"])
@pytest.mark.parametrize("store", ["artifacts", "cache"])
def test_two_users_build_in_one_folder(
    project: Callable[[Any], Project], nobody: Project, umask: str, store: str
) -> None:
    """The first one's umask is not known to the second, who is given what can be shared and makes the rest."""
    team = nobody.path.parent / "team"
    settings = f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\n{store} = "{team}/{store}"\n'
    nobody.write({**MODELS, "pyproject.toml": settings})  # and all that is there so far is his
    team.mkdir()
    shutil.chown(team, group=65534)
    team.chmod(0o2775)
    first = project({**MODELS, "pyproject.toml": settings})
    expect(0, first.command("sh", "-c", f"umask {umask}; doit"))
    done = nobody.doit()
    assert "warning" not in done.printed
    assert nobody.statuses() == (dict.fromkeys(ALL, "run") if store == "artifacts" else CACHED)
    assert nobody.lineage("fsck").code == 0
    done = nobody.doit("scale=3.0")  # what nobody has put there yet
    assert "warning" not in done.printed
    expect(0, first.command("sh", "-c", f"umask {umask}; doit scale=4.0"))


def test_who_is_refused_in_it_is_not_told_to_take_it_over(nobody: Project) -> None:
    """Somebody has closed it: to take it over would close it to all others."""
    team = nobody.path.parent / "team"
    settings = f'[tool.lineage]\nstack = "team"\n[tool.lineage.stacks.team]\nartifacts = "{team}"\n'
    nobody.write({**MODELS, "pyproject.toml": settings})
    team.mkdir()
    team.chmod(0o2755)
    done = nobody.doit(code=2)
    assert "the group that shares it may not write there" in done.printed
    assert f"chmod -R g+rwX {team}" in done.printed
    assert "chown" not in done.printed
