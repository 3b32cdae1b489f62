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

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 240
"""Seconds after which a mutant counts as killed: it goes round for ever."""


@dataclass(frozen=True)
class Rule:
    """What the engine does wrong then (*name*), the *file* below ``kthreadlab/`` in which *old*, which stands there
    once, becomes *new*, and the tests that notice it (*killers*: pytest's words for files or tests)."""

    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...] = ()
    equivalent: str = ""

    @property
    def path(self) -> Path:
        return ROOT / "kthreadlab" / self.file


RULES = (
    # ---- what may be left out as a choice ----
    Rule(
        "writing under a read lock counts as protected",
        "machine/reduce.py",
        'here = {lock for lock, mode in locks if not (writes and mode == "r")}',
        "here = {lock for lock, _ in locks}",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "a trylock doesn't spoil a lock",
        "machine/reduce.py",
        "return any(effects.changes(Looks)) or any(x.tries for x in effects.changes(Takes))",
        "return any(effects.changes(Looks))",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "who only looks at a lock doesn't spoil it",
        "machine/reduce.py",
        "return any(effects.changes(Looks)) or any(x.tries for x in effects.changes(Takes))",
        "return any(x.tries for x in effects.changes(Takes))",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "reduction ignores interrupts",
        "machine/reduce.py",
        'if i.kind != "op" or interrupted:',
        'if i.kind != "op":',
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "a lock that is held on one of two ways counts as held",
        "machine/reduce.py",
        "return a[0] & b[0], a[1] and b[1], a[2] and b[2]",
        "return a[0] | b[0], a[1] and b[1], a[2] and b[2]",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "interrupts that are off on one of two ways count as off",
        "machine/reduce.py",
        "return a[0] & b[0], a[1] and b[1], a[2] and b[2]",
        "return a[0] & b[0], a[1] or b[1], a[2] and b[2]",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "interrupts stay off over a sleep",
        "machine/reduce.py",
        "return held, off and effects.sleeping(m, i) is not Sleeps.YIELDS, bh",
        "return held, off, bh",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "what one actor protects is protected from all",
        "machine/reduce.py",
        "guards[key] = guards[key] & here if key in guards else here",
        "guards[key] = guards[key] | here if key in guards else here",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "what khelper reads is protected by the module's locks",
        "machine/reduce.py",
        "if (machine.wild and not scalar) or key in lent:",
        "if machine.wild and not scalar:",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "what user space writes can be protected",
        "machine/reduce.py",
        "guards: dict[str, set[str]] = {key: set() for key in written_by_user(machine)}",
        "guards: dict[str, set[str]] = {}",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "a release that restores an unknown word is part of the step before it",
        "machine/reduce.py",
        "known = not restores(i) or flags(i) not in a.program.varying",
        "known = True",
        ("tests/oracle/test_what_commutes.py", "tests/machine/test_flags.py"),
    ),
    Rule(
        "a lock that nobody has initialised is released in the step before",
        "machine/reduce.py",
        "obj.key not in trylocked and obj.initialised and known:",
        "obj.key not in trylocked and known:",
        equivalent="whoever holds the lock has found it initialised when it took it",
    ),
    Rule(
        "the first operation after a sleep may be left out",
        "machine/analysis.py",
        'if a.code[p].kind == "op" and _gives_up_cpu(m, a.code[p]):',
        "if False:",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "a state that is TASK_RUNNING on one way counts as TASK_RUNNING",
        "machine/analysis.py",
        "now |= {0}",
        "now = frozenset((0,))",
        ("tests/machine/test_declared_state.py",),
    ),
    Rule(
        "an interrupt beside a task with which it shares a lock lands on an idle CPU",
        "machine/frames.py",
        "places[a.index] = [t for t in tasks if _locks(m.actors[t]) & _locks(a)] + spare",
        "places[a.index] = spare",
        ("tests/oracle/test_what_commutes.py", "tests/machine/test_interrupts.py"),
    ),
    Rule(
        "every interrupt certainly returns",
        "machine/frames.py",
        "return not waits and not rounds and _locks(a) <= given_back",
        "return True",
        ("tests/run/test_lost_cpus.py",),
    ),
    Rule(
        "no second search after a fault",
        "run/search.py",
        "if not m.reduce or not graph.complete or all(",
        "if True or all(",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "what a pointer leads to is private",
        "machine/sharing.py",
        "return not m.wild and obj.key not in written_by_user(m) and m.users.get(obj.key, set()) <= {a.index}",
        "return obj.key not in written_by_user(m) and m.users.get(obj.key, set()) <= {a.index}",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "what user space writes is private to whoever reads it",
        "machine/sharing.py",
        "return not m.wild and obj.key not in written_by_user(m) and m.users.get(obj.key, set()) <= {a.index}",
        "return not m.wild and m.users.get(obj.key, set()) <= {a.index}",
        ("tests/oracle/test_what_commutes.py",),
    ),
    Rule(
        "a static that only user space writes is a constant",
        "machine/sharing.py",
        "m.written = written_by_user(m)",
        "m.written = set()",
        ("tests/oracle/test_what_commutes.py", "tests/kernel/test_proc_sys.py"),
    ),
    # ---- waiting and waking ----
    Rule(
        "the walk stops at an exclusive entry whose mask doesn't match",
        "machine/runtime.py",
        "            if x & mask:",
        "            if entry[2] and not x & mask:\n                return\n            if x & mask:",
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "a wake-up wakes all exclusive waiters",
        "machine/runtime.py",
        "                        if not nr:",
        "                        if False:",
        ("tests/machine/test_waiting.py",),
    ),
    Rule(
        "a wake-up leaves a DEFINE_WAIT entry linked",
        "machine/runtime.py",
        "                    if entry[1]:",
        "                    if False:",
        ("tests/machine/test_waiting.py",),
    ),
    Rule(
        "wake_up_interruptible wakes who is in D",
        "machine/sched.py",
        '"wake_up_interruptible": (1, 1),',
        '"wake_up_interruptible": (3, 1),',
        ("tests/kernel/test_wakeups.py",),
    ),
    Rule(
        "schedule() with a signal pending stays on a CPU in D too",
        "machine/sched.py",
        'g(f"if x == 1 and ({signal}): c[{st}] = 0")',
        'g(f"if x and ({signal}): c[{st}] = 0")',
        ("tests/kernel/test_facts.py",),
    ),
    Rule(
        "signals wake D",
        "machine/world.py",
        'if not s[{blk}] & {bit} and s[{st}] & 1: c[{st}] = 0"',
        'if not s[{blk}] & {bit} and s[{st}] & 3: c[{st}] = 0"',
        ("tests/kernel/test_wakeups.py",),
    ),
    Rule(
        "a signal that is blocked wakes",
        "machine/world.py",
        'if not s[{blk}] & {bit} and s[{st}] & 1: c[{st}] = 0"',
        'if s[{st}] & 1: c[{st}] = 0"',
        ("tests/kernel/test_facts.py", "tests/kernel/test_profiles.py"),
    ),
    Rule(
        "prepare_to_wait queues a linked entry again",
        "machine/wait.py",
        'g(f"if not c[{e}][3]: _link(c, {q}, {e}, {exclusive})")',
        'g(f"_link(c, {q}, {e}, {exclusive})")',
        ("tests/machine/test_waiting.py",),
    ),
    Rule(
        "finish_wait unlinks an entry that is on no queue",
        "machine/wait.py",
        """test = f"if c[{e}][3]: " if i.info["off"] == EMPTY else \"\"""",
        'test = ""',
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "complete wakes all",
        "machine/completion.py",
        'g(f"_rouse(c, w, {int(everybody)})")',
        'g("_rouse(c, w, 1)")',
        ("tests/machine/test_completions.py", "tests/kernel/test_counting.py"),
    ),
    Rule(
        "complete_all is used up",
        "machine/completion.py",
        'return f"{cell}[0] - ({cell}[0] < {ALL})"',
        'return f"{cell}[0] - 1 if {cell}[0] < {ALL} else 0"',
        ("tests/kernel/test_counting.py",),
    ),
    Rule(
        "a mutex is handed over to whoever waits longest",
        "machine/mutex.py",
        'f"not {cell}[0]", take,',
        'f"not {cell}[0] and {cell}[1][:1] in ((), ({g.a.index},))", take,',
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "up() wakes nobody",
        "machine/semaphore.py",
        'g("_rouse(c, w)")',
        'g("pass")',
        ("tests/machine/test_semaphores.py",),
    ),
    Rule(
        "who was woken for nothing goes to the end of the line",
        "machine/blocking.py",
        """g(f"c[{g.cell('st')}] = {state + 4}")""",
        """g(f"c[{g.cell('st')}] = {state + 3}")""",
        ("tests/kernel/test_counting.py",),
    ),
    # ---- threads ----
    Rule(
        "kthread_stop doesn't wake",
        "machine/kthread.py",
        'g(f" if c[@st.{k}@] & 3: c[@st.{k}@] = 0")',
        'g(" pass")',
        ("tests/kernel/test_kthread.py",),
    ),
    Rule(
        "a created thread runs at once",
        "machine/kthread.py",
        '0 if i.op == "kthread_run" else m.config.kernel.born + 4',
        "0",
        ("tests/machine/test_kthreads.py",),
    ),
    Rule(
        "the end of a thread is told to nobody",
        "machine/kthread.py",
        'g(f"if {stop}: {over} = ({code}, 1); _rouse(c, {stop})")',
        'g(f"if {stop}: {over} = ({code}, 1)")',
        ("tests/machine/test_kthreads.py",),
    ),
    Rule(
        "a new thread takes the place of one that somebody holds",
        "machine/lifetime.py",
        'held = [f"c[@ref.{n}@]"] if m.follows_tasks else []',
        "held = []",
        ("tests/machine/test_lifetimes.py",),
    ),
    Rule(
        "a reference keeps no task_struct",
        "machine/lifetime.py",
        "if not threads[k] or c[states[k]] != 8 or c[refs[k]] or (",
        "if not threads[k] or c[states[k]] != 8 or (",
        ("tests/machine/test_lifetimes.py",),
    ),
    Rule(
        "daemonize blocks no signal",
        "machine/exit.py",
        """g(f"c[{g.cell('blk')}] = {ALL_SIGNALS}")""",
        'g("pass")',
        ("tests/kernel/test_facts.py",),
    ),
    Rule(
        "the stack of a call outlives it",
        "machine/exit.py",
        'g(f"c[@{obj.key}@] = None")',
        'g("pass")',
        ("tests/kernel/test_behaviours.py::test_row_17_an_entry_left_behind_is_walked_into",),
    ),
    Rule(
        "the freezer asks whom it may not",
        "machine/freezer.py",
        'f" if s[@able.{t}@] and s[{st}] != 8:",',
        'f" if s[{st}] != 8:",',
        ("tests/machine/test_kthreads.py",),
    ),
    Rule(
        "a task that stands still is thawed before the machine comes back",
        "machine/freezer.py",
        """return [(f"c[{g.cell('frz')}] == {FROZEN}", again), (None, back)]""",
        "return [(None, back)]",
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "khelper takes the newest request",
        "machine/kmod.py",
        "c[@job.0@] = c[@req.0@][0]; c[@req.0@] = c[@req.0@][1:]",
        "c[@job.0@] = c[@req.0@][-1]; c[@req.0@] = c[@req.0@][:-1]",
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "any wake-up ends the wait for a helper",
        "machine/kmod.py",
        'return [("r is None", again), (None, done)]',
        "return [(None, done)]",
        ("tests/machine/test_small_rules.py",),
    ),
    # ---- timers ----
    Rule(
        "a timer expires once only",
        "machine/timer.py",
        'g(f"r = {pending}; {pending} = 1")',
        'g(f"r = {pending}; {pending} = {int(not g.a.is_frame)}")',
        ("tests/machine/test_timers.py",),
    ),
    Rule(
        "del_timer_sync doesn't wait",
        "machine/timer.py",
        "if Does.TURNS in effects_of(i.op).does:",
        "if False:",
        ("tests/machine/test_timers.py",),
    ),
    Rule(
        "a timer's function begins on top of an interrupt",
        "machine/timer.py",
        'return [*lines, f" if s[@frm.{cpu}@]: return None"]',
        "return lines",
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "a timer's function begins while bottom halves are off",
        "machine/timer.py",
        'lines = [f" k = s[{cur}]", " if k >= 0 and _BH[s[_PC[k]]]: return None"]',
        'lines = [f" k = s[{cur}]"]',
        ("tests/machine/test_small_rules.py",),
    ),
    # ---- context and CPUs ----
    Rule(
        "irqsave restores to on",
        "machine/spinlock.py",
        "to(dict(g.ctx.saved).get(var, 0))()",
        "to(0)()",
        ("tests/machine/test_flags.py", "tests/machine/test_interrupts.py"),
    ),
    Rule(
        "readers wait for readers",
        "machine/spinlock.py",
        """return f"s[@{obj.key}@] < 0" if mode == "r" else f"s[@{obj.key}@]\"""",
        'return f"s[@{obj.key}@]"',
        ("tests/machine/test_waiting.py", "tests/machine/test_bottom_halves.py"),
    ),
    Rule(
        "bottom halves are on again after the first of two enables",
        "machine/spinlock.py",
        "g.ctx = g.ctx._replace(bh=counted(g, g.ctx.bh, next(effects_of(i.op).changes(BottomHalves)).by))",
        "g.ctx = g.ctx._replace(bh=min(1, counted(g, g.ctx.bh, next(effects_of(i.op).changes(BottomHalves)).by)))",
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "who holds a lock is preempted",
        "machine/codegen.py",
        "stays = not self.frees and (not m.config.preempt or node.ctx.atomic)",
        "stays = not self.frees and not m.config.preempt",
        ("tests/machine/test_interrupts.py", "tests/machine/test_interleavings.py"),
    ),
    Rule(
        "who sleeps keeps the CPU",
        "machine/codegen.py",
        "self.frees = how is Sleeps.YIELDS",
        "self.frees = False",
        ("tests/kernel/test_facts.py", "tests/machine/test_interleavings.py"),
    ),
    Rule(
        "two tasks run on one CPU",
        "machine/codegen.py",
        'self.guard(f"k >= 0 and k != {me}")',
        'self.guard("False")',
        ("tests/machine/test_interleavings.py",),
    ),
    Rule(
        "a frame goes on under another",
        "machine/codegen.py",
        'self.guard(f"_buried(s, {me})")',
        "pass",
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "a frame lands with interrupts off",
        "machine/world.py",
        'lines = [f" k = s[{cur}]", " if k >= 0 and _OFF[s[_PC[k]]]: return None"]',
        'lines = [f" k = s[{cur}]"]',
        ("tests/machine/test_small_rules.py",),
    ),
    Rule(
        "a frame lands with interrupts off, on a CPU of the task's own",
        "machine/world.py",
        'lines = [f" if _OFF[s[@pc.{cpu}@]]: return None"] if cpu < len(m.actors) else []',
        "lines = []",
        ("tests/machine/test_interrupts.py",),
    ),
    Rule(
        "a line nests in itself",
        "machine/world.py",
        "if f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f)): return None",
        "if f and _OFF[s[_PC[f[-1]]]]: return None",
        equivalent="none of a line arrives while another of it is on its way",
    ),
    Rule(
        "a frame with interrupts off is interrupted",
        "machine/world.py",
        "if f and (_OFF[s[_PC[f[-1]]]] or any(_LINE[x] == _LINE[{a.index}] for x in f)): return None",
        "if f and any(_LINE[x] == _LINE[{a.index}] for x in f): return None",
        ("tests/machine/test_interrupts.py",),
    ),
    Rule(
        "a spurious wake-up comes once, whatever its budget",
        "machine/world.py",
        'table = [env[f"spurious{n}"]] * x.budget + [never]',
        'table = [env[f"spurious{n}"], never, *[never] * x.budget]',
        ("tests/run/test_arrivals.py",),
    ),
    # ---- memory ----
    Rule(
        "nothing leaks",
        "machine/slab.py",
        "return sorted(live - reached)",
        "return []",
        ("tests/machine/test_memory.py",),
    ),
    # ---- what is asked of a graph ----
    Rule(
        "a starving component is not taken apart",
        "run/graph.py",
        "rest = [n for n in part if not any(c in starved for c, _ in self._movers(n))]",
        "rest = []",
        ("tests/run/test_fairness.py",),
    ),
    Rule(
        "fairness for sleepers too",
        "run/graph.py",
        "return s[m.state_cells[who]] < 4",
        "return True",
        equivalent="who sleeps all round cannot move anywhere on the cycle, and who is woken on it has moved to sleep",
    ),
    Rule(
        "what is coming is fair wherever it can come",
        "run/graph.py",
        "return self._steady.get(who, False) or any(w == who for w, _ in self._movers(n))",
        "return True",
        ("tests/run/test_fairness.py",),
    ),
    Rule(
        "no cycle is unfair",
        "run/graph.py",
        "if not starved:",
        "if True:",
        ("tests/run/test_fairness.py",),
    ),
    Rule(
        "a state before a fault counts as at rest",
        "run/graph.py",
        "if n not in self.faulty and not self._moves(n)]",
        "if not self._moves(n)]",
        ("tests/run/test_fairness.py::test_a_fault_is_no_rest",),
    ),
    Rule(
        "every guard goes on holding",
        "run/graph.py",
        'return when.kind in ("and", "or") and all(map(steady, when.args))',
        "return True",
        ("tests/run/test_fairness.py", "tests/checks/test_hangs.py"),
    ),
    Rule(
        "what is certain need not come",
        "run/graph.py",
        "return bool(self.coming) and any(g.labels[e] in self.coming for e in range(a, b))",
        "return False",
        ("tests/checks/test_hangs.py",),
    ),
    Rule(
        "certain arrivals are not certain",
        "run/verdict.py",
        'sure = next(signals).certain if e.kind == "signal" else e.kind == "arrival" and e.actor in calls',
        "sure = False",
        ("tests/checks/test_hangs.py",),
    ),
    Rule(
        "returns is judged without arrivals",
        "run/verdict.py",
        'e.kind in ("arrival", "write", "read")])',
        "False])",
        ("tests/checks/test_hangs.py",),
    ),
    Rule(
        "what follows is nobody's: roots have no successors",
        "run/breaks.py",
        "self._own[name] = self.paths.behind(zone & self.first) if zone else set()",
        "self._own[name] = zone & self.first",
        ("tests/checks/test_roots.py",),
    ),
    Rule(
        "who breaks a run breaks nothing that comes after",
        "checks/catalogue.py",
        "return a.paths.behind(over)",
        "return over",
        ("tests/checks/test_roots.py",),
    ),
    Rule(
        "a fault is everybody's own",
        "run/breaks.py",
        "if finding.behind and self.fault_owner.get(finding.fault, name) != name:",
        "if False:",
        ("tests/checks/test_roots.py",),
    ),
    Rule(
        "the earliest finding counts, and not the worst",
        "run/verdict.py",
        "word, finding = FAILS, min(own, key=lambda f: p.rank(f.cause))",
        "word, finding = FAILS, own[0]",
        ("tests/checks/test_roots.py", "tests/checks/test_hangs.py"),
    ),
)


# ---- running them ----------------------------------------------------------------------------------------------------


@contextmanager
def copied(rule: Rule | None) -> Iterator[Path]:
    """A tree whose package has *rule* changed; everything else is this one's."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder)
        for path in ROOT.iterdir():
            if path.name == "kthreadlab":
                shutil.copytree(path, tree / path.name, ignore=shutil.ignore_patterns("__pycache__"))
            elif not path.name.startswith("."):
                (tree / path.name).symlink_to(path)
        if rule is not None:
            file = tree / "kthreadlab" / rule.file
            file.write_text(file.read_text(encoding="utf-8").replace(rule.old, rule.new), encoding="utf-8")
        yield tree


def failing(rule: Rule | None, killers: Iterable[str]) -> str:
    """The first of *killers* that fails with *rule* changed, in pytest's words; "" if none does."""
    with copied(rule) as tree:
        env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *killers]
        try:
            done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return "it takes too long"
    if done.returncode == 0:
        return ""
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return told[0].partition(" - ")[0] if told else f"pytest ends with {done.returncode}: {done.stdout[-300:]}"


def survivors(rules: Iterable[Rule], jobs: int) -> list[Rule]:
    """Print who kills which rule; those that nobody does, and that are not known to be equivalent."""
    alive = []
    with ThreadPoolExecutor(jobs) as pool:
        judged = [r for r in rules if r.killers]
        for rule, who in zip(judged, pool.map(lambda r: failing(r, r.killers), judged), strict=True):
            print(f"{'killed' if who else 'SURVIVED':10} {rule.name:80} {who}", flush=True)
            alive += [] if who else [rule]
    for rule in rules:
        if rule.equivalent:
            print(f"equivalent {rule.name:80} {rule.equivalent}")
    return alive
