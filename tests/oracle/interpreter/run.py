"""One step of one actor: a visible operation, and the local instructions behind it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from kthreadlab.lang import ir

from .code import Code, Instruction
from .state import DEAD, EMPTY, INTERRUPTIBLE, RUNNING, Frame, Obj, State, Task
from .values import (
    UNWRITTEN,
    Blocked,
    Fn,
    KernelFault,
    LocalRef,
    NotInterpreted,
    Number,
    Ptr,
    Value,
    binary,
    checked,
    compare,
    fit,
    true,
)

MAX_TURNS = 10_000
"""Turns of a loop without a visible operation."""

NULL_STRUCT = ("null",)
"""What a struct at NULL is, of which the addresses of the parts are just computed."""

WAITS = object()
"""What a call returns that goes on later, in another phase."""


@dataclass(frozen=True)
class Begins:
    """What a call returns that goes on in *phase*, with *data*, when the function has returned that begins now."""

    phase: str
    data: tuple
    function: str
    args: list


STARTED = object()
"""What a call returns that has no caller: the first operation of a thread, the freezer's."""

OPERATIONS: dict[str, Callable] = {}
"""What each call of the kernel does: a function of the `Run` and the arguments."""

LOCAL = {
    "ffs", "fls", "hweight32", "min", "max", "cast", "likely", "unlikely", "IS_ERR", "PTR_ERR", "ERR_PTR",
    "IS_ERR_OR_NULL", "to_delayed_work",
    *(f"{sign}{bits}" for sign in "us" for bits in (8, 16, 32, 64)),
}  # fmt: skip
"""Calls that are plain arithmetic."""

MAY_SLEEP = {
    "schedule", "schedule_timeout", "yield", "cond_resched", "might_sleep",
    "wait_event", "wait_event_interruptible", "wait_event_interruptible_exclusive", "wait_event_timeout",
    "wait_event_interruptible_timeout", "wait_event_freezable", "wait_for_completion", "wait_for_completion_timeout",
    "wait_for_completion_interruptible", "wait_for_completion_interruptible_timeout", "down", "down_interruptible",
    "down_timeout", "mutex_lock", "mutex_lock_interruptible", "down_read", "down_write", "kthread_park",
    "kthread_parkme", "synchronize_rcu", "rcu_barrier",
    "kthread_create", "kthread_run", "kthread_stop", "kernel_thread", "daemonize", "call_usermodehelper",
    "refrigerator", "try_to_freeze", "kthread_freezable_should_stop", "sys_wait4",
    "create_workqueue", "create_singlethread_workqueue", "alloc_workqueue", "alloc_ordered_workqueue",
    "flush_scheduled_work", "flush_workqueue", "destroy_workqueue", "flush_work", "cancel_work_sync",
    "cancel_delayed_work_sync", "cancel_rearming_delayed_work", "flush_delayed_work", "tasklet_kill", "request_irq",
}  # fmt: skip
"""Calls that may put their caller to sleep whatever their arguments are."""

ALLOCATORS = {"kmalloc": 1, "kzalloc": 1, "kstrdup": 1, "kasprintf": 0}
"""Where each has its GFP flags."""

IN_STEPS = {"kstrdup", "kasprintf"}
"""Of those, who looks how long the text is before, and fills the memory after, each in a step of its own."""

GFP_WAIT = 0x10


def operation(*names: str) -> Callable:
    def register(function: Callable) -> Callable:
        for name in names:
            OPERATIONS[name] = function
        return function

    return register


class Run:
    """A step on a copy of the state.  *variant* chooses among the outcomes of an operation that has several."""

    def __init__(self, world: Any, state: State, task: Task, variant: str = "") -> None:
        self.world, self.state, self.task, self.variant = world, state, task, variant
        self.version = world.version
        self.hits: list[tuple[str, str, int]] = []
        self.done: list[str] = []
        self.triggers: set[str] = set()
        self.events: list[tuple] = []
        self.line = 0
        self.phase, self.data = "", ()
        self.turns = 0
        self.landmark: Hashable = None
        self.left: list[Hashable] = []
        self.made = False

    # ---- the step --------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One visible operation of the task, and what follows it locally."""
        if self.atomic():
            self.triggers.add("never_sleeps_atomic")
        if self.task.doomed:
            cause, self.line = self.task.doomed
            raise KernelFault(cause)
        frame = self.task.frame
        if frame.call:
            self.resume(frame)
        else:
            self.line = self.next_line()
            self.world.goes_on(self)
            self.execute(self.instruction())
        self.go_on()
        if self.atomic():
            self.triggers.add("never_sleeps_atomic")

    def next_line(self) -> int:
        """The line of what comes next; an actor ends where its function begins."""
        op, _, _, line = self.instruction()
        ends = op == "ret" and len(self.task.frames) == 1
        return self.world.codes[self.task.frame.func].function.pos.line if ends else line

    def go_on(self) -> None:
        """Local instructions up to the next visible operation."""
        self.turns, self.landmark = 0, None
        while self.task.born and not self.task.done and self.task.queued and not self.visible():
            frame = self.task.frame
            stack = list(frame.stack)
            try:
                self.execute(self.instruction())
            except KernelFault as fault:
                if not self.is_operand():
                    raise
                frame.stack = stack  # what it is about is needed until then
                self.task.doomed = (fault.cause, self.line)
                return

    def is_operand(self) -> bool:
        """Is what has just been computed for the next operation?  Then that begins with it, a fault included."""
        frame = self.task.frame
        rest = self.world.codes[frame.func].instructions[frame.pc :]
        for op, name, _, _ in rest:
            if op in ("setlocal", "jump", "jz", "jnz", "own", "pop", "declare", "forget", "bury"):
                return False
            if op in ("setstatic", "setfield", "setindex", "next", "ret", "static", "field", "index"):
                return True
            if op == "kernel":
                return name not in LOCAL
        return False

    def begin(self) -> None:
        """Local instructions before the first visible operation; a fault in them is the first step."""
        try:
            self.go_on()
        except KernelFault as fault:
            self.task.doomed = (fault.cause, self.line)

    def instruction(self) -> Instruction:
        frame = self.task.frame
        return self.world.codes[frame.func].instructions[frame.pc]

    def visible(self) -> bool:
        """Is what comes next something that others can see, or that can see others?"""
        task = self.task
        if not task.frames:
            return True
        frame = task.frame
        if frame.call:
            return True
        op, a, b, _ = self.instruction()
        match op:
            case "static":
                return a in self.world.written
            case "setstatic":
                return True
            case "field" | "setfield":
                return self.reachable(frame.stack[-1 if op == "field" else -2], a)
            case "index" | "setindex":
                return self.reachable(frame.stack[-2 if op == "index" else -3], None)
            case "next":
                return True
            case "kernel":
                return a not in LOCAL
            case "ret":
                return len(task.frames) == 1  # the end of the actor
        return False

    def reachable(self, base: Value, name: str | None) -> bool:
        if not isinstance(base, Ptr):
            return not (base == 0 and name in self.world.object_fields)  # a fault, at its own place
        if base.obj[0] == "str":
            return False
        if base.obj[0] == "t":
            return True
        thing = self.state.objects.get(base.obj)
        if base.obj[0] == "around" and base.obj[2] == name:
            return False
        if rootless(base):
            return False
        if self.has_inside(base, 0 if name is None else name):
            return False  # the address of what lies in it
        if thing is None or not thing.alive:
            return True
        return thing.shared and base.obj not in self.world.constant_objects

    # ---- instructions ----------------------------------------------------------------------------------------------

    def execute(self, instruction: Instruction) -> None:
        op, a, b, line = instruction
        self.line = line
        frame = self.task.frame
        frame.pc += 1
        getattr(self, f"op_{op}")(frame, a, b)

    def op_const(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack.append(a)

    def op_current(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack.append(Ptr(("t", self.current().number)))

    def op_local(self, frame: Frame, a: Any, b: Any) -> None:
        if a not in frame.locals:
            raise KernelFault("uninitialised_local", a)
        frame.stack.append(frame.locals[a])

    def op_setlocal(self, frame: Frame, a: Any, b: Any) -> None:
        value = frame.stack.pop()
        frame.locals[a] = fit(b, value) if isinstance(b, ir.IntType) else value

    def op_static(self, frame: Frame, a: Any, b: Any) -> None:
        self.access(Ptr(("s", a), "value"), False)
        frame.stack.append(self.state.objects[("s", a)].data["value"])

    def op_setstatic(self, frame: Frame, a: Any, b: Any) -> None:
        self.put(Ptr(("s", a), "value"), frame.stack.pop())

    def op_field(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack.append(self.load(frame.stack.pop(), a))

    def op_setfield(self, frame: Frame, a: Any, b: Any) -> None:
        value, base = frame.stack.pop(), frame.stack.pop()
        self.put(self.member(base, a), value)

    def op_index(self, frame: Frame, a: Any, b: Any) -> None:
        index, base = frame.stack.pop(), frame.stack.pop()
        frame.stack.append(self.element(base, index))

    def op_setindex(self, frame: Frame, a: Any, b: Any) -> None:
        value, index, base = frame.stack.pop(), frame.stack.pop(), frame.stack.pop()
        self.set_element(base, index, value)

    def op_element(self, frame: Frame, a: Any, b: Any) -> None:
        index, base = frame.stack.pop(), frame.stack.pop()
        self.bounds(self.thing(base), index)
        frame.stack.append(Ptr(base.obj, index))

    def op_member(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack.append(self.member(frame.stack.pop(), a))

    def op_unary(self, frame: Frame, a: Any, b: Any) -> None:
        value = frame.stack.pop()
        if a == "not":
            frame.stack.append(int(not true(value)))
            return
        if isinstance(value, Ptr | Number):
            frame.stack.append(Number(a, value))
            return
        if not isinstance(value, int):
            raise KernelFault("bad_pointer")
        unsigned = b.bits == 64 and not b.signed
        frame.stack.append(checked(-value if a == "-" else ~value, unsigned))

    def op_binary(self, frame: Frame, a: Any, b: Any) -> None:
        right, left = frame.stack.pop(), frame.stack.pop()
        frame.stack.append(binary(a, left, right, b))

    def op_compare(self, frame: Frame, a: Any, b: Any) -> None:
        right, left = frame.stack.pop(), frame.stack.pop()
        frame.stack.append(compare(a, left, right))

    def op_jump(self, frame: Frame, a: Any, b: Any) -> None:
        if a < frame.pc:
            self.turns += 1
            if self.turns > MAX_TURNS:
                raise KernelFault("endless_loop")
            self.recognise(a, (a, len(self.task.frames), frame.key()))
        frame.pc = a

    def recognise(self, head: int, here: Hashable) -> None:
        """A loop that comes back to the same variables never ends: they are all that it depends on."""
        if here == self.landmark:
            self.line = self.world.codes[self.task.frame.func].instructions[head][3]
            raise KernelFault("endless_loop")
        if self.turns & (self.turns - 1) == 0:
            self.landmark = here

    def op_jz(self, frame: Frame, a: Any, b: Any) -> None:
        if not true(frame.stack.pop()):
            self.op_jump(frame, a, b)

    def op_jnz(self, frame: Frame, a: Any, b: Any) -> None:
        if true(frame.stack.pop()):
            self.op_jump(frame, a, b)

    def op_pop(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack.pop()

    def op_dup(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack += frame.stack[-a:]

    def op_forget(self, frame: Frame, a: Any, b: Any) -> None:
        for name in a:
            frame.locals.pop(name, None)

    def op_bury(self, frame: Frame, a: Any, b: Any) -> None:
        """The objects of a macro's block are dead behind it."""
        for name in a:
            value = frame.locals.pop(name, None)
            if isinstance(value, Ptr):
                frame.objects.remove(value.obj)
                self.triggers.add("no_dangling")
                self.state.end(value.obj)

    def op_length(self, frame: Frame, a: Any, b: Any) -> None:
        frame.stack.append(self.thing(frame.stack.pop()).size)

    def op_list(self, frame: Frame, a: Any, b: Any) -> None:
        self.made = True
        items = frame.stack[len(frame.stack) - a :]
        del frame.stack[len(frame.stack) - a :]
        address = self.new(("k", self.task.number), Obj("array", dict(enumerate(items)), "stack", "ptr", a))
        frame.objects.append(address)
        frame.stack.append(Ptr(address))

    def op_declare(self, frame: Frame, a: Any, b: Any) -> None:
        name, type_, make = a
        args = frame.stack[len(frame.stack) - b :] if b else []
        if b:
            del frame.stack[len(frame.stack) - b :]
        old, torn = frame.locals.get(name), set()
        if isinstance(old, Ptr) and old.obj in frame.objects and self.state.objects[old.obj].alive:
            address = old.obj
            shared = self.state.objects[address].shared
            torn = {x for x in (address, *self.state.inside(address)) if self.is_armed(x)}
            for inner in self.state.inside(address):
                del self.state.objects[inner]
        else:
            address, shared = self.state.lowest(("k", self.task.number)), False
            frame.objects.append(address)
        self.made = True
        zero = type_.kind in ("struct", "array")
        self.world.build(self.state, address, type_, make, args, "stack", self.current(), zero)
        if shared:
            self.state.publish(Ptr(address))
        for timer in torn:
            self.state.objects[timer].data["torn"] = True
        frame.locals[name] = Ptr(address)

    def is_armed(self, address: Hashable) -> bool:
        """Is it a timer that something still leads to?"""
        data = self.state.objects[address].data
        return bool(data.get("pending") or data.get("torn"))

    def op_next(self, frame: Frame, a: Any, b: Any) -> None:
        entry, head = frame.stack.pop(), frame.stack.pop()
        frame.stack.append(OPERATIONS["#list_next"](self, head, entry, bool(a)))
        self.exercise("list_for_each_entry")

    def op_container(self, frame: Frame, a: Any, b: Any) -> None:
        value = frame.stack.pop()
        self.exercise("container_of")
        if rootless(value) and value.obj[1] == a:
            frame.stack.append(0 if value.obj[0] == NULL_STRUCT else Ptr(value.obj[0]))
            return
        if isinstance(value, Ptr) and self.is_member(value, a, b):
            frame.stack.append(Ptr(value.obj[0]))
        elif value == 0 or isinstance(value, Ptr) and value.key is None and value.obj[0] != "nowhere":
            frame.stack.append(Ptr(("around", value.obj if value else 0, a)))  # in which nothing is but this
        else:  # what lies around it is no such struct
            frame.stack.append(Ptr(("nowhere", EMPTY)))

    def is_member(self, value: Ptr, name: str, struct: str) -> bool:
        """Is it the address of the field *name* of such a struct?"""
        thing = self.state.objects.get(value.obj) if value.key is None else None
        if thing is None or thing.parent is None or value.obj[1] != name:
            return False
        return self.state.objects[thing.parent].type == struct

    def op_mark(self, frame: Frame, a: Any, b: Any) -> None:
        """A macro begins."""
        self.exercise(a)
        if not a.startswith("wait_event") or self.version.event_wait:  # else its schedule() is what asks
            self.check_context(a, [])

    def op_stub(self, frame: Frame, a: Any, b: Any) -> None:
        raise NotInterpreted("not written yet")

    def op_own(self, frame: Frame, a: Any, b: Any) -> None:
        args = frame.stack[len(frame.stack) - b :] if b else []
        if b:
            del frame.stack[len(frame.stack) - b :]
        self.enter(a, args)

    def enter(self, name: str, args: list[Value]) -> None:
        """Begin function *name* of the module on the task."""
        code: Code | None = self.world.codes.get(name)
        if code is None:
            raise NotInterpreted(f"unknown function {name}")
        frame = Frame(name)
        for param, value in zip(code.function.params, args, strict=False):
            frame.locals[param.name] = fit(param.type, value) if isinstance(param.type, ir.IntType) else value
        self.task.frames.append(frame)
        if self.world.watches_functions:
            self.task.entered |= {name}

    def op_ret(self, frame: Frame, a: Any, b: Any) -> None:
        value = frame.stack.pop()
        self.task.frames.pop()
        self.left = frame.objects
        if self.world.codes[frame.func].has_objects:
            self.triggers.add("no_dangling")
        for address in frame.objects:
            self.state.end(address)
        if self.world.watches_functions:
            self.task.entered = frozenset(f.func for f in self.task.frames if f.func)
        self.world.returned(self, frame.func, value)
        if self.task.frames:
            self.task.frame.stack.append(value)
        elif self.task.kind == "thread":
            self.line = self.world.codes[frame.func].function.pos.line
            OPERATIONS["do_exit"](self, value, True)
        else:
            self.world.ended(self, value)

    def op_kernel(self, frame: Frame, a: Any, b: Any) -> None:
        args = frame.stack[len(frame.stack) - b :] if b else []
        if b:
            del frame.stack[len(frame.stack) - b :]
        self.call(a, args)

    # ---- kernel calls ----------------------------------------------------------------------------------------------

    def call(self, name: str, args: list[Value]) -> None:
        operate = OPERATIONS.get(name)
        if operate is None:
            raise NotInterpreted(f"{name}()")
        self.exercise(name)
        self.phase, self.data = "", ()
        self.remember(name)
        self.check_context(name, args)
        if name.startswith("wake_up"):
            self.world.wakes(self, args[0] if name == "wake_up_process" else None)
        before = len(self.task.frames)
        value = operate(self, *args)
        if self.task.done:
            return
        if value is WAITS:
            frame = Frame(call=name, args=tuple(args), line=self.line)
            frame.phase, frame.data = self.phase, self.data
            self.task.frames.append(frame)
        elif len(self.task.frames) == before:
            self.task.frame.stack.append(value)

    def resume(self, frame: Frame) -> None:
        """The next phase of a call that has slept."""
        self.line, self.phase, self.data = frame.line, frame.phase, frame.data
        self.task.frames.pop()
        frame.stack.clear()
        self.done.append(f"{frame.call}:{frame.phase}")
        value = OPERATIONS[frame.call](self, *frame.args)
        if self.task.done:
            return
        if value is WAITS:
            frame.phase, frame.data = self.phase, self.data
            self.task.frames.append(frame)
        elif isinstance(value, Begins):
            frame.phase, frame.data = value.phase, value.data
            self.task.frames.append(frame)
            self.enter(value.function, value.args[: len(self.world.codes[value.function].function.params)])
        elif value is not STARTED:
            self.world.goes_on(self)
            self.task.frame.stack.append(value)

    def wait(self, phase: str, *data: Value) -> Any:
        """The call goes on in *phase*, when its task moves again."""
        self.phase, self.data = phase, data
        return WAITS

    def remember(self, name: str) -> None:
        """The task calls *name*, by itself or inside another call."""
        if self.world.watches_calls:
            self.task.called |= {name}

    def fails(self, call: str) -> bool:
        """Is it this allocation, or fork, that the scenario makes fail?"""
        armed = call in self.state.armed
        self.state.armed -= {call}
        return armed

    def check_context(self, name: str, args: list[Value]) -> None:
        """I3: what may sleep is called where sleeping is allowed."""
        sleeps = name in MAY_SLEEP
        if name in ALLOCATORS and name not in IN_STEPS:
            flags = args[ALLOCATORS[name]]
            sleeps = isinstance(flags, int) and bool(flags & GFP_WAIT)
        if name == "call_usermodehelper" and self.version.no_wait is not None and len(args) > 3:
            sleeps = args[3] != self.version.no_wait
        if sleeps or self.atomic():
            self.triggers.add("never_sleeps_atomic")
        if sleeps and self.atomic():
            self.hit("never_sleeps_atomic", name)

    def atomic(self) -> bool:
        """By the ledger: a lock held, interrupts off, preemption or bottom halves off, or an interrupt."""
        task = self.task
        return bool(task.held or not task.irqs or task.preempt or task.bh or task.interrupt)

    def current(self) -> Task:
        """``current``; an interrupt, which has none that it could use, is its own."""
        return self.task

    def below(self) -> Task:
        """The task on whose CPU an interrupt has come; the interrupt itself, if there is none."""
        return self.world.runs_on(self.state, self.task.cpu) or self.task

    # ---- giving up the CPU -----------------------------------------------------------------------------------------

    def sleep(self, state: int | None = None) -> None:
        """schedule() of the caller, whose state is set to *state* first: off the run queue unless it is RUNNING or a
        signal is pending."""
        task = self.task
        if task.interrupt:
            raise KernelFault("sleep_in_interrupt")
        self.give_up()
        if state is not None:
            task.state = state
        if task.state == RUNNING:
            self.exercise("#yields")
            return
        if task.state & INTERRUPTIBLE and task.signal_pending():
            task.state = RUNNING
            self.exercise("#signal_keeps_awake")
            return
        task.queued = False
        self.exercise("#sleeps")
        self.world.slept(self)

    def give_up(self) -> None:
        """Whoever comes back from schedule() has interrupts on."""
        if not self.task.interrupt:
            self.task.irqs = True
        self.world.leave_cpu(self.state, self.task)

    def wake(self, task: Task, mask: int = 3) -> int:
        """try_to_wake_up(): what it returns."""
        if task.reaped:
            raise KernelFault("ended_task")
        if task.done or not task.state & mask or task.state == DEAD:
            self.exercise("#wakes_nobody")
            return 0
        if task.queued and task.born:
            task.state = RUNNING
            self.exercise("#wakes_before_it_slept")
            return int(self.version.wake_counts_running)
        task.born = True
        task.state, task.queued = RUNNING, True
        self.exercise("#wakes")
        self.world.woke(self, task)
        return 1

    # ---- memory ----------------------------------------------------------------------------------------------------

    def new(self, space: tuple, thing: Obj) -> Hashable:
        address = self.state.lowest(space)
        self.state.objects[address] = thing
        return address

    def thing(self, pointer: Value, kind: str = "") -> Obj:
        """The object at *pointer*, which must be alive (and of that kind)."""
        if pointer == 0:
            raise KernelFault("null_pointer")
        if not isinstance(pointer, Ptr):
            raise KernelFault("bad_pointer")
        if pointer.obj[0] == "str":
            text = pointer.obj[1]
            return Obj("text", {"text": text + "\0"}, "static", "", len(text) + 1)
        if rootless(pointer):
            raise KernelFault("null_pointer")
        if pointer.obj[0] in ("nowhere", "around"):
            raise KernelFault("bad_pointer")
        thing = self.state.objects.get(pointer.obj)
        if thing is None or not thing.alive:
            stack = thing is not None and thing.where == "stack"
            raise KernelFault("dead_stack" if stack else "use_after_free")
        if kind and thing.kind != kind:
            raise KernelFault("bad_pointer", f"{thing.kind} is no {kind}")
        return thing

    def ready(self, pointer: Value, kind: str) -> Obj:
        """The same; to use one that nothing has initialised is a fault."""
        thing = self.thing(pointer, kind)
        if not thing.data["ready"]:
            raise KernelFault("uninitialised_local", f"this {kind} was never initialised")
        return thing

    def task_at(self, pointer: Value) -> Task:
        if pointer == 0:
            raise KernelFault("null_pointer")
        if not isinstance(pointer, Ptr) or pointer.obj[0] != "t":
            raise KernelFault("bad_pointer")
        task = self.state.tasks[pointer.obj[1]]
        if task.reaped:
            raise KernelFault("ended_task")
        return task

    def member(self, base: Value, name: str) -> Value:
        """The address of a field."""
        if isinstance(base, Ptr) and base.obj[0] == "t":
            self.task_at(base)
            return Ptr(base.obj, name)
        if isinstance(base, Ptr) and base.obj[0] == "around" and base.obj[2] == name:
            return Ptr(base.obj[1]) if base.obj[1] else 0
        if self.has_inside(base, name):
            return Ptr((base.obj, name))
        if base == 0 and name in self.world.object_fields:
            return Ptr((NULL_STRUCT, name))
        if rootless(base) and name in self.world.object_fields:
            return Ptr((base.obj, name))
        thing = self.thing(base)
        if thing.kind == "raw":
            raise KernelFault("bad_pointer", "memory without a type")
        if thing.kind == "struct" and name not in thing.data:
            raise KernelFault("bad_pointer", f"struct {thing.type} has no {name}")
        return Ptr(base.obj, name)

    def has_inside(self, base: Value, key: Any) -> bool:
        """Is a field or element of it an object?  Its address is just computed, whether it is still alive or not."""
        return isinstance(base, Ptr) and base.key is None and (base.obj, key) in self.state.objects

    def load(self, base: Value, name: str) -> Value:
        """The value of a field, or the address of the object that it is."""
        where = self.member(base, name)
        if where == 0 or where.key is None:
            return where
        if where.obj[0] == "t":
            return self.world.task_field(self, self.state.tasks[where.obj[1]], name)
        self.access(where, False)
        thing = self.state.objects[where.obj]
        if thing.kind == "timer" and name == "data":
            return thing.data["arg"]
        if thing.kind == "list" and name in ("next", "prev"):
            return OPERATIONS["#list_next"](self, base, base, name == "prev")
        return written(thing.data.get(name, 0))

    def put(self, where: Value, value: Value) -> None:
        """Store into a field, an element or a static."""
        if where.obj[0] == "t":
            self.world.set_task_field(self, self.state.tasks[where.obj[1]], where.key, value)
            return
        self.access(where, True)
        thing = self.thing(Ptr(where.obj))
        if thing.kind == "timer" and where.key in ("data", "function"):
            thing.data["arg" if where.key == "data" else "function"] = value
            return
        thing.data[where.key] = self.world.fitted(thing, where.key, value)
        if thing.shared:
            self.state.publish(value)

    def bounds(self, thing: Obj, index: Value) -> None:
        if not isinstance(index, int) or not 0 <= index < thing.size:
            raise KernelFault("out_of_bounds")

    def element(self, base: Value, index: Value) -> Value:
        size = self.world.object_fields.get(base.obj[1], 0) if rootless(base) else 0
        if size:
            self.bounds(Obj("array", {}, size=size), index)
            return Ptr((base.obj, index))
        if self.has_inside(base, 0):
            self.bounds(self.state.objects[base.obj], index)
            return Ptr((base.obj, index))
        raw = self.thing(base).kind == "raw" and self.thing(base).type != "zero"
        thing = self.text_or_array(base)
        self.bounds(thing, index)
        if raw:
            raise KernelFault("uninitialised_local", "this memory was never written")
        self.access(Ptr(base.obj, index), False)
        if thing.kind == "text":
            return character(thing, index)
        return written(thing.data.get(index, 0))

    def set_element(self, base: Value, index: Value, value: Value) -> None:
        thing = self.text_or_array(base)
        self.bounds(thing, index)
        if thing.kind == "text":
            if base.obj[0] == "str":
                raise KernelFault("bad_pointer", "a literal")
            self.access(Ptr(base.obj, index), True)
            set_character(thing, index, value)
        else:
            self.put(Ptr(base.obj, index), value)

    def text_or_array(self, base: Value) -> Obj:
        thing = self.thing(base)
        if thing.kind == "raw":
            thing.kind, thing.data = "text", {"text": ""}
        if thing.kind not in ("text", "array"):
            raise KernelFault("bad_pointer")
        return thing

    def word(self, where: Value) -> int:
        """The value of a variable given by address or name."""
        if isinstance(where, LocalRef):
            if where.name not in self.task.frame.locals:
                raise KernelFault("uninitialised_local", where.name)
            return self.task.frame.locals[where.name]
        if not isinstance(where, Ptr):
            raise KernelFault("bad_pointer" if where else "null_pointer")
        if where.key is None:
            raise KernelFault("bad_pointer")
        self.access(where, False, plain=False)
        thing = self.thing(Ptr(where.obj))
        return character(thing, where.key) if thing.kind == "text" else written(thing.data.get(where.key, 0))

    def set_word(self, where: Value, value: int) -> None:
        if isinstance(where, LocalRef):
            frame = self.task.frame
            type_ = self.world.codes[frame.func].types.get(where.name)
            frame.locals[where.name] = fit(type_, value) if isinstance(type_, ir.IntType) else value
        else:
            self.access(where, True, plain=False)
            thing = self.thing(Ptr(where.obj))
            if thing.kind == "text":
                set_character(thing, where.key, value)
            else:
                thing.data[where.key] = self.world.fitted(thing, where.key, value)

    # ---- text ------------------------------------------------------------------------------------------------------

    def text(self, pointer: Value) -> str:
        """What stands at *pointer* up to its NUL."""
        if isinstance(pointer, str):
            return pointer
        if isinstance(pointer, Ptr) and pointer.key == "comm":
            return self.task_at(Ptr(pointer.obj)).comm
        thing = self.thing(pointer)
        if pointer.obj[0] != "str":
            self.access(Ptr(pointer.obj), False)
        if thing.kind == "raw" and thing.type != "zero":
            raise KernelFault("uninitialised_local", "this memory was never written")
        if thing.kind == "raw":
            thing.kind, thing.data = "text", {"text": ""}
        if thing.kind != "text":
            raise KernelFault("bad_pointer")
        content = written(thing.data["text"])
        end = content.find("\0")
        if end < 0:
            if len(content) >= thing.size:
                raise KernelFault("out_of_bounds", "no NUL")
            end = len(content)
        return content[:end]

    def set_text(self, pointer: Value, text: str, terminated: bool = True) -> None:
        """Write *text* and its NUL; past the capacity is a fault."""
        if isinstance(pointer, Ptr) and pointer.key == "comm":
            self.task_at(Ptr(pointer.obj)).comm = text[:15]
            return
        thing = self.thing(pointer)
        if pointer.obj[0] == "str":
            raise KernelFault("bad_pointer", "a literal")
        self.access(Ptr(pointer.obj), True)
        if thing.kind == "raw":
            thing.kind, thing.data = "text", {"text": ""}
        if thing.kind != "text":
            raise KernelFault("bad_pointer")
        if len(text) + terminated > thing.size:
            raise KernelFault("text_overflow")
        if not terminated and thing.data["text"] != UNWRITTEN:
            text += thing.data["text"][len(text) :]
        thing.data["text"] = text

    # ---- what is noticed -------------------------------------------------------------------------------------------

    def hit(self, property_: str, cause: str) -> None:
        self.hits.append((property_, cause, self.line))

    def exercise(self, name: str) -> None:
        self.done.append(name)

    def access(self, where: Hashable, writes: bool, plain: bool = True) -> None:
        """An access of memory, for whoever looks for races: of an element, field or variable, or (a `Ptr` without key)
        of a whole text, array or struct.  *plain*: by no call that does it in one step."""
        self.events.append(("access", where, writes, plain))


def rootless(pointer: Value) -> bool:
    """Is it the address of a part of a struct at NULL?"""
    if not isinstance(pointer, Ptr) or not isinstance(pointer.obj, tuple):
        return False
    address = pointer.obj
    while isinstance(address[0], tuple):
        address = address[0]
    return address == NULL_STRUCT


def written(value: Value) -> Value:
    """What has been read, if anything was ever written there."""
    if value == UNWRITTEN:
        raise KernelFault("uninitialised_local", "this memory was never written")
    return value


def character(thing: Obj, index: int) -> int:
    """One of a text's; behind what is written there are zeros."""
    text = written(thing.data["text"])
    return ord(text[index]) if index < len(text) else 0


def set_character(thing: Obj, index: int, value: Value) -> None:
    old = thing.data["text"]
    text = ("" if old == UNWRITTEN else old).ljust(index + 1, "\0")
    new = chr(value & 255) if isinstance(value, int) else "?"
    thing.data["text"] = (text[:index] + new + text[index + 1 :]).rstrip("\0")


__all__ = ["Blocked", "Fn", "OPERATIONS", "Run", "operation"]
