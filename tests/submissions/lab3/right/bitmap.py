# title: room for many: a set of ids, the lowest first
# fails:
# unexercised:
ids_lock = DEFINE_SPINLOCK()
ids = u32(0)


def report_event(event_id: u32):
    global ids
    spin_lock_irqsave(ids_lock, flags)
    ids |= 1 << event_id
    wake_up_interruptible(myevent_waitqueue)
    spin_unlock_irqrestore(ids_lock, flags)


def fetch_event():
    global ids
    spin_lock_irq(ids_lock)
    lowest = ffs(ids)
    if lowest == 0:
        spin_unlock_irq(ids_lock)
        return 0
    ids &= ids - 1
    spin_unlock_irq(ids_lock)
    return lowest - 1
