# title: a process waits until its event has been fetched: it may be slept through
# bug: M8
# root: returns
# fails: returns
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)
fetched = DECLARE_COMPLETION()


def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)
    if not in_interrupt():
        wait_for_completion(fetched)


def fetch_event():
    global myevent_id
    write_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irq(myevent_lock)
    if event_id:
        complete(fetched)
    return event_id
