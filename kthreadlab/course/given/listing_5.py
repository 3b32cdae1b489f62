myevent_handler = char_array(256, "/bin/alert")  #@ handler


def run_umode_handler(event_id: u32):  #@ run
    if myevent_handler[0] == '\0':  #@ nobody
        return  #@ none
    buffer = kmalloc(32, GFP_KERNEL)  #@ kmalloc
    if buffer == NULL:  #@ full
        return  #@ dropped
    snprintf(buffer, 32, "TROUBLED_DS=%u", event_id)  #@ print
    argv = [myevent_handler, NULL]  #@ argv
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]  #@ envp
    value = call_usermodehelper(myevent_handler, argv, envp, 0)  #@ call
    if value < 0:  #@ failed
        printk(KERN_WARNING + "myevent: %s failed: %d\n", myevent_handler, value)  #@ say
    kfree(buffer)  #@ kfree
