"""What a page tells of single symbols and how it holds a lot of text: long names, many outputs, narrow windows."""

from __future__ import annotations

import json
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from pages import PATIENCE, Opening, served
from projects import DOIT, Project, wait_for
from test_dash_large import COLOURS, near, recorded

from lineage.dash.answers import answer, as_json
from lineage.dash.archive import Archive
from lineage.dash.picture import Pictures, _View
from lineage.dash.plan import Planner
from lineage.graph.model import Graph, Node
from lineage.query.presence import Condition, condition
from lineage.stores.tiered import TieredStore

LONG = "a_step_with_a_name_that_is_as_long_as_" + "_and_".join(["names"] * 12)
WIDE = {
    "dodo.py": f"""\
from lineage import pipeline
from steps import {LONG}, many

@pipeline
def wide():
    parts = many()
    last = {LONG}(parts.out_00)
""",
    "steps.py": "from typing import NamedTuple\n\nfrom lineage import step\n\n\nclass Many(NamedTuple):\n"
    + "".join(f"    out_{number:02d}: int\n" for number in range(40))
    + f"\n\n@step\ndef many() -> Many:\n    return Many(*range(40))\n\n\n@step\ndef {LONG}(first: int) -> int:\n"
    "    return first\n",
}


def details(project: Project, name: str) -> Any:
    """Ask as the panel does: what comes back went through JSON."""
    archive = Archive(str(project.path))
    try:
        return json.loads(as_json(answer(archive, "details", {"id": name})))
    finally:
        archive.close()


def damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(bytes(255 - byte for byte in path.read_bytes()))


def test_the_panel_never_waits_for_a_shared_store(words: Project) -> None:
    """Of bytes that are not here, and of which nothing is known here, it says so; no store is asked for them."""
    words.doit()
    archive = Archive(str(words.path))
    asked: list[str] = []
    stack = archive.history.stack
    folder = TieredStore(stack.path("objects"), [], stack.path("elsewhere"), asked.append, read_only=True)
    stack.__dict__["artifacts"] = folder
    words.stored("words/total").unlink()
    told = answer(archive, "details", {"id": "words/total"})
    assert (told["condition"], asked) == ("absent", [])
    found = archive.history.artifact("words/total").current
    assert condition(archive.history, found) is Condition.MISSING
    assert asked == [found.blob]  # who may wait does ask
    archive.close()


@pytest.fixture
def failing(words: Project) -> Project:
    """A step of two lines of error, with a parameter and an input."""
    words.edit("dodo.py", "total = counter(sentence)", "total = counter(sentence, least=3)")
    words.edit("tasks/words.py", "def count(sentence: str)", "def count(sentence: str, least: int)")
    words.edit("tasks/words.py", "    return len(split(sentence))", '    raise ValueError("no words\\nat all")')
    words.doit(code=None)
    return words


def test_a_failed_step_says_what_it_was_given(failing: Project) -> None:
    """Whoever looks for the cause of a failure wants its parameters and inputs, though it came to no end."""
    told = details(failing, "words:counter")
    assert told["status"] == "failed"
    assert told["parameters"] == {"least": "3"}
    assert [(each["slot"], each["id"], each["version"]) for each in told["inputs"]] == [
        ("sentence", "words/sentence", 1)
    ]


def test_an_artifact_says_what_became_of_its_bytes(done_words: Project) -> None:
    """Whether they are as they were stored, are others, are gone, or were collected, by whom."""
    assert details(done_words, "words/summary")["condition"] == "intact"
    path = done_words.stored("words/summary")
    damage(path)
    assert details(done_words, "words/summary")["condition"] == "damaged"
    path.unlink()
    told = details(done_words, "words/summary")
    assert (told["condition"], told["gone"]) == ("missing", None)


def test_what_was_collected_says_so(done_words: Project) -> None:
    """An earlier run's value is told as before, with the word that `lineage gc` has taken its bytes."""
    done_words.doit("text=one two")
    done_words.lineage("gc", "--keep-last", "1", "--grace", "0")
    archive = Archive(str(done_words.path))
    told = answer(archive, "details", {"id": "words/summary", "run": 1})
    archive.close()
    assert told["condition"] == "collected"
    assert told["gone"].startswith("collected ")


def test_a_saved_page_does_not_say_what_became_of_bytes_here(done_words: Project) -> None:
    """The same records give the same file, whatever happens to the store meanwhile."""
    done_words.lineage("report", "-o", "before.html")
    damage(done_words.stored("words/summary"))
    done_words.lineage("report", "-o", "after.html")
    assert done_words.read("before.html") == done_words.read("after.html")


def test_a_running_step_says_what_it_was_given(held: Project) -> None:
    """What it takes is told by the plan until its end; on the timeline what is to come stands at the end."""
    (held.path.parent / "hold").unlink()
    held.doit()
    (held.path / "reached").unlink()
    (held.path.parent / "hold").touch()
    doit = held.start(*DOIT, "-a")
    wait_for(held.path / "reached", doit)
    archive = Archive(str(held.path))
    planner = Planner(str(held.path))
    planner.look()
    while planner.is_asking:
        planner.look()
    archive.planned = planner.planned
    told = answer(archive, "details", {"id": "words:counter"})
    bars = {bar["id"]: bar for bar in answer(archive, "timeline", {})["bars"]}
    archive.close()
    (held.path.parent / "hold").unlink()
    assert held.finish(doit).code == 0
    assert told["status"] == "running"
    assert [each["id"] for each in told["inputs"]] == ["words/sentence"]
    assert bars["words:report"]["status"] == "pending"
    assert min(bar["start"] for bar in bars.values()) == 0
    assert bars["words:report"]["start"] >= bars["words:counter"]["start"]
    assert max(bar["start"] for bar in bars.values()) == bars["words:report"]["start"]


def test_a_picture_is_drawn_anew_when_it_is_known_how_it_is_connected() -> None:
    """A chain whose edges were not known while it ran is as straight as if they had been; what only grows stays."""
    nodes = [
        Node("p:a", "step", "a"),
        Node("p/x", "artifact", "x"),
        Node("p:b", "step", "b"),
        Node("p/y", "artifact", "y"),
    ]
    made = [("p:a", "p/x"), ("p:b", "p/y")]
    view = _View.of({"run": 1})
    apart, whole = Graph(nodes, made), Graph(nodes, [*made, ("p/x", "p:b")])
    pictures = Pictures()
    pictures.layout(apart, view)
    _, found = pictures.layout(whole, view)
    assert found.places == Pictures().layout(whole, view)[1].places
    more = Graph([*nodes, Node("p:c", "step", "c")], [*whole.edges, ("p/y", "p:c")])
    _, grown = pictures.layout(more, view)
    assert {name: grown.places[name] for name in found.places} == found.places


def test_a_project_without_a_pipeline_is_told_so(tmp_path: Path, opened: Opening) -> None:
    """A dodo.py of plain doit tasks is no error of anybody's, and the page says what would make one."""
    plain = Project(tmp_path / "plain").write({"dodo.py": 'def task_a():\n    return {"actions": ["echo a"]}\n'})
    page = opened(plain)
    page.wait("document.querySelector('.banner[role=status]').innerText.includes('has no pipeline')")
    assert "lineage new" in page.page.inner_text(".banner[role=status]")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_panel_warns_of_damaged_bytes(done_words: Project, opened: Opening, theme: str) -> None:
    """What is intact needs no word; what is not says what doit does about it."""
    page = opened(done_words, f"?theme={theme}&task=words/total", "--no-plan")
    page.wait("document.querySelector('#panel h2') && document.querySelector('#panel h2').textContent === 'total'")
    assert page.page.query_selector("#panel .condition") is None
    damage(done_words.stored("words/summary"))
    page.click("words/summary")
    page.wait("Boolean(document.querySelector('#panel .condition[data-condition=damaged]'))")
    assert "doit makes it again" in page.panel()


def test_the_lines_of_an_error_stay_lines(failing: Project, opened: Opening) -> None:
    """As the terminal shows them."""
    page = opened(failing, "?theme=light&task=words:counter", "--no-plan")
    assert "no words\nat all" in page.panel()


def test_forty_outputs_leave_the_rest_in_reach(project: Any, opened: Opening) -> None:
    """A table's row keeps to a few lines, and a long list of the panel begins with twelve; all are there on demand."""
    wide = project(WIDE)
    wide.doit()
    page = opened(wide, "?theme=light&view=table", "--no-plan")
    page.wait("document.querySelectorAll('table.rows tbody tr').length === 2")
    heights = page.page.evaluate("[...document.querySelectorAll('table.rows tbody tr')].map((row) => row.clientHeight)")
    assert max(heights) < 100
    assert page.page.inner_text("table.rows tbody tr").count("and 36 more") == 2
    page.page.evaluate("lineage.go({view: null, task: 'wide:many'})")
    page.wait("document.querySelectorAll('#panel .rest').length === 2")
    assert "out_39" not in page.panel()
    page.page.click("#panel .rest summary >> nth=1")
    assert "out_39" in page.panel()


@pytest.mark.parametrize("view", ["lineage", "timeline", "table", "compare", "artifacts", "stack"])
def test_a_narrow_window_shows_everything(project: Any, opened: Opening, view: str) -> None:
    """At 400 pixels nothing makes the page wider than the window, and nothing of the header is out of it."""
    wide = project(WIDE)
    wide.doit()
    wide.doit("-a")
    page = opened(wide, f"?theme=light&view={view}", "--no-plan", width=400, height=800)
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 400
    ends = page.page.evaluate(
        "[...document.querySelectorAll('header > :not(.space), nav button')]"
        ".map((each) => each.getBoundingClientRect().right)"
    )
    assert max(ends) <= 400


def test_fit_stays_beside_the_statuses(words: Project, opened: Opening) -> None:
    """At 400 pixels Fit ends the row of the statuses, and what a focus adds is below."""
    words.doit()
    page = opened(words, "?theme=light&focus=1.1.words:counter", "--no-plan", width=400, height=800)
    box = "(name) => document.querySelector(name).getBoundingClientRect().toJSON()"
    boxes = [page.page.evaluate(box, name) for name in (".bar .chip", ".bar .fit", ".bar .group")]
    chip, fit, group = (each["top"] + each["height"] / 2 for each in boxes)
    assert chip == pytest.approx(fit, abs=2)
    assert group > fit + 20


def test_no_label_is_cut_off_by_the_edge(project: Any, opened: Opening) -> None:
    """Where all of a picture is shown, a label that has no room is shortened."""
    wide = project(WIDE)
    wide.doit()
    page = opened(wide, "?theme=light", "--no-plan", width=400, height=800)
    page.wait("lineage.canvas.sources.labels.data.text.length > 2")
    outside = page.page.evaluate(
        "(() => { const { canvas } = lineage; const { x, text } = canvas.sources.labels.data;"
        "const ruler = document.createElement('canvas').getContext('2d'); ruler.font = '12px sans-serif';"
        "return [...text].filter((each, at) => { const half = ruler.measureText(each).width / 2;"
        "const [place] = canvas.pixel(x[at], 0); return place - half < -4 || place + half > canvas.size.width + 4;"
        " }); })()"
    )
    assert outside == []


#: Where the parts of the header are.
HEADER = """
() => [...document.querySelectorAll(
  'header h1, nav button, header .search, header select, header .live, header > .icon'
)].map((each) => { const box = each.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; })
"""


def test_a_long_chain_runs_down_a_narrow_window(tmp_path: Path, opened: Opening) -> None:
    """There every label has its room beside its symbol, and keys follow the picture; a wide one has it to the right."""
    chain = recorded(tmp_path / "chain", [None, *range(10)])
    page = opened(chain, "?theme=light", "--no-plan", width=420, height=860)
    evaluate = page.page.evaluate
    assert evaluate("lineage.canvas.labels.written.size") == 22
    assert evaluate(
        "lineage.canvas.nodes.every((node) => lineage.canvas.labels.written.get(node.id).text === node.label)"
    )
    places = [page.place(name) for number in range(11) for name in (f"p:s{number}", f"p/a{number}")]
    assert all(one[1] + 14 < other[1] for one, other in pairwise(places))
    x, y = page.place("p:s3")
    page.page.mouse.click(x + evaluate("lineage.canvas.labels.written.get('p:s3').beside"), y)
    page.wait("lineage.canvas.selected === 'p:s3'")
    page.page.locator(".canvas").press("ArrowDown")
    page.wait("lineage.canvas.selected === 'p/a3'")
    assert near(page.colour("p:s7"), COLOURS["light"]["run"])
    page.page.set_viewport_size({"width": 1280, "height": 800})
    page.wait("!lineage.canvas.isDown")
    assert page.place("p:s4")[0] > page.place("p:s3")[0] + 50
    assert evaluate("lineage.canvas.selected") == "p/a3"


def test_a_header_holds_what_it_has(held: Project, opened: Opening) -> None:
    """Also while a run is at work: name, views, search, run, and the last button are in the window, none on another."""
    doit = held.start(*DOIT)
    wait_for(held.path / "reached", doit)
    page = opened(held, "?theme=light", "--no-plan")
    page.wait("document.querySelector('.live').dataset.state === 'busy'")
    for width in (1440, 1180, 1000, 901, 640, 400):
        page.page.set_viewport_size({"width": width, "height": 700})
        page.page.wait_for_timeout(100)
        boxes = page.page.evaluate(HEADER)
        assert all(left >= 0 and right <= width and right - left >= 8 for left, _, right, _ in boxes), (width, boxes)
        assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == [], width
    (held.path.parent / "hold").unlink()
    held.finish(doit)


def overlap(one: list[float], other: list[float]) -> bool:
    across = one[0] < other[2] - 1 and other[0] < one[2] - 1
    return across and one[1] < other[3] - 1 and other[1] < one[3] - 1


def test_a_page_outlives_its_dashboard(words: Project, opened: Opening) -> None:
    """It says that the dashboard has ended, and what to do; when that runs again, it goes on where somebody was."""
    words.doit()
    with served(words, "--no-plan") as address:
        page = opened(address, "?theme=light", width=400, height=700)
        ended = page.page.locator(".ended")
        assert not ended.is_visible()
    ended.wait_for(state="visible")
    port = address.rstrip("/").rpartition(":")[2]
    assert f"lineage dashboard --port {port}" in ended.inner_text()
    assert ended.get_by_role("button", name="Try now").is_visible()
    page.page.evaluate("lineage.go({ view: 'artifacts', artifact: 'words/total' })")  # there is nobody to answer yet
    words.doit("counter=count_unique")
    with served(words, "--no-plan", "--port", port):
        ended.wait_for(state="hidden", timeout=PATIENCE)
        page.wait("document.querySelector('.summary .title').textContent.startsWith('Run 2')")
        page.wait("document.querySelectorAll('#view tbody tr').length === 2")
        page.wrong = [each for each in page.wrong if "[bokeh" not in each and "ERR_CONNECTION" not in each]
        page.page.evaluate("lineage.go({ view: null })")
        assert near(page.colour("words:counter"), COLOURS["light"]["run"])
        page.page.close()


#: A step that takes what was made far before it: edges come up to it steeply, through where its label is.
STEEP = {
    "dodo.py": """\
from lineage import pipeline, step


@step
def load(n: int = 1) -> int:
    return n


@step
def left_branch_with_a_long_name(loaded: int) -> int:
    return loaded + 1


@step
def right(loaded: int) -> int:
    return loaded + 2


@step
def inner(b_right: int) -> int:
    return b_right + 3


@step
def report_of_it_all(a_left: int, b_right: int, c_inner: int, loaded: int) -> int:
    return a_left + b_right + c_inner + loaded


@pipeline
def steep():
    loaded = load()
    a_left = left_branch_with_a_long_name(loaded)
    b_right = right(loaded)
    c_inner = inner(b_right)
    e_end = report_of_it_all(a_left, b_right, c_inner, loaded)
"""
}
#: Where the labels are, in pixels of the page.
BOXES = """
() => {
  const { canvas } = lineage;
  const from = canvas.container.getBoundingClientRect();
  return [...canvas.labels.written].map(([id, { text, offset }]) => {
    const [x, y] = canvas.pixel(canvas.node(id).x, canvas.node(id).y);
    const half = lineage.textWidth(text) / 2;
    const [left, top] = [Math.ceil(from.left + x - half), Math.ceil(from.top + y + offset) + 1];
    return [left, top, Math.floor(left + 2 * half) - 1, top + 12];
  });
}
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_edge_is_seen_through_a_label(project: Any, opened: Opening, theme: str) -> None:
    """Where an edge rises steeply to a step it passes behind the label: the label is as if there were no edges."""
    from PIL import Image, ImageChops

    steep = project(STEEP)
    steep.doit()
    page = opened(steep, f"?theme={theme}", "--no-plan", width=700, height=700)
    page.wait("lineage.canvas.labels.written.size > 7")
    frames = "() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done, 100)), 100))"
    page.page.evaluate(frames)
    crossed = Image.open(BytesIO(page.page.screenshot())).convert("RGB")
    page.page.evaluate("() => { lineage.canvas.edges = []; lineage.canvas._drawEdges(); lineage.canvas._drawHeads(); }")
    page.page.evaluate(frames)
    bare = Image.open(BytesIO(page.page.screenshot())).convert("RGB")
    boxes = page.page.evaluate(BOXES)
    assert ImageChops.difference(crossed, bare).getbbox() is not None
    seen = [box for box in boxes if ImageChops.difference(crossed.crop(box), bare.crop(box)).getbbox()]
    assert seen == []


def test_what_does_not_change_is_not_made_anew(done_words: Project, opened: Opening) -> None:
    """While another run comes, the keyboard stays where it is, what was opened stays open, and nothing is redrawn."""
    page = opened(done_words, "?theme=light&run=1&task=words:counter", "--no-plan")
    assert "WHY IT RAN" in page.panel()
    page.page.evaluate(
        "() => { const { canvas } = lineage; const draw = canvas.draw.bind(canvas); window.draws = 0;"
        "canvas.draw = () => { window.draws += 1; draw(); };"
        "window.chip = document.querySelector('.bar .chip'); window.chip.focus();"
        "window.why = document.querySelector('#panel .why'); }"
    )
    done_words.doit("counter=count_unique")
    page.wait("document.querySelectorAll('.strip button').length === 2")
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("document.activeElement === window.chip") is True
    assert page.page.evaluate("document.querySelector('#panel .why') === window.why") is True
    assert page.page.evaluate("window.draws") == 0
    page.page.evaluate("lineage.go({run: 2})")
    page.wait("lineage.canvas.node('words:collect').status === 'cached'")
    page.wait("window.draws > 0 && document.querySelector('#panel .why') !== window.why")
    page.page.evaluate("lineage.go({view: 'table', run: 1, task: null})")
    page.wait("document.querySelectorAll('#view tbody tr').length === 3")
    page.page.evaluate("() => { window.link = document.querySelector('#view tbody button'); window.link.focus(); }")
    done_words.doit()
    page.wait("document.querySelectorAll('.strip button').length === 3")
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("document.activeElement === window.link") is True
    page.page.locator("button[data-key=status]").press("Enter")
    page.wait("document.querySelector('#view th[aria-sort=ascending] button') === document.activeElement")
