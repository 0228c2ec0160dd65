"""The page for who has no pointer, or a screen with few colours: focus that can be seen, tabs, marks that stay."""

from __future__ import annotations

from io import BytesIO

import pytest
from pages import Opening, Page
from projects import Project

#: What has the focus, and how wide its outline is.
OUTLINE = "() => parseFloat(getComputedStyle(document.activeElement).outlineWidth) || 0"
WHERE = "() => document.activeElement.outerHTML.slice(0, 160)"


def stops(page: Page, most: int = 60) -> list[tuple[str, float]]:
    """Return what the Tab key leads to, once around, with the outline of each."""
    found: list[tuple[str, float]] = []
    page.page.evaluate("() => document.activeElement.blur()")
    for _ in range(most):
        page.page.keyboard.press("Tab")
        if page.page.evaluate("() => document.activeElement === document.body"):
            break
        found.append((page.page.evaluate(WHERE), page.page.evaluate(OUTLINE)))
    return found


@pytest.mark.parametrize("view", ["lineage&task=words:counter", "timeline", "table", "compare", "artifacts", "stack"])
def test_who_tabs_through_a_view_sees_where_they_are(done_words: Project, opened: Opening, view: str) -> None:
    """Each button, link, field and picture that the Tab key leads to has an outline then."""
    done_words.doit("counter=count_unique")
    page = opened(done_words, f"?theme=light&view={view}", "--no-plan")
    page.page.wait_for_timeout(200)
    found = stops(page)
    assert len(found) > 8
    assert [where for where, width in found if width < 1] == []


def test_arrows_lead_from_tab_to_tab(done_words: Project, opened: Opening) -> None:
    """As in other tabs: right and left, Home and End, and the focus goes along."""
    page = opened(done_words, "?theme=light", "--no-plan")
    page.page.focus("#tab-lineage")
    chosen = "document.activeElement.dataset.view + ' ' + document.querySelector('[role=tab][aria-selected=true]').id"
    for key, name in (("ArrowRight", "timeline"), ("End", "stack"), ("ArrowRight", "lineage"), ("ArrowLeft", "stack")):
        page.page.keyboard.press(key)
        page.wait(f"({chosen}) === '{name} tab-{name}'")
    assert page.page.locator("#view").get_attribute("aria-labelledby") == "tab-stack"


def test_marks_stay_where_the_system_has_few_colours(done_words: Project, opened: Opening) -> None:
    """With forced colours the bars of the runs and of the timeline are there, in the colours of how they ended."""
    from PIL import Image

    page = opened(done_words, "?theme=light&view=timeline", "--no-plan")
    page.page.emulate_media(forced_colors="active")
    for place in (".strip", ".timeline"):
        picture = Image.open(BytesIO(page.page.locator(place).first.screenshot())).convert("RGB")
        blue = [each for _, each in picture.getcolors(1 << 20) or [] if each[2] > each[0] + 60]
        assert blue, place
