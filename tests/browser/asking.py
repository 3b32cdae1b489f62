"""A notebook that asks the tests' own items, for JupyterLab; and pages of them, for a disk."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

SETUP = """%load_ext kthreadlab
from kthreadlab import arrange, arranged, broke, predict
from kthreadlab.checks.replaying import replay
from kthreadlab.course import registry
from tests.course.samples import DUEL, ITEMS, WON
registry.ITEMS.update({item.key: item for item in ITEMS})
film = replay(DUEL.module, DUEL.scenario, DUEL.config, WON)"""
CELLS = (
    SETUP,
    'predict("lab6.p1", "?")',
    'predict("lab6.p1",\n        "?", film=film)  # "?" is no letter',
    'order_1 = "?"\narrange("lab6.order1", order_1)',
    'arranged("lab6.order1", order_1)',
    "'after'",
)


def write_notebook(path: Path) -> None:
    """A notebook with two questions, one of them with a film, and a puzzle."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS], metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)


def sources(path: Path) -> list[str]:
    """The cells of a saved notebook."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def saved(page, path: Path) -> list[str]:
    """Save the notebook that is open; its cells then."""
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    for _ in range(200):
        if path.stat().st_mtime_ns != before and path.read_text().endswith("}\n"):
            return sources(path)
        page.wait_for_timeout(50)
    raise AssertionError("the notebook was not saved")
