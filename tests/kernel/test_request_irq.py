"""Handlers of interrupts: each rule with the program that breaks it, and that program mended."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore, load
from kthreadlab.compile.values import LowerError
from kthreadlab.run.search import build, search
from kthreadlab.run.view import Viewer
from tests.support import module

T = "mykthread"
UP, EACH = "up", "each"
CPUS = {UP: 1, EACH: 8}
VERSIONS = ("2.4", "2.6.11", "2.6.32", "6.12")
JUDGED = (
    "no_oops", "no_dangling", "returns", "never_sleeps_atomic", "locks_balanced", "irq_safe", "sleeps_when_idle",
)  # fmt: skip
NIC = Call("nic", "served", context="irq")


def text_of(version: str, *, handler: str = "n = n + 1", thread: str) -> str:
    """A module with one handler and a thread."""
    regs = ", regs" if version in ("2.4", "2.6.11") else ""

    def body(text: str) -> str:
        return "".join(f"    {line}\n" for line in text.split("\n"))

    return (
        f"n = u32(0)\nmine = u32(0)\nlock = DEFINE_SPINLOCK()\nother = array(u8, 1)\ndev = array(u8, 1)\n\n\n"
        f"def served(irq, id{regs}):\n    global n\n{body(handler)}    return IRQ_HANDLED\n\n\n"
        f"def {T}(unused):\n    global n\n{body(thread)}    return 0\n"
    )


def fails(text: str, version: str, cpus: str, *calls: Call) -> set[str]:
    scenario = Scenario("irq", threads=(T,), calls=calls or (NIC,))
    found = explore(module(text), scenario, Config(version, cpus=CPUS[cpus]))
    return {name for name, verdict in found.verdicts.items() if verdict.fails and name in JUDGED}


def shared(version: str) -> str:
    return "SA_SHIRQ" if version in ("2.4", "2.6.11") else "IRQF_SHARED"


ASK = 'request_irq(11, served, 0, "nic", dev)'


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_it_comes_while_it_is_registered(version: str, cpus: str) -> None:
    """Not before request_irq(), not after free_irq(); and it is given the line and dev."""
    told = "BUG_ON(irq != 11)\nBUG_ON(id != dev)\nBUG_ON(n == 5)"
    text = text_of(version, handler=told, thread=f"n = 5\nn = 0\n{ASK}\nn = 0\nfree_irq(11, dev)\nn = 5")
    assert set() == fails(text, version, cpus)
    for call in ("free_irq(11, dev)", "free_irq(11, other)", "free_irq(12, dev)"):
        assert (set() if call == "free_irq(11, dev)" else {"no_oops"}) == fails(
            text.replace("free_irq(11, dev)", call), version, cpus
        )
    assert {"no_oops"} == fails(text.replace("    free_irq(11, dev)\n", ""), version, cpus)
    comes = text_of(version, handler="BUG()", thread=ASK)
    assert {"no_oops"} == fails(comes, version, cpus)
    assert set() == fails(text_of(version, handler="BUG()", thread=f"if n:\n    {ASK}"), version, cpus)


@pytest.mark.parametrize("cpus", CPUS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_line_that_is_disabled(version: str, cpus: str) -> None:
    """No interrupt comes; disable_irq() waits for its handler, disable_irq_nosync() does not; it nests."""
    off = f"{ASK}\ndisable_irq(11)\nn = 5\nn = 0\nenable_irq(11)"
    text = text_of(version, handler="spin_lock(lock)\nspin_unlock(lock)\nBUG_ON(n == 5)", thread=off)
    assert set() == fails(text, version, cpus)
    hasty = text.replace("disable_irq(11)", "disable_irq_nosync(11)")
    assert (set() if cpus == UP else {"no_oops"}) == fails(hasty, version, cpus)
    waited = hasty.replace("disable_irq_nosync(11)", "disable_irq_nosync(11)\n    synchronize_irq(11)")
    assert set() == fails(waited, version, cpus)
    assert {"no_oops"} == fails(text.replace("disable_irq(11)", "disable_irq(12)"), version, cpus)
    once = text.replace("disable_irq(11)", "disable_irq(11)\n    disable_irq(11)\n    enable_irq(11)")
    assert set() == fails(once, version, cpus)
    early = text.replace("disable_irq(11)", "disable_irq(11)\n    enable_irq(11)")
    assert {"no_oops"} == fails(early, version, cpus)
    comes = text_of(version, handler="BUG()", thread=f"{ASK}\ndisable_irq(11)\nenable_irq(11)")
    assert {"no_oops"} == fails(comes, version, cpus)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_has_the_line(version: str) -> None:
    """One, or several that share it and can be told apart."""
    both = 'a = request_irq(11, served, {0}, "nic", dev)\nb = request_irq(11, served, {1}, "nic", other)\n'
    way = shared(version)
    for one, two, result in (("0", "0", -16), (way, "0", -16), ("0", way, -16), (way, way, 0)):
        text = text_of(version, thread=f"{both.format(one, two)}BUG_ON(a)\nBUG_ON(b != {result})\nfree_irq(11, dev)")
        assert set() == fails(text, version, UP)
    text = text_of(version, thread=f'a = request_irq(11, served, {way}, "nic", NULL)\nBUG_ON(a != -22)')
    assert set() == fails(text, version, UP)


@pytest.mark.parametrize("version", VERSIONS)
def test_waiting_with_a_lock_that_the_handler_takes(version: str) -> None:
    """It turns for ever; so does a handler that disables its own line, where there is another CPU."""
    takes = "spin_lock(lock)\nspin_unlock(lock)"
    for call in ("free_irq(11, dev)", "disable_irq(11)", "synchronize_irq(11)"):
        held = f"{ASK}\nspin_lock_irq(lock)\n{call}\nspin_unlock_irq(lock)"
        stuck = fails(text_of(version, handler=takes, thread=held), version, EACH)
        assert stuck & {"irq_safe", "returns", "sleeps_when_idle"}
        free = f"{ASK}\nspin_lock_irq(lock)\nspin_unlock_irq(lock)\n{call}"
        assert set() == fails(text_of(version, handler=takes, thread=free), version, EACH)
    own = text_of(version, handler="disable_irq(11)", thread=ASK)
    assert "irq_safe" in fails(own, version, EACH)
    assert set() == fails(own.replace("disable_irq(11)", "disable_irq_nosync(11)"), version, EACH)


def test_which_line_is_meant() -> None:
    """A handler of two lines: the world says which; else it is refused."""
    two = text_of("6.12", handler="BUG_ON(irq == 12)", thread=f"{ASK}\n{ASK.replace('11', '12')}")
    assert set() == fails(two, "6.12", UP, Call("nic", "served", 11, context="irq"))
    assert {"no_oops"} == fails(two, "6.12", UP, Call("nic", "served", 12, context="irq"))
    with pytest.raises(LowerError, match="a line that nobody knows"):
        fails(two, "6.12", UP)


def test_a_handler_takes_what_it_is_given() -> None:
    """Two or three arguments, by the version."""
    with pytest.raises(LowerError, match="takes 2 arguments, and Linux 2.6.11 gives it 3"):
        fails(text_of("6.12", thread=ASK), "2.6.11", UP)
    wrong = text_of("6.12", thread=ASK).replace("served(irq, id)", "served(irq)")
    assert "takes 1 argument, and request_irq" in load(wrong).diagnostics[0].message


def test_who_waits_for_a_handler_is_shown() -> None:
    """In every state of a machine in which somebody does."""
    text = text_of("6.12", handler="spin_lock(lock)\nspin_unlock(lock)", thread=f"{ASK}\nfree_irq(11, dev)")
    graph = search(build(module(text), Scenario("irq", threads=(T,), calls=(NIC,)), Config("6.12", cpus=8)), 1000)
    viewer = Viewer(graph.machine)
    shown = {task.waiting_for for s in graph.states for task in viewer.view(s).tasks}
    assert "an interrupt's handler" in shown
