# shape: exclusive waiters
# options: --call acquire --call acquire --call free --call free
# breaks: no_oops
pool = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
tokens = u32(0)


def acquire():
    global tokens
    while True:
        if wait_event_interruptible_exclusive(pool, tokens != 0):
            return -EINTR
        spin_lock(lock)
        if tokens != 0:  # right
            tokens -= 1  # right
            spin_unlock(lock)  # right
            return 0  # right
        #! BUG_ON(tokens == 0)
        #! tokens -= 1
        spin_unlock(lock)
        #! return 0


def free():
    global tokens
    spin_lock(lock)
    tokens += 1
    spin_unlock(lock)
    wake_up_interruptible_all(pool)
