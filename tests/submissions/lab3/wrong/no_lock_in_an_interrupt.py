# title: takes no lock in an interrupt: nobody interrupts it
# bug: M9, M11
# root: no_data_race
# fails: delivered_when_asleep, no_data_race
# unexercised: irq_safe
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    if in_interrupt():
        myevent_id = event_id
    else:
        write_lock_irq(myevent_lock)
        myevent_id = event_id
        write_unlock_irq(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    write_lock_irq(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irq(myevent_lock)
    return event_id
