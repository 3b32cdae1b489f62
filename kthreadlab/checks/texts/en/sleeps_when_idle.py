"""Threads that do not sleep although there is nothing to do."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Sleeps while there is nothing to do"
RULE = "an idle thread is off the run queue, in TASK_INTERRUPTIBLE, until there is work or a signal"
CAUSES = {
    "busy_loop": Cause(
        "{thread} never comes to rest: with nothing to do it goes round and round{at}.",
        "With nothing to do your thread keeps running. What should put it to sleep, and why does it not?",
        "Listing Four needs two lines to sleep. One of them alone does not do it, and something between them can undo "
        "the first.",
        "schedule() takes a task off the run queue only if its state is not TASK_RUNNING and no signal waits. Look at "
        "the state at the moment of schedule(), turn by turn.",
        "A driver set its state, then asked for memory, then called schedule(). The allocation had slept and woken, "
        "which leaves a task RUNNING, so schedule() came straight back.",
    ),
    "storm": Cause(
        "{thread} starts helpers without end: nobody reports anything, and every turn finds an id again.",
        "Helpers run without end though nothing is reported. What does each turn find that makes it run one more?",
        "The guard `if (myevent_id)` in Listing Two asks whether there is an id, not whether it is a new one.",
        "A test that no turn of the loop ever makes false is true for ever. What was taken must be gone from where "
        "the test looks.",
        "A doorbell lamp that nobody switches off sends the butler to the door all night. Answering the door includes "
        "the lamp.",
    ),
    "polling": Cause(
        "{thread} wakes by its own timer again and again, and there is nothing to do.",
        "The thread wakes by its own clock and finds nothing. Does it need a clock?",
        "In Listing Two the thread sleeps with schedule(), without a limit, and Listing Three wakes it.",
        "A timer covers up a wake-up that may be missed; it does not mend it. Find out which wake-up you don't trust.",
        "The thread that flushes dirty pages does wake by a timer, because pages grow old by themselves. Nothing "
        "grows old here.",
    ),
    "exits": Cause(
        "{thread} ended although nobody had killed it.",
        "The thread ended though nobody asked it to. Which line let it out?",
        "Listing Two, as printed, lacks the closing brace of its loop. Decide which of its last lines belong after "
        "the loop.",
        "Only a signal should lead out. A `return` or `break` reached after an event, or after a wake-up without one, "
        "ends the thread.",
        "A hub thread that returned after its first device would leave every later one unnoticed. It goes round until "
        "it is told to stop.",
    ),
    "uninterruptible": Cause(
        "{thread} idles in D, not in S: it counts as load, and no signal can wake it.",
        "The thread is asleep, but ps shows D. In which state is an idle thread to wait?",
        "'Process States and Wait Queues' describes both kinds of sleep. Listing Four names the one it uses.",
        "D is for short waits on something that is sure to come. For an event that may never come, a signal must be "
        "able to wake the thread.",
        "A task that waits for its disk block sleeps in D, for milliseconds. A shell that waits for a key sleeps in "
        "S, for hours.",
    ),
    "deadlock": Cause(
        "Tasks sleep for a mutex that is never given back: each has what another waits for.",
        "Somebody sleeps for a mutex for ever. Who has it, and what is that one waiting for?",
        "A task that takes two of them and a task that takes them the other way round can each get its first.",
        "Take them in the same order everywhere, and never the one that is held already. Whoever waits for a thread's "
        "end holds nothing that the thread needs.",
        "Two filing clerks each had one drawer open and reached for the other's. Since then the upper drawer is "
        "opened first.",
    ),
    "endless_loop": Cause(
        "{task} is stuck in a loop{at}: 10,000 turns without a kernel call or a look at shared data, so it never "
        "gives up the CPU.",
        "A loop turns without calling the kernel or looking at anything that others can change. What could end it, "
        "and who else gets this CPU meanwhile?",
        "The loop of Listing Two sleeps in each turn. Yours, on the line named, neither sleeps nor looks at shared "
        "data.",
        "Whatever the loop's condition reads must be changed by the loop itself or be read anew from shared memory. A "
        "local copy stays as it is, and counting lets no time pass: whoever wants to wait, sleeps.",
        "A driver copied its status register into a local and waited for the copy to change. The device had answered "
        "long before.",
    ),
    "stuck": Cause(
        "{thread} never comes to rest: a CPU spins for ever on {lock}, which {holder} does not release.",
        "A CPU spins for a lock that is never released. Who has it?",
        "In Listing Two both branches of the `if` release the lock. Check every way through your loop like that.",
        "Look for a missing unlock, a second take of the same lock, or a sleep inside the section.",
        "A printer driver with an early `continue` for 'out of paper' went round with its lock held. The second turn "
        "waited for the first.",
    ),
    "fault": Cause(
        "The machine faulted before {thread} came to rest.",
        "The machine stopped before the thread could rest. Mend the fault first: this verdict follows from it.",
        "The report names the fault and its line in the row for oopses or for freed memory. Read that row's hints.",
        "Behind a fault nothing sleeps properly any more. There is nothing to mend here itself.",
        "When the fuse is out, nobody looks into why the lamp is dark.",
    ),
    "runaway": Cause(
        "{task} ran 10,000 operations in a row without once going to sleep.",
        "Ten thousand operations without a sleep: some value changes at every turn and leads to no end. Which one?",
        "Compare your loop with Listing Four: each of its turns gives the CPU up once.",
        "A counter of turns hides a busy loop from sight but does not make it rest. Find the line that is meant to "
        "sleep.",
        "A driver that counts its retries, and retries for ever, is still a driver that never stops.",
    ),
}
