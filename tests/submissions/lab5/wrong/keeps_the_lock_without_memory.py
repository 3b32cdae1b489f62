# title: returns with its lock held when there is no memory
# bug: KERNEL 4.1
# root: returns
# fails:
# follows: survives_failure
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)
myevent_lock = DEFINE_SPINLOCK()


def run_umode_handler(event_id: u32):
    if myevent_handler[0] == '\0':
        return
    spin_lock(myevent_lock)
    buffer = kmalloc(32, GFP_ATOMIC)
    if buffer == NULL:
        printk(KERN_ERR + "myevent: no memory to report %u\n", event_id)
        return
    spin_unlock(myevent_lock)
    snprintf(buffer, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    value = call_usermodehelper(argv[0], argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", myevent_handler, value)
    kfree(buffer)
