"""Sleeps with a timer that set their own state; pauses that are none; arithmetic with ticks."""

from __future__ import annotations

from collections.abc import Callable

from .run import LOCAL, MAY_SLEEP, Run, operation
from .state import INTERRUPTIBLE, NULL, POISON, RUNNING, UNINTERRUPTIBLE, Obj
from .values import KernelFault, Number, Ptr, Value
from .waiting import dequeue, enqueue, schedule_timeout, set_state, wait_entry

U32, U64 = (1 << 32) - 1, (1 << 64) - 1
LONGEST = (1 << 62) - 2
NAPS = ("msleep", "ssleep", "usleep_range")

MAY_SLEEP |= {
    *NAPS, "msleep_interruptible", "schedule_timeout_interruptible", "schedule_timeout_uninterruptible",
    "io_schedule_timeout", "io_schedule",
}  # fmt: skip

# ---- sleeps --------------------------------------------------------------------------------------------------------


def no_interrupt(run: Run) -> None:
    if run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")


def declared_first(name: str, state: int) -> None:
    """A call that is schedule_timeout() with a state set before."""

    def call(run: Run, timeout: int) -> Value:
        if not run.phase:
            no_interrupt(run)
            run.task.state = state
        return schedule_timeout(run, timeout)

    operation(name)(call)


declared_first("schedule_timeout_interruptible", INTERRUPTIBLE)
declared_first("schedule_timeout_uninterruptible", UNINTERRUPTIBLE)
operation("io_schedule_timeout")(schedule_timeout)


def slept(run: Run, state: int) -> Value:
    """Off the run queue in that state, with a timer; and back there, if it has not expired."""
    task = run.task
    task.timed = True
    run.sleep(state)
    if task.queued:
        task.timed = False
    return run.wait("back")


@operation(*NAPS)
def msleep(run: Run, time: int, most: int = 0) -> Value:
    if not run.phase:
        no_interrupt(run)
    elif run.task.expired:
        run.task.expired = run.task.timed = False
        return 0
    return slept(run, UNINTERRUPTIBLE)


@operation("msleep_interruptible")
def msleep_interruptible(run: Run, time: int) -> Value:
    """What is left, in milliseconds: of a sleep that a signal has ended one tick, without one all of it."""
    task, tick = run.task, 1000 // run.version.hz
    if not run.phase:
        no_interrupt(run)
        if task.signal_pending():
            task.state = RUNNING
            return (ticks(run, time & U32, 1000) + 1) * tick
        return slept(run, INTERRUPTIBLE)
    if task.expired or task.signal_pending():
        left = 0 if task.expired else tick
        task.expired = task.timed = False
        return left
    return slept(run, INTERRUPTIBLE)


def sleep_on_timeout(run: Run, q: Value, timeout: int, state: int) -> Value:
    """The state, onto the queue, schedule_timeout(), off it."""
    match run.phase:
        case "":
            set_state(run, state)
            return run.wait("add")
        case "add":
            entry = Obj("wait_queue", wait_entry(Ptr(("t", run.task.number)), False, NULL), "stack")
            w = Ptr(run.new(("k", run.task.number), entry))
            entry.shared = True
            enqueue(run, q, w, False)
            return run.wait("sleep", w)
        case "sleep" | "back":
            w, first = run.data[0], run.phase == "sleep"
            if first:
                run.remember("schedule_timeout")
                run.check_context("schedule_timeout", [])
            run.phase = "" if first else "back"
            left = schedule_timeout(run, timeout)
            if run.phase == "back" and first:
                return run.wait("back", w)
            return run.wait("off", w, left)
    w, left = run.data
    dequeue(run, w, POISON)
    del run.state.objects[w.obj]
    run.triggers.add("no_dangling")
    return left


@operation("sleep_on_timeout")
def sleep_on_timeout_(run: Run, q: Value, timeout: int) -> Value:
    return sleep_on_timeout(run, q, timeout, UNINTERRUPTIBLE)


@operation("interruptible_sleep_on_timeout")
def interruptible_sleep_on_timeout(run: Run, q: Value, timeout: int) -> Value:
    return sleep_on_timeout(run, q, timeout, INTERRUPTIBLE)


# ---- no sleeps -----------------------------------------------------------------------------------------------------


@operation("udelay", "ndelay", "mdelay")
def delay(run: Run, time: int) -> Value:
    return 0


@operation("cpu_relax")
def relax(run: Run) -> Value:
    return 0


@operation("prefetch")
def prefetch(run: Run, p: Value) -> Value:
    return 0


@operation("set_user_nice", "sched_setscheduler", "sched_set_fifo")
def priority(run: Run, p: Value, *how: Value) -> Value:
    """Of a task that is there."""
    run.task_at(p)
    return 0


@operation("num_online_cpus")
def num_online_cpus(run: Run) -> Value:
    return run.world.config.cpus


# ---- ticks ---------------------------------------------------------------------------------------------------------


def arithmetic(name: str, compute: Callable[..., int]) -> None:
    """A call that is worked out on the spot."""
    LOCAL.add(name)

    def call(run: Run, *args: Value) -> Value:
        if not all(isinstance(x, int) for x in args):
            return Number(name, *args)
        return compute(run, *args)

    operation(name)(call)


def long(x: int) -> int:
    x &= U64
    return x - (1 << 64) if x >> 63 else x


def ticks(run: Run, time: int, parts: int) -> int:
    """A time as jiffies, of which *parts* are a second."""
    return -(-time * run.version.hz // parts)


def full_second(run: Run, j: int) -> int:
    hz = run.version.hz
    rest = j % hz
    near = j - rest if rest < hz // 4 else j - rest + hz
    return near or j


arithmetic("time_after", lambda run, a, b: int(long(b - a) < 0))
arithmetic("time_before", lambda run, a, b: int(long(a - b) < 0))
arithmetic("time_after_eq", lambda run, a, b: int(long(a - b) >= 0))
arithmetic("time_before_eq", lambda run, a, b: int(long(b - a) >= 0))
arithmetic("time_is_before_jiffies", lambda run, a: int(long(a) < 0))
arithmetic("time_is_after_jiffies", lambda run, a: int(long(-a) < 0))
arithmetic("get_jiffies_64", lambda run: 0)
arithmetic("msecs_to_jiffies", lambda run, m: LONGEST if m >> 31 & 1 else ticks(run, m & U32, 1000))
arithmetic("usecs_to_jiffies", lambda run, u: ticks(run, u & U32, 1_000_000))
arithmetic("jiffies_to_msecs", lambda run, j: j * (1000 // run.version.hz) & U32)
arithmetic("jiffies_to_usecs", lambda run, j: j * (1_000_000 // run.version.hz) & U32)
arithmetic("round_jiffies", full_second)
arithmetic("round_jiffies_relative", full_second)
