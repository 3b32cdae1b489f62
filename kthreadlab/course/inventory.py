"""The concept inventory: twelve questions for before the first lab and after the last.

Nobody is told what is right: the key lies beside the solutions, and a test holds it against the machine.
"""

from __future__ import annotations

from .items import Question

NAME = "inventory"
KEPT = "It is kept in this cell; what is so comes up in the labs."


def _question(number: int, about: str, text: str, *choices: str) -> Question:
    return Question(f"{NAME}.q{number}", text, dict(zip("abc", choices, strict=True)), "", KEPT, about)


ITEMS: tuple[Question, ...] = (
    _question(
        1,
        "M8",
        "A printer's kernel thread is on a wait queue. It looks: no job. Before it does anything else, a process "
        "on another CPU stores a job and wakes the queue. Then the thread declares TASK_INTERRUPTIBLE, and calls "
        "schedule().",
        "It sleeps, with a job to do.",
        "It does not sleep: the wake-up was kept for it.",
        "It sleeps until the process has come back from its wake-up.",
    ),
    _question(
        2,
        "M3",
        "The kernel thread logd put itself on a wait queue when it began, and never leaves it. It has been woken, and "
        "is about to write a line. Which letter has it in ps?",
        "S: whoever is on a wait queue sleeps.",
        "R: the queue does not say whether it sleeps.",
        "D: nobody may wake it while it writes.",
    ),
    _question(
        3,
        "M4",
        "A machine with one CPU; ps shows three tasks with R. What do you know of them?",
        "All three are executed at this moment.",
        "One waits for a disk, or it would not be there so long.",
        "Each could run, and one of them at most does.",
    ),
    _question(
        4,
        "M5",
        "A pump's thread executes set_current_state(TASK_INTERRUPTIBLE), then strokes = 1, then schedule(). Nobody "
        "ever wakes it. What is strokes in the end?",
        "1.",
        "0: it slept before that line.",
        "0 or 1: that is the scheduler's affair.",
    ),
    _question(
        5,
        "M6",
        "make has started cc, and never waits for it. cc has ended, and ps shows it with Z. Somebody sends it SIGKILL.",
        "cc is gone from ps.",
        "make ends, too.",
        "Nothing changes.",
    ),
    _question(
        6,
        "M7",
        "A shell has started a download, and ends. The download would need another hour.",
        "It ends with its parent.",
        "It goes on, as a child of init.",
        "It is a zombie until somebody logs in again.",
    ),
    _question(
        7,
        "M9",
        "One CPU. A process has taken a queue's lock by spin_lock(). The network card interrupts, and its handler "
        "takes the same lock by spin_lock().",
        "The handler waits its turn: the process goes on and releases the lock.",
        "The handler gets the lock: interrupts come first.",
        "Neither goes on.",
    ),
    _question(
        8,
        "M10",
        "The handler of a keyboard's interrupt needs 64 bytes of memory for a key. What may it write?",
        "kmalloc(64, GFP_KERNEL), since 64 bytes are little.",
        "kmalloc(64, GFP_ATOMIC), and it must be content with NULL.",
        "down(&keys); kmalloc(64, GFP_KERNEL); up(&keys); so that nobody is in its way.",
    ),
    _question(
        9,
        "M11",
        "deposit() changes balance with balance_lock held. statement() reads balance without it, for it only reads. "
        "Processes call both, on two CPUs.",
        "A read may meet a write: the lock keeps out only those who take it.",
        "All is well: the lock belongs to balance.",
        "All is well: a reader needs no lock.",
    ),
    _question(
        10,
        "M12",
        "Two threads do hits += 1 once each, on two CPUs, without a lock. A test has run them a thousand times; hits "
        "was 2 each time.",
        "It is right: an error would have shown by now.",
        "Some order of their steps leaves hits at 1; it has not come yet.",
        "With a million runs it would be proved.",
    ),
    _question(
        11,
        "M13",
        "A kernel without CONFIG_PREEMPT, one CPU. A kernel thread sets red = 1, computes, and sets green = 1, "
        "without a kernel call in between. Who may find red set and green not?",
        "Any other task, when the thread's time slice is over.",
        "Nobody at all.",
        "An interrupt, and no other task.",
    ),
    _question(
        12,
        "M14",
        "A kernel thread has /bin/mail started by call_usermodehelper(), without waiting, and gets 0. mail crashes.",
        "The thread goes on, and never hears of it.",
        "The thread crashes with it: mail was its function call.",
        "The thread's next call gives the error.",
    ),
)
