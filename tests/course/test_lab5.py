"""Lab 5's items: what wins them, what does not, and that its films show what is asked; what its page gives away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kthreadlab import arranged, broke, check, explore, load, predict
from kthreadlab.checks.labs import replay
from kthreadlab.checks.portfolio import FILE, LABS
from kthreadlab.compile.config import Config
from kthreadlab.course.duels import visited
from kthreadlab.course.earned import NotEarned
from kthreadlab.course.items import Duel, Visit
from kthreadlab.course.lab5 import PRINTED, REGISTERED, THEN, WRITES, calling, event
from kthreadlab.course.listings import listings
from kthreadlab.course.registry import ITEMS, points_of
from kthreadlab.machine.scenario import Write
from tests.support import given

WON = {
    "lab5.duel1": "event-7*6 khelper*3 event-7*3 event-9*8 khelper*2",
    "lab5.duel2": f"event-7*6 khelper*3 event-7*3 {WRITES} event-9*8",
}
EXCHANGED = f"event-7*6 {WRITES} khelper*3 event-7*3"
LABS_FOLDER = Path(__file__).parents[2] / "labs"


def items(kind):
    return [key for key, item in ITEMS.items() if isinstance(item, kind) and item.lab == "lab5"]


# ---- the items -----------------------------------------------------------------------------------------------------


def test_the_lab_has_a_hundred_points():
    assert sum(LABS["lab5"].points.values()) == 60
    assert sum(ITEMS[key].points for key in items(Duel)) == 25
    assert sum(points_of("lab5").values()) == 100


@pytest.mark.parametrize("key", items(Duel))
def test_a_duel_is_won(key):
    assert f"{ITEMS[key].points} points" in repr(broke(key, WON[key]))


@pytest.mark.parametrize(
    ("key", "schedule", "why"),
    [
        ("lab5.duel1", "event-7*8 khelper*2", "the shortest way"),
        ("lab5.duel1", "event-7*9 khelper*2", "one program runs, and khelper finds"),
        ("lab5.duel1", "event-7*6 khelper*3 event-7*3 event-9*9 khelper*2", "before run_umode_handler returns"),
        ("lab5.duel1", "event-7*6 khelper*3 event-7*3 event-9*8", "not broken at the end"),
        ("lab5.duel2", f"event-7*5 {WRITES} event-7", "the shortest way"),
        ("lab5.duel2", f"{WRITES} event-7*8 event-9*8", "one program runs, then root switches it off"),
        ("lab5.duel2", f"event-7*6 khelper*3 event-7*3 event-9*5 {WRITES} event-9", "only then comes the other"),
        ("lab5.duel2", f"event-7*6 khelper*3 event-7*3 {WRITES} event-9*5", "not broken at the end"),
    ],
)
def test_a_duel_is_not_won_by_less(key, schedule, why):
    with pytest.raises(NotEarned, match=why):
        broke(key, schedule)


def test_the_other_program_is_visited():
    """Whatever comes after it; and not where the program was asked for by its own name."""
    for more in ("", " event-9*6 khelper*3 event-9*3"):
        assert "6 points" in repr(visited("lab5.visit1", EXCHANGED + more))
    for schedule in (
        f"{WRITES} event-7*6 khelper*3 event-7*3",
        f"event-7*6 khelper*3 {WRITES} event-7*3 event-9*6 khelper*3",
    ):
        with pytest.raises(NotEarned):
            visited("lab5.visit1", schedule)


def test_nothing_that_a_search_prints_visits_it():
    asked = ITEMS["lab5.visit1"]
    found = explore(asked.module, asked.scenario, asked.config)
    for witness in filter(None, (one.witness for one in found.verdicts.values())):
        with pytest.raises(NotEarned):
            visited("lab5.visit1", witness.partition(": ")[2])


@pytest.mark.parametrize("order", ["k g e c f d a h j", "k g f e c d a h j", "k g e c f d h j a"])
def test_the_lines_have_orders_that_are_right(order):
    assert "9 points" in repr(arranged("lab5.order1", order))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("k g e b f d a h j", "no_leak"),
        ("k e g c f d a h j", "no_leak"),
        ("k g e c f d i h j", "no_leak"),
        ("k g e c f a d h j", "no_dangling"),
        ("k g e c f d a j h", "no_dangling"),
        ("k f g e c d a h j", "no_oops"),
        ("k g e f d c a h j", "no_oops"),
        ("e k g c f d a h j", "no_leak"),
        ("k g e c f d h j", "of a and i one belongs there"),
    ],
)
def test_an_order_that_is_wrong_says_why(order, why):
    with pytest.raises(NotEarned, match=why):
        arranged("lab5.order1", order)


@pytest.mark.parametrize(
    ("key", "ran", "ending"),
    [
        ("lab5.p1", ["/bin/alert"], ""),
        ("lab5.p2", ["/bin/alert"], "asleep"),
        ("lab5.p3", [], "fault"),
        ("lab5.p4", [], "fault"),
        ("lab5.p5", ["/bin/evil"], "asleep"),
        ("lab5.p6", [], "asleep"),
    ],
)
def test_a_film_ends_as_the_right_choice_says(key, ran, ending):
    film = predict(key).film
    assert (ran, ending) == ([one.args[0] for one in film.events if one.op == "exec"], film.ending)


@pytest.mark.parametrize(("key", "begun"), [("lab5.p2", True), ("lab5.p4", False)])
def test_a_film_shows_whether_the_program_has_begun_when_the_call_returns(key, begun):
    film = predict(key).film
    returned = next(one.step for one in film.events if one.op == "call_usermodehelper:return")
    assert begun is any(one.op == "exec" for one in film.events if one.step < returned)


@pytest.mark.parametrize("key", ["lab5.p1", "lab5.p3", "lab5.p4", "lab5.p6"])
def test_a_film_is_held_back_before_it_gives_the_answer_away(key):
    """Until somebody has chosen: khelper, and how the call came out."""
    shown = predict(key)
    before = [one for one in shown.film.events if one.step < shown.decides - 1 and one.context == "process"]
    told = () if key == "lab5.p1" else ("call_usermodehelper",)
    assert [] == [one.op for one in before if one.task == "khelper" or one.op in told]


# ---- what earns points without the subject --------------------------------------------------------------------------


def shown() -> dict[str, str]:
    """The function as it is shown on this page, and as other labs give it, with and without the row that is shown."""
    printed, mended = ("".join(listings(name).files.values()) for name in ("listing_5_printed", "listing_5"))
    row = REGISTERED.files["listing_5_row.c"]
    texts = {"printed": printed, "printed, its row": f"{printed}\n{row}", "mended": mended}
    mode = row.replace("0o666", "0o644")
    texts |= {"printed, its row mended": f"{printed}\n{mode}", "mended, its row mended": f"{mended}\n{mode}"}
    texts |= {"mended, its row": f"{mended}\n{row}", "Lab 6's": given("lab6")}
    cells = json.loads((LABS_FOLDER / "lab5" / "lab5.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    return texts | {key: text.partition("\n")[2] for key, text in sources.items() if text.startswith("%%kmod")}


@pytest.mark.parametrize("name", shown())
def test_what_is_shown_is_not_worth_half_the_points(name):
    """Names are what the check asks for already."""
    assert check("lab5", load(shown()[name], name="handler")).points < 30


def test_the_row_that_is_shown_is_none_to_copy():
    """Its mode is what the question is about."""
    text = "".join(REGISTERED.files.values())
    report = check("lab5", load(text, name="handler"))
    assert report.properties["registration"].verdict == "fails"


# ---- what the article says, and the lab -----------------------------------------------------------------------------


ONE = calling("claim", event(7))


def test_the_program_is_not_mykthreads_child_and_runs_as_root():
    """M14: khelper forks it."""
    film = predict("lab5.p1").film
    assert {"khelper"} == {one.task for one in film.events if one.op in ("helper_take", "exec")}


@pytest.mark.parametrize(("profile", "waits"), [("2.6.11", True), ("2.6.24", True), ("2.6.32", True), ("6.12", False)])
def test_what_zero_waits_for_depends_on_the_version(profile, waits):
    """E-17: before 3.4 until exec; then for nothing, and what is freed is used."""
    found = explore(PRINTED, ONE, Config(smp=True, profile=profile), ["no_dangling"])
    assert waits is not found.verdicts["no_dangling"].fails


def test_a_test_of_the_arrays_address_never_fires():
    """E-14: the empty path reaches call_usermodehelper, which takes it for success."""
    scenario = calling("claim", event(7), writes=(Write(FILE, "\n"),))
    trace = replay(REGISTERED, scenario, THEN, f"{WRITES} event-7*8")
    call = next(one for one in trace.events if one.op == "call_usermodehelper")
    assert (0, []) == (call.result, trace.execs())


def test_a_failed_exec_is_not_told():
    """E-16: nobody looks at value."""
    found = explore(PRINTED, calling("claim", event(7), programs=()), THEN, ["survives_failure"])
    assert found.verdicts["survives_failure"].fails


def test_an_interrupt_cannot_ask_for_a_program():
    found = explore(PRINTED, calling("claim", event(7, "nic", "irq")), THEN, ["never_sleeps_atomic"])
    assert found.verdicts["never_sleeps_atomic"].fails


def test_whoever_may_write_the_file_is_root_when_he_likes():
    """B16: with 0666, not with 0644."""
    for mode, ran in (("0o666", ["/bin/evil"]), ("0o644", ["/bin/alert"])):
        files = {name: text.replace("0o666", mode) for name, text in REGISTERED.files.items()}
        text = "".join(files.values())
        run = predict("lab5.p5").question.run
        trace = replay(load(text), run.scenario, THEN, run.schedule)
        assert ran == [one.args[0] for one in trace.events if one.op == "exec"]


def test_the_path_is_read_when_the_program_is_executed():
    """On 2.6.11 khelper gets the address of the array."""
    asked = ITEMS["lab5.visit1"]
    assert isinstance(asked, Visit)
    trace = replay(asked.module, asked.scenario, asked.config, EXCHANGED)
    wanted = next(one.args[0] for one in trace.events if one.op == "call_usermodehelper")
    assert ("/bin/alert", "/bin/other") == (wanted, next(one.args[0] for one in trace.events if one.op == "exec"))


def test_the_printed_row_says_what_it_is():
    text = REGISTERED.renderings["listing_5_row.c"].text
    assert "nobody should" in text.splitlines()[0] and "0666" in text
