"""lib/string.c, kernel/printk.c, and what the compiler works out."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("printk", any="{who} writes to the log: {text}")
say("sprintf snprintf scnprintf strcpy strncpy strlcpy strscpy", any='{who} writes "{text}" into {a}.')
say("memset", any="{who} fills {a} with {b}.")
say("strcat", any='{who} appends "{text}" to {a}.')
say("strlcat", any='{who} appends to {a}, which holds "{text}" now.')
say("ksize", any="{who} asks how large {a} is: {result} bytes.")
say(
    "strlen strcmp strncmp",
    any="{who} works out {call}: {result}.",
)
say("vsnprintf", any='{who} works out how long "{text}" is: {result}.')
say("BUG", any="{who} reaches BUG(): the kernel stops here.")
say("BUG_ON", any="{who} passes BUG_ON: it is not so.", yes="{who} meets BUG_ON, and it is so: the kernel stops here.")
say("WARN_ON", any="{who} passes WARN_ON: it is not so.", yes="{who} meets WARN_ON, and it is so: the log says it.")
