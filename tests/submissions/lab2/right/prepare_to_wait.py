# title: prepare_to_wait and finish_wait on every turn
# fails: delivered
# unexercised: 
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    daemonize("mykthread")
    allow_signal(SIGKILL)
    wait = DEFINE_WAIT()
    while not signal_pending(current):
        prepare_to_wait(myevent_waitqueue, wait, TASK_INTERRUPTIBLE)
        write_lock_irqsave(myevent_lock, flags)
        event_id = myevent_id
        myevent_id = 0
        write_unlock_irqrestore(myevent_lock, flags)
        if not event_id:
            schedule()
        finish_wait(myevent_waitqueue, wait)
        if event_id:
            run_umode_handler(event_id)
    return 0
