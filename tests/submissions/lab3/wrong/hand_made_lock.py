# title: spins with preemption off for a lock whose holder can be preempted
# bug: KERNEL 4.1, 4.3; M13
# root: survives_preemption
# fails: survives_preemption
# unexercised:
busy = u32(0)
process_id = u32(0)
irq_lock = DEFINE_SPINLOCK()
irq_id = u32(0)


def report_event(event_id: u32):
    """An interrupt may not wait for the hand-made lock: it has a slot of its own."""
    global process_id, irq_id
    if in_interrupt():
        spin_lock_irqsave(irq_lock, flags)
        irq_id = event_id
        spin_unlock_irqrestore(irq_lock, flags)
    else:
        preempt_disable()
        while test_and_set_bit(0, busy):
            barrier()
        process_id = event_id
        clear_bit(0, busy)
        preempt_enable()
    wake_up_interruptible(myevent_waitqueue)


def fetch_event():
    global process_id, irq_id
    spin_lock_irq(irq_lock)
    event_id = irq_id
    irq_id = 0
    spin_unlock_irq(irq_lock)
    if event_id:
        return event_id
    while test_and_set_bit(0, busy):
        barrier()
    event_id = process_id
    process_id = 0
    clear_bit(0, busy)
    return event_id
