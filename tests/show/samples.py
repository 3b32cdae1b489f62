"""Traces made by hand: one with every shape in it, one whose every name and string means harm."""

from __future__ import annotations

from kthreadlab.trace.events import Event, MachineView, TaskView, Trace, Violation

EVIL = "<img src=x onerror=alert(1)>\x1b[31m</script><!--&\"'"
"""HTML that runs, a terminal's colour code, and the end of a script element."""

SOURCE = {"mykthread": "def mykthread(unused):\n    schedule()\n    read_lock(myevent_lock)\n    return 0\n"}


def task(name: str, letter: str, place: str = "", **more: object) -> TaskView:
    """A task that is on a *cpu*, on the *queue* of those that could run, or asleep."""
    state = {"S": "TASK_INTERRUPTIBLE", "D": "TASK_UNINTERRUPTIBLE", "Z": "EXIT_ZOMBIE", "X": "EXIT_DEAD"}
    pids = {"mykthread": 100, "sensor": 101, "khelper": 5}
    facts = {"file": "mykthread", "line": 2 if letter in "RSD" else 0} | more
    return TaskView(
        name,
        name,
        pids.get(name, 200),
        1,
        letter,
        state.get(letter, "TASK_RUNNING"),
        place in ("cpu", "queue"),
        place == "cpu",
        **facts,
    )


def view(*tasks: TaskView, **more: object) -> MachineView:
    known = {"queues": {"myevent_waitqueue": ()}, "locks": {"myevent_lock": ""}, "statics": {"myevent_id": 0}}
    return MachineView(tasks, **(known | more))


def event(step: int, actor: str, op: str, *args: object, **more: object) -> Event:
    """An event of a task's own, or, by *context*, of an interrupt's or the world's."""
    known = {k: more.pop(k) for k in ("task", "context", "cpu", "outcome", "line", "result") if k in more}
    task_name, _, rest = actor.partition("/")
    place = {"task": rest or task_name, "context": "world" if rest else "process", "cpu": -1 if rest else 0}
    facts = place | {"file": "mykthread", "line": 2} | known
    return Event(step, actor, op=op, args=args, details=tuple(more.items()), **facts)


def everything() -> Trace:
    """Ten steps with every shape of the picture: runs, could run, sleeps in S and in D, spins, is a zombie; an
    interrupt, a signal, a helper; a wake-up that wakes, one that wakes nobody, a fault, a violation."""
    nic = TaskView("irq/nic", "irq/nic", 0, 0, "R", "TASK_RUNNING", True, False, context="irq", preempt_count=0x10000)
    asleep = task("mykthread", "S", waiting_for="myevent_waitqueue")
    events = (
        event(0, "mykthread", "set_current_state", "TASK_INTERRUPTIBLE", outcome="TASK_INTERRUPTIBLE", state=1),
        event(1, "mykthread", "schedule", outcome="sleeps", state=1),
        event(2, "irq/nic", "store", "myevent_id", 7, task="sensor", context="irq", cpu=0),
        event(3, "sensor", "wake_up_interruptible", "myevent_waitqueue", outcome="woken", woken=("mykthread",)),
        event(4, "sensor", "wake_up_interruptible", "myevent_waitqueue", outcome="running", waiters=("mykthread",)),
        event(5, "mykthread", "call_usermodehelper", "/bin/alert", "argv", "envp", 0),
        event(6, "khelper", "exec", "/bin/alert", outcome="ok", id=7, argv=("/bin/alert",), envp=("HOME=/",)),
        event(7, "kill/mykthread", "kill", "SIGKILL", "mykthread", outcome="pending"),
        event(8, "mykthread", "read_lock", "myevent_lock", outcome="spins", line=3),
        event(9, "sensor", "fault", "null_pointer", outcome="null_pointer", text="NULL"),
    )
    views = (
        view(task("mykthread", "R", "cpu"), task("sensor", "R", "queue"), task("khelper", "S")),
        view(task("mykthread", "S", "cpu"), task("sensor", "R", "queue"), task("khelper", "S")),
        view(asleep, task("sensor", "R", "cpu"), task("khelper", "S"), queues={"myevent_waitqueue": ("mykthread",)}),
        view(asleep, task("sensor", "R", "queue"), nic, task("khelper", "S"), frames=((0, "irq/nic"),)),
        view(task("mykthread", "R", "queue"), task("sensor", "R", "cpu"), task("khelper", "S")),
        view(task("mykthread", "R", "queue"), task("sensor", "R", "cpu"), task("khelper", "S")),
        view(task("mykthread", "D", waiting_for="the user-mode helper"), task("khelper", "R", "queue")),
        view(task("mykthread", "D"), task("khelper", "R", "cpu"), heap=("mykthread's object 1: 32 bytes",)),
        view(task("mykthread", "R", "queue", signals=("SIGKILL",)), task("khelper", "Z")),
        view(
            task("mykthread", "R", "cpu", waiting_for="myevent_lock", irqs_off=True),
            task("khelper", "Z"),
            task("sensor", "R", "queue", locks=("myevent_lock",)),
            locks={"myevent_lock": "sensor"},
        ),
        view(
            task("mykthread", "R", "cpu", waiting_for="myevent_lock"),
            task("khelper", "Z"),
            task("sensor", "R", locks=("myevent_lock",)),
            locks={"myevent_lock": "sensor"},
        ),
    )
    return Trace(
        "2.6.11/everything",
        "2.6.11, 1 CPU, PREEMPT=n",
        "2.6.11/everything@c0ffee12: mykthread*2",
        tuple(e.actor for e in events),
        events,
        views,
        ((4, "myevent: woken"),),
        (Violation("no_oops", "null_pointer", 9, "sensor follows a NULL pointer", 2),),
        "fault",
        source=SOURCE,
    )


def hostile() -> Trace:
    """A trace in which whatever a student can choose is `EVIL`."""
    evil = task(EVIL, "S", "cpu", waiting_for=EVIL, file=EVIL, line=1, signals=(EVIL,), locks=(EVIL,))
    machine = MachineView((evil,), {EVIL: (EVIL,)}, {EVIL: EVIL}, {EVIL: EVIL}, (EVIL,), ((0, EVIL),))
    events = (
        event(0, "a", "printk", EVIL, task=EVIL),
        event(1, "a", "exec", EVIL, task=EVIL, outcome="ok", id=EVIL, argv=(EVIL,), envp=(EVIL,)),
        event(2, "a", EVIL, EVIL, task=EVIL, outcome=EVIL),
    )
    return Trace(
        EVIL,
        EVIL,
        EVIL,
        (EVIL,) * 3,
        events,
        (machine,) * 4,
        ((0, EVIL),),
        (Violation(EVIL, EVIL, 2, EVIL),),
        "asleep",
        source={EVIL: EVIL},
    )
