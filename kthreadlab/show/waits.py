"""Who waits for whom at one moment: from whoever waits, over the lock, to whoever has it; and the circles in that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kthreadlab.lang.diagnostics import listed
from kthreadlab.trace.events import MachineView, TaskView
from kthreadlab.trace.narrate import plain

from .nested import interrupt_name

KINDS = ("mutex", "semaphore", "rw_semaphore")
ENDS = "the end of "


@dataclass(frozen=True)
class Wait:
    """*waiter* waits for *lock*, which *holders* have, or, without a lock, for *holders* themselves."""

    waiter: str
    lock: str
    holders: tuple[str, ...]


def waits(view: MachineView, hosts: Mapping[str, str] | None = None) -> tuple[Wait, ...]:
    """All that somebody waits for and somebody else could give.

    *hosts*: each interrupt that is there, with the task that it interrupts: that one waits until it is over.
    """
    found = [wait for task in view.tasks for wait in _of(view, task)]
    spinning = {wait.waiter for wait in found}
    return (*found, *(Wait(host, "", (irq,)) for irq, host in (hosts or {}).items() if host and irq in spinning))


def _of(view: MachineView, task: TaskView) -> Iterator[Wait]:
    wanted = lock_of(task.waiting_for)
    if wanted in view.locks:
        yield Wait(task.name, wanted, tuple(other.name for other in view.tasks if wanted in other.locks))
    elif task.waiting_for.startswith(ENDS) and task.waiting_for[len(ENDS) :] in {t.name for t in view.tasks}:
        yield Wait(task.name, "", (task.waiting_for[len(ENDS) :],))


def lock_of(waiting_for: str) -> str:
    """The lock's name, of what a task is said to wait for."""
    for kind in KINDS:
        waiting_for = waiting_for.removeprefix(f"the {kind} ")
    return waiting_for


def circle(found: tuple[Wait, ...]) -> tuple[Wait, ...]:
    """Waits of which each is for whom the next one waits, and the last for the first; () if there are none."""
    by_waiter = {wait.waiter: wait for wait in found}
    for first in found:
        way: list[Wait] = []
        if _closes(first, first.waiter, by_waiter, way, set()):
            return tuple(way)
    return ()


def _closes(wait: Wait, first: str, by_waiter: Mapping[str, Wait], way: list[Wait], seen: set[str]) -> bool:
    """Does a way lead from *wait* back to *first*?  Then *way* is it."""
    seen.add(wait.waiter)
    way.append(wait)
    for holder in wait.holders:
        if holder == first:
            return True
        further = by_waiter.get(holder)
        if further is not None and holder not in seen and _closes(further, first, by_waiter, way, seen):
            return True
    way.pop()
    return False


def circle_words(found: tuple[Wait, ...]) -> str:
    """``Deadlock: a → lock → b → other → a.``, or "" if nothing goes round."""
    around = circle(found)
    names = [_name(part) for wait in around for part in (wait.waiter, wait.lock) if part]
    return f"Deadlock: {' → '.join([*names, names[0]])}." if names else ""


def waits_words(found: tuple[Wait, ...]) -> str:
    """Whoever waits for whom, in a sentence; "" if nobody does."""
    told = "; ".join(map(_words, found))
    return f"{told[0].upper()}{told[1:]}." if told.startswith("the ") else told and f"{told}."


def _name(name: str) -> str:
    return f"the {interrupt_name(name)} interrupt" if name.startswith("irq/") else plain(name)


def _words(wait: Wait) -> str:
    who = listed([_name(name) for name in wait.holders if name != wait.waiter] or ["it"] * bool(wait.holders))
    if not wait.lock:
        return f"{_name(wait.waiter)} goes on when {who} has ended"
    verb = "have" if len(wait.holders) > 1 else "has"
    return f"{_name(wait.waiter)} waits for {plain(wait.lock)}, which {who or 'nobody'} {verb}"
