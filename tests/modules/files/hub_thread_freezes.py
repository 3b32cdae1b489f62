# shape: freezer
# options: --call plug --freeze
# breaks: sleeps_when_idle
ports = DECLARE_WAIT_QUEUE_HEAD()
plugged = u32(0)


def mykthread(unused):
    global plugged
    daemonize("hub")
    while True:
        wait_event_interruptible(ports, plugged != 0 or freezing(current))
        try_to_freeze()  # right
        plugged = 0
    return 0


def plug():
    global plugged
    plugged = 1
    wake_up_interruptible(ports)
