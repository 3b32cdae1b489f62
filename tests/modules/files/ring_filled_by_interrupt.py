# shape: interrupt and call
# options: --irq receive(9) --call take
# breaks: irq_safe
lock = DEFINE_SPINLOCK()
ring = array(u32, 4)
head = u32(0)
tail = u32(0)


def receive(byte: u32):
    global head
    spin_lock(lock)
    ring[head % 4] = byte
    head += 1
    spin_unlock(lock)


def take():
    global tail
    spin_lock_irqsave(lock, flags)  # right
    #! spin_lock(lock)
    value = 0
    if tail != head:
        value = ring[tail % 4]
        tail += 1
    spin_unlock_irqrestore(lock, flags)  # right
    #! spin_unlock(lock)
    return value
