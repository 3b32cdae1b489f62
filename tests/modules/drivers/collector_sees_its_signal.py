# shape: garbage collector that is told by signals
# options: --call trigger(0) --kill
# breaks: sleeps_when_idle
# also: dies_cleanly
# on: up each pre
# profile: 2.6.11
flash = struct(
    "flash", erase_lock=spinlock_t, dirty=u32, collected=u32, thread_start=completion, gc_task=ptr("task_struct")
)
chips = array(flash, 2)


def collect(c: ptr("flash")):
    spin_lock(c.erase_lock)
    if c.dirty:
        c.dirty -= 1
        c.collected = 1
    spin_unlock(c.erase_lock)


def gc_thread(c: ptr("flash")):
    daemonize("jffs2_gcd_mtd")
    allow_signal(SIGKILL)
    spin_lock(c.erase_lock)
    c.gc_task = current
    spin_unlock(c.erase_lock)
    complete(c.thread_start)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):  # right
            break  # right
        if c.dirty == 0:
            schedule()
        set_current_state(TASK_RUNNING)
        cond_resched()
        collect(c)
    set_current_state(TASK_RUNNING)
    spin_lock(c.erase_lock)
    c.gc_task = NULL
    spin_unlock(c.erase_lock)
    return 0


def trigger(n: u32):
    c = chips[n]
    spin_lock(c.erase_lock)
    c.dirty += 1
    if c.gc_task != NULL:
        wake_up_process(c.gc_task)
    spin_unlock(c.erase_lock)


def mount(n: u32):
    c = chips[n]
    spin_lock_init(c.erase_lock)
    init_completion(c.thread_start)
    if kernel_thread(gc_thread, c, CLONE_FS | CLONE_FILES) >= 0:
        wait_for_completion(c.thread_start)


def setup():
    mount(0)
    mount(1)
    return 0


module_init(setup)
