"""The rows of a report in a real JupyterLab: by keyboard, in both themes, and without a kernel's help."""

import pytest

from tests.browser.jupyter import cell_with, open_and_run_all, shoot

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["Light", pytest.param("Dark", marks=pytest.mark.long)])
def test_a_row_loads_its_story_by_keyboard(page, lab, screenshots, theme):
    """Enter on a row's button plays that row's witness below; no key reaches the notebook."""

    lab.theme(theme)
    open_and_run_all(page, lab, "wrong.ipynb")
    output = cell_with(page, 'check("lab2", myevent)')
    cells = page.locator(".jp-Cell").count()
    first, second = output.locator("button.story").first, output.locator("button.story").nth(1)
    name = second.evaluate("button => button.closest('[data-story]').dataset.story")
    shoot(page, first, screenshots / f"report-rows-{theme}.png")
    second.focus()
    page.keyboard.press("Enter")

    assert "true" == second.get_attribute("aria-pressed")
    assert f"✗ Here it broke: {name}" in output.get_by_role("status").inner_text()
    assert output.locator(".kl-player").evaluate("player => document.activeElement === player")
    first.focus()
    page.keyboard.press("Space")
    assert "✗ Here it broke: delivered_when_asleep." in output.get_by_role("status").inner_text()
    assert 1 == output.locator(".kl-player").count()
    assert cells == page.locator(".jp-Cell").count()
    assert [] == page.problems
