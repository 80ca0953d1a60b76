"""kedro-viz and the page of a run as a person sees them, in headless Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

WAIT_MS = 120_000


class Page:
    """kedro-viz in a browser, with the errors of its console."""

    def __init__(self, page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)

    def _note(self, message) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, node: str | None = None, view: str = "") -> None:
        """Show the pipeline, and the panel of a node if one is named."""
        chosen = f"&sid={node}" if node else ""
        self.page.goto(f"{self.address}/{view}?pid=__default__{chosen}")
        self.page.wait_for_selector(".pipeline-node", timeout=WAIT_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    # kedro-viz asks a server for its newest version: nothing may leave the machine.
    context.route(
        lambda url: not url.startswith(server), lambda route: route.fulfill(json={})
    )
    yield Page(context.new_page(), server)
    context.close()


def test_the_pipeline_is_a_handful_of_boxes(page):
    page.open()

    names = page.page.locator(".pipeline-node__text").all_text_contents()
    boxes = {"data_engineering", "ae", "dae", "resunet", "reporting"}
    assert boxes <= {name.lower().replace(" ", "_") for name in names}
    assert page.errors == []


def test_a_figure_is_shown_in_its_panel(page, nodes):
    page.open(nodes["loss_curves"]["id"])

    image = page.page.wait_for_selector(
        ".pipeline-metadata img, .pipeline-matplotlib-chart img", timeout=WAIT_MS
    )
    width = image.evaluate("image => image.naturalWidth")
    assert width > 1000
    assert page.errors == []


def test_a_table_is_shown_in_its_panel(page, nodes):
    page.open(nodes["metrics"]["id"])

    page.page.wait_for_selector(".pipeline-metadata table", timeout=WAIT_MS)
    cells = page.page.locator(".pipeline-metadata td").all_inner_texts()
    assert {"ae", "noisy_input", "dae", "resunet"} <= set(cells)
    assert page.errors == []


def test_the_last_run_is_shown_with_status_durations_and_sizes(page, nodes, first_run):
    page.open(view="workflow")

    summary = page.page.get_by_text("Run execution completed successfully in")
    summary.wait_for(timeout=WAIT_MS)
    node, curves = (
        page.page.locator(
            f".pipeline-node[data-id='{nodes[name]['id']}']"
        ).text_content()
        for name in ("download_images", "loss_curves")
    )
    assert re.search(r"Status:success.*Duration:[\d.]+m?s", node)
    size = first_run.newest("08_reporting/loss_curves.png").stat().st_size
    assert re.search(rf"Status:success.*Size:{size / 1024:.2f}KB", curves)
    assert page.errors == []


# The page of a run


def test_the_page_is_whole_without_scripts(browser, first_run):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(first_run.newest("08_reporting/report.html").as_uri())

    assert page.locator("h2").count() == 9
    pair = page.locator(".pair").first.locator("img")
    boxes = [pair.nth(index).bounding_box() for index in (0, 1)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert page.locator("input").count() == 0
    context.close()


def test_a_slider_shows_more_or_less_of_the_noisy_image(browser, first_run):
    context = browser.new_context()
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(first_run.newest("08_reporting/report.html").as_uri())

    before = page.locator(".pair img").first
    shown = "image => getComputedStyle(image).clipPath"
    assert before.evaluate(shown) == "inset(0px 50% 0px 0px)"
    page.locator("input[type=range]").first.fill("80")
    assert before.evaluate(shown) in ("inset(0px 20% 0px 0px)", "inset(0 20% 0 0)")
    assert page.locator("input[type=range]").count() == 6
    assert errors == []
    context.close()
