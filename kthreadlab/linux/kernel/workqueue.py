# kernel/workqueue.c: the thread that runs what is queued.
# It sleeps in S while its queue is empty; who waits in a flush sleeps in D until work_done() wakes it.


def worker_thread(unused):
    """Run one work item after the other, for ever."""
    while True:
        take_work()
        work_done()
