# title: Listing Four as it is printed
# bug: E-5, B1
# root: no_oops
# fails: no_oops, passes_through, returns, dies_cleanly, sleeps_when_idle
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(event_queue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(event_queue, wait)
    return 0


def wait_for_disk():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(disk_queue, wait)
    set_current_state(TASK_UNINTERRUPTIBLE)
    schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(disk_queue, wait)
