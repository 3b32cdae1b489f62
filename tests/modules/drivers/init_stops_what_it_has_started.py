# shape: module that starts a thread for each device
# options: --call kick(0) --fail fork
# breaks: no_dangling
# on: up each pre
# profile: 2.6.24
NR_SENSORS = 2
sensor = struct("sensor", lock=spinlock_t, events=u32, wait=wait_queue_head_t, task=ptr("task_struct"))
sensors = array(sensor, 2)


def sensor_thread(s: ptr("sensor")):
    while not kthread_should_stop():
        wait_event_interruptible(s.wait, s.events != 0 or kthread_should_stop())
        spin_lock(s.lock)
        s.events = 0
        spin_unlock(s.lock)
    return 0


def kick(n: u32):
    s = sensors[n]
    spin_lock(s.lock)
    s.events += 1
    spin_unlock(s.lock)
    wake_up_interruptible(s.wait)


def cleanup():
    for n in range(NR_SENSORS):
        if sensors[n].task != NULL:
            kthread_stop(sensors[n].task)
            sensors[n].task = NULL


def setup():
    for n in range(NR_SENSORS):
        s = sensors[n]
        spin_lock_init(s.lock)
        init_waitqueue_head(s.wait)
        t = kthread_run(sensor_thread, s, "sensor/%d", n)
        if IS_ERR(t):
            cleanup()  # right
            return PTR_ERR(t)
        s.task = t
    return 0


module_init(setup)
module_exit(cleanup)
