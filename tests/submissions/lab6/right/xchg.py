# title: no lock: set_bit in the producer, xchg in the thread
# fails:
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_ids = u32(0)


def report_event(event_id: u32):
    set_bit(event_id, myevent_ids)
    wake_up_interruptible(myevent_waitqueue)


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        ids = xchg(myevent_ids, 0)
        if ids == 0:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        while ids != 0:
            nr = ffs(ids) - 1
            ids &= ids - 1
            run_umode_handler(nr)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
