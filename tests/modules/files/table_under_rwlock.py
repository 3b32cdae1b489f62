# shape: readers and writers
# options: --call look(1) --call look(0) --call change(1,5)
# breaks: locks_balanced
# also: returns
lock = DEFINE_RWLOCK()
table = array(u32, 2)


def look(n: u32):
    read_lock(lock)
    value = table[n]
    read_unlock(lock)  # right
    #! write_unlock(lock)
    return value


def change(n: u32, value: u32):
    write_lock(lock)
    table[n] = value
    write_unlock(lock)
