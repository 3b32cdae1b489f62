# shape: sensor polled by delayed work
# options: --call remove(0)
# breaks: no_dangling
# on: each pre
# large: yes
# profile: 6.12
sensor = struct("sensor", lock=mutex, value=u32, poll=delayed_work)
sensors = array(ptr("sensor"), 2)
table_lock = DEFINE_MUTEX()


def sensor_poll(work: ptr("work_struct")):
    s = container_of(to_delayed_work(work), sensor, "poll")
    mutex_lock(s.lock)
    s.value = 1
    mutex_unlock(s.lock)
    schedule_delayed_work(s.poll, HZ)


def probe(n: u32):
    s = cast(sensor, kzalloc(sizeof(sensor), GFP_KERNEL))
    if s == NULL:
        return -ENOMEM
    mutex_init(s.lock)
    INIT_DELAYED_WORK(s.poll, sensor_poll)
    sensors[n] = s
    schedule_delayed_work(s.poll, HZ)
    return 0


def remove(n: u32):
    mutex_lock(table_lock)
    s = sensors[n]
    sensors[n] = NULL
    mutex_unlock(table_lock)
    if s == NULL:
        return
    cancel_delayed_work_sync(s.poll)  # right
    #! cancel_delayed_work(s.poll)
    kfree(s)


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
