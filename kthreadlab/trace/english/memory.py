"""Shared memory, and where the code of a task is."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("load", any="{who} reads {a}: {value}.")
say("store", any="{who} writes {value} to {a}.")
say(
    "enter",
    any="{who} enters {inner}.",
    never="{who} is told to stop before it ever ran: {a} is not called, and -EINTR is what it leaves.",
)
