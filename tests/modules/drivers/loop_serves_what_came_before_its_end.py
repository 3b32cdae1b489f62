# shape: block loop device
# options: --call read_block(0) --call clear(0)
# breaks: returns
# on: up each pre
# profile: 2.6.11
LO_BOUND = 1
LO_RUNDOWN = 2
bio = struct("bio", done=completion, next=ptr("bio"))
loop = struct(
    "loop", lo_lock=spinlock_t, state=u32, bios=ptr("bio"), pending=semaphore, ended=completion
)  # fmt: skip
loops = array(loop, 2)


def loop_thread(lo: ptr("loop")):
    daemonize("loop")
    complete(lo.ended)
    while True:
        if down_interruptible(lo.pending):
            continue
        spin_lock_irq(lo.lo_lock)
        b = lo.bios
        if b != NULL:
            lo.bios = b.next
        over = lo.state != LO_BOUND
        spin_unlock_irq(lo.lo_lock)
        #! if over:
        #!     break
        if b != NULL:
            complete(b.done)
        if over and b == NULL:
            break
    complete_and_exit(lo.ended, 0)


def read_block(n: u32):
    lo = loops[n]
    b = bio()
    init_completion(b.done)
    spin_lock_irq(lo.lo_lock)
    if lo.state != LO_BOUND:
        spin_unlock_irq(lo.lo_lock)
        return -EIO
    b.next = lo.bios
    lo.bios = b
    spin_unlock_irq(lo.lo_lock)
    up(lo.pending)
    wait_for_completion(b.done)
    return 0


def clear(n: u32):
    lo = loops[n]
    spin_lock_irq(lo.lo_lock)
    if lo.state != LO_BOUND:
        spin_unlock_irq(lo.lo_lock)
        return -ENXIO
    lo.state = LO_RUNDOWN
    spin_unlock_irq(lo.lo_lock)
    up(lo.pending)
    wait_for_completion(lo.ended)
    return 0


def set_fd(n: u32):
    lo = loops[n]
    spin_lock_init(lo.lo_lock)
    init_MUTEX_LOCKED(lo.pending)
    init_completion(lo.ended)
    lo.state = LO_BOUND
    if kernel_thread(loop_thread, lo, CLONE_KERNEL) < 0:
        lo.state = 0
        return -ENOMEM
    wait_for_completion(lo.ended)
    return 0


def setup():
    err = set_fd(0)
    if err:
        return err
    err = set_fd(1)
    if err:
        clear(0)
    return err


def cleanup():
    clear(0)
    clear(1)


module_init(setup)
module_exit(cleanup)
