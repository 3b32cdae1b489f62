# shape: worker of a work queue
# options: --irq raise_event(0) --call remove(0)
# breaks: no_dangling
# on: up each pre
# profile: 2.6.24
gadget = struct("gadget", lock=spinlock_t, gone=u32, events=u32, handled=u32, work=work_struct)
gadgets = array(ptr("gadget"), 2)
table_lock = DEFINE_SPINLOCK()


def gadget_work(w: ptr("work_struct")):
    g = container_of(w, gadget, "work")
    spin_lock_irq(g.lock)
    n = g.events
    g.events = 0
    spin_unlock_irq(g.lock)
    g.handled = n


def raise_event(n: u32):
    spin_lock_irqsave(table_lock, flags)
    g = gadgets[n]
    if g != NULL:
        spin_lock(g.lock)
        g.events += 1
        spin_unlock(g.lock)
        schedule_work(g.work)
    spin_unlock_irqrestore(table_lock, flags)


def probe(n: u32):
    g = cast(gadget, kzalloc(sizeof(gadget), GFP_KERNEL))
    if g == NULL:
        return -ENOMEM
    spin_lock_init(g.lock)
    INIT_WORK(g.work, gadget_work)
    spin_lock_irq(table_lock)
    gadgets[n] = g
    spin_unlock_irq(table_lock)
    return 0


def remove(n: u32):
    spin_lock_irq(table_lock)
    g = gadgets[n]
    gadgets[n] = NULL
    spin_unlock_irq(table_lock)
    if g == NULL:
        return
    cancel_work_sync(g.work)  # right
    kfree(g)


def setup():
    err = probe(0)
    if err:
        return err
    err = probe(1)
    if err:
        remove(0)
    return err


def cleanup():
    remove(0)
    remove(1)


module_init(setup)
module_exit(cleanup)
