# title: removes an entry that it never added
# bug: KERNEL 3.1, 10 row 18
# root: no_oops
# fails: delivered, delivered_when_asleep, no_oops
# follows: dies_cleanly, sleeps_when_idle
# unexercised:
# why: the fault ends the path with the thread neither asleep nor gone: what I5 wants is not reached behind it
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        write_lock_irq(myevent_lock)
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
