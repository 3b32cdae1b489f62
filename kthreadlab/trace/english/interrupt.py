"""kernel/irq/manage.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "request_irq",
    ok="{who} registers {b} for interrupt line {a}.",
    refused="{who} does not get interrupt line {a}: {result}.",
)
say(
    "irq_remove",
    yes="{who} takes its handler off interrupt line {a}.",
    no="{who} has no handler on interrupt line {a} to take off.",
)
say("disable_irq_nosync", any="{who} disables interrupt line {a}.")
say(
    "enable_irq",
    yes="{who} enables interrupt line {a}, which somebody else still disables.",
    no="{who} enables interrupt line {a}.",
)
say("synchronize_irq", any="{who} finds that no handler of interrupt line {a} runs.")
