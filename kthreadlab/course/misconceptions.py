"""What people believe of kernel threads that is not so.  Each question is made for one of these."""

MISCONCEPTIONS = {
    "M1": "a kernel thread is the kernel, or part of some process",
    "M2": "every daemon in ps is a kernel thread",
    "M3": "in a wait queue means asleep",
    "M4": "TASK_RUNNING means on a CPU",
    "M5": "declaring TASK_INTERRUPTIBLE puts to sleep",
    "M6": "a zombie still runs",
    "M7": "when the parent dies, the child dies",
    "M8": "a wake-up is remembered",
    "M9": "an interrupt waits its turn, as a thread does",
    "M10": "an interrupt handler may sleep",
    "M11": "a lock protects code; any lock will do",
    "M12": "it ran a thousand times, so it is right",
    "M13": "kernel code is never preempted, or always",
    "M14": "the helper runs inside the thread that asked for it",
    "M15": "more threads are faster",
    "M16": "waking one and waking all come to the same",
    "M17": "a SIGKILL cannot be blocked, and ends a task at once",
}
"""The belief, by the name that a question bears."""
