# title: takes what stands behind a blank for an argument
# bug: KERNEL 10 row 25: split on blanks
# root: registration
# fails: registration
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def run_umode_handler(event_id: u32):
    path = char_array(256)
    text = char_array(32)
    argv = array(ptr("char"), 3)
    if myevent_handler[0] == '\0':
        return
    strcpy(path, myevent_handler)
    argv[0] = path
    argv[1] = NULL
    argv[2] = NULL
    for i in range(255):
        if path[i] == '\0':
            break
        if path[i] == ' ':
            path[i] = '\0'
            argv[1] = "arg"
            break
    snprintf(text, 32, "TROUBLED_DS=%u", event_id)
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", text, NULL]
    value = call_usermodehelper(path, argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", path, value)
