"""What the timeline draws between lanes, as the page has it: the same as Python says of the same trace."""

import json

import pytest

from kthreadlab.show.lanes import events_by_step
from kthreadlab.show.nested import hosts_at, nested
from kthreadlab.show.page import page_html
from kthreadlab.show.waits import circle, waits
from tests.show.samples import everything
from tests.show.test_ties import by_lot, deadlock

pytestmark = pytest.mark.browser
TRACES = {
    "everything": everything,
    "deadlock": deadlock,
    **{f"{name}, {config}": (lambda name=name, config=config: by_lot(name, config, 1)[0])
       for name in ("spinlocks", "semaphores", "interrupts") for config in ("PREEMPT", "two CPUs")},
}  # fmt: skip


@pytest.mark.parametrize("name", TRACES)
def test_arrows_and_circles_are_those_of_the_trace(open_page, tmp_path, name):
    """At every moment."""

    trace = TRACES[name]()
    path = tmp_path / "run.html"
    path.write_text(page_html(trace), encoding="utf-8")
    page = open_page(path.as_uri(), "data:")
    page.goto(path.as_uri())
    page.locator(".kl-player").focus()
    page.keyboard.press("Home")
    frames = nested(trace, events_by_step(trace))
    for moment, view in enumerate(trace.views):
        wanted = waits(view, hosts_at(frames, moment))
        drawn = page.locator("[data-waits]").evaluate_all("all => all.map((one) => one.dataset.waits)")

        assert [[w.waiter, w.lock, list(w.holders)] for w in wanted] == [json.loads(one) for one in drawn]
        assert bool(circle(wanted)) == (page.locator(".kl-timeline svg text").all_text_contents() == ["deadlock"])
        page.keyboard.press("ArrowRight")
    assert [] == page.problems
