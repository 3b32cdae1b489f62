# title: spins with preemption off for a lock whose holder can be preempted
# bug: KERNEL 4.1, 4.3
# root: survives_preemption
# fails: survives_preemption
# unexercised:
# dear: a search of seconds
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
busy = u32(0)
process_ids = u32(0)
irq_ids = u32(0)


def report_event(event_id: u32):
    """An interrupt may not wait for the hand-made lock: it has a set of its own."""
    global process_ids
    if in_interrupt():
        set_bit(event_id, irq_ids)
    else:
        preempt_disable()
        while test_and_set_bit(0, busy):
            barrier()
        process_ids |= 1 << event_id
        clear_bit(0, busy)
        preempt_enable()
    wake_up_interruptible(myevent_waitqueue)


def take():
    global process_ids
    while test_and_set_bit(0, busy):
        barrier()
    ids = process_ids
    process_ids = 0
    clear_bit(0, busy)
    return ids | xchg(irq_ids, 0)


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        ids = take()
        if ids == 0:
            schedule()
            continue
        set_current_state(TASK_RUNNING)
        for nr in range(1, 32):
            if ids & (1 << nr):
                run_umode_handler(nr)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
