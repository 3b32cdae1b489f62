myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()  #@ queue


def mykthread(unused):  #@ thread
    wait = DECLARE_WAITQUEUE(current)  #@ wait
    daemonize("mykthread")  #@ daemonize
    allow_signal(SIGKILL)  #@ allow
    add_wait_queue(myevent_waitqueue, wait)  #@ add
    while True:  #@ loop
        set_current_state(TASK_INTERRUPTIBLE)  #@ declare
        schedule()  #@ schedule
        if signal_pending(current):  #@ signal
            break  #@ break
    set_current_state(TASK_RUNNING)  #@ running
    remove_wait_queue(myevent_waitqueue, wait)  #@ remove
    return 0  #@ return


def report_event():  #@ report
    wake_up_interruptible(myevent_waitqueue)  #@ wake
