# title: interruptible_sleep_on: loses only what comes while it runs
# bug: 2.8 order 4 (not graded here yet)
# fails: delivered
# unexercised: 
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    daemonize("mykthread")
    reparent_to_init()
    allow_signal(SIGKILL)
    while True:
        write_lock(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        write_unlock(myevent_lock)
        if event_id != 0:
            run_umode_handler(event_id)
            continue
        if signal_pending(current):
            return 0
        interruptible_sleep_on(myevent_waitqueue)
