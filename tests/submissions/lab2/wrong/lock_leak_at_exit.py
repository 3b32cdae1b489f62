# title: leaves the loop with the lock held
# bug: KERNEL 4.1, 4.5 (exit with a lock held)
# root: locks_balanced
# fails: delivered, locks_balanced
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
        write_lock_irq(myevent_lock)
        if signal_pending(current):
            break
        event_id = myevent_id
        myevent_id = 0
        write_unlock_irq(myevent_lock)
        if event_id == 0:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
