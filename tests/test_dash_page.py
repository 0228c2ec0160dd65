"""The dashboard in a real browser: what is on the screen, and that nothing but the page's own code runs there."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pages import PATIENCE, Opening, Page
from projects import DOIT, WORDS, Project, digits_project

RUN, CACHED, FAILED, RUNNING = (0x1F, 0x5F, 0xBF), (0x2A, 0xA7, 0x75), (0xB3, 0x20, 0x2C), (0xF5, 0xB8, 0x1C)
STEPS = ("words:collect", "words:counter", "words:report")


def near(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=True))


def test_the_three_pictures_of_the_lesson(tmp_path: Path, opened: Opening) -> None:
    """The first run is all blue, the second all green, and after a swap data is green, trainer and after blue."""
    project = Project(tmp_path / "digits").write(digits_project())
    project.doit()
    project.doit()
    project.doit("trainer=tree_trainer")
    names = ("digits:importer", "digits/X_train", "digits:trainer", "digits/model", "digits:evaluator")
    address = ""
    for run, colours in ((1, [RUN] * 5), (2, [CACHED] * 5), (3, [CACHED, CACHED, RUN, RUN, RUN])):
        page = opened(address or project, f"?theme=light&run={run}", "--no-plan")
        address = page.address
        found = [page.colour(name) for name in names]
        assert all(near(*pair) for pair in zip(found, colours, strict=True)), (run, found)


def test_a_running_step_turns_blue_without_a_reload(held: Project, opened: Opening) -> None:
    """What is planned is grey before it runs; a step at work is amber, and blue when it is done."""
    page = opened(held)
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length === 6")
    assert {page.statuses()[step] for step in STEPS} == {"pending"}
    page.page.evaluate("window.same = true")
    doit = held.start(*DOIT)
    page.wait("lineage.canvas.at.has('words:counter') && lineage.canvas.node('words:counter').status === 'running'")
    assert near(page.colour("words:counter"), RUNNING)
    assert page.statuses()["words:report"] == "pending"
    (held.path.parent / "hold").unlink()
    page.wait("lineage.canvas.nodes.every((node) => node.status === 'run')")
    assert near(page.colour("words:counter"), RUN)
    assert page.page.evaluate("window.same") is True
    assert held.finish(doit).code == 0


def test_a_click_tells_why(words: Project, opened: Opening) -> None:
    """A click keeps what a step comes from bright, and the panel begins with the reason and the diff of the code."""
    words.doit()
    words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "e"')
    words.doit()
    page = opened(words, "?theme=light", "--no-plan")
    page.click("words:counter")
    said = page.panel()
    assert "WHY IT RAN" in said
    assert said.index("WHY IT RAN") < said.index("INPUTS")
    assert '-SEPARATOR = " "' in said
    assert '+SEPARATOR = "e"' in said
    assert "doit -a -s words:counter" in said
    assert "task=words%3Acounter" in page.page.url
    assert page.page.evaluate("lineage.canvas.bright.has('words/sentence')") is True


def test_the_first_picture_waits_for_nothing(words: Project, opened: Opening) -> None:
    """Before Bokeh is there the picture is drawn and can be clicked; when it takes over, nothing moves on it."""
    words.doit()
    page = opened(words, "?theme=light", "--no-plan", scale=1.25, width=1281)
    waiting: list[Any] = []
    page.page.route("**/bokeh.min.js*", lambda route: waiting.append(route))
    begin(page, "?theme=light&task=words:counter")
    assert page.page.evaluate("[typeof window.Bokeh, lineage.canvas.selected]") == ["undefined", "words:counter"]
    assert near(page.colour("words:collect"), RUN)
    page.click("words/total")
    page.wait("lineage.canvas.selected === 'words/total'")
    begin(page, "?theme=light")
    before = drawn(page)
    waiting[-1].continue_()
    page.wait("document.documentElement.hasAttribute('data-live')")
    after = drawn(page)
    assert page.page.evaluate("document.querySelector('.picture > canvas')") is None
    moved = sum(abs(one - other) > 60 for one, other in zip(before, after, strict=True))
    assert moved < len(before) / 2000


def begin(page: Page, query: str) -> None:
    """Open the page anew and wait until it is drawn, whatever it still loads."""
    page.page.goto(f"{page.address}{query}", wait_until="commit")
    page.page.wait_for_selector("html[data-ready]", timeout=PATIENCE)


def drawn(page: Page) -> bytes:
    """Return the pixels of the picture as they are on the screen, as grey."""
    from PIL import Image

    page.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return Image.open(BytesIO(page.page.locator(".canvas").screenshot())).convert("L").tobytes()


def test_the_address_is_a_permalink(words: Project, opened: Opening) -> None:
    """Run, symbol and theme are in the address, and come back with it."""
    words.doit()
    words.doit()
    page = opened(words, "?run=1&task=words/total&theme=dark", "--no-plan")
    assert "artifact words/total" in page.panel()
    assert page.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.page.inner_text(".summary .title").startswith("Run 1")
    assert page.statuses()["words:counter"] == "run"


def test_a_failure_says_what_went_wrong(words: Project, opened: Opening) -> None:
    """A failed step is red, what is after it was skipped, and its panel has the error and the log's tail.

    Against the run before it is said how both ended, and with which error.
    """
    words.doit()
    words.edit(
        "tasks/words.py", "    return len(split(sentence))", '    print("so far")\n    raise ValueError("no words")'
    )
    words.doit(code=None)
    page = opened(words, "?theme=light", "--no-plan")
    assert near(page.colour("words:counter"), FAILED)
    assert page.statuses()["words:report"] == "skipped"
    page.click("words:counter")
    said = page.panel()
    assert "no words" in said
    assert "so far" in said
    page.page.evaluate("lineage.go({ task: null, view: 'compare' })")
    page.page.wait_for_selector(".change .error", timeout=PATIENCE)
    ends = "(each) => [...each.querySelectorAll('.badge')].map((badge) => badge.dataset.status).join(' ')"
    assert page.page.evaluate(f"[...document.querySelectorAll('.change')].map({ends})") == ["run failed", "run skipped"]
    assert "no words" in page.page.inner_text(".change .error")


def test_keys_are_enough(words: Project, opened: Opening) -> None:
    """Search, arrows along the edges, focus, theme and Esc need no pointer."""
    words.doit()
    page = opened(words, "?theme=light", "--no-plan")
    keyboard = page.page.keyboard
    keyboard.press("/")
    keyboard.type("counter")
    page.wait("lineage.canvas.bright && lineage.canvas.bright.size === 1")
    keyboard.press("Enter")
    page.wait("lineage.canvas.selected === 'words:counter'")
    keyboard.press("ArrowLeft")
    page.wait("lineage.canvas.selected === 'words/sentence'")
    keyboard.press("Enter")
    page.wait("new URLSearchParams(location.search).get('focus') === '2.2.words/sentence'")
    keyboard.press("-")
    page.wait("lineage.canvas.nodes.length < 6")
    keyboard.press("t")
    page.wait("document.documentElement.dataset.theme === 'dark'")
    for _ in range(3):
        keyboard.press("Escape")
    page.wait("lineage.canvas.nodes.length === 6 && !lineage.canvas.bright")


def test_an_empty_project_says_what_to_do(tmp_path: Path, opened: Opening) -> None:
    """Without a run there is a sentence and the command, and the first run appears by itself."""
    project = Project(tmp_path / "words").write(WORDS)
    page = opened(project, "?theme=light", "--no-plan")
    assert "Nothing has run here yet" in page.page.inner_text("#view")
    project.doit()
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length === 6")


PAYLOAD = "<img src=x onerror=alert(1)>"


def test_a_payload_in_every_field_executes_nothing(tmp_path: Path, opened: Opening) -> None:
    """Names, parameters, values, errors and logs are text, whatever is in them."""
    files = {
        "dodo.py": f"""\
from lineage import pipeline
from steps import fail, take

@pipeline
def attack():
    made = [take(text=text) for text in ({PAYLOAD!r}, "</script><script>alert(2)</script>", "$$x^2$$")]
    gone = fail(made)
""",
        "steps.py": f"""\
from lineage import step

@step
def take(text: str) -> str:
    {PAYLOAD!r}
    print(text)
    return text

@step
def fail(made: list) -> str:
    print({PAYLOAD!r})
    raise ValueError({PAYLOAD!r})
""",
    }
    project = Project(tmp_path / "<img src=x onerror=alert(3)>").write(files)
    project.doit(code=None)
    page = opened(project, "?theme=light", "--no-plan")
    page.wait("lineage.canvas.nodes.length > 1")
    page.page.evaluate("lineage.expandAll()")
    for name in page.page.evaluate("lineage.canvas.nodes.map((node) => node.id)"):
        page.page.evaluate("(id) => lineage.go({task: id})", name)
        page.page.wait_for_timeout(150)
    page.page.evaluate("(text) => lineage.go({task: text, q: text})", PAYLOAD)
    page.page.wait_for_timeout(150)
    assert (
        page.page.evaluate(
            "document.querySelectorAll('img:not(.mark), script:not([src]):not([nonce]):not([type])').length"
        )
        == 0
    )
    assert page.page.evaluate("document.title").startswith("<img src=x onerror=alert(3)>")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_comparison_colours_the_picture(done_words: Project, opened: Opening, theme: str) -> None:
    """From Compare to the picture: what changed is violet, what is the same pale; Esc leads back to the statuses."""
    done_words.doit("counter=count_unique")
    page = opened(done_words, f"?theme={theme}&view=compare", "--no-plan")
    page.page.get_by_role("button", name="Show in the picture").click()
    page.wait("Boolean(lineage.canvas) && lineage.canvas.nodes.length === 6")
    assert page.statuses()["words:counter"] == "changed"
    assert page.statuses()["words:collect"] == "same"
    changed = (0x7A, 0x4F, 0xD0) if theme == "light" else (0x8D, 0x63, 0xE6)
    assert near(page.colour("words:counter"), changed)
    assert near(page.colour("words:collect"), (0xD9, 0xDE, 0xE6) if theme == "light" else (0x4A, 0x54, 0x5F))
    assert "run 2 against run 1" in page.page.inner_text("#shell")
    page.click("words:counter")
    assert "count_unique" in page.panel()
    for _ in range(2):
        page.page.keyboard.press("Escape")
    page.wait("lineage.canvas.node('words:counter').status === 'run'")
    assert page.page.evaluate("lineage.state().against") is None


def test_what_is_gone_still_tells_of_itself(done_words: Project, opened: Opening) -> None:
    """A step that the newer run does not have is drawn where it was, and its panel is that of the older run."""
    done_words.edit("dodo.py", "    summary = report(sentence, total)\n", "")
    done_words.doit()
    page = opened(done_words, "?theme=light&against=1&task=words:report", "--no-plan")
    page.wait("Boolean(lineage.canvas) && lineage.canvas.at && lineage.canvas.at.has('words:report')")
    assert page.statuses()["words:report"] == "gone"
    assert "report" in page.panel()
    assert "Cannot" not in page.panel()
