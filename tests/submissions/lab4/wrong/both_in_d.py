# title: waits for the event in D, too
# bug: KERNEL 2.2: D hears no signal
# root: passes_through
# fails: passes_through, returns, dies_cleanly, sleeps_when_idle
# unexercised:
def wait_for_event():
    wait = DECLARE_WAITQUEUE(current)
    error = 0
    add_wait_queue(event_queue, wait)
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        if event_happened:
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
