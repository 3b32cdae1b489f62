# title: stores under read_lock, on both sides: readers do not keep each other out
# bug: E-33; KERNEL 10.2 S16
# root: no_data_race
# fails: delivered_when_asleep, no_data_race
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    read_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    read_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    read_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    read_unlock_irq(myevent_lock)
    return event_id
