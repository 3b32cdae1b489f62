# title: Listings Two and Three as they are printed
# bug: E-4, E-6, E-33, B3, B5
# root: irq_safe
# fails: irq_safe, no_stale_helper
# follows: returns
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    write_lock(myevent_lock)
    myevent_id = event_id
    write_unlock(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    read_lock(myevent_lock)
    event_id = myevent_id
    read_unlock(myevent_lock)
    return event_id
