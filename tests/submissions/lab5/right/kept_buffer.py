# title: allocates once and keeps the buffer in a static
# fails:
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)
myevent_text = ptr("char")


def run_umode_handler(event_id: u32):
    global myevent_text
    if myevent_handler[0] == '\0':
        return
    if myevent_text == NULL:
        myevent_text = kmalloc(32, GFP_KERNEL)
    if myevent_text == NULL:
        printk(KERN_ERR + "myevent: no memory\n")
        return
    snprintf(myevent_text, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", myevent_text, NULL]
    value = call_usermodehelper(myevent_handler, argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: error %d\n", value)
