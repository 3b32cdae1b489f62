myevent_handler = char_array(256, "/bin/alert")  #@ handler


def run_umode_handler(event_id: i32):  #@ run
    argv = [myevent_handler, NULL]  #@ argv
    buffer = kmalloc(32, GFP_KERNEL)  #@ kmalloc
    if buffer == NULL:  #@ full
        return  #@ dropped
    sprintf(buffer, "TROUBLED_DS=%d", event_id)  #@ print
    if not argv[0]:  #@ nobody
        return  #@ none
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]  #@ envp
    value = call_usermodehelper(argv[0], argv, envp, 0)  #@ call
    kfree(buffer)  #@ kfree
