# title: looks for signals once it is back
# fails:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(event_queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    while not event_happened:
        schedule()
        if signal_pending(current):
            remove_wait_queue(event_queue, wait)
            return -ERESTARTSYS
        set_current_state(TASK_INTERRUPTIBLE)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, wait)
    return 0


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
