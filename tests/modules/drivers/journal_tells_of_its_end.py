# shape: journal commit thread
# options: --call commit(0) --call destroy(0)
# breaks: returns
# on: up each pre
# large: yes
# profile: 2.6.11
JBD_UNMOUNT = 1
journal = struct(
    "journal",
    flags=u32,
    request=u32,
    sequence=u32,
    state_lock=spinlock_t,
    wait_commit=wait_queue_head_t,
    wait_done=wait_queue_head_t,
    task=ptr("task_struct"),
)
disks = array(journal, 2)


def kjournald(j: ptr("journal")):
    daemonize("kjournald")
    spin_lock(j.state_lock)
    j.task = current
    wake_up(j.wait_done)
    while not j.flags & JBD_UNMOUNT:
        if j.sequence != j.request:
            j.sequence = j.request
            spin_unlock(j.state_lock)
            wake_up(j.wait_done)
            spin_lock(j.state_lock)
            continue
        wait = DEFINE_WAIT()
        prepare_to_wait(j.wait_commit, wait, TASK_INTERRUPTIBLE)
        if j.sequence == j.request and not j.flags & JBD_UNMOUNT:
            spin_unlock(j.state_lock)
            schedule()
            spin_lock(j.state_lock)
        finish_wait(j.wait_commit, wait)
    j.task = NULL
    spin_unlock(j.state_lock)
    wake_up(j.wait_done)  # right
    return 0


def commit(n: u32):
    j = disks[n]
    spin_lock(j.state_lock)
    if j.task == NULL or j.flags & JBD_UNMOUNT:
        spin_unlock(j.state_lock)
        return
    j.request = 1
    spin_unlock(j.state_lock)
    wake_up(j.wait_commit)
    wait_event(j.wait_done, j.sequence == 1 or j.task == NULL)


def destroy(n: u32):
    j = disks[n]
    spin_lock(j.state_lock)
    j.flags = j.flags | JBD_UNMOUNT
    spin_unlock(j.state_lock)
    wake_up(j.wait_commit)
    wait_event(j.wait_done, j.task == NULL)


def load_journal(n: u32):
    j = disks[n]
    spin_lock_init(j.state_lock)
    init_waitqueue_head(j.wait_commit)
    init_waitqueue_head(j.wait_done)
    if kernel_thread(kjournald, j, CLONE_KERNEL) >= 0:
        wait_event(j.wait_done, j.task != NULL)


def setup():
    load_journal(0)
    load_journal(1)
    return 0


module_init(setup)
