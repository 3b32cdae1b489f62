"""A page to play on, in a headless Chromium: how soon it is seen, and how fast a click becomes a picture; the same of
the prototype's page where that is there; and of a game for which a JupyterLab's kernel answers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tests.benchmarks.player import available
from tests.browser.chromium import FLAGS, program
from tests.browser.jupyter import REPO, jupyterlab, open_and_run_all

__all__ = ["Found", "Prototype", "available", "measure", "with_kernel"]

CLICKS = 60
PAINT = """(mover) => new Promise((done) => {
    const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
    const look = () => (document.querySelector(mover) ? drawn() : requestAnimationFrame(look));
    look();
})"""
CLICK = """async ([turn, mover]) => {
    const open = [...document.querySelectorAll(mover + '[aria-disabled="false"]')], began = performance.now();
    const play = document.querySelector(".kl-play"), watched = { attributes: true, attributeFilter: ["data-moment"] };
    if (!open.length) {
        [...document.querySelectorAll("button")].find((button) => button.textContent.includes("Restart")).click();
        return null;
    }
    const moved = play && new Promise((done) => new MutationObserver(done).observe(play, watched));
    open[turn % open.length].click();
    await moved;
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


@contextmanager
def _tab():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def measure(page: Path, mover: str = ".kl-mover") -> Found:
    """Open the page, and make moves on it; *mover*: its buttons."""
    with _tab() as tab:
        tab.goto(page.as_uri(), wait_until="commit")
        paint, drawn = tab.evaluate(PAINT, mover), tab.evaluate(MAP) if mover == ".kl-mover" else 0
        clicks = _clicks(tab, mover)
    return Found(paint, median(clicks), max(clicks), drawn)


def _clicks(tab: Any, mover: str) -> list[float]:
    took = [tab.evaluate(CLICK, [turn, mover]) for turn in range(CLICKS)]
    return [one for one in took if one is not None]


# ---- the prototype ---------------------------------------------------------------------------------------------------

WRITTEN_FOR = "690f23c"
"""The commit in this repository's history for which the prototype was written."""
MAKE = """
import sys, time
sys.path.insert(0, {folder!r})
from page import *
module, world = worlds.complete(own_module({file!r})), World(**{world!r})
began = time.perf_counter()
data = packed(board(module, world.scenario, world.config, [PROPERTIES["delivered"]]))
text = page(data, "delivered", words_for(data, "delivered", "prototype"))
print(time.perf_counter() - began, data["size"])
Path({out!r}).write_text(text, encoding="utf-8")
"""


class Prototype:
    """The prototype in the folder that KTHREADLAB_PLAY_PROBE names, with the kthreadlab that it was written for."""

    def __init__(self, scratch: Path) -> None:
        self.folder, self.scratch = os.environ.get("KTHREADLAB_PLAY_PROBE", ""), scratch
        if not self.folder:
            print("no KTHREADLAB_PLAY_PROBE: play is not held against the prototype", file=sys.stderr)
            return
        files = subprocess.run(["git", "archive", WRITTEN_FOR, "kthreadlab"], cwd=REPO, capture_output=True)
        if files.returncode:
            print(f"no {WRITTEN_FOR} in this clone: play is not held against the prototype", file=sys.stderr)
            self.folder = ""
            return
        subprocess.run(["tar", "-x", "-C", str(scratch)], input=files.stdout, check=True)

    def measure(self, answer: str, world: dict[str, Any]) -> tuple[Found, float, int, int] | None:
        """What is found of its page of an answer in a world, the seconds to make it, its states and its bytes."""
        if not self.folder:
            return None
        file, out = self.scratch / "answer.py", self.scratch / "prototype.html"
        file.write_text(answer)
        code = MAKE.format(folder=self.folder, file=str(file), world=world, out=str(out))
        house = os.environ | {"PYTHONPATH": str(self.scratch), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", code]
        run = subprocess.run(command, env=house, cwd=self.scratch, capture_output=True, text=True, check=True)
        seconds, states = run.stdout.split()
        return measure(out, ".mover"), float(seconds), int(states), out.stat().st_size


# ---- with a kernel ---------------------------------------------------------------------------------------------------

GAME = """%load_ext kthreadlab
import kthreadlab
from tests.support import corpus, linked
from kthreadlab.checks.portfolio import LABS
text = next(x.text for x in corpus() if x.name == "lab6/right/reference")
world = next(x for x in LABS["lab6"].scenarios if x.name == "lab6/two-reports-and-interrupt")
kthreadlab.play(linked("lab6", text), world, kthreadlab.Config(cpus=16))"""


def with_kernel() -> list[float]:
    """Milliseconds from clicks to their pictures, in a JupyterLab whose kernel answers for each state."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        (scratch / "labs").mkdir()
        kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        notebook = new_notebook(cells=[new_code_cell(GAME)], metadata={"kernelspec": kernel})
        nbformat.write(notebook, scratch / "labs" / "game.ipynb")
        with jupyterlab(scratch / "labs", scratch) as lab, _tab() as tab:
            open_and_run_all(tab, lab, "game.ipynb")
            tab.wait_for_selector(".kl-mover")
            return _clicks(tab, ".kl-mover")
