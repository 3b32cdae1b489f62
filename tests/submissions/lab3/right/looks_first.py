# title: reads under the read lock first, takes under the write lock
# fails:
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def waits():
    read_lock_irq(myevent_lock)
    answer = myevent_id != 0
    read_unlock_irq(myevent_lock)
    return answer


def fetch_event():
    global myevent_id
    if not waits():
        return 0
    write_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irq(myevent_lock)
    return event_id
