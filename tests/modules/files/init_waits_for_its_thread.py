# shape: completion pair
# options:
# breaks: returns
ready = DECLARE_COMPLETION()
server = NULL
port = u32(0)


def serve(unused):
    global port
    port = 80
    complete(ready)  # right
    set_current_state(TASK_INTERRUPTIBLE)
    while not kthread_should_stop():
        schedule()
        set_current_state(TASK_INTERRUPTIBLE)
    __set_current_state(TASK_RUNNING)
    return 0


def setup():
    global server
    server = kthread_run(serve, NULL, "serve")
    if IS_ERR(server):
        return PTR_ERR(server)
    wait_for_completion(ready)
    BUG_ON(port != 80)
    return 0


def cleanup():
    kthread_stop(server)


module_init(setup)
module_exit(cleanup)
