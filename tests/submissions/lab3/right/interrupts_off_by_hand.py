# title: local_irq_save around a plain lock
# fails:
# unexercised:
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def put(event_id: u32):
    global myevent_id
    write_lock(myevent_lock)
    myevent_id = event_id
    write_unlock(myevent_lock)


def report_event(event_id: u32):
    local_irq_save(flags)
    put(event_id)
    local_irq_restore(flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    local_irq_disable()
    write_lock(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock(myevent_lock)
    local_irq_enable()
    return event_id
