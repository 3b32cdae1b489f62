"""The small worlds in which ``kthreadlab explore``, ``replay`` and ``ps`` run a module of your own.

A world is made from what the module says of itself and from a few options; its name says everything again, so the
schedule that an exploration prints is all that a replay needs to build the same world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import and_, or_
from typing import Any

from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.portfolio import LABS, REPORT, THREAD, WORKING
from kthreadlab.checks.replaying import replay
from kthreadlab.compile.config import Config
from kthreadlab.grading.cells import BadInput
from kthreadlab.lang import ir
from kthreadlab.lang.diagnostics import Diagnostic
from kthreadlab.lang.link import MAKES_THREADS
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.python_base import nearest
from kthreadlab.machine.scenario import (
    Call,
    Fault,
    Freeze,
    Scenario,
    Signal,
    Spurious,
    Thread,
    When,
    carried,
    done,
    idle,
    inside,
    succeeded,
)
from kthreadlab.run.replay import by_turns
from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

from . import users

INSMOD, RMMOD = "insmod", "rmmod"
MOST = 15
"""So many threads, calls and interrupts a world may have: no search gets through more."""
EACH = 16
"""CPUs enough for each of them to have one of its own."""
GENERAL = (
    "no_oops", "returns", "never_sleeps_atomic", "locks_balanced", "context_restored", "no_leak", "no_dangling",
    "irq_safe", "sleeps_when_idle",
)  # fmt: skip
"""What is judged of anybody's module."""


# ---- one call ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    """One call of *function* with these numbers, by a process or, *irq*, in an interrupt.  *certain*: it comes."""

    function: str
    args: tuple[int, ...] = ()
    irq: bool = False
    certain: bool = False

    @classmethod
    def written(cls, text: str, option: str, **more: bool) -> Arrival:
        """``F`` or ``F(1, 2)``, as *option* was given it.

        :raises BadInput: if it is neither.
        """
        match = re.fullmatch(r"\s*([^\W\d]\w*)\s*(?:\((.*)\))?\s*", text, re.ASCII | re.DOTALL)
        if match is None:
            raise BadInput(f"{option} {plain(text, 40)!r}: a call is written F or 'F(1,2)', with whole numbers.")
        parts = match[2].split(",") if match[2] and match[2].strip() else []
        return cls(match[1], tuple(_whole(part, option) for part in parts), **more)

    @property
    def text(self) -> str:
        """As `named` reads it, and a schedule carries it: ``F,1,2``."""
        return ",".join([self.function, *map(str, self.args)])

    @classmethod
    def named(cls, text: str, **more: bool) -> Arrival:
        """The arrival whose `text` that is; raises ValueError if it is none's."""
        function, *args = text.split(",")
        return cls(function, tuple(map(int, args)), **more)

    def call(self, when: When | None) -> Call:
        """As a scenario has it."""
        context = "irq" if self.irq else "process"
        name = _apart(self.function)
        return Call(name, self.function, *self.args, context=context, when=when, certain=self.certain)


def _whole(text: str, option: str) -> int:
    """A number as C writes it, of 64 bits at most."""
    match = re.fullmatch(r"\s*(-?)(0[xX][0-9a-fA-F]{1,16}|\d{1,20})\s*", text, re.ASCII)
    value = int(match[1] + match[2], 16 if match[2][:2] in ("0x", "0X") else 10) if match else 1 << 64
    if not -(1 << 63) <= value < 1 << 64:
        raise BadInput(f"{option}: {plain(text.strip(), 40)!r} is not a whole number of 64 bits.")
    return value


def _apart(function: str) -> str:
    """What the thread or the call of a function is called: as the function, unless that is a name of ours."""
    return f"{function}-" if function in (INSMOD, RMMOD) else function


# ---- a world -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """What happens, and on which machine.

    *threads* run from the start; *init* and *exit* are what insmod and rmmod call; *calls* come when the module is
    loaded; *reports* processes call *report* with the ids 1, 2 …, or, *irq*, as many interrupts do.  Each task of
    *kills* may get a SIGKILL, each of *certain_kills* gets one; *freeze* is asked to stand still (``-``: nobody); each
    call of *fails* may fail once, each task of *spurious* be woken once for nothing.  *stays*, *ends_after*: what the
    first thread promises.  *processes* are there from the start, or forked.  *cpus*: a number, or 0 for one each.
    *profile* is the version of the kernel; a schedule names it by itself, so it is not in the world's name.  *plain*:
    its name is of the old form, and only the labs' program can be run.
    """

    threads: tuple[str, ...] = ()
    init: str = ""
    exit: str = ""
    calls: tuple[Arrival, ...] = ()
    report: str = ""
    reports: int = 0
    irq: bool = False
    kills: tuple[str, ...] = ()
    certain_kills: tuple[str, ...] = ()
    freeze: str = "-"
    fails: tuple[str, ...] = ()
    spurious: tuple[str, ...] = ()
    stays: bool = False
    ends_after: str = ""
    cpus: int = 1
    preempt: bool = False
    smp: bool = False
    profile: str = "2.6.11"
    plain: bool = False
    processes: tuple[users.Described, ...] = ()

    @property
    def name(self) -> str:
        """The options as a scenario's name."""
        if self.plain:
            on = {"preempt": self.preempt, "irq": self.irq, "kill": bool(self.kills)}
            switches = "".join(f"-{word}" for word, given in on.items() if given)
            return f"world-{self.threads[0]}-calls{self.reports}-cpus{self.cpus}{switches}"
        return "/".join(["world", *_words(self)])

    @classmethod
    def named(cls, name: str, profile: str = "") -> World | None:
        """The world with that name, if it is a world's."""
        world = _plain_world(name) or _spelt_world(name)
        return replace(world, profile=profile or cls.profile) if world is not None else None

    @property
    def config(self) -> Config:
        """The machine."""
        cpus, smp = self.cpus or EACH, True if self.smp or not self.cpus else None
        try:
            return Config(profile=self.profile, cpus=cpus, preempt=self.preempt, smp=smp)
        except ValueError as problem:
            raise BadInput(f"{problem}.") from None

    @property
    def scenario(self) -> Scenario:
        """What the world does."""
        signals = [*(Signal(x) for x in self.kills), *(Signal(x, certain=True) for x in self.certain_kills)]
        return Scenario(
            self.name,
            tuple(Thread(x, name=_apart(x) if x != _apart(x) else "") for x in self.threads),
            tuple(self._calls()),
            tuple(signals),
            helpers=WORKING if self.plain else None,
            faults=tuple(map(Fault, self.fails)),
            spurious=tuple(map(Spurious, self.spurious)),
            freeze=Freeze(self.freeze) if self.freeze != "-" else None,
            report=self.report or None,
            stays=self.stays,
            ends_after=self.ends_after or None,
            insmod=INSMOD if self.init else None,
            rmmod=RMMOD if self.exit else None,
            processes=users.processes(self.processes),
        )

    def _calls(self) -> Iterator[Call]:
        """insmod; what comes while the module is loaded; rmmod when nobody is inside any more."""
        loaded = self._loaded()
        if self.init:
            yield Call(INSMOD, self.init)
        inner = [x.call(loaded) for x in self.calls]
        context = "irq" if self.irq else "process"
        numbers = range(1, self.reports + 1)
        inner += [Call(f"reporter{n}", self.report, n, context=context, when=loaded) for n in numbers]
        yield from inner
        if self.exit:
            away = [~inside(name, x.function) for name, x in _process_names(self.threads, inner)]
            when = [*([succeeded(INSMOD)] if self.init else []), *away]
            yield Call(RMMOD, self.exit, when=reduce(and_, when) if when else None)

    def _loaded(self) -> When | None:
        """Between insmod's success and rmmod; and where one of the two waits for what else comes."""
        within = [inside(name, f) for name, f in ((INSMOD, self.init), (RMMOD, self.exit)) if f]
        if not within:
            return None
        began = [succeeded(INSMOD)] if self.init else []
        gone = [~inside(RMMOD, self.exit), ~done(RMMOD)] if self.exit else []
        return reduce(and_, began + gone) | (idle() & reduce(or_, within))

    @property
    def movers(self) -> int:
        """Threads, calls and interrupts from outside."""
        return len([*self.threads, *self.calls, *self.processes, *filter(None, (self.init, self.exit))]) + self.reports


def _process_names(threads: Sequence[str], calls: Sequence[Call]) -> Iterator[tuple[str, Call]]:
    """The process calls with the names that tell them apart: the second of a name is ``#2``."""
    seen: dict[str, int] = {}
    for name in map(_apart, threads):
        seen[name] = seen.get(name, 0) + 1
    for call in calls:
        if call.context == "process":
            seen[call.name] = seen.get(call.name, 0) + 1
            yield (f"{call.name}#{seen[call.name]}" if seen[call.name] > 1 else call.name), call


# ---- its name ------------------------------------------------------------------------------------------------------

_PLAIN = re.compile(r"world-(\w+?)-calls(\d{1,3})-cpus(\d{1,2})((?:-(?:preempt|irq|kill))*)")
_LISTS = {
    "thread": "threads",
    "kill": "kills",
    "certain-kill": "certain_kills",
    "fail": "fails",
    "spurious": "spurious",
}
_CALLS = {
    "call": (False, False),
    "irq": (True, False),
    "certain": (False, True),
    "certain-irq": (True, True),
}
"""The words for calls: in an interrupt, certain."""
_TEXTS = {"init": "init", "exit": "exit", "report": "report", "ends-after": "ends_after", "freeze": "freeze"}
_SWITCHES = {"reports-irq": "irq", "stays": "stays", "preempt": "preempt", "smp": "smp"}


def _words(world: World) -> Iterator[str]:
    """The parts of a name, in which nothing is left out but what is as ever."""
    for word, field in _LISTS.items():
        yield from (f"{word}={value}" for value in getattr(world, field))
    by_kind = {kind: word for word, kind in _CALLS.items()}
    yield from (f"{by_kind[x.irq, x.certain]}={x.text}" for x in world.calls)
    yield from (f"process={x.text}" for x in world.processes)
    for word, field in _TEXTS.items():
        if getattr(world, field) != getattr(World, field):
            yield f"{word}={getattr(world, field)}"
    if world.reports:
        yield f"calls={world.reports}"
    yield from (word for word, field in _SWITCHES.items() if getattr(world, field))
    yield f"cpus={world.cpus or 'each'}"


def _plain_world(name: str) -> World | None:
    """A world of the old form: one thread, and reports."""
    match = _PLAIN.fullmatch(name)
    if not match:
        return None
    thread, reports, cpus, switches = match.groups()
    on = switches.split("-")
    return World(
        (thread,),
        report=REPORT if int(reports) else "",
        reports=int(reports),
        irq="irq" in on,
        kills=(thread,) if "kill" in on else (),
        cpus=int(cpus),
        preempt="preempt" in on,
        plain=True,
    )


def _spelt_world(name: str) -> World | None:
    """A world whose name spells its options out."""
    head, *words = name.split("/")
    world = World()
    if head != "world" or not words:
        return None
    try:
        for word in words:
            world = _with_word(world, *word.partition("=")[::2])
    except (ValueError, KeyError):
        return None
    return world if world.name == name else None


def _with_word(world: World, key: str, value: str) -> World:
    """*world* with what one part of a name says.  Raises ValueError or KeyError if it says nothing."""
    if key in _LISTS:
        field = _LISTS[key]
        return _but(world, field, (*getattr(world, field), _sayable(value)))
    if key in _CALLS:
        irq, certain = _CALLS[key]
        return replace(world, calls=(*world.calls, Arrival.named(value, irq=irq, certain=certain)))
    if key == "process":
        return replace(world, processes=(*world.processes, users.Described.named(_sayable(value))))
    if key in _TEXTS:
        return _but(world, _TEXTS[key], value)
    if key == "calls":
        return replace(world, reports=int(value))
    if key == "cpus":
        return replace(world, cpus=0 if value == "each" else int(value))
    return _but(world, _SWITCHES[key], True)


def _but(world: World, field: str, value: object) -> World:
    """*world* with another value of one field."""
    changed: dict[str, Any] = {field: value}
    return replace(world, **changed)


def _sayable(text: str) -> str:
    carried(text, "a name")
    return text


# ---- from options --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """What the command line says of a world; None or empty where it says nothing.  *irqs* and *kills* hold ``""`` for
    an option without a value: the reporters are interrupts, the first thread is killed."""

    threads: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    irqs: tuple[str, ...] = ()
    certain: tuple[str, ...] = ()
    init: str = ""
    exit: str = ""
    kills: tuple[str, ...] = ()
    freeze: str | None = None
    fails: tuple[str, ...] = ()
    spurious: tuple[str, ...] = ()
    report: str = ""
    reports: int | None = None
    stays: bool = False
    ends_after: str = ""
    cpus: int = 1
    preempt: bool = False
    smp: bool = False
    profile: str = "2.6.11"
    processes: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Does it say anything at all?"""
        return any(getattr(self, x.name) != x.default for x in fields(self))


def world_of(module: KernelModule, options: Options) -> World:
    """The world of *module*: what the options say, and what the module says of itself where they are silent.

    :raises BadInput: if an option cannot be read.
    """
    calls, certain_kills = _arrivals(options)
    init = options.init or module.entries.get("module_init", "")
    threads = options.threads or _own_threads(module)
    report, reports = _reports(module, options, bool(calls), bool(init))
    if not (reports or options.report or any(call.function == report for call in calls)):
        report = ""
    first = next(iter([*threads, *_made_threads(module)]), "")
    kills = tuple(dict.fromkeys(task or first for task in options.kills if (task or first) not in certain_kills))
    world = World(
        threads,
        init,
        options.exit or module.entries.get("module_exit", ""),
        calls,
        report,
        reports,
        "" in options.irqs,
        kills,
        certain_kills,
        "-" if options.freeze is None else options.freeze,
        options.fails,
        tuple(task or first for task in options.spurious),
        options.stays,
        options.ends_after,
        options.cpus,
        options.preempt,
        options.smp,
        options.profile,
        processes=tuple(map(users.Described.written, options.processes)),
    )
    return replace(world, plain=_is_plain(module, world))


def _arrivals(options: Options) -> tuple[tuple[Arrival, ...], tuple[str, ...]]:
    """The calls and interrupts that the options name, and the tasks that are certainly killed."""
    calls = [Arrival.written(text, "--call") for text in options.calls]
    calls += [Arrival.written(text, "--irq", irq=True) for text in options.irqs if text]
    kills = []
    for text in options.certain:
        if text.startswith("kill/"):
            kills.append(text.removeprefix("kill/"))
            continue
        irq = text.startswith("irq/")
        wanted = Arrival.written(text.removeprefix("irq/"), "--certain", irq=irq)
        at = calls.index(wanted) if wanted in calls else len(calls)
        calls[at : at + 1] = [replace(wanted, certain=True)]
    return tuple(calls), tuple(dict.fromkeys(kills))


def _own_threads(module: KernelModule) -> tuple[str, ...]:
    """The thread that the course's programs are about, unless the module starts it itself."""
    return (THREAD,) if THREAD in module.functions and THREAD not in _made_threads(module) else ()


def _made_threads(module: KernelModule) -> list[str]:
    """The functions that the module itself makes threads of, in the order of the text."""
    found: list[str] = []
    for function in module.functions.values():
        todo: list[ir.Node] = list(reversed(function.body))
        while todo:
            node = todo.pop()
            if isinstance(node, ir.Call) and node.name in MAKES_THREADS:
                found += [x.name for x in ir.parts(node) if isinstance(x, ir.FuncRef)]
            todo += reversed(ir.parts(node))
    return list(dict.fromkeys(found))


def _reports(module: KernelModule, options: Options, named: bool, loaded: bool) -> tuple[str, int]:
    """Which function's calls are reports, and how many come by themselves: two, unless other calls are *named* or what
    insmod calls says what happens."""
    report = options.report or (REPORT if REPORT in module.functions else "")
    if options.reports is not None:
        return report or (REPORT if options.reports else ""), options.reports
    if options.report:
        return report, 0 if named else 2
    fits = bool(report) and len(module.functions[report].params) == 1
    return report if fits else "", 2 if fits and not named and not loaded else 0


def _is_plain(module: KernelModule, world: World) -> bool:
    """Can a name of the old form say it?  It knows one thread, reports, and one program."""
    texts = " ".join(module.files.values())
    program = "call_usermodehelper" not in texts or all(path in texts for path in WORKING)
    old = World(
        world.threads[:1],
        report=REPORT if world.reports else "",
        reports=world.reports,
        irq=world.irq,
        kills=world.threads[:1] if world.kills else (),
        cpus=world.cpus,
        preempt=world.preempt,
        profile=world.profile,
    )
    return bool(world.threads) and 0 < world.cpus < 100 and program and world == old


# ---- a module in it ------------------------------------------------------------------------------------------------


def complete(module: KernelModule) -> KernelModule:
    """*module* with the kernel around it that it does not bring along itself: the files that the labs give.

    An answer to Lab 2 lacks report_event and its like, an answer to Lab 6 lacks run_umode_handler.  A module that does
    not call a file's functions, or has nothing of the data that they work on, has no use for the file.
    """
    for lab in LABS.values():
        given = KernelModule("given", {lab.given: lab.given_text})
        own = set(module.functions) | set(module.statics)
        needs = {name for name, _ in given.undefined}
        wanted = {name for name, _ in module.undefined} | ({REPORT} - own if needs & own else set())
        fits = not needs or needs & own
        if fits and wanted & set(given.functions) and not own & (set(given.functions) | set(given.statics)):
            module = module.with_file(lab.given, lab.given_text)
    return module


def problems(module: KernelModule, world: World) -> tuple[list[str], tuple[Diagnostic, ...]]:
    """What keeps *module* from running in *world*: in words, and by place."""
    if module.broken:
        return [], module.diagnostics
    return list(_lacks(module, world)), module.link_errors()


def _lacks(module: KernelModule, world: World) -> Iterator[str]:
    """What the world speaks of and the module does not have, a sentence each."""
    known = ", ".join(map(plain, module.functions)) or "none at all"
    if not world.movers:
        yield (
            "nothing happens in it: no module_init(f) says what insmod calls, and no option what else comes "
            f"(--thread F, --call F, --irq F, --init F); there are the functions: {known}."
        )
    if world.movers > MOST:
        yield f"{world.movers} threads and calls are too many for any search; {MOST} are the most."
    for name in (*world.kills, *world.certain_kills, *world.spurious, *([world.freeze] if world.freeze != "-" else [])):
        yield from _unsayable(world, name)
    called = {world.init, world.exit, *(x.function for x in world.calls), *([world.report] if world.reports else [])}
    if world.ends_after and world.ends_after not in called:
        yield f"nobody calls {plain(world.ends_after, 60)} in it, so the thread is never told to end (--call F)."
    for name, option in _functions_of(world):
        if name not in module.functions:
            near = nearest(name, list(module.functions))
            look = f"did you mean {plain(near)}?" if near else f"there are: {known}."
            yield f"there is no function {plain(name, 60)} {option}; {look}"


def _unsayable(world: World, name: str) -> Iterator[str]:
    """What is wrong with the name of a task, if anything."""
    if not name and name != world.freeze:
        yield "no thread is there from the start or made by the module: say whom you mean (--kill T, --spurious T)."
    elif not re.fullmatch(r"[\w#-]*", name):
        yield f"{plain(name, 40)!r} is no name of a thread or a call."


def _functions_of(world: World) -> Iterator[tuple[str, str]]:
    """The functions that a world speaks of, each once, and what for."""
    found: dict[str, str] = {}
    for name in world.threads:
        found.setdefault(name, "to run as a thread (--thread names another)")
    for name, what in ((world.init, "for insmod to call"), (world.exit, "for rmmod to call")):
        found.setdefault(name, what)
    for call in world.calls:
        found.setdefault(call.function, "to call")
    for process in world.processes:
        for name in process.enters:
            found.setdefault(name, f"for {process.name} to enter")
    if world.reports or world.report:
        more = "; --report names another, --calls 0 explores the rest alone" if world.report == REPORT else ""
        found.setdefault(world.report, f"for the reporters to call{more}")
    found.setdefault(world.ends_after, "to return, after which the thread ends")
    found.pop("", None)
    yield from found.items()


def judged(module: KernelModule, world: World) -> list[str]:
    """The properties that *world* has something to say about: the general ones, and what it names."""
    wanted = [*GENERAL]
    if world.report and "call_usermodehelper" in " ".join(module.files.values()):
        wanted += ["delivered", "delivered_when_asleep", "no_stale_helper"]
    if world.kills or world.certain_kills:
        wanted.append("dies_cleanly")
    if world.ends_after:
        wanted.append("ends_when_told")
    if world.processes:
        wanted.append("no_zombie")
    return [name for name in PROPERTIES if name in wanted]


def until_it_stops(module: KernelModule, world: World) -> Trace:
    """The run in which the module is loaded, threads and processes move until all sleep or have ended, and nothing else
    comes;
    1,000 steps of it if they never do."""
    quiet = World(
        world.threads, world.init, cpus=world.cpus, preempt=world.preempt, smp=world.smp, processes=world.processes
    )
    scenario, config = quiet.scenario, world.config
    schedule = by_turns(module, scenario, config, [INSMOD] if world.init else [], 1_000)
    return replay(module, scenario, config, schedule)
