"""The dashboard in a real browser with much to show: 1,000 symbols, 10,000 steps, 40 outputs of one, long names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import records
from pages import Opening, Page
from projects import Project

from lineage.records.sqlite import SqliteStore

#: The least distance of colours that people tell apart at a glance; of one that is drawn, the most.
NEAR = 12
COLOURS = {
    "light": {"run": (0x1F, 0x5F, 0xBF), "failed": (0xB3, 0x20, 0x2C)},
    "dark": {"run": (0x3B, 0x7D, 0xE0), "failed": (0xD1, 0x3A, 0x46)},
}


def recorded(folder: Path, takes: list[int | None], *, failed: int | None = None) -> Project:
    """Return a project with one recorded run: step `i` takes what step ``takes[i]`` gave; `failed` fails.

    What the recorder would write, without ten thousand executions.
    """
    project = Project(folder)
    store = SqliteStore(str(folder / ".lineage" / "metadata.sqlite"))
    run = store.begin_run(records.started())
    for number, taken in enumerate(takes):
        upstream = [] if taken is None else [f"p:s{taken}"]
        start = records.step(f"p:s{number}", number, step=f"f{number}", position=number, upstream=upstream)
        step_run = store.start_step(run, start)
        if number == failed:
            error = {"kind": "exception", "message": "ValueError: bad", "traceback": "ValueError: bad", "place": None}
            store.fail_step(step_run, error, 0.1, None)
            continue
        inputs = {} if taken is None else {"x": (f"p/a{taken}", taken)}
        store.finish_step(step_run, records.outcome({f"p/a{number}": number}, inputs))
    records.finish(store, run, "failed" if failed is not None else "ok", {"run": len(takes) - (failed is not None)})
    store.close()
    return project


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A tree of 520 steps with an artifact each; one leaf fails."""
    takes: list[int | None] = [None, *((number - 1) // 3 for number in range(1, 520))]
    return recorded(tmp_path_factory.mktemp("thousand") / "tree", takes, failed=519)


@pytest.fixture(scope="module")
def ten_thousand(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A chain of 10,000 steps."""
    return recorded(tmp_path_factory.mktemp("chain") / "chain", [None, *range(9_999)])


def near(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < NEAR for one, other in zip(found, wanted, strict=True))


#: The places of the labels that are drawn, in pixels: left, top, right, bottom.
LABELS = """
() => {
  const { canvas } = lineage;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(document.body).font.replace(/^\\S+/, "12px");
  const { x, y, text, offset } = canvas.sources.labels.data;
  return text.map((each, at) => {
    const [px, py] = canvas.pixel(x[at], y[at]);
    const half = pen.measureText(each).width / 2;
    return [px - half, py + offset[at], px + half, py + offset[at] + 12];
  });
}
"""


def collisions(page: Page) -> list[tuple[Any, Any]]:
    """Return the pairs of labels that overlap."""
    boxes = sorted(page.page.evaluate(LABELS))
    found = []
    for at, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            if other[0] >= right:
                break
            if other[1] < bottom and top < other[3]:
                found.append(((left, top, right, bottom), other))
    return found


def test_a_thousand_symbols_open_with_what_needs_a_look(thousand: Project, opened: Opening) -> None:
    """The failed step is in focus, its panel is a click away, and how much is not drawn is said."""
    page = opened(thousand, "?theme=light", "--no-plan")
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length > 3")
    assert page.statuses()["p:s519"] == "failed"
    assert len(page.statuses()) <= 300
    assert "of 1,039 symbols" in page.page.inner_text("#view")
    page.click("p:s519")
    assert "ValueError: bad" in page.panel()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_thousand_symbols_can_all_be_drawn(thousand: Project, opened: Opening, theme: str) -> None:
    """All of them, in their colours, no two labels on each other; a symbol is where it is clicked."""
    page = opened(thousand, f"?theme={theme}&all=1", "--no-plan", width=1600, height=1000)
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length === 1039")
    assert collisions(page) == []
    page.page.keyboard.press("/")
    page.page.keyboard.type("s519")
    page.page.keyboard.press("Enter")
    page.wait("lineage.canvas.selected === 'p:s519'")
    for _ in range(12):
        page.page.keyboard.press("+")
    page.page.evaluate("lineage.canvas.reveal('p:s519')")
    page.wait("lineage.canvas.symbol > 14")
    assert near(page.colour("p:s519"), COLOURS[theme]["failed"])
    assert near(page.colour("p:s172"), COLOURS[theme]["run"])
    assert collisions(page) == []
    page.click("p:s172")
    page.wait("lineage.canvas.selected === 'p:s172'")


def test_chips_narrow_the_picture_down(thousand: Project, opened: Opening) -> None:
    """A status is a button that keeps only what has it bright; pressed again, all is bright."""
    page = opened(thousand, "?theme=light", "--no-plan")
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length > 3")
    page.page.click("button.chip[data-status=failed]")
    page.wait("lineage.canvas.bright && lineage.canvas.bright.size === 1 && lineage.canvas.bright.has('p:s519')")
    assert page.page.input_value("input[type=search]") == "status:failed"
    page.page.click("button.chip[data-status=failed]")
    page.wait("lineage.canvas.bright === null")


def test_ten_thousand_steps_stay_usable(ten_thousand: Project, opened: Opening) -> None:
    """It opens at the last target; what is far away is found by its name, and walked from there."""
    page = opened(ten_thousand, "?theme=light", "--no-plan")
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length > 3")
    drawn = page.statuses()
    assert "p:s9999" in drawn
    assert len(drawn) <= 300
    assert "of 20,000 symbols" in page.page.inner_text("#view")
    keyboard = page.page.keyboard
    keyboard.press("/")
    keyboard.type("s1234")
    keyboard.press("Enter")
    page.wait("lineage.canvas.at.has('p:s1234') && lineage.state().task === 'p:s1234'")
    assert "p:s9999" not in page.statuses()
    assert "p:s1234" in page.panel()
    page.page.focus(".canvas")
    keyboard.press("ArrowRight")
    page.wait("lineage.state().task === 'p/a1234'")
    page.page.evaluate("lineage.go({view: 'table', task: null, focus: null})")
    page.wait("document.querySelectorAll('#view tbody tr').length > 10")
    page.page.evaluate("lineage.go({view: 'timeline'})")
    page.wait("document.querySelector('#view .timeline') !== null")


ODD = {
    "dodo.py": """\
from lineage import pipeline
from steps import split_the_table_into_training_and_validation_parts_by_customer, many


@pipeline
def odd():
    table_of_all_customers_who_ever_bought = split_the_table_into_training_and_validation_parts_by_customer()
    {outputs} = many()
""",
    "steps.py": """\
from typing import Annotated

from lineage import step


@step
def split_the_table_into_training_and_validation_parts_by_customer() -> int:
    return 1


@step
def many() -> tuple[{parts}]:
    return tuple(range(40))
""",
}


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 420)])
def test_long_names_and_forty_outputs(tmp_path: Path, opened: Opening, theme: str, width: int) -> None:
    """Labels stay apart, in wide and in narrow windows, and nothing is wider than the window."""
    outputs = ", ".join(f"output_number_{number}" for number in range(40))
    parts = ", ".join(f'Annotated[int, "output_number_{number}"]' for number in range(40))
    files = {name: text.replace("{outputs}", outputs).replace("{parts}", parts) for name, text in ODD.items()}
    project = Project(tmp_path / "odd").write(files)
    project.doit()
    page = opened(project, f"?theme={theme}", "--no-plan", width=width, height=800)
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length > 3")
    page.page.evaluate("lineage.expandAll()")
    page.wait("lineage.canvas.nodes.length === 43")
    assert collisions(page) == []
    assert page.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.page.evaluate("lineage.go({task: 'odd:many'})")
    page.wait("document.querySelectorAll('#panel .rest').length > 0")
    page.page.evaluate("document.querySelectorAll('#panel .rest').forEach((list) => { list.open = true })")
    assert "output_number_39" in page.panel()
    assert page.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
