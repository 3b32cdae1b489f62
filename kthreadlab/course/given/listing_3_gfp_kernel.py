def report_event(event_id: u32):  #@ report
    global myevent_id
    text = kmalloc(32, GFP_KERNEL)  #@ kmalloc
    if text != NULL:  #@ full
        snprintf(text, 32, "event %u", event_id)  #@ print
        printk(KERN_WARNING + "%s\n", text)  #@ say
        kfree(text)  #@ kfree
    write_lock(myevent_lock)  #@ write
    myevent_id = event_id  #@ store
    write_unlock(myevent_lock)  #@ unlock
    wake_up_interruptible(myevent_waitqueue)  #@ wake
