# shape: bit operations
# options: --call open --call open
# breaks: no_oops
busy = u64(0)
users = u32(0)


def open():
    global users
    if test_and_set_bit(0, busy):  # right
        return -EBUSY  # right
    #! if test_bit(0, busy):
    #!     return -EBUSY
    #! set_bit(0, busy)
    users += 1
    BUG_ON(users != 1)
    users -= 1
    clear_bit(0, busy)
    return 0
