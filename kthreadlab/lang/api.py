"""The kernel's API as a front end sees it: which calls, constants and types exist, and what each call takes.

One line a call: ``result name(parameter kinds) flags - what it does``.  The parameter kinds:

``queue`` a wait-queue head · ``entry`` a wait-queue entry · ``spinlock`` · ``rwlock`` · ``atomic`` · ``int`` ·
``flags`` a variable the call writes (or, for the restore forms, reads) · ``cond`` an expression whose code is run again
each turn · ``fn`` a function's name · ``ptr`` any address or NULL · ``text`` a char buffer to write · ``str`` text to
read (a literal, a char buffer, a pointer to one) · ``task`` ``current`` or a task pointer · ``word`` an integer
variable passed by name (a static, a local, an array element, a field) · ``type`` · ``any`` · a trailing ``...`` any
number more.

Flags: ``sleeps`` may sleep, so it needs process context with nothing locked · ``process`` process context only.
Sources: KERNEL notes in DESIGN.md, each implementing module in `machine`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class KernelCall:
    """One call: *params* are kinds (without ``...``), *variadic* says more may follow, *result* is ``void``, ``int``,
    ``ptr`` or ``task``."""

    name: str
    params: tuple[str, ...]
    variadic: bool
    result: str
    sleeps: bool
    process_only: bool
    brief: str

    @property
    def prototype(self) -> str:
        return f"{self.name}({', '.join(self.params)}{', ...' if self.variadic else ''})"


_TABLE = """
# kernel/sched.c
void schedule() sleeps - give up the CPU; off the run queue too, if the state is not TASK_RUNNING
int schedule_timeout(int) sleeps - schedule() with a timer; returns what is left, 0 if it expired
void set_current_state(int) - declare the caller's state, with a memory barrier
void __set_current_state(int) - declare the caller's state, without a barrier
void yield_() sleeps - stay runnable, let others run
int cond_resched() sleeps - let others run if they should
int wake_up_process(task) - make a task runnable whatever it waits for; 1 if it was off the run queue
void wake_up(queue) - wake every non-exclusive waiter and one exclusive, asleep in S or D
void wake_up_nr(queue, int) - as wake_up, up to n exclusive waiters
void wake_up_all(queue) - wake every waiter
void wake_up_interruptible(queue) - wake every non-exclusive waiter and one exclusive, asleep in S
void wake_up_interruptible_nr(queue, int) - as wake_up_interruptible, up to n exclusive waiters
void wake_up_interruptible_all(queue) - wake every waiter asleep in S
void wake_up_interruptible_sync(queue) - as wake_up_interruptible; the waker is about to schedule
void sleep_on(queue) sleeps - racy: sleep in D until woken
void interruptible_sleep_on(queue) sleeps - racy: sleep in S until woken
# kernel/wait.c
void init_waitqueue_head(queue) - make an empty queue
void init_waitqueue_entry(entry, task) - make an entry for a task
void add_wait_queue(queue, entry) - put an entry at the head, non-exclusive
void add_wait_queue_exclusive(queue, entry) - put an entry at the tail, exclusive
void remove_wait_queue(queue, entry) - take an entry off
void prepare_to_wait(queue, entry, int) - enqueue if it is not yet there, and set the state
void prepare_to_wait_exclusive(queue, entry, int) - the same at the tail, exclusive
void finish_wait(queue, entry) - state TASK_RUNNING, and off the queue if still on it
int waitqueue_active(queue) - is anybody on the queue?
void wait_event(queue, cond) sleeps - sleep in D until the condition holds
int wait_event_interruptible(queue, cond) sleeps - sleep in S until it holds (0) or a signal comes (-ERESTARTSYS)
int wait_event_interruptible_exclusive(queue, cond) sleeps - the same as an exclusive waiter
int wait_event_timeout(queue, cond, int) sleeps - wait_event with a timer; 0 if it expired
int wait_event_interruptible_timeout(queue, cond, int) sleeps - both
int wait_event_freezable(queue, cond) sleeps - wait_event_interruptible that the freezer may freeze
# kernel/sched.c (completions), lib/semaphore.c, kernel/mutex.c
void init_completion(completion) - make it not done
void complete(completion) - let one waiter go on, now or later
void complete_all(completion) - let every waiter go on, now and later
void complete_and_exit(completion, int) process - complete, and end the caller
void wait_for_completion(completion) sleeps - sleep in D until it is done
int wait_for_completion_timeout(completion, int) sleeps - the same with a timer; 0 if it expired
int wait_for_completion_interruptible(completion) sleeps - sleep in S until it is done (0) or a signal comes
int try_wait_for_completion(completion) - take it if it is done; 1 if taken
int completion_done(completion) - would nobody have to wait?
void sema_init(semaphore, int) - make it with that count
void init_MUTEX(semaphore) - make it with count 1
void init_MUTEX_LOCKED(semaphore) - make it with count 0
void down(semaphore) sleeps - take one, sleeping in D while there is none
int down_interruptible(semaphore) sleeps - take one (0), sleeping in S; -EINTR if a signal comes
int down_trylock(semaphore) - take one if there is one; 0 if taken, 1 if not
void up(semaphore) - give one back; wakes the longest waiter
void mutex_init(mutex) - make it unlocked
void mutex_lock(mutex) sleeps - take it, sleeping in D while it is held
int mutex_lock_interruptible(mutex) sleeps - take it (0), sleeping in S; -EINTR if a signal comes
int mutex_trylock(mutex) process - take it if it is free; 1 if taken
void mutex_unlock(mutex) process - give it back; its owner only
int mutex_is_locked(mutex) - is it held?
# kernel/timer.c
void init_timer(timer) - make it ready, not pending
void setup_timer(timer, fn, any) - make it ready, with its function and that function's argument
void timer_setup(timer, fn, int) - make it ready, with its function, which is given the timer
void add_timer(timer) - start it: its function is to run in a bottom half, once
int mod_timer(timer, int) - start it, or put off its expiry; 1 if it was pending
int del_timer(timer) - stop it; 1 if it was pending
int del_timer_sync(timer) process - stop it, and wait for its function if that runs now; 1 if it was pending
int timer_pending(timer) - is it started and not yet run?
# kernel/kthread.c
task kthread_create(fn, any, str, ...) sleeps - make a thread that waits to be woken; ERR_PTR(-ENOMEM) if there is none
task kthread_run(fn, any, str, ...) sleeps - kthread_create and wake_up_process
void kthread_bind(task, int) process - tie a thread that has not run to one CPU
int kthread_should_stop() - has kthread_stop been called for the caller?
int kthread_stop(task) sleeps - ask a thread to stop, wake it, wait for its end; what its function returned
int IS_ERR(any) - is this pointer an errno?
int PTR_ERR(any) - the errno in a pointer
ptr ERR_PTR(int) - an errno as a pointer
# kernel/power/process.c
int freezing(task) - is the freezer waiting for this task?
int try_to_freeze(...) sleeps - if the freezer asks, stay frozen until it lets go; 1 if it was so
void refrigerator(...) sleeps - stay frozen until the freezer lets go
void set_freezable() process - let the freezer freeze the caller
int kthread_freezable_should_stop(...) sleeps - try_to_freeze and kthread_should_stop in one
# kernel/spinlock.c
void spin_lock_init(spinlock) - make it unlocked
void spin_lock(spinlock) - take it
void spin_unlock(spinlock) - release it
void spin_lock_irq(spinlock) - interrupts off, take it
void spin_unlock_irq(spinlock) - release it, interrupts on
void spin_lock_irqsave(spinlock, flags) - remember whether interrupts are on, off, take it
void spin_unlock_irqrestore(spinlock, flags) - release it, interrupts as remembered
int spin_trylock(spinlock) - take it if it is free; 1 if taken
void rwlock_init(rwlock) - make it unlocked
void read_lock(rwlock) - take it for reading
void read_unlock(rwlock) - release it
void read_lock_irq(rwlock) - interrupts off, take it for reading
void read_unlock_irq(rwlock) - release it, interrupts on
void read_lock_irqsave(rwlock, flags) - remember and switch off interrupts, take it for reading
void read_unlock_irqrestore(rwlock, flags) - release it, interrupts as remembered
void write_lock(rwlock) - take it for writing
void write_unlock(rwlock) - release it
void write_lock_irq(rwlock) - interrupts off, take it for writing
void write_unlock_irq(rwlock) - release it, interrupts on
void write_lock_irqsave(rwlock, flags) - remember and switch off interrupts, take it for writing
void write_unlock_irqrestore(rwlock, flags) - release it, interrupts as remembered
int write_trylock(rwlock) - take it for writing if it is free; 1 if taken
int read_trylock(rwlock) - take it for reading if no writer holds it; 1 if taken
int spin_is_locked(spinlock) - is it held?
void spin_lock_bh(spinlock) - bottom halves off on this CPU, take it
void spin_unlock_bh(spinlock) - release it, bottom halves on again
void read_lock_bh(rwlock) - bottom halves off, take it for reading
void read_unlock_bh(rwlock) - release it, bottom halves on again
void write_lock_bh(rwlock) - bottom halves off, take it for writing
void write_unlock_bh(rwlock) - release it, bottom halves on again
void local_bh_disable() - no bottom half on this CPU until local_bh_enable
void local_bh_enable() - undo one local_bh_disable
void local_irq_disable() - interrupts off on this CPU
void local_irq_enable() - interrupts on on this CPU
void local_irq_save(flags) - remember, then off
void local_irq_restore(flags) - as remembered
int irqs_disabled() - are interrupts off here?
void preempt_disable() - no preemption until preempt_enable
void preempt_enable() - undo one preempt_disable
int in_interrupt() - in a hard or soft interrupt?
int in_irq() - in a hard interrupt?
int in_softirq() - in a bottom half, or with bottom halves off?
int in_atomic() - may this context not sleep (as far as preempt_count knows)?
void might_sleep() sleeps - say that this place may sleep
# include/asm/system.h, bitops.h, atomic.h
void mb() - memory barrier
void rmb() - read barrier
void wmb() - write barrier
void smp_mb() - memory barrier between CPUs
void smp_rmb() - read barrier between CPUs
void smp_wmb() - write barrier between CPUs
void barrier() - compiler barrier
int xchg(word, int) - store and return the old value, in one step
int cmpxchg(word, int, int) - store new if it holds old; returns what it held
void set_bit(int, word) - set bit nr, in one step
void clear_bit(int, word) - clear bit nr, in one step
void change_bit(int, word) - flip bit nr, in one step
int test_bit(int, word) - is bit nr set?
int test_and_set_bit(int, word) - set it; 1 if it was set
int test_and_clear_bit(int, word) - clear it; 1 if it was set
int test_and_change_bit(int, word) - flip it; 1 if it was set
int ffs(int) - number of the lowest set bit from 1; 0 if none
int fls(int) - number of the highest set bit from 1; 0 if none
int hweight32(int) - how many bits are set
void atomic_set(atomic, int) - store
int atomic_read(atomic) - load
void atomic_add(int, atomic) - add, in one step
void atomic_sub(int, atomic) - subtract, in one step
void atomic_inc(atomic) - add 1
void atomic_dec(atomic) - subtract 1
int atomic_inc_and_test(atomic) - add 1; is it 0 now?
int atomic_dec_and_test(atomic) - subtract 1; is it 0 now?
int atomic_inc_return(atomic) - add 1, return the new value
int atomic_dec_return(atomic) - subtract 1, return the new value
int atomic_add_return(int, atomic) - add, return the new value
int atomic_sub_return(int, atomic) - subtract, return the new value
# kernel/fork.c, exit.c, signal.c
int kernel_thread(fn, any, int) sleeps - start a thread of the kernel; its pid, or a negative errno
void daemonize(str, ...) sleeps - name the caller, drop user resources, block all signals, become init's child
void reparent_to_init() - become init's child
void do_exit(int) process - end the caller
int allow_signal(int) - let a signal through; 0 or -EINVAL
int disallow_signal(int) - block it again; 0 or -EINVAL
int signal_pending(task) - is an unblocked signal pending?
void flush_signals(task) - forget all pending signals
# kernel/kmod.c
int call_usermodehelper(str, ptr, ptr, int) sleeps - run a user-mode program with exactly this argv and envp
# kernel/sysctl.c
ptr register_sysctl(str, any) process - make files of rows under /proc/sys; NULL if it cannot
ptr register_sysctl_table(any, ...) process - the same, for a table of rows; NULL if it cannot
void unregister_sysctl_table(ptr) process - take the files away
# mm/slab.c
ptr kmalloc(int, int) - memory, or NULL; may sleep with GFP_KERNEL
ptr kzalloc(int, int) - the same, zeroed
void kfree(ptr) - give memory back; NULL is allowed
int ksize(ptr) - how many bytes are there
ptr kstrdup(str, int) - memory with a copy of a text, or NULL
# lib/string.c, lib/vsprintf.c, kernel/printk.c
int printk(str, ...) - write to the kernel's log
int sprintf(text, str, ...) - format into a buffer; the length written
int snprintf(text, int, str, ...) - the same within a size; the length it would have had
int scnprintf(text, int, str, ...) - the same; the length written
ptr kasprintf(int, str, ...) - memory with the formatted text, or NULL
ptr strcpy(text, str) - copy
ptr strncpy(text, str, int) - copy at most n characters
int strlen(str) - length
int strcmp(str, str) - 0 if equal, else which is first
int strncmp(str, str, int) - the same for at most n characters
ptr strcat(text, str) - append
int strlcpy(text, str, int) - copy within a size, always with a NUL; the length of the source
int strlcat(text, str, int) - append within a size, always with a NUL
int strscpy(text, str, int) - copy within a size, always with a NUL; the length, or -E2BIG
ptr memset(ptr, int, int) - fill
# include/linux/kernel.h
int min(int, int) - the smaller
int max(int, int) - the larger
int sizeof(type) - bytes
ptr cast(type, ptr) - say what a pointer points to
void BUG() - stop here: a bug
void BUG_ON(int) - stop here if it is true
int WARN_ON(int) - log a warning if it is true
int likely(int) - the same value
int unlikely(int) - the same value
# include/linux/list.h
void INIT_LIST_HEAD(list) - make an empty list
void list_add(list, list) - put a new entry at the head
void list_add_tail(list, list) - put a new entry at the tail
void list_del(list) - take an entry off; it must not be used as one again
void list_del_init(list) - take an entry off and make it an empty list
int list_empty(list) - is nothing on it?
ptr list_entry(list, type, any) - the struct that an entry is in
"""


def _parse(table: str) -> dict[str, KernelCall]:
    calls = {}
    for line in table.strip().splitlines():
        if line.startswith("#"):
            continue
        head, brief = line.split(" - ", 1)
        result, name, params, flags = re.fullmatch(r"(\w+) (\w+)\((.*?)\) ?(.*)", head).groups()
        kinds = [p.strip() for p in params.split(",") if p.strip()]
        variadic = "..." in kinds
        name = "yield" if name == "yield_" else name
        calls[name] = KernelCall(
            name, tuple(k for k in kinds if k != "..."), variadic, result, "sleeps" in flags, "process" in flags, brief
        )
    return calls


CALLS: dict[str, KernelCall] = _parse(_TABLE)

CONSTANTS: dict[str, int] = {
    "NULL": 0,
    "TASK_RUNNING": 0,
    "TASK_INTERRUPTIBLE": 1,
    "TASK_UNINTERRUPTIBLE": 2,
    "SIGHUP": 1,
    "SIGINT": 2,
    "SIGQUIT": 3,
    "SIGKILL": 9,
    "SIGUSR1": 10,
    "SIGUSR2": 12,
    "SIGTERM": 15,
    "SIGCHLD": 17,
    "SIGSTOP": 19,
    "SIGALRM": 14,
    "CLONE_VM": 0x100,
    "CLONE_FS": 0x200,
    "CLONE_FILES": 0x400,
    "CLONE_SIGHAND": 0x800,
    "CLONE_KERNEL": 0x200 | 0x400 | 0x800,
    "PF_FREEZE": 0x10000,
    "PF_NOFREEZE": 0x8000,
    "UMH_NO_WAIT": -1,
    "UMH_WAIT_EXEC": 0,
    "UMH_WAIT_PROC": 1,
    "UMH_KILLABLE": 4,
    "UMH_FREEZABLE": 8,
    "CTL_KERN": 1,
    "KERN_MYEVENT_HANDLER": 77,
    "GFP_ATOMIC": 0x20,
    "GFP_KERNEL": 0xD0,
    "EPERM": 1,
    "ENOENT": 2,
    "EINTR": 4,
    "EIO": 5,
    "E2BIG": 7,
    "ENOEXEC": 8,
    "ECHILD": 10,
    "EAGAIN": 11,
    "ENOMEM": 12,
    "EACCES": 13,
    "EFAULT": 14,
    "EBUSY": 16,
    "EISDIR": 21,
    "EINVAL": 22,
    "ENAMETOOLONG": 36,
    "ENOSYS": 38,
    "ERESTARTSYS": 512,
    "HZ": 1000,
    "MAX_SCHEDULE_TIMEOUT": 2**63 - 1,
    "KERN_EMERG": 0,
    "UINT_MAX": 2**32 - 1,
    "INT_MAX": 2**31 - 1,
}
"""Names of integers.  ``KERN_ERR`` and its like are text prefixes: see `LOG_LEVELS`."""
del CONSTANTS["KERN_EMERG"]

LOG_LEVELS: dict[str, str] = {
    name: f"<{n}>"
    for n, name in enumerate(
        ["KERN_EMERG", "KERN_ALERT", "KERN_CRIT", "KERN_ERR", "KERN_WARNING", "KERN_NOTICE", "KERN_INFO", "KERN_DEBUG"]
    )
}
"""Log-level prefixes: string constants; ``printk(KERN_ERR + "text")`` and ``printk(KERN_ERR, "text %d", n)`` both work:
the front end joins them into one format string."""

DECLARATIONS: dict[str, str] = {
    "DECLARE_WAIT_QUEUE_HEAD": "wait_queue_head",
    "wait_queue_head_t": "wait_queue_head",
    "DECLARE_WAITQUEUE": "wait_queue",
    "DEFINE_WAIT": "wait_queue",
    "wait_queue_t": "wait_queue",
    "DEFINE_SPINLOCK": "spinlock",
    "SPIN_LOCK_UNLOCKED": "spinlock",
    "spinlock_t": "spinlock",
    "DEFINE_RWLOCK": "rwlock",
    "RW_LOCK_UNLOCKED": "rwlock",
    "rwlock_t": "rwlock",
    "ATOMIC_INIT": "atomic",
    "atomic_t": "atomic",
    "DECLARE_COMPLETION": "completion",
    "DECLARE_MUTEX": "semaphore",
    "DECLARE_MUTEX_LOCKED": "semaphore",
    "DEFINE_SEMAPHORE": "semaphore",
    "DEFINE_MUTEX": "mutex",
    "DEFINE_TIMER": "timer",
    "TIMER_INITIALIZER": "timer",
    "timer_list": "timer",
    "LIST_HEAD": "list",
    "list_head": "list",
    "ctl_table": "ctl_table",
    "array": "array",
    "char_array": "text",
}
"""Declaring names and the kind of object each makes.  ``spinlock_t()``, ``rwlock_t()`` and ``wait_queue_head_t()`` are
*not* initialised.  All take no argument, but ``DECLARE_WAITQUEUE(current)``, ``ATOMIC_INIT(n)``, ``array(type, n)``,
``char_array(n)`` or ``char_array(n, "text")``, and optionally ``SPIN_LOCK_UNLOCKED`` without a call."""
