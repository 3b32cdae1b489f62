# title: a lock that nobody initialised
# bug: E-3, B6
# root: no_oops
# fails: no_oops
# follows: delivered, dies_cleanly, sleeps_when_idle
# unexercised: irq_safe, locks_balanced, never_sleeps_atomic, no_dangling, no_leak, no_stale_helper, survives_preemption
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = spinlock_t()
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
        spin_unlock_irq(myevent_lock)
        if ids == 0:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        for nr in range(1, 32):
            if ids & (1 << nr):
                run_umode_handler(nr)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
