# title: wait_event_interruptible, leaving on -ERESTARTSYS
# fails: delivered
# unexercised: 
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def take_event():
    global myevent_id
    write_lock(myevent_lock)
    event_id = myevent_id
    myevent_id = 0
    write_unlock(myevent_lock)
    return event_id


def mykthread(unused):
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while wait_event_interruptible(myevent_waitqueue, myevent_id != 0) == 0:
        event_id = take_event()
        if event_id != 0:
            run_umode_handler(event_id)
    return 0
