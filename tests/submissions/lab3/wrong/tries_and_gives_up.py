# title: wakes under the lock, and the thread only tries to get it
# bug: KERNEL 4.1: trylock
# root: delivered_when_asleep
# fails: delivered_when_asleep
# unexercised:
# dear: a search of seconds
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
    local_irq_disable()
    if not spin_trylock(ids_lock):
        local_irq_enable()
        return 0
    lowest = ffs(ids)
    if lowest == 0:
        spin_unlock(ids_lock)
        local_irq_enable()
        return 0
    ids &= ids - 1
    spin_unlock(ids_lock)
    local_irq_enable()
    return lowest - 1
