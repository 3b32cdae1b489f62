# title: frees the event, then reads its id
# bug: KERNEL 10 row 24
# root: no_dangling
# fails: no_dangling
# follows: delivered, dies_cleanly, sleeps_when_idle
# unexercised: irq_safe, locks_balanced, never_sleeps_atomic, no_leak, no_oops, no_stale_helper, survives_preemption
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
        kfree(event)
        run_umode_handler(event.id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
