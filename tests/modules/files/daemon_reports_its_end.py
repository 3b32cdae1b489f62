# shape: daemon and completion
# options:
# breaks: no_dangling
gone = DECLARE_COMPLETION()
bell = DECLARE_WAIT_QUEUE_HEAD()
leave = u32(0)


def daemon(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("daemon")
    add_wait_queue(bell, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if leave:
            break
        schedule()
    __set_current_state(TASK_RUNNING)
    remove_wait_queue(bell, wait)  # right
    complete_and_exit(gone, 0)
    return 0


def setup():
    pid = kernel_thread(daemon, NULL, CLONE_KERNEL)
    return pid if pid < 0 else 0


def cleanup():
    global leave
    leave = 1
    wake_up_interruptible(bell)
    wait_for_completion(gone)
    #! wake_up_interruptible(bell)


module_init(setup)
module_exit(cleanup)
