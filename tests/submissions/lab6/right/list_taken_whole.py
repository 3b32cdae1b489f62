# title: takes the whole list, then walks it without the lock
# fails:
# unexercised:
# dear: a search of seconds
ev = struct("ev", id=u32, next=ptr("ev"))
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevents = ptr("ev")


def report_event(event_id: u32):
    global myevents
    new = cast(ev, kmalloc(sizeof(ev), GFP_ATOMIC))
    if new == NULL:
        return
    new.id = event_id
    spin_lock_irqsave(myevent_lock, flags)
    new.next = myevents
    myevents = new
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def take_all():
    """The whole list: from here on it is the thread's own."""
    global myevents
    spin_lock_irqsave(myevent_lock, flags)
    first = myevents
    myevents = NULL
    spin_unlock_irqrestore(myevent_lock, flags)
    return first


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        event = take_all()
        if event == NULL:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        while event != NULL:
            run_umode_handler(event.id)
            done = event
            event = event.next
            kfree(done)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
