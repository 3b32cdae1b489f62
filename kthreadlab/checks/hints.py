"""Four hints for each ``(property name, cause)``, gentlest first.

They are a ladder: a nudge, a place in the article to look at, a part of the way, and a worked case from somewhere else.
None of them is the answer.
"""

from __future__ import annotations

from .hints_of_hangs import HINTS
from .sentences import CAUSES, RULES, SENTENCES, TITLES, sentence

__all__ = ["CAUSES", "RULES", "SENTENCES", "TITLES", "hints", "sentence"]

_NOT_ASLEEP = (
    "When that report came, was your thread asleep? A wake-up that finds nobody asleep is not kept for later.",
    "Put your finger on Listing Four: between waking at Point A and the next schedule(), who looks at the data again?",
    "Only data remembers. The thread must look at it at a moment after which every further wake-up is sure to count, "
    "and a task counts as a sleeper from set_current_state on, not from schedule().",
    "A tape driver first says 'I am going to lie down', then looks at the clock, then closes its eyes. "
    "Looking before it says so leaves a moment in which the bell rings for nobody.",
)

_HINTS_OF_DELIVERY: dict[str, tuple[str, str, str, str]] = {
    "slept_through": _NOT_ASLEEP,
    "before_first_sleep": (
        "What if the report comes before your thread has slept for the first time? Nobody promises who runs first.",
        "Listing Two goes to sleep as the very first act of its loop. Which line before that would notice an id that "
        "is there already?",
        "The first turn of the loop needs the same care as all the others: a sleep that no look at the data comes "
        "before "
        "(once the state is set) can be one too many.",
        "A night porter who starts work at ten goes through the letters on the desk first. "
        "They came before there was anybody to hear the bell.",
    ),
    "during_helper": (
        "While the helper runs your thread is asleep, but where? The wake-up of Listing Three does not reach it there.",
        "Read run_umode_handler in Listing Five beside the loop of Listing Two: "
        "what happens to an id stored during that call, once the call is over?",
        "call_usermodehelper waits in D, and wake_up_interruptible only moves tasks in S. "
        "So after a helper the thread can't rely on a wake-up: something else must tell it that there is more to do.",
        "A disk thread that has written a block out does not lie down at once: requests may have come in while it "
        "wrote, "
        "and their bell rang in an empty room.",
    ),
    "mask_mismatch": (
        "A wake-up looks at the sleeper's state and may pass it by. In which state does your thread sleep?",
        "'Process States and Wait Queues' in the article tells interruptible from uninterruptible. Which of the two "
        "does Listing Three wake?",
        "The word `interruptible` in a wake-up's name is a mask: it reaches TASK_INTERRUPTIBLE and nothing else. "
        "The state of the sleeper and the mask of the waker have to meet.",
        "A disk driver that waits in D is woken with wake_up, which reaches S and D alike. "
        "Were it woken with the interruptible form, the block would arrive and nobody would stir.",
    ),
    "not_queued": (
        "A wake-up walks over a queue. Is your thread on that queue at every moment at which it may be asleep?",
        "Listing Two calls add_wait_queue once, before the loop. What takes your entry off again, and what puts it "
        "back?",
        "Some entries leave the queue by themselves when they are woken (those of DEFINE_WAIT), and "
        "remove_wait_queue takes any entry off. "
        "Follow yours through two turns of the loop: prepare_to_wait puts it back only if list_empty() is true of "
        "its links, which are NULL after DECLARE_WAITQUEUE and poison after remove_wait_queue.",
        "A serial port's reader that signs off the queue for each byte must sign on again for the next. "
        "After the first byte it waits on a line that nobody rings.",
    ),
    "overwritten": (
        "Where was the id kept between the report and the helper? Look for a second hand that writes to the same "
        "place.",
        "In Listing Three the id goes into one variable. Compare that with the moment at which Listing Two reads it, "
        "and the one at which it is cleared.",
        "Two reports can come before one read, and a report can come between reading and clearing. "
        "What is read and what is cleared must be the same thing, with nobody in between, and there must be room for "
        "all that may be outstanding.",
        "A mouse driver that kept one click would lose the first of two. "
        "It keeps as many as may come, and takes them out under the same lock that puts them in.",
    ),
    "exited": (
        "Your thread is gone, and nobody had killed it. Which way out of the loop did it take?",
        "Listing Two, as printed, lacks the closing brace of its loop. Where would the brace have to stand so that "
        "the last lines come after the loop?",
        "Only a signal should lead out of the loop. Look at every `break` and `return`, and at what stands behind "
        "the loop's body.",
        "A hub thread leaves its loop for one reason, that it was told to stop. An event handled is a reason to go "
        "round again.",
    ),
    "stuck": (
        "Somebody waits for a lock that never comes free. Who holds it, and where was it to be released?",
        "In Listing Two the lock is released in both branches of the `if`. Follow each way through your own loop in "
        "the same manner.",
        "Look for a path that leaves the locked section without an unlock, one that sleeps inside it, or one that "
        "takes the same lock twice.",
        "A printer driver with an early `continue` for 'out of paper' went round with its lock held. The second turn "
        "waited for the first.",
    ),
    "fault": (
        "The machine stopped before the event was served. Mend the fault first: this verdict follows from it.",
        "The report names the fault and its line in the row for oopses or for freed memory. Read that row's hints.",
        "Behind a fault nothing is served any more, so every promise made before it is broken. There is nothing to "
        "mend here itself.",
        "When a disk controller dies, each queued write fails. One looks at the controller, not at the writes.",
    ),
    "busy": (
        "Something runs for ever, and the event does not get its turn. Who is it, and what does it wait to see?",
        "The article says what happens to a machine whose thread does not go to sleep (the paragraph on "
        "CONFIG_PREEMPT). "
        "Compare your loop with it.",
        "In the witness one group of steps repeats. Ask which value would have to change for the loop to come to the "
        "event, and who could change it.",
        "A console driver that asks again and again whether the line is free keeps the very CPU on which the line "
        "would be freed. "
        "It has to lie down to be told.",
    ),
}

_HINTS: dict[tuple[str, str], tuple[str, str, str, str]] = {
    ("no_oops", "null_pointer"): (
        "A pointer that holds NULL is followed. Which call or field in your code can yield NULL?",
        "Listing Five asks for memory and looks at what it got before using it. Compare your line with that one.",
        "kmalloc may return NULL, and a field that nothing was stored in holds NULL. "
        "The test belongs between getting the pointer and following it, and it needs a way to go on without.",
        "A network driver asks for a packet buffer: with none to be had, it counts a dropped packet and returns "
        "before the line that fills the buffer.",
    ),
    ("no_oops", "uninitialised_lock"): (
        "A lock must be made before it can be taken. What makes yours?",
        "In Listing Two the queue is declared with a macro and the lock just below it without one. The macro does "
        "more than declare.",
        "`rwlock_t()` and `spinlock_t()` reserve memory full of zeros, and zero does not mean unlocked. "
        "Something must set it up before anybody can take it, a reporter included.",
        "A timer in zeroed memory has an expiry function too: address 0. "
        "Each kind of kernel object has a declaring form and an init call; one of the two has to be used.",
    ),
    ("no_oops", "uninitialised_queue"): (
        "A wait queue must be made before it can be used. What makes yours?",
        "Look at how the first line of Listing Two declares its queue.",
        "`wait_queue_head_t()` only reserves the memory. An empty list is not a row of zeros: its head points to "
        "itself.",
        "A driver that keeps a list of open files sets the list up when it is loaded, before the first file can be "
        "opened.",
    ),
    ("no_oops", "divide_by_zero"): (
        "A divisor is 0 on some path. Which value did you trust never to be 0?",
        "The witness shows where the value was loaded. See who else writes it, and when.",
        "A shared variable can change between the test and the division. Divide by the copy that was tested.",
        "A clock driver that computes ticks from a rate refuses a rate of 0 where it is set, not where it is used.",
    ),
    ("no_oops", "overflow"): (
        "A number grows past what its type can hold. Does it have to grow at all?",
        "The sizes are in the declarations: an undeclared integer has 64 signed bits. Listing Two declares its id "
        "unsigned.",
        "Unsigned numbers wrap and signed ones may not overflow. Counters of events usually ought to be unsigned, "
        "and bits are best set in an unsigned word.",
        "The kernel's tick counter wraps every few weeks. It is unsigned, and code compares differences of it.",
    ),
    ("no_oops", "shift"): (
        "The second operand of a shift is out of range here. Which values can it have?",
        "The ids that may come are named in the lab's text. Try the smallest and the largest of them in your "
        "expression.",
        "A word of n bits has positions 0 to n - 1. Find the step that turns an id into a position, or a position "
        "into an id.",
        "An interrupt controller with lines 1 to 8 and one status byte keeps line 8 at position 7. One subtraction, "
        "in one place, sees to it.",
    ),
    ("no_oops", "bug"): (
        "Your code, or the kernel's, says that this never happens, and here it does. What was taken for granted?",
        "Read the witness from its end: which step made the condition true that you ruled out?",
        "A BUG_ON about shared data only holds where nobody else can change the data. Is the lock held there?",
        "A file system checks that a block to be freed is in use. When that fails, the mistake lies where the block "
        "was freed the first time.",
    ),
    ("no_oops", "uninitialised_local"): (
        "On one way through the function this variable has no value yet. Which way is it?",
        "Listing Two gives its local id a value where it declares it. Compare the first lines of your function.",
        "Follow the branch of the witness: an `if` without an `else`, or a loop that runs zero times, leaves the "
        "variable as it was.",
        "A probe routine that sets its result only when a card is found returns rubbish for an empty slot. "
        "It begins with the answer for 'nothing there'.",
    ),
    ("no_oops", "not_queued"): (
        "An entry is taken off a queue that it is not on. Which path leads there without having put it on?",
        "In Listing Two add_wait_queue comes before the loop and remove_wait_queue after it. See that your ways out "
        "keep this order.",
        "An entry of DECLARE_WAITQUEUE begins with NULL links, and taking it off follows them. It must come off "
        "exactly as often as it went on, and prepare_to_wait puts on only what list_empty() calls empty: NULL is not.",
        "A driver whose setup fails half way undoes only the steps it has done, last one first. "
        "Undoing a step that never happened is what breaks.",
    ),
    ("no_oops", "bad_pointer"): (
        "This value is used as an address, and it is none. Where does it come from?",
        "Look at the arguments on the line that the report names: some calls take an object, others a number.",
        "Kernel objects are passed by name here, without `&`. A number, or the result of a calculation, leads nowhere.",
        "A driver that mixes up a device's number with its record finds memory of somebody else. The number is "
        "looked up, the record is followed.",
    ),
    ("no_dangling", "dangling_entry"): (
        "Your thread has ended, and something still points to it. What did it put where others can see it?",
        "Look at the two last lines before `return` in Listing Two, and at every other way by which your function "
        "ends.",
        "The entry lives on the thread's own stack. On each path out, it has to be off the queue before the stack "
        "goes.",
        "A driver that is unloaded first gives its interrupt line back. Otherwise the next interrupt jumps to code "
        "that is no longer there.",
    ),
    ("no_dangling", "poisoned_entry"): (
        "This entry had left its queue already. Which two lines take it off, one after the other?",
        "In Listing Two remove_wait_queue stands once, behind the loop. See what comes after yours before the entry "
        "is put on again.",
        "remove_wait_queue leaves poison in the links, finish_wait an empty list, and only of that is list_empty() "
        "true. So prepare_to_wait does not put a poisoned entry back, and taking it off once more follows the poison.",
        "A cloakroom that hands out a coat overprints its ticket with a hook that does not exist. "
        "Whoever comes with that ticket again walks into the wall.",
    ),
    ("no_dangling", "corrupted_queue"): (
        "The same entry is put on a queue twice. Which line runs more often than you thought?",
        "In Listing Two add_wait_queue stands before the loop. Where does it stand in yours?",
        "One entry has room for one place in one list. Either it stays on for the whole life, or it comes off before "
        "it goes on again.",
        "A coat has one hook. Hung up a second time without being taken down, it pulls the rail round on itself.",
    ),
    ("no_dangling", "corrupted_list"): (
        "A list's links no longer make a circle. Who put something onto it, or took something off, and how often?",
        "An entry can be on one list at a time. Whoever adds it once more, anywhere, tears both lists.",
        "Take it off first (list_del), or ask list_empty of an entry that list_del_init took off. "
        "And let one lock guard every list_add and list_del.",
        "A porter hung the same coat on two hooks. The next one who counted the coats went round in circles.",
    ),
    ("no_dangling", "use_after_free"): (
        "This memory was given back earlier. Who still kept its address?",
        "In Listing Five kfree is the last thing that happens to the buffer. See what follows the kfree in your code.",
        "Look for two owners: a list that still leads to the block, or a second path that reaches the line after it "
        "was freed. "
        "What is needed from it must be copied first.",
        "A driver that frees a request and then steps to `request.next` reads a freed field. It takes the next "
        "address before it frees.",
    ),
    ("no_dangling", "ended_task"): (
        "A pointer to a thread is used after the thread's end. Who still keeps it?",
        "Listing Three wakes a queue and not a task: the queue is a static and is there when the thread is not.",
        "Nothing keeps a task_struct for you: take a reference while the thread certainly lives, and give it back "
        "after the last use.",
        "Whoever wants to shake hands with a guest at the end asks him not to leave before.",
    ),
    ("no_dangling", "out_of_bounds"): (
        "An index lies outside its array. Which values can it take?",
        "Listing Five fills argv and envp one after the other: count their places, the NULL at the end included.",
        "An array of n has places 0 to n - 1. Check the largest id, the last turn of the loop, and an index that two "
        "tasks move.",
        "A ring of eight network buffers is indexed by a counter modulo eight. The counter may run on; the index may "
        "not.",
    ),
    ("no_dangling", "dead_stack"): (
        "An object of a function is used after that function has returned. Which address got out?",
        "In Listing Two the entry is a local of mykthread, which lasts as long as the thread. Whose local is yours?",
        "What a function declares dies with its return. Something that outlives the call has to be a static, or come "
        "from kmalloc.",
        "A routine that queues a request kept on its own stack must wait for it to be done before it returns. "
        "Otherwise the device writes into somebody else's call.",
    ),
    ("no_dangling", "text_overflow"): (
        "The text is longer than its buffer. How long can it get?",
        "Listing Five asks for 32 bytes and writes a name, a number and a final 0 into them. Do that sum for your "
        "text.",
        "A number of 32 bits takes up to ten digits, or eleven characters with a sign, and each string ends in one "
        "byte more. "
        "There is a form of sprintf that is told the size.",
        "A driver that builds '/dev/tape' and a number counts the longest number, not the one on its desk.",
    ),
    ("no_stale_helper", "stale_id"): (
        "A helper ran for something that had been served already. How would your thread know that an id is old?",
        "Listing Two guards against spurious wake-ups with `if (myevent_id)`. What is in that variable after the "
        "first event?",
        "An id that has been taken must not be found there again by the next wake-up, whatever caused it. "
        "Taking it and wiping it have to be one act that no reporter can come into.",
        "A postman takes the letters out of the box; he does not copy the addresses and leave them in. "
        "Else every ring at the box sends the same letters again.",
    ),
    ("no_stale_helper", "unknown_id"): (
        "A helper was given an id that nobody reported. Is 0, or half of something, among the values your thread may "
        "read?",
        "Look at what Listing Two tests before it calls the helper, and at which moment it reads the value it passes "
        "on.",
        "The value that was tested and the value that is passed on must be the same copy, read under one lock. "
        "With a set or a ring, check the empty case and the step from position to id.",
        "A keyboard driver that finds its ring empty returns without a key. Were it to hand on whatever lies at the "
        "tail, one would type ghosts.",
    ),
    ("never_sleeps_atomic", "lock_held"): (
        "Something here may sleep while a lock is held. Which lock, and was it meant to be held that long?",
        "Listing Two releases its lock in both branches before anything slow begins. Compare where yours is released.",
        "Whoever spins for the lock burns a CPU until the sleeper comes back, perhaps for ever. "
        "Under the lock, take what is needed into locals; do the slow thing with the copy.",
        "A sound driver takes the next sample's address under its lock, releases the lock, and then asks for memory. "
        "Asked for inside, the memory could make it sleep.",
    ),
    ("never_sleeps_atomic", "irqs_off"): (
        "Something here may sleep with interrupts off. Which call switched them off, and where do they come on again?",
        "The forms `_irq` and `_irqsave` switch interrupts off until their partner runs. Follow them in your way "
        "through Listing Two's loop.",
        "A task that sleeps with interrupts off hands the CPU over without clock or devices. The section with "
        "interrupts off should be a few lines that only move data.",
        "A network driver reads two registers with interrupts off, switches them on, and only then hands the packet "
        "up.",
    ),
    ("never_sleeps_atomic", "preempt_off"): (
        "Something here may sleep while preemption is disabled. What was to be protected, and for how long?",
        "Each preempt_disable needs its preempt_enable before anything that sleeps, such as the helper call of "
        "Listing Five.",
        "Preemption off says 'leave me on this CPU', and sleeping says the opposite. The pair has to close before "
        "the slow part.",
        "A counter kept for each CPU is raised with preemption off: three lines, none of which waits for anything.",
    ),
    ("never_sleeps_atomic", "bh_off"): (
        "Something here may sleep while bottom halves are switched off. What was to be kept out, and for how long?",
        "Each local_bh_disable, and each _bh form of a lock, needs its counterpart before anything that sleeps, "
        "such as the helper call of Listing Five.",
        "With bottom halves off, timers and tasklets of this CPU have to wait, and preempt_count says so. "
        "The slow part comes after the pair is closed.",
        "A list that a timer also changes is read with bottom halves off: three lines, none of which waits.",
    ),
    ("never_sleeps_atomic", "interrupt"): (
        "This code runs in an interrupt, and it calls something that may sleep. Who would be put to sleep there?",
        "The article says that Listing Three can run in both contexts and Listing Two in a process context only. "
        "Where does this call belong?",
        "In an interrupt `current` is whoever happened to be running. "
        "The interrupt leaves a note and rings a bell; the slow part belongs to a thread.",
        "A keyboard's interrupt puts one code into a ring and returns. Turning codes into letters, which may wait, "
        "is done later by a task.",
    ),
    ("locks_balanced", "not_held"): (
        "A lock is released that this task does not hold. Which path comes here without taking it, or releases it "
        "twice?",
        "Listing Two has one lock call and one unlock in each branch. Mark the pairs in your own code.",
        "Walk each path of the witness with a finger: plus one at lock, minus one at unlock, never below zero.",
        "A routine with an error exit had its unlock both before the `goto` and at the label. The good path was "
        "right and the bad one released twice.",
    ),
    ("locks_balanced", "wrong_form"): (
        "The lock is released by a call that does not belong to the one that took it. Read the two names side by side.",
        "Listing Two uses read_lock with read_unlock, Listing Three write_lock with write_unlock. Check yours for "
        "read or write, and for the endings.",
        "Every form has one partner: `_irq` with `_irq`, `_irqsave` with `_irqrestore` and the same flags. "
        "With the wrong one the interrupts stay off, or come on too soon, or the reader count goes wrong.",
        "A driver that took a lock with the form that saves the interrupts and released it with the plain one went "
        "on with its CPU deaf.",
    ),
    ("locks_balanced", "exit_held"): (
        "The lock stays taken for good. Which way through the code, or out of it, skips the unlock?",
        "In Listing Two the test for signals stands outside the locked section. Where is yours?",
        "A `break` or `return` inside the section leaves it locked. Nobody else can release it afterwards.",
        "A routine that finds its device gone returns at once. Its author gave that return an unlock of its own, on "
        "the line before.",
    ),
    ("locks_balanced", "recursive"): (
        "The task waits for a lock that it holds itself. Which inner call takes it again?",
        "Look for a locked section that calls a function of yours, and see whether that function begins as Listing "
        "Three does.",
        "These locks don't count their owner: a second take by the same task waits for ever. "
        "The caller or the function may take the lock, not both.",
        "A cache has `lookup`, which takes the lock, and `__lookup`, for callers who have it already. The two "
        "underscores are that promise.",
    ),
    ("sleeps_when_idle", "busy_loop"): (
        "With nothing to do your thread keeps running. What should put it to sleep, and why does it not?",
        "Listing Four needs two lines to sleep. One of them alone does not do it, and something between them can "
        "undo the first.",
        "schedule() takes a task off the run queue only if its state is not TASK_RUNNING and no signal waits. "
        "Look at the state at the moment of schedule(), turn by turn.",
        "A driver set its state, then asked for memory, then called schedule(). "
        "The allocation had slept and woken, which leaves a task RUNNING, so schedule() came straight back.",
    ),
    ("sleeps_when_idle", "storm"): (
        "Helpers run without end though nothing is reported. What does each turn find that makes it run one more?",
        "The guard `if (myevent_id)` in Listing Two asks whether there is an id, not whether it is a new one.",
        "A test that no turn of the loop ever makes false is true for ever. What was taken must be gone from where "
        "the test looks.",
        "A doorbell lamp that nobody switches off sends the butler to the door all night. Answering the door "
        "includes the lamp.",
    ),
    ("sleeps_when_idle", "polling"): (
        "The thread wakes by its own clock and finds nothing. Does it need a clock?",
        "In Listing Two the thread sleeps with schedule(), without a limit, and Listing Three wakes it.",
        "A timer covers up a wake-up that may be missed; it does not mend it. Find out which wake-up you don't trust.",
        "The thread that flushes dirty pages does wake by a timer, because pages grow old by themselves. Nothing "
        "grows old here.",
    ),
    ("sleeps_when_idle", "exits"): (
        "The thread ended though nobody asked it to. Which line let it out?",
        "Listing Two, as printed, lacks the closing brace of its loop. Decide which of its last lines belong after "
        "the loop.",
        "Only a signal should lead out. A `return` or `break` reached after an event, or after a wake-up without "
        "one, ends the thread.",
        "A hub thread that returned after its first device would leave every later one unnoticed. It goes round "
        "until it is told to stop.",
    ),
    ("sleeps_when_idle", "uninterruptible"): (
        "The thread is asleep, but ps shows D. In which state is an idle thread to wait?",
        "'Process States and Wait Queues' describes both kinds of sleep. Listing Four names the one it uses.",
        "D is for short waits on something that is sure to come. For an event that may never come, a signal must be "
        "able to wake the thread.",
        "A task that waits for its disk block sleeps in D, for milliseconds. A shell that waits for a key sleeps in "
        "S, for hours.",
    ),
    ("sleeps_when_idle", "deadlock"): (
        "Somebody sleeps for a mutex for ever. Who has it, and what is that one waiting for?",
        "A task that takes two of them and a task that takes them the other way round can each get its first.",
        "Take them in the same order everywhere, and never the one that is held already. "
        "Whoever waits for a thread's end holds nothing that the thread needs.",
        "Two filing clerks each had one drawer open and reached for the other's. "
        "Since then the upper drawer is opened first.",
    ),
    ("sleeps_when_idle", "endless_loop"): (
        "A loop turns without calling the kernel or looking at anything that others can change. What could end it, and "
        "who else gets this CPU meanwhile?",
        "The loop of Listing Two sleeps in each turn. Yours, on the line named, neither sleeps nor looks at shared "
        "data.",
        "Whatever the loop's condition reads must be changed by the loop itself or be read anew from shared memory. "
        "A local copy stays as it is, and counting lets no time pass: whoever wants to wait, sleeps.",
        "A driver copied its status register into a local and waited for the copy to change. The device had answered "
        "long before.",
    ),
    ("sleeps_when_idle", "stuck"): (
        "A CPU spins for a lock that is never released. Who has it?",
        "In Listing Two both branches of the `if` release the lock. Check every way through your loop like that.",
        "Look for a missing unlock, a second take of the same lock, or a sleep inside the section.",
        "A printer driver with an early `continue` for 'out of paper' went round with its lock held. The second turn "
        "waited for the first.",
    ),
    ("sleeps_when_idle", "fault"): (
        "The machine stopped before the thread could rest. Mend the fault first: this verdict follows from it.",
        "The report names the fault and its line in the row for oopses or for freed memory. Read that row's hints.",
        "Behind a fault nothing sleeps properly any more. There is nothing to mend here itself.",
        "When the fuse is out, nobody looks into why the lamp is dark.",
    ),
    ("sleeps_when_idle", "runaway"): (
        "Ten thousand operations without a sleep: some value changes at every turn and leads to no end. Which one?",
        "Compare your loop with Listing Four: each of its turns gives the CPU up once.",
        "A counter of turns hides a busy loop from sight but does not make it rest. Find the line that is meant to "
        "sleep.",
        "A driver that counts its retries, and retries for ever, is still a driver that never stops.",
    ),
    ("dies_cleanly", "stays"): (
        "SIGKILL came, and the thread is still there. Could the signal reach it, and did it look?",
        "The article's paragraph on signals under Listing One says what daemonize does to them and which call undoes "
        "it. The order of the two matters.",
        "Two things are needed: SIGKILL let through after daemonize has blocked everything, and a look at "
        "signal_pending on the way that leads to sleep. "
        "Nothing in a kernel thread ends by itself.",
        "A hub thread opens its ears for one signal after it has put them all off. "
        "Then, each time it comes out of its sleep, it first asks whether it was woken to leave.",
    ),
    ("dies_cleanly", "on_queue"): (
        "The thread ended, and its entry stayed on the queue. Which way out leaves it there?",
        "See what Listing Two does between the loop and `return`, and which of your ways out go past it.",
        "A `return` inside the loop skips all that stands behind it. The way out on a signal is the one to look at.",
        "A driver that is unloaded gives back its interrupt line on every way out, the failing ones too. One common "
        "exit makes that easy to see.",
    ),
    ("dies_cleanly", "state"): (
        "The thread ends, and its state still says that it wants to sleep. What should the state be by then?",
        "The line after the loop in Listings Two and Four puts this right.",
        "A state set before the test for signals is still set when the loop is left. Whatever sleeps on the way out "
        "would then not come back.",
        "One who has pulled up the blanket and is then called away puts it back first. Otherwise the next step is "
        "into bed.",
    ),
    ("dies_cleanly", "code"): (
        "What the thread returns is kept as its exit code. What does yours return?",
        "Look at the last line of Listing Two.",
        "The value is stored as it is: a 1 looks to the parent like death by signal 1. Only one value means 'nothing "
        "to report'.",
        "A helper that returns a count from its main function is taken for failed by every shell.",
    ),
    ("dies_cleanly", "other_signal"): (
        "A signal other than SIGKILL did something. Which signals did you let through?",
        "daemonize blocks all of them, says the article. Every allow_signal opens one.",
        "signal_pending does not say which signal waits. So the only safe way is to let through no more than the one "
        "that you mean.",
        "A guard who opens the gate at any knock had better have a gate at which only one person can knock.",
    ),
    ("dies_cleanly", "fault"): (
        "The machine stopped on the thread's way out. Mend the fault first: this verdict follows from it.",
        "The report names the fault and its line in the row for oopses or for freed memory. The lines after the loop "
        "of Listing Two are a good place to begin.",
        "On the way out, everything is given back once, in the reverse order. Something is given back here that is "
        "not there.",
        "A driver frees its buffers after it has stopped its device. The other way round, the device writes into "
        "freed memory.",
    ),
    ("dies_cleanly", "busy"): (
        "After SIGKILL the thread runs and runs. What does it do about the signal it has?",
        "Listing Two looks at signal_pending once a turn and leaves. See which of your turns does not come past such "
        "a test.",
        "A pending signal makes each schedule() in TASK_INTERRUPTIBLE return at once, and it stays pending. "
        "A loop that doesn't leave, or an inner loop that has no test, then spins.",
        "A reader told to stop that goes back to its line comes out again at once, over and over. It has to close "
        "the book.",
    ),
    ("no_leak", "lost"): (
        "A block of memory can no longer be reached. Which assignment overwrote its last address?",
        "Listing Five frees its buffer at the end, but see which of its ways out comes before that line.",
        "Each kmalloc has one owner at a time. Find the path on which the owner returns, or points elsewhere, "
        "without handing the block on or freeing it.",
        "A driver that takes a request off its list is from then on the only one who knows it. It frees it, or puts "
        "it somewhere, before it takes the next.",
    ),
    ("no_leak", "at_exit"): (
        "The thread is gone, and memory it had is not. What was it holding when it was killed?",
        "The lines behind the loop of Listing Two clean up what the thread had set up. Does yours hold more than that?",
        "A block in a local variable dies with the function, as an address; the memory stays. The way out on a "
        "signal needs a kfree as well.",
        "A worker called away in mid-parcel puts the parcel back on the shelf, or the next one never finds it.",
    ),
    ("no_leak", "at_return"): (
        "The call is over and its memory is not. Which way out of the function did it take?",
        "Listing Five has one kmalloc and one kfree, and more than one way to return. Walk each of them.",
        "Behind a kmalloc that gave memory every return needs a kfree before it, or the address must be kept where it "
        "can be found again.",
        "A hotel counts its keys in the evening: whoever leaves by the side door takes one along.",
    ),
    ("no_leak", "double_free"): (
        "The same block is freed twice. Which two lines are they?",
        "Listing Five has one kfree, at the end. Count yours along the path of the witness.",
        "Whoever frees must be the owner, and only one can be. Taking the block off its list and freeing it should "
        "happen where nobody can take it too.",
        "Two clerks who both read 'shred file 7' before either crosses it out will both look for it. Crossing out "
        "comes first, under the key.",
    ),
    ("no_leak", "heap_full"): (
        "Memory only ever grows here. What is made for each event, and where does it end?",
        "Listing Five makes a buffer for each event and frees it in the same call. Look for the kfree that belongs "
        "to yours.",
        "A block made per event must be freed per event, also when two reports of one id are merged into one helper.",
        "A log daemon that keeps each line it has written runs well on the first day.",
    ),
    ("exec_vector", "not_terminated"): (
        "How does the kernel know how many strings there are? Nobody tells it a number.",
        "Look at the last element of argv and of envp in Listing Five.",
        "The kernel walks along each array until it meets an address that is no address. Yours goes on behind the end.",
        "A train that nobody marks the last carriage of is followed by the points man into the fog.",
    ),
    ("exec_vector", "argv0"): (
        "Which path did you hand over, and which is registered? They have to be the same text.",
        "Listing Five names myevent_handler twice. Count the places where yours does.",
        "By convention argv[0] is the program's own path, and the path is what the file under /proc/sys holds now.",
        "A porter who is told 'to the address on the label' does not remember last week's parcel.",
    ),
    ("exec_vector", "argv_extra"): (
        "The program should get its own name and nothing else. What else is in your argv?",
        "The event's id travels in the environment, as the article's script expects. What stands in Listing Five's "
        "argv?",
        "argv is the path and the NULL. What the program has to know comes as a variable.",
        "A letter has its address on the envelope and its news inside.",
    ),
    ("exec_vector", "home"): (
        "A program started by the kernel inherits nothing. Which variables do you give it?",
        "Compare your envp with the one in Listing Five, entry by entry.",
        "A shell and many tools want to know a home directory. There is no user here, so it is the root.",
        "Whoever is hired by letter has to be told where the canteen is.",
    ),
    ("exec_vector", "path"): (
        "How will the script find `mail`? Nobody has given it a search path but you.",
        "Compare your envp with the one in Listing Five, entry by entry, colon by colon.",
        "The kernel does not look for programs in PATH itself, but a script does. It is one variable, with four "
        "directories.",
        "A cook in a strange kitchen finds nothing unless somebody says which cupboards to open.",
    ),
    ("exec_vector", "id"): (
        "What does the program read in TROUBLED_DS, and what was reported? Compare the two in the witness.",
        "Listing Five formats the id into a buffer and puts the buffer into envp. Follow both steps in yours.",
        "The variable is name, equals sign, number in decimal. The conversion must fit the type of the number.",
        "An alarm that says 'somewhere in the house' wakes everybody and helps nobody.",
    ),
    ("exec_vector", "not_run"): (
        "A handler was registered and nothing had failed. Why did this event get no program?",
        "Follow your tests before call_usermodehelper with the id of the witness in your hand.",
        "Only two things may keep the program from being asked for: no path is registered, or there is no memory.",
        "A doorman who lets nobody in on Tuesdays has read a rule that is not there.",
    ),
    ("exec_vector", "unreadable"): (
        "When does the kernel read argv and envp, and is everything they lead to still there?",
        "Listing Five frees its buffer after the call. Why there?",
        "The strings are copied at the exec, not when they are put into the array. Until then they must live.",
        "A letter is not delivered when the address is written, so don't burn it before the postman has come.",
    ),
    ("exec_vector", "text_overflow"): (
        "How many characters does the longest string have, with its NUL? How many does the buffer hold?",
        "Count TROUBLED_DS=, the digits of the largest id, and one more. Listing Five has 32.",
        "snprintf is told the size and keeps to it; sprintf believes that there is room.",
        "Writing on the table beside the paper is still writing.",
    ),
    ("exec_vector", "out_of_bounds"): (
        "How many entries has the array, the NULL counted in? How many do you fill?",
        "Listing Five's envp has four places for three variables. Count yours.",
        "An array of n has places 0 to n-1. One variable more needs one place more.",
        "Four chairs and a speaker: whoever brings a friend has to bring a chair.",
    ),
    ("large_ids", "id"): (
        "What does %d do with a number of 2³¹ or more?",
        "Listing Two's id is unsigned. What is the parameter of Listing Five's function?",
        "The type of the number and the conversion in the format belong together.",
        "An odometer that shows minus signs has been read by the wrong rule.",
    ),
    ("survives_failure", "silent"): (
        "Something said no, and nobody will ever know. What could go wrong here, and who looks at it?",
        "Listing Five keeps the value that call_usermodehelper returns. What does it do with it, and with kmalloc's?",
        "kmalloc answers NULL, call_usermodehelper a negative errno. Each needs a test, and a line in the log.",
        "A fire alarm whose battery is flat should say at least that.",
    ),
    ("survives_failure", "leak"): (
        "Follow the memory on the path of the witness: where is it given back?",
        "In Listing Five the test for a handler comes after kmalloc. Is that the only order?",
        "Every way out behind a successful kmalloc has to pass a kfree. Fewer ways out make it easier.",
        "Whoever leaves the restaurant by the window still has to pay.",
    ),
    ("survives_failure", "exec_of_nothing"): (
        "Nothing is registered. What do you ask the kernel to run?",
        "Listing Five tests `argv[0]`, the address of an array. Can that ever be NULL?",
        "An unset handler is an empty text, not a missing one: look at its first character, before anything else.",
        "An envelope is there, but is there an address on it?",
    ),
    ("survives_failure", "exec_when_unset"): (
        "Nobody has registered a program, and one is run. Where does its path come from?",
        "Listing Five takes the path from myevent_handler and from nowhere else.",
        "An empty text in myevent_handler means: off. The first thing to look at is its first character.",
        "A doorbell that is switched off and rings all the same has a second wire.",
    ),
    ("survives_failure", "next_lost"): (
        "The failure is over, and the next event is as good as any. What did the first one leave behind?",
        "Which of your variables outlives a call? Listing Five's all live on its stack.",
        "A call should begin as if none had been before it: read the path anew, take new memory, keep no flag.",
        "One wrong number does not mean that the telephone is broken.",
    ),
    ("survives_failure", "never_returns"): (
        "The caller waits. For what, and will it come?",
        "The last argument of call_usermodehelper says what is waited for. Listing Five has 0.",
        "Wait until the program has begun, not until it has ended: how long it lives is not your business.",
        "Whoever posts a letter does not stand at the box until the answer comes.",
    ),
    ("survives_failure", "fault"): (
        "The machine dies on the way to the next event. What does the witness touch last?",
        "Look at the line of the fault: which of its addresses may be NULL, or gone?",
        "After a failure some pointers lead nowhere. Every use of them needs the test first.",
        "The bridge was reported closed; the car behind did not read the sign.",
    ),
    ("survives_failure", "busy"): (
        "Trying again is good. How often, and what changes in between?",
        "Listing Five asks once. What would make your second try succeed?",
        "A file that is missing now is missing in a microsecond too. Say so in the log and let the event go.",
        "Pressing the lift's button faster brings it no sooner.",
    ),
    ("registration", "no_file"): (
        "Which line of yours makes the file? A row of a ctl_table does, if it has a number and the right name.",
        "The article shows the row just before Listing Five. Compare field by field.",
        "The row is a static: number, name, data, size, mode, child, handler, strategy. Number 0 ends the table, and a "
        "child makes it a directory.",
        "A bell without a name plate is found by nobody.",
    ),
    ("registration", "elsewhere"): (
        "Where does the text go that root writes? Third field.",
        "The row in the article points to the array that Listing Five uses.",
        "data is the object that proc_dostring fills. The function that runs the program must read the same one.",
        "Two notebooks with the same cover: one is written in, the other is read.",
    ),
    ("registration", "writable"): (
        "Whoever may write here has any program run as root. Who may, in your row?",
        "The mode in the article is in octal: owner, group, others.",
        "Reading is harmless, writing is not: only the owner's digit may have the 2 in it.",
        "The key to the vault does not hang in the hall.",
    ),
    ("registration", "refused"): (
        "Root is refused. Is it the mode, or the handler?",
        "Compare mode and handler with the row in the article.",
        "The owner's digit needs 4 for reading and 2 for writing, and a text needs the handler for texts.",
        "A letter box without a slot.",
    ),
    ("registration", "cut"): (
        "How long may a path be here, and how long did yours stay?",
        "The article's row says 256, and so does the array behind it.",
        "maxlen counts the NUL: n keeps n-1 characters. The array has to be as large.",
        "A name plate for eight letters on the door of the Featherstonehaughs.",
    ),
    ("registration", "overflow"): (
        "The row says how much may be written. Is the array behind it as large?",
        "Compare maxlen with the size of your char array.",
        "proc_dostring knows only what the row tells it. The two sizes must agree.",
        "A litre jug filled by somebody who was told it holds two.",
    ),
    ("registration", "unreadable"): (
        "Everybody may know which program it is. Who may read, in your row?",
        "The mode in the article is in octal: owner, group, others.",
        "4 stands for reading, in each of the three digits.",
        "A timetable behind a locked door.",
    ),
    ("registration", "read"): (
        "What comes back is not what was stored. Which handler serves the file?",
        "Compare the handler and the data of your row with the article's.",
        "proc_dostring gives back the text and a newline.",
        "An echo that says something else is no echo.",
    ),
    ("registration", "stale_path"): (
        "The file has changed and the old program runs. Where do you keep the path?",
        "Listing Five uses myevent_handler itself, at every event.",
        "The array is the setting. A copy of it is right until somebody writes to the file.",
        "Yesterday's timetable is a fine thing to miss trains with.",
    ),
    ("registration", "wrong_path"): (
        "Compare the path in the file with the one you ask for, character by character.",
        "Whatever is in the array, blanks included, is one file name. Does Listing Five change it?",
        "The kernel splits nothing and searches nothing: the text is the path.",
        "'Main Street 5' is one address, not a street and a five.",
    ),
    ("survives_preemption", "preemption"): (
        "Without preemption this is right; with it, your thread can lose the CPU between two lines. Between which "
        "two does it matter?",
        "The article's paragraph on CONFIG_PREEMPT says when kernel threads are preemptible. Find the step of the "
        "witness at which another task comes in.",
        "Without preemption, a task that calls nothing that sleeps has one CPU to itself. "
        "Look for lines that were right only thanks to that: a test and the act that relies on it.",
        "Two lines `n = counter` and `counter = n + 1` were right for years, until the kernel was built so that they "
        "could be parted.",
    ),
    ("irq_safe", "interrupt_deadlock"): (
        "The interrupt and the code below it want the same lock on the same CPU. Which of the two can go on?",
        "Listing Three may run in an interrupt, the article says. Then look at what Listing Two's read_lock leaves "
        "switched on.",
        "The interrupt waits for the lock, and the holder waits for the interrupt to end. "
        "It must not be able to come in while the lock is held, and not only in the interrupt's own code.",
        "A disk driver shares its request list with its interrupt. The part that runs in a process makes itself deaf "
        "before it takes the lock, and hears again after.",
    ),
    ("context_restored", "irqs_off"): (
        "Whoever called came with interrupts on. On which path do they stay off?",
        "Pair each call that switches interrupts off with the one that undoes it; then follow every `return` between "
        "the two.",
        "An `_irqsave` writes its variable. Used for two locks, one inside the other, the variable holds what the "
        "inner one found: off.",
        "A serial driver left its handler early on a bad byte, interrupts still off: the next task that slept for "
        "memory slept with a deaf CPU.",
    ),
    ("context_restored", "bh_off"): (
        "Bottom halves were on when the call began. What switches them off, and what should bring them back?",
        "A lock taken with `_bh` is released with `_bh`; local_bh_disable needs its local_bh_enable on every path.",
        "These calls count: each level must be taken back once, by a call of its own kind. A plain unlock takes back "
        "no level.",
        "A network driver forgot one level in an error path. From then on no packet was handled on that CPU.",
    ),
    ("context_restored", "preempt_off"): (
        "The call came back and its CPU can no longer be taken away. Which level of preempt_disable is still there?",
        "Count preempt_disable and preempt_enable along every path, an early `return` included.",
        "preempt_count belongs to the task, not to the function: what a call leaves behind its caller carries on.",
        "A counter of a CPU's own was read with preemption off, and one branch returned early. Much later an innocent "
        "schedule() was blamed.",
    ),
    ("identity", "name"): (
        "ps should show the thread under its own name. Which call gives it that name?",
        "Read what the article says of the first call in Listing Two, and look at Figure Two.",
        "A new thread has its creator's name until it is given one. The name is an argument, and 15 characters of it "
        "are kept.",
        "The hub thread appears as [khubd] because the first thing it does is to say so.",
    ),
    ("identity", "parent"): (
        "Whose child is the thread? Its creator will not wait for it.",
        "The article says below Listing One why a thread is given to init, and which call does it in which kernel.",
        "A child whose living parent never waits stays a zombie when it dies. In 2.6 one call of Listing Two does "
        "all that is needed.",
        "Each kernel thread in Figure Two has 1 as its PPID: they were handed over at birth.",
    ),
    ("identity", "signals"): (
        "Which signals may reach the thread? There should be just one.",
        "The article says what daemonize does to signals, and which call of Listing Two changes that for one of them.",
        "The two calls undo each other, so their order decides. Count your allow_signal calls, too.",
        "First all the doors are locked, and then one is opened. In the other order it is locked as well.",
    ),
    ("identity", "user_memory"): (
        "ps puts brackets around threads that have no user memory. What should have dropped it?",
        "The article says of Listing Two that its first call makes a thread 'without attached user resources'.",
        "A thread made by a process shares that process's memory until it lets go. One call does that, along with "
        "the name.",
        "A server that a shell starts keeps the shell's terminal and directory until it lets go of them.",
    ),
}
_HINTS |= HINTS
for _cause, _rungs in _HINTS_OF_DELIVERY.items():
    _HINTS["delivered", _cause] = _HINTS["delivered_when_asleep", _cause] = _rungs
_HINTS["delivered_when_asleep", "slept_through"] = (
    "The wake-up worked: the thread was running again. What did it do with its turn?",
    "Follow Listing Two from Point A on: the test for signals, the lock, the `if`, the helper. Where does your way "
    "part from it?",
    "Between waking and the next schedule() the thread has to find the id and hand it on. "
    "See whether it reads the right variable, at a time when the reporter has already written it.",
    "A tape driver woken by 'block ready' fetches the block first. Going back to bed at once, it would sleep beside "
    "a full buffer.",
)


def hints(property: str, cause: str) -> tuple[str, str, str, str]:
    """The four rungs for a failure of *property* by *cause*, gentlest first.  KeyError if there are none."""
    return _HINTS[property, cause]
