"""kernel/kmod.c, kernel/sysctl.c: helpers, files under /proc/sys."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "call_usermodehelper",
    any="{who} asks khelper to run {a}, and waits in D.",
    no_wait="{who} asks khelper to run {a}, and goes on without waiting.",
    empty="{who} asks for a helper with an empty path: nothing runs, and 0 comes back.",
    busy="{who} asks for a helper before khelper exists: -EBUSY.",
    refused="{who} asks for {a}, and nobody is sent: {result} comes back at once.",
)
say(
    "call_usermodehelper:return",
    any="{who} is on a CPU again: call_usermodehelper returns{gives}.",
    failed="{who} is on a CPU again: call_usermodehelper returns{gives}, so no helper ran.",
    again="{who} is woken too early, and goes on waiting for khelper in D.",
)
say(
    "register_sysctl register_sysctl_table",
    any="{who} makes the files of its row under /proc/sys.",
)
say("unregister_sysctl_table", any="{who} takes its files under /proc/sys away.")
say("helper_take", any="khelper takes the request and makes a child to run {a}.")
say("helper_complete", any="khelper reports back: {waiting} is on the run queue again.")
say("helper_exit", any="The helper{with_id} ends.")
say(
    "exec",
    ok="{a} begins to run{with_id}.",
    missing="There is no {a}: the exec fails with -ENOENT.",
    denied="{a} may not be executed: the exec fails with -EACCES.",
    noexec="{a} is not a program: the exec fails with -ENOEXEC.",
    failed="{a} cannot be run: the exec fails.",
)
