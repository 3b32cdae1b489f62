# kernel/kmod.c: the thread that runs user-mode helpers.
# A request waits on khelper's work queue; its caller sleeps in D until complete_request() wakes it.


def khelper(unused):
    """Serve one request after the other, for ever."""
    while True:
        take_request()
        exec_request()
        complete_request()
