# title: queues an entry on the stack of a function that has returned
# bug: SEMANTICS 2 (stack objects), KERNEL 3.1
# root: no_dangling
# fails: delivered, no_dangling
# follows: delivered_when_asleep, dies_cleanly, sleeps_when_idle
# unexercised:
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def join_queue():
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(myevent_waitqueue, wait)


def mykthread(unused):
    global myevent_id
    daemonize("mykthread")
    allow_signal(SIGKILL)
    join_queue()
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
    return 0
