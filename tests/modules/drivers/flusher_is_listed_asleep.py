# shape: writeback by a pool of threads
# options: --call sync(0) --call sync(1)
# breaks: returns
# on: each pre
# large: yes
# profile: 2.6.11
flusher = struct("flusher", who=ptr("task_struct"), job=ptr("superblock"), idle=list_head)
superblock = struct("superblock", dirty=u32, written=completion)
flushers = array(flusher, 2)
supers = array(superblock, 2)
idle_list = LIST_HEAD()
pdflush_lock = DEFINE_SPINLOCK()
started = DECLARE_COMPLETION()


def pdflush(my: ptr("flusher")):
    daemonize("pdflush")
    spin_lock_irq(pdflush_lock)
    my.who = current
    complete(started)
    while True:
        my.job = NULL
        list_add(my.idle, idle_list)
        set_current_state(TASK_INTERRUPTIBLE)  # right
        spin_unlock_irq(pdflush_lock)
        #! set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        spin_lock_irq(pdflush_lock)
        if not list_empty(my.idle):
            list_del_init(my.idle)
        if my.job == NULL:
            continue
        spin_unlock_irq(pdflush_lock)
        job = my.job
        job.dirty = 0
        complete(job.written)
        spin_lock_irq(pdflush_lock)
    return 0


def pdflush_operation(sb: ptr("superblock")):
    spin_lock_irqsave(pdflush_lock, flags)
    if list_empty(idle_list):
        spin_unlock_irqrestore(pdflush_lock, flags)
        return -1
    f = list_entry(idle_list.next, flusher, "idle")
    list_del_init(f.idle)
    f.job = sb
    wake_up_process(f.who)
    spin_unlock_irqrestore(pdflush_lock, flags)
    return 0


def sync(n: u32):
    sb = supers[n]
    sb.dirty = 1
    if pdflush_operation(sb) == 0:
        wait_for_completion(sb.written)


def setup():
    for n in range(2):
        init_completion(supers[n].written)
        INIT_LIST_HEAD(flushers[n].idle)
    if kernel_thread(pdflush, flushers[0], CLONE_KERNEL) >= 0:
        wait_for_completion(started)
    if kernel_thread(pdflush, flushers[1], CLONE_KERNEL) >= 0:
        wait_for_completion(started)
    return 0


module_init(setup)
