# title: no lock at all
# bug: M11; KERNEL 4.4
# root: no_data_race
# fails: delivered_when_asleep, no_data_race
# unexercised: context_restored, irq_safe
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    myevent_id = event_id
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global myevent_id
    event_id = myevent_id
    myevent_id = 0
    return event_id
