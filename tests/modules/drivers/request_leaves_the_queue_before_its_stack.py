# shape: request queue with a completion on the caller's stack
# options: --call transfer(0) --irq finished(0)
# breaks: no_dangling
# on: up each pre
# profile: 2.6.24
request = struct("request", done=completion, result=u32, link=list_head)
disk = struct("disk", lock=spinlock_t, started=u32, queue=list_head)
disks = array(disk, 2)


def finished(n: u32):
    d = disks[n]
    spin_lock(d.lock)
    if not list_empty(d.queue):
        rq = list_entry(d.queue.next, request, "link")
        list_del_init(rq.link)
        rq.result = 1
        complete(rq.done)
    spin_unlock(d.lock)


def transfer(n: u32):
    d = disks[n]
    rq = request()
    rq.result = 0
    init_completion(rq.done)
    spin_lock_irq(d.lock)
    list_add_tail(rq.link, d.queue)
    d.started += 1
    spin_unlock_irq(d.lock)
    if wait_for_completion_timeout(rq.done, HZ) == 0:
        spin_lock_irq(d.lock)  # right
        if not list_empty(rq.link):  # right
            list_del_init(rq.link)  # right
        spin_unlock_irq(d.lock)  # right
        return -ETIMEDOUT
    return rq.result


def setup():
    for n in range(2):
        spin_lock_init(disks[n].lock)
        INIT_LIST_HEAD(disks[n].queue)
    return 0


module_init(setup)
