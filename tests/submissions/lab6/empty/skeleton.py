myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_SPINLOCK()
myevent_ids = u32(0)


def report_event(event_id: u32):
    raise NotImplementedError("write report_event")


def mykthread(unused):
    raise NotImplementedError("write mykthread")
