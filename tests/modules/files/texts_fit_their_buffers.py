# shape: texts
# options: --call name(7) --call name(123456)
# breaks: no_dangling
label = char_array(8)
lock = DEFINE_SPINLOCK()


def name(number: u32):
    spin_lock(lock)
    snprintf(label, 8, "n%u", number)  # right
    #! sprintf(label, "no. %u", number)
    spin_unlock(lock)
