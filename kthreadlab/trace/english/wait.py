"""kernel/wait.c, include/linux/wait.h."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("init_waitqueue_head", any="{who} makes {a} an empty queue.")
say("init_waitqueue_entry", any="{who} makes {a} an entry for {b}.")
say("init_wait", any="{who} makes {a} an entry of its own, which a wake-up takes off.")
say("add_wait_queue", any="{who} joins {a} at its head.")
say("add_wait_queue_exclusive", any="{who} joins {a} at its tail, as an exclusive waiter.")
say("remove_wait_queue", any="{who} leaves {a}.")
say(
    "prepare_to_wait prepare_to_wait_exclusive",
    any="{who} sees to it that it is on {a} and sets its state to {state}; it still runs.",
    never="{who} declares {state}, but does not join {a}: list_empty() is false of its entry's {links} links.",
    signal="{who} finds a signal before it would wait: it is not on {a}, and its state stays as it is.",
)
say(
    "finish_wait",
    any="{who} is TASK_RUNNING and off {a}.",
)
say(
    "waitqueue_active",
    yes="{who} sees somebody on {a}.",
    no="{who} sees {a} empty.",
)
