"""What people write with the kernel's calls, right or nearly right: loops that wait, sections, what is allocated and
freed, threads that are made and stopped.

Each idiom says with which calls it makes sense: a program that is about one of them may draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kthreadlab.lang.api import CALLS
from tests.oracle.programs.cast import NAMES, one
from tests.oracle.programs.tree import Around, Block, Line, Statement
from tests.oracle.programs.writer import SLEEPY, Writer

Idiom = Callable[[Writer], list[Statement]]
IDIOMS: list[tuple[Idiom, tuple[str, ...], bool]] = []
"""Each with the calls that it is for, and whether it may sleep."""


def about(*calls: str, sleeps: bool = False) -> Callable[[Idiom], Idiom]:
    """The decorated function writes one of these calls."""

    def note(function: Idiom) -> Idiom:
        IDIOMS.append((function, calls, sleeps))
        return function

    return note


def idiom(w: Writer) -> list[Statement]:
    """An idiom of the program's themes; a plain statement where there is none.  A lock that the program has is taken
    by everybody, an interrupt more often than others."""
    if w.cast.guard and not w.atomic and w.chance(0.35):
        return guarded(w)
    if w.chance(0.3 if w.kind in ("irq", "softirq") else 0.12):
        if any(n in w.cast.data for n in NAMES["spinlock"]):
            return spin_section(w)
        if any(n in w.cast.data for n in NAMES["rwlock"]):
            return rw_section(w)
    fitting = []
    for function, calls, sleeps in IDIOMS:
        here = [n for n in calls if n in w.themes]
        if here and any(w.cast.has(n) for n in calls) and (not sleeps or w.may_sleep or w.chance(SLEEPY)):
            fitting.append((2.0 if w.featured in calls else 1.0, function))
    return one(w.rng, *fitting)(w) if fitting else [w.plain()]


def lines(*texts: str) -> list[Statement]:
    return [Line(text) for text in texts]


def ways(w: Writer, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """A pair of calls that undo each other; now and then two that don't."""
    known = [p for p in pairs if w.cast.has(p[0]) and w.cast.has(p[1])]
    before, after = w.rng.choice(known)
    return (before, w.rng.choice(known)[1]) if w.chance(0.05) else (before, after)


# ---- waiting -------------------------------------------------------------------------------------------------------


def _wakes(kind: str) -> tuple[str, ...]:
    return tuple(n for n, c in CALLS.items() if n.startswith("wake_up") and kind in c.params)


@about("prepare_to_wait", "prepare_to_wait_exclusive", "finish_wait", "schedule", "wait_event", sleeps=True)
def prepared(w: Writer) -> list[Statement]:
    """The loop around prepare_to_wait: with either kind of entry, exclusive or not, with a removal in the middle."""
    if not w.cast.has("prepare_to_wait"):
        return added(w)
    queue, entry = w.cast.object("wait_queue_head"), w.entry("wait", "wait", "wait", "entry", "raw")
    call = w.rng.choice(("prepare_to_wait", "prepare_to_wait", "prepare_to_wait_exclusive"))
    body = lines(f"{call}({queue}, {entry}, {w.state()})")
    body.append(Block(f"if {w.test()}:", tuple(lines("break"))))
    if w.chance(0.3):
        body.append(Block("if signal_pending(current):", tuple(lines("break"))))
    if w.chance(0.15):
        body.append(Line(f"remove_wait_queue({queue}, {entry})"))
    body.append(_give_up(w))
    if w.chance(0.2):
        body.append(Line(f"finish_wait({queue}, {entry})"))
    start = lines(f"init_waitqueue_entry({entry}, current)") if entry == "raw" and w.chance(0.8) else []
    end = one(
        w.rng, (8, f"finish_wait({queue}, {entry})"), (2, f"remove_wait_queue({queue}, {entry})"), (1, w.call("mb"))
    )
    return [*start, Block("while True:", tuple(body)), Line(end)]


def _give_up(w: Writer) -> Statement:
    timed = w.chance(0.2)
    return Line(w.call("schedule_timeout") if timed else "schedule()")


@about("add_wait_queue", "add_wait_queue_exclusive", "remove_wait_queue", "set_current_state", "schedule", sleeps=True)
def added(w: Writer) -> list[Statement]:
    """The loop around an entry that stays on the queue, as the article has it."""
    queue, entry = w.cast.object("wait_queue_head"), w.entry("entry", "entry", "wait", "raw")
    add = w.rng.choice(("add_wait_queue", "add_wait_queue", "add_wait_queue_exclusive"))
    declare = w.rng.choice(("set_current_state", "set_current_state", "__set_current_state"))
    body: list[Statement] = [
        Line(f"{declare}({w.state()})"),
        Block(f"if {w.test()}:", tuple(lines("break"))),
        _give_up(w),
    ]
    if w.chance(0.2):
        body.reverse()
    start = lines(f"init_waitqueue_entry({entry}, current)") if entry == "raw" and w.chance(0.8) else []
    end = lines("set_current_state(TASK_RUNNING)", f"remove_wait_queue({queue}, {entry})")
    return [*start, Line(f"{add}({queue}, {entry})"), Block("while True:", tuple(body)), *end[w.chance(0.15) :]]


@about(*(n for n, c in CALLS.items() if "cond" in c.params), sleeps=True)
def waited(w: Writer) -> list[Statement]:
    """A macro that waits for a condition."""
    name = w.cast.some([n for n, c in CALLS.items() if "cond" in c.params])
    return w.called(w.featured if "cond" in CALLS[w.featured].params and w.cast.has(w.featured) else name)


@about(*_wakes("queue"), "wait_event", "prepare_to_wait", "add_wait_queue", "sleep_on", "interruptible_sleep_on")
def woken(w: Writer) -> list[Statement]:
    """The event first, and then whoever waits for it; or the other way round."""
    name = w.cast.some(_wakes("queue"))
    wake = w.call(name)
    if w.chance(0.15):
        wake = f"if waitqueue_active({w.cast.object('wait_queue_head')}):"
        return [Line(f"{w.cast.number()} = 1"), Block(wake, tuple(lines(w.call(name))))]
    both = lines(f"{w.cast.number()} = 1", wake)
    return both[:: -1 if w.chance(0.15) else 1]


@about("schedule", "schedule_timeout", "set_current_state", "__set_current_state", "wake_up_process", sleeps=True)
def declared(w: Writer) -> list[Statement]:
    """A state, a look, and the CPU given up."""
    declare = Line(f"{w.rng.choice(('set_current_state', '__set_current_state'))}({w.state()})")
    known = lines(f"{w.cast.pointer('task', 'task_struct')} = current") if w.chance(0.5) else []
    sleep = _give_up(w)
    if w.chance(0.5):
        sleep = Block(f"if {w.test()}:", (sleep,), tuple(lines("set_current_state(TASK_RUNNING)")))
    return [*known, declare, sleep]


@about("wake_up_process", "kthread_create", "kthread_run", "kthread_stop", "get_task_struct", "put_task_struct")
def woken_task(w: Writer) -> list[Statement]:
    """A task that somebody has left in a variable."""
    task = w.cast.pointer("task", "task_struct")
    names = [
        n for n, c in CALLS.items() if c.params[:1] == ("task",) and w.cast.has(n) and (w.may_sleep or not c.sleeps)
    ]
    name = one(w.rng, *((4 if n == "wake_up_process" else 1, n) for n in names))
    call = w.call(name).replace("current", task, 1) if len(CALLS[name].params) > 1 else f"{name}({task})"
    if w.chance(0.1):
        return lines(call)
    sure = f"{task} != NULL and not IS_ERR({task})" if w.cast.has("IS_ERR") else task
    return [Block(f"if {sure}:", tuple(lines(call)))]


# ---- sections ------------------------------------------------------------------------------------------------------


def _pairs(kind: str) -> list[tuple[str, str]]:
    """The calls that take such a lock, each with the one that releases it in the same form."""
    out = []
    for name, call in CALLS.items():
        if kind in call.params and "_lock" in name and "trylock" not in name and "init" not in name:
            undo = name.replace("_lock", "_unlock").replace("irqsave", "irqrestore")
            out += [(name, undo)] if undo in CALLS and "is_locked" not in name else []
    return out


SPIN, RW = _pairs("spinlock"), _pairs("rwlock")


def _locked(w: Writer, kind: str, pairs: list[tuple[str, str]]) -> list[Statement]:
    take, release = ways(w, pairs)
    lock, flags = w.cast.object(kind), w.flags()
    texts = [f"{n}({', '.join([lock, flags][: len(CALLS[n].params)])})" for n in (take, release)]
    return [*w.remembered(*texts), w.section(texts[0], texts[1], atomic=True)]


@about(*(n for pair in SPIN for n in pair), "spin_lock_init", "spin_trylock", "spin_is_locked")
def spin_section(w: Writer) -> list[Statement]:
    return _locked(w, "spinlock", SPIN)


@about(*(n for pair in RW for n in pair), "rwlock_init", "read_trylock", "write_trylock")
def rw_section(w: Writer) -> list[Statement]:
    """Also for reading where it is written."""
    return _locked(w, "rwlock", RW)


def guarded(w: Writer) -> list[Statement]:
    """A number changed under the lock that guards it, for reading or writing, in any form; what was seen of it may be
    used, and misused, as soon as the lock is released."""
    kept, lock = w.cast.kept()
    n = w.counter()
    shared = [p for p in RW if p[0].startswith("read") == w.cast.reading]
    take, release = ways(w, SPIN if w.cast.guard == "spinlock" else shared if w.chance(0.9) else RW)
    flags = w.flags()
    texts = [f"{x}({', '.join([lock, flags][: len(CALLS[x].params)])})" for x in (take, release)]
    step = one(
        w.rng, (9, [f"{n} = {kept}", f"{kept} = ({n} + 1) & 3"]), (2, [f"{kept} ^= 1"]), (2, [f"{n} = {kept}"]),
        (1, [f"set_bit(1, {kept})", f"clear_bit(0, {kept})"]), (1, [f"{n} = xchg({kept}, 0)"]), (1, [f"{kept} = 2"]),
    )  # fmt: skip
    inside: list[Statement] = lines(*step)
    if w.chance(0.25):
        w.atomic += 1
        inside += w.nested(1)
        w.atomic -= 1
    elif w.chance(0.25):
        inside = [Block(f"if {kept} == 0:", tuple(inside))]
    after = one(w.rng, (9, []), (1, [f"{n} = 2 // {n}"]), (1, [f"{w.cast.number()} = {n}"]), (1, [f"BUG_ON({n} == 2)"]))
    if w.cast.guard == "spinlock" and w.chance(0.1):
        tried_: list[Statement] = [Block(f"if spin_trylock({lock}):", (*inside, Line(f"spin_unlock({lock})")))]
        return [*tried_, *lines(*after)]
    section = Around(texts[0], tuple(inside), texts[1])
    return [*w.remembered(*texts), section, *lines(*after)]


@about("spin_trylock", "read_trylock", "write_trylock")
def tried(w: Writer) -> list[Statement]:
    """A lock taken if it is free."""
    verb = w.cast.some(("spin_trylock", "read_trylock", "write_trylock")).partition("_")[0]
    lock = w.cast.object("spinlock" if verb == "spin" else "rwlock")
    w.atomic += 1
    body = (*w.nested(1), Line(f"{verb}_unlock({lock})"))
    w.atomic -= 1
    return [Block(f"if {verb}_trylock({lock}):", body)]


SWITCHES = (
    ("local_irq_disable()", "local_irq_enable()"),
    ("local_irq_save({})", "local_irq_restore({})"),
    ("local_bh_disable()", "local_bh_enable()"),
    ("preempt_disable()", "preempt_enable()"),
)


@about(*(text.partition("(")[0] for pair in SWITCHES for text in pair), "irqs_disabled", "in_atomic", "in_softirq")
def switched_off(w: Writer) -> list[Statement]:
    """Interrupts, bottom halves or preemption off for a while; saved into the same variable even where it nests."""
    known = [p for p in SWITCHES if w.cast.has(p[0].partition("(")[0])]
    before, after = w.rng.choice(known)
    flags = w.flags()
    texts = before.format(flags), after.format(flags)
    return [*w.remembered(*texts), w.section(texts[0], texts[1], atomic=True)]


@about(
    "mutex_lock",
    "mutex_unlock",
    "mutex_trylock",
    "mutex_lock_interruptible",
    "mutex_init",
    "mutex_is_locked",
    sleeps=True,
)
def mutex_section(w: Writer) -> list[Statement]:
    mutex = w.cast.object("mutex") if w.cast.has("mutex_lock") else ""
    if not mutex:
        return semaphore_section(w)
    if w.chance(0.25):
        body = (*w.nested(1), Line(f"mutex_unlock({mutex})"))
        return [Block(f"if {w.rng.choice(('mutex_trylock', 'not mutex_lock_interruptible'))}({mutex}):", body)]
    return [w.section(f"mutex_lock({mutex})", f"mutex_unlock({mutex})", atomic=False)]


@about(
    "down_timeout",
    "down",
    "up",
    "down_trylock",
    "down_interruptible",
    "sema_init",
    "init_MUTEX",
    "init_MUTEX_LOCKED",
    sleeps=True,
)
def semaphore_section(w: Writer) -> list[Statement]:
    sem = w.cast.object("semaphore")
    if w.chance(0.3):
        body = (*w.nested(1), Line(f"up({sem})"))
        if w.cast.has("down_timeout") and w.chance(0.3):
            return [Block(f"if down_timeout({sem}, HZ) == 0:", body)]
        return [Block(f"if {w.rng.choice(('down_trylock', 'down_interruptible'))}({sem}) == 0:", body)]
    return [w.section(f"down({sem})", f"up({sem})", atomic=False)]


@about(*(n for n, c in CALLS.items() if "rw_semaphore" in c.params), sleeps=True)
def read_or_written(w: Writer) -> list[Statement]:
    sem, mode = w.cast.object("rw_semaphore"), w.rng.choice(("read", "write"))
    if w.chance(0.25):
        return [Block(f"if down_{mode}_trylock({sem}):", (*w.nested(1), Line(f"up_{mode}({sem})")))]
    if mode == "write" and w.cast.has("downgrade_write") and w.chance(0.3):
        return [
            *lines(f"down_write({sem})", "a ^= 1", f"downgrade_write({sem})"),
            *w.nested(1),
            *lines(f"up_read({sem})"),
        ]
    return [w.section(f"down_{mode}({sem})", f"up_{mode}({sem})", atomic=False)]


@about("try_module_get", "__module_get", "module_put", "module_put_and_exit", "module_put_and_kthread_exit")
def referenced(w: Writer) -> list[Statement]:
    if w.chance(0.5):
        return [Block("if try_module_get(THIS_MODULE):", (*w.nested(1), Line("module_put(THIS_MODULE)")))]
    if w.chance(0.3):
        return lines(w.rng.choice(("__module_get(THIS_MODULE)", "module_put(THIS_MODULE)", "module_put(NULL)")))
    return [Line("__module_get(THIS_MODULE)"), *w.nested(1), Line("module_put(THIS_MODULE)")]


@about("module_put_and_exit", "module_put_and_kthread_exit")
def put_at_last(w: Writer) -> list[Statement]:
    end = "module_put_and_exit" if w.cast.has("module_put_and_exit") else "module_put_and_kthread_exit"
    return lines(f"{end}(3)") if w.cast.has("module_put") and w.kind in ("thread", "child") else lines("a = 1")


SENT = ("SIGTERM", "SIGTERM", "SIGKILL", "SIGHUP")


@about("send_sig", "send_sig_info", "force_sig", "kill_proc", "signal_pending")
def sends(w: Writer) -> list[Statement]:
    signal, task = w.rng.choice(SENT), w.rng.choice(("task", "task", "current"))
    w.cast.pointer("task", "task_struct")
    having = [n for n in ("send_sig", "send_sig", "send_sig_info", "force_sig", "kill_proc") if w.cast.has(n)]
    how = w.featured if w.featured in having else w.rng.choice(having)
    text = {
        "send_sig": f"send_sig({signal}, {task}, 1)", "force_sig": f"force_sig({signal}, {task})",
        "send_sig_info": f"b = send_sig_info({signal}, 1, {task})",
        "kill_proc": f"b = kill_proc({w.rng.choice((100, 101, 102, 1))}, {w.rng.choice((signal, signal, '0'))}, 1)",
    }[how]  # fmt: skip
    send = Line(text)
    safe = task == "current" or how == "kill_proc"
    return [send] if safe else [Block("if task != NULL:", (send,))]


@about("dequeue_signal_lock", "dequeue_signal", "kernel_dequeue_signal", "send_sig")
def dequeued(w: Writer) -> list[Statement]:
    having = [n for n in ("dequeue_signal_lock", "dequeue_signal", "kernel_dequeue_signal") if w.cast.has(n)]
    if not having or w.kind in ("irq", "softirq"):
        return sends(w)
    how = w.featured if w.featured in having else w.rng.choice(having)
    args = "" if how == "kernel_dequeue_signal" else w.rng.choice(("current", "current, current.blocked, NULL"))
    w.cast.pointer("task", "task_struct")
    before = lines("task = current", "allow_signal(SIGTERM)") if w.cast.has("allow_signal") else []
    if w.chance(0.5):
        return [*before, Block("while signal_pending(current):", (Line(f"b = {how}({args})"), *w.nested(1)))]
    return [*before, Line(f"b = {how}({args})")]


@about("siginitset", "siginitsetinv", "sigfillset", "sigemptyset", "sigaddset", "sigdelset", "recalc_sigpending")
def blocked(w: Writer) -> list[Statement]:
    old = w.cast.profile.name == "2.4"
    lock = "current.sigmask_lock" if old else "current.sighand.siglock"
    texts = {
        "siginitset": "siginitset(current.blocked, sigmask(SIGTERM))", "sigfillset": "sigfillset(current.blocked)",
        "siginitsetinv": "siginitsetinv(current.blocked, sigmask(SIGTERM) | sigmask(SIGKILL))",
        "sigemptyset": "sigemptyset(current.blocked)", "sigaddset": "sigaddset(current.blocked, SIGTERM)",
        "sigdelset": f"sigdelset(current.blocked, {w.rng.choice(('SIGKILL', 'SIGTERM'))})",
    }  # fmt: skip
    w.cast.pointer("task", "task_struct")
    change = texts.get(w.featured) or w.rng.choice(list(texts.values()))
    look = f"recalc_sigpending({'current' if old else ''})"
    return lines("task = current", f"spin_lock_irq({lock})", change, look, f"spin_unlock_irq({lock})")


@about("up", "down", "down_interruptible")
def given_back(w: Writer) -> list[Statement]:
    return lines(f"up({w.cast.object('semaphore')})")


# ---- completions, timers -------------------------------------------------------------------------------------------


@about(*(n for n in CALLS if n.startswith("wait_for_completion")), "complete", "init_completion", sleeps=True)
def completed(w: Writer) -> list[Statement]:
    """A wait for a completion, which is made new before or afterwards."""
    done = w.cast.object("completion")
    if w.chance(0.15):
        done = w.local("finished", "DECLARE_COMPLETION()")
        kept = lines(f"{w.cast.pointer('shared')} = {done}") if w.chance(0.3) else []
        return [*kept, *lines(f"complete({done})", f"wait_for_completion({done})")]
    wait = w.cast.some([n for n in CALLS if n.startswith("wait_for_completion")])
    text = f"{wait}({done}{', HZ' if len(CALLS[wait].params) > 1 else ''})"
    waits: Statement = Line(text)
    if CALLS[wait].result != "void" and w.chance(0.4):
        waits = Block(f"if {text}:", tuple(w.small()))
    again = lines(f"init_completion({done})")
    return one(w.rng, (3, [waits]), (1, [*again, waits]), (1, [waits, *again]))


@about("complete", "complete_all", "wait_for_completion", "wait_for_completion_interruptible", "completion_done")
def complete(w: Writer) -> list[Statement]:
    return lines(f"{w.rng.choice(('complete', 'complete', 'complete_all'))}({w.cast.object('completion')})")


@about(
    "timer_delete",
    "timer_delete_sync",
    "timer_shutdown",
    "timer_shutdown_sync",
    "add_timer",
    "mod_timer",
    "del_timer",
    "del_timer_sync",
    "timer_pending",
    "init_timer",
    "setup_timer",
    "timer_setup",
)
def timed(w: Writer) -> list[Statement]:
    """A timer made ready, started, stopped."""
    t = w.cast.object("timer")
    arm = one(w.rng, (2, f"mod_timer({t}, jiffies + HZ)"), (1, f"add_timer({t})"))
    stop = one(w.rng, (2, f"del_timer_sync({t})"), (1, f"del_timer({t})"))
    if w.cast.has("timer_shutdown_sync") and w.chance(0.3):
        stop = f"timer_shutdown_sync({t})"
    if w.kind in ("irq", "softirq"):
        stop = f"del_timer({t})"
    kind = one(w.rng, (3, "arm"), (2, "stop"), (2, "both"), (1.0, "make"))
    if kind == "make":
        return [*ready_timer(w, t), Line(arm)]
    if kind == "both" and w.chance(0.7):
        own = w.local("own", "timer_list()")
        return [*ready_timer(w, own), Line(arm.replace(t, own, 1)), *w.small(), Line(stop.replace(t, own, 1))]
    if kind == "both":
        return [Line(arm), *w.small(), Line(stop)]
    return lines(arm if kind == "arm" else stop)


def ready_timer(w: Writer, t: str) -> list[Statement]:
    """A timer that nothing has initialised is given its function."""
    function = w.cast.callback()
    if w.cast.has("timer_setup"):
        return lines(f"timer_setup({t}, {function}, 0)")
    if w.cast.has("setup_timer") and w.chance(0.6):
        return lines(f"setup_timer({t}, {function}, {w.rng.choice(('0', '1', 'a'))})")
    return lines(f"init_timer({t})", f"{t}.function = {function}", f"{t}.data = {w.rng.choice('01')}")


def ready_item(w: Writer, name: str, by: str) -> list[Statement]:
    """A work item that nothing has initialised is given its function."""
    data = ", 0" if w.cast.profile.work_data else ""
    return lines(f"{'INIT_WORK' if by == 'work_struct' else 'INIT_DELAYED_WORK'}({name}, {w.cast.job()}{data})")


def rearmed(w: Writer) -> list[Statement]:
    """What a timer's function does that starts its timer again."""
    text = f"mod_timer({w.cast.object('timer')}, jiffies + HZ)"
    return [Block(f"if {w.test(0)}:", tuple(lines(text)))] if w.chance(0.7) else lines(text)


@about("msleep", "ssleep", "msleep_interruptible", "usleep_range", "schedule_timeout_interruptible",
       "schedule_timeout_uninterruptible", "io_schedule", "io_schedule_timeout", sleeps=True)  # fmt: skip
def napped(w: Writer) -> list[Statement]:
    """A sleep with a state of its own, before which another has been declared, perhaps; in a loop, perhaps."""
    name = w.cast.some(("schedule", "msleep", "msleep_interruptible", "schedule_timeout_uninterruptible",
                        "schedule_timeout_interruptible", "io_schedule", "io_schedule_timeout"))  # fmt: skip
    before = lines(f"set_current_state({w.state()})") if w.chance(0.4) else []
    known = lines(f"{w.cast.pointer('task', 'task_struct')} = current") if w.chance(0.4) else []
    nap = [*before, *w.called(name)]
    if w.chance(0.25):
        return [*known, Block(f"while not {w.test(0)}:" if w.chance(0.5) else f"if {w.test()}:", tuple(nap))]
    return [*known, *nap]


# ---- threads -------------------------------------------------------------------------------------------------------


@about(
    "kthread_create",
    "kthread_run",
    "kthread_stop",
    "kthread_bind",
    "IS_ERR",
    "PTR_ERR",
    "kthread_should_stop",
    sleeps=True,
)
def made_thread(w: Writer) -> list[Statement]:
    """A thread made, and stopped, perhaps twice."""
    if not w.cast.has("kthread_run"):
        return forked(w)
    task = w.cast.pointer("task", "task_struct")
    make = w.rng.choice(("kthread_create", "kthread_run", "kthread_run"))
    out = lines(f'{task} = {make}({w.cast.child()}, {w.rng.choice(("0", "1", "a"))}, "kid")')
    inner: list[Statement] = []
    if make == "kthread_create" and w.chance(0.3):
        inner += lines(f"kthread_bind({task}, 0)")
    if make == "kthread_create" and w.chance(0.8):
        inner += lines(f"wake_up_process({task})")
    if w.chance(0.6):
        inner += lines(f"kthread_stop({task})" if w.chance(0.6) else f"{w.cast.number()} = kthread_stop({task})")
    if w.chance(0.1):
        return [*out, *inner]
    failed = lines(f"{w.cast.number()} = PTR_ERR({task})") if w.chance(0.4) else []
    return [*out, Block(f"if not IS_ERR({task}):", tuple(inner), tuple(failed))]


@about("kernel_thread", "daemonize", "reparent_to_init", "do_exit", "complete_and_exit", sleeps=True)
def forked(w: Writer) -> list[Statement]:
    if not w.cast.has("kernel_thread"):
        return made_thread(w)
    text = f"kernel_thread({w.cast.child()}, {w.rng.choice('01')}, CLONE_KERNEL | SIGCHLD)"
    return [Block(f"if {text} < 0:", tuple(w.small()))] if w.chance(0.3) else lines(text)


@about("allow_signal", "disallow_signal", "signal_pending", "flush_signals")
def signalled(w: Writer) -> list[Statement]:
    if w.kind in ("irq", "softirq") or not w.cast.has("allow_signal"):
        return [w.plain()]
    allow = lines("allow_signal(SIGKILL)")
    seen = Block(
        "if signal_pending(current):", tuple(lines(one(w.rng, (2, "return 1"), (1, "flush_signals(current)"))))
    )
    return one(w.rng, (1, allow), (2, [*allow, seen]), (1, [seen]))


@about("try_to_freeze", "refrigerator", "freezing", "set_freezable", "kthread_freezable_should_stop", sleeps=True)
def frozen(w: Writer) -> list[Statement]:
    """A loop that lets itself be frozen."""
    if not w.cast.has("try_to_freeze"):
        return added(w)
    start = lines("set_freezable()") if w.cast.has("set_freezable") and w.chance(0.7) else []
    if w.cast.has("refrigerator") and w.chance(0.3):
        stay: Statement = Block("if freezing(current):", tuple(lines("refrigerator()")))
    elif w.cast.has("kthread_freezable_should_stop") and w.chance(0.3):
        stay = Block("if kthread_freezable_should_stop():", tuple(lines("break")))
    else:
        stay = Line("try_to_freeze()")
    body = [stay, Block(f"if {w.test()}:", tuple(lines("break"))), *declared(w)]
    return [*start, Block("while True:", tuple(body))]


# ---- memory, lists, text -------------------------------------------------------------------------------------------


@about("kmalloc", "kzalloc", "kfree", "ksize", "cast", "sizeof", "memset", "kstrdup", "kasprintf")
def allocated(w: Writer) -> list[Statement]:
    """Memory asked for, looked at, used, and given back, most of the time."""
    how = w.cast.some(("kmalloc", "kzalloc"))
    typed = w.chance(0.6)
    p = w.item_pointer("e") if typed else w.local("p", "ptr()")
    if typed:
        w.cast.structs()
        made = f"{p} = cast(item, {how}(sizeof(item), {w.gfp()}))"
    else:
        texts = [f"{how}(8, {w.gfp()})"]
        texts += [f'kstrdup("abc", {w.gfp()})'] if w.cast.has("kstrdup") else []
        texts += [w.call("kasprintf")] if w.cast.has("kasprintf") else []
        made = f"{p} = {w.rng.choice(texts)}"
    use = _used(w, p, typed)
    kept = lines(f"{w.cast.pointer('shared')} = {p}") if w.chance(0.15) else []
    end = lines(f"kfree({p})") if w.chance(0.8) else []
    body = tuple([*use, *kept, *end][:: -1 if w.chance(0.06) else 1])
    if w.chance(0.2):
        return [Line(made), *body]
    return [Line(made), Block(f"if {p} != NULL:", body or (Line("pass"),))]


def _used(w: Writer, p: str, typed: bool) -> list[Statement]:
    a = w.cast.number()
    if typed:
        return lines(*w.rng.choice(((f"{p}.id = {a}",), (f"{p}.id = 1", f"{a} = {p}.id"), (f"{a} = ksize({p})",), ())))
    use = w.rng.choice(
        (f'strcpy({p}, "ab")', f"memset({p}, 0, 8)", f"{a} = ksize({p})", f'snprintf({p}, 8, "%d", {a})')
    )
    return lines(use)


@about(
    *(n for n in CALLS if n.startswith("list_") and n != "list_empty"),
    "list_add_tail",
    "list_del",
    "list_del_init",
    "list_empty",
    "list_entry",
    "INIT_LIST_HEAD",
)
def listed(w: Writer) -> list[Statement]:
    """Entries put on a list, walked over, taken off."""
    ring, item = w.cast.object("list"), w.cast.item()
    start = lines(f"INIT_LIST_HEAD({ring})") if ring in w.cast.unready and w.chance(0.7) else []
    take = w.rng.choice(("list_del", "list_del_init"))
    put = w.rng.choice(("list_add", "list_add_tail"))
    q = w.item_pointer("q")
    walk = Block(
        f'for q in list_for_each_entry({ring}, item, "link"):',
        tuple(lines(w.rng.choice((f"{w.counter()} = q.id", "a = q.id")))),
    )
    clear = Block(f'for q in list_for_each_entry_safe({ring}, item, "link"):', tuple(lines(f"{take}(q.link)")))
    first = Block(
        f"if not list_empty({ring}):", tuple(lines(f'{q} = list_entry({ring}.next, item, "link")', f"{take}({q}.link)"))
    )
    e = w.item_pointer("e")
    new = lines(f"{e} = cast(item, kmalloc(sizeof(item), {w.gfp()}))")
    new.append(Block(f"if {e} != NULL:", tuple(lines(f"{put}({e}.link, {ring})"))))
    once = Block(f"if list_empty({item}.link):", tuple(lines(f"{put}({item}.link, {ring})")))
    spare, move = w.cast.object("list"), w.rng.choice(("list_move", "list_move_tail"))
    splices = [n for n in CALLS if n.startswith("list_splice") and w.cast.has(n)]
    moved = lines(f"{move}({item}.link, {ring})")
    taken = lines(f"{w.rng.choice(splices)}({ring}, {spare})")
    body = lines(w.rng.choice((f"{w.counter()} = {q}.id", f"{take}({q}.link)")))
    by_links = Block(
        f"for {w.local('at', 'ptr()')} in list_for_each{w.rng.choice(('', '_safe', '_prev'))}({ring}):",
        (Line(f'{q} = list_entry(at, item, "link")'), *body),
    )
    backwards = Block(f'for q in list_for_each_entry_reverse({ring}, item, "link"):', tuple(body))
    ways_on: list[tuple[float, list[Statement]]] = [
        (1, moved), (1, taken), (1, [by_links]), (1, [backwards]),
        (3, lines(f"{put}({item}.link, {ring})")), (2, lines(f"{take}({item}.link)")), (1, [walk]), (1, [clear]),
        (1, [first]), (1.5, new), (1, [once]),
    ]  # fmt: skip
    return [*start, *one(w.rng, *ways_on)]


@about("memcpy", "memmove", "memcmp", "memset", "cast")
def copied(w: Writer) -> list[Statement]:
    """A struct copied to another, to memory of the heap, or back; or compared with it."""
    one_, two = w.cast.item(), w.cast.item()
    a, copy = w.cast.number(), w.rng.choice(("memcpy", "memmove"))
    size = one(w.rng, (3, "sizeof(item)"), (1, "4"), (0.3, "3"), (0.3, "64"))
    static = lines(f"{one_}.id = {a}", f"{copy}({two}, {one_}, {size})", f"{a} = {two}.id")
    e = w.item_pointer("e")
    heap = lines(f"e = cast(item, kmalloc(sizeof(item), {w.gfp()}))")
    body = lines(f"{copy}({e}, {one_}, {size})", f"{a} = {e}.id", *([f"kfree({e})"] if w.chance(0.8) else []))
    told = [Block(f"if memcmp({one_}, {two}, 4):", tuple(w.small()))]
    return one(w.rng, (2, static), (2, [*heap, Block(f"if {e} != NULL:", tuple(body))]), (1, told))


@about("kmalloc", "kzalloc", "kfree", "cast", "xchg", "cmpxchg")
def chained(w: Writer) -> list[Statement]:
    """A list of structs that point to the next: something put in front, or taken from there."""
    head, e = w.cast.pointer("first", "item"), w.item_pointer("e")
    if w.chance(0.5):
        push = lines(f"{e}.next = {head}", f"{head} = {e}")
        made = f"{e} = cast(item, kmalloc(sizeof(item), {w.gfp()}))"
        return [Line(made), Block(f"if {e} != NULL:", tuple(push[:: -1 if w.chance(0.1) else 1]))]
    pop = lines(f"{head} = {e}.next", f"kfree({e})")
    return [Line(f"{e} = {head}"), Block(f"if {e} != NULL:", tuple(pop[:: -1 if w.chance(0.15) else 1]))]


@about(*(n for n, c in CALLS.items() if c.source.startswith(("lib/string", "lib/vsprintf"))), "call_usermodehelper")
def written(w: Writer) -> list[Statement]:
    """A text filled and looked at."""
    buf = w.cast.object("text")
    made = w.cast.some([n for n, c in CALLS.items() if "text" in c.params and "str" in c.params])
    fill = Line(w.call(made))
    look = one(
        w.rng, (2, f"{w.cast.number()} = strlen({buf})"), (1, f'{w.cast.number()} = strcmp({buf}, "ab")'),
        (1, f"{w.cast.number()} = {buf}[0] == 'a'"),
    )  # fmt: skip
    return [fill, Line(look)] if w.chance(0.5) else [fill]


# ---- the rest ------------------------------------------------------------------------------------------------------


@about(
    *(n for n in CALLS if n.startswith("atomic_")), *(n for n in CALLS if n.startswith("test_and_")), "xchg", "cmpxchg"
)
def fetched(w: Writer) -> list[Statement]:
    """Something taken in one step, and what follows if one got it."""
    word, count = w.word(), w.cast.object("atomic")
    test = w.rng.choice(
        (
            f"test_and_set_bit(0, {word})", f"test_and_clear_bit(0, {word})", f"xchg({word}, 0)",
            f"cmpxchg({word}, 0, 1) == 0", f"atomic_dec_and_test({count})", f"atomic_inc_return({count}) == 1",
            f"atomic_read({count}) > 0",
        )
    )  # fmt: skip
    return [Block(f"if {test}:", w.nested(1))]


@about("call_usermodehelper", sleeps=True)
def helped(w: Writer) -> list[Statement]:
    """A helper, with every way to wait for it, its environment formatted or not."""
    path = one(w.rng, (5, '"/bin/alert"'), (1, '"/bin/none"'), (1, '""'), (2, w.cast.object("text")), (0.4, "NULL"))
    args = [path, w.vector("argv"), w.vector("envp"), w.wait()]
    text = f"call_usermodehelper({', '.join(args[: w.cast.profile.arity.get('call_usermodehelper', 4)])})"
    fill = lines(f'snprintf({w.cast.object("text")}, 16, "TROUBLED_DS=%d", a)') if w.chance(0.4) else []
    if w.chance(0.3):
        return [*fill, Block(f"if {text} < 0:", tuple(lines('printk("failed")')))]
    return [*fill, Line(text)]


@about("register_sysctl", "register_sysctl_table", "unregister_sysctl_table")
def registered(w: Writer) -> list[Statement]:
    row, header = w.cast.object("ctl_table"), w.cast.pointer("header")
    names = {"register_sysctl": f'("kernel", {row})', "register_sysctl_table": f"({row})"}
    name = w.cast.some(list(names))
    make = lines(f"{header} = {name}{names[name]}")
    undo = Block(f"if {header} != NULL:", tuple(lines(f"unregister_sysctl_table({header})")))
    return one(w.rng, (2, make), (1, [*make, undo]), (1, [undo]))


@about("complete_and_exit", "do_exit")
def ended(w: Writer) -> list[Statement]:
    """An end in the middle of a function."""
    if w.kind in ("irq", "softirq") and not w.chance(SLEEPY):
        return [w.plain()]
    texts = {"do_exit": "do_exit(3)", "complete_and_exit": f"complete_and_exit({w.cast.object('completion')}, 0)"}
    known = [n for n in texts if w.cast.has(n)]
    if not known:
        return [w.plain()]
    text = texts[w.rng.choice(known)]
    return [Block(f"if {w.test()}:", tuple(lines(text)))]


@about("add_wait_queue", "sleep_on", "interruptible_sleep_on", "wait_event", "schedule")
def own_call(w: Writer) -> list[Statement]:
    """A function of the module's own."""
    if w.kind == "own" or w.kind in ("irq", "softirq"):
        return [w.plain()]
    return lines(f"{w.cast.nap()}({w.number()})")
