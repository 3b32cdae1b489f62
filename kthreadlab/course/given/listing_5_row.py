myevent_row = ctl_table(  #@ row
    KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o666, NULL, proc_dostring, sysctl_string
)
