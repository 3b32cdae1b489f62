# title: gives the flusher to init, and does not wait
# bug: KERNEL 1.5
# root: no_oops
# fails: no_oops
# follows: returns
# unexercised:
def flush_daemon(unused):
    daemonize("flusher")
    flusher(0)
    return 0


def mykthread(unused):
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        schedule()
    set_current_state(TASK_RUNNING)
    return 0


def start_mykthread():
    pid = kernel_thread(mykthread, NULL, CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)
    if pid < 0:
        printk(KERN_ERR + "mykthread: cannot start: %d\n", pid)
        return pid
    return 0


def flush_and_wait():
    pid = kernel_thread(flush_daemon, NULL, CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)
    if pid < 0:
        return pid
    return 0
