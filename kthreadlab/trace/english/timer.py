"""kernel/timer.c, kernel/softirq.c."""

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

say("tasklet_init tasklet_setup", any="{who} makes the tasklet {a} ready, with its function {b}.")
say(
    "tasklet_schedule tasklet_hi_schedule",
    yes="{who} schedules the tasklet {a}.",
    no="{who} has the tasklet {a} run that is to run already, or no more: nothing happens.",
)
say("tasklet_disable_nosync", any="{who} disables the tasklet {a}: it does not begin any more.")
say(
    "tasklet_enable",
    yes="{who} enables the tasklet {a}, which is still off.",
    no="{who} enables the tasklet {a}.",
)
say("tasklet_unlock_wait", any="{who} finds that the function of {a} does not run.")
say("tasklet_claim", any="{who} waits until the tasklet {a} has run, and gives up its turn.")
say("tasklet_claim:return", any="{who} finds that the tasklet {a} is not to run: from now on nobody can have it run.")
say("tasklet_unclaim", any="{who} is done with the tasklet {a}.")
say("rcu_run", any="All readers have left: {b} runs with {a}, a bottom half on CPU {cpu}{onto}.")
say("tasklet_run", any="The tasklet {a} runs: {b} is a bottom half on CPU {cpu}{onto}.")
