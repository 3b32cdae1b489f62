"""What a function that starts a thread says to its caller."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Says whether the thread could be started"
RULE = "kernel_thread returns a pid, or a negative errno: look at it, and hand the errno on"
CAUSES = {
    "silent": Cause(
        "{task} is told that all is well, and no thread was started.",
        "There is no thread. Was one asked for, and who has been told what came of it?",
        "Listing One calls kernel_thread. What does it do with what that returns?",
        "A negative number is an errno: there is no thread. Return it to whoever called, who alone can do something "
        "about it.",
        "The shop was out of flour, and the boy came home saying nothing. They noticed when the guests sat down.",
    ),
    "false_alarm": Cause(
        "{task} is told that there is no thread, and kernel_thread did not fail.",
        "It has worked, and the caller hears of an error. Which number is returned, and where does it come from?",
        "kthreadlab man kernel_thread says what is returned for a thread that there is; and what do the calls after it "
        "return?",
        "A pid is greater than 0: test for less than 0. Whoever waits for a thread that has made itself init's gets "
        "an errno of his own, -ECHILD.",
        "The letter had been delivered. He read 'no answer' on the slip, and wrote it again.",
    ),
}
