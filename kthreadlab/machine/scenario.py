"""What the world does to the module under test: threads, calls, processes, signals, helpers, faults, and when each may
come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from posixpath import normpath
from types import MappingProxyType

from kthreadlab.compile.config import Config
from kthreadlab.kernel.slab import ALLOCATION
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule

from .processes import MOST_PROCESSES, Enter, Process


@dataclass(frozen=True)
class When:
    """A condition on the machine that says when an arrival may land.  Combine with ``&``, ``|`` and ``~``."""

    kind: str
    args: tuple[When | str, ...] = ()

    @property
    def parts(self) -> tuple[When, ...]:
        """The conditions that it is made of."""
        return tuple(x for x in self.args if isinstance(x, When))

    @property
    def names(self) -> tuple[str, ...]:
        """What it speaks of: a task, a call, a function, a lock."""
        return tuple(str(x) for x in self.args if not isinstance(x, When))

    def __and__(self, other: When) -> When:
        return When("and", (self, other))

    def __or__(self, other: When) -> When:
        return When("or", (self, other))

    def __invert__(self) -> When:
        return When("not", (self,))

    def __str__(self) -> str:
        """The condition as a scenario writes it."""
        if self.kind == "not":
            return f"~{self.args[0]}"
        if self.kind in ("and", "or"):
            return f"({self.args[0]} {'&' if self.kind == 'and' else '|'} {self.args[1]})"
        return f"{self.kind}({', '.join(map(repr, self.args))})"


def asleep(task: str) -> When:
    """*task* is off the run queue in its own wait (not inside a helper call)."""
    return When("asleep", (task,))


def in_helper(task: str) -> When:
    """*task* waits inside call_usermodehelper."""
    return When("in_helper", (task,))


def never_slept(task: str) -> When:
    """*task* has not yet been off the run queue in its own wait."""
    return When("never_slept", (task,))


def before_first(task: str, call: str) -> When:
    """*task* has not yet executed *call* (a kernel call's name)."""
    return When("before_first", (task, call))


def inside(task: str, function: str) -> When:
    """*task* has entered *function* of the module and not yet left it."""
    return When("inside", (task, function))


def holds(task: str, lock: str) -> When:
    """*task* holds *lock*."""
    return When("holds", (task, lock))


def on_cpu(task: str) -> When:
    """*task* is running on some CPU."""
    return When("on_cpu", (task,))


def stopped(task: str) -> When:
    """A signal has stopped the process *task* (T in ps)."""
    return When("stopped", (task,))


def traced(task: str) -> When:
    """Its tracer has stopped the process *task* (t in ps, T in older ones)."""
    return When("traced", (task,))


def zombie(task: str) -> When:
    """*task* has ended, and nobody has reaped it (Z in ps)."""
    return When("zombie", (task,))


def done(actor: str) -> When:
    """*actor* (a call, a signal, a thread …) has finished."""
    return When("done", (actor,))


def succeeded(call: str) -> When:
    """The process call *call* has returned, and no negative number."""
    return When("succeeded", (call,))


def idle() -> When:
    """Nothing can move but arrivals that have not come yet."""
    return When("idle")


def carried(name: str, what: str) -> None:
    """Names become choices of a schedule, so they must be able to stand in one."""
    if not isinstance(name, str) or (name and not re.fullmatch(r"[^\s()*>@:]+", name)):
        raise ValueError(f"{what} {name!r} cannot stand in a schedule: no blanks, brackets, *, >, @ or : in it")


def _yes_or_no(**values: object) -> None:
    """Refuse what is neither True nor False."""
    for key, value in values.items():
        if not isinstance(value, bool):
            raise ValueError(f"{key} is True or False, not {value!r}")


def _named(**values: object) -> None:
    """Refuse what is neither a name of the module nor None."""
    for key, value in values.items():
        if value is not None and not (isinstance(value, str) and value.isidentifier()):
            raise ValueError(f"{key} names something of the module, or is None, not {value!r}")


@dataclass(frozen=True)
class Thread:
    """A kernel thread that runs *function* (its name in the module) from the start, created by a task that never
    waits.  *ends*: a promise that it always ends."""

    function: str
    arg: int = 0
    name: str = ""
    ends: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        carried(self.name, "a thread's name")
        _yes_or_no(ends=self.ends)


@dataclass(frozen=True, init=False)
class Call:
    """One call ``function(*args)``, once, at any time that *when* allows: by a process (``context="process"``) or in an
    interrupt (``"irq"``, *name* is then the line's).  *whole*: the guard holds at every operation of the call.
    *cpu_of*: the interrupt lands on that task's CPU.  *certain*: it comes at last, on every fair schedule."""

    name: str
    function: str
    args: tuple[int, ...]
    context: str
    when: When | None
    whole: bool
    cpu_of: str | None
    certain: bool = field(repr=False)

    def __init__(
        self,
        name: str,
        function: str,
        *args: int,
        context: str = "process",
        when: When | None = None,
        whole: bool = False,
        cpu_of: str | None = None,
        certain: bool = False,
    ) -> None:
        carried(name, "a call's name")
        _yes_or_no(certain=certain)
        if context not in ("process", "irq"):
            raise ValueError(f'context must be "process" or "irq", not {context!r}')
        if not all(isinstance(arg, int) for arg in args):
            raise ValueError(f"what a call gives to {function} are whole numbers, not {', '.join(map(repr, args))}")
        for key, value in locals().copy().items():
            if key != "self":
                object.__setattr__(self, key, value)


@dataclass(frozen=True)
class Signal:
    """A signal sent to *task*, once, at any time that *when* allows.  A process obeys it on its way back to user space;
    a thread has to look for it.  *certain*: it comes at last, on every fair schedule."""

    task: str
    signal: str = "SIGKILL"
    when: When | None = None
    certain: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        _yes_or_no(certain=self.certain)


@dataclass(frozen=True)
class Ptrace:
    """A tracer (strace, gdb) attaches to *task*, once, at any time that *when* allows, which stops it; once it stands
    still, the tracer lets it go when *until* allows.  The tracer is none of the tasks of this world."""

    task: str
    when: When | None = None
    until: When | None = None


@dataclass(frozen=True)
class Write:
    """One write() to a file under /proc/sys by *user*, once, at any time that *when* allows.  Where the module has no
    row of a ctl_table for *path*, the char array named as the file stands in for one.  Writes come in the order in
    which a scenario lists them."""

    path: str
    text: str
    when: When | None = None
    user: str = "root"


@dataclass(frozen=True)
class Read:
    """One read() of a file under /proc/sys from its beginning by *user*, once, at any time that *when* allows."""

    path: str
    when: When | None = None
    user: str = "root"


@dataclass(frozen=True)
class Store:
    """Other code of the kernel stores *text* into the module's char array *name* before anything runs."""

    name: str
    text: str


@dataclass(frozen=True)
class Freeze:
    """A suspend: the freezer asks *task* (default: the first thread) to stand still, once, at any time that *when*
    allows; the machine wakes up again when the task stands still or has ended."""

    task: str = ""
    when: When | None = None


@dataclass(frozen=True)
class Fault:
    """The next *call* (``kmalloc``, or ``fork``: a new thread or helper) fails; at most *budget* times, at any time
    that *when* allows."""

    call: str = ALLOCATION
    budget: int = 1
    when: When | None = None


@dataclass(frozen=True)
class Spurious:
    """*task* is made runnable without a reason (wake_up_process), at most *budget* times, when *when* allows."""

    task: str
    budget: int = 1
    when: When | None = None


@dataclass(frozen=True)
class Helper:
    """A user-mode program as a scenario describes it: *exit* is its status, or *signal* what kills it; it may never
    *end*; *error* is a negative errno if exec fails."""

    exit: int = 0
    error: int = 0
    signal: int = 0
    ends: bool = True


PIDS = {"init": 1, "kthreadd": 2}
"""The tasks that a thread may be said to be a child of by name."""


@dataclass(frozen=True)
class Identity:
    """What the first thread should be to ps and to /proc/PID/status whenever it sleeps: its *name* (at most 15
    characters), its *parent* (``init``, ``kthreadd`` or a pid; None: whoever adopts daemons in this version), the
    *blocked* signals as SigBlk shows them, bit n - 1 for signal n (None: whichever)."""

    name: str
    parent: str | int | None = None
    blocked: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not 0 < len(self.name) <= 15:
            raise ValueError(f"a thread's name has 1 to 15 characters, which {self.name!r} has not")
        numbers = {"blocked": self.blocked} | ({} if self.parent in PIDS else {"parent": self.parent})
        for key, value in numbers.items():
            if value is not None and (not isinstance(value, int) or not 0 <= value < 1 << 64):
                raise ValueError(f"{key} is a whole number from 0 to 2**64 - 1, or None, not {value!r}")

    @property
    def ppid(self) -> int | None:
        """The pid of the parent."""
        return PIDS.get(self.parent) if isinstance(self.parent, str) else self.parent


LETTERS = "RSDTtZX"
"""As ps prints the states of a task."""


@dataclass(frozen=True)
class Passage:
    """The states that *task* is to pass through, by the letters of ps: ``R S R D R Z X``.  It is R as long as it is on
    the run queue, whatever it has declared: that it sleeps is true once schedule() has taken it off."""

    task: str
    states: str

    def __post_init__(self) -> None:
        letters = self.states.split() if isinstance(self.states, str) else []
        if not letters or any(x not in LETTERS or len(x) > 1 for x in letters):
            raise ValueError(f"a passage is letters of {' '.join(LETTERS)} with blanks between, not {self.states!r}")
        if letters[0] != "R":
            raise ValueError(f"whoever is new is R, and a passage begins with it: {self.states!r} does not")
        if any(x == y for x, y in pairwise(letters)):
            raise ValueError(f"whoever is in a state passes into another: not twice the same in {self.states!r}")

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters, in order."""
        return tuple(self.states.split())


@dataclass(frozen=True)
class Scenario:
    """A world, and what it is judged by.

    *threads* may be given as function names; the properties speak of the first.  *processes* are what user space does;
    reports come by *calls* only.  A name that *helpers* does not hold is
    a missing file; None: at every path there is a program that exits with 0.  *boot* says how far the kernel has come
    up: ``no_root``, before there is a file system to execute anything from; ``no_khelper``, before anybody executes
    anything.  *insmod*, *rmmod*: the calls that load the module and unload it, by name: when the latter has returned,
    or the former a negative number, its code and its statics are gone.

    The rest changes no run (so it is not in the repr, from which a schedule's digest is made) but says what the
    properties speak of.  *report*: the function whose calls, with an id as their first argument, are reports.
    *handler*: the char array of the module that holds the helper's path.  *variable*: the variable of a helper's
    environment that gives it the id; None: the first whose value is a number.  *helper_owed*: whether a report owes a
    helper; None: iff some thread of this world can reach call_usermodehelper.  *identity*: what the first thread should
    be.  *stays*: it is there until it is killed, and doesn't exit unasked.  *ends_after*: the function after whose
    return it ends.  *starts*: the functions that start a thread, and return a negative number where they could not.
    *passes*: the states that one of its tasks is to pass through, in all that can happen.
    """

    name: str
    threads: tuple[Thread, ...] = ()
    calls: tuple[Call, ...] = ()
    signals: tuple[Signal, ...] = ()
    writes: tuple[Write, ...] = ()
    helpers: Mapping[str, Helper] | None = None
    faults: tuple[Fault, ...] = ()
    spurious: tuple[Spurious, ...] = ()
    freeze: Freeze | None = None
    reads: tuple[Read, ...] = ()
    stores: tuple[Store, ...] = ()
    boot: str = "up"
    report: str | None = field(default=None, repr=False)
    handler: str | None = field(default=None, repr=False)
    variable: str | None = field(default=None, repr=False)
    helper_owed: bool | None = field(default=None, repr=False)
    identity: Identity | None = field(default=None, repr=False)
    stays: bool = field(default=False, repr=False)
    ends_after: str | None = field(default=None, repr=False)
    passes: Passage | None = field(default=None, repr=False)
    processes: tuple[Process, ...] = field(default=(), repr=False)
    ptraces: tuple[Ptrace, ...] = field(default=(), repr=False)
    starts: tuple[str, ...] = field(default=(), repr=False)
    insmod: str | None = field(default=None, repr=False)
    rmmod: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        carried(self.name, "a scenario's name")
        self._check_what_is_judged()
        if self.boot not in ("up", "no_root", "no_khelper"):
            raise ValueError(f'boot must be "up", "no_root" or "no_khelper", not {self.boot!r}')
        if not isinstance(self.threads, str):
            threads = tuple(Thread(t) if isinstance(t, str) else t for t in self.threads)
            object.__setattr__(self, "threads", threads)
        for key, kind in _HOLDS.items():
            object.__setattr__(self, key, _listed(key, kind, getattr(self, key)))
        self._check_loading()
        self._check_processes()
        if self.helpers is not None:
            object.__setattr__(self, "helpers", MappingProxyType(dict(self.helpers)))

    def _check_loading(self) -> None:
        for what, name in (("insmod", self.insmod), ("rmmod", self.rmmod)):
            if name is not None and name not in [x.name for x in self.calls if x.context == "process"]:
                raise ValueError(f"{what} is the name of a call that a process makes, not {name!r}")

    def _check_processes(self) -> None:
        everybody = [x for top in self.processes for x in top.all()]
        if len(everybody) > MOST_PROCESSES:
            raise ValueError(f"a scenario has {MOST_PROCESSES} processes at the most, not {len(everybody)}")
        for process in everybody:
            carried(process.name, "a process's name")
            if any(isinstance(step, Enter) and step.function == self.report for step in process.steps):
                raise ValueError(f"{process.name} may not make a report: reports come by Call(…)")

    def _check_what_is_judged(self) -> None:
        _named(report=self.report, handler=self.handler, ends_after=self.ends_after)
        if isinstance(self.starts, str):
            raise ValueError(f"starts is a list of functions, not {self.starts!r}")
        object.__setattr__(self, "starts", tuple(self.starts))
        for function in self.starts:
            _named(starts=function)
        _yes_or_no(stays=self.stays)
        if self.helper_owed is not None:
            _yes_or_no(helper_owed=self.helper_owed)
        if self.identity is not None and not isinstance(self.identity, Identity):
            raise ValueError(f"identity is what Identity(…) makes, or None, not {self.identity!r}")
        if self.passes is not None and not isinstance(self.passes, Passage):
            raise ValueError(f"passes is what Passage(…) makes, or None, not {self.passes!r}")
        named = isinstance(self.variable, str) and re.fullmatch(r"[^=\0]+", self.variable)
        if self.variable is not None and not named:
            raise ValueError(f"variable is the name of an environment variable, or None, not {self.variable!r}")

    @property
    def runs(self) -> str:
        """What decides how it runs, as text: its repr, and its processes, if it has any."""
        more = [x for x in ((self.processes, self.ptraces), (self.insmod, self.rmmod)) if any(x)]
        return repr((self, *(x for some in more for x in some))) if more else repr(self)

    def facts(self) -> str:
        """Everything that it says, as text: equal for equal scenarios, and for no others."""
        certain = [*(x.certain for x in self.calls), *(x.certain for x in self.signals)]
        judged = (self.report, self.handler, self.variable, self.helper_owed, self.identity, self.stays)
        named = [self.ends_after, *(x for x in (self.starts, self.passes) if x)]
        return repr((self.runs, certain, [x.ends for x in self.threads], judged, *named))

    @property
    def results(self) -> frozenset[str]:
        """The calls of which some guard asks what they returned, or whether the module is loaded."""
        todo = [when for when in self.conditions if when is not None]
        found = {x for x in (self.insmod,) if x is not None}
        while todo:
            when = todo.pop()
            todo += when.parts
            found |= set(when.names) if when.kind == "succeeded" else set()
        return frozenset(found)

    @property
    def directed(self) -> bool:
        """Does it say when something may happen, or until when the module is there?"""
        return bool(self.insmod or self.rmmod) or any(when is not None for when in self.conditions)

    @property
    def conditions(self) -> list[When | None]:
        """When each of the things that may happen may."""
        whens = [
            [x.when for x in self.calls],
            [x.when for x in self.signals],
            [x.when for x in self.writes],
            [x.when for x in self.faults],
            [x.when for x in self.spurious],
            [x.when for x in self.reads],
            [x for ptrace in self.ptraces for x in (ptrace.when, ptrace.until)],
            [x.when for x in (self.freeze,) if x is not None],
        ]
        return [when for some in whens for when in some]

    def can_fail(self, call: str) -> bool:
        """Is *call* (see `Fault`) made to fail in this world?"""
        return any(x.call == call for x in self.faults)

    def program(self, path: str) -> Helper | None:
        """What stands at *path*, which is resolved from ``/``, where khelper's child is; None for a missing file."""
        if self.helpers is None:
            return Helper() if path and not path.endswith("/") else None
        if path in self.helpers or not path or path.endswith("/"):
            return self.helpers.get(path)
        return self.helpers.get(normpath(f"/{path.lstrip('/')}"))


_HOLDS = {
    "threads": Thread,
    "calls": Call,
    "signals": Signal,
    "writes": Write,
    "faults": Fault,
    "spurious": Spurious,
    "reads": Read,
    "stores": Store,
    "processes": Process,
    "ptraces": Ptrace,
}
"""What the lists of a scenario are lists of."""


def _listed(key: str, kind: type, values: object) -> tuple[object, ...]:
    """The values of one of a scenario's lists."""
    found = tuple(values) if isinstance(values, Iterable) and not isinstance(values, str) else (None,)
    if not all(isinstance(value, kind) for value in found):
        raise ValueError(f"{key} is a list of what {kind.__name__}(…) makes: {key}=[{kind.__name__}(…)]")
    return found


def world(module: object, scenario: object, config: object) -> None:
    """Refuse, in words, what is no module in a scenario on a configuration."""
    asked = (
        (module, KernelModule, "a kernel module, which %%kmod or load makes"),
        (scenario, Scenario, "a Scenario(…)"),
        (config, Config, "a Config(…)"),
    )
    for place, (value, kind, what) in zip(("first", "second", "third"), asked, strict=True):
        if not isinstance(value, kind):
            raise InputError(f"{what} is wanted in the {place} place, not {type(value).__name__}: {repr(value)[:60]}")
