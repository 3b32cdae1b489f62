"""Threads that are asked to stand still: they do, go on, and are stopped all the same."""

from __future__ import annotations

import pytest

from tests.kernel.verdicts import EACH, PREEMPT, UP, failing, on

MACHINES = [on("6.12", config) for config in (UP, EACH, PREEMPT)]
WORKER = """
counter = u8(0)
gate = u8(0)


def worker(unused):
    global counter
    while not kthread_should_stop():
        if kthread_should_park():
            kthread_parkme()
            continue
        BUG_ON(gate)
        set_current_state(TASK_INTERRUPTIBLE)
        if not kthread_should_stop() and not kthread_should_park():
            schedule()
        set_current_state(TASK_RUNNING)
    return 7


def master():
    global gate
    t = {make}(worker, 0, "worker")
    if IS_ERR(t):
        return
    BUG_ON(kthread_park(t))
    gate = 1
    BUG_ON(kthread_park(t) != -EBUSY)
    wake_up_process(t)
    gate = 0
    kthread_unpark(t)
    kthread_stop(t)
"""
RUN = WORKER.replace("{make}", "kthread_run")


@pytest.mark.parametrize("config", MACHINES)
@pytest.mark.parametrize("make", ["kthread_run", "kthread_create"])
def test_who_is_parked_does_nothing_until_it_is_let_go(make, config):
    """Neither a wake-up nor that its function has not begun makes a difference."""
    assert failing(WORKER.replace("{make}", make), "master", config=config) == set()


@pytest.mark.parametrize("config", MACHINES[1:])
@pytest.mark.parametrize(
    ("gone", "instead"),
    [
        ("BUG_ON(kthread_park(t))", "might_sleep()"),
        ("kthread_parkme()", "cond_resched()"),
        ("        if kthread_should_park():\n", "        if 0:\n"),
    ],
)
def test_each_call_is_missed(gone, instead, config):
    assert failing(RUN.replace(gone, instead), "master", config=config)


LETS_GO = """
ready = DECLARE_COMPLETION()


def worker(unused):
    kthread_parkme()
    complete(ready)
    return 7


def master():
    t = kthread_create(worker, 0, "worker")
    if IS_ERR(t):
        return
    get_task_struct(t)
    kthread_park(t)
    wake_up_process(t)
    kthread_unpark(t)
    wait_for_completion(ready)
    put_task_struct(t)
"""


@pytest.mark.parametrize("config", MACHINES)
def test_who_is_let_go_goes_on(config):
    assert failing(LETS_GO, "master", config=config) == set()
    assert "returns: completion" in failing(LETS_GO.replace("    kthread_unpark(t)\n", ""), "master", config=config)


@pytest.mark.parametrize("config", MACHINES)
def test_who_is_stopped_parks_no_more(config):
    """kthread_stop ends it, parked or not."""
    assert failing(RUN.replace("    kthread_unpark(t)\n", ""), "master", config=config) == set()
