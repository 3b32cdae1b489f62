"""What the world does: signals, interrupts, timers, files, the freezer."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "kill",
    woken="{signal} comes for {target} and wakes it.",
    pending="{signal} comes for {target}, which does not sleep in S: it is pending, and nobody is woken.",
    not_asleep_yet="{signal} comes for {target}, not yet asleep: it becomes TASK_RUNNING.",
    blocked="{signal} comes for {target}, which blocks it: it is queued, and nobody is woken.",
    dead="{signal} comes too late: {target} has ended.",
    missing="{signal} finds nobody: {target} is not there yet.",
    ignored="{signal} comes for {target}, which ignores it: it is dropped.",
    continued="{signal} comes for {target}, which was stopped: it is on the run queue again.",
)
say(
    "spurious",
    any="{target} is woken without a reason.",
    not_asleep_yet="A wake-up without a reason finds {target} not yet asleep: it becomes TASK_RUNNING.",
)
say(
    "ptrace",
    any="A tracer attaches to {target}, and sends it SIGSTOP.",
    refused="Nobody can trace {target}: -EPERM.",
    pending="A tracer attaches to {target}, which still has user memory: SIGSTOP is pending, and will never stop it.",
    dead="Nobody can trace {target}, which has ended.",
    missing="A tracer finds nobody: {target} is not there yet.",
)
say("detach", any="The tracer lets {target} go: it is on the run queue again.")
say("timer", any="The timer of {target} expires, and it is on the run queue again.")
say("fail", any="The next {failing} will fail.")
say("irq_enter", any="The {irq} interrupt lands on CPU {cpu}{onto}.")
say(
    "write",
    any='"{b}" is written to {a}.',
    refused="A write to {a} by {user} is refused.",
    by_others='{user}, who is not root, writes "{b}" to {a}.',
)
say("read", any='A read of {a} gives "{text}".', refused="A read of {a} by {user} is refused.")
say("freeze", any="The freezer asks {target} to stand still, for the machine is to be suspended.")
say("thaw", any="The machine is awake again, and the freezer lets {target} go.")
