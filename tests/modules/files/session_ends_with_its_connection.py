# shape: thread told to end
# options: --call hang_up --thread session --ends-after hang_up
# breaks: ends_when_told
line = DECLARE_WAIT_QUEUE_HEAD()
over = u32(0)


def session(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("session")
    add_wait_queue(line, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if over:  # right
            break  # right
        schedule()
        #! if over:
        #!     break
    __set_current_state(TASK_RUNNING)
    remove_wait_queue(line, wait)
    return 0


def hang_up():
    global over
    over = 1
    wake_up_interruptible(line)
