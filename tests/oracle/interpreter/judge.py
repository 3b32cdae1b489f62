"""What each property says of the full graph: whether it holds, fails by itself, or only follows from a break."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

from .graph import Graph
from .module import left_behind
from .processes import STOPPED
from .state import INTERRUPTIBLE, UNINTERRUPTIBLE, State, Task
from .values import Number, Ptr, path_of
from .work import FLUSHES

MEMORY = {
    "dangling_entry", "corrupted_queue", "corrupted_list", "use_after_free", "out_of_bounds", "dead_stack",
    "text_overflow", "ended_task", "poisoned_entry", "unloaded",
}  # fmt: skip
OVERFULL = {"text_overflow", "out_of_bounds"}
OWNERS = {
    "double_free": "no_leak",
    "lock_depth": "locks_balanced",
    "other_lock": "locks_balanced",
    "sleep_in_interrupt": "never_sleeps_atomic",
    "endless_loop": "sleeps_when_idle",
    **dict.fromkeys(MEMORY, "no_dangling"),
}
PROMISES = {
    "delivered", "delivered_when_asleep", "dies_cleanly", "returns", "ends_when_told", "survives_failure", "no_zombie",
    "passes_through",
}  # fmt: skip
WAITING_CALLS = {
    "wait_for_completion", "wait_for_completion_timeout", "wait_for_completion_interruptible", "down",
    "wait_for_completion_interruptible_timeout",
    "down_interruptible", "down_timeout",
    "mutex_lock", "mutex_lock_interruptible", "kthread_stop", "down_read", "down_write", *FLUSHES,
}  # fmt: skip
LINES = ("spin_lock", "read_lock", "write_lock", "mutex_lock")
SEMAPHORES = ("down", "down_interruptible", "down_timeout", "down_read", "down_write")
"""How calls begin that wait until another gives back what he has; and those of semaphores, in full."""
DECIDED = (
    "no_oops", "delivered", "delivered_when_asleep", "no_stale_helper", "never_sleeps_atomic", "locks_balanced",
    "sleeps_when_idle", "dies_cleanly", "no_leak", "exec_vector", "no_dangling", "irq_safe", "identity", "returns",
    "context_restored", "no_data_race", "ends_when_told", "survives_failure", "registration", "large_ids",
    "tells_failure", "no_zombie", "passes_through",
)  # fmt: skip
STATES = {0: "R", INTERRUPTIBLE: "S", UNINTERRUPTIBLE: "D", STOPPED: "T"}
"""Of a task that is off the run queue; one that a tracer has stopped is told by the version."""
LAB_TRIGGERS = {
    "no_oops": "served", "delivered": "report", "delivered_when_asleep": "asleep_report", "no_stale_helper": "served",
    "never_sleeps_atomic": "served", "locks_balanced": "served", "sleeps_when_idle": "slept", "dies_cleanly": "kill",
    "no_leak": "served", "exec_vector": "helper_called", "no_dangling": "served", "irq_safe": "served",
    "returns": "process_call", "survives_failure": "helper_called", "registration": "written",
    "large_ids": "large_ids",
}  # fmt: skip
TRIGGERS = {
    "no_oops": "ran", "delivered": "report", "delivered_when_asleep": "asleep_report", "no_stale_helper": "served",
    "sleeps_when_idle": "a thread slept", "dies_cleanly": "kill", "exec_vector": "helper_called",
    "returns": "process_call", "survives_failure": "helper_called", "registration": "written", "large_ids": "large_ids",
}  # fmt: skip
"""Outside the labs; what is not named here is triggered by its own name."""


HANGS = ("process", "thread", "worker")
"""Of whom it is asked whether they wait for good."""
COMING = ("call", "write", "read")
"""What comes at last, where a promise is judged as if all did."""


class Judge:
    """A graph, and in it the states behind a break: *broken*, each with the property that owns the first."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.world = graph, graph.world
        self.spinning = [graph.world.spinners(state) for state in graph.states]
        self.movable: dict[int, set[int]] = {}
        self.broken: dict[str, set[int]] = {"sleeps_when_idle": set(), "irq_safe": set(), "returns": set()}
        self.find_breaks()
        self.cut = set().union(*(graph.forwards(states) for states in self.broken.values()))

    # ---- breaks ----------------------------------------------------------------------------------------------------

    def can_move(self, number: int) -> set[int]:
        """The states from which actor *number* can still make a step."""
        if number not in self.movable:
            moves = [
                n
                for n, edges in enumerate(self.graph.edges)
                if number not in self.spinning[n] and any(e.mover == ("task", number) for e in edges)
            ]
            self.movable[number] = self.graph.backwards(moves)
        return self.movable[number]

    def find_breaks(self) -> None:
        for n, edges in enumerate(self.graph.edges):
            for edge in edges:
                if edge.to >= 0 and any(p == "sleeps_when_idle" and c == "exits" for p, c, _ in edge.hits):
                    self.broken["sleeps_when_idle"].add(edge.to)
            for number in self.spinning[n]:
                task = self.graph.states[n].tasks[number]
                if n not in self.can_move(number):
                    self.broken[self.owner_of_spin(task)].add(n)

    def owner_of_spin(self, task: Task) -> str:
        return "irq_safe" if task.interrupt else "returns" if task.kind in ("process", "user") else "sleeps_when_idle"

    # ---- asking ----------------------------------------------------------------------------------------------------

    def faults(self, causes: Iterable[str] | None = None) -> list:
        wanted = None if causes is None else set(causes)
        return [
            (n, edge)
            for n, edges in enumerate(self.graph.edges)
            for edge in edges
            if edge.fault is not None and (wanted is None or edge.fault[1] in wanted)
        ]

    def hits(self, name: str, cut: bool, test: Callable[[str], bool] = lambda cause: True) -> bool:
        found = [
            *(hit for noticed in self.graph.noticed for hit in noticed),  # by who spins: it made the break
            *(
                hit
                for n, edges in enumerate(self.graph.edges)
                if not (cut and n in self.cut)
                for edge in edges
                for hit in edge.hits
            ),
        ]
        return any(property_ == name and test(cause) for property_, cause, _ in found)

    def dead_ends(self, cut: bool, after_arrivals: bool = False) -> list[int]:
        found = []
        for n in range(len(self.graph.edges)):
            if cut and n in self.cut or not self.graph.is_dead_end(n):
                continue
            if after_arrivals and any(e.mover[0] in COMING for e in self.graph.edges[n]):
                continue
            if any(e.fault is not None and e.fair for e in self.graph.edges[n]) and not self.graph.is_dead_end(n):
                continue
            found.append(n)
        return found

    def fair_parts(self, test: Callable[[State], bool], cut: bool, certain: bool = False) -> list[list[int]]:
        inside = [n for n, state in enumerate(self.graph.states) if not (cut and n in self.cut) and test(state)]
        return self.graph.fair_components(inside, certain)

    def unanswered(self, test: Callable[[State], bool], cut: bool, arriving: bool = False) -> bool:
        """Is there a way in which *test* stays true: at rest, in a fault, for ever?  *arriving*: after all has come."""
        states = self.graph.states
        if any(test(states[n]) for n in self.dead_ends(cut, arriving)):
            return True
        if not cut and any(test(edge.last or states[n]) for n, edge in self.faults()):
            return True
        return bool(self.fair_parts(test, cut, arriving))

    # ---- the properties --------------------------------------------------------------------------------------------

    def no_oops(self, cut: bool) -> bool:
        return any(edge.fault[1] not in OWNERS for _, edge in self.faults())

    def no_dangling(self, cut: bool) -> bool:
        if self.faults(MEMORY):
            return True
        turning = {n for part in self.graph.components(set(range(len(self.graph.states)))) for n in part}
        rests = {*self.dead_ends(cut), *(turning - self.cut if cut else turning)}
        return any(left_behind(self.world.scenario, self.graph.states[n]) for n in rests)

    def delivered(self, cut: bool) -> bool:
        return self.world.helper_owed and self.unanswered(lambda s: bool(s.seen["open"]), cut)

    def delivered_when_asleep(self, cut: bool) -> bool:
        return self.world.helper_owed and self.unanswered(lambda s: s.seen["arm"] is not None, cut)

    def no_stale_helper(self, cut: bool) -> bool:
        return self.world.report is not None and self.hits("no_stale_helper", cut)

    def never_sleeps_atomic(self, cut: bool) -> bool:
        return self.hits("never_sleeps_atomic", cut) or bool(self.faults(["sleep_in_interrupt"]))

    def locks_balanced(self, cut: bool) -> bool:
        def counts(cause: str) -> bool:
            return not cause.startswith("semaphore") or cause.partition(":")[2] in self.world.as_mutex

        return self.hits("locks_balanced", cut, counts) or self.sleeps_with_lock(cut)

    def sleeps_with_lock(self, cut: bool) -> bool:
        """Does somebody sleep for good with a lock: at rest, on a cycle, or until another's fault?"""
        turning = {n for part in self.graph.components(set(range(len(self.graph.states)))) for n in part}
        doomed = self.graph.backwards(n for n, _ in self.faults()) if not cut else set()
        last = set(self.dead_ends(cut, after_arrivals=True))
        for n, state in enumerate(self.graph.states):
            if cut and n in self.cut:
                continue
            rests = self.graph.is_dead_end(n) or n in turning or n in doomed
            for task in state.tasks:
                mine = [
                    a for a, kind in task.sleeping_locks if kind != "semaphore" or path_of(a) in self.world.as_mutex
                ]
                if not task.asleep or not (mine or task.held):
                    continue
                light = task.kind == "thread" and task.state & INTERRUPTIBLE
                if rests and n not in self.can_move(task.number) or n in last and not light:
                    return True
        return False

    def sleeps_when_idle(self, cut: bool) -> bool:
        if self.hits("sleeps_when_idle", cut=False) or self.faults(["endless_loop"]):
            return True
        if self.broken["sleeps_when_idle"]:
            return True
        if self.world.watched_name is None:
            return False
        if any(self.unrest(n) for n in self.dead_ends(cut)):
            return True
        if not cut and any(not self.at_rest(edge.last or self.graph.states[n]) for n, edge in self.faults()):
            return True
        parts = self.fair_parts(lambda s: True, cut)
        return any(not self.only_timers(part) or self.unrest(part[0]) for part in parts)

    def at_rest(self, state: State) -> bool:
        watched = self.world.watched(state)
        return (
            watched is None
            or watched.done
            or not watched.born
            or (watched.asleep and bool(watched.state & INTERRUPTIBLE))
        )

    def unrest(self, n: int) -> bool:
        state = self.graph.states[n]
        spinners = [state.tasks[x] for x in self.spinning[n]]
        if any(task.kind == "thread" for task in spinners):
            return True
        return not self.at_rest(state)

    def only_timers(self, part: list[int]) -> bool:
        """Does nothing move but timers and their functions, and does each of these return on the way?"""
        inside, timers = set(part), 0
        busy = set.intersection(*(self.functions_of_timers(n) for n in part))
        for n in part:
            for edge in self.graph.edges[n]:
                if edge.to not in inside:
                    continue
                if edge.mover[0] in ("timer", "due"):
                    timers += 1
                    continue
                task = self.graph.states[n].tasks[edge.mover[1]] if edge.mover[0] == "task" else None
                if task is None or task.kind not in ("softirq", "worker") or task.number in busy:
                    return False
        return timers > 0

    def functions_of_timers(self, n: int) -> set[int]:
        """Which of them are under way."""
        return {t.number for t in self.graph.states[n].tasks if t.kind == "softirq" and t.born and not t.done}

    def dies_cleanly(self, cut: bool) -> bool:
        return self.hits("dies_cleanly", cut) or self.unanswered(lambda s: s.seen["owes_death"], cut)

    def no_leak(self, cut: bool) -> bool:
        if self.hits("no_leak", cut) or self.faults(["double_free"]):
            return True
        return any(self.world.unreachable(self.graph.states[n]) for n in self.dead_ends(cut))

    def exec_vector(self, cut: bool) -> bool:
        if self.world.handler is None:
            return False
        by_khelper = any(edge.fault[0] == "khelper" for _, edge in self.faults())
        return self.hits("exec_vector", cut) or by_khelper or bool(self.faults(OVERFULL))

    def large_ids(self, cut: bool) -> bool:
        return self.hits("large_ids", cut)

    def registration(self, cut: bool) -> bool:
        return self.hits("registration", cut) or any(edge.mover[0] == "write" for _, edge in self.faults())

    def survives_failure(self, cut: bool) -> bool:
        """Who meets a failure says so; and where a report owes a helper, behind one every call comes back and the last
        event is served."""
        calls = self.world.handler_calls()
        if not calls:
            return False
        if not self.world.helper_owed:
            return self.hits("survives_failure", cut)
        last = self.world.id_of(calls[-1])

        def owed(state: State) -> bool:
            if not state.seen["met"]:
                return False
            under_way = any(t.kind == "process" and t.born and not t.done for t in state.tasks)
            return under_way or last in state.seen["due"]

        return self.hits("survives_failure", cut) or self.unanswered(owed, cut)

    def irq_safe(self, cut: bool) -> bool:
        return bool(self.broken["irq_safe"])

    def identity(self, cut: bool) -> bool:
        return self.hits("identity", cut)

    def context_restored(self, cut: bool) -> bool:
        return self.hits("context_restored", cut)

    def returns(self, cut: bool) -> bool:
        if self.broken["returns"]:
            return True
        numbers = {t.number: t.kind for s in self.graph.states for t in s.tasks if t.kind in HANGS}
        return any(self.process_hangs(p.name, cut) for p in self.world.everybody()) or any(
            self.call_hangs(number, cut) if kind == "process" else self.thread_hangs(number, cut)
            for number, kind in sorted(numbers.items())
        )

    def process_hangs(self, name: str, cut: bool) -> bool:
        """The same of a system call of the process called *name*, whose number may be another in each state."""

        def under_way(state: State) -> bool:
            task = self.world.named(state, name)
            return task is not None and not task.done and not (task.frame.call == "#process" or task.state > 3)

        return self.never_ends(under_way, lambda s: not under_way(s), lambda parts: parts, cut)

    def call_hangs(self, number: int, cut: bool) -> bool:
        def under_way(state: State) -> bool:
            task = state.tasks[number]
            return task.born and not task.done

        return self.never_ends(
            under_way, lambda s: s.tasks[number].done, lambda parts: self.unlucky(number, parts), cut
        )

    def never_ends(
        self,
        under_way: Callable[[State], bool],
        over: Callable[[State], bool],
        unlucky: Callable[[list[list[int]]], list[list[int]]],
        cut: bool,
    ) -> bool:
        """Is there a state in which a call is under way and from which it never is over, at all, at rest when all has
        come, in a fault, or on a fair cycle?"""
        ends = self.graph.backwards(self.proper_ends(over, cut))
        states = self.graph.states
        for n, state in enumerate(states):
            if under_way(state) and n not in ends and not (cut and n in self.cut):
                return True
        if any(under_way(states[n]) for n in self.dead_ends(cut, after_arrivals=True)):
            return True
        if not cut and any(under_way(edge.last or states[n]) for n, edge in self.faults()):
            return True
        return bool(unlucky(self.fair_parts(under_way, cut, certain=True)))

    def unlucky(self, number: int, parts: list[list[int]]) -> list[list[int]]:
        """Of fair cycles those on which *number* does not stand in line for what comes free: it gets that at last."""
        todo, found = list(parts), []
        while todo:
            part = todo.pop()
            inside = set(part)
            lucky = {
                n
                for n in part
                if self.in_line(n, number)
                and any(e.mover == ("task", number) and e.to not in inside for e in self.graph.edges[n] if e.to >= 0)
            }
            if lucky:
                todo += self.graph.fair_components(inside - lucky, certain=True)
            else:
                found.append(part)
        return found

    def in_line(self, n: int, number: int) -> bool:
        """Does actor *number* stand before a lock that others have and give back?"""
        task = self.graph.states[n].tasks[number]
        frame = task.frame if task.frames else None
        if frame is None:
            return False
        op, name, _, _ = (
            ("kernel", frame.call, 0, 0) if frame.call else self.world.codes[frame.func].instructions[frame.pc]
        )
        return op == "kernel" and (name.startswith(LINES) and name != "spin_lock_init" or name in SEMAPHORES)

    def proper_ends(self, test: Callable[[State], bool], cut: bool) -> list[int]:
        """Where *test* is true; on the cut graph, where it breaks too."""
        ends = self.graph.where(test)
        if cut:
            ends += [n for n, edges in enumerate(self.graph.edges) if any(e.fault is not None for e in edges)]
            ends += sorted(self.cut)
        return ends

    def thread_hangs(self, number: int, cut: bool) -> bool:
        """Does it wait, and never make another step: at all, at rest when all has come, on a fair cycle?"""

        def waits(n: int) -> bool:
            if cut and n in self.cut or number >= len(self.graph.states[n].tasks):
                return False
            task = self.graph.states[n].tasks[number]
            if task.kind not in ("thread", "worker") or not task.started or task.frozen:
                return False
            inside = bool(task.frames) and task.frame.call in WAITING_CALLS
            return number in self.spinning[n] or task.asleep and (inside or task.state == UNINTERRUPTIBLE)

        moves = self.can_move(number) | self.graph.backwards(self.proper_ends(lambda s: False, cut))
        waiting = [n for n in range(len(self.graph.states)) if waits(n)]
        if any(n not in moves for n in waiting):
            return True
        if set(waiting) & set(self.dead_ends(cut, after_arrivals=True)):
            return True
        return bool(self.graph.fair_components(waiting, certain=True))

    def ends_when_told(self, cut: bool) -> bool:
        def told(state: State) -> bool:
            watched = self.world.watched(state)
            return bool(state.seen["told"]) and watched is not None and not watched.done

        ending = [t.name or t.function for t in self.world.scenario.threads if getattr(t, "ends", False)]

        def must_end(state: State) -> bool:
            return any(t.name in ending and t.kind == "thread" and not t.done for t in state.tasks)

        return self.unanswered(told, cut, True) or bool(ending) and self.unanswered(must_end, cut, True)

    def tells_failure(self, cut: bool) -> bool:
        return self.hits("tells_failure", cut)

    def no_zombie(self, cut: bool) -> bool:
        """Does a thread stay a zombie whose parent lives?"""

        def zombies(state: State) -> list[str]:
            return [t.name for t in state.tasks if t.kin and t.done and t.exit_state == "Z" and t.parent != "init"]

        names = {name for state in self.graph.states for name in zombies(state)}
        return any(self.unanswered(lambda s, name=name: name in zombies(s), cut, True) for name in names)

    def passes_through(self, cut: bool) -> bool:
        """From each state all the places of the passage at which its task may be by then, until nothing is new."""
        passage = self.world.scenario.passes
        if passage is None:
            return False
        wanted = passage.states.split()
        known: set[tuple[int, int]] = set()
        todo = [(0, 0)]
        while todo:
            n, place = todo.pop()
            if (n, place) in known or cut and n in self.cut:
                continue
            if self.stands(n) != wanted[place]:
                return True
            known.add((n, place))
            for edge in self.graph.edges[n]:
                if edge.to >= 0:
                    turned = self.stands(edge.to) != self.stands(n)
                    if turned and place + 1 == len(wanted):
                        if not (cut and edge.to in self.cut):
                            return True
                        continue
                    todo.append((edge.to, place + turned))
                elif not cut and place + 1 < len(wanted):
                    return True
        open_ = [{n for n, place in known if place == k} for k in range(len(wanted) - 1)]
        rests = set(self.dead_ends(cut))
        return any(rests & states or self.graph.fair_components(states) for states in open_)

    def stands(self, n: int) -> str:
        """The letter of ps for the passage's task, off the run queue; R on it."""
        name = self.world.scenario.passes.task
        task = next(t for t in self.graph.states[n].tasks if t.name == name)
        if task.exit_state or not task.asleep:
            return task.exit_state or ("X" if task.done else "R")
        return STATES.get(task.state) or ("t" if self.world.config.profile == "6.12" else "T")

    def no_data_race(self, cut: bool) -> bool:
        if not self.world.each:
            return False
        return any(self.races(n) for n in range(len(self.graph.edges)))

    def races(self, n: int) -> bool:
        """Two tasks (or frames) whose next steps meet at one place; or a frame and the task below it, which waits."""
        able = self.about_to(n)
        state = self.graph.states[n]
        pairs = list(combinations(able.items(), 2))
        for task in state.tasks:
            frames = state.cpus[task.cpu].frames if task.runnable and not task.interrupt else ()
            if frames and task.number not in able and task.kind != "khelper":
                waiting = (task.number, self.world.accesses_of(state, task))
                pairs += [(waiting, (number, able[number])) for number in frames if number in able]
        return any(clash(a, b) for (_, one), (_, other) in pairs for a in one for b in other)

    def about_to(self, n: int) -> dict[int, set[tuple]]:
        """The accesses of whoever may make the next step, by the number of the task.  Whatever khelper reads to execute
        a program is not looked at."""
        state, found = self.graph.states[n], {}
        for edge in self.graph.edges[n]:
            number = edge.mover[1] if edge.mover[0] == "task" else -1
            if edge.mover[0] == "call":
                number = next(t.number for t in state.tasks if t.site == edge.mover[:2])
            if number >= 0 and state.tasks[number].kind != "khelper":
                found.setdefault(number, set()).update(e[1:] for e in edge.events if e[0] == "access")
        return found

    # ---- verdicts --------------------------------------------------------------------------------------------------

    def owns_break(self, name: str) -> bool:
        return bool(self.broken.get(name)) or self.owns_fault(name)

    def owns_fault(self, name: str) -> bool:
        return any(OWNERS.get(edge.fault[1], "no_oops") == name for _, edge in self.faults())

    def word(self, name: str) -> str:
        """``fails``, ``follows`` or ``holds``; on a part of the graph only what was seen to go wrong counts."""
        if not self.graph.complete:
            return "fails" if self.owns_fault(name) or self.hits(name, cut=False) else "holds"
        decide = getattr(self, name)
        if self.owns_break(name) or decide(True):
            return "fails"
        return "follows" if decide(False) else "holds"

    def exercised(self, name: str) -> bool:
        trigger = (LAB_TRIGGERS if self.world.lab else TRIGGERS).get(name, name)
        if name == "no_stale_helper" and self.world.report is None:
            return False
        if name in ("delivered", "delivered_when_asleep") and not self.world.helper_owed:
            return False
        if name == "ends_when_told" and any(getattr(t, "ends", False) for t in self.world.scenario.threads):
            return True
        if name == "no_zombie":
            return any(t.kin and t.done for state in self.graph.states for t in state.tasks)
        if name == "passes_through":
            who = getattr(self.world.scenario.passes, "task", None)
            return any(t.asleep and t.name == who for state in self.graph.states for t in state.tasks)
        if trigger == "ran":
            return bool(self.graph.exercised) if not self.world.everybody() else "enters" in self.graph.triggers
        if name == "no_data_race":
            return self.shared_by_two()
        if name == "sleeps_when_idle" and any(p == name for es in self.graph.edges for e in es for p, *_ in e.hits):
            return True
        return trigger in self.graph.triggers

    def shared_by_two(self) -> bool:
        users: dict[tuple, set] = {}
        for n in range(len(self.graph.edges)):
            for number, accesses in self.about_to(n).items():
                for where, *_ in accesses:
                    users.setdefault(where, set()).add(number)
        if any(len(who) > 1 for who in users.values()):
            return True
        return any(meet(x, y) and users[x] != users[y] for x, y in combinations(users, 2))


def meet(x: Ptr, y: Ptr) -> bool:
    """Is there anything that both places have?"""
    return x.obj == y.obj and (x.key == y.key or None in (x.key, y.key))


def clash(x: tuple, y: tuple) -> bool:
    """Two accesses, (where, writes, plain): may they not happen at the same moment?"""
    return meet(x[0], y[0]) and (x[1] or y[1]) and (x[2] or y[2])


# ---- what can be seen at rest --------------------------------------------------------------------------------------


def resting(graph: Graph, spinning: list[tuple]) -> frozenset:
    """For each dead end who is in which state on which queues, and the values of the integer statics."""
    found = set()
    for n, state in enumerate(graph.states):
        if n < len(graph.edges) and graph.is_dead_end(n) and not any(e.fault and e.fair for e in graph.edges[n]):
            found.add((_actors(state), _values(state)))
    return frozenset(found)


def _actors(state: State) -> tuple:
    out = []
    for task in state.tasks:
        if task.kind in ("khelper", "freezer") or not task.born and not task.kthread:
            continue
        if (
            task.kind == "softirq"
            and task.done
            or task.kind == "worker"
            and task.frames
            and task.frames[0].phase == "take"
        ):
            continue
        letter = "X" if task.done else "R" if task.queued else "T" if task.state > 3 else "SD"[task.state > 1]
        out.append((task.name, letter, queues(state, task)))
    return tuple(sorted(out))


def queues(state: State, task: Task) -> tuple[str, ...]:
    """The names of the static queues on which an entry for *task* is."""
    me = Ptr(("t", task.number))
    found = []
    for address, thing in state.objects.items():
        if thing.kind != "wait_queue_head" or address[0] != "s":
            continue
        for entry in thing.data["entries"] or ():
            if entry in state.objects and state.objects[entry].data.get("task") == me:
                found.append(address[1])
    return tuple(sorted(found))


def _values(state: State) -> tuple:
    """The numbers, by name; where one is an address, or made of one, only that it is."""
    found = [(address[1], thing.data["value"]) for address, thing in state.objects.items() if thing.kind == "int"]
    told = [(name, "address" if isinstance(value, Ptr | Number) else value) for name, value in found]
    return tuple(sorted((name, value) for name, value in told if isinstance(value, int | str)))
