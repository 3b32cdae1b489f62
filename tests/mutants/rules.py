"""Rules of the engine, each changed by a line, and the tests that must fail then.

``python -m tests.mutants --rules`` makes a copy of the package for each, changes the line and runs the tests that are
named beside it.  A change that nothing can notice says why (*equivalent*).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import NO_PLUGINS

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "catalogue": "checks/catalogue.py",
    "analysis": "compile/analysis.py",
    "blocking": "kernel/blocking.py",
    "codegen": "compile/codegen.py",
    "completion": "kernel/completion.py",
    "cpus": "kernel/cpus.py",
    "exit": "kernel/exit.py",
    "frames": "kernel/frames.py",
    "freezer": "kernel/freezer.py",
    "kmod": "kernel/kmod.py",
    "kthread": "kernel/kthread.py",
    "lifetime": "kernel/lifetime.py",
    "mutex": "kernel/mutex.py",
    "reduce": "compile/reduce.py",
    "runtime": "compile/runtime.py",
    "sched": "kernel/sched.py",
    "semaphore": "kernel/semaphore.py",
    "signals": "kernel/signals.py",
    "sharing": "compile/sharing.py",
    "slab": "kernel/slab.py",
    "spinlock": "kernel/spinlock.py",
    "timer": "kernel/timer.py",
    "wait": "kernel/wait.py",
    "waitid": "kernel/waitid.py",
    "wakeup": "kernel/wakeup.py",
    "world": "machine/world.py",
    "judged": "run/analysis.py",
    "breaks": "run/breaks.py",
    "graph": "run/graph.py",
    "search": "run/search.py",
    "verdict": "run/verdict.py",
    "zombies": "checks/zombies.py",
}
"""Where the files lie, below ``kthreadlab/``: nothing else here says so."""
LONGEST = 240
"""Seconds after which a mutant counts as killed: it goes round for ever."""


@dataclass(frozen=True)
class Rule:
    """What the engine does wrong then (*name*), the *file* (of `FILES`) in which *old*, which stands there
    once, becomes *new*, and the tests that notice it (*killers*: pytest's words for files or tests)."""

    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...] = ()
    equivalent: str = ""

    @property
    def path(self) -> Path:
        return ROOT / "kthreadlab" / FILES[self.file]


COMMUTING: tuple[Rule, ...] = (
    Rule(
        "writing under a read lock counts as protected",
        "reduce",
        'here = {lock for lock, mode in locks if not (writes and mode == "r")}',
        "here = {lock for lock, _ in locks}",
        ("tests/oracle/test_what_commutes.py::test_a_choice[two readers write-each]",),
    ),
    Rule(
        "a trylock doesn't spoil a lock",
        "reduce",
        "return any(effects.changes(Looks)) or any(x.tries for x in effects.changes(Takes))",
        "return any(effects.changes(Looks))",
        ("tests/oracle/test_what_commutes.py::test_a_choice[somebody tries the lock and keeps it-each]",),
    ),
    Rule(
        "who only looks at a lock doesn't spoil it",
        "reduce",
        "return any(effects.changes(Looks)) or any(x.tries for x in effects.changes(Takes))",
        "return any(x.tries for x in effects.changes(Takes))",
        ("tests/oracle/test_what_commutes.py::test_a_choice[somebody looks at the lock-each]",),
    ),
    Rule(
        "reduction ignores interrupts",
        "reduce",
        'if i.kind != "op" or interrupted:',
        'if i.kind != "op":',
        ("tests/oracle/test_what_commutes.py::test_a_choice[an interrupt wants the lock-up]",),
    ),
    Rule(
        "a lock that is held on one of two ways counts as held",
        "reduce",
        "return a[0] & b[0], a[1] and b[1], a[2] and b[2]",
        "return a[0] | b[0], a[1] and b[1], a[2] and b[2]",
        ("tests/oracle/test_what_commutes.py::test_a_choice[the lock is taken on one of two ways-each]",),
    ),
    Rule(
        "interrupts that are off on one of two ways count as off",
        "reduce",
        "return a[0] & b[0], a[1] and b[1], a[2] and b[2]",
        "return a[0] & b[0], a[1] or b[1], a[2] and b[2]",
        ("tests/oracle/test_what_commutes.py::test_a_choice[interrupts are off on one of two ways-up]",),
    ),
    Rule(
        "interrupts stay off over a sleep",
        "reduce",
        "return held, off and effects.sleeping(m, i) is not Sleeps.YIELDS, bh",
        "return held, off, bh",
        ("tests/oracle/test_what_commutes.py::test_a_choice[a sleep switches interrupts on-up]",),
    ),
    Rule(
        "what one actor protects is protected from all",
        "reduce",
        "guards[key] = guards[key] & here if key in guards else here",
        "guards[key] = guards[key] | here if key in guards else here",
        ("tests/oracle/test_what_commutes.py::test_a_choice[two readers write-each]",),
    ),
    Rule(
        "what khelper reads is protected by the module's locks",
        "reduce",
        "if (m.wild and not scalar) or key in lent:",
        "if m.wild and not scalar:",
        ("tests/oracle/test_what_commutes.py::test_a_choice[khelper reads without a lock-each]",),
    ),
    Rule(
        "what user space writes can be protected",
        "reduce",
        "guards: dict[str, set[str]] = {key: set() for key in m.written_by_user}",
        "guards: dict[str, set[str]] = {}",
        ("tests/oracle/test_what_commutes.py::test_a_choice[user space writes without a lock-up]",),
    ),
    Rule(
        "a release that restores an unknown word is part of the step before it",
        "reduce",
        "known = not restores(i) or flags(i) not in program.varying",
        "known = True",
        ("tests/oracle/test_what_commutes.py::test_a_choice[what interrupts were is worked out-up]",),
    ),
    Rule(
        "a lock that nobody has initialised is released in the step before",
        "reduce",
        "obj.key in mine - m.observed_locks and obj.initialised and known:",
        "obj.key in mine - m.observed_locks and known:",
        equivalent="whoever holds the lock has found it initialised when it took it",
    ),
    Rule(
        "the first operation after a sleep may be left out",
        "analysis",
        'if a.code[p].kind == "op" and _gives_up_cpu(m, a.code[p]):',
        "if False:",
        ("tests/oracle/test_what_commutes.py::test_a_choice[a state that is given back after a sleep-up]",),
    ),
    Rule(
        "a state that is TASK_RUNNING on one way counts as TASK_RUNNING",
        "analysis",
        "now |= {0}",
        "now = frozenset((0,))",
        ("tests/machine/test_declared_state.py::test_an_allocation_behind_it_may_wake[reduced-each-no_wait-2.6.24]",),
    ),
    Rule(
        "an interrupt beside a task with which it shares a lock lands on an idle CPU",
        "frames",
        "if _locks(m.actors[t]) & _locks(a) or gives_way(m.actors[t])] + spare",
        "if gives_way(m.actors[t])] + spare",
        equivalent="where all interrupts return, nobody on whom one lands holds a lock that it wants",
    ),
    Rule(
        "every interrupt certainly returns",
        "frames",
        "return not waits and not rounds and _locks(a) <= given_back",
        "return True",
        ("tests/run/test_lost_cpus.py::test_whom_such_an_interrupt_has_interrupted_never_goes_on",),
    ),
    Rule(
        "no second search after a fault",
        "search",
        "if not m.reduce or not graph.complete or all(",
        "if True or all(",
        ("tests/oracle/test_what_commutes.py::test_a_choice[what comes before a fault-each]",),
    ),
    Rule(
        "what a pointer leads to is private",
        "sharing",
        "return not m.wild and obj.key not in m.written_by_user and m.users.get(obj.key, set()) <= {a.index}",
        "return obj.key not in m.written_by_user and m.users.get(obj.key, set()) <= {a.index}",
        ("tests/oracle/test_what_commutes.py::test_a_choice[a pointer leads to what one caller names-each]",),
    ),
    Rule(
        "what user space writes is private to whoever reads it",
        "sharing",
        "return not m.wild and obj.key not in m.written_by_user and m.users.get(obj.key, set()) <= {a.index}",
        "return not m.wild and m.users.get(obj.key, set()) <= {a.index}",
        ("tests/oracle/test_what_commutes.py::test_a_choice[user space writes without a lock-up]",),
    ),
    Rule(
        "a static that only user space writes is a constant",
        "sharing",
        "written = {*m.written_by_user, *_written(m, found)}",
        "written = {*_written(m, found)}",
        ("tests/oracle/test_what_commutes.py::test_a_choice[user space writes without a lock-up]",),
    ),
)

WAITING: tuple[Rule, ...] = (
    Rule(
        "the walk stops at an exclusive entry whose mask doesn't match",
        "wakeup",
        "            if wake(c, task, mask):",
        "            woke = wake(c, task, mask)\n"
        "            if entry[2] and not woke:\n                return\n            if woke:",
        ("tests/machine/test_small_rules.py::test_an_exclusive_waiter_of_another_state_is_passed_by[up-reduced]",),
    ),
    Rule(
        "a wake-up wakes all exclusive waiters",
        "wakeup",
        "                    if not nr:",
        "                    if False:",
        ("tests/machine/test_waiting.py::test_a_wake_up_counts_the_exclusive_waiters[wake_up(queue)-expected0]",),
    ),
    Rule(
        "a wake-up leaves a DEFINE_WAIT entry linked",
        "wakeup",
        "                if entry[1]:",
        "                if False:",
        ("tests/machine/test_waiting.py::test_a_wake_up_that_returns_1_unlinks_a_define_wait_entry",),
    ),
    Rule(
        "wake_up_interruptible wakes who is in D",
        "sched",
        '"wake_up_interruptible": (1, 1),',
        '"wake_up_interruptible": (3, 1),',
        ("tests/kernel/test_wakeups.py::test_the_mask_decides_who_is_woken",),
    ),
    Rule(
        "schedule() with a signal pending stays on a CPU in D too",
        "sched",
        'g(f"if x == 1 and ({signal}): c[{stored(st)}] = 0")',
        'g(f"if x and ({signal}): c[{stored(st)}] = 0")',
        ("tests/kernel/test_facts.py::test_schedule_with_a_pending_signal",),
    ),
    Rule(
        "signals wake D",
        "signals",
        "try_to_wake_up(t, S, 's', unless=f's[{blk}] & {bit}')",
        "try_to_wake_up(t, 3, 's', unless=f's[{blk}] & {bit}')",
        ("tests/kernel/test_wakeups.py::test_a_signal_wakes_s_and_not_d",),
    ),
    Rule(
        "a signal that is blocked wakes",
        "signals",
        "try_to_wake_up(t, S, 's', unless=f's[{blk}] & {bit}')",
        "try_to_wake_up(t, S, 's')",
        ("tests/kernel/test_facts.py::test_daemonize_blocks_every_signal[pass-SIGKILL-asleep]",),
    ),
    Rule(
        "prepare_to_wait queues a linked entry again",
        "wait",
        'g(f"if not c[{e}][3]: _link(c, {stored(q)}, {stored(e)}, {exclusive})")',
        'g(f"_link(c, {stored(q)}, {stored(e)}, {exclusive})")',
        ("tests/machine/test_waiting.py::test_how_a_wait_ends[wait_event_returns_when_it_holds-up_preempt]",),
    ),
    Rule(
        "finish_wait unlinks an entry that is on no queue",
        "wait",
        """test = f"if c[{e}][3]: " if i.info["off"] == EMPTY else \"\"""",
        'test = ""',
        ("tests/machine/test_small_rules.py::test_finish_wait_looks_at_no_queue_for_an_entry_that_is_on_none",),
    ),
    Rule(
        "complete wakes all",
        "completion",
        'g(f"_rouse(c, w, {int(everybody)})")',
        'g("_rouse(c, w, 1)")',
        ("tests/kernel/test_counting.py::test_the_longest_waiter_goes_first[completion]",),
    ),
    Rule(
        "complete_all is used up",
        "completion",
        'return f"{cell}[0] - ({cell}[0] < {ALL})"',
        'return f"{cell}[0] - 1 if {cell}[0] < {ALL} else 0"',
        ("tests/kernel/test_counting.py::test_complete_all_lets_everybody_go_now_and_later",),
    ),
    Rule(
        "a mutex is handed over to whoever waits longest",
        "mutex",
        'f"not {cell}[0]", take,',
        'f"not {cell}[0] and {cell}[1][:1] in ((), ({g.a.index},))", take,',
        ("tests/machine/test_small_rules.py::test_a_mutex_goes_to_whoever_is_faster[up-reduced]",),
    ),
    Rule(
        "up() wakes nobody",
        "semaphore",
        'g("_rouse(c, w)")',
        'g("pass")',
        ("tests/machine/test_semaphores.py::test_only_one_is_inside[semaphore-up_preempt]",),
    ),
    Rule(
        "who was woken for nothing goes to the end of the line",
        "blocking",
        """g(f"{g.to('st')} = {state + OFF}")""",
        """g(f"c[{g.cell('st')}] = {state + 3}")""",
        ("tests/kernel/test_counting.py::test_each_post_lets_one_go[semaphore-2]",),
    ),
)

THREADS: tuple[Rule, ...] = (
    Rule(
        "kthread_stop doesn't wake",
        "kthread",
        'g(f" {try_to_wake_up(k)}")',
        'g(" pass")',
        ("tests/kernel/test_kthread.py::test_kthread_stop_returns_what_the_function_returned[2.6.11]",),
    ),
    Rule(
        "a created thread runs at once",
        "kthread",
        '0 if i.op == "kthread_run" else m.config.kernel.born + OFF',
        "0",
        ("tests/machine/test_kthreads.py::test_kthread_stop_waits_for_the_end[never woken-up_preempt]",),
    ),
    Rule(
        "the end of a thread is told to nobody",
        "kthread",
        'g(f"if {stop}: {stored(over)} = ({code}, 1); _rouse(c, {stop})")',
        'g(f"if {stop}: {stored(over)} = ({code}, 1)")',
        ("tests/machine/test_kthreads.py::test_kthread_stop_waits_for_the_end[run-up]",),
    ),
    Rule(
        "a new thread takes the place of one that somebody holds",
        "lifetime",
        'held = [f"c[@ref.{n}@]"] if m.follows_tasks else []',
        "held = []",
        ("tests/machine/test_lifetimes.py::test_the_place_of_a_thread_that_somebody_holds_is_taken",),
    ),
    Rule(
        "a reference keeps no task_struct",
        "lifetime",
        "if not threads[k] or c[states[k]] != DEAD or c[refs[k]] or (",
        "if not threads[k] or c[states[k]] != DEAD or (",
        ("tests/machine/test_lifetimes.py::test_a_reference_keeps_it[2.6.32-reduced-up]",),
    ),
    Rule(
        "daemonize blocks no signal",
        "exit",
        """g(f"{g.to('blk')} = {ALL_SIGNALS}")""",
        'g("pass")',
        ("tests/kernel/test_facts.py::test_daemonize_blocks_every_signal[pass-SIGKILL-asleep]",),
    ),
    Rule(
        "the stack of a call outlives it",
        "exit",
        'g(f"c[@!{obj.key}@] = None")',
        'g("pass")',
        ("tests/kernel/test_behaviours.py::test_row_17_an_entry_left_behind_is_walked_into[not removed]",),
    ),
    Rule(
        "the freezer asks whom it may not",
        "freezer",
        'f" if s[@able.{t}@] and s[@st.{t}@] != {DEAD}:",',
        'f" if s[@st.{t}@] != {DEAD}:",',
        ("tests/machine/test_kthreads.py::test_the_freezer_passes_a_kthread_by_since_kthreadd[2.6.32--False]",),
    ),
    Rule(
        "a task that stands still is thawed before the machine comes back",
        "freezer",
        """return [(f"c[{g.cell('frz')}] == {FROZEN}", again), (None, back)]""",
        "return [(None, back)]",
        ("tests/machine/test_small_rules.py::test_who_stands_still_is_not_woken_by_others[up-reduced]",),
    ),
    Rule(
        "khelper takes the newest request",
        "kmod",
        "c[@!job.0@] = c[@{REQUESTS}@][0]; c[@!{REQUESTS}@] = c[@{REQUESTS}@][1:]",
        "c[@!job.0@] = c[@{REQUESTS}@][-1]; c[@!{REQUESTS}@] = c[@{REQUESTS}@][:-1]",
        ("tests/machine/test_small_rules.py::test_khelper_serves_the_oldest_request[up-reduced]",),
    ),
    Rule(
        "any wake-up ends the wait for a helper",
        "kmod",
        'return [("r is None", again), (None, done)]',
        "return [(None, done)]",
        ("tests/machine/test_small_rules.py::test_a_wake_up_does_not_end_the_wait_for_a_helper[up-reduced]",),
    ),
)

TIMERS: tuple[Rule, ...] = (
    Rule(
        "a timer expires once only",
        "timer",
        'g(f"{starts}{stored(pending)} |= {PENDING}")',
        'g(f"{starts}{pending} |= {0 if g.a.is_frame else PENDING}")',
        ("tests/machine/test_timers.py::test_a_timer[its_function_may_start_it_again-up]",),
    ),
    Rule(
        "del_timer_sync doesn't wait",
        "timer",
        "if Does.TURNS in effects_of(i.op).does:",
        "if False:",
        ("tests/machine/test_timers.py::test_a_timer[stopped_in_time_it_never_expires-a_cpu_each]",),
    ),
    Rule(
        "a timer's function begins on top of an interrupt",
        "timer",
        "return [*m.cpus.bottom_halves_on(m, cpu), taken]",
        "return m.cpus.bottom_halves_on(m, cpu)",
        ("tests/machine/test_small_rules.py::test_a_timers_function_waits_for_the_interrupt_on_its_cpu[up-reduced]",),
    ),
    Rule(
        "a timer's function begins while bottom halves are off",
        "cpus",
        'return unless_off("@cur.0@", 0, "_BH")',
        'return [" k = s[@cur.0@]"]',
        ("tests/machine/test_small_rules.py::test_a_timers_function_waits_for_who_has_bottom_halves_off",),
    ),
)

CONTEXT: tuple[Rule, ...] = (
    Rule(
        "irqsave restores to on",
        "spinlock",
        "to(saved.get(var, 0))()",
        "to(0)()",
        ("tests/machine/test_flags.py::test_an_inner_save_into_the_same_variable_overwrites_the_outer[spin-up-True]",),
    ),
    Rule(
        "readers wait for readers",
        "spinlock",
        'return f"{word} & {self.reader - 1}" if self.queued else f"{word} >= {self.writer}"',
        "return word",
        ("tests/machine/test_bottom_halves.py::test_read_trylock_fails_only_where_a_writer_is[read-1]",),
    ),
    Rule(
        "bottom halves are on again after the first of two enables",
        "spinlock",
        "g.ctx = g.ctx._replace(bh=counted(g, g.ctx.bh, next(effects_of(i.op).changes(BottomHalves)).by))",
        "g.ctx = g.ctx._replace(bh=min(1, counted(g, g.ctx.bh, next(effects_of(i.op).changes(BottomHalves)).by)))",
        ("tests/machine/test_small_rules.py::test_a_timers_function_waits_for_who_has_bottom_halves_off",),
    ),
    Rule(
        "who holds a lock is preempted",
        "cpus",
        "-1 if g.frees or self.others_run(node.ctx.atomic) else g.a.index",
        "-1 if g.frees or self.others_run() else g.a.index",
        ("tests/machine/test_interrupts.py::test_preemption_off_keeps_the_other_task_out[preempt_disable]",),
    ),
    Rule(
        "who sleeps keeps the CPU",
        "codegen",
        "self.frees = how is Sleeps.YIELDS",
        "self.frees = False",
        ("tests/kernel/test_facts.py::test_two_cpus_or_preemption_lose_an_increment[2.6.11, 1 CPU, PREEMPT=n-{2}]",),
    ),
    Rule(
        "two tasks run on one CPU",
        "cpus",
        'g.guard(f"k >= 0 and k != {g.a.index}", ',
        'g.guard("False", ',
        ("tests/machine/test_interleavings.py::test_three_tasks_do_what_brute_force_says[one_cpu]",),
    ),
    Rule(
        "a frame goes on under another",
        "codegen",
        'self.guard(f"_buried(s, {self.a.index})", f"_over(s, {self.a.index})")',
        "pass",
        ("tests/machine/test_small_rules.py::test_a_timers_function_waits_for_the_interrupt_on_its_cpu[up-reduced]",),
    ),
    Rule(
        "a frame lands with interrupts off",
        "cpus",
        'return unless_off("@cur.0@", 0, "_OFF")',
        'return [" k = s[@cur.0@]"]',
        ("tests/machine/test_small_rules.py::test_an_interrupt_waits_for_who_has_interrupts_off",),
    ),
    Rule(
        "a frame lands with interrupts off, on a CPU of the task's own",
        "cpus",
        'return [refuse(f"_OFF[s[@pc.{cpu}@]]", why)] if cpu < len(m.actors) else []',
        "return []",
        ("tests/machine/test_interrupts.py::test_interrupts_off_keep_them_out",),
    ),
    Rule(
        "a line nests in itself",
        "world",
        "f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f))",
        "f and _OFF[s[_PC[f[-1]]]]",
        equivalent="none of a line arrives while another of it is on its way",
    ),
    Rule(
        "a frame with interrupts off is interrupted",
        "world",
        "f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f))",
        "f and any(_LINE[x] == _LINE[{a.index}] for x in f)",
        ("tests/machine/test_interrupts.py::test_a_frame_with_interrupts_off_is_not_interrupted",),
    ),
    Rule(
        "a spurious wake-up comes once, whatever its budget",
        "world",
        'table = [env[f"spurious{n}"]] * wake.budget + [never]',
        'table = [env[f"spurious{n}"], never, *[never] * wake.budget]',
        ("tests/run/test_arrivals.py::test_spurious_wakes_come_as_often_as_their_budget_says[2]",),
    ),
)

MEMORY: tuple[Rule, ...] = (
    Rule(
        "nothing leaks",
        "slab",
        "return sorted(live - reached)",
        "return []",
        ("tests/machine/test_memory.py::test_what_nobody_can_reach_is_leaked",),
    ),
)

GRAPH: tuple[Rule, ...] = (
    Rule(
        "a starving component is not taken apart",
        "graph",
        "todo.extend(self._smaller([n for n in part if not self._offered(n) & starved]))",
        "pass",
        ("tests/run/test_fairness.py::test_a_part_of_an_unfair_cycle_may_be_fair[reduced]",),
    ),
    Rule(
        "fairness for sleepers too",
        "graph",
        " or s[st] >= OFF or unemployed",
        " or unemployed",
        equivalent="who sleeps all round cannot move anywhere on the cycle, and who is woken on it has moved to sleep",
    ),
    Rule(
        "what is coming is fair wherever it can come",
        "graph",
        "return self._steady.get(who, False) or all(self.offers(n, self.by_who[who]) for n in part)",
        "return True",
        ("tests/run/test_fairness.py::test_a_moment_that_passes_may_be_missed_for_ever[each-reduced]",),
    ),
    Rule(
        "no cycle is unfair",
        "graph",
        "if not starved:",
        "if True:",
        ("tests/run/test_fairness.py::test_who_can_always_move_moves_at_last[unreduced]",),
    ),
    Rule(
        "a state before a fault counts as at rest",
        "graph",
        "[n for n in self._quiet() if n not in self.faulty]",
        "self._quiet()",
        ("tests/run/test_fairness.py::test_a_fault_is_no_rest",),
    ),
    Rule(
        "every guard goes on holding",
        "graph",
        'return when.kind in ("and", "or") and all(steady(x) for x in when.args if isinstance(x, When))',
        "return True",
        ("tests/run/test_fairness.py::test_a_moment_that_passes_may_be_missed_for_ever[each-reduced]",),
    ),
    Rule(
        "what is certain need not come",
        "graph",
        "return [n for n in quiet if not any(c in coming for c, _ in g.edges(n))]",
        "return quiet",
        ("tests/checks/test_hangs.py::test_a_completion_that_nobody_completes[reduced-up]",),
    ),
    Rule(
        "certain arrivals are not certain",
        "judged",
        'sure = next(signals).certain if e.kind == "signal" else e.kind == "arrival" and e.actor in calls',
        "sure = False",
        ("tests/checks/test_hangs.py::test_a_signal_need_not_come[up]",),
    ),
    Rule(
        "returns is judged without arrivals",
        "judged",
        'e.kind in ("arrival", "write", "read")])',
        "False])",
        ("tests/checks/test_hangs.py::test_a_completion_that_nobody_completes[reduced-up]",),
    ),
    Rule(
        "roots have no successors: who breaks a run breaks nothing that comes after",
        "catalogue",
        "return a.paths.behind(over)",
        "return over",
        ("tests/run/test_fairness.py::test_what_comes_after_an_end_that_nobody_asked_for_follows_from_it",),
    ),
    Rule(
        "a fault is everybody's own",
        "breaks",
        "if finding.behind and self.fault_owner.get(finding.fault, name) != name:",
        "if False:",
        ("tests/checks/test_roots.py::test_who_serves_one_event_and_is_gone_has_not_kept_the_promise",),
    ),
    Rule(
        "of faults alike only the first breaks",
        "judged",
        "if finding.behind or finding.fault not in property_.faults:",
        "if True:",
        ("tests/course/test_lab2.py::test_a_duel_is_won",),
    ),
    Rule(
        "the earliest finding counts, and not the worst",
        "verdict",
        "word, finding = FAILS, min(own, key=lambda f: p.rank(f.cause))",
        "word, finding = FAILS, own[0]",
        ("tests/checks/test_roots.py::test_the_worst_way_to_fail_is_shown_and_not_the_first",),
    ),
    Rule(
        "sys_wait4 takes whoever has ended",
        "waitid",
        'f"t in {(*ANYBODY, g.m.actors[n].pid)} and {test}"',
        "test",
        ("tests/kernel/test_waitid.py::test_of_several_the_one_that_is_named_is_waited_for",),
    ),
    Rule(
        "a signal does not make sys_wait4 return",
        "waitid",
        'if signal != "0" else []',
        "if False else []",
        ("tests/kernel/test_waitid.py::test_a_signal_makes_it_return[SIGKILL]",),
    ),
    Rule(
        "init leaves its children zombies",
        "zombies",
        ' and s[m.index[f"parent.{x}"]] != INIT',
        "",
        ("tests/kernel/test_waitid.py::test_a_child_of_init_is_no_zombie_at_a_fault",),
    ),
    Rule(
        "a zombie is spoken of before its parent has had its turn",
        "zombies",
        "a.arriving.dead_ends",
        "range(a.graph.expanded)",
        ("tests/kernel/test_waitid.py::test_who_stays_a_zombie[waits-one]",),
    ),
)

SECTIONS: dict[str, tuple[Rule, ...]] = {
    "what may be left out as a choice": COMMUTING,
    "waiting and waking": WAITING,
    "threads": THREADS,
    "timers": TIMERS,
    "context and CPUs": CONTEXT,
    "memory": MEMORY,
    "what is asked of a graph": GRAPH,
}
RULES = tuple(rule for section in SECTIONS.values() for rule in section)


# ---- running them ----------------------------------------------------------------------------------------------------


@contextmanager
def copied(rule: Rule | None) -> Iterator[Path]:
    """A tree whose package has *rule* changed; everything else is this one's, what is compiled already, too."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder)
        for path in ROOT.iterdir():
            if path.name == "kthreadlab":
                shutil.copytree(path, tree / path.name)
            elif not path.name.startswith("."):
                (tree / path.name).symlink_to(path)
        if rule is not None:
            file = tree / "kthreadlab" / FILES[rule.file]
            file.write_text(file.read_text(encoding="utf-8").replace(rule.old, rule.new), encoding="utf-8")
        yield tree


def failing(rule: Rule | None, killers: Iterable[str]) -> str:
    """The first of *killers* that fails with *rule* changed (None: with nothing changed), in pytest's words; "" if none
    does."""
    with copied(rule) as tree:
        env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        env |= NO_PLUGINS
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *killers]
        try:
            done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return "it takes too long"
    if done.returncode == 0:
        return ""
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return told[0].partition(" - ")[0] if told else f"pytest ends with {done.returncode}: {done.stdout[-300:]}"


def judged(rules: Iterable[Rule], jobs: int) -> Iterator[tuple[Rule, str]]:
    """Each rule with the test that notices it changed, "" if none does; one that is argued is not tried."""
    tried = list(rules)
    with ThreadPoolExecutor(jobs) as pool:
        yield from zip(tried, pool.map(lambda r: failing(r, r.killers) if r.killers else "", tried), strict=True)


def broken() -> str:
    """The killer that fails though nothing is changed, so that it would prove nothing; "" if none does."""
    return failing(None, sorted({killer for rule in RULES for killer in rule.killers}))
