"""What differs from one version of the kernel to the next, as values the operations read.

A profile is chosen when a machine is booted.  What every version does alike is nowhere here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from .api import arities, changed, lacking

KTHREADD = "kthreadd"
WAIT_PROC = 2
"""The bit of today's UMH_WAIT_PROC."""


@dataclass(frozen=True)
class Profile:
    """One version.

    What exists, and what a call takes, is said by the declarations in `lang.api`, by version.

    *preemptible*: it can be built with CONFIG_PREEMPT.

    Threads: *reaper* is the pid of the task that becomes the parent of a thread that daemonizes, *kthread_parent* of
    one that kthread_create makes; *born* the state in which the latter waits for its first wake-up. *daemon_signals*:
    daemonize blocks every signal. *signals_ignored*: a kernel thread ignores every signal until it allows it, so none
    is ever queued for later; *disallow_ignores*: disallow_signal makes it so again, and *disallow_flushes*: forgets
    what is pending of it. *own_threads*: a scenario's thread
    is a daemon's child from the start, named and without user memory. *freezer*: what a suspend does to a thread,
    ``signal`` (a signal that was never sent) or ``wake``; *thaws_running*: who comes out of the refrigerator is
    TASK_RUNNING, and not in the state that he had declared before; *freezable*: unless the thread asks for it, too;
    *daemon_freezable*: daemonize leaves it so. *kthread_blocks*: a thread that kthread_create makes blocks its signals
    and does not ignore them; *kthread_freezable*: the freezer may ask it, too. *stop_lock*: one mutex is held from a
    kthread_stop to the end of the thread, which is told only if that was asked before it returned (not by do_exit);
    later each thread has a completion for it. *told_once*: that is all that kthread_stop looks at.

    Processes: *traced* is the letter of ps for one that its tracer has stopped. *attach_traps*: whoever is stopped
    already wakes up for the tracer, and stops again for it. *wakes_stopped*: wake_up_process() does not ask
    whether a task sleeps or a signal has stopped it.

    Waking: *late_completion*: a wait whose time is up still takes what was completed meanwhile. *up_hands_over*:
    who is woken by up() has the semaphore, and looks at signals no more. *rwsem_hands_over*: a writer that is woken
    has the rw_semaphore, and so have the readers that stand before the next writer; later a writer looks again, and
    who comes in between is faster, but all readers have it wherever they stand. *adds_twice*: add_timer of a pending
    timer is a mod_timer, and no bug. *late_condition* is what wait_event_timeout returns when its condition came true
    just as the time was up. *wait_asks*: wait_event asks whether sleeping is allowed before it looks; *wait_tells*:
    what prepares its wait looks for a signal, takes the sleeper off the queue for one, and says so. *queued_wake*
    is what try_to_wake_up returns for a task that had declared a state and not yet gone to sleep. *poisons_links*:
    list_del() poisons the links of what it takes off, and does not leave them as they are. *zero_is_unlocked*:
    memory full of zeros is a free lock. *timer_words*: how many arguments DEFINE_TIMER takes. *readers_queue*: who
    wants to read waits behind a writer that came before, but for an interrupt.
    *kref_saturates*: a kref that was used as no reference is stays as it is then.

    Work: *work_data*: a work item's function is given what the item was made with, and not the item. *flush_runs*:
    who flushes the queue that it works for runs what is on it, and does not wait for itself. *pools*: the workers are
    many, an item never runs twice at once, and a queue is drained before it goes.

    Interrupts: *irq_regs*: a handler is given the registers, too.

    Helpers: *waits* says what each value of call_usermodehelper's last argument waits for (``none``, ``exec``,
    ``exit``), *odd_wait* what any other value does, "" if single bits decide. *null_path* is what a NULL path returns,
    None: it is dereferenced. *hides_exec_error*: a helper that could not be executed looks like success to whoever
    waits for its end. *request_on_heap*: a request has memory of its own, so there may be none for it, and not waiting
    is allowed where sleeping is not. *executor* is the thread that executes the programs, as ps names it, and their
    parent, but, with *clone_parent*, of those only whose end is waited for; the others are `KTHREADD`'s.

    Files: *reads_go_on*: a read of /proc/sys continues where the last one ended. *writes_strict*: so does a write.
    *numbered*: rows of a ctl_table have a number and a strategy, and stand in the kernel's own table.

    Messages: *atomic*, *might_sleep* are formats of the two warnings; the fields are comm, count, pid, file, line,
    atomic, off. *counts_itself*: schedule() has disabled preemption when it prints the count. *exit_note*: a thread
    that ends in an atomic section is remarked upon. *state_field* is what a task's state is called.
    """

    name: str
    preemptible: bool = True
    reaper: int = 1
    kthread_parent: int = 2
    born: int = 1
    daemon_signals: bool = True
    signals_ignored: bool = False
    disallow_ignores: bool = False
    disallow_flushes: bool = False
    own_threads: bool = False
    freezer: str = ""
    thaws_running: bool = False
    freezable: bool = False
    daemon_freezable: bool = False
    kthread_blocks: bool = False
    kthread_freezable: bool = False
    traced: str = "T"
    attach_traps: bool = False
    wakes_stopped: bool = True
    stop_lock: bool = False
    told_once: bool = False
    late_completion: bool = False
    up_hands_over: bool = False
    rwsem_hands_over: bool = True
    adds_twice: bool = False
    queued_wake: int = 0
    late_condition: int = 0
    wait_asks: bool = False
    wait_tells: bool = False
    poisons_links: bool = True
    zero_is_unlocked: bool = False
    kref_saturates: bool = False
    timer_words: int = 3
    readers_queue: bool = False
    work_data: bool = False
    flush_runs: bool = False
    pools: bool = False
    irq_regs: bool = False
    waits: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({0: "exec", 1: "exit"}))
    odd_wait: str = "exit"
    null_path: int | None = None
    hides_exec_error: bool = False
    request_on_heap: bool = False
    executor: str = "khelper"
    clone_parent: bool = False
    reads_go_on: bool = False
    writes_strict: bool = False
    numbered: bool = True
    atomic: str = ""
    counts_itself: bool = False
    might_sleep: tuple[str, ...] = ()
    exit_note: str = "note: {comm}[{pid}] exited with preempt_count {count}"
    state_field: str = "state"

    @cached_property
    def missing(self) -> frozenset[str]:
        """The calls and declarations of the API that it lacks."""
        return lacking(self.name)

    @cached_property
    def constants(self) -> Mapping[str, int | None]:
        """What some constants are here, where others have another value; None for those it lacks."""
        return changed(self.name)

    @cached_property
    def arity(self) -> Mapping[str, int]:
        """How many arguments calls take here, where they take fewer than in later versions."""
        return arities(self.name)

    def waits_for(self, wait: int) -> str:
        """What call_usermodehelper waits for: ``none``, ``exec`` or ``exit``."""
        if wait in self.waits:
            return self.waits[wait]
        return self.odd_wait or ("exit" if wait & WAIT_PROC else "exec")

    def parent_of(self, until: str) -> str:
        """The parent of a program whose caller waits for ``none``, ``exec`` or ``exit``."""
        return KTHREADD if self.clone_parent and until != "exit" else self.executor


_MIGHT_SLEEP_2_6_20 = (
    "BUG: sleeping function called from invalid context at {file}:{line}",
    "in_atomic():{atomic}, irqs_disabled():{off}",
)
_ATOMIC_2_6_24 = "BUG: scheduling while atomic: {comm}/{pid}/0x{count:08x}"


PROFILES: dict[str, Profile] = {
    p.name: p
    for p in (
        Profile(
            "2.4",
            preemptible=False,
            irq_regs=True,
            poisons_links=False,
            daemon_signals=False,
            executor="keventd",
            exit_note="",
            atomic="Scheduling in interrupt",
        ),
        Profile(
            "2.6.11",
            stop_lock=True,
            kthread_parent=4,
            kthread_blocks=True,
            kthread_freezable=True,
            adds_twice=True,
            work_data=True,
            irq_regs=True,
            flush_runs=True,
            freezer="signal",
            freezable=True,
            daemon_freezable=True,
            hides_exec_error=True,
            atomic="scheduling while atomic: {comm}/0x{count:08x}/{pid}",
            might_sleep=(
                "Debug: sleeping function called from invalid context at {file}:{line}",
                "in_atomic():{atomic}, irqs_disabled():{off}",
            ),
        ),
        Profile(
            "2.6.24",
            stop_lock=True,
            flush_runs=True,
            reaper=2,
            born=2,
            freezer="signal",
            freezable=True,
            waits=MappingProxyType({-1: "none", 0: "exec", 1: "exit"}),
            odd_wait="exec",
            disallow_ignores=True,
            request_on_heap=True,
            reads_go_on=True,
            atomic=_ATOMIC_2_6_24,
            counts_itself=True,
            might_sleep=_MIGHT_SLEEP_2_6_20,
        ),
        Profile(
            "2.6.32",
            late_completion=True,
            up_hands_over=True,
            reaper=2,
            born=2,
            freezer="wake",
            freezable=True,
            waits=MappingProxyType({-1: "none", 0: "exec", 1: "exit"}),
            odd_wait="exec",
            disallow_ignores=True,
            null_path=-22,
            request_on_heap=True,
            reads_go_on=True,
            atomic=_ATOMIC_2_6_24,
            counts_itself=True,
            might_sleep=_MIGHT_SLEEP_2_6_20,
        ),
        Profile(
            "6.12",
            told_once=True,
            traced="t",
            attach_traps=True,
            wakes_stopped=False,
            late_completion=True,
            up_hands_over=True,
            rwsem_hands_over=False,
            reaper=2,
            born=2,
            signals_ignored=True,
            own_threads=True,
            freezer="wake",
            thaws_running=True,
            queued_wake=1,
            zero_is_unlocked=True,
            kref_saturates=True,
            timer_words=1,
            readers_queue=True,
            pools=True,
            waits=MappingProxyType({0: "none", 1: "exec", 2: "exit"}),
            odd_wait="",
            disallow_ignores=True,
            disallow_flushes=True,
            late_condition=1,
            wait_asks=True,
            wait_tells=True,
            null_path=-22,
            request_on_heap=True,
            reads_go_on=True,
            executor="kworker/u8:0",
            clone_parent=True,
            state_field="__state",
            writes_strict=True,
            numbered=False,
            atomic=_ATOMIC_2_6_24,
            counts_itself=True,
            might_sleep=(
                "BUG: sleeping function called from invalid context at {file}:{line}",
                "in_atomic(): {atomic}, irqs_disabled(): {off}, non_block: 0, pid: {pid}, name: {comm}",
            ),
        ),
    )
}
"""Versions that can be booted, by name.  Sources: linux-2.4.22, 2.6.11, 2.6.24, 2.6.32 and 6.12: kernel/sched.c,
kernel/exit.c, kernel/signal.c, kernel/kmod.c (umh.c), kernel/kthread.c, kernel/sysctl.c, kernel/power/process.c."""
