# title: looks, then joins the queue
# bug: KERNEL 2.8 row 6
# root: returns
# fails: returns, dies_cleanly, sleeps_when_idle
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        add_wait_queue(event_queue, wait)
        schedule()
        remove_wait_queue(event_queue, wait)
    set_current_state(TASK_RUNNING)
    return error


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        if disk_done:
            break
        add_wait_queue(disk_queue, wait)
        schedule()
        remove_wait_queue(disk_queue, wait)
    set_current_state(TASK_RUNNING)
