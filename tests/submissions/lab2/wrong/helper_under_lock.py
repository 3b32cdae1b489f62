# title: runs the helper with the lock held
# bug: KERNEL 10 row 19, 6.3
# root: never_sleeps_atomic
# fails: delivered, never_sleeps_atomic
# follows: dies_cleanly, locks_balanced, sleeps_when_idle
# unexercised:
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
            write_unlock_irq(myevent_lock)
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        run_umode_handler(event_id)
        write_unlock_irq(myevent_lock)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
