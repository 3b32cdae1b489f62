# title: _irq forms in report_event too: an interrupt handler of 2.6.11 starts with interrupts on
# fails:
# unexercised:
myevent_lock = DEFINE_SPINLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    spin_lock_irq(myevent_lock)
    myevent_id = event_id
    spin_unlock_irq(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    spin_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    spin_unlock_irq(myevent_lock)
    return event_id
