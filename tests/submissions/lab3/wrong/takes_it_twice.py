# title: asks a function that takes the same lock, with the lock held
# bug: KERNEL 4.1: not recursive
# root: locks_balanced
# fails: locks_balanced
# follows: delivered_when_asleep, irq_safe, returns
# unexercised: never_sleeps_atomic, no_oops, no_stale_helper, survives_preemption
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def report_event(event_id: u32):
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    myevent_id = event_id
    write_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def waiting():
    read_lock(myevent_lock)
    answer = myevent_id != 0
    read_unlock(myevent_lock)
    return answer


def fetch_event():
    global myevent_id
    write_lock_irq(myevent_lock)
    if not waiting():
        write_unlock_irq(myevent_lock)
        return 0
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irq(myevent_lock)
    return event_id
