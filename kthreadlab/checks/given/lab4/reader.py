# Reads a block from a disk that somebody has to plug in first.  Given: the answer is how to wait for either.

event_queue = DECLARE_WAIT_QUEUE_HEAD()
event_happened = u32(0)  # 1: the disk is plugged in, and stays so

disk_queue = DECLARE_WAIT_QUEUE_HEAD()
disk_done = u32(0)  # 1: the disk has written the block into the reader's memory


def report_event():
    """The disk is plugged in.  A process says so, or an interrupt."""
    global event_happened
    event_happened = 1
    wake_up_interruptible(event_queue)


def rattle():
    """Wakes whoever waits for either, for nothing."""
    wake_up(event_queue)
    wake_up(disk_queue)


def disk_interrupt():
    """The disk has done what it was asked for."""
    global disk_done
    disk_done = 1
    wake_up(disk_queue)


def transfer():
    """Ask the disk, which writes into memory of the caller's: that must stay where it is until it has."""
    wait_for_disk()
    schedule()
    BUG_ON(disk_done == 0)


def read_block():
    """What read(2) leads to: 0, or -ERESTARTSYS if a signal came first."""
    error = wait_for_event()
    schedule()  # let others run: whoever is TASK_RUNNING goes on then
    if error < 0:
        return error
    BUG_ON(event_happened == 0)
    transfer()
    return 0


def reader(unused):
    """The same by a thread of the kernel."""
    daemonize("reader")
    allow_signal(SIGKILL)
    read_block()
    return 0
