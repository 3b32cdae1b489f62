# shape: daemon and signal
# options: --call ring --kill
# breaks: dies_cleanly
bell = DECLARE_WAIT_QUEUE_HEAD()
rings = u32(0)


def mykthread(unused):
    global rings
    daemonize("butler")
    allow_signal(SIGKILL)
    while True:
        wait_event_interruptible(bell, rings != 0)
        if signal_pending(current):
            break  # right
            #! flush_signals(current)
        rings = 0
    return 0


def ring():
    global rings
    rings = 1
    wake_up_interruptible(bell)
