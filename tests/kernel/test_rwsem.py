"""rw_semaphores: who is let in, in which order, and what each call is missed for."""

from __future__ import annotations

import pytest

from kthreadlab.lang.profile import PROFILES
from tests.kernel.verdicts import UP, failing, on

SHARED = """
sem = DECLARE_RWSEM()
queue = DECLARE_WAIT_QUEUE_HEAD()
value = u32(0)
copy = u32(0)
inside = u8(0)
met = ATOMIC_INIT(0)
"""
WRITES = """
def writes():
    global value, copy
    down_write(sem)
    value += 1
    copy += 1
    up_write(sem)


"""
READS = """
def reads():
    down_read(sem)
    BUG_ON(value != copy)
    up_read(sem)


"""
TRIES = """
def tries():
    global value, copy
    if down_write_trylock(sem):
        value += 1
        copy += 1
        up_write(sem)


def looks():
    if down_read_trylock(sem):
        BUG_ON(value != copy)
        up_read(sem)


"""
KEEPS = """
def keeps():
    global value, copy
    down_write(sem)
    value += 1
    copy += 1
    downgrade_write(sem)
    BUG_ON(value != copy)
    up_read(sem)


"""
LATE = SHARED.replace("DECLARE_RWSEM()", "rw_semaphore()") + (
    "\n\ndef reads():\n    init_rwsem(sem)\n    down_read(sem)\n    up_read(sem)\n"
)
LEFT_OUT = {
    "down_write": (WRITES + READS, "writes", "reads", "    down_write(sem)\n", "locks_balanced: not_held"),
    "up_write": (WRITES + READS, "writes", "reads", "    up_write(sem)\n", "locks_balanced: exit_held"),
    "down_read": (WRITES + READS, "writes", "reads", "    down_read(sem)\n", "no_oops: bug"),
    "up_read": (WRITES + READS, "writes", "reads", "    up_read(sem)\n", "returns: rw_semaphore"),
    "down_write_trylock": (TRIES + READS, "tries", "reads", "down_write_trylock(sem)", "no_oops: bug"),
    "down_read_trylock": (TRIES + WRITES, "writes", "looks", "down_read_trylock(sem)", "no_oops: bug"),
    "downgrade_write": (KEEPS + READS, "keeps", "reads", "    downgrade_write(sem)\n", "locks_balanced: wrong_form"),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", LEFT_OUT)
def test_each_call_is_missed(name: str, profile: str) -> None:
    """The whole program is right; without the call something fails."""
    text, first, second, gone, fails = LEFT_OUT[name]
    if name in PROFILES[profile].missing:
        return
    assert failing(SHARED + text, first, second, config=on(profile)) == set()
    without = text.replace(gone, "" if gone.startswith(" ") else "1")
    assert fails in failing(SHARED + without, first, second, config=on(profile))


def test_one_that_nothing_has_initialised() -> None:
    """init_rwsem() is what makes it a lock."""
    assert failing(LATE, "reads") == set()
    assert failing(LATE.replace("    init_rwsem(sem)\n", ""), "reads") == {"no_oops: uninitialised_lock"}


MEETS = """
def meets():
    down_read(sem)
    atomic_inc(met)
    wake_up(queue)
    wait_event(queue, atomic_read(met) == 2)
    up_read(sem)


def comes():
    {take}(sem)
    atomic_inc(met)
    wake_up(queue)
    {give}(sem)


"""


@pytest.mark.parametrize(("take", "give", "meet"), [("down_read", "up_read", True), ("down_write", "up_write", False)])
def test_readers_are_in_it_together(take: str, give: str, meet: bool) -> None:
    """A reader waits inside for somebody else inside: another reader comes, a writer never does."""
    found = failing(SHARED + MEETS.format(take=take, give=give), "meets", "comes")
    assert ("returns: rw_semaphore" in found, found == set()) == (not meet, meet)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_writer_in_line_keeps_readers_out(profile: str) -> None:
    """So two readers that wait for each other inside deadlock with a writer between them."""
    config = on(profile)
    found = failing(
        SHARED + MEETS.format(take="down_read", give="up_read") + WRITES, "meets", "comes", "writes", config=config
    )
    assert any(x.startswith("returns: ") for x in found)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("first", "second", "cause"),
    [
        ("down_read", "down_read", "read_twice"),
        ("down_read", "down_write", "recursive"),
        ("down_write", "down_read", "recursive"),
        ("down_write", "down_write", "recursive"),
    ],
)
def test_who_has_it_takes_it_again(first: str, second: str, cause: str, profile: str) -> None:
    """Reading twice comes through where no writer comes in between, and is wrong all the same."""
    calls = [first, second, second.replace("down", "up"), first.replace("down", "up")]
    text = SHARED + "def f():\n" + "".join(f"    {call}(sem)\n" for call in calls)
    found = failing(text, "f", config=on(profile))
    assert f"locks_balanced: {cause}" in found
    assert any(x.startswith("returns") for x in found) == (cause == "recursive")


@pytest.mark.parametrize(("take", "give"), [("down_read", "up_write"), ("down_write", "up_read"), ("", "up_read")])
def test_given_back_as_it_was_not_taken(take: str, give: str) -> None:
    cause = "wrong_form" if take else "not_held"
    text = SHARED + f"def f():\n    {f'{take}(sem)' if take else 'value'}\n    {give}(sem)\n"
    assert f"locks_balanced: {cause}" in failing(text.replace("    value\n", ""), "f")


@pytest.mark.parametrize("call", ["down_read", "down_write"])
def test_it_sleeps_where_nobody_may(call: str) -> None:
    """Under a spinning lock, whether it is free or not."""
    inside = f"    {call}(sem)\n    {call.replace('down', 'up')}(sem)\n"
    text = SHARED + f"lock = DEFINE_SPINLOCK()\n\ndef f():\n    spin_lock(lock)\n{inside}    spin_unlock(lock)\n"
    assert {x.partition(":")[0] for x in failing(text, "f", config=UP)} == {"never_sleeps_atomic"}


RETAKES = """
state = u8(0)


def first():
    down_write(sem)
    wait_event(queue, state >= 1)
    up_write(sem)
    down_write(sem)
    BUG_ON(state != 2)
    up_write(sem)


def second():
    global state
    state = 1
    wake_up(queue)
    down_write(sem)
    state = 2
    up_write(sem)


"""


@pytest.mark.parametrize("profile", PROFILES)
def test_who_comes_in_between_is_faster_since_3_10(profile: str) -> None:
    """On one CPU the second stands in line when the first gives it back: up to then it was handed over."""
    assert failing(SHARED + RETAKES, "first", "second", config=on(profile, UP)) == (
        {"no_oops: bug"} if profile == "6.12" else set()
    )


IN_LINE = """
state = u8(0)


def holds():
    down_write(sem)
    wait_event(queue, state == 3)
    {give}(sem)
    wait_event(queue, inside == 1)
    {back}


def writes():
    global state
    wait_event(queue, state == 1)
    state = 2
    wake_up_all(queue)
    down_write(sem)
    up_write(sem)


def reads():
    global state, inside
    wait_event(queue, state == {after})
    state = {then}
    wake_up_all(queue)
    down_read(sem)
    inside = 1
    wake_up_all(queue)
    up_read(sem)


"""


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "2.4"])
@pytest.mark.parametrize(("first", "let_in"), [("reads", True), ("writes", False)])
def test_downgrade_lets_readers_in_that_stand_first(first: str, let_in: bool, profile: str) -> None:
    """Not past a writer: who keeps it for reading waits for a reader behind that one for ever."""
    text = SHARED + IN_LINE.format(
        give="downgrade_write", back="up_read(sem)", after=0 if let_in else 2, then=1 if let_in else 3
    )
    text = text.replace(
        "wait_event(queue, state == 1)\n    state = 2",
        f"wait_event(queue, state == {int(let_in)})\n    state = {3 if let_in else 2}",
    )
    found = failing(text, "holds", "writes", "reads", config=on(profile, UP))
    assert any(x.startswith("returns") for x in found) == (not let_in), found
