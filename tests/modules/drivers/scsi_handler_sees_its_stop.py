# shape: scsi error handler
# options: --irq time_out(0)
# breaks: returns
# on: each pre
# profile: 2.6.24
shost = struct(
    "shost", host_lock=spinlock_t, host_busy=u32, host_failed=u32, recovered=u32, ehandler=ptr("task_struct")
)
hosts = array(shost, 2)


def unjam_host(h: ptr("shost")):
    spin_lock_irq(h.host_lock)
    h.host_failed = 0
    h.recovered = 1
    spin_unlock_irq(h.host_lock)


def error_handler(h: ptr("shost")):
    while True:
        set_current_state(TASK_INTERRUPTIBLE)  # right
        if kthread_should_stop():
            break
        #! set_current_state(TASK_INTERRUPTIBLE)
        if h.host_failed == 0 or h.host_failed != h.host_busy:
            schedule()
            continue
        __set_current_state(TASK_RUNNING)
        unjam_host(h)
    __set_current_state(TASK_RUNNING)
    return 0


def time_out(n: u32):
    h = hosts[n]
    spin_lock_irqsave(h.host_lock, flags)
    h.host_failed += 1
    if h.host_failed == h.host_busy and h.ehandler != NULL:
        wake_up_process(h.ehandler)
    spin_unlock_irqrestore(h.host_lock, flags)


def host_add(n: u32):
    h = hosts[n]
    spin_lock_init(h.host_lock)
    h.host_busy = 1
    t = kthread_run(error_handler, h, "scsi_eh_%d", n)
    if IS_ERR(t):
        return PTR_ERR(t)
    spin_lock_irq(h.host_lock)
    h.ehandler = t
    spin_unlock_irq(h.host_lock)
    return 0


def host_remove(n: u32):
    h = hosts[n]
    t = h.ehandler
    spin_lock_irq(h.host_lock)
    h.ehandler = NULL
    spin_unlock_irq(h.host_lock)
    kthread_stop(t)


def setup():
    err = host_add(0)
    if err:
        return err
    err = host_add(1)
    if err:
        host_remove(0)
    return err


def cleanup():
    host_remove(0)
    host_remove(1)


module_init(setup)
module_exit(cleanup)
