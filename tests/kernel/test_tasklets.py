"""Tasklets: each rule with the program that breaks it, and that program mended."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Scenario, explore
from tests.support import module

T = "mykthread"
UP, EACH = "up", "each"
CPUS = {UP: 1, EACH: 8}
VERSIONS = ("2.4", "2.6.11", "2.6.32", "6.12")
JUDGED = (
    "no_oops", "no_dangling", "returns", "never_sleeps_atomic", "locks_balanced", "irq_safe", "sleeps_when_idle",
)  # fmt: skip


def text_of(version: str, *, function: str = "n = n + 1", thread: str, make: str = "DECLARE_TASKLET") -> str:
    """A module with one tasklet and a thread."""
    data = "" if version == "6.12" else ", 0"

    def body(text: str) -> str:
        return "".join(f"    {line}\n" for line in text.split("\n"))

    return (
        f"n = u32(0)\nlock = DEFINE_SPINLOCK()\nt = {make}(run{data})\n\n\n"
        f"def run(x):\n    global n\n{body(function)}\n\ndef {T}(unused):\n    global n\n{body(thread)}    return 0\n"
    )


def fails(text: str, version: str, cpus: str, **world: object) -> set[str]:
    scenario = Scenario("tasklet", **{"threads": (T,), **world})
    found = explore(module(text), scenario, Config(version, cpus=CPUS[cpus]))
    return {name for name, verdict in found.verdicts.items() if verdict.fails and name in JUDGED}


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_kill_waits_for_the_function(version: str, cpus: str) -> None:
    """Scheduled twice it runs once; after tasklet_kill() it has run, and does not run."""
    guarded = "BUG_ON(n == 5)\nn = n + 1"
    twice = "spin_lock_bh(lock)\ntasklet_schedule(t)\ntasklet_hi_schedule(t)\nspin_unlock_bh(lock)\n"
    once = "n != 1" if cpus == UP else "n == 0"
    text = text_of(version, function=guarded, thread=f"{twice}tasklet_kill(t)\nBUG_ON({once})\nn = 5")
    assert set() == fails(text, version, cpus)
    assert {"no_oops"} == fails(text.replace("tasklet_kill(t)", "pass"), version, cpus)
    for call in ("tasklet_schedule(t)", "tasklet_hi_schedule(t)"):
        text = text_of(version, thread=f"{call}\ntasklet_kill(t)\nBUG_ON(n == 0)")
        assert set() == fails(text, version, cpus)
        assert {"no_oops"} == fails(text.replace(call, "pass"), version, cpus)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_never_runs_twice_at_once(version: str) -> None:
    """Unlike two interrupts, it needs no lock against itself."""
    function = "n = n + 1\nBUG_ON(n == 2)\nn = n - 1"
    text = text_of(version, function=function, thread="tasklet_schedule(t)\ntasklet_schedule(t)")
    assert set() == fails(text, version, EACH)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_kills_one_that_schedules_itself(version: str) -> None:
    """On its CPU it never gets on: whenever it looks, the tasklet is scheduled."""
    again = "BUG_ON(n == 5)\ntasklet_schedule(t)"
    text = text_of(version, function=again, thread="tasklet_schedule(t)\ntasklet_kill(t)\nn = 5")
    for cpus in CPUS:
        assert {"sleeps_when_idle"} == fails(text, version, cpus)


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_disabled_does_not_run(version: str, cpus: str) -> None:
    """tasklet_disable() waits for the function, tasklet_disable_nosync() does not; enabled again it runs."""
    off = "tasklet_schedule(t)\ntasklet_disable(t)\nn = 5\nn = 0\ntasklet_enable(t)"
    text = text_of(version, function="BUG_ON(n == 5)", thread=off)
    assert set() == fails(text, version, cpus)
    hasty = text.replace("tasklet_disable(t)", "tasklet_disable_nosync(t)")
    assert (set() if cpus == UP else {"no_oops"}) == fails(hasty, version, cpus)
    nothing = text.replace("    tasklet_disable(t)\n", "").replace("    tasklet_enable(t)\n", "")
    assert {"no_oops"} == fails(nothing, version, cpus)
    on = "tasklet_schedule(t)\ntasklet_enable(t)\ntasklet_kill(t)"
    late = text_of(version, make="DECLARE_TASKLET_DISABLED", thread=on)
    assert set() == fails(late, version, cpus)
    assert fails(late.replace("tasklet_enable(t)", "pass"), version, cpus) & {"returns", "sleeps_when_idle"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lock_that_the_function_takes(version: str) -> None:
    """With bottom halves on, it spins on top of its holder; who waits for it with the lock held turns for ever."""
    function = "spin_lock(lock)\nspin_unlock(lock)"
    bare = "tasklet_schedule(t)\nspin_lock(lock)\nspin_unlock(lock)"
    assert "irq_safe" in fails(text_of(version, function=function, thread=bare), version, EACH)
    safe = bare.replace("lock(lock)", "lock_bh(lock)")
    assert set() == fails(text_of(version, function=function, thread=safe), version, EACH)
    held = "tasklet_schedule(t)\nspin_lock_bh(lock)\ntasklet_disable(t)\nspin_unlock_bh(lock)"
    assert fails(text_of(version, function=function, thread=held), version, EACH) & {"irq_safe", "sleeps_when_idle"}


@pytest.mark.parametrize("version", VERSIONS)
def test_bad_use(version: str) -> None:
    """It sleeps; it is killed in itself; made anew while it is scheduled; never made ready; enabled too often."""
    assert "never_sleeps_atomic" in fails(
        text_of(version, function="schedule()", thread="tasklet_schedule(t)"), version, UP
    )
    assert "never_sleeps_atomic" in fails(
        text_of(version, function="tasklet_kill(t)", thread="tasklet_schedule(t)"), version, UP
    )
    anew = text_of(version, thread="tasklet_schedule(t)\ntasklet_init(t, run, 0)")
    assert {"no_dangling"} == fails(anew, version, EACH)
    raw = text_of(version, thread="own = tasklet_struct()\ntasklet_schedule(own)")
    assert {"no_oops"} == fails(raw, version, UP)
    gone = text_of(version, thread="own = tasklet_struct()\ntasklet_init(own, run, 0)\ntasklet_schedule(own)")
    assert {"no_dangling"} == fails(gone, version, UP)
    killed = gone.replace("tasklet_schedule(own)", "tasklet_schedule(own)\n    tasklet_kill(own)")
    assert set() == fails(killed, version, UP)
    assert {"no_oops"} == fails(text_of(version, thread="tasklet_enable(t)"), version, UP)


def test_setup_gives_the_tasklet() -> None:
    """And tasklet_init() a number."""
    for make, given in (("tasklet_setup(t, run)", "t"), ("tasklet_init(t, run, 7)", "7")):
        thread = f"{make}\ntasklet_schedule(t)\ntasklet_kill(t)\nBUG_ON(n != 1)"
        assert set() == fails(text_of("6.12", function=f"if x == {given}:\n    n = 1", thread=thread), "6.12", UP)
