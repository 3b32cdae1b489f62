"""Work items and workqueues: each rule with the program that breaks it, and that program mended."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Scenario, explore, replay
from tests.support import module

T = "mykthread"
UP, EACH = "up", "each"
CPUS = {UP: 1, EACH: 8}


def text_of(version: str, *, before: str = "", handler: str = "n = n + 1", thread: str, more: str = "") -> str:
    """A module with one work item, whose function does *handler*, and a thread that does *thread*."""
    data = ", NULL" if version == "2.6.11" else ""
    sem = "DEFINE_SEMAPHORE(1)" if version == "6.12" else "DECLARE_MUTEX()"

    def body(text: str) -> str:
        return "".join(f"    {line}\n" for line in text.split("\n"))

    return (
        f"n = u32(0)\nlock = DEFINE_SPINLOCK()\nsem = {sem}\nq = ptr()\n"
        f"work = DECLARE_WORK(handler{data})\n{before}\n\n"
        f"def handler(w):\n    global n, q\n{body(handler)}\n\n"
        f"def {T}(unused):\n    global n, q\n{body(thread)}    return 0\n{more}"
    )


def fails(text: str, version: str, cpus: str, **world: object) -> set[str]:
    scenario = Scenario("work", **{"threads": (T,), **world})
    found = explore(module(text), scenario, Config(version, cpus=CPUS[cpus]))
    return {name for name, verdict in found.verdicts.items() if verdict.fails and name in JUDGED}


WORK = ("schedule_work(work)", "flush_scheduled_work()")
JUDGED = ("no_oops", "no_dangling", "returns", "never_sleeps_atomic", "locks_balanced", "context_restored")
VERSIONS = ("2.6.11", "2.6.24", "2.6.32", "6.12")
LATER = ("2.6.32", "6.12")


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_flush_waits_for_the_function(version: str, cpus: str) -> None:
    """Without it, the function may not have run yet."""
    flushed = text_of(version, thread="schedule_work(work)\nflush_scheduled_work()\nBUG_ON(n != 1)")
    assert set() == fails(flushed, version, cpus)
    hasty = text_of(version, thread="schedule_work(work)\nBUG_ON(n != 1)")
    assert {"no_oops"} == fails(hasty, version, cpus)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_pending_is_not_queued_again(version: str) -> None:
    """Two requests, one run; and what is queued while the function runs runs again."""
    once = "a = schedule_work(work)\na = a + schedule_work(work)\nflush_scheduled_work()\n"
    assert set() == fails(text_of(version, thread=f"{once}BUG_ON(a == 1 and n != 1)"), version, UP)
    assert {"no_oops"} == fails(text_of(version, thread=f"{once}BUG_ON(a == 2)"), version, EACH)
    again = "if n == 0:\n    schedule_work(work)\nn = n + 1"
    text = text_of(version, handler=again, thread="schedule_work(work)\nflush_scheduled_work()\nBUG_ON(n != 2)")
    assert {"no_oops"} == fails(text, version, UP)
    text = text_of(
        version,
        handler=again,
        thread=f"schedule_work(work)\n{2 * 'flush_scheduled_work()@'}".replace("@", "\n") + "BUG_ON(n != 2)",
    )
    assert set() == fails(text, version, UP)


# ---- deadlocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_flush_with_a_lock_that_the_function_takes(version: str, cpus: str) -> None:
    """Who flushes must not hold what the function wants; a mutex and a spinning lock alike."""
    down = "down(sem)\nn = n + 1\nup(sem)"
    held = "schedule_work(work)\ndown(sem)\nflush_scheduled_work()\nup(sem)"
    freed = "schedule_work(work)\ndown(sem)\nup(sem)\nflush_scheduled_work()"
    assert {"returns", "locks_balanced"} == fails(text_of(version, handler=down, thread=held), version, cpus)
    assert set() == fails(text_of(version, handler=down, thread=freed), version, cpus)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_flush_by_the_work_itself(version: str) -> None:
    """Up to 2.6.24 the worker runs what is queued; later it waits for itself."""
    text = text_of(version, handler="flush_scheduled_work()", thread="schedule_work(work)")
    assert (set() if version in ("2.6.11", "2.6.24") else {"returns"}) == fails(text, version, EACH)


@pytest.mark.parametrize("version", ("2.6.11", "2.6.24"))
def test_a_worker_that_flushes_runs_what_is_queued(version: str) -> None:
    """All that is on the list has run when the flush is over."""
    data = ", NULL" if version == "2.6.11" else ""
    second = f"second = DECLARE_WORK(other{data})\ndef other(w):\n    global n\n    n = 7\n"
    flushes = "schedule_work(second)\nflush_scheduled_work()\nBUG_ON(n != 7)"
    for handler, found in ((flushes, set()), (flushes.replace("flush_scheduled_work()\n", ""), {"no_oops"})):
        text = text_of(version, before=second, handler=handler, thread="schedule_work(work)")
        assert found == fails(text, version, UP)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_work_that_cancels_itself(version: str) -> None:
    text = text_of(version, handler="cancel_work_sync(work)", thread="schedule_work(work)")
    assert {"returns"} == fails(text, version, EACH)


# ---- cancel, destroy ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS[1:])
def test_what_is_cancelled_neither_runs_nor_waits(version: str, cpus: str) -> None:
    """Afterwards the function does not run any more."""
    handler = "BUG_ON(n == 5)\nyield()\nBUG_ON(n == 5)" if version != "6.12" else "BUG_ON(n == 5)"
    text = text_of(version, handler=handler, thread="schedule_work(work)\na = cancel_work_sync(work)\nn = 5")
    assert set() == fails(text, version, cpus)
    assert {"no_oops"} == fails(text.replace("a = cancel_work_sync(work)", "pass"), version, cpus)
    told = text_of(
        version, thread="schedule_work(work)\na = cancel_work_sync(work)\nBUG_ON(a and n)\nBUG_ON(not a and not n)"
    )
    assert set() == fails(told, version, cpus)


@pytest.mark.parametrize("version", LATER)
def test_flush_work_waits_for_one_item(version: str) -> None:
    """Whether it runs or is pending; 0 where there was nothing to wait for."""
    text = text_of(
        version, thread="schedule_work(work)\na = flush_work(work)\nBUG_ON(n != 1)\nBUG_ON(flush_work(work))"
    )
    assert set() == fails(text, version, EACH)
    assert {"no_oops"} == fails(text.replace("a = flush_work(work)", "pass"), version, EACH)


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_queue_of_its_own(version: str, cpus: str) -> None:
    """What is on it has run when it is destroyed; afterwards it is not there."""
    make = 'q = create_singlethread_workqueue("jobs")\nqueue_work(q, work)\n'
    text = text_of(version, thread=f"{make}destroy_workqueue(q)\nBUG_ON(n != 1)")
    assert set() == fails(text, version, cpus)
    assert {"no_oops"} == fails(text.replace("destroy_workqueue(q)", "pass"), version, cpus)
    text = text_of(version, thread=f"{make}flush_workqueue(q)\nBUG_ON(n != 1)\ndestroy_workqueue(q)")
    assert set() == fails(text, version, cpus)
    assert {"no_oops"} == fails(text.replace("flush_workqueue(q)", "pass"), version, cpus)
    text = text_of(version, thread=f"{make}destroy_workqueue(q)\nqueue_work(q, work)")
    assert {"no_dangling"} == fails(text, version, cpus)


def test_to_wait_for_an_item_makes_no_queue() -> None:
    """One that has been looked through is still to be made."""
    body = 'cancel_work_sync(work)\nq = create_workqueue("jobs")\nBUG_ON(q == NULL)'
    assert set() == fails(text_of("2.6.24", thread=body), "2.6.24", UP)


def test_a_queue_that_was_never_made() -> None:
    assert {"no_oops"} == fails(text_of("2.6.11", thread="queue_work(q, work)"), "2.6.11", UP)


# ---- concurrency ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("make", ["create_workqueue", "create_singlethread_workqueue"])
def test_an_item_and_itself(version: str, make: str) -> None:
    """Up to 2.6.32 an item of a queue with a thread for each CPU may run twice at once; today never."""
    handler = "n = n + 1\nBUG_ON(n == 2)\nn = n - 1"
    twice = f'q = {make}("jobs")\nqueue_work(q, work)\nqueue_work(q, work)'
    text = text_of(version, handler=handler, thread=twice)
    may = version != "6.12" and make == "create_workqueue"
    assert ({"no_oops"} if may else set()) == fails(text, version, EACH)


def test_how_many_run_at_once() -> None:
    """Of an ordered queue one, of any other more: an item of one that waits for the next waits for good."""
    before = "done = DECLARE_COMPLETION()\nsecond = DECLARE_WORK(other)\ndef other(w):\n    complete(done)\n"
    for make, found in (
        ('alloc_workqueue("jobs", 0, 0)', set()),
        ('alloc_workqueue("jobs", WQ_UNBOUND, 1)', {"returns"}),
        ('alloc_ordered_workqueue("jobs", 0)', {"returns"}),
    ):
        thread = f"q = {make}\nqueue_work(q, work)\nqueue_work(q, second)"
        text = text_of("6.12", before=before, handler="wait_for_completion(done)", thread=thread)
        assert found == fails(text, "6.12", EACH)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_item_that_waits_for_another(version: str) -> None:
    """On one CPU the one behind it runs only today, when it sleeps."""
    data = ", NULL" if version == "2.6.11" else ""
    before = f"done = DECLARE_COMPLETION()\nsecond = DECLARE_WORK(other{data})\ndef other(w):\n    complete(done)\n"
    thread = "schedule_work(work)\nschedule_work(second)"
    text = text_of(version, before=before, handler="wait_for_completion(done)", thread=thread)
    assert (set() if version == "6.12" else {"returns"}) == fails(text, version, UP)


# ---- bad use --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_an_item_that_is_made_anew_or_gone(version: str) -> None:
    """Made anew while it is on a list; on a stack that is gone; never made ready."""
    data = ", NULL" if version == "2.6.11" else ""
    text = text_of(version, thread=f"schedule_work(work)\nINIT_WORK(work, handler{data})")
    assert {"no_dangling"} == fails(text, version, UP)
    text = text_of(version, thread=f"own = work_struct()\nINIT_WORK(own, handler{data})\nschedule_work(own)")
    assert {"no_dangling"} == fails(text, version, UP)
    waited = "\nflush_scheduled_work()"
    text = text_of(version, thread=f"own = work_struct()\nINIT_WORK(own, handler{data})\nschedule_work(own){waited}")
    assert set() == fails(text, version, UP)
    text = text_of(version, before="raw = work_struct()", thread="schedule_work(raw)")
    assert {"no_oops"} == fails(text, version, UP)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_item_that_is_declared_in_a_function(version: str) -> None:
    """With its function, in both ways of writing; who leaves it on a list leaves its stack there."""
    data = ", NULL" if version == "2.6.11" else ""
    for own in (f"own = DECLARE_WORK(handler{data})", f"DECLARE_WORK(own, handler{data})"):
        text = text_of(version, thread=f"{own}\nschedule_work(own)\nflush_scheduled_work()\nBUG_ON(n != 1)")
        assert set() == fails(text, version, UP)
        assert {"no_dangling"} == fails(text_of(version, thread=f"{own}\nschedule_work(own)"), version, UP)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_function_that_keeps_a_lock(version: str) -> None:
    """The worker goes on without it."""
    kept = fails(text_of(version, handler="spin_lock(lock)", thread=";".join(WORK).replace(";", "\n")), version, EACH)
    assert "locks_balanced" in kept
    assert "never_sleeps_atomic" in fails(
        text_of(version, handler="spin_lock(lock)\nflush_scheduled_work()\nspin_unlock(lock)", thread=WORK[0]),
        version,
        EACH,
    )


# ---- delayed work ---------------------------------------------------------------------------------------------------


def delayed(version: str, *, handler: str = "n = n + 1", thread: str, before: str = "") -> str:
    """As `text_of`, of an item with a timer, which is called dwork."""
    made = "DECLARE_WORK(late, NULL)" if version == "2.6.11" else "DECLARE_DELAYED_WORK(late)"
    lines = "".join(f"    {line}\n" for line in handler.split("\n"))
    function = f"dwork = {made}\ndef late(w):\n    global n, q\n{lines}"
    return text_of(version, before=before + function, thread=thread)


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_timer_queues_the_item(version: str, cpus: str) -> None:
    """It is pending at once, runs in the end, and a flush of the queue does not wait for the timer."""
    twice = "a = schedule_delayed_work(dwork, HZ)\nBUG_ON(schedule_delayed_work(dwork, HZ))"
    text = delayed(version, thread=twice)
    assert (set() if cpus == UP else {"no_oops"}) == fails(text, version, cpus)
    assert {"no_oops"} == fails(text.replace("a = schedule_delayed_work(dwork, HZ)", "pass"), version, cpus)
    waits = "schedule_delayed_work(dwork, HZ)\nwait_for_completion(done)"
    text = delayed(version, before="done = DECLARE_COMPLETION()\n", handler="complete(done)", thread=waits)
    assert set() == fails(text, version, cpus)
    text = delayed(version, thread="schedule_delayed_work(dwork, HZ)\nflush_scheduled_work()\nBUG_ON(not n)")
    assert {"no_oops"} == fails(text, version, cpus)


@pytest.mark.parametrize("version", VERSIONS)
def test_cancel_delayed_work_waits_for_nothing(version: str) -> None:
    """The function may run all the same; what was stopped in time does not."""
    thread = "schedule_delayed_work(dwork, HZ)\na = cancel_delayed_work(dwork)\nBUG_ON(a and n)"
    assert set() == fails(delayed(version, thread=thread), version, EACH)
    late = delayed(version, handler="BUG_ON(n == 5)", thread=f"{thread}\nn = 5")
    assert {"no_oops"} == fails(late, version, EACH)
    flushed = delayed(version, handler="BUG_ON(n == 5)", thread=f"{thread}\nflush_scheduled_work()\nn = 5")
    assert set() == fails(flushed, version, EACH)
    assert {"no_oops"} == fails(flushed.replace("a = cancel_delayed_work(dwork)", "a = 0"), version, EACH)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_an_item_that_starts_its_timer_again(version: str) -> None:
    """cancel_delayed_work_sync() stops it for good; to cancel it and flush does not."""
    again = "BUG_ON(n == 5)\nschedule_delayed_work(dwork, HZ)"
    start = "schedule_delayed_work(dwork, HZ)\n"
    for stop, found in (
        ("cancel_delayed_work_sync(dwork)", set()),
        ("cancel_rearming_delayed_work(dwork)", set()),
        ("cancel_delayed_work(dwork)\nflush_scheduled_work()", {"no_oops"}),
    ):
        if version != "6.12" or "rearming" not in stop:
            text = delayed(version, handler=again, thread=f"{start}{stop}\nn = 5")
            assert found == fails(text, version, EACH)


def test_what_only_today_has() -> None:
    """mod_delayed_work() puts off, flush_delayed_work() hurries."""
    head = 'q = create_workqueue("jobs")\n'
    body = "a = mod_delayed_work(q, dwork, HZ)\nBUG_ON(a)\nflush_delayed_work(dwork)\nBUG_ON(n != 1)"
    text = delayed("6.12", thread=head + body)
    assert set() == fails(text, "6.12", EACH)
    assert {"no_oops"} == fails(text.replace("flush_delayed_work(dwork)", "pass"), "6.12", EACH)
    assert {"no_oops"} == fails(text.replace("mod_delayed_work(q, dwork, HZ)", "0"), "6.12", EACH)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_timer_and_what_is_gone(version: str) -> None:
    """The queue was destroyed, or the item was on a stack, when the time was up."""
    made = 'q = create_singlethread_workqueue("jobs")\nqueue_delayed_work(q, dwork, HZ)\n'
    assert {"no_dangling"} == fails(delayed(version, thread=f"{made}destroy_workqueue(q)"), version, UP)
    stopped = f"{made}cancel_delayed_work(dwork)\ndestroy_workqueue(q)"
    assert set() == fails(delayed(version, thread=stopped), version, UP)
    init = "INIT_WORK(own, late, NULL)" if version == "2.6.11" else "INIT_DELAYED_WORK(own, late)"
    kind = "work_struct" if version == "2.6.11" else "delayed_work"
    text = delayed(version, thread=f"own = {kind}()\n{init}\nschedule_delayed_work(own, HZ)")
    assert {"no_dangling"} == fails(text, version, UP)


def test_how_items_and_tasklets_are_shown() -> None:
    """Pending, or not."""
    text = delayed("6.12", before="soon = DECLARE_TASKLET(late)\n", thread="schedule_delayed_work(dwork, HZ)")
    trace = replay(module(text), Scenario("shown", threads=(T,)), Config("6.12", cpus=1), f"{T}*2")
    shown = dict(trace.views[-1].statics)
    assert ("pending", "not pending", "not pending", ()) == tuple(shown[x] for x in ("dwork", "work", "soon", "events"))
