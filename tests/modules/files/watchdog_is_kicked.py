# shape: timers
# options: --call kick --call kick
# breaks: irq_safe
lock = DEFINE_SPINLOCK()
kicks = u32(0)
barks = u32(0)
dog = timer_list()


def bark(data):
    global barks
    spin_lock(lock)
    barks += 1
    spin_unlock(lock)


def kick():
    global kicks
    spin_lock_bh(lock)  # right
    #! spin_lock(lock)
    kicks += 1
    spin_unlock_bh(lock)  # right
    #! spin_unlock(lock)
    mod_timer(dog, jiffies + HZ)


def setup():
    init_timer(dog)
    dog.function = bark
    dog.data = 0
    return 0


def cleanup():
    del_timer_sync(dog)


module_init(setup)
module_exit(cleanup)
