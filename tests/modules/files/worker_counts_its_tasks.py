# shape: thread and stop
# options: --call post
# breaks: sleeps_when_idle
gate = DECLARE_WAIT_QUEUE_HEAD()
tasks = atomic_t()
worker = NULL


def work(unused):
    while not kthread_should_stop():
        wait_event_interruptible(gate, atomic_read(tasks) > 0 or kthread_should_stop())  # right
        #! wait_event_interruptible(gate, atomic_read(tasks) >= 0 or kthread_should_stop())
        if atomic_read(tasks) > 0:
            atomic_dec(tasks)
    return 0


def post():
    atomic_inc(tasks)
    wake_up_interruptible(gate)


def setup():
    global worker
    worker = kthread_run(work, NULL, "worker")
    return PTR_ERR(worker) if IS_ERR(worker) else 0


def cleanup():
    kthread_stop(worker)


module_init(setup)
module_exit(cleanup)
