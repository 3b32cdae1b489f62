# shape: memory card queue whose thread freezes
# options: --call request(0) --call eject(0) --freeze mmcqd
# breaks: returns
# also: no_dangling
# on: each pre
# large: yes
# profile: 2.6.24
mmc_queue = struct(
    "mmc_queue", lock=spinlock_t, thread_sem=semaphore, req=u32, done=u32, waiting=wait_queue_head_t,
    thread=ptr("task_struct"),
)  # fmt: skip
card = struct("card", queue=mmc_queue, removed=u32)
cards = array(card, 2)


def mmcqd(d: ptr("mmc_queue")):
    set_freezable()
    down(d.thread_sem)
    while True:
        spin_lock_irq(d.lock)
        set_current_state(TASK_INTERRUPTIBLE)  # right
        req = d.req
        d.req = 0
        spin_unlock_irq(d.lock)
        if not req:
            if kthread_should_stop():
                set_current_state(TASK_RUNNING)
                break
            up(d.thread_sem)
            #! set_current_state(TASK_INTERRUPTIBLE)
            schedule()
            try_to_freeze()
            down(d.thread_sem)
            continue
        set_current_state(TASK_RUNNING)
        d.done = 1
        wake_up(d.waiting)
    up(d.thread_sem)
    return 0


def request(n: u32):
    q = cards[n].queue
    spin_lock_irq(q.lock)
    q.req = 1
    spin_unlock_irq(q.lock)
    wake_up_process(q.thread)


def eject(n: u32):
    c = cards[n]
    down(c.queue.thread_sem)
    c.removed = 1
    up(c.queue.thread_sem)


def init_queue(q: ptr("mmc_queue")):
    spin_lock_init(q.lock)
    sema_init(q.thread_sem, 1)
    init_waitqueue_head(q.waiting)
    q.thread = kthread_run(mmcqd, q, "mmcqd")
    if IS_ERR(q.thread):
        return PTR_ERR(q.thread)
    return 0


def setup():
    for n in range(2):
        ret = init_queue(cards[n].queue)
        if ret:
            while n > 0:
                n -= 1
                kthread_stop(cards[n].queue.thread)
            return ret
    return 0


def cleanup():
    for n in range(2):
        kthread_stop(cards[n].queue.thread)


module_init(setup)
module_exit(cleanup)
