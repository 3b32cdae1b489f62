"""Rules of waking and waiting that show only in a corner: who is passed by, who comes first, who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kthreadlab import Call, Config, Freeze, Helper, Scenario, asleep, idle, in_helper, inside
from tests.oracle.programs.compare import Found, Given, reduced, unreduced
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
EVERYWHERE = pytest.mark.parametrize("config", CONFIGS)
BOTH_WAYS = pytest.mark.parametrize("search", [reduced, unreduced], ids=["reduced", "unreduced"])


def ends(found: Found, **stand: str) -> list[dict[str, int]]:
    """The numbers in those states at rest in which these actors stand so."""
    assert found.complete and not found.refused, found.refused
    return [dict(numbers) for where, numbers in found.resting if stand.items() <= dict(where).items()]


EXCLUSIVE = """
queue = DECLARE_WAIT_QUEUE_HEAD()


def deaf(unused):
    wait = DEFINE_WAIT()
    prepare_to_wait_exclusive(queue, wait, TASK_UNINTERRUPTIBLE)
    schedule()
    return 0


def keen(unused):
    wait = DEFINE_WAIT()
    prepare_to_wait_exclusive(queue, wait, TASK_INTERRUPTIBLE)
    schedule()
    return 0


def ring():
    wake_up_interruptible(queue)
"""


@BOTH_WAYS
@EVERYWHERE
def test_an_exclusive_waiter_of_another_state_is_passed_by(config: str, search) -> None:
    """The walk goes on behind it: whoever stands first, who waits in S is woken, and who waits in D is not."""

    world = Scenario("walk", threads=["deaf", "keen"], calls=[Call("p", "ring", when=idle())])
    found = search(Given(module(EXCLUSIVE), world, CONFIGS[config]))
    assert ends(found, p="X", keen="X", deaf="D")
    assert not ends(found, p="X", keen="S")


NEVER_QUEUED = """
queue = wait_queue_head_t()


def call():
    wait = DEFINE_WAIT()
    finish_wait(queue, wait)
"""


@BOTH_WAYS
@EVERYWHERE
def test_finish_wait_looks_at_no_queue_for_an_entry_that_is_on_none(config: str, search) -> None:
    """Not even at one that nothing has initialised."""

    found = search(Given(module(NEVER_QUEUED), Scenario("call", calls=[Call("p", "call")]), CONFIGS[config]))
    assert ends(found, p="X") and not found.faults


OVERTAKEN = """
mut = DEFINE_MUTEX()
told = DECLARE_COMPLETION()
n = u8(0)
seen = u8(0)


def second(unused):
    global n
    mutex_lock(mut)
    n = 1
    mutex_unlock(mut)
    return 0


def first():
    global seen
    mutex_lock(mut)
    wait_for_completion(told)
    mutex_unlock(mut)
    mutex_lock(mut)
    seen = n + 1
    mutex_unlock(mut)


def tell():
    complete(told)
"""


@BOTH_WAYS
@EVERYWHERE
def test_a_mutex_goes_to_whoever_is_faster(config: str, search) -> None:
    """Who gives it back may take it again before the one that has waited for it gets on a CPU."""

    calls = [Call("p", "first"), Call("q", "tell", when=asleep("second"))]
    machine = replace(CONFIGS[config], profile="2.6.24")
    found = search(Given(module(OVERTAKEN), Scenario("mutex", threads=["second"], calls=calls), machine))
    expected = {1} if config == "up" else {1, 2}  # on one CPU it has not been away in between
    assert expected == {x["seen"] for x in ends(found, p="X", q="X", second="X")}


PARKED = """
driver = ptr("task_struct")
n = u8(0)


def park():
    try_to_freeze()


def mykthread(unused):
    global driver, n
    driver = current
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    park()
    set_current_state(TASK_UNINTERRUPTIBLE)
    schedule()
    n = 1
    return 0


def knock():
    wake_up_process(driver)
"""


@BOTH_WAYS
@EVERYWHERE
def test_who_stands_still_is_not_woken_by_others(config: str, search) -> None:
    """It stands still until the machine comes back, and only that wakes it: the sleep behind it has no end."""

    knock = Call("p", "knock", when=asleep("mykthread") & inside("mykthread", "park"))
    world = Scenario("park", threads=["mykthread"], calls=[knock], freeze=Freeze("mykthread"))
    found = search(Given(module(PARKED), world, CONFIGS[config]))
    assert [0] == [x["n"] for x in ends(found, mykthread="D", p="X")]
    assert bool(ends(found, mykthread="X")) == (config != "up")  # the knock may be slow, and come to the later sleep


IN_TURN = """
def call():
    argv = ["/bin/page", NULL]
    envp = ["HOME=/", NULL]
    p = kmalloc(16, GFP_KERNEL)
    if p == NULL:
        return
    strcpy(p, "/bin/page")
    call_usermodehelper(p, argv, envp, UMH_NO_WAIT)
    call_usermodehelper("/bin/page", argv, envp, UMH_WAIT_EXEC)
    kfree(p)
"""


@BOTH_WAYS
@EVERYWHERE
def test_khelper_serves_the_oldest_request(config: str, search) -> None:
    """So who waits for the second knows that the first is over, and may free what that was given."""

    world = Scenario("turn", calls=[Call("p", "call")], helpers={"/bin/page": Helper()})
    found = search(Given(module(IN_TURN), world, replace(CONFIGS[config], profile="2.6.24")))
    assert ends(found, p="X") and not found.faults


HELPED = """
driver = ptr("task_struct")


def mykthread(unused):
    global driver
    driver = current
    argv = ["/bin/page", NULL]
    envp = ["HOME=/", NULL]
    p = kmalloc(16, GFP_KERNEL)
    if p != NULL:
        strcpy(p, "/bin/page")
        call_usermodehelper(p, argv, envp, 0)
        kfree(p)
    return 0


def knock():
    wake_up_process(driver)
"""


@BOTH_WAYS
@EVERYWHERE
def test_a_wake_up_does_not_end_the_wait_for_a_helper(config: str, search) -> None:
    """Who waits for the exec goes back to sleep, and what it has lent is there when it is read."""

    knock = Call("p", "knock", when=in_helper("mykthread"))
    world = Scenario("knock", threads=["mykthread"], calls=[knock], helpers={"/bin/page": Helper()})
    found = search(Given(module(HELPED), world, CONFIGS[config]))
    assert ends(found, mykthread="X", p="X")
    assert {cause for _, cause, _ in found.faults} <= {"ended_task"}  # a knock that comes too late


INTERRUPTED = """
late = timer_list()
step = u8(0)
seen = u8(0)


def fired(unused):
    global seen
    seen = step


def call():
    init_timer(late)
    late.function = fired
    late.data = 0
    mod_timer(late, jiffies + HZ)
    quiet()


def quiet():
    global step
    {}


def rest():
    barrier()


def line():
    global step
    {}


def peek():
    global seen
    seen = step


def inner():
    global seen
    k = step
    j = step
    seen = k != j
"""
MIDDLE = "step = 1\n    step = 0"
OFF = {
    "once": f"local_bh_disable()\n    {MIDDLE}\n    local_bh_enable()",
    "nested": f"local_bh_disable()\n    local_bh_disable()\n    local_bh_enable()\n    {MIDDLE}\n    local_bh_enable()",
}
PAIR = Call("p", "call"), Call("q", "rest")


def seen(text: str, calls: tuple[Call, ...], config: str, search) -> set[int]:
    """What an interrupt or a timer's function has seen of somebody else's steps, in a world of two tasks."""
    found = search(Given(module(text), Scenario("middle", calls=calls), CONFIGS[config]))
    assert not found.faults
    return {x["seen"] for x in ends(found, p="X", q="X")}


@BOTH_WAYS
@EVERYWHERE
def test_a_timers_function_waits_for_the_interrupt_on_its_cpu(config: str, search) -> None:
    """What that does is one, to the function; only on another CPU it may see the middle of it."""

    text = INTERRUPTED.format("pass", MIDDLE)
    expected = {0, 1} if config == "each" else {0}
    assert expected == seen(text, (*PAIR, Call("nic", "line", context="irq")), config, search)


@BOTH_WAYS
@EVERYWHERE
@pytest.mark.parametrize("how", OFF)
def test_a_timers_function_waits_for_who_has_bottom_halves_off(how: str, config: str, search) -> None:
    """On the same CPU, until the last of them has them on again."""

    expected = {0, 1} if config == "each" else {0}
    assert expected == seen(INTERRUPTED.format(OFF[how], "pass"), PAIR, config, search)


@BOTH_WAYS
@EVERYWHERE
def test_an_interrupt_goes_on_when_the_one_on_top_of_it_has_returned(config: str, search) -> None:
    """Of what it does that one sees no change, unless it is on another CPU."""

    lines = Call("nic", "line", context="irq"), Call("uart", "inner", context="irq")
    calls = (Call("p", "rest"), Call("q", "rest"), *lines)
    expected = {0, 1} if config == "each" else {0}
    assert expected == seen(INTERRUPTED.format("pass", MIDDLE), calls, config, search)


@BOTH_WAYS
@EVERYWHERE
def test_an_interrupt_waits_for_who_has_interrupts_off(config: str, search) -> None:
    """Of two tasks, whichever runs."""

    quiet = f"local_irq_disable()\n    {MIDDLE}\n    local_irq_enable()"
    calls = (Call("p", "quiet"), Call("q", "rest"), Call("uart", "peek", context="irq"))
    expected = {0, 1} if config == "each" else {0}
    assert expected == seen(INTERRUPTED.format(quiet, "pass"), calls, config, search)
