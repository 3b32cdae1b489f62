"""A board says of every state what the machine itself says of it, and of every step what a replay tells."""

from __future__ import annotations

import json
import random

import pytest

import kthreadlab
from kthreadlab import Call, Config, Scenario, Signal, Thread, done
from kthreadlab.checks import catalogue
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import LABS
from kthreadlab.compile.runtime import HeapFull, KernelFault
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.play import playing
from kthreadlab.play.board import board_json, packed, unpacked
from kthreadlab.play.playing import TooManyStates, board_of, play
from kthreadlab.run.schedule import parse as schedule
from kthreadlab.run.search import build
from kthreadlab.show.film import film
from tests.oracle.programs import program
from tests.play.boards import Reader
from tests.support import corpus, linked, module

ONE, EACH, PREEMPT = Config(), Config(cpus=16), Config(preempt=True)


def answer(name: str):
    """The module of an answer of the corpora."""
    found = next(x for x in corpus() if x.name == name)
    return linked(found.lab, found.text)


def scenario(name: str) -> Scenario:
    """A scenario of a lab's check."""
    return next(x for x in LABS[name.partition("/")[0]].scenarios if x.name == name)


WORLDS = [
    ("lab2/wrong/listing_two", "lab2/two-reports", ONE),
    ("lab2/right/reference", "lab2/two-reports", EACH),
    ("lab2/right/reference", "lab2/kill", PREEMPT),
    ("lab6/right/reference", "lab6/two-reports", ONE),
    ("lab6/right/reference", "lab6/report-and-interrupt", EACH),
    ("lab6/right/reference", "lab6/spurious", ONE),
]


def read(world: tuple[str, str, Config], goal: str = "delivered") -> tuple[Reader, tuple]:
    name, said, config = world
    given = answer(name), scenario(said), config
    return Reader(json.loads(board_json(board_of(*given, goal, 40_000)))), given


def shown(table: dict) -> dict:
    """A film's pairs as a board's table."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in table}


def at(column: dict, moment: int) -> object:
    """The value of a film's column at a moment."""
    changes = column["changes"]
    return column["values"][max((m, v) for m, v in zip(changes[::2], changes[1::2], strict=True) if m <= moment)[1]]


@pytest.mark.parametrize("world", WORLDS, ids=lambda w: f"{w[0]}, {w[1]}, {w[2]}")
def test_a_walk_on_the_board_is_the_film_of_its_schedule(world) -> None:
    """Sentences, places in the source, marks, tasks, queues, locks and variables."""

    reader, given = read(world)
    for seed in range(6):
        pick, n, names, tells, states = random.Random(seed), 0, [], [], [0]
        while (steps := reader.steps(n)) and len(names) < 60:
            name = pick.choice(sorted(steps))
            n, told = steps[name]
            names.append(name)
            tells.append(told)
            states.append(n)
        told_by = json.loads(json.dumps(film(kthreadlab.replay(*given, " ".join(names)))))
        remarks = [at(told_by["says"], m + 1) for m in range(len(names))]

        assert [told[0] for told in tells] == [text.partition(" ✗ ")[0] for text in remarks]
        assert [told[2] for told in tells] == [at(told_by["places"], m + 1) for m in range(len(names))]
        marks = [[step, *mark] for step, told in enumerate(tells) for mark in told[3]]
        assert marks == told_by["marks"]
        for m, n in enumerate(states):
            rows = {name: at(column, m) for name, column in told_by["tasks"].items()}
            assert {name: value and value[0] for name, value in reader.table("tasks", n).items()} == rows
            for of in ("queues", "locks", "statics"):
                assert reader.table(of, n) == shown(at(told_by[of], m)), of


def choices(m, s) -> set[str]:
    """The names of the choices that are open in a state, found by trying."""
    found = set()
    for e in m.internal + m.external:
        if s[e.st] < 4:
            try:
                if e.table[s[e.pc]](s) is None:
                    continue
            except (KernelFault, HeapFull):
                pass
            found.add(e.name)
    return found


@pytest.mark.parametrize("world", WORLDS[:5], ids=lambda w: f"{w[0]}, {w[1]}, {w[2]}")
def test_the_buttons_are_the_choices_of_the_unreduced_machine(world) -> None:
    """In every state; and every other button has a reason."""

    reader, given = read(world)
    m = build(*given, observers=observers_for(["delivered"]), reduce=False)
    number, todo = {m.initial: 0}, [m.initial]
    for s in todo:
        steps, n = reader.steps(number[s]), number[s]
        assert set(steps) == choices(m, s)
        assert {name for name, why in reader.reasons(n).items() if not why} == set(steps)
        for name, (target, _) in steps.items():
            for e in m.internal + m.external:
                t = e.table[s[e.pc]](s) if e.name == name and s[e.st] < 4 else None
                if t is not None and t not in number:
                    number[t] = target
                    todo.append(t)
    assert len(todo) == reader.board["size"]


def test_what_stops_the_machine_is_a_state_of_its_own() -> None:
    """Nobody can move in it, and everybody says why."""

    oopses = module("def mykthread(unused):\n    BUG()\n    return 0\n")
    reader = Reader(board_of(oopses, Scenario("one", threads=[Thread("mykthread")]), ONE, "no_oops", 100))
    n = 0
    while steps := reader.steps(n):
        ((n, told),) = steps.values()

    assert told[-1], "the last step is told as a fault"
    assert set(reader.reasons(n).values()) == {"the machine has stopped"}
    flags = list(unpacked(reader.board["goals"]["no_oops"]["flags"]))
    assert flags[n] == 1, "and there the goal is broken"


def test_a_button_does_not_tell_a_fault_before_it_happens() -> None:
    """It says the line; and of a thread that ends, what it returns."""

    for body, said in (("    spin_lock(lock)\n", "line 5"), ("    return 3\n", "returns 3")):
        text = f"lock = spinlock_t()\n\n\ndef mykthread(unused):\n{body}    return 0\n"
        one = Reader(board_of(module(text), Scenario("one", threads=[Thread("mykthread")]), ONE, "no_oops", 100))
        assert one.steps(0)["mykthread"][1][1] == said


def test_numbers_come_back_as_they_were_packed() -> None:
    """Of any width, and none at all."""

    for numbers in ([], [0], [255] * 9, [0, 256], [70_000, 1]):
        assert list(unpacked(packed(numbers))) == numbers


def test_equal_programs_give_equal_pages() -> None:
    """Byte for byte: a notebook that is run again has nothing to commit."""

    world = answer("lab2/wrong/listing_two"), scenario("lab2/kill"), [ONE, PREEMPT]

    assert play(*world).html() == play(*world).html()


def test_what_is_too_large_says_so() -> None:
    """With the number, and nothing else of the world is given up."""

    world = answer("lab2/right/reference"), scenario("lab2/kill")
    with pytest.raises(TooManyStates, match="more than 100 states"):
        play(*world, ONE, max_states=100)
    assert len(play(*world, [ONE, EACH], max_states=300).boards) == 1
    with pytest.raises(ValueError, match="there is no property 'speed'"):
        play(*world, ONE, "speed")


def test_names_with_markup_in_them_stay_text() -> None:
    """In the page no character of a program ends the script that holds it."""

    text = 'word = char_array(40, "</script><b>&")\n\n\ndef mykthread(unused):\n    printk(word)\n    return 0\n'
    world = Scenario("<i&b", threads=[Thread("mykthread")], calls=[Call("cat", "mykthread", 0)])
    page = play(module(text), world, ONE, "no_oops").html()

    assert page.count("</script>") == 2 and "<b>&" not in page


@pytest.mark.parametrize("first", [*range(0, 25, 5), 66])
def test_every_kind_of_program_has_a_board(first: int) -> None:
    """Five random programs over all calls, but for large ones: a random walk is told as its replay is.

    Number 70 frees memory whose address somebody may hold: what is looked for in all cells is noted as looked at."""

    compared = 0
    for seed in range(first, first + 5):
        p = program(seed)
        try:
            reader = Reader(json.loads(board_json(board_of(p.module, p.scenario, p.config, "no_oops", 3_000))))
        except (TooManyStates, InputError):
            continue
        pick, n, names, tells, ran = random.Random(seed), 0, [], [], {}
        while (steps := reader.steps(n)) and len(names) < 40:
            name = pick.choice(sorted(steps))
            n, told = steps[name]
            names.append(name)
            tells.append(reader.says(told, name, ran))
        told_by = film(kthreadlab.replay(p.module, p.scenario, p.config, " ".join(names))) if names else None
        assert tells == [at(told_by["says"], m + 1).partition(" ✗ ")[0] for m in range(len(names))]
        compared += 1
    assert compared


def test_a_signal_and_a_reason_read_as_sentences() -> None:
    """For whoever has never seen a kernel."""

    sleeper = module("q = DECLARE_WAIT_QUEUE_HEAD()\n\n\ndef mykthread(unused):\n    sleep_on(q)\n    return 0\n")
    world = Scenario("one", threads=[Thread("mykthread")], signals=[Signal("mykthread")])
    reader = Reader(board_of(sleeper, world, ONE, "no_oops", 500))
    told = {why for n in range(reader.board["size"]) for why in reader.reasons(n).values()}

    assert "asleep on q" in told


def test_a_report_is_played_where_its_answer_fails() -> None:
    """The first failure to look at, or the property that is asked for; nothing, if there was nothing to check."""

    report = kthreadlab.check("lab2", answer("lab2/wrong/listing_two"))
    first, asked = play(report), play(report, goal="no_stale_helper")

    assert first.goal == report.start.name
    assert asked.goal == "no_stale_helper" and report.properties["no_stale_helper"].scenario.startswith(
        asked.boards[0]["title"]
    )
    with pytest.raises(ValueError, match="there is nothing to play yet"):
        play(kthreadlab.check("lab2", kthreadlab.load("def mykthread(unused):\n    import os\n", name="mykthread")))
    with pytest.raises(ValueError, match="play takes a module"):
        play(3)


class Asked:
    """A page that asks a kernel for one state after the other, as `LiveBoard` does."""

    def __init__(self, game) -> None:
        self.game, self.start = game, json.loads(json.dumps(game.start()))
        self.names = [mover["name"] for mover in self.start["movers"]]
        self.values = [[] for _ in self.start["columns"]]
        self.reasons, self.tells = [], []

    def state(self, n: int) -> tuple[dict, dict, list]:
        """The steps, the reasons and what is seen of a state."""
        known = [len(values) for values in (self.reasons, self.tells, *self.values)]
        ((_, told),) = json.loads(json.dumps(self.game.told([n], known)))
        for known, new in zip(self.values, told["values"], strict=True):
            known += new
        self.reasons += told["reasons"]
        self.tells += told["tells"]
        steps = {self.names[k]: (target, self.tells[said]) for k, target, said in told["steps"]}
        why = {name: self.reasons[x] for name, x in zip(self.names, told["why"], strict=True)}
        return steps, why, [values[x] for values, x in zip(self.values, told["seen"], strict=True)]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("world", WORLDS, ids=lambda w: f"{w[0]}, {w[1]}, {w[2]}")
def test_a_kernel_says_what_a_page_says(world, known, monkeypatch) -> None:
    """For the same clicks the same sentences, reasons and views, all states known or none."""

    if not known:
        monkeypatch.setattr(playing, "MOST_KNOWN", 1)
    reader, given = read(world)
    game = playing.live_game(*given, "delivered")
    Asked(game).state(0)  # another page, or this one before it was loaded again
    page = Asked(game)
    assert ("unknown" in page.start["goals"]["delivered"]) == (not known)
    for seed in range(3):
        pick, n, x = random.Random(seed), 0, 0
        for _ in range(40):
            steps, why, seen = page.state(x)
            on_page = reader.steps(n)
            assert {name: told for name, (_, told) in steps.items()} == {x: told for x, (_, told) in on_page.items()}
            assert why == reader.reasons(n)
            assert seen == [values[at[n]] for _, _, values, at in reader.columns]
            if not steps:
                break
            name = pick.choice(sorted(steps))
            n, x = reader.steps(n)[name][0], steps[name][0]
            if known:
                assert n == x


def test_states_that_are_told_together_are_told_as_one_by_one() -> None:
    """Each brings the values that are new with it, and no others."""

    given = answer("lab2/wrong/listing_two"), scenario("lab2/two-reports"), EACH, "delivered"
    alone, together = Asked(playing.live_game(*given)), playing.live_game(*given)
    wanted = [0, *range(1, 40, 3)]
    tables: list[list] = [[] for _ in range(2 + len(alone.values))]
    for n, told in json.loads(json.dumps(together.told(wanted, []))):
        for table, new in zip(tables, [told["reasons"], told["tells"], *told["values"]], strict=True):
            table += new
        seen = [values[x] for values, x in zip(tables[2:], told["seen"], strict=True)]
        why = {name: tables[0][x] for name, x in zip(alone.names, told["why"], strict=True)}
        steps = {alone.names[k]: (target, tables[1][said]) for k, target, said in told["steps"]}
        assert alone.state(n) == (steps, why, seen)


def test_there_can_be_more_movers_than_a_byte_counts() -> None:
    """300 calls, each after the one before: 601 states in a row."""

    bell = module("door = u32(0)\n\n\ndef bell():\n    global door\n    door = 1\n")
    calls = [Call(f"c{i}", "bell", when=done(f"c{i - 1}") if i else None) for i in range(300)]
    reader = Reader(json.loads(board_json(board_of(bell, Scenario("many", calls=calls), ONE, "no_oops", 1_000))))
    n, names = 0, []
    while steps := reader.steps(n):
        ((name, (n, _)),) = steps.items()
        names.append(name)

    assert names == [f"c{i}" for i in range(300) for _ in range(2)]


def test_other_machines_and_versions_are_worlds_or_say_why_not() -> None:
    """Beside one machine its two switches, and every version; those that are alike are stored once."""

    game = play(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), ONE)
    worlds = {world["name"]: world for world in game.worlds}

    assert list(worlds) == [*map(str, (ONE, PREEMPT, EACH)), "2.4", "2.6.24", "2.6.32", "6.12"]
    assert worlds["6.12"]["why"] == "line 13 of mykthread: mykthread: Unknown symbol daemonize"
    assert worlds["2.4"]["why"].startswith("line 13 of mykthread: too many arguments to daemonize()")
    assert worlds["2.6.24"]["board"] == worlds["2.6.32"]["board"] == len(game.boards) - 1
    for config in (ONE, PREEMPT, EACH, Config(profile="2.6.32")):
        world = worlds.get(str(config)) or worlds[config.profile]
        own = board_of(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), config, "delivered", 1_000)
        board = game.boards[world["board"]] | {key: world[key] for key in ("config", "head") if key in world}
        assert board == own
    unbuilt = play(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), PREEMPT).worlds
    assert "Linux 2.4 has no CONFIG_PREEMPT: preempt must be False" in [world["why"] for world in unbuilt]


def test_a_page_has_room_for_so_many_states() -> None:
    """Whoever asks for machines gets them as far as they fit; what nobody asked for takes little."""

    world = answer("lab2/right/reference"), scenario("lab2/kill-and-two-reports")
    asked, unasked = play(*world, [ONE, EACH], max_states=8_000), play(*world, EACH)

    assert [x["size"] for x in asked.boards[:2]] == [741, 6_246]
    assert [x.get("why") for x in unasked.worlds if x["name"] == str(PREEMPT)] == []
    assert sum(x["size"] for x in unasked.boards[1:]) <= playing.MOST_BESIDE
    assert "too many states for this page" in [x["why"] for x in unasked.worlds]


@pytest.mark.parametrize("config", [ONE, EACH, PREEMPT], ids=str)
@pytest.mark.parametrize("name", ["lab2/wrong/listing_two", "lab2/right/reference", "lab6/right/reference"])
def test_a_map_counts_what_explore_counts(name, config) -> None:
    """Unreduced, for the same property: as many states, broken where explore finds that it fails."""

    for said in ("two-reports", "kill"):
        given = answer(name), scenario(f"{name[:4]}/{said}"), config
        for goal in ("delivered", "no_oops"):
            found = kthreadlab.explore(*given, [goal], reduce=False)
            board = found.map(goal).boards[0]
            flags = list(unpacked(board["goals"][goal]["flags"]))
            assert board["size"] - board["stops"] == found.states
            assert found.verdicts[goal].fails == any(flag & 1 for flag in flags) or board["goals"][goal]["rounds"]


def test_a_report_draws_its_map() -> None:
    """Of what fails the witness is in it, of what holds nothing is broken; by default what is to be looked at first."""

    report = kthreadlab.check("lab2", answer("lab2/wrong/listing_two"))
    for name in ("", "no_stale_helper", "dies_cleanly"):
        game, found = report.map(name), report.properties[name or report.start.name]
        reader, n, last = Reader(game.boards[0]), 0, []
        for step in schedule(game.words.witness).steps:
            last, n = [n, reader.names.index(step)], reader.steps(n)[step][0]
        goal = game.boards[0]["goals"][game.goal]
        assert bool(game.words.witness) == (found.verdict == "fails") == any(unpacked(goal["far"]))
        assert not game.words.witness or list(unpacked(goal["flags"]))[n] & 1 or last in goal["breaking"]
    assert "kill" in report.map("dies_cleanly").boards[0]["title"], "it is judged where it comes about"
    for name, why in (("speed", "lab2 has no property 'speed'"), ("survives_preemption", "compares machines")):
        with pytest.raises(ValueError, match=why):
            report.map(name)


@pytest.mark.parametrize("name", ["lab2/wrong/storm", "lab6/wrong/spins_on_the_set", "lab6/wrong/lock_leak_when_idle"])
def test_the_run_on_a_map_breaks_it(name) -> None:
    """Each witness of a report can be made on its board, and ends where it is broken: at rest, by its last step, in a
    round."""

    found = answer(name)
    report = kthreadlab.check(name.partition("/")[0], found)
    failing = [name for name, result in report.properties.items() if result.verdict == "fails"]
    for property in failing:
        game = report.map(property)
        reader, n, last = Reader(game.boards[0]), 0, []
        for step in schedule(game.words.witness).steps:
            last, n = [n, reader.names.index(step)], reader.steps(n)[step][0]
        goal = game.boards[0]["goals"][game.goal]
        rounds = {state for part in goal["rounds"] for state in unpacked(part["states"])}
        assert list(unpacked(goal["flags"]))[n] & 1 or last in goal["breaking"] or n in rounds
    assert failing


def test_what_was_not_searched_has_no_map() -> None:
    """It says what there is."""

    found = kthreadlab.explore(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), ONE, ["no_oops"])
    assert found.map().goal == "no_oops" and found.map().words.witness == ""
    with pytest.raises(ValueError, match="'delivered' was not asked; there are: no_oops"):
        found.map("delivered")
    with pytest.raises(ValueError, match="no property was asked"):
        kthreadlab.explore(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), ONE, []).map()
    with pytest.raises(ValueError, match="nobody draws"):
        catalogue.explore(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), ONE, ["no_oops"]).map()


def test_what_is_asked_of_a_kernel_that_is_no_question_is_not_answered() -> None:
    """Nor does it fall over: it says what it can."""

    words = playing.Words("delivered")
    games = playing.live(answer("lab2/wrong/listing_two"), scenario("lab2/one-report"), [ONE], words).games
    for wanted in (None, 3, {}, {"world": "0"}, {"states": [0]}):
        assert games.answer(wanted) is None
    for wanted in ({"world": 99}, {"world": -1}, *({"world": 0, "states": x} for x in ([10**6], ["x"], [0, -1], 0))):
        assert "trouble" in games.answer(wanted)


def test_whose_an_entry_without_a_name_is() -> None:
    """That of a call of the kernel's is its caller's; and a lock whose holder has ended is locked all the same."""

    board = board_of(answer("lab2/right/sleep_on"), scenario("lab2/one-report"), ONE, "no_oops", 500)
    assert "add_wait_queue(myevent_waitqueue, mykthread's entry)" in [told[1] for told in board["tells"]]
    board = board_of(answer("lab2/wrong/lock_leak_at_exit"), scenario("lab2/kill"), EACH, "no_oops", 9_000)
    assert "spins: myevent_lock is locked, and nobody is left to unlock it" in board["reasons"]
    assert not [reason for reason in board["reasons"] if "nobody" in reason and "held by" in reason]


def test_what_is_too_large_for_a_page_is_played_with_a_kernel() -> None:
    """It says so as text, and has no page."""

    large = answer("lab6/right/reference"), scenario("lab6/two-reports-and-interrupt"), EACH
    game = play(*large, "delivered")

    assert "more states than a page holds" in repr(game)
    for way in (game.html, lambda: game.save("no.html")):
        with pytest.raises(TooManyStates, match="too many for a page"):
            way()
