"""Tasklets, and the handlers that modules register for interrupts."""

from __future__ import annotations

from typing import Any

from .run import Run, operation
from .state import RUNNING, Obj, State
from .values import Blocked, KernelFault, Ptr, Value

EBUSY, EINVAL, ENOMEM = 16, 22, 12
SHARED = 0x04000080


def fresh(address: Any, make: str, args: list) -> dict:
    """The data of a tasklet as it is declared."""
    return {
        "function": args[0] if args else 0,
        "arg": args[1] if len(args) > 1 else Ptr(address),
        "pending": False,
        "torn": False,
        "disabled": int(make == "DECLARE_TASKLET_DISABLED"),
        "killed": False,
    }


def tasklet_at(run: Run, t: Value, used: bool = True, anew: bool = False) -> Obj:
    thing = run.thing(t, "tasklet")
    if not anew and not thing.data["ready"]:
        raise KernelFault("uninitialised_local")
    if used and not thing.data["function"]:
        raise KernelFault("null_pointer")
    return thing


@operation("tasklet_init", "tasklet_setup")
def tasklet_init(run: Run, t: Value, function: Value, *data: Value) -> Value:
    thing = tasklet_at(run, t, used=False, anew=True)
    torn = thing.data["pending"] or thing.data["torn"]
    thing.data.update(function=function, arg=data[0] if data else t, disabled=0, pending=False)
    thing.data.update(torn=torn, killed=False, ready=True)
    run.state.publish(t)
    return 0


@operation("tasklet_schedule", "tasklet_hi_schedule")
def tasklet_schedule(run: Run, t: Value) -> Value:
    thing = tasklet_at(run, t)
    if not thing.data["killed"]:
        thing.data["pending"] = True
        run.state.publish(t)
    return 0


@operation("tasklet_disable_nosync")
def tasklet_disable_nosync(run: Run, t: Value) -> Value:
    data = tasklet_at(run, t).data
    if data["disabled"] == 15:
        raise KernelFault("bug")
    data["disabled"] += 1
    return 0


@operation("tasklet_enable")
def tasklet_enable(run: Run, t: Value) -> Value:
    data = tasklet_at(run, t).data
    if not data["disabled"]:
        raise KernelFault("bug")
    data["disabled"] -= 1
    return 0


@operation("tasklet_unlock_wait")
def tasklet_unlock_wait(run: Run, t: Value) -> Value:
    if run.task.kind == "irq":
        run.hit("never_sleeps_atomic", "tasklet_unlock_wait")
    if run.world.smp and run.world.timer_running(run.state, t.obj):
        raise Blocked
    tasklet_at(run, t, used=False)
    return 0


@operation("tasklet_disable")
def tasklet_disable(run: Run, t: Value) -> Any:
    if not run.phase:
        tasklet_disable_nosync(run, t)
        return run.wait("running")
    return tasklet_unlock_wait(run, t)


@operation("tasklet_kill")
def tasklet_kill(run: Run, t: Value) -> Any:
    """Four steps: it gives up the CPU, has it scheduled by nobody, does not run, is dead."""
    if not run.phase:
        if run.task.interrupt:
            raise KernelFault("sleep_in_interrupt")
        tasklet_at(run, t, used=False)
        run.task.state = RUNNING
        run.give_up()
        return run.wait("claim")
    if run.phase == "claim":
        data = run.state.objects[t.obj].data if t.obj in run.state.objects else {}
        if data.get("pending") or data.get("killed"):
            raise Blocked
        tasklet_at(run, t, used=False).data["killed"] = True
        return run.wait("running")
    if run.phase == "running":
        tasklet_unlock_wait(run, t)
        return run.wait("done")
    tasklet_at(run, t, used=False).data.update(killed=False, pending=False)
    return 0


# ---- interrupts -----------------------------------------------------------------------------------------------------
# The registrations, (line, function, dev, shared), and the lines that are disabled, {line: depth}, are in `seen`.


def handlers(state: State) -> tuple:
    return state.seen.get("handlers", ())


def depths(state: State) -> dict[int, int]:
    return dict(state.seen.get("disabled", ()))


def set_depth(state: State, line: int, depth: int) -> None:
    state.seen["disabled"] = tuple(sorted((x, n) for x, n in {**depths(state), line: depth}.items() if n))


@operation("request_irq")
def request_irq(run: Run, line: int, handler: Value, flags: int, name: Value, dev: Value) -> Value:
    if name != 0:
        run.text(name)
    state, shared = run.state, bool(flags & SHARED)
    if shared and dev == 0:
        return -EINVAL
    if run.fails("kmalloc"):
        return -ENOMEM
    there = [x for x in handlers(state) if x[0] == line]
    if any(not (shared and x[3]) for x in there):
        return -EBUSY
    if not there:
        set_depth(state, line, 0)
    state.seen["handlers"] = (*handlers(state), (line, handler.name, dev, shared))
    state.publish(dev)
    return 0


def serving(run: Run, line: int) -> bool:
    """Is a handler of that line under way?"""
    return any(t.kind == "irq" and t.born and not t.done and t.line == line for t in run.state.tasks)


@operation("synchronize_irq")
def synchronize_irq(run: Run, line: int) -> Value:
    if run.world.smp and serving(run, line):
        raise Blocked
    return 0


@operation("free_irq")
def free_irq(run: Run, line: int, dev: Value) -> Any:
    if not run.phase:
        known = list(handlers(run.state))
        mine = next((x for x in known if x[0] == line and x[2] == dev), None)
        if mine is not None:
            known.remove(mine)
        run.state.seen["handlers"] = tuple(known)
        return run.wait("running")
    return synchronize_irq(run, line)


@operation("disable_irq_nosync")
def disable_irq_nosync(run: Run, line: int) -> Value:
    set_depth(run.state, line, min(15, depths(run.state).get(line, 0) + 1))
    return 0


@operation("enable_irq")
def enable_irq(run: Run, line: int) -> Value:
    set_depth(run.state, line, max(0, depths(run.state).get(line, 0) - 1))
    return 0


@operation("disable_irq")
def disable_irq(run: Run, line: int) -> Any:
    if not run.phase:
        disable_irq_nosync(run, line)
        return run.wait("running")
    return synchronize_irq(run, line)


def registration(world: Any, state: State, call: Any) -> tuple | None:
    """The registration by which a call of the scenario comes; () where nobody has to register it, None where it cannot
    come now."""
    if call.context != "irq" or call.function not in world.irq_handlers:
        return ()
    found = [x for x in handlers(state) if x[1] == call.function and (not call.args or x[0] == call.args[0])]
    return found[0] if found and not depths(state).get(found[0][0]) else None
