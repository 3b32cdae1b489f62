# title: Listing Five, mended with as few strokes as it takes
# fails: large_ids
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    argv = array(ptr("char"), 2)
    envp = array(ptr("char"), 4)
    i = 0
    if myevent_handler[0] == '\0':
        return
    argv[i] = myevent_handler
    i += 1
    argv[i] = NULL
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        printk(KERN_ERR + "myevent: no memory\n")
        return
    sprintf(buffer, "TROUBLED_DS=%d", event_id)
    i = 0
    envp[i] = "HOME=/"
    i += 1
    envp[i] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin"
    i += 1
    envp[i] = buffer
    i += 1
    envp[i] = NULL
    value = call_usermodehelper(argv[0], argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", argv[0], value)
    kfree(buffer)
