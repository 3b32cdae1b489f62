# title: the skeleton of the notebook
def mykthread(unused):
    # A daemon of its own name that sleeps until SIGKILL comes, which alone is let through; then it ends, with 0.
    # YOUR CODE HERE
    raise NotImplementedError()


def start_mykthread():
    # Start it, and return 0; if that fails, the errno.
    # YOUR CODE HERE
    raise NotImplementedError()


def flush_and_wait():
    # Start flusher, wait until it has ended, and return 0; if that cannot be, a negative errno.
    # YOUR CODE HERE
    raise NotImplementedError()
