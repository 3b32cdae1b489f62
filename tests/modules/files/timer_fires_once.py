# shape: timers
# options:
# breaks: no_oops
# also: no_dangling
fired = u32(0)
armed = u32(0)
alarm = timer_list()


def ring(data):
    global fired
    BUG_ON(not armed)
    fired = 1


def setup():
    global armed
    init_timer(alarm)
    alarm.function = ring
    alarm.data = 0
    alarm.expires = jiffies + HZ
    armed = 1
    add_timer(alarm)
    return 0


def cleanup():
    global armed
    del_timer_sync(alarm)  # right
    armed = 0


module_init(setup)
module_exit(cleanup)
