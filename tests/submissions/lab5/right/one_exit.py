# title: one way out, GFP_ATOMIC, a message always
# fails:
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    value = -ENOMEM
    if myevent_handler[0] != '\0':
        buffer = kmalloc(64, GFP_ATOMIC)
        if buffer != NULL:
            sprintf(buffer, "TROUBLED_DS=%u", event_id)
            argv = [myevent_handler, NULL]
            envp = ["PATH=/sbin:/usr/sbin:/bin:/usr/bin", "HOME=/", buffer, NULL]
            value = call_usermodehelper(argv[0], argv, envp, 0)
            kfree(buffer)
        printk(KERN_INFO + "myevent: %u handed on: %d\n", event_id, value)
