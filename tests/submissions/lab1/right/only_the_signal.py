# title: no flag but SIGCHLD; a timed sleep
# fails:
# unexercised:
def mykthread(unused):
    daemonize("%s", "mykthread")
    allow_signal(SIGKILL)
    while not signal_pending(current):
        set_current_state(TASK_INTERRUPTIBLE)
        schedule_timeout(MAX_SCHEDULE_TIMEOUT)
    return 0


def start_mykthread():
    pid = kernel_thread(mykthread, NULL, SIGCHLD)
    if pid < 0:
        printk(KERN_ERR + "mykthread: cannot start: %d\n", pid)
        return pid
    return 0


def flush_and_wait():
    pid = kernel_thread(flusher, NULL, SIGCHLD)
    if pid < 0:
        return pid
    value = sys_wait4(pid, NULL, 0, NULL)
    if value < 0:
        return value
    return 0
