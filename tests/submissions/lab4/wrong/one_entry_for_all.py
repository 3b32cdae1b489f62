# title: one entry for whoever waits
# bug: KERNEL 3.1
# root: no_dangling
# fails: no_dangling
# follows: returns
# unexercised:
entry = wait_queue_t()


def wait_for_event():
    error = 0
    init_waitqueue_entry(entry, current)
    add_wait_queue(event_queue, entry)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, entry)
    return error


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(disk_queue, wait)
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        if disk_done:
            break
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
