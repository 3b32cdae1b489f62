"""What is told of a task's local variables is what the program then does with them."""

import re

import kthreadlab
from kthreadlab.compile.config import Config
from kthreadlab.machine.scenario import Scenario
from kthreadlab.run.replay import replay
from kthreadlab.run.schedule import Schedule
from tests.support import SUBMISSIONS, module

CALL = re.compile(r"(\w+)\((.*)\)$")
STORE = re.compile(r"^ *(\w+) = (\w+)$")
ANSWERS = (
    "lab2/wrong/ignores_the_same_id.py",
    "lab5/wrong/leaks_the_second_buffer.py",
    "lab6/wrong/ignores_the_same_id.py",
)
PROGRAM = """
out = u32(0)
other = u32(0)

def twice(x: u32):
    global out
    y = x * 2
    out = x
    out = y
    return y

def mykthread(unused):
    global out, other
    daemonize("mykthread")
    n = u32(3)
    while n > 0:
        x = twice(n)
        out = x
        other = n
        n -= 1
    buffer = kmalloc(32, GFP_KERNEL)
    snprintf(buffer, 32, "%u", n)
    kfree(buffer)
    return 0
"""


def used(trace):
    """Each local variable that an event takes as it is: its name, what was told of it before, and what the event says
    that it was."""
    for event in trace.events:
        before = dict(trace.views[event.step].locals.get(event.task, ()))
        line = "".join(trace.source.get(event.file, "").splitlines()[event.line - 1 : event.line])
        call, store = CALL.search(line), STORE.match(line)
        if call and call[1] == event.op:
            for name, given in zip(re.split(", *", call[2]), event.args, strict=False):
                if name in before and not before[name].startswith("{"):
                    yield name, before[name], str(given)
        if store and event.op == "store" and store[2] in before and store[1] == str(event.args[0]):
            yield store[2], before[store[2]], str(event.detail("value"))


def test_what_is_told_of_a_variable_is_what_a_call_is_given():
    """In every witness of some wrong answers."""

    told = []
    for path in ANSWERS:
        report = kthreadlab.check(path.partition("/")[0], kthreadlab.load(SUBMISSIONS / path))
        for result in report.properties.values():
            if result.witness:
                told += used(report.trace(result.name))

    assert [] == [each for each in told if each[1] != each[2]]
    assert {"buffer"} <= {name for name, *_ in told}


def test_numbers_in_loops_and_in_functions_of_ones_own_are_told():
    """Each is what is then stored; of two variables of one name it is the inner one's that is meant."""

    trace = replay(module(PROGRAM), Scenario("alone", threads=("mykthread",)), Config(), Schedule(("mykthread",) * 17))
    told = list(used(trace))

    assert [] == [each for each in told if each[1] != each[2]]
    stored = [(name, value) for name, value, _ in told if name != "buffer"]
    assert [("x", n) for n in "321"] == stored[0::4]
    assert [(name, n) for n in "642" for name in "yx"] == [each for i, each in enumerate(stored) if i % 4 in (1, 2)]
    assert [("n", n) for n in "321"] == stored[3::4]


def test_whoever_has_ended_has_no_variables():
    """Nor whoever has not begun."""

    trace = replay(module(PROGRAM), Scenario("alone", threads=("mykthread",)), Config(), Schedule(("mykthread",) * 17))

    assert () == trace.views[len(trace.steps)].locals["mykthread"]
