"""kernel/timer.c: timers, whose function runs once, in a bottom half."""

from .declare import Versions, declares, process, since, type_name, until
from .kinds import Argument, Int, Timer, TimerCallback, TimerFunction, UInt, ULong, Void

SOURCE = "kernel/timer.c"

CONSTANTS = {
    "HZ": (1000, "jiffies in a second", Versions(changed={"2.4": 100, "2.6": 1000, "2.6.13": 250})),
    "jiffies": (0, "the ticks since boot; here there is no time, so it stands still"),
}


@since("2.6.14")
@declares
def DEFINE_TIMER() -> Timer:
    """A timer, not pending, with its function, expiry and argument.

    Use: timer = DEFINE_TIMER(handler, 0, 0)
    Versions: 6.12: with its function alone, which is given the timer.
    Source: include/linux/timer.h
    """


@until("4.15")
@declares
def TIMER_INITIALIZER() -> Timer:
    """The value of a timer that is not pending: its function, expiry and argument.

    Use: timer = TIMER_INITIALIZER(handler, 0, 0)
    Source: include/linux/timer.h
    """


@type_name
def timer_list() -> Timer:
    """A timer that nothing has initialised yet; init_timer or setup_timer does.

    Source: include/linux/timer.h
    """


@until("4.15")
def init_timer(timer: Timer) -> Void:
    """Make it ready, not pending.

    Its function and the argument of that are fields, timer.function and timer.data, which you set.

    Source: kernel/timer.c, init_timer()
    """


@since("2.6.15")
@until("4.15")
def setup_timer(timer: Timer, function: TimerFunction, data: Argument) -> Void:
    """Make it ready, with its function and that function's argument.

    Source: include/linux/timer.h
    """


@since("4.14")
def timer_setup(timer: Timer, callback: TimerCallback, flags: UInt) -> Void:
    """Make it ready, with its function, which is given the timer.

    Source: include/linux/timer.h
    """


def add_timer(timer: Timer) -> Void:
    """Start it: its function is to run in a bottom half, once.

    A timer that is pending must not be added again: a bug, where mod_timer is none.  The function runs in softirq
    context: it must not sleep, and what it shares with tasks they take with bottom halves off.

    Versions: 2.6.11: of a timer that is pending, it is mod_timer.
    Here: the machine has no time.  A pending timer may expire at any time, and does in the end; its function may run on
    any CPU.  A timer that nothing has initialised is a fault, where 2.6.11 only warns.
    Source: include/linux/timer.h
    """


def mod_timer(timer: Timer, expires: ULong) -> Int:
    """Start it, or put off its expiry; 1 if it was pending.

    Return: 1 if the timer was pending, 0 if it was not.
    Here: the machine has no time.  A pending timer may expire at any time, and does in the end.
    Source: kernel/timer.c, mod_timer()
    """


def del_timer(timer: Timer) -> Int:
    """Stop it; 1 if it was pending.

    Its function may be running on another CPU when this returns, and goes on.

    Return: 1 if the timer was pending, 0 if it was not.
    Source: kernel/timer.c, del_timer()
    """


@process
def del_timer_sync(timer: Timer) -> Int:
    """Stop it, and wait for its function if that runs now; 1 if it was pending.

    The function must not wait for a lock that the caller holds, and must not start its timer again.

    Return: 1 if the timer was pending, 0 if it was not.
    Source: kernel/timer.c, del_timer_sync()
    """


def timer_pending(timer: Timer) -> Int:
    """Is it started and not yet run?

    Return: 1 if the timer is pending, 0 if not.
    Source: include/linux/timer.h
    """


@since("6.2")
def timer_delete(timer: Timer) -> Int:
    """Stop it: what del_timer is called since 6.2.

    Its function may be running on another CPU when this returns, and goes on.

    Return: 1 if the timer was pending, 0 if it was not.
    Source: kernel/time/timer.c, timer_delete()
    Example: timer_setup(raw, fired, 0); r = timer_delete(raw) gives 0
    Story: yes: {who} stops the timer {a}, which was pending.
    Story: no: {who} finds the timer {a} not pending; its function may run now all the same.
    """


@since("6.2")
@process
def timer_delete_sync(timer: Timer) -> Int:
    """Stop it, and wait for its function: what del_timer_sync is called since 6.2.

    The function must not wait for a lock that the caller holds, and must not start its timer again.

    Return: 1 if the timer was pending, 0 if it was not.
    Source: kernel/time/timer.c, timer_delete_sync()
    Example: timer_setup(raw, fired, 0); r = timer_delete_sync(raw) gives 0
    Story: yes: {who} stops the timer {a}, which was pending, and its function does not run.
    Story: no: {who} finds the timer {a} not pending, and its function does not run.
    """


@since("6.2")
def timer_shutdown(timer: Timer) -> Int:
    """Stop it for good: nobody starts it again until timer_setup.

    Whoever tries is not told.  Its function may be running on another CPU when this returns, and goes on.

    Return: 1 if the timer was pending, 0 if it was not.
    Source: kernel/time/timer.c, timer_shutdown()
    Example: timer_setup(raw, fired, 0); timer_shutdown(raw); r = mod_timer(raw, 5) + timer_pending(raw) gives 0
    Story: {who} stops the timer {a} for good; its function may run now all the same.
    """


@since("6.2")
@process
def timer_shutdown_sync(timer: Timer) -> Int:
    """Stop it for good, and wait for its function if that runs now.

    What comes before the memory of a timer is freed that its own function, or somebody else, may start again.  Whoever
    tries afterwards is not told.

    Return: 1 if the timer was pending, 0 if it was not.
    Source: kernel/time/timer.c, timer_shutdown_sync()
    Example: timer_setup(raw, fired, 0); timer_shutdown_sync(raw); r = mod_timer(raw, 5) + timer_pending(raw) gives 0
    Story: {who} stops the timer {a} for good, and its function does not run.
    """
