"""kernel/sched.c, include/linux/completion.h: completions, which remember that something is done."""

from .declare import declares, process, since, sleeps, tag, until
from .kinds import Completion, Int, Long, ULong, Void

SOURCE = "kernel/sched.c"


@declares
def DECLARE_COMPLETION() -> Completion:
    """A completion, not done.

    Unlike a wake-up, a completion counts: complete() before wait_for_completion() is not lost.

    Source: include/linux/completion.h
    """


@tag
def completion() -> Completion:
    """A completion that nothing has initialised.

    As a field or behind ptr it stands without brackets: dev = struct("dev", done=completion); x = ptr("completion").
    init_completion() makes it usable.

    Source: include/linux/completion.h
    """


def init_completion(x: Completion) -> Void:
    """Make it not done.

    Here: whoever waits for it already is forgotten, and sleeps for ever.
    Source: include/linux/completion.h
    """


def complete(x: Completion) -> Void:
    """Let one waiter go on, now or later.

    Adds one to what the completion counts, and wakes the waiter that has waited longest.

    Source: kernel/sched.c, complete()
    """


def complete_all(x: Completion) -> Void:
    """Let every waiter go on, now and later.

    Nobody waits on it again until init_completion.

    Source: kernel/sched.c, complete_all()
    """


@until("5.17")
@process
def complete_and_exit(x: Completion, code: Long) -> Void:
    """Complete, and end the caller.

    What a module's thread ends with: whoever waits to unload the module cannot get between the two.  Since 5.17 it is
    called kthread_complete_and_exit.

    Source: kernel/exit.c, complete_and_exit()
    """


@sleeps
def wait_for_completion(x: Completion) -> Void:
    """Sleep in D until it is done.

    Takes one from the count.  call_usermodehelper waits in this way, which is why its caller shows D.

    Source: kernel/sched.c, wait_for_completion()
    """


@since("2.6")
@sleeps
def wait_for_completion_timeout(x: Completion, timeout: ULong) -> ULong:
    """As wait_for_completion, with a timer; 0 if it expired.

    Return: the jiffies that were left, at least 1; 0 if the timer expired.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/sched.c, wait_for_completion_timeout()
    """


@since("2.6")
@sleeps
def wait_for_completion_interruptible(x: Completion) -> Int:
    """Sleep in S until it is done (0) or a signal comes.

    Return: 0 if it is done, -ERESTARTSYS if a signal came first.
    Source: kernel/sched.c, wait_for_completion_interruptible()
    """


@since("2.6.27")
def try_wait_for_completion(x: Completion) -> Int:
    """Take it if it is done; 1 if taken.

    Return: 1 if it was done, and one is taken from the count; 0 if somebody would have to wait.
    Source: kernel/sched.c, try_wait_for_completion()
    """


@since("2.6.27")
def completion_done(x: Completion) -> Int:
    """Would nobody have to wait?

    Return: 1 if it is done, 0 if not.
    Source: kernel/sched.c, completion_done()
    """


@until("3.13")
def INIT_COMPLETION(x: Completion) -> Void:
    """Make it not done once more.

    For a completion that has been used: init_completion makes a new one.  Whoever waits for it goes on waiting.

    Source: include/linux/completion.h
    Example: complete(done); INIT_COMPLETION(done); try_wait_for_completion(done)
    Story: {who} makes {a} not done once more.
    """


@since("3.13")
def reinit_completion(x: Completion) -> Void:
    """Make it not done once more: what INIT_COMPLETION was until 3.13.

    Whoever waits for it goes on waiting.

    Source: include/linux/completion.h
    Example: complete(done); reinit_completion(done); r = completion_done(done) gives 0
    Story: {who} makes {a} not done once more.
    """


@since("2.6")
@sleeps
def wait_for_completion_interruptible_timeout(x: Completion, timeout: ULong) -> Long:
    """As wait_for_completion_interruptible, with a timer; 0 if it expired.

    Return: the jiffies that were left, at least 1; 0 if the timer expired; -ERESTARTSYS if a signal came first.
    Here: the machine has no time.  A timer may expire whenever it runs.
    Source: kernel/sched.c, wait_for_completion_interruptible_timeout()
    Example: r = wait_for_completion_interruptible_timeout(done, 5) gives 0
    Story: {who} finds {a} done and does not wait.
    Story: sleeps: {who} sleeps in {letter} until {a} is done, its timer expires, or a signal comes.
    Story: no: {who} may not wait for {a} at all: the time is up, and it gets 0.
    Story: signal: {who} has a signal pending and does not wait for {a}: -ERESTARTSYS.
    """
