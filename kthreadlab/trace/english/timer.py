"""kernel/timer.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("init_timer", any="{who} makes the timer {a} ready.")
say("setup_timer timer_setup", any="{who} makes the timer {a} ready, with its function {b}.")
say("add_timer", any="{who} starts the timer {a}.")
say(
    "mod_timer",
    yes="{who} puts off the timer {a}, which was pending.",
    no="{who} starts the timer {a}.",
)
say(
    "del_timer",
    yes="{who} stops the timer {a}, which was pending.",
    no="{who} finds the timer {a} not pending; its function may run now all the same.",
)
say(
    "del_timer_sync",
    yes="{who} stops the timer {a}, which was pending, and its function does not run.",
    no="{who} finds the timer {a} not pending, and its function does not run.",
)
say("timer_pending", yes="{who} sees {a} pending.", no="{who} sees that {a} is not pending.")
say("expire", any="The timer {a} expires: {b} runs in a bottom half on CPU {cpu}{onto}.")
