# title: looks once, and believes whoever wakes it
# bug: KERNEL 2.8 row 19
# root: no_oops
# fails: no_oops
# follows: passes_through, returns, dies_cleanly, sleeps_when_idle
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(event_queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    if not event_happened:
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, wait)
    return 0


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(disk_queue, wait)
    set_current_state(TASK_UNINTERRUPTIBLE)
    if not disk_done:
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
