"""Small programs around one call, each made so that what is declared of the call decides what its reduced search finds.

The call is written as `tests.machine.test_every_call` has it.  Beside it stand those who could notice: an interrupt
that takes a lock, somebody who looks at the same objects without one, memory that has to be waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from kthreadlab import Call, Config, Scenario
from kthreadlab.lang.api import CALLS
from kthreadlab.machine.profile import PROFILES
from tests.machine.test_every_call import DECLARED, PROGRAMS, STATICS
from tests.oracle.programs.compare import Given
from tests.support import module

OWN = """
gate = DEFINE_SPINLOCK()
shared = DEFINE_RWLOCK()
step = u8(0)
seen = u8(0)
found = u8(0)
"""
ALSO = {"load": "r = word", "store": "word = 5"}
"""How operations that are no calls are written."""
VIEWS = {
    "word": "word", "count": "atomic_read(count)", "text": "strlen(text)", "other": "strlen(other)",
    "ring": "list_empty(ring)", "queue": "waitqueue_active(queue)", "lock": "spin_is_locked(lock)",
    "raw": "timer_pending(raw)", "mut": "mutex_is_locked(mut)", "sem": "down_trylock(sem)",
    "done": "completion_done(done)",
}  # fmt: skip
"""How one looks at an object without changing anything, or nearly so."""
CHANGES = {
    "word": ("word = 1", "word = 2"), "count": ("atomic_set(count, 1)", "atomic_set(count, 2)"),
    "text": ('strcpy(text, "x")', 'strcpy(text, "abcd")'), "other": ('strcpy(other, "x")', 'strcpy(other, "abcd")'),
}  # fmt: skip
"""Two changes of an object, so that there is something in between."""
PROBES = ("state", "interrupts", "seen", "unlocked", "reading", "sleep")


def written(name: str) -> str:
    """The statements around a call; "" for an operation that no program writes."""
    return ALSO.get(name) or (PROGRAMS[name][0] if name in PROGRAMS else "")


def version(name: str) -> str:
    """A version of the kernel that has the call, and those beside it."""
    calls = {name, *re.findall(r"\w+(?=\()", written(name))}
    having = [n for n, p in PROFILES.items() if not calls & set(p.missing)]
    return "2.6.11" if "2.6.11" in having else having[0]


def objects(body: str, among: dict) -> list[str]:
    """The objects of *among* of which *body* speaks."""
    return [x for x in among if re.search(rf"\b{x}\b", body)]


def function(name: str, lines: list[str], params: str = "") -> str:
    head = [f"def {name}({params}):", "    global word, step, seen, found"]
    return "\n".join([*head, *(f"    {line}" for line in lines)]) + "\n\n\n"


def text_of(*functions: str) -> str:
    body = "".join(functions)
    declared = "".join(line for n, line in DECLARED.items() if re.search(rf"\b{n}\b", body))
    return declared + OWN + STATICS + body


@cache
def probes(name: str) -> tuple[Given, ...]:
    """The programs around one call."""
    return tuple(_probes(name))


def _probes(name: str) -> Iterator[Given]:
    body = written(name).split("; ")
    if body == [""]:
        return
    for kind in PROBES:
        made = globals()[f"_{kind}"](name, body)
        if made is not None:
            text, world, cpus, preempt = made
            yield Given(module(text), world, Config(version(name), cpus, preempt, True if cpus == 1 else None))


Made = tuple[str, Scenario, int, bool] | None


def _state(name: str, body: list[str]) -> Made:
    """Memory that has to be waited for wakes who had declared that he will sleep."""
    lines = ["set_current_state(TASK_INTERRUPTIBLE)", *body, "p = kmalloc(8, GFP_KERNEL)", "kfree(p)", "schedule()"]
    text = text_of(function("mykthread", [*lines, "return 0"], "unused"))
    return text, Scenario("state", threads=["mykthread"]), 8, False


def _interrupts(name: str, body: list[str]) -> Made:
    """An interrupt that wants the same lock as the caller, afterwards."""
    lines = [*body, "spin_lock(gate)", "step = 1", "step = 2", "spin_unlock(gate)"]
    handler = ["spin_lock(gate)", "step = 3", "spin_unlock(gate)"]
    calls = [Call("p", "call"), Call("nic", "handler", context="irq")]
    return text_of(function("call", lines), function("handler", handler)), Scenario("interrupts", calls=calls), 1, False


def _seen(name: str, body: list[str]) -> Made:
    """Somebody looks how far the caller is, and then at what it works on."""
    lines = [part for n, line in enumerate(body) for part in (f"step = {n + 1}", line)]
    return _watched(name, body, lines)


def _unlocked(name: str, body: list[str]) -> Made:
    """The call stands outside of a lock under which others change the same object."""
    line = next((x for x in body if f"{name}(" in x), body[-1])
    changes = [x for o in objects(line, CHANGES) for x in CHANGES[o]]
    if not changes:
        return None
    changer = ["spin_lock(gate)", *changes, "spin_unlock(gate)"]
    keeps = ["found = r & 7"] if re.match(r"r = ", line) else []
    calls = [Call("p", "call"), Call("q", "change")]
    return text_of(function("call", [line, *keeps]), function("change", changer)), Scenario("un", calls=calls), 8, False


def _reading(name: str, body: list[str]) -> Made:
    """Two do it with a lock held for reading, and look twice at what has become of it."""
    views = [VIEWS[o] for o in objects("; ".join(body), CHANGES)]
    line = next((x for x in body if f"{name}(" in x), body[-1])
    if not views:
        return None
    looks = [f"{v} = {views[0]}" for v in ("i", "j")]
    lines = ["read_lock(shared)", line, *looks, "read_unlock(shared)", "found = i != j"]
    other = ["read_lock(shared)", line, "read_unlock(shared)"]
    calls = [Call("p", "call"), Call("q", "again")]
    return text_of(function("call", lines), function("again", other)), Scenario("rd", calls=calls), 8, False


def _sleep(name: str, body: list[str]) -> Made:
    """With a lock held."""
    lines = ["spin_lock(gate)", *body, "spin_unlock(gate)"]
    return text_of(function("call", lines)), Scenario("sleep", calls=[Call("p", "call")]), 8, False


def _watched(name: str, body: list[str], lines: list[str]) -> Made:
    views = [VIEWS[o] for o in objects("; ".join(body), VIEWS) if known(VIEWS[o], version(name))][:1]
    looks = [f"j = {views[0]}", "found = j"] if views else []
    watcher = ["k = step", *looks, "seen = k"]
    calls = [Call("p", "call"), Call("q", "watch")]
    return text_of(function("call", lines), function("watch", watcher)), Scenario("seen", calls=calls), 8, False


def known(view: str, profile: str) -> bool:
    """Can one look so in this version?"""
    call = view.partition("(")[0]
    return call not in CALLS or call not in PROFILES[profile].missing
