"""A dashboard and a real browser that looks at it, for tests that read as sentences."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from projects import LINEAGE, Project, kill

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Milliseconds after which what should come never will.
PATIENCE = 60_000


def chromium() -> str:
    """Return where Chromium is; skips the test where it or playwright is missing."""
    pytest.importorskip("playwright", reason="playwright is not installed (pip install -e '.[dev]')")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no chromium on the path (apt install chromium)")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """Start a Chromium without a window."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def served(project: Project, *words: str) -> Iterator[str]:
    """Serve a project's dashboard; yields its address."""
    child = project.start(*LINEAGE, "dashboard", "--port", "0", *words)
    try:
        yield address_of(child)
    finally:
        kill(child, signal.SIGINT)
        try:
            child.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            kill(child)
            child.communicate()


def address_of(child: subprocess.Popen[str]) -> str:
    """Return the address that a dashboard says."""
    assert child.stdout is not None
    line = child.stdout.readline()
    found = [word for word in line.split() if word.startswith("http")]
    if not found:
        raise AssertionError(f"no address in {line!r}\n{child.communicate()}")
    return found[0]


class Page:
    """One open page; whatever it says on the console as an error, throws, or asks another host, is kept."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:", "about:srcdoc")):
            self.wrong.append(f"asked {url}")

    def open(self, query: str = "") -> Page:
        """Open the page and wait until it is drawn, of a live one by Bokeh."""
        self.page.goto(f"{self.address}{query}")
        self.page.wait_for_selector("html[data-ready]:is([data-live], [data-offline])", timeout=PATIENCE)
        return self

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript expression holds (asked again and again: the page's policy allows no `eval`)."""
        end = time.monotonic() + PATIENCE / 1000
        while not self.page.evaluate(condition):
            assert time.monotonic() < end, f"never: {condition}\n{self.wrong}"
            self.page.wait_for_timeout(30)

    def statuses(self) -> dict[str, str]:
        """Return {id: status} of the symbols that are drawn."""
        found = self.page.evaluate("Object.fromEntries(lineage.canvas.nodes.map((node) => [node.id, node.status]))")
        return dict(found)

    def place(self, name: str) -> tuple[float, float]:
        """Return where a symbol is on the page, in pixels."""
        x, y = self.page.evaluate(
            "(id) => { const { canvas } = lineage; const node = canvas.node(id);"
            "const box = canvas.container.getBoundingClientRect();"
            "const [x, y] = canvas.pixel(node.x, node.y); return [x + box.left, y + box.top]; }",
            name,
        )
        return x, y

    def colour(self, name: str) -> tuple[int, int, int]:
        """Return the colour that a symbol really has on the screen, beside its icon."""
        from PIL import Image

        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        x, y = self.place(name)
        size = self.page.evaluate("lineage.canvas.symbol")
        picture = Image.open(BytesIO(self.page.screenshot())).convert("RGB")
        scale = self.page.evaluate("window.devicePixelRatio")
        found = picture.getpixel((round(x * scale), round((y - size * 0.34) * scale)))
        assert isinstance(found, tuple)
        return found[0], found[1], found[2]

    def click(self, name: str, count: int = 1) -> None:
        """Click on a symbol."""
        self.page.mouse.click(*self.place(name), click_count=count)

    def panel(self) -> str:
        """Return the text of the panel, once it is there."""
        self.page.wait_for_selector("#panel:not([hidden]) h2", timeout=PATIENCE)
        return str(self.page.inner_text("#panel"))


class Opening:
    """Opens pages of dashboards; at the end the pages are closed before the dashboards end."""

    def __init__(self, chrome: Any) -> None:
        self._chrome = chrome
        self._pages: list[Page] = []
        self._servers = ExitStack()

    def __call__(
        self, project: Project | str, query: str = "?theme=light", *words: str, scale: float = 1.0, **size: int
    ) -> Page:
        """Open a page of a project's dashboard, or of one that is served already at an address.

        `scale` is how many pixels of the screen a pixel of the page has.
        """
        address = project if isinstance(project, str) else self._servers.enter_context(served(project, *words))
        room = {"width": 1280, "height": 800, **size}
        page = Page(self._chrome.new_page(viewport=room, device_scale_factor=scale), address)
        self._pages.append(page)
        return page.open(query)

    def file(
        self, path: Path, query: str = "?theme=light", *, scripts: bool = True, wait: bool = True, **size: int
    ) -> Page:
        """Open a file without a network; `scripts` says whether the browser runs any, `wait` until it is drawn."""
        room = {"width": 1280, "height": 800, **size}
        context = self._chrome.new_context(viewport=room, offline=True, java_script_enabled=scripts)
        page = Page(context.new_page(), path.as_uri())
        self._pages.append(page)
        if wait and scripts and path.suffix == ".html":
            return page.open(query)
        page.page.goto(f"{page.address}{query}")
        return page

    def close(self) -> None:
        """Close all, and fail if one said an error, threw, or asked another host."""
        for page in self._pages:
            page.page.close()
        self._servers.close()
        wrong = [each for page in self._pages for each in page.wrong]
        assert not wrong, wrong
