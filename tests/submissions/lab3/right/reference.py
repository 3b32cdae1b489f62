# title: a rwlock, written by both sides: irqsave in report_event, irq in fetch_event
# fails:
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    write_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irq(myevent_lock)
    return event_id
