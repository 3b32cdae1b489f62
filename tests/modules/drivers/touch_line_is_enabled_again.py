# shape: touchscreen whose thread does what its interrupt asks
# options: --irq pen(5) --irq pen(5) --call read_pen(0)
# breaks: returns
# on: up each pre
# large: yes
# profile: 2.6.24
touch = struct(
    "touch", irq=u32, penirq=u32, samples=u32, wait=wait_queue_head_t, readers=wait_queue_head_t,
    rtask=ptr("task_struct"),
)  # fmt: skip
panels = array(touch, 2)


def pen(irq, ts: ptr("touch")):
    disable_irq_nosync(irq)
    ts.penirq = 1
    wake_up(ts.wait)
    return IRQ_HANDLED


def ts_thread(ts: ptr("touch")):
    while not kthread_should_stop():
        wait_event_interruptible(ts.wait, ts.penirq != 0 or kthread_should_stop())
        if ts.penirq:
            ts.penirq = 0
            ts.samples += 1
            wake_up(ts.readers)
            enable_irq(ts.irq)  # right
    return 0


def read_pen(n: u32):
    ts = panels[n]
    wait_event_interruptible(ts.readers, ts.samples >= 2)


def probe(n: u32, irq: u32):
    ts = panels[n]
    ts.irq = irq
    init_waitqueue_head(ts.wait)
    init_waitqueue_head(ts.readers)
    ts.rtask = kthread_run(ts_thread, ts, "ktsd")
    if IS_ERR(ts.rtask):
        return PTR_ERR(ts.rtask)
    err = request_irq(irq, pen, 0, "touch", ts)
    if err:
        kthread_stop(ts.rtask)
    return err


def setup():
    probe(0, 5)
    probe(1, 6)
    return 0


module_init(setup)
