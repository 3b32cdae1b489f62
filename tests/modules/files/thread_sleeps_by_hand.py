# shape: thread and stop
# options: --call poke
# breaks: sleeps_when_idle
events = u32(0)
watcher = NULL


def watch(unused):
    global events
    while True:
        set_current_state(TASK_INTERRUPTIBLE)  # right
        if kthread_should_stop():
            break
        if events == 0:
            schedule()
        __set_current_state(TASK_RUNNING)
        events = 0
    __set_current_state(TASK_RUNNING)
    return 0


def poke():
    global events
    events = 1
    wake_up_process(watcher)


def setup():
    global watcher
    watcher = kthread_run(watch, NULL, "watch")
    if IS_ERR(watcher):
        return PTR_ERR(watcher)
    return 0


def cleanup():
    kthread_stop(watcher)


module_init(setup)
module_exit(cleanup)
