# title: room for the name of the variable only
# bug: KERNEL E-18
# root: no_dangling
# fails: exec_vector, no_dangling
# follows: survives_failure
# unexercised: large_ids, never_sleeps_atomic, no_leak, no_oops, no_stale_helper
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    if myevent_handler[0] == '\0':
        return
    buffer = kmalloc(12, GFP_KERNEL)
    if buffer == NULL:
        printk(KERN_ERR + "myevent: no memory to report %u\n", event_id)
        return
    sprintf(buffer, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    value = call_usermodehelper(argv[0], argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", myevent_handler, value)
    kfree(buffer)
