# title: writes one past the end of its ring
# bug: SEMANTICS 2 (out of bounds)
# root: no_dangling
# fails: no_dangling
# follows: delivered, dies_cleanly, sleeps_when_idle
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
ring = array(u32, 2)
head = u8(0)
tail = u8(0)


def report_event(event_id: u32):
    global tail
    spin_lock_irqsave(myevent_lock, flags)
    tail = (tail + 1) % 3
    ring[tail] = event_id
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def next_event():
    """The oldest id, or 0."""
    global head
    event_id = 0
    spin_lock_irqsave(myevent_lock, flags)
    if head != tail:
        head = (head + 1) % 3
        event_id = ring[head]
    spin_unlock_irqrestore(myevent_lock, flags)
    return event_id


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    while not signal_pending(current):
        event_id = next_event()
        if event_id:
            set_current_state(TASK_RUNNING)
            run_umode_handler(event_id)
        else:
            schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
