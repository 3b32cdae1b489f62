# title: wait_event: an uninterruptible sleep
# bug: KERNEL 3.5, 10 row 4
# root: sleeps_when_idle
# fails: dies_cleanly, sleeps_when_idle
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_ids = u32(0)


def report_event(event_id: u32):
    set_bit(event_id, myevent_ids)
    wake_up(myevent_waitqueue)


def mykthread(unused):
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while not signal_pending(current):
        wait_event(myevent_waitqueue, myevent_ids != 0)
        ids = xchg(myevent_ids, 0)
        for nr in range(1, 32):
            if ids & (1 << nr):
                run_umode_handler(nr)
    return 0
