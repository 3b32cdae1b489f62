"""The world and the machine of a random program: who runs, what comes from outside, on how many CPUs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields, replace
from inspect import signature
from typing import Any

from kthreadlab import (
    Call,
    Config,
    Fault,
    Freeze,
    Helper,
    Identity,
    Read,
    Scenario,
    Signal,
    Spurious,
    Store,
    Thread,
    When,
    Write,
    asleep,
    before_first,
    done,
    idle,
    in_helper,
    inside,
    never_slept,
    on_cpu,
)
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.profile import Profile
from tests.oracle.programs.cast import ROW_TEXT, Cast, one
from tests.oracle.programs.plots import Plot

EACH = 8
"""At least as many CPUs as a program has tasks."""


class Roles:
    """Who runs: the *threads* by name, the *calls* by function and context.  *about* says which calls the program is
    about."""

    def __init__(self, rng: random.Random, themes: Sequence[str], plot: Plot | None) -> None:
        self.about, self.hazard = set(themes), plot.hazard if plot is not None and rng.random() < 0.7 else ""
        wanted = plot.threads if plot is not None and rng.random() < 0.75 else 1
        alone, both = ("mykthread",), ("mykthread", "rival")
        self.threads = one(rng, (6, (both, alone)[wanted < 2]), (3, both), (1 if wanted else 6, ()))
        fewest = 1 if self.threads else 2
        contexts = rng.choices(("process", "irq"), (3, 2), k=max(fewest, rng.choice((0, 1, 1, 1, 2, 2))))
        if len(self.threads) == 2 and rng.random() < 0.9:
            contexts = contexts[:1]
        names = ("caller", "handler")
        self.calls = [(n, kind) for n, kind in zip(names, contexts, strict=False)]
        if "call_usermodehelper" in self.about and self.calls and rng.random() < 0.6:
            self.calls[0] = ("report_event", self.calls[0][1])


def scenario_of(rng: random.Random, roles: Roles, cast: Cast) -> Scenario:
    """A world for these actors: at most one hazard, nearly always."""
    calls = []
    for n, (function, kind) in enumerate(roles.calls):
        name = ("nic", "uart")[n] if kind == "irq" else ("insmod", "cat")[n]
        when = guard(rng, roles) if rng.random() < 0.07 else None
        calls.append(_call(rng, name, function, rng.choice((0, 1, 1, 2)), kind, when, roles))
    if len(calls) == 1 and not roles.threads[1:] and rng.random() < 0.25:
        calls.append(_call(rng, "again", calls[0].function, 1, calls[0].context, None, roles))
    if "served" in cast.functions:
        calls.append(Call("eth", "served", context="irq"))
    more: dict[str, Any] = {}
    for name in _hazards(rng, roles, cast):
        more.update(_hazard(rng, name, roles, cast))
    world = Scenario("random", threads=[Thread(t) for t in roles.threads], calls=calls, **_course(rng, roles), **more)
    return _spoken(_loading(rng, world, roles), cast)


MODULES = {
    name for name, call in CALLS.items() if call.source.startswith("include/linux/module.h") or "module_put" in name
}


def _loading(rng: random.Random, world: Scenario, roles: Roles) -> Scenario:
    """Now and then the same world in which a process call is rmmod, and another insmod."""
    processes = [x for x in world.calls if x.context == "process"]
    names = [x.name for x in processes]
    if not processes or len(set(names)) < len(names) or rng.random() >= (0.7 if roles.about & MODULES else 0.03):
        return world
    out, load = names[-1], names[0] if len(names) > 1 and rng.random() < 0.7 else None
    calls = world.calls
    if load is not None and rng.random() < 0.5:
        calls = tuple(Call(x.name, x.function, *x.args, when=done(load)) if x.name == out else x for x in calls)
    return replace(world, calls=calls, insmod=load, rmmod=out)


def _spoken(world: Scenario, cast: Cast) -> Scenario:
    """The same world, which says more of what it is judged by.  None of that changes a run."""
    rng = random.Random(f"{world} {sorted(cast.data)}")
    more: dict[str, Any] = {}
    if world.threads and rng.random() < 0.3:
        more["identity"] = Identity("mykthread", rng.choice((None, None, "init", "kthreadd")))
    if world.calls and rng.random() < 0.3:
        more["report"] = world.calls[0].function
    if world.calls and world.threads and rng.random() < 0.2:
        more["ends_after"] = world.calls[-1].function
    if world.threads and rng.random() < 0.15:
        more["threads"] = [replace(t, ends=True) for t in world.threads]
    texts = sorted(n for n, x in cast.data.items() if x.made.startswith("char_array"))
    if texts and rng.random() < 0.4:
        more["handler"] = ROW_TEXT if ROW_TEXT in texts else texts[0]
    return replace(world, **more)


def _call(rng: random.Random, name: str, function: str, arg: int, kind: str, when: When | None, roles: Roles) -> Call:
    """A call; of one that comes on a CPU of its choice, or surely, as far as a scenario can say so."""
    more: dict[str, Any] = {}
    if kind == "irq" and roles.threads and rng.random() < 0.1:
        more["cpu_of"] = roles.threads[0]
    if "certain" in signature(Call.__init__).parameters and rng.random() < 0.15:
        more["certain"] = True
    return Call(name, function, arg, context=kind, when=when, **more)


def _course(rng: random.Random, roles: Roles) -> dict[str, Any]:
    """What a scenario may say of its thread, where it can be said."""
    known = {f.name for f in fields(Scenario)}
    return {"stays": True} if "stays" in known and roles.threads and rng.random() < 0.2 else {}


def guard(rng: random.Random, roles: Roles) -> When:
    """When an arrival may land."""
    if not roles.threads:
        return idle()
    t = roles.threads[0]
    simple = [asleep(t), never_slept(t), inside(t, t), on_cpu(t), idle(), before_first(t, "schedule"), in_helper(t)]
    first = rng.choice(simple)
    if rng.random() < 0.3:
        other = rng.choice(simple)
        return rng.choice((first & other, first | ~other, ~first))
    return done(roles.threads[-1]) if rng.random() < 0.1 else first


def _hazards(rng: random.Random, roles: Roles, cast: Cast) -> list[str]:
    """What goes wrong in this world."""
    weighted = [(4.0 * len(roles.threads or "1") ** 2, "")]
    if roles.threads:
        weighted += [(3, "signal"), (1.2, "spurious")]
    if roles.threads and cast.profile.freezer:
        weighted.append((6 if "try_to_freeze" in roles.about else 0.3, "freeze"))
    if roles.about & {"kmalloc", "kzalloc", "kstrdup", "kasprintf"}:
        weighted.append((3, "kmalloc"))
    if roles.about & {"kernel_thread", "kthread_run", "call_usermodehelper"}:
        weighted.append((0.7, "fork"))
    if "ctl_table" in "".join(x.made for x in cast.data.values()):
        weighted.append((8, "files"))
    if any(x.made.startswith("char_array") for x in cast.data.values()):
        weighted.append((0.5, "store"))
    if roles.hazard in [name for _, name in weighted]:
        weighted.append((15.0, roles.hazard))
    found = [one(rng, *weighted)]
    if found[0] != "signal" and roles.threads and "signal_pending" in roles.about and rng.random() < 0.3:
        found.append("signal")
    if "call_usermodehelper" in roles.about or roles.hazard == "helpers":
        found.append("helpers")
    return [name for name in found if name]


def _hazard(rng: random.Random, name: str, roles: Roles, cast: Cast) -> dict[str, Any]:
    """The fields of a scenario that say so."""
    when = guard(rng, roles) if rng.random() < 0.08 else None
    task = rng.choice(roles.threads) if roles.threads else ""
    if name == "signal":
        return {"signals": [Signal(task, rng.choices(("SIGKILL", "SIGTERM"), (5, 1))[0], when)]}
    if name == "spurious":
        return {"spurious": [Spurious(task, 1, when)]}
    if name == "freeze":
        return {"freeze": Freeze(task, when)}
    if name == "files":
        return _files(rng)
    if name == "store":
        texts = [n for n, x in cast.data.items() if x.made.startswith("char_array")]
        return {"stores": [Store(rng.choice(texts), rng.choice(("ab", "/bin")))]}
    if name == "helpers":
        return {
            "helpers": _helpers(rng),
            **({"boot": rng.choice(("no_root", "no_khelper"))} if rng.random() < 0.1 else {}),
        }
    return {"faults": [Fault(name, 1, when)]}


def _helpers(rng: random.Random) -> dict[str, Helper]:
    how = one(
        rng, (5, Helper()), (2, Helper(exit=1)), (1, Helper(error=-13)), (1, Helper(signal=9)), (1, Helper(ends=False))
    )  # fmt: skip
    return {"/bin/alert": how}


def _files(rng: random.Random) -> dict[str, Any]:
    """A write to the row's file, and perhaps a read."""
    file = f"/proc/sys/kernel/{ROW_TEXT}"
    write = Write(file, rng.choice(("/bin/alert\n", "abc\n", "x", "0123456789abcdefg\n")))
    return {"writes": [write], **({"reads": [Read(file)]} if rng.random() < 0.5 else {})}


def config_of(rng: random.Random, profile: Profile) -> Config:
    """A machine: one CPU, two, one each; built for one or for several, with preemption or without."""
    cpus = one(rng, (4, 1), (1, 2), (4, EACH))
    preempt = profile.preemptible and rng.random() < (0.45 if cpus == 1 else 0.2)
    smp = rng.choice((True, True, True, False)) if cpus == 1 else None
    return Config(profile.name, cpus, preempt, smp)
