# shape: usb storage control thread
# options: --call queuecommand(0) --call disconnect(0)
# breaks: no_dangling
# on: up each pre
# large: yes
# profile: 2.6.24
US_FLIDX_DISCONNECTING = 3
us_data = struct(
    "us_data", dev_mutex=mutex, host_lock=spinlock_t, flags=u32, srb=u32, done=u32, cmnd_ready=completion,
    notify=completion, ctl_thread=ptr("task_struct"),
)  # fmt: skip
disks = array(ptr("us_data"), 2)
table = DEFINE_MUTEX()


def control_thread(us: ptr("us_data")):
    while True:
        if wait_for_completion_interruptible(us.cmnd_ready):
            break
        mutex_lock(us.dev_mutex)
        spin_lock_irq(us.host_lock)
        if us.srb == 0:
            spin_unlock_irq(us.host_lock)
            mutex_unlock(us.dev_mutex)
            break
        gone = test_bit(US_FLIDX_DISCONNECTING, us.flags)
        spin_unlock_irq(us.host_lock)
        if not gone:
            us.done += 1
        spin_lock_irq(us.host_lock)
        us.srb = 0
        spin_unlock_irq(us.host_lock)
        complete(us.notify)
        mutex_unlock(us.dev_mutex)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if kthread_should_stop():
            break
        schedule()
    __set_current_state(TASK_RUNNING)
    return 0


def queuecommand(n: u32):
    mutex_lock(table)
    us = disks[n]
    if us != NULL and us.srb == 0:
        spin_lock_irq(us.host_lock)
        us.srb = 1
        spin_unlock_irq(us.host_lock)
        complete(us.cmnd_ready)
        wait_for_completion(us.notify)
    mutex_unlock(table)


def probe(n: u32):
    us = cast(us_data, kzalloc(sizeof(us_data), GFP_KERNEL))
    if us == NULL:
        return -ENOMEM
    mutex_init(us.dev_mutex)
    spin_lock_init(us.host_lock)
    init_completion(us.cmnd_ready)
    init_completion(us.notify)
    us.ctl_thread = kthread_run(control_thread, us, "usb-storage")
    if IS_ERR(us.ctl_thread):
        err = PTR_ERR(us.ctl_thread)
        kfree(us)
        return err
    disks[n] = us
    return 0


def disconnect(n: u32):
    mutex_lock(table)
    us = disks[n]
    disks[n] = NULL
    mutex_unlock(table)
    if us == NULL:
        return
    set_bit(US_FLIDX_DISCONNECTING, us.flags)
    complete(us.cmnd_ready)
    kthread_stop(us.ctl_thread)  # right
    kfree(us)


def setup():
    err = probe(0)
    if err:
        return err
    err = probe(1)
    if err:
        disconnect(0)
    return err


def cleanup():
    disconnect(0)
    disconnect(1)


module_init(setup)
module_exit(cleanup)
