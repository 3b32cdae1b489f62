"""Threads that have ended, and that nobody waits for."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Nobody who has ended stays a zombie"
RULE = "whoever starts a thread waits for its end, or the thread makes itself init's: somebody has to hear of it"
CAUSES = {
    "unwaited": Cause(
        "{task} has ended and stays a zombie: {parent} lives on and never waits for it.",
        "It has ended, and its line stays in ps. Who would have to take it away?",
        "Below Listing One the article speaks of zombies, and of two who may wait: the parent, and init.",
        "A thread that stays, for whose end nobody waits, is given to init by the first call that it makes. For one "
        "that ends soon, whoever started it waits.",
        "The club keeps a member's locker until somebody brings the key back. Two ways: his friend waits for him at "
        "the door, or he has signed it over to the caretaker.",
    ),
    "passed_by": Cause(
        "{task} has ended and stays a zombie: its end sends no SIGCHLD, and so {parent} waits past it.",
        "Its parent waits, and is told that there is no child. What distinguishes this one?",
        "Look at the last argument of kernel_thread in Listing One: what is the part of it that begins with SIG for?",
        "The low byte of the flags says which signal the parent gets. wait4() looks only for children that send "
        "SIGCHLD.",
        "He waited for the post all morning. It had come: without a bell.",
    ),
    "fault": Cause(
        "The machine faulted before {task} was waited for.",
        "The machine stopped before anybody could wait. Mend the fault first: this follows from it.",
        "The report names the fault and its line in another row. Read that row's hints.",
        "Behind a fault nobody waits for anybody. There is nothing to mend here itself.",
        "When the station burns, nobody meets the trains.",
    ),
}
