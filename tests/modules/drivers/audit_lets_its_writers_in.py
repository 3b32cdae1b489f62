# shape: audit log thread
# options: --call log_end(0) --call log_end(0)
# breaks: returns
# on: up each pre
# large: yes
# profile: 2.6.24
LIMIT = 1
auditd = struct(
    "auditd", queue_lock=spinlock_t, queue_len=u32, sent=u32, kauditd_wait=wait_queue_head_t,
    backlog_wait=wait_queue_head_t, task=ptr("task_struct"),
)  # fmt: skip
logs = array(auditd, 2)


def dequeue(a: ptr("auditd")):
    spin_lock(a.queue_lock)
    found = a.queue_len
    if found:
        a.queue_len -= 1
    spin_unlock(a.queue_lock)
    return found


def kauditd(a: ptr("auditd")):
    while not kthread_should_stop():
        if dequeue(a):
            wake_up(a.backlog_wait)  # right
            a.sent = 1
            continue
        wait = DECLARE_WAITQUEUE(current)
        set_current_state(TASK_INTERRUPTIBLE)
        add_wait_queue(a.kauditd_wait, wait)
        if a.queue_len == 0 and not kthread_should_stop():
            schedule()
        __set_current_state(TASK_RUNNING)
        remove_wait_queue(a.kauditd_wait, wait)
    return 0


def log_end(n: u32):
    a = logs[n]
    while True:
        spin_lock(a.queue_lock)
        if a.queue_len < LIMIT:
            break
        spin_unlock(a.queue_lock)
        wait_event(a.backlog_wait, a.queue_len < LIMIT)
    a.queue_len += 1
    spin_unlock(a.queue_lock)
    wake_up_interruptible(a.kauditd_wait)


def start(n: u32):
    a = logs[n]
    spin_lock_init(a.queue_lock)
    init_waitqueue_head(a.kauditd_wait)
    init_waitqueue_head(a.backlog_wait)
    a.task = kthread_run(kauditd, a, "kauditd")
    return PTR_ERR(a.task) if IS_ERR(a.task) else 0


def setup():
    err = start(0)
    if err:
        return err
    err = start(1)
    if err:
        kthread_stop(logs[0].task)
    return err


def cleanup():
    kthread_stop(logs[0].task)
    kthread_stop(logs[1].task)


module_init(setup)
module_exit(cleanup)
