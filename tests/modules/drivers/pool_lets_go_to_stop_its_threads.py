# shape: pool of server threads
# options: --call enqueue(0)
# breaks: returns
# also: locks_balanced sleeps_when_idle
# on: up each pre
# large: yes
# profile: 2.6.32
pool = struct(
    "pool", lock=spinlock_t, mutex=mutex, sockets=u32, served=u32, wait=wait_queue_head_t, threads=u32,
    task=ptr("task_struct"),
)  # fmt: skip
pools = array(pool, 2)


def server(p: ptr("pool")):
    while not kthread_should_stop():
        wait_event_interruptible(p.wait, p.sockets != 0 or kthread_should_stop())
        spin_lock(p.lock)
        n = p.sockets
        p.sockets = 0
        spin_unlock(p.lock)
        if n:
            p.served = 1
    mutex_lock(p.mutex)
    p.threads -= 1
    mutex_unlock(p.mutex)
    return 0


def enqueue(n: u32):
    p = pools[n]
    spin_lock(p.lock)
    p.sockets += 1
    spin_unlock(p.lock)
    wake_up(p.wait)


def start(n: u32):
    p = pools[n]
    spin_lock_init(p.lock)
    mutex_init(p.mutex)
    init_waitqueue_head(p.wait)
    p.threads = 1
    p.task = kthread_run(server, p, "nfsd")
    return PTR_ERR(p.task) if IS_ERR(p.task) else 0


def stop(n: u32):
    p = pools[n]
    mutex_lock(p.mutex)
    t = p.task
    p.task = NULL
    mutex_unlock(p.mutex)  # right
    kthread_stop(t)
    #! mutex_unlock(p.mutex)


def setup():
    err = start(0)
    if err:
        return err
    err = start(1)
    if err:
        stop(0)
    return err


def cleanup():
    stop(0)
    stop(1)


module_init(setup)
module_exit(cleanup)
