# title: the skeleton of the notebook
# Your data, and what guards them.
# YOUR CODE HERE
raise NotImplementedError()


def report_event(event_id: u32):
    # From a process or an interrupt: leave the id for mykthread, and wake it.
    # YOUR CODE HERE
    raise NotImplementedError()


def fetch_event():
    # For mykthread: take an id away and return it, or 0.
    # YOUR CODE HERE
    raise NotImplementedError()
