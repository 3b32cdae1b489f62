# title: report_event only tries to get the lock, and drops the event where it is taken
# bug: KERNEL 4.1: trylock; M9
# root: delivered_when_asleep
# fails: delivered_when_asleep
# unexercised:
myevent_lock = DEFINE_SPINLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    if spin_trylock(myevent_lock):
        myevent_id = event_id
        spin_unlock(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    spin_lock(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    spin_unlock(myevent_lock)
    return event_id
