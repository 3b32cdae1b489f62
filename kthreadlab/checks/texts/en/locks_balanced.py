"""Locks that are not given back as they were taken."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Every lock taken is released, in the same form"
RULE = "a lock is released on every path by the task that took it, with the partner of the call that took it"
CAUSES = {
    "not_held": Cause(
        "{task} releases {lock}{at} without holding it.",
        "A lock is released that this task does not hold. Which path comes here without taking it, or releases it "
        "twice?",
        "Listing Two has one lock call and one unlock in each branch. Mark the pairs in your own code.",
        "Walk each path of the witness with a finger: plus one at lock, minus one at unlock, never below zero.",
        "A routine with an error exit had its unlock both before the `goto` and at the label. The good path was right "
        "and the bad one released twice.",
    ),
    "wrong_form": Cause(
        "{task} releases {lock}{at} in another form than it was taken in.",
        "The lock is released by a call that does not belong to the one that took it. Read the two names side by side.",
        "Listing Two uses read_lock with read_unlock, Listing Three write_lock with write_unlock. Check yours for "
        "read or write, and for the endings.",
        "Every form has one partner: `_irq` with `_irq`, `_irqsave` with `_irqrestore` and the same flags. With the "
        "wrong one the interrupts stay off, or come on too soon, or the reader count goes wrong.",
        "A driver that took a lock with the form that saves the interrupts and released it with the plain one went on "
        "with its CPU deaf.",
    ),
    "exit_held": Cause(
        "{task} never releases {lock}.",
        "The lock stays taken for good. Which way through the code, or out of it, skips the unlock?",
        "In Listing Two the test for signals stands outside the locked section. Where is yours?",
        "A `break` or `return` inside the section leaves it locked. Nobody else can release it afterwards.",
        "A routine that finds its device gone returns at once. Its author gave that return an unlock of its own, on "
        "the line before.",
    ),
    "recursive": Cause(
        "{task} takes {lock}{at} while it holds it already: it waits for itself.",
        "The task waits for a lock that it holds itself. Which inner call takes it again?",
        "Look for a locked section that calls a function of yours, and see whether that function begins as Listing "
        "Three does.",
        "These locks don't count their owner: a second take by the same task waits for ever. The caller or the "
        "function may take the lock, not both.",
        "A cache has `lookup`, which takes the lock, and `__lookup`, for callers who have it already. The two "
        "underscores are that promise.",
    ),
    "read_twice": Cause(
        "{task} takes {lock}{at} for reading while it reads already: with a writer in line between the two it waits "
        "for itself.",
        "The task takes for reading what it reads already. What if somebody who wants to write comes in between?",
        "Look which function takes the lock, and who calls it with the lock held.",
        "Where readers wait in line behind a writer, a second reading of the same task waits for the writer, and the "
        "writer for the first reading. One taking is enough.",
        "He had one book out and asked for a second. The rule 'returns first' had come into force while he read.",
    ),
    "sleeps_on": Cause(
        "{task} sleeps for good while it holds {lock}.",
        "It has gone to sleep for good, and holds a lock. Who is to release it now?",
        "Follow the witness from the line at which the lock was taken: which unlock was to come, and why is it never "
        "reached?",
        "Waiting for something while one holds a lock is only safe if whoever brings it does not need that lock, and "
        "is sure to come.",
        "The caretaker locked himself into the boiler room to wait for the plumber. The plumber is at the door.",
    ),
}
