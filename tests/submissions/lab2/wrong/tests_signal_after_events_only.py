# title: looks for a signal only when there was an event
# bug: KERNEL 10 row 14
# root: dies_cleanly
# fails: delivered, dies_cleanly, sleeps_when_idle
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
        schedule()
        write_lock(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        write_unlock(myevent_lock)
        if event_id != 0:
            run_umode_handler(event_id)
            if signal_pending(current):
                break
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
