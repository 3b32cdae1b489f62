# title: Listing Five as printed
# bug: KERNEL E-14, E-16: the dead test, the ignored result
# root: survives_failure
# fails: large_ids, survives_failure
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    argv = array(ptr("char"), 2)
    envp = array(ptr("char"), 4)
    i = 0
    argv[i] = myevent_handler
    i += 1
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        return
    sprintf(buffer, "TROUBLED_DS=%d", event_id)
    if not argv[0]:
        return
    argv[i] = NULL
    i = 0
    envp[i] = "HOME=/"
    i += 1
    envp[i] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin"
    i += 1
    envp[i] = buffer
    i += 1
    envp[i] = NULL
    value = call_usermodehelper(argv[0], argv, envp, 0)
    kfree(buffer)
