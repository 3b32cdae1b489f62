"""Every call of the kernel's API: one tiny program a call compiles, runs to its end, is seen in the trace and told."""

from __future__ import annotations

import re

import pytest

import kthreadlab.machine.machine  # noqa: F401  (registers the operations)
from kthreadlab import Call, Config
from kthreadlab.compile.calls import MACROS as WRITTEN_OUT
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.docs import example
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import drive, fault, printed

STATICS = """
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()
word = u32(12)
count = ATOMIC_INIT(0)
text = char_array(16)
other = char_array(16)
ready = u32(1)
ev = struct("ev", id=u32)


def child(unused):
    return 0


def fired(unused):
    wake_up(queue)


def gone(counted):
    wake_up(queue)


def served(irq, dev, regs):
    return IRQ_HANDLED


def wake():
    wake_up(queue)


"""

DECLARED = {
    "done": "done = DECLARE_COMPLETION()\n",
    "sem": "sem = DECLARE_MUTEX()\n",
    "mut": "mut = DEFINE_MUTEX()\n",
    "rwsem": "rwsem = DECLARE_RWSEM()\n",
    "head": "head = rcu_head()\n",
    "raw": "raw = timer_list()\n",
    "work": "work = work_struct()\n",
    "dwork": "dwork = delayed_work()\n",
    "soft": "soft = tasklet_struct()\n",
    "users": "users = REFCOUNT_INIT(1)\n",
    "refs": "refs = kref()\n",
    "ring": "ring = LIST_HEAD()\nitem = struct('item', id=u32, link=list_head)\nnode = item()\n",
    "row": 'row = ctl_table("text", text, 16, 0o644, proc_dostring)\n',
    "old_row": 'old_row = ctl_table(1, "text", text, 16, 0o644, NULL, proc_dostring, sysctl_string)\n',
}
"""What is declared where a program speaks of it: not every kernel has them."""

PROGRAMS: dict[str, tuple[str, str]] = {
    # kernel/sched.c
    "schedule": ("schedule()", ""),
    "schedule_timeout": ("set_current_state(TASK_INTERRUPTIBLE); r = schedule_timeout(5)", "0"),
    "set_current_state": ("set_current_state(TASK_UNINTERRUPTIBLE); r = current.state", "2"),
    "__set_current_state": ("__set_current_state(TASK_INTERRUPTIBLE); r = current.state", "1"),
    "yield": ("yield()", ""),
    "cond_resched": ("r = cond_resched()", ""),
    "wake_up_process": ("r = wake_up_process(current)", "0"),
    "get_task_struct": ("t = get_task_struct(current); r = wake_up_process(t); put_task_struct(t)", "0"),
    "put_task_struct": ("get_task_struct(current); put_task_struct(current)", ""),
    **{
        name: (f"{name}(queue{', 2' if name.endswith('_nr') else ''})", "")
        for name in (
            "wake_up wake_up_nr wake_up_all wake_up_interruptible wake_up_interruptible_nr wake_up_interruptible_all"
            " wake_up_interruptible_sync"
        ).split()
    },
    "sleep_on": ("sleep_on(queue)", ""),
    "interruptible_sleep_on": ("interruptible_sleep_on(queue)", ""),
    # kernel/wait.c
    "init_waitqueue_head": ("init_waitqueue_head(queue)", ""),
    "init_waitqueue_entry": ("w = wait_queue_t(); init_waitqueue_entry(w, current)", ""),
    "init_wait": (
        "w = wait_queue_t(); init_wait(w); prepare_to_wait(queue, w, TASK_INTERRUPTIBLE);"
        " r = waitqueue_active(queue); finish_wait(queue, w)",
        "1",
    ),
    "add_wait_queue": (
        "w = DECLARE_WAITQUEUE(current); add_wait_queue(queue, w); r = waitqueue_active(queue);"
        " remove_wait_queue(queue, w)",
        "1",
    ),
    "add_wait_queue_exclusive": (
        "w = DECLARE_WAITQUEUE(current); add_wait_queue_exclusive(queue, w); remove_wait_queue(queue, w)",
        "",
    ),
    "remove_wait_queue": (
        "w = DECLARE_WAITQUEUE(current); add_wait_queue(queue, w); remove_wait_queue(queue, w);"
        " r = waitqueue_active(queue)",
        "0",
    ),
    "prepare_to_wait": (
        "w = DEFINE_WAIT(); prepare_to_wait(queue, w, TASK_INTERRUPTIBLE); r = current.state; finish_wait(queue, w)",
        "1",
    ),
    "prepare_to_wait_exclusive": (
        "w = DEFINE_WAIT(); prepare_to_wait_exclusive(queue, w, TASK_UNINTERRUPTIBLE); r = current.state;"
        " finish_wait(queue, w)",
        "2",
    ),
    "finish_wait": (
        "w = DEFINE_WAIT(); prepare_to_wait(queue, w, TASK_INTERRUPTIBLE); finish_wait(queue, w); r = current.state",
        "0",
    ),
    "waitqueue_active": ("r = waitqueue_active(queue)", "0"),
    "wait_event": ("wait_event(queue, ready == 1)", ""),
    "wait_event_interruptible": ("r = wait_event_interruptible(queue, ready == 1)", "0"),
    "wait_event_interruptible_exclusive": ("r = wait_event_interruptible_exclusive(queue, ready == 1)", "0"),
    "wait_event_timeout": ("r = wait_event_timeout(queue, ready == 2, 5)", "0"),
    "wait_event_interruptible_timeout": ("r = wait_event_interruptible_timeout(queue, ready == 2, 5)", "0"),
    # kernel/sched.c: completions
    "init_completion": ("init_completion(done); r = completion_done(done)", "0"),
    "complete": ("complete(done); r = completion_done(done)", "1"),
    "complete_all": ("complete_all(done); wait_for_completion(done); r = completion_done(done)", "1"),
    "complete_and_exit": ("complete_and_exit(done, 3)", ""),
    "wait_for_completion": ("complete(done); wait_for_completion(done); r = completion_done(done)", "0"),
    "wait_for_completion_timeout": ("r = wait_for_completion_timeout(done, 5)", "0"),
    "wait_for_completion_interruptible": ("complete(done); r = wait_for_completion_interruptible(done)", "0"),
    "try_wait_for_completion": ("complete(done); r = try_wait_for_completion(done)", "1"),
    "completion_done": ("r = completion_done(done)", "0"),
    # lib/semaphore-sleepers.c, kernel/mutex.c
    "sema_init": ("sema_init(sem, 2); down(sem); r = down_trylock(sem)", "0"),
    "init_MUTEX": ("init_MUTEX(sem); r = down_trylock(sem); up(sem)", "0"),
    "init_MUTEX_LOCKED": ("init_MUTEX_LOCKED(sem); r = down_trylock(sem)", "1"),
    "down": ("down(sem); r = down_trylock(sem); up(sem)", "1"),
    "down_interruptible": ("r = down_interruptible(sem); up(sem)", "0"),
    "down_trylock": ("r = down_trylock(sem); up(sem)", "0"),
    "up": ("down(sem); up(sem); r = down_trylock(sem)", "0"),
    "mutex_init": ("mutex_init(mut); r = mutex_is_locked(mut)", "0"),
    "mutex_lock": ("mutex_lock(mut); r = mutex_is_locked(mut); mutex_unlock(mut)", "1"),
    "mutex_lock_interruptible": ("r = mutex_lock_interruptible(mut); mutex_unlock(mut)", "0"),
    "mutex_trylock": ("r = mutex_trylock(mut); mutex_unlock(mut)", "1"),
    "mutex_unlock": ("mutex_lock(mut); mutex_unlock(mut); r = mutex_is_locked(mut)", "0"),
    "mutex_is_locked": ("r = mutex_is_locked(mut)", "0"),
    # lib/rwsem.c
    "init_rwsem": ("init_rwsem(rwsem); r = down_write_trylock(rwsem); up_write(rwsem)", "1"),
    "down_read": ("down_read(rwsem); r = down_write_trylock(rwsem); up_read(rwsem)", "0"),
    "down_write": ("down_write(rwsem); r = down_read_trylock(rwsem); up_write(rwsem)", "0"),
    "down_read_trylock": ("r = down_read_trylock(rwsem); up_read(rwsem)", "1"),
    "down_write_trylock": ("r = down_write_trylock(rwsem); up_write(rwsem)", "1"),
    "up_read": ("down_read(rwsem); up_read(rwsem); r = down_write_trylock(rwsem); up_write(rwsem)", "1"),
    "up_write": ("down_write(rwsem); up_write(rwsem); r = down_read_trylock(rwsem); up_read(rwsem)", "1"),
    "downgrade_write": (
        "down_write(rwsem); downgrade_write(rwsem); r = down_read_trylock(rwsem); up_read(rwsem); up_read(rwsem)",
        "1",
    ),
    # kernel/spinlock.c
    "spin_lock_init": ("spin_lock_init(lock)", ""),
    "rwlock_init": ("rwlock_init(rw)", ""),
    **{
        f"{verb}_{half}{undo if half == 'unlock' else do}": (
            f"{verb}_lock{do}({args}); r = irqs_disabled(); {verb}_unlock{undo}({args})",
            "1" if do else "0",
        )
        for verb, name in (("spin", "lock"), ("read", "rw"), ("write", "rw"))
        for do, undo in (("", ""), ("_irq", "_irq"), ("_irqsave", "_irqrestore"))
        for half in ("lock", "unlock")
        for args in (f"{name}, flags" if undo == "_irqrestore" else name,)
    },
    **{
        f"{verb}_{half}_bh": (f"{verb}_lock_bh({name}); r = in_softirq(); {verb}_unlock_bh({name})", "1")
        for verb, name in (("spin", "lock"), ("read", "rw"), ("write", "rw"))
        for half in ("lock", "unlock")
    },
    "spin_is_locked": ("r = spin_is_locked(lock)", "0"),
    "spin_trylock": ("r = spin_trylock(lock); spin_unlock(lock)", "1"),
    "read_trylock": ("r = read_trylock(rw); read_unlock(rw)", "1"),
    "write_trylock": ("r = write_trylock(rw); write_unlock(rw)", "1"),
    "local_irq_disable": ("local_irq_disable(); r = irqs_disabled(); local_irq_enable()", "1"),
    "local_irq_enable": ("local_irq_disable(); local_irq_enable(); r = irqs_disabled()", "0"),
    "local_irq_save": ("local_irq_save(flags); r = irqs_disabled(); local_irq_restore(flags)", "1"),
    "local_irq_restore": ("local_irq_save(flags); local_irq_restore(flags); r = irqs_disabled()", "0"),
    "local_bh_disable": ("local_bh_disable(); r = in_softirq(); local_bh_enable()", "1"),
    "local_bh_enable": ("local_bh_disable(); local_bh_enable(); r = in_softirq()", "0"),
    "irqs_disabled": ("r = irqs_disabled()", "0"),
    "preempt_disable": ("preempt_disable(); preempt_enable()", ""),
    "preempt_enable": ("preempt_disable(); preempt_enable()", ""),
    "in_interrupt": ("r = in_interrupt()", "0"),
    "in_irq": ("r = in_irq()", "0"),
    "in_softirq": ("r = in_softirq()", "0"),
    "in_atomic": ("r = in_atomic()", "0"),
    "might_sleep": ("might_sleep()", ""),
    # include/asm
    **{name: (f"{name}()", "") for name in "mb rmb wmb smp_mb smp_rmb smp_wmb barrier".split()},
    "xchg": ("r = xchg(word, 5) + word", "17"),
    "cmpxchg": ("r = cmpxchg(word, 12, 5) + word", "17"),
    "set_bit": ("set_bit(0, word); r = word", "13"),
    "clear_bit": ("clear_bit(2, word); r = word", "8"),
    "change_bit": ("change_bit(3, word); r = word", "4"),
    "test_bit": ("r = test_bit(2, word)", "1"),
    "test_and_set_bit": ("r = test_and_set_bit(0, word) * 100 + word", "13"),
    "test_and_clear_bit": ("r = test_and_clear_bit(2, word) * 100 + word", "108"),
    "test_and_change_bit": ("r = test_and_change_bit(2, word) * 100 + word", "108"),
    "ffs": ("r = ffs(word)", "3"),
    "fls": ("r = fls(word)", "4"),
    "hweight32": ("r = hweight32(word)", "2"),
    "atomic_set": ("atomic_set(count, -7); r = atomic_read(count)", "-7"),
    "atomic_read": ("r = atomic_read(count)", "0"),
    "atomic_add": ("atomic_add(3, count); r = atomic_read(count)", "3"),
    "atomic_sub": ("atomic_sub(3, count); r = atomic_read(count)", "-3"),
    "atomic_inc": ("atomic_inc(count); r = atomic_read(count)", "1"),
    "atomic_dec": ("atomic_dec(count); r = atomic_read(count)", "-1"),
    "atomic_inc_and_test": ("atomic_set(count, -1); r = atomic_inc_and_test(count)", "1"),
    "atomic_dec_and_test": ("r = atomic_dec_and_test(count)", "0"),
    "atomic_inc_return": ("r = atomic_inc_return(count)", "1"),
    "atomic_dec_return": ("r = atomic_dec_return(count)", "-1"),
    "atomic_add_return": ("r = atomic_add_return(9, count)", "9"),
    "atomic_sub_return": ("r = atomic_sub_return(9, count)", "-9"),
    # kernel/fork.c, exit.c, signal.c
    "kernel_thread": ("r = kernel_thread(child, 0, CLONE_KERNEL | SIGCHLD) > 0", "1"),
    "daemonize": ('daemonize("kmy%dd", 7)', ""),
    "reparent_to_init": ("reparent_to_init()", ""),
    "do_exit": ("do_exit(3)", ""),
    "sys_wait4": ("r = sys_wait4(-1, NULL, 0, NULL) + 20", "10"),
    "kthread_exit": ("kthread_exit(3)", ""),
    "kthread_complete_and_exit": ("kthread_complete_and_exit(done, 3)", ""),
    "allow_signal": ("r = allow_signal(SIGKILL)", "0"),
    "disallow_signal": ("r = disallow_signal(65)", "-22"),
    "signal_pending": ("r = signal_pending(current)", "0"),
    "flush_signals": ("flush_signals(current)", ""),
    # include/linux/list.h
    "INIT_LIST_HEAD": ("INIT_LIST_HEAD(ring); r = list_empty(ring)", "1"),
    "list_add": ("list_add(node.link, ring); r = list_empty(ring)", "0"),
    "list_add_tail": ('list_add_tail(node.link, ring); r = list_entry(ring.prev, item, "link") == node', "1"),
    "list_del": ("list_add(node.link, ring); list_del(node.link); r = list_empty(ring)", "1"),
    "list_del_init": ("list_add(node.link, ring); list_del_init(node.link); r = list_empty(node.link)", "1"),
    "list_empty": ("r = list_empty(ring)", "1"),
    "container_of": ('INIT_LIST_HEAD(ring); p = container_of(node.link, item, "link"); p.id = 3; r = node.id', "3"),
    "list_entry": ('list_add(node.link, ring); p = list_entry(ring.next, item, "link"); r = p.id', "0"),
    # kernel/timer.c
    "init_timer": ("init_timer(raw); r = timer_pending(raw)", "0"),
    "setup_timer": ("setup_timer(raw, fired, 3); r = timer_pending(raw)", "0"),
    "timer_setup": ("timer_setup(raw, fired, 0); r = timer_pending(raw)", "0"),
    "add_timer": ("setup_timer(raw, fired, 3); add_timer(raw); r = del_timer(raw)", "1"),
    "mod_timer": ("setup_timer(raw, fired, 3); r = mod_timer(raw, jiffies + HZ); del_timer(raw)", "0"),
    "del_timer": ("setup_timer(raw, fired, 3); r = del_timer(raw)", "0"),
    "del_timer_sync": ("setup_timer(raw, fired, 3); r = del_timer_sync(raw)", "0"),
    "timer_pending": ("setup_timer(raw, fired, 3); add_timer(raw); r = timer_pending(raw); del_timer(raw)", "1"),
    # kernel/kthread.c
    "kthread_create": ('t = kthread_create(child, 0, "kid/%d", 7); r = IS_ERR(t)', "0"),
    "kthread_run": ('t = kthread_run(child, 0, "kid"); r = t != NULL', "1"),
    "kthread_bind": ('t = kthread_create(child, 0, "kid"); kthread_bind(t, 0)', ""),
    "kthread_should_stop": ("r = kthread_should_stop()", "0"),
    "kthread_stop": ('t = kthread_create(child, 0, "kid"); r = kthread_stop(t)', "-4"),
    "IS_ERR": ("r = IS_ERR(ERR_PTR(-12)) * 10 + IS_ERR(NULL)", "10"),
    "PTR_ERR": ("r = PTR_ERR(ERR_PTR(-12))", "-12"),
    "ERR_PTR": ("r = ERR_PTR(-12) == NULL", "0"),
    # kernel/power/process.c, kernel/sysctl.c
    "freezing": ("r = freezing(current)", "0"),
    "refrigerator": ("refrigerator()", ""),
    "try_to_freeze": ("r = try_to_freeze()", "0"),
    "set_freezable": ("set_freezable()", ""),
    "kthread_freezable_should_stop": ("r = kthread_freezable_should_stop()", "0"),
    "wait_event_freezable": ("r = wait_event_freezable(queue, ready)", "0"),
    "register_sysctl": ('r = register_sysctl("kernel", row) != NULL', "1"),
    "register_sysctl_table": ("r = register_sysctl_table(old_row) != NULL", "1"),
    "unregister_sysctl_table": ("h = register_sysctl_table(old_row); unregister_sysctl_table(h)", ""),
    # kernel/kmod.c, mm/slab.c
    "call_usermodehelper": (
        'argv = ["/bin/alert", NULL]; envp = ["HOME=/", NULL]; r = call_usermodehelper("/bin/alert", argv, envp, 0)',
        "0",
    ),
    "kmalloc": ("p = kmalloc(8, GFP_ATOMIC); r = p != NULL; kfree(p)", "1"),
    "kzalloc": ("p = kzalloc(8, GFP_ATOMIC); r = p != NULL; kfree(p)", "1"),
    "kfree": ("kfree(NULL)", ""),
    # lib
    "printk": ('printk(KERN_ERR + "seen %d", 7)', ""),
    "sprintf": ('r = sprintf(text, "%d-%s", 42, "ab")', "5"),
    "snprintf": ('r = snprintf(text, 3, "%d", 12345) * 10 + strlen(text)', "52"),
    "strcpy": ('strcpy(text, "abc"); r = strlen(text)', "3"),
    "strncpy": ('strncpy(text, "abc", 10); r = strlen(text)', "3"),
    "strlen": ('strcpy(text, "abc"); r = strlen(text)', "3"),
    "strcmp": ('strcpy(text, "abc"); strcpy(other, "abd"); r = strcmp(text, other) < 0', "1"),
    "scnprintf": ('r = scnprintf(text, 3, "%d", 12345) * 10 + strlen(text)', "22"),
    "strncmp": ('strcpy(text, "abc"); r = strncmp(text, "abd", 2) * 10 + strncmp(text, "abd", 3)', "-1"),
    "strcat": ('strcpy(text, "abc"); strcat(text, "def"); r = strlen(text)', "6"),
    "strlcpy": ('r = strlcpy(text, "abcdef", 4) * 10 + strlen(text)', "63"),
    "strlcat": ('strcpy(text, "ab"); r = strlcat(text, "cdef", 5) * 10 + strlen(text)', "64"),
    "strscpy": ('r = strscpy(text, "abcdef", 4) * 10 + strlen(text)', "-67"),
    "kstrdup": ('p = kstrdup("abc", GFP_ATOMIC); r = strlen(p); kfree(p)', "3"),
    "kasprintf": ('p = kasprintf(GFP_ATOMIC, "%d-%s", 42, "ab"); r = strlen(p); kfree(p)', "5"),
    "ksize": ("p = kmalloc(9, GFP_ATOMIC); r = ksize(p); kfree(p)", "9"),
    "memset": ('strcpy(text, "abc"); memset(text, 0, 16); r = strlen(text)', "0"),
    # include/linux/kernel.h
    "min": ("r = min(word, 5)", "5"),
    "max": ("r = max(word, 5)", "12"),
    "sizeof": ("r = sizeof(u16)", "2"),
    "cast": ("p = cast(ev, kzalloc(sizeof(ev), GFP_ATOMIC)); r = p.id; kfree(p)", "0"),
    "BUG": ("BUG()", ""),
    "BUG_ON": ("BUG_ON(word == 13)", ""),
    "WARN_ON": ("r = WARN_ON(word == 12)", "1"),
    "likely": ("r = likely(word == 12)", "1"),
    "READ_ONCE": ("r = READ_ONCE(word)", "12"),
    "WRITE_ONCE": ("WRITE_ONCE(word, 5); r = word", "5"),
    "ACCESS_ONCE": ("r = ACCESS_ONCE(word)", "12"),
    "unlikely": ("r = unlikely(word == 12)", "1"),
}
EXAMPLES = {name: found for name, call in CALLS.items() if (found := example(call.doc)) is not None}
PROGRAMS |= EXAMPLES
"""A declaration may hold its own program."""

SLEEPERS = ("sleep_on", "interruptible_sleep_on")
"""They sleep until somebody else wakes them."""
MACROS = frozenset(WRITTEN_OUT)
"""Not operations of their own: what they consist of is seen instead, or nothing at all."""
MAY_NOT_SLEEP = {name for name in CALLS if name.startswith("wait_event")}
"""They test the condition first: nothing sleeps when it holds."""
NOT_IN_AN_INTERRUPT = {
    *(name for name, call in CALLS.items() if call.sleeps or call.process_only),
    *("queue_work queue_delayed_work mod_delayed_work").split(),  # with a queue of their own
    *("set_current_state __set_current_state prepare_to_wait prepare_to_wait_exclusive finish_wait").split(),
    *("reparent_to_init allow_signal disallow_signal signal_pending flush_signals").split(),
}
"""They sleep, or speak of `current`, which in an interrupt is whoever was interrupted."""
IN_AN_INTERRUPT = {"in_interrupt": "1", "in_irq": "1", "in_atomic": "1"}
CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp": Config(cpus=1, smp=True),
    "a_cpu_each": Config(cpus=8),
}


def text_of(name: str, function: str) -> str:
    """A module in which *function* makes the call."""
    body, result = PROGRAMS[name]
    lines = ["global word", *body.split("; "), *(['printk("%d", r)'] if result else []), "return 0"]
    head = f"def {function}({'unused' if function == 'mykthread' else ''}):\n"
    other = "def mykthread(unused):\n    return 0\n\n\n" if function != "mykthread" else ""
    statics = "".join(line for n, line in DECLARED.items() if re.search(rf"\b{n}\b", body))
    return statics + STATICS + other + head + "".join(f"    {line}\n" for line in lines)


def test_the_table_has_every_call() -> None:
    """A call added to the API needs a program: an example in its declaration, else a line here."""

    assert set(CALLS) == set(PROGRAMS)


EVERYWHERE = [
    (name, config)
    for name in sorted(PROGRAMS)
    for config in CONFIGS
    if config in ("up", "a_cpu_each")
    or any(word in name for word in ("lock", "irq", "preempt", "atomic", "wait", "sleep"))
]
"""Builds differ in locks, preemption and placement; the rest is tried on one CPU and on a CPU each."""


@pytest.mark.parametrize("name, config", EVERYWHERE)
def test_a_call_works_in_process_context(name: str, config: str) -> None:
    """It does what its line in the table says, is an event of the trace, and every event has a sentence."""

    calls = [Call("waker", "wake")] if name in SLEEPERS else []
    trace = drive(text_of(name, "mykthread"), CONFIGS[config], prefer=("mykthread", "*"), calls=calls)
    result = PROGRAMS[name][1]
    if name == "in_atomic":
        result = "0"
    assert ([result] if result else []) == printed(trace)[-1:] or name == "printk"
    assert ("bug" if name == "BUG" else "") == fault(trace)
    assert name in MACROS or any(e.op == name for e in trace.events)
    for event in trace.events:
        assert "?" not in narrate(event).replace("?)", "")


@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - NOT_IN_AN_INTERRUPT))
def test_a_call_works_in_an_interrupt(name: str) -> None:
    """What neither sleeps nor speaks of `current` does the same in an interrupt."""

    calls = [Call("nic", "handler", context="irq")]
    trace = drive(text_of(name, "handler"), prefer=("irq/nic",), calls=calls)
    result = IN_AN_INTERRUPT.get(name, PROGRAMS[name][1])
    assert ([result] if result else []) == printed(trace)[-1:] or name == "printk"
    assert ("bug" if name == "BUG" else "") == fault(trace)
    assert name in MACROS or any(e.op == name and e.context == "irq" for e in trace.events)


@pytest.mark.parametrize("name", sorted(n for n, call in CALLS.items() if call.sleeps and n not in MAY_NOT_SLEEP))
def test_a_call_that_may_sleep_is_noticed_in_an_interrupt(name: str) -> None:
    """never_sleeps_atomic sees every call that the API calls sleeping."""

    calls = [Call("nic", "handler", context="irq")]
    trace = drive(text_of(name, "handler"), prefer=("irq/nic",), calls=calls)
    assert ("never_sleeps_atomic", "interrupt") in {(v.property, v.cause) for v in trace.violations}


@pytest.mark.parametrize(
    "name, sentence",
    [
        (
            "wake_up_process",
            "mykthread wakes mykthread, which is TASK_RUNNING: nothing happens, and nothing is remembered.",
        ),
        ("strlen", "mykthread works out strlen(abc): 3."),
        ("strcmp", "mykthread works out strcmp(abc, abd): -1."),
        ("WARN_ON", "mykthread meets WARN_ON, and it is so: the log says it."),
        ("snprintf", 'mykthread writes "12" into text.'),
    ],
)
def test_a_sentence_names_what_the_program_names(name: str, sentence: str) -> None:
    """No number of a cell or an address where the source has a name; what was written, not what was meant."""

    trace = drive(text_of(name, "mykthread"))
    assert sentence == next(narrate(e) for e in trace.events if e.op == name)
