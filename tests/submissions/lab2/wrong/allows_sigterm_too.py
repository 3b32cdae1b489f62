# title: dies of SIGTERM as well
# bug: KERNEL 1.4, 10.2 S10
# root: dies_cleanly
# fails: delivered, dies_cleanly, identity, sleeps_when_idle
# follows: delivered_when_asleep
# unexercised:
# why: SIGTERM is no kill: I1 and I1a do not lapse, and an exit on it is unasked (I5)
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    allow_signal(SIGTERM)
    add_wait_queue(myevent_waitqueue, wait)
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
