# title: spins with preemption off for a lock whose holder can be preempted
# bug: KERNEL 4.1, 4.3; M13
# root: survives_preemption
# fails: survives_preemption
# unexercised:
busy = u32(0)


def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    preempt_disable()
    while test_and_set_bit(0, busy):
        barrier()
    add_wait_queue(event_queue, wait)
    clear_bit(0, busy)
    preempt_enable()
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
    set_current_state(TASK_RUNNING)
    while test_and_set_bit(0, busy):
        barrier()
    remove_wait_queue(event_queue, wait)
    clear_bit(0, busy)
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
