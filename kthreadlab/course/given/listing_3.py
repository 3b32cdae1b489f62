def report_event(event_id: u32):  #@ report
    global myevent_id
    write_lock(myevent_lock)  #@ write
    myevent_id = event_id  #@ store
    write_unlock(myevent_lock)  #@ unlock
    wake_up_interruptible(myevent_waitqueue)  #@ wake
