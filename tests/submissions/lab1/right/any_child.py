# title: waits for any child
# fails:
# unexercised:
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
    pid = kernel_thread(flusher, NULL, CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)
    if pid < 0:
        return pid
    value = sys_wait4(-1, NULL, 0, NULL)
    if value < 0:
        return value
    return 0
