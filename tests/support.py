"""What several tests share: modules from texts, the corpus, outcomes as short values, traces as short lists."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from kthreadlab import Config, load
from kthreadlab.lang.module import KernelModule
from tests.patches import text_of

TESTS = Path(__file__).parent
SUBMISSIONS = TESTS / "submissions"
GIVEN = {"lab1": "flusher", "lab2": "events", "lab3": "thread", "lab4": "reader", "lab6": "handler"}
ANSWER = {
    "lab1": "start",
    "lab2": "mykthread",
    "lab3": "events",
    "lab4": "waits",
    "lab5": "handler",
    "lab6": "mykthread",
}
"""The name of the file that a lab's answer is."""
GRADED = {
    "lab1": "no_oops identity no_zombie tells_failure dies_cleanly sleeps_when_idle returns".split(),
    "lab2": (
        "no_oops delivered_when_asleep no_stale_helper never_sleeps_atomic locks_balanced sleeps_when_idle"
        " dies_cleanly no_dangling survives_preemption identity"
    ).split(),
    "lab3": (
        "no_oops irq_safe no_data_race returns delivered_when_asleep never_sleeps_atomic locks_balanced no_stale_helper"
        " context_restored survives_preemption"
    ).split(),
    "lab4": (
        "no_oops passes_through returns dies_cleanly sleeps_when_idle never_sleeps_atomic no_dangling"
        " survives_preemption"
    ).split(),
    "lab5": ("no_oops never_sleeps_atomic no_leak exec_vector no_dangling survives_failure registration").split(),
    "lab6": (
        "no_oops delivered no_stale_helper never_sleeps_atomic locks_balanced sleeps_when_idle dies_cleanly no_leak"
        " no_dangling survives_preemption irq_safe"
    ).split(),
}
SHOWN = {
    "lab1": [],
    "lab2": ["delivered"],
    "lab3": [],
    "lab4": [],
    "lab5": ["no_stale_helper", "large_ids"],
    "lab6": [],
}

SERVED = {"report": "report_event", "variable": "TROUBLED_DS", "stays": True}
"""What a scenario of Labs 2, 3 and 6 says it is judged by."""
HANDLED = {"report": "run_umode_handler", "handler": "myevent_handler", "variable": "TROUBLED_DS", "helper_owed": True}
"""And one of Lab 5."""

NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""For a pytest that a test starts: no plugin is needed, and to load them takes longer than most tests."""

UP = Config(cpus=1)
UP_PREEMPT = Config(cpus=1, preempt=True)
ONE_CPU = Config(cpus=1, smp=True)
ONE_CPU_PREEMPT = Config(cpus=1, preempt=True, smp=True)
A_CPU_EACH = Config(cpus=8, smp=True)


# ---- modules -------------------------------------------------------------------------------------------------------


@functools.cache
def given(lab: str) -> str:
    """The text of a lab's given file."""
    import kthreadlab.checks as checks

    return (Path(checks.__file__).parent / "given" / lab / f"{GIVEN[lab]}.py").read_text()


def linked(lab: str, answer: str) -> KernelModule:
    """A lab's answer linked with the lab's given file, if it has one, as its check links them."""
    made = load(answer, name=ANSWER[lab])
    return made.with_file(GIVEN[lab], given(lab)) if lab in GIVEN else made


def module(text: str, name: str = "mykthread") -> KernelModule:
    """A module of one file, which must compile."""
    made = load(text, name=name)
    assert not made.broken, made.diagnostics
    return made


# ---- notebooks -----------------------------------------------------------------------------------------------------


def played(notebook: dict, lab: str) -> dict:
    """A notebook with what the solution has for the answers beside the module."""
    from kthreadlab.course.registry import evidence_of

    solved = json.loads((TESTS.parent / f"solutions/{lab}/{lab}.ipynb").read_text())["cells"]
    wanted = {one.answer_id for one in evidence_of(lab)}
    texts = {grade_id_of(cell): cell["source"] for cell in solved if grade_id_of(cell) in wanted}
    cells = [{**cell, "source": texts.get(grade_id_of(cell), cell["source"])} for cell in notebook["cells"]]
    return {**notebook, "cells": cells}


def grade_id_of(cell: dict) -> str:
    """A cell's name for nbgrader; "" if it has none."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


# ---- the corpus ----------------------------------------------------------------------------------------------------


WORDS = ("fails", "follows", "unexercised", "undecided")
"""The verdicts that a header declares; the other properties hold."""


@dataclass(frozen=True)
class Submission:
    """A file of the corpus with the verdicts that its header declares."""

    lab: str
    kind: str
    path: Path
    header: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.lab}/{self.kind}/{self.path.stem}"

    @property
    def text(self) -> str:
        """What would be handed in, also of an answer that is kept as a patch."""
        return text_of(self.path)

    def declared(self, key: str) -> set[str]:
        return {word.strip() for word in self.header.get(key, "").split(",") if word.strip()}

    @property
    def verdicts(self) -> dict[str, str]:
        """Every graded or shown property: ``fails``, ``follows``, ``unexercised``, ``undecided`` or ``holds``."""
        declared = {n: word for word in WORDS for n in self.declared(word)}
        return {name: declared.get(name, "holds") for name in GRADED[self.lab] + SHOWN[self.lab]}


def _header(text: str) -> dict[str, str]:
    header = {}
    for line in text.splitlines():
        key, colon, value = line.removeprefix("# ").partition(":")
        if not line.startswith("# ") or not colon or " " in key:
            break
        header[key] = value.strip()
    return header


@functools.cache
def corpus() -> tuple[Submission, ...]:
    """Every file of the corpus, in the order of its path."""
    files = (p for p in SUBMISSIONS.glob("lab*/*/*") if p.suffix in (".py", ".patch"))
    paths = sorted(files, key=lambda p: (p.parent, p.stem))
    return tuple(Submission(p.parts[-3], p.parts[-2], p, _header(p.read_text())) for p in paths)


def submission(name: str) -> Submission:
    """The file of the corpus called ``lab6/wrong/storm``."""
    return next(s for s in corpus() if s.name == name)


def computed(report: object) -> dict[str, str]:
    """A report's verdicts in the words of `Submission.verdicts`."""

    words = {"not exercised": "unexercised", "not decided": "undecided"}
    return {name: words.get(p.verdict, p.verdict) for name, p in report.properties.items()}


# ---- outcomes ------------------------------------------------------------------------------------------------------


def settled(found: frozenset) -> frozenset:
    """The outcomes at which every arrival that could come has come.

    "Arrivals need never come" puts the runs without them into the set as well; a row of KERNEL 10.2 speaks of the
    runs in which they do.  So only outcomes with the fewest arrivals missing count.
    """
    fewest = min((len(o.pending) for o in found), default=0)
    return frozenset(o for o in found if len(o.pending) == fewest)


def once(ids: tuple[int, ...]) -> tuple[int, ...]:
    """*ids* without immediate repeats."""
    return tuple(x for i, x in enumerate(ids) if i == 0 or x != ids[i - 1])


# ---- traces --------------------------------------------------------------------------------------------------------


def calls_of(trace: object, *ops: str) -> list[tuple[str, str]]:
    """``(task, op)`` of the events of a trace; only of *ops*, if any are given."""
    return [(e.task, e.op) for e in trace.events if not ops or e.op in ops]
