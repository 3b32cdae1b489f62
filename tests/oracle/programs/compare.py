"""What a search of a random program finds, and where two searches of one program differ.

Compared are the verdicts on every property, the faults by actor, cause and line, and the states in which the machine
comes to rest: how everybody stands, and what the shared numbers are then.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from kthreadlab import Config, KernelModule, Scenario
from kthreadlab.checks import catalogue
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.compile.limits import LimitReached
from kthreadlab.compile.values import TASK
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.ir import IntType
from kthreadlab.machine.machine import Machine
from kthreadlab.run.analysis import Analysis, certain
from kthreadlab.run.graph import Paths
from kthreadlab.run.search import Graph, build, search
from tests.oracle.programs.coverage import Coverage

MOST = 3_000
"""More unreduced states than this are too many."""
BOUNDS = {"heap_full"}
"""Faults by which the engine says that a bound of its own is reached: so many objects alive."""
LETTERS = {"arrive": "-", "unborn": "-", "idle": "-", "final": "X"}
"""Who has not come yet, and who has ended."""


@dataclass(frozen=True)
class Found:
    """What a search found.  *refused*: the words with which the program was not loaded; *verdicts*: property to
    (holds, exercised); *faults*: (actor, cause, line); *resting*: for each state at rest how everybody stands, and
    the shared numbers."""

    complete: bool = True
    states: int = 0
    verdicts: dict[str, tuple[bool | None, bool]] = field(default_factory=dict)
    faults: frozenset[tuple[str, str, int]] = frozenset()
    resting: frozenset[tuple] = frozenset()
    refused: str = ""


class Runs(Protocol):
    """What can be searched: a random program, or a test's own module in a scenario on a configuration."""

    @property
    def module(self) -> KernelModule: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def config(self) -> Config: ...


@dataclass(frozen=True)
class Given:
    """A module that a test has written down."""

    module: KernelModule
    scenario: Scenario
    config: Config


Search = Callable[["Runs", int], Found]
"""A program and a bound on the states, to what was found."""


def unreduced(p: Runs, most: int = MOST, count: Coverage | None = None) -> Found:
    """The engine, with every interleaving."""
    return _engine(p, False, most, count)


def reduced(p: Runs, most: int = MOST) -> Found:
    """The engine, as everybody uses it."""
    return _engine(p, True, most, None)


def _engine(p: Runs, reduce: bool, most: int, count: Coverage | None) -> Found:
    module = p.module
    if module.broken or module.undefined:
        return Found(refused=str(module.diagnostics[0] if module.diagnostics else module.undefined[0]))
    try:
        graph = search(build(module, p.scenario, p.config, observers=observers_for(PROPERTIES), reduce=reduce), most)
    except InputError as error:
        return Found(refused=str(error))
    except LimitReached:
        return Found(complete=False)
    if count is not None:
        count.add(module, graph)
    if not graph.complete:
        return Found(complete=False, states=len(graph.states))
    analysis = Analysis(graph)
    verdicts: dict[str, tuple[bool | None, bool]] = {
        name: _verdict(not any(True for _ in x.judge(analysis)), analysis.exercised(x))
        for name, x in PROPERTIES.items()
        if name in spoken_of(p.scenario)
    }
    return Found(True, len(graph.states), verdicts, frozenset(_faults(graph)), frozenset(_resting(graph)))


def spoken_of(scenario: Scenario) -> set[str]:
    """The properties that are judged in a scenario: the others have nothing to say there.  Data races are looked for
    only where somebody asks, and every step is one."""
    return {x.name for x in catalogue.spoken_of(scenario)}


def _verdict(holds: bool, exercised: bool) -> tuple[bool, bool]:
    """What is compared: of what fails it does not matter whether it was exercised."""
    return holds, exercised or not holds


def _faults(graph: Graph) -> Iterator[tuple[str, str, int]]:
    """A timer's function has no name: it may begin in the step in which the timer expires."""
    entries = graph.machine.internal + graph.machine.external
    for f in graph.faults:
        actor = entries[f.entry].actor
        who = graph.machine.actors[actor] if actor >= 0 else None
        yield who.name if who is not None and who.kind != "softirq" else "", f.cause, f.line


def _resting(graph: Graph) -> Iterator[tuple]:
    """Where a task is still on a run queue, somebody spins on its CPU: it may have been left anywhere, and the numbers
    with it."""
    numbers = _numbers(graph.machine)
    for n in Paths(graph, certain(graph.machine)).dead_ends:
        s = graph.states[n]
        stand = tuple(sorted(_stands(graph.machine, s)))
        settled = all(letter != "R" for _, letter in stand)
        yield stand, tuple((name, _number(graph.machine, s[cell])) for name, cell in numbers) if settled else ()


def _number(m: Machine, value: int) -> int | str:
    """A shared number; where it is the address of a task, only that it is."""
    return "task" if TASK <= value < TASK + len(m.actors) else value


def _numbers(m: Machine) -> list[tuple[str, int]]:
    """The shared numbers that are cells: name and place in the state."""
    found = [(n, o.key) for n, o in sorted(m.statics.objects.items()) if isinstance(o.type, IntType)]
    return [(name, m.index[key]) for name, key in found if key in m.index]


def _stands(m: Machine, s: tuple) -> Iterator[tuple[str, str]]:
    """Each actor with the letter of its state."""
    special = {number: what for (_, what), number in m.special.items()}
    for a in m.actors:
        pc = s[m.index[f"pc.{a.index}"]]
        state = s[m.state_cells[a.index]] if a.is_task else 0
        if a.queue is not None and unemployed_here(m, pc):
            continue
        if pc in special:
            yield a.name, LETTERS[special[pc]]
        elif 4 < state < 8:
            yield a.name, "S" if state == 5 else "D"
        elif state > 8:
            yield a.name, "T"
        else:
            yield a.name, "R"


def unemployed_here(m: Machine, pc: int) -> bool:
    """Does a worker at this place look for work?"""
    return pc in m.work


# ---- two of them ---------------------------------------------------------------------------------------------------


def differences(one: Found, other: Found) -> list[str]:
    """Where they differ, in words; nothing if one of them was not finished."""
    if bool(one.refused) != bool(other.refused):
        return [f"one refuses the program: {one.refused or other.refused}"]
    if one.refused or not (one.complete and other.complete):
        return []
    out = []
    for name in sorted(set(one.verdicts) & set(other.verdicts)):
        if one.verdicts[name] != other.verdicts[name]:
            out.append(f"{name} (holds, exercised): {one.verdicts[name]} and {other.verdicts[name]}")
    resting = _alike(one.resting, other.resting)
    for what, mine, yours in (("faults", one.faults, other.faults), ("resting", *resting)):
        if mine != yours:
            alone = [sorted(x, key=repr) for x in (mine - yours, yours - mine)]
            out.append(f"{what}: only the first {alone[0]}, only the second {alone[1]}")
    return out


def _alike(one: frozenset[tuple], other: frozenset[tuple]) -> tuple[frozenset[tuple], frozenset[tuple]]:
    """States at rest with the numbers that both know: one of them may leave out what is never written, and of an
    address in a narrow variable there is only a part."""
    names = [{name for _, numbers in found for name, _ in numbers} for found in (one, other)]
    both = names[0] & names[1] - {
        name for _, numbers in one | other for name, value in numbers if isinstance(value, str)
    }
    mine, yours = (
        frozenset((stand, tuple(x for x in numbers if x[0] in both)) for stand, numbers in found)
        for found in (one, other)
    )
    return mine, yours


def disagreement(p: Runs, first: Search, second: Search, most: int = MOST) -> list[str]:
    """Where two searches of a program differ, if the second was finished.  An exception is a difference too."""
    try:
        sure = second(p, most)
        return differences(first(p, most), sure) if sure.complete and not sure.refused else []
    except Exception as error:  # whatever it is, it is a bug, and a program that shows it can be shrunk
        return [f"{type(error).__name__}: {str(error)[:200]}"]


def kinds(differences: list[str]) -> set[str]:
    """What a disagreement speaks of: the names of properties, ``faults``, ``resting``, of an exception."""
    return {line.partition(":")[0].partition(" (")[0] for line in differences}


# ---- the interpreter -----------------------------------------------------------------------------------------------


def _interpreter() -> Search | None:
    """The independent interpreter as a search; None where there is none."""
    if importlib.util.find_spec("tests.oracle.interpreter") is None:
        return None
    from tests.oracle.interpreter import NotInterpreted, explore

    def search_(p: Runs, most: int = MOST) -> Found:
        module = p.module
        if module.broken or module.undefined:
            return Found(refused="it does not compile")
        try:
            found = explore(module, p.scenario, p.config, max_states=most)
        except NotInterpreted:
            return Found(complete=False)
        verdicts: dict[str, tuple[bool | None, bool]] = {
            name: _verdict(not found.whole[name], exercised)
            for name, (_, exercised) in found.verdicts.items()
            if name in spoken_of(p.scenario)
        }
        return Found(
            found.complete,
            found.states,
            verdicts,
            frozenset(_placed(*fault) for fault in found.faults),
            frozenset(_plainly(p, *x) for x in found.resting),
        )

    return search_


def _plainly(p: Runs, stand: tuple, numbers: tuple) -> tuple:
    """A state at rest without the queues on which tasks are; numbers only where nobody is on a run queue.  Whom the
    program does not name counts while there is something to say of it."""
    settled = all(letter != "R" for _, letter, *_ in stand)
    named = {x.name or x.function for x in p.scenario.threads} | {x.name for x in p.scenario.calls}
    there = ((_actor(actor), letter) for actor, letter, *_ in stand)
    return tuple(sorted(x for x in there if x[1] != "X" or x[0] in named)), numbers if settled else ()


def as_interpreted(p: Runs, most: int = MOST, count: Coverage | None = None) -> Found:
    """The engine's unreduced search, said as the interpreter says it: frames by their line's name, nobody who has not
    come yet, no thread of the machine's own."""
    found = unreduced(p, most, count)
    if any(cause in BOUNDS for _, cause, _ in found.faults):
        return replace(found, complete=False)
    faults = frozenset(_placed(_actor(actor), cause, line) for actor, cause, line in found.faults)
    resting = frozenset(_plainly(p, _come(stand), numbers) for stand, numbers in found.resting)
    return replace(found, faults=faults, resting=resting)


def _placed(actor: str, cause: str, line: int) -> tuple[str, str, int]:
    """A fault.  Where code that is gone is found to be so depends on what is a step of its own."""
    return actor, cause, 0 if cause == "unloaded" else line


def _actor(name: str) -> str:
    """An actor by its name alone: whether it is a frame does not belong to it.  Timers' functions have none."""
    return "softirq" if name.startswith("softirq/") else name.removeprefix("irq/")


def _come(stand: tuple) -> tuple:
    return tuple((actor, letter) for actor, letter in stand if letter != "-" and actor != "khelper")


interpreted = _interpreter()
