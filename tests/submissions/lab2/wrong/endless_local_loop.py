# title: an endless loop over its own variables
# bug: SEMANTICS 3 (stuck in a loop)
# root: sleeps_when_idle
# fails: sleeps_when_idle
# follows: delivered, delivered_when_asleep, dies_cleanly
# unexercised: locks_balanced, never_sleeps_atomic, no_dangling, no_oops, no_stale_helper, survives_preemption
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        write_lock_irq(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        write_unlock_irq(myevent_lock)
        if event_id == 0:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        tries = 0
        while event_id != 0:
            tries = 1 - tries
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
