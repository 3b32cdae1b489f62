# title: takes a wake-up without an event for a signal
# bug: KERNEL 2.8 row 19
# root: passes_through
# fails: passes_through
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(event_queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    if not event_happened:
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, wait)
    return 0 if event_happened else -ERESTARTSYS


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
