# title: joins no queue
# bug: M3 the other way round
# root: returns
# fails: passes_through, returns, dies_cleanly, sleeps_when_idle
# unexercised:
def wait_for_event():
    error = 0
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if event_happened:
            break
        if signal_pending(current):
            error = -ERESTARTSYS
            break
        schedule()
    set_current_state(TASK_RUNNING)
    return error


def wait_for_disk():
    while True:
        set_current_state(TASK_UNINTERRUPTIBLE)
        if disk_done:
            break
        schedule()
    set_current_state(TASK_RUNNING)
