"""A wait-queue entry's links: NULL, an empty list, on a queue, poison.  KERNEL.md 3 and 11."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Thread, asleep, explore
from kthreadlab.run.search import build, search
from tests.machine.drive import drive, fault, lines, printed
from tests.machine.test_waiting import queues
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
SEARCHES = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])
PLACED = pytest.mark.parametrize("config", CONFIGS)
QUEUE = "queue = DECLARE_WAIT_QUEUE_HEAD()\nother = DECLARE_WAIT_QUEUE_HEAD()\n\n\n"
DECLARED, DEFINED, RAW = "w = DECLARE_WAITQUEUE(current)", "w = DEFINE_WAIT()", "w = wait_queue_t()"
ADD, REMOVE, FINISH = "add_wait_queue(queue, w)", "remove_wait_queue(queue, w)", "finish_wait(queue, w)"
PREPARE = "prepare_to_wait(queue, w, TASK_INTERRUPTIBLE)"
EXCLUSIVE = "prepare_to_wait_exclusive(queue, w, TASK_INTERRUPTIBLE)"
AGAIN = "init_waitqueue_entry(w, current)"
ANEW = "init_wait(w)"

ENDS: dict[str, tuple[list[str], str, bool]] = {
    # what is done to an entry: the fault that ends it, and whether the entry is on the queue afterwards
    "null_is_no_empty_list": ([DECLARED, PREPARE], "", False),
    "null_is_no_empty_list_for_the_exclusive_form": ([DECLARED, EXCLUSIVE], "", False),
    "null_is_taken_off": ([DECLARED, FINISH], "not_queued", False),
    "null_is_removed": ([DECLARED, REMOVE], "not_queued", False),
    "prepared_in_vain_and_taken_off": ([DECLARED, PREPARE, FINISH], "not_queued", False),
    "null_is_added": ([DECLARED, ADD, PREPARE], "", True),
    "added_and_finished": ([DECLARED, ADD, FINISH], "", False),
    "finished_is_an_empty_list": ([DECLARED, ADD, FINISH, PREPARE], "", True),
    "removed_is_no_empty_list": ([DEFINED, PREPARE, REMOVE, PREPARE], "", False),
    "removed_and_finished": ([DEFINED, PREPARE, REMOVE, FINISH], "poisoned_entry", False),
    "removed_twice": ([DECLARED, ADD, REMOVE, REMOVE], "poisoned_entry", False),
    "removed_and_added": ([DECLARED, ADD, REMOVE, ADD], "", True),
    "an_empty_list_is_removed": ([DEFINED, REMOVE], "", False),
    "and_is_poison_then": ([DEFINED, REMOVE, REMOVE], "poisoned_entry", False),
    "an_empty_list_is_finished": ([DEFINED, FINISH, FINISH], "", False),
    "nothing_has_initialised_it": ([RAW, PREPARE], "", False),
    "nothing_has_initialised_what_is_added": ([RAW, ADD], "", True),
    "a_wake_up_finds_no_wake_function_there": ([RAW, ADD, "wake_up(queue)"], "null_pointer", False),
    "init_waitqueue_entry_leaves_null": ([RAW, AGAIN, PREPARE], "", False),
    "init_waitqueue_entry_leaves_poison": ([DEFINED, PREPARE, REMOVE, AGAIN, PREPARE], "", False),
    "init_waitqueue_entry_leaves_it_on_the_queue": ([DEFINED, PREPARE, AGAIN, REMOVE], "", False),
    "init_wait_makes_an_empty_list": ([RAW, ANEW, PREPARE], "", True),
    "init_wait_cures_poison": ([DECLARED, ADD, REMOVE, ANEW, PREPARE], "", True),
    "init_wait_of_a_queued_entry": ([DECLARED, ADD, ANEW, "wake_up(queue)"], "corrupted_queue", False),
    "added_to_two_queues": ([DECLARED, ADD, "add_wait_queue(other, w)", "wake_up(other)"], "corrupted_queue", False),
    "removed_by_way_of_another_queue": ([DECLARED, ADD, "remove_wait_queue(other, w)"], "", False),
}


@pytest.mark.parametrize("claim", ENDS)
def test_what_an_operation_finds_in_the_links(claim: str) -> None:
    """Each does what the lists of 2.6.11 do, whatever it was meant for."""

    body, cause, queued = ENDS[claim]
    trace = drive(QUEUE + lines(*body, "x = waitqueue_active(queue)", "printk('%d', x)"))
    assert cause == fault(trace)
    assert ([] if cause else [str(int(queued))]) == printed(trace)


@pytest.mark.parametrize("claim", ENDS)
@PLACED
@SEARCHES
def test_both_searches_find_it(claim: str, config: str, reduce: bool) -> None:
    """NULL is an oops, poison and a torn queue are dangling memory, and nothing else fails."""

    body, cause, _ = ENDS[claim]
    text = QUEUE + lines(*body, "printk('done')")
    found = explore(module(text), Scenario("one", threads=["mykthread"]), CONFIGS[config], reduce=reduce)
    failing = {p for p in ("no_oops", "no_dangling") if found.verdicts[p].holds is False}
    owner = {"": set(), "not_queued": {"no_oops"}, "null_pointer": {"no_oops"}}.get(cause, {"no_dangling"})
    assert owner == failing
    assert not owner or cause == found.verdicts[owner.pop()].cause


MAYBE = QUEUE + "wanted = u32(0)\n\n\ndef ask():\n    global wanted\n    wanted = 1\n\n\n"


@pytest.mark.parametrize(
    "body, verdicts",
    [
        ([DECLARED, "if wanted:", f"    {ADD}", REMOVE], {"not_queued"}),
        ([DECLARED, ADD, "if wanted:", f"    {REMOVE}", REMOVE], {"poisoned_entry"}),
        ([DECLARED, "if wanted:", f"    {ADD}", f"    {REMOVE}", FINISH], {"not_queued", "poisoned_entry"}),
        ([DEFINED, "if wanted:", f"    {PREPARE}", f"    {REMOVE}", FINISH], {"poisoned_entry"}),
        ([DEFINED, "if wanted:", f"    {PREPARE}", FINISH], set()),
    ],
)
@SEARCHES
def test_what_is_known_on_one_path_only(body: list[str], verdicts: set[str], reduce: bool) -> None:
    """Where paths meet, the entry's cell tells what its links are."""

    world = Scenario("one", threads=["mykthread"], calls=[Call("ask", "ask")])
    machine = build(module(MAYBE + lines(*body, "return 0")), world, CONFIGS["each"], reduce=reduce)
    assert verdicts == {f.cause for f in search(machine).faults}


ROUND = QUEUE + "def turn():\n    w = DECLARE_WAITQUEUE(current)\n    add_wait_queue(queue, w)\n\n\n"


@pytest.mark.parametrize("declare", [DECLARED, DEFINED])
def test_an_entry_declared_anew_while_it_is_queued_tears_the_queue(declare: str) -> None:
    """Each turn's entry lies where the last one's did."""

    trace = drive(QUEUE + lines("while True:", f"    {declare}", f"    {ADD}"))
    assert "corrupted_queue" == fault(trace)


def test_a_dead_entry_is_not_brought_back_by_the_next_call() -> None:
    """The stack is the same, and so is the place, but the queue leads to what the first call has left."""

    assert "corrupted_queue" == fault(drive(ROUND + lines("for n in range(2):", "    turn()")))


def test_before_2_6_a_removed_entry_keeps_its_links() -> None:
    """Taken off once more, it ties its old neighbours together again: harmless only while they stand so."""

    twice = [DECLARED, ADD, REMOVE, REMOVE, "x = waitqueue_active(queue)", "printk('%d', x)"]
    config = Config(profile="2.4", cpus=1)
    assert ("", ["0"]) == (fault(t := drive(QUEUE + lines(*twice), config)), printed(t))
    between = [DECLARED, "v = DECLARE_WAITQUEUE(current)", ADD, REMOVE, "add_wait_queue(queue, v)", REMOVE]
    assert "corrupted_queue" == fault(drive(QUEUE + lines(*between), config))


# ---- the exclusive flag --------------------------------------------------------------------------------------------

PAIR = """queue = DECLARE_WAIT_QUEUE_HEAD()


def front(unused):
    w = DEFINE_WAIT()
    {first}(queue, w, TASK_INTERRUPTIBLE)
    {then}(queue, w, TASK_INTERRUPTIBLE)
    schedule()
    finish_wait(queue, w)
    return 0


def back(unused):
    w = DEFINE_WAIT()
    prepare_to_wait_exclusive(queue, w, TASK_INTERRUPTIBLE)
    schedule()
    finish_wait(queue, w)
    return 0


def ring():
    wake_up_interruptible(queue)
"""
SHARED, ALONE = "prepare_to_wait", "prepare_to_wait_exclusive"


FLAGS = {
    # what the one in front calls, twice: who ends after one wake-up, over all orders in which the two may have queued
    (ALONE, SHARED): {("back", "front"), ("back",)},
    (SHARED, ALONE): {("front",)},
    (ALONE, ALONE): {("front",), ("back",)},
    (SHARED, SHARED): {("back", "front")},
}


@pytest.mark.parametrize("calls", FLAGS)
@PLACED
@SEARCHES
def test_the_flag_of_a_queued_entry_follows_the_last_call(calls: tuple[str, str], config: str, reduce: bool) -> None:
    """prepare_to_wait clears it, prepare_to_wait_exclusive sets it, and the entry stays where it is on the queue."""

    when = asleep("front") & asleep("back")
    world = Scenario("pair", threads=[Thread("front"), Thread("back")], calls=[Call("ring", "ring", when=when)])
    made = module(PAIR.format(first=calls[0], then=calls[1]))
    machine = build(made, world, CONFIGS[config], reduce=reduce)
    graph = search(machine)
    over = {a.name: (machine.index[f"pc.{a.index}"], machine.special[a.index, "final"]) for a in machine.actors}
    ended = [{name for name, (pc, final) in over.items() if s[pc] == final} for s in graph.states]
    rests = {tuple(sorted(e - {"ring"})) for n, e in enumerate(ended) if "ring" in e and not list(graph.edges(n))}
    assert FLAGS[calls] == rests


# ---- loops of threads ----------------------------------------------------------------------------------------------

DOORMAN = """bell = DECLARE_WAIT_QUEUE_HEAD()
letters = atomic_t()
path = char_array(16, "/bin/post")


def report_event(number: u32):
    atomic_inc(letters)
    wake_up_interruptible(bell)


def mykthread(unused):
    argv = [path, NULL]
    w = {make}
    daemonize("doorman")
    allow_signal(SIGKILL)
    while signal_pending(current) == 0:
        prepare_to_wait(bell, w, TASK_INTERRUPTIBLE)
        if atomic_read(letters) == 0 and signal_pending(current) == 0:
            schedule()
        {leave}
        while atomic_read(letters):
            atomic_dec(letters)
            call_usermodehelper(path, argv, NULL, 0)
    return 0
"""
TAKE_OFF, LEAVE = "finish_wait(bell, w)", "set_current_state(TASK_RUNNING); remove_wait_queue(bell, w)"
DOORMEN = {
    # how the entry is made and taken off: the property of the fault, if any
    "finish": ("DEFINE_WAIT()", [TAKE_OFF], ""),
    "null": ("DECLARE_WAITQUEUE(current)", [TAKE_OFF], "no_oops"),
    "poison": ("DEFINE_WAIT()", ["set_current_state(TASK_RUNNING)", "remove_wait_queue(bell, w)"], "no_dangling"),
}
POSTMEN = {"calls": [Call("a", "report_event", 3), Call("b", "report_event", 4)], "helpers": {"/bin/post": None}}


@pytest.mark.parametrize("kind", DOORMEN)
@PLACED
@SEARCHES
def test_a_loop_around_prepare_to_wait(kind: str, config: str, reduce: bool) -> None:
    """With NULL links the thread is on no queue from the first turn on; with poison from the second on."""

    make, leave, owner = DOORMEN[kind]
    text = DOORMAN.format(make=make, leave="\n        ".join(leave))
    world = Scenario("post", threads=["mykthread"], calls=POSTMEN["calls"], signals=[Signal("mykthread")])
    found = explore(module(text), world, CONFIGS[config], ["no_oops", "no_dangling", "dies_cleanly"], reduce=reduce)
    assert ({owner} if owner else set()) == {p for p in ("no_oops", "no_dangling") if found.verdicts[p].holds is False}
    assert (not owner) == found.verdicts["dies_cleanly"].holds


def test_links_cost_nothing_where_the_text_tells_them() -> None:
    """Neither a cell nor a state more: an entry that is added, removed, added is (…, 0) between."""

    text = QUEUE + lines("w = DECLARE_WAITQUEUE(current)", "while True:", f"    {ADD}", "    yield()", f"    {REMOVE}")
    machine = build(module(text), Scenario("one", threads=["mykthread"]), CONFIGS["up"])
    entry = next(machine.index[o.key] for a in machine.actors for o in a.objects)
    off = {s[entry] for s in search(machine).states if s[entry] and not s[entry][3] > 0}
    assert {(0, 0, 0, 0)} == off


def test_the_story_says_why_it_is_not_queued() -> None:
    """list_empty() is asked, and it says no."""

    trace = drive(QUEUE + lines(DECLARED, PREPARE, "schedule()"))
    event = next(e for e in trace.events if e.op == "prepare_to_wait")
    assert ("never", "NULL", [()]) == (event.outcome, event.detail("links"), queues(trace))
    trace = drive(QUEUE + lines(DEFINED, PREPARE, REMOVE, PREPARE, "schedule()"))
    assert "poisoned" == [e for e in trace.events if e.op == "prepare_to_wait"][-1].detail("links")
