# title: one function that is told how to sleep
# fails:
def wait_on(queue, state, disk):
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    add_wait_queue(queue, wait)
    while True:
        set_current_state(state)
        if disk_done if disk else event_happened:
            break
        if state == TASK_INTERRUPTIBLE and signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(queue, wait)
    return error


def wait_for_event():
    return wait_on(event_queue, TASK_INTERRUPTIBLE, 0)


def wait_for_disk():
    wait_on(disk_queue, TASK_UNINTERRUPTIBLE, 1)
