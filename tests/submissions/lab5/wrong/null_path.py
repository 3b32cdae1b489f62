# title: NULL for a path when none is registered
# bug: KERNEL 6.2: path NULL is dereferenced
# root: no_oops
# fails: no_oops
# follows: survives_failure
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    path = myevent_handler
    if myevent_handler[0] == '\0':
        path = NULL
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        printk(KERN_ERR + "myevent: no memory to report %u\n", event_id)
        return
    snprintf(buffer, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    value = call_usermodehelper(path, argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", myevent_handler, value)
    kfree(buffer)
