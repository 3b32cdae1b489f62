"""kernel/fork.c, kernel/exit.c, kernel/signal.c."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "kernel_thread",
    any="{who} starts {a} as a new thread.",
    fails="{who} cannot start {a}: kernel_thread returns {result}.",
)
say(
    "daemonize",
    any="{who} drops user memory, blocks all signals and becomes init's child, named {a}.",
    disowned="{who} drops user memory, blocks all signals and becomes kthreadd's child, named {a}.",
    nothing="{who} drops user memory.",
)
say("reparent_to_init", any="{who} becomes a child of init.")
say("do_exit kthread_exit", any="{who} ends with code {a}.")
say(
    "exit",
    reaped="{who} ends with code {code}, and init reaps it at once.",
    disowned="{who} ends with code {code}, and is gone at once: its parent has no use for the news.",
    left="{who} ends with code {code}, and is a zombie until init comes to it.",
    awaited="{who} ends with code {code}, and is a zombie until its parent waits for it.",
    untold="{who} ends with code {code}, and is a zombie; its end sends no SIGCHLD.",
    zombie="{who} ends with code {code} and stays a zombie: its parent never waits for it.",
    process="{who} is done with {a}.",
    irq="{who} returns.",
)
say(
    "allow_signal",
    any="{who} lets {signal} through.",
    invalid="{who} names no valid signal: allow_signal returns -EINVAL.",
)
say("disallow_signal", any="{who} blocks {signal} again.", invalid="{who} names no valid signal: -EINVAL.")
say(
    "signal_pending",
    yes="{who} asks for signals, and one is pending.",
    no="{who} asks for signals: none is pending.",
)
say("flush_signals", any="{who} forgets all pending signals.")
say("reap", any="init reaps {target}: only who holds a reference still has its task_struct.")

# ---- processes of user space
say("fork", any="{who} forks {a}.", fails="{who} cannot fork: -EAGAIN.")
say(
    "wait4",
    reaped="{who} waits, and reaps {a}: {status}.",
    nothing="{who} waits, and has no child: -ECHILD.",
    sleeps="{who} waits: no child has ended, so it sleeps in S.",
)
say(
    "wait4:return",
    reaped="{who} is back, and reaps {a}: {status}.",
    nothing="{who} is back, and has no child any more: -ECHILD.",
    again="{who} is back: no child has ended, so it sleeps on.",
)
say(
    "sys_wait4",
    reaped="{who} waits in the kernel, and reaps {a}.",
    nothing="{who} waits in the kernel, and has no such child: -ECHILD.",
    sleeps="{who} waits in the kernel: no child has ended, so it sleeps in S.",
    signal="{who} will not wait in the kernel, since a signal is pending: -ERESTARTSYS.",
    no="{who} looks for a child that has ended: there is none yet.",
    invalid="{who} gives sys_wait4 options that there are not: -EINVAL.",
)
say(
    "sys_wait4:return",
    reaped="{who} is back, and reaps {a}.",
    nothing="{who} is back, and has no such child any more: -ECHILD.",
    again="{who} is back: no child has ended, so it sleeps on.",
    signal="{who} is back because of a signal: sys_wait4 returns -ERESTARTSYS.",
)
say("pause", sleeps="{who} sleeps in S until a signal comes.")
say("pause:return", again="{who} is back without a signal, and sleeps on.")
say(
    "sys_exit",
    awaited="{who} exits, {status}: a zombie, until {parent} waits for it.",
    left="{who} exits, {status}: a zombie, until init comes to it.",
    disowned="{who} exits, {status}, and is gone at once: {parent} ignores SIGCHLD.",
)
say(
    "fatal_signal",
    awaited="{signal} ends {who}: a zombie, until {parent} waits for it.",
    left="{signal} ends {who}: a zombie, until init comes to it.",
    disowned="{signal} ends {who}, which is gone at once: {parent} ignores SIGCHLD.",
)
say("reparent", any="{who} was the parent of {a}, which is init's child now.")
say(
    "stopped",
    stopped="A signal stops {who} on its way back to user space.",
    traced="{who} stops on its way back to user space, for its tracer.",
)
