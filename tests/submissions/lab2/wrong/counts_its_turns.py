# title: polls the mailbox and counts how often
# bug: SEMANTICS 3 (runaway)
# root: sleeps_when_idle
# fails: sleeps_when_idle
# unexercised:
# undecided: delivered, delivered_when_asleep, dies_cleanly, identity, locks_balanced, never_sleeps_atomic, no_dangling, no_oops, no_stale_helper, survives_preemption
# why: the counter makes every state new: what has not failed stays undecided
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    turns = 0
    while True:
        turns += 1
        if signal_pending(current):
            break
        write_lock_irq(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
        write_unlock_irq(myevent_lock)
        if event_id == 0:
            if turns % 1000 == 0:
                schedule()
            continue
        set_current_state(TASK_RUNNING)
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
