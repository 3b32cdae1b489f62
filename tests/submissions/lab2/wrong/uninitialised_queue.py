# title: a wait queue that nobody initialised
# bug: KERNEL 3.1
# root: no_oops
# fails: no_oops
# follows: delivered, dies_cleanly, sleeps_when_idle
# unexercised: delivered_when_asleep, identity, locks_balanced, never_sleeps_atomic, no_dangling, no_stale_helper, survives_preemption
myevent_waitqueue = wait_queue_head_t()
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
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
