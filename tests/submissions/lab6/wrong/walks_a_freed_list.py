# title: takes the whole list and reads next from a freed event
# bug: KERNEL 10 row 24
# root: no_dangling
# fails: delivered, dies_cleanly, no_dangling, no_leak, sleeps_when_idle
# unexercised:
# why: after the first kfree only freed memory leads to the rest of the list: lost (I7)
# slow: some hundred thousand states
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


def take_one():
    """Unlink the newest event; NULL if there is none."""
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
        event = take_one()
        if event == NULL:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        while event != NULL:
            run_umode_handler(event.id)
            kfree(event)
            event = event.next
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
