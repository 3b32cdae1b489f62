# title: no allocation: the text lives on the stack
# fails:
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    text = char_array(32)
    if myevent_handler[0] == '\0':
        return
    sprintf(text, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", text, NULL]
    value = call_usermodehelper(myevent_handler, argv, envp, 0)
    if value != 0:
        printk("myevent: error %d\n", value)
