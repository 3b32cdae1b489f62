"""Whether a run breaks a property is judged as a search judges: by its witnesses, over the corpus of wrong answers."""

from collections import Counter

import pytest

from kthreadlab import duel, explore
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU
from kthreadlab.compile.values import LowerError
from kthreadlab.course.duels import Ground
from kthreadlab.course.items import Duel
from kthreadlab.play.playing import MOST_STATES
from kthreadlab.run.schedule import Schedule, parse
from tests.course.samples import DUEL
from tests.support import corpus, linked

EVERY = 4
"""One wrong answer of so many; all of them in the long run."""


def failures(lab: str, every: int):
    """The failures of wrong answers in small worlds: the duel that they would make, and the search's verdict."""
    worlds = [s for s in LABS[lab].scenarios if len(s.calls) <= 1 and not s.writes][:3]
    wrong = [x for x in corpus() if x.lab == lab and "/wrong/" in x.name]
    for answer in wrong[::every]:
        module = linked(lab, answer.text)
        for world in worlds if not module.diagnostics else ():
            try:
                found = explore(module, world, ONE_CPU, reduce=False, max_states=MOST_STATES)
            except LowerError:  # another version's
                continue
            for name, verdict in found.verdicts.items():
                if found.complete and verdict.fails and name != "no_data_race":
                    yield Duel(f"{lab}.x1", 1, module, world, ONE_CPU, "", (), name), verdict


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("lab", ["lab2", "lab5", "lab6"])
def test_what_a_search_finds_breaks_it_and_a_step_less_does_not(lab, every):
    """At rest, by a step, by a fault, on a cycle; and a shortest run that lacks its last step breaks nothing."""

    seen = Counter()
    for asked, verdict in failures(lab, every):
        ground, witness = Ground(asked), parse(verdict.witness)
        found = ground.broken_by(witness)
        less = Schedule(witness.steps[:-1])
        assert found is not None, (asked, verdict.witness)
        assert witness.cycle or ground.broken_by(less) is None, (asked, verdict.witness)
        assert len(witness.steps) >= ground.fewest or witness.cycle
        seen[found.kind] += 1

    assert sum(seen.values()) >= 10 and len(seen) >= 2, seen


def test_a_duel_is_played_with_its_dare_and_without_hints(items):
    """On a page of its own world."""

    game = duel("lab6.duel1")

    assert (DUEL.dare, False, "delivered") == (game.words.dare, game.words.hints, game.words.goal)
    assert DUEL.scenario.name == game.boards[0]["title"]


POLLS = """\
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    while True:
        schedule()
"""


@pytest.mark.parametrize(
    ("schedule", "breaks"),
    [("sensor*5 mykthread (mykthread)", True), ("sensor mykthread (mykthread)", False), ("sensor*5 mykthread", False)],
)
def test_a_cycle_breaks_a_promise_if_it_leaves_nobody_out(schedule, breaks):
    """Round and round while the reporter could go on is no run that there will be; nor is a run that just stops."""

    module = linked("lab2", POLLS)
    world = next(s for s in LABS["lab2"].scenarios if s.name == "lab2/one-report")
    ground = Ground(Duel("lab2.x1", 1, module, world, A_CPU_EACH, "", (), "delivered"))

    assert breaks == (ground.broken_by(parse(schedule)) is not None)
