"""A random program from one integer.

Program *n* features call number *n* (modulo their number), in a version of the kernel that has it; with it come the
calls of a few files of the kernel, which are what the program is about, and now and then any other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from kthreadlab.lang.api import CALLS
from kthreadlab.lang.profile import PROFILES
from tests.oracle.programs import devices
from tests.oracle.programs.cast import Cast, one
from tests.oracle.programs.idioms import (
    added,
    completed,
    guarded,
    idiom,
    lines,
    prepared,
    ready_item,
    ready_timer,
    rearmed,
    waited,
)
from tests.oracle.programs.plots import Plot, chosen
from tests.oracle.programs.tree import Block, Function, Line, Program, Statement
from tests.oracle.programs.worlds import Roles, config_of, scenario_of
from tests.oracle.programs.writer import Subject, Writer

NAMES = sorted(CALLS)
"""Every call, in the order in which they are featured."""
BASE = tuple(n for n, c in CALLS.items() if c.source in ("kernel/sched.c", "kernel/wait.c", "include/linux/wait.h"))
"""Waiting and waking, which most programs do beside what they are about."""
WITH = {
    "include/asm/system.h": "kernel/wait.c", "include/asm/bitops.h": "kernel/spinlock.c",
    "include/asm/atomic.h": "kernel/spinlock.c", "include/linux/err.h": "kernel/kthread.c",
    "include/linux/list.h": "mm/slab.c", "lib/string.c": "kernel/kmod.c", "lib/vsprintf.c": "kernel/kmod.c",
    "kernel/printk.c": "kernel/spinlock.c", "kernel/sysctl.c": "lib/string.c", "kernel/fork.c": "kernel/exit.c",
    "kernel/power/process.c": "kernel/signal.c", "kernel/exit.c": "kernel/fork.c", "kernel/signal.c": "kernel/wait.c",
    "include/linux/kernel.h": "mm/slab.c",
}  # fmt: skip
"""What goes with the calls of a source file."""

MEETING = (
    "kernel/spinlock.c", "kernel/spinlock.c", "include/linux/hardirq.h", "kernel/sched.c", "include/asm/semaphore.h",
    "kernel/mutex.c", "include/linux/rwsem.h", "kernel/timer.c", "kernel/kthread.c", "kernel/kmod.c", "mm/slab.c",
)  # fmt: skip
"""Where actors meet, or what they may lose."""


def program(seed: int) -> Program:
    """Program number *seed*."""
    featured = NAMES[seed % len(NAMES)]
    return (_Drivers if devices.wanted(seed, featured) else _Maker)(seed).program()


def _source(name: str) -> str:
    """The kernel's file that has the call, roughly: what is declared together belongs together."""
    return CALLS[name].source.partition(",")[0]


class _Maker:
    def __init__(self, seed: int) -> None:
        self.seed, self.rng = seed, random.Random(seed)
        self.featured = NAMES[seed % len(NAMES)]
        having = [n for n, p in PROFILES.items() if self.featured not in p.missing]
        weights = [3 if n == "2.6.11" else 1 for n in having]
        self.profile = PROFILES[self.rng.choices(having, weights)[0]]
        self.cast = self.casting()
        self.themes = self._themes()
        self.plot = self.plotted()
        self.functions: dict[str, Function] = {}
        self.shown = False

    def casting(self) -> Cast:
        return Cast(self.rng, self.profile)

    def plotted(self) -> Plot | None:
        return chosen(self.cast, self.featured)

    def _themes(self) -> tuple[str, ...]:
        """The calls that the program is about."""
        sources = sorted({_source(n) for n in NAMES})
        about = {_source(self.featured)} | {WITH.get(_source(self.featured), "kernel/sched.c")}
        if self.rng.random() < 0.5:
            about.add(self.rng.choice(MEETING))
        if self.rng.random() < 0.25:
            about.add(self.rng.choice(sources))
        names = [n for n in NAMES if _source(n) in about or self._alike(n)]
        base = BASE if self.rng.random() < 0.8 else ()
        return tuple(n for n in (*names, *base) if self.cast.has(n))

    def _alike(self, name: str) -> bool:
        """Does it take the same kind of object as the featured call?"""
        own = {"int", "str", "any", "ptr", "word", "flags", "task", "cond", "type"}
        return bool((set(CALLS[name].params) & set(CALLS[self.featured].params)) - own)

    # ---- functions -------------------------------------------------------------------------------------------------

    def featuring(self, w: Writer, body: list[Statement]) -> list[Statement]:
        """The featured call put in somewhere, by the first function that may make it; and what is guarded by a lock, if
        anything is, touched by most."""
        if self.cast.guard and w.chance(0.7 if self.plot is None else 0.3):
            body = self._put_in(body, guarded(w))
        if self.plot is not None and w.chance(0.92):
            body = self._put_in(body, self.plot.part(w))
        if self.shown or not w.fits(self.featured):
            return body
        self.shown = True
        if self.plot is not None and w.chance(0.6):
            return [*body, *w.called(self.featured)]
        return self._put_in(body, w.called(self.featured))

    def _put_in(self, body: list[Statement], more: list[Statement]) -> list[Statement]:
        """Statements put somewhere between others."""
        at = self.rng.randint(0, len(body))
        return [*body[:at], *more, *body[at:]]

    def writer(self, kind: str) -> Writer:
        return Writer(self.rng, self.cast, kind, Subject(self.themes, self.featured, idiom))

    def add(self, name: str, params: tuple[str, ...], w: Writer, body: tuple[Statement, ...]) -> None:
        self.functions[name] = Function(name, params, body, tuple(w.locals.values()))

    def thread(self, name: str) -> None:
        """A thread of the scenario: perhaps a daemon that may be killed, nearly always with a loop that serves."""
        w = self.writer("thread")
        start: list[Statement] = []
        if self.cast.has("daemonize") and w.chance(0.4):
            start += lines("daemonize()" if "daemonize" in self.profile.arity else f'daemonize("{name}")')
        if self.cast.has("allow_signal") and w.chance(0.5):
            start += lines("allow_signal(SIGKILL)")
        start += self.featuring(w, list(w.body(0 if self.plot is not None else self.rng.choice((0, 0, 1)))))
        if self.plot is not None:
            start += w.body(self.rng.choice((0, 0, 0, 1)))
        elif w.chance(0.4):
            w.loops += 1
            body = w.nested(self.rng.choice((1, 2, 2)))
            w.loops -= 1
            start.append(Block("while True:", (*self._sleep(w), *body)))
        else:
            start += w.body(self.rng.choice((1, 2, 3)))
        end = Line(f"return {self.rng.choice(('0', '0', '0', '3', 'a'))}")
        self.add(name, ("unused",), w, (*start, end))

    def _sleep(self, w: Writer) -> tuple[Statement, ...]:
        """What a loop that serves begins with, so that it need not turn for ever."""
        if w.chance(0.08):
            return ()
        about_done = any("completion" in CALLS[n].params for n in self.themes)
        ways = [(1.0, prepared), (1.0, added), (1.0, waited), (1.0 if about_done else 0.0, completed)]
        stop = lines(f"{w.cast.number()} = 0") if w.chance(0.7) else []
        return (*one(self.rng, *ways)(w), *stop)

    def call(self, name: str, kind: str) -> None:
        """What a process or an interrupt calls."""
        w = self.writer(kind)
        start = lines(f"{self.cast.number()} = x") if name == "report_event" or w.chance(0.3) else []
        counts = (0, 0, 0, 1) if self.plot is not None else (1, 2, 2) if kind == "irq" else (1, 2, 3)
        body = w.body(self.rng.choice(counts))
        self.add(name, ("x",), w, tuple(self.featuring(w, [*start, *body])))

    def wanted(self) -> None:
        """The functions that others have referred to, until nobody refers to a new one."""
        while missing := [n for n in self.cast.functions if n not in self.functions]:
            self.function(missing[0], self.cast.functions[missing[0]])

    def function(self, name: str, kind: str, params: tuple[str, ...] = ("x",), start: Sequence[Statement] = ()) -> None:
        """A function of that *kind*, as the cast calls it, which may be told what it *start*s with."""
        w = self.writer("irq" if kind == "handler" else kind)
        if kind == "handler":
            params = ("x", "id", "regs")[: 2 + self.profile.irq_regs]
        body = {
            "handler": self._handler,
            "softirq": self._callback,
            "child": self._child,
            "own": self._own,
            "work": self._job,
            "release": self._release,
        }[kind](w)
        self.add(name, params, w, (*start, *body))

    def _handler(self, w: Writer) -> list[Statement]:
        """What an interrupt does that is registered."""
        part = self.plot.part(w) if self.plot is not None and w.chance(0.7) else w.body(1)
        return [*part, *lines("return IRQ_HANDLED")]

    def _callback(self, w: Writer) -> list[Statement]:
        if self.plot is not None and w.chance(0.7):
            return self.plot.part(w)
        body = list(w.body(self.rng.choice((1, 1, 2))))
        if w.chance(0.25):
            body += rearmed(w)
        return body

    def _child(self, w: Writer) -> list[Statement]:
        """A thread that is asked to stop, one that ends by itself, or anything."""
        if self.cast.has("kthread_should_stop") and w.chance(0.5 if self.plot is None else 0.75):
            state = Line(f"set_current_state({w.state()})")
            leave = Block("if kthread_should_stop():", tuple(lines("break")))
            looks: list[Statement] = [state, leave] if w.chance(0.8) else [leave, state]
            part: Sequence[Statement] = w.nested(1) if self.plot is None else self.plot.part(w) if w.chance(0.5) else ()
            tests: list[Statement] = [Block("while True:", (*looks, *part, *lines("schedule()")))]
            plain: list[Statement] = [Block("while not kthread_should_stop():", (state, *lines("schedule()"), *part))]
            return [*one(self.rng, (2, tests), (1, plain)), *lines("set_current_state(TASK_RUNNING)", "return x")]
        return [*w.body(self.rng.choice((1, 2))), *lines("return 2")]

    def _job(self, w: Writer) -> list[Statement]:
        """What a work item does, which may sleep."""
        if self.plot is not None and w.chance(0.7):
            return self.plot.part(w)
        return list(w.body(self.rng.choice((1, 1, 2))))

    def _release(self, w: Writer) -> list[Statement]:
        """What goes with the last reference: a mark, and who waits for it is told."""
        queue = self.cast.object("wait_queue_head")
        return lines(f"{w.cast.number()} = {w.rng.choice('123')}", *([f"wake_up({queue})"] if w.chance(0.5) else []))

    def _own(self, w: Writer) -> list[Statement]:
        body = w.body(self.rng.choice((1, 2)))
        return [*body, *lines(f"return {w.cast.number()}")]

    # ---- all together ----------------------------------------------------------------------------------------------

    def program(self) -> Program:
        roles = Roles(self.rng, self.themes, self.plot)
        for name in roles.threads:
            self.thread(name)
        for name, kind in roles.calls:
            self.call(name, kind)
        self.wanted()
        self._get_ready(roles)
        self.wanted()
        config = config_of(self.rng, self.profile)
        world = scenario_of(self.rng, roles, self.cast)
        made = Program((), tuple(self.functions.values()), world, config)
        made = replace(made, data=tuple(self.cast.data.values()))
        if "request_irq(" not in made.text:  # nobody registers what it would call
            made = replace(made, scenario=replace(world, calls=[c for c in world.calls if c.function != "served"]))
        return made

    def _get_ready(self, roles: Roles) -> None:
        """Most objects that are declared without a first value get one where the first actor begins."""
        actors = [*roles.threads, *(n for n, k in roles.calls if k == "process")]
        if not actors:
            return
        f = self.functions[actors[0]]
        w = self.writer("thread" if roles.threads else "process")
        start: list[Statement] = []
        for name in sorted(self.cast.unready):
            if self.rng.random() < 0.75:
                start += self._made_ready(w, name, self.cast.data[name].made.partition("(")[0])
        self.functions[f.name] = replace(f, body=(*start, *f.body))

    def _made_ready(self, w: Writer, name: str, by: str) -> list[Statement]:
        if by == "timer_list":
            return ready_timer(w, name)
        if by == "tasklet_struct":
            return lines(f"tasklet_init({name}, {self.cast.callback()}, 0)")
        if by in ("work_struct", "delayed_work"):
            return ready_item(w, name, by)
        calls = {"spinlock_t": "spin_lock_init", "rwlock_t": "rwlock_init", "wait_queue_head_t": "init_waitqueue_head",
                 "list_head": "INIT_LIST_HEAD", "rw_semaphore": "init_rwsem"}  # fmt: skip
        return lines(f"{calls[by]}({name})")


class _Drivers(_Maker):
    """A program whose objects lie in devices."""

    cast: devices.Devices

    def casting(self) -> devices.Devices:
        return devices.Devices(self.rng, self.profile)

    def plotted(self) -> None:
        return None

    def thread(self, name: str) -> None:
        """The thread of a device, which is told to stop where that can be."""
        w = self.writer("child" if self.cast.has("kthread_should_stop") else "thread")
        self.cast.at = "d"
        if w.kind == "thread":
            start = lines("allow_signal(SIGKILL)") if self.cast.has("allow_signal") and w.chance(0.5) else []
            w.loops += 1
            body = (*self._sleep(w), *w.nested(self.rng.choice((1, 2))), *self.cast.poke())
            w.loops -= 1
            loop: list[Statement] = [Block("while True:", body)] if w.chance(0.5) else list(body)
            made = [*start, *self.featuring(w, loop)]
        else:
            made = self.featuring(w, self._child(w)[:-1])
        if w.chance(0.2):
            made = self._queued(made)
        ends = lines(f"complete(d.{self.cast.path('ready', 'completion')})") if self.cast.home == "stack" else []
        self.add(name, ('d: ptr("device")',), w, (*made, *ends, Line("return 0")))

    def _queued(self, body: list[Statement]) -> list[Statement]:
        """With an entry on a queue that lies in the device as well."""
        queue = f"d.{self.cast.path('queue', 'wait_queue_head')}"
        self.cast.device.fields["entry"] = "wait_queue_t"
        start = lines("init_waitqueue_entry(d.entry, current)", f"add_wait_queue({queue}, d.entry)")
        return [*start, *body, *lines(f"remove_wait_queue({queue}, d.entry)")]

    def call(self, name: str, kind: str) -> None:
        w = self.writer(kind)
        start = devices.reach(self.cast, w)
        body = [*w.body(self.rng.choice((1, 2) if kind == "irq" else (1, 2, 2))), *self.cast.poke()]
        self.add(name, ("x",), w, (*start, *self.featuring(w, body)))

    def function(self, name: str, kind: str, params: tuple[str, ...] = ("x",), start: Sequence[Statement] = ()) -> None:
        """What is run later gets at its device."""
        self.cast.at = ""
        if kind in ("softirq", "work"):
            param, start = devices.given_device(self.cast, name)
            self.cast.at, params = "d", (param,)
        super().function(name, kind, params, start)

    def _make(self, name: str, params: tuple[str, ...], kind: str, body: Callable[[Writer], list[Statement]]) -> None:
        w = self.writer(kind)
        self.add(name, params, w, tuple(body(w)))

    def program(self) -> Program:
        calls = list(zip(("caller", "handler"), devices.contexts(self.rng), strict=False))
        self.thread("mykthread")
        for name, kind in calls:
            self.call(name, kind)
        self.wanted()
        downs = self.rng.random() < 0.5
        if downs:
            self._make("cleanup", ("x",), "process", lambda w: devices.take_down(self.cast, w))
        self._make("setup", ("x",), "process", lambda w: devices.set_up(self.cast, w))
        self._make("prepare", ('d: ptr("device")',), "process", lambda w: lines(*devices.prepared(self.cast, "d")))
        for name, kind in self.cast.pokes.items():
            texts = devices.POKES[kind].split("\n")
            self._make(name, (f'x: ptr("{devices.BARE[kind]}")',), "own", lambda w, texts=texts: lines(*texts))
        self.wanted()
        config = config_of(self.rng, self.profile)
        made = Program((), tuple(self.functions.values()), devices.world(self.cast, calls, downs), config)
        return replace(made, data=(*self.cast.device.data(), *self.cast.data.values()))
