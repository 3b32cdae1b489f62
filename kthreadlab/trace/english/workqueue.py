"""kernel/workqueue.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("INIT_WORK INIT_DELAYED_WORK", any="{who} makes the work item {a} ready, with its function {b}.")
say(
    "schedule_work",
    ok="{who} queues {a}, which a worker is to run.",
    pending="{who} finds {a} pending already: it is not queued again.",
)
say(
    "queue_work",
    ok="{who} queues {b} on {a}.",
    pending="{who} finds {b} pending already: it is not queued again.",
)
say("work_pending delayed_work_pending", yes="{who} sees {a} pending.", no="{who} sees that {a} is not pending.")
say(
    "create_workqueue create_singlethread_workqueue alloc_workqueue alloc_ordered_workqueue",
    ok="{who} makes the workqueue {a}.",
    fails="{who} gets no workqueue {a}: NULL.",
)
say(
    "flush_scheduled_work",
    any="{who} finds nothing left of what was queued, and goes on.",
    sleeps="{who} sleeps in D until all that is queued by now has run.",
)
say(
    "flush_workqueue",
    any="{who} finds nothing left of what was on {a}, and goes on.",
    sleeps="{who} sleeps in D until all that is on {a} by now has run.",
)
say(
    "destroy_workqueue",
    any="{who} frees the workqueue {a}, on which nothing is left.",
    sleeps="{who} sleeps in D until all that is on {a} has run, and will free it then.",
)
say(
    "flush_work flush_delayed_work",
    any="{who} finds {a} neither pending nor running, and goes on.",
    sleeps="{who} sleeps in D until {a} has run.",
)
say(
    "cancel_work_sync cancel_delayed_work_sync cancel_rearming_delayed_work",
    any="{who} is done with {a}: it is not pending, and does not run.",
    sleeps="{who} sleeps in D until the function of {a} returns.",
)
say(
    "flush_scheduled_work:return flush_workqueue:return flush_work:return flush_delayed_work:return"
    " cancel_work_sync:return cancel_delayed_work_sync:return cancel_rearming_delayed_work:return",
    any="{who} is on a CPU again: what it waited for has run.",
    again="{who} is woken too early, and goes on waiting in D.",
)
say(
    "destroy_workqueue:return",
    any="{who} is on a CPU again, and frees the workqueue {a}.",
    again="{who} goes on waiting in D for what is on {a}.",
)
say(
    "schedule_delayed_work",
    ok="{who} starts the timer of {a}, which is queued then.",
    pending="{who} finds {a} pending already: no timer starts.",
)
say(
    "queue_delayed_work",
    ok="{who} starts the timer of {b}, which is queued on {a} then.",
    pending="{who} finds {b} pending already: no timer starts.",
)
say(
    "mod_delayed_work",
    yes="{who} puts off {b}, which was pending.",
    no="{who} starts the timer of {b}, which is queued on {a} then.",
)
say(
    "cancel_delayed_work",
    yes="{who} stops {a}, which was pending.",
    no="{who} stops nothing: the timer of {a} does not run, and its function may run all the same.",
)
say("work_due", any="The timer of {a} expires: it is queued.")
say("work_take", any="{who} takes {a} off its queue: {b} begins.")
say(
    "work_done",
    any="{who} has run {a}.",
    woken="{who} has run {a}: {woken} is on the run queue again.",
)
