"""What a module must have taken back before rmmod returns: work, timers of work, tasklets, handlers of interrupts."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, done, explore
from tests.support import module

VERSIONS = ("2.6.24", "6.12")
CALLS = (Call("insmod", "init_module"), Call("rmmod", "cleanup_module", when=done("insmod")))
WAYS = {
    "work": ("schedule_work(work)", "cancel_work_sync(work)"),
    "flushed": ("schedule_work(work)", "flush_scheduled_work()"),
    "delayed": ("schedule_delayed_work(late, HZ)", "cancel_delayed_work_sync(late)"),
    "queue": ('q = create_singlethread_workqueue("jobs")\n    queue_work(q, work)', "destroy_workqueue(q)"),
    "tasklet": ("tasklet_schedule(soon)", "tasklet_kill(soon)"),
    "handler": ('request_irq(11, served, 0, "nic", NULL)', "free_irq(11, NULL)"),
}


def text_of(start: str, stop: str, version: str) -> str:
    data = "" if version == "6.12" else ", 0"
    return (
        f"n = u32(0)\nq = ptr()\nwork = DECLARE_WORK(handle)\nlate = DECLARE_DELAYED_WORK(handle)\n"
        f"soon = DECLARE_TASKLET(handle{data})\n\n\ndef handle(w):\n    global n\n    n = n + 1\n\n\n"
        f"def served(irq, id):\n    return IRQ_HANDLED\n\n\n"
        f"def init_module():\n    global q\n    {start}\n    return 0\n\n\n"
        f"def cleanup_module():\n    {stop}\n    return\n"
    )


def fails(text: str, version: str, calls: tuple[Call, ...]) -> set[str]:
    world = Scenario("unload", calls=calls, insmod="insmod", rmmod="rmmod")
    found = explore(module(text), world, Config(version, cpus=8))
    return {name for name, verdict in found.verdicts.items() if verdict.fails}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_behind_runs_in_code_that_is_gone(way: str, version: str) -> None:
    """Taken back, all is well."""
    start, stop = WAYS[way]
    calls = (*CALLS, Call("nic", "served", context="irq")) if way == "handler" else CALLS
    assert set() == fails(text_of(start, stop, version), version, calls)
    assert "no_dangling" in fails(text_of(start, "pass", version), version, calls)


def test_a_function_that_says_it_is_done_is_not() -> None:
    """complete() comes before it returns; only a flush waits for that."""
    text = text_of("schedule_work(work)", "wait_for_completion(done)", "2.6.24").replace("n = n + 1", "complete(done)")
    text = f"done = DECLARE_COMPLETION()\n{text}"
    assert {"no_dangling"} == fails(text, "2.6.24", CALLS)
    flushed = text.replace("wait_for_completion(done)", "wait_for_completion(done)\n    flush_scheduled_work()")
    assert set() == fails(flushed, "2.6.24", CALLS)
