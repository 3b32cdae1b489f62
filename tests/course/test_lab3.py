"""Lab 3's items: what wins them, what does not, and that its films show what is asked; what it says of the article."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from kthreadlab import arranged, broke, check, explore, load, predict
from kthreadlab.checks.labs import replay
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, report, world
from kthreadlab.compile.config import Config
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel
from kthreadlab.course.lab3 import LOCKLESS, LOGGING, PRINTED
from kthreadlab.course.listings import listings
from kthreadlab.course.registry import ITEMS, points_of
from kthreadlab.machine.scenario import Call, Scenario
from kthreadlab.run.schedule import ScheduleError
from tests.support import submission

WON = {
    "lab3.duel1": "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 fan*5 mykthread*4 irq/nic",
    "lab3.duel2": "mykthread*6 disk*5 mykthread*4 cpu1>irq/nic irq/nic mykthread*6 irq/nic*3 khelper*3 mykthread*4",
}
ELSEWHERE = (
    "mykthread*6 disk*5 mykthread*3 cpu1>irq/nic mykthread*7 irq/nic*3 khelper*3 mykthread*4 irq/nic mykthread*10 "
    "khelper*3 mykthread*4"
)
ORDERED = "i f k d j e b h a"
LABS_FOLDER = Path(__file__).parents[2] / "labs" / "lab3"
NIC, DISK = report("nic", 9, "irq"), report("disk", 3)


def items(kind):
    return [key for key, item in ITEMS.items() if isinstance(item, kind) and item.lab == "lab3"]


# ---- the items -----------------------------------------------------------------------------------------------------


def test_the_lab_has_a_hundred_points():
    assert sum(points_of("lab3").values()) == 100
    assert sum(LABS["lab3"].points.values()) == 60


@pytest.mark.parametrize("key", items(Duel))
def test_a_duel_is_won(key):
    assert f"{ITEMS[key].points} points" in repr(broke(key, WON[key]))


@pytest.mark.parametrize(
    ("key", "schedule", "why"),
    [
        ("lab3.duel1", "disk irq/nic", "the shortest way"),
        ("lab3.duel1", "mykthread*6 disk*5 mykthread*3 irq/nic", "an event is answered, and later"),
        ("lab3.duel1", "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 fan irq/nic", "where mykthread holds"),
        ("lab3.duel1", "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4", "not broken at the end of it"),
        (
            "lab3.duel2",
            "mykthread*6 disk*5 mykthread*10 cpu1>irq/nic irq/nic*4 khelper*3 mykthread*4",
            "clears what the interrupt",
        ),
        (
            "lab3.duel2",
            "mykthread*6 disk*5 mykthread*4 cpu1>irq/nic irq/nic mykthread*6 khelper*3 mykthread*4 irq/nic*3 "
            "mykthread*8",
            "finds it waiting for the helper",
        ),
    ],
)
def test_a_duel_is_not_won_by_less(key, schedule, why):
    with pytest.raises(NotEarned, match=why):
        broke(key, schedule)


def test_a_deadlock_is_broken_in_whichever_place_it_stands():
    """On the thread's lock as on the process's: a judge names only the first such state."""
    with pytest.raises(NotEarned, match="is broken, but"):
        broke("lab3.duel1", "mykthread*6 disk*5 mykthread*3 irq/nic")


def test_the_interrupt_elsewhere_is_visited():
    assert "6 points" in repr(visited("lab3.visit1", ELSEWHERE))
    for schedule in ("mykthread*6 disk*5 mykthread*3 cpu1>irq/nic", *WON.values()):
        with pytest.raises(NotEarned):
            visited("lab3.visit1", schedule)


def test_nothing_that_a_search_prints_visits_it():
    asked = ITEMS["lab3.visit1"]
    for config in (ONE_CPU, A_CPU_EACH):
        found = explore(asked.module, asked.scenario, config)
        for witness in filter(None, (one.witness for one in found.verdicts.values())):
            with pytest.raises(NotEarned):
                visited("lab3.visit1", witness.partition(": ")[2])


def test_the_lines_have_an_order_that_is_right():
    assert "9 points" in repr(arranged("lab3.order1", ORDERED))
    assert "9 points" in repr(arranged("lab3.order1", "i f d b k j a e h"))


def test_no_order_that_is_drawn_by_lot_is_right():
    """There are 362,880, each of the right lines."""
    lots = random.Random(3)
    for _ in range(200):
        letters = list(ORDERED.split())
        lots.shuffle(letters)
        if letters[:2] != ["i", "f"]:
            with pytest.raises(NotEarned):
                arranged("lab3.order1", " ".join(letters))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("i f k c j e b g a", "irq_safe"),
        ("i f k d j e b g a", "locks_balanced"),
        ("d i f k j e b h a", "returns|never_sleeps_atomic"),
        ("i f k j d e b h a", "no_dangling|no_leak|no_data_race"),
        ("i f k d j e h b a", "no_data_race"),
        ("i f d j e b h k a", "no_dangling|no_oops|no_data_race"),
        ("i f k d e j b h a", "no_dangling"),
        ("i k f d j e b h a", "no_oops"),
        ("i f k d j e b h", "not in place yet: a"),
    ],
)
def test_an_order_that_is_wrong_says_why(order, why):
    with pytest.raises(NotEarned, match=why):
        arranged("lab3.order1", order)


@pytest.mark.parametrize(
    ("key", "ending", "at"),
    [("lab3.p1", "", "irq_enter"), ("lab3.p2", "stuck", "irq_enter"), ("lab3.p3", "fault", "fault")],
)
def test_a_film_ends_as_the_right_choice_says(key, ending, at):
    shown = predict(key)
    assert shown.film.ending == ending
    assert at in [event.op for event in shown.film.events if event.step + 1 == shown.decides]


# ---- what earns points without the subject --------------------------------------------------------------------------


FETCHES = {
    "as Listing Two reads": ("read_lock(myevent_lock)", "", "read_unlock(myevent_lock)"),
    "as Listing Two reads, and clears": ("read_lock(myevent_lock)", "myevent_id = 0", "read_unlock(myevent_lock)"),
    "with Listing Three's lock": ("write_lock(myevent_lock)", "myevent_id = 0", "write_unlock(myevent_lock)"),
    "with interrupts off": ("local_irq_disable()", "myevent_id = 0", "local_irq_enable()"),
}


@pytest.mark.parametrize("reports", ["listing_3", "listing_3_irqs_off"])
@pytest.mark.parametrize("fetches", FETCHES)
def test_what_is_shown_before_the_answer_is_not_worth_half_the_points(reports, fetches):
    """Either side of the data as a film of the lab shows it, put together in all ways, names and locks exchanged."""
    begin, clear, end = FETCHES[fetches]
    lines = ["global myevent_id", begin, "event_id = myevent_id", clear, end, "return event_id"]
    text = "myevent_lock = DEFINE_RWLOCK()\nmyevent_id = u32(0)\n\n\n" + "".join(listings(reports).files.values())
    text += "\n\ndef fetch_event():\n" + "".join(f"    {line}\n" for line in lines if line)
    answer = load(text, name="events")
    assert not answer.broken and check("lab3", answer).points < 30


@pytest.mark.parametrize("name", ["no_lock", "no_lock_in_an_interrupt", "interrupts_off_only", "plain_in_a_process"])
def test_whoever_is_careful_in_one_way_alone_has_less_than_half(name):
    assert check("lab3", load(submission(f"lab3/wrong/{name}").text, name="events")).points < 30


SECTION = "spin_lock_irqsave({lock}, flags)\n    {write}\n    spin_unlock_irqrestore({lock}, flags)"


@pytest.mark.parametrize(
    ("report", "fetch"),
    [
        (SECTION.format(lock="one", write="myevent_id = event_id"), "myevent_id = 0"),
        (SECTION.format(lock="one", write="cond = 0") + "\n    myevent_id = event_id", "myevent_id = 0"),
        (
            SECTION.format(lock="one", write="myevent_id = event_id"),
            SECTION.format(lock="other", write="myevent_id = 0"),
        ),
    ],
    ids=["on one side", "around something else", "two locks"],
)
def test_a_lock_that_guards_nothing_from_the_other_side_is_no_lock(report, fetch):
    """Interrupts that never spin on it are no merit of its user's."""
    text = f"""\
one = DEFINE_SPINLOCK()
other = DEFINE_SPINLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    {report}
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    event_id = myevent_id
    {fetch}
    return event_id
"""
    found = check("lab3", load(text, name="events"))
    assert "not exercised" == found.properties["irq_safe"].verdict
    assert 0 < found.points < 30


def test_a_cell_before_the_answer_is_no_answer():
    """Of those of the students' notebook, the given one, as the answer."""
    cells = json.loads((LABS_FOLDER / "lab3.ipynb").read_text(encoding="utf-8"))["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    before = ["".join(cell["source"]) for cell in cells[: ids.index("lab3-events")] if cell["cell_type"] == "code"]
    shown = [text.partition("\n")[2] for text in before if text.startswith("%%kmod")]
    assert len(shown) == 1 and shown[0].rstrip() == LABS["lab3"].given_text.rstrip()
    assert check("lab3", load(shown[0], name="events")).points == 0


# ---- what the article says, and the lab -----------------------------------------------------------------------------


def test_listing_three_deadlocks_an_interrupt_with_a_process():
    """E-4: the interrupt finds another caller of report_event with the lock."""
    found = explore(PRINTED, world("lab3", "claim", DISK, NIC), ONE_CPU, ["irq_safe"])
    assert found.verdicts["irq_safe"].fails


def test_listing_three_deadlocks_an_interrupt_with_the_thread():
    """E-4: the interrupt finds Listing Two's reader with the lock."""
    trace = replay(PRINTED, world("lab3", "claim", DISK, NIC), ONE_CPU, "mykthread*6 disk*5 mykthread*3 irq/nic")
    assert trace.ending == "stuck"
    assert trace.views[-1].locks == {"myevent_lock": "mykthread (read)"}


def test_interrupts_that_land_elsewhere_wait_and_go_on():
    """The same lock on another CPU's behalf is no deadlock."""
    trace = replay(PRINTED, world("lab3", "claim", DISK, NIC), A_CPU_EACH, ELSEWHERE)
    assert trace.execs() == [3, 9]


def test_a_process_alone_may_use_plain_locks():
    """Where no interrupt reports, Listing Three's locks are enough."""
    found = explore(PRINTED, world("lab3", "claim", DISK, report("fan", 12)), ONE_CPU)
    assert not found.verdicts["irq_safe"].fails and not found.verdicts["returns"].fails


def test_both_of_two_readers_go_on():
    """E-33: it is no spin lock, for which the second would wait."""
    text = (
        "lock = DEFINE_RWLOCK()\nspin = DEFINE_SPINLOCK()\n"
        "def reads():\n    read_lock(lock)\n    read_unlock(lock)\n"
        "def spins():\n    spin_lock(spin)\n    spin_unlock(spin)\n"
    )
    calls = {
        name: Scenario(f"claim/{name}", calls=(Call("one", name), Call("two", name))) for name in ("reads", "spins")
    }
    both = replay(load(text), calls["reads"], Config(cpus=2, smp=True), "one two")
    assert both.views[-1].locks and both.ending == ""
    assert [e.op for e in both.events].count("read_lock") == 2
    alone = replay(load(text), calls["spins"], Config(cpus=2, smp=True), "one two")
    assert [e.op for e in alone.events].count("spin_lock") == 1


def test_interrupts_off_keep_interrupts_away_from_one_cpu_and_nobody_from_another():
    """The cure without a lock: good for one CPU, an event is erased on two."""
    calls, reading = world("lab3", "claim", DISK, NIC), "mykthread*6 disk*5 mykthread*4"
    with pytest.raises(ScheduleError, match="interrupts"):
        replay(LOCKLESS, calls, ONE_CPU, f"{reading} irq/nic")
    trace = replay(LOCKLESS, calls, A_CPU_EACH, WON["lab3.duel2"])
    assert trace.execs() == [3] and trace.views[-1].statics["myevent_id"] in (0, "0")
    assert explore(LOCKLESS, calls, A_CPU_EACH, ["no_data_race"]).verdicts["no_data_race"].fails


def test_memory_that_may_be_waited_for_is_asked_for_in_a_process_alone():
    """KERNEL 5.1: the same line is right in a process, and wrong in an interrupt."""
    for call, wrong in ((DISK, False), (NIC, True)):
        found = explore(LOGGING, world("lab3", "claim", call), ONE_CPU, ["never_sleeps_atomic"])
        assert found.verdicts["never_sleeps_atomic"].fails is wrong


@pytest.mark.parametrize(
    ("call", "may"),
    [
        ("wake_up_interruptible(queue)", True),
        ("schedule()", False),
        ("down(gate)", False),
        ('call_usermodehelper("/bin/alert", argv, envp, 0)', False),
    ],
)
def test_what_an_interrupt_may_call(call, may):
    """The four that the lab asks about."""
    text = (
        "queue = DECLARE_WAIT_QUEUE_HEAD()\ngate = DECLARE_MUTEX()\ndef handler():\n"
        f'    argv = ["/bin/alert", NULL]\n    envp = ["HOME=/", NULL]\n    {call}\n'
    )
    text = re.sub(r"    (argv|envp) = .*\n", "", text) if "argv," not in call else text
    found = explore(load(text), Scenario("claim/irq", calls=(Call("nic", "handler", context="irq"),)), ONE_CPU)
    assert found.verdicts["never_sleeps_atomic"].fails is not may


def test_the_listings_variants_say_what_they_are():
    """Their C begins with what is different in them."""
    for name, word in (("listing_2_irqs_off", "no lock"), ("listing_3_gfp_kernel", "log")):
        assert word in next(iter(listings(name).renderings.values())).text.splitlines()[0]
