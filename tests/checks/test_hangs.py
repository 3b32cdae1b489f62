"""Who never comes back is found, in every configuration and with every reduction, nobody for nothing."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Fault, Freeze, Scenario, Signal, Thread, asleep, done, explore
from kthreadlab.checks.hangs import returns
from kthreadlab.checks.labs import shown
from kthreadlab.checks.portfolio import LABS
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.search import build, search
from tests.support import ONE_CPU, corpus, linked, module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
EVERYWHERE = pytest.mark.parametrize("config", CONFIGS)
BOTH_WAYS = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])


def on(config: str, profile: str) -> Config:
    c = CONFIGS[config]
    return Config(profile=profile, cpus=c.cpus, preempt=c.preempt, smp=True)


def world(*calls: str, **more: object) -> Scenario:
    """Process calls of these functions; one that begins with ``then`` comes after the one before it."""
    made: list[Call] = []
    for text in calls:
        name = text.removeprefix("then ")
        made.append(Call(name, name, when=done(made[-1].name) if text != name else None))
    return Scenario("hangs", calls=(*made, *more.pop("interrupts", ())), **more)


def against(made: object, scenario: Scenario, config: Config, reduce: bool = True) -> dict[str, str]:
    """What speaks against a module: the causes of failures, the roots of what follows."""
    found = explore(made, scenario, config, reduce=reduce)
    assert found.complete
    return {n: v.root or v.cause for n, v in found.verdicts.items() if v.verdict in ("fails", "follows")}


TWO_MUTEXES = """
ink = DEFINE_MUTEX()
paper = DEFINE_MUTEX()


def write():
    mutex_lock(ink)
    mutex_lock(paper)
    mutex_unlock(paper)
    mutex_unlock(ink)


def blot():
    mutex_lock({first})
    mutex_lock({second})
    mutex_unlock({second})
    mutex_unlock({first})
"""


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize("kind", ["mutex", "semaphore"])
def test_two_calls_that_wait_for_each_other_form_a_circle(kind, config, reduce):
    """Whatever they wait for; on one CPU without preemption neither can come in between, unless it must wait."""
    text = TWO_MUTEXES.format(first="paper", second="ink")
    if kind == "semaphore":
        text = text.replace("DEFINE_MUTEX()", "DECLARE_MUTEX()").replace("mutex_lock", "down").replace("mutex_un", "")
        text = text.replace("lock(", "up(")
    found = against(module(text), world("write", "blot"), on(config, "2.6.24"), reduce)
    owed = {} if config == "up" else {"locks_balanced": "sleeps_on", "returns": "circle"}
    assert owed == found


@EVERYWHERE
@BOTH_WAYS
def test_the_same_order_forms_none(config, reduce):
    """And nothing else is found against it."""
    made = module(TWO_MUTEXES.format(first="ink", second="paper"))
    assert {} == against(made, world("write", "blot"), on(config, "2.6.24"), reduce)


def test_a_circle_is_told_as_one():
    """Each waits for what the next has."""
    made = module(TWO_MUTEXES.format(first="paper", second="ink"))
    found = explore(made, world("write", "blot"), on("each", "2.6.24"))
    told, witness = shown(found, found.verdicts["returns"])
    assert (
        "Nobody in this circle can go on: write waits for paper, which blot holds, and blot waits for ink, "
        "which write holds." == told
    )
    assert witness


SPINS = """
left = DEFINE_SPINLOCK()
right = DEFINE_SPINLOCK()


def up_hill():
    spin_lock(left)
    spin_lock(right)
    spin_unlock(right)
    spin_unlock(left)


def down_hill():
    spin_lock(right)
    spin_lock(left)
    spin_unlock(left)
    spin_unlock(right)


def twice():
    spin_lock(left)
    spin_lock(left)
    spin_unlock(left)
    spin_unlock(left)
"""


@EVERYWHERE
@BOTH_WAYS
def test_spinning_for_each_other(config, reduce):
    """Only where each has a CPU of its own; preemption is off while a spinning lock is held."""
    found = against(module(SPINS), world("up_hill", "down_hill"), CONFIGS[config], reduce)
    assert ({"returns": "circle"} if config == "each" else {}) == found


@EVERYWHERE
@BOTH_WAYS
def test_a_call_that_takes_its_lock_twice_waits_for_itself(config, reduce):
    """It is its own circle, and out of balance."""
    found = against(module(SPINS), world("twice"), CONFIGS[config], reduce)
    assert {"locks_balanced": "recursive", "returns": "circle"} == found


READS_TWICE = """
table = DEFINE_RWLOCK()


def count():
    read_lock(table)
    read_lock(table)
    read_unlock(table)
    read_unlock(table)


def grow():
    write_lock(table)
    write_unlock(table)
"""


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize(("profile", "owed"), [("2.6.11", {}), ("6.12", {"locks_balanced": "read_twice"})])
def test_reading_twice_is_a_matter_of_the_version(profile, owed, config, reduce):
    """Where readers wait behind a writer that waits for them; an interrupt never waits so."""
    made = module(READS_TWICE)
    assert owed == against(made, world("count", "grow"), on(config, profile), reduce)
    line = Scenario("line", calls=[Call("line", "count", context="irq")])
    assert {} == against(made, line, on(config, profile), reduce)


PARCEL = """
arrived = DECLARE_COMPLETION()
broken = u32(0)


def fetch():
    wait_for_completion(arrived)


def deliver():
    if broken == {answer}:
        complete(arrived)
"""


@EVERYWHERE
@BOTH_WAYS
def test_a_completion_that_nobody_completes(config, reduce):
    """A caller hangs in D, unless somebody comes at last who completes it: every call of the scenario does."""
    waits = world("fetch", interrupts=(Call("line", "deliver", context="irq"),))
    assert {} == against(module(PARCEL.format(answer=0)), waits, CONFIGS[config], reduce)
    assert {"returns": "completion"} == against(module(PARCEL.format(answer=1)), waits, CONFIGS[config], reduce)


def test_who_could_have_ended_it_and_till_when():
    """If anybody could."""
    alone = explore(module(PARCEL.format(answer=1)), world("fetch"), CONFIGS["each"])
    told, _ = shown(alone, alone.verdicts["returns"])
    assert "fetch waits for good for arrived to be completed: nobody could ever have ended it." == told
    found = explore(module(SLEEPERS.format(wait="wait_event")), world("read", "write"), CONFIGS["each"])
    told, _ = shown(found, found.verdicts["returns"])
    assert "read sleeps for good, and nobody wakes it: write could have ended it until step 3." == told


SLEEPERS = """
page = DECLARE_WAIT_QUEUE_HEAD()
ready = u32(0)


def read():
    {wait}(page, ready)


def write():
    global ready
    ready = 1
    wake_up_interruptible(page)
"""


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize(("wait", "owed"), [("wait_event", {"returns": "wakeup"}), ("wait_event_interruptible", {})])
def test_a_wake_up_that_passes_the_sleeper_by(wait, owed, config, reduce):
    """A process sleeps in D, and is woken as if it slept in S."""
    assert owed == against(module(SLEEPERS.format(wait=wait)), world("read", "write"), CONFIGS[config], reduce)


STOPPED = """
task = ptr("task_struct")
bell = DECLARE_WAIT_QUEUE_HEAD()


def guard(unused):
    while not kthread_should_stop():
        set_current_state(TASK_INTERRUPTIBLE)
        {look}
        schedule()
    return 0


def hire():
    global task
    task = kthread_run(guard, 0, "guard")


def fire():
    kthread_stop(task)
"""
LOOKS = "if kthread_should_stop():\n            set_current_state(TASK_RUNNING)"


@EVERYWHERE
@BOTH_WAYS
def test_a_stop_that_comes_between_the_look_and_the_sleep(config, reduce):
    """kthread_stop never returns; with a second look it does."""
    calls = world("hire", "then fire")
    owed = {} if config == "up" else {"returns": "stop"}
    assert owed == against(module(STOPPED.format(look="")), calls, CONFIGS[config], reduce)
    assert {} == against(module(STOPPED.format(look=LOOKS)), calls, CONFIGS[config], reduce)


@EVERYWHERE
def test_a_signal_need_not_come(config):
    """What only a signal could end hangs; a call that waits for a condition in S is not saved by it."""
    made = module("door = DECLARE_WAIT_QUEUE_HEAD()\nopen = u32(0)\n\n\ndef enter():\n"
                  "    wait_event_interruptible(door, open)\n")  # fmt: skip
    for signals in ((), (Signal("enter"),)):
        found = against(made, world("enter", signals=signals), CONFIGS[config])
        assert {"returns": "wakeup"} == found
    certain = world("enter", signals=(Signal("enter", certain=True),))
    found = explore(made, certain, CONFIGS[config])
    assert found.verdicts["returns"].holds


PUMP = """
tank = DECLARE_WAIT_QUEUE_HEAD()
full = u32(0)


def pump(unused):
    daemonize("pump")
    set_current_state(TASK_INTERRUPTIBLE)
    while not full:
        schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    set_current_state(TASK_RUNNING)
    return 0


def fill():
    global full
    full = 1
"""


@EVERYWHERE
@BOTH_WAYS
def test_a_thread_that_idles_in_s_hangs_nobody(config, reduce):
    """It waits for an event; in D, or for a mutex, it would not."""
    idle = Scenario("idle", threads=["pump"], calls=[Call("fill", "fill")])
    assert {} == against(module(PUMP), idle, CONFIGS[config], reduce)
    dull = module(PUMP.replace("INTERRUPTIBLE", "UNINTERRUPTIBLE"))
    owed = {"sleeps_when_idle": "uninterruptible", "returns": "wakeup"}
    assert owed == against(dull, idle, CONFIGS[config], reduce)


OWNER = """
shelf = DEFINE_MUTEX()
bell = DECLARE_WAIT_QUEUE_HEAD()
rung = u32(0)


def keeper(unused):
    daemonize("keeper")
    mutex_lock(shelf)
    {wait}(bell, rung)
    mutex_unlock(shelf)
    return 0


def ring():
    global rung
    rung = 1
    wake_up_all(bell)
"""


@EVERYWHERE
@BOTH_WAYS
def test_asleep_for_good_with_a_mutex(config, reduce):
    """In D it is; in S only where nobody ever wakes it; and not at all if somebody comes who does."""
    alone, with_ring = (
        Scenario("alone", threads=["keeper"]),
        Scenario("ring", threads=["keeper"], calls=[Call("r", "ring")]),
    )
    for wait, owed in (("wait_event", "sleeps_on"), ("wait_event_interruptible", "sleeps_on")):
        made = module(OWNER.format(wait=wait))
        assert owed == against(made, alone, on(config, "2.6.24"), reduce)["locks_balanced"]
        assert "locks_balanced" not in against(made, with_ring, on(config, "2.6.24"), reduce)


LAMP = """
post = DECLARE_WAIT_QUEUE_HEAD()
over = u32(0)


def lamp(unused):
    wait = DEFINE_WAIT()
    daemonize("lamp")
    {early}
    prepare_to_wait(post, wait, TASK_INTERRUPTIBLE)
    {late}
    finish_wait(post, wait)
    return 0


def put_out():
    global over
    over = 1
    wake_up(post)
"""
EARLY = {"early": "if over:\n        return 0", "late": "schedule()"}
LATE = {"early": "pass", "late": "if not over:\n        schedule()"}


@EVERYWHERE
@BOTH_WAYS
def test_a_thread_that_is_told_to_end(config, reduce):
    """It looks before it says that it will sleep, and misses the word; looking after is right, and so is ending."""
    told = Scenario("told", threads=["lamp"], calls=[Call("evening", "put_out")], ends_after="put_out", stays=True)
    owed = {} if config == "up" else {"ends_when_told": "stays"}
    assert owed == against(module(LAMP.format(**EARLY)), told, CONFIGS[config], reduce)
    assert {} == against(module(LAMP.format(**LATE)), told, CONFIGS[config], reduce)
    always = Scenario("ends", threads=[Thread("lamp", ends=True)], calls=[Call("evening", "put_out")])
    assert owed == against(module(LAMP.format(**EARLY)), always, CONFIGS[config], reduce)
    assert {} == against(module(LAMP.format(**LATE)), always, CONFIGS[config], reduce)


def test_every_thread_that_should_end_is_looked_at():
    """Not the first alone."""
    two = Scenario("two", threads=[Thread("lamp", name="one"), Thread("lamp", name="two", ends=True)])
    assert {"ends_when_told": "stays"} == against(module(LAMP.format(**LATE)), two, CONFIGS["each"])


@pytest.mark.parametrize("certain", [False, True])
def test_what_is_certain_comes_at_last(certain):
    """For every property: a report is lost if nobody need ring again, and served if somebody will."""
    made = module(FORGETFUL)
    again = Call("again", "ring", when=done("anna"), certain=certain)
    scenario = Scenario("calls", threads=["porter"], calls=[Call("anna", "post", 7), again], report="post")
    found = explore(made, scenario, CONFIGS["each"], ["delivered"]).verdicts["delivered"]
    assert ("holds" if certain else "fails") == found.verdict


FORGETFUL = """
desk = DECLARE_WAIT_QUEUE_HEAD()
letter = u32(0)


def post(number: u32):
    xchg(letter, number)


def ring():
    wake_up(desk)


def porter(unused):
    wait = DEFINE_WAIT()
    daemonize("porter")
    while True:
        prepare_to_wait(desk, wait, TASK_INTERRUPTIBLE)
        number = xchg(letter, 0)
        if number:
            finish_wait(desk, wait)
            text = char_array(16)
            sprintf(text, "N=%u", number)
            argv = ["/bin/porter", NULL]
            envp = [text, NULL]
            call_usermodehelper("/bin/porter", argv, envp, 0)
            continue
        schedule()
    return 0
"""


@EVERYWHERE
@BOTH_WAYS
def test_more_that_can_come_mends_nothing(config, reduce):
    """One more arrival, signal, fault or suspend never turns a failure into none."""
    broken = module(STOPPED.format(look="") + "\n\ndef knock():\n    wake_up(bell)\n")
    calls = world("hire", "then fire").calls
    if config == "up":
        return
    for more in (
        {"calls": (*calls, Call("knock", "knock"))},
        {"calls": (*calls, Call("line", "knock", context="irq"))},
        {"calls": calls, "signals": (Signal("fire"),)},
        {"calls": calls, "faults": (Fault("fork"),)},
        {"calls": calls, "freeze": Freeze()},
    ):
        found = explore(broken, Scenario("more", **more), on(config, "2.6.24"), reduce=reduce)
        assert found.verdicts["returns"].fails, more


def test_two_threads_that_sleep_are_no_hang():
    """Guards that wait for each other to sleep: nobody is suspected."""
    scenario = Scenario("both", threads=["pump"], calls=[Call("fill", "fill", when=asleep("pump"))])
    assert {} == against(module(PUMP), scenario, CONFIGS["each"])


POLLER = """
tally = DEFINE_MUTEX()
task = ptr("task_struct")


def poller(unused):
    while not kthread_should_stop():
        mutex_lock(tally)
        mutex_unlock(tally)
        {rest}
    return 0


def start():
    global task
    task = kthread_run(poller, 0, "poller")


def ask():
    mutex_lock(tally)
    mutex_unlock(tally)
"""


@EVERYWHERE
@BOTH_WAYS
def test_who_stands_in_line_gets_it_at_last(config, reduce):
    """A thread takes the mutex again and again, and gives it back: a caller is not shut out for ever."""
    made = module(POLLER.format(rest="set_current_state(TASK_INTERRUPTIBLE)\n        schedule_timeout(HZ)"))
    calls = world("start", "then ask")
    assert "returns" not in against(made, calls, on(config, "2.6.24"), reduce)


WAKER = """
done = DECLARE_COMPLETION()


def waiter(unused):
    wait_for_completion(done)
    return 0


def waker(unused):
    n = 0
    complete(done)
    {fault}
    return 0


def call(x):
    barrier()
"""


@pytest.mark.parametrize("fault", ["n = 2 // n", "BUG()"])
@BOTH_WAYS
def test_who_was_woken_just_before_the_oops_hangs_by_the_oops(fault, reduce):
    """On one CPU the oops comes before the woken thread has moved, as a part of the waker's step or as its next."""
    world = Scenario("woken", threads=[Thread("waiter"), Thread("waker")], calls=[Call("a", "call", 1)])
    verdict = explore(module(WAKER.format(fault=fault)), world, CONFIGS["up"], reduce=reduce).verdicts["returns"]
    assert (verdict.verdict, verdict.root) == ("follows", "no_oops")


@BOTH_WAYS
def test_who_can_move_before_the_oops_does_not_hang(reduce):
    """With a CPU of its own; without the oops it does not anywhere."""
    world = Scenario("woken", threads=[Thread("waiter"), Thread("waker")])
    for fault, config in (("BUG()", "each"), ("barrier()", "each"), ("barrier()", "up")):
        machine = build(module(WAKER.format(fault=fault)), world, CONFIGS[config], reduce=reduce)
        assert not list(returns(Analysis(search(machine))))


TURNS = """
done = DECLARE_COMPLETION()


def waiter(unused):
    wait_for_completion(done)
    return 0


def turns(unused):
    allow_signal(SIGKILL)
    while {test}:
        cond_resched()
    complete(done)
    return 0


def call(x):
    barrier()
"""


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize(("test", "cause"), [("not signal_pending(current)", "completion"), ("in_irq()", "")])
def test_a_thread_hangs_all_round_a_cycle_that_only_a_signal_ends(test, cause, config, reduce):
    """The signal need not come; a loop that is not entered keeps nobody waiting."""
    threads = [Thread("waiter"), Thread("turns")]
    world = Scenario("turns", threads=threads, calls=[Call("a", "call", 1)], signals=[Signal("turns")])
    text = TURNS.format(test=test)
    verdict = explore(module(text), world, CONFIGS[config], reduce=reduce).verdicts["returns"]
    assert (verdict.holds, verdict.cause or "") == (not cause, cause)


@BOTH_WAYS
def test_a_thread_that_spins_until_a_signal_sets_it_free_is_not_idle(reduce):
    """Whoever has the lock sleeps, and the signal need not come; the first thread is fine."""
    made = module(
        "lock = DEFINE_SPINLOCK()\n\ndef fine(unused):\n    return 0\n\n"
        "def holder(unused):\n    allow_signal(SIGKILL)\n    spin_lock(lock)\n"
        "    set_current_state(TASK_INTERRUPTIBLE)\n    schedule()\n    spin_unlock(lock)\n    return 0\n\n"
        "def spinner(unused):\n    spin_lock(lock)\n    spin_unlock(lock)\n    return 0\n"
    )
    threads = [Thread("fine"), Thread("holder"), Thread("spinner")]
    world = Scenario("spins", threads=threads, signals=[Signal("holder")])
    verdict = explore(made, world, CONFIGS["each"], ["sleeps_when_idle"], reduce=reduce).verdicts["sleeps_when_idle"]
    assert (verdict.holds, verdict.cause) == (False, "stuck")
    alone = Scenario("spins", threads=[Thread("fine"), Thread("holder")], signals=[Signal("holder")])
    assert explore(made, alone, CONFIGS["each"], ["sleeps_when_idle"], reduce=reduce).verdicts["sleeps_when_idle"].holds


@BOTH_WAYS
def test_whom_an_interrupt_wakes_and_then_shuts_out_hangs_by_the_interrupt(reduce):
    """It spins for ever on the only CPU; where there is another one the thread goes on."""
    made = module(
        "done = DECLARE_COMPLETION()\nlock = DEFINE_SPINLOCK()\n\ndef waiter(unused):\n    wait_for_completion(done)\n"
        "    return 0\n\ndef handler(x):\n    complete(done)\n    spin_lock(lock)\n    spin_lock(lock)\n\n"
        "def call(x):\n    return 0\n"
    )
    calls = [Call("nic", "handler", 1, context="irq", certain=True, when=asleep("waiter")), Call("a", "call", 1)]
    world = Scenario("shut", threads=[Thread("waiter")], calls=calls)
    verdict = explore(made, world, CONFIGS["up"], reduce=reduce).verdicts["returns"]
    assert (verdict.verdict, verdict.root) == ("follows", "irq_safe")


def test_a_search_that_was_given_up_at_a_runaway_is_no_error_of_ours():
    """The state in which it was given up was not looked at."""

    answer = next(x for x in corpus() if x.name == "lab2/wrong/counts_its_turns")
    world = next(s for s in LABS["lab2"].scenarios if s.name == "lab2/one-report")

    found = explore(linked("lab2", answer.text), world, ONE_CPU, reduce=False, max_states=40_000)

    assert "" == found.bug
