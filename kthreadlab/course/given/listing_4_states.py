event_queue = DECLARE_WAIT_QUEUE_HEAD()  #@ events
disk_queue = DECLARE_WAIT_QUEUE_HEAD()  #@ blocks
plugged_in = 0  #@ flags
disk_done = 0


def read_block():  #@ function
    if wait_event_interruptible(event_queue, plugged_in):  #@ event
        return -ERESTARTSYS  #@ leave
    wait_event(disk_queue, disk_done)  #@ disk
    return 0  #@ return


def report_event():  #@ report
    global plugged_in
    plugged_in = 1  #@ plug
    wake_up_interruptible(event_queue)  #@ wake


def disk_interrupt():  #@ interrupt
    global disk_done
    disk_done = 1  #@ done
    wake_up(disk_queue)  #@ rouse
