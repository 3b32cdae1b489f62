# title: two locks, taken in one order here and in the other there
# bug: KERNEL 4.5: circular locking
# root: returns
# fails: irq_safe, returns
# unexercised:
myevent_lock = DEFINE_SPINLOCK()
log_lock = DEFINE_SPINLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    spin_lock_irqsave(myevent_lock, flags)
    spin_lock(log_lock)
    myevent_id = event_id
    spin_unlock(log_lock)
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    spin_lock_irq(log_lock)
    spin_lock(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    spin_unlock(myevent_lock)
    spin_unlock_irq(log_lock)
    return event_id
