# title: a stack of four: the last one first
# fails:
# unexercised:
stack_lock = DEFINE_SPINLOCK()
stack = array(u32, 4)
count = u32(0)


def report_event(event_id: u32):
    global count
    spin_lock_irqsave(stack_lock, flags)
    if count < 4:
        stack[count] = event_id
        count += 1
    spin_unlock_irqrestore(stack_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global count
    event_id = 0
    spin_lock_irqsave(stack_lock, flags)
    if count > 0:
        count -= 1
        event_id = stack[count]
    spin_unlock_irqrestore(stack_lock, flags)
    return event_id
