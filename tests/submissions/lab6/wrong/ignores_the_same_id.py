# title: takes the same id for the same event
# bug: KERNEL 10 row 13
# root: delivered
# fails: delivered
# unexercised:
# At most three ids are outstanding: a ring of four never fills.
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
ring = array(u32, 4)
head = u8(0)
tail = u8(0)


def report_event(event_id: u32):
    global tail
    spin_lock_irqsave(myevent_lock, flags)
    ring[tail] = event_id
    tail = (tail + 1) % 4
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def next_event():
    """The oldest id, or 0."""
    global head
    event_id = 0
    spin_lock_irqsave(myevent_lock, flags)
    if head != tail:
        event_id = ring[head]
        head = (head + 1) % 4
    spin_unlock_irqrestore(myevent_lock, flags)
    return event_id


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    last = 0
    set_current_state(TASK_INTERRUPTIBLE)
    while not signal_pending(current):
        event_id = next_event()
        if event_id:
            set_current_state(TASK_RUNNING)
            if event_id != last:
                run_umode_handler(event_id)
            last = event_id
        else:
            schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
