# shape: card socket thread
# options: --irq parse_events(0) --call eject(0)
# breaks: no_dangling
# on: up each pre
# large: yes
# profile: 2.6.24
SS_DETECT = 1
card = struct(
    "card", thread_lock=spinlock_t, events=u32, inserted=u32, thread_wait=wait_queue_head_t, started=completion,
    thread=ptr("task_struct"),
)  # fmt: skip
sockets = array(card, 2)


def pccardd(s: ptr("card")):
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(s.thread_wait, wait)
    complete(s.started)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        spin_lock_irqsave(s.thread_lock, flags)
        events = s.events
        s.events = 0
        spin_unlock_irqrestore(s.thread_lock, flags)
        if events & SS_DETECT:
            set_current_state(TASK_RUNNING)
            s.inserted = 1
            continue
        if kthread_should_stop():
            break
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(s.thread_wait, wait)  # right
    return 0


def parse_events(n: u32):
    s = sockets[n]
    spin_lock(s.thread_lock)
    s.events = s.events | SS_DETECT
    spin_unlock(s.thread_lock)
    wake_up(s.thread_wait)


def register_socket(n: u32):
    s = sockets[n]
    spin_lock_init(s.thread_lock)
    init_waitqueue_head(s.thread_wait)
    init_completion(s.started)
    s.thread = kthread_run(pccardd, s, "pccardd")
    if IS_ERR(s.thread):
        err = PTR_ERR(s.thread)
        s.thread = NULL
        return err
    wait_for_completion(s.started)
    return 0


def eject(n: u32):
    s = sockets[n]
    spin_lock_irq(s.thread_lock)
    t = s.thread
    s.thread = NULL
    spin_unlock_irq(s.thread_lock)
    if t != NULL:
        kthread_stop(t)


def setup():
    err = register_socket(0)
    if err:
        return err
    err = register_socket(1)
    if err:
        eject(0)
    return err


def cleanup():
    eject(0)
    eject(1)


module_init(setup)
module_exit(cleanup)
