"""The module's memory: an object for every static and string literal, and what a declaration puts into a fresh one."""

from __future__ import annotations

from itertools import accumulate

from kthreadlab.lang import ir
from kthreadlab.lang.ir import IntType, ObjType, PtrType
from kthreadlab.lang.profile import Profile

from .integers import wrap_const
from .runtime import NOBODY, NULL, wide
from .values import Constants, LowerError, Obj


class Statics:
    """The module's memory: an `Obj` for every static and string literal, shared by all actors of a machine.  *profile*
    is the version of the kernel that the module is loaded into.  *pointed*: the objects whose addresses some array
    holds from the start."""

    def __init__(self, module, constants: Constants, profile: Profile) -> None:
        self.module, self.constants, self.profile = module, constants, profile
        self.objects: dict[str, Obj] = {}
        self.strings: dict[str, Obj] = {}
        self.hidden: dict[str, Obj] = {}
        self.pointed: list[Obj] = []
        self.structs: dict[str, ir.Struct] = dict(module.structs)
        self.struct_ids = {name: n + 2 for n, name in enumerate(self.structs)}
        for static in module.statics.values():
            self.require(static.make, static.pos)
            self.objects[static.name] = make_object(self, f"s.{static.name}", static, None)
        for static in module.statics.values():
            if getattr(static.type, "kind", "") == "timer" and isinstance(static.args[-1:], tuple):
                self._give_object(static)
            if static.make == "list":
                self._give_addresses(static)

    def require(self, name: str, pos: ir.Pos) -> None:
        """Refuse a call, a declaration or a constant that this version of the kernel does not have."""
        if name in self.profile.missing or self.profile.constants.get(name, 0) is None:
            raise LowerError(
                f"{self.module.name}: Unknown symbol {name}", pos, f"Linux {self.profile.name} does not have it"
            )

    def value_of(self, e: ir.Const) -> int:
        """The value of a constant in this version of the kernel."""
        if not e.name:
            return e.value
        self.require(e.name, e.pos)
        return self.profile.constants.get(e.name, e.value)

    def _give_object(self, static: ir.Static) -> None:
        """A timer whose function is given an object: all objects have been made now."""
        timer, data = self.objects[static.name], static.args[2] if len(static.args) > 2 else None
        if isinstance(data, ir.Name) and data.name in self.objects:
            timer.init = (timer.init[0], self.objects[data.name])
        elif len(static.args) == 1:
            timer.init = (timer.init[0], timer)

    def _give_addresses(self, static: ir.Static) -> None:
        """An array of addresses: all objects have been made now."""
        array = self.objects[static.name]
        given = [self.objects.get(a.name) if isinstance(a, ir.Name) else None for a in static.args]
        array.init = tuple(obj or old for obj, old in zip(given, array.init, strict=True))
        self.pointed += [obj for obj in given if obj is not None]

    def size_of(self, type_: object) -> int:
        """Bytes, as ``sizeof`` says: fields stand without gaps."""
        if isinstance(type_, IntType):
            return type_.bits // 8
        if isinstance(type_, PtrType):
            return 8
        if isinstance(type_, str):
            return self.ends(type_)[-1]
        if type_.kind == "struct":
            return self.size_of(type_.of)
        if type_.kind == "list":
            return 16
        return type_.size * (self.size_of(type_.of) if type_.kind == "array" else 1)

    def ends(self, struct: str) -> tuple[int, ...]:
        """The offset behind each field of a struct."""
        return tuple(accumulate(self.size_of(t) for _, t in self.structs[struct].fields))

    def string(self, text: str) -> Obj:
        """The object of a string literal; equal literals share one."""
        if text not in self.strings:
            obj = Obj(f"k.{len(self.strings)}", "", ObjType("text", len(text) + 1), text, constant=True)
            self.strings[text] = obj
        return self.strings[text]


def make_object(statics: Statics, key: str, decl: ir.Static | ir.Declare, owner: int | None) -> Obj:
    """The object a declaration makes; its initial value is what a cell holds (see `runtime`)."""
    type_, make, args = decl.type, decl.make, decl.args
    if isinstance(type_, IntType | PtrType):
        pointless = not args or (isinstance(type_, IntType) and isinstance(args[0], ir.Str))
        return Obj(key, decl.name, type_, 0 if pointless else element(statics, args[0], type_), owner)
    kind = type_.kind
    if kind == "wait_queue_head":
        ready = make != "wait_queue_head_t"
        return Obj(key, decl.name, type_, () if ready else None, owner, ready)
    if kind == "wait_queue":
        return Obj(key, decl.name, type_, (NOBODY, 0, 0, NULL), owner)
    if kind in ("spinlock", "rwlock"):
        ready = make not in ("spinlock_t", "rwlock_t")
        ready = ready or statics.profile.zero_is_unlocked
        return Obj(key, decl.name, type_, 0 if ready else None, owner, ready)
    if kind == "ctl_table":
        return Obj(key, decl.name, type_, (), owner)
    if kind in ("completion", "mutex"):
        return Obj(key, decl.name, type_, (0, ()), owner)
    if kind == "timer":
        require_arity(statics, decl)
        function, data = timer_function(args)
        return Obj(key, decl.name, type_, (function, data), owner, size=int(len(args) == 1))
    if kind == "list":
        return Obj(key, decl.name, type_, () if make == "LIST_HEAD" else 0, owner)
    if kind == "semaphore":
        count = initial_count(args[0]) if args else int(make != "DECLARE_MUTEX_LOCKED")
        return Obj(key, decl.name, type_, (count, ()), owner)
    if kind == "atomic":
        return Obj(key, decl.name, type_, initial_count(args[0]) if args else 0, owner)
    if kind == "text":
        text = args[1].value if len(args) > 1 and isinstance(args[1], ir.Str) else ""
        if len(text) >= type_.size:
            raise LowerError(f"{len(text)} characters and a NUL do not fit into {type_.size}", decl.pos)
        return Obj(key, decl.name, type_, text, owner, size=type_.size)
    if kind == "array":
        listed = make == "list"
        items = tuple(element(statics, a, type_.of) for a in args) if listed else (initial(type_.of),) * type_.size
        return Obj(key, decl.name, type_, wide(items), owner, size=len(items))
    if kind == "struct":
        fields = statics.structs[type_.of].fields
        return Obj(key, decl.name, type_, tuple(initial(t) for _, t in fields), owner)
    raise LowerError(f"{kind} objects are not known", decl.pos)


TIMER_WORDS = ("function", "expires", "data")
"""What a timer is declared with."""


def require_arity(statics: Statics, decl: ir.Static | ir.Declare) -> None:
    """DEFINE_TIMER has taken expires and data until timer_setup() came, and takes the function alone since."""
    wanted = statics.profile.timer_words
    if decl.args and len(decl.args) != wanted:
        few = "few" if len(decl.args) < wanted else "many"
        right = f"{decl.make}({', '.join(TIMER_WORDS[:wanted])})"
        raise LowerError(f"too {few} arguments to {decl.make}", decl.pos, f"in this version: {right}")


def timer_function(args: tuple[ir.Expr, ...]) -> tuple[str | None, int]:
    """The function of a timer and its argument, by the arguments of its declaration; an object comes later."""
    if not args:
        return None, 0
    data = args[2] if len(args) > 2 else None
    return args[0].name, data.value if isinstance(data, ir.Const) else 0


def element(statics: Statics, arg: ir.Expr, type_: object) -> object:
    """What a variable or an element initialised with *arg* holds at first: 0 unless it is a constant or a string."""
    if isinstance(arg, ir.Const):
        return wrap_const(statics.value_of(arg), type_)
    return statics.string(arg.value) if isinstance(arg, ir.Str) else 0


def initial(type_: object) -> object:
    """What a fresh field or element of this type holds."""
    return "" if isinstance(type_, ObjType) and type_.kind == "text" else 0


def initial_count(arg: ir.Expr) -> int:
    """The argument of ATOMIC_INIT, folded by the front end."""
    if isinstance(arg, ir.Const):
        return arg.value
    raise LowerError("an initial value must be a constant", arg.pos, "the compiler must know the size of an object")
