"""Events that found the thread asleep, and no helper heard of; the hints are mostly those of any event."""

from __future__ import annotations

from ..cause import Cause
from .delivered import CAUSES as OF_ANY

TITLE = "An event that finds the thread asleep reaches a helper"
RULE = "a thread that was woken must find out why, and serve it, before it sleeps again"
CAUSES = {
    "slept_through": Cause(
        "The report of id {id} woke {thread}, and it went back to sleep without serving it.",
        "The wake-up worked: the thread was running again. What did it do with its turn?",
        "Follow Listing Two from Point A on: the test for signals, the lock, the `if`, the helper. Where does your "
        "way part from it?",
        "Between waking and the next schedule() the thread has to find the id and hand it on. See whether it reads "
        "the right variable, at a time when the reporter has already written it.",
        "A tape driver woken by 'block ready' fetches the block first. Going back to bed at once, it would sleep "
        "beside a full buffer.",
    ),
    "before_first_sleep": OF_ANY["before_first_sleep"]._replace(
        sentence="{thread} slept on while id {id} was pending: it went to sleep without a look."
    ),
    "during_helper": OF_ANY["during_helper"]._replace(
        sentence="{thread} slept on while id {id} was pending: its helper call came in between."
    ),
    "mask_mismatch": OF_ANY["mask_mismatch"]._replace(
        sentence="{thread} slept on while id {id} was pending: it slept in a state that wake_up_interruptible passes "
        "by."
    ),
    "not_queued": OF_ANY["not_queued"]._replace(
        sentence="{thread} slept on while id {id} was pending: it was not on the queue that the report woke."
    ),
    "overwritten": OF_ANY["overwritten"]._replace(
        sentence="Id {id} woke {thread} and was then lost: something wrote over it before it was served."
    ),
    "exited": OF_ANY["exited"]._replace(
        sentence="The report of id {id} woke {thread}, and it ended without serving it."
    ),
    "stuck": OF_ANY["stuck"]._replace(
        sentence="Id {id} found {thread} asleep and was never served: a CPU spins for ever on {lock}."
    ),
    "fault": OF_ANY["fault"]._replace(
        sentence="Id {id} found {thread} asleep and was never served: the machine faulted first."
    ),
    "busy": OF_ANY["busy"]._replace(
        sentence="Id {id} found {thread} asleep and was never served: the machine runs on{at} without coming to it."
    ),
}
