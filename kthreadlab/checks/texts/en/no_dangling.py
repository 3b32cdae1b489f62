"""Use of what is freed or dead."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Nothing freed or dead is used"
RULE = "an object may be used only while it lives; a wait-queue entry lives on its function's stack"
CAUSES = {
    "dangling_entry": Cause(
        "A function has ended with its entry still on {queue}: a wake-up walks into its dead stack.",
        "The function has ended, and something still points into it. What did it put where others can see it?",
        "Look at the two last lines before `return` in Listing Two, and at every other way by which your function "
        "ends.",
        "The entry lives on the function's own stack. On each path out, it has to be off the queue before the stack "
        "goes.",
        "A driver that is unloaded first gives its interrupt line back. Otherwise the next interrupt jumps to code "
        "that is no longer there.",
    ),
    "poisoned_entry": Cause(
        "{task} takes an entry off {queue}{at} that has left it already: its links are poison.",
        "This entry had left its queue already. Which two lines take it off, one after the other?",
        "In Listing Two remove_wait_queue stands once, behind the loop. See what comes after yours before the entry "
        "is put on again.",
        "remove_wait_queue leaves poison in the links, finish_wait an empty list, and only of that is list_empty() "
        "true. So prepare_to_wait does not put a poisoned entry back, and taking it off once more follows the poison.",
        "A cloakroom that hands out a coat overprints its ticket with a hook that does not exist. Whoever comes with "
        "that ticket again walks into the wall.",
    ),
    "corrupted_list": Cause(
        "{task} finds the links of a list leading astray{at}.",
        "A list's links no longer make a circle. Who put something onto it, or took something off, and how often?",
        "An entry can be on one list at a time. Whoever adds it once more, anywhere, tears both lists.",
        "Take it off first (list_del), or ask list_empty of an entry that list_del_init took off. And let one lock "
        "guard every list_add and list_del.",
        "A porter hung the same coat on two hooks. The next one who counted the coats went round in circles.",
    ),
    "corrupted_queue": Cause(
        "{task} puts an entry on {queue}{at} that is on it already: the list now runs in a circle.",
        "The same entry is put on a queue twice. Which line runs more often than you thought?",
        "In Listing Two add_wait_queue stands before the loop. Where does it stand in yours?",
        "One entry has room for one place in one list. Either it stays on for the whole life, or it comes off before "
        "it goes on again.",
        "A coat has one hook. Hung up a second time without being taken down, it pulls the rail round on itself.",
    ),
    "use_after_free": Cause(
        "{task} uses memory{at} that has been given back with kfree.",
        "This memory was given back earlier. Who still kept its address?",
        "In Listing Five kfree is the last thing that happens to the buffer. See what follows the kfree in your code.",
        "Look for two owners: a list that still leads to the block, or a second path that reaches the line after it "
        "was freed. What is needed from it must be copied first.",
        "A driver that frees a request and then steps to `request.next` reads a freed field. It takes the next "
        "address before it frees.",
    ),
    "ended_task": Cause(
        "{task} uses the task_struct of a thread{at} that has ended: it is gone.",
        "A pointer to a thread is used after the thread's end. Who still keeps it?",
        "Listing Three wakes a queue and not a task: the queue is a static and is there when the thread is not.",
        "Nothing keeps a task_struct for you: take a reference while the thread certainly lives, and give it back "
        "after the last use.",
        "Whoever wants to shake hands with a guest at the end asks him not to leave before.",
    ),
    "out_of_bounds": Cause(
        "{task} reaches past the end of {name}{at}.",
        "An index lies outside its array. Which values can it take?",
        "Listing Five fills argv and envp one after the other: count their places, the NULL at the end included.",
        "An array of n has places 0 to n - 1. Check the largest id, the last turn of the loop, and an index that two "
        "tasks move.",
        "A ring of eight network buffers is indexed by a counter modulo eight. The counter may run on; the index may "
        "not.",
    ),
    "dead_stack": Cause(
        "{task} uses an object{at} that lived in a function which has returned.",
        "An object of a function is used after that function has returned. Which address got out?",
        "In Listing Two the entry is a local of mykthread, which lasts as long as the thread. Whose local is yours?",
        "What a function declares dies with its return. Something that outlives the call has to be a static, or come "
        "from kmalloc.",
        "A routine that queues a request kept on its own stack must wait for it to be done before it returns. "
        "Otherwise the device writes into somebody else's call.",
    ),
    "unloaded": Cause(
        "{task} goes on{at} in code of the module that is gone: it has been unloaded.",
        "The module is unloaded, and something of it still runs. Who was to wait until that had ended?",
        "Look at what the module's init has set going: threads, timers. Its exit has to end each of them.",
        "A thread that tells of its end by complete() still has to return, through code that may be gone by then. "
        "kthread_stop waits till it has ended, complete_and_exit tells of the end from code of the kernel, and "
        "del_timer_sync waits for a timer's function.",
        "The last actor waved the carpenters in from the wings. They began with the boards he was standing on.",
    ),
    "left_behind": Cause(
        "{task} is still there when the module is unloaded: whatever wakes it next goes on in code that is gone.",
        "The module is unloaded, and one of its threads sleeps on. Who was to end it?",
        "Compare what the module's init makes with what its exit ends and waits for.",
        "A thread must have ended before its code goes: tell it to (kthread_stop, or a signal and a completion), and "
        "wait for that.",
        "The house was pulled down with the night watchman asleep in it. He will look for the door.",
    ),
    "text_overflow": Cause(
        "{task} writes more text into {name} than it can hold{at}.",
        "The text is longer than its buffer. How long can it get?",
        "Listing Five asks for 32 bytes and writes a name, a number and a final 0 into them. Do that sum for your "
        "text.",
        "A number of 32 bits takes up to ten digits, or eleven characters with a sign, and each string ends in one "
        "byte more. There is a form of sprintf that is told the size.",
        "A driver that builds '/dev/tape' and a number counts the longest number, not the one on its desk.",
    ),
}
