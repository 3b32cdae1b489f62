"""Answers to Lab 2 that try to cost as much as anything anybody can write; one integer is one answer.

Each is a right thread with a few parts put in that make its text, its machine or its states large: counters, branches,
locks that may be held, local loops, long arrays and texts, objects that are kept, functions that call each other.

    python -m tests.run.nasty [FIRST [COUNT]]

checks them by the command, each in a process of its own, and prints what the dearest ten took.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SHOWN = 10
GIVEN_UP = 120
"""CPU seconds after which a check is ended."""
THREAD = """myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)
{statics}

def mykthread(unused):
    global {names}
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
{before}
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
{early}
        write_lock_irq(myevent_lock)
        event_id = myevent_id
        myevent_id = 0
{locked}
        write_unlock_irq(myevent_lock)
{late}
        if event_id == 0:
            {idle}
            continue
        set_current_state(TASK_RUNNING)
{served}
        run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""
PLACES = ("early", "locked", "late", "served", "before")


@dataclass
class Answer:
    """What has been put in: *statics* and functions of the file, *names* of the statics that the thread writes, and
    the lines at each place."""

    random: random.Random
    statics: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=lambda: ["myevent_id"])
    lines: dict[str, list[str]] = field(default_factory=lambda: {place: [] for place in PLACES})

    def static(self, value: str) -> str:
        """A new static of the thread's."""
        name = f"at{len(self.statics)}"
        self.statics.append(f"{name} = {value}")
        self.names.append(name)
        return name

    def size(self, most: int) -> int:
        """As often small as large."""
        return int(most ** self.random.uniform(0.3, 1.0)) + 1

    def put(self, *lines: str) -> None:
        """Put *lines* in somewhere."""
        self.lines[self.random.choice(PLACES)].extend(lines)

    def text(self) -> str:
        lines = {place: "\n".join(self.indented(place)) for place in PLACES}
        idle = self.random.choice(
            ["schedule()", "schedule()", "schedule_timeout(HZ)", "set_current_state(TASK_RUNNING)"]
        )
        return THREAD.format(statics="\n".join(self.statics), names=", ".join(self.names), idle=idle, **lines)

    def indented(self, place: str) -> list[str]:
        return [" " * (4 if place == "before" else 8) + line for line in self.lines[place]]


def counts(a: Answer) -> None:
    """Static counters, each with a period of its own."""
    for _ in range(a.random.randint(1, 3)):
        name = a.static("u32(0)")
        a.put(f"{name} = ({name} + {a.random.choice([1, 1, 7])}) % {a.size(100_000)}")


def counts_by_itself(a: Answer) -> None:
    """A local counter that lives on."""
    name = f"n{len(a.statics)}"
    a.statics.append("")
    a.lines["before"].append(f"{name} = {a.random.choice(['u32', 'u64', 'u8'])}(0)")
    a.lines["early"].append(f"{name} = {name} * 3 + 1")


def branches(a: Answer) -> None:
    """Many branches, one after the other, that store."""
    name = a.static("u32(0)")
    a.put(*(line for n in range(a.size(800)) for line in (f"if myevent_id == {n + 3}:", f"    {name} = {n}")))


def branches_inside(a: Answer) -> None:
    """Branches in each other, as deep as Python goes."""
    name, deep = a.static("u32(0)"), a.size(15)
    a.put(*(" " * 4 * n + f"if {name} > {n}:" for n in range(deep)), " " * 4 * deep + f"{name} = 0", f"{name} += 1")


def locks(a: Answer) -> None:
    """Locks that are held or not when it goes on."""
    pairs = [(a.static("u32(0)"), a.static("DEFINE_SPINLOCK()")) for _ in range(a.size(20))]
    a.put(*(line for flag, lock in pairs for line in (f"if {flag}:", f"    spin_lock({lock})")))
    a.put(*(f"{flag} = {flag} ^ 1" for flag, _ in pairs))
    a.put(*(line for flag, lock in pairs for line in (f"if {flag}:", f"    spin_unlock({lock})")))


def turns(a: Answer) -> None:
    """Local loops in each other."""
    deep = a.random.randint(1, 3)
    name = f"x{len(a.statics)}"
    a.statics.append("")
    loops = [" " * 4 * n + f"for i{n} in range({a.size(9_900 if deep == 1 else 300)}):" for n in range(deep)]
    a.put(f"{name} = u32(1)", *loops, " " * 4 * deep + f"{name} = {name} * 3 + i0")


def stores_in_a_loop(a: Answer) -> None:
    """A loop each turn of which others can see."""
    size = a.size(3_000)
    name = a.static(f"array(u32, {size})")
    a.put(f"for i in range({size}):", f"    {name}[i] += {a.random.choice(['1', 'i', 'myevent_id'])}")


def writes_an_array(a: Answer) -> None:
    """A long array that is another in every state."""
    size = a.size(4_095)
    name, at = a.static(f"array({a.random.choice(['u32', 'u8', 'u64'])}, {size})"), a.static("u32(0)")
    a.put(f"{name}[{at}] = {a.random.choice(['1', at, 'event_id' if a.lines['late'] else '2'])}")
    a.put(f"{at} = ({at} + 1) % {size}")


def writes_a_text(a: Answer) -> None:
    """A text that grows, and begins anew."""
    size = a.size(4_000) + 40
    name, at = a.static(f"char_array({size})"), a.static("u32(0)")
    grow = f'sprintf({name}, "%*d", {at} % {size - 20} + 1, {at})'
    a.put(a.random.choice([grow, f"{name}[{at} % {size - 2}] = 65"]), f"{at} += {a.random.choice([1, 17])}")


def keeps_objects(a: Answer) -> None:
    """Memory that is taken, kept for a while, and lost or freed."""
    many = a.size(40)
    name, at = a.static(f"array(ptr(), {many})"), a.static("u32(0)")
    free = [f"kfree({name}[{at}])"] if a.random.random() < 0.7 else []
    a.put(f"{at} = ({at} + 1) % {many}", *free, f"{name}[{at}] = kmalloc({a.size(100_000)}, GFP_ATOMIC)")


def calls_itself_often(a: Answer) -> None:
    """Functions of which each calls the next several times: all of them are inlined."""
    deep, times = a.size(12), a.random.randint(2, 4)
    first, name = len(a.statics), a.static("u32(0)")
    a.statics.append(f"\n\ndef f{first}_0():\n    global {name}\n    {name} = {name} ^ 1")
    for n in range(deep):
        body = "\n".join([f"    f{first}_{n}()"] * times)
        a.statics.append(f"\n\ndef f{first}_{n + 1}():\n{body}")
    a.put(f"f{first}_{deep}()")


def sleeps_often(a: Answer) -> None:
    """One place to sleep after the other."""
    a.put(
        *["set_current_state(TASK_INTERRUPTIBLE)", a.random.choice(["schedule_timeout(1)", "schedule()"])] * a.size(60)
    )


def reads_often(a: Answer) -> None:
    """Looks at shared memory again and again, and keeps all that it has seen."""
    names = [f"r{len(a.statics)}_{n}" for n in range(a.size(60))]
    a.statics.append("")
    a.put(*(f"{name} = myevent_id" for name in names), f"myevent_id = {' + '.join(names)}")


def timers(a: Answer) -> None:
    """Many timers, each of which arms itself again and counts."""
    for _ in range(a.size(6)):
        n = len(a.statics)
        count = a.static("u32(0)")
        step = a.random.choice([f"{count} = ({count} + 1) % {a.size(50)}", f"{count} ^= 1", "pass"])
        again = a.random.choice([f"mod_timer(clock{n}, jiffies + HZ)", "pass"])
        a.statics.append(f"\n\ndef tick{n}(data):\n    global {count}\n    {step}\n    {again}")
        a.statics.append(f"\n\nclock{n} = TIMER_INITIALIZER(tick{n}, 0, 0)\n")
        a.put(a.random.choice([f"mod_timer(clock{n}, jiffies + HZ)", f"del_timer_sync(clock{n})"]))
        a.lines["before"].append(f"mod_timer(clock{n}, jiffies + HZ)")


def calls_deeply(a: Answer) -> None:
    """A long chain of functions, each of which has branches of its own; or one that comes back to itself."""
    first, name, deep = len(a.statics), a.static("u32(0)"), a.size(300)
    last = f"g{first}_0(x)" if a.random.random() < 0.1 else f"{name} ^= x"
    for n in range(deep):
        then = f"g{first}_{n + 1}(x + 1)" if n + 1 < deep else last
        body = f"    global {name}\n    if x == {n}:\n        {name} = {n}\n    {then}"
        a.statics.append(f"\n\ndef g{first}_{n}(x: u32):\n{body}")
    a.put(f"g{first}_0(myevent_id)")


def long_texts(a: Answer) -> None:
    """Texts as long as there are, copied and put together."""
    size = a.random.choice([64, 4_000, 4_096, 4_096, 65_536])
    one, two = a.static(f"char_array({size})"), a.static(f"char_array({size})")
    fill = f'"{"x" * a.random.randint(1, min(size - 1, 3_000))}"'
    a.put(f"strcpy({one}, {fill})")
    a.put(f"strcpy({two}, {one})", f"{two}[{a.size(size - 1)} % {size}] = 65")
    a.put(f"if strlen({one}) < {size // 2}:", f"    strcat({one}, {fill})" if size > 3_500 else f"    {one}[0] = 0")


def many_statics(a: Answer) -> None:
    """Many counters that go on for ever, or a bit each."""
    for _ in range(a.size(40)):
        name = a.static(a.random.choice(["u64(0)", "u8(0)"]))
        a.put(a.random.choice([f"{name} += 1", f"{name} ^= 1", f"{name} = {name} * 5 + myevent_id"]))


def flags_in_loops(a: Answer) -> None:
    """Loops over what others can see, inside each other, each turn with interrupts off."""
    name, n, most = a.static("u32(0)"), len(a.statics), a.size(40)
    deep = a.random.randint(1, 3)
    loops = [" " * 4 * k + f"for j{n}_{k} in range({most}):" for k in range(deep)]
    body = [f"local_irq_save(flags{n})", f"{name} ^= 1", f"local_irq_restore(flags{n})"]
    a.put(*loops, *(" " * 4 * deep + line for line in body))


def children(a: Answer) -> None:
    """Threads that the thread makes, which count."""
    n, count = len(a.statics), a.static("u32(0)")
    ends = a.random.choice(["return 0", f"while {count} % {a.size(30)}:\n        {count} += 1\n    return 0"])
    a.statics.append(f"\n\ndef child{n}(unused):\n    global {count}\n    {count} += 1\n    {ends}")
    a.put(f"kernel_thread(child{n}, NULL, CLONE_FS)")


def completes(a: Answer) -> None:
    """Completions, semaphores and mutexes that are given more often than they are taken."""
    done, lock = a.static("DECLARE_COMPLETION()"), a.static("DECLARE_MUTEX()")
    a.names = [x for x in a.names if x not in (done, lock)]
    a.put(*[f"complete({done})"] * a.size(20))
    a.put(*[f"up({lock})"] * a.size(20))
    a.put(a.random.choice([f"down_trylock({lock})", f"down({lock})", f"wait_for_completion({done})"]))


PARTS: tuple[Callable[[Answer], None], ...] = (
    counts,
    counts_by_itself,
    branches,
    branches_inside,
    locks,
    turns,
    stores_in_a_loop,
    writes_an_array,
    writes_a_text,
    keeps_objects,
    calls_itself_often,
    sleeps_often,
    reads_often,
    timers,
    calls_deeply,
    long_texts,
    many_statics,
    flags_in_loops,
    children,
    completes,
)


def nasty(seed: int) -> str:
    """The text of answer number *seed*."""
    answer = Answer(random.Random(seed))
    for part in answer.random.choices(PARTS, k=answer.random.randint(1, 4)):
        part(answer)
    return answer.text()


@dataclass(frozen=True, order=True)
class Cost:
    """What a check took: CPU seconds and megabytes; how it ended; *said*: its last words."""

    seconds: float
    megabytes: float
    seed: int
    exit: int
    said: str = ""


def cost(seed: int) -> Cost:
    """What ``kthreadlab check lab2`` takes for answer number *seed*."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.py"
        file.write_text(nasty(seed))
        command = [sys.executable, "-m", "kthreadlab", "check", "lab2", str(file)]
        limited = ["sh", "-c", f'ulimit -t {GIVEN_UP}; exec "$@"', "sh", *command]
        with open(Path(folder) / "said", "w+") as said:
            process = subprocess.Popen(limited, stdout=said, stderr=subprocess.STDOUT)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            lines = [line for line in said.read().splitlines() if "not decided" in line or "rror" in line]
    seconds = round(used.ru_utime + used.ru_stime, 2)
    return Cost(seconds, used.ru_maxrss / 1024, seed, process.returncode, lines[-1] if lines else "")


def main(first: int = 0, count: int = 200) -> None:
    costs = []
    for seed in range(first, first + count):
        costs.append(cost(seed))
        print(costs[-1], flush=True)
    print("the dearest:")
    for x in sorted(costs, reverse=True)[:SHOWN]:
        print(f"  {x.seconds:6.2f} s {x.megabytes:6.0f} MB  seed {x.seed}  exit {x.exit}  {x.said}")
    print(f"the largest: {max(x.megabytes for x in costs):.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
