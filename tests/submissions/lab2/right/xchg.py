# title: fetch and clear in one instruction, no lock of its own
# fails: delivered
# unexercised: 
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id: u32 = 0


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    set_current_state(TASK_INTERRUPTIBLE)
    while not signal_pending(current):
        event_id = xchg(myevent_id, 0)
        if event_id:
            __set_current_state(TASK_RUNNING)
            run_umode_handler(event_id)
        else:
            schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
