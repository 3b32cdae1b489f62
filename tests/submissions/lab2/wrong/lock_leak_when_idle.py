# title: forgets the lock on the way to sleep
# bug: KERNEL 10 row 19, 4.1
# root: locks_balanced
# fails: delivered, locks_balanced, never_sleeps_atomic, sleeps_when_idle
# follows: dies_cleanly
# unexercised: delivered_when_asleep
# why: whoever finds it asleep has been answered already, or spins before its wake-up: I1a never owes anything
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        write_lock_irq(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        if event_id == 0:
            schedule()
            continue
        write_unlock_irq(myevent_lock)
        set_current_state(TASK_RUNNING)
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
