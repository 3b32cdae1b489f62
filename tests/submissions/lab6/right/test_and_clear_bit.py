# title: one bit at a time with test_and_clear_bit; prepare_to_wait
# fails:
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_ids = u32(0)


def report_event(event_id: u32):
    set_bit(event_id, myevent_ids)
    wake_up_interruptible(myevent_waitqueue)


def mykthread(unused):
    wait = DEFINE_WAIT()
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while True:
        prepare_to_wait(myevent_waitqueue, wait, TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        lowest = ffs(myevent_ids)
        if lowest == 0:
            schedule()
            continue
        __set_current_state(TASK_RUNNING)
        if test_and_clear_bit(lowest - 1, myevent_ids):
            run_umode_handler(lowest - 1)
    finish_wait(myevent_waitqueue, wait)
    return 0
