# title: forgets the lock on the way to sleep
# bug: KERNEL 10 row 19
# root: locks_balanced
# fails: irq_safe, locks_balanced, never_sleeps_atomic, sleeps_when_idle
# follows: delivered, dies_cleanly
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevent_ids = u32(0)


def report_event(event_id: u32):
    global myevent_ids
    spin_lock_irqsave(myevent_lock, flags)
    myevent_ids |= 1 << event_id
    spin_unlock_irqrestore(myevent_lock, flags)
    wake_up_interruptible(myevent_waitqueue)


def mykthread(unused):
    global myevent_ids
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        spin_lock_irq(myevent_lock)
        ids = myevent_ids
        myevent_ids = 0
        if ids == 0:
            schedule()
            continue
        spin_unlock_irq(myevent_lock)
        set_current_state(TASK_RUNNING)
        for nr in range(1, 32):
            if ids & (1 << nr):
                run_umode_handler(nr)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
