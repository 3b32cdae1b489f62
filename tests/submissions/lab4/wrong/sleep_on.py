# title: sleep_on, in a loop
# bug: KERNEL 2.8 row 4
# root: returns
# fails: returns, dies_cleanly, sleeps_when_idle
# unexercised:
def wait_for_event():
    while not event_happened:
        if signal_pending(current):
            return -ERESTARTSYS
        interruptible_sleep_on(event_queue)
    return 0


def wait_for_disk():
    while not disk_done:
        sleep_on(disk_queue)
