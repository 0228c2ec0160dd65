"""What looks at the pages passes nothing over, and holds the shapes of JSON as they are (tests/printed.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
from printed import differences, output, shapes


@pytest.mark.parametrize(
    "text",
    [
        "```\nrun 1: 3 run\n```",
        "```text\nrun 1: 3 run\n```",
        "```bash\n$ doit\nrun 1: 3 run\n```",
        "- so:\n  ```\n  doit\n  run 1: 3 run\n  ```",
        "```python\n>>> 1\n1\n```",
        'It prints `{"id", "runs": [{"id"}]}`.',
        '```json\n{"id": 1}\n```',
    ],
)
def test_a_new_block_is_noticed(text: str, tmp_path: Path) -> None:
    """Whatever it calls itself, and wherever it stands."""
    page = tmp_path / "new.md"
    page.write_text(f"# New\n\n{text}\n\n```\ndoit   runs it\n```\n")
    assert len([*output(str(page)), *shapes(str(page))]) == 1


def test_another_kind_of_block_is_refused(tmp_path: Path) -> None:
    """Blocks are written in one way, so that none is passed over."""
    page = tmp_path / "new.md"
    for text in ("~~~\n$ doit\n~~~\n", "So:\n\n    $ doit\n"):
        page.write_text(text)
        with pytest.raises(AssertionError, match="not understood"):
            output(str(page))


def test_a_shape_is_held_key_by_key() -> None:
    """A key too many, too few, another value or number of items is told; seconds may differ, and what `...` is."""
    shown = {"id": 1, "seconds": 0.1, "accuracy": 0.9583, "steps": [{"task": "a"}, "..."], "git": "..."}
    given = {"id": 1, "seconds": 7.5, "accuracy": 0.95833, "steps": [{"task": "a"}, {"task": "b"}], "git": {"x": 1}}
    assert list(differences(shown, given)) == []
    for change in (
        {"id": 2},
        {"seconds": "no"},
        {"accuracy": 0.9},
        {"steps": []},
        {"steps": [{"task": "b"}]},
        {"new": 1},
    ):
        assert len(list(differences(shown, given | change))) == 1, change
    assert len(list(differences(shown, {key: given[key] for key in given if key != "git"}))) == 1
