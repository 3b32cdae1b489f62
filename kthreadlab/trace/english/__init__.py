"""What a trace says, in English: a module for each source file of the kernel, as in `kernel` and `lang.api`.

A template has at most 20 words, in the present tense; nobody is addressed.
"""

from __future__ import annotations

from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.docs import stories
from kthreadlab.trace.sentences import Sentences

from . import (
    atomic,
    completion,
    delay,
    exit,
    faults,
    freezer,
    interrupt,
    kmod,
    kthread,
    list,
    memory,
    refcount,
    sched,
    semaphore,
    slab,
    spinlock,
    string,
    timer,
    wait,
    workqueue,
    world,
)

MODULES = (
    atomic,
    completion,
    delay,
    exit,
    faults,
    freezer,
    interrupt,
    kmod,
    kthread,
    list,
    memory,
    refcount,
    sched,
    semaphore,
    slab,
    spinlock,
    string,
    timer,
    wait,
    workqueue,
    world,
)


def told_by_declarations() -> Sentences:
    """What declarations say of themselves: ``Story: return: …`` is of coming back from a sleep in the call."""
    book = Sentences()
    for call in CALLS.values():
        for outcome, template in stories(call.doc).items():
            if outcome == "return":
                book.say(f"{call.name}:return", any=template)
            else:
                book.say(call.name, **{outcome or "any": template})
    return book


SENTENCES = Sentences.joined([*(module.SENTENCES for module in MODULES), told_by_declarations()])
SENTENCES.say("", any="{who}: {call}.")
