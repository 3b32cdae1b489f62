# title: works on a copy of the path as it was when the call began
# fails: large_ids
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    path = char_array(256)
    strcpy(path, myevent_handler)
    if path[0] == '\0':
        return
    buffer = kmalloc(32, GFP_KERNEL)
    if not buffer:
        printk(KERN_ERR + "myevent: %u is in trouble, and there is no memory to say so\n", event_id)
        return
    snprintf(buffer, 32, "TROUBLED_DS=%d", event_id)
    argv = [path, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    value = call_usermodehelper(path, argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", path, value)
    kfree(buffer)
