"""How an event came out: the keys by which `trace` chooses a sentence.

Operations, faults and the world's choices say one of these (`kernel.telling`), declarations and catalogues of sentences
name them; whoever names another gets a ValueError when it is imported.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """One way in which something can come out; `ANY` is any other, or the only one."""

    ANY = ""
    YES = "yes"
    NO = "no"
    OK = "ok"
    FAILS = "fails"
    FAILED = "failed"
    WRONG = "wrong"
    INVALID = "invalid"

    # ---- sleeping and being woken
    SLEEPS = "sleeps"
    SLEPT = "slept"
    YIELDS = "yields"
    SIGNAL = "signal"
    AGAIN = "again"
    EXPIRED = "expired"
    WOKEN = "woken"
    NOT_ASLEEP_YET = "not_asleep_yet"
    RUNNING = "running"
    WRONG_STATE = "wrong_state"
    MIXED = "mixed"
    EMPTY = "empty"
    DEAD = "dead"
    NEVER = "never"

    # ---- locks
    TAKEN = "taken"
    BUSY = "busy"
    RELEASED = "released"
    NOTHING = "nothing"
    PREEMPT = "preempt"

    # ---- tasks that begin, end, or are told to
    ASKS = "asks"
    IN_TURN = "in_turn"
    ENDED = "ended"
    REAPED = "reaped"
    DISOWNED = "disowned"
    LEFT = "left"
    AWAITED = "awaited"
    ZOMBIE = "zombie"
    UNTOLD = "untold"
    PROCESS = "process"
    IRQ = "irq"

    # ---- signals, files, helpers, memory
    PENDING = "pending"
    BLOCKED = "blocked"
    IGNORED = "ignored"
    CONTINUED = "continued"
    STOPPED = "stopped"
    TRACED = "traced"
    REFUSED = "refused"
    BY_OTHERS = "by_others"
    NO_WAIT = "no_wait"
    MISSING = "missing"
    DENIED = "denied"
    NOEXEC = "noexec"
    NULL = "null"

    # ---- declared states
    TASK_RUNNING = "TASK_RUNNING"
    TASK_INTERRUPTIBLE = "TASK_INTERRUPTIBLE"
    TASK_UNINTERRUPTIBLE = "TASK_UNINTERRUPTIBLE"

    # ---- causes of faults
    NULL_POINTER = "null_pointer"
    BAD_POINTER = "bad_pointer"
    UNINITIALISED_LOCK = "uninitialised_lock"
    UNINITIALISED_QUEUE = "uninitialised_queue"
    UNINITIALISED_LOCAL = "uninitialised_local"
    DIVIDE_BY_ZERO = "divide_by_zero"
    OVERFLOW = "overflow"
    SHIFT = "shift"
    BUG = "bug"
    PANIC = "panic"
    NOT_QUEUED = "not_queued"
    POISONED_ENTRY = "poisoned_entry"
    DANGLING_ENTRY = "dangling_entry"
    CORRUPTED_LIST = "corrupted_list"
    CORRUPTED_QUEUE = "corrupted_queue"
    USE_AFTER_FREE = "use_after_free"
    ENDED_TASK = "ended_task"
    OUT_OF_BOUNDS = "out_of_bounds"
    DEAD_STACK = "dead_stack"
    UNLOADED = "unloaded"
    TEXT_OVERFLOW = "text_overflow"
    DOUBLE_FREE = "double_free"
    HEAP_FULL = "heap_full"
    ENDLESS_LOOP = "endless_loop"
    SLEEP_IN_INTERRUPT = "sleep_in_interrupt"
    LOCK_DEPTH = "lock_depth"
    OTHER_LOCK = "other_lock"
    PREEMPT_COUNT = "preempt_count"
    NOT_TERMINATED = "not_terminated"
