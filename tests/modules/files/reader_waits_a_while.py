# shape: wait with a timeout
# options: --call read --call arrive
# breaks: no_oops
came = DECLARE_WAIT_QUEUE_HEAD()
data = u32(0)


def read():
    left = wait_event_interruptible_timeout(came, data != 0, HZ)
    if left == 0:  # right
        return -EAGAIN  # right
    BUG_ON(data == 0)
    return 0


def arrive():
    global data
    data = 7
    wake_up_interruptible(came)
