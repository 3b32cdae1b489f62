# A job, and a process that relies on it.  Given: your flush_and_wait() starts flusher.

blocks = u32(0)


def flusher(unused):
    """A thread that writes three blocks back, and ends.  It is no daemon: whoever starts it waits for its end."""
    global blocks
    cond_resched()
    blocks = 3
    return 0


def sync_disk():
    """What a process enters that wants the disk to be up to date."""
    value = flush_and_wait()
    if value >= 0:
        BUG_ON(blocks != 3)
    return value
