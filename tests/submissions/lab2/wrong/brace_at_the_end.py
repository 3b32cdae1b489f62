# title: Listing Two with its missing brace put at the very end
# bug: E-1, T7
# root: sleeps_when_idle
# fails: delivered, dies_cleanly, no_dangling, sleeps_when_idle
# unexercised: 
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            break
        read_lock(myevent_lock)
        event_id = myevent_id
        read_unlock(myevent_lock)
        if event_id != 0:
            run_umode_handler(event_id)
        set_current_state(TASK_RUNNING)
        remove_wait_queue(myevent_waitqueue, wait)
        return 0
