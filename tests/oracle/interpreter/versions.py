"""What differs between the versions of the kernel, from KERNEL.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """*daemonize_blocks*: daemonize() blocks and flushes signals.  *daemonize_adopts*: and reparents.  *adopter*: the
    pid of who adopts and *adopter_reaps* at once (kthreadd ignores SIGCHLD).  *wake_counts_running*: a wake-up that
    meets a task not yet dequeued returns 1.  *ignores*: kthreads have SIG_IGN for all, else blocked.  *fake_signal*:
    the freezer's request looks like a signal.  *removal_poisons*: remove_wait_queue() leaves poison.  *nofreeze*:
    daemonize() and kthreads set PF_NOFREEZE.  *hands_over*: up() gives a semaphore to the longest waiter.
    *stop_mutex*: one lock serialises kthread_stop().  *stop_needs_return*: kthread_stop() hears of returns only.
    *no_wait*, *wait_exec*, *wait_proc*: the numbers; None where there is no such thing.  *proc_errno*: wait for the end
    tells why exec failed.  *event_wait*: wait_event* use prepare_to_wait_event().  *fair_readers*: readers queue.
    *request_on_heap*: a helper's request needs memory of its own.  *waits_for_root*: it is not executed before there is
    a root file system.
    *stop_again*: who stops a thread that has ended need not wait.  *stop_signals*: the request looks like a signal.
    *late_completion*: who waited until the time was up still takes what is done by then, and is never told 0 for it.
    *disallow_ignores*: disallow_signal() sets SIG_IGN (what is pending stays so, or is
    flushed), and blocks nothing.  *zero_unlocks*: a lock of zero bytes is free.
    *numbered*: a row of a ctl_table has a number, and is a file without being registered.  *hz*: jiffies in a
    second.  *work_data*: a work item is made with what its function is given.  *flush_runs*: a worker that flushes
    its own queue runs what is on it.  *pools*: no item runs twice at once, and a queue is drained before it goes.
    *attach_traps*: a tracer wakes who was stopped before.  *wakes_stopped*: wake_up_process() wakes
    whom a signal has stopped, too.  *writers_barge*: a writer that is woken for a rw_semaphore looks again, and
    others may be faster; readers in line pass the writers between them.  *saturates*: a kref that was used wrongly
    stays so."""

    daemonize_blocks: bool = True
    daemonize_adopts: bool = True
    adopter: int = 1
    adopter_reaps: bool = False
    wake_counts_running: bool = False
    ignores: bool = False
    fake_signal: bool = True
    removal_poisons: bool = True
    nofreeze: bool = False
    hands_over: bool = False
    stop_mutex: bool = True
    stop_needs_return: bool = True
    born: int = 1
    no_wait: int | None = None
    wait_exec: int = 0
    wait_proc: int = 1
    any_wait_is_proc: bool = False
    proc_errno: bool = True
    null_path_is_invalid: bool = False
    request_on_heap: bool = False
    waits_for_root: bool = False
    event_wait: bool = False
    fair_readers: bool = False
    timer_gives_itself: bool = False
    double_add_bug: bool = True
    late_completion: bool = False
    stop_again: bool = False
    stop_signals: bool = False
    zero_unlocks: bool = False
    disallow_ignores: bool = True
    disallow_flushes: bool = False
    numbered: bool = True
    attach_traps: bool = False
    wakes_stopped: bool = True
    writers_barge: bool = False
    saturates: bool = False
    hz: int = 250
    work_data: bool = False
    flush_runs: bool = False
    pools: bool = False


VERSIONS: dict[str, Version] = {
    "2.4": Version(
        daemonize_blocks=False,
        daemonize_adopts=False,
        fake_signal=False,
        removal_poisons=False,
        disallow_ignores=False,
        hz=100,
    ),
    "2.6.11": Version(
        any_wait_is_proc=True,
        proc_errno=False,
        double_add_bug=False,
        disallow_ignores=False,
        hz=1000,
        work_data=True,
        flush_runs=True,
    ),
    "2.6.24": Version(
        adopter=2,
        adopter_reaps=True,
        ignores=True,
        nofreeze=True,
        born=2,
        no_wait=-1,
        request_on_heap=True,
        flush_runs=True,
    ),
    "2.6.32": Version(
        adopter=2,
        adopter_reaps=True,
        ignores=True,
        nofreeze=True,
        fake_signal=False,
        hands_over=True,
        stop_mutex=False,
        stop_needs_return=False,
        late_completion=True,
        stop_again=True,
        born=2,
        no_wait=-1,
        request_on_heap=True,
        null_path_is_invalid=True,
    ),
    "6.12": Version(
        adopter=2,
        adopter_reaps=True,
        ignores=True,
        nofreeze=True,
        fake_signal=False,
        wake_counts_running=True,
        hands_over=True,
        stop_mutex=False,
        stop_needs_return=False,
        late_completion=True,
        stop_signals=True,
        born=2,
        no_wait=0,
        request_on_heap=True,
        wait_exec=1,
        wait_proc=2,
        null_path_is_invalid=True,
        waits_for_root=True,
        event_wait=True,
        fair_readers=True,
        timer_gives_itself=True,
        pools=True,
        zero_unlocks=True,
        disallow_flushes=True,
        numbered=False,
        attach_traps=True,
        wakes_stopped=False,
        writers_barge=True,
        saturates=True,
    ),
}
