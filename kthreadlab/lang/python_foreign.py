"""What students bring along from Python and from C's library, and what the kernel has instead.

One table for names (``print``, ``time.sleep``), one for the modules they come from, one for methods (``ids.append``),
one for types (``int``).  Every call that a table recommends is one that a module may make.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Foreign:
    """Why the kernel has no such name, and what it has."""

    rule: str
    look: str


NOT_HERE = "the kernel has this, and kthreadlab has not"
_LOG = "a kernel has no terminal and no stdio, it has a log"
_SLEEP = "a thread waits in the scheduler: it declares its state, then gives up the CPU"
_THREAD = "a kernel thread is a function that the kernel is asked to run"
_LOCK = "a lock is data that everybody sees, taken and given back by calls"
_SIGNAL = "who waits sleeps on a queue, and whoever changes the condition wakes the queue"
_MEMORY = "memory has an owner and a size: who takes it gives it back"
_FILES = "there are no open files in kernel space: a file below /proc/sys is how users reach a module"
_PROGRAM = "a program is a user's: the kernel asks a helper to run it"
_TEXT = "a text is bytes in a char buffer of fixed size, with a NUL at its end"
_COLLECTION = "data has a fixed size and place: there is no heap behind a value"
_TYPE = "a value has the type that its variable was declared with"
_LOOP = "C loops count, or follow links"
_NUMBER = "integers are all there is: the kernel leaves the FPU to user space"
_CLOCK = "the kernel counts ticks, not dates"
_CHANCE = "every order of steps is tried: nothing is left to chance"
_ERROR = "nothing is thrown in a kernel: a call that fails returns a negative errno"
_OBJECT = "data is a struct and code is a function: there are no objects"
_END = "a thread ends when its function returns"
_BOOT = "nobody starts a module's code but the kernel"
_WORK = "work is queued on the queue that is always there, or on one of the module's own"
_BOTTOM = "what an interrupt leaves for later is a tasklet, or, where it may sleep, work"
_IRQ = "a handler is registered for a line, with what tells it from others there"
_SPELLING = "the kernel spells it otherwise"

_PRINTK = 'printk("text\\n") writes to the log; printk("id %d\\n", event_id) formats'
_TIMEOUT = "set_current_state(TASK_INTERRUPTIBLE), then schedule_timeout(HZ): HZ jiffies are a second; or msleep(1000)"
_KERNEL_THREAD = "kernel_thread(function, argument, flags), or kthread_run(function, argument, name)"
_SPIN = "lock = DEFINE_SPINLOCK() at module level; spin_lock(lock) ... spin_unlock(lock)"
_QUEUE = (
    "queue = DECLARE_WAIT_QUEUE_HEAD(); wait_event_interruptible(queue, condition) and wake_up_interruptible(queue)"
)
_HELPER = "call_usermodehelper(path, argv, envp, wait)"
_SPRINTF = 'snprintf(buffer, sizeof(buffer), "%d", n)'
_ARRAY = "ids = array(u32, 8); ids[0] = 7"

_WHICH_CPU = "which CPU a task is on is nothing that a program may know here"
_KILLABLE = "a sleep that SIGKILL alone ends is not here"
_BIG_LOCK = "the big kernel lock is not here: schedule() would have to drop it"

_NAMES: dict[tuple[str, str], str] = {
    (_LOG, 'pr_info("text") writes to the log: no device has a name here'): "dev_info dev_err dev_warn dev_dbg"
    " dev_notice dev_crit dev_alert dev_emerg dev_printk netdev_info netdev_err netdev_warn netdev_dbg",
    (
        _WHICH_CPU,
        "data that each CPU has is an array here, or one word changed in one step: atomic_inc(count)",
    ): "smp_processor_id raw_smp_processor_id get_cpu put_cpu get_cpu_var put_cpu_var this_cpu_inc per_cpu",
    (_KILLABLE, "down(sem), which no signal ends, or down_interruptible(sem)"): "down_killable mutex_lock_killable",
    (
        _KILLABLE,
        "wait_for_completion(done), or wait_for_completion_interruptible(done)",
    ): "wait_for_completion_killable wait_for_completion_killable_timeout schedule_timeout_killable",
    (_BIG_LOCK, "a lock of your own: sem = DECLARE_MUTEX(); down(sem) ... up(sem)"): "lock_kernel unlock_kernel",
    (
        _WORK,
        "schedule_work(work), schedule_delayed_work(work, delay); any CPU may run it",
    ): "system_wq system_long_wq system_unbound_wq system_highpri_wq keventd_wq queue_work_on schedule_work_on "
    "queue_delayed_work_on schedule_delayed_work_on schedule_on_each_cpu",
    (_WORK, "INIT_WORK(work, function)"): "PREPARE_WORK PREPARE_DELAYED_WORK INIT_WORK_ONSTACK INIT_DEFERRABLE_WORK",
    (
        _WORK,
        "destroy_workqueue(wq) waits for all that is queued, flush_workqueue(wq) for what is now",
    ): "drain_workqueue flush_work_sync cancel_rearming_delayed_workqueue",
    (
        _BOTTOM,
        "t = DECLARE_TASKLET(function, data), tasklet_schedule(t); since 2.6 schedule_work(work)",
    ): "tq_struct INIT_TQUEUE DECLARE_TASK_QUEUE queue_task run_task_queue schedule_task flush_scheduled_tasks "
    "DECLARE_TASKLET_OLD tasklet_disable_in_atomic open_softirq raise_softirq",
    (
        _IRQ,
        "request_irq(irq, handler, flags, name, dev); what may sleep is left to a thread or a work item",
    ): "request_threaded_irq devm_request_irq request_any_context_irq setup_irq IRQ_WAKE_THREAD",
    (_LOG, _PRINTK): "print printf fprintf puts putchar perror logging.debug logging.info logging.warning logging.error"
    " logging.exception sys.stdout.write sys.stderr.write warnings.warn pprint pprint.pprint",
    (_SLEEP, _TIMEOUT): "sleep usleep nanosleep time.sleep asyncio.sleep",
    (_THREAD, _KERNEL_THREAD): "pthread_create fork clone threading.Thread Thread multiprocessing.Process Process"
    " asyncio.create_task asyncio.run os.fork _thread.start_new_thread create_task",
    (_LOCK, _SPIN): "threading.Lock threading.RLock Lock RLock pthread_mutex_lock pthread_mutex_unlock"
    " multiprocessing.Lock asyncio.Lock pthread_mutex_init",
    (_SIGNAL, _QUEUE): "threading.Event threading.Condition threading.Barrier Event Condition asyncio.Event"
    " pthread_cond_wait pthread_cond_signal queue.Queue Queue asyncio.Queue select select.select poll epoll_wait",
    (_SIGNAL, "sem = DECLARE_MUTEX() is one of count 1; down(sem) ... up(sem)"): "threading.Semaphore Semaphore"
    " threading.BoundedSemaphore asyncio.Semaphore sem_wait sem_post",
    (_SIGNAL, "wait_for_completion(done), where the thread calls complete(done) before it ends"): "pthread_join waitpid"
    " os.wait os.waitpid",
    (_SIGNAL, "a timer: init_timer(timer), timer.function = f, add_timer(timer)"): "threading.Timer setitimer alarm",
    (_THREAD, "current is the task that is running"): "threading.current_thread os.getpid getpid pthread_self"
    " threading.get_ident getppid os.getppid",
    (_PROGRAM, _HELPER): "system execve execv execl execvp popen os.system os.popen os.execv os.execve os.spawnv"
    " os.posix_spawn subprocess.run subprocess.call subprocess.Popen subprocess.check_call subprocess.check_output",
    (_FILES, "a row of a ctl_table with proc_dostring, and a char_array(256) behind it"): "open fopen read write close"
    " fclose input raw_input scanf gets getline sys.stdin.read os.open os.read os.write os.environ os.getenv getenv"
    " sys.argv",
    (_MEMORY, "kmalloc(size, GFP_KERNEL)"): "malloc realloc alloca",
    (_MEMORY, "kzalloc(size, GFP_KERNEL)"): "calloc",
    (_MEMORY, "kfree(pointer)"): "free",
    (_MEMORY, "memset(p, 0, size) fills memory; strcpy(to, text) copies text"): "bzero bcopy",
    (_TEXT, "strlen(text) counts characters; the length of an array is the number it was declared with"): "len",
    (_TEXT, _SPRINTF): "str repr format ascii chr itoa",
    (_TEXT, "a character beside an element is a number already: buf[0] == 'a'"): "ord",
    (_TEXT, "go through the characters: n = n * 10 + buf[i] - 48"): "atoi strtol strtoul",
    (_TYPE, "n = u32(0) or n = s32(0) declares an integer; in an expression nothing needs to be converted"): "int bool"
    " long",
    (_NUMBER, "count in smaller units: jiffies, bytes"): "float complex round pow divmod",
    (_NUMBER, "x if x >= 0 else -x"): "abs",
    (_COLLECTION, _ARRAY): "list tuple bytearray bytes memoryview",
    (_COLLECTION, 'ev = struct("ev", id=u32, next=ptr("ev")), or an array'): "dict defaultdict namedtuple dataclass",
    (_COLLECTION, "a bitmap: set_bit(nr, word), test_bit(nr, word)"): "set frozenset",
    (_COLLECTION, "list_add_tail(item.link, head) and list_empty(head) are the kernel's queue"): "deque"
    " collections.deque heapq.heappush heapq.heappop",
    (_LOOP, "for i in range(n): ... ids[i]"): "enumerate zip map filter sorted reversed iter next any all sum",
    (_CLOCK, "jiffies is the tick now, HZ are a second"): "time.time time.monotonic time.perf_counter gettimeofday"
    " clock clock_gettime datetime.now datetime.datetime.now",
    (_CHANCE, "an event_id is what report_event was given"): "random rand srand random.random random.randint"
    " random.choice random.shuffle random.sample",
    (_ERROR, "return -EINVAL; the caller tests: if ret < 0:"): "Exception ValueError RuntimeError OSError"
    " KeyboardInterrupt TimeoutError errno perror",
    (_ERROR, "BUG_ON(a condition that must not hold)"): "assert abort",
    (_OBJECT, "a static, which `global name` lets a function assign; a struct: p.field"): "self cls super object"
    " property staticmethod classmethod getattr setattr hasattr",
    (_TYPE, "what is declared is known: nothing needs to be asked"): "type isinstance issubclass callable id hash",
    (_OBJECT, "names are resolved when the module is linked"): "globals locals vars dir eval exec compile"
    " __import__ importlib.import_module",
    (_END, "return 0 at its end, or do_exit(code)"): "exit quit sys.exit os._exit pthread_exit os.abort",
    (_END, "kill -9 is a Signal of the scenario; the thread asks signal_pending(current)"): "kill os.kill signal.signal"
    " signal raise_signal",
    (_BOOT, "a check starts mykthread by itself; elsewhere init_module() does what a main would"): "main __name__",
    (_SPELLING, "True, or 1"): "true",
    (_SPELLING, "False, or 0"): "false",
    (_SPELLING, "NULL"): "null nullptr nil",
    (_SLEEP, "set_current_state(TASK_INTERRUPTIBLE), then schedule()"): "pause sched_yield",
    (NOT_HERE, "TASK_UNINTERRUPTIBLE, in which no signal ends the sleep"): "TASK_IDLE TASK_KILLABLE TASK_NOLOAD"
    " TASK_WAKEKILL TASK_PARKED",
    (NOT_HERE, "wait_event(queue, condition)"): "wait_event_killable wait_event_idle wait_event_idle_timeout",
    (
        NOT_HERE,
        "prepare_to_wait(queue, wait, state), then the condition, then schedule(); in the end finish_wait(queue, wait)",
    ): "wait_woken woken_wake_function DEFINE_WAIT_FUNC",
    (NOT_HERE, "send_sig(SIGTERM, task, 1)"): "kill_pid kill_pgrp send_group_sig_info do_send_sig_info",
    (NOT_HERE, "siginitsetinv(current.blocked, mask)"): "sigprocmask sigset_t",
    (NOT_HERE, "spin_lock(lock), then list_add(entry, head)"): "list_add_rcu list_add_tail_rcu list_del_rcu"
    " list_replace_rcu list_for_each_entry_rcu",
    (NOT_HERE, "kfree(p), once nobody can find it any more"): "kfree_rcu synchronize_net synchronize_sched"
    " synchronize_srcu srcu_read_lock srcu_read_unlock",
    (
        _SIGNAL,
        "wait = DECLARE_WAITQUEUE(current) is an entry; wait_event_interruptible(queue, condition) waits",
    ): "wait",
}

FOREIGN: dict[str, Foreign] = {name: Foreign(*why) for why, names in _NAMES.items() for name in names.split()}
"""Names from elsewhere, dotted ones too, and what the kernel has for them."""

_MODULES: dict[str, str] = {
    "time": "time.sleep",
    "datetime": "time.time",
    "threading": "threading.Thread",
    "_thread": "threading.Thread",
    "multiprocessing": "threading.Thread",
    "concurrent": "threading.Thread",
    "asyncio": "time.sleep",
    "queue": "queue.Queue",
    "select": "select.select",
    "subprocess": "subprocess.run",
    "os": "os.system",
    "sys": "sys.exit",
    "signal": "signal.signal",
    "random": "random.random",
    "logging": "print",
    "warnings": "print",
    "pprint": "print",
    "collections": "collections.deque",
    "heapq": "collections.deque",
    "string": "str",
    "ctypes": "int",
    "math": "float",
    "json": "str",
    "re": "str",
    "io": "open",
    "pathlib": "open",
    "socket": "open",
    "dataclasses": "dict",
    "typing": "int",
    "kthreadlab": "import",
    "linux": "import",
}
"""Modules of Python that a beginner reaches for, each with the name of `FOREIGN` that stands for it."""

_NO_MODULES = "there is no libc in kernel space; what the kernel has is already there, under its own name"


def foreign(dotted: str) -> Foreign | None:
    """What the kernel has for a name, or for the module that it is or begins with; None if nobody knows it."""
    root = dotted.partition(".")[0]
    return FOREIGN.get(dotted) or (imported(root) if root in _MODULES else None)


def imported(module: str) -> Foreign:
    """Why a module of Python is not imported, and what the kernel has for it."""
    stands = FOREIGN.get(_MODULES.get(module.partition(".")[0], ""))
    return Foreign(_NO_MODULES, stands.look if stands else "leave it out: kthreadlab man lists what there is")


METHODS: dict[str, str] = {
    "append": "{it}[n] = x; n += 1, as far as the array goes",
    "extend": "a loop: {it}[n] = x; n += 1",
    "insert": "list_add_tail(item.link, head), or a loop that moves the elements",
    "pop": "n -= 1; x = {it}[n]",
    "remove": "list_del(item.link), or a loop that moves the elements",
    "clear": "a loop that stores 0 into each element",
    "sort": "a loop that compares the elements",
    "index": "a loop that compares the elements",
    "count": "a loop that counts the elements",
    "copy": "strcpy(to, {it}) for text, a loop for an array",
    "keys": "a struct has fields with names: {it}.field",
    "values": "a struct has fields with names: {it}.field",
    "items": "a struct has fields with names: {it}.field",
    "get": "a struct has fields with names: {it}.field",
    "update": "one assignment a field: {it}.field = x",
    "add": "set_bit(nr, {it})",
    "discard": "clear_bit(nr, {it})",
    "format": _SPRINTF,
    "join": 'snprintf(buffer, sizeof(buffer), "%s%s", a, b)',
    "split": "a loop over the characters: {it}[i]",
    "strip": "a loop over the characters: {it}[i]",
    "replace": "a loop over the characters: {it}[i]",
    "startswith": "strncmp({it}, text, strlen(text)) == 0",
    "endswith": "strcmp({it}, text) == 0 compares all of it",
    "encode": "a text is bytes already: {it}",
    "decode": "a text is bytes already: {it}",
    "upper": "a loop over the characters: {it}[i]",
    "lower": "a loop over the characters: {it}[i]",
    "write": _PRINTK,
    "read": "a row of a ctl_table with proc_dostring, and a char_array(256) behind it",
    "close": "nothing was opened: leave it out",
    "flush": "nothing is buffered: leave it out",
    "acquire": "spin_lock({it}), or read_lock({it}) and write_lock({it})",
    "release": "spin_unlock({it}), or read_unlock({it}) and write_unlock({it})",
    "locked": "spin_is_locked({it})",
    "start": _KERNEL_THREAD,
    "run": _KERNEL_THREAD,
    "join_thread": "wait_for_completion(done)",
    "is_alive": "kthread_stop(task) waits for the end of a thread",
    "wait": "wait_event_interruptible({it}, condition)",
    "notify": "wake_up_interruptible({it})",
    "notify_all": "wake_up_interruptible_all({it})",
    "put": "list_add_tail(item.link, head), then wake_up_interruptible(queue)",
    "set": "the condition = 1, then wake_up_interruptible({it})",
    "is_set": "the condition itself, read under its lock",
    "cancel": "del_timer({it})",
    "kill": "kthread_stop(task); a SIGKILL comes from outside",
    "sleep": _TIMEOUT,
}
"""Methods of Python's objects, and what does it to the object *it*."""

TYPES: dict[str, str] = {
    "int": "s32",
    "signed": "s32",
    "unsigned": "u32",
    "short": "s16",
    "long": "s64",
    "char": "u8",
    "bool": "u8",
    "byte": "u8",
    "size_t": "u64",
    "pid_t": "s32",
    "str": 'ptr("text")',
    "string": 'ptr("text")',
    "bytes": 'ptr("text")',
    "list": "ptr()",
    "object": "ptr()",
    "void": "ptr()",
    "ptr": "ptr()",
    "float": "u32",
    "uint": "u32",
    **{f"{sign}int{bits}_t": f"{sign or 's'}{bits}" for sign in ("u", "") for bits in (8, 16, 32, 64)},
    **{f"{sign}int{bits}": f"{sign or 's'}{bits}" for sign in ("u", "") for bits in (8, 16, 32, 64)},
    **{f"__{sign}{bits}": f"{sign}{bits}" for sign in ("u", "s") for bits in (8, 16, 32, 64)},
}
"""Names of types elsewhere, and how the type is written here."""
