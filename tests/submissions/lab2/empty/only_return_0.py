def mykthread(unused):
    return 0
