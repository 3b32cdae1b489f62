"""Processes of user space, as a scenario lists them: system calls, signals on the way back from them, zombies."""

from __future__ import annotations

from typing import Any

from .run import STARTED, Run, operation
from .state import DEAD, INTERRUPTIBLE, RUNNING, Frame, State, Task
from .values import KernelFault, Value

SIGKILL, SIGCHLD, SIGCONT, SIGSTOP = 9, 17, 18, 19
ECHILD, EAGAIN, ERESTARTSYS = 10, 11, 512
DROPPED_BY_DEFAULT = {17, 18, 23, 28}
"""SIGCHLD, SIGCONT, SIGURG, SIGWINCH."""
STOPPED, TRACED = 4, 8


def steps(world: Any, name: str) -> tuple:
    """What the process of that name does."""
    return described(world.scenario, name).steps


def described(scenario: Any, name: str) -> Any:
    return next(p for top in getattr(scenario, "processes", ()) for p in top.all() if p.name == name)


def entered(scenario: Any) -> list[tuple[str, int, Any]]:
    """Each system call into the module, with the name of the process and the number of its step."""
    everybody = [p for top in getattr(scenario, "processes", ()) for p in top.all()]
    return [(p.name, n, step) for p in everybody for n, step in enumerate(p.steps) if kind(step) == "Enter"]


def kind(step: Any) -> str:
    return type(step).__name__


def make(world: Any, state: State, name: str, parent: Task | None, numbers: dict[str, int]) -> Task:
    """A process that stands before its first call."""
    task = world.add(state, name, "user")
    task.site, task.started = ("process", name), True
    task.dropped = frozenset(numbers[s] for s in described(world.scenario, name).ignores)
    task.parent = "init"
    if parent is not None:
        task.parent, task.dropped = parent.name, task.dropped | parent.dropped
    frame = Frame(call="#process")
    frame.phase, frame.data = "step", (0,)
    task.frames = [frame]
    return task


# ---- system calls ----------------------------------------------------------------------------------------------------


@operation("#process")
def process(run: Run) -> Value:
    """The next call, unless a signal does something to the process on its way back from the last."""
    task, at = run.task, run.data[0]
    todo = steps(run.world, task.name)
    if any(kind(step) == "Enter" for step in todo):
        run.triggers.add("enters")
    if run.phase == "waiting":
        if told_of_child(run) or not children(run):
            return home(run, at + 1)
        return halted(run, at) or asleep(run, "waiting", at)
    if run.phase == "pausing":
        return halted(run, at) or asleep(run, "pausing", at)
    stop = halted(run, at)
    if stop is not None:
        return stop
    step = todo[at] if at < len(todo) else None
    return OPERATE[kind(step)](run, step, at)


def home(run: Run, at: int) -> Value:
    """Back in user space, where anybody may take the CPU."""
    run.world.leave_cpu(run.state, run.task)
    return run.wait("step", at)


def asleep(run: Run, phase: str, at: int) -> Value:
    run.task.state, run.task.queued = INTERRUPTIBLE, False
    run.world.leave_cpu(run.state, run.task)
    run.exercise(f"#{phase}")
    return run.wait(phase, at)


def halted(run: Run, at: int) -> Any:
    """What a pending signal does: None if nothing."""
    task = run.task
    fatal = sorted(task.signals - {SIGSTOP})
    if fatal:
        run.exercise("#killed")
        return ends(run, fatal[0])
    if SIGSTOP in task.signals:
        task.signals -= {SIGSTOP}
        task.state, task.queued = TRACED if task.tracer else STOPPED, False
        run.exercise("#traced" if task.tracer else "#stopped")
        run.world.leave_cpu(run.state, task)
        return run.wait("step", at)
    return None


def fork(run: Run, step: Any, at: int) -> Value:
    if run.fails("fork"):
        run.exercise("#fork_fails")
    else:
        run.world.forks(run, step.child.name)
    return home(run, at + 1)


def wait4(run: Run, step: Any, at: int) -> Value:
    if told_of_child(run) or not children(run):
        return home(run, at + 1)
    return asleep(run, "waiting", at)


def pause(run: Run, step: Any, at: int) -> Value:
    return asleep(run, "pausing", at)


def enter(run: Run, step: Any, at: int) -> Value:
    """The function's frame lies on the process's own; the CPU stays."""
    frame = Frame(call="#process")
    frame.phase, frame.data, frame.pc = "step", (at + 1,), at
    run.task.frames.append(frame)
    run.triggers.add("process_call")
    code = run.world.codes[step.function]
    run.enter(step.function, list(step.args)[: len(code.function.params)])
    return STARTED


def leave(run: Run, step: Any, at: int) -> Value:
    return ends(run, (step.code if step is not None else 0) << 8)


OPERATE = {"Fork": fork, "Wait4": wait4, "Pause": pause, "Enter": enter, "Exit": leave, "NoneType": leave}


# ---- parents and children --------------------------------------------------------------------------------------------


def in_family(task: Task) -> bool:
    return task.kind == "user" or task.kin


@operation("sys_wait4")
def sys_wait4(run: Run, upid: int, stat_addr: Value, options: int, ru: Value) -> Value:
    """The same for code of the kernel, of which a signal makes an end; of one child, if it is named."""
    if run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")
    run.task.state = RUNNING
    if options & ~1:
        return -22
    mine = [t for t in children(run) if upid in (-1, 0, run.world.pid(t))] if run.task.kind == "user" else []
    dead = [t for t in mine if t.done]
    if dead:
        return run.world.pid(reap(run, dead))
    if not mine:
        return -ECHILD
    if options:
        return 0
    if run.task.signal_pending():
        return -ERESTARTSYS
    run.task.state, run.task.queued = INTERRUPTIBLE, False
    run.give_up()
    run.exercise("#waiting")
    return run.wait("waiting")


def children(run: Run) -> list[Task]:
    """Whom wait4() would wait for."""
    mine = [t for t in run.state.tasks if in_family(t) and t.parent == run.task.name and t.exit_state != "X"]
    return [t for t in mine if t.exit_signal == SIGCHLD]


def told_of_child(run: Run) -> bool:
    """Reap one that has ended, the one that was first in the program."""
    dead = [t for t in children(run) if t.done]
    if not dead:
        run.exercise("#no_child_ended")
        return False
    reap(run, dead)
    return True


def reap(run: Run, dead: list[Task]) -> Task:
    """Of those that have ended, the one that was first in the program is no more."""
    order = run.world.order
    reaped = min(dead, key=lambda t: order.index(t.name.partition("#")[0]))
    reaped.exit_state = "X"
    run.exercise("#reaped_by_parent")
    return reaped


def ends(run: Run, code: Value) -> Value:
    """exit(), or a signal that ends the process."""
    task = run.task
    task.frames, task.code, task.entered = [], code, frozenset()
    task.done, task.queued, task.state = True, False, DEAD
    run.world.leave_cpu(run.state, task)
    orphans(run)
    told(run)
    return STARTED


def orphans(run: Run) -> None:
    """The children of whoever ends are init's."""
    for child in run.state.tasks:
        if in_family(child) and child.parent == run.task.name and child.exit_state != "X":
            child.parent, child.exit_signal = "init", SIGCHLD
            run.exercise("#orphan")


def told(run: Run) -> None:
    """A zombie, unless its parent does not want to know; and a parent that waits looks."""
    task = run.task
    task.exit_state = "Z"
    if task.parent == "kthreadd":
        task.exit_state = "X"
        return
    parent = next((t for t in run.state.tasks if t.name == task.parent and t.kind == "user"), None)
    if parent is None:
        return
    if SIGCHLD in parent.dropped and task.exit_signal == SIGCHLD:
        task.exit_state = "X"
        run.exercise("#not_a_zombie")
    if parent.frames and parent.frame.phase == "waiting" and parent.frame.call in ("#process", "sys_wait4"):
        run.wake(parent, INTERRUPTIBLE)


# ---- signals and tracers ---------------------------------------------------------------------------------------------


def send(run: Run, task: Task, number: int) -> None:
    """What kill does to a process."""
    opposite(run, task, number)
    if number in task.dropped or number in DROPPED_BY_DEFAULT:
        run.exercise("#signal_ignored")
        return
    task.signals |= {number}
    run.wake(task, INTERRUPTIBLE | (STOPPED | TRACED if number == SIGKILL else 0))


def opposite(run: Run, task: Task, number: int) -> None:
    """SIGCONT takes SIGSTOP back, and lets a stopped process go on; SIGSTOP takes SIGCONT back."""
    if number == SIGCONT:
        task.signals -= {SIGSTOP}
        if task.state == STOPPED:
            run.exercise("#continued")
            run.wake(task, STOPPED)
    elif number == SIGSTOP:
        task.signals -= {SIGCONT}


def attach(run: Run, task: Task) -> None:
    """PTRACE_ATTACH: SIGSTOP, for a tracer."""
    if task.kind == "thread" and task.mm and not task.done:
        task.allowed |= {SIGSTOP} if task.all_blocked else set()
        task.signals |= {SIGSTOP}
        run.wake(task, INTERRUPTIBLE)
    if task.kind != "user" or task.done or task.tracer:
        return
    task.tracer = True
    task.signals |= {SIGSTOP}
    run.wake(task, INTERRUPTIBLE | (STOPPED if run.version.attach_traps else 0))


def detach(run: Run, task: Task) -> None:
    task.tracer = False
    run.wake(task, TRACED)
