"""What the actors of a program do together: most programs have a plot, in which each of them has a part.

Calls drawn one by one seldom meet: a waker without a sleeper, a lock that one actor takes.  A plot gives threads, calls
and interrupts parts that belong together, over the same objects, and lets each leave a mark in a shared number, so that
a search shows who came how far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kthreadlab.lang.api import CALLS
from tests.oracle.programs.cast import Cast, one
from tests.oracle.programs.idioms import SPIN, guarded, lines
from tests.oracle.programs.tree import Block, Line, Statement
from tests.oracle.programs.writer import Writer

Part = Callable[[Writer], list[Statement]]


@dataclass(frozen=True)
class Plot:
    """*part* writes what one actor does; *calls* are those it is for, *threads* how many it wants, *hazard* what the
    world does, if anything."""

    part: Part
    calls: tuple[str, ...]
    threads: int
    hazard: str


PLOTS: list[Plot] = []


def plot(*calls: str, threads: int = 1, hazard: str = "") -> Callable[[Part], Part]:
    """The decorated function writes the parts of a plot about these calls."""

    def note(part: Part) -> Part:
        PLOTS.append(Plot(part, calls, threads, hazard))
        return part

    return note


def chosen(cast: Cast, featured: str) -> Plot | None:
    """A plot that this version of the kernel knows, rather one about the featured call; None for one in eight."""
    known = [p for p in PLOTS if any(cast.has(n) for n in p.calls)]
    fitting = [p for p in known if featured in p.calls]
    if cast.rng.random() < 0.12:
        return None
    return cast.rng.choice(fitting if fitting and cast.rng.random() < 0.6 else known)


def mark(w: Writer) -> list[Statement]:
    """Leave a mark that no other place leaves."""
    w.cast.marks += 1
    return lines(f"c |= {1 << min(w.cast.marks - 1, 6)}")


def outside(w: Writer) -> bool:
    """Is this an interrupt or a bottom half?"""
    return w.kind in ("irq", "softirq")


def started(w: Writer) -> list[Statement]:
    """What makes an event, and tells of it later, earlier or not at all."""
    return lines(*w.rng.choice((("a = 1",), ("a = 1",), ("a |= 2",), ("a ^= 1",), ())))


# ---- queues --------------------------------------------------------------------------------------------------------

_WAKES = tuple(n for n, c in CALLS.items() if n.startswith("wake_up") and "queue" in c.params)
_WAITS = tuple(n for n, c in CALLS.items() if "cond" in c.params or n.endswith("sleep_on"))


@plot(*_WAKES, *_WAITS, "add_wait_queue", "add_wait_queue_exclusive", "prepare_to_wait", "prepare_to_wait_exclusive",
      "finish_wait", "remove_wait_queue", "waitqueue_active", "schedule", "set_current_state", threads=2)  # fmt: skip
def waiters(w: Writer) -> list[Statement]:
    """Several wait, exclusive or not, interruptibly or not; the others wake them."""
    w.cast.wait_queue()
    if outside(w) or w.chance(0.75 if w.kind == "process" else 0.08):
        return _wake(w)
    return [*_wait(w), *mark(w)]


def _wake(w: Writer) -> list[Statement]:
    if w.featured in _WAKES and w.cast.has(w.featured) and w.chance(0.5):
        name = w.featured
    else:
        name = w.cast.some(_WAKES)
    number = f", {w.rng.choice('012')}" if len(CALLS[name].params) > 1 else ""
    text = f"{name}(queue{number})"
    return [*started(w), Line(text), *lines(*([text] if w.chance(0.25) else []))]


def _wait(w: Writer) -> list[Statement]:
    """One wait on the queue: a macro, or the loop that it stands for."""
    test = w.rng.choice(("a", "a", "a", "a & 1", "a & 2"))
    state = w.rng.choice(("TASK_INTERRUPTIBLE", "TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE"))
    kind = one(w.rng, (3, "prepare"), (3, "add"), (2, "macro"), (1, "once"))
    if kind == "macro":
        return _macro(w, test)
    if kind == "prepare" and w.cast.has("prepare_to_wait"):
        entry = w.entry("wait", "wait", "wait", "entry")
        put = f"{w.rng.choice(('prepare_to_wait', 'prepare_to_wait_exclusive'))}(queue, {entry}, {state})"
        body: list[Statement] = [Line(put), Block(f"if {test}:", tuple(lines("break"))), Line("schedule()")]
        again = lines(f"{w.rng.choice(('prepare_to_wait', 'prepare_to_wait_exclusive'))}(queue, {entry}, {state})")
        once = [Line(put), Block(f"if not ({test}):", tuple(lines("schedule()"))), *(again if w.chance(0.3) else [])]
        end = lines(f"finish_wait(queue, {entry})")
        return [*([Block("while True:", tuple(body))] if w.chance(0.6) else once), *end]
    entry = w.entry("entry", "entry", "wait")
    adding = ("add_wait_queue", "add_wait_queue_exclusive", "add_wait_queue_exclusive")
    put = f"{w.rng.choice(adding)}(queue, {entry})"
    declare = Line(f"set_current_state({state})")
    turn: list[Statement] = [declare, Block(f"if {test}:", tuple(lines("break"))), Line("schedule()")]
    loop: list[Statement] = [Block("while True:", tuple(turn))] if kind == "add" else [declare, Line("schedule()")]
    return [Line(put), *loop, *lines("set_current_state(TASK_RUNNING)", f"remove_wait_queue(queue, {entry})")]


def _macro(w: Writer, test: str) -> list[Statement]:
    name = w.featured if w.featured in _WAITS and w.cast.has(w.featured) else w.cast.some(_WAITS)
    if name == "wait_event_lock_irq":
        w.cast.static("lock", "DEFINE_SPINLOCK()")
        return lines("spin_lock_irq(lock)", f"{name}(queue, {test}, lock)", "spin_unlock_irq(lock)")
    call = CALLS[name]
    args = ["queue", *([test] if len(call.params) > 1 else []), *(["HZ"] if len(call.params) > 2 else [])]
    text = f"{name}({', '.join(args)})"
    return lines(text if call.result == "void" else f"b = {text}")


# ---- completions, semaphores, mutexes ------------------------------------------------------------------------------


_DONE = tuple(n for n, c in CALLS.items() if "completion" in c.params and (c.result == "int" or c.sleeps))


@plot(*(n for n, c in CALLS.items() if "completion" in c.params), threads=2)
def completions(w: Writer) -> list[Statement]:
    """Several wait for one completion; it is completed once, twice, for all, and perhaps made new."""
    w.cast.static("ready", "DECLARE_COMPLETION()")
    if outside(w) or w.chance(0.75 if w.kind == "process" else 0.1):
        text = one(w.rng, (3, "complete(ready)"), (3, "complete_all(ready)"), (0.7, "init_completion(ready)"))
        return [*lines(text), *lines(*(["complete(ready)"] if w.chance(0.3) else []))]
    name = w.featured if w.featured in _DONE and w.cast.has(w.featured) else w.cast.some(_DONE)
    text = f"{name}(ready{', HZ' if len(CALLS[name].params) > 1 else ''})"
    again = lines("wait_for_completion(ready)") if w.chance(0.3) else []
    return [*lines(text if CALLS[name].result == "void" else f"b = {text}"), *mark(w), *again]


@plot(*(n for n, c in CALLS.items() if "semaphore" in c.params))
def semaphores(w: Writer) -> list[Statement]:
    """Taken by several, in every way; given back by whoever has it, and by others."""
    made = [n for n in ("DECLARE_MUTEX", "DECLARE_MUTEX_LOCKED", "DEFINE_SEMAPHORE") if w.cast.has(n)]
    w.cast.static("sem", f"{w.rng.choice(made)}()")
    if outside(w):
        back = Block("if down_trylock(sem) == 0:", (*mark(w), Line("up(sem)")))
        return [back] if w.chance(0.4) else lines("up(sem)")
    if w.featured in ("sema_init", "init_MUTEX", "init_MUTEX_LOCKED") and w.chance(0.4):
        return lines(f"{w.featured}(sem{', 2' if w.featured == 'sema_init' else ''})")
    inside = [*lines("a ^= 1"), *mark(w)]
    how = one(w.rng, (3, "down"), (3, "down_interruptible"), (1, "down_trylock"), (1, "up"))
    if how == "up":
        return lines("up(sem)")
    if how == "down":
        return [*lines("down(sem)"), *inside, *lines("up(sem)")]
    return [Block(f"if {how}(sem) == 0:", (*inside, Line("up(sem)")), tuple(mark(w)))]


@plot(*(n for n, c in CALLS.items() if "mutex" in c.params))
def mutexes(w: Writer) -> list[Statement]:
    """Two mutexes, taken in either order, waited for and tried."""
    if not w.cast.has("mutex_lock"):
        return semaphores(w)
    first, second = w.rng.choice((("mut", "outer"), ("outer", "mut"), ("mut", "mut")))
    for name in {"mut": 0, "outer": 0}:
        w.cast.static(name, "DEFINE_MUTEX()")
    if outside(w):
        return lines("b = mutex_is_locked(mut)")
    inside = [*lines("a ^= 1"), *mark(w)]
    if w.chance(0.5) and first != second:
        how = w.rng.choice(("mutex_lock", "mutex_lock", "mutex_trylock", "mutex_lock_interruptible"))
        deeper = [*inside, Line(f"mutex_unlock({second})")]
        inside = [Line(f"mutex_lock({second})"), *deeper]
        if how != "mutex_lock":
            inside = [Block(f"if {'' if how == 'mutex_trylock' else 'not '}{how}({second}):", tuple(deeper))]
    return [Line(f"mutex_lock({first})"), *inside, Line(f"mutex_unlock({first})")]


@plot(*(n for n, c in CALLS.items() if "rw_semaphore" in c.params))
def rw_semaphores(w: Writer) -> list[Statement]:
    """One that some read and others write, waited for, tried, kept for reading, now and then taken twice."""
    w.cast.static("rwsem", "DECLARE_RWSEM()")
    if outside(w):
        return [Block("if down_read_trylock(rwsem):", (*mark(w), Line("up_read(rwsem)")))]
    if w.featured == "init_rwsem" and w.chance(0.3):
        return lines("init_rwsem(rwsem)")
    mode = w.rng.choice(("read", "write"))
    inside = [*lines("a ^= 1" if mode == "write" else "b = a"), *mark(w)]
    if w.chance(0.25):
        return [Block(f"if down_{mode}_trylock(rwsem):", (*inside, Line(f"up_{mode}(rwsem)")), tuple(mark(w)))]
    if mode == "write" and w.cast.has("downgrade_write") and w.chance(0.4):
        return [
            *lines("down_write(rwsem)"),
            *inside,
            *lines("downgrade_write(rwsem)"),
            *mark(w),
            *lines("up_read(rwsem)"),
        ]
    if w.chance(0.1):
        inside = lines("down_read(rwsem)", "b = a", "up_read(rwsem)")
    return [*lines(f"down_{mode}(rwsem)"), *inside, *lines(f"up_{w.rng.choice(('read', mode, mode, mode))}(rwsem)")]


@plot("kthread_park", "kthread_unpark", "kthread_should_park", "kthread_parkme")
def parking(w: Writer) -> list[Statement]:
    """A thread that stands still when it is asked to, or does not look; who asks lets it go on, or stops it."""
    w.cast.pointer("task", "task_struct")
    if w.kind == "child" or outside(w):
        parks = Block("if kthread_should_park():", (*mark(w), Line("kthread_parkme()")))
        return [parks] if w.chance(0.85) else lines("kthread_parkme()")
    make = w.rng.choice(("kthread_run", "kthread_run", "kthread_create"))
    made = [*lines(f'task = {make}({w.cast.child()}, 1, "kid")')]
    park = [*lines("b = kthread_park(task)"), *mark(w)]
    more = one(
        w.rng, (3, ["kthread_unpark(task)"]), (2, ["kthread_stop(task)"]), (1, ["wake_up_process(task)"]), (1, [])
    )
    if w.chance(0.2):
        park += lines("b = kthread_park(task)")
    return [*made, Block("if not IS_ERR(task):", (*park, *lines(*more)))]


@plot("call_rcu", "rcu_read_lock", "rcu_barrier")
def later(w: Writer) -> list[Statement]:
    """What is done when readers have left: its function marks, and is waited for by nobody."""
    if w.kind == "softirq":
        return [*lines("a = 1"), *mark(w)]
    head = w.cast.object("rcu_head", other=0.1)
    if w.chance(0.5):
        return [*lines("rcu_read_lock()", "b = a"), *mark(w), *lines("b = a", "rcu_read_unlock()")]
    wait = lines("rcu_barrier()") if w.may_sleep and w.cast.has("rcu_barrier") and w.chance(0.4) else []
    return [*lines(f"call_rcu({head}, {w.cast.callback()})"), *wait, *mark(w)]


@plot("rcu_read_lock", "rcu_read_unlock", "synchronize_rcu", "rcu_dereference", "rcu_assign_pointer")
def readers(w: Writer) -> list[Statement]:
    """What is found by a pointer while somebody takes it away, waits for readers, and frees it; or forgets to wait."""
    w.cast.pointer("first", w.cast.structs())
    e = w.item_pointer("e")
    if outside(w) or w.chance(0.45):
        look = lines(f"{e} = {w.rng.choice(('rcu_dereference(first)', 'first'))}")
        body = [*look, Block(f"if {e} != NULL:", (Line(f"b = {e}.id"),)), *mark(w)]
        return body if w.chance(0.1) else [*lines("rcu_read_lock()"), *body, *lines("rcu_read_unlock()")]
    if w.chance(0.5):
        made = lines(f"{e} = cast({w.cast.structs()}, kmalloc(sizeof({w.cast.structs()}), GFP_ATOMIC))")
        ready = (Line(f"{e}.id = 1"), Line(f"rcu_assign_pointer(first, {e})"))
        return [*made, Block(f"if {e} != NULL:", ready)]
    wait = lines("synchronize_rcu()") if w.may_sleep and w.chance(0.8) else []
    free = (Line("first = NULL"), *wait, Line(f"kfree({e})"))
    return [*lines(f"{e} = first"), Block(f"if {e} != NULL:", free), *mark(w)]


# ---- locks, interrupts off -----------------------------------------------------------------------------------------


@plot(*(n for pair in SPIN for n in pair), *(n for n in CALLS if n.startswith(("local_", "preempt_", "in_"))),
      "irqs_disabled", "might_sleep", "cond_resched")  # fmt: skip
def switched(w: Writer) -> list[Statement]:
    """Sections in each other, with one variable for both flags or two; what is seen in between and behind."""
    w.cast.static("lock", "DEFINE_SPINLOCK()")
    w.cast.static("inner", "DEFINE_SPINLOCK()")
    ways = [*SPIN, ("local_bh_disable", "local_bh_enable")]
    ways += [("local_irq_save", "local_irq_restore"), ("spin_lock_irqsave", "spin_unlock_irqrestore")] * 2
    ways += [("local_irq_disable", "local_irq_enable")]
    ways += [("preempt_disable", "preempt_enable")] if w.cast.has("preempt_disable") else []
    flags = w.rng.choice((("flags", "flags"), ("flags", "more")))
    out = [Line(_seen(w)), *mark(w)]
    for depth, lock in enumerate(("inner", "lock")[: w.rng.choice((1, 2, 2))]):
        takes, releases = w.rng.choice(ways)
        before, after = (_switch(name, lock, flags[depth]) for name in (takes, releases))
        out = [Line(before), *out, Line(after), *([Line(_seen(w))] if w.chance(0.6) else [])]
    return out if outside(w) or w.chance(0.5) else [*out, Line("kfree(kmalloc(16, GFP_KERNEL))")]


@plot(
    *(n for n, c in CALLS.items() if "rwlock" in c.params),
    "spin_trylock",
    "spin_is_locked",
    "spin_lock_init",
    threads=2,
)
def guarded_numbers(w: Writer) -> list[Statement]:
    """A number that everybody changes under one lock: taken for writing, for reading, or if it is free."""
    w.cast.guard = w.cast.guard or w.rng.choice(("spinlock", "rwlock", "rwlock"))
    if w.cast.guard == "spinlock" and w.chance(0.4):
        w.cast.kept()
        change = w.rng.choice((("kept ^= 1",), ("n = kept", "kept = (n + 1) & 3"), (), ()))
        w.counter()
        return [Block("if spin_trylock(lock):", tuple(lines(*change, "spin_unlock(lock)")), tuple(mark(w)))]
    return guarded(w)


def _switch(name: str, lock: str, flags: str) -> str:
    """A call with the lock and the flags that it takes."""
    given = {"spinlock": lock, "flags": flags}
    return f"{name}({', '.join(given[kind] for kind in CALLS[name].params)})"


def _seen(w: Writer) -> str:
    asked = [n for n in ("irqs_disabled", "in_atomic", "in_softirq", "in_interrupt", "in_irq") if w.cast.has(n)]
    return f"b = {w.rng.choice([*asked, *asked[:1] * 3])}()"


# ---- threads, timers, signals, the freezer -------------------------------------------------------------------------


@plot("kthread_create", "kthread_run", "kthread_stop", "kthread_should_stop", "kthread_bind", "wake_up_process",
      "get_task_struct", "put_task_struct", threads=0)  # fmt: skip
def made_threads(w: Writer) -> list[Statement]:
    """One makes a thread and stops it; the others wake it, or stop it too."""
    if not w.cast.has("kthread_run"):
        return waiters(w)
    w.cast.pointer("task", "task_struct")
    w.cast.wait_queue()
    if w.kind == "child":
        return [*lines("a = 1"), *mark(w)]
    sure = "task != NULL and not IS_ERR(task)"
    if outside(w):
        return [Block(f"if {sure}:", tuple(lines("wake_up_process(task)")))] if w.chance(0.5) else _wake(w)
    if w.cast.maker:
        text = one(w.rng, (2, "b = kthread_stop(task)"), (1, "wake_up_process(task)"))
        return [Block(f"if {sure}:", (Line(text), *mark(w)))]
    w.cast.maker = True
    w.cast.functions.setdefault("worker", "child")
    make = w.rng.choice(("kthread_run", "kthread_run", "kthread_create"))
    wake = lines("wake_up_process(task)") if make == "kthread_create" and w.chance(0.7) else []
    stop = [*lines("b = kthread_stop(task)"), *mark(w)] if w.chance(0.7) else []
    start = lines(f'task = {make}(worker, 1, "kid")')
    return [*start, Block("if not IS_ERR(task):", (*wake, *stop, *([] if wake or stop else mark(w))))]


@plot(*(n for n, c in CALLS.items() if "timer" in c.params), "jiffies")
def timers(w: Writer) -> list[Statement]:
    """A timer started here, stopped there; its function wakes, marks, and starts it again."""
    t = w.cast.object("timer", other=0.05)
    w.cast.wait_queue()
    if w.kind == "softirq":
        again = [Block(f"if {w.rng.choice(('a', 'not b', 'c & 1'))}:", tuple(lines(f"mod_timer({t}, jiffies + HZ)")))]
        middle = lines("a = 1", "a = 0") if w.chance(0.6) else _wake(w)
        return [*mark(w), *middle, *(again if w.chance(0.4) else [])]
    start = lines(w.rng.choice((f"mod_timer({t}, jiffies + HZ)", f"b = mod_timer({t}, 5)", f"add_timer({t})")))
    stop = lines(f"b = del_timer({t})" if outside(w) or w.chance(0.25) else f"b = del_timer_sync({t})")
    stop += lines("b = a", *(["b = c"] if w.chance(0.3) else [])) if w.chance(0.7) else []
    seen = lines(f"b = timer_pending({t})")
    held = [Line("spin_lock_bh(lock)"), *stop, Line("spin_unlock_bh(lock)")]
    w.cast.static("lock", "DEFINE_SPINLOCK()")
    return one(
        w.rng, (3, start), (3, [*stop, *mark(w)]), (3, [*start, *stop, *mark(w)]), (1, seen), (0.6, held),
        (1 if not outside(w) else 0, [*start, *_macro(w, "a")]),
    )  # fmt: skip


_JOBS = tuple(n for n, c in CALLS.items() if {"work", "delayed_work"} & set(c.params) or "workqueue" in n)


@plot(*_JOBS, "flush_scheduled_work")
def jobs(w: Writer) -> list[Statement]:
    """Work that is queued here, and waited for or cancelled there; its function marks, wakes, and queues it again."""
    if not w.cast.has("schedule_work"):
        return waiters(w)
    w.cast.wait_queue()
    item = w.cast.object("work", other=0.15)
    timed = item if w.cast.profile.work_data else w.cast.object("delayed_work")
    queue = lines(w.rng.choice((f"schedule_work({item})", f"b = schedule_work({item})")))
    later = lines(f"schedule_delayed_work({timed}, {w.rng.choice(('HZ', '0'))})")
    if w.kind == "work":
        middle = lines("a = 1", "a = 0") if w.chance(0.6) else _wake(w)
        again = [Block(f"if {w.rng.choice(('a', 'not b', 'c & 1'))}:", tuple(queue if w.chance(0.5) else later))]
        return [*mark(w), *middle, *(again if w.chance(0.3) else [])]
    waits = [n for n in FLUSHES if w.cast.has(n)]
    name = w.featured if w.featured in waits and w.chance(0.6) else w.rng.choice(waits)
    text = w.call(name).replace("chore", item) if CALLS[name].params else f"{name}()"
    wait = lines(f"b = {text}" if CALLS[name].result == "int" else text)
    stop = lines(f"b = cancel_delayed_work({timed})")
    own = _own_queue(w, item, timed)
    calm = 0 if outside(w) else 1
    return one(
        w.rng, (3, queue), (1.5, later), (3 * calm, [*queue, *wait, *mark(w)]), (2 * calm, [*wait, *mark(w)]),
        (1.5 * calm, [*later, *wait, *mark(w)]), (1, [*stop, *mark(w)]), (2.5 * calm, own),
    )  # fmt: skip


FLUSHES = ("flush_scheduled_work", *(n for n in _JOBS if CALLS[n].sleeps and "workqueue" not in n))


def _own_queue(w: Writer, item: str, timed: str) -> list[Statement]:
    """A queue that is made, filled, flushed and taken away."""
    w.cast.pointer("wq")
    ways = [w.call(n) for n in _JOBS if CALLS[n].result == "ptr" and "workqueue" in n and w.cast.has(n)]
    fill = [f"queue_work(wq, {item})", f"b = queue_work(wq, {item})", f"queue_delayed_work(wq, {timed}, HZ)"]
    if w.cast.has("mod_delayed_work"):
        fill.append(f"b = mod_delayed_work(wq, {timed}, {w.rng.choice(('HZ', '0'))})")
    body = lines(*w.rng.choices(fill, k=w.rng.choice((1, 1, 2))))
    body += lines("flush_workqueue(wq)") if w.chance(0.4) else []
    body += lines(f"cancel_delayed_work({timed})") if w.chance(0.3) else []
    body += [*mark(w), *(lines("destroy_workqueue(wq)") if w.chance(0.7) else [])]
    return [
        *lines(f"wq = {w.rng.choice(ways)}"),
        *([Block("if wq:", tuple(body))] if w.chance(0.6) else body),
        *mark(w),
    ]


@plot(*(n for n, c in CALLS.items() if "tasklet" in c.params))
def tasklets(w: Writer) -> list[Statement]:
    """A tasklet that is scheduled here, disabled or killed there; its function marks, and schedules it again."""
    w.cast.wait_queue()
    t = w.cast.object("tasklet", other=0.1)
    start = lines(w.rng.choice((f"tasklet_schedule({t})", f"tasklet_schedule({t})", f"tasklet_hi_schedule({t})")))
    if w.kind == "softirq":
        middle = lines("a = 1", "a = 0") if w.chance(0.6) else _wake(w)
        again = [Block(f"if {w.rng.choice(('a', 'not b'))}:", tuple(start))] if w.chance(0.25) else []
        return [*mark(w), *middle, *again]
    off = w.rng.choice(("tasklet_disable", "tasklet_disable", "tasklet_disable_nosync"))
    on = lines(f"tasklet_enable({t})") if w.chance(0.85) else []
    held = lines(f"{off if not outside(w) else 'tasklet_disable_nosync'}({t})", "b = a", "b = c")
    kill = lines(f"tasklet_kill({t})", "b = a")
    calm = 0 if outside(w) else 1
    return one(w.rng, (3, start), (2, [*held, *on]), (2, [*start, *held, *on]), (3 * calm, [*start, *kill, *mark(w)]),
               (2 * calm, [*kill, *mark(w)]))  # fmt: skip


_LINES = tuple(n for n, c in CALLS.items() if "irq" in c.names)


@plot(*_LINES)
def lines_of_interrupts(w: Writer) -> list[Statement]:
    """A handler that is registered, and taken off again; a line that is disabled for a while."""
    w.cast.wait_queue()
    w.cast.static("lock", "DEFINE_SPINLOCK()")
    if outside(w):
        return [*mark(w), *lines("a = 1", *w.rng.choice(((), ("a = 0",), ("disable_irq_nosync(11)",))))]
    ask = lines(f"b = {w.call('request_irq')}")
    off = w.rng.choice(("disable_irq", "disable_irq", "disable_irq_nosync"))
    held = lines(f"{off}(11)", "b = a", *(["enable_irq(11)"] if w.chance(0.8) else []))
    free = lines(w.call("free_irq"), "b = a")
    calls = [*ask, *(held if w.chance(0.6) else []), *(free if w.chance(0.7) else [])]
    return one(w.rng, (4, [*calls, *mark(w)]), (1, held), (1, free), (1, lines("synchronize_irq(11)", "b = a")))


@plot("allow_signal", "disallow_signal", "signal_pending", "flush_signals", "daemonize", "wait_event_interruptible",
      "interruptible_sleep_on", "schedule_timeout", hazard="signal")  # fmt: skip
def signals(w: Writer) -> list[Statement]:
    """A signal that may come before, in or after a wait that it ends."""
    w.cast.wait_queue()
    if w.kind != "thread":
        return _wake(w) if outside(w) or w.chance(0.7) else [*_wait(w), *mark(w)]
    allow = lines("allow_signal(SIGKILL)") if w.cast.has("allow_signal") else []
    forget = lines("disallow_signal(SIGKILL)") if allow and w.chance(0.2) else []
    seen: list[Statement] = [Block("if signal_pending(current):", (*mark(w), *lines("flush_signals(current)")))]
    return [*allow, *_wait(w), *forget, *(seen if w.chance(0.6) else []), *(_wait(w) if w.chance(0.4) else [])]


@plot("try_to_freeze", "refrigerator", "freezing", "set_freezable", "kthread_freezable_should_stop",
      "wait_event_freezable", hazard="freeze")  # fmt: skip
def freezers(w: Writer) -> list[Statement]:
    """A thread that lets itself be frozen, in the middle of a wait or between two."""
    w.cast.wait_queue()
    if w.kind != "thread" or not w.cast.has("try_to_freeze"):
        return _wake(w) if outside(w) or w.chance(0.7) else [*_wait(w), *mark(w)]
    start = lines("set_freezable()") if w.cast.has("set_freezable") and w.chance(0.7) else []
    asked = lines("b = signal_pending(current)") if w.chance(0.3) else []
    freeze = lines(w.rng.choice(("b = try_to_freeze()", "try_to_freeze()", "b = freezing(current)")))
    state = Line(f"set_current_state({w.state()})")
    body = [*freeze, state, Block("if a:", tuple(lines("break"))), Line("schedule()"), *asked]
    return [*start, Block("while True:", tuple(body)), *lines("set_current_state(TASK_RUNNING)"), *mark(w)]


# ---- memory, helpers -----------------------------------------------------------------------------------------------


@plot("kmalloc", "kzalloc", "kfree", "xchg", "cmpxchg", "cast", "ksize", hazard="kmalloc")
def memory(w: Writer) -> list[Statement]:
    """Something allocated is handed over in a shared pointer; somebody takes it and gives it back."""
    shared, e = w.cast.pointer("first", "item"), w.item_pointer("e")
    w.cast.static("lock", "DEFINE_SPINLOCK()")
    gfp = "GFP_ATOMIC" if outside(w) or w.chance(0.3) else "GFP_KERNEL"
    if w.chance(0.5):
        made = Line(f"{e} = cast(item, {w.cast.some(('kmalloc', 'kzalloc'))}(sizeof(item), {gfp}))")
        put = [*lines(f"{e}.id = 1", f"{shared} = {e}"), *mark(w)]
        return [made, Block(f"if {e} != NULL:", tuple(put), tuple(mark(w)))]
    take = lines(f"{e} = {shared}", f"{shared} = NULL")
    if w.chance(0.5):
        take = [Line("spin_lock_irq(lock)"), *take, Line("spin_unlock_irq(lock)")] if not outside(w) else take
    use = lines(f"b = {e}.id", f"kfree({e})")
    return [*take, Block(f"if {e} != NULL:", tuple(use))]


@plot("call_usermodehelper", "sprintf", "snprintf", "daemonize", hazard="helpers")
def helpers(w: Writer) -> list[Statement]:
    """A thread that runs a helper for each event, with every way to wait; calls that make events meanwhile."""
    w.cast.wait_queue()
    if outside(w) or (w.kind == "process" and w.chance(0.6)):
        return _wake(w)
    w.local("argv", '["/bin/alert", NULL]')
    w.local("envp", '["HOME=/", NULL]')
    path = w.rng.choice(('"/bin/alert"', '"/bin/alert"', '"/bin/none"', '""'))
    waits = [w.wait()][: 1 if w.cast.profile.arity.get("call_usermodehelper", 4) == 4 else 0]
    run = f"b = call_usermodehelper({', '.join([path, 'argv', 'envp', *waits])})"
    state = lines("set_current_state(TASK_INTERRUPTIBLE)") if w.chance(0.3) else []
    after = lines("schedule()") if state and w.chance(0.7) else []
    return [*(_wait(w) if w.chance(0.5) else []), *state, Line(run), *after, *mark(w)]


@plot(*(n for n in CALLS if n.startswith(("atomic_", "test_and_", "set_bit", "clear_bit", "change_bit"))), "xchg")
def counted(w: Writer) -> list[Statement]:
    """What is taken and counted in one step, or in two."""
    w.cast.static("count", f"ATOMIC_INIT({w.rng.choice('012')})")
    tests = ["atomic_dec_and_test(count)", "atomic_inc_return(count) == 2", "test_and_set_bit(0, a)",
             "test_and_clear_bit(0, a)", "xchg(a, 1)", "cmpxchg(a, 0, 1)", "atomic_read(count)"]  # fmt: skip
    if w.featured in CALLS and CALLS[w.featured].result == "int" and w.featured.startswith(("atomic_", "test_")):
        tests += [w.call(w.featured)] * 3
    change = w.rng.choice(("atomic_inc(count)", "atomic_set(count, 1)", "clear_bit(0, a)", "set_bit(1, a)", "a += 1"))
    return [Line(change), Block(f"if {w.rng.choice(tests)}:", tuple(mark(w)), tuple(mark(w)))]


@plot(*(n for n, c in CALLS.items() if {"refcount", "kref"} & set(c.params)))
def references(w: Writer) -> list[Statement]:
    """References taken and given back, one too many now and then."""
    if w.cast.has("refcount_inc") and w.chance(0.5):
        w.cast.static("holders", f"REFCOUNT_INIT({w.rng.choice('012')})")
        get = w.rng.choice(("refcount_inc(holders)", "b = refcount_inc_not_zero(holders)"))
        put = w.rng.choice(("b = refcount_dec_and_test(holders)", "refcount_dec(holders)"))
        gone: list[Statement] = [Block("if refcount_dec_and_test(holders):", tuple(mark(w)))]
        seen = lines("b = refcount_read(holders) & 3")
        return one(w.rng, (2, [*lines(get), *mark(w), *gone]), (2, gone), (1, lines(put)), (1, [*seen, *mark(w)]))
    if not w.cast.has("kref_get"):
        return counted(w)
    w.cast.static("kept_by", "kref()")
    put = f"b = kref_put(kept_by, {w.cast.released()})"
    get = "kref_get(kept_by)"
    if w.cast.has("kref_get_unless_zero") and w.chance(0.5):
        get = "b = kref_get_unless_zero(kept_by)"
    first = lines("kref_init(kept_by)") if w.chance(0.5) else []
    return one(w.rng, (3, [*first, *lines(get), *mark(w), *lines(put)]), (2, [*first, *lines(put)]), (1, lines(get)))
