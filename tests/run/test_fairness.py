"""For ever is fair: who can always move moves at last, and what is certain comes; nothing else need ever happen."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, asleep, done, explore
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.search import build, search
from kthreadlab.run.verdict import Verdict
from tests.oracle.programs import program
from tests.support import module

CONFIGS = {
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
BOTH_WAYS = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])
EVERYWHERE = pytest.mark.parametrize("config", CONFIGS)


def verdict(text: str, world: Scenario, config: str, reduce: bool, name: str) -> Verdict:
    found = explore(module(text), world, CONFIGS[config], reduce=reduce)
    assert found.complete
    return found.verdicts[name]


TURNER = """
gate = DEFINE_SPINLOCK()
flag = u8(0)


def turn(unused):
    global flag
    while True:
        flag ^= 1


def look(unused):
    while True:
        spin_lock(gate)
        while flag:
            barrier()
        spin_unlock(gate)


def pass_by():
    {}
"""


@BOTH_WAYS
def test_who_can_always_move_moves_at_last(reduce: bool) -> None:
    """Two threads that turn for ever keep nobody from returning."""

    world = Scenario("turns", threads=["turn", "look"], calls=[Call("p", "pass_by")])
    assert "holds" == verdict(TURNER.format("barrier()"), world, "each", reduce, "returns").verdict


@BOTH_WAYS
def test_a_part_of_an_unfair_cycle_may_be_fair(reduce: bool) -> None:
    """All round there are moments in which the lock is free; but one may look at the flag whenever it is set, and then
    the lock is never free again."""

    world = Scenario("turns", threads=["turn", "look"], calls=[Call("p", "pass_by")])
    found = verdict(TURNER.format("spin_lock(gate)\n    spin_unlock(gate)"), world, "each", reduce, "returns")
    assert ("fails", "cycle") == (found.verdict, found.finding.kind)


SLEEPER = """
ready = DECLARE_COMPLETION()
n = u8(0)


def turn(unused):
    while True:
        barrier()


def tell():
    complete(ready)


def wait():
    wait_for_completion(ready)
"""


@BOTH_WAYS
@EVERYWHERE
@pytest.mark.parametrize("certain", [True, False], ids=["certain", "not certain"])
def test_what_is_certain_comes_while_others_turn(config: str, reduce: bool, certain: bool) -> None:
    """Also where a thread goes round for ever meanwhile; a moment that has come to stay is as good as any."""

    tell = Call("q", "tell", when=done("p"), certain=certain)
    text = SLEEPER + "\n\ndef begin():\n    barrier()\n"
    world = Scenario("turns", threads=["turn"], calls=[Call("p", "begin"), tell, Call("r", "wait", certain=True)])
    assert "holds" == verdict(text, world, config, reduce, "returns").verdict
    report = Scenario(
        "report", threads=["turn", "serve"], report="post", calls=[Call("p", "post", 1, certain=True), tell]
    )
    found = verdict(text + POST, report, config, reduce, "delivered")
    assert ("holds" if certain else "fails") == found.verdict


POST = """

def serve(unused):
    wait_for_completion(ready)
    text = char_array(16)
    sprintf(text, "N=%u", n)
    argv = ["/bin/serve", NULL]
    envp = [text, NULL]
    call_usermodehelper("/bin/serve", argv, envp, 0)
    return 0


def post(number: u32):
    global n
    n = number
"""


@BOTH_WAYS
@EVERYWHERE
def test_a_moment_that_passes_may_be_missed_for_ever(config: str, reduce: bool) -> None:
    """Who comes only while another sleeps need not come if that one wakes again and again."""

    text = """
ready = DECLARE_COMPLETION()
bell = DECLARE_WAIT_QUEUE_HEAD()
n = u8(0)


def nap(unused):
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        schedule_timeout(1)


def tell():
    complete(ready)


def wait():
    wait_for_completion(ready)
"""
    calls = [Call("q", "tell", when=asleep("nap"), certain=True), Call("r", "wait", certain=True)]
    found = explore(module(text), Scenario("nap", threads=["nap"], calls=calls), CONFIGS[config], reduce=reduce)
    assert "fails" == found.verdicts["returns"].verdict


@BOTH_WAYS
@EVERYWHERE
def test_a_fault_is_no_rest(config: str, reduce: bool) -> None:
    """Who has nothing left but to run into it does not rest before it: what is owed then follows from the fault."""

    text = SLEEPER + POST.replace('    argv = ["/bin/serve", NULL]', '    BUG()\n    argv = ["/bin/serve", NULL]')
    calls = [Call("p", "post", 1), Call("q", "tell", certain=True)]
    found = verdict(text, Scenario("bug", threads=["serve"], report="post", calls=calls), config, reduce, "delivered")
    assert ("follows", "no_oops") == (found.verdict, found.root)


@BOTH_WAYS
@EVERYWHERE
def test_what_comes_after_an_end_that_nobody_asked_for_follows_from_it(config: str, reduce: bool) -> None:
    """Also a report that comes much later."""

    text = SLEEPER + POST.replace("    wait_for_completion(ready)", "    return 1")
    calls = [Call("p", "post", 1, when=done("serve"))]
    world = Scenario("gone", threads=["serve"], report="post", calls=calls, stays=True)
    found = verdict(text, world, config, reduce, "delivered")
    assert ("follows", "sleeps_when_idle") == (found.verdict, found.root)


def test_what_is_fair_inside_any_states_lies_in_what_is_fair_at_all() -> None:
    """It is looked for there alone, and is what it would be if it were looked for everywhere."""
    fair = 0
    for seed in (2, 5, 19, 39, 51, 67):
        p = program(seed)
        a = Analysis(search(build(p.module, p.scenario, p.config, reduce=False), 10**6))
        for paths in (a.paths, a.arriving):
            assert paths.lasting == sorted(x for part in a.paths.parts for x in paths._look_for_fair(part))
            for modulus in (2, 3, 7):
                within = [n for n in paths.cyclic() if n % modulus]
                every = sorted(x for part in paths.components(within) for x in paths._look_for_fair(part))
                assert paths.fair_components(within) == every
                fair += len(every)
    assert fair
