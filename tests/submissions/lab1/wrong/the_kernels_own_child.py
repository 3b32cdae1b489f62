# title: the flusher is a child of the kernel, and nobody whom the caller could wait for
# bug: KERNEL 9; M7
# root: tells_failure
# fails: tells_failure
# unexercised: no_oops, no_zombie, returns
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
    thread = kthread_run(flusher, NULL, "flusher")
    if IS_ERR(thread):
        return PTR_ERR(thread)
    return min(sys_wait4(-1, NULL, 0, NULL), 0)
