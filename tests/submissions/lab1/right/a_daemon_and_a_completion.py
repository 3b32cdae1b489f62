# title: the flusher is given to init as well, and says by a completion that it is done
# fails:
# unexercised:
def flush_daemon(done):
    daemonize("flusher")
    flusher(0)
    complete(done)
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
    done = DECLARE_COMPLETION()
    pid = kernel_thread(flush_daemon, done, CLONE_KERNEL | SIGCHLD)
    if pid < 0:
        return pid
    wait_for_completion(done)
    return 0
