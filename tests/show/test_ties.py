"""What a picture draws inside bars and between lanes, held against the machine's states on schedules drawn by lot."""

import random
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest

import kthreadlab
from kthreadlab import Config, load
from kthreadlab.lang.task_state import asleep
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Call, Scenario
from kthreadlab.machine.standing import blocked
from kthreadlab.run.replay import Recorder, replay
from kthreadlab.run.schedule import Schedule
from kthreadlab.run.view import Viewer
from kthreadlab.show.film import film
from kthreadlab.show.inside import LETTER_WIDE, names, zones
from kthreadlab.show.lanes import INTERRUPTS, events_by_step, lanes
from kthreadlab.show.lost import lost, tied
from kthreadlab.show.nested import hosts_at, nested
from kthreadlab.show.picture import HEIGHTS, Picture
from kthreadlab.show.text import trace_text
from kthreadlab.show.waits import circle, circle_words, waits
from tests.patches import text_of
from tests.show.samples import everything
from tests.support import A_CPU_EACH, ANSWER, ONE_CPU, ONE_CPU_PREEMPT, SUBMISSIONS

TWO = """
a = {made}
b = {made}
x = u32(0)

def one():
    {lock}(a)
    x = 1
    {lock}(b)
    x = 2
    {unlock}(b)
    {unlock}(a)
    return 0

def two():
    {lock}(b)
    x = 3
    {lock}(a)
    x = 4
    {unlock}(a)
    {unlock}(b)
    return 0
"""
SPINLOCKS = TWO.format(made="DEFINE_SPINLOCK()", lock="spin_lock", unlock="spin_unlock")
SEMAPHORES = TWO.format(made="DECLARE_MUTEX()", lock="down", unlock="up")
READERS = """
a = DEFINE_RWLOCK()
x = u32(0)

def one():
    read_lock(a)
    x = 1
    read_unlock(a)
    return 0

def two():
    write_lock(a)
    x = 2
    write_unlock(a)
    return 0
"""
LANDING = """
a = DEFINE_SPINLOCK()
x = u32(0)

def one():
    spin_lock_irqsave(a, flags)
    x = 1
    spin_unlock_irqrestore(a, flags)
    spin_lock(a)
    x = 2
    spin_unlock(a)
    return 0

def nic():
    spin_lock(a)
    x = 3
    spin_unlock(a)
    return 0

def disk():
    x = 4
    x = 5
    return 0
"""
CALLS = [Call("one", "one"), Call("two", "two"), Call("three", "one")]
IRQS = [Call("nic", "nic", context="irq"), Call("disk", "disk", context="irq")]
WORLDS = {
    "spinlocks": (SPINLOCKS, Scenario("spinlocks", calls=CALLS)),
    "semaphores": (SEMAPHORES, Scenario("semaphores", calls=CALLS)),
    "readers": (READERS, Scenario("readers", calls=CALLS)),
    "interrupts": (LANDING, Scenario("interrupts", calls=[Call("one", "one"), Call("three", "one"), *IRQS])),
}
CONFIGS = {
    "one CPU": ONE_CPU,
    "PREEMPT": ONE_CPU_PREEMPT,
    "a CPU each": A_CPU_EACH,
    "two CPUs": Config(cpus=2, smp=True),
}
RUNS = [(name, config, seed) for name in WORLDS for config in CONFIGS for seed in range(4)]


@cache
def by_lot(name: str, config: str, seed: int):
    """A run of at most 80 steps, each choice drawn by lot, and the machine with the states it went through."""
    text, world = WORLDS[name]
    module, luck = load(text, name="locks"), random.Random(f"{name} {config} {seed}")
    recorder = Recorder(Machine.of(module, world, CONFIGS[config], reduce=False, heap=32))
    choices = list(dict.fromkeys(entry.name for entry in recorder.entries))
    steps, states = [], [recorder.m.initial]
    while len(steps) < 80:
        made = ((choice, recorder.step(states[-1], choice)[0]) for choice in luck.sample(choices, len(choices)))
        choice, after = next((pair for pair in made if pair[1] is not None), ("", None))
        if after is None:
            break
        steps.append(choice)
        states.append(after)
    return replay(module, world, CONFIGS[config], Schedule(tuple(steps))), recorder.m, states


def standing(m: Machine, s) -> set[tuple[str, str, str]]:
    """Who waits for which lock that who has, from a state alone: who can't take what he stands at, or is in line."""
    viewer, found = Viewer(m), set()
    for actor in m.actors:
        node = m.nodes[s[m.index[f"pc.{actor.index}"]]]
        wanted = m.instr(node).args[0].obj.name if node is not None and blocked(m, s, actor.index) else ""
        for obj in m.statics.objects.values():
            line = s[m.index[obj.key]] if obj.key in m.as_mutex and obj.key in m.index else None
            if line and actor.index in line[1] and asleep(s[m.state_cells[actor.index]]):
                wanted = obj.name
        if wanted:
            holders = re.sub(r" \((read|write)\)", "", viewer.locks(s)[wanted]).split(", ")
            found |= {(actor.name, wanted, holder) for holder in holders if holder}
    return found


@pytest.mark.parametrize(("name", "config", "seed"), RUNS)
def test_arrows_are_who_waits_for_whom_in_every_state(name, config, seed):
    """Waiter, lock and holder as the machine's state tells them, at every step of a run by lot."""

    trace, m, states = by_lot(name, config, seed)
    frames = nested(trace, events_by_step(trace))
    for moment, state in enumerate(states):
        drawn = waits(trace.views[moment], hosts_at(frames, moment))

        assert standing(m, state) == {(w.waiter, w.lock, holder) for w in drawn if w.lock for holder in w.holders}


def test_runs_by_lot_have_waits_and_circles_in_them():
    """What the test above looks at is not nothing."""

    seen, circles = set(), set()
    for name, config, seed in RUNS:
        trace, _, _ = by_lot(name, config, seed)
        frames = nested(trace, events_by_step(trace))
        found = [waits(view, hosts_at(frames, moment)) for moment, view in enumerate(trace.views)]
        seen |= {name for each in found if each}
        circles |= {name for each in found if circle(each)}

    assert set(WORLDS) == seen
    assert {"spinlocks", "semaphores", "interrupts"} == circles


@pytest.mark.parametrize(("name", "config", "seed"), [run for run in RUNS if run[0] == "interrupts"])
def test_an_interrupt_is_drawn_inside_whom_it_interrupts(name, config, seed):
    """At every step each frame of the state is in one lane, once: the lane of the task that has its CPU."""

    trace, m, states = by_lot(name, config, seed)
    every = lanes(trace)
    for step, (before, after) in enumerate(pairwise(states)):
        there = {m.actors[x].name for key, n in m.index.items() if key.startswith("frm.") for x in after[n]}
        there |= {f"irq/{trace.steps[step].rpartition('/')[2]}"} if "irq/" in trace.steps[step] else set()
        inside = [(lane.name, x.actor) for lane in every for x in lane.nested if x.start <= step < x.end]
        alone = next(
            (run.label for x in every if x.name == INTERRUPTS for run in x.runs if run.start <= step < run.end), ""
        )

        assert there == {actor for _, actor in inside} | {f"irq/{name}" for name in alone.split(", ") if name}
        assert len(there) == len(inside) + len([name for name in alone.split(", ") if name])
        for host, actor in inside:
            task, frame = m_actor(m, host), m_actor(m, actor)
            cpu = m.cpus.of(m, before, frame) if m.cpus.of(m, before, frame) >= 0 else m.cpus.of(m, after, frame)
            owner = m.cpus.task_on(m, after, cpu)

            assert owner in (-1, task)


def m_actor(m: Machine, name: str) -> int:
    return next(a.index for a in m.actors if a.name == name)


@pytest.mark.parametrize(("name", "config", "seed"), [run for run in RUNS if run[0] == "interrupts"])
def test_its_box_lies_within_the_bar(name, config, seed):
    """In the picture: between the edges of its host's bar, left, right, above and below; deeper ones further in."""

    trace, _, _ = by_lot(name, config, seed)
    p = Picture(trace)
    alone = p.tops[INTERRUPTS][0] if INTERRUPTS in p.tops else -1
    boxes = [path for path in drawing(p) if path.get("class") == "irq"]
    rooms = []
    for lane in p.lanes:
        top = p.tops[lane.kind + lane.name][0]
        for x in lane.nested:
            held = [
                run for run in lane.runs if run.shape in ("held", "spin") and run.start <= x.start < x.end <= run.end
            ]
            whole = [run for run in lane.runs if run.start < x.end and x.start < run.end]
            assert held or all(run.shape in ("held", "spin") for run in whole)
            rooms.append(
                (p.x(min(run.start for run in whole)), top, p.x(max(run.end for run in whole)), top + HEIGHTS["task"])
            )
    drawn = [[float(n) for n in re.findall(r"[\d.]+", path.get("d"))] for path in boxes]
    for left, top, right, low, _, bottom, *_ in [box for box in drawn if box[1] != alone + 2]:
        assert any(a <= left < right <= c and b < top < low < bottom < d for a, b, c, d in rooms)


def drawing(p: Picture):
    return list(ElementTree.fromstring(p.svg()).iter())


@pytest.mark.parametrize(("name", "config", "seed"), RUNS)
@pytest.mark.parametrize("scale", [7, 24, 40, 200])
def test_no_name_stands_over_another_or_beyond_its_bar(name, config, seed, scale):
    """However much room there is."""

    trace, _, _ = by_lot(name, config, seed)
    for lane in lanes(trace):
        taken = {}
        for one in names(lane, lambda step: step * scale):
            zone = next(z for z in zones(lane) if z.kind == one.kind and z.start * scale <= one.x < z.end * scale)
            right = one.x + LETTER_WIDE * len(one.text)

            assert right <= zone.end * scale
            assert all(right <= a or b <= one.x for a, b in taken.setdefault(zone, []))
            taken[zone].append((one.x, right))


@pytest.mark.parametrize("name", WORLDS)
def test_with_room_enough_every_call_has_its_name(name):
    """In a bar, in an interrupt, where somebody waits: nothing is left out but for want of room."""

    trace, _, _ = by_lot(name, "two CPUs", 1)
    for lane in lanes(trace):
        running = {step for run in lane.runs if run.shape == "run" for step in range(run.start, run.end)}
        running |= {step for x in lane.nested for step in range(x.start, x.end)}
        wanted = [call.name for call in lane.calls if call.kind == "waits" or call.start in running]

        assert sorted(wanted) == sorted(one.text for one in names(lane, lambda step: step * 400))


# ---- a circle ----------------------------------------------------------------------------------------------------


def deadlock():
    """Two calls, each of which waits for the lock that the other has."""
    text, _ = WORLDS["spinlocks"]
    module, world = load(text, name="locks"), Scenario("both", calls=CALLS[:2])
    found = kthreadlab.explore(module, world, A_CPU_EACH)
    return kthreadlab.replay(module, world, A_CPU_EACH, found.verdicts["returns"].witness)


def test_a_deadlock_is_named_in_the_picture_and_in_words():
    """Its circle in picture, description, film and text."""

    trace = deadlock()
    words = "Deadlock: one → b → two → a → one."
    p = Picture(trace, "returns")
    said = ["".join(node.itertext()) for node in drawing(p) if node.tag.endswith("text")]

    assert words == circle_words(waits(trace.views[-1]))
    assert "deadlock" in said
    assert words in p.described() and words in p.caption()
    assert film(trace, property="returns")["ending"].endswith(words)
    assert words in " ".join(trace_text(trace).split())


def test_an_interrupt_that_waits_for_whom_it_interrupts_is_a_circle():
    """The task goes on when the interrupt has ended, the interrupt when the task has: nobody does."""

    text, _ = WORLDS["interrupts"]
    module, world = load(text, name="locks"), Scenario("lands", calls=[CALLS[0], IRQS[0]])
    trace = replay(module, world, ONE_CPU, Schedule(("one",) * 5 + ("irq/nic",)))

    assert ["Deadlock: the nic interrupt → a → one → the nic interrupt."] == tied(trace)


def test_who_waits_and_goes_round_nowhere_is_no_deadlock():
    """An arrow alone."""

    assert () == circle(waits(everything().views[-1]))
    assert "deadlock" not in trace_text(everything()).lower()


# ---- lost wake-ups -----------------------------------------------------------------------------------------------

WRONG = [
    *("lab6/order_13_autoremove_once", "lab6/order_5_state_after_check", "lab6/order_9_wakes_before_it_stores"),
    "lab2/never_on_the_queue",
]
"""Answers whose witness ends with the thread asleep while something is pending."""


def witness(path: str):
    lab, _, name = path.partition("/")
    made = next(SUBMISSIONS.glob(f"{lab}/wrong/{name}.*"))
    report = kthreadlab.check(lab, load(text_of(made), name=ANSWER[lab]))
    shown = kthreadlab.show(report)
    return shown.trace, shown.property


@pytest.mark.parametrize("path", WRONG)
def test_a_lost_wake_up_is_tied_to_the_sleep_that_it_missed(path):
    """It changed nobody's state; the task is asleep from then on, and nobody wakes it any more."""

    trace, property = witness(path)
    found = lost(trace, property)

    assert 1 == len(found)
    (one,) = found
    letters = [{task.name: task.letter for task in view.tasks} for view in trace.views]
    assert letters[one.step][one.task] == letters[one.step + 1][one.task]
    assert all(
        not task.on_runqueue for view in trace.views[one.since :] for task in view.tasks if task.name == one.task
    )
    assert not [e for e in trace.events if e.step > one.step and one.task in e.detail("woken", ())]
    drawn = drawing(Picture(trace, property))
    assert 1 == len([node for node in drawn if node.get("class") == "broke ring"])
    assert "woke nobody" in ["".join(node.itertext()) for node in drawn if node.tag.endswith("text")]
    assert f"Lost wake-up: {one.call}() in step {one.step + 1} woke nobody" in film(trace, property=property)["ending"]


def test_a_wake_up_that_nobody_misses_is_not_lost():
    """Where everything reported is served, one that finds the thread awake costs nothing; nor does one whose thread is
    woken later."""

    right, _ = witness("lab6/order_5_state_after_check")

    assert () == lost(everything())
    assert () == lost(cut(right, 10), "")


def cut(trace, steps: int):
    """The same run, ended before anything was lost."""
    events = tuple(e for e in trace.events if e.step < steps)
    return replace(trace, steps=trace.steps[:steps], events=events, views=tuple(trace.views[: steps + 1]), ending="")
