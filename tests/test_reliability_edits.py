"""People edit what lineage has made: whatever they do, as root or not, nothing uses it before it is whole again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from faults import FULL, Fault
from projects import WORDS, Project

#: Ways of editing a file: Python that is executed with `path`, as the user of the project.
EDITS = {
    "open for writing": "open(path, 'w').write('mine now')",
    "open for appending": "open(path, 'ab').write(b' mine now')",
    "open for updating": "open(path, 'r+').write('mine')",
    "truncate": "os.truncate(path, 3)",
    "copy over it": "shutil.copyfile('other', path)",
    "write and rename (vim)": "open('new', 'w').write('mine now'); os.replace('new', path)",
    "sed -i": "subprocess.run(['sed', '-i', 's/be/bee/', path], check=True)",
    "remove and write": "os.unlink(path); open(path, 'w').write('mine now')",
    "cp -f": "subprocess.run(['cp', '-f', 'other', path], check=True)",
    "chmod u+w and write": "os.chmod(path, 0o644); open(path, 'w').write('mine now')",
    "touch": "os.utime(path)",
}
EDITING = "import os, shutil, subprocess, sys\npath = sys.argv[1]\n"
SENTENCE = "to be or not to be"
LOADING = """
import lineage
try:
    print(lineage.load("words/sentence"))
except lineage.StoreError as error:
    print("!", error)
"""


@pytest.mark.fault(name="edits")
@pytest.mark.parametrize("user", ["root", "another"])
def test_editing_a_readable_path(request: pytest.FixtureRequest, tmp_path: Path, user: str, fault: Fault) -> None:
    """`load` gives the value or says what is wrong, and a step that takes the artifact takes what was made."""
    project = Project(tmp_path / "project") if user == "root" else request.getfixturevalue("nobody")
    project.write({**WORDS, "other": "mine now"}).doit()
    project.stored("words/sentence")
    refused = damaged = 0
    tried = list(EDITS.items())[:: 1 if FULL else 3]
    for turn, (name, edit) in enumerate(tried):
        path = str(project.artifact("words/sentence").relative_to(project.path))
        refused += project.command(sys.executable, "-c", EDITING + edit, path).code != 0
        loaded = project.python(LOADING)
        assert loaded == SENTENCE or (loaded.startswith("! ") and "fix:" in loaded), name
        damaged += loaded != SENTENCE
        before = "len(split(sentence))" + f" + {turn} - {turn}" * (turn > 0)
        project.edit("tasks/words.py", before, f"len(split(sentence)) + {turn + 1} - {turn + 1}")
        assert project.rerun()["counter"] == "run", name
        assert project.artifact("words/total").read_text() == "6\n", name
        assert project.artifact("words/sentence").read_text() == SENTENCE, name
        assert project.lineage("fsck").code == 0, name
    fault.count(edits=len(tried), refused=refused, damaged=damaged)
