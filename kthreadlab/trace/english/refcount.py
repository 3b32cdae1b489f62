"""lib/kref.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "kref_drop",
    yes="{who} gives the last reference of {a} back, in one step: what it counted goes now.",
    no="{who} gives a reference of {a} back, in one step, and is not the last.",
    wrong="{who} gives back a reference of {a}, which has none left: a warning, and it is saturated.",
)
