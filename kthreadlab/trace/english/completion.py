"""kernel/sched.c: completions."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

_LEAVES = "{who} leaves the run queue: it sleeps in {letter} until {a} is done."
say("init_completion", any="{who} makes {a} not done.")
say(
    "complete",
    any="{who} completes {a}: nobody sleeps for it now, but it is remembered.",
    woken="{who} completes {a} and wakes {woken}.",
)
say(
    "complete_all",
    any="{who} completes {a} for good: whoever waits, now or later, goes on.",
    woken="{who} completes {a} for good and wakes {woken}.",
)
say(
    "wait_for_completion wait_for_completion_interruptible",
    any="{who} finds {a} done and does not wait.",
    sleeps=_LEAVES,
)
say(
    "wait_for_completion_interruptible",
    signal="{who} has a signal pending and does not wait for {a}: -ERESTARTSYS.",
)
say(
    "wait_for_completion_timeout",
    any="{who} finds {a} done and does not wait.",
    sleeps="{who} sleeps in {letter} until {a} is done or its timer expires.",
    no="{who} may not wait for {a} at all: the time is up, and it gets 0.",
)
say(
    "wait_for_completion:return wait_for_completion_interruptible:return wait_for_completion_timeout:return"
    " wait_for_completion_interruptible_timeout:return",
    any="{who} is on a CPU again, finds {a} done, and goes on.",
    again="{who} finds {a} not done, and goes back to sleep in {letter}.",
)
say(
    "wait_for_completion_interruptible:return wait_for_completion_interruptible_timeout:return",
    signal="{who} has a signal pending and waits for {a} no longer: -ERESTARTSYS.",
)
say(
    "wait_for_completion_timeout:return wait_for_completion_interruptible_timeout:return",
    expired="{who} waits for {a} no longer: its time is up, and it gets 0.",
)
say(
    "try_wait_for_completion",
    yes="{who} finds {a} done and takes it.",
    no="{who} finds {a} not done, and goes on.",
)
say(
    "completion_done",
    yes="{who} sees that {a} is done.",
    no="{who} sees that {a} is not done.",
)
