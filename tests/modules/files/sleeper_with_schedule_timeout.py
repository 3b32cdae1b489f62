# shape: wait with a timeout
# options: --call settle --call settle
# breaks: never_sleeps_atomic
# also: returns
lock = DEFINE_SPINLOCK()
settled = u32(0)


def settle():
    global settled
    spin_lock(lock)
    settled += 1
    spin_unlock(lock)  # right
    set_current_state(TASK_UNINTERRUPTIBLE)
    schedule_timeout(HZ)
    #! spin_unlock(lock)
    return 0
