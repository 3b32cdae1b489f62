"""A page to play on, in a headless Chromium: how soon it is seen, and how fast a click becomes a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.player import available
from tests.browser.chromium import FLAGS, program

__all__ = ["Found", "available", "measure"]

CLICKS = 60
PAINT = """() => new Promise((done) => {
    const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
    const seen = () => (document.querySelector(".kl-mover") ? drawn() : requestAnimationFrame(seen));
    seen();
})"""
CLICK = """async (turn) => {
    const open = [...document.querySelectorAll('.kl-mover[aria-disabled="false"]')], began = performance.now();
    if (!open.length) { document.querySelector('[aria-label="From the beginning"]').click(); return null; }
    open[turn % open.length].click();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
}"""
MAP = """async () => {
    const began = performance.now();
    [...document.querySelectorAll(".kl-bar button")].find((button) => button.textContent === "Map").click();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
}"""


@dataclass(frozen=True)
class Found:
    """Milliseconds: *paint* from navigation to the frame that shows the first buttons; *median* and *worst* from a
    click to the frame that shows what came of it, with the map open; *map*: to lay it out and draw it."""

    paint: float
    median: float
    worst: float
    map: float


def measure(page: Path) -> Found:
    """Open the page, and make moves on it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(page.as_uri(), wait_until="commit")
        paint, drawn = tab.evaluate(PAINT), tab.evaluate(MAP)
        clicks = [took for turn in range(CLICKS) if (took := tab.evaluate(CLICK, turn)) is not None]
        browser.close()
    return Found(paint, median(clicks), max(clicks), drawn)
