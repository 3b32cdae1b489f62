"""Barriers, bits, atomics."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("mb rmb wmb smp_mb smp_rmb smp_wmb barrier", any="{who} passes a barrier, {op}().")
say("xchg", any="{who} swaps {a} in one step: {b} goes in, {result} comes out.")
say(
    "cmpxchg",
    yes="{who} finds {b} in {a} and puts {c} there, in one step.",
    no="{who} finds {result} in {a}, not {b}, and leaves it.",
)
say("set_bit", any="{who} sets bit {a} of {b}.")
say("clear_bit", any="{who} clears bit {a} of {b}.")
say("change_bit", any="{who} flips bit {a} of {b}.")
say("test_bit", any="{who} looks at bit {a} of {b}: {result}.")
say("test_and_set_bit", any="{who} sets bit {a} of {b}, which was {result}, in one step.")
say("test_and_clear_bit", any="{who} clears bit {a} of {b}, which was {result}, in one step.")
say("test_and_change_bit", any="{who} flips bit {a} of {b}, which was {result}, in one step.")
say("atomic_set", any="{who} writes {b} to {a}.")
say("atomic_read", any="{who} reads {a}: {result}.")
say("atomic_add", any="{who} adds {a} to {b}, in one step.")
say("atomic_sub", any="{who} subtracts {a} from {b}, in one step.")
say("atomic_inc", any="{who} adds 1 to {a}, in one step.")
say("atomic_dec", any="{who} subtracts 1 from {a}, in one step.")
say("atomic_inc_return atomic_inc_and_test", any="{who} adds 1 to {a}, in one step; {op} gives {result}.")
say("atomic_dec_return atomic_dec_and_test", any="{who} subtracts 1 from {a}, in one step; {op} gives {result}.")
say("atomic_add_return", any="{who} adds {a} to {b}, in one step: {result}.")
say("atomic_sub_return", any="{who} subtracts {a} from {b}, in one step: {result}.")
