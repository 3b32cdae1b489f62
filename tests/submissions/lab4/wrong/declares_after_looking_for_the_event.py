# title: looks for the event, then declares
# bug: KERNEL 2.8 row 5
# root: returns
# fails: returns
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    add_wait_queue(event_queue, wait)
    while not event_happened:
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    remove_wait_queue(event_queue, wait)
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
