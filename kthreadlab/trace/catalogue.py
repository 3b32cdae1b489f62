"""The sentences of a trace: one template for each (operation, outcome).

The outcome ``""`` stands for any other.  Templates speak of *{who}* acts, of the arguments *{a}*, *{b}*, *{c}*, and of
what an event's details say; `trace.narrate` fills them in.  At most 20 words, present tense, nobody is addressed.
A call's declaration may hold its sentences (`lang.api`); ``return`` is the outcome of coming back from a sleep in it.
"""

from __future__ import annotations

from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.docs import stories

CATALOGUE: dict[tuple[str, str], str] = {("", ""): "{who}: {call}."}


def _say(ops: str, **outcomes: str) -> None:
    """Enter templates for each of *ops*; the keyword ``any`` is the fallback."""
    for op in ops.split():
        for outcome, template in outcomes.items():
            CATALOGUE[op, "" if outcome == "any" else outcome] = template


# ---- what tasks do to shared memory, and where their code is
_say("load", any="{who} reads {a}: {value}.")
_say("store", any="{who} writes {value} to {a}.")
_say(
    "enter",
    any="{who} enters {inner}.",
    never="{who} is told to stop before it ever ran: {a} is not called, and -EINTR is what it leaves.",
)
_say("return", any="{who} comes back from {a}{returning}.")
_say("spin", any="{who} spins: {lock} is held by {holder}.")
_say(
    "fault",
    any="{who} faults: {text}.",
    null_pointer="{who} follows a NULL pointer: the kernel oopses.",
    bad_pointer="{who} follows a value that is no address: the kernel oopses ({text}).",
    uninitialised_lock="{who} takes {text}, which nothing has initialised: its zero bytes read as held.",
    uninitialised_queue="{who} uses a wait queue that nothing has initialised.",
    uninitialised_local="{who} reads a variable that has no value yet.",
    divide_by_zero="{who} divides by zero.",
    overflow="{who} lets a signed number grow past its width.",
    shift="{who} shifts by less than zero, or by the whole width or more.",
    bug="{who} reaches what must never happen: the kernel stops itself.",
    panic="{who} makes the kernel panic: {text}.",
    not_queued="{who} takes an entry off a queue that it is not on, and follows its NULL links.",
    poisoned_entry="{who} takes an entry off a queue that it has left already, and follows its poisoned links.",
    dangling_entry="{who} walks along the wait queue into an entry whose stack is gone.",
    corrupted_list="{who} finds the links of a list leading astray.",
    corrupted_queue="{who} finds the wait queue's links running in a circle.",
    use_after_free="{who} uses memory that has been given back.",
    ended_task="{who} uses a task_struct that is gone: its task has ended.",
    out_of_bounds="{who} reaches past the end: {text}.",
    dead_stack="{who} uses an object of a function that has returned.",
    text_overflow="{who} writes more text than the buffer holds: {text}.",
    double_free="{who} gives back memory that has been given back before.",
    heap_full="{who} asks for memory, and everything is in use: {text}.",
    endless_loop="{who} is stuck in a loop: 10,000 turns without a kernel call or a look at shared data.",
    runaway="{who} has run 10,000 operations in a row without sleeping.",
    sleep_in_interrupt="{who} tries to sleep, and there is no task there that could.",
)

# ---- kernel/sched.c
_say(
    "schedule",
    any="{who} calls schedule().",
    sleeps="{who} leaves the run queue: it sleeps in {letter} until it is woken.",
    yields="{who} is TASK_RUNNING, so schedule() only yields: it stays on the run queue.",
    signal="{who} has a signal pending: schedule() makes it TASK_RUNNING and does not put it to sleep.",
)
_say("schedule:return", any="{who} is on a CPU again and comes back from schedule().")
_say(
    "schedule_timeout",
    any="{who} calls schedule_timeout({a}).",
    sleeps="{who} leaves the run queue: it sleeps in {letter} until it is woken or its timer expires.",
    yields="{who} is TASK_RUNNING, so schedule_timeout() only yields: it stays on the run queue.",
    signal="{who} has a signal pending: schedule_timeout() makes it TASK_RUNNING and does not put it to sleep.",
    negative="schedule_timeout({a}) refuses a negative time and returns 0 to {who} at once.",
)
_say(
    "schedule_timeout:return",
    any="{who} comes back from schedule_timeout with {result} left.",
    expired="{who} comes back from schedule_timeout: its time is up, and it gets 0.",
    woken="{who} comes back from schedule_timeout, woken with time left.",
)
_say(
    "set_current_state __set_current_state",
    any="{who} sets its state to {a}.",
    TASK_RUNNING="{who} declares itself TASK_RUNNING.",
    TASK_INTERRUPTIBLE="{who} declares TASK_INTERRUPTIBLE: it is about to sleep, and still runs.",
    TASK_UNINTERRUPTIBLE="{who} declares TASK_UNINTERRUPTIBLE: it is about to sleep, and still runs.",
)
_say("yield", any="{who} yields the CPU and stays on the run queue.")
_say("cond_resched", any="{who} lets others run, if they should.", yields="{who} gives up the CPU and stays runnable.")
_say("might_sleep", any="{who} declares that it may sleep here.", atomic="{who} may sleep here and must not: {why}.")
_say(
    "wake_up wake_up_nr wake_up_all wake_up_interruptible wake_up_interruptible_nr wake_up_interruptible_all"
    " wake_up_interruptible_sync",
    any="{who} calls {op} on {a}.",
    woken="{who} wakes {woken}, now on the run queue again.",
    not_asleep_yet="{who} finds {woken} not yet asleep: TASK_RUNNING again, so schedule() will only yield.",
    running="{who} calls {op}, but {waiters} {are} TASK_RUNNING: nothing happens, and nothing is remembered.",
    wrong_state="{who} calls {op}, but {waiters} {are} asleep in D, which this wake-up passes by.",
    empty="{who} calls {op}, but nobody is on {a}: nothing happens, and nothing is remembered.",
    mixed="{who} walks along {a}: of the tasks there, it wakes {woken}.",
    dangling="{who} walks along {a} into an entry whose task is gone.",
)
_say(
    "wake_up_process",
    any="{who} wakes {a}.",
    woken="{who} wakes {a}, which is on the run queue again.",
    not_asleep_yet="{who} finds {a} not yet asleep: it becomes TASK_RUNNING, and its schedule() will only yield.",
    running="{who} wakes {a}, which is TASK_RUNNING: nothing happens, and nothing is remembered.",
    dead="{who} wakes {a}, which has ended: nothing happens.",
)
_say("get_task_struct", any="{who} takes a reference to {a}.")
_say("put_task_struct", any="{who} gives its reference to {a} back.")
_say(
    "sleep_on interruptible_sleep_on",
    any="{who} calls {op} on {a}.",
    sleeps="{who} joins {a} and sleeps in {letter}, without another look at anything.",
)
_say("sleep_on:return interruptible_sleep_on:return", any="{who} is woken and leaves the queue.")

# ---- kernel/wait.c
_say("init_waitqueue_head", any="{who} makes {a} an empty queue.")
_say("init_waitqueue_entry", any="{who} makes {a} an entry for {b}.")
_say("init_wait", any="{who} makes {a} an entry of its own, which a wake-up takes off.")
_say("add_wait_queue", any="{who} joins {a} at its head.", already="{who} joins {a} although its entry is on it.")
_say("add_wait_queue_exclusive", any="{who} joins {a} at its tail, as an exclusive waiter.")
_say("remove_wait_queue", any="{who} leaves {a}.", not_queued="{who} leaves a queue that its entry is not on.")
_say(
    "prepare_to_wait prepare_to_wait_exclusive",
    any="{who} sees to it that it is on {a} and sets its state to {state}; it still runs.",
    queued="{who} joins {a} and declares {state}; it still runs.",
    already="{who} is on {a} already and declares {state}; it still runs.",
    never="{who} declares {state}, but does not join {a}: list_empty() is false of its entry's {links} links.",
)
_say(
    "finish_wait",
    any="{who} is TASK_RUNNING and off {a}.",
    queued="{who} is TASK_RUNNING and leaves {a}.",
    already="{who} is TASK_RUNNING; the wake-up had taken it off {a}.",
)
_say(
    "waitqueue_active",
    any="{who} asks who waits on {a}.",
    yes="{who} sees somebody on {a}.",
    no="{who} sees {a} empty.",
)
_say(
    "wait_event wait_event_freezable wait_event_interruptible wait_event_interruptible_exclusive wait_event_timeout"
    " wait_event_interruptible_timeout",
    any="{who} waits on {a} for its condition.",
    true="{who} finds its condition true and does not wait on {a}.",
    queued="{who} joins {a} and declares {state}; it still runs.",
    sleeps="{who} finds its condition false: it sleeps in {letter} on {a}.",
    signal="{who} has a signal pending and gives up waiting on {a}: -ERESTARTSYS.",
    expired="{who} gives up waiting on {a}: its time is up.",
)
_say(
    "wait_event:return wait_event_interruptible:return wait_event_interruptible_exclusive:return"
    " wait_event_timeout:return wait_event_interruptible_timeout:return",
    any="{who} leaves {a} and goes on.",
    signal="{who} leaves {a} because of a signal: -ERESTARTSYS.",
    expired="{who} leaves {a}: its time is up.",
)

# ---- kernel/sched.c: completions
_LEAVES = "{who} leaves the run queue: it sleeps in {letter} until {a} is done."
_say("init_completion", any="{who} makes {a} not done.")
_say(
    "complete",
    any="{who} completes {a}: nobody sleeps for it now, but it is remembered.",
    woken="{who} completes {a} and wakes {woken}.",
)
_say(
    "complete_all",
    any="{who} completes {a} for good: whoever waits, now or later, goes on.",
    woken="{who} completes {a} for good and wakes {woken}.",
)
_say("complete_and_exit kthread_complete_and_exit", any="{who} completes {a} and ends.")
_say(
    "wait_for_completion wait_for_completion_interruptible",
    any="{who} finds {a} done and does not wait.",
    sleeps=_LEAVES,
    signal="{who} has a signal pending and does not wait for {a}: -ERESTARTSYS.",
)
_say(
    "wait_for_completion_timeout",
    any="{who} finds {a} done and does not wait.",
    sleeps="{who} sleeps in {letter} until {a} is done or its timer expires.",
    no="{who} may not wait for {a} at all: the time is up, and it gets 0.",
)
_say(
    "wait_for_completion:return wait_for_completion_interruptible:return wait_for_completion_timeout:return",
    any="{who} is on a CPU again, finds {a} done, and goes on.",
    again="{who} finds {a} not done, and goes back to sleep in {letter}.",
    signal="{who} has a signal pending and waits for {a} no longer: -ERESTARTSYS.",
    expired="{who} waits for {a} no longer: its time is up, and it gets 0.",
)
_say(
    "try_wait_for_completion",
    any="{who} looks at {a}.",
    yes="{who} finds {a} done and takes it.",
    no="{who} finds {a} not done, and goes on.",
)
_say(
    "completion_done",
    any="{who} looks at {a}.",
    yes="{who} sees that {a} is done.",
    no="{who} sees that {a} is not done.",
)

# ---- lib/semaphore-sleepers.c, kernel/mutex.c
_say("sema_init", any="{who} makes {a} a semaphore with count {b}.")
_say("init_MUTEX", any="{who} makes {a} a semaphore with count 1.")
_say("init_MUTEX_LOCKED", any="{who} makes {a} a semaphore with count 0.")
_say(
    "down down_interruptible",
    any="{who} takes {a}.",
    sleeps="{who} finds none left of {a}: it sleeps in {letter} until somebody gives one back.",
)
_say(
    "mutex_lock mutex_lock_interruptible",
    any="{who} takes {a}.",
    sleeps="{who} finds {a} held by {holder}: it sleeps in {letter} until it is given back.",
    signal="{who} finds {a} held and a signal pending, and does not wait: -EINTR.",
)
_say(
    "down:return down_interruptible:return mutex_lock:return mutex_lock_interruptible:return",
    any="{who} is on a CPU again and takes {a}.",
    again="{who} is on a CPU again, but {a} is not to be had: it goes back to sleep in {letter}.",
    signal="{who} has a signal pending and waits for {a} no longer: -EINTR.",
)
_say(
    "down_trylock",
    any="{who} tries to take {a}.",
    no="{who} takes {a}.",
    yes="{who} finds none left of {a}, and goes on.",
)
_say(
    "mutex_trylock",
    any="{who} tries to take {a}.",
    yes="{who} takes {a}.",
    no="{who} finds {a} held and goes on without it.",
)
_say("up", any="{who} gives {a} back: nobody sleeps for it.", woken="{who} gives {a} back and wakes {woken}.")
_say("mutex_init", any="{who} makes {a} unlocked.")
_say("mutex_unlock", any="{who} gives {a} back: nobody sleeps for it.", woken="{who} gives {a} back and wakes {woken}.")
_say("mutex_is_locked", any="{who} looks at {a}.", yes="{who} sees {a} held.", no="{who} sees {a} free.")

# ---- kernel/spinlock.c
_NOTHING = "{who} passes {op}({a}), which compiles to nothing here: one CPU, no preemption."
_WORDLESS = "{a} has no lock word in this kernel."
_SPINS = "{who} finds {lock} held by {holder}, and spins."
for _lock, _how in (("spin", ""), ("read", " for reading"), ("write", " for writing")):
    _init = "spin_lock_init" if _lock == "spin" else "rwlock_init"
    _say(_init, any="{who} makes {a} unlocked.")
    _say(
        f"{_lock}_lock",
        any=f"{{who}} takes {{a}}{_how}.",
        spins=_SPINS,
        nothing=_NOTHING,
        preempt=f"{{who}} disables preemption; {_WORDLESS}",
    )
    _say(
        f"{_lock}_unlock",
        any="{who} releases {a}.",
        nothing=_NOTHING,
        preempt=f"{{who}} enables preemption again; {_WORDLESS}",
    )
    _say(
        f"{_lock}_lock_irq {_lock}_lock_irqsave",
        any=f"{{who}} switches interrupts off and takes {{a}}{_how}.",
        spins="{who} switches interrupts off, finds {lock} held by {holder}, and spins.",
        nothing=f"{{who}} switches interrupts off; {_WORDLESS}",
        preempt=f"{{who}} switches interrupts and preemption off; {_WORDLESS}",
    )
    _say(
        f"{_lock}_unlock_irq",
        any="{who} releases {a} and switches interrupts on.",
        nothing=f"{{who}} switches interrupts on; {_WORDLESS}",
        preempt=f"{{who}} switches interrupts and preemption on; {_WORDLESS}",
    )
    _say(
        f"{_lock}_unlock_irqrestore",
        any="{who} releases {a} and puts interrupts back as they were.",
        nothing=f"{{who}} puts interrupts back as they were; {_WORDLESS}",
        preempt=f"{{who}} puts interrupts back as they were and enables preemption; {_WORDLESS}",
    )
    _say(
        f"{_lock}_lock_bh",
        any=f"{{who}} switches bottom halves off and takes {{a}}{_how}.",
        spins="{who} switches bottom halves off, finds {lock} held by {holder}, and spins.",
        nothing=f"{{who}} switches bottom halves off; {_WORDLESS}",
        preempt=f"{{who}} switches bottom halves and preemption off; {_WORDLESS}",
    )
    _say(
        f"{_lock}_unlock_bh",
        any="{who} releases {a} and switches bottom halves on.",
        nothing=f"{{who}} switches bottom halves on; {_WORDLESS}",
        preempt=f"{{who}} switches bottom halves and preemption on; {_WORDLESS}",
    )
    _say(
        f"{_lock}_trylock",
        any=f"{{who}} tries to take {{a}}{_how}.",
        yes=f"{{who}} finds {{a}} free and takes it{_how}.",
        no="{who} finds {a} held and goes on without it.",
    )
_say("spin_is_locked", any="{who} looks at {a}.", yes="{who} sees {a} held.", no="{who} sees {a} free.")
_say("local_bh_disable", any="{who} switches bottom halves off on its CPU.")
_say("local_bh_enable", any="{who} lets bottom halves run again on its CPU.")
_say("local_irq_disable", any="{who} switches interrupts off on its CPU.")
_say("local_irq_enable", any="{who} switches interrupts on on its CPU.")
_say("local_irq_save", any="{who} notes whether interrupts are on, and switches them off.")
_say("local_irq_restore", any="{who} puts interrupts back as they were.")
_say("irqs_disabled", any="{who} asks whether interrupts are off.", yes="Interrupts are off.", no="Interrupts are on.")
_say("preempt_disable", any="{who} disables preemption.")
_say("preempt_enable", any="{who} enables preemption again.")
_say("in_interrupt in_irq", any="{who} calls {op}().", yes="{who} is in an interrupt.", no="{who} is in no interrupt.")
_say(
    "in_softirq",
    any="{who} calls in_softirq().",
    yes="{who} is in a bottom half, or has them switched off.",
    no="{who} is in no bottom half.",
)
_say(
    "in_atomic",
    any="{who} calls in_atomic().",
    yes="preempt_count says that {who} must not sleep.",
    no="preempt_count of {who} is 0: as far as it knows, sleeping is allowed.",
)

# ---- barriers, bits, atomics
_say("mb rmb wmb smp_mb smp_rmb smp_wmb barrier", any="{who} passes a barrier, {op}().")
_say("xchg", any="{who} swaps {a} in one step: {b} goes in, {result} comes out.")
_say(
    "cmpxchg",
    any="{who} compares {a} with {b} in one step: it holds {result}.",
    yes="{who} finds {b} in {a} and puts {c} there, in one step.",
    no="{who} finds {result} in {a}, not {b}, and leaves it.",
)
_say("set_bit", any="{who} sets bit {a} of {b}.")
_say("clear_bit", any="{who} clears bit {a} of {b}.")
_say("change_bit", any="{who} flips bit {a} of {b}.")
_say("test_bit", any="{who} looks at bit {a} of {b}: {result}.")
_say("test_and_set_bit", any="{who} sets bit {a} of {b}, which was {result}, in one step.")
_say("test_and_clear_bit", any="{who} clears bit {a} of {b}, which was {result}, in one step.")
_say("test_and_change_bit", any="{who} flips bit {a} of {b}, which was {result}, in one step.")
_say("atomic_set", any="{who} writes {b} to {a}.")
_say("atomic_read", any="{who} reads {a}: {result}.")
_say("atomic_add", any="{who} adds {a} to {b}, in one step.")
_say("atomic_sub", any="{who} subtracts {a} from {b}, in one step.")
_say("atomic_inc", any="{who} adds 1 to {a}, in one step.")
_say("atomic_dec", any="{who} subtracts 1 from {a}, in one step.")
_say("atomic_inc_return atomic_inc_and_test", any="{who} adds 1 to {a}, in one step; {op} gives {result}.")
_say("atomic_dec_return atomic_dec_and_test", any="{who} subtracts 1 from {a}, in one step; {op} gives {result}.")
_say("atomic_add_return", any="{who} adds {a} to {b}, in one step: {result}.")
_say("atomic_sub_return", any="{who} subtracts {a} from {b}, in one step: {result}.")

# ---- kernel/fork.c, exit.c, signal.c
_say(
    "kernel_thread",
    any="{who} starts {a} as a new thread.",
    ok="{who} starts {a} as a new thread, pid {result}.",
    fails="{who} cannot start {a}: kernel_thread returns {result}.",
)
_say("daemonize", any="{who} drops user memory, blocks all signals and becomes init's child, named {a}.")
_say("reparent_to_init", any="{who} becomes a child of init.", already="{who} becomes a child of init, as it was.")
_say("do_exit kthread_exit", any="{who} ends with code {a}.")
_say(
    "exit",
    any="{who} ends with code {code}.",
    reaped="{who} ends with code {code}, and init reaps it at once.",
    disowned="{who} ends with code {code}, and is gone at once: its parent has no use for the news.",
    left="{who} ends with code {code}, and is a zombie until init comes to it.",
    zombie="{who} ends with code {code} and stays a zombie: its parent never waits for it.",
    process="{who} is done with {a}.",
    irq="{who} returns.",
)
_say(
    "allow_signal",
    any="{who} lets {signal} through.",
    pending="{who} lets {signal} through, and one is waiting: it is pending now.",
    invalid="{who} names no valid signal: allow_signal returns -EINVAL.",
)
_say("disallow_signal", any="{who} blocks {signal} again.", invalid="{who} names no valid signal: -EINVAL.")
_say(
    "signal_pending",
    any="{who} asks whether a signal is pending.",
    yes="{who} asks for signals, and one is pending.",
    no="{who} asks for signals: none is pending.",
)
_say("flush_signals", any="{who} forgets all pending signals.")
_say("reap", any="init reaps {target}: only who holds a reference still has its task_struct.")

# ---- kernel/power/process.c
_say("freezing", any="{who} asks whether it is the freezer that wants something: {result}.")
_say(
    "refrigerator try_to_freeze",
    any="{who} stands still, in D, until the freezer lets it go.",
    no="{who} finds that the freezer wants nothing of it, and goes on.",
)
_say("refrigerator:return try_to_freeze:return", any="{who} has been let go, and its state is as it was.")
_say("set_freezable", any="{who} lets the freezer ask it from now on.")

# ---- kernel/timer.c
_say("init_timer", any="{who} makes the timer {a} ready.")
_say("setup_timer timer_setup", any="{who} makes the timer {a} ready, with its function {b}.")
_say("add_timer", any="{who} starts the timer {a}.")
_say(
    "mod_timer",
    any="{who} puts off the timer {a}.",
    yes="{who} puts off the timer {a}, which was pending.",
    no="{who} starts the timer {a}.",
)
_say(
    "del_timer",
    any="{who} stops the timer {a}.",
    yes="{who} stops the timer {a}, which was pending.",
    no="{who} finds the timer {a} not pending; its function may run now all the same.",
)
_say(
    "del_timer_sync",
    any="{who} stops the timer {a}.",
    yes="{who} stops the timer {a}, which was pending, and its function does not run.",
    no="{who} finds the timer {a} not pending, and its function does not run.",
)
_say(
    "timer_pending", any="{who} looks at {a}.", yes="{who} sees {a} pending.", no="{who} sees that {a} is not pending."
)
_say("expire", any="The timer {a} expires: {b} runs in a bottom half on CPU {cpu}{onto}.")

# ---- include/linux/list.h
_say("INIT_LIST_HEAD", any="{who} makes {a} an empty list.")
_say("list_add", any="{who} puts {a} onto {b}, at its head.")
_say("list_add_tail", any="{who} puts {a} onto {b}, at its tail.")
_say("list_del", any="{who} takes {a} off its list; its links are poison now.")
_say("list_del_init", any="{who} takes {a} off its list; its links are an empty list now.")
_say("list_empty", any="{who} looks at {a}.", yes="{who} sees {a} empty.", no="{who} sees something on {a}.")
_say("list_entry", any="{who} works out {call}: {result}.")

# ---- kernel/kthread.c
_say("kthread_create kthread_run", any="{who} asks for a new thread that runs {a}, and sleeps until it is made.")
_say(
    "kthread_create:return",
    any="{who} has a new thread, which sleeps until it is woken, then runs {a}.",
    fails="{who} gets no new thread for {a}: ERR_PTR(-ENOMEM).",
)
_say(
    "kthread_run:return",
    any="{who} has a new thread, awake, which runs {a}.",
    fails="{who} gets no new thread for {a}: ERR_PTR(-ENOMEM).",
)
_say("kthread_bind", any="{who} ties {a} to CPU {b}.")
_say(
    "kthread_should_stop",
    any="{who} asks whether it should stop.",
    yes="{who} asks whether it should stop: yes.",
    no="{who} asks whether it should stop: no.",
)
_say("kthread_freezable_should_stop", any="{who} asks whether it should stop, after the freezer has had its way.")
_say(
    "kthread_stop",
    any="{who} tells {a} to stop, wakes it, and sleeps in D until it has ended.",
    in_turn="{who} waits in D before it may tell {a} to stop: another kthread_stop is not over.",
    ended="{who} tells {a} to stop, which has ended: kthread_stop returns{gives}.",
)
_say(
    "kthread_stop:return",
    any="{who} is on a CPU again: {a} has ended, and kthread_stop returns{gives}.",
    again="{who} is woken too early, and goes on waiting in D for the end of {a}.",
    asks="{who} has its turn: it tells {a} to stop, wakes it, and sleeps in D until it has ended.",
    in_turn="{who} is woken too early: another kthread_stop is not over.",
)

# ---- kernel/kmod.c
_say(
    "call_usermodehelper",
    any="{who} asks khelper to run {a}, and waits in D.",
    no_wait="{who} asks khelper to run {a}, and goes on without waiting.",
    empty="{who} asks for a helper with an empty path: nothing runs, and 0 comes back.",
    busy="{who} asks for a helper before khelper exists: -EBUSY.",
    refused="{who} asks for {a}, and nobody is sent: {result} comes back at once.",
)
_say(
    "call_usermodehelper:return",
    any="{who} is on a CPU again: call_usermodehelper returns{gives}.",
    failed="{who} is on a CPU again: call_usermodehelper returns{gives}, so no helper ran.",
    again="{who} is woken too early, and goes on waiting for khelper in D.",
)
_say(
    "register_sysctl register_sysctl_table",
    any="{who} makes the files of its row under /proc/sys.",
)
_say("unregister_sysctl_table", any="{who} takes its files under /proc/sys away.")
_say("helper_take", any="khelper takes the request and makes a child to run {a}.")
_say("helper_complete", any="khelper reports back: {waiting} is on the run queue again.")
_say("helper_exit", any="The helper{with_id} ends.")
_say(
    "exec",
    any="{a} is run{with_id}.",
    ok="{a} begins to run{with_id}.",
    missing="There is no {a}: the exec fails with -ENOENT.",
    denied="{a} may not be executed: the exec fails with -EACCES.",
    noexec="{a} is not a program: the exec fails with -ENOEXEC.",
    failed="{a} cannot be run: the exec fails.",
)

# ---- mm/slab.c
_say(
    "kmalloc kzalloc",
    any="{who} asks for {a} bytes{getting}.",
    ok="{who} gets {a} bytes{getting}.",
    slept="{who} sleeps until there is memory, so that others run, and gets {a} bytes{getting}.",
    fails="{who} asks for {a} bytes, and there are none: NULL.",
    sleeps="{who} asks for {a} bytes and has to wait for them: it gives up the CPU.",
)
_say("kmalloc:return kzalloc:return", any="{who} is on a CPU again, TASK_RUNNING, and gets its memory.")
_say("kfree", any="{who} gives {a} back.", null="{who} frees NULL: nothing happens.")

# ---- text and the log
_say("printk", any="{who} writes to the log: {text}")
_say("sprintf snprintf scnprintf strcpy strncpy strlcpy strscpy", any='{who} writes "{text}" into {a}.')
_say("memset", any="{who} fills {a} with {b}.")
_say("IS_ERR PTR_ERR ERR_PTR", any="{who} works out {call}: {result}.")
_say("strcat", any='{who} appends "{text}" to {a}.')
_say("strlcat", any='{who} appends to {a}, which holds "{text}" now.')
_say("kstrdup kasprintf", any="{who} asks for memory with a text in it.")
_say("ksize", any="{who} asks how large {a} is: {result} bytes.")
_say(
    "strlen strcmp strncmp min max ffs fls hweight32 sizeof cast likely unlikely READ_ONCE WRITE_ONCE ACCESS_ONCE",
    any="{who} works out {call}: {result}.",
)
_say("BUG", any="{who} reaches BUG(): the kernel stops here.")
_say("BUG_ON", any="{who} passes BUG_ON: it is not so.", yes="{who} meets BUG_ON, and it is so: the kernel stops here.")
_say("WARN_ON", any="{who} passes WARN_ON: it is not so.", yes="{who} meets WARN_ON, and it is so: the log says it.")

# ---- what the world does
_say(
    "kill signal",
    any="{signal} is sent to {target}.",
    woken="{signal} comes for {target} and wakes it.",
    pending="{signal} comes for {target}, which does not sleep in S: it is pending, and nobody is woken.",
    not_asleep_yet="{signal} comes for {target}, not yet asleep: it becomes TASK_RUNNING.",
    blocked="{signal} comes for {target}, which blocks it: it is queued, and nobody is woken.",
    dead="{signal} comes too late: {target} has ended.",
)
_say(
    "spurious",
    any="{target} is woken without a reason.",
    running="A wake-up without a reason finds {target} awake: nothing happens.",
    not_asleep_yet="A wake-up without a reason finds {target} not yet asleep: it becomes TASK_RUNNING.",
)
_say(
    "timer",
    any="The timer of {target} expires, and it is on the run queue again.",
    running="The timer of {target} expires and finds it awake.",
)
_say("reclaim", any="Memory is found for {target}: it is on the run queue again.")
_say("fail", any="The next {failing} will fail.")
_say("irq_enter", any="The {irq} interrupt lands on CPU {cpu}{onto}.")
_say("irq_return", any="The {irq} interrupt returns on CPU {cpu}{back_to}.")
_say(
    "write",
    any='"{b}" is written to {a}.',
    refused="A write to {a} by {user} is refused.",
    by_others='{user}, who is not root, writes "{b}" to {a}.',
)
_say("read", any='A read of {a} gives "{text}".', refused="A read of {a} by {user} is refused.")
_say("freeze", any="The freezer asks {target} to stand still, for the machine is to be suspended.")
_say("thaw", any="The machine is awake again, and the freezer lets {target} go.")
_say("preempt", any="{who} is preempted: it loses the CPU and stays on the run queue.")

# ---- what declarations say of themselves
for _call in CALLS.values():
    for _outcome, _template in stories(_call.doc).items():
        CATALOGUE[(f"{_call.name}:return", "") if _outcome == "return" else (_call.name, _outcome)] = _template
