"""Why somebody cannot move now."""

from __future__ import annotations

REFUSALS = {
    "over": "it is over",
    "unborn": "nobody has made it yet",
    "away": "it has not come yet",
    "idle": "there is nothing for it to do",
    "asleep": "asleep{on}",
    "sigstop": "a signal has stopped it: it waits for SIGCONT",
    "traced": "its tracer has stopped it",
    "cpu": "CPU {cpu} is {who}'s{why}",
    "cpu, all": "no CPU is free: {who} have them{why}",
    "cpu, interrupted": "{who} runs on top of it",
    "irqs_off": "interrupts are off on CPU {cpu}, by {who}",
    "bh_off": "bottom halves are off on CPU {cpu}, by {who}",
    "elsewhere": "{who} is not on CPU {cpu}",
    "busy": "it waits until the end of {who}",
    "lock": "spins: {what} is held by {who}",
    "lock, once it runs": "would spin: {what} is held by {who}",
    "lock, forsaken": "spins: {what} is locked, and nobody is left to unlock it",
    "lock, forsaken, once it runs": "would spin: {what} is locked, and nobody is left to unlock it",
    "scenario": "the scenario says: only when {what}",
    "in_use": "rmmod: ERROR: the module is in use (-EWOULDBLOCK)",
    "awake": "{who} is awake",
    "stands": "{who} does not stand still yet",
    "alive": "{who} is not to be reaped",
    "first": "{what} comes first",
    "missing": "{what} is not there",
    "masked": "it is switched off",
    "armed": "the next {what} fails already",
    "other": "the timer has another function now",
    "stopped": "the machine has stopped",
}
"""For each kind of `kernel.refused.Refused`, with what else is to be told apart; and for a machine that has stopped."""

SLEEPS = {
    "wakeup": " on {what}",
    "lock": " for {what}, which {who} has",
    "mutex": " for {what}, which {who} has",
    "semaphore": " for {what}, which {who} has",
    "rw_semaphore": " for {what}, which {who} has",
    "stop": " until the end of {who}",
    "child": " until a child ends",
    "signal": " until a signal comes",
    "handler": " until the end of {who}",
    "work": " until what is queued has run",
    "helper": " until the end of the user-mode helper",
}
"""What a sleeper waits for, by `machine.standing.Wait.kind`."""
NO_QUEUE = ": it is on no wait queue"
"""Of a sleeper whom no wake-up will find."""
OTHERWISE = " on {what}"
"""Of one that waits for anything else that has a name."""
NOBODY = "nobody"
