"""What a kernel call takes and gives: the kinds of its parameters and of its result, each with C's word for it.

They are written as annotations in the declarations beside this file and are never made.  *kind* is what the front end
looks at; *c* is the type in the C prototype; *makes* is the object that a declaration makes.
"""


class Kind:
    """One kind of argument or result."""

    kind = "any"
    c = ""
    makes = ""

    def __init_subclass__(cls, kind: str, c: str = "", makes: str = "") -> None:
        cls.kind, cls.c, cls.makes = kind, c, makes


# ---- objects, given by name; a call gets their address
class WaitQueueHead(Kind, kind="queue", c="wait_queue_head_t *", makes="wait_queue_head"): ...


class QueueItself(Kind, kind="queue", c="wait_queue_head_t "):
    """A queue given to a macro, which takes its address itself."""


class WaitQueue(Kind, kind="entry", c="wait_queue_t *", makes="wait_queue"): ...


class Completion(Kind, kind="completion", c="struct completion *", makes="completion"): ...


class Semaphore(Kind, kind="semaphore", c="struct semaphore *", makes="semaphore"): ...


class RwSemaphore(Kind, kind="rw_semaphore", c="struct rw_semaphore *", makes="rw_semaphore"): ...


class Mutex(Kind, kind="mutex", c="struct mutex *", makes="mutex"): ...


class Timer(Kind, kind="timer", c="struct timer_list *", makes="timer"): ...


class RcuHead(Kind, kind="rcu_head", c="struct rcu_head *", makes="rcu_head"): ...


class RcuCallback(Kind, kind="fn", c="void (*callback)(struct rcu_head *)"): ...


class Tasklet(Kind, kind="tasklet", c="struct tasklet_struct *", makes="tasklet"): ...


class Work(Kind, kind="work", c="struct work_struct *", makes="work"): ...


class DelayedWork(Kind, kind="delayed_work", c="struct delayed_work *", makes="delayed_work"): ...


class Spinlock(Kind, kind="spinlock", c="spinlock_t *", makes="spinlock"): ...


class Rwlock(Kind, kind="rwlock", c="rwlock_t *", makes="rwlock"): ...


class Atomic(Kind, kind="atomic", c="atomic_t *", makes="atomic"): ...


class Refcount(Kind, kind="refcount", c="refcount_t *", makes="refcount"): ...


class Kref(Kind, kind="kref", c="struct kref *", makes="kref"): ...


class ListHead(Kind, kind="list", c="struct list_head *", makes="list"): ...


class CtlTable(Kind, kind="any", c="struct ctl_table *", makes="ctl_table"): ...


class Array(Kind, kind="ptr", makes="array"): ...


class CharBuffer(Kind, kind="text", c="char *", makes="text"):
    """A char buffer to write to."""


# ---- numbers
class Int(Kind, kind="int", c="int "): ...


class UInt(Kind, kind="int", c="unsigned int "): ...


class Long(Kind, kind="int", c="long "): ...


class ULong(Kind, kind="int", c="unsigned long "): ...


class Size(Kind, kind="int", c="size_t "): ...


class GfpFlags(Kind, kind="int", c="int "):
    """GFP_KERNEL or GFP_ATOMIC."""


# ---- everything else
class Void(Kind, kind="void", c="void "): ...


class SignalSet(Kind, kind="any", c="sigset_t *"):
    """``current.blocked``, the signals that the caller blocks."""


class SignalInfo(Kind, kind="any", c="siginfo_t *"):
    """What else there is to know of a signal, which nobody looks at here: NULL."""


class Task(Kind, kind="task", c="struct task_struct *"):
    """``current`` or a pointer to a task."""


class Module(Kind, kind="int", c="struct module *"):
    """THIS_MODULE, or NULL for what is part of the kernel itself."""


class Pointer(Kind, kind="ptr", c="void *"):
    """Any address, or NULL."""


class Status(Kind, kind="ptr", c="int *"):
    """Where an exit status goes, or NULL."""


class Usage(Kind, kind="ptr", c="struct rusage *"):
    """Where it goes what a task has used, or NULL."""


class Workqueue(Kind, kind="ptr", c="struct workqueue_struct *"):
    """A queue of work items, or NULL."""


class AnyPointer(Kind, kind="ptr", c="const void *"):
    """An address that is only read."""


class Table(Kind, kind="any", c="struct ctl_table *"):
    """A row, or a list of rows, of ctl_table."""


class Vector(Kind, kind="ptr", c="char **"):
    """An array of texts that NULL ends: argv, envp."""


class CharPointer(Kind, kind="ptr", c="char *"):
    """The address of a text."""


class Text(Kind, kind="str", c="const char *"):
    """Text to read: a literal, a char buffer, a pointer to one."""


class Function(Kind, kind="fn", c="int (*fn)(void *)"):
    """A function's name."""


class TimerFunction(Kind, kind="fn", c="void (*function)(unsigned long)"): ...


class TimerCallback(Kind, kind="fn", c="void (*callback)(struct timer_list *)"): ...


class IrqHandler(Kind, kind="fn", c="irqreturn_t (*handler)(int, void *)"): ...


class TaskletFunction(Kind, kind="fn", c="void (*func)(unsigned long)"): ...


class TaskletCallback(Kind, kind="fn", c="void (*callback)(struct tasklet_struct *)"): ...


class WorkFunction(Kind, kind="fn", c="void (*func)(void *)"): ...


class KrefRelease(Kind, kind="fn", c="void (*release)(struct kref *)"): ...


class Argument(Kind, kind="any", c="void *"):
    """Whatever is handed on."""


class Flags(Kind, kind="flags", c="unsigned long "):
    """A local variable that the call writes, or, for the restore forms, reads."""


class Condition(Kind, kind="cond"):
    """An expression whose code is run again each turn."""


class Word(Kind, kind="word", c="volatile unsigned long *"):
    """An integer variable given by name: a static, a local, an array's element, a field."""


class Variable(Kind, kind="word"):
    """A variable given by name to a macro: a static, a local, an array's element, a field."""


class TypeName(Kind, kind="type"):
    """A type's name."""


class Anything(Kind, kind="any"):
    """What only this call understands."""


OBJECT_KINDS = {
    "queue": "wait_queue_head", "entry": "wait_queue", "spinlock": "spinlock", "rwlock": "rwlock", "atomic": "atomic",
    "completion": "completion", "semaphore": "semaphore", "mutex": "mutex", "timer": "timer", "list": "list",
    "rw_semaphore": "rw_semaphore",
    "work": "work", "delayed_work": "delayed_work", "tasklet": "tasklet",
    "refcount": "refcount", "kref": "kref", "rcu_head": "rcu_head",
}  # fmt: skip
"""The kind of object whose address an argument must be, by the argument's kind in a prototype."""

ALSO = {"work": ("delayed_work",), "delayed_work": ("work",)}
"""Kinds of objects that do as well: a delayed_work begins with a work_struct, and in some versions is one."""
