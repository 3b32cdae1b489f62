"""kernel/spinlock.c: locks, interrupts, bottom halves, preemption."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

_NOTHING = "{who} passes {op}({a}), which compiles to nothing here: one CPU, no preemption."
_WORDLESS = "{a} has no lock word in this kernel."
say("spin_lock_init rwlock_init", any="{who} makes {a} unlocked.")
for _lock, _how in (("spin", ""), ("read", " for reading"), ("write", " for writing")):
    say(
        f"{_lock}_lock",
        any=f"{{who}} takes {{a}}{_how}.",
        nothing=_NOTHING,
        preempt=f"{{who}} disables preemption; {_WORDLESS}",
    )
    say(
        f"{_lock}_unlock",
        any="{who} releases {a}.",
        nothing=_NOTHING,
        preempt=f"{{who}} enables preemption again; {_WORDLESS}",
    )
    say(
        f"{_lock}_lock_irq {_lock}_lock_irqsave",
        any=f"{{who}} switches interrupts off and takes {{a}}{_how}.",
        nothing=f"{{who}} switches interrupts off; {_WORDLESS}",
        preempt=f"{{who}} switches interrupts and preemption off; {_WORDLESS}",
    )
    say(
        f"{_lock}_unlock_irq",
        any="{who} releases {a} and switches interrupts on.",
        nothing=f"{{who}} switches interrupts on; {_WORDLESS}",
        preempt=f"{{who}} switches interrupts and preemption on; {_WORDLESS}",
    )
    say(
        f"{_lock}_unlock_irqrestore",
        any="{who} releases {a} and puts interrupts back as they were.",
        nothing=f"{{who}} puts interrupts back as they were; {_WORDLESS}",
        preempt=f"{{who}} puts interrupts back as they were and enables preemption; {_WORDLESS}",
    )
    say(
        f"{_lock}_lock_bh",
        any=f"{{who}} switches bottom halves off and takes {{a}}{_how}.",
        nothing=f"{{who}} switches bottom halves off; {_WORDLESS}",
        preempt=f"{{who}} switches bottom halves and preemption off; {_WORDLESS}",
    )
    say(
        f"{_lock}_unlock_bh",
        any="{who} releases {a} and switches bottom halves on.",
        nothing=f"{{who}} switches bottom halves on; {_WORDLESS}",
        preempt=f"{{who}} switches bottom halves and preemption on; {_WORDLESS}",
    )
    say(
        f"{_lock}_trylock",
        yes=f"{{who}} finds {{a}} free and takes it{_how}.",
        no="{who} finds {a} held and goes on without it.",
    )
say("spin_is_locked", yes="{who} sees {a} held.", no="{who} sees {a} free.")
say("local_bh_disable", any="{who} switches bottom halves off on its CPU.")
say("local_bh_enable", any="{who} lets bottom halves run again on its CPU.")
say("local_irq_disable", any="{who} switches interrupts off on its CPU.")
say("local_irq_enable", any="{who} switches interrupts on on its CPU.")
say("local_irq_save", any="{who} notes whether interrupts are on, and switches them off.")
say("local_irq_restore", any="{who} puts interrupts back as they were.")
say("irqs_disabled", yes="Interrupts are off.", no="Interrupts are on.")
say("preempt_disable", any="{who} disables preemption.")
say("preempt_enable", any="{who} enables preemption again.")
say("in_interrupt in_irq", yes="{who} is in an interrupt.", no="{who} is in no interrupt.")
say(
    "in_softirq",
    yes="{who} is in a bottom half, or has them switched off.",
    no="{who} is in no bottom half.",
)
say(
    "in_atomic",
    yes="preempt_count says that {who} must not sleep.",
    no="preempt_count of {who} is 0: as far as it knows, sleeping is allowed.",
)
