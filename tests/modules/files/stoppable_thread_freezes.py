# shape: freezer
# options: --call nudge --freeze flush
# profile: 2.6.32
# breaks: sleeps_when_idle
jobs = DECLARE_WAIT_QUEUE_HEAD()
dirty = u32(0)
flusher = NULL


def flush(unused):
    global dirty
    set_freezable()
    while not kthread_should_stop():
        wait_event_interruptible(jobs, dirty != 0 or kthread_should_stop() or freezing(current))
        if try_to_freeze():  # right
            continue  # right
        dirty = 0
    return 0


def nudge():
    global dirty
    dirty = 1
    wake_up_interruptible(jobs)


def setup():
    global flusher
    flusher = kthread_run(flush, NULL, "flush")
    return PTR_ERR(flusher) if IS_ERR(flusher) else 0


def cleanup():
    kthread_stop(flusher)


module_init(setup)
module_exit(cleanup)
