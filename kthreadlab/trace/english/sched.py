"""kernel/sched.c: states, schedule(), wake-ups."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "schedule",
    sleeps="{who} leaves the run queue: it sleeps in {letter} until it is woken.",
    yields="{who} is TASK_RUNNING, so schedule() only yields: it stays on the run queue.",
    signal="{who} has a signal pending: schedule() makes it TASK_RUNNING and does not put it to sleep.",
)
say("schedule:return", any="{who} is on a CPU again and comes back from schedule().")
say(
    "schedule_timeout",
    sleeps="{who} leaves the run queue: it sleeps in {letter} until it is woken or its timer expires.",
    yields="{who} is TASK_RUNNING, so schedule_timeout() only yields: it stays on the run queue.",
    signal="{who} has a signal pending: schedule_timeout() makes it TASK_RUNNING and does not put it to sleep.",
    wrong="schedule_timeout({a}) refuses a negative time and returns 0 to {who} at once.",
)
say(
    "schedule_timeout:return",
    expired="{who} comes back from schedule_timeout: its time is up, and it gets 0.",
    woken="{who} comes back from schedule_timeout, woken with time left.",
)
say(
    "set_current_state __set_current_state",
    any="{who} sets its state to {a}.",
    TASK_RUNNING="{who} declares itself TASK_RUNNING.",
    TASK_INTERRUPTIBLE="{who} declares TASK_INTERRUPTIBLE: it is about to sleep, and still runs.",
    TASK_UNINTERRUPTIBLE="{who} declares TASK_UNINTERRUPTIBLE: it is about to sleep, and still runs.",
)
say("yield", any="{who} yields the CPU and stays on the run queue.")
say("cond_resched", any="{who} lets others run, if they should.")
say("might_sleep", any="{who} declares that it may sleep here.")
say(
    "wake_up wake_up_nr wake_up_all wake_up_interruptible wake_up_interruptible_nr wake_up_interruptible_all"
    " wake_up_interruptible_sync",
    woken="{who} wakes {woken}, now on the run queue again.",
    not_asleep_yet="{who} finds {woken} not yet asleep: TASK_RUNNING again, so schedule() will only yield.",
    running="{who} calls {op}, but {waiters} {are} TASK_RUNNING: nothing happens, and nothing is remembered.",
    empty="{who} calls {op}, but nobody is on {a}: nothing happens, and nothing is remembered.",
    dead="{who} calls {op}, and finds on {a} what {waiters} left there before it ended: nothing happens.",
    mixed="{who} walks along {a}: of the tasks there, it wakes {woken}.",
)
say(
    "wake_up_interruptible wake_up_interruptible_nr wake_up_interruptible_all wake_up_interruptible_sync",
    wrong_state="{who} calls {op}, but {waiters} {are} asleep in D, which this wake-up passes by.",
)
say(
    "wake_up_process",
    woken="{who} wakes {a}, which is on the run queue again.",
    not_asleep_yet="{who} finds {a} not yet asleep: it becomes TASK_RUNNING, and its schedule() will only yield.",
    running="{who} wakes {a}, which is TASK_RUNNING: nothing happens, and nothing is remembered.",
    dead="{who} wakes {a}, which has ended: nothing happens.",
)
say("get_task_struct", any="{who} takes a reference to {a}.")
say("put_task_struct", any="{who} gives its reference to {a} back.")
