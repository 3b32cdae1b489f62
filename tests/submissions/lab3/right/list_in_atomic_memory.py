# title: a list of events, allocated with GFP_ATOMIC, freed under no lock
# fails:
# unexercised:
ev = struct("ev", id=u32, next=ptr("ev"))
events_lock = DEFINE_SPINLOCK()
events = ptr("ev")


def report_event(event_id: u32):
    global events
    new = cast(ev, kmalloc(sizeof(ev), GFP_ATOMIC))
    if new == NULL:
        return
    new.id = event_id
    spin_lock_irqsave(events_lock, flags)
    new.next = events
    events = new
    spin_unlock_irqrestore(events_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global events
    spin_lock_irq(events_lock)
    first = events
    if first != NULL:
        events = first.next
    spin_unlock_irq(events_lock)
    if first == NULL:
        return 0
    event_id = first.id
    kfree(first)
    return event_id
