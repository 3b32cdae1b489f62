# shape: error paths
# options: --fail fork
# breaks: no_oops
# beside: sleeps_when_idle
heart = NULL
beats = u32(0)


def beat(unused):
    global beats
    set_current_state(TASK_INTERRUPTIBLE)
    while not kthread_should_stop():
        schedule()
        beats += 1
        set_current_state(TASK_INTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)
    return 0


def setup():
    global heart
    heart = kthread_run(beat, NULL, "heart")
    if IS_ERR(heart):  # right
    #! if heart == NULL:
        return PTR_ERR(heart)
    return 0


def cleanup():
    kthread_stop(heart)


module_init(setup)
module_exit(cleanup)
