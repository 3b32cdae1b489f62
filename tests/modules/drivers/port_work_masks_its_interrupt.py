# shape: serial port with a flip buffer
# options: --irq receive(4) --irq receive(4) --call read_line(0)
# breaks: irq_safe
# on: up each pre
# large: yes
# profile: 2.6.11
port = struct(
    "port", irq=u32, lock=spinlock_t, flip_count=u32, line_count=u32, read_wait=wait_queue_head_t, flip_work=work_struct
)
ports = array(port, 2)


def receive(irq, dev: ptr("port"), regs):
    spin_lock(dev.lock)
    dev.flip_count += 1
    spin_unlock(dev.lock)
    schedule_work(dev.flip_work)
    return IRQ_HANDLED


def flush_to_ldisc(data: ptr("port")):
    spin_lock_irq(data.lock)  # right
    #! spin_lock(data.lock)
    n = data.flip_count
    data.flip_count = 0
    spin_unlock_irq(data.lock)  # right
    #! spin_unlock(data.lock)
    if n:
        data.line_count = 1
        wake_up_interruptible(data.read_wait)


def read_line(n: u32):
    p = ports[n]
    return wait_event_interruptible(p.read_wait, p.line_count != 0)


def startup(n: u32, irq: u32):
    p = ports[n]
    p.irq = irq
    spin_lock_init(p.lock)
    init_waitqueue_head(p.read_wait)
    INIT_WORK(p.flip_work, flush_to_ldisc, p)
    return request_irq(irq, receive, 0, "serial", p)


def shutdown(n: u32):
    p = ports[n]
    free_irq(p.irq, p)
    flush_scheduled_work()


def setup():
    err = startup(0, 4)
    if err:
        return err
    err = startup(1, 3)
    if err:
        shutdown(0)
    return err


def cleanup():
    shutdown(0)
    shutdown(1)


module_init(setup)
module_exit(cleanup)
