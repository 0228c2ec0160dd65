"""A status that changes while a picture is looked at: its symbol is drawn over the picture, as if all of it were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pages import Opening, Page
from projects import Project
from test_dash_large import COLOURS, near, recorded

#: Counts how often all of the picture is drawn.
COUNT = """
() => {
  const { canvas } = lineage;
  const draw = canvas.draw.bind(canvas);
  window.draws = 0;
  canvas.draw = (...told) => { window.draws += 1; draw(...told); };
}
"""
FRAMES = """
() => new Promise((done) => {
  let left = 8;
  const next = () => ((left -= 1) ? requestAnimationFrame(next) : done());
  next();
})
"""


@pytest.fixture
def tree(tmp_path: Path) -> Project:
    """A tree of 60 steps with an artifact each."""
    return recorded(tmp_path / "tree", [None, *((number - 1) // 3 for number in range(1, 60))])


def restated(page: Page, project: Project, step: str, status: str) -> None:
    """Change a step's status as a run does, and wait until the page has it."""
    with closing(sqlite3.connect(project.path / ".lineage" / "metadata.sqlite", timeout=30)) as database:
        database.execute(
            "UPDATE step_run SET status = ? WHERE task_id = (SELECT task_id FROM task WHERE name = ?)", (status, step)
        )
        database.commit()
    page.wait(f"lineage.canvas.node('p:{step}').status === '{status}'")


def seen(page: Page) -> Any:
    """Return the picture that is on the screen."""
    from PIL import Image

    page.page.evaluate(FRAMES)
    return Image.open(BytesIO(page.page.locator(".canvas").screenshot())).convert("RGB")


def differing(one: Any, other: Any) -> int:
    """Return how many pixels of two pictures differ so that it can be seen."""
    from PIL import ImageChops

    assert one.size == other.size
    return sum(ImageChops.difference(one, other).convert("L").point(lambda by: by > 24).histogram()[1:])


@pytest.mark.parametrize(("theme", "scale"), [("light", 1.0), ("dark", 1.5)])  # a half of a pixel is left over
@pytest.mark.parametrize("task", ["", "&task=p:s7", "&task=p:s40"], ids=["all bright", "pale", "selected"])
def test_a_status_that_changes_looks_as_if_all_were_drawn(
    tree: Project, opened: Opening, theme: str, scale: float, task: str
) -> None:
    """Nothing but its symbol is drawn, also where that is pale or selected, and no pixel is another one."""
    page = opened(tree, f"?theme={theme}{task}", "--no-plan", scale=scale, width=1601, height=1001)
    page.page.evaluate(COUNT)
    restated(page, tree, "s40", "failed")
    restated(page, tree, "s41", "skipped")
    touched = seen(page)
    assert page.page.evaluate("window.draws") == 0
    if not task:
        assert near(page.colour("p:s40"), COLOURS[theme]["failed"])
    page.page.evaluate("() => lineage.canvas.draw()")
    assert differing(touched, seen(page)) == 0


def test_what_was_touched_moves_with_the_picture(tree: Project, opened: Opening) -> None:
    """Who pulls the picture to the side finds the new colour on its symbol and not where that was."""
    page = opened(tree, "?theme=light", "--no-plan", width=1600, height=1000)
    restated(page, tree, "s40", "failed")
    x, y = page.place("p:s40")
    page.page.mouse.move(x + 60, y + 60)
    page.page.mouse.down()
    page.page.mouse.move(x - 100, y + 120, steps=4)
    page.page.mouse.up()
    page.page.evaluate(FRAMES)
    moved, _ = page.place("p:s40")
    assert moved < x - 100
    assert near(page.colour("p:s40"), COLOURS["light"]["failed"])
    before = seen(page)
    page.page.evaluate("() => lineage.canvas.draw()")
    assert differing(before, seen(page)) == 0
