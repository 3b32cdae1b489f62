# shape: trying a lock
# options: --irq sample --call calibrate
# breaks: irq_safe
lock = DEFINE_SPINLOCK()
missed = atomic_t()
gain = u32(1)


def sample():
    if not spin_trylock(lock):  # right
        atomic_inc(missed)  # right
        return  # right
    #! spin_lock(lock)
    BUG_ON(gain == 0)
    spin_unlock(lock)


def calibrate():
    global gain
    spin_lock(lock)
    gain = 3
    spin_unlock(lock)
