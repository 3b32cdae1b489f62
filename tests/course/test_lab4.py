"""Lab 4's items: what wins them, what does not, and that its films show what is asked; what it says of the article."""

from __future__ import annotations

import itertools
import json
import random
import re
from pathlib import Path

import pytest

from kthreadlab import arranged, broke, check, explore, load, predict
from kthreadlab.checks.labs import replay
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.course.demands import states_of
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel, Question, Visit
from kthreadlab.course.lab4 import NIC, PAGES, PRINTED, SENSOR, STATES, reading, sleeper
from kthreadlab.course.listings import listings
from kthreadlab.course.registry import ITEMS, points_of
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.processes import Process
from kthreadlab.machine.scenario import Ptrace, Scenario, Signal, Spurious

WON = {
    "lab4.duel1": "sh*5 vi*3 irq/user*3 vi*2 sh*4",
    "lab4.duel2": "vi*4 sh*4 user*3 kill/sh vi*6 sh*3 again*2",
}
SEEN = {
    "lab4.visit1": "mykthread*6 sensor*2 mykthread*3 irq/nic*2 mykthread*3 kill/mykthread mykthread*4",
    "lab4.visit2": "dd*6 usb*3 dd*8 SIGSTOP/dd irq/disk*3 dd*5 SIGCONT/dd dd reap/dd",
}
RIGHT_ORDERS = ["i c e b f h a", "c i e b f h a", "i c e b f a h", "c i e b f a h"]
NOTEBOOK = Path(__file__).parents[2] / "labs" / "lab4" / "lab4.ipynb"


def items(kind):
    return [key for key, item in ITEMS.items() if isinstance(item, kind) and item.lab == "lab4"]


# ---- the items -----------------------------------------------------------------------------------------------------


def test_the_lab_has_a_hundred_points():
    assert sum(points_of("lab4").values()) == 100
    assert sum(LABS["lab4"].points.values()) == 60


@pytest.mark.parametrize("key", items(Duel))
def test_a_duel_is_won(key):
    assert f"{ITEMS[key].points} points" in repr(broke(key, WON[key]))


def test_a_duel_names_whoever_sleeps_and_not_whoever_moved_last():
    assert "vi sleeps for good" in repr(broke("lab4.duel1", WON["lab4.duel1"]))


@pytest.mark.parametrize(
    ("key", "schedule", "why"),
    [
        ("lab4.duel1", "sh*3 irq/user*3 sh*2", "shortest way|wakes one of them"),
        ("lab4.duel1", "sh*3 irq/user*3 sh*2 vi*5", "wakes one of them"),
        ("lab4.duel1", "irq/user*3 sh*5 vi*5", "not broken at the end of it|nobody can break it"),
        ("lab4.duel1", "sh*5 vi*3 irq/user*3 vi*2", "not broken at the end of it"),
        ("lab4.duel2", "sh*4 kill/sh sh*3 user*2", "the shortest way"),
        ("lab4.duel2", "vi*4 sh*4 kill/sh sh*3 user*2", "vi leaves the queue"),
        ("lab4.duel2", "vi*4 user*3 vi*6 sh*4 kill/sh sh*3 again*2", "not yet at Point A"),
        ("lab4.duel2", "vi*4 sh*4 user*3 vi*6 sh*6 again*3", "no_dangling"),
    ],
)
def test_a_duel_is_not_won_by_less(key, schedule, why):
    with pytest.raises(NotEarned, match=why):
        broke(key, schedule)


@pytest.mark.parametrize("key", SEEN)
def test_a_visit_comes_there(key):
    assert f"{ITEMS[key].points} points" in repr(visited(key, SEEN[key]))


@pytest.mark.parametrize(
    ("key", "schedule", "why"),
    [
        ("lab4.visit1", "mykthread*6 sensor*2 mykthread*3 irq/nic*2 mykthread*3", "by a signal"),
        ("lab4.visit1", "mykthread*5 irq/nic*2 mykthread*3 kill/mykthread mykthread*4", "out of its sleep"),
        ("lab4.visit1", "mykthread*6 sensor*2 mykthread*3 kill/mykthread mykthread*3", "by a wake-up"),
        ("lab4.visit2", "dd*6 usb*3 dd*8 irq/disk*3 dd*5 reap/dd", "dd is R S R D R T R Z X"),
        ("lab4.visit2", "dd*6 SIGSTOP/dd dd*5 SIGCONT/dd dd reap/dd", "dd is R S R D R T R Z X"),
        ("lab4.visit2", "dd*6 usb*3 dd*8 SIGSTOP/dd irq/disk*3 dd*5 SIGCONT/dd dd", "dd is R S R D R T R Z X"),
        ("lab4.visit2", "dd*6 usb*3 dd*8 SIGSTOP/dd SIGCONT/dd irq/disk*3 dd*5 reap/dd", "dd is R S R D R T R Z X"),
    ],
)
def test_a_visit_is_not_made_by_less(key, schedule, why):
    with pytest.raises(NotEarned, match=why):
        visited(key, schedule)


@pytest.mark.parametrize("key", SEEN)
def test_nothing_that_a_search_prints_visits_it(key):
    asked = ITEMS[key]
    for config in (ONE_CPU, A_CPU_EACH, PREEMPT):
        found = explore(asked.module, asked.scenario, config)
        for witness in filter(None, (one.witness for one in found.verdicts.values())):
            with pytest.raises(NotEarned):
                visited(key, witness.partition(": ")[2])


def test_no_film_comes_where_a_visit_leads():
    for key in items(Question):
        for place in SEEN:
            with pytest.raises(NotEarned):
                visited(place, ITEMS[key].run.schedule)


@pytest.mark.parametrize("order", RIGHT_ORDERS)
def test_several_orders_of_the_lines_are_right(order):
    assert "9 points" in repr(arranged("lab4.order1", order))


def test_no_order_that_is_drawn_by_lot_is_right():
    """There are 5,040, each of the right lines."""
    lots = random.Random(4)
    for _ in range(60):
        letters = RIGHT_ORDERS[0].split()
        lots.shuffle(letters)
        if " ".join(letters) not in RIGHT_ORDERS:
            with pytest.raises(NotEarned):
                arranged("lab4.order1", " ".join(letters))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("i d e b g h a", "passes_through"),
        ("i d e b f h a", "passes_through"),
        ("i c e b g h a", "passes_through|returns"),
        ("i c e f b h a", "returns"),
        ("c e i b f h a", "compile"),
        ("c e b f i h a", "returns"),
        ("i f e b h a", "of c and d"),
        ("h i c e b f a", "returns"),
        ("a i c e b f h", "no_oops"),
        ("i c h e b f a", "returns"),
    ],
)
def test_an_order_that_is_wrong_says_why(order, why):
    with pytest.raises(NotEarned, match=why):
        arranged("lab4.order1", order)


@pytest.mark.parametrize(
    ("key", "letters"),
    [
        ("lab4.p1", "S"),
        ("lab4.p2", "S"),
        ("lab4.p3", "R"),
        ("lab4.p4", "R"),
        ("lab4.p5", "S"),
        ("lab4.p6", "Z"),
    ],
)
def test_a_film_ends_as_the_right_choice_says(key, letters):
    shown = predict(key)
    who = "dd" if key == "lab4.p6" else "mykthread"
    view = shown.film.views[-1 if key == "lab4.p3" else shown.decides]
    assert letters == next(task.letter for task in view.tasks if task.name == who)


# ---- what earns points without the subject --------------------------------------------------------------------------

FROM_THE_PUZZLE = PAGES.partition("def wait_for_page")[2].partition("\n")[2]
EXCHANGED = {"pages": "{queue}", "page_read": "{flag}", "keyboard": "{queue}", "key_pressed": "{flag}"}
EVENT, DISK = ("event_queue", "event_happened"), ("disk_queue", "disk_done")


def with_names(text: str, of: tuple[str, str]) -> str:
    """A text where queue and flag are those of the lab."""
    for name, place in EXCHANGED.items():
        text = re.sub(rf"\b{name}\b", place.format(queue=of[0], flag=of[1]), text)
    return text


def puzzle_lines(order: str) -> str:
    pieces = ITEMS["lab4.order1"].pieces
    return FROM_THE_PUZZLE + "".join(f"{pieces[letter]}\n" for letter in order.split())


def listing_lines(name: str) -> str:
    """The body of a listing's wait."""
    text = next(iter(listings(name).files.values()))
    return text.partition("def wait_for_key():\n")[2].partition("\n\n\n")[0] + "\n"


SHOWN = {
    "puzzle": puzzle_lines(RIGHT_ORDERS[0]),
    "puzzle in S": puzzle_lines("i d e b g h a"),
    "looks": listing_lines("listing_4_looks"),
    "leaves": listing_lines("listing_4_leaves"),
}


@pytest.mark.parametrize(("first", "second"), [*itertools.product(SHOWN, repeat=2)])
def test_what_is_shown_is_not_worth_half_the_points(first, second):
    """The waits of the listings and of the puzzle, put together in all ways, with the lab's names."""
    texts = [with_names(SHOWN[first], EVENT), with_names(SHOWN[second], DISK)]
    if second in ("looks", "leaves", "puzzle in S"):
        texts[1] = texts[1].replace("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
    answer = load(f"def wait_for_event():\n{texts[0]}\n\ndef wait_for_disk():\n{texts[1]}", name="waits")

    assert not answer.broken and check("lab4", answer).points < 30


def test_a_cell_before_the_answer_is_no_answer():
    """Of those of the students' notebook, the given one, as the answer."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    before = ["".join(cell["source"]) for cell in cells[: ids.index("lab4-waits")] if cell["cell_type"] == "code"]
    shown = [text.partition("\n")[2] for text in before if text.startswith("%%kmod")]
    assert len(shown) == 1 and shown[0].rstrip() == LABS["lab4"].given_text.rstrip()
    assert check("lab4", load(shown[0], name="waits")).points == 0


def test_the_kernels_own_waits_are_no_answer():
    """A visit shows them, in C."""
    text = (
        "def wait_for_event():\n    return wait_event_interruptible(event_queue, event_happened)\n\n"
        "def wait_for_disk():\n    wait_event(disk_queue, disk_done)\n"
    )
    report = check("lab4", load(text, name="waits"))
    assert report.points == 0 and "asks you to write what wait_event_interruptible does" in report.problem


# ---- what the article says of states, and the lab -------------------------------------------------------------------


def film(schedule, *calls, config=ONE_CPU, signals=(), processes=()):
    """Listing Four's thread."""
    return replay(PRINTED, sleeper("claim", *calls, signals=signals, processes=processes), config, schedule)


def task(trace, name="mykthread", step=-1):
    return next(one for one in trace.views[step].tasks if one.name == name)


def test_all_seven_states_in_one_run():
    """Running, interruptible, uninterruptible, stopped, traced, zombie and dead, with the letters of 2.6.11."""
    signals = Signal("dd", "SIGSTOP"), Signal("dd", "SIGCONT")
    there = reading("claim", *signals)
    there = Scenario(
        "lab4/claim", processes=there.processes, calls=there.calls, signals=signals, ptraces=[Ptrace("dd")]
    )
    schedule = "dd*6 usb*3 dd*8 SIGSTOP/dd irq/disk*3 dd*5 SIGCONT/dd ptrace/dd dd detach/dd dd reap/dd"
    trace = replay(STATES, there, ONE_CPU, schedule)
    assert "R S R D R T R T R Z X".split() == states_of(trace, "dd")
    names = dict.fromkeys(task(trace, "dd", n).state for n in range(len(trace.views)))
    assert {"TASK_RUNNING", "TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE"} < set(names)
    assert {"TASK_STOPPED", "TASK_TRACED", "EXIT_ZOMBIE", "EXIT_DEAD"} < set(names)


def test_a_running_task_is_a_candidate_for_the_cpu():
    """Two are TASK_RUNNING, and one has the CPU."""
    trace = film("mykthread*6 sensor", SENSOR)
    tasks = [task(trace), task(trace, "sensor")]
    assert ["R", "R"] == [one.letter for one in tasks] and all(one.on_runqueue for one in tasks)
    assert [False, True] == [one.on_cpu for one in tasks]


def test_who_has_declared_is_still_on_the_run_queue():
    """The article puts it off the run queue in its state; schedule() does."""
    declared, asleep = task(film("mykthread*5")), task(film("mykthread*6"))
    assert ("S", True) == (declared.letter, declared.on_runqueue)
    assert ("S", False) == (asleep.letter, asleep.on_runqueue)


def test_who_is_preempted_while_declared_is_not_asleep():
    """KERNEL 2.4: PREEMPT_ACTIVE."""
    trace = film("mykthread*5 cp", processes=(Process("cp"),), config=PREEMPT)
    assert ("S", True, False) == (task(trace).letter, task(trace).on_runqueue, task(trace).on_cpu)
    assert "schedule" == film("mykthread*5 cp mykthread", processes=(Process("cp"),), config=PREEMPT).events[-1].op


def test_a_wake_up_or_a_signal_brings_an_interruptible_task_back():
    for schedule, calls in (("mykthread*6 sensor", (SENSOR,)), ("mykthread*6 kill/mykthread", ())):
        trace = film(schedule, *calls, signals=(Signal("mykthread"),))
        assert ("R", True) == (task(trace).letter, task(trace).on_runqueue)


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM", "SIGSTOP"])
def test_a_signal_does_not_bring_an_uninterruptible_task_back(signal):
    verb = "kill" if signal == "SIGKILL" else signal
    trace = replay(STATES, reading("claim", Signal("dd", signal)), ONE_CPU, f"dd*6 usb*3 dd*8 {verb}/dd")
    assert ("D", False) == (task(trace, "dd").letter, task(trace, "dd").on_runqueue)


def test_a_stopped_task_has_received_a_signal():
    """And goes on by another."""
    there = reading("claim", Signal("dd", "SIGSTOP"), Signal("dd", "SIGCONT"))
    trace = replay(STATES, there, ONE_CPU, "SIGSTOP/dd dd SIGCONT/dd")
    assert ["R", "T", "R"] == states_of(trace, "dd")


def test_a_zombie_is_one_whose_parent_has_not_waited():
    """E-27: it has ended, and its parent is alive."""
    trace = replay(STATES, Scenario("claim", processes=[Process("dd")]), ONE_CPU, "dd reap/dd")
    assert ["R", "Z", "X"] == states_of(trace, "dd")


def test_a_wake_up_between_declaring_and_schedule_is_survived():
    """E-29: the article's claim, which is right for this window."""
    trace = film("mykthread*5 irq/nic*2 mykthread*2", NIC)
    schedule = next(event for event in trace.events if event.op == "schedule")
    assert schedule.outcome is Outcome.YIELDS and task(trace).on_runqueue


def test_a_wake_up_before_declaring_is_not_remembered():
    trace = film("mykthread*4 irq/nic*2 mykthread*2", NIC)
    assert ("S", False) == (task(trace).letter, task(trace).on_runqueue)


@pytest.mark.parametrize(("before", "outcome"), [(4, Outcome.SIGNAL), (5, Outcome.YIELDS)])
def test_a_signal_before_schedule_keeps_it_from_sleeping(before, outcome):
    """Before the declaration schedule() itself sees it; after it the signal undoes what was declared."""
    schedule = f"mykthread*{before} kill/mykthread mykthread*{6 - before}"
    trace = film(schedule, signals=(Signal("mykthread"),))
    assert task(trace).on_runqueue and trace.events[-1].outcome is outcome


def test_execution_resumes_at_point_a_on_both_lists():
    """M3: woken, it is TASK_RUNNING, on the run queue and on the wait queue."""
    trace = film("mykthread*6 sensor*2 mykthread", SENSOR)
    assert task(trace).state == "TASK_RUNNING" and task(trace).on_runqueue
    assert trace.views[-1].queues["myevent_waitqueue"] == ("mykthread",)


def test_a_wake_up_for_nothing_comes_to_point_a_too():
    there = sleeper("claim")
    there = Scenario("claim", threads=there.threads, spurious=[Spurious("mykthread")])
    trace = replay(PRINTED, there, ONE_CPU, "mykthread*6 spurious/mykthread mykthread*2")
    assert trace.events[-1].op == "signal_pending" and trace.events[-1].outcome is Outcome.NO


def test_the_listings_variants_say_what_they_are():
    """Their C begins with what is different in them."""
    for name, word in (("listing_4_looks", "look"), ("listing_4_leaves", "called away"), ("listing_4_states", "disk")):
        assert word in next(iter(listings(name).renderings.values())).text.splitlines()[0]


def test_every_visit_has_a_schedule_here():
    assert {*WON, *SEEN} == set(items(Visit))
