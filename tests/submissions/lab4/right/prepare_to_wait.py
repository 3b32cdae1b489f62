# title: prepares anew in each turn
# fails:
def wait_for_event():
    wait = DEFINE_WAIT()
    error = 0
    while True:
        prepare_to_wait(event_queue, wait, TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
    finish_wait(event_queue, wait)
    return error


def wait_for_disk():
    wait = DEFINE_WAIT()
    while True:
        prepare_to_wait(disk_queue, wait, TASK_UNINTERRUPTIBLE)
        if disk_done:
            break
        schedule()
    finish_wait(disk_queue, wait)
