# title: kthread_run, and the thread makes itself a daemon
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
    thread = kthread_run(mykthread, NULL, "mykthread")
    if IS_ERR(thread):
        return PTR_ERR(thread)
    return 0


def flush_and_wait():
    pid = kernel_thread(flusher, NULL, CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)
    if pid < 0:
        return pid
    value = sys_wait4(pid, NULL, 0, NULL)
    if value < 0:
        return value
    return 0
