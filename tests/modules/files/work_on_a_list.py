# shape: thread and list
# options: --call queue(1) --call queue(2)
# breaks: no_leak
work = struct("work", n=u32, link=list_head)
todo = LIST_HEAD()
lock = DEFINE_SPINLOCK()
more = DECLARE_WAIT_QUEUE_HEAD()
worker = NULL


def serve(unused):
    while not kthread_should_stop():
        wait_event_interruptible(more, not list_empty(todo) or kthread_should_stop())
        spin_lock_irqsave(lock, flags)
        if not list_empty(todo):
            w = list_entry(todo.next, work, "link")
            list_del(w.link)
            spin_unlock_irqrestore(lock, flags)
            kfree(w)  # right
        else:
            spin_unlock_irqrestore(lock, flags)
    return 0


def queue(n: u32):
    w = cast(work, kmalloc(sizeof(work), GFP_KERNEL))
    if w == NULL:
        return -ENOMEM
    w.n = n
    spin_lock_irqsave(lock, flags)
    list_add_tail(w.link, todo)
    spin_unlock_irqrestore(lock, flags)
    wake_up_interruptible(more)
    return 0


def setup():
    global worker
    worker = kthread_run(serve, NULL, "worker")
    return PTR_ERR(worker) if IS_ERR(worker) else 0


def cleanup():
    kthread_stop(worker)
    for w in list_for_each_entry_safe(todo, work, "link"):
        list_del(w.link)
        kfree(w)


module_init(setup)
module_exit(cleanup)
