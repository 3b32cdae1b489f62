"""kernel/irq/manage.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "request_irq",
    ok="{who} registers {b} for interrupt {a}.",
    refused="{who} is refused interrupt {a}: {result}.",
)
say(
    "irq_remove",
    yes="{who} takes its handler off interrupt {a}.",
    no="{who} has no handler for interrupt {a}.",
)
say("disable_irq_nosync", any="{who} disables interrupt {a}.")
say(
    "enable_irq",
    yes="{who} enables interrupt {a}, which is still off.",
    no="{who} enables interrupt {a}.",
)
say("synchronize_irq", any="{who} finds that no handler of interrupt {a} runs.")
