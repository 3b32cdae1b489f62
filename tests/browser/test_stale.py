"""A verdict of an older text, in a real JupyterLab: the saved page tells; and `--check` checks in one go."""

import pytest

from kthreadlab.front.saved import STALE
from tests.browser.jupyter import cell_with

pytestmark = pytest.mark.browser

ANSWER, CHECK = "%%kmod myevent mykthread", 'check("lab2", myevent)'


@pytest.fixture
def notebook(page, lab):
    """A student's Lab 2, its first cell and its answer run."""
    page.goto(f"{lab.address}/lab/tree/lab2/lab2.ipynb?reset")
    page.wait_for_selector(".jp-NotebookPanel")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    for cell in ("%load_ext", ANSWER):
        run(page, cell)
    return page


def run(page, text: str):
    """Run a cell with Ctrl+Enter, wait until it is done, and give it."""
    cell = cell_with(page, text)
    before = cell.locator(".jp-InputPrompt").first.text_content()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "([prompt, before]) => /\\d/.test(prompt.textContent) && prompt.textContent !== before",
        arg=[cell.locator(".jp-InputPrompt").first.element_handle(), before],
    )
    return cell


def test_an_answer_changed_and_saved_but_not_run_is_noticed(notebook, screenshots):
    """Above the verdicts, in the report; once it is run, the sentence is gone."""

    assert STALE not in run(notebook, CHECK).inner_text()
    cell_with(notebook, ANSWER).locator(".cm-content").click()
    notebook.keyboard.press("Control+End")
    notebook.keyboard.type("\n# and a thought")
    assert STALE not in run(notebook, CHECK).inner_text(), "nobody could know: it is not saved"
    notebook.keyboard.press("Control+s")
    notebook.locator(".jp-Notebook:not(.jp-mod-dirty)").first.wait_for()
    notebook.wait_for_function("() => !document.querySelector('.lm-TabBar-tab.jp-mod-current.jp-mod-dirty')")
    stale = run(notebook, CHECK)
    notebook.screenshot(path=screenshots / "stale.png")

    assert STALE in stale.inner_text()
    run(notebook, ANSWER)
    assert STALE not in run(notebook, CHECK).inner_text()


def test_the_answer_is_checked_where_it_stands(notebook, screenshots):
    """`--check lab2` on its first line: the report is below the cell itself, and so are errors."""

    cell = cell_with(notebook, ANSWER)
    cell.locator(".cm-line").first.click()
    notebook.keyboard.press("End")
    notebook.keyboard.type(" --check lab2")
    run(notebook, ANSWER)
    notebook.screenshot(path=screenshots / "check-at-once.png")

    assert "of 60 points" in cell.locator(".jp-OutputArea-output .kthreadlab-report").first.inner_text()
    assert [] == notebook.problems

    # an error there has its caret under its place, whatever styles JupyterLab's extensions bring: letters are as wide
    cell.locator(".cm-line").first.click()
    notebook.keyboard.press("End")
    notebook.keyboard.type("\nx = kmalloc()")
    run(notebook, ANSWER)
    notebook.screenshot(path=screenshots / "errors.png")
    columns = cell.locator(".kthreadlab-errors").evaluate(
        """pre => ['    x = k', '        ^'].map(line => {
            const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT), range = document.createRange();
            let left = pre.textContent.indexOf(line) + line.length, node;
            while ((node = walker.nextNode()) && left > node.length) left -= node.length;
            range.setStart(node, left - 1); range.setEnd(node, left);
            return Math.round(range.getBoundingClientRect().left);
        })"""
    )
    assert columns[0] == columns[1]
