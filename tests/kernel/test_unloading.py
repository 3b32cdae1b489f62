"""rmmod: who of the module still runs when its code is gone, what is lost with its statics, who holds it there."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Scenario, asleep, done, succeeded
from kthreadlab.checks.catalogue import explore
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.run.replay import replay
from tests.kernel.verdicts import EACH, UP, on
from tests.support import module

DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
gone = DECLARE_COMPLETION()
stop = u8(0)
task = ptr("task_struct")
alarm = timer_list()
box = ptr("void")
"""
STOPPED = """
def worker(unused):
    set_current_state(TASK_INTERRUPTIBLE)
    while not kthread_should_stop():
        schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    set_current_state(TASK_RUNNING)
    return 0


def start():
    global task
    t = kthread_run(worker, NULL, "worker")
    if IS_ERR(t):
        return -ENOMEM
    task = t
    return 0


def finish():
    kthread_stop(task)
"""
REPORTS = """
def worker(unused):
    wait_event_interruptible(queue, stop)
    complete(gone)
    return 0


def start():
    return 0 if kernel_thread(worker, NULL, 0) > 0 else -ENOMEM


def finish():
    global stop
    stop = 1
    wake_up(queue)
    wait_for_completion(gone)
"""
LAST = REPORTS.replace("    complete(gone)\n    return 0\n", "    complete_and_exit(gone, 0)\n")
TIMER = """
def fired(unused):
    wake_up(queue)


def start():
    setup_timer(alarm, fired, 0)
    mod_timer(alarm, jiffies + HZ)
    return 0


def finish():
    del_timer_sync(alarm)
"""
KEPT = """
def start():
    global box
    box = kmalloc(8, GFP_KERNEL)
    return 0 if box else -ENOMEM


def finish():
    kfree(box)
"""
HELD = """
def worker(unused):
    module_put_and_exit(0)


def start():
    return 0


def ask():
    if try_module_get(THIS_MODULE):
        if kernel_thread(worker, NULL, 0) < 0:
            module_put(THIS_MODULE)


def finish():
    wake_up(queue)
"""
WRONG = {
    "a thread that nobody stops": (STOPPED, "    kthread_stop(task)\n", "    wake_up(queue)\n"),
    "a thread that is started and left": (STOPPED, "    task = t\n    return 0\n", "    return -EINVAL\n"),
    "a timer that nobody stops": (TIMER, "    del_timer_sync(alarm)\n", "    wake_up(queue)\n"),
    "a thread that holds no reference": (HELD, "if try_module_get(THIS_MODULE):", "if 1:"),
}
RACES = {
    "a thread that returns behind complete()": (REPORTS, "", ""),
    "a timer's function that runs on": (TIMER, "del_timer_sync", "del_timer"),
    "a thread that returns behind module_put()": (
        HELD,
        "    module_put_and_exit(0)\n",
        "    module_put(THIS_MODULE)\n    return 0\n",
    ),
}
"""What takes a second CPU to go wrong."""


def fails(text: str, config=EACH, calls=()) -> set[str]:
    """What fails where the module is loaded and unloaded at any time."""
    more = [Call(f, f, when=succeeded("insmod") & ~done("rmmod")) for f in calls if f"def {f}(" in text]
    rmmod = Call("rmmod", "finish", when=succeeded("insmod"))
    world = Scenario("loads", calls=[Call("insmod", "start"), *more, rmmod], insmod="insmod", rmmod="rmmod")
    found = explore(module(DATA + text), world, on("2.6.24", config))
    assert found.complete
    return {f"{name}: {v.cause}" for name, v in found.verdicts.items() if v.verdict == "fails"}


@pytest.mark.parametrize("config", [UP, EACH])
@pytest.mark.parametrize("text", [STOPPED, LAST, TIMER, KEPT, HELD])
def test_who_ends_everything_first_fails_nothing(text, config):
    assert fails(text, config, ["ask"]) == set()


@pytest.mark.parametrize("config", [UP, EACH])
@pytest.mark.parametrize("name", WRONG)
def test_what_goes_on_faults(name, config):
    """A thread that sleeps on and is not woken any more is left behind all the same."""
    text, right, wrong = WRONG[name]
    assert right in text
    assert fails(text.replace(right, wrong), config, ["ask"]) & {"no_dangling: unloaded", "no_dangling: left_behind"}


@pytest.mark.parametrize("name", RACES)
def test_what_has_told_that_it_ends_is_not_gone(name):
    """Whoever waits for it may unload the module before it has returned."""
    text, right, wrong = RACES[name]
    assert "no_dangling: unloaded" in fails(text.replace(right, wrong), EACH, ["ask"])


def test_what_only_statics_lead_to_is_lost_with_them():
    assert fails(KEPT.replace("    kfree(box)", "    wake_up(queue)")) == {"no_leak: at_return"}


def test_a_thread_that_sleeps_on_is_left_behind():
    """It is asleep, and nobody wakes it any more: nothing faults, and it is there."""
    rmmod = Call("rmmod", "back", when=asleep("worker"))
    text = DATA + LAST + "\n\ndef back():\n    might_sleep()\n"
    found = explore(module(text), Scenario("asleep", threads=["worker"], calls=[rmmod], rmmod="rmmod"), on("2.6.24"))
    assert (found.verdicts["no_dangling"].verdict, found.verdicts["no_dangling"].cause) == ("fails", "left_behind")


def used(text: str, schedule: str):
    world = Scenario("used", calls=[Call("open", "ask"), Call("close", "back"), Call("rmmod", "finish")], rmmod="rmmod")
    return replay(module(DATA + text), world, on("2.6.24", UP), schedule)


USED = """
def ask():
    {take}(THIS_MODULE)


def back():
    module_put(THIS_MODULE)


def finish():
    wake_up(queue)
"""


@pytest.mark.parametrize("take", ["try_module_get", "__module_get"])
def test_rmmod_is_refused_while_somebody_holds_the_module(take):
    """With -EWOULDBLOCK, in rmmod's words; it comes when the last reference is given back."""
    with pytest.raises(InputError, match="module is in use"):
        used(USED.format(take=take), "open*2 rmmod")
    assert used(USED.format(take=take), "open*2 close*2 rmmod*2").events
    assert used(USED.replace("    {take}(THIS_MODULE)", "    wake_up(queue)"), "open*2 rmmod*2").events


def test_one_reference_too_many_given_back_keeps_it_there_for_good():
    with pytest.raises(InputError, match="module is in use"):
        used(USED.format(take="try_module_get"), "close*2 rmmod")


def test_no_reference_is_to_be_had_once_rmmod_has_begun():
    """Of NULL, which is the kernel, always; what is no module is a fault."""
    text = DATA + (
        "def finish():\n    wait_event(queue, stop)\n\n\n"
        "def ask():\n    global stop\n    BUG_ON(try_module_get(NULL) == 0)\n"
        "    BUG_ON(try_module_get(THIS_MODULE))\n    stop = 1\n    wake_up(queue)\n"
    )
    calls = [Call("rmmod", "finish"), Call("ask", "ask")]
    found = explore(module(text), Scenario("late", calls=calls, rmmod="rmmod"), on("2.6.24"))
    late = explore(
        module(text), Scenario("late", calls=[calls[0], Call("ask", "ask", when=~done("rmmod"))]), on("2.6.24")
    )
    assert found.verdicts["no_oops"].verdict == late.verdicts["no_oops"].verdict == "fails"
    wrong = explore(module(text.replace("(NULL)", "(5)")), Scenario("wrong", calls=[calls[1]]), on("2.6.24"))
    assert wrong.verdicts["no_oops"].cause == "bad_pointer"


@pytest.mark.parametrize("what", ["insmod", "rmmod"])
def test_only_a_call_can_load_or_unload(what):
    with pytest.raises(ValueError, match=f"{what} is the name of a call that a process makes, not 'nobody'"):
        Scenario("odd", calls=[Call("nic", "f", context="irq")], **{what: "nobody"})
