keyboard = DECLARE_WAIT_QUEUE_HEAD()  #@ queue
key_pressed = 0  #@ key


def wait_for_key():  #@ function
    wait = DECLARE_WAITQUEUE(current)  #@ wait
    add_wait_queue(keyboard, wait)  #@ add
    while not key_pressed:  #@ look
        set_current_state(TASK_INTERRUPTIBLE)  #@ declare
        schedule()  #@ schedule
    remove_wait_queue(keyboard, wait)  #@ remove
    return 0  #@ return


def press_key():  #@ press
    global key_pressed
    key_pressed = 1  #@ store
    wake_up_interruptible(keyboard)  #@ wake
