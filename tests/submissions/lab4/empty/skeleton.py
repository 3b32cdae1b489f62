# title: the skeleton of the notebook
def wait_for_event():
    # YOUR CODE HERE
    raise NotImplementedError()


def wait_for_disk():
    # YOUR CODE HERE
    raise NotImplementedError()
