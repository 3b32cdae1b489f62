# title: waits for the disk in S, and stays
# bug: KERNEL 1.4: S with a signal pending does not sleep
# root: passes_through
# fails: passes_through
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
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
    set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, wait)
    return error


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(disk_queue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if disk_done:
            break
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
