# shape: converter whose thread stands still for a suspend
# options: --call suspend(0) --call resume(0)
# breaks: returns
# also: locks_balanced
# on: up each pre
# profile: 6.12
adc = struct("adc", lock=mutex, wait=wait_queue_head_t, data=u32, suspended=u32, task=ptr("task_struct"))
adcs = array(adc, 2)


def adc_thread(a: ptr("adc")):
    while not kthread_should_stop():
        if kthread_should_park():
            kthread_parkme()
            continue
        told = READ_ONCE(a.data)
        wait_event_interruptible(
            a.wait,
            READ_ONCE(a.data) != told
            or kthread_should_park()  # right
            or kthread_should_stop(),
        )
    return 0


def suspend(n: u32):
    a = adcs[n]
    mutex_lock(a.lock)
    if not a.suspended and kthread_park(a.task) == 0:
        a.suspended = 1
    mutex_unlock(a.lock)


def resume(n: u32):
    a = adcs[n]
    mutex_lock(a.lock)
    if a.suspended:
        kthread_unpark(a.task)
        a.suspended = 0
    mutex_unlock(a.lock)


def setup():
    err = 0
    for n in range(2):
        a = adcs[n]
        mutex_init(a.lock)
        init_waitqueue_head(a.wait)
        a.task = kthread_run(adc_thread, a, "adc%d", n)
        if IS_ERR(a.task):
            err = PTR_ERR(a.task)
            break
    if err and not IS_ERR(adcs[0].task):
        kthread_stop(adcs[0].task)
    return err


def cleanup():
    for n in range(2):
        kthread_stop(adcs[n].task)


module_init(setup)
module_exit(cleanup)
