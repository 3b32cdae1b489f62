"""Wait-queue entries against the lists of include/linux/list.h, pointer by pointer: random programs of one thread.

The model has nodes with two pointers and does what each call does to them in C.  It knows nothing of the machine, which
keeps queues as tuples and mostly knows an entry's links from the program's text.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import Config, Scenario, explore
from tests.machine.drive import drive, fault
from tests.support import module

POISON = "poison"
MAKES = {"DECLARE_WAITQUEUE(current)": None, "DEFINE_WAIT()": "self", "wait_queue_t()": None}


class Oops(Exception):
    """A pointer that leads nowhere is followed: *args* say where it leads."""


class Torn(Exception):
    """Links are overwritten that a list still needs: what comes then is not compared."""


class Node:
    def __init__(self, links: str | None = "self") -> None:
        self.exclusive, self.queued = False, False
        self.next = self.prev = self if links else None

    @property
    def empty(self) -> bool:
        return self.next is self


def insert(new: Node, before: Node, behind: Node) -> None:
    if new.queued:
        raise Torn
    behind.prev = before.next = new
    new.next, new.prev, new.queued = behind, before, True


def delete(node: Node) -> None:
    for beside in (node.next, node.prev):
        if not isinstance(beside, Node):
            raise Oops(beside)
    node.next.prev, node.prev.next, node.queued = node.prev, node.next, False


def add(q: Node, w: Node, exclusive: bool) -> None:
    w.exclusive = exclusive
    if exclusive:
        insert(w, q.prev, q)
    else:
        insert(w, q, q.next)


def remove(q: Node, w: Node) -> None:
    delete(w)
    w.next = w.prev = POISON


def prepare(q: Node, w: Node, exclusive: bool) -> None:
    w.exclusive = exclusive
    if w.empty:
        add(q, w, exclusive)


def finish(q: Node, w: Node) -> None:
    if not w.empty:
        delete(w)
        w.next = w.prev = w


def make_ready(q: Node, w: Node) -> None:
    w.exclusive = False


def make_anew(q: Node, w: Node) -> None:
    if w.queued:
        raise Torn
    w.__init__()


CALLS = {
    "add_wait_queue(q{q}, w{w})": lambda q, w: add(q, w, False),
    "add_wait_queue_exclusive(q{q}, w{w})": lambda q, w: add(q, w, True),
    "remove_wait_queue(q{q}, w{w})": remove,
    "prepare_to_wait(q{q}, w{w}, 1)": lambda q, w: prepare(q, w, False),
    "prepare_to_wait_exclusive(q{q}, w{w}, 1)": lambda q, w: prepare(q, w, True),
    "finish_wait(q{q}, w{w})": finish,
    "init_waitqueue_entry(w{w}, current)": make_ready,
    "init_wait(w{w})": make_anew,
}
STEP = st.tuples(st.sampled_from(list(CALLS)), st.sampled_from((0, 0, 0, 1)), st.sampled_from((0, 0, 1)))
PART = st.tuples(
    st.sampled_from(["", "", "", "if f0:", "if f1:", "for n in range(2):"]), st.lists(STEP, min_size=1, max_size=3)
)
PROGRAM = st.tuples(st.tuples(*[st.sampled_from(list(MAKES))] * 2), st.lists(PART, min_size=1, max_size=5))
TURNS = {"": 1, "if f0:": 0, "if f1:": 1, "for n in range(2):": 2}


def source(makes: tuple[str, str], parts: list[tuple]) -> str:
    out = ["q0 = DECLARE_WAIT_QUEUE_HEAD()", "q1 = DECLARE_WAIT_QUEUE_HEAD()", "f0 = u8(0)", "f1 = u8(1)", ""]
    out += [
        "def touch():",
        "    global f0, f1",
        "    f0 = f0",
        "    f1 = f1",
        "",
        "def mykthread(unused):",
        "    touch()",
    ]
    out += [f"    w{n} = {make}" for n, make in enumerate(makes)]
    for head, steps in parts:
        deep = "        " if head else "    "
        out += [f"    {head}"] * bool(head)
        out += [deep + call.format(q=q, w=w) for call, q, w in steps]
    return "\n".join([*out, "    set_current_state(TASK_RUNNING)", '    printk("%d", f0)', "    return 0", ""])


def expected(makes: tuple[str, str], parts: list[tuple]) -> tuple[str, list[int]]:
    """The property that a fault breaks, and how many entries are on each queue in the end."""
    heads, entries = [Node(), Node()], [Node(MAKES[make]) for make in makes]
    try:
        for head, steps in parts:
            for _ in range(TURNS[head]):
                for call, q, w in steps:
                    CALLS[call](heads[q], entries[w])
    except Oops as oops:
        return ("no_dangling" if oops.args[0] == POISON else "no_oops"), []
    lengths = []
    for head in heads:
        node, n = head.next, 0
        while node is not head:
            node, n = node.next, n + 1
        lengths.append(n)
    return "", lengths


OWNER = {"": "", "not_queued": "no_oops", "null_pointer": "no_oops", "poisoned_entry": "no_dangling"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(PROGRAM)
def test_entries_are_where_the_lists_say(program: tuple) -> None:
    """The fault, or the lengths of both queues."""

    try:
        owner, lengths = expected(*program)
    except Torn:
        return
    trace = drive(source(*program), Config(cpus=1))
    assert owner == OWNER[fault(trace)], source(*program)
    if not owner:
        last = next(e for e in trace.events if e.op == "printk")
        assert lengths == [len(trace.views[last.step].queues.get(f"q{n}", ())) for n in (0, 1)], source(*program)


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROGRAM, st.booleans())
def test_searches_find_what_the_lists_say(program: tuple, reduce: bool) -> None:
    """The properties, of both searches."""

    try:
        owner, _ = expected(*program)
    except Torn:
        return
    found = explore(module(source(*program)), Scenario("one", threads=["mykthread"]), Config(cpus=1), reduce=reduce)
    for name in ("no_oops", "no_dangling"):
        assert (name == owner) == (found.verdicts[name].holds is False), source(*program)
