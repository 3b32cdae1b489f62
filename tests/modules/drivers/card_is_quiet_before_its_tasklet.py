# shape: network card with an interrupt, a tasklet and a queue of packets to send
# options: --irq interrupt(9) --call start_xmit(0)
# breaks: no_dangling
# on: each
# large: yes
# profile: 2.6.11
nic = struct("nic", irq=u32, lock=spinlock_t, tx_pending=u32, rx_done=u32, rx=tasklet_struct)
nics = array(ptr("nic"), 2)


def interrupt(irq, dev: ptr("nic"), regs):
    spin_lock(dev.lock)
    if dev.tx_pending:
        dev.tx_pending -= 1
    spin_unlock(dev.lock)
    tasklet_schedule(dev.rx)
    return IRQ_HANDLED


def rx_poll(data: ptr("nic")):
    spin_lock_irq(data.lock)
    data.rx_done = 1
    spin_unlock_irq(data.lock)


def start_xmit(n: u32):
    d = nics[n]
    spin_lock_irqsave(d.lock, flags)
    d.tx_pending += 1
    spin_unlock_irqrestore(d.lock, flags)


def open(n: u32, irq: u32):
    d = cast(nic, kzalloc(sizeof(nic), GFP_KERNEL))
    if d == NULL:
        return -ENOMEM
    d.irq = irq
    spin_lock_init(d.lock)
    tasklet_init(d.rx, rx_poll, d)
    err = request_irq(irq, interrupt, 0, "eth", d)
    if err:
        kfree(d)
        return err
    nics[n] = d
    return 0


def stop(n: u32):
    d = nics[n]
    #! tasklet_kill(d.rx)
    free_irq(d.irq, d)
    tasklet_kill(d.rx)  # right
    nics[n] = NULL
    kfree(d)


def setup():
    err = open(0, 9)
    if err:
        return err
    err = open(1, 10)
    if err:
        stop(0)
    return err


def cleanup():
    stop(0)
    stop(1)


module_init(setup)
module_exit(cleanup)
