# shape: interrupt and call
# options: --irq receive(9) --call read
# breaks: never_sleeps_atomic
came = DECLARE_WAIT_QUEUE_HEAD()
byte = u32(0)
copy = NULL


def receive(value: u32):
    global byte
    byte = value
    p = kmalloc(8, GFP_ATOMIC)  # right
    #! p = kmalloc(8, GFP_KERNEL)
    if p != NULL:
        kfree(p)
    wake_up_interruptible(came)


def read():
    if wait_event_interruptible(came, byte != 0):
        return -EINTR
    return byte
