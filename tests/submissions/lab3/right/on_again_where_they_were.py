# title: interrupts off by hand, and on again only where they were
# fails:
# unexercised:
myevent_lock = DEFINE_SPINLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    irqs = irqs_disabled()
    local_irq_disable()
    spin_lock(myevent_lock)
    myevent_id = event_id
    spin_unlock(myevent_lock)
    if not irqs:
        local_irq_enable()
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    spin_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    spin_unlock_irq(myevent_lock)
    return event_id
