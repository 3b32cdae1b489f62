"""Two answers to Lab 6 that read well and oops on a 2.6.11 kernel: no story of theirs may earn what they promise."""

from __future__ import annotations

import pytest

import kthreadlab
from kthreadlab.checks.report import PropertyFails

ANSWER = """
bell = DECLARE_WAIT_QUEUE_HEAD()
guard = DEFINE_SPINLOCK()
waiting = u32(0)


def report_event(event_id: u32):
    global waiting
    spin_lock_irqsave(guard, flags)
    waiting |= 1 << event_id
    spin_unlock_irqrestore(guard, flags)
    wake_up_interruptible(bell)


def mykthread(unused):
    global waiting
    entry = {make}
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while signal_pending(current) == 0:
        prepare_to_wait(bell, entry, TASK_INTERRUPTIBLE)
        spin_lock_irq(guard)
        now = waiting
        waiting = 0
        spin_unlock_irq(guard)
        if now == 0 and signal_pending(current) == 0:
            schedule()
        {leave}
        while now != 0:
            run_umode_handler(ffs(now) - 1)
            now &= now - 1
    return 0
"""
FINISH, REMOVE = "finish_wait(bell, entry)", "set_current_state(TASK_RUNNING)\n        remove_wait_queue(bell, entry)"
KINDS = {
    "null": ("DECLARE_WAITQUEUE(current)", FINISH, "no_oops"),
    "poison": ("DEFINE_WAIT()", REMOVE, "no_dangling"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["delivered", "dies_cleanly", "the fault"])
def test_an_entry_that_is_never_queued_again_earns_nothing(kind: str, what: str) -> None:
    """list_empty() is not true of its links, so prepare_to_wait leaves it off the queue, and taking it off faults."""

    make, leave, owner = KINDS[kind]
    answer = kthreadlab.load(ANSWER.format(make=make, leave=leave), name="mykthread")
    with pytest.raises(PropertyFails):
        kthreadlab.check("lab6", answer, property=owner if what == "the fault" else what)


def test_the_same_with_define_wait_and_finish_wait_is_right() -> None:
    """Nothing else is wrong with it."""

    answer = kthreadlab.load(ANSWER.format(make="DEFINE_WAIT()", leave=FINISH), name="mykthread")
    assert kthreadlab.check("lab6", answer, property="no_oops") is None
