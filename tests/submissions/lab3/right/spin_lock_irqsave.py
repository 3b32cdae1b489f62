# title: a spin lock, irqsave on both sides
# fails:
# unexercised:
lock = DEFINE_SPINLOCK()
who = u32(0)


def fetch_event():
    global who
    spin_lock_irqsave(lock, flags)
    found = who
    who = 0
    spin_unlock_irqrestore(lock, flags)
    return found


def report_event(event_id: u32):
    global who
    spin_lock_irqsave(lock, saved)
    who = event_id
    spin_unlock_irqrestore(lock, saved)
    wake_up_interruptible(myevent_waitqueue)
