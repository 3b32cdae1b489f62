# title: envp was a local of a function that has returned
# bug: SEMANTICS 2: stack objects die with their function
# root: no_dangling
# fails: exec_vector, no_dangling
# follows: survives_failure
# unexercised: large_ids, never_sleeps_atomic, no_leak, no_oops, no_stale_helper
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def environment(buffer):
    """HOME, PATH and what is in trouble; on a stack that is gone when the caller reads it."""
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    return envp


def run_umode_handler(event_id: u32):
    if myevent_handler[0] == '\0':
        return
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        printk(KERN_ERR + "myevent: no memory to report %u\n", event_id)
        return
    snprintf(buffer, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = environment(buffer)
    value = call_usermodehelper(argv[0], argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", myevent_handler, value)
    kfree(buffer)
