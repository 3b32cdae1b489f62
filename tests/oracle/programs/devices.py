"""Random programs in the shape of drivers: what the actors meet over lies in a struct for each device.

A call sets the devices up, statics, elements of an array, blocks of the heap or on its own stack, and starts a thread
for some; threads, timers' functions and other calls get at them through pointers, and what lies in them is what the
idioms work on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from kthreadlab import Call, Fault, Scenario, Signal, done
from kthreadlab.lang.api import CALLS, OBJECT_TYPES
from tests.oracle.programs.cast import NAMES, Cast, one
from tests.oracle.programs.tree import Block, Data, Line, Statement
from tests.oracle.programs.writer import Writer

BARE = {kind: name for name, kind in OBJECT_TYPES.items()} | {"array": "array(u8, 2)", "text": "char_array(16)"}
"""The type of a field of each kind."""
HOMES = ("static", "static", "pool", "table", "heap", "heap", "heap", "stack")
"""Where devices are."""
POKES = {
    "completion": "complete(x)", "wait_queue_head": "wake_up(x)", "atomic": "atomic_inc(x)",
    "spinlock": "spin_lock(x)\nspin_unlock(x)", "rwlock": "read_lock(x)\nread_unlock(x)", "semaphore": "up(x)",
}  # fmt: skip
"""What a function does that is given the address of such an object."""
LATER = {
    "work": "schedule_work({})", "delayed_work": "schedule_delayed_work({}, HZ)", "tasklet": "tasklet_schedule({})",
    "timer": "mod_timer({}, jiffies + HZ)",
}  # fmt: skip
"""How what runs a function later is started."""
ENDS = {
    "timer": ("del_timer_sync", "del_timer_sync", "del_timer"), "work": ("cancel_work_sync", "flush_work"),
    "delayed_work": ("cancel_delayed_work_sync", "cancel_delayed_work"), "tasklet": ("tasklet_kill",),
}  # fmt: skip
"""And how it is ended."""
STRUCT, POINTER = "device", 'ptr("device")'


def wanted(seed: int, featured: str) -> bool:
    """Is program *seed* one of these?  The more often, the more the call it features has to do with objects."""
    kinds = {"queue", "spinlock", "rwlock", "atomic", "mutex", "completion", "semaphore", "timer", "list", "entry"}
    about = bool(kinds & set(CALLS[featured].params)) or featured in ("container_of", "kfree", "kzalloc", "kmalloc")
    return random.Random(f"device {seed}").random() < (0.2 if about else 0.05)


@dataclass
class Device:
    """The struct: its *fields* by name, and those of the struct in it (*hub*)."""

    fields: dict[str, str] = field(default_factory=dict)
    hub: dict[str, str] = field(default_factory=dict)

    def data(self) -> Iterator[Data]:
        """The declarations of the structs."""
        fields = dict(self.fields)
        if self.hub:
            yield Data("hub", f'struct("hub", {self._listed(self.hub)})')
            fields["hub"] = "hub"
        yield Data(STRUCT, f'struct("{STRUCT}", {self._listed(fields or {"a": "u8"})})')

    def _listed(self, fields: dict[str, str]) -> str:
        return ", ".join(f"{name}={type_}" for name, type_ in fields.items())


class Devices(Cast):
    """A cast whose objects lie in devices.  *at*: the device of the function that is being written, as an expression;
    *home*: where they are; *paths*: for each object how it is reached from its device, and its kind."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.device, self.at, self.paths = Device(), "", dict[str, str]()
        self.home = self.rng.choice(HOMES)
        self.pokes: dict[str, str] = {}

    def object(self, kind: str, other: float = 0.2) -> str:
        """One in the device of the function, nearly always."""
        if not self.at or kind == "tasklet" or kind not in BARE or not self.has(BARE[kind]) or self.rng.random() < 0.07:
            return super().object(kind, other)
        names = NAMES[kind]
        name = names[self.rng.random() < other] if len(names) > 1 else names[0]
        return f"{self.at}.{self.path(name, kind)}"

    def path(self, name: str, kind: str) -> str:
        """How the object is reached: a field, one of the struct in it, an element of an array in it."""
        found = next((p for p in self.paths if name in p.replace("[", ".").split(".")), None)
        if found is None:
            found = name
            if name == NAMES[kind][-1] and self.rng.random() < 0.6:
                self.device.hub[name] = BARE[kind]
                found = f"hub.{name}"
            elif kind in OBJECT_TYPES.values() and kind not in LATER and self.rng.random() < 0.15:
                self.device.fields[name] = f"array({BARE[kind]}, 2)"
                found = f"{name}[{self.rng.choice('01')}]"
            else:
                self.device.fields[name] = BARE[kind]
            self.paths[found] = kind
        return found

    def number(self) -> str:
        name = super().number()
        if not self.at or self.rng.random() < 0.5:
            return name
        self.device.fields.setdefault(name, "u8")
        return f"{self.at}.{name}"

    def kept(self) -> tuple[str, str]:
        """A number in the device, and the lock beside it."""
        if not self.at:
            return super().kept()
        self.device.fields.setdefault("kept", "u8")
        return f"{self.at}.kept", f"{self.at}.{self.path(NAMES[self.guard][0], self.guard)}"

    def poke(self) -> list[Statement]:
        """A function is given the address of something in the device; or its timer is started."""
        if self.rng.random() < 0.3:
            kind = one(self.rng, (5, "timer"), (2, "work"), (1, "delayed_work"), (1, "tasklet"))
            start = LATER[kind]
            if self.has(start.partition("(")[0]) and self.has(BARE[kind]):
                return [Line(start.format(f"{self.at}.{self.path(NAMES[kind][0], kind)}"))]
        if not self.paths or self.rng.random() < 0.3:
            return []
        path, kind = self.rng.choice(sorted(self.paths.items()))
        if kind not in POKES:
            return []
        self.pokes[f"poke_{kind}"] = kind
        return [Line(f"poke_{kind}({self.at}.{path})")]


# ---- what a device begins with ---------------------------------------------------------------------------------------


def prepared(cast: Devices, at: str) -> Iterator[str]:
    """Everything in the device *at* made ready; now and then something is forgotten."""
    calls = {
        "spinlock": "spin_lock_init({})", "rwlock": "rwlock_init({})", "wait_queue_head": "init_waitqueue_head({})",
        "completion": "init_completion({})", "mutex": "mutex_init({})", "list": "INIT_LIST_HEAD({})",
        "atomic": "atomic_set({}, 1)", "text": 'strcpy({}, "ab")', "rw_semaphore": "init_rwsem({})",
        "refcount": "refcount_set({}, 1)", "kref": "kref_init({})",
    }  # fmt: skip
    for path, kind in cast.paths.items():
        if cast.rng.random() < 0.03:
            continue
        here = f"{at}.{path}"
        if kind == "timer":
            yield from timer_ready(cast, here, at)
        elif kind == "tasklet":
            yield f"tasklet_init({here}, {cast._function('softirq', ('bottom',))}, {at})"
        elif kind == "delayed_work":
            yield f"INIT_DELAYED_WORK({here}, {cast._function('work', ('tidy',))})"
        elif kind == "work":
            yield f"INIT_WORK({here}, {cast._function('work', ('handle',))}{f', {at}' * cast.profile.work_data})"
        elif kind == "semaphore":
            yield f"sema_init({here}, {cast.rng.choice('0111')})"
        elif kind == "array":
            yield from (f"{here}[{n}] = 0" for n in range(2))
        elif kind in calls:
            yield calls[kind].format(here)
    for name, type_ in cast.device.fields.items():
        if type_ == "u8":
            yield f"{at}.{name} = 0"


def timer_ready(cast: Devices, timer: str, device: str) -> Iterator[str]:
    """The timer's function gets the device, or today the timer."""
    if cast.has("timer_setup"):
        yield f"timer_setup({timer}, {cast.callback()}, 0)"
    elif cast.has("setup_timer"):
        yield f"setup_timer({timer}, {cast.callback()}, {device})"
    else:
        yield f"init_timer({timer})"
        yield f"{timer}.function = {cast.callback()}"
        yield f"{timer}.data = {device}"


def given_device(cast: Devices, function: str) -> tuple[str, list[Statement]]:
    """The parameter of a function that is run later, and how it gets at its device."""
    kind = {"handle": "work", "tidy": "delayed_work", "bottom": "tasklet"}.get(function, "timer")
    path = next((p for p, k in cast.paths.items() if k == kind), "")
    itself = kind == "timer" and cast.has("timer_setup") or "work" in kind and not cast.profile.work_data
    if not path or not itself:
        return f"d: {POINTER}", []
    whole, of, member = ("h", "hub", path[4:]) if path.startswith("hub.") else ("d", STRUCT, path)
    part = "to_delayed_work(t)" if kind == "delayed_work" else "t"
    found = [f'{whole} = container_of({part}, {of}, "{member}")']
    if whole == "h":
        found.append(f'd = container_of(h, {STRUCT}, "hub")')
    return f't: ptr("{"timer_list" if kind == "timer" else "work_struct"}")', [Line(x) for x in found]


# ---- how functions get at devices ------------------------------------------------------------------------------------


def reach(cast: Devices, w: Writer) -> list[Statement]:
    """How a call gets at a device; the expression is left in *at*."""
    rng = cast.rng
    index = rng.choice(("0", "x & 1", "x & 1", "x", "a"))
    if cast.home == "static":
        cast.at = rng.choice(("dev", "dev", "other"))
        cast.data.setdefault(cast.at, Data(cast.at, f"{STRUCT}()"))
        if rng.random() < 0.6:
            w.local("d", POINTER)
            found, cast.at = cast.at, "d"
            return [Line(f"d = {found}")]
        return []
    if cast.home == "pool":
        cast.data.setdefault("pool", Data("pool", f"array({STRUCT}, 2)"))
        cast.at = f"pool[{index}]"
        return []
    w.local("d", POINTER)
    cast.at = "d"
    if cast.home == "table":
        for name in ("dev", "other"):
            cast.data.setdefault(name, Data(name, f"{STRUCT}()"))
        cast.data.setdefault("both", Data("both", "[dev, other]"))
        return [Line(f"d = cast({STRUCT}, both[{index}])")]
    cast.data.setdefault("probed", Data("probed", POINTER, scalar=True))
    look: list[Statement] = [Block("if d == NULL:", (Line("return"),))] if rng.random() < 0.93 else []
    return [Line("d = probed"), *look]


def starts(cast: Devices, w: Writer, device: str) -> list[Statement]:
    """A thread for a device."""
    task = cast.pointer("task", "task_struct")
    if cast.has("kthread_run"):
        keep = [Line(f"get_task_struct({task})")] if cast.has("get_task_struct") and cast.rng.random() < 0.6 else []
        return [Line(f'{task} = kthread_run(mykthread, {device}, "mykthread")'), *keep]
    return [Line(f"kernel_thread(mykthread, {device}, CLONE_FS)")]


def set_up(cast: Devices, w: Writer) -> list[Statement]:
    """The body of the call that sets devices up."""
    rng = cast.rng
    if cast.home == "heap":
        make = cast.some(("kmalloc", "kzalloc"))
        zero = [Line(f"memset(d, 0, sizeof({STRUCT}))")] if rng.random() < 0.15 else []
        w.local("d", POINTER)
        cast.data.setdefault("probed", Data("probed", POINTER, scalar=True))
        body = [Line("probed = d"), *starts(cast, w, "d")]
        return [
            Line(f"d = cast({STRUCT}, {make}(sizeof({STRUCT}), GFP_KERNEL))"),
            Block("if d == NULL:", (Line("return"),)),
            *zero,
            Line("prepare(d)"),
            *(body[::-1] if rng.random() < 0.3 else body),
        ]
    if cast.home == "stack":
        w.local("mine", f"{STRUCT}()")
        field_ = f"mine.{cast.path('ready', 'completion')}"
        kept = []
        if rng.random() < 0.7:
            cast.data.setdefault("probed", Data("probed", POINTER, scalar=True))
            kept = [Line("probed = mine")]
        end = [Line(f"wait_for_completion({field_})")] if rng.random() < 0.8 else []
        return [Line("prepare(mine)"), *kept, *starts(cast, w, "mine"), *end]
    devices = ["pool[0]", "pool[1]"] if cast.home == "pool" else ["dev", "other"]
    cast.data.setdefault("pool", Data("pool", f"array({STRUCT}, 2)"))
    for name in ("dev", "other"):
        cast.data.setdefault(name, Data(name, f"{STRUCT}()"))
    more = starts(cast, w, devices[1]) if rng.random() < 0.15 else []
    return [*(Line(f"prepare({x})") for x in devices), *starts(cast, w, devices[0]), *more]


def take_down(cast: Devices, w: Writer) -> list[Statement]:
    """The body of the call that takes a device down: in this order, in another, or without something."""
    rng = cast.rng
    begin = reach(cast, w)
    at = cast.at
    task = cast.pointer("task", "task_struct")
    steps: list[list[Statement]] = []
    if cast.has("kthread_stop") and rng.random() < 0.8:
        steps.append([Block(f"if {task} != NULL and not IS_ERR({task}):", (Line(f"kthread_stop({task})"),))])
    for path, kind in cast.paths.items():
        ends = [n for n in ENDS.get(kind, ()) if cast.has(n)]
        if ends and rng.random() < 0.85:
            steps.append([Line(f"{rng.choice(ends)}({at}.{path})")])
    if cast.home == "heap":
        forget = [Line("probed = NULL")] if rng.random() < 0.8 else []
        steps.append(forget)
        steps.append([Line(f"kfree({at})")])
    if rng.random() < 0.2:
        rng.shuffle(steps)
    return [*begin, *(x for step in steps for x in step)]


# ---- the world -------------------------------------------------------------------------------------------------------


def world(cast: Devices, calls: list[tuple[str, str]], downs: bool) -> Scenario:
    """Whoever comes does so when the devices are set up, as a rule."""
    rng = cast.rng
    made = [Call("insmod", "setup", 1)]
    for n, (function, kind) in enumerate(calls):
        name = ("nic", "uart")[n] if kind == "irq" else ("cat", "ps")[n]
        when = done("insmod") if rng.random() < 0.95 else None
        made.append(Call(name, function, rng.choice((0, 1, 1, 2)), context=kind, when=when))
    if downs:
        made.append(Call("rmmod", "cleanup", 0, when=done("insmod")))
    faults = [Fault("kmalloc")] if cast.home == "heap" and rng.random() < 0.1 else []
    signals = [Signal("mykthread")] if rng.random() < 0.15 else []
    return Scenario("random", calls=made, faults=faults, signals=signals)


def contexts(rng: random.Random) -> list[str]:
    """Of the calls that come then."""
    return rng.choices(("process", "irq"), (3, 2), k=one(rng, (3, 1), (1, 2)))
