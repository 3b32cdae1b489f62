"""What the properties have to remember of the past, beside the state, and what is noticed on the way."""

from __future__ import annotations

from typing import Any

from .run import Run
from .state import RUNNING, State, Task, _named
from .threads import SIGKILL
from .values import Fn, NotInterpreted, Ptr, Value

PATHS = ("PATH=/sbin:/bin:/usr/sbin:/usr/bin", "PATH=/sbin:/usr/sbin:/bin:/usr/bin")


class Observers:
    """Mixed into `World`.  ``State.seen`` holds:

    *open*: the reports begun that no helper has answered, (call, id).  *arm*: the id of a report that found the thread
    asleep and is alone.  *runs*: for each id how many reports and how many helpers began.  *killed*: a SIGKILL has
    landed.  *owes_death*: and the first thread must obey it.  *obeys*: it has allowed SIGKILL.  *told*: the function
    after which it ends has returned."""

    scenario: Any
    codes: dict
    module: Any
    reach: dict
    each: bool
    current_run: Any

    def setup_observers(self) -> None:
        scenario = self.scenario
        self.current_run = None
        self.report = getattr(scenario, "report", None) or "report_event"
        self.watched_name = scenario.threads[0].name or scenario.threads[0].function if scenario.threads else None
        functions = [t.function for t in scenario.threads]
        owed = getattr(scenario, "helper_owed", None)
        begun = {*functions, *(name for kind, name in self.made if kind == "thread")}
        reaches = any(("call", "call_usermodehelper") in self.reach.get(f, ()) for f in begun)
        self.lab = scenario.name.startswith("lab")
        self.helper_owed = reaches if owed is None else bool(owed)
        stays = getattr(scenario, "stays", False)
        self.stays = bool(stays) or (self.lab and bool(functions)) or (self.helper_owed and bool(functions))
        self.ends_after = getattr(scenario, "ends_after", None)
        self.may_allow = {f: ("call", "allow_signal") in self.reach.get(f, ()) for f in functions}

    def first_observed(self, state: State) -> None:
        state.seen.update(open=(), arm=None, runs=(), killed=False, owes_death=False, obeys=False, told=False)
        for task in state.tasks:
            if task.kind == "thread":
                self.current_run = run = Run(self, state, task)
                run.go_on()

    def watched(self, state: State) -> Task | None:
        """The first thread of the scenario."""
        if self.watched_name is None:
            return None
        return next((t for t in state.tasks if t.kind == "thread" and t.name == self.watched_name), None)

    def is_watched(self, run: Run, task: Task) -> bool:
        return task is self.watched(run.state)

    # ---- calls and ends --------------------------------------------------------------------------------------------

    def returned(self, run: Run, function: str, value: Value) -> None:
        """A function of the module has returned."""
        if function == self.ends_after and not run.state.seen["told"]:
            run.state.seen["told"] = True
            run.triggers.add("ends_when_told")

    def ended(self, run: Run, value: Value) -> None:
        """A process call, a frame, the freezer has come to its end."""
        task, state = run.task, run.state
        self.left_as_found(run)
        if task.held:
            run.hit("locks_balanced", "returns_held")
        for address, kind in task.sleeping_locks:
            if kind == "mutex":
                run.hit("locks_balanced", "returns_held")
            else:
                run.hit("locks_balanced", f"semaphore_held:{address}")
        if task.interrupt:
            cpu = state.cpus[task.cpu]
            cpu.frames = tuple(n for n in cpu.frames if n != task.number)
        self.leave_cpu(state, task)  # type: ignore[attr-defined]
        task.frames, task.done, task.queued, task.state = [], True, False, 64
        if not task.interrupt:
            task.irqs, task.bh, task.preempt, task.held, task.sleeping_locks = True, 0, 0, (), ()
        run.triggers.add("ended")

    def left_as_found(self, run: Run) -> None:
        """I17: interrupts, bottom halves and preemption as at the beginning, but for what a held lock accounts for."""
        task = run.task
        forms = [form for _, _, form in task.held]
        excused = any(form in ("irq", "irqsave") for form in forms)
        if task.kind == "freezer":
            return
        if not task.irqs and not excused:
            run.hit("context_restored", "irqs_off")
        if task.bh != forms.count("bh"):
            run.hit("context_restored", "bh_off")
        if task.preempt:
            run.hit("context_restored", "preemption_off")
        if any(name.split(":")[0] in CHANGES_CONTEXT for name in run.done) or task.observed == ("changed",):
            run.triggers.add("context_restored")
        run.triggers.add("returned")

    def exiting(self, run: Run, code: Value) -> None:
        """A thread is about to end, its frames still there."""
        state, seen, task = run.state, run.state.seen, run.task
        self.left_as_found(run)
        if not self.is_watched(run, task):
            return
        asked = seen["owes_death"] or seen["killed"] or task.should_stop or seen["told"]
        if self.stays and not asked:
            run.hit("sleeps_when_idle", "exits")
        signalled = [s for s in task.unblocked() if s != SIGKILL]
        if self.stays and signalled and not seen["killed"]:
            run.hit("dies_cleanly", "other_signal")
        if seen["owes_death"]:
            me = Ptr(("t", task.number))
            for address, thing in state.objects.items():
                if thing.kind == "wait_queue" and thing.data["task"] == me:
                    head = state.objects.get(thing.data["link"])
                    if head is not None and head.kind == "wait_queue_head" and address in (head.data["entries"] or ()):
                        run.hit("dies_cleanly", "still_queued")
            if code != 0:
                run.hit("dies_cleanly", "exit_code")
            if task.state != RUNNING:
                run.hit("dies_cleanly", "state")
            if task.parent == "creator":
                run.hit("dies_cleanly", "not_reaped")

    def after_exit(self, run: Run) -> None:
        if self.is_watched(run, run.task):
            run.state.seen["owes_death"] = False

    # ---- sleeping and waking ---------------------------------------------------------------------------------------

    def slept(self, run: Run) -> None:
        task = run.task
        if task.kind == "thread":
            run.triggers.add("slept")
            if self.is_watched(run, task):
                self.check_identity(run, task)
                task.slept = True

    def check_identity(self, run: Run, task: Task) -> None:
        """I14, at the first sleep."""
        identity = getattr(self.scenario, "identity", None)
        if task.slept or not (identity or self.scenario.name.startswith("lab2")):
            return
        name = identity.name if identity else "mykthread"
        parent = identity.parent if identity and identity.parent else None
        if task.comm != name[:15]:
            run.hit("identity", "name")
        owed = parent or ("kthreadd" if self.version.adopter == 2 else "init")  # type: ignore[attr-defined]
        if task.parent != owed:
            run.hit("identity", "parent")
        if not task.all_blocked or task.allowed != {SIGKILL}:
            run.hit("identity", "signals")

    def woke(self, run: Run, task: Task) -> None:
        """Somebody was asleep and is not any more."""

    def wakes(self, run: Run) -> None:
        """A wake-up is called, whomever it will wake."""
        call, watched, seen = self.report_call(run.task), self.watched(run.state), run.state.seen
        if call is None or watched is None or not watched.asleep or watched.in_helper:
            return
        if not seen["killed"] and seen["open"] == ((call.name, self.id_of(call)),):
            run.triggers.add("asleep_report")
            seen["arm"] = self.id_of(call)

    # ---- reports and helpers ---------------------------------------------------------------------------------------

    def report_call(self, task: Task) -> Any:
        """The scenario's call that *task* makes, if it is a report."""
        if not isinstance(task.site, tuple) or task.site[:1] != ("call",):
            return None
        call = self.scenario.calls[task.site[1]]
        return call if call.function == self.report and call.args else None

    def id_of(self, call: Any) -> int:
        return call.args[0] & 0xFFFFFFFF

    def report_begins(self, run: Run, call: Any) -> None:
        if call.context == "process":
            run.triggers.add("process_call")
        counted = call.function in (self.report, "run_umode_handler")
        if counted and call.args:
            run.state.seen["runs"] = tally(run.state.seen["runs"], self.id_of(call), 1, 0)
        if call.function != self.report or not call.args:
            return
        run.triggers.add("report")
        seen = run.state.seen
        seen["arm"] = None
        if not seen["killed"]:
            seen["open"] = tuple(sorted((*seen["open"], (call.name, self.id_of(call)))))

    def helper_begins(self, run: Run, path: str, argv: list[str], envp: list[str]) -> None:
        run.triggers.add("served")
        run.exercise("#helper_begins")
        caller = run.data[0]
        words = [v.partition("=")[2] for v in envp if v.startswith("TROUBLED_DS=")]
        self.check_vector(run, path, argv, envp, caller)
        x = int(words[0]) if len(words) == 1 and words[0].lstrip("-").isdigit() else None
        if x is None:
            return
        seen = run.state.seen
        seen["open"] = tuple(one for one in seen["open"] if one[1] != x)
        if seen["arm"] == x:
            seen["arm"] = None
        seen["runs"] = tally(seen["runs"], x, 0, 1)
        begun, ran = next((b, r) for i, b, r in seen["runs"] if i == x)
        if ran > begun:
            seen["runs"] = tally(seen["runs"], x, 0, -1)
            run.hit("no_stale_helper", "stale")

    def check_vector(self, run: Run, path: str, argv: list[str], envp: list[str], caller: int | None) -> None:
        """I8."""
        if argv != [path]:
            run.hit("exec_vector", "argv")
        if "HOME=/" not in envp or not any(p in envp for p in PATHS):
            run.hit("exec_vector", "envp")
        words = [v for v in envp if v.startswith("TROUBLED_DS=")]
        if len(words) != 1:
            run.hit("exec_vector", "id")
        elif caller is not None:
            task = run.state.tasks[caller]
            if isinstance(task.site, tuple) and task.site[:1] == ("call",):
                call = self.scenario.calls[task.site[1]]
                if call.args and words[0] != f"TROUBLED_DS={self.id_of(call)}":
                    run.hit("exec_vector", "id")

    def bad_vector(self, run: Run) -> None:
        run.hit("exec_vector", "not_terminated")

    def exec_failed(self, run: Run, caller: int | None) -> None: ...

    def helper_called(self, run: Run) -> None:
        run.triggers.add("helper_called")

    def helper_returned(self, run: Run, result: int) -> None: ...

    def failed(self, run: Run) -> None: ...

    def logged(self, run: Run) -> None: ...

    # ---- signals ---------------------------------------------------------------------------------------------------

    def allowed(self, run: Run, task: Task, number: int) -> None:
        if number == SIGKILL and self.is_watched(run, task):
            run.state.seen["obeys"] = True

    def signal_lands(self, run: Run, task: Task, number: int) -> None:
        seen = run.state.seen
        if number != SIGKILL or not self.is_watched(run, task):
            return
        seen["killed"], seen["open"], seen["arm"] = True, (), None
        never_allows = not self.may_allow.get(self.scenario.threads[0].function, False)
        if not task.done and (seen["obeys"] or (never_allows and task.slept)):
            seen["owes_death"] = True
            run.triggers.add("kill")

    # ---- files -----------------------------------------------------------------------------------------------------

    def row_for(self, path: str) -> tuple | None:
        """The ctl_table row of a file: its data's address, size, mode, handler."""
        name = path.rsplit("/", 1)[-1]
        for static in self.module.statics.values():
            if getattr(static.type, "kind", "") != "ctl_table":
                continue
            values = [self.constant(a) for a in static.args]  # type: ignore[attr-defined]
            if len(values) > 6 and values[0] and isinstance(values[1], Ptr) and values[1].obj[1] == name:
                return values[2], values[3], values[4], values[6]
        if name in self.module.statics:
            return Ptr(("s", name)), self.module.statics[name].type.size, 0o644, Fn("proc_dostring")
        return None

    def write_arrives(self, new: State, n: int) -> Run:
        run = self.bare(new)  # type: ignore[attr-defined]
        write = self.scenario.writes[n]
        new.left[f"write:{n}"] = 0
        run.triggers.add("written")
        row = self.row_for(write.path) if write.path.startswith("/proc/sys/") else self.plain_row(write.path)
        if row is None:
            return run
        data, size, mode, handler = row
        bit = 0o200 if write.user == "root" else 0o002
        if not mode & bit or not isinstance(data, Ptr) or not size or handler != Fn("proc_dostring"):
            return run
        text = write.text.split("\n")[0].split("\0")[0][: size - 1]
        if write.text:
            run.set_text(data, text)
        return run

    def plain_row(self, name: str) -> tuple | None:
        if name in self.module.statics:
            return Ptr(("s", name)), self.module.statics[name].type.size, 0o644, Fn("proc_dostring")
        return None

    def read_arrives(self, new: State, n: int) -> Run:
        new.left[f"read:{n}"] = 0
        return self.bare(new)  # type: ignore[attr-defined]

    # ---- after each step -------------------------------------------------------------------------------------------

    def after_step(self, state: State, run: Run) -> None:
        if any(thing.where == "heap" and thing.alive and thing.parent is None for thing in state.objects.values()):
            lost = self.unreachable(state)
            for address in lost:
                run.hit("no_leak", "lost")
                for other in [a for a in state.objects if a == address or state.objects[a].parent == address]:
                    del state.objects[other]

    def unreachable(self, state: State, at_rest: bool = False) -> list:
        """Heap objects that nothing leads to any more; *at_rest*: nor will, since a variable that is never read again
        leads nowhere."""
        todo: list = []
        for address, thing in state.objects.items():
            if thing.where == "static":
                todo += [_named(v) for v in thing.data.values()]
            if thing.kind == "timer" and thing.data["pending"]:
                todo += [{address}, _named(address)]
        for task in state.tasks:
            for frame in task.frames:
                live = self.codes[frame.func].live(frame.pc) if frame.func and at_rest else frame.locals
                used = [value for name, value in frame.locals.items() if name in live]
                for value in (*used, *frame.stack, *frame.args, *frame.data, tuple(frame.objects)):
                    todo.append(_named(value))
        for job in state.jobs:
            todo.append(_named(job))
        reached: set = set()
        names = set().union(*todo) if todo else set()
        while names:
            name = names.pop()
            if name in reached:
                continue
            reached.add(name)
            thing = state.objects.get(name)
            if thing is None:
                continue
            if thing.parent is not None:
                names.add(thing.parent)
            for value in thing.data.values():
                names |= _named(value)
            for other, inner in state.objects.items():
                if inner.parent == name:
                    names.add(other)
        return [
            address
            for address, thing in state.objects.items()
            if thing.where == "heap" and thing.alive and thing.parent is None and address not in reached
        ]


CHANGES_CONTEXT = {
    "local_irq_disable", "local_irq_enable", "local_irq_save", "local_irq_restore", "local_bh_disable",
    "local_bh_enable", "preempt_disable", "preempt_enable",
    *(f"{kind}_{do}{form}" for kind in ("spin", "read", "write") for do in ("lock", "unlock")
      for form in ("_irq", "_irqsave", "_irqrestore", "_bh")),
}  # fmt: skip
"""Calls that switch interrupts, bottom halves or preemption."""


def tally(runs: tuple, x: int, begun: int, ran: int) -> tuple:
    table = {i: (b, r) for i, b, r in runs}
    b, r = table.get(x, (0, 0))
    table[x] = (b + begun, r + ran)
    return tuple((i, *table[i]) for i in sorted(table))


__all__ = ["NotInterpreted", "Observers"]
