# title: has the kernel do it
# bug: KERNEL 3.5
# root: no_oops
# problem: asks you to write what wait_event_interruptible does
def wait_for_event():
    return wait_event_interruptible(event_queue, event_happened)


def wait_for_disk():
    wait_event(disk_queue, disk_done)
