"""kernel/timer.c: sleeps that declare their state themselves."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

_TIMED = "schedule_timeout_interruptible:return schedule_timeout_uninterruptible:return"
_NAPS = "msleep:return ssleep:return usleep_range:return msleep_interruptible:return"
say("io_schedule_timeout:return " + _TIMED, expired="{who} comes back from {op}: its time is up, and it gets 0.")
say("io_schedule_timeout:return " + _TIMED, woken="{who} comes back from {op}, with time left.")
say(_NAPS, expired="{who} is on a CPU again: its time is up.")
say(_NAPS, again="{who} is woken before its time is up, and goes back to sleep in {letter}.")
say(
    "msleep_interruptible:return",
    woken="{who} has a signal pending and sleeps no longer: {result} milliseconds are left.",
)
