"""Wait queues, wake-ups, schedule(), completions, semaphores, mutexes.

A queue is the tuple of its entries' addresses; an entry's ``link`` is the head it is on, or NULL, poison, empty, unset.
"""

from __future__ import annotations

from collections.abc import Hashable

from .code import MAX_TIMEOUT
from .locks import wrong_one
from .run import Run, operation
from .state import EMPTY, INTERRUPTIBLE, NULL, POISON, RUNNING, UNINTERRUPTIBLE, UNSET, Obj, Task
from .values import KernelFault, Ptr, Value, path_of

EINTR, ETIME, ERESTARTSYS = 4, 62, 512
ALL_DONE = 1 << 20
"""What complete_all() adds."""

# ---- queues --------------------------------------------------------------------------------------------------------


def queue(run: Run, q: Value, touched: bool = True) -> Obj:
    """The queue, ready; *touched*: its links are followed or changed."""
    head = run.thing(q, "wait_queue_head")
    entries = head.data["entries"]
    if entries is None:
        raise KernelFault("uninitialised_queue")
    if touched and len(set(entries)) < len(entries):  # an entry was added twice: the links run in a circle
        raise KernelFault("corrupted_queue")
    return head


def waiter(run: Run, w: Value) -> Obj:
    return run.ready(w, "wait_queue")


def enqueue(run: Run, q: Value, w: Value, exclusive: bool) -> None:
    head, entry = queue(run, q), waiter(run, w)
    entries = head.data["entries"]
    other = run.state.objects.get(entry.data["link"])
    if other is not None and other is not head and w.obj in (other.data["entries"] or ()):
        other.data["entries"] = (*other.data["entries"], w.obj)  # torn: its links lead into another queue
    entry.data["link"] = q.obj
    head.data["entries"] = (*entries, w.obj) if exclusive else (w.obj, *entries)
    run.state.publish(w)


def dequeue(run: Run, w: Value, after: str) -> None:
    """list_del(): what the links are is what happens."""
    entry = waiter(run, w)
    link = entry.data["link"]
    if link in (NULL, UNSET):
        raise KernelFault("not_queued")
    if link == POISON:
        raise KernelFault("poisoned_entry")
    if link != EMPTY:
        head = run.state.objects.get(link)
        if head is None or not head.alive:
            raise KernelFault("use_after_free" if head is None or head.where == "heap" else "dead_stack")
        entries = head.data["entries"]
        if entries is not None and len(set(entries)) < len(entries):
            raise KernelFault("corrupted_queue")
        if entries is not None and w.obj in entries:
            at = entries.index(w.obj)
            head.data["entries"] = entries[:at] + entries[at + 1 :]
    if after:
        entry.data["link"] = after


@operation("init_waitqueue_head")
def init_waitqueue_head(run: Run, q: Value) -> Value:
    run.thing(q, "wait_queue_head").data["entries"] = ()
    return 0


@operation("init_waitqueue_entry")
def init_waitqueue_entry(run: Run, w: Value, p: Value) -> Value:
    run.thing(w, "wait_queue").data.update(ready=True, task=p, auto=False, exclusive=False)
    return 0


@operation("init_wait")
def init_wait(run: Run, w: Value) -> Value:
    """As DEFINE_WAIT; a queue that still leads to the entry is torn."""
    entry = run.thing(w, "wait_queue")
    head = run.state.objects.get(entry.data["link"])
    if head is not None and w.obj in (head.data["entries"] or ()):
        head.data["entries"] = (*head.data["entries"], w.obj)
    entry.data.update(ready=True, task=Ptr(("t", run.task.number)), auto=True, exclusive=False, link=EMPTY)
    return 0


@operation("add_wait_queue")
def add_wait_queue(run: Run, q: Value, w: Value) -> Value:
    waiter(run, w).data["exclusive"] = False
    enqueue(run, q, w, False)
    return 0


@operation("add_wait_queue_exclusive")
def add_wait_queue_exclusive(run: Run, q: Value, w: Value) -> Value:
    waiter(run, w).data["exclusive"] = True
    enqueue(run, q, w, True)
    return 0


@operation("remove_wait_queue")
def remove_wait_queue(run: Run, q: Value, w: Value) -> Value:
    queue(run, q, touched=False)
    dequeue(run, w, POISON if run.version.removal_poisons else "")
    return 0


def prepare(run: Run, q: Value, w: Value, state: int, exclusive: bool) -> int:
    """The queue gets the entry iff list_empty(entry); then the state.  Was the queue empty?"""
    head, entry = queue(run, q, touched=False), waiter(run, w)
    entry.data["exclusive"] = exclusive
    was_empty = 0
    if entry.data["link"] == EMPTY:
        was_empty = int(not head.data["entries"])
        enqueue(run, q, w, exclusive)
    set_state(run, state)
    return was_empty


@operation("prepare_to_wait")
def prepare_to_wait(run: Run, q: Value, w: Value, state: int) -> Value:
    prepare(run, q, w, state, False)
    return 0


@operation("prepare_to_wait_exclusive")
def prepare_to_wait_exclusive(run: Run, q: Value, w: Value, state: int) -> Value:
    return prepare(run, q, w, state, True)


def prepare_event(run: Run, q: Value, w: Value, state: int, exclusive: bool) -> Value:
    """6.12: with a signal pending the entry is taken off and the state left alone."""
    if state & INTERRUPTIBLE and run.current().signal_pending():
        dequeue(run, w, EMPTY)
        return -ERESTARTSYS
    prepare(run, q, w, state, exclusive)
    return 0


@operation("#prepare_to_wait_event")
def prepare_to_wait_event(run: Run, q: Value, w: Value, state: int) -> Value:
    return prepare_event(run, q, w, state, False)


@operation("#prepare_to_wait_event_exclusive")
def prepare_to_wait_event_exclusive(run: Run, q: Value, w: Value, state: int) -> Value:
    return prepare_event(run, q, w, state, True)


@operation("finish_wait")
def finish_wait(run: Run, q: Value, w: Value) -> Value:
    set_state(run, RUNNING)
    if waiter(run, w).data["link"] != EMPTY:
        queue(run, q, touched=False)
        dequeue(run, w, EMPTY)
    return 0


@operation("waitqueue_active", "wq_has_sleeper")
def waitqueue_active(run: Run, q: Value) -> Value:
    """``!list_empty()``: of a head that nothing has initialised it is true."""
    entries = run.thing(q, "wait_queue_head").data["entries"]
    return int(entries is None or bool(entries))


@operation("wq_has_single_sleeper")
def wq_has_single_sleeper(run: Run, q: Value) -> Value:
    """``head->next == head->prev``, of a list that is not empty; NULL is NULL."""
    entries = run.thing(q, "wait_queue_head").data["entries"]
    return int(entries is None or len(entries) == 1)


# ---- wake-ups ------------------------------------------------------------------------------------------------------


def wake_up(run: Run, q: Value, mask: int, exclusive: int) -> None:
    """__wake_up(): *exclusive* waiters at most, 0 for all."""
    left = exclusive
    head = queue(run, q)
    for address in head.data["entries"]:
        entry = run.state.objects.get(address)
        if entry is None or not entry.alive:
            raise KernelFault("dangling_entry")
        if entry.data["link"] != q.obj:
            raise KernelFault("corrupted_queue")
        woken = run.wake(run.task_at(entry.data["task"]), mask)
        if woken and entry.data["auto"]:
            dequeue(run, Ptr(address), EMPTY)
        if woken and entry.data["exclusive"]:
            left -= 1
            if left == 0:
                break


def _wakers() -> None:
    for name, mask, count in (
        ("wake_up", 3, 1),
        ("wake_up_all", 3, 0),
        ("wake_up_interruptible", 1, 1),
        ("wake_up_interruptible_all", 1, 0),
        ("wake_up_interruptible_sync", 1, 1),
    ):

        def call(run: Run, q: Value, mask: int = mask, count: int = count) -> Value:
            wake_up(run, q, mask, count)
            return 0

        operation(name)(call)
    for name, mask in (("wake_up_nr", 3), ("wake_up_interruptible_nr", 1)):

        def call_nr(run: Run, q: Value, nr: int, mask: int = mask) -> Value:
            wake_up(run, q, mask, nr)
            return 0

        operation(name)(call_nr)


_wakers()


@operation("wake_up_process")
def wake_up_process(run: Run, p: Value) -> Value:
    return run.wake(run.task_at(p), 15 if run.version.wakes_stopped else 3)


# ---- states and schedule() -----------------------------------------------------------------------------------------


def set_state(run: Run, state: int) -> None:
    if not run.task.interrupt:
        run.task.state = state


@operation("set_current_state", "__set_current_state")
def set_current_state(run: Run, state: int) -> Value:
    set_state(run, state)
    return 0


@operation("schedule", "io_schedule")
def schedule(run: Run) -> Value:
    if run.phase:
        return 0
    run.sleep()
    return run.wait("back")


@operation("yield")
def yield_(run: Run) -> Value:
    if run.phase:
        return 0
    run.sleep(RUNNING)
    return run.wait("back")


@operation("cond_resched")
def cond_resched(run: Run) -> Value:
    """Gives up the CPU or not; whatever the state is, that is no sleep."""
    if run.phase:
        return 1
    if run.variant == "resched":
        if run.task.interrupt:
            raise KernelFault("sleep_in_interrupt")
        run.give_up()
        return run.wait("back")
    return 0


@operation("need_resched")
def need_resched(run: Run) -> Value:
    return int(run.variant == "resched")


@operation("might_sleep")
def might_sleep(run: Run) -> Value:
    return 0


@operation("schedule_timeout")
def schedule_timeout(run: Run, timeout: int) -> Value:
    task = run.task
    if run.phase:
        task.timed = False
        expired, task.expired = task.expired, False
        task.state = RUNNING
        if timeout == MAX_TIMEOUT:
            return timeout
        return 0 if expired else 1
    if timeout < 0:
        task.state = RUNNING
        return 0
    task.timed = timeout != MAX_TIMEOUT
    run.sleep()
    if task.queued:
        task.timed = False
    return run.wait("back")


def sleep_on(run: Run, q: Value, state: int) -> Value:
    """Four steps: the state, onto the queue, schedule(), off it; the entry lives in the call itself."""
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
        case "sleep":
            run.remember("schedule")
            run.check_context("schedule", [])
            run.sleep()
            return run.wait("back", *run.data)
    dequeue(run, run.data[0], POISON)
    del run.state.objects[run.data[0].obj]
    run.triggers.add("no_dangling")
    return 0


def wait_entry(task: Value, auto: bool, link: str) -> dict:
    return {"ready": True, "task": task, "auto": auto, "exclusive": False, "link": link}


@operation("sleep_on")
def sleep_on_(run: Run, q: Value) -> Value:
    return sleep_on(run, q, UNINTERRUPTIBLE)


@operation("interruptible_sleep_on")
def interruptible_sleep_on(run: Run, q: Value) -> Value:
    return sleep_on(run, q, INTERRUPTIBLE)


# ---- lines of waiters ----------------------------------------------------------------------------------------------
# The waiters of a completion, semaphore or mutex are a tuple of task numbers, the longest first.


def join(run: Run, thing: Obj, state: int) -> None:
    """The task sleeps in line.  It joins once: who is forgotten there by an initialisation stays so."""
    if run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")
    if not run.phase:
        thing.data["waiters"] = (*thing.data["waiters"], run.task.number)
    run.sleep(state)


def leave(run: Run, thing: Obj) -> None:
    thing.data["waiters"] = tuple(n for n in thing.data["waiters"] if n != run.task.number)


def wake_first(run: Run, thing: Obj) -> None:
    for number in thing.data["waiters"]:
        if run.wake(run.state.tasks[number], 3):
            break


# ---- completions


@operation("INIT_COMPLETION", "reinit_completion")
def reinit_completion(run: Run, x: Value) -> Value:
    run.ready(x, "completion").data["done"] = 0
    return 0


@operation("init_completion")
def init_completion(run: Run, x: Value) -> Value:
    run.thing(x, "completion").data.update(ready=True, done=0, waiters=())
    return 0


@operation("complete")
def complete(run: Run, x: Value) -> Value:
    thing = run.ready(x, "completion")
    if thing.data["done"] < ALL_DONE:
        thing.data["done"] += 1
    wake_first(run, thing)
    return 0


@operation("complete_all")
def complete_all(run: Run, x: Value) -> Value:
    thing = run.ready(x, "completion")
    thing.data["done"] = ALL_DONE
    for number in thing.data["waiters"]:
        run.wake(run.state.tasks[number], 3)
    return 0


def take_completion(thing: Obj) -> bool:
    if not thing.data["done"]:
        return False
    if thing.data["done"] < ALL_DONE:
        thing.data["done"] -= 1
    return True


def wait_completion(run: Run, x: Value, state: int, timeout: int | None = None) -> Value:
    """0 (or what is left of the timeout) when it is taken, -ERESTARTSYS for a signal, 0 for an expired timer."""
    thing, task = run.ready(x, "completion"), run.task
    back = bool(run.phase)
    expired, task.expired, task.timed = task.expired, False, False
    over = back and timeout is not None and expired
    if not (over and not run.version.late_completion) and take_completion(thing):
        leave(run, thing)
        return 0 if timeout is None else left_over(run, timeout, back)
    if over:
        leave(run, thing)
        return 0
    if state == INTERRUPTIBLE and task.signal_pending():
        leave(run, thing)
        return -ERESTARTSYS
    if timeout is not None and timeout < 0:
        task.state = RUNNING
        return 0
    task.timed = timeout is not None and timeout != MAX_TIMEOUT
    join(run, thing, state)
    return run.wait("back")


def left_over(run: Run, timeout: int, slept: bool) -> int:
    """What a wait with a timer returns: all of its time if it did not sleep.  Later versions never say 0 then."""
    if timeout == MAX_TIMEOUT or not slept:
        return timeout or int(run.version.late_completion)
    return 1


@operation("wait_for_completion")
def wait_for_completion(run: Run, x: Value) -> Value:
    return wait_completion(run, x, UNINTERRUPTIBLE)


@operation("wait_for_completion_interruptible")
def wait_for_completion_interruptible(run: Run, x: Value) -> Value:
    return wait_completion(run, x, INTERRUPTIBLE)


@operation("wait_for_completion_timeout")
def wait_for_completion_timeout(run: Run, x: Value, timeout: int) -> Value:
    return wait_completion(run, x, UNINTERRUPTIBLE, timeout)


@operation("wait_for_completion_interruptible_timeout")
def wait_for_completion_interruptible_timeout(run: Run, x: Value, timeout: int) -> Value:
    return wait_completion(run, x, INTERRUPTIBLE, timeout)


@operation("try_wait_for_completion")
def try_wait_for_completion(run: Run, x: Value) -> Value:
    return int(take_completion(run.ready(x, "completion")))


@operation("completion_done")
def completion_done(run: Run, x: Value) -> Value:
    return int(bool(run.ready(x, "completion").data["done"]))


# ---- semaphores


def semaphore_of(run: Run, s: Value) -> Obj:
    return run.ready(s, "semaphore")


def own(run: Run, task: Task, address: object, kind: str) -> None:
    task.sleeping_locks = (*task.sleeping_locks, (address, kind))
    if kind == "mutex" or path_of(address) in run.world.as_mutex:
        run.triggers.add("locks_balanced")


def disown(task: Task, address: object) -> bool:
    mine = [n for n, (held, _) in enumerate(task.sleeping_locks) if held == address]
    if mine:
        task.sleeping_locks = task.sleeping_locks[: mine[-1]] + task.sleeping_locks[mine[-1] + 1 :]
    return bool(mine)


def owned(run: Run) -> list[Hashable]:
    """The mutexes that the caller has, and the semaphores that are used as such."""
    mine = run.task.sleeping_locks
    return [address for address, kind in mine if kind != "semaphore" or path_of(address) in run.world.as_mutex]


@operation("sema_init")
def sema_init(run: Run, s: Value, count: int) -> Value:
    """Who waits is forgotten; who was given it before has it all the same."""
    run.thing(s, "semaphore").data.update(ready=True, count=count, waiters=())
    return 0


@operation("init_MUTEX")
def init_mutex(run: Run, s: Value) -> Value:
    return sema_init(run, s, 1)


@operation("init_MUTEX_LOCKED")
def init_mutex_locked(run: Run, s: Value) -> Value:
    return sema_init(run, s, 0)


def take_semaphore(run: Run, s: Value, state: int, timeout: int | None = None) -> Value:
    thing, task = semaphore_of(run, s), run.task
    expired, task.expired, task.timed = task.expired, False, False
    if task.number in thing.data["given"]:
        thing.data["given"] = tuple(n for n in thing.data["given"] if n != task.number)
        own(run, task, s.obj, "semaphore")
        return 0
    interrupted = state == INTERRUPTIBLE and task.signal_pending()
    if run.phase and interrupted:  # lib/semaphore-sleepers.c looks for a signal first, once it has come to sleeping
        return pass_by(run, thing, -EINTR)
    if thing.data["count"] > 0 and (not run.version.hands_over or not run.phase):
        thing.data["count"] -= 1
        own(run, task, s.obj, "semaphore")
        return pass_by(run, thing, 0)
    if interrupted:
        return pass_by(run, thing, -EINTR)
    if timeout is not None and (expired if run.phase else timeout <= 0):
        return pass_by(run, thing, -ETIME)
    task.timed = timeout is not None and timeout != MAX_TIMEOUT
    if any(held == s.obj for held, _ in task.sleeping_locks):
        run.hit("locks_balanced", f"semaphore_twice:{path_of(s.obj)}")
    join(run, thing, state)
    return run.wait("back")


def pass_by(run: Run, thing: Obj, result: int) -> int:
    """Out of the line.  Up to 2.6.25 whoever has slept lets the next one look, if there is more."""
    leave(run, thing)
    if run.phase and not run.version.hands_over and thing.data["count"] > 0:
        wake_first(run, thing)
    return result


@operation("down")
def down(run: Run, s: Value) -> Value:
    return take_semaphore(run, s, UNINTERRUPTIBLE)


@operation("down_timeout")
def down_timeout(run: Run, s: Value, timeout: int) -> Value:
    return take_semaphore(run, s, UNINTERRUPTIBLE, timeout)


@operation("down_interruptible")
def down_interruptible(run: Run, s: Value) -> Value:
    return take_semaphore(run, s, INTERRUPTIBLE)


@operation("down_trylock")
def down_trylock(run: Run, s: Value) -> Value:
    thing = semaphore_of(run, s)
    if thing.data["count"] <= 0:
        return 1
    thing.data["count"] -= 1
    own(run, run.task, s.obj, "semaphore")
    return 0


@operation("up")
def up(run: Run, s: Value) -> Value:
    thing = semaphore_of(run, s)
    if not disown(run.task, s.obj):
        run.hit("locks_balanced", f"semaphore_not_held:{path_of(s.obj)}")
        if path_of(s.obj) in run.world.as_mutex:
            wrong_one(run, s.obj, owned(run))
    if run.version.hands_over and thing.data["waiters"]:
        number = thing.data["waiters"][0]
        thing.data["waiters"] = thing.data["waiters"][1:]
        thing.data["given"] = (*thing.data["given"], number)
        run.wake(run.state.tasks[number], 3)
        return 0
    thing.data["count"] += 1
    wake_first(run, thing)
    return 0


# ---- mutexes


@operation("mutex_init")
def mutex_init(run: Run, m: Value) -> Value:
    run.thing(m, "mutex").data.update(ready=True, owner=None, waiters=())
    return 0


def no_owner(run: Run) -> None:
    """A mutex belongs to a task: in an interrupt there is none that could have it."""
    if run.task.interrupt:
        run.hit("never_sleeps_atomic", "mutex")
        run.triggers.add("never_sleeps_atomic")


def take_mutex(run: Run, m: Value, state: int) -> Value:
    thing, task = run.ready(m, "mutex"), run.task
    if thing.data["owner"] is None:
        thing.data["owner"] = task.number
        leave(run, thing)
        own(run, task, m.obj, "mutex")
        return 0
    if thing.data["owner"] == task.number and not run.phase:
        run.hit("locks_balanced", "mutex_twice")
    if state == INTERRUPTIBLE and task.signal_pending():
        leave(run, thing)
        return -EINTR
    join(run, thing, state)
    return run.wait("back")


@operation("mutex_lock")
def mutex_lock(run: Run, m: Value) -> Value:
    return take_mutex(run, m, UNINTERRUPTIBLE)


@operation("mutex_lock_interruptible")
def mutex_lock_interruptible(run: Run, m: Value) -> Value:
    return take_mutex(run, m, INTERRUPTIBLE)


@operation("mutex_trylock")
def mutex_trylock(run: Run, m: Value) -> Value:
    no_owner(run)
    thing = run.ready(m, "mutex")
    if thing.data["owner"] is not None:
        return 0
    thing.data["owner"] = run.task.number
    own(run, run.task, m.obj, "mutex")
    return 1


@operation("mutex_unlock")
def mutex_unlock(run: Run, m: Value) -> Value:
    no_owner(run)
    thing = run.ready(m, "mutex")
    if not disown(run.task, m.obj):
        run.hit("locks_balanced", "mutex_of_another")
        wrong_one(run, m.obj, owned(run))
        for task in run.state.tasks:
            disown(task, m.obj)
    thing.data["owner"] = None
    wake_first(run, thing)
    return 0


@operation("mutex_is_locked")
def mutex_is_locked(run: Run, m: Value) -> Value:
    return int(run.ready(m, "mutex").data["owner"] is not None)
