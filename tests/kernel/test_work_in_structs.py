"""Work items, their timers and tasklets in a struct for each device: static, on a stack, on the heap."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.compile.values import LowerError
from tests.support import module

T = "mykthread"
UP, EACH = "up", "each"
CPUS = {UP: 1, EACH: 8}
VERSIONS = ("2.6.24", "6.12")
JUDGED = ("no_oops", "no_dangling", "no_leak", "returns", "never_sleeps_atomic", "locks_balanced", "irq_safe")

FIELDS = "n=u32, lock=spinlock_t, work=work_struct, late=delayed_work, soon=tasklet_struct"
COUNTS = "spin_lock(d.lock)\nd.n = d.n + 1\nspin_unlock(d.lock)"
ALLOCATES = "d = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))\nif not d:\n    return 0\nspin_lock_init(d.lock)\n"


def text_of(thread: str, handler: str = COUNTS, field: str = "work") -> str:
    """A module whose devices have work, and a thread."""

    def body(text: str) -> str:
        return "".join(f"    {line}\n" for line in text.split("\n"))

    finds = f'd = container_of(w, dev, "{field}")\n'
    return (
        f'dev = struct("dev", {FIELDS})\none = dev()\ntwo = dev()\n\n\n'
        f"def handle(w):\n{body(finds + handler)}\n\ndef fired(data):\n    spin_lock(one.lock)\n    one.n = one.n + 1\n"
        f"    spin_unlock(one.lock)\n\n\ndef {T}(unused):\n{body(thread)}    return 0\n"
    )


def fails(text: str, version: str, cpus: str, **world: object) -> set[str]:
    scenario = Scenario("work", **{"threads": (T,), **world})
    found = explore(module(text), scenario, Config(version, cpus=CPUS[cpus]))
    return {name for name, verdict in found.verdicts.items() if verdict.fails and name in JUDGED}


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_each_device_has_its_own(version: str, cpus: str) -> None:
    """The function finds its device by container_of(); the other's stays as it is."""
    both = (
        "INIT_WORK(one.work, handle)\nINIT_WORK(two.work, handle)\nspin_lock_init(one.lock)\nspin_lock_init(two.lock)\n"
    )
    run = f"{both}schedule_work(two.work)\nflush_scheduled_work()\nBUG_ON(one.n)\nBUG_ON(two.n != 1)"
    assert set() == fails(text_of(run), version, cpus)
    assert {"no_oops"} == fails(text_of(run.replace("flush_scheduled_work()", "pass")), version, cpus)


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "init, start, stop, field",
    [
        ("INIT_WORK(d.work, handle)", "schedule_work(d.work)", "cancel_work_sync(d.work)", "work"),
        ("INIT_WORK(d.work, handle)", "schedule_work(d.work)", "flush_scheduled_work()", "work"),
        (
            "INIT_DELAYED_WORK(d.late, handle)",
            "schedule_delayed_work(d.late, HZ)",
            "cancel_delayed_work_sync(d.late)",
            "late",
        ),
    ],
)
def test_free_while_it_is_pending(version: str, cpus: str, init: str, start: str, stop: str, field: str) -> None:
    """Nobody may free a device whose work is queued or runs."""
    run = f"{ALLOCATES}{init}\n{start}\n{stop}\nkfree(d)"
    assert set() == fails(text_of(run, field=field), version, cpus)
    assert "no_dangling" in fails(text_of(run.replace(stop, "pass"), field=field), version, cpus)


@pytest.mark.parametrize("version", VERSIONS)
def test_cancel_delayed_work_is_not_enough(version: str) -> None:
    """Its function may be on its way: then the device goes under it."""
    stop = "cancel_delayed_work(d.late)"
    run = f"{ALLOCATES}INIT_DELAYED_WORK(d.late, handle)\nschedule_delayed_work(d.late, HZ)\n{stop}\nkfree(d)"
    assert "no_dangling" in fails(text_of(run, field="late"), version, EACH)
    mended = run.replace(stop, f"{stop}\nflush_scheduled_work()")
    assert set() == fails(text_of(mended, field="late"), version, EACH)


@pytest.mark.parametrize("member", ['"late.work"', "late.work", '"late"', "late"])
def test_the_device_of_a_delayed_work(member: str) -> None:
    """It is found as C writes it, and no other part of a field is."""
    run = "INIT_DELAYED_WORK(two.late, handle)\nspin_lock_init(two.lock)\nschedule_delayed_work(two.late, 0)\n"
    text = text_of(f"{run}flush_scheduled_work()\nBUG_ON(two.n != 1)").replace('"work")', f"{member})")
    assert set() == fails(text, "6.12", UP)
    for wrong in ("late.timer", "work.work", "lock.work"):
        with pytest.raises(LowerError, match=f"has no member {wrong}"):
            fails(text.replace(f"dev, {member})", f'dev, "{wrong}")'), "6.12", UP)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_frees_itself(version: str) -> None:
    """A function may free the device that its work item is in, if nobody else does."""
    run = f"{ALLOCATES}INIT_WORK(d.work, handle)\nschedule_work(d.work)"
    assert set() == fails(text_of(run, handler="kfree(d)"), version, EACH)
    again = fails(text_of(run, handler="schedule_work(d.work)\nkfree(d)"), version, EACH)
    assert "no_dangling" in again


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tasklet_in_a_device(version: str) -> None:
    """tasklet_kill() before kfree(), or its function runs on memory that is gone."""
    start = "tasklet_init(d.soon, fired, 0)\ntasklet_schedule(d.soon)\n"
    run = f"spin_lock_init(one.lock)\n{ALLOCATES}{start}tasklet_kill(d.soon)\nkfree(d)"
    assert set() == fails(text_of(run), version, EACH)
    assert "no_dangling" in fails(text_of(run.replace("tasklet_kill(d.soon)", "pass")), version, EACH)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lock_of_the_device(version: str) -> None:
    """cancel_work_sync() under the lock that the function takes; the other device's lock doesn't matter."""
    both = "INIT_WORK(one.work, handle)\nspin_lock_init(one.lock)\nspin_lock_init(two.lock)\n"
    run = f"{both}schedule_work(one.work)\nspin_lock(two.lock)\nspin_unlock(two.lock)\ncancel_work_sync(one.work)"
    assert set() == fails(text_of(run), version, EACH)
    stop = "cancel_work_sync(one.work)"
    held = run.replace(f"spin_unlock(two.lock)\n{stop}", f"{stop}\nspin_unlock(two.lock)")
    assert "never_sleeps_atomic" in fails(text_of(held), version, EACH)


def test_an_interrupt_hands_out_work() -> None:
    """The shape of most drivers: a handler that queues, a device that goes."""
    start = 'INIT_WORK(one.work, handle)\nspin_lock_init(one.lock)\nrequest_irq(11, served, 0, "dev", one)\n'
    handler = "def served(irq, id):\n    schedule_work(one.work)\n    return IRQ_HANDLED\n\n\n"
    calls = [Call("nic", "served", context="irq")]
    ways = ["free_irq(11, one)\ncancel_work_sync(one.work)", "cancel_work_sync(one.work)\nfree_irq(11, one)"]
    for stop, found in zip(ways, (set(), {"no_oops"}), strict=True):
        text = text_of(f"{start}{stop}\none.n = 5\nBUG_ON(one.n != 5)")
        assert found == fails(text.replace(f"def {T}", f"{handler}def {T}"), "6.12", EACH, calls=calls)
