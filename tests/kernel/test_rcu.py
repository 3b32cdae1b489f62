"""RCU: readers whom nobody holds up, and who waits for them before he frees what they may have found."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Scenario, done
from kthreadlab.checks.catalogue import explore
from kthreadlab.lang.profile import PROFILES
from tests.kernel.verdicts import EACH, PREEMPT, UP, failing, on
from tests.support import module

TEXT = """
item = struct("item", id=u32, copy=u32)
first = ptr("item")


def start():
    e = cast(item, kmalloc(sizeof(item), GFP_KERNEL))
    if e == NULL:
        return
    e.id = 1
    e.copy = 1
    rcu_assign_pointer(first, e)


def reads():
    rcu_read_lock()
    e = rcu_dereference(first)
    if e != NULL:
        BUG_ON(e.id != e.copy)
    rcu_read_unlock()


def change():
    global first
    e = first
    if e == NULL:
        return
    first = NULL
    synchronize_rcu()
    kfree(e)
"""
HAVING = [name for name in PROFILES if name not in ("2.4", "2.6.11")]


def fails(text: str, config, reader: str = "process") -> set[str]:
    calls = [Call("start", "start"), Call("change", "change", when=done("start"))]
    calls.append(Call("reader", "reads", context=reader, when=done("start")))
    found = explore(module(text), Scenario("rcu", calls=calls), config)
    assert found.complete
    return {f"{name}: {v.cause}" for name, v in found.verdicts.items() if v.verdict == "fails"}


@pytest.mark.parametrize("profile", HAVING)
@pytest.mark.parametrize("reader", ["process", "irq"])
def test_what_readers_may_have_found_is_freed_when_they_have_left(profile, reader):
    for config in (UP, EACH, PREEMPT):
        assert fails(TEXT, on(profile, config), reader) == set()


@pytest.mark.parametrize("profile", HAVING)
@pytest.mark.parametrize(
    ("gone", "cause"),
    [
        ("    synchronize_rcu()\n", "no_dangling: use_after_free"),
        ("    rcu_read_lock()\n", "no_oops: bug"),
        ("    rcu_read_unlock()\n", "context_restored: preempt_off"),
        ("    rcu_assign_pointer(first, e)\n", "no_leak: at_return"),
    ],
)
def test_each_call_is_missed(gone, cause, profile):
    assert cause in fails(TEXT.replace(gone, ""), on(profile))


def test_a_reader_reads_through_the_pointer_that_it_has():
    """rcu_dereference is the load: without it there is nothing to read through."""
    assert fails(TEXT.replace("rcu_dereference(first)", "cast(item, NULL)"), on("6.12")) == set()
    lock, look = "    rcu_read_lock()\n", "    e = rcu_dereference(first)\n"
    late = TEXT.replace(lock + look, look + lock)
    assert "no_dangling: use_after_free" in fails(late, on("6.12"))


@pytest.mark.parametrize("profile", HAVING)
def test_whoever_reads_must_not_sleep(profile):
    sleeps = TEXT.replace("    if e != NULL:\n        BUG_ON", "    schedule()\n    if e != NULL:\n        BUG_ON")
    assert fails(sleeps, on(profile)) == {"never_sleeps_atomic: preempt_off"}


@pytest.mark.parametrize("profile", HAVING)
def test_readers_nest_and_later_ones_are_not_waited_for(profile):
    """The outermost unlock counts; who waits for readers while he reads himself waits for himself."""
    nested = TEXT.replace(
        "    e = rcu_dereference", "    rcu_read_lock()\n    rcu_read_unlock()\n    e = rcu_dereference"
    )
    assert fails(nested, on(profile)) == set()
    itself = "def f():\n    rcu_read_lock()\n    synchronize_rcu()\n    rcu_read_unlock()\n"
    assert failing(itself, "f", config=on(profile, UP)) == {"never_sleeps_atomic: preempt_off", "returns: wakeup"}


AGAIN = """
queue = DECLARE_WAIT_QUEUE_HEAD()
left = u8(0)
over = u8(0)


def reads():
    global left
    rcu_read_lock()
    rcu_read_unlock()
    left = 1
    rcu_read_lock()
    while not over:
        cpu_relax()
    rcu_read_unlock()


def waits():
    global over
    synchronize_rcu()
    over = 1
"""


def test_a_reader_that_comes_again_is_another():
    """Who waits goes on when the first reading is over; a reader that turns until then is let go."""
    found = failing(AGAIN, "reads", "waits", config=on("6.12"))
    assert "returns: wakeup" in found
    assert not any(x.startswith("no_oops") for x in found)


def test_more_unlocks_than_locks_are_a_fault():
    assert failing("def f():\n    rcu_read_unlock()\n", "f", config=on("6.12", UP)) == {"no_oops: bug"}


LATER = (
    TEXT.replace("copy=u32)", "copy=u32, rcu=rcu_head)").replace(
        "    synchronize_rcu()\n    kfree(e)\n", "    call_rcu(e.rcu, frees)\n"
    )
    + """

def frees(head):
    kfree(container_of(head, item, "rcu"))
"""
)


@pytest.mark.parametrize("reader", ["process", "irq"])
@pytest.mark.parametrize("profile", HAVING)
def test_what_is_freed_later_is_freed_when_readers_have_left(profile, reader):
    """By nobody who waits for that; it is no leak until then."""
    for config in (UP, EACH, PREEMPT):
        assert fails(LATER, on(profile, config), reader) == set()
    for gone, cause in (
        ("    rcu_read_lock()\n", "no_dangling: use_after_free"),
        ("    call_rcu(e.rcu, frees)\n", "no_leak"),
    ):
        assert any(x.startswith(cause) for x in fails(LATER.replace(gone, ""), on(profile)))


def test_an_rcu_head_is_given_away_once_at_a_time():
    text = "head = rcu_head()\n\n\ndef done_(h):\n    might_sleep()\n\n\ndef f():\n    call_rcu(head, done_)\n"
    assert failing(text, "f", config=on("6.12", UP)) == {"never_sleeps_atomic: interrupt"}
    assert "no_dangling: corrupted_list" in failing(text, "f", "f", config=on("6.12", UP))


UNLOADS = """
head = rcu_head()
count = u8(0)


def counts(h):
    global count
    count += 1


def load():
    return 0


def unload():
    call_rcu(head, counts)
    rcu_barrier()
"""


@pytest.mark.parametrize("profile", HAVING)
def test_who_unloads_waits_for_what_is_to_be_called(profile):
    """Else the function is called, or goes on, in code that is gone."""
    for config in (UP, EACH):
        for text, bad in ((UNLOADS, set()), (UNLOADS.replace("    rcu_barrier()\n", ""), {"no_dangling: unloaded"})):
            calls = [Call("insmod", "load"), Call("rmmod", "unload", when=done("insmod"))]
            world = Scenario("unload", calls=calls, insmod="insmod", rmmod="rmmod")
            found = explore(module(text), world, on(profile, config))
            assert bad == {f"{n}: {v.cause}" for n, v in found.verdicts.items() if v.verdict == "fails"}
