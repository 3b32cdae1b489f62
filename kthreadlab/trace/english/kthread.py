"""kernel/kthread.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("kthread_create kthread_run", any="{who} asks for a new thread that runs {a}, and sleeps until it is made.")
say(
    "kthread_create:return",
    any="{who} has a new thread, which sleeps until it is woken, then runs {a}.",
    fails="{who} gets no new thread for {a}: ERR_PTR(-ENOMEM).",
)
say(
    "kthread_run:return",
    any="{who} has a new thread, awake, which runs {a}.",
    fails="{who} gets no new thread for {a}: ERR_PTR(-ENOMEM).",
)
say("kthread_bind", any="{who} ties {a} to CPU {b}.")
say(
    "kthread_should_stop",
    yes="{who} asks whether it should stop: yes.",
    no="{who} asks whether it should stop: no.",
)
say(
    "kthread_stop",
    any="{who} tells {a} to stop, wakes it, and sleeps in D until it has ended.",
    in_turn="{who} waits in D before it may tell {a} to stop: another kthread_stop is not over.",
    ended="{who} tells {a} to stop, which has ended: kthread_stop returns{gives}.",
)
say(
    "kthread_stop:return",
    any="{who} is on a CPU again: {a} has ended, and kthread_stop returns{gives}.",
    again="{who} is woken too early, and goes on waiting in D for the end of {a}.",
    asks="{who} has its turn: it tells {a} to stop, wakes it, and sleeps in D until it has ended.",
    in_turn="{who} is woken too early: another kthread_stop is not over.",
)
