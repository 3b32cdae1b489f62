# title: switches interrupts off and takes no lock: good for this CPU alone
# bug: M11; KERNEL 4.1, T6
# root: no_data_race
# fails: delivered_when_asleep, no_data_race
# unexercised: irq_safe
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    local_irq_save(flags)
    myevent_id = event_id
    local_irq_restore(flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    local_irq_disable()
    event_id = myevent_id
    myevent_id = 0
    local_irq_enable()
    return event_id
