"""Failures after which nothing is as it was."""

from __future__ import annotations

from ..cause import Cause

TITLE = "A failure is reported, and the next event is served"
RULE = "whoever asks the kernel for something looks at the answer, says so if it is no, and goes on"
CAUSES = {
    "silent": Cause(
        "Something failed, and {task} returned without a word in the log.",
        "Something said no, and nobody will ever know. What could go wrong here, and who looks at it?",
        "Listing Five keeps the value that call_usermodehelper returns. What does it do with it, and with kmalloc's?",
        "kmalloc answers NULL, call_usermodehelper a negative errno. Each needs a test, and a line in the log.",
        "A fire alarm whose battery is flat should say at least that.",
    ),
    "leak": Cause(
        "{task} returned from a failure, or with no handler registered, and left memory behind.",
        "Follow the memory on the path of the witness: where is it given back?",
        "In Listing Five the test for a handler comes after kmalloc. Is that the only order?",
        "Every way out behind a successful kmalloc has to pass a kfree. Fewer ways out make it easier.",
        "Whoever leaves the restaurant by the window still has to pay.",
    ),
    "exec_of_nothing": Cause(
        "{task} asks for a program with an empty path{at}: nothing runs, and 0 comes back.",
        "Nothing is registered. What do you ask the kernel to run?",
        "Listing Five tests `argv[0]`, the address of an array. Can that ever be NULL?",
        "An unset handler is an empty text, not a missing one: look at its first character, before anything else.",
        "An envelope is there, but is there an address on it?",
    ),
    "exec_when_unset": Cause(
        "A program is run although no handler is registered.",
        "Nobody has registered a program, and one is run. Where does its path come from?",
        "Listing Five takes the path from myevent_handler and from nowhere else.",
        "An empty text in myevent_handler means: off. The first thing to look at is its first character.",
        "A doorbell that is switched off and rings all the same has a second wire.",
    ),
    "next_lost": Cause(
        "After the failure the next event got no program.",
        "The failure is over, and the next event is as good as any. What did the first one leave behind?",
        "Which of your variables outlives a call? Listing Five's all live on its stack.",
        "A call should begin as if none had been before it: read the path anew, take new memory, keep no flag.",
        "One wrong number does not mean that the telephone is broken.",
    ),
    "never_returns": Cause(
        "A call never returns, so that no further event is served.",
        "The caller waits. For what, and will it come?",
        "The last argument of call_usermodehelper says what is waited for. Listing Five has 0.",
        "Wait until the program has begun, not until it has ended: how long it lives is not your business.",
        "Whoever posts a letter does not stand at the box until the answer comes.",
    ),
    "fault": Cause(
        "The machine faulted before the next event could be served.",
        "The machine dies on the way to the next event. What does the witness touch last?",
        "Look at the line of the fault: which of its addresses may be NULL, or gone?",
        "After a failure some pointers lead nowhere. Every use of them needs the test first.",
        "The bridge was reported closed; the car behind did not read the sign.",
    ),
    "busy": Cause(
        "A call goes round for ever{at}, so that no further event is served.",
        "Trying again is good. How often, and what changes in between?",
        "Listing Five asks once. What would make your second try succeed?",
        "A file that is missing now is missing in a microsecond too. Say so in the log and let the event go.",
        "Pressing the lift's button faster brings it no sooner.",
    ),
}
