"""How a kernel thread stands in ps, and which signals it takes."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Has the name, parent and signals of a kernel thread"
RULE = "daemonize names the thread, drops user memory, blocks every signal and gives the thread to init"
CAUSES = {
    "name": Cause(
        "{thread} does not stand as [mykthread] in ps.",
        "ps should show the thread under its own name. Which call gives it that name?",
        "Read what the article says of the first call in Listing Two, and look at Figure Two.",
        "A new thread has its creator's name until it is given one. The name is an argument, and 15 characters of it "
        "are kept.",
        "The hub thread appears as [khubd] because the first thing it does is to say so.",
    ),
    "parent": Cause(
        "{thread} is not a child of init: its PPID is not 1.",
        "Whose child is the thread? Its creator will not wait for it.",
        "The article says below Listing One why a thread is given to init, and which call does it in which kernel.",
        "A child whose living parent never waits stays a zombie when it dies. In 2.6 one call of Listing Two does all "
        "that is needed.",
        "Each kernel thread in Figure Two has 1 as its PPID: they were handed over at birth.",
    ),
    "signals": Cause(
        "{thread} does not let through the signals it should: SIGKILL, and no other.",
        "Which signals may reach the thread? There should be just one.",
        "The article says what daemonize does to signals, and which call of Listing Two changes that for one of them.",
        "The two calls undo each other, so their order decides. Count your allow_signal calls, too.",
        "First all the doors are locked, and then one is opened. In the other order it is locked as well.",
    ),
    "user_memory": Cause(
        "{thread} still has the user memory of its creator: ps shows it without brackets.",
        "ps puts brackets around threads that have no user memory. What should have dropped it?",
        "The article says of Listing Two that its first call makes a thread 'without attached user resources'.",
        "A thread made by a process shares that process's memory until it lets go. One call does that, along with the "
        "name.",
        "A server that a shell starts keeps the shell's terminal and directory until it lets go of them.",
    ),
}
