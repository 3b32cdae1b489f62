"""What ends a path, by its cause."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say(
    "fault",
    any="{who} faults: {text}.",
    null_pointer="{who} follows a NULL pointer: the kernel oopses.",
    bad_pointer="{who} follows a value that is no address: the kernel oopses ({text}).",
    uninitialised_lock="{who} takes {text}, which nothing has initialised: its zero bytes read as held.",
    uninitialised_queue="{who} uses a wait queue that nothing has initialised.",
    uninitialised_local="{who} reads a variable that has no value yet.",
    divide_by_zero="{who} divides by zero.",
    overflow="{who} lets a signed number grow past its width.",
    shift="{who} shifts by less than zero, or by the whole width or more.",
    bug="{who} reaches what must never happen: the kernel stops itself.",
    panic="{who} makes the kernel panic: {text}.",
    not_queued="{who} takes an entry off a queue that it is not on, and follows its NULL links.",
    poisoned_entry="{who} takes an entry off a queue that it has left already, and follows its poisoned links.",
    dangling_entry="{who} walks along the wait queue into an entry whose stack is gone.",
    corrupted_list="{who} finds the links of a list leading astray.",
    corrupted_queue="{who} finds the wait queue's links running in a circle.",
    use_after_free="{who} uses memory that has been given back.",
    ended_task="{who} uses a task_struct that is gone: its task has ended.",
    out_of_bounds="{who} reaches past the end: {text}.",
    dead_stack="{who} uses an object of a function that has returned.",
    unloaded="{who} runs code of a module that is unloaded: unable to handle kernel paging request.",
    text_overflow="{who} writes more text than the buffer holds: {text}.",
    double_free="{who} gives back memory that has been given back before.",
    heap_full="{who} asks for memory, and everything is in use: {text}.",
    endless_loop="{who} is stuck in a loop: 10,000 turns without a kernel call or a look at shared data.",
    sleep_in_interrupt="{who} tries to sleep, and there is no task there that could.",
)
