"""kernel/workqueue.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("INIT_WORK", any="{who} makes the work item {a} ready, with its function {b}.")
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
say("work_pending", yes="{who} sees {a} pending.", no="{who} sees that {a} is not pending.")
say(
    "create_workqueue create_singlethread_workqueue",
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
    "flush_work",
    any="{who} finds {a} neither pending nor running, and goes on.",
    sleeps="{who} sleeps in D until {a} has run.",
)
say(
    "cancel_work_sync",
    any="{who} leaves {a} neither pending nor running.",
    sleeps="{who} sleeps in D until the function of {a} returns.",
)
say(
    "flush_scheduled_work:return flush_workqueue:return flush_work:return cancel_work_sync:return",
    any="{who} is on a CPU again: what it waited for has run.",
    again="{who} is woken too early, and goes on waiting in D.",
)
say(
    "destroy_workqueue:return",
    any="{who} is on a CPU again, and frees the workqueue {a}.",
    again="{who} goes on waiting in D for what is on {a}.",
)
say("work_take", any="{who} takes {a} off its queue: {b} begins.")
say(
    "work_done",
    any="{who} has run {a}.",
    woken="{who} has run {a}: {woken} is on the run queue again.",
)
