# mykthread, as Listing Two has it.  Given: the answer owns its data, report_event(id) and fetch_event().

myevent_handler = char_array(256, "/bin/alert")
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()


def run_umode_handler(event_id: u32):
    """Run the registered program with TROUBLED_DS=event_id in its environment.  Sleeps; process context only."""
    if myevent_handler[0] == '\0':
        return
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        return
    snprintf(buffer, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    value = call_usermodehelper(myevent_handler, argv, envp, 0)
    if value < 0:
        printk(KERN_WARNING + "myevent: %s failed: %d\n", myevent_handler, value)
    kfree(buffer)


def mykthread(unused):
    """Sleep, fetch, answer; die on SIGKILL."""
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            break
        event_id = fetch_event()
        if event_id:
            run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
