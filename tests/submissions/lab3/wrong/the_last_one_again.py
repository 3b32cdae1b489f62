# title: remembers the last id and returns it where there is none
# bug: E-6; KERNEL 10 row 11
# root: no_stale_helper
# fails: no_stale_helper
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)
last_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id, last_id
    write_lock_irq(myevent_lock)
    if myevent_id != 0:
        last_id = myevent_id
        myevent_id = 0
    event_id = last_id
    write_unlock_irq(myevent_lock)
    return event_id
