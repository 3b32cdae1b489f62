# title: looks before it begins, and again where it counts
# fails:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    if event_happened:
        return 0
    add_wait_queue(event_queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    while not event_happened and not signal_pending(current):
        schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, wait)
    return 0 if event_happened else -ERESTARTSYS


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    if disk_done:
        return
    add_wait_queue(disk_queue, wait)
    set_current_state(TASK_UNINTERRUPTIBLE)
    while not disk_done:
        schedule()
        set_current_state(TASK_UNINTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
