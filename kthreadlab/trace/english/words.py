"""The words of the subject, each in a few lines: what they mean here, and in 2.6.11 where versions differ.

This file is their only source: the manual prints it, films and reports mark what they use of it.
"""

from __future__ import annotations

from kthreadlab.trace.words import Glossary, Word

GLOSSARY = Glossary(
    {
        # ---- tasks
        "task": Word(
            "What the scheduler runs: a process of user space or a kernel thread, each with a task_struct. An "
            "interrupt is none.",
            "tasks",
        ),
        "kernel thread": Word(
            "A task that runs a function of the kernel and has no user memory. It is scheduled like any other; ps "
            "shows its name in brackets.",
            "kernel threads",
            "kthread",
        ),
        "process": Word(
            "A task with memory of its own in user space. It is in the kernel while it makes a system call.",
            "processes",
        ),
        "daemon": Word(
            "A program in the background that no terminal belongs to. In ps it is a process, unless its name stands in "
            "brackets: then it is a kernel thread.",
            "daemons",
        ),
        "init": Word(
            "The first process, pid 1. Whoever loses its parent becomes its child, and it reaps what has ended.",
        ),
        "kthreadd": Word("The kernel thread, pid 2, that is the parent of all others since 2.6.22."),
        "khelper": Word(
            "The kernel's own thread that starts user-mode helpers for whoever asks. It takes one request after "
            "the other.",
        ),
        "parent": Word(
            "Who made a task, or who has adopted it since. It is told of the end, and may wait for it.",
            "parents",
        ),
        "child": Word("A task, for the one that made or adopted it.", "children"),
        "task_struct": Word(
            "The kernel's record of a task. It stays until the task has ended, was reaped, and nobody holds a "
            "reference to it.",
            "task_structs",
        ),
        "reference": Word(
            "A count that somebody still uses an object. With the last one given back the object is gone.",
            "references",
        ),
        "zombie": Word(
            "A task that has ended and still has its record, for a parent that lives and has not waited for it "
            "yet. It runs nothing; no signal removes it. Z in ps.",
            "zombies",
        ),
        "reap": Word(
            "To take the record of a task that has ended: its parent does it by wait4(), init for all its children.",
            "reaps",
            "reaped",
        ),
        "fork": Word("To make a process that is a copy of the one that asks: its child.", "forks", "forked"),
        "exec": Word(
            "To put a program into a process, in place of what it was. It fails where there is no such file, where "
            "it may not be run, or where it is none.",
            "execs",
            "executed",
        ),
        # ---- running and sleeping
        "scheduler": Word(
            "The part of the kernel that decides which task a CPU runs next. Here it is you, or the search: any order "
            "may come, as long as nobody who can run is left out for ever."
        ),
        "run queue": Word(
            "Whoever is on it could run. schedule() takes a task off it that has declared a sleeping state; a wake-up "
            "puts it back. A sleeper is on none.",
            "run queues",
        ),
        "wait queue": Word(
            "A list of tasks that want to be told of something. To be on it is not to sleep: that is the state's "
            "affair. A wake-up walks along it and wakes those whose state it reaches.",
            "wait queues",
        ),
        "exclusive waiter": Word(
            "An entry at the tail of a wait queue: wake_up() is content with one of them. Those that are not exclusive "
            "are woken all, each time.",
            "exclusive waiters",
        ),
        "state": Word(
            "What a task says of itself: TASK_RUNNING (could run, or runs), TASK_INTERRUPTIBLE (S), "
            "TASK_UNINTERRUPTIBLE (D). Declaring it puts nobody to sleep; schedule() does.",
            "states",
        ),
        "sleep": Word(
            "To leave the run queue until a wake-up: in S (TASK_INTERRUPTIBLE) a signal ends it too, in D "
            "(TASK_UNINTERRUPTIBLE) it does not.",
            "sleeps",
            "sleeping",
            "asleep",
        ),
        "wake-up": Word(
            "An act, not a message: whoever sleeps, or has declared to, in a state that it reaches is "
            "TASK_RUNNING again. Who is so already does not notice, and nothing is remembered.",
            "wake-ups",
        ),
        "yield": Word(
            "To let others have the CPU and stay on the run queue: schedule() of a task that is TASK_RUNNING does no "
            "more.",
            "yields",
        ),
        "preempt": Word(
            "To take the CPU from a task that did not ask for it. In kernel code only with CONFIG_PREEMPT, with "
            "interrupts on and preempt_count 0. It is not a sleep, whatever state was declared.",
            "preempts",
            "preempted",
            "preemption",
        ),
        "preempt_count": Word(
            "A count of the reasons why a CPU may not be taken away: spin locks held (with CONFIG_PREEMPT), bottom "
            "halves off, interrupts. Above 0 nobody may sleep."
        ),
        "jiffies": Word("The kernel's clock: a count of timer ticks. Here it stands still."),
        "timer": Word(
            "A function that is called once its time has come, as a bottom half: it may not sleep.",
            "timers",
        ),
        # ---- contexts
        "interrupt": Word(
            "A device asks for the CPU. Its handler runs at once, on top of whoever is there, who stands still until "
            "it returns. It waits for no turn, and has no task of its own: it may not sleep.",
            "interrupts",
        ),
        "handler": Word(
            "A function that is called when something happens, as an interrupt's is. The program that somebody has "
            "registered for a user-mode helper is called so, too.",
            "handlers",
        ),
        "process context": Word(
            "Code that runs for a task: a call of a process, or a kernel thread. It may sleep, unless it holds a spin "
            "lock or has switched interrupts off."
        ),
        "bottom half": Word(
            "What an interrupt leaves to be done soon after it, with interrupts on: softirqs, timers, tasklets. It "
            "may not sleep either.",
            "bottom halves",
            "softirq",
            "softirqs",
        ),
        "work item": Word(
            "A function that somebody has queued: a worker, a thread of the kernel's own, will call it in process "
            "context. It is pending until just before.",
            "work items",
        ),
        "worker": Word("A thread of the kernel's own that calls the functions of work items.", "workers"),
        "tasklet": Word(
            "A function that is called soon, once, as a bottom half, when somebody has scheduled it. It never runs "
            "twice at once.",
            "tasklets",
        ),
        "work queue": Word(
            "Work that is done later by a kernel thread (events/0), one piece after the other: in process context, so "
            "it may sleep.",
            "work queues",
            "workqueue",
            "workqueues",
        ),
        "atomic": Word(
            "Of code: it may not sleep, because of an interrupt, a spin lock held, or interrupts off. Of a step: "
            "nobody sees half of it."
        ),
        # ---- locks
        "lock": Word(
            "What one has at a time (or many readers). It guards data, not code, and only from those who take it, too.",
            "locks",
        ),
        "spin lock": Word(
            "A lock that is waited for by trying again and again: the CPU does nothing else meanwhile. Who holds one "
            "must not sleep. In a kernel for one CPU without preemption it is nothing at all.",
            "spin locks",
            "spinlock",
            "spinlocks",
            "spinning lock",
            "spinning locks",
        ),
        "spin": Word("To wait for a lock by trying again and again, without giving up the CPU.", "spins", "spinning"),
        "reader-writer lock": Word(
            "A spin lock that many may hold to read, and one alone to write. In 2.6 readers come in although a writer "
            "waits.",
            "reader-writer locks",
            "read-write lock",
        ),
        "mutex": Word(
            "A lock that is waited for asleep: its holder may sleep, and no interrupt may take it.", "mutexes"
        ),
        "semaphore": Word(
            "A number that down() counts down and up() counts up; who finds 0 sleeps. One that begins with 1 is used "
            "as a lock.",
            "semaphores",
        ),
        "rw_semaphore": Word(
            "A lock that is waited for asleep, and that many may hold to read, one alone to write. Readers who come "
            "later wait behind a writer.",
            "rw_semaphores",
        ),
        "paging request": Word(
            "An access to memory that is not there: the kernel cannot handle it, and oopses.", "paging requests"
        ),
        "rmmod": Word("The command that unloads a module: it calls the function that module_exit names."),
        "completion": Word(
            "Something that is waited for asleep and done once: unlike a wake-up it is remembered.", "completions"
        ),
        "deadlock": Word(
            "Each waits for what another of them has, so none goes on. One CPU is enough: an interrupt wants a "
            "spin lock that the task below it holds.",
            "deadlocks",
        ),
        "race": Word(
            "Where it depends on who comes first whether it goes well. A data race: two touch the same data at one "
            "moment, one of them to write, and nothing keeps them apart.",
            "races",
        ),
        "barrier": Word(
            "It keeps a CPU from moving memory accesses across it, which CPUs and compilers do. Here memory is in "
            "order without it.",
            "barriers",
        ),
        # ---- signals, suspend
        "signal": Word(
            "A note to a task. A process acts on it on its way back to user space; a kernel thread is never on that "
            "way: one that it allows wakes it from S, and it has to ask signal_pending().",
            "signals",
        ),
        "pending": Word(
            "It has come and was not dealt with. A signal stays pending until somebody takes it; a blocked one is "
            "pending and wakes nobody."
        ),
        "freezer": Word(
            "Before a suspend it asks tasks to stand still. Up to 2.6.24 a thread sees that as a signal that "
            "nobody sent."
        ),
        "suspend": Word(
            "The machine goes to sleep as a whole; the freezer has every task stand still before.", "suspended"
        ),
        "tracer": Word("A process that watches another by ptrace(), stops it and lets it go on: a debugger."),
        # ---- memory and faults
        "oops": Word(
            "The kernel follows an address that is none, says so in its log, and ends the task that did it. In an "
            "interrupt it stops the machine.",
            "oopses",
        ),
        "panic": Word("The kernel stops the machine, for it can't go on safely.", "panics"),
        "NULL": Word("The address 0, which points at nothing. To follow it is an oops."),
        "poison": Word(
            "What is left in the links of a list's entry that was taken off: addresses that fault for whoever follows "
            "them.",
            "poisoned",
        ),
        "stack": Word(
            "Where a function's variables live. They are gone when it returns, whoever still knows their address.",
            "stacks",
        ),
        # ---- user space
        "user-mode helper": Word(
            "A program that the kernel starts, as root, with the arguments and the environment that it is given: a "
            "process of its own, and no part of the thread that asked.",
            "user-mode helpers",
            "helper",
            "helpers",
        ),
        "user space": Word("Where programs run; the kernel is entered by system calls and interrupts alone."),
        "root": Word("User 0, who may do everything. A user-mode helper runs as root."),
        "argv": Word("The array of a program's arguments, its own name first. A NULL ends it, or nothing does."),
        "envp": Word("The array of a program's environment, texts like HOME=/. A NULL ends it, or nothing does."),
        "module": Word("Code that is loaded into the kernel (insmod) and taken out of it again (rmmod).", "modules"),
        # ---- kthreadlab's own
        "schedule": Word(
            "In kthreadlab the order in which all move, as a line of text (reader*6 disk*5). It replays "
            "anywhere. The call schedule() is another thing: man schedule.",
            "schedules",
        ),
        "property": Word(
            "What must hold in every order in which all can move. A check decides each, and gives points for it.",
            "properties",
        ),
        "SMP": Word("A kernel built for several CPUs: its locks are real, also where it runs on one."),
    },
    common=(
        "task",
        "process",
        "parent",
        "child",
        "state",
        "sleep",
        "handler",
        "stack",
        "root",
        "lock",
        "schedule",
        "property",
    ),
)
