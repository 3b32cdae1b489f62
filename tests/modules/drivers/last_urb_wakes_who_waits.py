# shape: requests in flight that are counted
# options: --irq complete_urb(0) --irq complete_urb(0) --call close(0)
# breaks: returns
# on: up each pre
# profile: 2.6.24
stream = struct("stream", lock=spinlock_t, closing=u32, inflight=u32, drained=wait_queue_head_t)
streams = array(stream, 2)


def complete_urb(n: u32):
    s = streams[n]
    spin_lock(s.lock)
    if s.inflight:
        s.inflight -= 1
    idle = s.inflight == 0
    spin_unlock(s.lock)
    if idle:
        wake_up(s.drained)


def close(n: u32):
    s = streams[n]
    wait = DEFINE_WAIT()
    while True:
        prepare_to_wait(s.drained, wait, TASK_UNINTERRUPTIBLE)  # right
        spin_lock_irq(s.lock)
        n = s.inflight
        spin_unlock_irq(s.lock)
        if n == 0:
            break
        #! prepare_to_wait(s.drained, wait, TASK_UNINTERRUPTIBLE)
        schedule()
    finish_wait(s.drained, wait)


def setup():
    for n in range(2):
        spin_lock_init(streams[n].lock)
        init_waitqueue_head(streams[n].drained)
        streams[n].inflight = 2
    return 0


module_init(setup)
