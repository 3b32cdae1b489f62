"""Faults that take the machine down."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Nothing makes the kernel oops"
RULE = "kernel code that faults takes the machine with it: there is nobody above it to catch the fault"
CAUSES = {
    "null_pointer": Cause(
        "{task} follows a NULL pointer{at}: the kernel oopses.",
        "A pointer that holds NULL is followed. Which call or field in your code can yield NULL?",
        "Listing Five asks for memory and looks at what it got before using it. Compare your line with that one.",
        "kmalloc may return NULL, and a field that nothing was stored in holds NULL. The test belongs between getting "
        "the pointer and following it, and it needs a way to go on without.",
        "A network driver asks for a packet buffer: with none to be had, it counts a dropped packet and returns "
        "before the line that fills the buffer.",
    ),
    "uninitialised_lock": Cause(
        "{task} takes {lock}{at}, which nothing has initialised: its zero bytes read as held.",
        "A lock must be made before it can be taken. What makes yours?",
        "In Listing Two the queue is declared with a macro and the lock just below it without one. The macro does "
        "more than declare.",
        "`rwlock_t()` and `spinlock_t()` reserve memory full of zeros, and zero does not mean unlocked. Something "
        "must set it up before anybody can take it, a reporter included.",
        "A timer in zeroed memory has an expiry function too: address 0. Each kind of kernel object has a declaring "
        "form and an init call; one of the two has to be used.",
    ),
    "uninitialised_queue": Cause(
        "{task} uses {queue}{at}, which nothing has made into an empty queue.",
        "A wait queue must be made before it can be used. What makes yours?",
        "Look at how the first line of Listing Two declares its queue.",
        "`wait_queue_head_t()` only reserves the memory. An empty list is not a row of zeros: its head points to "
        "itself.",
        "A driver that keeps a list of open files sets the list up when it is loaded, before the first file can be "
        "opened.",
    ),
    "divide_by_zero": Cause(
        "{task} divides by zero{at}.",
        "A divisor is 0 on some path. Which value did you trust never to be 0?",
        "The witness shows where the value was loaded. See who else writes it, and when.",
        "A shared variable can change between the test and the division. Divide by the copy that was tested.",
        "A clock driver that computes ticks from a rate refuses a rate of 0 where it is set, not where it is used.",
    ),
    "overflow": Cause(
        "A signed number of {task} grows past its width{at}: C does not say what comes then.",
        "A number grows past what its type can hold. Does it have to grow at all?",
        "The sizes are in the declarations: an undeclared integer has 64 signed bits. Listing Two declares its id "
        "unsigned.",
        "Unsigned numbers wrap and signed ones may not overflow. Counters of events usually ought to be unsigned, and "
        "bits are best set in an unsigned word.",
        "The kernel's tick counter wraps every few weeks. It is unsigned, and code compares differences of it.",
    ),
    "shift": Cause(
        "{task} shifts by less than zero or by the full width or more{at}: C does not say what comes then.",
        "The second operand of a shift is out of range here. Which values can it have?",
        "The ids that may come are named in the lab's text. Try the smallest and the largest of them in your "
        "expression.",
        "A word of n bits has positions 0 to n - 1. Find the step that turns an id into a position, or a position "
        "into an id.",
        "An interrupt controller with lines 1 to 8 and one status byte keeps line 8 at position 7. One subtraction, "
        "in one place, sees to it.",
    ),
    "bug": Cause(
        "The kernel stops itself{at}: {task} has reached what must never happen.",
        "Your code, or the kernel's, says that this never happens, and here it does. What was taken for granted?",
        "Read the witness from its end: which step made the condition true that you ruled out?",
        "A BUG_ON about shared data only holds where nobody else can change the data. Is the lock held there?",
        "A file system checks that a block to be freed is in use. When that fails, the mistake lies where the block "
        "was freed the first time.",
    ),
    "uninitialised_local": Cause(
        "{task} reads {name}{at} on a path that never gave it a value.",
        "On one way through the function this variable has no value yet. Which way is it?",
        "Listing Two gives its local id a value where it declares it. Compare the first lines of your function.",
        "Follow the branch of the witness: an `if` without an `else`, or a loop that runs zero times, leaves the "
        "variable as it was.",
        "A probe routine that sets its result only when a card is found returns rubbish for an empty slot. It begins "
        "with the answer for 'nothing there'.",
    ),
    "not_queued": Cause(
        "{task} takes an entry off a queue{at} that it was never put on: its links are NULL.",
        "An entry is taken off a queue that it is not on. Which path leads there without having put it on?",
        "In Listing Two add_wait_queue comes before the loop and remove_wait_queue after it. See that your ways out "
        "keep this order.",
        "An entry of DECLARE_WAITQUEUE begins with NULL links, and taking it off follows them. It must come off "
        "exactly as often as it went on, and prepare_to_wait puts on only what list_empty() calls empty: NULL is not.",
        "A driver whose setup fails half way undoes only the steps it has done, last one first. Undoing a step that "
        "never happened is what breaks.",
    ),
    "bad_pointer": Cause(
        "{task} follows a value{at} that is not the address of any object.",
        "This value is used as an address, and it is none. Where does it come from?",
        "Look at the arguments on the line that the report names: some calls take an object, others a number.",
        "Kernel objects are passed by name here, without `&`. A number, or the result of a calculation, leads nowhere.",
        "A driver that mixes up a device's number with its record finds memory of somebody else. The number is looked "
        "up, the record is followed.",
    ),
}
