# title: reads a local that only some paths assign, and the old id on the others
# bug: SEMANTICS 2 (perhaps read before it is assigned)
# root: no_oops
# fails: delivered, no_oops, no_stale_helper, sleeps_when_idle
# follows: dies_cleanly
# unexercised: delivered_when_asleep, identity
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
        if myevent_id != 0:
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
