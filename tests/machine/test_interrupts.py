"""Interrupts and preemption: where they may come, where they may not, and how the ways to keep them out nest."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore, inside
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module

UP, UP_PREEMPT, EACH = Config(cpus=1), Config(cpus=1, preempt=True), Config(cpus=4)
ONE_CPU_SMP = Config(cpus=1, smp=True)
DATA = """
lock = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()
depth = u32(0)
seen = u32(0)


def handler():
    global seen
    seen = 1


def other():
    global seen
    seen = 2


"""


def bug_reachable(text: str, config: Config, calls: list[Call] = (), threads: tuple[str, ...] = ("mykthread",)) -> bool:
    """Can the program's own BUG come about?  The reduced and the whole search agree on it."""
    scenario = Scenario("bug", threads=threads, calls=calls)
    made = module(DATA + text)
    found = [explore(made, scenario, config, properties=("no_oops",), reduce=reduce) for reduce in (True, False)]
    assert all(x.complete for x in found)
    holds = {x.verdicts["no_oops"].holds for x in found}
    assert 1 == len(holds)
    causes = {x.verdicts["no_oops"].cause for x in found}
    assert causes <= {"", "bug"}
    return not holds.pop()


# ---- interrupts off ------------------------------------------------------------------------------------------------

IRQ = [Call("nic", "handler", context="irq")]
ON_MY_CPU = [Call("nic", "handler", context="irq", cpu_of="mykthread")]
CHECKED = ["global seen", "{off}", "seen = 0", "BUG_ON(seen)", "{on}"]
KEEPS_OUT = {
    "local_irq_disable": ("local_irq_disable()", "local_irq_enable()"),
    "local_irq_save": ("local_irq_save(flags)", "local_irq_restore(flags)"),
    "spin_lock_irq": ("spin_lock_irq(lock)", "spin_unlock_irq(lock)"),
    "spin_lock_irqsave": ("spin_lock_irqsave(lock, flags)", "spin_unlock_irqrestore(lock, flags)"),
    "read_lock_irq": ("read_lock_irq(rw)", "read_unlock_irq(rw)"),
    "read_lock_irqsave": ("read_lock_irqsave(rw, flags)", "read_unlock_irqrestore(rw, flags)"),
    "write_lock_irq": ("write_lock_irq(rw)", "write_unlock_irq(rw)"),
    "write_lock_irqsave": ("write_lock_irqsave(rw, flags)", "write_unlock_irqrestore(rw, flags)"),
}
LETS_IN = {
    "nothing": ("barrier()", "barrier()"),
    "spin_lock": ("spin_lock(lock)", "spin_unlock(lock)"),
    "read_lock": ("read_lock(rw)", "read_unlock(rw)"),
    "write_lock": ("write_lock(rw)", "write_unlock(rw)"),
    "preempt_disable": ("preempt_disable()", "preempt_enable()"),
}


def section(off: str, on: str) -> str:
    return lines(*(line.format(off=off, on=on) for line in CHECKED))


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, ONE_CPU_SMP], ids=str)
@pytest.mark.parametrize("way", KEEPS_OUT)
def test_interrupts_off_keep_them_out(way: str, config: Config) -> None:
    """On its only CPU no interrupt lands between off and on, whatever the build."""

    assert not bug_reachable(section(*KEEPS_OUT[way]), config, IRQ)


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, ONE_CPU_SMP], ids=str)
@pytest.mark.parametrize("way", LETS_IN)
def test_anything_else_lets_them_in(way: str, config: Config) -> None:
    """A lock without _irq, or preemption off, keeps no interrupt out."""

    assert bug_reachable(section(*LETS_IN[way]), config, IRQ)


@pytest.mark.parametrize("way", ["local_irq_disable", "spin_lock_irqsave"])
def test_interrupts_are_off_on_one_cpu_only(way: str) -> None:
    """On another CPU they land all the same; on this one they don't."""

    assert bug_reachable(section(*KEEPS_OUT[way]), EACH, IRQ)
    assert not bug_reachable(section(*KEEPS_OUT[way]), EACH, ON_MY_CPU)


# ---- nesting -------------------------------------------------------------------------------------------------------

NESTED = """
def one():
    global depth
    depth += 1
    BUG_ON(depth > 1)
    depth -= 1


def closed():
    global depth
    local_irq_disable()
    depth += 1
    BUG_ON(depth > 1)
    depth -= 1
    local_irq_enable()


"""


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, EACH], ids=str)
def test_different_lines_nest(config: Config) -> None:
    """SEMANTICS 4: a frame starts with interrupts on, so another line's lands in it (2.6.11 without SA_INTERRUPT)."""

    calls = [Call("nic", "one", context="irq"), Call("disk", "one", context="irq")]
    assert bug_reachable(NESTED + lines("return 0"), config, calls)


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, EACH], ids=str)
def test_a_line_does_not_nest_in_itself(config: Config) -> None:
    """The second interrupt of one line waits until the first has returned, on every CPU."""

    calls = [Call("nic", "one", context="irq"), Call("nic", "one", context="irq")]
    assert not bug_reachable(NESTED + lines("return 0"), config, calls)


def test_a_frame_with_interrupts_off_is_not_interrupted() -> None:
    """Different lines nest only while interrupts are on."""

    calls = [Call("nic", "closed", context="irq"), Call("disk", "closed", context="irq")]
    assert not bug_reachable(NESTED + lines("return 0"), UP, calls)


def test_both_interrupts_of_a_line_come() -> None:
    """Waiting is not losing: the handler runs twice."""

    text = DATA + "def count():\n    global depth\n    depth += 1\n\n\n" + lines("return 0")
    calls = [Call("nic", "count", context="irq"), Call("nic", "count", context="irq")]
    trace = drive(text, prefer=("irq/*", "mykthread"), calls=calls)
    assert 2 == trace.views[-1].statics["depth"]


def test_nothing_else_runs_on_the_cpu_of_a_frame() -> None:
    """One CPU: the interrupted task goes on only when the handler has returned."""

    handler = "def slow():\n    global seen\n    seen = 1\n    seen = 2\n\n\n"
    text = handler + lines("x = seen", "BUG_ON(x == 1)")
    calls = [Call("nic", "slow", context="irq")]
    assert not bug_reachable(text, UP_PREEMPT, calls)
    assert bug_reachable(text, EACH, calls)


def test_an_interrupt_lands_on_an_idle_cpu() -> None:
    """With every task asleep it still comes."""

    text = DATA + lines("set_current_state(TASK_INTERRUPTIBLE)", "schedule()")
    trace = drive(text, prefer=("mykthread", "irq/nic"), calls=IRQ)
    assert 1 == trace.views[-1].statics["seen"]


FLAGS = {
    "a_save_inside_a_save": (
        ["local_irq_save(f)", "local_irq_save(g)", "local_irq_restore(g)", "a = irqs_disabled()"]
        + ["local_irq_restore(f)"],
        "10",
    ),
    "an_irqsave_lock_inside_irqs_off": (
        ["local_irq_disable()", "spin_lock_irqsave(lock, f)", "spin_unlock_irqrestore(lock, f)", "a = irqs_disabled()"]
        + ["local_irq_enable()"],
        "10",
    ),
    "an_irq_lock_inside_irqs_off_switches_them_on": (
        ["local_irq_disable()", "spin_lock_irq(lock)", "spin_unlock_irq(lock)", "a = irqs_disabled()"],
        "00",
    ),
    "two_locks_restored_in_the_wrong_order": (
        ["spin_lock_irqsave(lock, f)", "read_lock_irqsave(rw, g)", "spin_unlock_irqrestore(lock, f)"]
        + ["a = irqs_disabled()", "read_unlock_irqrestore(rw, g)"],
        "01",
    ),
    "flags_used_twice_forget_the_first": (
        ["local_irq_save(f)", "local_irq_save(f)", "local_irq_restore(f)", "a = irqs_disabled()"],
        "11",
    ),
    "flags_handed_to_a_function_that_saves_again": (
        ["local_irq_save(f)", "helper()", "a = irqs_disabled()", "local_irq_restore(f)"],
        "10",
    ),
}


@pytest.mark.parametrize("config", [UP, ONE_CPU_SMP, EACH], ids=str)
@pytest.mark.parametrize("claim", FLAGS)
def test_saving_and_restoring_nest(claim: str, config: Config) -> None:
    """What irqs_disabled() says inside and at the end: restore brings back what save found, nothing else."""

    body, expected = FLAGS[claim]
    helper = "def helper():\n    local_irq_save(f)\n    barrier()\n    local_irq_restore(f)\n\n\n"
    trace = drive(DATA + helper + lines(*body, "b = irqs_disabled()", 'printk("%d%d", a, b)'), config)
    assert [expected] == printed(trace)


def test_schedule_comes_back_with_interrupts_on() -> None:
    """schedule() with interrupts off is noticed, and the CPU is given up with them on."""

    trace = drive(lines("local_irq_disable()", "schedule()", 'printk("%d", irqs_disabled())'))
    assert (["0"], ("never_sleeps_atomic", "irqs_off")) == (
        printed(trace),
        (trace.violations[0].property, trace.violations[0].cause),
    )


# ---- preemption ----------------------------------------------------------------------------------------------------

RIVAL = "def rival(unused):\n    global seen\n    seen = 1\n\n\n"
BOTH = ("mykthread", "rival")


@pytest.mark.parametrize(
    "off, on",
    [("preempt_disable()", "preempt_enable()"), LETS_IN["spin_lock"], *KEEPS_OUT.values()],
    ids=["preempt_disable", "spin_lock", *KEEPS_OUT],
)
def test_preemption_off_keeps_the_other_task_out(off: str, on: str) -> None:
    """One CPU, PREEMPT=y: a held lock, interrupts off and preempt_disable keep the CPU; another CPU runs on."""

    text = RIVAL + section(off, on)
    assert not bug_reachable(text, UP_PREEMPT, threads=BOTH)
    assert not bug_reachable(text, Config(cpus=1, preempt=True, smp=True), threads=BOTH)
    assert bug_reachable(text, EACH, threads=BOTH)


def test_without_preemption_nobody_comes_between() -> None:
    """PREEMPT=n: a task leaves its CPU only where it gives it up."""

    text = RIVAL + section("barrier()", "barrier()")
    assert (False, True) == (bug_reachable(text, UP, threads=BOTH), bug_reachable(text, UP_PREEMPT, threads=BOTH))
    assert bug_reachable(text.replace("BUG", "schedule()\n    BUG"), UP, threads=BOTH)


def test_preempt_disable_nests() -> None:
    """Two disables need two enables."""

    text = RIVAL + section("preempt_disable()\n    preempt_disable()\n    preempt_enable()", "preempt_enable()")
    assert not bug_reachable(text, UP_PREEMPT, threads=BOTH)


def test_one_preempt_enable_too_many_is_a_fault() -> None:
    """preempt_count below 0."""

    assert "preempt_count" == fault(drive(lines("preempt_enable()")))


@pytest.mark.parametrize("config", [UP, UP_PREEMPT, ONE_CPU_SMP, EACH], ids=str)
def test_in_atomic_sees_what_preempt_count_sees(config: Config) -> None:
    """KERNEL.md 4.2: with PREEMPT=n spin_lock does not touch preempt_count; an interrupt always does."""

    body = ["spin_lock(lock)", "a = in_atomic()", "spin_unlock(lock)", 'printk("%d%d", a, in_atomic())']
    assert [f"{int(config.preempt)}0"] == printed(drive(DATA + lines(*body), config))


def test_an_interrupt_may_be_held_back_to_a_moment() -> None:
    """`when=inside(...)` with `whole`: the handler is over before the function returns."""

    here = "def here():\n    global seen\n    seen = 0\n    barrier()\n    seen = 0\n\n\n"
    text = here + lines("here()", "BUG_ON(seen)")
    guarded = [Call("nic", "handler", context="irq", when=inside("mykthread", "here"))]
    free = [Call("nic", "handler", context="irq")]
    assert (False, True) == (bug_reachable(text, UP, guarded), bug_reachable(text, UP, free))
