# title: kmalloc(GFP_KERNEL) with the lock held
# bug: KERNEL 10 row 19
# root: never_sleeps_atomic
# fails: irq_safe, never_sleeps_atomic, sleeps_when_idle
# follows: delivered, dies_cleanly
# unexercised:
ev = struct("ev", id=u32, next=ptr("ev"))
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevents = ptr("ev")


def report_event(event_id: u32):
    global myevents
    spin_lock_irqsave(myevent_lock, flags)
    new = cast(ev, kmalloc(sizeof(ev), GFP_KERNEL))
    if new == NULL:
        spin_unlock_irqrestore(myevent_lock, flags)
        return
    new.id = event_id
    new.next = myevents
    myevents = new
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def take_one():
    """Unlink the newest event; NULL if there is none."""
    global myevents
    spin_lock_irqsave(myevent_lock, flags)
    first = myevents
    if first != NULL:
        myevents = first.next
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
        run_umode_handler(event.id)
        kfree(event)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
