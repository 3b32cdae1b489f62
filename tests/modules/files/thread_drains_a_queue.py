# shape: thread and stop
# options: --call submit
# breaks: no_dangling
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
waiting = u32(0)
worker = NULL


def drain(unused):
    global waiting
    while not kthread_should_stop():
        wait_event_interruptible(queue, waiting != 0 or kthread_should_stop())
        spin_lock(lock)
        waiting = 0
        spin_unlock(lock)
    return 0


def submit():
    global waiting
    spin_lock(lock)
    waiting += 1
    spin_unlock(lock)
    wake_up_interruptible(queue)


def setup():
    global worker
    worker = kthread_run(drain, NULL, "drain")
    return PTR_ERR(worker) if IS_ERR(worker) else 0


def cleanup():
    kthread_stop(worker)
    #! kthread_stop(worker)


module_init(setup)
module_exit(cleanup)
