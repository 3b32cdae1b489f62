# shape: dvb frontend thread
# options: --call tune(0) --call stop(0)
# breaks: sleeps_when_idle
# also: returns
# on: up each pre
# large: yes
# profile: 2.6.24
frontend = struct(
    "frontend", sem=semaphore, wait=wait_queue_head_t, wakeup=u32, exit=u32, locked=u32, thread=ptr("task_struct")
)
frontends = array(frontend, 2)


def should_wakeup(fe: ptr("frontend")):
    if fe.wakeup:
        fe.wakeup = 0
        return 1
    return fe.exit


def frontend_thread(fe: ptr("frontend")):
    set_freezable()
    while True:
        up(fe.sem)
        wait_event_interruptible(fe.wait, should_wakeup(fe) or kthread_should_stop() or freezing(current))
        if kthread_should_stop() or fe.exit:
            break
        try_to_freeze()
        if down_interruptible(fe.sem):
            break
        fe.locked = 1
    while not kthread_should_stop():  # right
        set_current_state(TASK_INTERRUPTIBLE)  # right
        if not kthread_should_stop():  # right
            schedule()  # right
    #! while not kthread_should_stop():
    #!     cpu_relax()
    __set_current_state(TASK_RUNNING)
    return 0


def tune(n: u32):
    fe = frontends[n]
    if down_interruptible(fe.sem):
        return -EINTR
    fe.wakeup = 1
    up(fe.sem)
    wake_up_interruptible(fe.wait)
    return 0


def stop(n: u32):
    fe = frontends[n]
    fe.exit = 1
    wake_up_interruptible(fe.wait)


def start(n: u32):
    fe = frontends[n]
    init_MUTEX_LOCKED(fe.sem)
    init_waitqueue_head(fe.wait)
    fe.thread = kthread_run(frontend_thread, fe, "kdvb-fe-%d", n)
    return PTR_ERR(fe.thread) if IS_ERR(fe.thread) else 0


def setup():
    err = start(0)
    if err:
        return err
    err = start(1)
    if err:
        kthread_stop(frontends[0].thread)
    return err


def cleanup():
    kthread_stop(frontends[0].thread)
    kthread_stop(frontends[1].thread)


module_init(setup)
module_exit(cleanup)
