# title: looks at a result that no call has given
# bug: SEMANTICS 2: a local read before it is assigned
# root: no_oops
# fails: no_oops
# follows: survives_failure
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    text = char_array(32)
    if myevent_handler[0] != '\0':
        snprintf(text, 32, "TROUBLED_DS=%u", event_id)
        argv = [myevent_handler, NULL]
        envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", text, NULL]
        value = call_usermodehelper(argv[0], argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", myevent_handler, value)
