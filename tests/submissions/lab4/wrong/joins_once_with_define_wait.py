# title: an entry that a wake-up takes off, put on once
# bug: KERNEL 2.8 row 13
# root: returns
# fails: passes_through, returns
# unexercised:
def wait_for_event():
    wait = DEFINE_WAIT()
    error = 0
    add_wait_queue(event_queue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
    finish_wait(event_queue, wait)
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
