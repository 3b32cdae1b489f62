keyboard = DECLARE_WAIT_QUEUE_HEAD()  #@ queue
key_pressed = 0  #@ key


def wait_for_key():  #@ function
    wait = DECLARE_WAITQUEUE(current)  #@ wait
    add_wait_queue(keyboard, wait)  #@ add
    while True:  #@ loop
        set_current_state(TASK_INTERRUPTIBLE)  #@ declare
        schedule()  #@ schedule
        if signal_pending(current):  #@ signal
            return -ERESTARTSYS  #@ leave
        if key_pressed:  #@ look
            break  #@ break
    set_current_state(TASK_RUNNING)  #@ running
    remove_wait_queue(keyboard, wait)  #@ remove
    return 0  #@ return


def press_key():  #@ press
    global key_pressed
    key_pressed = 1  #@ store
    wake_up_interruptible(keyboard)  #@ wake
