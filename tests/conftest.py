"""A Chromium for tests, and pages in it that note what goes wrong: one for all, wherever they stand.

The tests skip themselves, saying why, where there is no Chromium or no playwright.  Set KTHREADLAB_SCREENSHOTS to a
folder to have pictures of what they see; else none are taken.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.chromium import FLAGS, program

BENIGN = ("favicon",)
SCREENSHOTS = os.environ.get("KTHREADLAB_SCREENSHOTS")


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not program():
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Opens pages that note what goes wrong in them: errors, and requests that leave *home*."""
    tabs = []

    def opener(*home: str, width: int = 1280, height: int = 1000, scheme: str = "light", **more):
        tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, **more)
        tabs.append(tab)
        tab.set_default_timeout(60_000)
        tab.problems = []
        if not SCREENSHOTS:
            tab.screenshot = lambda **how: None
        tab.on("console", lambda said: note(tab, said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: note(tab, str(error)))
        tab.on("request", lambda asked: asked.url.startswith(home) or note(tab, f"asked for {asked.url}"))
        return tab

    yield opener
    for tab in tabs:
        tab.close()


def note(tab, problem: str) -> None:
    if not any(word in problem for word in BENIGN):
        tab.problems.append(problem)


@pytest.fixture
def screenshots(tmp_path):
    """A folder for pictures of what was seen."""
    folder = Path(SCREENSHOTS or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def items(monkeypatch):
    """What labs ask beside their modules is the tests' own items, and nothing else."""
    from kthreadlab.course import registry
    from tests.course.samples import ITEMS

    monkeypatch.setattr(registry, "ITEMS", {item.key: item for item in ITEMS})
