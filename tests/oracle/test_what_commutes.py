"""What may be left out as a choice, case by case: each of these programs has an end that is lost if one thing too many
counts as seen by nobody.

The unreduced search finds that end, which shows that the program is about what it says; the reduced one must find it
too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from kthreadlab import Call, Config, Freeze, Helper, Scenario, Signal, Write
from tests.oracle.programs.compare import Found, Given, differences, reduced, unreduced
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
DATA = """
gate = DEFINE_SPINLOCK()
other = DEFINE_SPINLOCK()
table = DEFINE_RWLOCK()
handler = char_array(16, "/bin/alert")
word = struct("word", id=u32)
slot = word()
address = ptr("word")
path = ptr()
n = u8(0)
go = u8(0)
seen = u8(0)
sleeper = ptr("task_struct")
"""
MORE = {
    "queue": "queue = DECLARE_WAIT_QUEUE_HEAD()\n",
    "raw": "raw = timer_list()\n",
    "done": "done = DECLARE_COMPLETION()\n",
    "rwsem": "rwsem = DECLARE_RWSEM()\n",
    "later": "later = struct('later', rcu=rcu_head)\n",
    "job": "job = DECLARE_WORK(late, NULL)\n",
    "soft": "soft = DECLARE_TASKLET(fired, 0)\n",
    "carrier": 'carrier = struct("carrier", own=work_struct, dwork=delayed_work, soon=tasklet_struct)\n',
    "taker": "def taker(irq, dev, regs):\n    spin_lock(gate)\n    spin_unlock(gate)\n    return IRQ_HANDLED\n\n\n",
    "teller": "def teller(irq, dev, regs):\n    global seen\n    seen = irq\n    return IRQ_HANDLED\n\n\n",
    "count": "count = ATOMIC_INIT(1)\n",
    "own": "own = work_struct()\n",
    "mut": "mut = DEFINE_MUTEX()\n",
    "plain": "plain = tasklet_struct()\n",
    "dwork": "dwork = delayed_work()\n",
    "users": "users = REFCOUNT_INIT(1)\n",
    "served": "def served(irq, dev, regs):\n    return IRQ_HANDLED\n\n\n",
    "wq": "wq = ptr()\n",
    "ring": "ring = LIST_HEAD()\nitem = struct('item', id=u32, link=list_head)\nnode = item()\n",
    "refs": "refs = kref()\n",
    "box": "box = struct('box', first=ptr('word'))\nlent = box()\n",
    "row": 'row = ctl_table("handler", handler, 16, 0o644, proc_dostring)\n',
}
"""What is declared where a program speaks of it."""
TAKES_ONE = ("mykthread", "child", "fired", "late")
"""Functions of threads and timers."""
CALLS = {
    "call": (Call("p", "call"),),
    "both": (Call("p", "call"), Call("q", "look")),
    "three": (Call("p", "call"), Call("q", "look"), Call("r", "begin")),
    "interrupt": (Call("p", "call"), Call("nic", "line", context="irq")),
    "twice": (Call("p", "call"), Call("q", "call")),
    "look": (Call("q", "look"),),
    "registered": (Call("p", "call"), Call("nic", "taker", context="irq")),
    "beside": (Call("p", "call"), Call("q", "look"), Call("nic", "taker", context="irq")),
    "told": (Call("p", "call"), Call("nic", "teller", context="irq")),
}


@dataclass(frozen=True)
class Case:
    """Functions by name, each with its lines; who *calls* them; what is found that a wrong reduction would lose: the
    number *n* or *seen* when all have come, the property that *fails*, who runs into a *fault*; *where*: on which
    machines that can happen.  The world may *write* to a file, *kill* the thread, or *freeze* it; *version*: of the
    kernel."""

    functions: dict[str, str]
    calls: str
    where: str = "each"
    seen: int | None = None
    n: int | None = None
    fails: str = ""
    fault: str = ""
    write: bool = False
    kill: bool = False
    freeze: bool = False
    version: str = "2.6.11"

    @property
    def text(self) -> str:
        words = set(re.findall(r"\w+", " ".join(self.functions.values())))
        out = [DATA + "".join(line for name, line in MORE.items() if name in words)]
        for name, lines in self.functions.items():
            body = "".join(f"    {line}\n" for line in lines.split("\n"))
            unused = "unused" if name in TAKES_ONE else ""
            more = ", wq" if "wq" in words else ""
            head = f"def {name}({unused}):\n    global n, go, seen, address, path, sleeper{more}\n"
            out.append(f"{head}{body}{'    return 0' if name in ('mykthread', 'child') else ''}\n")
        return "\n\n".join(out)

    @property
    def world(self) -> Scenario:
        return Scenario(
            "commutes",
            threads=["mykthread"] if "mykthread" in self.functions else [],
            calls=CALLS[self.calls] if self.calls else (),
            helpers={"/bin/alert": Helper()},
            writes=[Write("/proc/sys/kernel/handler", "x\n")] if self.write else [],
            signals=[Signal("mykthread")] if self.kill else [],
            freeze=Freeze() if self.freeze else None,
        )

    def given(self, config: Config) -> Given:
        """The program on a machine."""
        return Given(module(self.text), self.world, replace(config, profile=self.version))

    def found_in(self, found: Found) -> bool:
        """Is the end that it is about among what was found?"""
        if self.fails:
            return found.verdicts[self.fails][0] is False
        if self.fault:
            return any(actor == self.fault for actor, *_ in found.faults)
        name, value = ("seen", self.seen) if self.seen is not None else ("n", self.n)
        return any((name, value) in numbers for stand, numbers in found.resting if come(stand))


def come(stand: tuple[tuple[str, str], ...]) -> bool:
    """Has everybody come?  A timer's function is idle in between."""
    return all(letter != "-" or actor.startswith("softirq/") for actor, letter in stand)


TWICE = "spin_lock(gate)\nn = 1\nn = 2\nspin_unlock(gate)"
LINE = "spin_lock(gate)\nn = 3\nspin_unlock(gate)"
CASES = {
    "two readers write": Case(
        {"call": "read_lock(table)\nk = n\nn = k + 1\nread_unlock(table)"}, "twice", n=1
    ),
    "somebody tries the lock": Case(
        {"call": TWICE, "look": "if spin_trylock(gate):\n    spin_unlock(gate)\nelse:\n    seen = 1"}, "both", seen=1
    ),
    "somebody tries the lock and keeps it": Case(
        {"call": TWICE, "look": "if not spin_trylock(gate):\n    seen = 1"}, "both", seen=1
    ),
    "somebody looks at the lock": Case({"call": TWICE, "look": "seen = spin_is_locked(gate)"}, "both", seen=1),
    "an interrupt wants the lock": Case(
        {"call": TWICE, "line": LINE}, "interrupt", "up each pre", fails="irq_safe"
    ),
    "an interrupt wants a lock that was held before it": Case(
        {"call": f"spin_lock(other)\nspin_unlock(other)\n{TWICE}", "line": LINE}, "interrupt", "up each pre",
        fails="irq_safe",
    ),
    "the lock is taken on one of two ways": Case(
        {
            "begin": "go = 1",
            "call": "k = go\nif k:\n    spin_lock(gate)\nn = 1\nn = 2\nif k:\n    spin_unlock(gate)",
            "look": "spin_lock(gate)\nseen = n\nspin_unlock(gate)",
        },
        "three", "each pre", seen=1,
    ),
    "interrupts are off on one of two ways": Case(
        {
            "begin": "go = 1",
            "look": "barrier()",
            "call": f"k = go\nif k:\n    local_irq_disable()\n{TWICE}\nif k:\n    local_irq_enable()",
            "line": LINE,
        },
        "interrupt", "up each pre", fails="irq_safe",
    ),
    "a sleep switches interrupts on": Case(
        {"call": f"local_irq_disable()\nschedule()\n{TWICE}", "line": LINE}, "interrupt", "up each pre",
        fails="irq_safe",
    ),
    "two locks protect nothing": Case(
        {"call": TWICE, "look": "spin_lock(other)\nseen = n\nspin_unlock(other)"}, "both", seen=1
    ),
    "khelper reads without a lock": Case(
        {
            "call": 'argv = ["/bin/alert", NULL]\nenvp = ["HOME=/", NULL]\npath = handler\n'
                    "BUG_ON(call_usermodehelper(path, argv, envp, 0))",
            "look": 'spin_lock(gate)\nstrcpy(handler, "x")\nstrcpy(handler, "/bin/alert")\nspin_unlock(gate)',
        },
        "both", fault="p",
    ),
    "user space writes without a lock": Case(
        {"call": "spin_lock(gate)\nk = handler[0]\nj = handler[0]\nspin_unlock(gate)\nseen = k != j"},
        "call", "up each pre", seen=1, write=True,
    ),
    "user space writes what one caller reads": Case(
        {"call": "k = handler[0]\nj = handler[0]\nseen = k != j"}, "call", "up each pre", seen=1, write=True
    ),
    "user space writes what nobody else does": Case(
        {"call": "seen = handler[0] == 'x'"}, "call", "up each pre", seen=1, write=True
    ),
    "a pointer leads to what one caller names": Case(
        {
            "call": "address = slot\nslot.id = 1\nslot.id = 2",
            "look": "q = address\nif q != NULL:\n    seen = q.id",
        },
        "both", "each pre", seen=1,
    ),
    "a state that is given back after a sleep": Case(
        {"mykthread": "set_current_state(TASK_INTERRUPTIBLE)\nschedule()\nset_current_state(TASK_RUNNING)\nn = 1"},
        "", "up each pre", n=0,
    ),
    "a loop that nobody sees": Case(
        {"mykthread": "while True:\n    barrier()"}, "", "up each pre", fails="sleeps_when_idle"
    ),
    "what comes before a fault": Case(
        {"call": "n = 1\nBUG_ON(1)", "look": "if n == 1:\n    preempt_enable()"}, "both", "each pre", fault="q",
    ),
    "what interrupts were is worked out": Case(
        {"call": "spin_lock_irqsave(gate, f)\nn = 1\nf = f & 1\nspin_unlock_irqrestore(gate, f)", "look": "barrier()"},
        "both", "up each pre", n=1,
    ),
    "the task beside which an interrupt lands": Case(
        {"call": "spin_lock(gate)\nbarrier()\nspin_unlock(gate)", "line": "spin_lock(gate)\nspin_unlock(gate)"},
        "interrupt", "up each pre", fails="irq_safe",
    ),
}  # fmt: skip


def judge(p: Case, config: str) -> None:
    """The reduced search finds what the unreduced one finds, and that is what the program was written for."""
    given = p.given(CONFIGS[config])
    sure = unreduced(given)
    assert sure.complete and not sure.refused, sure.refused
    assert (config in p.where.split()) == p.found_in(sure)
    assert [] == differences(reduced(given), sure)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("case", CASES)
def test_a_choice(case: str, config: str) -> None:
    """It is left out nowhere where somebody can tell."""

    judge(CASES[case], config)
