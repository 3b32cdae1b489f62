# title: three functions that do nothing
def mykthread(unused):
    return 0


def start_mykthread():
    return 0


def flush_and_wait():
    return 0
