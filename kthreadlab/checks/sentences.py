"""What a report says about a property: its title, the rule behind it, and a headline for each cause of a failure.

All of it is text, keyed by ``(property name, cause)``; the cause is computed from the witness.
"""

from __future__ import annotations

from collections import defaultdict

TITLES: dict[str, str] = {
    "no_oops": "Nothing makes the kernel oops",
    "delivered": "Every reported event reaches a helper",
    "delivered_when_asleep": "An event that finds the thread asleep reaches a helper",
    "no_stale_helper": "No helper runs without a new event",
    "never_sleeps_atomic": "Never sleeps with a lock held or in an interrupt",
    "locks_balanced": "Every lock taken is released, in the same form",
    "sleeps_when_idle": "Sleeps while there is nothing to do",
    "dies_cleanly": "SIGKILL ends it, and nothing of it stays behind",
    "no_leak": "Every allocation is freed exactly once",
    "exec_vector": "The program gets the argv and the environment it should",
    "large_ids": "The program is told ids of 2³¹ and more as they are",
    "no_dangling": "Nothing freed or dead is used",
    "survives_failure": "A failure is reported, and the next event is served",
    "registration": "The path is what root last wrote to the file",
    "survives_preemption": "What holds without preemption holds with it",
    "irq_safe": "No interrupt spins on a lock of the code below it",
    "context_restored": "A call leaves interrupts and preemption as it found them",
    "returns": "Every call that has begun comes to its end",
    "ends_when_told": "The thread ends when it should",
    "no_data_race": "No two touch the same data at the same moment",
    "identity": "Has the name, parent and signals of a kernel thread",
}
"""A short title for each property."""

RULES: dict[str, str] = {
    "no_oops": "kernel code that faults takes the machine with it: there is nobody above it to catch the fault",
    "delivered": "a wake-up is not remembered, only data is: whoever sleeps must have looked after announcing the "
    "sleep",
    "delivered_when_asleep": "a thread that was woken must find out why, and serve it, before it sleeps again",
    "no_stale_helper": "one report is one reason to run a helper: what has been served must not be found again",
    "never_sleeps_atomic": "code that holds a spinning lock, or runs in an interrupt, must not sleep: others spin "
    "till it returns",
    "locks_balanced": "a lock is released on every path by the task that took it, with the partner of the call that "
    "took it",
    "sleeps_when_idle": "an idle thread is off the run queue, in TASK_INTERRUPTIBLE, until there is work or a signal",
    "dies_cleanly": "a thread that ends leaves every queue, is TASK_RUNNING, and returns 0",
    "no_leak": "each kmalloc has one kfree, on every path out of the code that made it",
    "exec_vector": "a program gets exactly the strings its caller names, and a NULL ends each of the two arrays",
    "large_ids": "an id is unsigned: %d prints one of 2³¹ or more as a negative number",
    "survives_failure": "whoever asks the kernel for something looks at the answer, says so if it is no, and goes on",
    "registration": "a row of a ctl_table ties a file under /proc/sys to a char array; the array is the setting",
    "no_dangling": "an object may be used only while it lives; a wait-queue entry lives on its function's stack",
    "survives_preemption": "with CONFIG_PREEMPT the CPU may be taken away wherever no lock is held and interrupts "
    "are on",
    "returns": "whoever waits needs somebody who is sure to come: a wake-up, a completion, an unlock that cannot be "
    "missed",
    "ends_when_told": "whoever is told to end must look after announcing the sleep, as for any other event",
    "no_data_race": "data that more than one can reach is used under one lock, or in steps that cannot be parted",
    "irq_safe": "a lock that an interrupt handler takes is taken with interrupts off everywhere else",
    "context_restored": "what a call switches off it switches on again, on every path: its caller may want to sleep",
    "identity": "daemonize names the thread, drops user memory, blocks every signal and gives the thread to init",
}
"""The rule behind each property, as a report quotes it."""

_UNKNOWN = {
    "thread": "the thread",
    "task": "a task",
    "id": "x",
    "lock": "a lock",
    "queue": "the wait queue",
    "name": "an object",
    "holder": "its holder",
    "call": "a call that may sleep",
    "property": "a graded property",
    "signal": "another signal",
    "code": "other than 0",
    "line": "?",
    "scenario": "a scenario",
    "cpu": "?",
    "object": "an object",
    "circle": "each waits for the next",
    "chance": "nobody ends it",
    "other": "another",
}
"""What a sentence says for a field that the witness does not give."""

SENTENCES: dict[tuple[str, str], str] = {
    ("no_oops", "null_pointer"): "{task} follows a NULL pointer{at}: the kernel oopses.",
    ("no_oops", "uninitialised_lock"): "{task} takes {lock}{at}, which nothing has initialised: its zero bytes read "
    "as held.",
    ("no_oops", "uninitialised_queue"): "{task} uses {queue}{at}, which nothing has made into an empty queue.",
    ("no_oops", "divide_by_zero"): "{task} divides by zero{at}.",
    ("no_oops", "overflow"): "A signed number of {task} grows past its width{at}: C does not say what comes then.",
    ("no_oops", "shift"): "{task} shifts by less than zero or by the full width or more{at}: C does not say what "
    "comes then.",
    ("no_oops", "bug"): "The kernel stops itself{at}: {task} has reached what must never happen.",
    ("no_oops", "uninitialised_local"): "{task} reads {name}{at} on a path that never gave it a value.",
    ("no_oops", "not_queued"): "{task} takes an entry off a queue{at} that it was never put on: its links are NULL.",
    ("no_oops", "bad_pointer"): "{task} follows a value{at} that is not the address of any object.",
    ("no_dangling", "dangling_entry"): "{thread} ended with its entry still on {queue}: a wake-up walks into its "
    "dead stack.",
    ("no_dangling", "poisoned_entry"): "{task} takes an entry off {queue}{at} that has left it already: its links are "
    "poison.",
    ("no_dangling", "corrupted_list"): "{task} finds the links of a list leading astray{at}.",
    ("no_dangling", "corrupted_queue"): "{task} puts an entry on {queue}{at} that is on it already: the list now "
    "runs in a circle.",
    ("no_dangling", "use_after_free"): "{task} uses memory{at} that has been given back with kfree.",
    ("no_dangling", "ended_task"): "{task} uses the task_struct of a thread{at} that has ended: it is gone.",
    ("no_dangling", "out_of_bounds"): "{task} reaches past the end of {name}{at}.",
    ("no_dangling", "dead_stack"): "{task} uses an object{at} that lived in a function which has returned.",
    ("no_dangling", "text_overflow"): "{task} writes more text into {name} than it can hold{at}.",
    ("delivered", "slept_through"): "{thread} sleeps for good with id {id} pending: that wake-up found it awake, or "
    "came before the id.",
    ("delivered", "before_first_sleep"): "{thread} slept on while id {id} was pending: the report came before its "
    "first sleep.",
    ("delivered", "during_helper"): "{thread} slept on while id {id} was pending: the report came while the helper "
    "was running, "
    "and nothing woke {thread} again.",
    ("delivered", "mask_mismatch"): "{thread} slept on while id {id} was pending: it slept in a state that this "
    "wake-up passes by.",
    ("delivered", "not_queued"): "{thread} slept on while id {id} was pending: it was not on the queue that the "
    "report woke.",
    ("delivered", "overwritten"): "Id {id} was reported and then lost: something wrote over it before {thread} had "
    "served it.",
    ("delivered", "exited"): "{thread} ended without being killed, and id {id} was never given to a helper.",
    ("delivered", "stuck"): "Id {id} was never given to a helper: a CPU spins for ever on {lock}.",
    ("delivered", "fault"): "Id {id} was never given to a helper: the machine faulted first.",
    ("delivered", "busy"): "Id {id} was never given to a helper: the machine runs for ever{at} without coming to it.",
    ("delivered_when_asleep", "slept_through"): "The report of id {id} woke {thread}, and it went back to sleep "
    "without serving it.",
    ("delivered_when_asleep", "before_first_sleep"): "{thread} slept on while id {id} was pending: it went to sleep "
    "without a look.",
    ("delivered_when_asleep", "during_helper"): "{thread} slept on while id {id} was pending: its helper call came "
    "in between.",
    ("delivered_when_asleep", "mask_mismatch"): "{thread} slept on while id {id} was pending: "
    "it slept in a state that wake_up_interruptible passes by.",
    ("delivered_when_asleep", "not_queued"): "{thread} slept on while id {id} was pending: "
    "it was not on the queue that the report woke.",
    ("delivered_when_asleep", "overwritten"): "Id {id} woke {thread} and was then lost: something wrote over it "
    "before it was served.",
    ("delivered_when_asleep", "exited"): "The report of id {id} woke {thread}, and it ended without serving it.",
    ("delivered_when_asleep", "stuck"): "Id {id} found {thread} asleep and was never served: a CPU spins for ever on "
    "{lock}.",
    ("delivered_when_asleep", "fault"): "Id {id} found {thread} asleep and was never served: the machine faulted "
    "first.",
    ("delivered_when_asleep", "busy"): "Id {id} found {thread} asleep and was never served: the machine runs on{at} "
    "without coming to it.",
    ("no_stale_helper", "stale_id"): "A helper ran for id {id} once more than id {id} was reported.",
    ("no_stale_helper", "unknown_id"): "A helper ran for id {id}, which nobody had reported.",
    ("never_sleeps_atomic", "lock_held"): "{task} reaches {call}{at} while it holds {lock}.",
    ("never_sleeps_atomic", "irqs_off"): "{task} reaches {call}{at} with interrupts off.",
    ("never_sleeps_atomic", "preempt_off"): "{task} reaches {call}{at} with preemption disabled.",
    ("never_sleeps_atomic", "bh_off"): "{task} reaches {call}{at} with bottom halves switched off.",
    ("never_sleeps_atomic", "interrupt"): "An interrupt reaches {call}{at}: there is no task there that could sleep.",
    ("locks_balanced", "not_held"): "{task} releases {lock}{at} without holding it.",
    ("locks_balanced", "wrong_form"): "{task} releases {lock}{at} in another form than it was taken in.",
    ("locks_balanced", "exit_held"): "{task} never releases {lock}.",
    ("locks_balanced", "recursive"): "{task} takes {lock}{at} while it holds it already: it waits for itself.",
    ("locks_balanced", "read_twice"): "{task} takes {lock}{at} for reading while it reads already: with a writer in "
    "line between the two it waits for itself.",
    ("locks_balanced", "sleeps_on"): "{task} sleeps for good while it holds {lock}.",
    ("sleeps_when_idle", "busy_loop"): "{thread} never comes to rest: with nothing to do it goes round and round{at}.",
    ("sleeps_when_idle", "storm"): "{thread} starts helpers without end: nobody reports anything, and every turn "
    "finds an id again.",
    ("sleeps_when_idle", "polling"): "{thread} wakes by its own timer again and again, and there is nothing to do.",
    ("sleeps_when_idle", "exits"): "{thread} ended although nobody had killed it.",
    ("sleeps_when_idle", "uninterruptible"): "{thread} idles in D, not in S: it counts as load, and no signal can "
    "wake it.",
    (
        "sleeps_when_idle",
        "deadlock",
    ): "Tasks sleep for a mutex that is never given back: each has what another waits for.",
    ("sleeps_when_idle", "endless_loop"): "{task} is stuck in a loop{at}: 10,000 turns without a kernel call or a look "
    "at shared data, so it never gives up the CPU.",
    ("sleeps_when_idle", "stuck"): "{thread} never comes to rest: a CPU spins for ever on {lock}, which {holder} "
    "does not release.",
    ("sleeps_when_idle", "fault"): "The machine faulted before {thread} came to rest.",
    ("sleeps_when_idle", "runaway"): "{task} ran 10,000 operations in a row without once going to sleep.",
    ("dies_cleanly", "stays"): "{thread} lives on after SIGKILL.",
    ("dies_cleanly", "on_queue"): "{thread} ended with its entry still on {queue}.",
    ("dies_cleanly", "state"): "{thread} ended in another state than TASK_RUNNING.",
    ("dies_cleanly", "code"): "{thread} ended with exit code {code}.",
    ("dies_cleanly", "other_signal"): "{thread} took notice of {signal}: only SIGKILL may reach it.",
    ("dies_cleanly", "fault"): "The machine faulted before {thread}, which had been killed, was gone.",
    ("dies_cleanly", "busy"): "{thread} was killed and never ends: the machine runs for ever{at}.",
    ("no_leak", "lost"): "The last pointer to a block from kmalloc is gone{at}, and nothing had freed the block.",
    ("no_leak", "at_exit"): "{thread} ended, and a block from kmalloc is left that no static variable leads to.",
    ("no_leak", "at_return"): "{task} returned, and a block from kmalloc is left that no static variable leads to.",
    ("no_leak", "double_free"): "{task} frees a block{at} that was freed before.",
    ("no_leak", "heap_full"): "Blocks from kmalloc pile up{at}: more are made than are ever freed.",
    ("exec_vector", "not_terminated"): "The kernel finds no NULL at the end of argv or envp: the exec fails with "
    "-EFAULT.",
    ("exec_vector", "argv0"): "The program that is asked for, or its argv[0], is not the registered path.",
    ("exec_vector", "argv_extra"): "The argv of the program holds more than the path.",
    ("exec_vector", "home"): "The environment does not say HOME=/.",
    ("exec_vector", "path"): "The environment has no PATH, or another than it should.",
    ("exec_vector", "id"): "The environment does not give the id of the event in TROUBLED_DS.",
    ("exec_vector", "not_run"): "{task} returned without running the program that is registered.",
    ("exec_vector", "unreadable"): "What argv or envp leads to was gone when the program was to be executed.",
    ("exec_vector", "text_overflow"): "{task} writes more text into a buffer than it can hold{at}.",
    ("exec_vector", "out_of_bounds"): "{task} writes past the end of an array{at}.",
    ("large_ids", "id"): "The program is told another id than {id}.",
    ("survives_failure", "silent"): "Something failed, and {task} returned without a word in the log.",
    ("survives_failure", "leak"): "{task} returned from a failure, or with no handler registered, and left memory "
    "behind.",
    ("survives_failure", "exec_of_nothing"): "{task} asks for a program with an empty path{at}: nothing runs, and 0 "
    "comes back.",
    ("survives_failure", "exec_when_unset"): "A program is run although no handler is registered.",
    ("survives_failure", "next_lost"): "After the failure the next event got no program.",
    ("survives_failure", "never_returns"): "A call never returns, so that no further event is served.",
    ("survives_failure", "fault"): "The machine faulted before the next event could be served.",
    ("survives_failure", "busy"): "A call goes round for ever{at}, so that no further event is served.",
    ("registration", "no_file"): "There is no file /proc/sys/kernel/myevent_handler.",
    ("registration", "elsewhere"): "What is written to the file does not arrive in myevent_handler.",
    ("registration", "writable"): "Others than root may write to the file.",
    ("registration", "refused"): "Root cannot write a path to the file.",
    ("registration", "cut"): "A path that fits into 255 characters is not stored whole.",
    ("registration", "overflow"): "A long path written to the file runs past the end of myevent_handler.",
    ("registration", "unreadable"): "The file cannot be read by everybody.",
    ("registration", "read"): "A read of the file does not give back the path and a newline.",
    ("registration", "stale_path"): "An event that came after the file had been changed ran the old program.",
    ("registration", "wrong_path"): "The program that is run is not the one that was written to the file.",
    ("survives_preemption", "preemption"): "{property} holds without preemption and fails with it, on one CPU.",
    ("irq_safe", "interrupt_deadlock"): "An interrupt spins for ever on {lock}: {holder}, which it interrupted, "
    "holds it.",
    ("context_restored", "irqs_off"): "{task} returns{at} with interrupts off, and had found them on.",
    ("context_restored", "bh_off"): "{task} returns{at} with bottom halves switched off, and had found them on.",
    ("context_restored", "preempt_off"): "{task} returns{at} with preemption disabled, and had found it enabled.",
    ("returns", "circle"): "Nobody in this circle can go on: {circle}.",
    ("returns", "lock"): "{task} spins for ever on {object}, which {holder} holds: {chance}.",
    ("returns", "mutex"): "{task} waits for good for the mutex {object}, which {holder} has: {chance}.",
    ("returns", "semaphore"): "{task} waits for good for the semaphore {object}: {chance}.",
    ("returns", "completion"): "{task} waits for good for {object} to be completed: {chance}.",
    ("returns", "stop"): "{task} waits for good in kthread_stop() for {holder} to end: {chance}.",
    ("returns", "timer"): "{task} turns for ever, waiting for a timer's function to return: {chance}.",
    ("returns", "wakeup"): "{task} sleeps for good, and nobody wakes it: {chance}.",
    ("returns", "helper"): "{task} waits for good for a program that it has started: {chance}.",
    ("returns", "stuck"): "{task} never comes back: it gets no CPU any more.",
    ("returns", "busy"): "{task} goes round for ever{at} and never returns.",
    ("returns", "fault"): "The machine faulted before {task} had returned.",
    ("ends_when_told", "stays"): "{task} should have ended and lives on: {chance}.",
    ("ends_when_told", "busy"): "{task} should have ended and goes on for ever{at}.",
    ("ends_when_told", "fault"): "The machine faulted before {task} had ended.",
    ("no_data_race", "plain"): "{task} and {other} can touch {object}{at} at the same moment, and one of them writes.",
    ("identity", "name"): "{thread} does not stand as [mykthread] in ps.",
    ("identity", "parent"): "{thread} is not a child of init: its PPID is not 1.",
    ("identity", "signals"): "{thread} does not let through the signals it should: SIGKILL, and no other.",
    ("identity", "user_memory"): "{thread} still has the user memory of its creator: ps shows it without brackets.",
}
"""The headline of a verdict, for `sentence` to fill in."""

CAUSES: dict[str, tuple[str, ...]] = {
    name: tuple(cause for owner, cause in SENTENCES if owner == name) for name in TITLES
}
"""The causes that each property knows."""


def sentence(property: str, cause: str, /, **fields: object) -> str:
    """The headline of a verdict.  A field that is missing or None reads as a general word; *line* also makes the place
    (``at line 9``, or ``at line 9 of events``), and *detail* what the machine saw there, in brackets."""
    given = {key: value for key, value in fields.items() if value not in (None, "")}
    if cause == "uninitialised_lock" and "detail" in given:
        given["lock"] = given.pop("detail")
    words = defaultdict(lambda: "something", _UNKNOWN | given)
    where = f" of {given['file']}" if "file" in given else ""
    words["at"] = f" at line {given['line']}{where}" if "line" in given else ""
    text = SENTENCES[property, cause].format_map(words)
    if "detail" in given:
        text = f"{text.removesuffix('.')} ({given['detail']})."
    return text[:1].upper() + text[1:] if text.startswith((*_GENERAL, "the ")) else text


_GENERAL = tuple(f"{word} " for word in _UNKNOWN.values())
"""A sentence that begins with a general word begins with a capital; one that begins with a name keeps it as it is."""
