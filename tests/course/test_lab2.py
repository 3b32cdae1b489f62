"""Lab 2's items: what wins them, what does not, and that its films show what is asked; what its page gives away."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from kthreadlab import arranged, broke, check, explore, load, predict
from kthreadlab.checks.labs import replay
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, world
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel, Evidence, Question, Visit
from kthreadlab.course.lab2 import DISK, FAN, LOCKED, ORDER, PRINTED, QUEUED
from kthreadlab.course.listings import listings
from kthreadlab.course.registry import ITEMS, points_of
from kthreadlab.lang.module import KernelModule

WON = {
    "lab2.duel1": "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 "
    "fan*5 net*3 mykthread*10 khelper*3 mykthread*4 net mykthread*10 khelper*2",
    "lab2.duel2": "mykthread*6 disk*5 mykthread*10 kill/mykthread khelper*3 mykthread*8 fan*4",
}
AWAKE = (
    "mykthread*6 disk*5 mykthread*10 fan*5 khelper*3 mykthread*4 spurious/mykthread mykthread*10 khelper*3 mykthread*4"
)
ORDERED = "j b f e a h d k"
LABS_FOLDER = Path(__file__).parents[2] / "labs"


def items(kind):
    return [key for key, item in ITEMS.items() if isinstance(item, kind) and item.lab == "lab2"]


# ---- the items -----------------------------------------------------------------------------------------------------


def test_the_lab_has_a_hundred_points():
    assert sum(LABS["lab2"].points.values()) == 60
    assert sum(ITEMS[key].points for key in items(Duel)) == 25
    assert sum(points_of("lab2").values()) == 100


@pytest.mark.parametrize("key", items(Duel))
def test_a_duel_is_won(key):
    assert f"{ITEMS[key].points} points" in repr(broke(key, WON[key]))


@pytest.mark.parametrize(
    ("key", "schedule", "why"),
    [
        (
            "lab2.duel1",
            "mykthread*6 disk*5 fan*3 mykthread*10 khelper*3 mykthread*4 fan mykthread*10 khelper*3 mykthread*4",
            "2 different reports are answered",
        ),
        ("lab2.duel1", WON["lab2.duel1"].removesuffix(" net mykthread*10 khelper*2"), "not broken at the end"),
        (
            "lab2.duel2",
            "mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 kill/mykthread mykthread*4 fan*4",
            "the SIGKILL comes while mykthread waits",
        ),
        ("lab2.duel2", "mykthread*6 disk*5 mykthread*10 kill/mykthread khelper*3 mykthread*8", "not broken at the end"),
    ],
)
def test_a_duel_is_not_won_by_less(key, schedule, why):
    with pytest.raises(NotEarned, match=why):
        broke(key, schedule)


def test_a_report_that_comes_while_it_waits_is_visited():
    assert "6 points" in repr(visited("lab2.visit1", AWAKE))
    for schedule in (AWAKE.partition(" spurious")[0], *WON.values()):
        with pytest.raises(NotEarned):
            visited("lab2.visit1", schedule)


def test_nothing_that_a_search_prints_visits_it():
    asked = ITEMS["lab2.visit1"]
    for config in (ONE_CPU, A_CPU_EACH):
        found = explore(asked.module, asked.scenario, config)
        for witness in filter(None, (one.witness for one in found.verdicts.values())):
            with pytest.raises(NotEarned):
                visited("lab2.visit1", witness.partition(": ")[2])


@pytest.mark.parametrize("order", [ORDERED, "j b f h d k e a", "j b f e h d k a"])
def test_the_lines_have_orders_that_are_right(order):
    assert "9 points" in repr(arranged("lab2.order1", order))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("b j f e a h d k", "dies_cleanly"),
        ("j c f e a h d k", "dies_cleanly"),
        ("j b g e a h d k", "dies_cleanly"),
        ("j b f a e h d k", "ended in another state"),
        ("j b f e a i d l", "no_data_race"),
        ("j b f e a i d k", "never_sleeps_atomic|locks_balanced"),
        ("j b f e h a d k", "never_sleeps_atomic"),
        ("j b f e a h k d", "no_data_race"),
        ("j b f e a h d", "of k and l one belongs there"),
    ],
)
def test_an_order_that_is_wrong_says_why(order, why):
    with pytest.raises(NotEarned, match=why):
        arranged("lab2.order1", order)


def test_few_orders_that_are_drawn_by_lot_are_right():
    """There are 40,320, each of the right lines."""
    lots, right = random.Random(2), 0
    for _ in range(100):
        letters = ORDERED.split()
        lots.shuffle(letters)
        try:
            arranged("lab2.order1", " ".join(letters))
            right += 1
        except NotEarned:
            pass
    assert right == 0


@pytest.mark.parametrize(
    ("key", "answered", "ending"),
    [
        ("lab2.p1", [], ""),
        ("lab2.p2", [7], "asleep"),
        ("lab2.p3", [7], "asleep"),
        ("lab2.p4", [], "stuck"),
    ],
)
def test_a_film_ends_as_the_right_choice_says(key, answered, ending):
    film = predict(key).film
    assert (answered, ending) == (film.execs(), film.ending)


def test_what_decides_is_what_the_question_is_about():
    """On a CPU after declaring; in both queues after the wake-up; alive with a SIGKILL pending, until it asks."""
    declared, woken, killed = (predict(f"lab2.p{n}") for n in (1, 2, 3))

    def thread(shown):
        view = shown.film.views[shown.decides - 1]
        return next(task for task in view.tasks if task.name == "mykthread"), view

    task, _ = thread(declared)
    assert (task.letter, task.on_runqueue) == ("S", True)
    task, view = thread(woken)
    assert task.on_runqueue and ["mykthread"] == [entry.split()[0] for entry in view.queues["myevent_waitqueue"]]
    task, _ = thread(killed)
    assert task.letter == "R" and [7] == killed.film.execs()


# ---- what earns points without the subject --------------------------------------------------------------------------


def shown_modules() -> dict[str, KernelModule]:
    """Every module that a film or a game of the lab shows."""
    asked = [ITEMS[key] for key in items(Question | Visit)]
    found = [one.run.module if isinstance(one, Question) else one.module for one in asked if getattr(one, "run", one)]
    return {" ".join(module.files): module for module in found}


def answers_shown() -> dict[str, str]:
    """Everything before the answer, or beside it, that could be handed in: listings as kernel Python, the puzzle's
    daemon with the names exchanged, cells of this page and of the start page."""
    texts = {
        name: "".join(text for file, text in module.files.items() if file.startswith("listing_2"))
        for name, module in shown_modules().items()
    }
    texts["Lab 3's, without a lock"] = "".join(listings("listing_2_irqs_off").files.values())
    texts["listing_2, its locks exchanged"] = PRINTED.files["listing_2.c"].replace("read_", "write_")
    lines = "\n".join(ORDER.pieces[letter] for letter in ORDERED.split())
    texts["the daemon"] = f"{ORDER.before}{lines}\n{ORDER.after}\n".replace("ksweepd", "mykthread")
    for notebook in ("lab2/lab2", "index"):
        for cell in json.loads((LABS_FOLDER / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and source.startswith("%%kmod"):
                texts[cell["id"]] = source.partition("\n")[2].replace("porter", "mykthread")
    return texts


@pytest.mark.parametrize("name", answers_shown())
def test_what_is_shown_is_not_worth_half_the_points(name):
    """With the names that the check asks for; a queue, a lock and an id beside it where it has none."""
    text = answers_shown()[name]
    for line in (
        "myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()",
        "myevent_lock = DEFINE_RWLOCK()",
        "myevent_id = u32(0)",
    ):
        if line.split()[0] not in text:
            text = f"{line}\n{text}"
    assert check("lab2", load(text, name="mykthread")).points < 30


@pytest.mark.parametrize("clears", ["", "write_lock(myevent_lock)\n        write_unlock(myevent_lock)"])
def test_an_id_that_is_cleared_without_its_lock_is_worth_less_than_half(clears):
    """With no section of the lock, or with an empty one: one report is one helper only where nobody comes between."""
    (text,) = listings("listing_2_irqs_off").files.values()
    text = text.replace("local_irq_disable()", clears or "cond_resched()").replace("        local_irq_enable()\n", "")
    report = check("lab2", load(f"myevent_lock = DEFINE_RWLOCK()\n{text}", name="mykthread"))
    assert "not exercised" == report.properties["no_stale_helper"].verdict
    assert 0 < report.points < 30


def test_the_articles_thread_has_everything_but_what_the_lab_is_about():
    """Less than half of the points: it answers an id twice."""
    report = check("lab2", load("".join(PRINTED.files["listing_2.c"]), name="mykthread"))
    assert ["no_stale_helper"] == [p.name for p in report.properties.values() if p.graded and not p.points]
    assert report.points < 30


def test_every_point_of_the_notebook_is_asked_for_once():
    assert {"duel1", "duel2", "order1", "visit1"} == {ITEMS[key].name for key in items(Evidence)}


# ---- what the article says, and the lab -----------------------------------------------------------------------------


def test_its_guard_against_spurious_wake_ups_guards_until_the_first_event():
    """E-6: no wake-up without a reason is needed; two reports, one of which takes its time, do."""
    found = explore(PRINTED, world("lab2", "claim", DISK, FAN), A_CPU_EACH, ["no_stale_helper"])
    assert found.verdicts["no_stale_helper"].fails
    assert (
        not explore(PRINTED, world("lab2", "claim", DISK), A_CPU_EACH, ["no_stale_helper"])
        .verdicts["no_stale_helper"]
        .fails
    )


def test_on_one_cpu_two_reports_do_not_do_it():
    """Nobody comes between a report's store and its wake-up there."""
    found = explore(PRINTED, world("lab2", "claim", DISK, FAN), ONE_CPU, ["no_stale_helper"])
    assert not found.verdicts["no_stale_helper"].fails


def test_whoever_ends_on_the_queue_is_still_woken():
    trace = replay(QUEUED, ITEMS["lab2.duel2"].scenario, ONE_CPU, WON["lab2.duel2"])
    assert trace.ending == "fault" and trace.execs() == [3]


def test_a_lock_that_is_kept_over_the_helper_freezes_the_only_cpu():
    found = explore(LOCKED, world("lab2", "claim", DISK, FAN), ONE_CPU)
    assert found.verdicts["never_sleeps_atomic"].fails


def test_the_listings_variants_say_what_they_are():
    for module, word in ((LOCKED, "keeps the lock"), (QUEUED, "without leaving the queue")):
        assert word in next(iter(module.renderings.values())).text.splitlines()[0]
