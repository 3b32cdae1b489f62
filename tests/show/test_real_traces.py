"""Traces of the real machine, on schedules drawn by lot from a fixed seed: everything that happens is told."""

import random
from functools import cache
from pathlib import Path

import pytest

from kthreadlab.compile.config import Config
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Call, Fault, Scenario, Signal, Spurious
from kthreadlab.run.replay import Recorder, replay
from kthreadlab.run.schedule import Schedule
from kthreadlab.show.text import ps_text, trace_text
from kthreadlab.trace.catalogue import CATALOGUE
from kthreadlab.trace.narrate import narrate
from tests.patches import text_of
from tests.support import corpus

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = [s.path for s in corpus() if s.lab == "lab6" and (s.kind == "right" or s.path.stem.startswith("order_"))]
GIVEN = (ROOT / "kthreadlab/checks/given/lab6/handler.py").read_text()
WORLD = Scenario(
    "everything",
    threads=("mykthread",),
    calls=[Call("sensor", "report_event", 7), Call("nic", "report_event", 9, context="irq")],
    signals=[Signal("mykthread")],
    spurious=[Spurious("mykthread")],
    faults=[Fault()],
)
CONFIGS = [Config(), Config(preempt=True), Config(cpus=8)]


@cache
def module_of(answer: Path) -> KernelModule:
    return KernelModule("myevent", {"handler": GIVEN, "mykthread": text_of(answer)})


def some_trace(answer: Path, config: Config, seed: int):
    """A run of at most 120 steps, each choice drawn by lot."""
    luck = random.Random(seed)
    recorder = Recorder(Machine.of(module_of(answer), WORLD, config, reduce=False, heap=32))
    names = list(dict.fromkeys(entry.name for entry in recorder.entries))
    state, steps = recorder.m.initial, []
    while state is not None and len(steps) < 120:
        for name in luck.sample(names, len(names)):
            state_after, entry, _ = recorder.step(state, name)
            if entry >= 0:
                steps.append(name)
                state = state_after
                break
        else:
            break
    return replay(module_of(answer), WORLD, config, Schedule(tuple(steps)))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda path: path.stem)
def test_everything_that_happens_has_its_sentence(answer):
    """No operation without a template, no sentence with a hole, none too long; the text keeps to its width."""

    trace = some_trace(answer, CONFIGS[len(answer.stem) % 3], seed=len(answer.stem))

    assert [] == [e.op for e in trace.events if (e.op, "") not in CATALOGUE]
    for event in trace.events:
        sentence = narrate(event)
        assert "?" not in sentence and "None" not in sentence and sentence.endswith(".")
        assert len(sentence.split()) <= 20
    assert [] == [n for n in trace_text(trace).splitlines() if len(n) > 100 and not n.startswith("schedule  ")]
    assert "[khelper]" in ps_text(trace.views[-1])
