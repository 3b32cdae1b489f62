"""A JupyterLab with the labs in it, and a page of it."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.jupyter import REPO, jupyterlab, wrong_answer


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab with the student's labs and, beside them, the solutions and a wrong answer; yields the `Server`."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    scratch = tmp_path_factory.mktemp("jupyterlab")
    folder = scratch / "labs"
    folder.mkdir()
    shutil.copy(REPO / "solutions" / "lab2" / "lab2.ipynb", folder / "solution.ipynb")
    shutil.copy(REPO / "solutions" / "lab5" / "lab5.ipynb", folder / "solution5.ipynb")
    wrong_answer(folder / "solution.ipynb", folder / "wrong.ipynb")
    with jupyterlab(folder, scratch) as server:
        yield server


@pytest.fixture
def page(open_page, lab):
    """A fresh page of the JupyterLab."""
    return open_page(lab.address, lab.address.replace("http", "ws", 1), "data:", "blob:")
