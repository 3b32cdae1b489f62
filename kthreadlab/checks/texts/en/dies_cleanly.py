"""Threads that a SIGKILL does not end, or that leave something behind."""

from __future__ import annotations

from ..cause import Cause

TITLE = "SIGKILL ends it, and nothing of it stays behind"
RULE = "a thread that ends leaves every queue, is TASK_RUNNING, and returns 0"
CAUSES = {
    "stays": Cause(
        "{thread} lives on after SIGKILL.",
        "SIGKILL came, and the thread is still there. Could the signal reach it, and did it look?",
        "The article's paragraph on signals under Listing One says what daemonize does to them and which call undoes "
        "it. The order of the two matters.",
        "Two things are needed: SIGKILL let through after daemonize has blocked everything, and a look at "
        "signal_pending on the way that leads to sleep. Nothing in a kernel thread ends by itself.",
        "A hub thread opens its ears for one signal after it has put them all off. Then, each time it comes out of "
        "its sleep, it first asks whether it was woken to leave.",
    ),
    "zombie": Cause(
        "{thread} ended on SIGKILL as a child of whoever started it, not of init.",
        "SIGKILL ended the thread, and a zombie is left in ps. Whose child was it?",
        "Below Listing One the article says to whom a thread is given, so that somebody waits for its end, and by "
        "which call.",
        "In 2.6 the call that gives the thread its name makes it a child of init as well, and init waits for all of "
        "its children. Which thread has to make that call: the one that starts, or the one that is started?",
        "The old tenant had moved out, but his lease was with somebody who has never opened a letter.",
    ),
    "on_queue": Cause(
        "{thread} ended with its entry still on {queue}.",
        "The thread ended, and its entry stayed on the queue. Which way out leaves it there?",
        "See what Listing Two does between the loop and `return`, and which of your ways out go past it.",
        "A `return` inside the loop skips all that stands behind it. The way out on a signal is the one to look at.",
        "A driver that is unloaded gives back its interrupt line on every way out, the failing ones too. One common "
        "exit makes that easy to see.",
    ),
    "state": Cause(
        "{thread} ended in another state than TASK_RUNNING.",
        "The thread ends, and its state still says that it wants to sleep. What should the state be by then?",
        "The line after the loop in Listings Two and Four puts this right.",
        "A state set before the test for signals is still set when the loop is left. Whatever sleeps on the way out "
        "would then not come back.",
        "One who has pulled up the blanket and is then called away puts it back first. Otherwise the next step is "
        "into bed.",
    ),
    "code": Cause(
        "{thread} ended with exit code {code}.",
        "What the thread returns is kept as its exit code. What does yours return?",
        "Look at the last line of Listing Two.",
        "The value is stored as it is: a 1 looks to the parent like death by signal 1. Only one value means 'nothing "
        "to report'.",
        "A helper that returns a count from its main function is taken for failed by every shell.",
    ),
    "other_signal": Cause(
        "{thread} took notice of {signal}: only SIGKILL may reach it.",
        "A signal other than SIGKILL did something. Which signals did you let through?",
        "daemonize blocks all of them, says the article. Every allow_signal opens one.",
        "signal_pending does not say which signal waits. So the only safe way is to let through no more than the one "
        "that you mean.",
        "A guard who opens the gate at any knock had better have a gate at which only one person can knock.",
    ),
    "fault": Cause(
        "The machine faulted before {thread}, which had been killed, was gone.",
        "The machine stopped on the thread's way out. Mend the fault first: this verdict follows from it.",
        "The report names the fault and its line in the row for oopses or for freed memory. The lines after the loop "
        "of Listing Two are a good place to begin.",
        "On the way out, everything is given back once, in the reverse order. Something is given back here that is "
        "not there.",
        "A driver frees its buffers after it has stopped its device. The other way round, the device writes into "
        "freed memory.",
    ),
    "busy": Cause(
        "{thread} was killed and never ends: the machine runs for ever{at}.",
        "After SIGKILL the thread runs and runs. What does it do about the signal it has?",
        "Listing Two looks at signal_pending once a turn and leaves. See which of your turns does not come past such "
        "a test.",
        "A pending signal makes each schedule() in TASK_INTERRUPTIBLE return at once, and it stays pending. A loop "
        "that doesn't leave, or an inner loop that has no test, then spins.",
        "A reader told to stop that goes back to its line comes out again at once, over and over. It has to close the "
        "book.",
    ),
}
