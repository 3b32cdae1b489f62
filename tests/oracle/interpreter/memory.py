"""Memory, texts, lists, words that are changed in one step, the log."""

from __future__ import annotations

import re
from collections.abc import Callable

from kthreadlab.lang import ir

from .code import sizeof
from .run import GFP_WAIT, Run, operation, written
from .state import EMPTY, NULL, POISON, RUNNING, UNSET, Obj
from .values import UNWRITTEN, Fn, KernelFault, NotInterpreted, Number, Ptr, TypeVal, Value, fit, is_error, true

E2BIG = 7

# ---- allocation ----------------------------------------------------------------------------------------------------


def allocated(run: Run, flags: int, build: Callable[[], Obj]) -> Value:
    """The memory that *build* makes, or NULL; with GFP_KERNEL perhaps after a sleep, from which the caller comes back
    in TASK_RUNNING and with its interrupts as they were."""
    if run.phase == "back":
        return run.data[0]
    if run.variant == "sleep" and flags & GFP_WAIT and run.task.interrupt:
        raise KernelFault("sleep_in_interrupt")
    found: Value = 0
    if run.fails("kmalloc"):
        run.exercise("#allocation_fails")
        run.world.failed(run)
    else:
        thing = build()
        thing.where, thing.shared = "heap", False
        run.triggers.add("no_leak")
        found = Ptr(run.new(("h",), thing))
    if run.variant == "sleep" and flags & GFP_WAIT:
        off = not run.task.irqs
        run.task.state = RUNNING
        if not (off and run.world.enough):  # of whom nobody takes the CPU the interrupts stay off
            run.give_up()
        run.task.irqs = not off
        run.exercise("#allocation_sleeps")
        return run.wait("back", found)
    return found


@operation("kmalloc")
def kmalloc(run: Run, size: int, flags: int) -> Value:
    return allocated(run, flags, lambda: Obj("raw", {}, "heap", size=size))


@operation("kzalloc")
def kzalloc(run: Run, size: int, flags: int) -> Value:
    return allocated(run, flags, lambda: Obj("raw", {}, "heap", "zero", size))


def in_steps(run: Run, flags: int, length: Callable[[], int], fill: Callable[[Value, int], Value]) -> Value:
    """Memory for a text and its NUL: its length, an allocation, and what then has come of the text are three steps."""
    if not run.phase:
        return run.wait("memory", length() + 1)
    if run.phase == "fill":
        fill(run.data[0], run.thing(run.data[0]).size)
        return run.data[0]
    size = run.data[0]
    if run.phase == "memory":
        run.remember("kmalloc")
        run.check_context("kmalloc", [size, flags])
    made = allocated(run, flags, lambda: Obj("text", {"text": ""}, "heap", size=size))
    return run.wait("fill", made) if isinstance(made, Ptr) else made


@operation("kstrdup")
def kstrdup(run: Run, s: Value, flags: int) -> Value:
    """The copy is of as many bytes as there were before."""
    if s == 0:
        return 0
    return in_steps(run, flags, lambda: len(run.text(s)), lambda p, size: strncpy(run, p, s, size))


@operation("kasprintf")
def kasprintf(run: Run, flags: int, fmt: Value, *args: Value) -> Value:
    return in_steps(
        run, flags, lambda: len(formatted(run, fmt, args)), lambda p, size: snprintf(run, p, size, fmt, *args)
    )


@operation("kfree")
def kfree(run: Run, p: Value) -> Value:
    if p == 0:
        return 0
    if not isinstance(p, Ptr):
        raise KernelFault("bad_pointer")
    thing = run.state.objects.get(p.obj)
    if thing is None or thing.where != "heap" or p.key is not None or thing.parent is not None:
        raise KernelFault("bad_pointer")
    if not thing.alive:
        raise KernelFault("double_free")
    run.state.end(p.obj)
    run.triggers.add("no_dangling")
    return 0


@operation("ksize")
def ksize(run: Run, p: Value) -> Value:
    if p == 0:
        return 0
    thing = run.thing(p)
    if thing.where != "heap":
        raise KernelFault("bad_pointer")
    return thing.size


@operation("cast")
def cast(run: Run, type_: TypeVal, p: Value) -> Value:
    """Heap memory that has no type yet gets one."""
    if isinstance(p, Ptr) and p.obj in run.state.objects:
        thing = run.state.objects[p.obj]
        if thing.kind == "raw" and thing.alive and isinstance(type_.type, str):
            size, zero = thing.size, thing.type == "zero"
            if size < sizeof(run.world.module, type_.type):
                raise KernelFault("out_of_bounds", "the memory is too small")
            shared = thing.shared
            run.world.build(run.state, p.obj, ir.ObjType("struct", 0, type_.type), "struct", [], "heap", None, zero)
            run.state.objects[p.obj].size = size
            if shared:
                run.state.publish(p)
    return p


# ---- errno as pointer, arithmetic ----------------------------------------------------------------------------------


@operation("IS_ERR")
def is_err(run: Run, p: Value) -> Value:
    return int(is_error(p))


@operation("IS_ERR_OR_NULL")
def is_err_or_null(run: Run, p: Value) -> Value:
    return int(p == 0 or is_error(p))


@operation("PTR_ERR", "ERR_PTR", "likely", "unlikely")
def same(run: Run, x: Value) -> Value:
    return x


@operation("min")
def min_(run: Run, x: int, y: int) -> Value:
    return min(x, y)


@operation("max")
def max_(run: Run, x: int, y: int) -> Value:
    return max(x, y)


@operation("ffs")
def ffs(run: Run, x: int) -> Value:
    x &= 0xFFFFFFFF
    return (x & -x).bit_length()


@operation("fls")
def fls(run: Run, x: int) -> Value:
    return (x & 0xFFFFFFFF).bit_length()


@operation("hweight32")
def hweight32(run: Run, w: int) -> Value:
    return (w & 0xFFFFFFFF).bit_count()


def _conversions() -> None:
    for type_ in ir.INTS.values():

        def convert(run: Run, value: Value = 0, type_: ir.IntType = type_) -> Value:
            return fit(type_, value)

        operation(type_.name)(convert)


_conversions()


@operation("BUG")
def bug(run: Run) -> Value:
    raise KernelFault("bug")


@operation("BUG_ON")
def bug_on(run: Run, condition: Value) -> Value:
    if true(condition):
        raise KernelFault("bug")
    return 0


@operation("WARN_ON")
def warn_on(run: Run, condition: Value) -> Value:
    return int(true(condition))


# ---- words ---------------------------------------------------------------------------------------------------------


def _bits(name: str, change: Callable[[int, int], int] | None, tells: bool) -> None:
    def call(run: Run, nr: int, word: Value) -> Value:
        old = run.word(word)
        if not 0 <= nr < 64:
            raise KernelFault("shift")
        if isinstance(old, Ptr | Number):
            if tells:
                raise NotInterpreted("a bit of an address")
            run.set_word(word, Number(name, old, nr))
            return 0
        bit = 1 << nr
        if change is not None:
            value = change(old & 0xFFFFFFFFFFFFFFFF, bit)
            run.set_word(word, value - (1 << 64) if value >> 63 else value)
        return int(bool(old & bit)) if tells or change is None else 0

    operation(name)(call)


_bits("set_bit", lambda w, b: w | b, False)
_bits("clear_bit", lambda w, b: w & ~b, False)
_bits("change_bit", lambda w, b: w ^ b, False)
_bits("test_bit", None, True)
_bits("test_and_set_bit", lambda w, b: w | b, True)
_bits("test_and_clear_bit", lambda w, b: w & ~b, True)
_bits("test_and_change_bit", lambda w, b: w ^ b, True)


@operation("xchg")
def xchg(run: Run, word: Value, new: Value) -> Value:
    old = run.word(word)
    run.set_word(word, new)
    publish_word(run, word, new)
    return old


@operation("cmpxchg")
def cmpxchg(run: Run, word: Value, old: Value, new: Value) -> Value:
    found = run.word(word)
    if found == old:
        run.set_word(word, new)
        publish_word(run, word, new)
    return found


def publish_word(run: Run, word: Value, value: Value) -> None:
    if isinstance(word, Ptr) and run.thing(Ptr(word.obj)).shared:
        run.state.publish(value)


@operation("ACCESS_ONCE", "READ_ONCE", "smp_load_acquire", "rcu_dereference")
def read_once(run: Run, word: Value) -> Value:
    return run.word(word)


@operation("WRITE_ONCE", "smp_store_release", "rcu_assign_pointer")
def write_once(run: Run, word: Value, value: Value) -> Value:
    run.set_word(word, value)
    publish_word(run, word, value)
    return 0


def atomic(run: Run, v: Value, change: Callable[[int], int]) -> int:
    """An atomic_t is an int of 32 bits that wraps."""
    thing = run.thing(v, "atomic")
    value = (change(written(thing.data["value"])) + (1 << 31)) % (1 << 32) - (1 << 31)
    thing.data["value"] = value
    return value


@operation("atomic_set")
def atomic_set(run: Run, v: Value, i: int) -> Value:
    run.thing(v, "atomic").data["value"] = 0
    atomic(run, v, lambda _: i)
    return 0


@operation("atomic_read")
def atomic_read(run: Run, v: Value) -> Value:
    return written(run.thing(v, "atomic").data["value"])


def _atomics() -> None:
    for name, sign in (("add", 1), ("sub", -1)):

        def change(run: Run, i: int, v: Value, sign: int = sign) -> Value:
            atomic(run, v, lambda value: value + sign * i)
            return 0

        def change_return(run: Run, i: int, v: Value, sign: int = sign) -> Value:
            return atomic(run, v, lambda value: value + sign * i)

        operation(f"atomic_{name}")(change)
        operation(f"atomic_{name}_return")(change_return)
    for name, step in (("inc", 1), ("dec", -1)):

        def one(run: Run, v: Value, step: int = step) -> Value:
            atomic(run, v, lambda value: value + step)
            return 0

        def one_return(run: Run, v: Value, step: int = step) -> Value:
            return atomic(run, v, lambda value: value + step)

        def one_test(run: Run, v: Value, step: int = step) -> Value:
            return int(atomic(run, v, lambda value: value + step) == 0)

        operation(f"atomic_{name}")(one)
        operation(f"atomic_{name}_return")(one_return)
        operation(f"atomic_{name}_and_test")(one_test)


_atomics()


@operation("atomic_cmpxchg")
def atomic_cmpxchg(run: Run, v: Value, old: int, new: int) -> Value:
    found = atomic_read(run, v)
    atomic(run, v, lambda value: new if value == narrow(old) else value)
    return found


@operation("atomic_xchg")
def atomic_xchg(run: Run, v: Value, new: int) -> Value:
    found = atomic_read(run, v)
    atomic(run, v, lambda _: new)
    return found


@operation("atomic_add_unless")
def atomic_add_unless(run: Run, v: Value, a: int, u: int) -> Value:
    found = atomic_read(run, v)
    if found == narrow(u):
        return 0
    atomic(run, v, lambda value: value + a)
    return 1


@operation("atomic_inc_not_zero")
def atomic_inc_not_zero(run: Run, v: Value) -> Value:
    return atomic_add_unless(run, v, 1, 0)


@operation("atomic_sub_and_test")
def atomic_sub_and_test(run: Run, i: int, v: Value) -> Value:
    return int(atomic(run, v, lambda value: value - i) == 0)


@operation("atomic_add_negative")
def atomic_add_negative(run: Run, i: int, v: Value) -> Value:
    return int(atomic(run, v, lambda value: value + i) < 0)


def narrow(n: int) -> int:
    """A number as an int of 32 bits."""
    return (n + (1 << 31)) % (1 << 32) - (1 << 31)


# ---- texts ---------------------------------------------------------------------------------------------------------

CONVERSION = re.compile(r"%([-+ #0]*)(\d*|\*)(?:\.(\d+|\*))?(hh|h|ll|l|z|j|t)?([diuxXocspn%])")
WIDTHS = {"hh": 8, "h": 16, "": 32, "l": 64, "ll": 64, "z": 64, "j": 64, "t": 64}


def formatted(run: Run, fmt: Value, args: tuple) -> str:
    """printf()."""
    left = list(args)

    def argument() -> Value:
        if not left:
            raise KernelFault("bad_pointer", "too few arguments")
        return left.pop(0)

    def one(match: re.Match) -> str:
        flags, width, precision, length, kind = match.groups()
        if kind == "%":
            return "%"
        width = str(argument()) if width == "*" else width
        if precision == "*":
            precision = str(argument())
        value = argument()
        if kind == "s":
            text = "(null)" if value == 0 else run.text(value)
            text = text if precision is None else text[: int(precision)]
            return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))
        if kind == "p" or not isinstance(value, int):
            value = value if isinstance(value, int) else 0
            return f"{value:08x}"
        if kind == "c":
            return chr(value & 255)
        bits = WIDTHS[length or ""]
        value &= (1 << bits) - 1
        if kind in "di" and value >> (bits - 1):
            value -= 1 << bits
        directive = "%" + flags + width + (f".{precision}" if precision is not None else "")
        return (directive + {"u": "d", "i": "d"}.get(kind, kind)) % value

    return CONVERSION.sub(one, run.text(fmt))


@operation(
    "printk", "pr_emerg", "pr_alert", "pr_crit", "pr_err", "pr_warning", "pr_warn", "pr_notice", "pr_info", "pr_cont"
)
def printk(run: Run, fmt: Value, *args: Value) -> Value:
    text = formatted(run, fmt, args)
    run.world.logged(run)
    return len(re.sub(r"^<\d>", "", text))


@operation("sprintf")
def sprintf(run: Run, buf: Value, fmt: Value, *args: Value) -> Value:
    text = formatted(run, fmt, args)
    run.set_text(buf, text)
    return len(text)


@operation("snprintf")
def snprintf(run: Run, buf: Value, size: int, fmt: Value, *args: Value) -> Value:
    text = formatted(run, fmt, args)
    if size > 0:
        run.set_text(buf, text[: size - 1])
    return len(text)


@operation("scnprintf")
def scnprintf(run: Run, buf: Value, size: int, fmt: Value, *args: Value) -> Value:
    return min(snprintf(run, buf, size, fmt, *args), max(size - 1, 0))


@operation("strcpy")
def strcpy(run: Run, dest: Value, src: Value) -> Value:
    run.set_text(dest, run.text(src))
    return dest


@operation("strncpy")
def strncpy(run: Run, dest: Value, src: Value, count: int) -> Value:
    text = run.text(src)[:count] if not isinstance(src, Ptr) or src.obj[0] == "str" else bounded(run, src, count)
    if len(text) < count:
        if count > run.thing(dest).size and not (isinstance(dest, Ptr) and dest.key == "comm"):
            raise KernelFault("text_overflow")
        run.set_text(dest, text)
    else:
        run.set_text(dest, text, terminated=False)
    return dest


def bounded(run: Run, src: Value, count: int) -> str:
    """At most *count* characters: a NUL behind them is not needed."""
    thing = run.thing(src) if isinstance(src, Ptr) and src.key is None else None
    if thing is not None and thing.kind == "text":
        run.access(Ptr(src.obj), False)
        content = written(thing.data["text"]).split("\0")[0]
        if len(content) >= count:
            return content[:count]
    return run.text(src)[:count]


@operation("strlen")
def strlen(run: Run, s: Value) -> Value:
    return len(run.text(s))


def compared(a: str, b: str) -> int:
    return (a > b) - (a < b)


@operation("strcmp")
def strcmp(run: Run, a: Value, b: Value) -> Value:
    return compared(run.text(a), run.text(b))


@operation("strncmp")
def strncmp(run: Run, a: Value, b: Value, count: int) -> Value:
    return compared(bounded(run, a, count), bounded(run, b, count))


@operation("strcat")
def strcat(run: Run, dest: Value, src: Value) -> Value:
    run.set_text(dest, run.text(dest) + run.text(src))
    return dest


@operation("strncat")
def strncat(run: Run, dest: Value, src: Value, count: int) -> Value:
    run.set_text(dest, run.text(dest) + bounded(run, src, count))
    return dest


@operation("strlcpy")
def strlcpy(run: Run, dest: Value, src: Value, size: int) -> Value:
    text = run.text(src)
    if size > 0:
        run.set_text(dest, text[: size - 1])
    return len(text)


@operation("strlcat")
def strlcat(run: Run, dest: Value, src: Value, size: int) -> Value:
    old, new = run.text(dest), run.text(src)
    if len(old) >= size:
        raise KernelFault("bug")
    run.set_text(dest, (old + new)[: size - 1])
    return len(old) + len(new)


@operation("strscpy")
def strscpy(run: Run, dest: Value, src: Value, size: int) -> Value:
    text = run.text(src)
    if size <= 0:
        return -E2BIG
    run.set_text(dest, text[: size - 1])
    return len(text) if len(text) < size else -E2BIG


@operation("memset")
def memset(run: Run, p: Value, c: int, count: int) -> Value:
    thing = run.thing(p)
    run.access(Ptr(p.obj), True)
    if thing.kind == "raw":
        if count > thing.size:
            raise KernelFault("text_overflow")
        if c & 255:
            thing.kind, thing.data = "text", {"text": chr(c & 255) * count}
        else:
            thing.type = "zero"
        return p
    if thing.kind == "text":
        if count > thing.size:
            raise KernelFault("text_overflow")
        rest = "" if thing.data["text"] == UNWRITTEN else thing.data["text"][count:]
        filled = chr(c & 255) * count if c & 255 else "\0" * (count if rest else 0)
        thing.data["text"] = (filled + rest).rstrip("\0")
        return p
    if c & 255 == 0:
        wipe(run, p.obj, thing)
    return p


def wipe(run: Run, address: object, thing: Obj) -> None:
    """All of an object is zeros: what lies in it is as if nothing had initialised it."""
    for key, value in thing.data.items():
        if isinstance(value, int | Ptr) or value == UNWRITTEN:
            thing.data[key] = 0
    for inner, part in list(run.state.objects.items()):
        if part.parent != address:
            continue
        if part.kind in ("struct", "array"):
            wipe(run, inner, part)
            continue
        torn = part.kind == "timer" and (part.data["pending"] or part.data["torn"])
        run.world.build_part(run.state, address, inner[1], ir.ObjType(part.kind, part.size), zero=True)
        if torn:
            run.state.objects[inner].data["torn"] = True


# ---- lists ---------------------------------------------------------------------------------------------------------


def node(run: Run, p: Value) -> Obj:
    return run.thing(p, "list")


def links(thing: Obj) -> object:
    """What its links are, if anything was ever put there."""
    if thing.data["link"] == UNSET:
        raise KernelFault("uninitialised_local", "these links were never initialised")
    return thing.data["link"]


def listed(run: Run, head: Value) -> tuple:
    """The addresses on the list of *head*; it must be one."""
    thing = node(run, head)
    if thing.data["link"] == POISON:
        raise KernelFault("bad_pointer")
    links(thing)
    if thing.data["entries"] is None:
        raise KernelFault("null_pointer")
    return whole(thing.data["entries"])


def whole(entries: tuple) -> tuple:
    """What is on a list; an entry that was added twice has made its links run in a circle."""
    if len(set(entries)) < len(entries):
        raise KernelFault("corrupted_list")
    return entries


def living(run: Run, address: object) -> None:
    other = run.state.objects.get(address)  # type: ignore[arg-type]
    if other is None or not other.alive:
        raise KernelFault("use_after_free")


@operation("INIT_LIST_HEAD")
def init_list_head(run: Run, head: Value) -> Value:
    node(run, head).data.update(entries=(), link=EMPTY)
    return 0


def place(run: Run, beside: Value, tail: bool) -> tuple[object, tuple, int]:
    """Where list_add() beside *beside*, a head or an entry, puts something: the list, what is on it, the position."""
    link = node(run, beside).data["link"]
    if link in (EMPTY, NULL, POISON, UNSET):
        on = listed(run, beside)
        return beside.obj, on, len(on) if tail else 0
    living(run, link)
    on = whole(run.state.objects[link].data["entries"] or ())
    if beside.obj not in on:
        raise KernelFault("corrupted_list")
    return link, on, on.index(beside.obj) + (not tail)


def insert(run: Run, new: Value, beside: Value, tail: bool) -> None:
    thing = node(run, new)
    head, on, at = place(run, beside, tail)
    top = run.state.objects[head]
    if new.obj == head:  # a list without entries is so again; of others the last is all that is led to, or nothing
        top.data["entries"] = (*(on if tail else ()), head, head) if on else ()
        return
    owner = run.state.objects.get(thing.data["link"])
    torn = owner is not None and new.obj in (owner.data["entries"] or ())
    if torn or thing.data["link"] == EMPTY and thing.data["entries"]:  # links of one list lead into the other
        for other in (owner if torn else thing, top):
            other.data["entries"] = (*(other.data["entries"] or ()), new.obj, new.obj)
        return
    for neighbour in (*on[max(at - 1, 0) : at], *on[at : at + 1]):
        living(run, neighbour)
    thing.data.update(link=head, entries=())
    top.data["entries"] = (*on[:at], new.obj, *on[at:])
    if top.shared:
        run.state.publish(new)


@operation("list_add")
def list_add(run: Run, new: Value, head: Value) -> Value:
    insert(run, new, head, False)
    return 0


@operation("list_add_tail")
def list_add_tail(run: Run, new: Value, head: Value) -> Value:
    insert(run, new, head, True)
    return 0


def behead(run: Run, entries: tuple) -> None:
    """The head of these entries goes: they are a ring without it, and the first is as good a head as any."""
    for other in entries[:1] + entries[-1:]:
        living(run, other)
    for n, other in enumerate(entries):
        mine = {"link": entries[0], "entries": ()} if n else {"link": EMPTY, "entries": entries[1:]}
        run.state.objects[other].data.update(mine)


def take_off(run: Run, entry: Value, after: str) -> None:
    thing = node(run, entry)
    link = links(thing)
    if link == NULL:
        raise KernelFault("null_pointer")
    if link == POISON:
        raise KernelFault("bad_pointer")
    if link == EMPTY:
        behead(run, whole(thing.data["entries"] or ()))
    else:
        living(run, link)
        entries = whole(run.state.objects[link].data["entries"] or ())
        if entry.obj in entries:
            at = entries.index(entry.obj)
            for other in (*entries[max(at - 1, 0) : at], *entries[at + 1 : at + 2]):
                living(run, other)
            run.state.objects[link].data["entries"] = entries[:at] + entries[at + 1 :]
    thing.data["link"] = after
    thing.data["entries"] = () if after == EMPTY else None


@operation("list_del")
def list_del(run: Run, entry: Value) -> Value:
    take_off(run, entry, POISON)
    return 0


@operation("list_del_init")
def list_del_init(run: Run, entry: Value) -> Value:
    take_off(run, entry, EMPTY)
    return 0


@operation("list_move")
def list_move(run: Run, entry: Value, head: Value) -> Value:
    take_off(run, entry, EMPTY)
    insert(run, entry, head, False)
    return 0


@operation("list_move_tail")
def list_move_tail(run: Run, entry: Value, head: Value) -> Value:
    take_off(run, entry, EMPTY)
    insert(run, entry, head, True)
    return 0


@operation("list_empty")
def list_empty(run: Run, head: Value) -> Value:
    """``head->next == head``."""
    thing = node(run, head)
    if links(thing) in (NULL, POISON):
        return 0
    if thing.data["link"] != EMPTY:
        return 0
    return int(not thing.data["entries"])


@operation("#list_next")
def list_next(run: Run, head: Value, entry: Value, back: bool = False) -> Value:
    """``entry->next``, or ``entry->prev``."""
    thing = node(run, entry)
    link = links(thing)
    if link == POISON:
        return Ptr(("nowhere", POISON))
    if thing.data["entries"] is None and link == NULL:
        return 0
    if link == EMPTY or entry == head and link not in run.state.objects:
        entries = listed(run, entry)
        return Ptr(entries[-1 if back else 0]) if entries else entry
    living(run, link)
    entries = whole(run.state.objects[link].data["entries"] or ())
    if entry.obj not in entries:
        raise KernelFault("corrupted_list")
    at = entries.index(entry.obj) + (-1 if back else 1)
    return Ptr(entries[at]) if 0 <= at < len(entries) else Ptr(link)


def splice(run: Run, source: Value, beside: Value, tail: bool, init: bool) -> None:
    """All that is on a list goes beside a head or an entry; its own links lead there until it is made empty."""
    thing = node(run, source)
    if links(thing) == EMPTY and not thing.data["entries"]:
        return
    if thing.data["link"] not in (EMPTY, NULL, POISON):  # an entry: its ring is torn
        living(run, thing.data["link"])
        raise KernelFault("corrupted_list")
    mine = listed(run, source)
    for other in mine[:1] + mine[-1:]:
        living(run, other)
    head, on, at = place(run, beside, tail)
    top = run.state.objects[head]
    if head == source.obj:
        thing.data["entries"] = () if init and beside == source else (*mine, head, head)
        return
    for neighbour in (*on[max(at - 1, 0) : at], *on[at : at + 1]):
        living(run, neighbour)
    top.data["entries"] = (*on[:at], *mine, *on[at:])
    for other in mine:
        run.state.objects[other].data.update(link=head, entries=())
    thing.data["entries"] = () if init else (*mine, source.obj, source.obj)


def _splices() -> None:
    for name, tail, init in (
        ("list_splice", False, False),
        ("list_splice_init", False, True),
        ("list_splice_tail", True, False),
        ("list_splice_tail_init", True, True),
    ):

        def call(run: Run, source: Value, head: Value, tail: bool = tail, init: bool = init) -> Value:
            splice(run, source, head, tail, init)
            return 0

        operation(name)(call)


_splices()


@operation("list_replace_init")
def list_replace_init(run: Run, old: Value, new: Value) -> Value:
    """In the place of an entry or a head; of an empty list the new links lead to the old."""
    there, thing = node(run, old), node(run, new)
    link = links(there)
    if link in (NULL, POISON):
        listed(run, old)
    if link == EMPTY:
        mine = listed(run, old)
        for other in mine[:1] + mine[-1:]:
            living(run, other)
        thing.data.update(link=EMPTY, entries=mine or (new.obj, new.obj))
        for other in mine:
            run.state.objects[other].data.update(link=new.obj, entries=())
    else:
        head, on, at = place(run, old, True)
        for other in (*on[max(at - 1, 0) : at], *on[at + 1 : at + 2]):
            living(run, other)
        run.state.objects[head].data["entries"] = (*on[:at], new.obj, *on[at + 1 :])
        thing.data.update(link=head, entries=())
    there.data.update(link=EMPTY, entries=())
    return 0


@operation("list_is_singular")
def list_is_singular(run: Run, head: Value) -> Value:
    thing = node(run, head)
    link = links(thing)
    if link in (NULL, POISON):
        return int(link == NULL)
    if link == EMPTY:
        return int(len(listed(run, head)) == 1)
    living(run, link)
    on = whole(run.state.objects[link].data["entries"] or ())
    if head.obj not in on:
        raise KernelFault("corrupted_list")
    return int(len(on) == 1)


__all__ = ["Fn"]
