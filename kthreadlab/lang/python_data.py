"""Declarations: what ``x = u32(0)``, ``array(u32, 8)``, ``DEFINE_SPINLOCK()`` and ``struct(...)`` make."""

from __future__ import annotations

import ast
from collections.abc import Container

from kthreadlab.lang.api.sysctl import HANDLERS

from . import ir
from .api import DECLARATIONS, OBJECT_TYPES, OBJECTS, TAGS
from .diagnostics import miscounted, quoted
from .ir import INTS, S64, IntType, ObjType, PtrType, Type
from .python_base import Base, suggestion
from .python_foreign import TYPES
from .source import MAX_STRING

Made = tuple[Type, str, tuple[ir.Expr, ...]]
"""Type, declaring name and arguments: what `ir.Declare` and `ir.Static` are made of."""

_TYPES = 'types are u8 ... u64, s8 ... s64, structs, spinlock_t and its like, ptr("ev") to a struct, ptr() to anything'
_NOT_CONSTANT = "data is laid out when the module is compiled: nothing runs yet"
_ARGUMENTS = {
    "DECLARE_WAITQUEUE": (1, 1),
    "ATOMIC_INIT": (1, 1),
    "REFCOUNT_INIT": (1, 1),
    "array": (2, 2),
    "char_array": (1, 2),
    "ctl_table": (0, 11),
}
_USAGE = {
    "DECLARE_WAITQUEUE": "wait = DECLARE_WAITQUEUE(current)",
    "ATOMIC_INIT": "n = ATOMIC_INIT(0)",
    "REFCOUNT_INIT": "n = REFCOUNT_INIT(1)",
    "array": "ids = array(u32, 8)",
    "ctl_table": 'row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, '
    "proc_dostring, sysctl_string)",
    "TIMER_INITIALIZER": "timer = TIMER_INITIALIZER(function, 0, 0)",
    "DEFINE_TIMER": "timer = DEFINE_TIMER(function, 0, 0); today DEFINE_TIMER(function)",
    "DECLARE_WORK": "work = DECLARE_WORK(function, data); since 2.6.20 DECLARE_WORK(function)",
    "DECLARE_TASKLET": "tasklet = DECLARE_TASKLET(function, 0); since 5.9 DECLARE_TASKLET(function)",
    "DECLARE_TASKLET_DISABLED": "tasklet = DECLARE_TASKLET_DISABLED(function, 0); since 5.9 without the 0",
    "DECLARE_DELAYED_WORK": "work = DECLARE_DELAYED_WORK(function)",
    "char_array": 'buffer = char_array(32), or char_array(256, "/bin/alert")',
}
_POINTED: dict[str, str | None] = {
    "text": "text", "char": "text", "array": "array", "task_struct": None, "void": None, **OBJECT_TYPES,
}  # fmt: skip
"""What a pointer may lead to beside a struct of the module, by C's word for it."""
CALLED_BACK = frozenset(("timer", "work", "delayed_work", "tasklet"))
"""The kinds of objects that are declared with a function."""
_GIVEN = {"DEFINE_TIMER": (1, 3), "TIMER_INITIALIZER": (3,), "DECLARE_WORK": (1, 2), "DECLARE_DELAYED_WORK": (1,),
          "DECLARE_TASKLET": (1, 2), "DECLARE_TASKLET_DISABLED": (1, 2)}  # fmt: skip
"""How many arguments declare one; none where it is not here."""
MAX_ELEMENTS = 4096
MAX_OBJECTS = 64
"""So many structs or objects at most are in an array."""
STACK = 8192


class Declarations(Base):
    """The part of the lowering that knows declaring calls."""

    def declaration(self, node: ast.expr) -> Made | None:
        """What the right side of an assignment declares; None if it is an ordinary expression."""
        if isinstance(node, ast.Name):
            return self._bare(node)
        if isinstance(node, ast.List):
            return self._list(node)
        name = called(node)
        if not isinstance(node, ast.Call) or self.is_local(name):
            return None
        if name in INTS:
            return self._int(node, INTS[name])
        if name in DECLARATIONS and not self._taken(name):
            return self._object(node, name, node.args)
        if name == "ptr":
            return self.pointer(node), "ptr", (ir.Const(self.pos(node), 0, "NULL"),)
        if name in self.symbols.structs:
            self.positional(node, 0, 0, f"e = {name}(), then a line for each field: e.field = value")
            return ObjType("struct", of=name), "struct", ()
        if name == "struct":
            self.refuse(node, "a struct is declared at module level", "a type belongs to the whole file", "move it up")
        return None

    def macro_declaration(self, node: ast.Call) -> tuple[str, Made]:
        """``DEFINE_WAIT(wait)``, the C macro as a statement: the name it declares, and what."""
        name, first = called(node), node.args[0] if node.args else None
        if not isinstance(first, ast.Name):
            self.refuse(
                node, f"{name} declares nothing here", "the macro takes the name that it declares", f"x = {name}(...)"
            )
        self.check_definable(first.id, first)
        return first.id, self._object(node, name, node.args[1:])

    def annotated(self, annotation: ast.expr | None) -> Type | None:
        """The type that an annotation names, if it names one; other annotations mean nothing."""
        if isinstance(annotation, ast.Name):
            if annotation.id in INTS:
                return INTS[annotation.id]
            return PtrType(annotation.id) if annotation.id in self.symbols.structs else None
        if isinstance(annotation, ast.Call) and called(annotation) == "ptr":
            return self.pointer(annotation)
        return None

    def of_type(self, type_: Type, value: ir.Expr) -> Made:
        """A variable of an annotated type with its first value."""
        return type_, type_.name if isinstance(type_, IntType) else "ptr", (value,)

    # ---- one kind at a time ------------------------------------------------------------------------------------------

    def _bare(self, node: ast.Name) -> Made | None:
        """``SPIN_LOCK_UNLOCKED`` stands for a value in C, so it needs no brackets."""
        if node.id in ("SPIN_LOCK_UNLOCKED", "RW_LOCK_UNLOCKED"):
            return ObjType(DECLARATIONS[node.id]), node.id, ()
        if node.id == "ptr":
            self.refuse(node, "ptr is no value", _TYPES, 'a declaration has brackets: p = ptr("ev"), or p = ptr()')
        if (node.id in DECLARATIONS and not self._taken(node.id)) or node.id in INTS:
            self.refuse(
                node,
                f"{node.id} is no value",
                "a type has no place in memory",
                f"a declaration has brackets: {usage(node.id)}",
            )
        return None

    def _int(self, node: ast.Call, type_: IntType) -> Made:
        self.positional(node, 0, 1, f"x = {type_.name}(0)")
        value = self.initial(node.args[0]) if node.args else ir.Const(self.pos(node), 0)
        return type_, type_.name, (value,)

    def initial(self, node: ast.expr) -> ir.Expr:
        """The first value of a variable: any expression in a function, a constant at module level."""
        if self.scope is not None:
            return self.operand(node)
        return self.constant(node)

    def _object(self, node: ast.Call, name: str, args: list[ast.expr]) -> Made:
        if DECLARATIONS[name] in CALLED_BACK:
            return self._called_back(node, name, args)
        low, high = _ARGUMENTS.get(name, (0, int(name == "DEFINE_SEMAPHORE")))
        self.positional(node, low, high, usage(name), args)
        kind = DECLARATIONS[name]
        if kind == "array":
            return self._array(node, args)
        if kind == "text":
            return self._text(node, args)
        if kind == "ctl_table":
            return ObjType(kind), name, self._row(args)
        if kind == "wait_queue" and self.scope is None and name != "wait_queue_t":
            self.refuse(
                node,
                "initializer element is not constant",
                "there is no current while a module is compiled",
                "declare the entry inside the thread's function",
            )
        if name == "DECLARE_WAITQUEUE":
            return ObjType(kind), name, (self.argument_of("DECLARE_WAITQUEUE", "task", args[0], "p"),)
        return ObjType(kind), name, tuple(self.initial(arg) for arg in args)

    def _table(self, node: ast.List) -> Made:
        """``[ctl_table(...), ctl_table(0)]``: the rows of a table."""
        rows = []
        for item in node.elts:
            if not isinstance(item, ast.Call) or called(item) != "ctl_table":
                self.refuse(
                    item, "this is no row of a ctl_table", "a table holds rows and nothing else", usage("ctl_table")
                )
            self.positional(item, *_ARGUMENTS["ctl_table"], usage("ctl_table"))
            rows.append(ir.ListLit(self.pos(item), self._row(item.args)))
        return ObjType("ctl_table"), "ctl_tables", tuple(rows)

    def _row(self, args: list[ast.expr]) -> tuple[ir.Expr, ...]:
        """The fields of one row; none at all, or a lone 0, ends a table."""
        return tuple(self._field(arg) for arg in args)

    def _field(self, node: ast.expr) -> ir.Expr:
        """A field of a row: a number, a text, the name of an object or of a function."""
        if self.scope is not None:
            self.refuse(
                node,
                "a row of a ctl_table in a function",
                "the table is the kernel's, and outlives the call",
                "move it up",
            )
        if isinstance(node, ast.Name) and (node.id in HANDLERS or node.id in self.symbols.functions):
            return ir.FuncRef(self.pos(node), node.id)
        value = self.expr(node)
        return value if isinstance(value, ir.Str | ir.Name) else self.constant(node)

    def _taken(self, name: str) -> bool:
        """Does the module use a name for something of its own that C has behind ``struct``?"""
        return name in TAGS and (name in self.symbols.names or self.is_local(name))

    def _array(self, node: ast.Call, args: list[ast.expr]) -> Made:
        of = self.element_type(args[0], args[1])
        size = self.size(args[1], MAX_ELEMENTS if isinstance(of, IntType | PtrType) else MAX_OBJECTS)
        self._fits_stack(node, size * (of.bits // 8 if isinstance(of, IntType) else 8))
        return ObjType("array", size, of), "array", (ir.Const(self.pos(args[1]), size),)

    def _called_back(self, node: ast.Call, name: str, args: list[ast.expr]) -> Made:
        """``TIMER_INITIALIZER(function, expires, data)``, ``DECLARE_WORK(function, data)``: what some kernels give the
        function, none of it in later ones."""
        wanted = _GIVEN.get(name, (0,))
        count = len(args) if len(args) in wanted else wanted[-1]
        self.positional(node, count, count, usage(name), args)
        made: list[ir.Expr] = [self.argument_of(name, "fn", arg, "function") for arg in args[:1]]
        for arg in args[1:]:
            named = isinstance(arg, ast.Name) and arg.id in self.symbols.statics
            made.append(self.expr(arg) if named else self.initial(arg))
        return ObjType(DECLARATIONS[name]), name, tuple(made)

    def _text(self, node: ast.Call, args: list[ast.expr]) -> Made:
        if isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
            look = f"char_array({len(args[0].value.encode()) + 1}, {self.written(args[0])})"
            self.refuse(args[0], "a text where a size is wanted (argument 1, n)", "the NUL at its end counts", look)
        size = self.size(args[0], MAX_STRING)
        self._fits_stack(node, size)
        made: tuple[ir.Expr, ...] = (ir.Const(self.pos(args[0]), size),)
        if len(args) == 2:
            text = self.expr(args[1])
            if not isinstance(text, ir.Str):
                self.refuse(
                    args[1],
                    "a char buffer begins with a literal text",
                    "data is laid out when the module is compiled",
                    usage("char_array"),
                )
            if len(text.value.encode()) + 1 > size:
                rule = "a text ends with a NUL byte, which needs its place too"
                self.refuse(
                    args[1],
                    "initializer-string for array of chars is too long",
                    rule,
                    f"char_array({len(text.value.encode()) + 1}, ...)",
                )
            made += (text,)
        return ObjType("text", size), "char_array", made

    def _fits_stack(self, node: ast.AST, size: int) -> None:
        if self.scope is not None and size > STACK // 2:
            self.refuse(node, f"{size} bytes are too many for the stack", "the kernel stack is 8 KiB", "kmalloc it")

    def _list(self, node: ast.List) -> Made:
        if any(called(item) == "ctl_table" for item in node.elts):
            return self._table(node)
        items = self.items(node)
        return ObjType("array", len(items), self.common_type(items)), "list", items

    def items(self, node: ast.List) -> tuple[ir.Expr, ...]:
        """The elements of ``[a, b, NULL]``."""
        if not node.elts:
            self.refuse(node, "an array without elements", "an array has a fixed length of at least 1", usage("array"))
        if len(node.elts) > MAX_ELEMENTS:
            self.refuse(
                node, f"an array of more than {MAX_ELEMENTS} elements", "the kernel stack is 8 KiB", "kmalloc it"
            )
        if self.scope is None:
            return tuple(self._static_item(item) for item in node.elts)
        return tuple(self.expr(item) for item in node.elts)

    def _static_item(self, node: ast.expr) -> ir.Expr:
        """A text, a constant, or an object, whose address is one."""
        value = self.expr(node)
        root = value
        while isinstance(root, ir.Field) or (isinstance(root, ir.Index) and self._holds_objects(root)):
            root = root.base
        known = isinstance(root, ir.Name) and isinstance(self.type_of(root.name), ObjType)
        return value if known or isinstance(value, ir.Str) else self.constant(node)

    def _holds_objects(self, element: ir.Index) -> bool:
        """May this element, whose number is known, be an object, as far as can be seen here?"""
        type_ = self.type_of(element.base.name) if isinstance(element.base, ir.Name) else None
        numbers = isinstance(getattr(type_, "of", None), IntType | PtrType) or getattr(type_, "kind", "") == "text"
        return isinstance(element.index, ir.Const) and not numbers

    def common_type(self, items: tuple[ir.Expr, ...]) -> IntType | PtrType:
        """What an array made of *items* holds: numbers, unless one of them is an address."""
        types = [self.type_of(item.name) for item in items if isinstance(item, ir.Name)]
        texts = any(isinstance(type_, ObjType) and type_.kind == "text" for type_ in types)
        if texts or any(isinstance(item, ir.Str) for item in items):
            return PtrType("text")
        pointers = any(isinstance(type_, PtrType | ObjType) for type_ in types)
        pointers |= any(isinstance(item, ir.Field | ir.Index) for item in items) and self.scope is None
        nulls = any(isinstance(item, ir.Const) and item.name == "NULL" for item in items)
        return PtrType() if pointers or nulls else S64

    # ---- types and sizes ---------------------------------------------------------------------------------------------

    def element_type(self, node: ast.expr, size: ast.expr) -> IntType | PtrType | ObjType | str:
        """The type named as the first argument of ``array``, so many times *size*."""
        if isinstance(node, ast.Name) and node.id in self.symbols.structs:
            return node.id
        type_ = self.named_type(node)
        if type_ is not None:
            return type_
        meant, swapped = self.meant_type(node), self.meant_type(size)
        look = f"array({meant}, {self.written(size)})" if meant else usage("array")
        if swapped and not meant:
            look = f"the type comes first: array({swapped}, {self.written(node)})"
        if getattr(node, "id", "") == "char":
            look = f"char_array({self.written(size)})"
        self.refuse(node, f"{self.written(node)} names no type", _TYPES, look)

    def named_type(self, node: ast.expr) -> IntType | PtrType | ObjType | None:
        """The type of a number, of a pointer or of one of the kernel's objects, if *node* names one."""
        if isinstance(node, ast.Name) and node.id in INTS:
            return INTS[node.id]
        if isinstance(node, ast.Call) and called(node) == "ptr":
            return self.pointer(node)
        bare = isinstance(node, ast.Call) and not node.args and not node.keywords
        name = called(node) if bare else getattr(node, "id", "")
        return ObjType(OBJECT_TYPES[name]) if name in OBJECT_TYPES and name not in self.symbols.structs else None

    def field_type(self, node: ast.expr, struct: str, before: Container[str]) -> Type:
        """The type of a field of *struct*; *before*: the structs that stand before it in the file."""
        type_ = self.named_type(node)
        if type_ is not None:
            return type_
        if called(node) in ("char_array", "array"):
            made = self.declaration(node)
            if made is not None and len(made[2]) == 1:
                self._complete(node, getattr(made[0], "of", None), struct, before)
                return made[0]
        name = node.id if isinstance(node, ast.Name) else ""
        if name in self.symbols.structs:
            self._complete(node, name, struct, before)
            return ObjType("struct", of=name)
        near = suggestion(name, OBJECT_TYPES) if name else ""
        look = (
            self.meant_type(node)
            or near
            or 'u8 ... u64, s8 ... s64, ptr("ev"), char_array(n), array(u32, n), spinlock_t ...'
        )
        rule = "a field is a number, a pointer, an array, a struct or one of the kernel's objects"
        self.refuse(node, "this is no type for a field", rule, look)

    def _complete(self, node: ast.expr, name: object, struct: str, before: Container[str]) -> None:
        """Refuse a field that is a struct of which it is not known yet how large it is."""
        if isinstance(name, str) and self.symbols.structs[name] == self.source.file and name not in before:
            own = "itself" if name == struct else f"{quoted(name)}, which stands below it,"
            rule = f"a struct that contains {own} has no size"
            self.refuse(node, f"field has incomplete type struct {quoted(name)}", rule, f'ptr("{quoted(name)}")')

    def meant_type(self, node: ast.expr) -> str:
        """The type that somebody means who writes *node* where a type is wanted, as it is written here; "" if none."""
        name = node.value if isinstance(node, ast.Constant) else called(node) or getattr(node, "id", "")
        if not isinstance(name, str):
            return ""
        return name if name in INTS or name in self.symbols.structs else TYPES.get(name, "")

    def pointer(self, node: ast.Call) -> PtrType:
        """``ptr("ev")``: a pointer to a struct; ``ptr()`` to anything."""
        self.positional(node, 0, 1, 'p = ptr("ev")')
        if not node.args:
            return PtrType()
        target = self.struct_name(node.args[0])
        if target in _POINTED and target not in self.symbols.structs:
            return PtrType(_POINTED[target])
        if target not in self.symbols.structs:
            look = suggestion(target, self.symbols.structs) or f'{target} = struct("{target}", id=u32)'
            self.refuse(
                node.args[0],
                f"dereferencing pointer to incomplete type struct {target}",
                "what a pointer points to must be declared",
                look,
            )
        return PtrType(target)

    def struct_name(self, node: ast.expr) -> str:
        """The struct that ``"ev"`` or ``ev`` names."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value[:64]
        if isinstance(node, ast.Name):
            return node.id
        self.refuse(
            node,
            "this names no struct",
            "a pointer points to a struct of the module",
            'ptr("ev") is a pointer to an ev',
        )

    def size(self, node: ast.expr, most: int) -> int:
        """A length: a constant that memory can hold."""
        size = self.constant(node).value
        if not 1 <= size <= most:
            self.refuse(
                node,
                f"a size of {size}",
                f"a size here is a number from 1 to {most}",
                "kmalloc(size, GFP_KERNEL) for more",
            )
        return size

    def positional(self, node: ast.Call, low: int, high: int, usage_: str, args: list[ast.expr] | None = None) -> None:
        """Refuse a declaring call whose arguments are too few, too many, or named."""
        args = node.args if args is None else args
        params = OBJECTS[called(node)].names if called(node) in OBJECTS else ()
        wrong = miscounted(called(node), params, len(args), optional=max(len(params) - low, 0))
        if wrong and params:
            self.refuse(node, wrong, OBJECTS[called(node)].brief, usage_)
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in args) or not low <= len(args) <= high:
            self.refuse(
                node,
                f"{called(node)} is not declared like this",
                "a declaration says what it makes, as C's does",
                usage_,
            )

    # ---- constants ---------------------------------------------------------------------------------------------------

    def constant(self, node: ast.expr) -> ir.Const:
        """An expression whose value is known now."""
        value = self.operand(node)
        if isinstance(value, ir.Const):
            return value
        folded = fold(value, self.known_constants)
        if folded is None:
            self.check_foreign(getattr(node, "func", node))
            self.refuse(node, "initializer element is not constant", _NOT_CONSTANT, "a number, or NULL")
        if not -(2**63) <= folded < 2**64:
            self.refuse(node, "this integer does not fit into 64 bits", "the widest integer is u64", "a smaller one")
        return ir.Const(value.pos, folded)

    @property
    def known_constants(self) -> dict[str, int]:
        """Statics of this file, declared above, that no function assigns."""
        return {}


def called(node: ast.AST | None) -> str:
    """The name that a call calls; "" if this is no call of a name."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def usage(name: str) -> str:
    """How a declaring name is used."""
    if name in INTS:
        return f"x = {name}(0)"
    return _USAGE.get(name, f"x = {name}()")


def fold(e: ir.Expr, known: dict[str, int]) -> int | None:
    """The value of a constant expression, as C computes it; None if it isn't one."""
    if isinstance(e, ir.Const):
        return e.value
    if isinstance(e, ir.Name):
        return None if e.local else known.get(e.name)
    if isinstance(e, ir.Unary):
        value = fold(e.operand, known)
        return None if value is None else {"-": -value, "~": ~value, "not": int(not value)}[e.op]
    if isinstance(e, ir.Binary):
        left, right = fold(e.left, known), fold(e.right, known)
        return None if left is None or right is None else _binary(e.op, left, right)
    return None


def _binary(op: str, a: int, b: int) -> int | None:
    if abs(a) > 2**64 or abs(b) > 2**64:
        return None
    if op in ("/", "%"):
        if b == 0:
            return None
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if op == "/" else a - b * quotient
    if op in ("<<", ">>"):
        if not 0 <= b < 64:
            return None
        return a << b if op == "<<" else a >> b
    return {"+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b}[op]
