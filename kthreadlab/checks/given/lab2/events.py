# The parts of the kernel around mykthread.  Given: mykthread's file owns myevent_waitqueue, myevent_lock and myevent_id.

myevent_handler = char_array(256, "/bin/alert")


def report_event(event_id: u32):
    """Say that data structure event_id is in trouble.  Called by the code that owns it, in process context."""
    global myevent_id
    write_lock(myevent_lock)
    myevent_id = event_id
    write_unlock(myevent_lock)
    wake_up_interruptible(myevent_waitqueue)


def run_umode_handler(event_id: u32):
    """Run the registered program with TROUBLED_DS=event_id in its environment.  Sleeps; process context only."""
    if myevent_handler[0] == '\0':
        return
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        return
    snprintf(buffer, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    value = call_usermodehelper(myevent_handler, argv, envp, 0)
    if value < 0:
        printk(KERN_WARNING + "myevent: %s failed: %d\n", myevent_handler, value)
    kfree(buffer)
