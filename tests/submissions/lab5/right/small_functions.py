# title: in small functions, the vectors made where they are used
# fails:
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def handler_is_registered():
    return myevent_handler[0] != '\0'


def complain(event_id: u32, error):
    printk(KERN_ERR + "myevent: nobody was told of %u: %d\n", event_id, error)


def start(variable):
    """Start the registered program with one more variable in its environment; 0 or a negative errno."""
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", variable, NULL]
    return call_usermodehelper(argv[0], argv, envp, 0)


def run_umode_handler(event_id: u32):
    if not handler_is_registered():
        return
    variable = kmalloc(sizeof(u64) * 4, GFP_KERNEL)
    error = -ENOMEM
    if variable != NULL:
        snprintf(variable, 32, "TROUBLED_DS=%u", event_id)
        error = start(variable)
        kfree(variable)
    if error:
        complain(event_id, error)
