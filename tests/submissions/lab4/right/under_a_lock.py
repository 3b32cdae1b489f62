# title: looks with a lock held, and sleeps without
# fails:
event_lock = DEFINE_SPINLOCK()


def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    add_wait_queue(event_queue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        spin_lock_irq(event_lock)
        there = event_happened
        spin_unlock_irq(event_lock)
        if there:
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
        set_current_state(TASK_UNINTERRUPTIBLE)
        if disk_done:
            break
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
