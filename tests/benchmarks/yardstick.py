"""The yardstick: as small and as fast an engine of this kind as can be, to run beside the real one.

A model in Python's grammar is lowered to instructions with its functions inlined, and each *visible operation* becomes
one generated Python function from a state (a flat tuple) to the next.  Locals have a cell only while they live across a
visible operation, and share cells if they never live together; so equal futures are equal tuples.

It has no memory model, no CPUs, no wake-up masks and no diagnostics.  That is its use: what the real engine takes more
is the price of those.
"""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

RUNNING, INTERRUPTIBLE, ASLEEP = 0, 1, 2
LINK = {"myevent_waitqueue": 0, "myevent_lock": 1, "myevent_id": 2, "handled": 3}
"""Cells of the shared objects; the tasks' cells follow: operation, state, signal, locals."""
CONSTANTS = {"TASK_RUNNING": RUNNING, "TASK_INTERRUPTIBLE": INTERRUPTIBLE, "True": 1}
EMPTY = ((), 0, 0, ())

MYKTHREAD = """
def run_umode_handler(event_id):
    helper(event_id)

def mykthread():
    global myevent_id
    add_wait_queue(myevent_waitqueue)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        lock(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        unlock(myevent_lock)
        if event_id == 0:
            schedule()
            if signal_pending():
                break
        else:
            set_current_state(TASK_RUNNING)
            run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue)
    return 0

def waker(n):
    global myevent_id
    lock(myevent_lock)
    myevent_id = n
    unlock(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)
"""


class KernelCall(NamedTuple):
    """A kernel call as text of Python: *blocked* while this is true, then *effect*; ``c`` is the new state's cells."""

    effect: tuple[str, ...]
    blocked: str = ""


CALLS = {
    "add_wait_queue": KernelCall(("c[{a}] = c[{a}] + ({task},)",)),
    "remove_wait_queue": KernelCall(("c[{a}] = tuple(t for t in c[{a}] if t != {task})",)),
    "set_current_state": KernelCall(("c[{state}] = {a}",)),
    "schedule": KernelCall(("c[{state}] = 2 if c[{state}] == 1 and not c[{signal}] else 0",)),
    "lock": KernelCall(("c[{a}] = {task} + 1",), blocked="s[{a}]"),
    "unlock": KernelCall(("c[{a}] = 0",)),
    "wake_up_interruptible": KernelCall(("for t in c[{a}]:", " c[STATES[t]] = 0")),
    "helper": KernelCall(("c[3] = c[3] + ({a},)",)),
    "signal_pending": KernelCall(("{dst} = c[{signal}]",)),
}


@dataclass
class Instruction:
    """*kind*: ``call``, ``load``, ``store``, ``set`` (a local), ``jump``, ``unless`` (jump if false), ``exit``."""

    kind: str
    dst: str = ""
    name: str = ""
    args: tuple[ast.expr, ...] = ()
    to: int = -1

    @property
    def visible(self) -> bool:
        return self.kind in ("call", "load", "store", "exit")

    def reads(self) -> set[str]:
        return {n.id for a in self.args for n in ast.walk(a) if isinstance(n, ast.Name)}

    def next(self, here: int) -> tuple[int, ...]:
        """Where control may go from *here*."""
        return {"jump": (self.to,), "unless": (here + 1, self.to), "exit": ()}.get(self.kind, (here + 1,))


# ---- lowering --------------------------------------------------------------------------------------------------------


@dataclass
class Frame:
    """One function while it is being inlined: *exits* are its returns, still to be told where to jump."""

    prefix: str
    locals: set[str]
    result: str = ""
    exits: list[Instruction] = field(default_factory=list)
    breaks: list[list[Instruction]] = field(default_factory=list)


class Lowering:
    """A function with everything it calls, as one list of instructions."""

    def __init__(self, functions: dict[str, ast.FunctionDef], name: str, args: tuple[int, ...]) -> None:
        self.functions = functions
        self.code: list[Instruction] = []
        self.frames: list[Frame] = []
        self.temporaries = 0
        self.inline(name, tuple(ast.Constant(a) for a in args), "")
        self.emit("exit")

    def emit(self, kind: str, dst: str = "", name: str = "", args: tuple = (), to: int = -1) -> Instruction:
        self.code.append(Instruction(kind, dst, name, args, to))
        return self.code[-1]

    def temporary(self) -> ast.Name:
        self.temporaries += 1
        return ast.Name(f"_{self.temporaries}", ast.Load())

    def inline(self, name: str, args: tuple[ast.expr, ...], result: str) -> None:
        function = self.functions[name]
        shared = {n for s in ast.walk(function) if isinstance(s, ast.Global) for n in s.names}
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        parameters = [a.arg for a in function.args.args]
        frame = Frame(f"{name}{len(self.frames)}_", (stored - shared) | set(parameters), result)
        self.frames.append(frame)
        for parameter, value in zip(parameters, args, strict=True):
            self.emit("set", frame.prefix + parameter, args=(value,))
        self.block(function.body)
        self.frames.pop()
        for leave in frame.exits:
            leave.to = len(self.code)

    def block(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            getattr(self, f"on_{type(statement).__name__.lower()}")(statement)

    def on_expr(self, statement: ast.Expr) -> None:
        self.value(statement.value)

    def on_assign(self, statement: ast.Assign) -> None:
        name, value = statement.targets[0].id, self.value(statement.value)
        frame = self.frames[-1]
        if name in frame.locals:
            self.emit("set", frame.prefix + name, args=(value,))
        else:
            self.emit("store", name=name, args=(value,))

    def on_if(self, statement: ast.If) -> None:
        skip = self.emit("unless", args=(self.value(statement.test),))
        self.block(statement.body)
        over = self.emit("jump") if statement.orelse else None
        skip.to = len(self.code)
        self.block(statement.orelse)
        if over:
            over.to = len(self.code)

    def on_while(self, statement: ast.While) -> None:
        top, frame = len(self.code), self.frames[-1]
        leave = self.emit("unless", args=(self.value(statement.test),))
        frame.breaks.append([leave])
        self.block(statement.body)
        self.emit("jump", to=top)
        for jump in frame.breaks.pop():
            jump.to = len(self.code)

    def on_break(self, statement: ast.Break) -> None:
        self.frames[-1].breaks[-1].append(self.emit("jump"))

    def on_return(self, statement: ast.Return) -> None:
        frame = self.frames[-1]
        value = self.value(statement.value or ast.Constant(0))
        if frame.result:
            self.emit("set", frame.result, args=(value,))
        frame.exits.append(self.emit("jump"))

    def on_global(self, statement: ast.Global) -> None:
        """Declares; does nothing."""

    def value(self, expression: ast.expr) -> ast.expr:
        """*expression* over locals only: what is visible in it has become instructions before it."""
        if isinstance(expression, ast.Call):
            args = tuple(self.value(a) for a in expression.args)
            result = self.temporary()
            name = expression.func.id
            if name in self.functions:
                self.inline(name, args, result.id)
            else:
                self.emit("call", result.id, name, args)
            return result
        if isinstance(expression, ast.Name):
            return self.name(expression)
        if isinstance(expression, ast.Compare):
            sides = [self.value(expression.left), *map(self.value, expression.comparators)]
            return ast.Compare(sides[0], expression.ops, sides[1:])
        return expression

    def name(self, expression: ast.Name) -> ast.expr:
        name, frame = expression.id, self.frames[-1]
        if name in frame.locals:
            return ast.Name(frame.prefix + name, ast.Load())
        if name in CONSTANTS:
            return ast.Constant(CONSTANTS[name])
        if name in ("myevent_waitqueue", "myevent_lock"):
            return ast.Constant(LINK[name])
        result = self.temporary()
        self.emit("load", result.id, name)
        return result


# ---- which locals need a cell ----------------------------------------------------------------------------------------


def liveness(code: list[Instruction]) -> list[set[str]]:
    """The locals whose value is still wanted, before each instruction."""
    live: list[set[str]] = [set() for _ in code]
    changed = True
    while changed:
        changed = False
        for here in reversed(range(len(code))):
            after = set().union(*(live[n] for n in code[here].next(here)))
            now = code[here].reads() | (after - {code[here].dst})
            changed |= now != live[here]
            live[here] = now
    return live


def inside_locks(code: list[Instruction]) -> set[int]:
    """The instructions between lock and unlock: no points of choice where all data is only touched under the lock."""
    todo, seen, inside = [(0, False)], set(), set()
    while todo:
        here, held = todo.pop()
        if (here, held) in seen:
            continue
        seen.add((here, held))
        name = code[here].name
        if held and name not in ("schedule", "helper"):
            inside.add(here)
        held = name == "lock" or (held and name != "unlock")
        todo += [(n, held) for n in code[here].next(here)]
    return inside


def colour(points: list[int], live: list[set[str]]) -> dict[str, int]:
    """A cell for each local that lives at one of *points*; two that live together never share one."""
    cells: dict[str, int] = {}
    for here in points:
        for name in sorted(live[here] - set(cells)):
            taken = {cells[other] for p in points if name in live[p] for other in live[p] if other in cells}
            cells[name] = next(i for i in range(len(cells) + 1) if i not in taken)
    return cells


# ---- generating ------------------------------------------------------------------------------------------------------


class Task:
    """One task of the system: its instructions, and the source of one function for each of its points of choice."""

    def __init__(self, number: int, code: list[Instruction], base: int, first: int, reduce: bool) -> None:
        self.number, self.code, self.pc, self.state, self.signal = number, code, base, base + 1, base + 2
        self.live = liveness(code)
        inside = inside_locks(code) if reduce else set()
        self.points = [p for p, i in enumerate(code) if i.visible and p not in inside]
        self.index = {p: first + n for n, p in enumerate(self.points)}
        self.cells = {name: base + 3 + n for name, n in colour(self.points, self.live).items()}
        self.end = base + 4 + max((n - base - 3 for n in self.cells.values()), default=-1)
        self.wanted = set().union(*(i.reads() for i in code))

    def source(self) -> str:
        lines = ["def start(s):", " c = list(s)", f" c[{self.state}] = 0; c[{self.signal}] = 0", *self.path(0, " ")]
        for here in self.points:
            lines += [f"def point{self.index[here]}(s):", *self.point(here)]
        return "\n".join(lines)

    def point(self, here: int) -> Iterator[str]:
        instruction = self.code[here]
        if instruction.kind == "exit":
            yield " return None"
            return
        if instruction.kind == "call" and CALLS[instruction.name].blocked:
            yield f" if {CALLS[instruction.name].blocked.format(a=self.text(instruction.args[0]))}: return None"
        yield " c = list(s)"
        yield from self.effect(instruction, " ")
        yield from self.path(here + 1, " ")

    def path(self, here: int, indent: str) -> Iterator[str]:
        """What happens from *here* to the next point of choice; both ways of a branch are written out."""
        if here in self.index:
            kept = {self.cells[name] for name in self.live[here] if name in self.cells}
            for cell in sorted(set(self.cells.values()) - kept):
                yield f"{indent}c[{cell}] = None"
            yield f"{indent}c[{self.pc}] = {self.index[here]}; return tuple(c)"
            return
        instruction = self.code[here]
        if instruction.kind == "unless":
            yield f"{indent}if {self.text(instruction.args[0])}:"
            yield from self.path(here + 1, indent + " ")
            yield f"{indent}else:"
            yield from self.path(instruction.to, indent + " ")
            return
        yield from self.effect(instruction, indent)
        yield from self.path(instruction.next(here)[0], indent)

    def effect(self, instruction: Instruction, indent: str) -> Iterator[str]:
        if instruction.kind == "load":
            yield f"{indent}{self.variable(instruction.dst)} = c[{LINK[instruction.name]}]"
        elif instruction.kind == "store":
            yield f"{indent}c[{LINK[instruction.name]}] = {self.text(instruction.args[0])}"
        elif instruction.kind == "set":
            yield f"{indent}{self.variable(instruction.dst)} = {self.text(instruction.args[0])}"
        elif instruction.kind == "call":
            words = {"task": self.number, "state": self.state, "signal": self.signal}
            words |= {"dst": self.variable(instruction.dst), "a": self.text(*instruction.args[:1])}
            lines = CALLS[instruction.name].effect
            if instruction.dst in self.wanted and "{dst}" not in "".join(lines):
                yield f"{indent}{words['dst']} = None"
            yield from (indent + line.format(**words) for line in lines)

    def variable(self, name: str) -> str:
        return f"c[{self.cells[name]}]" if name in self.cells else f"v{name}"

    def text(self, expression: ast.expr | None = None) -> str:
        if expression is None:
            return ""
        tree = copy.deepcopy(expression)
        for name in [n for n in ast.walk(tree) if isinstance(n, ast.Name)]:
            name.id = self.variable(name.id)
        return ast.unparse(tree)


class System:
    """mykthread and *wakers* wakers, compiled: *initial* state, *table* of steps, and each task's (pc, state) cells."""

    def __init__(self, wakers: int, reduce: bool = False, source: str = MYKTHREAD) -> None:
        functions = {f.name: f for f in ast.parse(source).body}
        starts = [("mykthread", ()), *(("waker", (n + 1,)) for n in range(wakers))]
        tasks: list[Task] = []
        for number, (name, args) in enumerate(starts):
            base = tasks[-1].end if tasks else len(EMPTY)
            first = tasks[-1].index[tasks[-1].points[-1]] + 1 if tasks else 0
            tasks.append(Task(number, Lowering(functions, name, args).code, base, first, reduce))
        self.tasks = [(t.pc, t.state) for t in tasks]
        self.table: list[Callable] = []
        self.initial = EMPTY + (None,) * (tasks[-1].end - len(EMPTY))
        self.source = "\n".join(t.source() for t in tasks)
        for task in tasks:
            names = {"STATES": [t.state for t in tasks]}
            exec(compile(task.source(), "<yardstick>", "exec"), names)
            self.table += [names[f"point{task.index[p]}"] for p in task.points]
            self.initial = names["start"](self.initial)


@dataclass(frozen=True)
class Search:
    """The result of a complete search; *lost* counts the dead ends with an id pending."""

    states: int
    transitions: int
    lost: int
    seconds: float


def search(system: System) -> Search:
    """Visit every reachable state, breadth first."""
    began = time.perf_counter()
    seen, todo = {system.initial: None}, [system.initial]
    table, tasks = system.table, system.tasks
    transitions = lost = 0
    for state in todo:
        moved = False
        for pc, task_state in tasks:
            if state[task_state] > 1:
                continue
            after = table[state[pc]](state)
            if after is None:
                continue
            moved = True
            transitions += 1
            if after not in seen:
                seen[after] = state
                todo.append(after)
        if not moved and state[2]:
            lost += 1
    return Search(len(seen), transitions, lost, time.perf_counter() - began)
