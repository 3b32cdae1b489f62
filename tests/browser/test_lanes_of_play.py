"""What a game tells and draws of what was played is what the film of the same schedule does: sentences and lanes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest

import kthreadlab
from kthreadlab import Config
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.play.assets import play_script
from kthreadlab.play.board import board_json
from kthreadlab.play.playing import TooManyStates, board_of
from kthreadlab.show.film import film
from tests.oracle.programs import program
from tests.play.boards import Reader
from tests.play.test_board import answer, at, scenario

pytestmark = pytest.mark.browser

LANES = """async ([script, data, goal, schedules]) => {
    const { WholeBoard, Game, Played } = new Function(`${script}; return { WholeBoard, Game, Played }`)();
    const board = await WholeBoard.read(JSON.parse(data)), all = [];
    for (const schedule of schedules) {
        const game = new Game(board, goal), played = new Played(board), trouble = await game.paste(schedule);
        if (trouble) throw new Error(trouble);
        played.follow(game.line(), null);
        all.push([played.lanes, game.line().map((_, moment) => played.says.at(moment))]);
    }
    return all;
}"""
ONE, EACH, PREEMPT = Config(), Config(cpus=16), Config(preempt=True)
WORLDS = [
    ("lab6/right/reference", "lab6/report-and-interrupt", ONE),
    ("lab6/right/reference", "lab6/report-and-interrupt", EACH),
    ("lab3/right/reference", "lab3/two-interrupts", ONE),
    ("lab3/right/reference", "lab3/process-and-interrupt", EACH),
    ("lab2/right/reference", "lab2/kill", PREEMPT),
]


def walks(data: dict, seed: int, many: int, most: int = 60) -> Iterator[str]:
    """Random schedules on a board."""
    reader = Reader(data)
    for n in range(many):
        pick, state, names = random.Random(f"{seed} {n}"), 0, []
        while (steps := reader.steps(state)) and len(names) < most:
            names.append(pick.choice(sorted(steps)))
            state = steps[names[-1]][0]
        if names:
            yield " ".join(names)


def seen(lane: dict) -> tuple[list, list]:
    """What a lane shows: its runs, with what they are, and the interrupts in them."""
    runs, inside, names = lane["runs"], lane.get("inside", []), lane.get("names", [])
    told = [[*runs[i : i + 2], *lane["kinds"][runs[i + 2]]] for i in range(0, len(runs), 3)]
    return told, [[*inside[i : i + 3], names[inside[i + 3]]] for i in range(0, len(inside), 4)]


def compare(page, given: tuple, goal: str, data: dict, schedules: list[str]) -> int:
    """Hold the lanes of each schedule against those of its film; gives how many interrupts hold somebody up."""
    found = page.evaluate(LANES, [play_script(), board_json(data), goal, schedules])
    held = 0
    for schedule, (mine, says) in zip(schedules, found, strict=True):
        made = json.loads(json.dumps(film(kthreadlab.replay(*given, schedule))))
        assert says[1:] == [at(made["says"], n + 1).partition(" ✗ ")[0] for n in range(len(says) - 1)], schedule
        theirs = {lane["name"]: seen(lane) for lane in made["lanes"] if lane["kind"] not in ("cpu", "helper")}
        drawn = {lane["name"]: seen(lane) for lane in mine if lane["kind"] != "helper"}
        if any(inside for name, (_, inside) in drawn.items() if name not in theirs):
            theirs.pop("interrupts")  # a film has no lane for whom never does anything, and is interrupted
        assert {name: drawn.get(name) for name in theirs} == theirs, schedule
        acting = {lane["name"] for lane in made["lanes"]}
        assert not [x for x in mine if x["name"] not in acting and x["runs"] and x["kind"] != "task"], schedule
        held += sum(len(inside) for _, inside in drawn.values())
    return held


@pytest.mark.parametrize("world", WORLDS, ids=lambda w: f"{w[0]}, {w[1]}, {w[2]}")
def test_interrupts_are_inside_whom_they_interrupt(open_page, world):
    """On random walks: runs, shapes, letters, and who is inside whom, how deep."""

    name, said, config = world
    given = answer(name), scenario(said), config
    goal = "irq_safe" if name.startswith("lab3") else "delivered"
    data = board_of(*given, goal, 40_000)
    held = compare(open_page("about:"), given, goal, data, list(walks(data, 1, 8)))

    assert held or "interrupt" not in said


@pytest.mark.parametrize("first", [60, *(pytest.param(first, marks=pytest.mark.long) for first in range(0, 60, 20))])
def test_random_programs_have_the_same_lanes_too(open_page, first):
    """With interrupts inside each other, timers, faults, and whoever ran last on a CPU that he doesn't hold."""

    page, held = open_page("about:"), 0
    for seed in range(first, first + 20):
        p = program(seed)
        try:
            data = json.loads(board_json(board_of(p.module, p.scenario, p.config, "no_oops", 1_500)))
        except (TooManyStates, InputError):
            continue
        held += compare(page, (p.module, p.scenario, p.config), "no_oops", data, list(walks(data, seed, 3, 40)))
    assert held > 5
