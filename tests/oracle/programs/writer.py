"""One function of a random program: what is passed to a call is decided by the kinds that its declaration says.

`Writer.call` makes an expression of any call; the `idioms` are what people write with it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from kthreadlab.lang.api import CALLS, KernelCall
from tests.oracle.programs.cast import Cast, one
from tests.oracle.programs.tree import Around, Block, Data, Line, Statement

OBJECTS = {
    "queue": "wait_queue_head", "spinlock": "spinlock", "rwlock": "rwlock", "atomic": "atomic", "mutex": "mutex",
    "completion": "completion", "semaphore": "semaphore", "timer": "timer", "text": "text", "work": "work",
    "rw_semaphore": "rw_semaphore", "delayed_work": "delayed_work", "refcount": "refcount", "kref": "kref",
    "tasklet": "tasklet", "rcu_head": "rcu_head",
}  # fmt: skip
"""The kind of object that an argument of this kind names."""
FORMATS = (
    ('"seen"', ()), ('"%d"', ("n",)), ('"%d"', ("a",)), ('"id=%d"', ("b",)), ('"%s"', ("text",)),
    ('"%s-%u"', ("text", "n")), ('"%d"', ()),
)  # fmt: skip
"""Formats with what goes into them; the last takes more than it is given."""
ENTRIES = {"wait": "DEFINE_WAIT()", "entry": "DECLARE_WAITQUEUE(current)", "raw": "wait_queue_t()"}
"""Wait-queue entries on a function's stack."""
SLEEPY = 0.1
"""How often something that may sleep is written where it must not."""


@dataclass(frozen=True)
class Subject:
    """What a program is about: the calls that are its *themes*, the one *featured* that it must not leave out, and who
    draws an *idiom* of them."""

    themes: tuple[str, ...]
    featured: str
    idiom: Callable[[Writer], list[Statement]]


class Writer:
    """Draws the statements of one function.  *kind*: ``thread``, ``child``, ``own``, ``process``, ``irq`` or
    ``softirq``."""

    def __init__(self, rng: random.Random, cast: Cast, kind: str, subject: Subject) -> None:
        self.rng, self.cast, self.kind = rng, cast, kind
        self.themes, self.featured, self.idiom = subject.themes, subject.featured, subject.idiom
        self.locals: dict[str, Data] = {}
        self.saved: set[str] = set()
        self.depth = self.loops = self.atomic = 0

    @property
    def may_sleep(self) -> bool:
        """Is this a place where a program that is right may sleep?"""
        return self.kind not in ("irq", "softirq") and not self.atomic

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    # ---- locals ----------------------------------------------------------------------------------------------------

    def local(self, name: str, made: str) -> str:
        """A local variable, declared where the function begins."""
        self.locals.setdefault(name, Data(name, made))
        return name

    def item_pointer(self, name: str) -> str:
        """A local pointer to what goes onto lists."""
        self.cast.structs()
        return self.local(name, 'ptr("item")')

    def entry(self, *names: str) -> str:
        """A wait-queue entry."""
        name = self.rng.choice(names or ("wait", "wait", "entry", "entry", "raw"))
        made = ENTRIES[name]
        if not self.cast.has(made.partition("(")[0]):
            name, made = "entry", ENTRIES["entry"]
        return self.local(name, made)

    def flags(self) -> str:
        """Where interrupts are remembered: one variable nearly always, as who nests by mistake has it."""
        return "flags" if self.chance(0.85) else "more"

    def remembered(self, *calls: str) -> list[Statement]:
        """What must come before these calls so that what they restore has been saved, by themselves or before."""
        out: list[Statement] = []
        for text in calls:
            found = re.search(r"\b(flags|more)\)", text)
            if found and "restore" in text and found[1] not in self.saved:
                out.append(Line(f"local_irq_save({found[1]})"))
            if found:
                self.saved.add(found[1])
        return out

    def counter(self) -> str:
        """A local number."""
        return self.local("n", "0")

    # ---- expressions -----------------------------------------------------------------------------------------------

    def number(self) -> str:
        """A small number, or a variable that holds one."""
        return one(self.rng, (3, self.cast.number()), (1, self.counter()), (1, "0"), (2, "1"), (1, "2"))

    def test(self, depth: int = 1) -> str:
        """A condition."""
        a, b = self.cast.number(), self.cast.number()
        tests = [a, f"{b} == 0", f"{a} == {b}", f"not {a}", f"{a} < 2 and {b}", f"{a} or {b}", f"{a} & 1"]
        tests += ["n > 1"] if "n" in self.locals else []
        if self.kind in ("thread", "child", "own") and self.chance(0.3):
            tests = ["signal_pending(current)", f"{a} or signal_pending(current)"]
            if self.cast.has("kthread_should_stop"):
                tests += ["kthread_should_stop()"] * (2 if self.kind == "child" else 1)
        if depth and self.chance(0.25):
            asked = [n for n in self.themes if CALLS[n].result == "int" and self.fits(n) and not CALLS[n].sleeps]
            if asked:
                return self.call(self.rng.choice(asked))
        return self.rng.choice(tests)

    def pointer(self) -> str:
        """Some address."""
        return one(
            self.rng,
            (5, self.local("p", "ptr()")),
            (1, self.item_pointer("e")),
            (2, self.cast.pointer("shared")),
            (1, "NULL"),
            (1, self.cast.object("text")),
        )

    def task(self) -> str:
        """A task, if all is well."""
        return one(self.rng, (2, "current"), (3, self.cast.pointer("task", "task_struct")))

    def text(self) -> str:
        """Text to read."""
        literals = one(self.rng, (3, '"ab"'), (2, '"abc"'), (1, '""'), (1, '"0123456789abcdef"'))
        return one(self.rng, (3, literals), (2, self.cast.object("text")), (0.3, self.local("p", "ptr()")))

    def links(self) -> str:
        """A list_head: a list or the links of an entry."""
        return one(self.rng, (3, self.cast.object("list")), (3, f"{self.cast.item()}.link"))

    def word(self) -> str:
        """A number by its name."""
        return one(
            self.rng, (8, self.cast.number()), (1, f"{self.cast.object('array')}[{self.rng.choice('01a')}]"),
            (1, f"{self.cast.item()}.id"), (1, self.counter()), (0.3, f"{self.cast.object('text')}[0]"),
        )  # fmt: skip

    # ---- calls -----------------------------------------------------------------------------------------------------

    def call(self, name: str) -> str:
        """A call with an argument of the declared kind in each place."""
        call = CALLS[name]
        count = self.cast.profile.arity.get(name, len(call.params))
        args = [self.argument(call, n) for n in range(count)]
        if "fmt" in call.names or (call.variadic and count and call.params[count - 1] == "str"):
            text, rest = self.format()
            args = [*args[:-1], text, *rest]
        return f"{name}({', '.join(args)})"

    def argument(self, call: KernelCall, n: int) -> str:
        """Argument *n* of *call*."""
        kind, name = call.params[n], call.names[n]
        if kind in OBJECTS:
            timed = kind == "delayed_work" and self.cast.profile.work_data
            return self.cast.object("work" if timed else OBJECTS[kind])
        made = getattr(self, f"_{kind}", None)
        if made is not None:
            return made(call, name)
        if name == "tsk":
            return "current"
        simple = {"str": self.text, "task": self.task, "list": self.links, "word": self.word, "flags": self.flags}
        return simple[kind]() if kind in simple else "0"

    def block(self, call: str) -> str:
        """Memory that is copied, compared or filled: of one kind nearly always."""
        kind = one(self.rng, (3, "text"), (2, "item"), (1, "array"), (1, "pointer"))
        if call == "memset" or kind == "text":
            return self.cast.object("text")
        if kind == "item":
            return self.cast.item()
        return self.cast.object("array") if kind == "array" else self.item_pointer("e")

    def format(self) -> tuple[str, list[str]]:
        """A format and what goes into it."""
        text, wanted = self.rng.choices(FORMATS, (3, 3, 3, 3, 2, 1, 0.2))[0]
        given = {"n": self.counter, "a": lambda: "a", "b": lambda: "b", "text": lambda: self.cast.object("text")}
        return text, [given[x]() for x in wanted]

    def _entry(self, call: KernelCall, name: str) -> str:
        return self.entry()

    def _cond(self, call: KernelCall, name: str) -> str:
        return self.test()

    def _type(self, call: KernelCall, name: str) -> str:
        return self.cast.structs() if call.result == "ptr" or self.chance(0.6) else self.rng.choice(("u16", "s64"))

    def _fn(self, call: KernelCall, name: str) -> str:
        if "work" in call.params or "delayed_work" in call.params:
            return self.cast.job()
        if "release" in call.names:
            return self.cast.released()
        if "irqreturn_t" in call.c:
            return self.cast.handler()
        return self.cast.child() if "int (*fn)(void *)" in call.c else self.cast.callback()

    def _ptr(self, call: KernelCall, name: str) -> str:
        if name in ("argv", "envp"):
            return self.vector(name)
        if name == "dev":
            return one(self.rng, (4, self.cast.object("array")), (1, "NULL"))
        if name in ("header", "wq"):
            return self.cast.pointer(name)
        if call.name.startswith("mem") and self.chance(0.85):
            return self.block(call.name)
        return self.cast.object("text") if name == "s" else self.pointer()

    def _any(self, call: KernelCall, name: str) -> str:
        if name in ("set", "mask"):
            return "current.blocked"
        if name == "info":
            return "NULL"
        if name == "table":
            return self.cast.object("ctl_table")
        if name == "arr":
            return self.cast.object("array")
        if name == "member":
            return '"link"'
        if name == "ptr":
            return self.cast.pointer("task", "task_struct") if self.chance(0.7) else self.pointer()
        return self.rng.choice(("0", "1", "a", "2"))

    def _int(self, call: KernelCall, name: str) -> str:
        """A number by the name of its parameter, where it means something."""
        rng = self.rng
        meant = {
            "nr": lambda: rng.choice(("0", "1", "2")),
            "state": self.state,
            "sig": lambda: rng.choices(("SIGKILL", "SIGTERM", "65"), (6, 3, 1))[0],
            "timeout": lambda: rng.choices(("HZ", "1", "0", "MAX_SCHEDULE_TIMEOUT"), (4, 2, 1, 1))[0],
            "delay": lambda: rng.choice(("HZ", "HZ", "0")),
            "irq": lambda: "11",
            "max_active": lambda: rng.choice("01"),
            "expires": lambda: rng.choice(("jiffies + HZ", "jiffies", "5")),
            "flags": lambda: self._flag_bits(call),
            "size": lambda: self._size(call),
            "count": lambda: self._count(call),
            "val": lambda: rng.choice(("0", "1", "2")),
            "code": lambda: rng.choice(("0", "3")),
            "error": lambda: "-12",
            "c": lambda: rng.choice(("0", "65")),
            "cpu": lambda: "0",
            "wait": self.wait,
            "i": lambda: rng.choice(("1", "1", "2", "-1")),
            "u": lambda: rng.choice(("0", "0", "1")),
            "msecs": lambda: rng.choice(("0", "10", self.number())),
            "condition": self.test,
            "mask": lambda: rng.choice(("sigmask(SIGTERM)", "sigmask(SIGKILL)", "0")),
            "module": lambda: rng.choice(("THIS_MODULE", "THIS_MODULE", "NULL")),
            "pid": lambda: rng.choice(("100", "101", "102", "1")),
            "priv": lambda: "1",
        }
        return meant.get(name, self.number)()

    def state(self) -> str:
        """A state to declare."""
        return one(self.rng, (6, "TASK_INTERRUPTIBLE"), (2, "TASK_UNINTERRUPTIBLE"), (1, "TASK_RUNNING"))

    def gfp(self) -> str:
        """How memory is asked for."""
        atomic = not self.may_sleep and not self.chance(SLEEPY)
        return "GFP_ATOMIC" if atomic or self.chance(0.35) else "GFP_KERNEL"

    def wait(self) -> str:
        """What call_usermodehelper is to wait for."""
        names = ("UMH_NO_WAIT", "UMH_WAIT_EXEC", "UMH_WAIT_PROC", "UMH_KILLABLE", "UMH_FREEZABLE")
        weighted = [(1.0, n) for n in names if self.cast.has(n)]
        return one(self.rng, (2, "0"), (2, "1"), (1, "-1"), (0.5, "2"), *weighted)

    def _flag_bits(self, call: KernelCall) -> str:
        if "clone" in call.doc.lower() or call.params[0] == "fn":
            return self.rng.choice(("CLONE_KERNEL | SIGCHLD", "CLONE_FS | CLONE_FILES", "SIGCHLD", "CLONE_SIGHAND"))
        if call.result == "ptr" and "workqueue" in call.name:
            return self.rng.choice(("0", "WQ_UNBOUND"))
        if "irq" in call.names:
            return self.rng.choice(("0", "SA_SHIRQ" if self.cast.has("SA_SHIRQ") else "IRQF_SHARED"))
        return "0" if call.params[0] == "timer" else self.gfp()

    def _count(self, call: KernelCall) -> str:
        """How many bytes: few, or all of a struct."""
        if call.name.startswith("memc") and "item" in self.cast.data and self.chance(0.5):
            return "sizeof(item)"
        return self.rng.choice(("2", "4", "8", "16"))

    def _size(self, call: KernelCall) -> str:
        if "text" in call.params:
            return self.rng.choice(("4", "8", "16"))
        return self.rng.choice((f"sizeof({self.cast.structs()})", "8", "16"))

    def vector(self, name: str) -> str:
        """argv or envp, on the stack."""
        text = self.cast.object("text")
        made = {
            "argv": ('["/bin/alert", NULL]', f"[{text}, NULL]", '["/bin/alert"]'),
            "envp": ('["HOME=/", NULL]', f'["HOME=/", {text}, NULL]', f"[{text}, NULL]"),
        }
        return self.local(name, self.rng.choices(made[name], (6, 3, 0.4) if name == "argv" else (3, 3, 3))[0])

    # ---- statements ------------------------------------------------------------------------------------------------

    def called(self, name: str) -> list[Statement]:
        """A call as a statement: its result goes somewhere, decides something, or is left."""
        text, result = self.call(name), CALLS[name].result
        if result == "void":
            return [*self.remembered(text), Line(text)]
        if result == "ptr":
            return [Line(f"{self._where(name)} = {text}")]
        if result == "task":
            return [Line(f"{self.cast.pointer('task', 'task_struct')} = {text}")]
        kind = one(self.rng, (3, "store"), (2, "if"), (1, "local"), (2, "bare"))
        if kind == "bare":
            return [Line(text)]
        if kind == "if":
            return [Block(f"if {text}:", tuple(self.small()))]
        return [Line(f"{self.cast.number() if kind == 'store' else self.counter()} = {text}")]

    def _where(self, name: str) -> str:
        """A pointer for what the call *name* gives."""
        if name.startswith("register_"):
            return self.cast.pointer("header")
        if name.endswith("_workqueue"):
            return self.cast.pointer("wq")
        if "type" in CALLS[name].params:
            return self.item_pointer("e")
        return one(self.rng, (3, self.local("p", "ptr()")), (1, self.cast.pointer("shared")))

    def small(self) -> list[Statement]:
        """One or two plain statements."""
        return [self.plain() for _ in range(self.rng.choice((1, 1, 2)))]

    def plain(self) -> Statement:
        """A statement over shared numbers, or a way out."""
        a, b = self.cast.number(), self.cast.number()
        weighted: list[tuple[float, str]] = [
            (4, f"{a} = 1"), (4, f"{a} = 0"), (1, f"{a} = 2"), (2, f"{a} = {b}"), (2, f"{a} ^= 1"), (1, f"{a} |= 2"),
            (1, f"{self.counter()} = {a}"), (1, f"{a} = {self.counter()}"), (0.2, f"{a} = 2 // {b}"),
            (0.5, f"{self.cast.object('array')}[{a}] = {b}"), (0.5, f"{a} = {self.cast.object('array')}[1]"),
            (0.5 if not self.loops else 0.05, f"{a} += 1"), (1.5, f"wake_up({self.cast.object('wait_queue_head')})"),
            (0.5, f"BUG_ON({a} == 2)"),
        ]  # fmt: skip
        if self.depth:
            weighted.append((1, "return" if self.kind in ("irq", "process", "softirq") else "return 1"))
        if self.loops:
            weighted += [(2, "break"), (0.5, "continue")]
        if self.kind in ("thread", "child"):
            weighted.append((0.7, f"{self.cast.pointer('task', 'task_struct')} = current"))
        return Line(one(self.rng, *weighted))

    def body(self, count: int) -> tuple[Statement, ...]:
        """So many statements, of all kinds."""
        out: list[Statement] = []
        for _ in range(count):
            kind = one(self.rng, (4, "idiom"), (4, "call"), (2.5, "plain"), (1.5, "branch"), (0.5, "loop"))
            if kind == "idiom":
                out += self.idiom(self)
            elif kind == "call":
                out += self.called(self.chosen())
            elif kind == "branch" and self.depth < 2:
                out.append(self.branch())
            elif kind == "loop" and self.depth < 2:
                out.append(self.turns())
            else:
                out.append(self.plain())
        return tuple(out)

    def nested(self, count: int) -> tuple[Statement, ...]:
        """Statements one level deeper."""
        self.depth += 1
        try:
            return self.body(count)
        finally:
            self.depth -= 1

    def branch(self) -> Block:
        """A conditional."""
        test = self.test()
        return Block(f"if {test}:", self.nested(self.rng.choice((1, 1, 2))), self.nested(1) if self.chance(0.2) else ())

    def turns(self) -> Block:
        """A loop that does not wait."""
        head = f"for i in range(0, {self.rng.choice((2, 3))}):" if self.chance(0.5) else f"while {self.test()}:"
        self.loops += 1
        try:
            return Block(head, self.nested(1))
        finally:
            self.loops -= 1

    def section(self, before: str, after: str, atomic: bool, count: int = 0) -> Around:
        """Statements between two that belong together."""
        self.atomic += atomic
        try:
            return Around(before, self.nested(count or self.rng.choice((1, 1, 2))), after)
        finally:
            self.atomic -= atomic

    def chosen(self) -> str:
        """A call: the featured one, one of the themes, any at all."""
        if self.chance(0.3) and self.fits(self.featured):
            return self.featured
        names = self.themes if self.chance(0.8) else tuple(CALLS)
        fitting = [n for n in names if self.fits(n)] or ["printk"]
        return one(self.rng, *((RARE.get(n, 1.0), n) for n in fitting))

    def fits(self, name: str) -> bool:
        """Does this version have the call, and may it stand here, as far as people know?"""
        call = CALLS[name]
        wrong = (call.sleeps and not self.may_sleep) or (call.process_only and self.kind in ("irq", "softirq"))
        grows = self.loops and name.startswith(("atomic_", "refcount_", "kref_")) and not self.chance(0.1)
        return self.cast.has(name) and not grows and (not wrong or self.chance(SLEEPY))


RARE = {"BUG": 0.1, "do_exit": 0.3, "complete_and_exit": 0.5, "disallow_signal": 0.5}
"""Calls that end too much, with their weight where another's is 1."""
