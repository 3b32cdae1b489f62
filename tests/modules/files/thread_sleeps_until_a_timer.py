# shape: timers
# options:
# breaks: no_dangling
tick = timer_list()
rang = DECLARE_COMPLETION()
notes = NULL


def strike(data):
    complete(rang)


def setup():
    global notes
    notes = kmalloc(32, GFP_KERNEL)
    if notes == NULL:
        return -ENOMEM
    strcpy(notes, "begun")
    init_timer(tick)
    tick.function = strike
    tick.data = 0
    tick.expires = jiffies + HZ
    add_timer(tick)
    wait_for_completion(rang)
    del_timer_sync(tick)
    return 0


def cleanup():
    BUG_ON(strlen(notes) != 5)  # right
    kfree(notes)
    #! BUG_ON(strlen(notes) != 5)


module_init(setup)
module_exit(cleanup)
