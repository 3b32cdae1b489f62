"""rw_semaphores: readers together or one writer, and a line in which all wait in the order in which they came.

``readers`` counts who reads, ``writer`` says whether one writes; ``line`` is who waits, (task, mode), the longest
first; ``given`` who has been let in and does not know yet.
"""

from __future__ import annotations

from .locks import wrong_one
from .run import Run, operation
from .state import UNINTERRUPTIBLE, Obj, Task
from .values import KernelFault, Value
from .waiting import owned


def new_rwsem(ready: bool) -> dict:
    return {"ready": ready, "readers": 0, "writer": False, "line": (), "given": ()}


def sem_of(run: Run, s: Value) -> Obj:
    thing = run.thing(s, "rw_semaphore")
    if not thing.data["ready"]:
        raise KernelFault("uninitialised_lock")
    return thing


def held(task: Task, address: object) -> list[str]:
    return [mode for other, mode in task.sleeping_locks if other == address]


def have(run: Run, s: Value, mode: str) -> None:
    run.task.sleeping_locks = (*run.task.sleeping_locks, (s.obj, mode))
    run.triggers.add("locks_balanced")


def can_have(thing: Obj, mode: str) -> bool:
    """One who comes now: a reader passes who waits only where nobody has it at all."""
    data = thing.data
    if data["writer"]:
        return False
    return not data["readers"] or mode == "read" and not data["line"]


def add(thing: Obj, mode: str) -> None:
    if mode == "read":
        thing.data["readers"] += 1
    else:
        thing.data["writer"] = True


def down(run: Run, s: Value, mode: str) -> Value:
    thing, task = sem_of(run, s), run.task
    if task.number in thing.data["given"]:
        thing.data["given"] = tuple(n for n in thing.data["given"] if n != task.number)
        have(run, s, mode)
        return 0
    looks = not run.phase or mode == "write" and run.version.writers_barge
    if looks and can_have(thing, mode):
        thing.data["line"] = tuple(one for one in thing.data["line"] if one[0] != task.number)
        add(thing, mode)
        have(run, s, mode)
        return 0
    if not run.phase:
        if task.interrupt:
            raise KernelFault("sleep_in_interrupt")
        thing.data["line"] = (*thing.data["line"], (task.number, mode))
    run.sleep(UNINTERRUPTIBLE)
    return run.wait("back")


def let_in(run: Run, thing: Obj) -> None:
    """Whose turn it is, now that fewer have it."""
    data = thing.data
    if not data["line"] or data["writer"]:
        return
    first, mode = data["line"][0]
    if mode == "write":
        if data["readers"]:
            return
        if not run.version.writers_barge:
            data["line"], data["given"], data["writer"] = data["line"][1:], (*data["given"], first), True
        run.wake(run.state.tasks[first], 3)
        return
    chosen = []
    for number, wants in data["line"]:
        if wants == "read":
            chosen.append(number)
        elif not run.version.writers_barge:
            break
    data["line"] = tuple(one for one in data["line"] if one[0] not in chosen)
    data["given"] = (*data["given"], *chosen)
    data["readers"] += len(chosen)
    for number in chosen:
        run.wake(run.state.tasks[number], 3)


def drop(run: Run, s: Value, mode: str) -> bool:
    """Out of the ledger; did the caller have it at all?"""
    mine = [n for n, one in enumerate(run.task.sleeping_locks) if one[0] == s.obj]
    same = [n for n in mine if run.task.sleeping_locks[n][1] == mode]
    if not same:
        run.hit("locks_balanced", "rwsem_not_held_so")
    if mine:
        at = (same or mine)[-1]
        run.task.sleeping_locks = run.task.sleeping_locks[:at] + run.task.sleeping_locks[at + 1 :]
    return bool(mine)


@operation("init_rwsem")
def init_rwsem(run: Run, s: Value) -> Value:
    """Who waits is forgotten; who was let in before has it all the same."""
    run.thing(s, "rw_semaphore").data.update(ready=True, readers=0, writer=False, line=())
    return 0


@operation("down_read")
def down_read(run: Run, s: Value) -> Value:
    return taken_twice(run, s, "read") or down(run, s, "read")


@operation("down_write")
def down_write(run: Run, s: Value) -> Value:
    return taken_twice(run, s, "write") or down(run, s, "write")


def taken_twice(run: Run, s: Value, mode: str) -> int:
    """Even where it comes through: next time a writer may stand in between."""
    sem_of(run, s)
    if not run.phase and held(run.task, s.obj):
        run.hit("locks_balanced", "rwsem_twice")
    return 0


def try_(run: Run, s: Value, mode: str) -> int:
    thing = sem_of(run, s)
    if thing.data["line"] or not can_have(thing, mode):
        return 0
    add(thing, mode)
    have(run, s, mode)
    return 1


@operation("down_read_trylock")
def down_read_trylock(run: Run, s: Value) -> Value:
    return try_(run, s, "read")


@operation("down_write_trylock")
def down_write_trylock(run: Run, s: Value) -> Value:
    return try_(run, s, "write")


def stray(run: Run, s: Value) -> None:
    """Is it the wrong one of many that is given back?"""
    if not held(run.task, s.obj):
        run.hit("locks_balanced", "not_held")
        wrong_one(run, s.obj, owned(run))


@operation("up_read")
def up_read(run: Run, s: Value) -> Value:
    thing = sem_of(run, s)
    stray(run, s)
    thing.data["readers"] = max(thing.data["readers"] - 1, 0)
    let_in(run, thing)
    drop(run, s, "read")
    return 0


@operation("up_write")
def up_write(run: Run, s: Value) -> Value:
    thing = sem_of(run, s)
    stray(run, s)
    thing.data["writer"] = False
    let_in(run, thing)
    drop(run, s, "write")
    return 0


@operation("downgrade_write")
def downgrade_write(run: Run, s: Value) -> Value:
    thing = sem_of(run, s)
    if thing.data["writer"]:
        thing.data["writer"], thing.data["readers"] = False, 1
    let_in(run, thing)
    if drop(run, s, "write"):
        have(run, s, "read")
    return 0
