"""Lab 1's items: what wins them, what does not, and that its films show what is asked; what it says of the article."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from kthreadlab import arranged, broke, check, explore, load, predict
from kthreadlab.checks.labs import replay
from kthreadlab.checks.portfolio import LABS, ONE_CPU
from kthreadlab.compile.config import Config
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel
from kthreadlab.course.lab1 import CHECKER, EXCHANGED, PRINTED, SILENT, START, checking, driver, parent
from kthreadlab.course.listings import listings
from kthreadlab.course.registry import ITEMS, points_of
from kthreadlab.lang.outcome import Outcome
from kthreadlab.machine.processes import Enter, Exit, Pause, Process, Wait4
from kthreadlab.machine.scenario import Fault, Scenario, Signal
from tests.support import submission

WON = {
    "lab1.duel1": "mount*3 checker*2 kill/mount mount reap/mount reap/checker fsck*3 checker#2*2",
    "lab1.duel2": "driver*3 mykthread*6 kill/mykthread disk*5 mykthread*10 khelper*3 mykthread*4",
}
TWICE = "mount*2 checker*2 mount*4 reap/mount checker#2*2 reap/checker#2"
ORDERED = "b f a k c j g h d"
LABS_FOLDER = Path(__file__).parents[2] / "labs" / "lab1"
INIT, KTHREADD = 1, 2


def items(kind):
    return [key for key, item in ITEMS.items() if isinstance(item, kind) and item.lab == "lab1"]


def stands(trace, name):
    """PPID and letter in ps, at the end."""
    task = next(t for t in trace.views[-1].tasks if t.name == name)
    return task.ppid, task.letter


# ---- the items -----------------------------------------------------------------------------------------------------


def test_the_lab_has_a_hundred_points():
    assert sum(points_of("lab1").values()) == 100
    assert sum(LABS["lab1"].points.values()) == 60


@pytest.mark.parametrize("key", items(Duel))
def test_a_duel_is_won(key):
    assert f"{ITEMS[key].points} points" in repr(broke(key, WON[key]))


@pytest.mark.parametrize(
    ("key", "schedule", "why"),
    [
        ("lab1.duel1", "mount*3 checker*2 fsck", "not broken at the end of it"),
        ("lab1.duel1", "mount*3 fsck*3 checker*2 checker#2*2", "rid of a zombie by killing its parent"),
        (
            "lab1.duel1",
            "mount*3 kill/mount mount reap/mount checker*2 reap/checker fsck*3 checker#2*2",
            "rid of a zombie by killing its parent",
        ),
        ("lab1.duel1", "mount*3 checker*2 kill/mount mount reap/mount reap/checker fsck*3", "not broken at the end"),
        ("lab1.duel2", "driver*3 mykthread*6 kill/mykthread", "the shortest way"),
        (
            "lab1.duel2",
            "driver*3 mykthread*6 disk*5 mykthread*10 kill/mykthread khelper*3 mykthread*4",
            "SIGKILL finds mykthread asleep",
        ),
        (
            "lab1.duel2",
            "driver*3 mykthread*6 disk*5 mykthread*10 khelper*3 mykthread*4 kill/mykthread",
            "answered afterwards",
        ),
        ("lab1.duel2", "driver*3 kill/mykthread mykthread*6", "nobody can break it any more"),
    ],
)
def test_a_duel_is_not_won_by_less(key, schedule, why):
    with pytest.raises(NotEarned, match=why):
        broke(key, schedule)


def test_both_ways_of_being_reaped_are_visited():
    assert "6 points" in repr(visited("lab1.visit1", TWICE))


@pytest.mark.parametrize(
    "schedule",
    [
        "mount*3 checker*2 mount*4 reap/mount checker#2*2 reap/checker#2",
        "mount*2 checker*2 mount*4 reap/mount checker#2*2",
        "mount*2 checker*2 mount*3 checker#2*2 mount reap/mount reap/checker#2",
    ],
)
def test_less_is_no_visit(schedule):
    """The parent slept; nobody reaped the second; it was a zombie before its parent ended."""
    with pytest.raises(NotEarned):
        visited("lab1.visit1", schedule)


def test_the_lines_have_an_order_that_is_right():
    assert "9 points" in repr(arranged("lab1.order1", ORDERED))
    assert "9 points" in repr(arranged("lab1.order1", "b f k a c j g h d"))


def test_no_order_that_is_drawn_by_lot_is_right():
    """There are 362,880, each of the right lines."""
    lots = random.Random(1)
    for _ in range(200):
        letters = list(ORDERED.split())
        lots.shuffle(letters)
        if letters[:2] != ["b", "f"]:
            with pytest.raises(NotEarned):
                arranged("lab1.order1", " ".join(letters))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("b a f k c j g h d", "no_dangling"),
        ("b f a k c j g i d", "returns"),
        ("b f a k c j g h e", "no_dangling"),
        ("b f a k c g j h d", "no_data_race"),
        ("b f a k c j g d h", "returns"),
        ("b f k c j g h d a", "does not compile|returns"),
        ("f b a k c j g h d", "does not compile"),
        ("b f a k c j g h", "of d and e one belongs there"),
    ],
)
def test_an_order_that_is_wrong_says_why(order, why):
    with pytest.raises(NotEarned, match=why):
        arranged("lab1.order1", order)


@pytest.mark.parametrize(
    ("key", "task", "stands_as"),
    [
        ("lab1.p1", "mykthread", (INIT, "S")),
        ("lab1.p2", "checker", (INIT, "X")),
        ("lab1.p3", "checker", (100, "Z")),
        ("lab1.p4", "checker", (100, "Z")),
        ("lab1.p5", "mykthread", (INIT, "X")),
        ("lab1.p6", "driver", (INIT, "S")),
        ("lab1.p7", "mykthread", (KTHREADD, "S")),
    ],
)
def test_a_film_ends_as_the_right_choice_says(key, task, stands_as):
    assert stands(predict(key).film, task) == stands_as


# ---- what earns points without the subject --------------------------------------------------------------------------


def test_the_printed_listings_are_not_worth_half_the_points():
    """Listing One and the thread of Listing Two, as duels and films show them, with whatever starts a thread there."""
    text = "".join(listings("listing_1", "listing_2", "listing_5").files.values())
    text += "\n\ndef flush_and_wait():\n    kernel_thread(flusher, NULL, CLONE_KERNEL | SIGCHLD)\n    return 0\n"
    assert 0 < check("lab1", load(text, name="start")).points < 30


def test_who_starts_a_checker_starts_neither_thread_for_half_the_points():
    """The function of duel 1 twice, with other names, and the thread of Listing Two."""
    (checker,) = listings("listing_1_no_daemon").files.values()
    start = checker[checker.index("def start_checker") :]
    starts = start.replace("checker", "mykthread"), start.replace("start_checker", "flush_and_wait")
    text = "\n\n".join(["".join(listings("listing_2", "listing_5").files.values()), *starts])
    report = check("lab1", load(text.replace("(checker,", "(flusher,"), name="start"))
    assert 0 < report.points < 30 and report.properties["tells_failure"].points


@pytest.mark.parametrize("name", ["never_starts", "refuses_to_flush", "flushes_by_itself", "no_daemonize"])
def test_one_half_of_the_answer_has_about_half_of_the_points_at_most(name):
    points = check("lab1", load(submission(f"lab1/wrong/{name}").text, name="start")).points
    assert points <= 31


def test_a_cell_before_the_answer_is_no_answer():
    """Of those of the students' notebook, the given one, as the answer."""
    cells = json.loads((LABS_FOLDER / "lab1.ipynb").read_text(encoding="utf-8"))["cells"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    before = ["".join(cell["source"]) for cell in cells[: ids.index("lab1-start")] if cell["cell_type"] == "code"]
    shown = [text.partition("\n")[2] for text in before if text.startswith("%%kmod")]
    assert len(shown) == 1 and shown[0].rstrip() == LABS["lab1"].given_text.rstrip()
    assert check("lab1", load(shown[0], name="start")).points == 0


# ---- what the article says, and the lab -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "ppid"), [("2.6.11", INIT), ("2.6.24", KTHREADD), ("2.6.32", KTHREADD)], ids=lambda x: str(x)
)
def test_to_whom_daemonize_gives_the_thread(profile, ppid):
    """B15; Figure Two's PPID is a fact of its version."""
    trace = replay(PRINTED, driver("claim", Pause()), Config(profile, cpus=1, smp=True), "driver*3 mykthread*6")
    assert stands(trace, "mykthread") == (ppid, "S")


def test_reparent_to_init_after_daemonize_changes_nothing():
    """B15, E-11: Listing Two's line is for 2.4."""
    bare = (
        "def mykthread(unused):\n    daemonize(NAME)\n    LINE\n    set_current_state(TASK_INTERRUPTIBLE)\n"
        f"    schedule()\n    return 0\n\n\ndef {START}():\n    return kernel_thread(mykthread, NULL, SIGCHLD)\n"
    )

    def ppid(line, profile):
        text = bare.replace("LINE", line).replace("NAME", '"mykthread"' if profile != "2.4" else "")
        world = Scenario("claim", processes=(Process("driver", Enter(START), Pause()),))
        trace = replay(load(text), world, Config(profile, cpus=1, smp=True), "driver*3 mykthread*3")
        return stands(trace, "mykthread")[0]

    assert ppid("reparent_to_init()", "2.6.11") == ppid("cond_resched()", "2.6.11") == INIT
    assert ppid("reparent_to_init()", "2.4") == INIT and ppid("schedule()", "2.4") == 100


def test_a_zombie_is_who_ended_first_and_not_whose_parent_did():
    """E-27: the article has it the other way round."""
    child_first = replay(CHECKER, checking("claim", parent("mount")), ONE_CPU, "mount*3 checker*2")
    assert stands(child_first, "checker") == (100, "Z")
    parent_first = replay(
        CHECKER, checking("claim", Process("mount", Enter("start_checker"), Exit())), ONE_CPU, "mount*3 checker*2"
    )
    assert [e.outcome for e in parent_first.events if e.op == "exit"] == [Outcome.LEFT]
    found = explore(CHECKER, checking("claim", Process("mount", Enter("start_checker"), Exit())), ONE_CPU)
    assert found.verdicts["no_zombie"].verdict == "holds"


def test_sigkill_removes_no_zombie():
    """M6."""
    world = checking("claim", parent("mount"), signals=(Signal("checker"),))
    trace = replay(CHECKER, world, ONE_CPU, "mount*3 checker*2 kill/checker")
    assert stands(trace, "checker") == (100, "Z")


def test_who_waits_passes_by_whose_end_sends_no_sigchld():
    """KERNEL 1.1: what the low byte of the flags is for."""
    for module, reaped in ((CHECKER, True), (SILENT, False)):
        world = checking("claim", Process("mount", Enter("start_checker"), Wait4(), Pause()))
        found = explore(module, world, ONE_CPU, ["no_zombie"])
        assert found.verdicts["no_zombie"].fails is not reaped


def test_listing_one_says_nothing_of_a_failure():
    """B9."""
    found = explore(PRINTED, driver("claim", Pause(), faults=(Fault("fork"),)), ONE_CPU, ["tells_failure"])
    assert found.verdicts["tells_failure"].fails and found.verdicts["tells_failure"].cause == "silent"


@pytest.mark.parametrize(("module", "dies"), [(PRINTED, True), (EXCHANGED, False)], ids=["printed", "exchanged"])
def test_sigkill_is_let_through_after_daemonize_or_never(module, dies):
    """KERNEL 10, row 3."""
    world = driver("claim", Pause(), signals=(Signal("mykthread"),))
    assert explore(module, world, ONE_CPU, ["dies_cleanly"]).verdicts["dies_cleanly"].fails is not dies


def test_what_is_blocked_stays_pending_and_what_came_before_is_forgotten():
    """KERNEL 1.4, 10.2."""
    world = driver("claim", Pause(), signals=(Signal("mykthread"),))
    between = replay(PRINTED, world, ONE_CPU, "driver*3 mykthread*2 kill/mykthread mykthread*9")
    assert stands(between, "mykthread")[1] in "ZX"
    before = replay(PRINTED, world, ONE_CPU, "driver*3 kill/mykthread mykthread*6")
    assert stands(before, "mykthread") == (INIT, "S")


def test_the_listings_variants_say_what_they_are():
    """Their C begins with what is different in them."""
    said = {"listing_1_no_daemon": "No daemon", "listing_1_no_sigchld": "SIGCHLD", "listing_2_allow_first": "exchanged"}
    for name, word in said.items():
        assert word in next(iter(listings(name).renderings.values())).text.splitlines()[0]
