# title: looks once a second instead of waiting to be told
# bug: SEMANTICS 7 (polling)
# root: sleeps_when_idle
# fails: delivered, sleeps_when_idle
# unexercised: 
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        write_lock_irq(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        write_unlock_irq(myevent_lock)
        if event_id == 0:
            schedule_timeout(HZ)
            continue
        set_current_state(TASK_RUNNING)
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    return 0
