"""The player in a headless Chromium: how soon it shows something, and how fast it steps."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from kthreadlab.show.page import player_script, player_style
from tests.browser.chromium import FLAGS, program

PAINT = """async (text) => {
    const began = performance.now();
    window.player = mount(document.getElementById('host'), JSON.parse(text));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
}"""
STEPS = """async () => {
    const began = performance.now();
    for (let step = 300; step < 480; step += 1) {
        player.go(step);
        await new Promise(requestAnimationFrame);
    }
    return 180000 / (performance.now() - began);
}"""


@dataclass(frozen=True)
class Found:
    """*paint*: milliseconds from the film's text to the frame that shows it; *rate*: steps a second, one a frame."""

    paint: float
    rate: float


def available() -> bool:
    """Is there a browser, and something to drive it?"""
    return program() is not None and find_spec("playwright") is not None


def measure(film: str) -> Found:
    """Show a film, and step through a part of it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_content(f'<style>{player_style()}</style><div id="host"></div>')
        page.add_script_tag(content=player_script())
        found = Found(page.evaluate(PAINT, film), page.evaluate(STEPS))
        browser.close()
    return found
