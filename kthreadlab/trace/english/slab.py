"""mm/slab.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "kmalloc kzalloc",
    ok="{who} gets {a} bytes{getting}.",
    slept="{who} sleeps until there is memory, so that others run, and gets {a} bytes{getting}.",
    fails="{who} asks for {a} bytes, and there are none: NULL.",
)
say("kfree", any="{who} gives {a} back.", null="{who} frees NULL: nothing happens.")
