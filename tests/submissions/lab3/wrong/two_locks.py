# title: a lock for each side
# bug: M11
# root: no_data_race
# fails: delivered_when_asleep, no_data_race
# unexercised: irq_safe
report_lock = DEFINE_RWLOCK()
fetch_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(report_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(report_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    write_lock_irq(fetch_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irq(fetch_lock)
    return event_id
