"""Signals that programs send, take and block themselves."""

from __future__ import annotations

from .run import Run, operation
from .state import Obj, Task
from .threads import EINVAL, NSIG, SIGKILL, send_signal
from .values import NotInterpreted, Number, Ptr, Value

ESRCH = 3
ALL = frozenset(range(1, NSIG + 1))


def send(run: Run, task: Task, number: Value, forced: bool = False) -> int:
    if not isinstance(number, int) or isinstance(number, Number):
        raise NotInterpreted("a signal that is no number")
    if not 0 <= number <= NSIG:
        return -EINVAL
    if number == 0 or task.done:
        return 0
    if forced:
        task.dropped -= {number}
        task.allowed |= {number}
    send_signal(run, task, number)
    if number == SIGKILL:
        task.killed = True
        run.world.killed_by_program(run, task)
    return 0


@operation("send_sig")
def send_sig(run: Run, number: Value, p: Value, private: Value) -> Value:
    return send(run, run.task_at(p), number)


@operation("send_sig_info")
def send_sig_info(run: Run, number: Value, info: Value, p: Value) -> Value:
    return send(run, run.task_at(p), number)


@operation("force_sig")
def force_sig(run: Run, number: Value, p: Value) -> Value:
    send(run, run.task_at(p), number, forced=True)
    return 0


@operation("kill_proc")
def kill_proc(run: Run, pid: Value, number: Value, private: Value) -> Value:
    if isinstance(number, int) and not 0 <= number <= NSIG:
        return -EINVAL
    for task in run.state.tasks:
        if task.kind == "thread" and not task.done and run.world.pid(task) == pid:
            return send(run, task, number)
    return -ESRCH


def dequeue(run: Run) -> Value:
    task = run.task
    heard = task.unblocked()
    if not heard:
        return 0
    task.signals -= {min(heard)}
    return min(heard)


@operation("dequeue_signal_lock", "dequeue_signal")
def dequeue_signal(run: Run, p: Value, mask: Value = 0, info: Value = 0) -> Value:
    return dequeue(run)


@operation("kernel_dequeue_signal")
def kernel_dequeue_signal(run: Run) -> Value:
    return dequeue(run)


def blocks(run: Run, blocked: frozenset) -> int:
    """The caller blocks these."""
    task = run.task
    if task.ignores or task.dropped:
        raise NotInterpreted("who ignores signals changes what he blocks")
    task.all_blocked, task.allowed = True, ALL - blocked
    return 0


def blocked(task: Task) -> frozenset:
    return ALL - task.allowed if task.all_blocked else frozenset()


def members(mask: Value) -> frozenset:
    if not isinstance(mask, int):
        raise NotInterpreted("a mask that is no number")
    return frozenset(n for n in ALL if mask >> (n - 1) & 1)


@operation("siginitset")
def siginitset(run: Run, which: Value, mask: Value) -> Value:
    return blocks(run, members(mask))


@operation("siginitsetinv")
def siginitsetinv(run: Run, which: Value, mask: Value) -> Value:
    return blocks(run, ALL - members(mask))


@operation("sigfillset")
def sigfillset(run: Run, which: Value) -> Value:
    return blocks(run, ALL)


@operation("sigemptyset")
def sigemptyset(run: Run, which: Value) -> Value:
    return blocks(run, frozenset())


@operation("sigaddset")
def sigaddset(run: Run, which: Value, number: Value) -> Value:
    return blocks(run, blocked(run.task) | {number})


@operation("sigdelset")
def sigdelset(run: Run, which: Value, number: Value) -> Value:
    return blocks(run, blocked(run.task) - {number})


@operation("sigmask")
def sigmask(run: Run, number: Value) -> Value:
    if not isinstance(number, int):
        raise NotInterpreted("a signal that is no number")
    return 1 << (number - 1) % 64


@operation("recalc_sigpending")
def recalc_sigpending(run: Run, p: Value = 0) -> Value:
    return 0


def own_lock(run: Run, task: Task) -> Ptr:
    """The lock of a task's signals; its word is free."""
    address = ("siglock", task.number)
    if address not in run.state.objects:
        run.state.objects[address] = Obj("spinlock", {"ready": True, "word": 1}, "static")
    return Ptr(address)
