myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()  #@ queue
myevent_lock = DEFINE_RWLOCK()  #@ lock
myevent_id = u32(0)  #@ id


def mykthread(unused):  #@ thread
    wait = DECLARE_WAITQUEUE(current)  #@ wait
    allow_signal(SIGKILL)  #@ allow
    daemonize("mykthread")  #@ daemonize
    add_wait_queue(myevent_waitqueue, wait)  #@ add
    while True:  #@ loop
        set_current_state(TASK_INTERRUPTIBLE)  #@ declare
        schedule()  #@ schedule
        if signal_pending(current):  #@ signal
            break  #@ break
        read_lock(myevent_lock)  #@ read
        if myevent_id:  #@ test
            event_id = myevent_id  #@ fetch
            read_unlock(myevent_lock)  #@ unlock
            run_umode_handler(event_id)  #@ helper
        else:  #@ else
            read_unlock(myevent_lock)  #@ nothing
    set_current_state(TASK_RUNNING)  #@ running
    remove_wait_queue(myevent_waitqueue, wait)  #@ remove
    return 0  #@ return
