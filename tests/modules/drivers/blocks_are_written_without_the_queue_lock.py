# shape: block translation thread
# options: --call request(0)
# breaks: never_sleeps_atomic
# also: returns
# on: up each pre
# profile: 2.6.24
blktrans = struct(
    "blktrans", queue_lock=spinlock_t, lock=mutex, pending=u32, written=u32, exiting=u32, thread=ptr("task_struct")
)
devices = array(blktrans, 2)


def write_sector(d: ptr("blktrans")):
    mutex_lock(d.lock)
    d.written = d.written + 1
    msleep(1)
    mutex_unlock(d.lock)


def blktrans_thread(d: ptr("blktrans")):
    spin_lock_irq(d.queue_lock)
    while not kthread_should_stop():
        if d.pending == 0:
            set_current_state(TASK_INTERRUPTIBLE)
            if kthread_should_stop():
                set_current_state(TASK_RUNNING)
            spin_unlock_irq(d.queue_lock)
            schedule()
            spin_lock_irq(d.queue_lock)
            continue
        d.pending -= 1
        spin_unlock_irq(d.queue_lock)  # right
        write_sector(d)
        spin_lock_irq(d.queue_lock)  # right
    spin_unlock_irq(d.queue_lock)
    return 0


def request(n: u32):
    d = devices[n]
    spin_lock_irqsave(d.queue_lock, flags)
    if not d.exiting:
        d.pending += 1
        wake_up_process(d.thread)
    spin_unlock_irqrestore(d.queue_lock, flags)


def register(n: u32):
    d = devices[n]
    spin_lock_init(d.queue_lock)
    mutex_init(d.lock)
    d.exiting = 1
    t = kthread_run(blktrans_thread, d, "mtdblockd%d", n)
    if IS_ERR(t):
        return PTR_ERR(t)
    spin_lock_irq(d.queue_lock)
    d.thread = t
    d.exiting = 0
    spin_unlock_irq(d.queue_lock)
    return 0


def deregister(n: u32):
    d = devices[n]
    spin_lock_irq(d.queue_lock)
    d.exiting = 1
    spin_unlock_irq(d.queue_lock)
    kthread_stop(d.thread)


def setup():
    err = register(0)
    if err:
        return err
    err = register(1)
    if err:
        deregister(0)
    return err


def cleanup():
    deregister(0)
    deregister(1)


module_init(setup)
module_exit(cleanup)
