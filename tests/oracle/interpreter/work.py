"""Work items, the queues that they are on, and the workers that run them.

A queue's data are its items, (item, waiters) each.  What a worker runs, and who waits for that, are the data of its
lowest frame, which is in the phase ``take`` while it runs nothing and ``done`` while it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kthreadlab.lang import ir

from .module import must_be_loaded
from .run import WAITS, Begins, Run, operation
from .state import RUNNING, UNINTERRUPTIBLE, Frame, Obj, State, Task
from .values import Blocked, KernelFault, NotInterpreted, Ptr, Value

EVENTS = ("wq", "events")
ON_EVENTS = {"schedule_work", "schedule_delayed_work", "flush_scheduled_work"}
MAKES = ("create_workqueue", "create_singlethread_workqueue", "alloc_workqueue", "alloc_ordered_workqueue")
WORDS = dict(zip(MAKES, (1, 1, 3, 2), strict=True))
"""How many arguments each takes."""
ALONE = (MAKES[1], MAKES[3], "#one")
FLUSHES = {
    "flush_scheduled_work", "flush_workqueue", "destroy_workqueue", "flush_work", "cancel_work_sync",
    "cancel_delayed_work_sync", "cancel_rearming_delayed_work", "flush_delayed_work",
}  # fmt: skip
TAKE_LINE, DONE_LINE = 8, 9
"""Where the machine's own kernel/workqueue.py takes an item, and is through with it."""
KINDS = ("work", "delayed_work")


def fresh(address: Any, args: list) -> dict:
    """The data of an item as it is declared."""
    arg = args[1] if len(args) > 1 else Ptr(address)
    return {"function": args[0] if args else 0, "arg": arg, "pending": False, "torn": False, "timer": None}


# ---- who works ------------------------------------------------------------------------------------------------------


def staff(world: Any, state: State) -> None:
    """The workers of every queue that there may be."""
    for address, name, single in queues(world):
        state.objects[address] = Obj("workqueue", {"items": ()})
        state.objects[address].alive = address == EVENTS
        one_only = single or (world.few_items if world.version.pools else not world.smp)
        usual = 1 if one_only else 2
        spare = world.version.flush_runs and world.workers_flush
        for n in range(usual + spare):
            known = f"kworker/{n}:1-{name}" if world.version.pools else name if single and not n else f"{name}/{n}"
            same = sum(task.name.partition("#")[0] == known for task in state.tasks)
            task = world.add(state, f"{known}#{same + 1}" if same else known, "worker")
            frame = Frame(call="#worker", line=TAKE_LINE)
            frame.phase = "take"
            task.frames, task.started, task.mm = [frame], True, False
            task.site = ("worker", address, n >= usual)


def queues(world: Any) -> list[tuple[tuple, str, bool]]:
    """Each queue's address, its name, and whether it has one worker alone."""
    found = [(EVENTS, "events", False)] if world.uses & ON_EVENTS else []
    for owner, function in world.beginnings:
        places = made_in(world, function, (), 0)
        found += [(("wq", owner, *path), name, call in ALONE) for path, call, name in places]
    return found


def made_in(world: Any, function: str, path: tuple, depth: int) -> Iterator[tuple[tuple, str, str]]:
    """The places of a function, and of those that it calls, that make a queue; by which call, and how it is called."""
    code = world.codes.get(function)
    if code is None or depth > 8:
        return
    for pc, (op, a, _, _) in enumerate(code.instructions):
        here = (*path, (function, pc + 1))
        if op == "own":
            yield from made_in(world, a, here, depth + 1)
        elif op == "kernel" and a in MAKES:
            call = "#one" if a == MAKES[2] and unbound(code.instructions[:pc]) else a
            yield here, call, called(code.instructions[:pc], WORDS[a])


def called(before: list, words: int) -> str:
    """The name that a call with so many arguments gives to its queue, where that is a literal."""
    op, text, _, _ = before[-words]
    return text.obj[1] if op == "const" and isinstance(text, Ptr) and text.obj[0] == "str" else "queue"


def unbound(before: list) -> bool:
    """Are what alloc_workqueue() is given WQ_UNBOUND and 1?"""
    flags, most = (x for _, x, _, _ in before[-2:])
    return most == 1 and isinstance(flags, int) and bool(flags & 2)


def running(state: State, task: Task) -> tuple:
    """(item, waiters) of a worker; () if it runs nothing."""
    lowest = task.frames[0] if task.kind == "worker" and task.frames else None
    return lowest.data if lowest is not None and lowest.phase == "done" else ()


def workers(state: State) -> list[Task]:
    return [task for task in state.tasks if task.kind == "worker"]


def next_of(world: Any, state: State, task: Task) -> int:
    """Which item of its queue a worker that runs nothing would take; -1 if none."""
    queue = state.objects[task.site[1]]
    before = [t for t in workers(state) if t.site[1] == task.site[1] and t.number < task.number]
    if not queue.alive or not all(running(state, t) for t in before):
        return -1
    if task.site[2] and not all(awaits(state, t.number) for t in before):
        return -1
    run = {running(state, t)[0] for t in workers(state) if running(state, t)} if world.version.pools else set()
    return next((n for n, (item, _) in enumerate(queue.data["items"]) if item not in run), -1)


def out_of_work(world: Any, state: State, task: Task) -> bool:
    """Has this worker nothing to do?"""
    return task.kind == "worker" and not running(state, task) and next_of(world, state, task) < 0


@operation("#worker")
def worker(run: Run) -> Any:
    state, task = run.state, run.task
    if run.phase == "take":
        queue = state.objects[task.site[1]]
        items, at = list(queue.data["items"]), next_of(run.world, state, task)
        if at < 0:
            raise Blocked
        must_be_loaded(run)
        address, waiters = items.pop(at)
        queue.data["items"] = tuple(items)
        run.exercise("#work")
        thing = run.thing(Ptr(address))
        if thing.data["torn"]:
            raise KernelFault("corrupted_list")
        thing.data["pending"] = False
        return Begins("done", (address, waiters), thing.data["function"].name, [thing.data["arg"]])
    must_be_loaded(run)
    address, waiters = run.data
    run.line = DONE_LINE
    if run.atomic():
        run.triggers.add("never_sleeps_atomic")
        run.hit("never_sleeps_atomic", "work_done")
    run.world.work_ended(run)
    run.give_up()
    task.state = RUNNING
    for number in waiters:
        let_go(run, number)
    return run.wait("take")


# ---- who waits ------------------------------------------------------------------------------------------------------


def awaits(state: State, number: int) -> bool:
    """Is anything left that the task waits for?"""
    lists = [thing.data["items"] for thing in state.objects.values() if thing.kind == "workqueue"]
    mine = [running(state, t) for t in workers(state)]
    return any(number in w for items in lists for _, w in items) or any(x and number in x[1] for x in mine)


def let_go(run: Run, number: int) -> None:
    task = run.state.tasks[number]
    if not awaits(run.state, number) and task.asleep:
        run.wake(task, UNINTERRUPTIBLE)


def join(run: Run, queue: Any, item: Any, own: bool) -> bool:
    """The caller waits for all of a queue, or for one item; for anything at all?"""
    state, me = run.state, run.task.number
    for address, thing in state.objects.items():
        if thing.kind == "workqueue" and queue in (None, address):
            items = thing.data["items"]
            thing.data["items"] = tuple((x, (*w, me) if item in (None, x) else w) for x, w in items)
    for task in workers(state):
        now = running(state, task)
        if now and (now[0] == item if item else task.site[1] == queue) and (own or task is not run.task):
            task.frames[0].data = (now[0], (*now[1], me))
    return awaits(state, me)


def sleeps(run: Run, *data: Value) -> Any:
    run.give_up()
    run.task.state, run.task.queued = UNINTERRUPTIBLE, False
    run.exercise("#sleeps")
    run.world.slept(run)
    return run.wait("back", *data)


# ---- items ----------------------------------------------------------------------------------------------------------


def item_at(run: Run, work: Value, anew: bool = False) -> Obj:
    """The item; to use one in memory that was never written is a fault, but to make it *anew*."""
    thing = run.thing(work)
    if thing.kind not in KINDS:
        raise KernelFault("bad_pointer")
    if not anew and not thing.data["ready"]:
        raise KernelFault("uninitialised_local")
    return thing


def queue_at(run: Run, wq: Value) -> Obj:
    return run.thing(wq, "workqueue")


def listed(state: State, address: Any) -> bool:
    """Is the item on a list, or does its timer run?"""
    lists = [thing.data["items"] for thing in state.objects.values() if thing.kind == "workqueue"]
    thing = state.objects.get(address)
    timed = thing is not None and thing.data.get("timer") is not None
    return timed or any(x == address for items in lists for x, _ in items)


def drop(run: Run, address: Any) -> None:
    """Off its list, and no timer any more."""
    run.state.objects[address].data["timer"] = None
    free: list[int] = []
    for thing in run.state.objects.values():
        if thing.kind == "workqueue":
            free += [n for x, w in thing.data["items"] if x == address for n in w]
            thing.data["items"] = tuple((x, w) for x, w in thing.data["items"] if x != address)
    for number in free:
        let_go(run, number)


@operation("to_delayed_work")
def to_delayed_work(run: Run, work: Value) -> Value:
    return work


@operation("INIT_WORK", "INIT_DELAYED_WORK")
def init_work(run: Run, work: Value, function: Value, *data: Value) -> Value:
    thing = item_at(run, work, anew=True)
    torn = listed(run.state, work.obj)
    thing.data.update(function=function, arg=data[0] if data else work, pending=False, torn=torn, ready=True)
    if data:
        run.state.publish(data[0])
    return 0


def put(run: Run, queue: Value, work: Value, delay: int) -> Value:
    thing, where = item_at(run, work), queue_at(run, queue)
    if not thing.data["function"]:
        raise KernelFault("null_pointer")
    if thing.data["pending"]:
        run.exercise("#pending_already")
        return 0
    thing.data["pending"] = True
    start(run, queue, where, work, thing, delay)
    return 1


def start(run: Run, queue: Value, where: Obj, work: Value, thing: Obj, delay: int) -> None:
    run.state.publish(work)
    if delay:
        thing.data["timer"] = queue.obj
    else:
        where.data["items"] = (*where.data["items"], (work.obj, ()))


@operation("schedule_work")
def schedule_work(run: Run, work: Value) -> Value:
    return put(run, Ptr(EVENTS), work, 0)


@operation("queue_work")
def queue_work(run: Run, queue: Value, work: Value) -> Value:
    return put(run, queue, work, 0)


@operation("schedule_delayed_work")
def schedule_delayed_work(run: Run, work: Value, delay: int) -> Value:
    return put(run, Ptr(EVENTS), work, delay or int(run.version.work_data))


@operation("queue_delayed_work")
def queue_delayed_work(run: Run, queue: Value, work: Value, delay: int) -> Value:
    return put(run, queue, work, delay or int(run.version.work_data))


@operation("mod_delayed_work")
def mod_delayed_work(run: Run, queue: Value, work: Value, delay: int) -> Value:
    thing, where = item_at(run, work), queue_at(run, queue)
    if not thing.data["function"]:
        raise KernelFault("null_pointer")
    was = thing.data["pending"]
    drop(run, work.obj)
    thing.data["pending"] = True
    start(run, queue, where, work, thing, delay)
    return int(was)


@operation("cancel_delayed_work")
def cancel_delayed_work(run: Run, work: Value) -> Value:
    thing = item_at(run, work)
    was = thing.data["pending"] if run.version.pools else thing.data["timer"] is not None
    if was:
        drop(run, work.obj)
        thing.data["pending"] = False
    return int(was)


@operation("work_pending", "delayed_work_pending")
def work_pending(run: Run, work: Value) -> Value:
    return int(item_at(run, work).data["pending"])


def due(run: Run, address: Any) -> None:
    """The time of an item is up."""
    must_be_loaded(run)
    thing = run.state.objects[address]
    queue, thing.data["timer"] = thing.data["timer"], None
    if not thing.alive:
        raise KernelFault("use_after_free" if thing.where == "heap" else "dead_stack")
    if thing.data["torn"]:
        raise KernelFault("corrupted_list")
    where = queue_at(run, Ptr(queue))
    where.data["items"] = (*where.data["items"], (address, ()))


# ---- queues ---------------------------------------------------------------------------------------------------------


@operation(*MAKES)
def create_workqueue(run: Run, name: Value, *how: Value) -> Value:
    path = tuple((frame.func, frame.pc) for frame in run.task.frames if frame.func)
    run.text(name)
    queue = run.state.objects.get(("wq", run.task.site, *path))
    if queue is None:
        raise NotInterpreted("a queue that a work item makes")
    if run.fails("kmalloc") or queue.alive:
        return 0
    queue.alive, queue.data["items"] = True, ()
    return Ptr(("wq", run.task.site, *path))


@operation("flush_scheduled_work")
def flush_scheduled_work(run: Run) -> Value:
    return flush_workqueue(run, Ptr(EVENTS))


@operation("flush_workqueue")
def flush_workqueue(run: Run, wq: Value) -> Value:
    if run.phase:
        return sleeps(run) if awaits(run.state, run.task.number) else 0
    may_wait(run)
    queue_at(run, wq)
    return flushed(run, wq.obj, None, not run.version.flush_runs, 0)


def may_wait(run: Run) -> None:
    if run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")


def flushed(run: Run, queue: Any, item: Any, own: bool, value: int) -> Any:
    return sleeps(run, value) if join(run, queue, item, own) else value


@operation("destroy_workqueue")
def destroy_workqueue(run: Run, wq: Value) -> Value:
    if run.phase:
        if awaits(run.state, run.task.number) or run.version.pools and join(run, wq.obj, None, True):
            return sleeps(run)
        value: Any = 0
    else:
        may_wait(run)
        queue_at(run, wq)
        value = flushed(run, wq.obj, None, not run.version.flush_runs, 0)
    if value is not WAITS:
        run.state.objects[wq.obj].alive = False
        run.state.objects[wq.obj].data["items"] = ()
    return value


@operation("flush_work")
def flush_work(run: Run, work: Value) -> Value:
    if run.phase:
        return sleeps(run, 1) if awaits(run.state, run.task.number) else 1
    may_wait(run)
    item_at(run, work)
    return flushed(run, None, work.obj, True, 0)


@operation("flush_delayed_work")
def flush_delayed_work(run: Run, work: Value) -> Value:
    if not run.phase:
        may_wait(run)
        if item_at(run, work).data["timer"] is not None:
            due(run, work.obj)
    return flush_work(run, work)


@operation("cancel_work_sync", "cancel_delayed_work_sync", "cancel_rearming_delayed_work")
def cancel_work_sync(run: Run, work: Value) -> Value:
    if run.phase and awaits(run.state, run.task.number):
        return sleeps(run, *run.data)
    if not run.phase:
        may_wait(run)
    thing = run.state.objects.get(work.obj) if run.phase else item_at(run, work)
    value: Any = run.data[0] if run.phase else 0
    if not run.phase:
        was = int(listed(run.state, work.obj))
        drop(run, work.obj)
        thing.data["pending"] = True
        value = flushed(run, None, work.obj, True, was)
    if value is not WAITS and thing is not None:
        thing.data["pending"] = False
    return value


# ---- what a module does with work -----------------------------------------------------------------------------------


def cases(module: Any, nodes: list[ir.Node]) -> set[tuple[str, str]]:
    """The functions that items have, each with what names the item."""
    found = set()
    for static in module.statics.values():
        if isinstance(static.type, ir.ObjType) and static.type.kind in KINDS and static.args:
            found.add((static.args[0].name, static.name))
    for node in nodes:
        if isinstance(node, ir.Call) and node.name.startswith("INIT_") and node.name.endswith("_WORK"):
            found.add((node.args[1].name, getattr(node.args[0], "name", "")))
        elif isinstance(node, ir.Declare) and getattr(node.type, "kind", "") in KINDS and node.args:
            found.add((node.args[0].name, node.name))
    return found


def few(module: Any, nodes: list[ir.Node]) -> bool:
    """Is there one item at most that is ever made ready?"""
    known = cases(module, nodes)
    if len(known) > 1:
        return False
    varying = any(
        isinstance(n, ir.Call) and n.name.startswith("INIT_") and n.name.endswith("_WORK") and not _static(module, n)
        for n in nodes
    )
    cast_to = [n.args[0].type for n in nodes if isinstance(n, ir.Call) and n.name == "cast"]
    types = [static.type for static in module.statics.values()]
    types += [n.type for n in nodes if isinstance(n, ir.Declare)]
    number = sum(items_in(module, t) for t in types) + 2 * sum(items_in(module, t) for t in cast_to)
    return not (varying and number > 1)


def _static(module: Any, call: ir.Call) -> bool:
    return getattr(call.args[0], "name", "") in module.statics and isinstance(call.args[0], ir.Name)


def items_in(module: Any, type_: Any) -> int:
    """How many items lie in an object of this type."""
    if isinstance(type_, str):
        return sum(items_in(module, t) for _, t in module.structs[type_].fields) if type_ in module.structs else 0
    if not isinstance(type_, ir.ObjType):
        return 0
    if type_.kind in ("struct", "array"):
        return items_in(module, type_.of) * (type_.size if type_.kind == "array" else 1)
    return int(type_.kind in KINDS)
