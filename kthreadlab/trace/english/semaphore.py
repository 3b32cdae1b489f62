"""lib/semaphore-sleepers.c, kernel/mutex.c, lib/rwsem.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("sema_init", any="{who} makes {a} a semaphore with count {b}.")
say("init_MUTEX", any="{who} makes {a} a semaphore with count 1.")
say("init_MUTEX_LOCKED", any="{who} makes {a} a semaphore with count 0.")
say(
    "down down_interruptible",
    any="{who} takes {a}.",
    sleeps="{who} finds none left of {a}: it sleeps in {letter} until somebody gives one back.",
)
say(
    "mutex_lock mutex_lock_interruptible",
    any="{who} takes {a}.",
    sleeps="{who} finds {a} held by {holder}: it sleeps in {letter} until it is given back.",
)
say("down_interruptible", signal="{who} has a signal pending and does not wait for {a}: -EINTR.")
say("mutex_lock_interruptible", signal="{who} finds {a} held and a signal pending, and does not wait: -EINTR.")
say(
    "down:return down_timeout:return down_interruptible:return mutex_lock:return mutex_lock_interruptible:return",
    any="{who} is on a CPU again and takes {a}.",
    again="{who} is on a CPU again, but {a} is not to be had: it goes back to sleep in {letter}.",
)
say(
    "down_interruptible:return mutex_lock_interruptible:return",
    signal="{who} has a signal pending and waits for {a} no longer: -EINTR.",
)
say("down_timeout:return", expired="{who} waits for {a} no longer: its time is up, and it gets -ETIME.")
say(
    "down_trylock",
    no="{who} takes {a}.",
    yes="{who} finds none left of {a}, and goes on.",
)
say(
    "mutex_trylock",
    yes="{who} takes {a}.",
    no="{who} finds {a} held and goes on without it.",
)
say("up", any="{who} gives {a} back: nobody sleeps for it.", woken="{who} gives {a} back and wakes {woken}.")
say("mutex_init", any="{who} makes {a} unlocked.")
say("mutex_unlock", any="{who} gives {a} back: nobody sleeps for it.", woken="{who} gives {a} back and wakes {woken}.")
say("mutex_is_locked", yes="{who} sees {a} held.", no="{who} sees {a} free.")
say("init_rwsem", any="{who} makes {a} a rw_semaphore that nobody has.")
say(
    "down_read",
    any="{who} takes {a} for reading.",
    sleeps="{who} finds a writer before it at {a}: it sleeps in {letter} until it is let in.",
)
say(
    "down_write",
    any="{who} takes {a} for writing.",
    sleeps="{who} finds {a} held: it sleeps in {letter} until it is let in.",
)
say(
    "down_read:return down_write:return",
    any="{who} is on a CPU again and has {a}.",
    again="{who} is on a CPU again, but {a} is not to be had: it goes back to sleep in {letter}.",
)
say("down_read_trylock", yes="{who} takes {a} for reading.", no="{who} finds a writer before it at {a}, and goes on.")
say("down_write_trylock", yes="{who} takes {a} for writing.", no="{who} finds {a} held and goes on without it.")
say("up_read", any="{who} has read and gives {a} back: nobody is let in.", woken="{who} gives {a} back: next {woken}.")
say("up_write", any="{who} has written and gives {a} back: nobody waits.", woken="{who} gives {a} back: next {woken}.")
say(
    "downgrade_write",
    any="{who} keeps {a} for reading only: nobody is let in.",
    woken="{who} keeps {a} for reading only, and lets in {woken}.",
)
