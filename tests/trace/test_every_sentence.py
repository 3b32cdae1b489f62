"""Every sentence of the catalogue tells something that can happen: small programs, each walked along every path."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kthreadlab import (
    Call,
    Config,
    Enter,
    Exit,
    Fault,
    Fork,
    Freeze,
    Helper,
    Pause,
    Process,
    Ptrace,
    Read,
    Signal,
    Spurious,
    Wait4,
    Write,
)
from kthreadlab.compile.runtime import MAX_OBJECTS
from kthreadlab.lang.outcome import Outcome
from kthreadlab.trace.catalogue import CATALOGUE
from tests.machine.drive import lines
from tests.machine.test_every_call import CONFIGS, PROGRAMS, text_of
from tests.trace.walk import told

UP, PREEMPT, EACH = Config(cpus=1), Config(cpus=1, preempt=True, smp=True), Config(cpus=8)
TODAY = Config("6.12", cpus=8)


@dataclass(frozen=True)
class Small:
    """A module, a machine and a world in which it is walked through."""

    text: str
    config: Config = UP
    world: dict[str, object] = field(default_factory=dict)
    heap: int = 4


def thread(*body: str, before: str = "", config: Config = UP, **world: object) -> Small:
    """One thread that does *body*; *before* it stands whatever else the module has."""
    return Small(before + "\n\n" + lines(*body), config, world)


def other(name: str, *body: str) -> str:
    """The text of another function."""
    return f"def {name}():\n" + "".join(f"    {line}\n" for line in body) + "\n\n"


QUEUE = "queue = DECLARE_WAIT_QUEUE_HEAD()\n"
SLEEP = ("set_current_state(TASK_INTERRUPTIBLE)", "schedule()")
DEEP = ("set_current_state(TASK_UNINTERRUPTIBLE)", "schedule()")
ADD, REMOVE = ("w = DECLARE_WAITQUEUE(current)", "add_wait_queue(queue, w)"), "remove_wait_queue(queue, w)"
WAKER = {"calls": [Call("waker", "wakes")]}
KILL = {"signals": [Signal("mykthread")]}
HEARS = "allow_signal(SIGKILL)"


# ---- wake-ups ------------------------------------------------------------------------------------------------------


def wakes(name: str) -> list[Small]:
    """A wake-up that finds its queue in every way in which a queue can be."""
    call = f"{name}(queue, 2)" if name.endswith("_nr") else f"{name}(queue)"
    text = QUEUE + other("wakes", call)
    second = f"def second(unused):\n    {ADD[0]}\n    {ADD[1]}\n    {SLEEP[0]}\n    {SLEEP[1]}\n    return 0\n\n\n"
    return [
        thread(*ADD, *SLEEP, REMOVE, "return 0", before=text, config=EACH, **WAKER),
        thread(*ADD, *DEEP, REMOVE, "return 0", before=text, config=EACH, **WAKER),
        thread(*ADD, "return 0", before=text + second, config=EACH, threads=["mykthread", "second"], **WAKER),
        thread(
            "init_waitqueue_entry(mine, current)",
            "add_wait_queue(queue, mine)",
            "return 0",
            before=text + "mine = wait_queue_t()\n",
            **WAKER,
        ),
    ]


WAKES = [name for name in PROGRAMS if name.startswith("wake_up") and name != "wake_up_process"]
TASK = 'task = ptr("task_struct")\n' + other("wakes", "if task != NULL:", "    wake_up_process(task)")
WAKE_UPS = [
    *(small for name in WAKES for small in wakes(name)),
    thread("global task", "task = get_task_struct(current)", *SLEEP, "return 0", before=TASK, config=EACH, **WAKER),
]

# ---- waiting in line -----------------------------------------------------------------------------------------------


def in_line(declared: str, wait: str, give: str, *taken: str) -> list[Small]:
    """Two that wait for an object, and one who gives it: with signals, without, woken for nothing."""
    text = declared + "\n" + other("gives", give) + f"def second(unused):\n    {wait}\n    return 0\n\n\n"
    calls = {"calls": [Call("giver", "gives")], "threads": ["mykthread", "second"]}
    return [
        thread(*taken, wait, "return 0", before=text, config=EACH, **calls),
        thread(
            HEARS, *taken, wait, give, "return 0", before=text, config=EACH, spurious=[Spurious("mykthread")], **KILL
        ),
        thread(wait, give, "return 0", before=text, config=EACH, **calls),
    ]


DONE, SEM, MUT = "it = DECLARE_COMPLETION()", "it = DECLARE_MUTEX()", "it = DEFINE_MUTEX()"
RWSEM = "it = DECLARE_RWSEM()"
IN_LINE = [
    *in_line(DONE, "wait_for_completion(it)", "complete(it)"),
    *in_line(DONE, "wait_for_completion_interruptible(it)", "complete_all(it)"),
    *in_line(DONE, "wait_for_completion_timeout(it, 5)", "complete(it)"),
    *in_line(DONE, "wait_for_completion_interruptible_timeout(it, 5)", "complete(it)"),
    thread("wait_for_completion_interruptible_timeout(it, -1)", before=DONE),
    *in_line(SEM, "down(it)", "up(it)", "down(it)"),
    *in_line(SEM, "down_timeout(it, 5)", "up(it)", "down(it)"),
    thread("down(it)", "down_timeout(it, 0)", before=SEM),
    thread("need_resched()"),
    thread("list_is_singular(ring)", before="ring = LIST_HEAD()\n"),
    *in_line(SEM, "down_interruptible(it)", "up(it)", "down(it)"),
    *in_line(MUT, "mutex_lock(it)", "mutex_unlock(it)", "mutex_lock(it)"),
    *in_line(MUT, "mutex_lock_interruptible(it)", "mutex_unlock(it)", "mutex_lock(it)"),
    thread("wait_for_completion_timeout(it, -1)", "complete(it)", "wait_for_completion_timeout(it, 5)", before=DONE),
    thread("try_wait_for_completion(it)", before=DONE),
    thread("cmpxchg(word, 3, 4)", "cmpxchg(word, 7, 5)", "WARN_ON(0)", before="word = u32(7)\n"),
    thread("mutex_lock(it)", "mutex_trylock(it)", before=MUT),
    *in_line(RWSEM, "down_read(it)", "up_write(it)", "down_write(it)"),
    *in_line(RWSEM, "down_write(it)", "up_read(it)", "down_read(it)"),
    *in_line(RWSEM, "down_read(it)", "downgrade_write(it)", "down_write(it)"),
    thread("init_rwsem(it)", "down_write_trylock(it)", "down_write_trylock(it)", "downgrade_write(it)", before=RWSEM),
    thread(
        "down_read_trylock(it)", "up_read(it)", "down_write(it)", "down_read_trylock(it)", "up_write(it)", before=RWSEM
    ),
]

# ---- sleeping, signals, spinning locks -----------------------------------------------------------------------------

HELD = "lock = DEFINE_SPINLOCK()\nrw = DEFINE_RWLOCK()\n"
SLEEPING = [
    thread("kill_proc(current.pid, SIGTERM, 1)", "dequeue_signal(current)", "dequeue_signal(current)"),
    thread("send_sig(SIGTERM, current, 1)", "dequeue_signal_lock(current)", "dequeue_signal_lock(current)"),
    thread("allow_signal(SIGTERM)", "send_sig(SIGTERM, current, 1)", *["kernel_dequeue_signal()"] * 2, config=TODAY),
    thread(HEARS, *SLEEP, *SLEEP, "return 0", **KILL, spurious=[Spurious("mykthread")]),
    thread('daemonize("d")', *SLEEP, "return 0", **KILL),
    thread(HEARS, *SLEEP, "signal_pending(current)", *DEEP, "return 0", **KILL),
    thread("schedule_timeout(-1)", "schedule_timeout(5)", SLEEP[0], "schedule_timeout(5)", **KILL),
    thread(SLEEP[0], "schedule_timeout(5)", "return 0", spurious=[Spurious("mykthread")]),
    thread("set_current_state(TASK_RUNNING)", "__set_current_state(TASK_RUNNING)", "return 0"),
    thread("__set_current_state(TASK_UNINTERRUPTIBLE)", "return 0"),
    thread("x = word", "set_current_state(x)", "__set_current_state(x)", "return 0", before="word = u32(4)\n"),
    thread("allow_signal(65)", "disallow_signal(SIGKILL)", "return 0"),
    *(
        thread("w = DECLARE_WAITQUEUE(current)", f"prepare_to_wait{how}(queue, w, TASK_INTERRUPTIBLE)", before=QUEUE)
        for how in ("", "_exclusive")
    ),
    *(
        thread(HEARS, f"wait_event_interruptible{how}(queue, 0)", "return 0", before=QUEUE, config=TODAY, **KILL)
        for how in ("", "_exclusive")
    ),
    thread("read_lock(rw)", "write_trylock(rw)", "spin_lock(lock)", "spin_trylock(lock)", before=HELD, config=EACH),
    thread("write_lock(rw)", "read_trylock(rw)", "spin_lock(lock)", "spin_is_locked(lock)", before=HELD, config=EACH),
    thread(
        "return 0",
        before=other("nic", "in_interrupt()", "in_irq()", "in_atomic()"),
        calls=[Call("nic", "nic", context="irq")],
    ),
]

SHUT = "raw = timer_list()\n\n\ndef fired(t):\n    return\n\n\n"
OTHER_NAMES = [
    *(
        thread("timer_setup(raw, fired, 0)", *start, f"{stop}(raw)", before=SHUT, config=TODAY)
        for stop in ("timer_delete", "timer_delete_sync", "timer_shutdown", "timer_shutdown_sync")
        for start in ((), ("mod_timer(raw, jiffies + 5)",))
    ),
    *(
        thread(*start, "wq_has_sleeper(queue)", "wq_has_single_sleeper(queue)", "return 0", before=QUEUE, config=TODAY)
        for start in ((), ("w = DEFINE_WAIT()", "prepare_to_wait_exclusive(queue, w, TASK_RUNNING)"))
    ),
]

OWN_SLEEPS = ("schedule_timeout_interruptible", "schedule_timeout_uninterruptible")
NAPS = [
    *(thread(f"{x}(5)", "return 0", spurious=[Spurious("mykthread")]) for x in ("msleep", "ssleep")),
    thread("usleep_range(5, 9)", "return 0", spurious=[Spurious("mykthread")]),
    *(
        thread(HEARS, "msleep_interruptible(5)", "msleep_interruptible(5)", spurious=[Spurious("mykthread")], **world)
        for world in ({}, KILL)
    ),
    *(thread(HEARS, f"{x}(-1)", f"{x}(5)", f"{x}(5)", spurious=[Spurious("mykthread")]) for x in OWN_SLEEPS),
    thread(HEARS, f"{OWN_SLEEPS[0]}(5)", f"{OWN_SLEEPS[0]}(5)", **KILL),
    thread(HEARS, SLEEP[0], "io_schedule()", SLEEP[0], "io_schedule()", "io_schedule()", **KILL),
    thread(
        HEARS, "io_schedule_timeout(-1)", SLEEP[0], "io_schedule_timeout(5)", SLEEP[0], "io_schedule_timeout(5)",
        "io_schedule_timeout(5)", spurious=[Spurious("mykthread")], **KILL,
    ),
    thread("atomic_add_unless(count, 1, 0)", "atomic_add_unless(count, 1, 1)", before="count = ATOMIC_INIT(0)\n"),
    *(
        thread(f"refcount_set(users, {n})", f"{x}(users)", "return 0", before="users = refcount_t()\n", config=TODAY)
        for x in ("refcount_inc", "refcount_dec", "refcount_dec_and_test", "refcount_inc_not_zero")
        for n in (0, 1, 2)
    ),
    *(
        thread("kref_init(k)" if n else "pass", "kref_get(k)", *["kref_put(k, last)"] * 4, "kref_get(k)", config=config,
               before="k = kref()\n\n\ndef last(counted):\n    return\n\n\n")
        for n in (0, 1)
        for config in (UP, TODAY)
    ),
    *(
        thread("kref_init(k)" if n else "pass", "kref_get_unless_zero(k)", before="k = kref()\n", config=TODAY)
        for n in (0, 1)
    ),
    thread("atomic_inc_not_zero(count)", "atomic_inc(count)", "atomic_inc_not_zero(count)",
           before="count = ATOMIC_INIT(0)\n"),
]  # fmt: skip

# ---- threads -------------------------------------------------------------------------------------------------------

WORKER = """
task = ptr("task_struct")


def worker(unused):
    while not kthread_should_stop():
        set_current_state(TASK_INTERRUPTIBLE)
        if not kthread_should_stop():
            schedule()
        set_current_state(TASK_RUNNING)
    return 7


def child(unused):
    return 0


"""
STOPS = WORKER + other("stops", "if task != NULL:", "    kthread_stop(task)")
RUN, CREATE = 'task = kthread_run(worker, 0, "worker")', 'task = kthread_create(worker, 0, "worker")'
FORK = {"faults": [Fault("fork")]}
THREADS = [
    thread(
        'task = kthread_run(parks, 0, "kid")',
        "kthread_park(task)",
        "kthread_unpark(task)",
        "return 0",
        before="def parks(x):\n    kthread_should_park()\n    if kthread_should_park():\n"
        "        kthread_parkme()\n    kthread_parkme()\n    return 0\n",
        config=TODAY,
    ),
    thread("global task", RUN, "kthread_stop(task)", "return 0", before=STOPS, config=EACH, **FORK),
    thread("global task", CREATE, "kthread_stop(task)", "return 0", before=STOPS, config=EACH, **FORK),
    thread("kernel_thread(child, 0, 0)", "return 0", before=WORKER, **FORK),
    thread(
        "global task",
        RUN,
        "get_task_struct(task)",
        before=STOPS,
        config=TODAY,
        calls=[Call("stopper", "stops")],
    ),
    thread(
        "global task",
        RUN,
        before=STOPS,
        config=EACH,
        calls=[Call("stopper", "stops"), Call("second", "stops")],
        spurious=[Spurious("stopper"), Spurious("second")],
    ),
    thread(
        "global task",
        RUN,
        "get_task_struct(task)",
        before=STOPS,
        config=EACH,
        calls=[Call("stopper", "stops"), Call("second", "stops")],
    ),
    thread(
        'one = kthread_run(child, 0, "child")',
        "get_task_struct(one)",
        "kthread_stop(one)",
        before=WORKER,
        config=TODAY,
    ),
]

# ---- timers, the freezer, files, helpers, memory ---------------------------------------------------------------------

TIMER = "timer = timer_list()\n\n\ndef fired(data):\n    in_softirq()\n\n\n"
ROW = 'text = char_array(16)\nrow = ctl_table(1, "text", text, 16, 0o600, NULL, proc_dostring, sysctl_string)\n'
FILE = "/proc/sys/kernel/text"
FILES = [
    {"writes": [Write(FILE, "x\n")], "reads": [Read(FILE)]},
    {"writes": [Write(FILE, "x\n", user="nobody")], "reads": [Read(FILE, user="nobody")]},
]
CALL = 'call_usermodehelper("{}", argv, envp, {})'
VECTORS = ('argv = ["/bin/ok", NULL]', 'envp = ["ID=7", NULL]')
HELPERS = {
    "/bin/ok": Helper(),
    "/bin/denied": Helper(error=-13),
    "/bin/text": Helper(error=-8),
    "/bin/bad": Helper(error=-7),
}


def helper(path: str, wait: int, config: Config = UP, **world: object) -> Small:
    """A thread that has a program executed."""
    return thread(*VECTORS, CALL.format(path, wait), "return 0", config=config, **{"helpers": HELPERS, **world})


WORLD = [
    thread(
        "setup_timer(timer, fired, 0)",
        "mod_timer(timer, jiffies + 5)",
        "mod_timer(timer, jiffies + 9)",
        "del_timer(timer)",
        "mod_timer(timer, jiffies + 5)",
        "del_timer_sync(timer)",
        before=TIMER,
        config=EACH,
    ),
    *(
        thread(f"{call}()", "return 0", config=Config(version), freeze=Freeze())
        for call in ("refrigerator", "try_to_freeze")
        for version in ("2.6.11", "2.6.24")
    ),
    *(thread("register_sysctl_table(row)", *SLEEP, before=ROW, **world) for world in FILES),
    thread(
        "register_sysctl_table(row)",
        *SLEEP,
        before=ROW.replace("0o600", "0o666"),
        writes=[Write(FILE, "x\n", user="nobody")],
    ),  # fmt: skip
    *(helper(path, 0) for path in (*HELPERS, "/bin/gone", "")),
    helper("/bin/ok", 1),
    helper("/bin/ok", 0, TODAY),
    helper("/bin/ok", 0, spurious=[Spurious("mykthread")]),
    helper("/bin/ok", 0, boot="no_khelper"),
    helper("/bin/ok", -1),
    helper("/bin/ok", 1, TODAY, faults=[Fault()]),
    *(
        thread(SLEEP[0], f"p = {call}(8, GFP_KERNEL)", "kfree(p)", "return 0", faults=[Fault()], config=config)
        for call in ("kmalloc", "kzalloc")
        for config in (UP, EACH)
    ),
]

# ---- what ends a path ----------------------------------------------------------------------------------------------

LINKED = 'item = struct("item", id=u32, link=list_head)\nring = LIST_HEAD()\nnode = item()\n'
DEAD = QUEUE + "\n\ndef leaves():\n    w = DECLARE_WAITQUEUE(current)\n    add_wait_queue(queue, w)\n\n\n"
FAULTS = {
    "": thread(*["spin_lock(lock)"] * 10, before=HELD),
    "null_pointer": thread("p = kmalloc(8, GFP_ATOMIC)", "strcpy(NULL, 'x')"),
    "bad_pointer": thread("kfree(text)", before="text = char_array(4)\n"),
    "uninitialised_lock": thread("lock = spinlock_t()", "spin_lock(lock)", config=EACH),
    "uninitialised_queue": thread("q = wait_queue_head_t()", "wake_up(q)"),
    "uninitialised_local": thread("if word:", "    x = 1", "y = x", before="word = u32(0)\n"),
    "divide_by_zero": thread("x = 1 // word", before="word = u32(0)\n"),
    "overflow": thread("x: s32 = 0x7fffffff", "x += 1"),
    "shift": thread("x = 1 << word", before="word = u32(99)\n"),
    "bug": thread("BUG_ON(1)"),
    "panic": thread(
        "return 0", before=other("nic", "do_exit(1)"), calls=[Call("nic", "nic", context="irq")]
    ),
    "not_queued": thread("w = DECLARE_WAITQUEUE(current)", REMOVE, before=QUEUE),
    "poisoned_entry": thread(*ADD, REMOVE, REMOVE, before=QUEUE),
    "dangling_entry": thread("leaves()", "wake_up(queue)", before=DEAD),
    "corrupted_list": thread(*["list_add(node.link, ring)"] * 2, "list_del(node.link)", before=LINKED),
    "corrupted_queue": thread(*ADD, "add_wait_queue(queue, w)", "wake_up(queue)", before=QUEUE),
    "use_after_free": thread("p = kmalloc(8, GFP_ATOMIC)", "kfree(p)", "strcpy(p, 'x')"),
    "ended_task": thread(
        "global task", "task = current", 'daemonize("d")', "return 0",
        before='task = ptr("task_struct")\n' + other("looks", "if task != NULL:", "    wake_up_process(task)"),
        config=EACH, calls=[Call("looker", "looks")],
    ),
    "out_of_bounds": thread("items = [1, 2]", "x = items[word]", before="word = u32(2)\n"),
    "dead_stack": thread(
        "keep()", "strcpy(kept, 'x')",
        before='kept = ptr("text")\n' + other("keep", "global kept", "a = char_array(4)", "kept = a"),
    ),
    "unloaded": thread(
        "try_module_get(THIS_MODULE)", "return 0", before=other("cleanup", "might_sleep()"), config=EACH,
        calls=[Call("rmmod", "cleanup")], rmmod="rmmod",
    ),
    "text_overflow": thread("strcpy(text, 'abcdef')", before="text = char_array(4)\n"),
    "double_free": thread("p = kmalloc(8, GFP_ATOMIC)", "kfree(p)", "kfree(p)"),
    "heap_full": Small(lines("while True:", "    p = kmalloc(8, GFP_ATOMIC)"), heap=MAX_OBJECTS),
    "endless_loop": thread("n = 0", "while True:", "    n = 1"),
    "sleep_in_interrupt": thread(
        "return 0", before=other("nic", "schedule()"), calls=[Call("nic", "nic", context="irq")]
    ),
}  # fmt: skip

EXAMPLES = [
    Small(text_of(name, "mykthread"), config)
    for name in PROGRAMS
    for config in (CONFIGS.values() if any(x in name for x in ("lock", "irq", "bh")) else [UP])
]

# ---- processes of user space ----------------------------------------------------------------------------------------


def family(*processes: Process, **world: object) -> Small:
    """Processes of which some make a thread of the module."""
    makes = other("spawn", "kernel_thread(mykthread, 0, SIGCHLD)")
    return Small(lines("return 0") + "\n\n" + makes, UP, {"threads": [], "processes": processes, **world})


def waiter(options: str, config: Config = UP, flags: str = "SIGCHLD", **world: object) -> Small:
    """A process that starts a thread and waits for it in the kernel."""
    start = other("start", f"pid = kernel_thread(mykthread, 0, {flags})", f"sys_wait4(pid, NULL, {options}, NULL)")
    text = lines("reparent_to_init()", "return 0") if world.pop("gone", False) else lines("return 0")
    world = {"threads": [], "processes": [Process("sh", Enter("start"), Pause())], **world}
    return Small(f"{text}\n\n{start}", config, world)


CHILD = Process("child", Exit(3))
TO_CHILD = [Signal("child", x) for x in ("SIGSTOP", "SIGCONT", "SIGTERM")]
FAMILIES = [
    family(Process("sh", Fork(CHILD), Wait4(), Wait4()), faults=[Fault("fork")], spurious=[Spurious("sh")]),
    family(Process("sh", Fork(Process("child", Pause())), Pause()), signals=TO_CHILD, spurious=[Spurious("child")]),
    family(Process("sh", Fork(Process("child", Pause()))), signals=TO_CHILD[2:]),
    family(Process("sh", Fork(Process("child", Pause())), Wait4(), ignores=["SIGCHLD"]), signals=TO_CHILD[2:]),
    family(Process("sh", Fork(CHILD), Wait4(), ignores=["SIGCHLD"])),
    family(Process("sh", Enter("spawn"), Wait4())),
    waiter("0", signals=[Signal("sh", "SIGTERM")], spurious=[Spurious("sh")], faults=[Fault("fork")]),
    waiter("0", gone=True, spurious=[Spurious("sh")]),
    thread('daemonize("d")', "return 0", config=Config("2.6.32")),
    thread("daemonize()", "return 0", config=Config("2.4")),
    waiter("WNOHANG", PREEMPT),
    waiter("0", flags="CLONE_FS"),
    waiter("4"),
    family(Process("sh", Fork(Process("child"))), ptraces=[Ptrace("child")]),
    family(Process("child", Pause()), signals=TO_CHILD[2:], ptraces=[Ptrace("child"), Ptrace("child")]),
    thread(*SLEEP, "return 0", ptraces=[Ptrace("mykthread")]),
    thread('daemonize("d")', *SLEEP, "return 0", ptraces=[Ptrace("mykthread")]),
]

# ---- work, tasklets, interrupts --------------------------------------------------------------------------------------

JOB = """work = DECLARE_WORK(job)
late = DECLARE_DELAYED_WORK(job)
wq = ptr()


def job(x):
    yield()


"""
NOW = JOB.replace("yield()", "might_sleep()")
WAKEN = {"spurious": [Spurious("mykthread", 2)]}
OLD, TODAYS = Config("2.6.32", cpus=8), Config("6.12", cpus=8)
MAKE = 'wq = create_workqueue("jobs")'
SOON = """soon = DECLARE_TASKLET(fired, 0)


def fired(x):
    wake_up(queue)


"""


def work(*body: str, text: str = NOW, config: Config = OLD, **world: object) -> Small:
    """A thread that hands out work."""
    return thread("global wq", *body, "return 0", before=text, config=config, **world)


WORK = [
    work("schedule_work(work)", "schedule_work(work)", "work_pending(work)", "flush_scheduled_work()", **WAKEN),
    work("flush_scheduled_work()", MAKE, "flush_workqueue(wq)"),
    *(
        work("schedule_work(work)", "schedule_delayed_work(late, 0)", call, text=JOB, **WAKEN)
        for call in ("flush_work(work)", "cancel_work_sync(work)", "cancel_delayed_work_sync(late)",
                     "cancel_rearming_delayed_work(late)")
    ),
    work("schedule_delayed_work(late, 0)", "flush_delayed_work(late)", text=NOW, config=TODAYS, **WAKEN),
    work("schedule_delayed_work(late, 9)", "schedule_delayed_work(late, 9)"),
    work("delayed_work_pending(late)"),
    work(MAKE, "queue_work(wq, work)", "queue_work(wq, work)", "flush_workqueue(wq)", **WAKEN),
    work(MAKE, "queue_work(wq, work)", "destroy_workqueue(wq)", **WAKEN),
    work(MAKE, "queue_delayed_work(wq, late, 9)", "queue_delayed_work(wq, late, 9)"),
    work(MAKE, "mod_delayed_work(wq, late, 9)", "mod_delayed_work(wq, late, 9)", config=TODAYS),
    *(
        work(f"wq = {call}", config=TODAYS, faults=[Fault("kmalloc")])
        for call in (MAKE[5:], MAKE[5:].replace("create_", "create_singlethread_"), 'alloc_workqueue("jobs", 0, 0)',
                     'alloc_ordered_workqueue("jobs", 0)')
    ),
    thread(*["tasklet_schedule(soon)", "tasklet_hi_schedule(soon)"] * 2, before=QUEUE + SOON),
    thread(*["tasklet_disable(soon)"] * 2, *["tasklet_enable(soon)"] * 2, before=QUEUE + SOON),
    thread(*["disable_irq(11)"] * 2, *["enable_irq(11)"] * 2),
    thread('request_irq(11, served, 0, "a", NULL)', 'request_irq(11, served, 0, "b", NULL)', "free_irq(11, NULL)",
           before="def served(irq, dev, regs):\n    return IRQ_HANDLED\n\n\n"),
]  # fmt: skip

GROUPS = {
    "processes": FAMILIES,
    "wake-ups": WAKE_UPS,
    "waiting in line": IN_LINE,
    "sleeping, signals, locks": SLEEPING,
    "sleeps of their own": NAPS,
    "other names": OTHER_NAMES,
    "threads": THREADS,
    "the world": WORLD,
    "work, tasklets, interrupts": WORK,
    "faults": list(FAULTS.values()),
    "examples": EXAMPLES,
}
FALLBACK = ("", "")
"""What tells an operation that nobody has written a sentence for."""


def sentences_of(small: Small) -> set[tuple[str, str]]:
    """Those that tell what can happen to a small program."""
    return told(small.text, small.config, small.heap, **small.world)


@pytest.fixture(scope="module")
def reached() -> set[tuple[str, str]]:
    """The sentences that all the programs together need."""
    return {key for group in GROUPS.values() for small in group for key in sentences_of(small)}


def test_every_sentence_tells_something_that_can_happen(reached: set[tuple[str, str]]) -> None:
    """What no program can ever ask for is to be struck out; what a new outcome asks for gets a program here."""

    assert [] == sorted(CATALOGUE.keys() - reached - {FALLBACK})


def test_nothing_happens_without_a_sentence(reached: set[tuple[str, str]]) -> None:
    """None falls back on `name(arguments)`."""

    assert FALLBACK not in reached


@pytest.mark.parametrize("cause", FAULTS)
def test_a_fault_is_told_by_its_cause(cause: str) -> None:
    """The program that is to show it ends in it."""

    assert ("fault", cause) in sentences_of(FAULTS[cause])


def test_every_fault_with_a_sentence_has_its_program() -> None:
    """The table above is as long as the catalogue's."""

    assert set(FAULTS) == {cause for op, cause in CATALOGUE if op == "fault"}


def test_every_outcome_is_somebodys() -> None:
    """What no sentence and no describer speaks of is no outcome."""

    assert [] == sorted(set(Outcome) - {outcome for _, outcome in CATALOGUE} - set(UNTOLD))


UNTOLD = (
    Outcome.TAKEN,
    Outcome.RELEASED,
    Outcome.LOCK_DEPTH,
    Outcome.OTHER_LOCK,
    Outcome.PREEMPT_COUNT,
    Outcome.NOT_TERMINATED,
)
"""What pictures ask for, and faults that say themselves what they are: no sentence differs by them."""
