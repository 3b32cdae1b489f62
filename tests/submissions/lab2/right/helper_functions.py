# title: small functions; drains the mailbox before it sleeps
# fails: delivered
# unexercised: 
# The answer in small functions, with its lock taken on two levels.
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def fetch_and_clear():
    """Empty the mailbox; what was in it."""
    global myevent_id
    event_id = myevent_id
    myevent_id = 0
    return event_id


def next_event():
    write_lock_irqsave(myevent_lock, flags)
    event_id = fetch_and_clear()
    write_unlock_irqrestore(myevent_lock, flags)
    return event_id


def serve_all():
    """Run the handler until the mailbox is empty; how many events there were."""
    served = 0
    event_id = next_event()
    while event_id != 0:
        set_current_state(TASK_RUNNING)
        run_umode_handler(event_id)
        served = 1
        event_id = next_event()
    return served


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    alive = True
    while alive:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            alive = False
        elif not serve_all():
            schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
