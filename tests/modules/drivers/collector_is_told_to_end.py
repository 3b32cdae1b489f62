# shape: garbage collector that a mount starts and an unmount kills
# options: --call trigger(0) --call unmount(0)
# breaks: returns
# on: up each pre
# profile: 2.6.11
sb = struct(
    "sb", lock=spinlock_t, dirty=u32, erased=u32, start=completion, exited=completion, gc_task=ptr("task_struct")
)
mounts = array(sb, 2)


def should_wake(c: ptr("sb")):
    return c.dirty > 0


def gc_thread(c: ptr("sb")):
    daemonize("jffs2_gcd_mtd0")
    allow_signal(SIGKILL)
    allow_signal(SIGSTOP)
    allow_signal(SIGCONT)
    c.gc_task = current
    complete(c.start)
    die = 0
    while not die:
        set_current_state(TASK_INTERRUPTIBLE)
        if not should_wake(c) and not signal_pending(current):
            schedule()
        set_current_state(TASK_RUNNING)
        while signal_pending(current):
            signr = dequeue_signal_lock(current, current.blocked, NULL)
            if signr == SIGKILL:  # right
                die = 1  # right
        spin_lock(c.lock)
        if c.dirty:
            c.dirty -= 1
            c.erased = 1
        spin_unlock(c.lock)
    spin_lock(c.lock)
    c.gc_task = NULL
    spin_unlock(c.lock)
    complete_and_exit(c.exited, 0)


def trigger(n: u32):
    c = mounts[n]
    spin_lock(c.lock)
    c.dirty += 1
    if c.gc_task != NULL:
        send_sig(SIGHUP, c.gc_task, 1)
    spin_unlock(c.lock)


def unmount(n: u32):
    c = mounts[n]
    spin_lock(c.lock)
    there = c.gc_task != NULL
    if there:
        send_sig(SIGKILL, c.gc_task, 1)
    spin_unlock(c.lock)
    if there:
        wait_for_completion(c.exited)


def mount(n: u32):
    c = mounts[n]
    spin_lock_init(c.lock)
    init_completion(c.start)
    init_completion(c.exited)
    if kernel_thread(gc_thread, c, CLONE_FS | CLONE_FILES) >= 0:
        wait_for_completion(c.start)


def setup():
    mount(0)
    mount(1)
    return 0


def cleanup():
    unmount(0)
    unmount(1)


module_init(setup)
module_exit(cleanup)
