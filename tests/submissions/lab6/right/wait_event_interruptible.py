# title: wait_event_interruptible and a helper function
# fails:
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_ids = u32(0)


def report_event(event_id: u32):
    set_bit(event_id, myevent_ids)
    wake_up_interruptible(myevent_waitqueue)


def serve(ids: u32):
    for nr in range(1, 32):
        if ids & (1 << nr):
            run_umode_handler(nr)


def mykthread(unused):
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while True:
        value = wait_event_interruptible(myevent_waitqueue, myevent_ids != 0)
        if value == -ERESTARTSYS:
            return 0
        serve(xchg(myevent_ids, 0))
