"""kernel/sched.c: states, schedule(), wake-ups.

The cell of a task's state holds 0 (TASK_RUNNING), 1 or 2 (declared while still running), 5 or 6 (off the run queue:
asleep in S or D), 8 (dead).  A wake-up is a masked compare on that cell and nothing else: it remembers nothing.
"""

from __future__ import annotations

from kthreadlab.compile.actor import Actor
from kthreadlab.compile.cells import stored
from kthreadlab.compile.codegen import Gen
from kthreadlab.compile.effects import Declares, Does, Sleeps, State, by_all, by_nobody, unless
from kthreadlab.compile.instructions import Builder, Instr
from kthreadlab.compile.ops import Branches, back, effects_of, operation, sleep_check
from kthreadlab.compile.places import CURRENT, OwnField
from kthreadlab.compile.plan import Plan
from kthreadlab.compile.program import declares
from kthreadlab.compile.values import TASK, LowerError, Obj
from kthreadlab.lang.ir import ObjType
from kthreadlab.lang.outcome import Outcome
from kthreadlab.lang.task_state import ASLEEP_S, DEAD, DECLARED_STATES, NAMES, OFF, asleep

from .signals import fake_signal, notified, signals_to
from .telling import Happened, Told
from .wakeup import force_queues

MAX_TIMEOUT = 2**63 - 1
DECLARED = {state: Outcome(name) for state, name in NAMES.items() if state <= DECLARED_STATES}


def own_name(b: Builder) -> Obj:
    """The text ``current->comm``."""
    key = f"comm.{b.actor}"
    return b.statics.hidden.setdefault(key, Obj(key, "current->comm", ObjType("text", 16), "insmod", size=16))


def own_lock(b: Builder) -> Obj:
    """The lock of the caller's signals: ``current->sighand->siglock``, ``current->sigmask_lock``."""
    key = f"siglock.{b.actor}"
    return b.statics.hidden.setdefault(key, Obj(key, "siglock", ObjType("spinlock"), 0))


CURRENT["siglock"] = CURRENT["sigmask_lock"] = OwnField(object=own_lock)
CURRENT["state"] = OwnField(load=lambda g: f"c[{g.cell('st')}]", target=lambda g: g.to("st"))
CURRENT["pid"] = OwnField(load=lambda g: str(g.a.pid))
CURRENT["comm"] = OwnField(object=own_name)


@sleep_check
def check_may_sleep(g: Gen) -> None:
    """A call that may sleep stands here: is that allowed in this context?  Where it is not, it may not be left out
    either: sleeping with a lock held is something others can tell."""
    g.m.hooks.may_sleep(g)
    where = forbidding(g)
    if where:
        g.m.hooks.forbidden(g, where)
        if g.at != g.node.pc:
            g.m.notes.be_careful()


def forbidding(g: Gen) -> str:
    """What forbids the caller to sleep here, in a word of `Observer.forbidden`; "" if nothing does."""
    ctx = g.ctx
    if g.a.is_frame:
        return "interrupt"
    if ctx.held:
        return "lock_held"
    return "irqs_off" if ctx.off else "bh_off" if ctx.bh else "preempt_off" if ctx.preempt else ""


def declared_state(actor: Actor) -> bool:
    """Does the actor ever declare a state, so that its state cell can be other than TASK_RUNNING while it runs?"""
    return any(i.kind == "op" and declares(i) is not None for i in actor.code)


def refuse_interrupt(g: Gen) -> bool:
    """Sleeping in an interrupt ends the path: there is nobody to switch away from."""
    if not g.a.is_frame:
        return False
    g("raise KernelFault('sleep_in_interrupt')")
    return True


def pending(g: Gen, task: Actor | None = None) -> str:
    """An expression: has *task* (the caller) an unblocked signal pending?"""
    a = task or g.a
    real = f"c[@pend.{a.index}@] & ~c[@blk.{a.index}@]" if signals_to(g.m, a) else ""
    return " or ".join(x for x in (real, fake_signal(g.m, a), notified(g.m, a)) if x) or "0"


def fall_asleep(g: Gen, state: str = f"x + {OFF}") -> None:
    """The task's state is not TASK_RUNNING (``x``) and it gives up the CPU: off the run queue."""
    m, a = g.m, g.a
    g(f"{g.to('st')} = {state}")
    if f"slept.{a.index}" in m.flags:
        g(f"{g.to('slept')} = 1")
    m.hooks.slept(g)


def tell_schedule(x: Happened) -> Told:
    """Whether the caller left the run queue."""
    if x.back:
        return Told(())
    declared, now = x.operands[0], x.result
    if not declared:
        return Told((), Outcome.YIELDS)
    return Told((), Outcome.SLEEPS if asleep(now) else Outcome.SIGNAL, {"state": declared})


@operation(
    "schedule",
    "io_schedule",
    resume=back,
    describe=tell_schedule,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.SWITCHES,),
    seen=by_all,
)
def schedule(g: Gen, i: Instr) -> Branches:
    """Off the run queue iff the state is not TASK_RUNNING and it is not (INTERRUPTIBLE with a signal pending)."""
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    give_up(g)
    g.event("x", result=f"c[{g.cell('st')}]")
    return None


def give_up(g: Gen) -> None:
    """The voluntary half of schedule()."""
    st, signal = g.cell("st"), pending(g)
    g(f"x = c[{st}]")
    if declared_state(g.a):
        if signal != "0":
            g(f"if x == 1 and ({signal}): c[{stored(st)}] = 0")
            g("elif x:")
        else:
            g("if x:")
        g.ind += 1
        fall_asleep(g)
        g.ind -= 1
    g.ctx = g.ctx._replace(off=0)


def resume_timeout(g: Gen, i: Instr) -> None:
    """Woken, or the time is up."""
    g.copy()
    tmo = g.cell("tmo")
    g.result(f"{g.m.constants.ref((1, 1, 0, MAX_TIMEOUT))}[c[{tmo}]]")
    g(f"c[{stored(tmo)}] = 0")
    g.event(result=g.read(i.dst) if i.dst is not None else "None")


def tell_timeout(x: Happened) -> Told:
    """As of schedule(), and what ended the sleep; of a time that is none the log is told."""
    if x.back:
        return Told((), Outcome.WOKEN if x.result else Outcome.EXPIRED)
    if len(x.operands) < 2:
        value, pos = x.operands[0] & 0xFFFFFFFFFFFFFFFF, x.instr.pos
        log = f"{x.instr.op}: wrong timeout value {value:x} from {pos.file}:{pos.line}"
        return Told(x.operands, Outcome.WRONG, log=(log,))
    declared, now = x.operands[1], x.result
    outcome = Outcome.SLEEPS if asleep(now) else Outcome.SIGNAL if declared else Outcome.YIELDS
    return Told(x.operands[:1], outcome, {"state": declared})


@operation(
    "schedule_timeout",
    "io_schedule_timeout",
    resume=resume_timeout,
    describe=tell_timeout,
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.SWITCHES, Does.TIMED),
    seen=by_all,
)
def schedule_timeout(g: Gen, i: Instr) -> Branches:
    """schedule() with a timer.  Differs from Linux: what is left of the time is 1, since exploration has no clock.

    The cell ``tmo`` holds 0: no timer, 1: it runs, 2: it expired, 3: MAX_SCHEDULE_TIMEOUT, which never expires.
    """
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    st = g.cell("st")
    g(f"t = {g.src(i.args[0])}")

    def wrong() -> None:
        g(f"c[{stored(st)}] = 0")
        g.result("0")
        g.returned, g.frees = True, False
        g.event("t", result="0")

    def sleep() -> None:
        give_up(g)
        g(f"if t == {g.m.constants.ref(MAX_TIMEOUT)}: {g.to('tmo')} = 3")
        g(f"elif c[{st}] > {OFF}: {g.to('tmo')} = 1")
        g(f"if c[{st}] < {ASLEEP_S}: c[{stored(st)}] = 0")
        g.event("t", "x", result=f"c[{st}]")

    return [("t < 0", wrong), (None, sleep)]


def state_is_private(m: Plan, a: Actor, i: Instr) -> bool:
    """Declaring TASK_RUNNING is invisible: a wake-up that comes before or after it leaves the same state, and in this
    version may return 0 either way."""
    return not a.is_frame and i.args[0].const == 0 and not m.config.kernel.queued_wake


def tell_state(x: Happened) -> Told:
    """Which state was declared."""
    state = x.operands[0]
    declared = DECLARED.get(state, Outcome.ANY)
    return Told((str(declared or state),), declared, {"state": state})


@operation(
    "set_current_state",
    "__set_current_state",
    describe=tell_state,
    sleeps=Sleeps.NEVER,
    state=Declares(0),
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=unless(state_is_private),
)
def set_current_state(g: Gen, i: Instr) -> None:
    g.copy()
    value = i.args[0]
    if value.const is not None and value.const not in (0, 1, 2):
        raise LowerError("a thread may declare TASK_RUNNING, TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE", i.pos)
    if not g.a.is_frame:
        text = g.src(value)
        g(f"{g.to('st')} = {text if value.const is not None else f'{text} & {DECLARED_STATES}'}")
    g.event(g.src(value))


@operation(
    "yield",
    sleeps=Sleeps.YIELDS,
    state=State.RUNNING,
    context=(),
    reads=(),
    writes=(),
    does=(Does.SWITCHES,),
    seen=by_all,
)
@operation(
    "cond_resched",
    sleeps=Sleeps.YIELDS,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.MAY_STAY,),
    seen=by_all,
)
def yielding(g: Gen, i: Instr) -> Branches:
    """Others may run; cond_resched() lets them if they should, and says whether it has."""
    if g.second:
        g.copy()
        g.frees = False
        g.result("0")
        g.event(result="0")
        return None
    if refuse_interrupt(g):
        return [(None, lambda: "stop")]
    g.copy()
    if effects_of(i.op).state is State.RUNNING and declared_state(g.a):
        g(f"{g.to('st')} = 0")
    g.result("1")
    g.ctx = g.ctx._replace(off=0)
    g.event()
    return None


@operation(
    "need_resched",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(Does.MAY_STAY,),
    seen=by_all,
)
def need_resched(g: Gen, i: Instr) -> None:
    """Either, at any moment: a tick may have come."""
    g.copy()
    answer = "0" if g.second else "1"
    g.result(answer)
    g.event(result=answer)


@operation(
    "might_sleep", sleeps=Sleeps.ASKS, state=State.KEPT, context=(), reads=(), writes=(), does=(), seen=by_nobody
)
def might_sleep(g: Gen, i: Instr) -> None:
    """Nothing changes, but that it asks."""
    g.copy()
    g.event()


WAKES = {
    "wake_up": (3, 1),
    "wake_up_nr": (3, None),
    "wake_up_all": (3, 0),
    "wake_up_interruptible": (1, 1),
    "wake_up_interruptible_nr": (1, None),
    "wake_up_interruptible_all": (1, 0),
    "wake_up_interruptible_sync": (1, 1),
}


PASSED_BY = (Outcome.NOT_ASLEEP_YET, Outcome.WRONG_STATE, Outcome.RUNNING, Outcome.DEAD)
"""How a task can be that a wake-up finds and does not put on the run queue: what is told first, if it finds several."""


def tell_wake(x: Happened) -> Told:
    """Whom a wake-up found on its queue, and in which states."""
    mask, queue = WAKES[x.instr.op][0], x.operands[0]
    found: dict[Outcome, list[int]] = {}
    entries = x.before[queue] if isinstance(queue, int) else ()
    for n in entries or ():
        entry = x.before[n] if n > 0 else None
        if not entry or not 0 <= entry[0] < len(x.m.actors):
            continue
        task, state = entry[0], x.was(entry[0])
        if state == DEAD:
            found.setdefault(Outcome.DEAD, []).append(task)
        elif not state & mask:
            found.setdefault(Outcome.WRONG_STATE if state else Outcome.RUNNING, []).append(task)
        elif not x.becomes(task):
            found.setdefault(Outcome.WOKEN if asleep(state) else Outcome.NOT_ASLEEP_YET, []).append(task)
    if not found:
        return Told(x.args, Outcome.EMPTY)
    details = {}
    if Outcome.WOKEN in found:
        details["woken"] = x.tasks(found[Outcome.WOKEN])
    passed_by = [how for how in PASSED_BY if how in found]
    if passed_by:
        details["waiters"] = x.tasks(task for how in passed_by for task in found[how])
    outcome = next(iter(found)) if len(found) == 1 else Outcome.MIXED if Outcome.WOKEN in found else passed_by[0]
    return Told(x.args, outcome, details)


@operation(
    *WAKES,
    describe=tell_wake,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def wake_up(g: Gen, i: Instr) -> None:
    """Walk the queue from its head; see `wakeup.make_walk`."""
    g.copy()
    mask, nr = WAKES[i.op]
    count = g.src(i.args[1]) if nr is None else str(nr)
    queue = g.obj(i.args[0])
    g.m.hooks.wakes(g, "")
    force_queues(g.m)
    g(f"_wake(c, {queue}, {mask}, {count})")
    g.event(queue)


def tell_wake_process(x: Happened) -> Told:
    """In which state the task was."""
    task = x.operands[0] - TASK
    state, name = x.was(task), x.tasks((task,))
    if state == DEAD:
        return Told(name, Outcome.DEAD)
    if asleep(state):
        return Told(name, Outcome.WOKEN, {"woken": name})
    return Told(name, Outcome.NOT_ASLEEP_YET if state else Outcome.RUNNING, {"waiters": name})


@operation(
    "wake_up_process",
    describe=tell_wake_process,
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def wake_up_process(g: Gen, i: Instr) -> None:
    g.copy()
    target = g.src(i.args[0])
    g(f"_task(c, {target})")
    g.m.hooks.wakes(g, target)
    g(f"r = _wake_process(c, {target})")
    g.result("r")
    g.event(target, result="r")
