"""Writing kernel Python in JupyterLab: highlighting, completion and the manual in `%%kmod` cells."""

import pytest

from tests.browser.jupyter import cell_with

pytestmark = pytest.mark.browser

COLOURS = """(cell) => Object.fromEntries([...cell.querySelectorAll('.cm-line span')].map(
    span => [span.textContent, getComputedStyle(span).color]))"""


@pytest.fixture
def notebook(page, lab):
    """A student's Lab 2, its first cell run; nothing else."""
    page.goto(f"{lab.address}/lab/tree/lab2/lab2.ipynb?reset")
    page.wait_for_selector(".jp-NotebookPanel")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    cell_with(page, "%load_ext").locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "() => /\\[\\d+\\]/.test(document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent)"
    )
    return page


def answer(page):
    return cell_with(page, "%%kmod myevent mykthread")


def test_a_kmod_cell_is_written_like_the_python_it_looks_like(notebook, screenshots):
    """Keywords, names of functions, texts and comments have colours of their own; the magic line spoils nothing.  Tab
    offers the kernel's names; Shift-Tab shows the page of the word."""

    cell = answer(notebook)
    cell.locator(".cm-content").click()
    notebook.keyboard.press("Control+End")
    notebook.keyboard.type('\n# a comment\n"a text"\nreturn 12')
    colours = cell.evaluate(COLOURS)
    notebook.screenshot(path=screenshots / "highlighting.png")

    assert len({colours[text] for text in ("def", "# a comment", '"a text"', "12")}) == 4, colours

    notebook.keyboard.press("Control+End")
    notebook.keyboard.type("\nwake_up_p")
    notebook.keyboard.press("Tab")
    notebook.get_by_text("wake_up_process", exact=True).first.wait_for()
    notebook.screenshot(path=screenshots / "completion.png")
    notebook.keyboard.press("Enter")
    notebook.keyboard.type("(")
    notebook.keyboard.press("Shift+Tab")
    tooltip = notebook.locator(".jp-Tooltip")
    tooltip.wait_for()
    notebook.screenshot(path=screenshots / "tooltip.png")

    assert "wake_up_process(9)" in tooltip.inner_text()
    assert [] == notebook.problems
