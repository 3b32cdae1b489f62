"""A loop that calls nothing and looks at nothing shared is a verdict, wherever it stands and whoever is in it."""

from __future__ import annotations

import re
from itertools import count

import pytest

import kthreadlab
from kthreadlab import Call, Config, Scenario, Signal, Thread, explore, replay
from kthreadlab.checks.labs import shown
from kthreadlab.front.cli import main
from kthreadlab.lang.profile import PROFILES
from kthreadlab.run.outcomes import outcomes
from kthreadlab.run.search import build, search
from kthreadlab.show.page import page_html
from tests.machine.drive import fitting
from tests.support import module, submission

LOOPS = {
    "nothing": ["while True:", "    pass"],
    "a_count": ["for turn in range(20000):", "    pass"],
    "a_variable_that_counts": ["turn = u32(0)", "while turn < 20000:", "    turn += 1"],
    "one_in_another": ["while True:", "    for turn in range(3):", "        pass"],
    "a_break_that_never_comes": ["while True:", "    if 1 > 2:", "        break"],
    "a_condition_of_its_own": ["while always():", "    pass"],
    "continue": ["while True:", "    continue"],
}
WORLD = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
word = u32(0)
alarm = timer_list()


def always():
    return 1


def in_a_function_of_its_own():
    pass


def in_a_timer_function(data):
    global word
    word = 1
    pass


def in_a_report(id: u32):
    global word
    word = id
    wake_up_interruptible(queue)
    pass


def in_another_thread(unused):
    schedule()
    pass


def mykthread(unused):
    global word
    pass  # at_once
    daemonize("mykthread")
    pass  # as_a_daemon
    set_current_state(TASK_INTERRUPTIBLE)
    schedule_timeout(3)
    pass  # after_a_sleep
    setup_timer(alarm, in_a_timer_function, 0)
    mod_timer(alarm, jiffies + 3)
    spin_lock(lock)
    word = 2
    pass  # under_a_lock
    spin_unlock(lock)
    seen = word
    pass  # behind_a_load
    local_irq_disable()
    pass  # with_interrupts_off
    local_irq_enable()
    in_a_function_of_its_own()
    interruptible_sleep_on(queue)
    if seen:
        pass  # in_one_arm
        schedule()
    return 0
"""
IN_A_FUNCTION = ("in_a_function_of_its_own", "in_a_timer_function", "in_a_report", "in_another_thread")
PLACES = (
    *IN_A_FUNCTION,
    *("at_once", "as_a_daemon", "after_a_sleep", "under_a_lock", "behind_a_load", "with_interrupts_off", "in_one_arm"),
)
CONFIGS = [
    Config(profile, cpus=cpus, preempt=preempt)
    for profile in PROFILES
    for cpus in (1, 2, 8)
    for preempt in (False, True)
    if not (preempt and profile == "2.4")
]


def placed(place: str, loop: str) -> tuple[str, int]:
    """`WORLD` with *loop* at *place*, and the line at which the loop begins."""
    lines = WORLD.splitlines()
    if place in IN_A_FUNCTION:
        at = next(
            n for n in count(lines.index(next(x for x in lines if x.startswith(f"def {place}")))) if "pass" in lines[n]
        )
    else:
        at = next(n for n, line in enumerate(lines) if line.endswith(f"# {place}"))
    indent = " " * (len(lines[at]) - len(lines[at].lstrip()))
    body = LOOPS[loop]
    head = next(n for n, line in enumerate(body) if line.startswith(("while", "for")))
    return "\n".join([*lines[:at], *(indent + line for line in body), *lines[at + 1 :], ""]), at + head + 1


CASES = [
    pytest.param(
        place, loop, CONFIGS[(5 * n + 3 * k) % len(CONFIGS)], ("process", "irq")[(n + k) % 2], id=f"{place}-{loop}"
    )
    for n, place in enumerate(PLACES)
    for k, loop in enumerate(LOOPS)
    if (n + k) % 3 == 0
]
"""Each place with some of the loops, each time in another version of the kernel and on other CPUs."""


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize(("place", "loop", "config", "context"), CASES)
def test_a_loop_is_found_and_shown_at_its_line(place, loop, config, context, reduce) -> None:
    """`sleeps_when_idle` fails, the sentence names the line, and the witness ends there when it is played again."""

    text, line = placed(place, loop)
    made, config = module(text), fitting(text, config)
    scenario = Scenario(
        "endless",
        threads=[Thread("mykthread"), Thread("in_another_thread")],
        calls=[Call("sensor", "in_a_report", 7, context=context)],
        signals=[Signal("mykthread", "SIGKILL")],
    )
    found = explore(made, scenario, config, ["sleeps_when_idle"], reduce=reduce)
    verdict = found.verdicts["sleeps_when_idle"]
    sentence, witness = shown(found, verdict)
    last = replay(made, scenario, config, witness).events[-1]

    assert (False, "endless_loop") == (verdict.holds, verdict.cause)
    assert ("fault", "endless_loop", line) == (last.op, last.outcome, last.line)
    assert f"stuck in a loop at line {line}:" in sentence


def test_the_sentence_names_whoever_is_in_the_loop() -> None:
    """An interrupt's loop is not the thread's."""

    text, _ = placed("in_a_report", "nothing")
    scenario = Scenario("one", threads=["mykthread"], calls=[Call("nic", "in_a_report", 7, context="irq")])
    found = explore(module(text), scenario, Config("2.6.24"), ["sleeps_when_idle"])

    assert shown(found, found.verdicts["sleeps_when_idle"])[0].startswith("The nic interrupt is stuck in a loop")


# ---- a loop that was met before --------------------------------------------------------------------------------------


def test_a_loop_met_before_is_not_met_by_who_cannot_move() -> None:
    """While a reporter has the only CPU the thread is in no loop: what fails can be played again."""

    text = "word = u32(0)\n\n\ndef report(id: u32):\n    global word\n    word = id\n    word = 0\n\n\n"
    text += "def mykthread(unused):\n    while True:\n        pass\n"
    scenario = Scenario("one", threads=["mykthread"], calls=[Call("sensor", "report", 7)])
    graph = search(build(module(text), scenario, Config(), reduce=False))
    current = graph.machine.index["cur.0"]

    assert {-1} == {graph.states[fault.source][current] for fault in graph.faults}


def test_a_loop_met_before_is_not_met_with_other_data() -> None:
    """What was loaded just before it decides whether it ends."""

    text = "word = u32(0)\n\n\ndef report():\n    global word\n    word = 1\n\n\n"
    text += "def mykthread(unused):\n    seen = word\n    while seen == 0:\n        pass\n    return 5\n"
    scenario = Scenario("one", threads=["mykthread"], calls=[Call("sensor", "report")])
    found = outcomes(module(text), scenario, Config(cpus=8))

    assert {("fault", None), ("exited", 5)} == {(o.ending, o.code) for o in found}


@pytest.mark.parametrize("reduce", [True, False])
def test_an_operation_begins_the_count_anew(reduce) -> None:
    """Two loops of 6,000 turns with an operation between them are none of 12,000."""

    body = ["for a in range(6000):", "    pass", "word = 1", "for b in range(6000):", "    pass", "return 5"]
    text = "word = u32(0)\n\n\ndef mykthread(unused):\n    global word\n    word = 3\n" + "".join(
        f"    {x}\n" for x in body
    )
    verdict = explore(module(text), Scenario("one", threads=["mykthread"]), Config(), reduce=reduce).verdicts

    assert verdict["sleeps_when_idle"].cause != "endless_loop"


@pytest.mark.parametrize("reduce", [True, False])
def test_a_loop_with_an_operation_on_each_way_round_is_no_local_one(reduce) -> None:
    """It is busy, not stuck in itself, although nobody else can see those operations."""

    body = ["while True:", "    if way:", "        pair[0] = 1", "    else:", "        pair[1] = 1"]
    text = "def mykthread(unused):\n    pair = [0, 0]\n    pair[1] = 0\n    way = 0\n" + "".join(
        f"    {x}\n" for x in body
    )
    verdict = explore(module(text), Scenario("one", threads=["mykthread"]), Config(), reduce=reduce).verdicts

    assert "busy_loop" == verdict["sleeps_when_idle"].cause


# ---- the labs --------------------------------------------------------------------------------------------------------

DATA = "myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()\nmyevent_lock = DEFINE_RWLOCK()\nmyevent_id = u32(0)\n\n\n"
THREADS = {
    "turns_at_once": ["while True:", "    pass"],
    "turns_as_a_daemon": ['daemonize("mykthread")', "while True:", "    pass"],
    "turns_after_yielding": ["schedule()", "while True:", "    pass"],
    "counts_to_30000": ["turn = u32(0)", "while turn < 30000:", "    turn += 1", "return 0"],
    "counts_in_two_loops": ["for a in range(300):", "    for b in range(300):", "        pass", "return 0"],
}


@pytest.mark.parametrize("name", THREADS)
def test_a_thread_that_never_comes_to_an_operation_gets_a_report(name, tmp_path, capsys) -> None:
    """By the command: status 1, the sentence with the line, and a witness that replays, as a page too."""

    body = THREADS[name]
    answer = tmp_path / "answer.py"
    answer.write_text(DATA + "def mykthread(unused):\n" + "".join(f"    {line}\n" for line in body))
    line = 7 + next(n for n, x in enumerate(body) if x.startswith(("while", "for")))

    assert 1 == main(["check", "lab2", str(answer)])
    report = capsys.readouterr().out
    assert re.search(r"✗ fails +0/\d+ +sleeps_when_idle", report)
    assert f"mykthread is stuck in a loop at line {line}:" in " ".join(report.split())
    schedule = report.rpartition("again")[2].partition("'")[2].partition("'")[0]
    assert 0 == main(["replay", "lab2", str(answer), schedule])
    assert "is stuck in a loop" in " ".join(capsys.readouterr().out.split())
    assert 0 == main(["replay", "lab2", str(answer), schedule, "--html", str(tmp_path / "page.html")])
    assert 1 == main(["explore", str(answer)])
    assert 0 == main(["ps", str(answer)])


def with_loop(text: str, n: int) -> str | None:
    """An answer with an endless loop before statement number *n* of its functions; None if it has no so many."""
    lines = text.splitlines()
    begins = next(k for k, line in enumerate(lines) if line.startswith("def "))
    statements = [
        k
        for k, line in enumerate(lines)
        if k > begins and line.startswith("    ") and not line.lstrip().startswith(("#", "global", "else", "elif"))
    ]
    if n >= len(statements):
        return None
    at = statements[n]
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "\n".join([*lines[:at], f"{indent}while True:", f"{indent}    pass", *lines[at:], ""])


REFERENCES = ("lab2/right/reference", "lab5/right/reference", "lab6/right/reference")


@pytest.mark.parametrize("name", REFERENCES)
def test_no_place_of_a_loop_in_an_answer_is_an_error_of_ours(name) -> None:
    """Every fifth statement of the reference: something fails, everything that fails has its story, nothing of the
    engine's own goes wrong (under pytest it would be raised), and the report is drawn."""

    s = submission(name)
    for n in count(0, 5):
        text = with_loop(s.text, n)
        if text is None:
            break
        report = kthreadlab.check(s.lab, kthreadlab.load(text, name="mykthread"))
        failing = [p for p in report.properties.values() if p.holds is False]
        assert ("", "") == (report.problem, report.bug)
        assert failing
        assert report.points < report.max_points
        assert [] == [p.name for p in failing if not p.story]
        assert "is stuck in a loop" in page_html(report.trace(failing[0].name))
