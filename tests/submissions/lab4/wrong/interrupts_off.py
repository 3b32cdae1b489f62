# title: sleeps with interrupts off
# bug: KERNEL 5.1
# root: never_sleeps_atomic
# fails: never_sleeps_atomic
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    add_wait_queue(event_queue, wait)
    while True:
        local_irq_disable()
        set_current_state(TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
        local_irq_enable()
    local_irq_enable()
    set_current_state(TASK_RUNNING)
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
