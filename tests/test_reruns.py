"""A test that fails now and then is told by the summary, though it passed when it was tried once more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: Fails in its first attempt, where it prints too.
FLAKY = """\
import pathlib

def test_twice():
    print("said at first")
    tried = pathlib.Path("tried")
    known = tried.exists()
    tried.touch()
    assert known, "the first time"
"""


def test_a_test_that_passes_only_when_it_is_tried_again_is_told_in_full(tmp_path: Path) -> None:
    """The first failure is printed with what the test said, and holds nothing back."""
    (tmp_path / "conftest.py").write_text("from reruns import pytest_terminal_summary\n")
    (tmp_path / "test_flaky.py").write_text(FLAKY)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", tmp_path, "--reruns", "1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 rerun" in done.stdout
    for said in ("FLAKY, at first so: test_flaky.py::test_twice", "AssertionError: the first time", "said at first"):
        assert said in done.stdout
