# title: a semaphore instead of a spin lock: whoever waits for it sleeps
# bug: KERNEL 5.1; M10
# root: never_sleeps_atomic
# fails: never_sleeps_atomic
# follows: returns
# unexercised: context_restored, irq_safe
myevent_sem = DECLARE_MUTEX()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    down(myevent_sem)
    myevent_id = event_id
    up(myevent_sem)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    down(myevent_sem)
    event_id = myevent_id
    myevent_id = 0
    up(myevent_sem)
    return event_id
