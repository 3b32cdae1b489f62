# title: a stack of three slots; serves what is there before it dies
# fails:
# unexercised:
# bug: E-10 (none: documented order)
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
slots = array(u32, 3)
used = u32(0)


def report_event(event_id: u32):
    """Three ids at most are outstanding: a free slot is always there."""
    global used
    spin_lock_irqsave(myevent_lock, flags)
    slots[used] = event_id
    used += 1
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def last_event():
    global used
    event_id = 0
    spin_lock_irqsave(myevent_lock, flags)
    if used > 0:
        used -= 1
        event_id = slots[used]
    spin_unlock_irqrestore(myevent_lock, flags)
    return event_id


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    reparent_to_init()
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        event_id = last_event()
        if event_id != 0:
            set_current_state(TASK_RUNNING)
            run_umode_handler(event_id)
        elif signal_pending(current):
            break
        else:
            schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
