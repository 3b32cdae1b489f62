"""kernel/sysctl.c: rows of a ctl_table as files under /proc/sys, and proc_dostring, which reads and writes their text.

A row is a static of the module.  Up to 2.6.32 it stands in the kernel's own table, with a number and a strategy; today
it has neither, and a file only once register_sysctl() has been called for it.  Nothing locks the text: what runs while
it is written may find either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from kthreadlab.compile.effects import Sleeps, State, by_all
from kthreadlab.compile.ops import operation
from kthreadlab.compile.runtime import KernelFault
from kthreadlab.compile.values import LowerError
from kthreadlab.lang import ir
from kthreadlab.lang.module import KernelModule

ENOENT, EACCES = 2, 13
NUMBERED = ("ctl_name", "procname", "data", "maxlen", "mode", "child", "proc_handler", "strategy")
TODAY = ("procname", "data", "maxlen", "mode", "proc_handler")
"""The fields of a row, in the order of the initialiser."""
OWNERS = {"root": 6}
"""How far the owner's bits of a mode are to the left; anybody else has the last three."""
READ, WRITE = 4, 2


@dataclass(frozen=True)
class Row:
    """One row.  *data* is the name of the char array, "" for NULL."""

    name: str
    ctl_name: int
    procname: str
    data: str
    maxlen: int
    mode: int
    child: int
    proc_handler: str

    @property
    def is_file(self) -> bool:
        """Does the row make a file?  Number 0 ends the table; a child makes it a directory."""
        return bool(self.ctl_name and self.procname and not self.child)

    def allows(self, user: str, what: int) -> bool:
        """Is *user* allowed to *what* (`READ` or `WRITE`)?  As 2.6.11's test_perm."""
        return bool(self.mode >> OWNERS.get(user, 0) & what)


# ---- proc_dostring -------------------------------------------------------------------------------------------------


def write_string(old: str, maxlen: int, data: str, offset: int = 0, strict: bool = False) -> tuple[str, int]:
    """One write of *data* where *old* stands: the new text, and what write() returns.

    The text ends before the first newline or NUL and is cut to *maxlen* - 1 bytes without a word; all of *data* counts
    as written.  *offset*, where the writer stands in the file, means nothing, so that every write begins anew; with
    *strict* (sysctl_writes_strict) it goes on there, and is ignored beyond the end.
    """
    raw = data.encode()
    if not raw or maxlen <= 0:
        return old, 0
    kept = b""
    if strict:
        kept = old.encode()[: maxlen - 1]
        if offset > len(kept):
            return old, len(raw)
        kept = kept[:offset]
    text = raw.replace(b"\0", b"\n").partition(b"\n")[0]
    return (kept + text)[: maxlen - 1].decode(errors="ignore"), len(raw)


def read_string(text: str, maxlen: int, room: int, offset: int = 0, continues: bool = False) -> str:
    """What one read() of at most *room* bytes at *offset* gives: the text, and a newline if there is room for it.

    Only a read at the beginning gives anything, unless *continues*.
    """
    raw = text.encode()[: max(maxlen, 0)]
    if maxlen <= 0 or room <= 0 or (offset and not continues) or offset > len(raw):
        return ""
    out = raw[offset : offset + room]
    return (out + b"\n" if len(out) < room else out).decode(errors="ignore")


# ---- rows ----------------------------------------------------------------------------------------------------------


@lru_cache(16)
def rows(module: KernelModule, numbered: bool) -> dict[str, Row]:
    """The module's rows by the name of their file, as this version of the kernel reads them; also those that make
    none, since number 0 ends a table."""
    out: dict[str, Row] = {}
    for static in module.statics.values():
        ended = False
        for fields, pos in _initialisers(static):
            row = _row(static.name, fields, pos, numbered)
            ended = ended or row is None or not row.ctl_name
            if row is None:
                continue
            row = replace(row, ctl_name=0) if ended else row
            if row.is_file or row.procname not in out:
                out[row.procname] = row
    return out


def _initialisers(static: ir.Static) -> Iterator[tuple[tuple[ir.Expr, ...], ir.Pos]]:
    """The rows that a static declares: their fields, and where they stand."""
    if static.make == "ctl_table":
        yield static.args, static.pos
    elif static.make == "ctl_tables":
        yield from ((row.items, row.pos) for row in static.args)


def _row(static: str, fields: tuple[ir.Expr, ...], pos: ir.Pos, numbered: bool) -> Row | None:
    """One row; None for the one of zeros that ends a table."""
    if not fields or (isinstance(fields[0], ir.Const) and fields[0].value == 0 and len(fields) == 1):
        return None
    names = NUMBERED if numbered else TODAY
    if len(fields) < len(names) or (not numbered and len(fields) != len(names)):
        raise LowerError(f"a row with {len(fields)} fields", pos, f"here a ctl_table has {', '.join(names)}")
    given = dict(zip(names, fields, strict=False))

    def number(key: str, missing: int = 0) -> int:
        value = given.get(key)
        return value.value if isinstance(value, ir.Const) else missing if value is None else 1

    text = given["procname"].value if isinstance(given["procname"], ir.Str) else ""
    data = given["data"].name if isinstance(given["data"], ir.Name) else ""
    handler = given["proc_handler"].name if isinstance(given["proc_handler"], ir.FuncRef) else ""
    return Row(static, number("ctl_name", 1), text, data, number("maxlen"), number("mode"), number("child"), handler)


def file_name(path: str) -> str:
    """The last part of a path."""
    return path.rsplit("/", 1)[-1]


def row_of(m, path: str) -> Row | None:
    """The row behind a file under /proc/sys/kernel, if the module has one."""
    return rows_of(m).get(file_name(path)) if path.rsplit("/", 1)[0] in ("/proc/sys/kernel", "") else None


def rows_of(m) -> dict[str, Row]:
    """The rows of a machine's module."""
    return rows(m.module, m.config.kernel.numbered)


def target(m, path: str) -> str:
    """The cell of the char array behind a file; "" if there is none.  Without a row, or where the row leads to nothing
    that holds text, the array named as the file stands in."""
    row = row_of(m, path)
    for name in (row.data if row is not None else "", file_name(path)):
        obj = m.statics.objects.get(name)
        if obj is not None and getattr(obj.type, "kind", "") == "text":
            return obj.key
    return ""


def holds_text(m, row: Row) -> bool:
    """Does the row lead to a char array?  (differs from Linux: proc_dostring would write over whatever is there.)"""
    return target(m, f"/proc/sys/kernel/{row.procname}") == f"s.{row.data}"


def exists(m, path: str) -> str:
    """An expression over ``s``: is the file there?"""
    row = row_of(m, path)
    return f"s[@reg.{row.name}@]" if row is not None and not m.config.kernel.numbered else "1"


def write(m, x, old: str) -> tuple[str, int]:
    """What the scenario's write *x* does to the text: the new one, and what write() returns."""
    row = row_of(m, x.path)
    size = m.statics.objects[target(m, x.path)[2:]].size
    if row is None:
        return write_string(old, size, x.text)
    if not row.is_file:
        return old, -ENOENT
    if not row.allows(x.user, WRITE):
        return old, -EACCES
    if not holds_text(m, row):
        return old, 0
    if row.proc_handler != "proc_dostring":
        return old, -22
    new, returned = write_string(old, row.maxlen, x.text)
    if len(new.encode()) + 1 > size:
        raise KernelFault("text_overflow", f"{len(new.encode()) + 1} bytes into {size}")
    return new, returned


def read(m, x, text: str) -> tuple[str, int]:
    """What the scenario's read *x* gives, and what read() returns."""
    row = row_of(m, x.path)
    size = m.statics.objects[target(m, x.path)[2:]].size
    if row is not None and not row.is_file:
        return "", -ENOENT
    if row is not None and not row.allows(x.user, READ):
        return "", -EACCES
    if row is not None and not holds_text(m, row):
        return "", 0
    out = read_string(text, size if row is None else row.maxlen, 4096)
    return out, len(out.encode())


@operation(
    "register_sysctl_table",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
@operation(
    "register_sysctl", sleeps=Sleeps.NEVER, state=State.KEPT, context=(), reads=(0,), writes=(), does=(), seen=by_all
)
def register_sysctl(g, i) -> None:
    """Make the files of a row.  Differs from Linux: what it returns is the row itself."""
    g.copy()
    row = i.args[1 if i.op == "register_sysctl" else 0]
    if row.obj is None or row.obj.type.kind != "ctl_table":
        raise LowerError(f"{i.op} takes a row", i.pos, "a static made by ctl_table(...)")
    g(f"c[@reg.{row.obj.name}@] = 1")
    g.result(f"@{row.obj.key}@")
    g.event(result="1")


@operation(
    "unregister_sysctl_table",
    sleeps=Sleeps.NEVER,
    state=State.KEPT,
    context=(),
    reads=(),
    writes=(),
    does=(),
    seen=by_all,
)
def unregister_sysctl_table(g, i) -> None:
    g.copy()
    for name in sorted(x.name for x in rows_of(g.m).values()):
        g(f"if {g.src(i.args[0])} == @s.{name}@: c[@reg.{name}@] = 0")
    g.event()
