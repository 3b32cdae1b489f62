myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevent_ids = u32(0)


def report_event(event_id: u32):
    return 0


def mykthread(unused):
    return 0
