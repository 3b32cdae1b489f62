"""Lab 2 in a real JupyterLab in a real browser: it opens, runs from top to bottom, and shows its reports.

Skips itself, saying why, where there is no Chromium or no playwright.  The screenshots are kept in pytest's temporary
folder; set KTHREADLAB_SCREENSHOTS to a folder to have them there.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

REPO = Path(__file__).resolve().parents[2]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # every cell is in the page, also those that are out of sight
    "notebook-extension/tracker": {"windowingMode": "none"},
}
BENIGN = ("favicon",)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_environment(scratch: Path) -> dict[str, str]:
    """An environment in which JupyterLab knows nothing of whoever runs the test."""
    for name, values in SETTINGS.items():
        path = scratch / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
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


@contextmanager
def jupyterlab(folder: Path, scratch: Path):
    """Serve *folder* on a free port of this machine only; yields the address."""
    port = free_port()
    # no token: the server listens on the loopback address, for the length of this test
    command = [sys.executable, "-m", "kthreadlab", "lab", str(folder), "--", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.extension_manager=readonly"]
    log = (scratch / "jupyterlab.log").open("w")
    server = subprocess.Popen(
        command, cwd=scratch, env=server_environment(scratch), stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server, scratch / "jupyterlab.log")
        yield address
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


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium (or the one KTHREADLAB_CHROMIUM names), driven by playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    named = os.environ.get("KTHREADLAB_CHROMIUM")
    program = named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with the student's labs and, beside them, the solution; yields its address."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    scratch = tmp_path_factory.mktemp("jupyterlab")
    folder = scratch / "labs"
    folder.mkdir()
    shutil.copy(REPO / "solutions" / "lab2" / "lab2.ipynb", folder / "solution.ipynb")
    with jupyterlab(folder, scratch) as address:
        yield address


@pytest.fixture
def page(browser, lab):
    """A fresh page that notes what goes wrong in it."""
    tab = browser.new_page(viewport={"width": 1280, "height": 1000})
    tab.set_default_timeout(60_000)
    tab.problems = []
    tab.on("console", lambda said: tab.problems.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    home = (lab, lab.replace("http", "ws", 1), "data:", "blob:")
    tab.on("request", lambda asked: asked.url.startswith(home) or tab.problems.append(f"asked for {asked.url}"))
    yield tab
    tab.close()


@pytest.fixture
def screenshots(tmp_path):
    folder = Path(os.environ.get("KTHREADLAB_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_and_run_all(page, lab: str, notebook: str) -> None:
    """Open a notebook, wait for its kernel, Run All, wait until the kernel is idle again."""
    page.goto(f"{lab}/lab/tree/{notebook}?reset")  # nothing that another test left open
    page.wait_for_selector(".jp-NotebookPanel")
    idle = page.locator("#jp-main-statusbar", has_text="| Idle")
    idle.wait_for()
    page.locator(".lm-MenuBar-item", has_text="Run").first.click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent);
            return cells.length && cells.every(text => !text.includes('*')) && cells.some(text => /\\d/.test(text));
        }"""
    )
    idle.wait_for()


def cell_with(page, text: str):
    return page.locator(".jp-CodeCell", has=page.locator(".jp-InputArea", has_text=text)).first


def graded_names() -> list[str]:
    notebook = json.loads((REPO / "solutions" / "lab2" / "lab2.ipynb").read_text())
    ids = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    return [meta["grade_id"].removeprefix("lab2-") for meta in ids if meta.get("grade")]


def show(page, locator, path: Path) -> None:
    locator.scroll_into_view_if_needed()
    page.screenshot(path=path)


def test_the_solution_runs_top_to_bottom_and_shows_its_report(page, lab, screenshots):
    """Every cell runs, the report is a table with a row for each graded property, and the console stays silent."""

    open_and_run_all(page, lab, "solution.ipynb")
    report = cell_with(page, 'check("lab2", myevent)').locator(".jp-OutputArea-output table").first
    show(page, report, screenshots / "solution-report.png")
    trace = cell_with(page, "replay(listing").locator(".jp-OutputArea-output").first
    show(page, trace, screenshots / "solution-trace.png")
    show(page, cell_with(page, "%load_ext"), screenshots / "solution-top.png")

    text = report.inner_text()
    assert [] == [name for name in graded_names() if name not in text]
    assert 0 == page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count()
    assert 0 == page.locator(".jp-RenderedText[data-mime-type*=error]").count()
    assert [] == [problem for problem in page.problems if not any(word in problem for word in BENIGN)]


def test_a_students_copy_opens_and_says_that_mykthread_is_not_written(page, lab, screenshots):
    """The copy that `kthreadlab lab` made runs up to its first graded cell, and the report is kind about it."""

    open_and_run_all(page, lab, "lab2/lab2.ipynb")
    output = cell_with(page, 'check("lab2", myevent)').locator(".jp-OutputArea-output").first
    show(page, output, screenshots / "student-report.png")

    assert "not written yet" in output.inner_text()
    assert [] == [problem for problem in page.problems if not any(word in problem for word in BENIGN)]
