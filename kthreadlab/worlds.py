"""The small worlds in which ``kthreadlab explore``, ``replay`` and ``ps`` run a module of your own.

A world is made from a few options, and its name says the options again, so the schedule that an exploration prints is
all that a replay needs to build the same world.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kthreadlab.cells import BadInput
from kthreadlab.checks.portfolio import LABS
from kthreadlab.lang.diagnostics import Diagnostic
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.config import Config
from kthreadlab.run.replay import alone, replay
from kthreadlab.run.scenario import Call, Scenario, Signal, Thread
from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

REPORT = "report_event"
_NAME = re.compile(r"world-(\w+?)-calls(\d{1,3})-cpus(\d{1,2})((?:-(?:preempt|irq|kill))*)")


@dataclass(frozen=True)
class World:
    """*calls* reporters call report_event(1), (2) …, in interrupts if *irq*; a SIGKILL may come if *kill*.  *profile*
    is the version of the kernel; a schedule names it by itself, so it is not in the world's name."""

    thread: str = "mykthread"
    calls: int = 2
    cpus: int = 1
    preempt: bool = False
    irq: bool = False
    kill: bool = False
    profile: str = "2.6.11"

    @property
    def name(self) -> str:
        """The options as a scenario's name."""
        switches = "".join(f"-{word}" for word in ("preempt", "irq", "kill") if getattr(self, word))
        return f"world-{self.thread}-calls{self.calls}-cpus{self.cpus}{switches}"

    @classmethod
    def named(cls, name: str, profile: str = "") -> World | None:
        """The world with that name, if it is a world's."""
        match = _NAME.fullmatch(name)
        if not match:
            return None
        thread, calls, cpus, switches = match.groups()
        on = switches.split("-")
        return cls(
            thread, int(calls), int(cpus), "preempt" in on, "irq" in on, "kill" in on, profile=profile or cls.profile
        )

    @property
    def config(self) -> Config:
        """The machine."""
        try:
            return Config(profile=self.profile, cpus=self.cpus, preempt=self.preempt)
        except ValueError as problem:
            raise BadInput(f"{problem}.") from None

    @property
    def scenario(self) -> Scenario:
        """What the world does."""
        context = "irq" if self.irq else "process"
        calls = tuple(Call(f"reporter{i}", REPORT, i, context=context) for i in range(1, self.calls + 1))
        return Scenario(self.name, (Thread(self.thread),), calls, (Signal(self.thread),) if self.kill else ())


def complete(module: KernelModule) -> KernelModule:
    """*module* with the kernel around it that it does not bring along itself: the files that the labs give.

    An answer to Lab 2 lacks report_event and its like, an answer to Lab 6 lacks run_umode_handler.  A module that
    neither calls a file's functions nor has any of the data that they work on has no use for the file.
    """
    for lab in LABS.values():
        given = KernelModule("given", {lab.given: lab.given_text})
        own = set(module.functions) | set(module.statics)
        wanted = {name for name, _ in module.undefined}
        wanted |= {REPORT} - own if any(name in own for name, _ in given.undefined) else set()
        if wanted & set(given.functions) and not own & (set(given.functions) | set(given.statics)):
            module = module.with_file(lab.given, lab.given_text)
    return module


def problems(module: KernelModule, world: World) -> tuple[list[str], tuple[Diagnostic, ...]]:
    """What keeps *module* from running in *world*: in words, and by place."""
    if module.broken:
        return [], module.diagnostics
    lacks = []
    if world.thread not in module.functions:
        known = ", ".join(module.functions) or "none at all"
        name = plain(world.thread)
        lacks.append(f"there is no function {name} to run as a thread (--thread names another); there are: {known}.")
    if world.calls and REPORT not in module.functions:
        lacks.append(f"there is no function {REPORT} for the reporters to call; --calls 0 explores the thread alone.")
    return lacks, module.link_errors()


def until_it_stops(module: KernelModule, world: World) -> Trace:
    """The run in which only the thread moves, until it sleeps or ends; 1,000 steps of it if it never does."""
    schedule = alone(module, world.scenario, world.config, world.thread, 1_000)
    return replay(module, world.scenario, world.config, schedule)
