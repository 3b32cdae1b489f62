# title: says that there was a signal
def wait_for_event():
    return -ERESTARTSYS


def wait_for_disk():
    return 0
