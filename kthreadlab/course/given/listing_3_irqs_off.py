def report_event(event_id: u32):  #@ report
    global myevent_id
    local_irq_save(flags)  #@ off
    myevent_id = event_id  #@ store
    local_irq_restore(flags)  #@ on
    wake_up_interruptible(myevent_waitqueue)  #@ wake
