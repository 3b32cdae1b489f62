"""What the properties have to remember of the past, beside the state, and what is noticed on the way."""

from __future__ import annotations

from typing import Any

from .module import goes_on, unloaded
from .run import Run
from .state import RUNNING, State, Task, _named
from .threads import EFAULT, SIGKILL
from .values import Fn, NotInterpreted, Ptr, Value, path_of

PATHS = ("PATH=/sbin:/bin:/usr/sbin:/usr/bin", "PATH=/sbin:/usr/sbin:/bin:/usr/bin")


class Observers:
    """Mixed into `World`.  ``State.seen`` holds:

    *open*: the reports begun that no helper has answered, (call, id).  *arm*: the id of a report that found the thread
    asleep and is alone.  *runs*: for each id how many reports and how many helpers began.  *killed*: a SIGKILL has
    landed.  *owes_death*: and the first thread must obey it.  *obeys*: it has allowed SIGKILL.  *told*: the function
    after which it ends has returned, *asked_to_end*: has begun.  *threads*: the processes whose call has asked for a
    thread, (number, whether it was made the last time).

    And of calls of the handler: *due*: ids that no helper has served.  *asked*: the calls that have called
    call_usermodehelper.  *met*: something has failed; *failing*: the calls for which it has, or that no path was
    registered for; *failures*: those that have not said so; *unset*: those under way that found no path.  *registered*:
    the path that ought to be in force, *lately*: for each call under way those that were since it began."""

    scenario: Any
    codes: dict
    module: Any
    reach: dict
    each: bool
    noticed: list
    current_run: Any

    def setup_observers(self) -> None:
        scenario = self.scenario
        self.current_run = None
        self.noticed: list = []
        self.told = Asked(scenario, self.reach)
        self.report, self.handler = self.told.report, self.told.handler
        first = next(iter(self.sites.values()), None)
        self.watched_name = scenario.threads[0].name or scenario.threads[0].function if scenario.threads else first
        functions = [t.function for t in scenario.threads]
        begun = {*functions, *(name for kind, name in self.made if kind == "thread")}
        reaches = any(("call", "call_usermodehelper") in self.reach.get(f, ()) for f in begun)
        self.helper_owed = reaches if self.told.helper_owed is None else self.told.helper_owed
        self.lab = self.helper_owed
        self.stays, self.ends_after = self.told.stays, self.told.ends_after
        self.may_allow = {f: ("call", "allow_signal") in self.reach.get(f, ()) for f in functions}

    def first_observed(self, state: State) -> None:
        state.seen.update(open=(), arm=None, runs=(), killed=False, owes_death=False, obeys=False, told=False)
        state.seen["asked_to_end"], state.seen["threads"] = False, ()
        state.seen.update(
            due=(), met=False, failures=(), failing=(), unset=(), asked=(), registered=self.registered(state), lately=()
        )
        for task in state.tasks:
            if task.kind == "thread":
                self.current_run = run = Run(self, state, task)
                run.begin()

    def watched(self, state: State) -> Task | None:
        """The first thread of the scenario."""
        if self.watched_name is None:
            return None
        return next((t for t in state.tasks if t.kind == "thread" and t.name == self.watched_name), None)

    def goes_on(self, run: Run) -> None:
        """The task goes on in the module's code."""
        goes_on(run)

    def is_watched(self, run: Run, task: Task) -> bool:
        return task is self.watched(run.state)

    # ---- calls and ends --------------------------------------------------------------------------------------------

    def returned(self, run: Run, function: str, value: Value) -> None:
        """A function of the module has returned, or ended the process that called it."""
        if function == self.ends_after and not run.state.seen["told"]:
            run.state.seen["told"] = True
            run.triggers.add("ends_when_told")
        below = run.task.frames[-1].call if run.task.frames else None
        if function in getattr(self.scenario, "starts", ()) and below == "#process":
            self.says_whether(run, value)

    def asked_for_thread(self, run: Run, made: bool) -> None:
        """A process has called kernel_thread()."""
        if getattr(self.scenario, "starts", ()) and run.task.kind == "user":
            others = [one for one in run.state.seen["threads"] if one[0] != run.task.number]
            run.state.seen["threads"] = tuple(sorted([*others, (run.task.number, made)]))

    def says_whether(self, run: Run, value: Value) -> None:
        """A function that starts a thread returns to user space: a negative number, if it has none."""
        known = dict(run.state.seen["threads"])
        made = known.pop(run.task.number, None)
        run.state.seen["threads"] = tuple(sorted(known.items()))
        negative = isinstance(value, int) and value < 0
        if made is False:
            run.triggers.add("tells_failure")
        if negative and made is not False or not negative and not made:
            run.hit("tells_failure", "false_alarm" if negative else "silent")

    def ended(self, run: Run, value: Value) -> None:
        """A process call, a frame, the freezer has come to its end."""
        task, state = run.task, run.state
        task.code = value if task.name == self.scenario.insmod else task.code
        self.left_as_found(run)
        self.handled(run)
        self.still_held(run)
        if task.interrupt:
            cpu = state.cpus[task.cpu]
            cpu.frames = tuple(n for n in cpu.frames if n != task.number)
        self.leave_cpu(state, task)  # type: ignore[attr-defined]
        task.frames, task.done, task.queued, task.state = [], True, False, 64
        if not task.interrupt:
            task.irqs, task.bh, task.preempt, task.held, task.sleeping_locks = True, 0, 0, (), ()
            task.reading = 0
        run.triggers.add("ended")
        self.callback_over(run)

    def still_held(self, run: Run) -> None:
        """Who comes to an end has given back all locks."""
        if run.task.held:
            run.hit("locks_balanced", "returns_held")
        for address, kind in run.task.sleeping_locks:
            told = f"semaphore_held:{path_of(address)}" if kind == "semaphore" else "returns_held"
            run.hit("locks_balanced", told)

    def work_ended(self, run: Run) -> None:
        """The function of a work item has come to its end, and its worker goes on."""
        task = run.task
        self.left_as_found(run)
        self.still_held(run)
        task.irqs, task.bh, task.preempt, task.held, task.sleeping_locks, task.changed = True, 0, 0, (), (), False
        task.reading = 0

    def handled(self, run: Run) -> None:
        """What a call of the handler should have done by its end."""
        task, seen = run.task, run.state.seen
        if task.number in seen["failures"]:
            run.hit("survives_failure", "silent")
        if self.serves(task) and not seen["met"] and task.number not in seen["asked"]:
            run.hit("exec_vector", "not_run")
        for name in ("failures", "unset"):
            seen[name] = tuple(n for n in seen[name] if n != task.number)
        seen["lately"] = tuple(one for one in seen["lately"] if one[0] != task.number)

    def left_as_found(self, run: Run) -> None:
        """I17: interrupts, bottom halves and preemption as at the beginning, but for what a held lock accounts for."""
        task = run.task
        forms = [form for _, _, form in task.held]
        excused = any(form in ("irq", "irqsave") for form in forms)
        if task.kind == "freezer":
            return
        if not task.irqs and not excused:
            run.hit("context_restored", "irqs_off")
        if task.bh > forms.count("bh"):
            run.hit("context_restored", "bh_off")
        if task.preempt:
            run.hit("context_restored", "preemption_off")
        if task.changed:
            run.triggers.add("context_restored")
        run.triggers |= {"returned", "no_dangling"}

    def exiting(self, run: Run, code: Value) -> None:
        """A thread is about to end, its frames still there."""
        state, seen, task = run.state, run.state.seen, run.task
        self.left_as_found(run)
        call = self.call_of(task)
        if call is not None:
            self.returned(run, call.function, code)
            self.handled(run)
        if not self.is_watched(run, task):
            killed = any(s.task == task.name for n, s in enumerate(self.scenario.signals) if self.was_killed(state, n))
            killed = killed or task.killed
            if self.stays and task.site[0] == "thread" and not (killed or task.should_stop or seen["asked_to_end"]):
                run.hit("sleeps_when_idle", "exits")
            return
        asked = seen["owes_death"] or seen["killed"] or task.should_stop or seen["asked_to_end"]
        if self.stays and not asked:
            run.hit("sleeps_when_idle", "exits")
        signalled = [s for s in task.unblocked() if s != SIGKILL]
        if self.stays and signalled and not seen["killed"]:
            run.hit("dies_cleanly", "other_signal")
        if seen["owes_death"]:
            mine = {*run.left, *(address for frame in task.frames for address in frame.objects)}
            for address, thing in state.objects.items():
                if thing.kind == "wait_queue" and address in mine:
                    head = state.objects.get(thing.data["link"])
                    if head is not None and head.kind == "wait_queue_head" and address in (head.data["entries"] or ()):
                        run.hit("dies_cleanly", "still_queued")
            if self.stays and code != 0:
                run.hit("dies_cleanly", "exit_code")
            if self.stays and task.state != RUNNING:
                run.hit("dies_cleanly", "state")
            adopter = "init" if run.version.adopter == 1 else "kthreadd"
            if self.stays and task.parent != adopter:
                run.hit("dies_cleanly", "not_reaped")

    def was_killed(self, state: State, n: int) -> bool:
        """Has signal number *n* of the scenario come, and is it SIGKILL?"""
        return self.scenario.signals[n].signal == "SIGKILL" and not state.left[f"signal:{n}"]

    def after_exit(self, run: Run) -> None:
        if self.is_watched(run, run.task):
            run.state.seen["owes_death"] = False

    # ---- sleeping and waking ---------------------------------------------------------------------------------------

    def slept(self, run: Run) -> None:
        task = run.task
        if task.kind == "thread":
            run.triggers.add("a thread slept")
            if self.is_watched(run, task):
                run.triggers.add("slept")
                self.check_identity(run, task)
                task.slept = True

    def check_identity(self, run: Run, task: Task) -> None:
        """I14, at each sleep."""
        if self.told.identity is None:
            return
        name, parent, blocked = self.told.identity
        run.triggers.add("identity")
        if task.comm != name:
            run.hit("identity", "name")
        adopter = "kthreadd" if self.version.adopter == 2 else "init"  # type: ignore[attr-defined]
        if task.parent != {1: "init", 2: "kthreadd", None: adopter}.get(parent, parent):
            run.hit("identity", "parent")
        mask = sum(1 << (n - 1) for n in range(1, 65) if n not in task.allowed) if task.all_blocked else 0
        if blocked is not None and mask != blocked:
            run.hit("identity", "signals")

    def woke(self, run: Run, task: Task) -> None:
        """Somebody was asleep and is not any more."""

    def wakes(self, run: Run, whom: Value) -> None:
        """A wake-up is called: of the task *whom*, or, None, of whoever is on a queue."""
        call, watched, seen = self.report_call(run.task), self.watched(run.state), run.state.seen
        if call is None or watched is None or not watched.asleep or watched.in_helper:
            return
        if whom not in (None, Ptr(("t", watched.number))):
            return
        if not seen["killed"] and seen["open"] == ((call.name, self.id_of(call)),):
            run.triggers.add("asleep_report")
            seen["arm"] = self.id_of(call)

    # ---- reports and helpers ---------------------------------------------------------------------------------------

    def report_call(self, task: Task) -> Any:
        """The scenario's call that *task* makes, if it is a report."""
        call = self.call_of(task)
        return call if call is not None and call.function == self.report and call.args else None

    def call_of(self, task: Task) -> Any:
        if not isinstance(task.site, tuple) or task.site[:1] != ("call",):
            return None
        return self.scenario.calls[task.site[1]]

    def id_of(self, call: Any) -> int:
        return call.args[0] & 0xFFFFFFFF

    def report_begins(self, run: Run, call: Any) -> None:
        run.state.seen["asked_to_end"] |= call.function == self.ends_after
        if call.context == "process":
            run.triggers.add("process_call")
        if call.function == self.told.runs_handler and call.args:
            seen = run.state.seen
            if self.registered(run.state):
                seen["due"] = tuple(sorted((*seen["due"], self.id_of(call))))
            else:
                seen["met"] = True
                for name in ("failing", "unset"):
                    seen[name] = tuple(sorted({*seen[name], run.task.number}))
            seen["lately"] = (*seen["lately"], (run.task.number, (seen["registered"],)))
        counted = call.function in (self.report, self.told.runs_handler)
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
        words = self.told.ids(envp)
        self.check_vector(run, path, argv, envp, caller)
        x = int(words[0]) if len(words) == 1 and words[0].lstrip("-").isdigit() else None
        seen = run.state.seen
        self.call_served(run, caller, path)
        if x is None and self.lab:
            run.hit("no_stale_helper", "unknown_id")
        if x is None:
            return
        seen["open"] = tuple(one for one in seen["open"] if one[1] != x)
        if seen["arm"] == x:
            seen["arm"] = None
        seen["runs"] = tally(seen["runs"], x, 0, 1)
        begun, ran = next((b, r) for i, b, r in seen["runs"] if i == x)
        if ran > begun:
            seen["runs"] = tally(seen["runs"], x, 0, -1)
            run.hit("no_stale_helper", "stale")

    def call_served(self, run: Run, caller: int | None, path: str) -> None:
        """The call that waits for this helper has what it is for."""
        call = self.call_of(run.state.tasks[caller]) if caller is not None else None
        seen = run.state.seen
        if call is not None and call.args and self.id_of(call) in seen["due"]:
            left = list(seen["due"])
            left.remove(self.id_of(call))
            seen["due"] = tuple(left)

    def check_vector(self, run: Run, path: str, argv: list[str], envp: list[str], caller: int | None) -> None:
        """I8, of a call that runs the handler; of ids from 2**31 on it is told apart, and not graded."""
        if not self.handles(run, caller):
            return
        if caller is not None and caller >= 0:
            call = self.call_of(run.state.tasks[caller])
            if call is not None and call.args and self.id_of(call) >= 1 << 31:
                run.triggers.add("large_ids")
                if f"TROUBLED_DS={self.id_of(call)}" not in envp:
                    run.hit("large_ids", "id")
                return
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

    def handles(self, run: Run, caller: int | None) -> bool:
        """Is it a call that runs the handler, for which a program is executed?"""
        return caller is not None and self.call_of(run.state.tasks[caller]) in self.handler_calls()

    def bad_vector(self, run: Run) -> None:
        if self.handles(run, run.data[0]):
            run.hit("exec_vector", "not_terminated")

    def executes(self, run: Run, caller: int) -> None:
        """A program is to be executed, for a call that may have found none registered."""
        if caller in run.state.seen["unset"]:
            run.hit("survives_failure", "exec_when_unset")

    def exec_failed(self, run: Run, caller: int, path: str, how: str, error: int) -> None:
        """A program could not be executed.  Its event is given up if it was the registered one; who does not wait is
        told nothing, and has nothing to say."""
        seen = run.state.seen
        seen["met"] = True
        gives_up = error != -EFAULT and (self.handler is None or self.registered(run.state) == path)
        self.fails(run, caller, gives_up)
        if how == "none":
            seen["failures"] = tuple(n for n in seen["failures"] if n != caller)

    def helper_called(self, run: Run) -> None:
        run.triggers |= {"helper_called"} if self.handler else set()
        if self.handler_calls():
            run.state.seen["asked"] = tuple(sorted({*run.state.seen["asked"], run.task.number}))

    def executes_nothing(self, run: Run) -> None:
        """An empty path was handed on."""
        if self.serves(run.task):
            run.hit("survives_failure", "exec_of_nothing")

    def handler_calls(self) -> list:
        """The calls of the scenario that run the handler."""
        return [c for c in self.scenario.calls if c.function == self.told.runs_handler and c.args]

    def serves(self, task: Task) -> bool:
        """Is it one of these?"""
        return self.call_of(task) in self.handler_calls()

    def helper_returned(self, run: Run, result: int) -> None: ...

    def failed(self, run: Run) -> None:
        """An allocation fails for the task that moves."""
        self.fails(run, run.task.number)

    def fails(self, run: Run, number: int, gives_up: bool = True) -> None:
        """Task *number* has met a failure; *gives_up*: its own event can't be served any more."""
        if not self.serves(run.state.tasks[number]):
            return
        run.state.seen["met"] = True
        call = self.call_of(run.state.tasks[number])
        if gives_up:
            own = self.id_of(call)
            run.state.seen["due"] = tuple(x for x in run.state.seen["due"] if x != own)
        run.state.seen["failures"] = tuple(sorted({*run.state.seen["failures"], number}))
        run.state.seen["failing"] = tuple(sorted({*run.state.seen["failing"], number}))

    def logged(self, run: Run) -> None:
        """printk(): who has failed has said so."""
        run.state.seen["failures"] = tuple(n for n in run.state.seen["failures"] if n != run.task.number)

    # ---- signals ---------------------------------------------------------------------------------------------------

    def allowed(self, run: Run, task: Task, number: int) -> None:
        if number == SIGKILL and self.is_watched(run, task):
            run.state.seen["obeys"] = True

    def killed_by_program(self, run: Run, task: Task) -> None:
        """Nothing is owed by a thread that is killed."""
        if self.is_watched(run, task):
            seen = run.state.seen
            seen["killed"], seen["open"], seen["arm"] = True, (), None

    def signal_lands(self, run: Run, task: Task, number: int) -> None:
        seen = run.state.seen
        if number != SIGKILL or not self.is_watched(run, task):
            return
        seen["killed"], seen["open"], seen["arm"] = True, (), None
        never_allows = not any(self.may_allow.get(t.function, False) for t in self.scenario.threads[:1])
        if not task.done and (seen["obeys"] or (self.stays and never_allows and task.slept)):
            seen["owes_death"] = True
            run.triggers.add("kill")

    # ---- files -----------------------------------------------------------------------------------------------------

    def rows(self) -> list[tuple]:
        """The rows of ctl_tables that make files: the static's name, the file's, its data's address, size, mode,
        handler."""
        found = []
        for static in self.module.statics.values():
            if getattr(static.type, "kind", "") != "ctl_table":
                continue
            values = [self.constant(a) for a in static.args]  # type: ignore[attr-defined]
            if not self.version.numbered:  # type: ignore[attr-defined]
                number, child, values = 1, 0, values if len(values) == 5 else []
            elif len(values) > 6:
                number, child, values = values[0], values[5], [*values[1:5], values[6]]
            else:
                values = []
            if values and number and not child and isinstance(values[0], Ptr):
                found.append((static.name, values[0].obj[1], *values[1:]))
        return found

    def is_there(self, state: State, path: str) -> bool:
        """Is there such a file?  A row may have to be registered first; without one, a char array stands in."""
        row = next((row for row in self.rows() if row[1] == path.rsplit("/", 1)[-1]), None)
        return row is None or state.objects[("s", row[0])].data["registered"]

    def row_for(self, path: str) -> tuple | None:
        """The ctl_table row of a file: its data's address, size, mode, handler."""
        name = path.rsplit("/", 1)[-1]
        for row in self.rows():
            if row[1] == name:
                return row[2:]
        if name in self.module.statics:
            return Ptr(("s", name)), self.module.statics[name].type.size, 0o644, Fn("proc_dostring")
        return None

    def registered(self, state: State) -> str:
        """The path in the handler's array."""
        thing = state.objects.get(("s", self.handler))
        return thing.data["text"].split("\0")[0] if thing is not None and thing.kind == "text" else ""

    def register(self, seen: dict, text: str) -> None:
        """From now on *text* ought to be in force."""
        seen["registered"] = text
        seen["lately"] = tuple((n, tuple(dict.fromkeys((*texts, text)))) for n, texts in seen["lately"])

    def check_path(self, run: Run, path: str, caller: int | None) -> None:
        """What is executed was registered at some time since the call began."""
        found = (self.scenario.helpers or {}).get(path)
        if found is not None and not found.ends:
            run.state.seen["met"] = True
        lately = dict(run.state.seen["lately"])
        if caller in lately and path not in lately[caller]:
            run.hit("registration", "path")

    def write_arrives(self, new: State, n: int) -> Run:
        run = self.bare(new)  # type: ignore[attr-defined]
        write, seen = self.scenario.writes[n], new.seen
        new.left[f"write:{n}"] = 0
        file = write.path.startswith("/proc/sys/")
        row = self.row_for(write.path) if file else self.plain_row(write.path)
        if file:
            run.triggers.add("written")
        if write.text and write.user == "root":
            self.register(seen, write.text.split("\n")[0].split("\0")[0][:255])
        if row is not None and write.text:
            data, size, mode, handler = row
            bit = 0o200 if write.user == "root" else 0o002
            if mode & bit and isinstance(data, Ptr) and size and handler == Fn("proc_dostring"):
                run.set_text(data, write.text.split("\n")[0].split("\0")[0][: size - 1])
        if file and (not self.has_file(write.path) or self.registered(new) != seen["registered"]):
            run.hit("registration", "stored")
        return run

    def has_file(self, path: str) -> bool:
        """Is there a row for the file, with the handler's array behind it?"""
        return any(row[1:3] == (path.rsplit("/", 1)[-1], Ptr(("s", self.handler))) for row in self.rows())

    def plain_row(self, name: str) -> tuple | None:
        """A char array that a scenario writes to by its name."""
        if name in self.module.statics:
            return Ptr(("s", name)), self.module.statics[name].type.size, 0o644, Fn("proc_dostring")
        return None

    def read_arrives(self, new: State, n: int) -> Run:
        run = self.bare(new)  # type: ignore[attr-defined]
        read = self.scenario.reads[n]
        new.left[f"read:{n}"] = 0
        row = self.row_for(read.path)
        bit = 0o400 if read.user == "root" else 0o004
        told = None
        if row is not None and row[2] & bit and isinstance(row[0], Ptr) and row[3] == Fn("proc_dostring"):
            told = run.text(row[0])[: row[1]]
        if told != new.seen["registered"]:
            run.hit("registration", "read")
        return run

    # ---- after each step -------------------------------------------------------------------------------------------

    def after_step(self, state: State, run: Run) -> None:
        if any(thing.where == "heap" and thing.alive and thing.parent is None for thing in state.objects.values()):
            lost = self.unreachable(state)
            for _ in lost:
                run.hit("no_leak", "lost")
                if run.task.number in state.seen["failing"]:
                    run.hit("survives_failure", "leaks")
            for address in lost and self.unreachable(state, statics=True):
                for other in [a for a in state.objects if a == address or state.objects[a].parent == address]:
                    del state.objects[other]

    def unreachable(self, state: State, statics: bool = False) -> list:
        """Heap objects that nothing leads to any more: a variable that is never read again leads nowhere.  *statics*:
        those of a module that is gone count, for who is still inside reads them."""
        todo: list = []
        gone = not statics and unloaded(self.scenario, state)
        for address, thing in state.objects.items():
            if thing.where == "static" and gone:
                continue
            if thing.where == "static":
                todo += [_named(v) for v in thing.data.values()]
            if thing.kind in ("timer", "rcu_head") and thing.data["pending"]:
                todo += [{address}, _named(address)]
        for task in state.tasks:
            for frame in task.frames:
                live = self.codes[frame.func].live(frame.pc) if frame.func else frame.locals
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
            if thing is None or not thing.alive:
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


class Asked:
    """What a scenario says that it is judged by; of one that cannot say so, what the labs' worlds mean."""

    def __init__(self, scenario: Any, reach: dict) -> None:
        if hasattr(scenario, "report"):
            self.report, self.handler, self.variable = scenario.report, scenario.handler, scenario.variable
            self.helper_owed, self.stays, self.ends_after = scenario.helper_owed, scenario.stays, scenario.ends_after
            named = scenario.identity
            self.identity = (named.name, named.parent, named.blocked) if named is not None else None
            direct = ("call", "call_usermodehelper") in reach.get(self.report, ())
            serves = (direct or scenario.helper_owed) and not scenario.threads
            self.runs_handler = self.report if serves else None
            return
        lab = scenario.name.partition("/")[0]
        self.report, self.handler, self.variable = "report_event", "myevent_handler", "TROUBLED_DS"
        self.runs_handler = "run_umode_handler"
        self.helper_owed = True if lab.startswith("lab") else None
        self.stays, self.ends_after = lab.startswith("lab"), None
        blocked = (1 << 64) - 1 - (1 << (SIGKILL - 1))
        self.identity = ("mykthread", None, blocked) if lab == "lab2" else None

    def ids(self, envp: list[str]) -> list[str]:
        """The values in a helper's environment that give it its id."""
        if self.variable is not None:
            return [v.partition("=")[2] for v in envp if v.startswith(f"{self.variable}=")]
        return [v.partition("=")[2] for v in envp if v.partition("=")[2].isdigit()][:1]


def tally(runs: tuple, x: int, begun: int, ran: int) -> tuple:
    table = {i: (b, r) for i, b, r in runs}
    b, r = table.get(x, (0, 0))
    table[x] = (b + begun, r + ran)
    return tuple((i, *table[i]) for i in sorted(table))


__all__ = ["NotInterpreted", "Observers"]
