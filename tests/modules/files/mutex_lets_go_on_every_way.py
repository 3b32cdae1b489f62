# shape: mutexes
# options: --call store(1) --call store(0)
# profile: 2.6.24
# breaks: locks_balanced
# also: returns
lock = DEFINE_MUTEX()
value = u32(0)


def store(number: u32):
    global value
    if mutex_lock_interruptible(lock):
        return -EINTR
    if number == 0:
        mutex_unlock(lock)  # right
        return -EINVAL
    value = number
    mutex_unlock(lock)
    return 0
