# shape: module that counts its users
# options: --call open(0) --call open(1)
# breaks: no_dangling
# on: up each pre
# profile: 2.6.24
led = struct("led", lock=spinlock_t, opened=u32, blinks=u32, task=ptr("task_struct"))
leds = array(led, 2)


def blink(d: ptr("led")):
    spin_lock(d.lock)
    d.blinks += 1
    spin_unlock(d.lock)
    msleep(10)
    spin_lock(d.lock)
    d.opened = 0
    spin_unlock(d.lock)
    module_put_and_exit(0)  # right
    return 0


def open(n: u32):
    d = leds[n]
    if not try_module_get(THIS_MODULE):  # right
        return -ENODEV  # right
    spin_lock(d.lock)
    busy = d.opened
    d.opened = 1
    spin_unlock(d.lock)
    if busy:
        module_put(THIS_MODULE)  # right
        return -EBUSY
    t = kthread_run(blink, d, "blink")
    if IS_ERR(t):
        d.opened = 0
        module_put(THIS_MODULE)  # right
        return PTR_ERR(t)
    return 0


def setup():
    spin_lock_init(leds[0].lock)
    spin_lock_init(leds[1].lock)
    return 0


def cleanup():
    leds[0].opened = 1
    leds[1].opened = 1


module_init(setup)
module_exit(cleanup)
