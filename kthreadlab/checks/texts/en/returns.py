"""Calls that never come back."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Every call that has begun comes to its end"
RULE = "whoever waits needs somebody who is sure to come: a wake-up, a completion, an unlock that cannot be missed"
CAUSES = {
    "circle": Cause(
        "Nobody in this circle can go on: {circle}.",
        "Each of them waits for what another has. In which order does each of them take what it takes?",
        "Write beside each call in the witness what it holds and what it asks for: the last waits for the first.",
        "If everybody takes the locks in the same order, no circle can close. A lock that is already held needs no "
        "second taking, and one that is needed only later can wait till the first is free.",
        "Two lodgers need the kitchen and its one key. Since the house rule says 'the key first', nobody stands in "
        "the kitchen waiting for the key.",
    ),
    "lock": Cause(
        "{task} spins for ever on {object}, which {holder} holds: {chance}.",
        "The CPU turns on a lock that never comes free. Who holds it, and where was it to be released?",
        "The witness shows who took the lock last. Follow that one to the point at which it stops.",
        "The holder has ended, sleeps, or was interrupted by the very code that waits now. Each way out of the locked "
        "section needs its unlock, and none may sleep inside.",
        "A floppy driver left its lock taken when the drive was empty. The next caller kept one CPU warm till the "
        "reset button.",
    ),
    "mutex": Cause(
        "{task} waits for good for the mutex {object}, which {holder} has: {chance}.",
        "The mutex is never given back. Who has it, and what does that one wait for?",
        "Find the line of the witness at which the mutex was taken, and the line at which its holder ends up.",
        "A holder that waits for something only the sleeper could do will never give it back. So will one that ended "
        "or returned early with the mutex in its hand.",
        "The librarian went home with the key of the reading room in his coat. It takes a look at every door he can "
        "leave by.",
    ),
    "rw_semaphore": Cause(
        "{task} waits for good for the rw_semaphore {object}, which {holder} has: {chance}.",
        "The rw_semaphore is never given back, or a writer stands in line before whoever has it. Who has it?",
        "Find the line of the witness at which it was taken last, and where that task waits now.",
        "Each taking for reading needs its up_read(), each for writing its up_write(), on every path. Whoever reads "
        "and takes it again waits behind a writer that came in between.",
        "The reading room was shut for dusting as soon as the last reader had left. He was waiting at the desk for a "
        "second book.",
    ),
    "semaphore": Cause(
        "{task} waits for good for the semaphore {object}: {chance}.",
        "The semaphore stays at zero. Whose up() is missing?",
        "Count the down() and the up() of every path in the witness.",
        "Each down() that succeeded needs one up(), on the error paths too. A down_interruptible() that was "
        "interrupted needs none.",
        "A car park with ten tickets is full for ever if one car in twenty drives out through the hedge.",
    ),
    "completion": Cause(
        "{task} waits for good for {object} to be completed: {chance}.",
        "Nobody completes what is waited for. Who was meant to, and on which of its paths does it not?",
        "Look at every way through the function that calls complete(): the good one, and those on which something "
        "failed.",
        "Whoever waits for a completion relies on the other side to reach complete() always. If that cannot be "
        "promised, the wait needs an end of its own: a timeout, or a signal.",
        "A courier reports back after each delivery. The first version forgot to when nobody was at home, and the "
        "dispatcher waited all night.",
    ),
    "stop": Cause(
        "{task} waits for good in kthread_stop() for {holder} to end: {chance}.",
        "kthread_stop() tells the thread to end and wakes it once. When that wake-up came, could the thread sleep "
        "again without having looked?",
        "Read the thread's loop as the article reads Listing Four: which comes first, the look or the announcement of "
        "the sleep?",
        "The thread must ask kthread_should_stop() after it has declared its state and before schedule(). Else the "
        "wake-up finds it running, and nothing comes after.",
        "The night watchman first sits down, then looks whether the lamp says 'go home', then closes his eyes. "
        "Looking before he sits down, he missed it once and slept till Monday.",
    ),
    "timer": Cause(
        "{task} turns for ever, waiting for a timer's function to return: {chance}.",
        "The call waits for a timer's function to return. What does that function wait for?",
        "Look at who holds which lock while del_timer_sync() is called, and which lock the function takes.",
        "del_timer_sync() turns till the function has ended. Called with a lock held that the function wants, or from "
        "the function itself, it turns for ever.",
        "He stood in the doorway until the last guest had left. The guest waited for the doorway.",
    ),
    "handler": Cause(
        "{task} turns for ever, waiting for an interrupt's handler to return: {chance}.",
        "The call waits for the handlers of a line to return. What do these wait for?",
        "Look at what is held while free_irq() or disable_irq() is called, and at what the handler takes.",
        "Both turn till no handler of the line runs. Called with a lock held that the handler wants, or by the handler "
        "itself, they turn for ever.",
        "The porter locks the gate when the last visitor has left, and the last visitor waits for the key.",
    ),
    "work": Cause(
        "{task} waits for good for work that is queued to have run: {chance}.",
        "The call waits until a work item's function has returned. What does that function wait for, or whoever runs "
        "it?",
        "Look at what is held while the call waits, and at what the functions on that queue take.",
        "Who flushes or cancels waits for the function: it must hold nothing that any function before it on the queue "
        "takes, and must not be one of them.",
        "The cook would serve when the waiter had cleared the hatch, and the waiter would clear it when he had been "
        "served.",
    ),
    "wakeup": Cause(
        "{task} sleeps for good, and nobody wakes it: {chance}.",
        "It sleeps, and nobody wakes it. Who should have, and what did that wake-up find?",
        "'Process States and Wait Queues' in the article: a wake-up reaches only those on that queue, and only in the "
        "states it is for.",
        "Look at three things: is the condition made true before the wake-up, is it looked at after the state was "
        "declared, and does the wake-up's name fit the state that is slept in?",
        "A reader who waits in D is passed by when the writer says wake_up_interruptible(). The page had come, and "
        "the reader sat on.",
    ),
    "helper": Cause(
        "{task} waits for good for a program that it has started: {chance}.",
        "The call waits until a program has ended. Which promise is there that it ever does?",
        "Read of Listing Five's last argument what it makes the caller wait for.",
        "To wait for the exec is to wait for the kernel. To wait for the end is to wait for somebody's shell script.",
        "A lift that waits till the passenger has drunk his coffee will carry few people.",
    ),
    "child": Cause(
        "{task} waits for good for the end of a child: {chance}.",
        "It waits till a child has ended. Does that child ever end, and is it still a child then?",
        "Which thread is waited for, and what does it do? 'Creating a Kernel Thread' says whose child daemonize makes "
        "it.",
        "A thread that stays until it is killed is nobody to wait for. One that becomes init's is not told of: whoever "
        "sleeps in wait4() for it is not even woken.",
        "She waited at the school gate for a boy who had been adopted that morning.",
    ),
    "stuck": Cause(
        "{task} never comes back: it gets no CPU any more.",
        "The call never gets a CPU again. Who keeps it?",
        "Look for the last one in the witness who runs and does not stop.",
        "A CPU that turns for ever on a lock runs nobody else. What to mend is that lock.",
        "The ferry lies at the other shore with a broken engine. There is nothing wrong with the passengers.",
    ),
    "busy": Cause(
        "{task} goes round for ever{at} and never returns.",
        "The call goes round and round and does not come to its end. What does it wait to see?",
        "In the witness a group of steps repeats. Which value would have to change, and who could change it?",
        "A loop that asks again and again needs somebody who answers. Where nobody can, it needs a limit.",
        "A printer driver asked its port without counting. With the cable pulled out, it is asking still.",
    ),
    "fault": Cause(
        "The machine faulted before {task} had returned.",
        "The machine stopped before the call could return. Mend the fault first: this follows from it.",
        "The report names the fault and its line in another row. Read that row's hints.",
        "Behind a fault nobody returns from anywhere. There is nothing to mend here itself.",
        "When the bridge is down no bus arrives. One looks at the bridge, not at the timetable.",
    ),
}
