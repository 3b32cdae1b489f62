# shape: two threads
# options:
# profile: 2.6.24
# breaks: locks_balanced
lock = DEFINE_MUTEX()
ready = u32(0)
west = NULL
east = NULL


def rest():
    set_current_state(TASK_INTERRUPTIBLE)
    while not kthread_should_stop():
        schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)


def go_west(unused):
    global ready
    mutex_lock(lock)
    ready += 1
    mutex_unlock(lock)
    rest()
    return 0


def go_east(unused):
    global ready
    mutex_lock(lock)
    ready += 1
    mutex_unlock(lock)
    #! mutex_unlock(lock)
    rest()
    return 0


def setup():
    global west, east
    west = kthread_run(go_west, NULL, "west")
    if IS_ERR(west):
        return PTR_ERR(west)
    east = kthread_run(go_east, NULL, "east")
    if IS_ERR(east):
        kthread_stop(west)
        return PTR_ERR(east)
    return 0


def cleanup():
    kthread_stop(east)
    kthread_stop(west)


module_init(setup)
module_exit(cleanup)
