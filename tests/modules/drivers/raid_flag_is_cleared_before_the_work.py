# shape: md raid thread
# options: --call submit(0)
# breaks: returns
# on: each pre
# large: yes
# profile: 2.6.24
THREAD_WAKEUP = 0
mdk = struct(
    "mdk", flags=u32, active=atomic_t, queued=atomic_t, wqueue=wait_queue_head_t, wait_idle=wait_queue_head_t,
    task=ptr("task_struct"),
)  # fmt: skip
arrays = array(mdk, 2)


def raid_run(m: ptr("mdk")):
    while atomic_read(m.queued) > 0:
        atomic_dec(m.queued)
        atomic_dec(m.active)
        wake_up(m.wait_idle)


def md_thread(m: ptr("mdk")):
    while not kthread_should_stop():
        wait_event_interruptible(m.wqueue, test_bit(THREAD_WAKEUP, m.flags) or kthread_should_stop())
        clear_bit(THREAD_WAKEUP, m.flags)  # right
        raid_run(m)
        #! clear_bit(THREAD_WAKEUP, m.flags)
    return 0


def md_wakeup_thread(m: ptr("mdk")):
    set_bit(THREAD_WAKEUP, m.flags)
    wake_up(m.wqueue)


def submit(n: u32):
    m = arrays[n]
    atomic_inc(m.active)
    atomic_inc(m.queued)
    md_wakeup_thread(m)
    wait_event(m.wait_idle, atomic_read(m.active) == 0)


def md_start(n: u32):
    m = arrays[n]
    init_waitqueue_head(m.wqueue)
    init_waitqueue_head(m.wait_idle)
    m.task = kthread_run(md_thread, m, "md%d_raid1", n)
    if IS_ERR(m.task):
        return PTR_ERR(m.task)
    md_wakeup_thread(m)
    return 0


def setup():
    err = md_start(0)
    if err:
        return err
    err = md_start(1)
    if err:
        kthread_stop(arrays[0].task)
    return err


def cleanup():
    kthread_stop(arrays[0].task)
    kthread_stop(arrays[1].task)


module_init(setup)
module_exit(cleanup)
