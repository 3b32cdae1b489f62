"""The figures to hold: each function measures a few, in a process of its own.

A figure is ``{"name", "value", "unit", "target", "peer"}``: *target* is the promise (``"<= 0.5"``) or None, *peer* the
same quantity of whatever it is held against, measured in the same run, or None.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from tests.benchmarks import models, spin, yardstick

Figure = dict[str, Any]
SOURCE_TO_VERDICT = {3: "<= 0.1", 4: "<= 0.4", 5: "<= 3"}
LAB6_TO_VERDICT = {3: "<= 0.5", 4: "<= 2.4"}


def figure(name: str, value: float, unit: str, target: str | None = None, peer: float | None = None) -> Figure:
    """One figure, rounded to what a reader can use."""
    return {"name": name, "value": _rounded(value), "unit": unit, "target": target, "peer": _rounded(peer)}


def _rounded(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else float(f"{value:.4g}")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long *work* took, and what it gave."""
    gc.collect()
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def warm_up() -> None:
    """Import what a session has imported long before its second cell."""
    import kthreadlab

    for name in ("check", "explore", "load"):
        getattr(kthreadlab, name)


def memory() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ---- the same model in two engines, and in SPIN ----------------------------------------------------------------------


def engine(number: int) -> Iterator[Figure]:
    """The engine and the yardstick, one after the other on the same model: source text to verdict, and size."""
    name = f"the yardstick's model, {number} wakers"
    warm_up()
    taken, found = timed(lambda: verdict_on_the_model(number))
    whole, measure = timed(lambda: yardstick.search(yardstick.System(number)))
    yield figure(f"{name}: source text to verdict", taken, "s", SOURCE_TO_VERDICT[number], whole)
    yield figure(f"{name}: states", found.states, "states", f"<= {measure.states}", measure.states)
    if number < 5:  # without reduction, five are more than a small machine holds
        yield from unreduced(number, name, measure)


def unreduced(number: int, name: str, measure: yardstick.Search) -> Iterator[Figure]:
    """The bare search of the same graph: what a transition costs."""
    from kthreadlab.run.search import search

    machine = machine_of(number, reduce=False)
    taken, graph = timed(lambda: search(machine))
    rate, peer = graph.transitions / taken, measure.transitions / measure.seconds
    yield figure(f"{name}: rate", rate, "transitions/s", peer=peer)
    yield figure(f"{name}: rate against the yardstick's", rate / peer, "ratio", ">= 0.5")
    yield figure(f"{name}: states, unreduced", len(graph.states), "states", peer=measure.states)
    yield figure(f"{name}: transitions, unreduced", graph.transitions, "transitions", peer=measure.transitions)


def reports(number: int) -> Any:
    """mykthread and this many processes, each of which reports its own id once, at any time."""
    from kthreadlab.machine.scenario import Call, Scenario

    calls = [Call("sensor", "report_event", n + 1) for n in range(number)]
    return Scenario(f"{number}-reports", threads=("mykthread",), calls=calls, report="report_event", stays=True)


def wakers(number: int) -> Any:
    """mykthread and this many tasks that are there from the start and report an id each: the yardstick's world."""
    from kthreadlab.machine.scenario import Scenario, Thread

    tasks = (Thread("report_event", n + 1, f"waker{n + 1}") for n in range(number))
    return Scenario(f"{number}-wakers", threads=("mykthread", *tasks))


def module_of(files: dict[str, str]) -> Any:
    """A kernel module linked from *files*."""
    from kthreadlab.lang.module import KernelModule

    module = KernelModule("myevent", files)
    assert not module.broken, module.diagnostics
    return module


def machine_of(number: int, *, reduce: bool) -> Any:
    """The yardstick's model as a machine: a CPU for each task, nothing observed beside it."""
    from kthreadlab.compile.config import Config
    from kthreadlab.run.search import build

    module = module_of({"myevent": models.YARDSTICK_MODEL})
    return build(module, wakers(number), Config(cpus=number + 4), reduce=reduce)


def verdict_on_the_model(number: int) -> Any:
    """Source text to verdict: nothing oopses, and the locks are balanced, on every schedule.

    The wakers are calls, as in every scenario of the labs.
    """
    from kthreadlab import Config, explore

    module = module_of({"myevent": models.YARDSTICK_MODEL})
    config, properties = Config(cpus=number + 4), ["no_oops", "locks_balanced"]
    found = explore(module, reports(number), config=config, properties=properties, max_states=5_000_000)
    assert found.complete and all(v.sound for v in found.verdicts.values()), found.verdicts
    return found


def spin_model(number: int) -> Iterator[Figure]:
    """SPIN's tool chain on the model, beside the yardstick's way from source text to the last state."""
    if not spin.available():
        return
    run = spin.run(number)
    ours, measure = timed(lambda: yardstick.search(yardstick.System(number)))
    yield figure(f"SPIN, {number} wakers: source text to verdict", run.build + run.search, "s", peer=ours)
    yield figure(f"SPIN, {number} wakers: search alone", run.search, "s", peer=measure.seconds)
    yield figure(f"SPIN, {number} wakers: states", run.states, "states", peer=measure.states)


# ---- the labs --------------------------------------------------------------------------------------------------------


def lab6(number: int) -> Iterator[Figure]:
    """The whole machine: Lab 6's reference with khelper and every property of the lab, from source text to verdict."""
    from kthreadlab import LABS, Config, explore

    warm_up()
    files, names = models.lab6_answer(), graded(LABS["lab6"])
    taken, found = timed(
        lambda: explore(module_of(files), reports(number), config=Config(cpus=number + 4), properties=names)
    )
    assert found.complete and all(v.sound for v in found.verdicts.values()), found.verdicts
    name = f"Lab 6's reference, {number} reporters"
    yield figure(f"{name}: source text to verdict", taken, "s", LAB6_TO_VERDICT.get(number))
    yield figure(f"{name}: states", found.states, "states")
    yield figure(f"{name}: transitions", found.transitions, "transitions")
    yield figure(f"{name}: cells of a state", cells(files, number), "cells")
    yield figure(f"{name}: memory", memory(), "MB")


def cells(files: dict[str, str], number: int) -> int:
    """How many cells a state of that machine has."""
    from kthreadlab.compile.config import Config
    from kthreadlab.run.search import build

    return len(build(module_of(files), reports(number), Config(cpus=number + 4)).initial)


def graded(lab: Any) -> list[str]:
    """The graded properties of a lab that one search decides (surviving preemption compares several)."""
    return [name for name in lab.points if name != "survives_preemption"]


def all_hazards() -> Iterator[Figure]:
    """Lab 6's reference where everything happens: three reporters, SIGKILL, a spurious wake-up, a failing kmalloc."""
    from kthreadlab import LABS, Config, Fault, Signal, Spurious, explore

    warm_up()
    hazards = {"signals": (Signal("mykthread"),), "spurious": (Spurious("mykthread"),), "faults": (Fault(),)}
    scenario = replace(reports(3), name="all-hazards", **hazards)
    names = [name for name in graded(LABS["lab6"]) if name != "delivered"]  # what has no memory is not delivered
    taken, found = timed(
        lambda: explore(
            module_of(models.lab6_answer()), scenario, Config(cpus=16), properties=names, max_states=5_000_000
        )
    )
    assert found.complete and all(v.sound for v in found.verdicts.values()), found.verdicts
    yield figure("Lab 6's reference, all hazards at once: source text to verdict", taken, "s")
    yield figure("Lab 6's reference, all hazards at once: states", found.states, "states")
    yield figure("Lab 6's reference, all hazards at once: memory", memory(), "MB")


def right(lab: str, file: str) -> Iterator[Figure]:
    """A lab's whole check of a right answer, in the lab's file *file*, from source text to the report."""
    import kthreadlab

    warm_up()
    name = f"Lab {lab.removeprefix('lab')}, a right answer"
    text = (models.ANSWERS / lab / "right" / "reference.py").read_text()
    taken, report = timed(lambda: kthreadlab.check(lab, module_of({file: text})))
    assert report.points == report.max_points, report
    yield figure(f"{name}: source text to report", taken, "s", "<= 1")
    yield figure(f"{name}: states in all", report.states, "states", "<= 150000")
    yield figure(f"{name}: memory", memory(), "MB")


def lab2_wrong() -> Iterator[Figure]:
    """A wrong answer's test cell: from source text to the first witness, shown."""
    import kthreadlab

    warm_up()
    text = (models.ANSWERS / "lab2" / "wrong" / "never_on_the_queue.py").read_text()
    taken, story = timed(lambda: _failure(kthreadlab, text))
    assert story, "this answer should have failed"
    yield figure("Lab 2, a wrong answer: source text to first witness", taken, "s", "<= 0.3")


def _failure(kthreadlab: Any, text: str) -> str:
    try:
        kthreadlab.check("lab2", module_of({"mykthread": text}), property="delivered_when_asleep")
    except kthreadlab.PropertyFails as fails:
        return str(fails)
    return ""


def import_time() -> Iterator[Figure]:
    """``import kthreadlab`` in a fresh interpreter."""
    code = "import time; t = time.perf_counter(); import kthreadlab; print(time.perf_counter() - t)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    yield figure("import kthreadlab", float(run.stdout) * 1000, "ms", "<= 150")


def player() -> Iterator[Figure]:
    """The player in a headless Chromium: from a film's text to the first frame, and steps; nothing without Chromium."""
    import json

    from kthreadlab.show.film import film
    from tests.benchmarks import player as browser
    from tests.benchmarks.long_trace import long_trace

    if not browser.available():
        return
    for steps, paint, rate in ((10_000, "<= 300", ">= 50"), (100_000, "<= 1000", None)):
        trace = long_trace(steps)
        made, text = timed(lambda trace=trace: json.dumps(film(trace), separators=(",", ":")))
        found = browser.measure(text)
        name = f"the player, {steps:,} steps"
        yield figure(f"{name}: first paint", found.paint, "ms", paint)
        yield figure(f"{name}: steps a second", found.rate, "steps/s", rate)
        yield figure(f"{name}: making the film", made, "s")
        yield figure(f"{name}: size of the film", len(text) / 1e6, "MB")


PLAYED = (
    ("lab2/wrong/listing_two", "lab2/one-report", {"calls": 1}, "<= 350"),
    ("lab2/right/reference", "lab2/kill-and-two-reports", {"calls": 2, "kill": True, "preempt": True}, "<= 450"),
    ("lab2/right/reference", "lab2/three-reports", {"calls": 3, "preempt": True}, "<= 600"),
)
"""Whose answer is played in which scenario, which world that is for the prototype, and how soon it must be seen."""


def play() -> Iterator[Figure]:
    """Play, as a page in a headless Chromium, beside the prototype where it is there; nothing without Chromium."""
    import tempfile
    from pathlib import Path

    import kthreadlab
    from kthreadlab import Config
    from kthreadlab.checks.portfolio import LABS
    from tests.benchmarks import playing as browser
    from tests.support import corpus, linked

    if not browser.available():
        return
    with tempfile.TemporaryDirectory() as folder:
        prototype, path = browser.Prototype(Path(folder)), Path(folder) / "play.html"
        for answer, scenario, words, paint in PLAYED:
            text = next(x.text for x in corpus() if x.name == answer)
            world = next(x for x in LABS["lab2"].scenarios if x.name == scenario)
            config = Config(preempt=bool(words.get("preempt")))
            made, game = timed(partial(kthreadlab.play, linked("lab2", text), world, config, "delivered"))
            game.save(path)
            name = f"play, {game.boards[0]['size']:,} states"
            yield from played(name, browser.measure(path), made, path.stat().st_size, paint, prototype, text, words)
    if find_spec("jupyterlab"):
        yield from live(browser.with_kernel())


def played(
    name: str, found: Any, made: float, size: int, paint: str, prototype: Any, text: str, words: dict[str, Any]
) -> Iterator[Figure]:
    """The figures of one page, beside the prototype's."""
    its, its_made, its_states, its_size = prototype.measure(text, words) or (None, None, None, None)
    peer = (lambda key: getattr(its, key)) if its is not None else (lambda _: None)
    yield figure(f"{name}: making it", made, "s", "<= 1.5", its_made)
    yield figure(f"{name}: size of the page", size / 1e3, "kB", None, its_size and its_size / 1e3)
    yield figure(f"{name}: first paint", found.paint, "ms", paint, peer("paint"))
    yield figure(f"{name}: click to picture, median", found.median, "ms", "<= 35", peer("median"))
    yield figure(f"{name}: click to picture, worst", found.worst, "ms", "<= 80", peer("worst"))
    yield figure(f"{name}: drawing of the map", found.map, "ms")
    if its_states is not None:
        yield figure(f"{name}: states of the prototype", its_states, "states")


def live(clicks: list[float]) -> Iterator[Figure]:
    """The figures of a game for which a kernel answers."""
    inorder = sorted(clicks)
    yield figure("play with a kernel: click to picture, median", inorder[len(inorder) // 2], "ms", "<= 80")
    yield figure("play with a kernel: click to picture, worst", inorder[-1], "ms")


MEASURES: dict[str, tuple[int, Callable[[], Iterator[Figure]]]] = {
    "engine-3": (5, lambda: engine(3)),
    "engine-4": (3, lambda: engine(4)),
    "engine-5": (1, lambda: engine(5)),
    "spin-3": (1, lambda: spin_model(3)),
    "spin-4": (1, lambda: spin_model(4)),
    "lab6-3": (3, lambda: lab6(3)),
    "lab6-4": (2, lambda: lab6(4)),
    "all-hazards": (1, all_hazards),
    "lab2-right": (3, lambda: right("lab2", "mykthread")),
    "lab5-right": (3, lambda: right("lab5", "handler")),
    "lab2-wrong": (3, lab2_wrong),
    "import": (5, import_time),
    "play": (1, play),
    "player": (3, player),
}
"""Name -> how many rounds, and what is measured in each."""
