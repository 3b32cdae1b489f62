"""Timers: a pending one may expire whenever bottom halves may run, and its function then runs once, on top of whatever
its CPU was doing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kthreadlab import Call, Config, Scenario, asleep, done, explore
from kthreadlab.compile.values import LowerError
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import drive, fault, fitting, lines, printed
from tests.support import module, settled

CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp": Config(cpus=1, smp=True),
    "a_cpu_each": Config(cpus=8),
    "two_cpus": Config(cpus=2, smp=True),
}
DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
done = DECLARE_COMPLETION()
ran = u32(0)
rounds = u32(0)


def tick(data):
    global ran
    ran += data
    wake_up(queue)


def again(data):
    global rounds
    rounds += 1
    if rounds < data:
        mod_timer(periodic, jiffies + HZ)
    else:
        complete(done)


def locker(data):
    global ran
    spin_lock(lock)
    ran = 1
    spin_unlock(lock)


timer = TIMER_INITIALIZER(tick, 0, 1)
periodic = TIMER_INITIALIZER(again, 0, 3)
locking = TIMER_INITIALIZER(locker, 0, 0)
raw = timer_list()


"""
REST = ["while True:", "    set_current_state(TASK_INTERRUPTIBLE)", "    schedule()"]


def ends(*body: str, config: Config = CONFIGS["up"], text: str = DATA, **world: object) -> set[tuple[str, int | None]]:
    scenario = Scenario("end", **{"threads": ["mykthread"], **world})
    return {(o.ending, o.code) for o in settled(outcomes(module(text + lines(*body)), scenario, config))}


ENDS: dict[str, tuple[list[str], set]] = {
    "nothing_expires_that_was_not_started": (["schedule()", "return ran"], {("exited", 0)}),
    "it_may_expire_now_or_later": (["add_timer(timer)", "schedule()", "return ran"], {("exited", 0), ("exited", 1)}),
    "it_expires_in_the_end": (["add_timer(timer)", "wait_event(queue, ran)", "return ran"], {("exited", 1)}),
    "it_expires_once": (
        ["add_timer(timer)", "wait_event(queue, ran)", "schedule()", "return ran * 10 + timer_pending(timer)"],
        {("exited", 10)},
    ),
    "started_twice_it_still_expires_once": (
        ["mod_timer(timer, 1)", "mod_timer(timer, 2)", "wait_event(queue, ran)", "schedule()", "return ran <= 2"],
        {("exited", 1)},
    ),
    "stopped_in_time_it_never_expires": (
        ["add_timer(timer)", "r = del_timer_sync(timer)", "schedule()", "return r * 10 + ran"],
        {("exited", 10), ("exited", 1)},
    ),
    "its_function_may_start_it_again": (
        ["add_timer(periodic)", "wait_for_completion(done)", "return rounds"],
        {("exited", 3)},
    ),
    "the_first_way_of_2_6_11": (
        [
            "init_timer(raw)",
            "raw.function = tick",
            "raw.data = 7",
            "raw.expires = jiffies + HZ",
            "add_timer(raw)",
            "wait_event(queue, ran)",
            "return ran",
        ],
        {("exited", 7)},
    ),
    "what_its_data_is_when_it_expires_counts": (
        ["add_timer(timer)", "timer.data = 5", "wait_event(queue, ran)", "return ran"],
        {("exited", 1), ("exited", 5)},
    ),
    "its_function_may_change": (
        ["timer.function = locker", "add_timer(timer)", "wait_event_timeout(queue, ran, 5)", "return ran"],
        {("exited", 0), ("exited", 1)},
    ),
}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", ENDS)
def test_a_timer(name: str, config: str) -> None:
    """What comes of it over every schedule."""

    body, expected = ENDS[name]

    assert expected == ends(*body, config=CONFIGS[config])


@pytest.mark.parametrize("config", ["one_cpu_smp", "a_cpu_each", "two_cpus"])
@pytest.mark.parametrize(
    "take, give, safe",
    [
        ("spin_lock(lock)", "spin_unlock(lock)", False),
        ("spin_lock_bh(lock)", "spin_unlock_bh(lock)", True),
        ("spin_lock_irq(lock)", "spin_unlock_irq(lock)", True),
        ("spin_lock_irqsave(lock, flags)", "spin_unlock_irqrestore(lock, flags)", True),
    ],
)
def test_a_lock_that_a_timer_takes_needs_bh(take: str, give: str, safe: bool, config: str) -> None:
    """With bottom halves on, the function may spin for good on top of the holder."""

    body = ["add_timer(locking)", "global ran", take, "ran = 2", give]
    made = module(DATA + lines(*body, *REST))
    found = explore(made, Scenario("bh", threads=["mykthread"]), CONFIGS[config], properties=["irq_safe"])

    assert safe is found.verdicts["irq_safe"].holds


CLOCK = """
clock = struct("clock", ticks=u32)
mine = ptr("clock")
hand = timer_list()


def moves(c: ptr("clock")):
    c.ticks = 1
    {again}


def winds():
    global mine
    mine = cast(clock, kzalloc(sizeof(clock), GFP_KERNEL))
    if mine != NULL:
        setup_timer(hand, moves, mine)
        mod_timer(hand, jiffies + HZ)


def breaks():
    if mine != NULL:
        {stops}
        kfree(mine)
"""


@pytest.mark.parametrize("config", ["one_cpu_smp", "up_preempt", "a_cpu_each"])
@pytest.mark.parametrize("again", ["pass", "mod_timer(hand, jiffies + HZ)"])
@pytest.mark.parametrize(
    "stops, safe", [("pass", ()), ("del_timer(hand)", ("one_cpu_smp", "up_preempt")), ("del_timer_sync(hand)", CONFIGS)]
)
@pytest.mark.parametrize("reduce", [True, False])
def test_what_a_timers_function_works_on_must_outlive_it(
    stops: str, safe: tuple[str, ...], again: str, reduce: bool, config: str
) -> None:
    """del_timer does not wait for a function that runs on another CPU, del_timer_sync does."""

    made = module(CLOCK.format(again=again, stops=stops))
    calls = [Call("winds", "winds"), Call("breaks", "breaks", when=done("winds"))]
    found = explore(made, Scenario("clock", calls=calls), replace(CONFIGS[config], profile="2.6.24"), reduce=reduce)

    assert (config in safe, True) == tuple(found.verdicts[name].holds for name in ("no_dangling", "no_oops"))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(
    "off, on", [("local_bh_disable()", "local_bh_enable()"), ("local_irq_disable()", "local_irq_enable()")]
)
def test_no_function_begins_while_bottom_halves_are_off(off: str, on: str, config: str) -> None:
    """On that CPU; on another it may."""

    body = ["add_timer(timer)", off, "global ran", "ran = 0", "n = ran", on, "return n"]
    expected = {0, 1} if CONFIGS[config].cpus > 1 else {0}

    assert expected == {code for _, code in ends(*body, config=CONFIGS[config])}


def test_an_interrupt_lands_on_a_function_but_no_function_on_an_interrupt() -> None:
    """Softirqs run with interrupts on; a hard interrupt is finished first."""

    text = DATA + "def handler():\n    global ran\n    ran += 10\n    ran += 10\n\n\n"
    calls = [Call("nic", "handler", context="irq")]
    trace = drive(
        text + lines("add_timer(timer)", *REST), prefer=("mykthread", "timer/*", "irq/nic", "softirq/*"), calls=calls
    )
    assert ((0, "softirq/timer"), (0, "irq/nic")) in [view.frames for view in trace.views]
    trace = drive(text + lines("add_timer(timer)", *REST), prefer=("mykthread", "irq/nic", "timer/*", "*"), calls=calls)
    assert ((0, "irq/nic"), (0, "softirq/timer")) not in [view.frames for view in trace.views]


@pytest.mark.parametrize(
    "call", ["schedule()", "wait_for_completion(done)", "kmalloc(8, GFP_KERNEL)", "might_sleep()", "down(sem)"]
)
def test_its_function_may_not_sleep(call: str) -> None:
    """It fails never_sleeps_atomic; where it really sleeps, that is the end."""

    text = f"sem = DECLARE_MUTEX_LOCKED()\ndone = DECLARE_COMPLETION()\n\n\ndef f(data):\n    {call}\n\n\n"
    trace = drive(text + "timer = TIMER_INITIALIZER(f, 0, 0)\n\n\n" + lines("add_timer(timer)", "schedule()"))

    assert ("never_sleeps_atomic", "interrupt") in {(v.property, v.cause) for v in trace.violations}
    assert fault(trace) == ("" if call.startswith(("might", "kmalloc")) else "sleep_in_interrupt")


def test_in_its_function_the_context_says_so() -> None:
    """in_softirq, in_interrupt, in_atomic; not in_irq, and interrupts are on."""

    ask = "printk('%d%d%d%d%d', in_softirq(), in_interrupt(), in_atomic(), in_irq(), irqs_disabled())"
    text = f"def f(data):\n    {ask}\n\n\n"
    trace = drive(text + "timer = TIMER_INITIALIZER(f, 0, 0)\n\n\n" + lines("add_timer(timer)", *REST))

    assert ["11100"] == printed(trace)
    assert 0x100 in {t.preempt_count for view in trace.views for t in view.tasks if t.name == "softirq/timer"}


def stops(
    config: Config, *body: str, function: str = "locker", properties: tuple[str, ...] = ("sleeps_when_idle",)
) -> str:
    """The verdict's cause where mykthread starts a timer, then does *body*, then rests."""
    made = module(DATA.replace("(locker,", f"({function},") + lines("add_timer(locking)", *body, *REST))
    found = explore(made, Scenario("stop", threads=["mykthread"]), config, properties=properties)
    return next((v.cause for v in found.verdicts.values() if v.holds is False), "")


def test_del_timer_sync_waits_for_the_function() -> None:
    """With a lock held that the function wants, for ever; del_timer does not wait."""

    locked = ["spin_lock_bh(lock)", "{}(locking)", "spin_unlock_bh(lock)"]
    config = CONFIGS["a_cpu_each"]

    assert "stuck" == stops(
        config, *(x.format("del_timer_sync") for x in locked), properties=("irq_safe", "sleeps_when_idle")
    ) or (
        "interrupt_deadlock" == stops(config, *(x.format("del_timer_sync") for x in locked), properties=("irq_safe",))
    )
    assert "" == stops(config, *(x.format("del_timer") for x in locked))
    assert "" == stops(config, "del_timer_sync(locking)")


def test_after_del_timer_the_function_may_still_run() -> None:
    """After del_timer_sync it does not."""

    def result(call: str) -> set:
        body = ["add_timer(timer)", f"{call}(timer)", "global ran", "ran = 0", "n = ran", "return n"]
        return {code for _, code in ends(*body, config=CONFIGS["a_cpu_each"])}

    assert ({0, 1}, {0}) == (result("del_timer"), result("del_timer_sync"))


def test_del_timer_sync_in_its_own_function_never_returns() -> None:
    """It waits for itself."""

    text = DATA.replace("    spin_lock(lock)\n    ran = 1\n    spin_unlock(lock)\n", "    del_timer_sync(locking)\n")
    made = module(text + lines("add_timer(locking)", *REST))
    found = explore(made, Scenario("own", threads=["mykthread"]), CONFIGS["a_cpu_each"], properties=["irq_safe"])

    assert "interrupt_deadlock" == found.verdicts["irq_safe"].cause


@pytest.mark.parametrize("config", CONFIGS)
def test_a_timer_on_a_dead_stack_is_a_fault_when_it_expires(config: str) -> None:
    """Not before."""

    text = DATA + "def starts():\n    mine = TIMER_INITIALIZER(tick, 0, 1)\n    add_timer(mine)\n{}\n\n"
    body = ["starts()", 'printk("returned")', "schedule()"]

    trace = drive(text.format("") + lines(*body), CONFIGS[config])
    assert (["returned"], "dead_stack") == (printed(trace), fault(trace))
    trace = drive(text.format("    del_timer_sync(mine)\n") + lines(*body), CONFIGS[config])
    assert (["returned"], "") == (printed(trace), fault(trace))


@pytest.mark.parametrize(
    "body, cause",
    [
        (["add_timer(raw)"], "null_pointer"),
        (["mod_timer(raw, 5)"], "null_pointer"),
        (["init_timer(raw)", "add_timer(raw)"], "bug"),
        (["add_timer(timer)", "init_timer(timer)", "schedule()"], "corrupted_list"),
        (["add_timer(timer)", "init_timer(timer)", "BUG_ON(timer_pending(timer))"], "corrupted_list"),
        (["add_timer(timer)", "init_timer(timer)", "BUG_ON(del_timer(timer))", "schedule()"], "corrupted_list"),
        (["add_timer(timer)", "init_timer(timer)", "add_timer(timer)", "schedule()"], "corrupted_list"),
        (["del_timer(raw)"], ""),
    ],
)
def test_a_timer_must_be_ready(body: list[str], cause: str) -> None:
    """Initialised, with a function, and not made anew while it is pending: the list that leads to it is torn then, and
    found so when it is due."""

    assert cause == fault(drive(DATA + lines(*body), prefer=("mykthread", "*")))


@pytest.mark.parametrize("profile, cause", [("2.6.11", ""), ("2.6.24", "bug"), ("2.6.32", "bug")])
def test_starting_a_pending_timer_with_add_timer_is_a_bug_since_2_6_24(profile: str, cause: str) -> None:
    """In 2.6.11 it is a mod_timer."""

    body = ["add_timer(timer)", "add_timer(timer)"]

    assert cause == fault(drive(DATA + lines(*body), Config(profile=profile), prefer=("mykthread", "*")))


def test_todays_timer_gives_its_function_the_timer() -> None:
    """timer_setup, and DEFINE_TIMER with one argument."""

    text = """
ran = u32(0)


def f(t):
    global ran
    ran += 1
    if ran < 2:
        mod_timer(t, jiffies + HZ)
    else:
        printk("twice")


one = DEFINE_TIMER(f)
two = timer_list()


"""
    for body in (["add_timer(one)"], ["timer_setup(two, f, 0)", "mod_timer(two, jiffies + HZ)"]):
        config = Config(profile="6.12")
        assert ["twice"] == printed(drive(text + lines(*body, *REST), config))


@pytest.mark.parametrize("profile, right", [("2.6.24", "f, 0, 0"), ("6.12", "f")])
def test_define_timer_takes_what_its_version_wants(profile: str, right: str) -> None:
    """expires and data have gone with the unsigned long."""

    text = "def f(t):\n    printk('ran')\n\n\ntimer = DEFINE_TIMER({})\n\n\n" + lines("mod_timer(timer, 1)", *REST)
    wrong = "f" if "," in right else "f, 0, 0"

    assert ["ran"] == printed(drive(text.format(right), Config(profile=profile)))
    with pytest.raises(LowerError, match=f"too {'few' if wrong == 'f' else 'many'} arguments to DEFINE_TIMER"):
        drive(text.format(wrong), Config(profile=profile))


@pytest.mark.parametrize("config", ["up", "one_cpu_smp", "a_cpu_each"])
def test_an_interrupt_may_see_the_timer_expired_before_its_function_has_done_anything(config: str) -> None:
    """del_timer comes too late, and what is freed then is used."""

    text = """
seen = u32(9)
box = u32(1)


def f(data):
    printk("box %d", box)


timer = TIMER_INITIALIZER(f, 0, 0)


def handler():
    global box
    if not del_timer(timer):
        box = 0


"""
    calls = [Call("nic", "handler", context="irq")]
    prefer = ("mykthread", "*timer/*", "*irq/nic", "*")
    trace = drive(text + lines("add_timer(timer)", *REST), CONFIGS[config], prefer=prefer, calls=calls)

    assert ["box 0"] == printed(trace)


def test_an_object_may_be_the_data() -> None:
    """A static that the function is given by its address, for all timers or one at a time."""

    text = """
ev = struct("ev", id=u32)
first = ev()
second = ev()


def f(p: ev):
    printk("id %d", p.id)


timer = TIMER_INITIALIZER(f, 0, first)


"""
    body = ["first.id = 1", "second.id = 2", "add_timer(timer)"]
    assert ["id 1"] == printed(drive(text + lines(*body, *REST)))
    assert ["id 2"] == printed(drive(text + lines(*body[:2], "timer.data = second", "add_timer(timer)", *REST)))


def test_a_periodic_timer_is_not_the_threads_business() -> None:
    """It goes round for ever, and the thread sleeps in S all the while; what goes wrong under it is still found."""

    text = DATA.replace("if rounds < data:", "if data:").replace("    rounds += 1\n", "    rounds ^= 1\n")
    body = ["add_timer(periodic)", *REST]

    def cause(text: str) -> str:
        found = explore(module(text), Scenario("tick", threads=["mykthread"]), properties=["sleeps_when_idle"])
        return found.verdicts["sleeps_when_idle"].cause

    assert "" == cause(text + lines(*body))
    assert "uninterruptible" == cause(text + lines(*body).replace("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE"))
    assert "polling" == cause(text + lines(*body).replace("schedule()", "schedule_timeout(HZ)"))


def test_the_trace_tells_of_the_expiry() -> None:
    """Which timer, which function, on which CPU, on top of whom; the view says that it was pending."""

    trace = drive(
        DATA + lines("add_timer(timer)", "while not ran:", "    cond_resched()"), prefer=("timer/*", "softirq/*")
    )
    told = [narrate(e) for e in trace.events]

    assert "mykthread starts the timer timer." in told
    assert {"timer/timer", "softirq/timer"} <= {e.actor for e in trace.events}
    assert any(x.startswith("The timer timer expires: tick runs in a bottom half on CPU 0") for x in told)
    assert any(x.startswith("The function of timer writes 1 to ran") for x in told)
    assert {"pending", "not pending"} == {view.statics["timer"] for view in trace.views}


def test_a_pointer_may_lead_to_the_timer() -> None:
    """It is started as if it had been named."""

    text = DATA + "where = ptr()\n\n\n" + lines("global where", "where = timer", "add_timer(where)")

    assert {"timer/timer", "softirq/timer"} <= {e.actor for e in drive(text).events}


def test_a_process_may_unload_with_a_timer_pending() -> None:
    """Its function still runs; whoever waits for it learns so."""

    calls = [Call("rmmod", "unload", when=asleep("mykthread"))]
    text = DATA + "def unload():\n    del_timer_sync(timer)\n\n\n"
    config = fitting(text, CONFIGS["a_cpu_each"])
    found = outcomes(
        module(text + lines("add_timer(timer)", *REST)), Scenario("mod", threads=["mykthread"], calls=calls), config
    )

    assert {"asleep"} == {o.ending for o in settled(found)}
    assert done("rmmod")
