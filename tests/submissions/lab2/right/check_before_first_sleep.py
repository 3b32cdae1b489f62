# title: Listing Two with an early check, sleeping in schedule_timeout(MAX_SCHEDULE_TIMEOUT)
# bug: E-5 while the helper runs (not graded here yet)
# fails: delivered
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
    write_lock(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock(myevent_lock)
    if event_id != 0:
        run_umode_handler(event_id)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule_timeout(MAX_SCHEDULE_TIMEOUT)
        if signal_pending(current):
            break
        write_lock(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        write_unlock(myevent_lock)
        if event_id != 0:
            run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
