"""kernel/power/process.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("freezing", any="{who} asks whether it is the freezer that wants something: {result}.")
say(
    "refrigerator try_to_freeze",
    any="{who} stands still, in D, until the freezer lets it go.",
    no="{who} finds that the freezer wants nothing of it, and goes on.",
)
say("refrigerator:return try_to_freeze:return", any="{who} has been let go, and its state is as it was.")
say("set_freezable", any="{who} lets the freezer ask it from now on.")
