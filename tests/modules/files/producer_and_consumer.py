# shape: two threads
# options: --call feed
# breaks: sleeps_when_idle
belt = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
raw = u32(0)
done = u32(0)
first = NULL
second = NULL


def cut(unused):
    global raw, done
    while not kthread_should_stop():
        wait_event_interruptible(belt, raw != 0 or kthread_should_stop())
        spin_lock(lock)
        if raw == 0:
            spin_unlock(lock)
            continue
        raw = 0
        done = 1
        spin_unlock(lock)
        wake_up_interruptible(belt)
    return 0


def pack(unused):
    global done
    while not kthread_should_stop():
        wait_event_interruptible(belt, done != 0 or kthread_should_stop())  # right
        #! wait_event(belt, done != 0 or kthread_should_stop())
        spin_lock(lock)
        done = 0
        spin_unlock(lock)
    return 0


def feed():
    global raw
    spin_lock(lock)
    raw = 1
    spin_unlock(lock)
    wake_up_interruptible(belt)


def setup():
    global first, second
    second = kthread_run(pack, NULL, "pack")
    if IS_ERR(second):
        return PTR_ERR(second)
    first = kthread_run(cut, NULL, "cut")
    if IS_ERR(first):
        kthread_stop(second)
        return PTR_ERR(first)
    return 0


def cleanup():
    kthread_stop(first)
    kthread_stop(second)


module_init(setup)
module_exit(cleanup)
