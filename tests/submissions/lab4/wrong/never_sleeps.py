# title: calls schedule() and declares nothing
# bug: KERNEL 2.4: in R it only yields
# root: passes_through
# fails: passes_through, returns, sleeps_when_idle
# unexercised: no_oops, dies_cleanly, never_sleeps_atomic, no_dangling, survives_preemption
def wait_for_event():
    while not event_happened:
        if signal_pending(current):
            return -ERESTARTSYS
        schedule()
    return 0


def wait_for_disk():
    while not disk_done:
        schedule()
