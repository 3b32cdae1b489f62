"""Events that no helper hears of."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Every reported event reaches a helper"
RULE = "a wake-up is not remembered, only data is: whoever sleeps must have looked after announcing the sleep"
CAUSES = {
    "slept_through": Cause(
        "{thread} sleeps for good with id {id} pending: that wake-up found it awake, or came before the id.",
        "When that report came, was your thread asleep? A wake-up that finds nobody asleep is not kept for later.",
        "Put your finger on Listing Four: between waking at Point A and the next schedule(), who looks at the data "
        "again?",
        "Only data remembers. The thread must look at it at a moment after which every further wake-up is sure to "
        "count, and a task counts as a sleeper from set_current_state on, not from schedule().",
        "A tape driver first says 'I am going to lie down', then looks at the clock, then closes its eyes. Looking "
        "before it says so leaves a moment in which the bell rings for nobody.",
    ),
    "before_first_sleep": Cause(
        "{thread} slept on while id {id} was pending: the report came before its first sleep.",
        "What if the report comes before your thread has slept for the first time? Nobody promises who runs first.",
        "Listing Two goes to sleep as the very first act of its loop. Which line before that would notice an id that "
        "is there already?",
        "The first turn of the loop needs the same care as all the others: a sleep that no look at the data comes "
        "before (once the state is set) can be one too many.",
        "A night porter who starts work at ten goes through the letters on the desk first. They came before there was "
        "anybody to hear the bell.",
    ),
    "during_helper": Cause(
        "{thread} slept on while id {id} was pending: the report came while the helper was running, and nothing woke "
        "{thread} again.",
        "While the helper runs your thread is asleep, but where? The wake-up of Listing Three does not reach it there.",
        "Read run_umode_handler in Listing Five beside the loop of Listing Two: what happens to an id stored during "
        "that call, once the call is over?",
        "call_usermodehelper waits in D, and wake_up_interruptible only moves tasks in S. So after a helper the "
        "thread can't rely on a wake-up: something else must tell it that there is more to do.",
        "A disk thread that has written a block out does not lie down at once: requests may have come in while it "
        "wrote, and their bell rang in an empty room.",
    ),
    "mask_mismatch": Cause(
        "{thread} slept on while id {id} was pending: it slept in a state that this wake-up passes by.",
        "A wake-up looks at the sleeper's state and may pass it by. In which state does your thread sleep?",
        "'Process States and Wait Queues' in the article tells interruptible from uninterruptible. Which of the two "
        "does Listing Three wake?",
        "The word `interruptible` in a wake-up's name is a mask: it reaches TASK_INTERRUPTIBLE and nothing else. The "
        "state of the sleeper and the mask of the waker have to meet.",
        "A disk driver that waits in D is woken with wake_up, which reaches S and D alike. Were it woken with the "
        "interruptible form, the block would arrive and nobody would stir.",
    ),
    "not_queued": Cause(
        "{thread} slept on while id {id} was pending: it was not on the queue that the report woke.",
        "A wake-up walks over a queue. Is your thread on that queue at every moment at which it may be asleep?",
        "Listing Two calls add_wait_queue once, before the loop. What takes your entry off again, and what puts it "
        "back?",
        "Some entries leave the queue by themselves when they are woken (those of DEFINE_WAIT), and remove_wait_queue "
        "takes any entry off. Follow yours through two turns of the loop: prepare_to_wait puts it back only if "
        "list_empty() is true of its links, which are NULL after DECLARE_WAITQUEUE and poison after remove_wait_queue.",
        "A serial port's reader that signs off the queue for each byte must sign on again for the next. After the "
        "first byte it waits on a line that nobody rings.",
    ),
    "overwritten": Cause(
        "Id {id} was reported and then lost: something wrote over it before {thread} had served it.",
        "Where was the id kept between the report and the helper? Look for a second hand that writes to the same "
        "place.",
        "In Listing Three the id goes into one variable. Compare that with the moment at which Listing Two reads it, "
        "and the one at which it is cleared.",
        "Two reports can come before one read, and a report can come between reading and clearing. What is read and "
        "what is cleared must be the same thing, with nobody in between, and there must be room for all that may be "
        "outstanding.",
        "A mouse driver that kept one click would lose the first of two. It keeps as many as may come, and takes them "
        "out under the same lock that puts them in.",
    ),
    "exited": Cause(
        "{thread} ended without being killed, and id {id} was never given to a helper.",
        "Your thread is gone, and nobody had killed it. Which way out of the loop did it take?",
        "Listing Two, as printed, lacks the closing brace of its loop. Where would the brace have to stand so that "
        "the last lines come after the loop?",
        "Only a signal should lead out of the loop. Look at every `break` and `return`, and at what stands behind the "
        "loop's body.",
        "A hub thread leaves its loop for one reason, that it was told to stop. An event handled is a reason to go "
        "round again.",
    ),
    "stuck": Cause(
        "Id {id} was never given to a helper: a CPU spins for ever on {lock}.",
        "Somebody waits for a lock that never comes free. Who holds it, and where was it to be released?",
        "In Listing Two the lock is released in both branches of the `if`. Follow each way through your own loop in "
        "the same manner.",
        "Look for a path that leaves the locked section without an unlock, one that sleeps inside it, or one that "
        "takes the same lock twice.",
        "A printer driver with an early `continue` for 'out of paper' went round with its lock held. The second turn "
        "waited for the first.",
    ),
    "fault": Cause(
        "Id {id} was never given to a helper: the machine faulted first.",
        "The machine stopped before the event was served. Mend the fault first: this verdict follows from it.",
        "The report names the fault and its line in the row for oopses or for freed memory. Read that row's hints.",
        "Behind a fault nothing is served any more, so every promise made before it is broken. There is nothing to "
        "mend here itself.",
        "When a disk controller dies, each queued write fails. One looks at the controller, not at the writes.",
    ),
    "busy": Cause(
        "Id {id} was never given to a helper: the machine runs for ever{at} without coming to it.",
        "Something runs for ever, and the event does not get its turn. Who is it, and what does it wait to see?",
        "The article says what happens to a machine whose thread does not go to sleep (the paragraph on "
        "CONFIG_PREEMPT). Compare your loop with it.",
        "In the witness one group of steps repeats. Ask which value would have to change for the loop to come to the "
        "event, and who could change it.",
        "A console driver that asks again and again whether the line is free keeps the very CPU on which the line "
        "would be freed. It has to lie down to be told.",
    ),
}
