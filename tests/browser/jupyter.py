"""A JupyterLab for tests: how it is served, and how a notebook in it is driven."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

REPO = Path(__file__).resolve().parents[2]
SETTINGS = {
    # every cell is in the page, also those that are out of sight
    "notebook-extension/tracker": {"windowingMode": "none"},
}
WRONG = REPO / "tests" / "submissions" / "lab2" / "wrong" / "ignores_the_same_id.py"


@dataclass(frozen=True)
class Server:
    """Where a JupyterLab answers, what it serves, and where it keeps its settings."""

    address: str
    folder: Path
    settings: Path

    def theme(self, name: str) -> None:
        """The theme of every page opened from now on."""
        write_settings(self.settings, "apputils-extension/themes", {"theme": f"JupyterLab {name}"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_environment(scratch: Path) -> dict[str, str]:
    """An environment in which JupyterLab knows nothing of whoever runs the test."""
    for name, values in SETTINGS.items():
        write_settings(scratch / "settings", name, values)
    folders = {
        name: str(scratch / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    folders |= {
        "JUPYTERLAB_SETTINGS_DIR": str(scratch / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "spaces"),
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, **folders, "PATH": path, "PYTHONPATH": str(REPO)}


def write_settings(folder: Path, name: str, values: dict) -> None:
    path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def wrong_answer(solution: Path, path: Path) -> None:
    """The solution's notebook with a wrong answer in it."""
    notebook = json.loads(solution.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "lab2-mykthread":
            cell["source"] = f"%%kmod myevent mykthread\n{WRONG.read_text()}"
    path.write_text(json.dumps(notebook))


def players(path: Path) -> None:
    """A notebook of four cells: a player, a failing report with its player, and something after them."""
    cells = (
        "%load_ext kthreadlab\nimport kthreadlab\nfrom dataclasses import replace\n"
        "from tests.show.samples import everything",
        "kthreadlab.show(replace(everything(), config='from $HOME to $PATH'))",
        f"kthreadlab.check('lab2', kthreadlab.load({str(WRONG)!r}))",
        "'after'",
    )
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)


@contextmanager
def jupyterlab(folder: Path, scratch: Path):
    """Serve *folder* on a free port of this machine only; yields the `Server`."""
    port = free_port()
    # no token: the server listens on the loopback address, for the length of this test
    command = [sys.executable, "-m", "kthreadlab", "lab", str(folder), "--", "--no-browser"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.extension_manager=readonly"]
    log = (scratch / "jupyterlab.log").open("w")
    server = subprocess.Popen(
        command, cwd=scratch, env=server_environment(scratch), stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server, scratch / "jupyterlab.log")
        yield Server(address, folder, scratch / "settings")
    finally:
        os.killpg(server.pid, 15)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)
            server.wait()
        log.close()


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            pytest.fail(f"JupyterLab ended by itself:\n{log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"{address}/api", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not answer in a minute:\n{log.read_text()[-2000:]}")


def open_notebook(page, lab: Server, notebook: str):
    """Open a notebook and wait for its kernel; gives what says that the kernel is idle."""
    page.goto(f"{lab.address}/lab/tree/{notebook}?reset")  # nothing that another test left open
    page.wait_for_selector(".jp-NotebookPanel")
    idle = page.locator("#jp-main-statusbar", has_text="| Idle")
    idle.wait_for()
    return idle


def choose(page, menu: str, *items: str) -> None:
    """Click through JupyterLab's menus; the *items* are what they say, or the commands behind them."""
    page.locator(".lm-MenuBar-item", has_text=menu).first.click()
    for item in items:
        by_command = page.locator(f'.lm-Menu-item[data-command="{item}"]')
        by_words = page.locator(".lm-Menu-item", has=page.get_by_text(item, exact=True))
        (by_command if ":" in item else by_words).first.click()


def seen(page, look: tuple[int, int, str]) -> None:
    """The same page in a window of another size, in another theme."""
    width, height, theme = look
    page.set_viewport_size({"width": 1280, "height": 800})
    if page.evaluate("document.body.dataset.jpThemeName") != f"JupyterLab {theme}":
        choose(page, "Settings", "Theme", f"JupyterLab {theme}")
        page.wait_for_function(f"document.body.dataset.jpThemeName === 'JupyterLab {theme}'")
    page.set_viewport_size({"width": width, "height": height})


def open_and_run_all(page, lab: Server, notebook: str) -> None:
    """Open a notebook, wait for its kernel, Run All, wait until the kernel is idle again."""
    idle = open_notebook(page, lab, notebook)
    choose(page, "Run", "runmenu:run-all")
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent);
            return cells.length && cells.every(text => !text.includes('*')) && cells.some(text => /\\d/.test(text));
        }"""
    )
    idle.wait_for()


def cell_with(page, text: str):
    return page.locator(".jp-CodeCell", has=page.locator(".jp-InputArea", has_text=text)).first


def shoot(page, locator, path: Path) -> None:
    locator.scroll_into_view_if_needed()
    page.screenshot(path=path)
