# Reads a block from a disk that somebody has to plug in first.  Given: the answer is how to wait for either.

event_queue = DECLARE_WAIT_QUEUE_HEAD()
event_happened = u32(0)  # 1 once the disk is plugged in
disk_queue = DECLARE_WAIT_QUEUE_HEAD()
disk_done = u32(0)  # 1 once the block is in the reader's memory


def report_event():
    """The disk is plugged in: a process says so, or an interrupt."""
    global event_happened
    event_happened = 1
    wake_up_interruptible(event_queue)


def disk_interrupt():
    """The disk has written the block."""
    global disk_done
    disk_done = 1
    wake_up(disk_queue)


def rattle():
    """Wakes whoever waits, for nothing."""
    wake_up(event_queue)
    wake_up(disk_queue)


def read_block():
    """What read(2) leads to: 0, or -ERESTARTSYS if a signal came first."""
    error = wait_for_event()
    schedule()  # let others run: whoever is TASK_RUNNING goes on then
    if error < 0:
        return error
    BUG_ON(event_happened == 0)
    wait_for_disk()
    schedule()
    BUG_ON(disk_done == 0)
    return 0


def reader(unused):
    """The same, by a thread of the kernel."""
    daemonize("reader")
    allow_signal(SIGKILL)
    read_block()
    return 0
