# title: declares, then joins the queue, in each turn
# fails:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 1
    while error > 0:
        set_current_state(TASK_INTERRUPTIBLE)
        add_wait_queue(event_queue, wait)
        if event_happened:
            error = 0
        elif signal_pending(current):
            error = -ERESTARTSYS
        else:
            schedule()
        remove_wait_queue(event_queue, wait)
    set_current_state(TASK_RUNNING)
    return error


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    set_current_state(TASK_UNINTERRUPTIBLE)
    add_wait_queue(disk_queue, wait)
    while not disk_done:
        schedule()
        set_current_state(TASK_UNINTERRUPTIBLE)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
