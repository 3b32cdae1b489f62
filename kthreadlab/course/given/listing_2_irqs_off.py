myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()  #@ queue
myevent_id = u32(0)  #@ id


def mykthread(unused):  #@ thread
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)  #@ wait
    daemonize("mykthread")  #@ daemonize
    allow_signal(SIGKILL)  #@ allow
    add_wait_queue(myevent_waitqueue, wait)  #@ add
    while True:  #@ loop
        set_current_state(TASK_INTERRUPTIBLE)  #@ declare
        schedule()  #@ schedule
        if signal_pending(current):  #@ signal
            break  #@ break
        local_irq_disable()  #@ off
        event_id = myevent_id  #@ fetch
        myevent_id = 0  #@ clear
        local_irq_enable()  #@ on
        if event_id:  #@ test
            run_umode_handler(event_id)  #@ helper
    set_current_state(TASK_RUNNING)  #@ running
    remove_wait_queue(myevent_waitqueue, wait)  #@ remove
    return 0  #@ return
