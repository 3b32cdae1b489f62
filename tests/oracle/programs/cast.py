"""The objects of one random program: statics of every kind, few of each, so that its actors meet over them.

An object is declared when somebody asks for one of its kind, by one of the names that the API declares for it and this
version of the kernel has.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from kthreadlab.lang.api import DECLARATIONS, OBJECTS
from kthreadlab.lang.profile import PROFILES, Profile
from tests.oracle.programs.tree import Data

T = TypeVar("T")

NAMES = {
    "wait_queue_head": ("queue", "second"), "spinlock": ("lock", "inner"), "rwlock": ("table", "index"),
    "atomic": ("count", "users"), "completion": ("ready", "gone"), "semaphore": ("sem", "slots"),
    "mutex": ("mut", "outer"), "timer": ("timer", "later"), "list": ("ring", "spare"), "text": ("buf", "path"),
    "rw_semaphore": ("rwsem", "tree"), "array": ("ids",), "ctl_table": ("row",), "work": ("job", "chore"),
    "delayed_work": ("errand",), "refcount": ("holders", "refs"), "kref": ("kept_by", "kin"),
    "tasklet": ("soon", "after"), "rcu_head": ("head", "tail"),
}  # fmt: skip
"""What the objects of a kind are called, the first first."""
UNREADY = {
    "spinlock_t",
    "rwlock_t",
    "wait_queue_head_t",
    "timer_list",
    "list_head",
    "wait_queue_t",
    "rw_semaphore",
    "work_struct",
    "delayed_work",
    "tasklet_struct",
}
"""They declare an object that is not initialised."""
INTS = ("a", "b", "c")
ROW_TEXT = "myevent_handler"
"""The text behind a row of a ctl_table: the one whose registration is a property."""
STRUCT = 'struct("item", id=u32, link=list_head, next=ptr("item"), name=char_array(8))'


def one(rng: random.Random, *weighted: tuple[float, T]) -> T:
    """One of the values, each as often as its weight says."""
    weights, values = zip(*weighted, strict=True)
    return rng.choices(values, weights)[0]


class Cast:
    """See the module.  *data* are the declarations so far; *guard* is the kind of lock that guards a number in this
    program, "" if none does; *reading*: it is taken for reading, by whoever writes too."""

    def __init__(self, rng: random.Random, profile: Profile) -> None:
        self.rng, self.profile = rng, profile
        self.data: dict[str, Data] = {}
        self.unready: set[str] = set()
        self.functions: dict[str, str] = {}
        self.marks, self.maker = 0, False
        self.guard = one(rng, (5, ""), (3, "spinlock"), (3, "rwlock"))
        self.reading = rng.random() < 0.5
        for name in INTS:
            made = one(rng, (4, "u8(0)"), (0.5, "u8(1)"), (1, "s8(0)"), (1, "u32(0)"), (1, "s64(0)"))
            self.data[name] = Data(name, made, scalar=True)

    def has(self, name: str) -> bool:
        """Does this version of the kernel have it?"""
        return name not in self.profile.missing and self.profile.constants.get(name, 0) is not None

    def some(self, names: Sequence[str]) -> str:
        """One of those names that this version has."""
        return self.rng.choice([n for n in names if self.has(n)])

    def number(self) -> str:
        """A shared number."""
        return self.rng.choices(INTS, (4, 3, 1))[0]

    def object(self, kind: str, other: float = 0.2) -> str:
        """A static object of that kind: nearly always the same one, with probability *other* a second one."""
        names = NAMES[kind]
        name = names[self.rng.random() < other] if len(names) > 1 else names[0]
        if name not in self.data:
            self.data[name] = Data(name, self._declared(kind, name))
        return name

    def kept(self) -> tuple[str, str]:
        """A number that everybody touches with one lock held and at no other time, and that lock."""
        self.data.setdefault("kept", Data("kept", "u8(0)", scalar=True))
        lock = NAMES[self.guard][0]
        self.data.setdefault(lock, Data(lock, "DEFINE_SPINLOCK()" if self.guard == "spinlock" else "DEFINE_RWLOCK()"))
        return "kept", lock

    def static(self, name: str, made: str) -> None:
        """A static of that name, unless there is one."""
        self.data.setdefault(name, Data(name, made))

    def wait_queue(self) -> None:
        """The queue of a plot, ready."""
        self.static("queue", "DECLARE_WAIT_QUEUE_HEAD()")
        self.data.setdefault("kept", Data("kept", "u8(0)", scalar=True))

    def item(self) -> str:
        """A static struct with links."""
        self.structs()
        name = self.rng.choice(("one", "two"))
        self.data.setdefault(name, Data(name, "item()"))
        return name

    def structs(self) -> str:
        """The type of what goes onto a list."""
        self.data.setdefault("item", Data("item", STRUCT))
        return "item"

    def pointer(self, name: str, target: str = "") -> str:
        """A static pointer."""
        if target == "item":
            self.structs()
        self.data.setdefault(name, Data(name, f'ptr("{target}")' if target else "ptr()", scalar=True))
        return name

    # ---- declarations ----------------------------------------------------------------------------------------------

    def _declared(self, kind: str, name: str) -> str:
        made = {"text": self._text, "array": self._array, "ctl_table": self._row}.get(kind)
        if made is not None:
            return made()
        by = self._declaring(kind)
        if by in UNREADY:
            self.unready.add(name)
        if kind == "tasklet":
            return self._tasklet(by)
        if kind in ("work", "delayed_work"):
            return self._item(by)
        return self._timer(by) if kind == "timer" else f"{by}({self._argument(by)})"

    def _declaring(self, kind: str) -> str:
        """A name that declares such an object, more often one that makes it ready."""
        names = [n for n, makes in DECLARATIONS.items() if makes == kind and self.has(n)]
        return one(self.rng, *((1 if n in UNREADY else 9, n) for n in names))

    def _argument(self, by: str) -> str:
        return str(self.rng.choice((0, 1, 1, 2))) if OBJECTS[by].names in (("i",), ("n",)) else ""

    def _text(self) -> str:
        size = self.rng.choice((8, 16))
        return one(
            self.rng, (2, f"char_array({size})"), (1, f'char_array({size}, "ab")'), (1, 'char_array(16, "/bin/alert")')
        )

    def _array(self) -> str:
        return self.rng.choice(("array(u8, 2)", "array(s32, 3)"))

    def _row(self) -> str:
        text = ROW_TEXT
        self.data[text] = Data(text, self._text())
        size = self.rng.choice((8, 8, 16, 4))
        mode = self.rng.choice(("0o644", "0o644", "0o444"))
        if self.profile.numbered:
            return (
                f'ctl_table(KERN_MYEVENT_HANDLER, "{text}", {text}, {size}, {mode}, NULL, proc_dostring, sysctl_string)'
            )
        return f'ctl_table("{text}", {text}, {size}, {mode}, proc_dostring)'

    def _timer(self, by: str) -> str:
        if by == "timer_list":
            return "timer_list()"
        function = self.callback()
        alone = by == "DEFINE_TIMER" and self.has("timer_setup")
        return f"{by}({function})" if alone else f"{by}({function}, 0, {self.rng.choice((0, 1, 3))})"

    def _tasklet(self, by: str) -> str:
        if by in UNREADY:
            return f"{by}()"
        return f"{by}({self.callback()}{'' if self.has('tasklet_setup') else ', 1'})"

    def _item(self, by: str) -> str:
        if by in UNREADY:
            return f"{by}()"
        data = f", {self.rng.choice(('NULL', '1'))}" if self.profile.work_data else ""
        return f"{by}({self.job()}{data})"

    # ---- functions -------------------------------------------------------------------------------------------------

    def callback(self) -> str:
        """A function for a timer."""
        return self._function("softirq", ("fired", "tick"))

    def job(self) -> str:
        """A function for a work item."""
        return self._function("work", ("handle", "tidy"))

    def handler(self) -> str:
        """A function that an interrupt calls once it is registered."""
        return self._function("handler", ("served",))

    def child(self) -> str:
        """A function for a thread that the module makes."""
        return self._function("child", ("worker", "brief"))

    def released(self) -> str:
        """A function that a kref calls when nobody needs any more what it counts."""
        return self._function("release", ("gone", "freed"))

    def nap(self) -> str:
        """A function of the module's own, which threads and calls share."""
        return self._function("own", ("nap",))

    def _function(self, kind: str, names: tuple[str, ...]) -> str:
        name = names[self.rng.random() < 0.25] if len(names) > 1 else names[0]
        self.functions.setdefault(name, kind)
        return name


def profiles() -> tuple[str, ...]:
    """The versions of the kernel, by name."""
    return tuple(PROFILES)
