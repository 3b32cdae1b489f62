# title: static text and static vectors: one call at a time
# fails:
# unexercised:
myevent_handler = char_array(256)
myevent_text = char_array(32)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", myevent_text, NULL]
    if strlen(myevent_handler) > 0:
        snprintf(myevent_text, 32, "TROUBLED_DS=%u", event_id)
        value = call_usermodehelper(argv[0], argv, envp, 0)
        if value:
            printk(KERN_WARNING + "myevent: %s gave %d\n", argv[0], value)
