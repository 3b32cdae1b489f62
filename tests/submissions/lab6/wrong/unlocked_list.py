# title: a linked list without its lock
# bug: M11
# root: delivered
# fails: delivered, dies_cleanly, no_dangling, no_leak, sleeps_when_idle
# unexercised:
# slow: half a million states
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
    new.next = myevents
    myevents = new
    wake_up_interruptible(myevent_waitqueue)


def take_one():
    """Unlink the newest event; NULL if there is none."""
    global myevents
    first = myevents
    if first != NULL:
        myevents = first.next
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
