"""The unreduced search as oracle where programs wait for completions and the like: random programs, one kind of object
at a time, among what test_reduction has already."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import Call, Scenario, Signal, Spurious, Thread
from tests.machine.drive import fitting
from tests.oracle.test_reduction import CONFIGS, FORMS, IN_HANDLER, IN_THREAD, TESTS, agree, function, indented
from tests.support import module

HEADER = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
a = u8(0)
b = u8(0)
"""
OBJECTS: dict[str, tuple[str, list[str], list[str]]] = {
    "bottom halves": (
        "",
        ["local_bh_disable()", "local_bh_enable()", "spin_lock_bh(lock)\nb = a\nspin_unlock_bh(lock)"],
        ["if spin_trylock(lock):\n    a = 1\n    spin_unlock(lock)", "b = spin_is_locked(lock)"],
    ),
    "completions": (
        "done = DECLARE_COMPLETION()\n",
        [
            "wait_for_completion(done)",
            "b = wait_for_completion_interruptible(done) == 0",
            "a = wait_for_completion_timeout(done, 5)",
            "complete(done)",
            "if try_wait_for_completion(done):\n    a = 1",
        ],
        ["complete(done)", "complete_all(done)", "b = completion_done(done)", "init_completion(done)"],
    ),
    "semaphores": (
        "sem = DECLARE_MUTEX()\n",
        [
            "down(sem)",
            "down(sem)\na = b\nup(sem)",
            "if down_interruptible(sem):\n    return 1",
            "if down_trylock(sem) == 0:\n    b = a\n    up(sem)",
        ],
        ["up(sem)", "a = down_trylock(sem)", "init_MUTEX(sem)", "init_MUTEX_LOCKED(sem)"],
    ),
    "mutexes": (
        "mut = DEFINE_MUTEX()\nsecond = DEFINE_MUTEX()\n",
        [
            "mutex_lock(mut)",
            "mutex_unlock(mut)",
            "mutex_lock(mut)\na = b\nmutex_unlock(mut)",
            "mutex_lock(second)\nmutex_lock(mut)\nb = a\nmutex_unlock(mut)\nmutex_unlock(second)",
            "if mutex_lock_interruptible(mut):\n    return 1",
            "if mutex_trylock(mut):\n    mutex_lock(second)\n    mutex_unlock(second)\n    mutex_unlock(mut)",
        ],
        ["b = mutex_is_locked(mut)"],
    ),
    "kthreads": (
        """
task = ptr("task_struct")


def worker(n):
    global a, b
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if kthread_should_stop():
            break
        b = a
        schedule()
    return n


def brief(n):
    global a
    a = n
    wake_up(queue)
    return 2


def make():
    global task
    task = kthread_create(worker, 1, "worker")


def start():
    global task
    task = kthread_run(brief, b, "brief")


def wake():
    if not IS_ERR(task) and task != NULL:
        wake_up_process(task)
""",
        [
            "make()",
            "start()",
            "wake()",
            "a = kthread_should_stop()",
            "if task != NULL and not IS_ERR(task):\n    b = kthread_stop(task) < 0",
            'kthread_run(brief, 1, "again")',
        ],
        ["wake()"],
    ),
    "timers": (
        """


def tick(data):
    global a
    a = data
    wake_up(queue)


def locker(data):
    global b
    spin_lock(lock)
    b = a
    spin_unlock(lock)


def again(data):
    global b
    b ^= 1
    if a:
        mod_timer(third, 1)


first = TIMER_INITIALIZER(tick, 0, 1)
second = TIMER_INITIALIZER(locker, 0, 0)
third = TIMER_INITIALIZER(again, 0, 0)
""",
        [
            "add_timer(first)",
            "mod_timer(second, 5)",
            "mod_timer(third, 5)",
            "a = del_timer(first)",
            "del_timer_sync(second)",
            "del_timer_sync(third)",
            "first.data = 2",
            "spin_lock_bh(lock)\nb = a\nspin_unlock_bh(lock)",
            "local_bh_disable()\na = b\nlocal_bh_enable()",
        ],
        ["mod_timer(first, 5)", "del_timer(second)", "b = timer_pending(third)"],
    ),
    "lists": (
        """
item = struct("item", id=u32, link=list_head)
ring = LIST_HEAD()
one = item()
two = item()


def on(n):
    spin_lock_irq(lock)
    if one.id == 0:
        one.id = 1
        list_add(one.link, ring)
    spin_unlock_irq(lock)


def off():
    spin_lock_irq(lock)
    if one.id:
        one.id = 0
        list_del(one.link)
    spin_unlock_irq(lock)


def count():
    global a
    n = 0
    for p in list_for_each_entry(ring, item, link):
        n += 1
    a = n
""",
        [
            "count()",
            "off()",
            "p = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))\nlist_add_tail(p.link, ring)",
            "list_add(two.link, ring)",
            "list_del(two.link)",
            "for q in list_for_each_entry_safe(ring, item, link):\n    list_del_init(q.link)",
        ],
        ["on(1)", "a = list_empty(ring)", "INIT_LIST_HEAD(ring)"],
    ),
}
"""For each kind: what it declares, what a thread and what a handler (an interrupt or a process) may do with it."""
COMMON = [s for s in IN_THREAD if "kmalloc" not in s and "preempt" not in s]
WORLDS = [
    Scenario("irq", threads=[Thread("mykthread")], calls=[Call("nic", "handler", context="irq"), Call("p", "caller")]),
    Scenario("rival", threads=[Thread("mykthread"), Thread("rival")], calls=[Call("nic", "handler", context="irq")]),
    Scenario("kill", threads=[Thread("mykthread")], calls=[Call("p", "caller")], signals=[Signal("mykthread")]),
    Scenario("spurious", threads=[Thread("mykthread"), Thread("rival")], spurious=[Spurious("mykthread")]),
]


def block(new: list[str], common: list[str], depth: int = 1) -> st.SearchStrategy[list[str]]:
    """Statements: new ones as often as common ones, in locked sections and behind conditions too."""
    one = st.one_of(st.sampled_from(new), st.sampled_from(new), st.sampled_from(common)).map(str.splitlines)
    if depth:
        inner = block(new, common, depth - 1)
        locked = st.tuples(st.sampled_from(FORMS), inner).map(lambda t: [t[0][0], *t[1], t[0][1]])
        branch = st.tuples(st.sampled_from(TESTS), inner).map(lambda t: [f"if {t[0]}:", *indented(t[1])])
        one = st.one_of(one, one, one, locked, branch)
    return st.lists(one, min_size=1, max_size=3).map(lambda parts: [line for part in parts for line in part])


def programs(kind: str) -> st.SearchStrategy[str]:
    """Two threads and two handlers."""
    statics, in_thread, in_handler = OBJECTS[kind]
    thread, handler = block(in_thread + in_handler, COMMON), block(in_handler, IN_HANDLER)
    names = ("mykthread", "rival", "handler", "caller")
    return st.tuples(thread, thread, handler, handler).map(
        lambda bodies: (
            HEADER
            + statics
            + "\n\n"
            + "".join(function(n, body, n in names[:2]) for n, body in zip(names, bodies, strict=True))
        )
    )


@pytest.mark.parametrize("kind", OBJECTS)
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_reduction_agrees_where_programs_use(kind: str, data: st.DataObject) -> None:
    """Each kind in each world and configuration."""

    config = data.draw(st.sampled_from(sorted(CONFIGS)))
    text, scenario = data.draw(programs(kind)), data.draw(st.sampled_from(WORLDS))
    agree(module(text, "random"), scenario, fitting(text, CONFIGS[config]), 5_000)


@pytest.mark.long
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("kind", OBJECTS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_reduction_agrees_on_many_programs_that_use(kind: str, config: str, data: st.DataObject) -> None:
    """The same, for longer, with new programs every time."""

    text, scenario = data.draw(programs(kind)), data.draw(st.sampled_from(WORLDS))
    agree(module(text, "random"), scenario, fitting(text, CONFIGS[config]), 60_000)
