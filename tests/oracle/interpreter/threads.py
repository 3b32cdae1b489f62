"""Threads, signals, the freezer, timers, user-mode helpers, files under /proc/sys."""

from __future__ import annotations

from posixpath import normpath
from typing import NamedTuple

from . import processes
from .memory import formatted
from .run import STARTED, Run, operation
from .state import DEAD, INTERRUPTIBLE, RUNNING, UNINTERRUPTIBLE, Frame, Obj, State, Task
from .values import Blocked, Fn, KernelFault, NotInterpreted, Ptr, Value, path_of
from .waiting import wait_completion  # noqa: F401  (so that its operations are there)

EPERM, ENOENT, EINTR, ENOEXEC, EAGAIN, ENOMEM, EFAULT, EBUSY, EINVAL = 1, 2, 4, 8, 11, 12, 14, 16, 22
SIGKILL, NSIG = 9, 64
DROPPED_BY_DEFAULT = {17, 18, 23, 28}
"""SIGCHLD, SIGCONT, SIGURG, SIGWINCH."""

# ---- making and ending threads -------------------------------------------------------------------------------------


def site(run: Run) -> tuple:
    """The place in the program that makes a thread: one lives at a time."""
    return (run.task.site, *((frame.func, frame.pc) for frame in run.task.frames))


def make_thread(run: Run, fn: Value, arg: Value) -> Task | None:
    """A thread that has not run; None if the place's last one lives, or fork fails."""
    if not isinstance(fn, Fn):
        raise KernelFault("null_pointer" if fn == 0 else "bad_pointer")
    if run.fails("fork"):
        run.exercise("#fork_fails")
        return None
    here, state = site(run), run.state
    if any(t.site == here and (not t.done or t.exit_state == "Z") for t in state.tasks):
        return None
    old = next((t for t in state.tasks if t.site == here and not referenced(state, t.number)), None)
    number = old.number if old is not None else len(state.tasks)
    task = Task(number, run.world.sites.get(here, fn.name), "thread")
    task.site, task.cpu = here, run.world.place(state, number)
    if old is None:
        state.tasks.append(task)
    else:
        state.tasks[number] = task
    run.state.publish(arg)
    return task


def referenced(state: State, number: int) -> bool:
    """Does anything hold the address of task *number*?"""
    me = ("t", number)

    def names(value: object) -> bool:
        return isinstance(value, Ptr) and value.obj == me

    if any(names(v) for thing in state.objects.values() for v in thing.data.values()):
        return True
    return any(
        names(v)
        for task in state.tasks
        for frame in task.frames
        for v in (*frame.locals.values(), *frame.stack, *frame.args, *frame.data)
    )


def start_code(run: Run, task: Task, fn: str, arg: Value) -> None:
    """The function's first frame, and what it does before it can be seen."""
    inner = Run(run.world, run.state, task)
    inner.enter(fn, [arg] if run.world.codes.get(fn) and run.world.codes[fn].function.params else [])
    inner.begin()
    run.done += inner.done
    run.hits += inner.hits


@operation("kernel_thread")
def kernel_thread(run: Run, fn: Value, arg: Value, flags: int) -> Value:
    task = make_thread(run, fn, arg)
    run.world.asked_for_thread(run, task is not None)
    if task is None:
        return -EAGAIN
    creator = run.current()
    task.all_blocked, task.allowed, task.ignores = creator.all_blocked, creator.allowed, creator.ignores
    task.started = True
    if creator.kind == "user":
        task.kin, task.parent, task.exit_signal, task.comm = True, creator.name, flags & 0xFF, creator.comm[:15]
    start_code(run, task, fn.name, arg)
    return run.world.pid(task)


@operation("kthread_create")
def kthread_create(run: Run, fn: Value, arg: Value, name: Value, *args: Value) -> Value:
    """The caller sleeps until kthreadd has made the thread, and comes back in TASK_RUNNING."""
    if run.phase:
        task = make_thread(run, fn, arg)
        run.world.asked_for_thread(run, task is not None)
        if task is None:
            return -ENOMEM
        as_kthread(run, task, formatted(run, name, args)[:15], (fn, arg))
        return Ptr(("t", task.number))
    if run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")
    run.task.state = RUNNING
    run.give_up()
    return run.wait("back")


def as_kthread(run: Run, task: Task, name: str, job: tuple) -> None:
    """A child of kthreadd's (2.6.11: of a work queue's) that has not been woken yet."""
    task.comm = name
    task.kthread, task.parent, task.mm = True, "kthreadd", False
    if run.version.ignores:
        task.ignores = True
    else:
        task.all_blocked = True
    task.nofreeze = run.version.nofreeze
    task.born, task.queued, task.state = False, False, run.version.born
    frame = Frame(call="#kthread", args=job, line=run.line)
    frame.phase = "start"
    task.frames = [frame]


@operation("kthread_run")
def kthread_run(run: Run, fn: Value, arg: Value, name: Value, *args: Value) -> Value:
    made = kthread_create(run, fn, arg, name, *args)
    if isinstance(made, Ptr):
        run.wake(run.task_at(made), 3)
    return made


@operation("#kthread")
def kthread(run: Run, fn: Fn, arg: Value) -> Value:
    """What a thread of kthread_create() runs first: it never calls its function if it is to stop already."""
    if run.task.should_stop:
        run.line = run.world.module.functions[fn.name].pos.line
        return do_exit(run, -EINTR, True)
    if run.task.park and not run.task.should_stop:
        run.sleep(UNINTERRUPTIBLE)
        return run.wait("start")
    run.task.started = True
    takes = run.world.codes[fn.name].function.params if fn.name in run.world.codes else ()
    run.enter(fn.name, [arg] if takes else [])
    return STARTED


@operation("kthread_bind")
def kthread_bind(run: Run, p: Value, cpu: Value) -> Value:
    """Any CPU may take any task; but a task it must be."""
    run.task_at(p)
    return 0


@operation("reparent_to_init")
def reparent_to_init(run: Run) -> Value:
    run.current().parent = "init" if run.version.adopter == 1 else "kthreadd"
    run.current().exit_signal = processes.SIGCHLD
    return 0


@operation("daemonize")
def daemonize(run: Run, name: Value = None, *args: Value) -> Value:
    task = run.current()
    if name is not None:
        task.comm = formatted(run, name, args)[:15]
    if run.version.daemonize_blocks:
        task.all_blocked, task.allowed, task.signals = True, frozenset(), frozenset()
    task.mm = False
    if run.version.daemonize_adopts:
        task.parent = "init" if run.version.adopter == 1 else "kthreadd"
        task.exit_signal = processes.SIGCHLD
    if run.version.nofreeze:
        task.nofreeze = True
    return 0


@operation("do_exit", "kthread_exit")
def do_exit(run: Run, code: Value, returned: bool = False) -> Value:
    task, state = run.task, run.state
    if task.interrupt:
        raise KernelFault("panic")
    if not run.phase or run.phase in ("start", "exit"):
        run.exercise("#exit")
    if task.held:
        run.hit("locks_balanced", "exit_held")
    if task.sleeping_locks:
        for address, kind in task.sleeping_locks:
            run.hit("locks_balanced", "exit_held" if kind != "semaphore" else f"semaphore_held:{path_of(address)}")
    run.world.exiting(run, code)
    for frame in task.frames:
        for address in frame.objects:
            state.end(address)
    task.frames, task.code, task.entered = [], code, frozenset()
    task.done, task.queued = True, False
    task.state = DEAD
    run.world.leave_cpu(state, task)
    heard = task.kthread and (returned and task.should_stop or not run.version.stop_needs_return)
    task.told = heard
    for other in state.tasks:
        frame = other.frames[-1] if other.frames else None
        if frame is not None and frame.call == "kthread_stop" and frame.phase == "stopped" and heard:
            longest = not task.stoppers or task.stoppers[0] == other.number
            if frame.args[0] == Ptr(("t", task.number)) and longest:
                frame.data = (True,)
                run.wake(other, 3)
    if task.freeze:
        wake_freezer(run)
    if processes.in_family(task):
        processes.orphans(run)
        processes.told(run)
    reap(task, run)
    if task.references < 0:
        raise KernelFault("ended_task")
    run.world.after_exit(run)
    return 0


def reap(task: Task, run: Run) -> None:
    """A child of kthreadd's (or of keventd's) is gone at its end, init's when init has waited, unless somebody holds a
    reference; from 2.6.31 on who stops it does, until it is told."""
    if task.exit_state:
        task.reaped = task.exit_state == "X" and not task.references
        return
    at_once = task.kthread or task.waited or (task.parent == "kthreadd" and run.version.adopter_reaps)
    held = task.references or task.stoppers and not run.version.stop_mutex
    if task.done and at_once and not held:
        task.reaped = True


@operation("get_task_struct")
def get_task_struct(run: Run, p: Value) -> Value:
    run.task_at(p).references += 1
    return p


@operation("put_task_struct")
def put_task_struct(run: Run, p: Value) -> Value:
    """One too many takes the task's own: the next is one that is not there, and so is the last, at the task's end."""
    task = run.task_at(p)
    if task.kind != "thread":  # a process lives on behind its call
        return 0
    if task.references <= (0 if task.done else -1):
        raise KernelFault("ended_task")
    task.references -= 1
    reap(task, run)
    return 0


@operation("kthread_should_stop")
def kthread_should_stop(run: Run) -> Value:
    return int(run.current().should_stop)


@operation("kthread_stop")
def kthread_stop(run: Run, p: Value) -> Value:
    state, me = run.state, run.task
    if me.interrupt:
        raise KernelFault("sleep_in_interrupt")
    if run.phase != "stopped":
        if run.version.stop_mutex and state.stop_lock is not None:
            run.sleep(UNINTERRUPTIBLE)
            return run.wait("lock")
        target = run.task_at(p)
        if not target.kthread and not run.version.stop_mutex:  # it has no struct kthread
            raise KernelFault("bad_pointer")
        if run.version.stop_mutex:
            state.stop_lock = me.number
        target.should_stop = True
        target.notified = run.version.stop_signals
        run.wake(target, 3)
        if target.done and not run.version.stop_mutex and (target.told or run.version.stop_again):
            return stopped(run, target)
        target.stoppers = (*target.stoppers, me.number)
        run.sleep(UNINTERRUPTIBLE)
        return run.wait("stopped")
    target = state.tasks[p.obj[1]]
    if not (run.data if run.version.stop_mutex else target.told):
        run.sleep(UNINTERRUPTIBLE)
        return run.wait("stopped")
    return stopped(run, target)


def stopped(run: Run, target: Task) -> Value:
    """The end was told to this caller, and is to nobody else."""
    code = target.code
    target.stoppers = tuple(n for n in target.stoppers if n != run.task.number)
    target.told = target.told and not run.phase and run.version.stop_again
    if not run.version.stop_mutex:
        reap(target, run)
    else:
        run.state.stop_lock = None
        for other in run.state.tasks:
            frame = other.frames[-1] if other.frames else None
            if frame is not None and frame.call == "kthread_stop" and frame.phase == "lock":
                run.wake(other, 3)
    return code


@operation("complete_and_exit", "kthread_complete_and_exit")
def complete_and_exit(run: Run, x: Value, code: Value) -> Value:
    """One after the other."""
    from .waiting import complete

    if x != 0 and not run.phase:
        complete(run, x)
        return run.wait("exit")
    return do_exit(run, code)


# ---- signals -------------------------------------------------------------------------------------------------------


def send_signal(run: Run, task: Task, number: int) -> None:
    """What kill does to *task*."""
    if task.done:
        return
    if task.kind == "user":
        processes.send(run, task, number)
        return
    processes.opposite(run, task, number)
    allowed = number in task.allowed
    if number in task.dropped or task.ignores and not allowed:
        run.exercise("#signal_ignored")
        return
    if not task.all_blocked and (not allowed or task.mm) and number in DROPPED_BY_DEFAULT:
        return
    task.signals |= {number}
    if task.all_blocked and not allowed:
        run.exercise("#signal_blocked")
        return
    run.exercise("#signal_sent")
    if task.born and task.state & INTERRUPTIBLE:
        run.wake(task, INTERRUPTIBLE)


@operation("allow_signal")
def allow_signal(run: Run, number: int) -> Value:
    if not 1 <= number <= NSIG:
        return -EINVAL
    task = run.current()
    task.allowed |= {number}
    task.dropped -= {number}
    run.world.allowed(run, task, number)
    return 0


@operation("disallow_signal")
def disallow_signal(run: Run, number: int) -> Value:
    if not 1 <= number <= NSIG:
        return -EINVAL
    task = run.current()
    if run.version.disallow_ignores:
        task.dropped |= {number}
        if run.version.disallow_flushes:
            task.signals -= {number}
        return 0
    task.allowed -= {number}
    if not task.all_blocked:
        task.all_blocked = True
        task.allowed = frozenset(range(1, NSIG + 1)) - {number}
    return 0


@operation("signal_pending")
def signal_pending(run: Run, p: Value) -> Value:
    return int(run.task_at(p).signal_pending())


@operation("flush_signals")
def flush_signals(run: Run, p: Value) -> Value:
    task = run.task_at(p)
    task.signals = frozenset()
    if task.freeze == "signal":
        task.freeze = "flag"
    return 0


# ---- the freezer ---------------------------------------------------------------------------------------------------


@operation("freezing")
def freezing(run: Run, p: Value) -> Value:
    return int(run.task_at(p).freeze in ("signal", "flag"))


def freeze_here(run: Run) -> Value:
    """Stand still until the freezer lets go; the state is as before."""
    task = run.task
    if task.interrupt:
        raise KernelFault("sleep_in_interrupt")
    before = task.state
    task.freeze, task.frozen = "frozen", True
    run.exercise("#frozen")
    wake_freezer(run)
    task.state = UNINTERRUPTIBLE
    run.give_up()
    task.queued = False
    return run.wait("thawed", before)


def thawed(run: Run) -> None:
    run.task.state = run.data[0]
    run.task.frozen, run.task.freeze = False, False


@operation("try_to_freeze")
def try_to_freeze(run: Run, *args: Value) -> Value:
    if run.phase:
        thawed(run)
        return 1
    if run.task.freeze in ("signal", "flag"):
        return freeze_here(run)
    return 0


@operation("refrigerator")
def refrigerator(run: Run, *args: Value) -> Value:
    if run.phase:
        thawed(run)
        return 0
    if run.task.freeze in ("signal", "flag"):
        return freeze_here(run)
    return 0


@operation("kthread_freezable_should_stop")
def kthread_freezable_should_stop(run: Run, *args: Value) -> Value:
    if run.phase:
        thawed(run)
    elif run.task.freeze in ("signal", "flag"):
        return freeze_here(run)
    return int(run.task.should_stop)


@operation("set_freezable")
def set_freezable(run: Run) -> Value:
    run.task.nofreeze = False
    return 0


def wake_freezer(run: Run) -> None:
    for task in run.state.tasks:
        if task.kind == "freezer" and task.asleep:
            task.state, task.queued = RUNNING, True


@operation("#freezer")
def freezer(run: Run, number: int) -> Value:
    """Ask, wait until the task stands still (or has ended), let it go."""
    target = run.state.tasks[number]
    if run.phase == "ask":
        if target.done or target.nofreeze or not target.born:
            run.world.ended(run, 0)
            return STARTED
        target.freeze = "signal" if run.version.fake_signal else "flag"
        if target.state & INTERRUPTIBLE:
            run.wake(target, INTERRUPTIBLE)
    if target.frozen or target.done:
        if target.frozen and target.queued is False:
            target.queued, target.state = True, RUNNING
        target.freeze = False
        run.world.ended(run, 0)
        return STARTED
    run.sleep(UNINTERRUPTIBLE)
    return run.wait("look")


# ---- timers --------------------------------------------------------------------------------------------------------


def timer_of(run: Run, timer: Value, starts: bool = False) -> Obj:
    """The timer; to start one that nothing has initialised is a fault."""
    thing = run.thing(timer, "timer")
    if not thing.data["written"]:
        raise KernelFault("uninitialised_local", "this timer was never initialised")
    if starts and not thing.data["ready"]:
        raise KernelFault("null_pointer", "a timer that nothing has initialised")
    if starts and thing.data["function"] == 0:
        raise KernelFault("bug", "a timer without a function")
    return thing


def timer_runs(run: Run, address: object) -> bool:
    return any(t.kind == "softirq" and t.site == address and t.born and not t.done for t in run.state.tasks)


def make_anew(run: Run, timer: Value) -> dict:
    """The timer's links are forgotten; what leads to a pending one is left, and finds nothing that it can take off."""
    data = run.thing(timer, "timer").data
    data.update(ready=True, written=True, torn=data["torn"] or data["pending"], pending=False)
    return data


@operation("init_timer")
def init_timer(run: Run, timer: Value) -> Value:
    make_anew(run, timer)
    return 0


@operation("setup_timer")
def setup_timer(run: Run, timer: Value, function: Value, data: Value) -> Value:
    make_anew(run, timer).update(function=function, arg=data)
    run.state.publish(data)
    return 0


@operation("timer_setup")
def timer_setup(run: Run, timer: Value, function: Value, flags: Value) -> Value:
    make_anew(run, timer).update(function=function, arg=timer)
    run.state.publish(timer)
    return 0


def arm(run: Run, timer: Value, thing: Obj) -> None:
    if thing.data["function"] is not None:  # not shut down
        thing.data["pending"] = True
        run.state.publish(timer)
        run.state.publish(thing.data["arg"])


@operation("add_timer")
def add_timer(run: Run, timer: Value) -> Value:
    if timer_of(run, timer).data["function"] == SHUT:
        return 0
    thing = timer_of(run, timer, starts=True)
    if thing.data["pending"] and run.version.double_add_bug:
        raise KernelFault("bug")
    arm(run, timer, thing)
    return 0


@operation("mod_timer")
def mod_timer(run: Run, timer: Value, expires: int) -> Value:
    if timer_of(run, timer).data["function"] == SHUT:
        return 0
    thing = timer_of(run, timer, starts=True)
    was = int(thing.data["pending"])
    arm(run, timer, thing)
    return was


@operation("del_timer", "timer_delete")
def del_timer(run: Run, timer: Value) -> Value:
    thing = timer_of(run, timer)
    was = int(thing.data["pending"])
    thing.data["pending"] = False
    return was


@operation("del_timer_sync", "timer_delete_sync")
def del_timer_sync(run: Run, timer: Value) -> Value:
    """It may turn in a loop until the function is over; in an interrupt, for what that has interrupted."""
    timer_of(run, timer)
    if run.task.kind == "irq":
        run.hit("never_sleeps_atomic", "interrupt")
    if timer_runs(run, timer.obj):
        raise Blocked
    return del_timer(run, timer)


SHUT = "#shut"
"""The function of a timer that nobody starts any more."""


@operation("timer_shutdown")
def timer_shutdown(run: Run, timer: Value) -> Value:
    was = del_timer(run, timer)
    run.thing(timer).data["function"] = SHUT
    return was


@operation("timer_shutdown_sync")
def timer_shutdown_sync(run: Run, timer: Value) -> Value:
    was = del_timer_sync(run, timer)
    run.thing(timer).data["function"] = SHUT
    return was


@operation("timer_pending")
def timer_pending(run: Run, timer: Value) -> Value:
    return int(timer_of(run, timer).data["pending"])


# ---- user-mode helpers ---------------------------------------------------------------------------------------------


@operation("call_usermodehelper")
def call_usermodehelper(run: Run, path: Value, argv: Value, envp: Value, wait: int = 0) -> Value:
    task, state, version = run.task, run.state, run.version
    if run.phase and not task.observed:  # woken by somebody else: it is a completion that it waits for
        run.give_up()
        task.state, task.queued = UNINTERRUPTIBLE, False
        return run.wait("back")
    if run.phase:
        task.in_helper = 0
        result, task.observed = task.observed[0], ()
        run.world.helper_returned(run, result)
        return result
    run.world.helper_called(run)
    if path == 0 and version.null_path_is_invalid:
        return -EINVAL
    if run.world.scenario.boot == "no_khelper":
        return -EBUSY
    name = run.text(path)
    if name == "":
        run.exercise("#empty_path")
        run.world.executes_nothing(run)
        run.world.helper_returned(run, 0)
        return 0
    if version.request_on_heap and run.fails("kmalloc"):
        return -ENOMEM
    how = waits_for(version, wait)
    for pointer in (path, argv, envp):
        state.publish(pointer)
    run.exercise(f"#helper_{how}")
    if task.interrupt and how != "none":
        raise KernelFault("sleep_in_interrupt")
    state.jobs = (*state.jobs, (task.number, path, argv, envp, how))
    khelper = next(t for t in state.tasks if t.kind == "khelper")
    if khelper.asleep and not (version.waits_for_root and run.world.scenario.boot == "no_root"):
        khelper.state, khelper.queued = RUNNING, True
    if how == "none":
        run.world.helper_returned(run, 0)
        return 0
    task.in_helper = 1
    task.state = UNINTERRUPTIBLE
    run.give_up()
    task.queued = False
    run.exercise("#sleeps")
    return run.wait("back")


def waits_for(version, wait: int) -> str:  # noqa: ANN001
    """``none``, ``exec`` or ``proc``."""
    if version.no_wait is not None and wait == version.no_wait:
        return "none"
    wait &= ~12 if wait > 0 else -1
    if wait == version.wait_exec:
        return "exec"
    return "proc" if version.any_wait_is_proc or wait == version.wait_proc else "exec"


class Program(NamedTuple):
    """A program where a scenario names none: there is one at every path."""

    exit: int = 0
    error: int = 0
    signal: int = 0
    ends: bool = True


def program(run: Run, path: str):  # noqa: ANN201
    """The program at *path*, resolved from the root."""
    helpers = run.world.scenario.helpers
    if helpers is None:
        return Program() if path and not path.endswith("/") else None
    if path in helpers or path.endswith("/"):
        return helpers.get(path)
    return helpers.get(normpath("/" + path.lstrip("/")))


def vector(run: Run, pointer: Value) -> list[str] | None:
    """The texts of argv or envp up to NULL; None where the end is missing."""
    if pointer == 0:
        return []
    thing = run.thing(pointer)
    if thing.kind == "raw":
        raise KernelFault("bad_pointer")
    texts = []
    for n in range(thing.size):
        value = thing.data.get(n, 0)
        if value == 0:
            return texts
        if not isinstance(value, Ptr):
            raise KernelFault("bad_pointer")
        texts.append(run.text(value))
    return None


@operation("#khelper")
def khelper(run: Run) -> Value:
    state = run.state
    if run.phase == "take":
        if not state.jobs:
            run.give_up()
            run.task.state, run.task.queued = INTERRUPTIBLE, False
            return run.wait("take")
        job, state.jobs = state.jobs[0], state.jobs[1:]
        return run.wait("exec", *job)
    if run.phase == "exec":
        caller, path, argv, envp, how = run.data
        result = execute(run, path, argv, envp, how)
        if how == "proc" and result is None:
            return run.wait("take")
        if how == "none":
            return run.wait("take")
        return run.wait("complete", caller, result or 0)
    caller, result = run.data
    complete_helper(run, caller, result)
    return run.wait("take")


def execute(run: Run, path: Value, argv: Value, envp: Value, how: str) -> int | None:
    """exec(): a negative errno, 0, or None where the helper's end is to be awaited."""
    name, caller = run.text(path), run.data[0]
    run.world.executes(run, caller)
    if run.fails("fork"):
        run.exercise("#fork_fails")
        run.world.exec_failed(run, caller, name, how, -EAGAIN)
        return -EAGAIN
    run.world.check_path(run, name, caller)
    if run.world.scenario.boot == "no_root":
        error = -EPERM
    else:
        found = program(run, name)
        error = -ENOENT if found is None else found.error
    if error in (0, -ENOEXEC):  # which is found out only after the vectors have been copied
        words, variables = vector(run, argv), vector(run, envp)
        if words is None or variables is None:
            error = -EFAULT
            run.world.bad_vector(run)
        elif not error:
            run.world.helper_begins(run, name, words, variables)
        else:
            run.world.check_vector(run, name, words, variables, caller)
    if error:
        run.exercise("#exec_fails")
        run.world.exec_failed(run, caller, name, how, error)
        if how == "proc" and not run.version.proc_errno:
            return 0
        return error
    if how == "proc":
        run.state.helpers = (*run.state.helpers, (caller, name))
        return None
    return 0


def complete_helper(run: Run, caller: int, result: int) -> None:
    task = run.state.tasks[caller]
    task.observed = (result,)
    if task.asleep:
        run.wake(task, UNINTERRUPTIBLE)


def status(found) -> int:  # noqa: ANN001
    """What wait4() says of a program's end."""
    return found.signal if found.signal else (found.exit & 255) << 8


# ---- files ---------------------------------------------------------------------------------------------------------


@operation("register_sysctl")
def register_sysctl(run: Run, path: Value, table: Value) -> Value:
    if isinstance(path, Ptr) and path.obj[0] != "str":
        run.access(Ptr(path.obj), False)
    return register_sysctl_table(run, table)


@operation("register_sysctl_table")
def register_sysctl_table(run: Run, table: Value, *args: Value) -> Value:
    run.thing(table, "ctl_table").data["registered"] = True
    return table


@operation("unregister_sysctl_table")
def unregister_sysctl_table(run: Run, header: Value) -> Value:
    """A header that nobody has been given is passed by."""
    thing = run.state.objects.get(header.obj) if isinstance(header, Ptr) else None
    if thing is not None and thing.kind == "ctl_table":
        thing.data["registered"] = run.version.numbered
    return 0


__all__ = ["NotInterpreted"]
