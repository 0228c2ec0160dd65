"""A run as a file: what the page shows without a server, and what the pictures have in them."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from pages import Opening
from projects import DOIT, FOLDS, Project, wait_for

from lineage.dash.answers import answer
from lineage.dash.archive import Archive
from lineage.report import fonts
from lineage.report.compose import find
from lineage.report.lettering import fitted, width
from lineage.report.palette import palette
from lineage.report.saved import Limits, save
from lineage.report.write import make

RUN, CACHED, FAILED = (0x1F, 0x5F, 0xBF), (0x2A, 0xA7, 0x75), (0xB3, 0x20, 0x2C)
DARK_RUN = (0x3B, 0x7D, 0xE0)
SVG = "{http://www.w3.org/2000/svg}"
PAYLOAD = "<img src=x onerror=alert(1)>"


@pytest.fixture
def folds(tmp_path: Path) -> Project:
    return Project(tmp_path / "folds").write(FOLDS)


def written(project: Project, name: str, *words: str) -> Path:
    """Write a report and return its file."""
    project.lineage("report", "-o", name, *words)
    return project.path / name


def near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=True))


def groups(svg: str, name: str) -> list[ET.Element]:
    return [each for each in ET.fromstring(svg).iter(f"{SVG}g") if each.get("class") == name]


def statuses(svg: str) -> dict[str, str]:
    """Return {id: status} of the symbols of a picture."""
    found = [*groups(svg, "step"), *groups(svg, "artifact")]
    return {str(each.get("data-id")): str(each.get("data-status")) for each in found}


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("theme", "colour"), [("light", RUN), ("dark", DARK_RUN)])
def test_the_page_opens_without_a_network(words: Project, opened: Opening, theme: str, colour: Any) -> None:
    """The picture is drawn in the theme that was asked for, from nothing but the file."""
    words.doit()
    words.doit("counter=count_unique")
    path = written(words, "report.html", "--theme", theme)
    page = opened.file(path, "")
    assert page.page.evaluate("document.documentElement.dataset.theme") == theme
    assert near(page.colour("words:collect"), CACHED)
    assert near(page.colour("words:counter"), colour)
    assert near(page.colour("words/total"), colour)
    assert "Bokeh" not in page.page.evaluate("Object.keys(window).join()")
    links = set(re.findall(r"https?://[^\s\"'<>)]+", path.read_text()))
    assert links == {"http://www.w3.org/2000/svg"}
    assert str(words.path) not in path.read_text()
    runs = page.page.evaluate("JSON.parse(document.querySelector('#lineage-answers').textContent).answers.runs.runs")
    assert [(each["user"], each["host"]) for each in runs] == [("", "")] * 2


def test_a_click_in_the_page_tells_why(words: Project, opened: Opening) -> None:
    """The reason with the diff of the code, values, previews and the other views are in the file."""
    words.doit()
    words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "e"')
    words.doit()
    page = opened.file(written(words, "report.html"))
    page.click("words:counter")
    assert '+SEPARATOR = "e"' in page.panel()
    assert page.page.evaluate("lineage.canvas.bright.has('words/sentence')") is True
    page.click("words/total")
    page.wait("document.querySelector('#panel h2').textContent === 'total'")
    assert "MADE BY" in page.panel()
    for view, wanted in (("table", "words:report"), ("timeline", "critical path"), ("artifacts", "words/summary")):
        page.page.evaluate("(view) => lineage.go({view, task: null})", view)
        page.wait(f"document.querySelector('#view').textContent.includes({json.dumps(wanted)})")
    page.page.evaluate("lineage.go({view: 'compare'})")
    page.wait("document.querySelector('#view').textContent.includes('tasks.language:SEPARATOR')")
    page.page.get_by_text("Show in the picture").click()
    page.wait("lineage.canvas.at && lineage.canvas.at.has('words:counter')")
    page.wait("lineage.canvas.node('words:counter').status === 'changed'")
    assert page.statuses()["words:collect"] == "same"
    page.page.evaluate("lineage.go({against: 7})")
    page.wait("document.querySelector('#view').textContent.includes('does not draw run 2 against run 7')")


def test_earlier_runs_are_in_the_page_and_later_ones_are_not(words: Project, opened: Opening) -> None:
    """A report of run 2 shows the history up to it; where it has no answer it says so, and goes on."""
    words.doit()
    words.doit("counter=count_unique")
    words.doit("text=other words")
    page = opened.file(written(words, "report.html", "--run", "2"))
    assert page.page.inner_text(".summary .title").startswith("Run 2")
    assert page.page.locator(".strip button").count() == 2
    page.page.locator(".strip button").first.click()
    page.wait("document.querySelector('.summary .title').textContent.startsWith('Run 1')")
    assert page.statuses()["words:collect"] == "run"
    page.page.evaluate("lineage.go({run: 3})")
    page.wait("document.querySelector('#view').textContent.includes('Run 3 is not in this file')")
    page.page.evaluate("lineage.go({run: null, task: 'words:nothing'})")
    page.wait("document.querySelector('#panel').textContent.includes('no details of words:nothing')")
    assert page.statuses()["words:collect"] == "cached"


def test_stacks_open_and_fold_in_the_page(folds: Project, opened: Opening) -> None:
    """A double click opens a stack, its members tell why, and all of it folds again."""
    folds.doit("-c", "bad=3", code=1)
    page = opened.file(written(folds, "report.html"))
    assert page.statuses()["steps cv fit"] == "failed"
    page.click("steps cv fit", count=2)
    page.wait("lineage.canvas.at.has('cv:fit@fold:3')")
    assert near(page.colour("cv:fit@fold:3"), FAILED)
    page.click("cv:fit@fold:3")
    assert "fold is bad" in page.panel()
    page.page.get_by_text("Fold again").click()
    page.wait("lineage.canvas.at.has('steps cv fit')")


def test_a_focus_in_the_page_is_that_of_the_dashboard(folds: Project, opened: Opening) -> None:
    """What is around a symbol is worked out in the browser, with the same result; a search finds what it should."""
    folds.doit()
    page = opened.file(written(folds, "report.html"), "?theme=light&focus=1.2.cv/data")
    archive = Archive(str(folds.path))
    told = answer(archive, "picture", {"run": 1, "focus": {"ids": ["cv/data"], "up": 1, "down": 2}})
    archive.close()
    assert set(page.statuses()) == {node["id"] for node in told["nodes"]}
    assert page.page.evaluate("lineage.canvas.nodes.length") < 6
    page.page.evaluate("lineage.go({focus: '1.1.cv/nothing'})")
    page.wait("document.querySelector('#view').textContent.includes('does not draw cv/nothing')")
    page.page.evaluate("lineage.go({focus: null, q: '+chosen'})")
    page.wait("lineage.canvas.bright && lineage.canvas.bright.size === lineage.canvas.nodes.length")


def test_a_focus_in_the_page_leaves_no_gaps(tmp_path: Path, opened: Opening) -> None:
    """What is in focus moves together where only what is left out stood; their order stays."""
    steps = [
        f"@step\ndef {name}({takes}: int) -> int:\n    return {takes}\n"
        for name, takes in (("begin", "seed"), ("middle", "given"))
    ]
    dodo = "from lineage import pipeline\nfrom steps import *\n\n@pipeline\ndef rows():\n"
    project = Project(tmp_path / "rows").write(
        {
            "dodo.py": dodo + "    far = begin(seed=9)\n    near = middle(far)\n    both = pair(near, far)\n",
            "steps.py": "from lineage import step\n\n"
            + "\n".join(steps)
            + "\n@step\ndef pair(near: int, far: int) -> int:\n    return near + far\n",
        }
    )
    project.doit()
    whole = opened.file(written(project, "report.html"), "?theme=light")
    focus = whole.page.evaluate(
        "lineage.saved.ask('picture', {focus: {ids: ['rows/far', 'rows/both'], up: 0, down: 0}})"
    )
    all_of_it = whole.page.evaluate("lineage.saved.ask('picture', {})")

    def across(told: Any) -> float:
        places = {node["id"]: node["x"] for node in told["nodes"]}
        return float(places["rows/both"] - places["rows/far"])

    assert 1 < across(focus) < across(all_of_it) - 2


def test_the_pointer_moves_and_zooms_the_page(words: Project, opened: Opening) -> None:
    """Dragging moves the picture with the pointer, and the wheel zooms about it."""
    words.doit()
    page = opened.file(written(words, "report.html"))
    x, y = page.place("words:counter")
    page.page.mouse.move(x, y + 60)
    page.page.mouse.down()
    page.page.mouse.move(x + 40, y + 90, steps=4)
    page.page.mouse.up()
    page.page.wait_for_timeout(100)
    moved = page.place("words:counter")
    assert moved == pytest.approx((x + 40, y + 30), abs=1)
    page.page.mouse.move(*moved)
    wide = page.page.evaluate("lineage.canvas.sx")
    page.page.mouse.wheel(0, -200)
    page.wait(f"lineage.canvas.sx > {wide * 1.2}")
    assert page.place("words:counter") == pytest.approx(moved, abs=1)
    assert near(page.colour("words:counter"), RUN)


def test_the_page_works_in_a_frame_of_another_page(words: Project, opened: Opening) -> None:
    """Where a page may not change its address, as in viewers of CI artifacts, a click works all the same."""
    words.doit()
    text = html.escape(written(words, "report.html").read_text())
    frame = (
        f'<!doctype html><iframe sandbox="allow-scripts" style="width:1200px;height:700px" srcdoc="{text}"></iframe>'
    )
    (words.path / "viewer.html").write_text(frame)
    page = opened.file(words.path / "viewer.html", "", scripts=True, wait=False)
    inner = page.page.frames[1]
    inner.wait_for_selector("html[data-ready]")
    inner.evaluate("lineage.go({task: 'words:counter', theme: 'dark'})")
    inner.wait_for_selector("#panel:not([hidden]) h2")
    assert inner.inner_text("#panel h2") == "counter"
    assert inner.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_scripts_the_page_is_the_picture(words: Project, opened: Opening) -> None:
    """Where a viewer of files runs no scripts, the picture is there all the same."""
    words.doit()
    page = opened.file(written(words, "report.html"), scripts=False)
    assert page.page.locator("svg g.step").count() == 3
    assert page.page.locator("svg g.artifact").count() == 3


def test_names_and_values_are_data_in_every_file(tmp_path: Path, opened: Opening) -> None:
    """A payload in the project's name, parameters, values, reasons, the log and an error executes nothing."""
    files = {
        "dodo.py": f"""\
from lineage import pipeline
from steps import fail, take


@pipeline
def odd(bad={PAYLOAD!r}):
    made = [take(text=text) for text in ({PAYLOAD!r}, "</script><script>alert(2)</script>", "]]>", "&lt;")]
    alone = take(text=bad)
    last = fail(alone)
""",
        "steps.py": f"""\
from lineage import step


@step
def take(text: str) -> str:
    \"\"\"Take {PAYLOAD}.\"\"\"
    return text


@step
def fail(alone: str) -> str:
    print({PAYLOAD!r})
    raise ValueError({PAYLOAD!r} + "\\x1b[31m \\ud800 </title></svg><script>alert(4)</script>")
""",
    }
    project = Project(tmp_path / "<img src=x onerror=alert(3)>").write(files)
    project.doit("-c", code=None)
    page = opened.file(written(project, "report.html"))
    page.page.evaluate("lineage.expandAll()")
    ids = page.page.evaluate("lineage.canvas.nodes.map((node) => node.id)")
    for name in ["odd:fail", *ids]:
        page.page.evaluate("(task) => lineage.go({task})", name)
        page.panel()
    for view in ("timeline", "table", "compare", "artifacts", "lineage"):
        page.page.evaluate("(view) => lineage.go({view, task: null})", view)
        page.page.wait_for_timeout(50)
    assert page.page.locator("img:not(.mark)").count() == 0
    assert page.page.locator("script").count() == 2
    svg = written(project, "report.svg")
    assert len(groups(svg.read_text(), "step")) >= 3
    alone = opened.file(svg, "")
    assert alone.page.evaluate("document.querySelectorAll('script, img, foreignObject').length") == 0
    assert written(project, "report.png").stat().st_size > 1000


# -- the pictures ------------------------------------------------------------------------------------------------------


def test_the_svg_has_every_symbol_and_edge(words: Project) -> None:
    """Circles are steps, squares artifacts; an edge of a cached step is dashed; a tooltip says why a step ran."""
    words.doit()
    words.doit("counter=count_unique")
    svg = written(words, "build/deep/report.svg").read_text()
    assert statuses(svg) == {
        "words:collect": "cached",
        "words/sentence": "cached",
        "words:counter": "run",
        "words/total": "run",
        "words:report": "run",
        "words/summary": "run",
    }
    assert all(each.find(f"{SVG}circle") is not None for each in groups(svg, "step"))
    assert all(each.find(f"{SVG}rect") is not None for each in groups(svg, "artifact"))
    edges = {(each.get("data-source"), each.get("data-target")): each for each in groups(svg, "edge")}
    assert len(edges) == 6
    dashed = {name for name, each in edges.items() if any(path.get("stroke-dasharray") for path in each)}
    assert dashed == {("words:collect", "words/sentence")}
    tips = {each.get("data-id"): each.findtext(f"{SVG}title") or "" for each in groups(svg, "step")}
    assert "count_unique" in tips["words:counter"]
    said = " ".join(ET.fromstring(svg).itertext())
    assert all(word in said for word in ("project", "run 2", "doit counter=count_unique", "2 run", "1 cached", "total"))


def test_the_svg_follows_the_readers_system(words: Project, opened: Opening) -> None:
    """Without --theme it is light or dark as the browser is; with it, it is what was asked for."""
    words.doit()
    path = written(words, "report.svg")
    page = opened.file(path, "")
    circle = "getComputedStyle(document.querySelector('g.step circle')).fill"
    assert page.page.evaluate(circle) == "rgb(31, 95, 191)"
    page.page.emulate_media(color_scheme="dark")
    assert page.page.evaluate(circle) == "rgb(59, 125, 224)"
    assert "prefers-color-scheme" not in written(words, "report.svg", "--theme", "light").read_text()


def test_the_png_has_the_colours_where_the_svg_has_the_symbols(folds: Project) -> None:
    """It is painted without a browser, twice as fine, in both themes."""
    image = pytest.importorskip("PIL.Image")
    folds.doit("-c", "bad=3", code=1)
    svg = written(folds, "report.svg").read_text()
    for theme in ("light", "dark"):
        picture = image.open(written(folds, f"{theme}.png", "--theme", theme)).convert("RGB")
        root = ET.fromstring(svg)
        assert picture.width == pytest.approx(2 * float(root.get("width", 0)), abs=3)
        found = 0
        for each in groups(svg, "step"):
            circle = [child for child in each if child.tag == f"{SVG}circle" and float(child.get("r", 0)) > 9][-1]
            place = (2 * float(circle.get("cx", 0)), 2 * (float(circle.get("cy", 0)) - 10))
            colour = palette(theme)[str(each.get("data-status"))]
            wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert near(picture.getpixel((round(place[0]), round(place[1]))), wanted), each.get("data-id")
            found += 1
        assert found == 3
        assert near(picture.getpixel((5, 5)), tuple(bytes.fromhex(palette(theme)["panel"][1:])))


def test_a_png_needs_no_font_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It brings its own, with every status symbol; names in letters that it has not are told."""
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    for cached in (fonts._system, fonts._font_of):
        cached.cache_clear()
    files = {
        "dodo.py": "from lineage import pipeline\nfrom steps import one\n\n@pipeline\ndef p():\n    数据 = one()\n",
        "steps.py": "from lineage import step\n\n@step\ndef one() -> int:\n    return 1\n",
    }
    project = Project(tmp_path / "plain").write(files)
    project.doit()
    made = make(str(project.path), "png")
    assert made.content.startswith(b"\x89PNG")
    assert made.left_out == ("letters that no font of this machine has, in 数据",)
    fonts._system.cache_clear()
    fonts._font_of.cache_clear()


def test_long_names_and_many_outputs_do_not_collide(tmp_path: Path, opened: Opening) -> None:
    """No label covers another or a symbol, with 40 outputs of one step, long names and wide scripts."""
    names = [f"column_of_measurements_{'x' * (at % 17)}{at}" if at % 3 else f"\u6570\u636e{at}" for at in range(40)]
    fields = "\n".join(f"    {name}: int" for name in names)
    files = {
        "steps.py": f"""\
from typing import NamedTuple
from lineage import step


class Many(NamedTuple):
{fields}


@step
def a_step_whose_name_is_rather_long_indeed() -> Many:
    return Many(*range(40))


@step
def one(a: int) -> int:
    return a
""",
        "dodo.py": f"""\
from lineage import pipeline
from steps import a_step_whose_name_is_rather_long_indeed, one


@pipeline
def wide():
    {", ".join(names)} = a_step_whose_name_is_rather_long_indeed()
    {"; ".join(f"after_{at} = one({name})" for at, name in enumerate(names) if at % 5 == 0)}
""",
    }
    project = Project(tmp_path / "wide").write(files)
    project.doit()
    page = opened.file(written(project, "report.svg"), "", width=2000, height=1400)
    boxes = page.page.evaluate(
        "[...document.querySelectorAll('g.step > text, g.artifact > text, g.step > circle, g.artifact > rect')].filter("
        "(each) => each.tagName === 'text' || Number(each.getAttribute('r') || each.getAttribute('height')) > 9)"
        ".map((each) => { const b = each.getBBox(); return [each.tagName, b.x, b.y, b.x + b.width, b.y + b.height]; })"
    )
    texts = [box for box in boxes if box[0] == "text"]
    assert len(texts) > 5
    for number, (_, left, top, right, bottom) in enumerate(texts):
        others = [box for box in boxes if box[0] != "text"] + texts[number + 1 :]
        for _, x0, y0, x1, y1 in others:
            assert not (left < x1 - 2 and x0 < right - 2 and top < y1 - 3 and y0 < bottom - 3)


# -- the command -------------------------------------------------------------------------------------------------------


def test_a_comparison_colours_every_file(words: Project, opened: Opening) -> None:
    """The pictures are coloured by what changed, the page opens so, and what never ran here has no colours."""
    image = pytest.importorskip("PIL.Image")
    words.doit()
    words.doit("counter=count_unique")
    svg = written(words, "report.svg", "--against", "1").read_text()
    standing = statuses(svg)
    assert standing["words:collect"] == "same"
    assert standing["words:counter"] == standing["words/total"] == "changed"
    assert "run 2 against run 1" in svg
    picture = image.open(written(words, "report.png", "--theme", "light", "--against", "1")).convert("RGB")
    wanted = tuple(bytes.fromhex(palette("light")["changed"][1:]))
    assert wanted in {colour for _, colour in picture.getcolors(1 << 24)}
    page = opened.file(written(words, "report.html", "--against", "1"))
    assert page.statuses() == standing
    page.page.keyboard.press("Escape")
    page.wait("lineage.canvas.node('words:counter').status === 'run'")
    words.write({"base.json": words.lineage("report", "--format", "json", "-o", "-").stdout})
    told = words.lineage("report", "-o", "report.svg", "--against", "base.json").stdout
    assert "left out: the comparison" in told
    assert statuses(words.read("report.svg"))["words:counter"] == "run"


def test_the_same_records_give_the_same_bytes(words: Project) -> None:
    """Whenever it is written, and wherever to: a report can be compared, and kept under version control."""
    words.doit()
    for form in ("html", "svg", "png"):
        first = written(words, f"one.{form}").read_bytes()
        assert written(words, f"other/two.{form}").read_bytes() == first


def test_what_is_refused_is_said_and_leaves_the_file(words: Project) -> None:
    """No run, an unknown run, an unknown suffix, no file: exit code 3; a folder in the way: 2."""
    assert "nothing has run yet" in words.lineage("report", "-o", "report.html", code=3).stderr
    words.doit()
    assert ".html, .json, .md, .png, .svg, .xml" in words.lineage("report", "-o", "report.pdf", code=3).stderr
    assert "lineage report -o" in words.lineage("report", code=3).stderr
    kept = written(words, "report.svg").read_text()
    assert "the last run is 1" in words.lineage("report", "--run", "7", "-o", "report.svg", code=3).stderr
    assert words.read("report.svg") == kept
    (words.path / "folder.svg").mkdir()
    words.lineage("report", "-o", "folder.svg", code=2)
    assert not [path for path in words.path.iterdir() if path.name.endswith(".part")]


def test_standard_output_and_json(words: Project) -> None:
    """`-o -` prints the file; --json says what was written."""
    words.doit()
    assert words.lineage("report", "--format", "svg", "-o", "-").stdout == written(words, "a.svg").read_text()
    assert words.lineage("report", "-o", "-").stdout.startswith("<!doctype html>")
    told = words.json("report", "-o", "b.png")["report"]
    assert told == {
        "path": str(words.path / "b.png"),
        "format": "png",
        "run": 1,
        "bytes": (words.path / "b.png").stat().st_size,
        "left_out": [],
    }


@pytest.mark.fresh
def test_a_picture_needs_neither_steps_nor_a_server(words: Project) -> None:
    """No step is imported, nothing of Bokeh or numpy is loaded, and nothing but the file is written."""
    words.doit()
    before = {path: path.stat().st_mtime_ns for path in sorted(words.path.rglob("*")) if path.is_file()}
    loaded = words.python(
        "import sys; from lineage.commands.main import main\n"
        "codes = [main(['report', '-o', '../report.' + form]) for form in ('svg', 'png', 'html')]\n"
        "print(codes, sorted({'bokeh', 'jinja2', 'tornado', 'numpy', 'pickle', 'tasks'} & set(sys.modules)))"
    )
    assert loaded.splitlines()[-1] == "[0, 0, 0] []"
    assert {path: path.stat().st_mtime_ns for path in sorted(words.path.rglob("*")) if path.is_file()} == before


def test_a_run_that_goes_on_is_shown_as_far_as_it_is(held: Project, opened: Opening) -> None:
    """What runs is amber and what is to come is grey; the page says that it was saved meanwhile."""
    (held.path.parent / "hold").unlink()
    held.doit()
    held.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    note("again")\n')
    (held.path.parent / "hold").touch()
    (held.path / "reached").unlink()
    doit = held.start(*DOIT)
    wait_for(held.path / "reached", doit)
    try:
        found = statuses(written(held, "report.svg").read_text())
        said = opened.file(written(held, "report.html")).page.inner_text(".live")
    finally:
        (held.path.parent / "hold").unlink()
        held.finish(doit)
    assert found["words:counter"] == "running"
    assert found["words:report"] == "pending"
    assert "while run 2 was running" in said


def test_a_large_run_leaves_out_details_and_says_which(folds: Project, opened: Opening) -> None:
    """What failed comes first, then what is drawn; the page says of the rest that it has none."""
    folds.doit()
    folds.doit("-c", "bad=3", code=1)
    archive = Archive(str(folds.path))
    saved = save(archive, find(archive, None), Limits(symbols=3, drawn=4, artifacts=1))
    archive.close()
    kept = [key for key in saved.data["answers"] if key.startswith("details")]
    assert len(kept) == 3
    assert any("cv:fit@fold:3" in key for key in kept)
    assert [each["expanded"] for each in saved.data["pictures"][2]] == [[]]
    assert "1 earlier run" in saved.left_out
    # Long logs and errors count too.
    archive = Archive(str(folds.path))
    saved = save(archive, find(archive, None), Limits(characters=1000))
    archive.close()
    assert 0 < saved.data["details"] < 14
    assert any("of 14 symbols" in each for each in saved.left_out)


# -- a notebook --------------------------------------------------------------------------------------------------------

NOTEBOOK = """\
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="NoColor")
shell.display_formatter.active_types = list(shell.display_formatter.formatters)
cells = [
    "import lineage\\nfrom lineage import pipeline, step",
    "@step\\ndef one() -> int:\\n    return 1\\n\\n@step\\ndef two(a: int) -> int:\\n    return a + 1",
    "@pipeline\\ndef sums():\\n    first = one()\\n    second = two(first)",
    "made = lineage.run()",
]
for cell in cells:
    shell.run_cell(cell, store_history=True)
loaded = sorted(name for name in sys.modules if name.startswith(("lineage.report", "lineage.graph", "lineage.dash")))
made = shell.user_ns["made"]
told, _ = shell.display_formatter.format(made)
asked, _ = shell.display_formatter.format(shell.ev("lineage.History().pipeline('sums').runs[-1]"))
listed = shell.ev("lineage.run('list')")
import json
print(json.dumps({"before": loaded, "types": sorted(told), "svg": told["image/svg+xml"], "same": asked["image/svg+xml"],
    "listed": listed, "modules": sorted({"bokeh", "jinja2", "PIL"} & set(sys.modules))}))
"""


@pytest.mark.fresh
def test_a_run_shows_itself_in_a_notebook(tmp_path: Path) -> None:
    """`lineage.run()` and a run of the history are the picture, drawn when it is shown, and no script is in it."""
    pytest.importorskip("IPython")
    project = Project(tmp_path / "notebook")
    project.environment["IPYTHONDIR"] = str(tmp_path / "ipython")
    (project.path / "book.py").write_text(NOTEBOOK)
    told = json.loads(project.python("import runpy, sys; runpy.run_path('book.py')").splitlines()[-1])
    assert told["before"] == []
    assert told["types"] == ["image/svg+xml", "text/plain"]
    assert statuses(told["svg"]) == {"sums:one": "run", "sums/first": "run", "sums:two": "run", "sums/second": "run"}
    assert statuses(told["same"]) == statuses(told["svg"])
    assert "<script" not in told["svg"]
    assert " id=" not in told["svg"]
    assert told["listed"] is None
    assert told["modules"] == []


def test_a_label_without_room_loses_its_middle() -> None:
    """The calls of one step differ in how their names end, so the end stays."""
    label = fitted("score@fold:10", 12, 70, keeps_end=True)
    assert width(label, 12) <= 70
    assert label.startswith("sc")
    assert label.endswith(":10")
    assert label.count("…") == 1
