"""Memory by the byte: memcpy(), memmove(), memcmp()."""

from __future__ import annotations

from typing import Any

from kthreadlab.lang import ir

from .code import sizeof
from .run import Run, operation
from .state import Obj
from .values import UNWRITTEN, KernelFault, Ptr, Value


def block(run: Run, p: Value) -> Obj:
    thing = run.thing(p)
    if p.key is not None or thing.kind not in ("raw", "text", "array", "struct"):
        raise KernelFault("bad_pointer")
    return thing


def pieces(run: Run, thing: Obj) -> list[tuple[Any, int]]:
    """The fields or elements, each with the number of its bytes; nothing for what is text."""
    module = run.world.module
    if thing.kind == "struct":
        fields = [(name, sizeof(module, type_)) for name, type_ in module.structs[thing.type].fields]
        room, out = extent(run, thing), []
        for name, width in fields:
            room -= width
            if room >= 0:
                out.append((name, width))
        return out
    if thing.kind == "array":
        width = ir.INTS[thing.type].bits // 8 if thing.type in ir.INTS else 8
        return [(n, width) for n in range(thing.size)]
    return []


def extent(run: Run, thing: Obj) -> int:
    """All of its bytes."""
    if thing.kind in ("raw", "text") or (thing.where == "heap" and thing.parent is None):
        return thing.size
    if thing.kind == "struct":
        return sizeof(run.world.module, thing.type)
    return sum(width for _, width in pieces(run, thing))


def content(run: Run, p: Value, thing: Obj, key: Any) -> Value:
    """A field or element; of an object in a struct what its data are."""
    inner = run.state.objects.get((p.obj, key))
    return thing.data.get(key, 0) if inner is None else inner


def put(run: Run, p: Value, thing: Obj, key: Any, value: Value) -> None:
    inner = run.state.objects.get((p.obj, key))
    if inner is None:
        thing.data[key] = value
        if thing.shared:
            run.state.publish(value)
    elif inner.kind in ("text", "array", "struct") or inner.kind == "raw":
        again(run, Ptr((p.obj, key)), inner, value)


def again(run: Run, p: Ptr, inner: Obj, value: Value) -> None:
    """A text, an array or a struct in a struct is what another is; what is the kernel's stays as it is."""
    if isinstance(value, Obj) and value.kind == "struct" or inner.kind == "struct":
        for key, _ in pieces(run, inner):
            source = next((x for x, o in run.state.objects.items() if o is value), None)
            put(run, p, inner, key, content(run, Ptr(source), value, key) if source is not None else 0)
    elif isinstance(value, Obj):
        if value.kind == "raw" and value.type != "zero":
            return
        inner.kind, inner.data = value.kind, dict(value.data)
        if inner.kind == "raw":
            inner.type = value.type
    elif inner.kind == "array":
        inner.data = dict.fromkeys(inner.data, 0)
    else:
        inner.kind, inner.data = "text", {"text": ""}


@operation("memcpy", "memmove")
def memcpy(run: Run, to: Value, source: Value, count: int) -> Value:
    if count == 0:
        return to
    a, b = block(run, source), block(run, to)
    if not 0 <= count <= extent(run, a):
        raise KernelFault("out_of_bounds")
    if count > extent(run, b):
        raise KernelFault("text_overflow")
    if a.kind == "raw" and a.type != "zero":
        raise KernelFault("uninitialised_local")
    run.access(Ptr(source.obj), False)
    run.access(Ptr(to.obj), True)
    if b.kind in ("array", "struct"):
        over(run, (to, b), (source, a), count)
    elif a.kind in ("array", "struct"):
        become(run, (to, b), (source, a), count)
    else:
        if to.obj[0] == "str":
            raise KernelFault("bad_pointer")
        new = a.data.get("text", "").ljust(count, "\0")[:count]
        if b.kind == "raw":
            b.kind, b.data = "text", {"text": ""}
        b.data["text"] = (new + b.data["text"][count:]).rstrip("\0")
    return to


def covered(run: Run, thing: Obj, count: int) -> list[tuple[Any, int]]:
    """The fields that so many bytes are; no piece of one."""
    out, room = [], count
    for key, width in pieces(run, thing):
        if room <= 0:
            break
        room -= width
        out.append((key, width))
    if room:
        raise KernelFault("bad_pointer")
    return out


def over(run: Run, to: tuple[Value, Obj], source: tuple[Value, Obj], count: int) -> None:
    """Over a struct or an array goes one that is laid out alike, or zeros."""
    (p, b), (q, a) = to, source
    mine = covered(run, b, count)
    if a.kind == "raw":
        new = [0] * len(mine)
    elif a.kind == "text":
        raise KernelFault("bad_pointer")
    else:
        theirs = covered(run, a, count)
        if [width for _, width in theirs] != [width for _, width in mine]:
            raise KernelFault("bad_pointer")
        new = [content(run, q, a, key) for key, _ in theirs]
    for (key, _), value in zip(mine, new, strict=True):
        put(run, p, b, key, value)


def become(run: Run, to: tuple[Value, Obj], source: tuple[Value, Obj], count: int) -> None:
    """Memory without a type becomes such a struct."""
    (p, b), (q, a) = to, source
    if b.kind != "raw" or a.kind != "struct":
        raise KernelFault("bad_pointer")
    keys = covered(run, a, count)
    values = [content(run, q, a, key) for key, _ in keys]
    size, zero, shared = b.size, b.type == "zero", b.shared
    run.world.build(run.state, p.obj, ir.ObjType("struct", 0, a.type), "struct", [], "heap", run.task)
    made = run.state.objects[p.obj]
    made.size, made.shared = size, shared
    if not zero:
        made.data = dict.fromkeys(made.data, UNWRITTEN)
    for (key, _), value in zip(keys, values, strict=True):
        put(run, p, made, key, value)


@operation("memcmp")
def memcmp(run: Run, x: Value, y: Value, count: int) -> Value:
    if count == 0:
        return 0
    a, b = octets(run, x, count), octets(run, y, count)
    return (a > b) - (a < b)


def octets(run: Run, p: Value, count: int) -> list[int]:
    thing = block(run, p)
    if not 0 <= count <= extent(run, thing):
        raise KernelFault("out_of_bounds")
    if thing.kind == "raw" and thing.type != "zero":
        raise KernelFault("uninitialised_local")
    if p.obj[0] != "str":
        run.access(Ptr(p.obj), False)
    if thing.kind in ("raw", "text"):
        return [ord(x) for x in thing.data.get("text", "").ljust(count, "\0")[:count]]
    out: list[int] = []
    for key, width in pieces(run, thing):
        value = content(run, p, thing, key)
        if len(out) < count and value == UNWRITTEN:
            raise KernelFault("uninitialised_local")
        if len(out) >= count:
            break
        if isinstance(value, Obj):
            raise KernelFault("bad_pointer")
        else:
            number = value if isinstance(value, int) else hash(repr(value)) & 0xFFFF
            out += [number >> 8 * n & 255 for n in range(width)]
    return out[:count]
